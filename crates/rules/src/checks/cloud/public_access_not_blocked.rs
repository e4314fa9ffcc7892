use crate::checks::prelude::*;
use crate::cloud::is;

check! {
    /// A public access block lets a bucket become public.
    ///
    /// ## What it checks
    /// The four settings of `aws_s3_bucket_public_access_block` and of the one for the account; each is off unless
    /// it is set.
    /// ## Why it matters
    /// One wrong ACL or policy is then enough to give the data away.
    /// ## Fix
    /// Set `block_public_acls`, `block_public_policy`, `ignore_public_acls` and `restrict_public_buckets` to
    /// `true`.
    "public-access-not-blocked",
    layer: Layer::Cloud,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cloud-least-privilege"],
    ids: &["attack:T1530"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_s3_bucket_public_access_block" "backups" {
  bucket              = aws_s3_bucket.backups.id
  block_public_acls   = true
  block_public_policy = false
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_s3_bucket_public_access_block" "backups" {
  bucket                  = aws_s3_bucket.backups.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if !is(it, &["aws_s3_bucket_public_access_block", "aws_s3_account_public_access_block"]) {
        return not_applicable();
    }
    let settings =
        ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
    each(see, settings, |see, key| {
        if see.flag_at(&it.body, &[key])? == Some(true) {
            return pass();
        }
        fail(Some(it.body.pos()), format!("does not set {key} to true"))
    })
}
