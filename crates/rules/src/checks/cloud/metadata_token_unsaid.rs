use crate::checks::prelude::*;
use crate::cloud::{block, is};

check! {
    /// A machine leaves it to its image and account whether its metadata service asks for a token.
    ///
    /// ## What it checks
    /// AWS instances and launch templates without a block `metadata_options`. Where the image (Amazon Linux 2023)
    /// or a setting of the account asks for tokens, nothing is wrong.
    /// ## Why it matters
    /// Under an older image any container gets the credentials of the machine by one plain GET.
    /// ## Fix
    /// Say it: `metadata_options { http_tokens = "required" }` and `http_put_response_hop_limit = 1`.
    "metadata-token-unsaid",
    layer: Layer::Cloud,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["metadata-proxy"],
    ids: &["attack:T1552.005"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_launch_template" "node" {
  instance_type = "m7g.large"
  image_id      = "ami-0a1b2c3d4e5f60718"
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_launch_template" "node" {
  metadata_options {
    http_tokens = "required"
  }
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if !is(it, &["aws_instance", "aws_launch_template", "aws_launch_configuration"]) {
        return not_applicable();
    }
    match block(see, &it.body, "metadata_options")? {
        None => fail(Some(it.body.pos()), "does not say that its metadata service asks for a token"),
        Some(_) => pass(),
    }
}
