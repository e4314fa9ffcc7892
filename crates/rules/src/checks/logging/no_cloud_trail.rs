use crate::checks::prelude::*;

check! {
    /// Infrastructure of an account is set up without a trail.
    ///
    /// ## What it checks
    /// Directories that configure the provider `aws` and set up networks or roles, in a tree without any
    /// `aws_cloudtrail`. A trail that another repository or the organization sets up is not seen here.
    /// ## Why it matters
    /// Logins, changes of roles and of networks leave no record beyond ninety days, and nobody is told.
    /// ## Fix
    /// Set up one trail for all regions, best for the whole organization, into a bucket of an account of its
    /// own.
    "no-cloud-trail",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["cloud-audit-trail"],
    ids: &["attack:T1685.002"],
    bad: &[
        Example::Tree(&[("main.tf", r#"provider "aws" {
  region = "eu-central-1"
}
resource "aws_iam_role" "r" {
  name = "r"
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"provider "aws" {
  region = "eu-central-1"
}
resource "aws_iam_role" "r" {
  name = "r"
}
resource "aws_cloudtrail" "t" {
  name = "t"
  s3_bucket_name = "x"
}
"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "provider" || it.kind != "aws" {
        return not_applicable();
    }
    let all = see.all(&see.world.resources)?;
    let sets_up = all.values().any(|r| {
        r.block == "resource" && matches!(r.kind.as_str(), "aws_vpc" | "aws_iam_role" | "aws_iam_user")
    });
    let trail = all.values().any(|r| {
        matches!(
            r.kind.as_str(),
            "aws_cloudtrail" | "aws_cloudtrail_event_data_store" | "aws_controltower_landing_zone"
        ) || r.block == "module" && r.name.contains("trail")
    });
    match (sets_up, trail) {
        (false, _) => not_applicable(),
        (true, true) => pass(),
        (true, false) => fail(Some(it.body.pos()), "sets up networks or roles, and no trail of the account"),
    }
}
