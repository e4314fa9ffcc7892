use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The scheduler serves its profile.
    ///
    /// ## What it checks
    /// `--profiling` of kube-scheduler: `true`, or not set, which means true. Only pods that run this program
    /// are judged.
    /// ## Why it matters
    /// The profile tells what runs inside, and asking for it again and again uses up the processor.
    /// ## Fix
    /// Set `--profiling=false`.
    "scheduler-profiling",
    layer: Layer::Cluster,
    gain: Gain::Knowledge,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-kubernetes"],
    ids: &["attack:T1499", "cis-kubernetes:1.4.1"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-scheduler, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: kube-scheduler
      image: registry.k8s.io/kube-scheduler:v1.36.3
      command:
        - kube-scheduler
        - --profiling=true
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-scheduler, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: kube-scheduler
      image: registry.k8s.io/kube-scheduler:v1.36.3
      command:
        - kube-scheduler
        - --v=2
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Pod
metadata: {name: kube-scheduler, namespace: kube-system}
spec:
  hostNetwork: true
  containers:
    - name: kube-scheduler
      image: registry.k8s.io/kube-scheduler:v1.36.3
      command:
        - kube-scheduler
        - --profiling=false
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    k8s::component(see, it, "kube-scheduler", |see, _, flags| {
        if flags.on(see, "profiling", true)? {
            return fail(flags.at.clone(), "serves its profile (--profiling)");
        }
        pass()
    })
}
