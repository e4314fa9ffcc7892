use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;

check! {
    /// The API server keeps its audit log for less than thirty days.
    ///
    /// ## What it checks
    /// `--audit-log-maxage` of kube-apiserver where it writes to a file.
    /// ## Why it matters
    /// Most intrusions are noticed after weeks; by then the log that shows them is gone.
    /// ## Fix
    /// Set `--audit-log-maxage=30`, and ship the log to where it is kept longer.
    "api-audit-log-short",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["retention", "forensic-readiness"],
    ids: &["attack:T1070", "cis-kubernetes:1.2.17"],
    bad: &[
        Example::Tree(&[("apiserver.yaml", r#"apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec: {containers: [{name: kube-apiserver, image: kube-apiserver, command: [kube-apiserver, --audit-log-path=/var/log/a, --audit-log-maxage=3]}]}
"#)]),
    ],
    good: &[
        Example::Tree(&[("apiserver.yaml", r#"apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec: {containers: [{name: kube-apiserver, image: kube-apiserver, command: [kube-apiserver, --audit-log-path=/var/log/a, --audit-log-maxage=30]}]}
"#)]),
        Example::Tree(&[("apiserver.yaml", r#"apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec: {containers: [{name: kube-apiserver, image: kube-apiserver, command: [kube-apiserver, --audit-log-path=/var/log/a]}]}
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
    // Without the flag, and with 0, files are not removed by their age.
    let days =
        command.iter().find_map(|word| word.text.strip_prefix("--audit-log-maxage=")?.parse::<u32>().ok());
    match days {
        Some(days @ 1..30) => fail(
            command.first().and_then(|word| word.at.clone()),
            format!("keeps its audit log for {days} days"),
        ),
        _ => pass(),
    }
}
