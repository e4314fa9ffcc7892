use crate::checks::prelude::*;

check! {
    /// A network of the cloud does not record its traffic.
    ///
    /// ## What it checks
    /// `aws_vpc` without an `aws_flow_log` that refers to it. Where a flow log refers to a network by something
    /// that only a later stage knows, it may be this one.
    /// ## Why it matters
    /// Where data went, and who knocked where, nobody can tell afterwards.
    /// ## Fix
    /// Add `aws_flow_log` with `traffic_type = "ALL"` for the network.
    "no-flow-log",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["log-traffic", "forensic-readiness"],
    ids: &["attack:T1685.002"],
    bad: &[
        Example::Tree(&[("main.tf", r#"resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_flow_log" "f" {
  vpc_id = aws_vpc.v.id
  traffic_type = "ALL"
  log_destination = "arn:x"
}
"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "resource" || it.kind != "aws_vpc" {
        return not_applicable();
    }
    let address = format!("aws_vpc.{}.", it.name);
    let found = see.any(&see.world.resources, |see, other| {
        if other.kind != "aws_flow_log" {
            return Ok(false);
        }
        let Some(id) = see.child(&other.body, &["vpc_id"])? else { return Ok(false) };
        Ok(see.reference(id)?.is_some_and(|name| name.starts_with(&address)))
    })?;
    if found.is_some() {
        pass()
    } else {
        fail(Some(it.body.pos()), "does not record its traffic (no aws_flow_log)")
    }
}
