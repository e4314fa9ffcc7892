use crate::checks::prelude::*;
use crate::cloud::{is, some_text, statements};

check! {
    /// A bucket can be read or written by everybody.
    ///
    /// ## What it checks
    /// Canned ACLs `public-read`, `public-read-write` and `authenticated-read`, bucket policies that allow `*`
    /// without a condition, members `allUsers` and `allAuthenticatedUsers` in Google Cloud, and public containers
    /// of Azure storage.
    /// ## Why it matters
    /// Names of buckets are guessed by machines all day, and what lies in them is copied without a trace.
    /// ## Fix
    /// Keep the bucket private (`acl = "private"`, a public access block with four times `true`); serve a site
    /// through a content network with an identity of its own.
    "public-bucket",
    layer: Layer::Cloud,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["cloud-least-privilege"],
    ids: &["attack:T1530"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_s3_bucket_acl" "backups" {
  bucket = aws_s3_bucket.backups.id
  acl    = "public-read"
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_s3_bucket_policy" "backups" {
  bucket = aws_s3_bucket.backups.id
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "*"
    }]
  })
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_storage_bucket_iam_member" "all" {
  bucket = google_storage_bucket.backups.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "azurerm_storage_container" "backups" {
  name                  = "backups"
  container_access_type = "blob"
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_s3_bucket_acl" "backups" {
  bucket = aws_s3_bucket.backups.id
  acl    = "private"
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_s3_bucket_policy" "backups" {
  bucket = aws_s3_bucket.backups.id
  policy = jsonencode({
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = "*"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    const MEMBERS: &[&str] = &["google_storage_bucket_iam_member", "google_storage_bucket_iam_binding"];
    if is(it, &["aws_s3_bucket", "aws_s3_bucket_acl"]) {
        return match see.text_at(&it.body, &["acl"])? {
            Some(acl @ ("public-read" | "public-read-write" | "authenticated-read")) => fail(
                see.child(&it.body, &["acl"])?.map(|node| node.pos()),
                format!("is open to everybody by its ACL {acl}"),
            ),
            _ => pass(),
        };
    }
    if is(it, &["aws_s3_bucket_policy"]) {
        return each(see, statements(see, it, "policy")?, |see, statement| {
            if statement.for_everybody(see)? && statement.allows(see)? {
                return fail(statement.pos(), "allows everybody, without a condition");
            }
            pass()
        });
    }
    if is(it, MEMBERS) {
        let everybody = |who: &str| matches!(who, "allUsers" | "allAuthenticatedUsers");
        return each(see, ["member", "members"], |see, key| {
            if some_text(see, &it.body, key, everybody)? {
                return fail(
                    see.child(&it.body, &[key])?.map(|node| node.pos()),
                    "gives a role to everybody",
                );
            }
            pass()
        });
    }
    if is(it, &["azurerm_storage_container"]) {
        return match see.text_at(&it.body, &["container_access_type"])? {
            Some("blob" | "container") => fail(Some(it.body.pos()), "can be read by everybody"),
            _ => pass(),
        };
    }
    not_applicable()
}
