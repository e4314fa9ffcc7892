use crate::checks::prelude::*;
use crate::cloud::items;

check! {
    /// One long-lived key manages a whole account of the cloud.
    ///
    /// ## What it checks
    /// A `provider` block of AWS whose `secret_key` is written down or passed in by hand.
    /// ## Why it matters
    /// The key works from everywhere until somebody revokes it, and one key for all stages joins accounts that were
    /// meant to be apart.
    /// ## Fix
    /// Let the pipeline take a role of each account: `assume_role` or `assume_role_with_web_identity`, and no keys.
    "provider-with-key",
    layer: Layer::Cloud,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["separate-accounts", "cloud-least-privilege"],
    ids: &["attack:T1078.004"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
provider "aws" {
  region     = "eu-central-1"
  access_key = "AKIAQFAKEFAKE7TEST42"
  secret_key = "cHrcR6o1BZO9nxGSjfmhYjonkooeutTibaDVNplU"
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
provider "aws" {
  region = "eu-central-1"
  assume_role {
    role_arn = var.deploy_role_arn
  }
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "provider" || it.kind != "aws" {
        return not_applicable();
    }
    match see.child(&it.body, &["secret_key"])? {
        // Stand-ins for AWS on the machine itself have keys that open nothing.
        Some(_) if !items(see, &it.body, "endpoints")?.is_empty() => pass(),
        Some(node) if see.text(node)?.len() > 8 => {
            fail(Some(node.pos()), "manages its account by a key that stays")
        }
        _ => pass(),
    }
}
