use crate::checks::prelude::*;
use crate::cloud::{block, everywhere, is, items};

check! {
    /// A database of the cloud has an address on the internet.
    ///
    /// ## What it checks
    /// `publicly_accessible` of AWS databases, and networks that are `0.0.0.0/0` of Google Cloud SQL.
    /// ## Why it matters
    /// Between everybody and the data stand one password and one rule of a firewall.
    /// ## Fix
    /// Set `publicly_accessible = false`, and reach the database from inside the network; in Google Cloud use a
    /// private address and name the networks.
    "public-database",
    layer: Layer::Cloud,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["no-open-cidr"],
    ids: &["attack:T1133"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_db_instance" "shop" {
  engine              = "postgres"
  publicly_accessible = true
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_sql_database_instance" "shop" {
  settings {
    ip_configuration {
      authorized_networks {
        value = "0.0.0.0/0"
      }
    }
  }
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_db_instance" "shop" {
  engine = "postgres"
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_sql_database_instance" "shop" {
  settings {
    ip_configuration {
      ipv4_enabled = false
    }
  }
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if is(
        it,
        &[
            "aws_db_instance",
            "aws_rds_cluster_instance",
            "aws_redshift_cluster",
            "aws_dms_replication_instance",
        ],
    ) {
        let key = "publicly_accessible";
        return match see.flag_at(&it.body, &[key])? {
            Some(true) => {
                fail(see.child(&it.body, &[key])?.map(|node| node.pos()), "has an address on the internet")
            }
            _ => pass(),
        };
    }
    if !is(it, &["google_sql_database_instance"]) {
        return not_applicable();
    }
    let Some(settings) = block(see, &it.body, "settings")? else { return pass() };
    let Some(addresses) = block(see, settings, "ip_configuration")? else { return pass() };
    each(see, items(see, addresses, "authorized_networks")?, |see, network| {
        match see.text_at(network, &["value"])? {
            Some(range) if everywhere(range) => fail(Some(network.pos()), "lets every address in"),
            _ => pass(),
        }
    })
}
