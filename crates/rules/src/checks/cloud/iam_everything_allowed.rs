use crate::checks::prelude::*;
use crate::cloud::{IDENTITY_POLICIES, is, statements};

check! {
    /// A policy of IAM allows every action on everything.
    ///
    /// ## What it checks
    /// Statements that allow `*` on `*` without a condition, in policies as JSON and in policy documents.
    /// ## Why it matters
    /// Whoever takes the workload with this role has the account.
    /// ## Fix
    /// Name the actions and the resources that are needed.
    "iam-everything-allowed",
    layer: Layer::Cloud,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cloud-least-privilege"],
    ids: &["attack:T1078.004"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role_policy" "shop" {
  role   = aws_iam_role.shop.id
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = "*"
      Resource = "*"
    }]
  })
}"#)]),
        Example::Tree(&[("main.tf", r#"
data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role_policy" "shop" {
  role   = aws_iam_role.shop.id
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = "arn:aws:s3:::shop-data/*"
    }]
  })
}"#)]),
        Example::Tree(&[("main.tf", r#"
data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
  }
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if !(is(it, IDENTITY_POLICIES) || it.block == "data" && it.kind == "aws_iam_policy_document") {
        return not_applicable();
    }
    each(see, statements(see, it, "policy")?, |see, statement| {
        let all = statement.action(see, |action| matches!(action, "*" | "*:*"))?
            && statement.any_resource(see)?
            && statement.allows(see)?
            && !statement.names_principals(see)?;
        if all { fail(statement.pos(), "allows every action on everything") } else { pass() }
    })
}
