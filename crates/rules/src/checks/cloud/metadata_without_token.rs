use crate::checks::prelude::*;
use crate::cloud::{block, is};

check! {
    /// The metadata service of a machine answers without a session token.
    ///
    /// ## What it checks
    /// `metadata_options` of AWS instances and launch templates: `http_tokens` must be `required`, or the endpoint
    /// off.
    /// ## Why it matters
    /// A request that a workload is tricked into, or any container, gets the credentials of the machine by one
    /// plain GET.
    /// ## Fix
    /// Add `metadata_options { http_tokens = "required" }` and `http_put_response_hop_limit = 1`.
    "metadata-without-token",
    layer: Layer::Cloud,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["metadata-proxy"],
    ids: &["attack:T1552.005"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_instance" "build" {
  ami = "ami-0a1b2c3d4e5f60718"
  metadata_options {
    http_tokens = "optional"
  }
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_instance" "build" {
  ami = "ami-0a1b2c3d4e5f60718"
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_launch_template" "node" {
  metadata_options {
    http_endpoint = "disabled"
  }
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if !is(it, &["aws_instance", "aws_launch_template", "aws_launch_configuration"]) {
        return not_applicable();
    }
    let Some(options) = block(see, &it.body, "metadata_options")? else {
        return not_applicable();
    };
    match see.text_at(options, &["http_tokens"])? {
        Some("required") => pass(),
        _ if see.text_at(options, &["http_endpoint"])? == Some("disabled") => pass(),
        _ => fail(Some(options.pos()), "has a metadata service that answers without a token"),
    }
}
