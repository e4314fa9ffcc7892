use crate::checks::prelude::*;
use crate::cloud::{block, everywhere, is, items, some_text};
use tyrian_model::tree::Tree;

check! {
    /// The API server of a managed cluster answers to every address.
    ///
    /// ## What it checks
    /// EKS with a public endpoint and no `public_access_cidrs` (or `0.0.0.0/0`), GKE without
    /// `master_authorized_networks_config`, AKS without authorised ranges; private endpoints pass.
    /// ## Why it matters
    /// A stolen token is good from everywhere, and a hole of the API server is reachable before the provider mends
    /// it.
    /// ## Fix
    /// Set `endpoint_public_access = false` or `public_access_cidrs`; in GKE `master_authorized_networks_config` or
    /// a private endpoint; in AKS `api_server_access_profile` or `private_cluster_enabled`.
    "cluster-endpoint-open",
    layer: Layer::Cloud,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["restrict-api-access", "no-open-cidr"],
    ids: &["attack:T1133"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_eks_cluster" "shop" {
  vpc_config {
    endpoint_public_access = true
    public_access_cidrs    = ["0.0.0.0/0"]
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_container_cluster" "shop" {
  name = "shop"
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "azurerm_kubernetes_cluster" "shop" {
  name = "shop"
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_eks_cluster" "shop" {
  vpc_config {
    endpoint_public_access = false
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_container_cluster" "shop" {
  master_authorized_networks_config {
    cidr_blocks {
      cidr_block = "198.51.100.0/24"
    }
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "azurerm_kubernetes_cluster" "shop" {
  private_cluster_enabled = true
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    let everybody = |at: &Tree| fail(Some(at.pos()), "lets every address reach its API server");
    if is(it, &["aws_eks_cluster"]) {
        let Some(network) = block(see, &it.body, "vpc_config")? else { return not_applicable() };
        let public = see.flag_at(network, &["endpoint_public_access"])? != Some(false);
        let ranges = see.child(network, &["public_access_cidrs"])?;
        let open = ranges.is_none() || some_text(see, network, "public_access_cidrs", everywhere)?;
        return if public && open { everybody(network) } else { pass() };
    }
    if is(it, &["google_container_cluster"]) {
        if let Some(private) = block(see, &it.body, "private_cluster_config")?
            && see.flag_at(private, &["enable_private_endpoint"])? == Some(true)
        {
            return pass();
        }
        let Some(networks) = block(see, &it.body, "master_authorized_networks_config")? else {
            return everybody(&it.body);
        };
        return each(see, items(see, networks, "cidr_blocks")?, |see, range| {
            if some_text(see, range, "cidr_block", everywhere)? { everybody(range) } else { pass() }
        });
    }
    if is(it, &["azurerm_kubernetes_cluster"]) {
        if see.flag_at(&it.body, &["private_cluster_enabled"])? == Some(true) {
            return pass();
        }
        let key = "authorized_ip_ranges";
        let profile = block(see, &it.body, "api_server_access_profile")?;
        let (tree, key) =
            profile.map_or((&it.body, "api_server_authorized_ip_ranges"), |profile| (profile, key));
        let open = see.child(tree, &[key])?.is_none() || some_text(see, tree, key, everywhere)?;
        return if open { everybody(tree) } else { pass() };
    }
    not_applicable()
}
