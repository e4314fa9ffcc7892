use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server writes no audit log.
    ///
    /// ## What it checks
    /// The arguments of kube-apiserver in manifests and containers: `--audit-policy-file`, and `--audit-log-
    /// path` or a webhook.
    /// ## Why it matters
    /// Every attack on a cluster goes through its API, and nothing would say so.
    /// ## Fix
    /// Set `--audit-policy-file`, and `--audit-log-path` or `--audit-webhook-config-file`.
    "no-api-audit-log",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["end-to-end-logging", "forensic-readiness"],
    ids: &["attack:T1685", "cis-kubernetes:1.2.16", "cis-kubernetes:3.2.1"],
    bad: &[
        Example::Tree(&[("apiserver.yaml", r#"apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec: {containers: [{name: kube-apiserver, image: kube-apiserver, command: [kube-apiserver]}]}
"#)]),
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
spec: {containers: [{name: kube-apiserver, image: kube-apiserver, command: [kube-apiserver, --audit-log-path=/var/log/a, --audit-policy-file=/etc/p]}]}
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
    if !flag("--audit-policy-file") || !flag("--audit-log-path") && !flag("--audit-webhook-config-file") {
        return fail(command.first().and_then(|word| word.at.clone()), "writes no audit log");
    }
    pass()
}
