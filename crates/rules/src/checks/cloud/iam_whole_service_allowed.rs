use crate::checks::prelude::*;
use crate::cloud::{IDENTITY_POLICIES, is, statements};

check! {
    /// A policy of IAM allows all of a service on every resource.
    ///
    /// ## What it checks
    /// Statements that allow `iam:*`, `sts:*`, `s3:*`, `ec2:*`, `kms:*`, `secretsmanager:*`, `ssm:*`, `lambda:*`,
    /// `eks:*`, `ecr:*`, `dynamodb:*` or `rds:*` on `*` without a condition. Policies that name principals are
    /// those of a resource, where `*` is that resource.
    /// ## Why it matters
    /// Much more than the workload needs is taken with it; `iam:*` is the account.
    /// ## Fix
    /// Name the actions, and the resources by their ARN.
    "iam-whole-service-allowed",
    layer: Layer::Cloud,
    gain: Gain::Workload,
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
      Action   = ["s3:*"]
      Resource = "*"
    }]
  })
}"#)]),
        Example::Tree(&[("main.tf", r#"
data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["iam:*"]
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
      Action   = ["s3:*"]
      Resource = "arn:aws:s3:::shop-data/*"
    }]
  })
}"#)]),
        Example::Tree(&[("main.tf", r#"
data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["ec2:Describe*"]
    resources = ["*"]
  }
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
    let services = [
        "iam",
        "sts",
        "s3",
        "ec2",
        "kms",
        "secretsmanager",
        "ssm",
        "lambda",
        "eks",
        "ecr",
        "dynamodb",
        "rds",
    ];
    let whole = |action: &str| {
        action.split_once(':').is_some_and(|(service, what)| what == "*" && services.contains(&service))
    };
    each(see, statements(see, it, "policy")?, |see, statement| {
        let all = statement.action(see, whole)?
            && statement.any_resource(see)?
            && statement.allows(see)?
            && !statement.names_principals(see)?;
        if all { fail(statement.pos(), "allows all of a service on every resource") } else { pass() }
    })
}
