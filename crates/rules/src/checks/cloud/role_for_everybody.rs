use crate::checks::prelude::*;
use crate::cloud::{is, statements};

check! {
    /// A role of the cloud can be taken by everybody.
    ///
    /// ## What it checks
    /// Trust policies of AWS roles that allow the principal `*` without a condition, as JSON or as a policy
    /// document that allows `sts:AssumeRole`.
    /// ## Why it matters
    /// Any account of AWS in the world becomes this role by one call.
    /// ## Fix
    /// Name the service or the account, and add a condition (`aws:SourceAccount`, `sts:ExternalId`).
    "role-for-everybody",
    layer: Layer::Cloud,
    gain: Gain::System,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["cloud-least-privilege"],
    ids: &["attack:T1078.004"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role" "shop" {
  assume_role_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "sts:AssumeRole"
    }]
  })
}"#)]),
        Example::Tree(&[("main.tf", r#"
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role" "shop" {
  assume_role_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if !(is(it, &["aws_iam_role"]) || it.block == "data" && it.kind == "aws_iam_policy_document") {
        return not_applicable();
    }
    each(see, statements(see, it, "assume_role_policy")?, |see, statement| {
        // Actions first: what is about another action is no matter here, whoever it is for.
        let all = statement.action(see, |action| action.starts_with("sts:Assume") || action == "sts:*")?
            && statement.allows(see)?
            && statement.for_everybody(see)?;
        if all { fail(statement.pos(), "lets everybody take the role") } else { pass() }
    })
}
