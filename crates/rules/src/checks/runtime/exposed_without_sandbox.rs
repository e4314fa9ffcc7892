use crate::checks::prelude::*;
use crate::known::{Kernel, is_loopback, kernel_of};
use tyrian_model::workload::{Port, User};

check! {
    /// A container that faces the network runs as root on the kernel of the host.
    ///
    /// ## What it checks
    /// Workloads with a port on an address of the host other than loopback, whose process is root: whether
    /// their runtime has a kernel of its own (gVisor, Kata). Without an open port, or without root, nothing is
    /// said.
    /// ## Why it matters
    /// What takes requests from strangers is taken first. As root on the shared kernel it is one hole of the
    /// kernel away from the host and all that runs there.
    /// ## Fix
    /// Run it as another user; or give it a kernel of its own: `runtimeClassName: gvisor`, `runtime: runsc`,
    /// `--runtime kata`.
    "exposed-without-sandbox",
    layer: Layer::Runtime,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["sandbox-kernel"],
    ids: &["attack:T1611", "attack:T1190", "nist:3.5.2"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, user: root, ports: ['80:80']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx, ports: [{containerPort: 80, hostPort: 80}]}]}")]),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, user: root, runtime: runsc, ports: ['80:80']}, b: {image: nginx, user: '101', ports: ['81:81']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {runtimeClassName: gvisor, containers: [{name: a, image: nginx, ports: [{containerPort: 80, hostPort: 80}]}]}")]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    if it.windows {
        return not_applicable();
    }
    let runtime = see.get(&it.runtime)?.as_deref();
    let kernel = kernel_of(runtime);
    if kernel == Kernel::Own {
        return pass();
    }
    each(see, see.rows(&it.containers).values(), |see, container| {
        let outside = |port: &&Port| !is_loopback(&port.address);
        let Some(port) = see.get(&container.ports)?.iter().find(outside) else { return not_applicable() };
        if !matches!(see.get(&container.declared.user)?, User::Id(0) | User::Unset) {
            return not_applicable();
        }
        if kernel == Kernel::Unclear {
            let name = runtime.unwrap_or_default();
            return Err(
                see.unclear(Why::NotRead, format!("whether the runtime {name} has a kernel of its own"))
            );
        }
        fail(port.at.clone(), "faces the network as root, on the kernel that all containers share")
    })
}
