use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The audit log of the API server stays on its own machine.
    ///
    /// ## What it checks
    /// kube-apiserver with `--audit-log-path` and without a webhook, in a cluster or a set of manifests in
    /// which no workload mounts the host's logs to ship them.
    /// ## Why it matters
    /// Who takes the control plane edits the only copy.
    /// ## Fix
    /// Set `--audit-webhook-config-file`, or run a collector that reads the log and sends it out.
    "api-audit-log-stays",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["logs-outside-cluster", "immutable-store"],
    ids: &["attack:T1070"],
    bad: &[
        Example::Tree(&[("apiserver.yaml", r#"apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec: {containers: [{name: kube-apiserver, image: kube-apiserver, command: [kube-apiserver, --audit-log-path=/var/log/a]}]}
"#)]),
    ],
    good: &[
        Example::Tree(&[("apiserver.yaml", r#"apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec: {containers: [{name: kube-apiserver, image: kube-apiserver, command: [kube-apiserver, --audit-log-path=/var/log/a, --audit-webhook-config-file=/etc/w]}]}
"#)]),
    ],
}

fn check(see: &See, it: &Container) -> Judged {
    let command = see.get(&it.command)?;
    if !command.iter().any(|word| k8s::names(&word.text, "kube-apiserver")) {
        return not_applicable();
    }
    let flag = |name: &str| {
        command.iter().any(|word| {
            word.text.starts_with(name) || word.text.starts_with(&name[1..]) && word.text.starts_with('-')
        })
    };
    if !flag("--audit-log-path") {
        return not_applicable();
    }
    if flag("--audit-webhook-config-file") {
        return pass();
    }
    let ships = |see: &See, container: &Container| {
        let own = see.get(&container.command)?.iter().any(|word| word.text.ends_with("kube-apiserver"));
        Ok(!own
            && see
                .get(&container.declared.mounts)?
                .iter()
                .any(|mount| mount.source.starts_with("/var/log") || mount.source == "/"))
    };
    let found =
        see.any(&see.world.workloads, |see, workload| Ok(see.any(&workload.containers, ships)?.is_some()))?;
    if found.is_some() {
        pass()
    } else {
        fail(None, "has an audit log that leaves its machine by no way that is seen here")
    }
}
