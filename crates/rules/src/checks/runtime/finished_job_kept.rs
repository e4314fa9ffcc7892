use crate::checks::prelude::*;

check! {
    /// A job is kept after it has ended.
    ///
    /// ## What it checks
    /// `ttlSecondsAfterFinished` of Jobs that stand by themselves. A CronJob removes its old Jobs; so do the
    /// hooks of Helm and Argo CD and whatever else owns a Job.
    /// ## Why it matters
    /// What has ended keeps its pods with their logs, environment and node's disk, readable for whoever may
    /// list pods.
    /// ## Fix
    /// Set `ttlSecondsAfterFinished`, for instance to a day, once its logs are kept elsewhere.
    "finished-job-kept",
    layer: Layer::Runtime,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["time-to-live"],
    ids: &["attack:T1613", "nist:3.4.4"],
    bad: &[
        Example::Tree(&[("job.yaml", "
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}")]),
    ],
    good: &[
        Example::Tree(&[("job.yaml", "
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {ttlSecondsAfterFinished: 86400, template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: b}
spec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: c, annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: hook-succeeded}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}")]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    match see.get(&it.lifetime.kept)? {
        Some(_) => pass(),
        None => fail(it.lifetime.kept.pos(), "is kept after it has ended"),
    }
}
