use crate::checks::prelude::*;
use crate::cloud::{IDENTITY_POLICIES, covers, is, statements};

check! {
    /// A policy of IAM lets its holder give himself more rights.
    ///
    /// ## What it checks
    /// Statements that allow, on `*` and without a condition, to pass roles, to write or attach policies, to change
    /// who may take a role, or to make keys for others.
    /// ## Why it matters
    /// Each of these is a known way from one role to that of the administrator.
    /// ## Fix
    /// Allow `iam:PassRole` for named roles with `iam:PassedToService`; leave policies to the platform team, with a
    /// permissions boundary.
    "iam-self-escalation",
    layer: Layer::Cloud,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["cloud-least-privilege", "segregation-of-duties"],
    ids: &["attack:T1098.003"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["iam:PassRole"]
    resources = ["*"]
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role_policy" "shop" {
  role   = aws_iam_role.shop.id
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = ["iam:AttachRolePolicy", "iam:GetRole"]
      Resource = "*"
    }]
  })
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["iam:GetRole"]
    resources = ["*"]
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role_policy" "shop" {
  role   = aws_iam_role.shop.id
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = ["iam:PassRole"]
      Resource = "arn:aws:iam::111122223333:role/shop"
    }]
  })
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if !(is(it, IDENTITY_POLICIES) || it.block == "data" && it.kind == "aws_iam_policy_document") {
        return not_applicable();
    }
    const WAYS: &[&str] = &[
        "iam:PassRole",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
        "iam:CreatePolicyVersion",
        "iam:UpdateAssumeRolePolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
    ];
    let way = |pattern: &str| pattern.starts_with("iam:") && WAYS.iter().any(|way| covers(pattern, way));
    each(see, statements(see, it, "policy")?, |see, statement| {
        let all = statement.action(see, way)?
            && statement.any_resource(see)?
            && statement.allows(see)?
            && !statement.names_principals(see)?;
        if all { fail(statement.pos(), "lets its holder pass any role or change any policy") } else { pass() }
    })
}
