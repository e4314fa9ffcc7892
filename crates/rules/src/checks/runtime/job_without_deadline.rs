use crate::checks::prelude::*;

check! {
    /// A job may run for ever.
    ///
    /// ## What it checks
    /// `activeDeadlineSeconds` of Jobs, of the Jobs of a CronJob, and of their pods.
    /// ## Why it matters
    /// A job is given rights and secrets for one piece of work. One that hangs, or that was made to hang, keeps
    /// them, and the next one starts beside it.
    /// ## Fix
    /// Set `activeDeadlineSeconds` in the specification of the Job to a few times what it takes.
    "job-without-deadline",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["time-to-live"],
    ids: &["attack:T1053.007", "nist:3.4.4"],
    bad: &[
        Example::Tree(&[("job.yaml", "
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}")]),
    ],
    good: &[
        Example::Tree(&[("job.yaml", "
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {activeDeadlineSeconds: 600, template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: b}
spec: {containers: [{name: a, image: b}]}")]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    match see.get(&it.lifetime.deadline)? {
        Some(_) => pass(),
        None => fail(it.lifetime.deadline.pos(), "may run for ever: it has no deadline"),
    }
}
