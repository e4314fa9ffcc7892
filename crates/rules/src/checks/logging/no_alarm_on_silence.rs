use crate::checks::prelude::*;

check! {
    /// Nobody is told when the trail falls silent.
    ///
    /// ## What it checks
    /// `aws_cloudtrail` that writes to a log group, in a tree without an `aws_cloudwatch_metric_alarm` on
    /// `IncomingLogEvents` that also goes off when data is missing.
    /// ## Why it matters
    /// The first thing that is switched off is the log, and its absence looks like peace.
    /// ## Fix
    /// Add an alarm on `IncomingLogEvents` below 1 with `treat_missing_data = "breaching"`.
    "no-alarm-on-silence",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["alarm-on-silence"],
    ids: &["attack:T1685"],
    bad: &[
        Example::Tree(&[("main.tf", r#"resource "aws_cloudtrail" "t" {
  name = "t"
  s3_bucket_name = "b"
  cloud_watch_logs_group_arn = "arn:x"
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"resource "aws_cloudtrail" "t" {
  name = "t"
  s3_bucket_name = "b"
  cloud_watch_logs_group_arn = "arn:x"
}
resource "aws_cloudwatch_metric_alarm" "a" {
  metric_name = "IncomingLogEvents"
  treat_missing_data = "breaching"
}
"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "resource" || it.kind != "aws_cloudtrail" {
        return not_applicable();
    }
    // That it is set is enough: what it is, a later stage puts together of the name of a log group.
    if !see.entries(&it.body)?.iter().any(|(key, _)| key == "cloud_watch_logs_group_arn") {
        return not_applicable();
    }
    let alarm = see.any(&see.world.resources, |see, other| {
        Ok(other.kind == "aws_cloudwatch_metric_alarm"
            && see.text_at(&other.body, &["metric_name"])? == Some("IncomingLogEvents")
            && see.text_at(&other.body, &["treat_missing_data"])? == Some("breaching"))
    })?;
    if alarm.is_some() { pass() } else { fail(Some(it.body.pos()), "has no alarm for when it falls silent") }
}
