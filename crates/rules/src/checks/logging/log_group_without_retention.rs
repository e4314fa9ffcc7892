use crate::checks::prelude::*;

check! {
    /// A log group says nothing of how long it keeps what it has, or keeps it too short.
    ///
    /// ## What it checks
    /// `aws_cloudwatch_log_group`: `retention_in_days` not set, which means for ever, or less than thirty days.
    /// ## Why it matters
    /// Too short, and the evidence is gone when it is asked for; for ever, and personal data is kept without
    /// end.
    /// ## Fix
    /// Set `retention_in_days`, to a year or more for audit logs.
    "log-group-without-retention",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["retention"],
    ids: &["attack:T1070"],
    bad: &[
        Example::Tree(&[("main.tf", r#"resource "aws_cloudwatch_log_group" "g" {
  name = "g"
}
"#)]),
        Example::Tree(&[("main.tf", r#"resource "aws_cloudwatch_log_group" "g" {
  retention_in_days = 3
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"resource "aws_cloudwatch_log_group" "g" {
  retention_in_days = 400
}
"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "resource" || it.kind != "aws_cloudwatch_log_group" {
        return not_applicable();
    }
    let Some(days) = see.text_at(&it.body, &["retention_in_days"])? else {
        return fail(Some(it.body.pos()), "keeps its logs without an end (no retention_in_days)");
    };
    match days.parse::<u32>() {
        Ok(days @ 1..30) => fail(Some(it.body.pos()), format!("keeps its logs for {days} days only")),
        Ok(0) => fail(Some(it.body.pos()), "keeps its logs without an end (retention_in_days = 0)"),
        _ => pass(),
    }
}
