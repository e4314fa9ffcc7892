use crate::checks::prelude::*;

check! {
    /// Flow logs record only a part of the traffic.
    ///
    /// ## What it checks
    /// `traffic_type` of `aws_flow_log` other than `ALL`.
    /// ## Why it matters
    /// What got in is what matters, and who was refused tells who tried.
    /// ## Fix
    /// Set `traffic_type = "ALL"`.
    "accepted-traffic-unrecorded",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["log-traffic"],
    ids: &["attack:T1685.002"],
    bad: &[
        Example::Tree(&[("main.tf", r#"resource "aws_flow_log" "f" {
  vpc_id = "x"
  traffic_type = "REJECT"
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"resource "aws_flow_log" "f" {
  vpc_id = "x"
  traffic_type = "ALL"
}
"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "resource" || it.kind != "aws_flow_log" {
        return not_applicable();
    }
    match see.text_at(&it.body, &["traffic_type"])? {
        Some(kind) if kind != "ALL" => {
            fail(Some(it.body.pos()), format!("records only traffic of the kind {kind}"))
        }
        _ => pass(),
    }
}
