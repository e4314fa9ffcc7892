use crate::checks::prelude::*;
use crate::cloud::{block, is};
use tyrian_model::tree::Tree;

check! {
    /// A store of the cloud is not encrypted at rest.
    ///
    /// ## What it checks
    /// `storage_encrypted` of AWS databases and `encrypted` of file systems, which are off unless set, and disks
    /// where encryption is turned off by name.
    /// ## Why it matters
    /// A snapshot that is shared or a copy that is restored elsewhere can be read by whoever has it.
    /// ## Fix
    /// Set `storage_encrypted = true` (`encrypted = true`) and a `kms_key_id` of one's own.
    "storage-not-encrypted",
    layer: Layer::Cloud,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["encrypt-secrets"],
    ids: &["attack:T1530"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_db_instance" "shop" {
  engine            = "postgres"
  storage_encrypted = false
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_instance" "build" {
  root_block_device {
    encrypted = false
  }
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_db_instance" "shop" {
  engine            = "postgres"
  storage_encrypted = true
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_ebs_volume" "data" {
  size      = 20
  encrypted = true
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    let plain = |at: &Tree| fail(Some(at.pos()), "is not encrypted at rest");
    if is(it, &["aws_db_instance", "aws_rds_cluster"]) {
        // A replica has what its source has.
        if see.child(&it.body, &["replicate_source_db"])?.is_some() {
            return not_applicable();
        }
        let on = see.flag_at(&it.body, &["storage_encrypted"])? == Some(true);
        return if on { pass() } else { plain(&it.body) };
    }
    if is(it, &["aws_efs_file_system"]) {
        return if see.flag_at(&it.body, &["encrypted"])? == Some(true) { pass() } else { plain(&it.body) };
    }
    // Disks may be encrypted by a setting of the account: only what says no is wrong.
    if is(it, &["aws_ebs_volume"]) {
        return if see.flag_at(&it.body, &["encrypted"])? == Some(false) { plain(&it.body) } else { pass() };
    }
    if is(it, &["aws_instance"]) {
        let Some(disk) = block(see, &it.body, "root_block_device")? else { return not_applicable() };
        return if see.flag_at(disk, &["encrypted"])? == Some(false) { plain(disk) } else { pass() };
    }
    not_applicable()
}
