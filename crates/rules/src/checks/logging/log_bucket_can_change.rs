use crate::checks::prelude::*;

check! {
    /// The bucket of a trail can be emptied.
    ///
    /// ## What it checks
    /// The bucket of the same tree that an `aws_cloudtrail` writes to: object lock, as an attribute of the
    /// bucket or as `aws_s3_bucket_object_lock_configuration`.
    /// ## Why it matters
    /// Whoever has the account's rights removes the record of what they did.
    /// ## Fix
    /// Set `object_lock_enabled = true` and a default retention in mode `COMPLIANCE`, in an account of its own.
    "log-bucket-can-change",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["immutable-store"],
    ids: &["attack:T1685.002"],
    bad: &[
        Example::Tree(&[("main.tf", r#"resource "aws_cloudtrail" "t" {
  name = "t"
  s3_bucket_name = aws_s3_bucket.b.id
}
resource "aws_s3_bucket" "b" {
  bucket = "b"
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"resource "aws_cloudtrail" "t" {
  name = "t"
  s3_bucket_name = aws_s3_bucket.b.id
}
resource "aws_s3_bucket" "b" {
  bucket = "b"
  object_lock_enabled = true
}
"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "resource" || it.kind != "aws_cloudtrail" {
        return not_applicable();
    }
    let Some(node) = see.child(&it.body, &["s3_bucket_name"])? else { return not_applicable() };
    let Some(name) = see.reference(node)? else { return not_applicable() };
    let Some(bucket) = name.strip_prefix("aws_s3_bucket.").and_then(|rest| rest.split('.').next()) else {
        return not_applicable();
    };
    let address = format!("aws_s3_bucket.{bucket}.");
    let locked = see.any(&see.world.resources, |see, other| match other.kind.as_str() {
        "aws_s3_bucket" if other.name == bucket && other.block == "resource" => {
            let old = see.child(&other.body, &["object_lock_configuration"])?.is_some();
            Ok(old || see.flag_at(&other.body, &["object_lock_enabled"])?.unwrap_or(false))
        }
        "aws_s3_bucket_object_lock_configuration" => match see.child(&other.body, &["bucket"])? {
            Some(node) => Ok(see.reference(node)?.is_some_and(|name| name.starts_with(&address))),
            None => Ok(false),
        },
        _ => Ok(false),
    })?;
    if locked.is_some() {
        pass()
    } else {
        fail(Some(node.pos()), "writes to a bucket whose objects can be removed")
    }
}
