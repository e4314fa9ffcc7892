use crate::checks::prelude::*;
use crate::cloud::{IDENTITY_POLICIES, covers, is, statements};

check! {
    /// A role can open the network to the outside.
    ///
    /// ## What it checks
    /// Policies that allow, on `*` and without a condition, to change security groups, routes, gateways or network
    /// access lists.
    /// ## Why it matters
    /// Whoever takes such a role opens what the network team closed; the rule that nothing is open holds only while
    /// few can change it.
    /// ## Fix
    /// Leave these actions to one role of the network's account, and deny them to all others by a service control
    /// policy.
    "iam-network-change",
    layer: Layer::Cloud,
    gain: Gain::Reach,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["restrict-network-change", "segregation-of-duties"],
    ids: &["attack:T1686.001"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["ec2:AuthorizeSecurityGroupIngress"]
    resources = ["*"]
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role_policy" "shop" {
  role   = aws_iam_role.shop.id
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = "ec2:*"
      Resource = "*"
    }]
  })
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["ec2:DescribeInstances"]
    resources = ["*"]
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role_policy" "shop" {
  role   = aws_iam_role.shop.id
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = "*"
    }]
  })
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if !(is(it, IDENTITY_POLICIES) || it.block == "data" && it.kind == "aws_iam_policy_document") {
        return not_applicable();
    }
    const CHANGES: &[&str] = &[
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:ModifySecurityGroupRules",
        "ec2:CreateRoute",
        "ec2:ReplaceRoute",
        "ec2:AttachInternetGateway",
        "ec2:CreateNetworkAclEntry",
        "ec2:ReplaceNetworkAclEntry",
        "ec2:CreateVpcPeeringConnection",
    ];
    let change = |pattern: &str| CHANGES.iter().any(|change| covers(pattern, change));
    each(see, statements(see, it, "policy")?, |see, statement| {
        let all = statement.action(see, change)?
            && statement.any_resource(see)?
            && statement.allows(see)?
            && !statement.names_principals(see)?;
        if all {
            fail(statement.pos(), "allows to change the filters or routes of every network")
        } else {
            pass()
        }
    })
}
