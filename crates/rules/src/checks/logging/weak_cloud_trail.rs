use crate::checks::prelude::*;

check! {
    /// A trail of the cloud account does not record everything, or can be changed unseen.
    ///
    /// ## What it checks
    /// `aws_cloudtrail`: `enable_logging`, `is_multi_region_trail`, `include_global_service_events`,
    /// `enable_log_file_validation`.
    /// ## Why it matters
    /// An attacker works in the region that nobody records, or edits the files of the trail.
    /// ## Fix
    /// Set `is_multi_region_trail = true` and `enable_log_file_validation = true`, and leave the others on.
    "weak-cloud-trail",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cloud-audit-trail", "cannot-turn-off", "forensic-readiness"],
    ids: &["attack:T1685.002"],
    bad: &[
        Example::Tree(&[("main.tf", r#"resource "aws_cloudtrail" "t" {
  name = "t"
  s3_bucket_name = "x"
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"resource "aws_cloudtrail" "t" {
  name = "t"
  s3_bucket_name = "x"
  is_multi_region_trail = true
  enable_log_file_validation = true
}
"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "resource" || it.kind != "aws_cloudtrail" {
        return not_applicable();
    }
    let settings = [
        ("enable_logging", true, "is switched off"),
        ("is_multi_region_trail", false, "records one region only"),
        ("include_global_service_events", true, "leaves out global services, IAM among them"),
        ("enable_log_file_validation", false, "cannot show that its files were not changed"),
    ];
    let mut found = Vec::new();
    for (key, default, what) in settings {
        if !see.flag_at(&it.body, &[key])?.unwrap_or(default) {
            let at = see.child(&it.body, &[key])?.map_or_else(|| it.body.pos(), |node| node.pos());
            found.push(Fault { what: what.into(), at: Some(at) });
        }
    }
    faults(found)
}
