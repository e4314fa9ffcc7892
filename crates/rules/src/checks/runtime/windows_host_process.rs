use crate::checks::prelude::*;

check! {
    /// A Windows pod is a process of its host.
    ///
    /// ## What it checks
    /// `windowsOptions.hostProcess: true` of a pod or of one of its containers.
    /// ## Why it matters
    /// Such a container has no walls: the file system, the network and the devices of the node are its own, with
    /// the rights of the account that it names.
    /// ## Fix
    /// Take it out; only agents that set a node up need it, and these belong into a namespace of their own.
    "windows-host-process",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-capability", "quarantine"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-kubernetes:5.2.11", "pss:baseline"],
    bad: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  hostNetwork: true
  securityContext: {windowsOptions: {hostProcess: true, runAsUserName: 'NT AUTHORITY\\SYSTEM'}}
  containers: [{name: a, image: 'mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image:v1.0.0'}]")]),
    ],
    good: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  nodeSelector: {kubernetes.io/os: windows}
  securityContext: {windowsOptions: {runAsUserName: ContainerUser}}
  containers: [{name: a, image: 'shop/iis:1'}]")]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    each(see, see.rows(&it.containers), |see, (name, container)| {
        let process = &container.declared.details.host_process;
        if *see.get(process)? {
            fail(process.pos(), format!("container {name}: is a process of the Windows host"))
        } else {
            pass()
        }
    })
}
