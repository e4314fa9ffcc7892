use crate::checks::prelude::*;
use crate::cloud::{block, is};

check! {
    /// Containers reach the metadata service of their machine.
    ///
    /// ## What it checks
    /// `http_put_response_hop_limit` above 1 in the `metadata_options` of AWS instances and launch templates, and
    /// node pools of GKE whose metadata mode is `GCE_METADATA` or older.
    /// ## Why it matters
    /// The answer with the token then crosses the container's network, and a taken container has the rights of the
    /// node.
    /// ## Fix
    /// Set `http_put_response_hop_limit = 1` and give workloads identities of their own (IAM roles for service
    /// accounts, `workload_metadata_config { mode = "GKE_METADATA" }`).
    "metadata-hop-limit",
    layer: Layer::Cloud,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["metadata-proxy"],
    ids: &["attack:T1552.005"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_launch_template" "node" {
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_container_node_pool" "main" {
  node_config {
    workload_metadata_config {
      mode = "GCE_METADATA"
    }
  }
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_launch_template" "node" {
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_container_node_pool" "main" {
  node_config {
    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if is(it, &["aws_instance", "aws_launch_template", "aws_launch_configuration"]) {
        let Some(options) = block(see, &it.body, "metadata_options")? else { return not_applicable() };
        return match see.text_at(options, &["http_put_response_hop_limit"])? {
            None | Some("1") => pass(),
            _ if see.text_at(options, &["http_endpoint"])? == Some("disabled") => pass(),
            Some(hops) => {
                fail(Some(options.pos()), format!("lets answers of the metadata service go {hops} hops"))
            }
        };
    }
    if !is(it, &["google_container_node_pool", "google_container_cluster"]) {
        return not_applicable();
    }
    let Some(node) = block(see, &it.body, "node_config")? else { return not_applicable() };
    let Some(metadata) = block(see, node, "workload_metadata_config")? else { return not_applicable() };
    match see.text_at(metadata, &["mode"])? {
        Some(mode @ ("GCE_METADATA" | "MODE_UNSPECIFIED")) => {
            fail(Some(metadata.pos()), format!("shows workloads the metadata of the node ({mode})"))
        }
        _ => pass(),
    }
}
