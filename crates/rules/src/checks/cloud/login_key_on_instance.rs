use crate::checks::prelude::*;
use crate::cloud::is;

check! {
    /// A machine of the cloud is made for logins by SSH.
    ///
    /// ## What it checks
    /// `key_name` of AWS instances and launch templates.
    /// ## Why it matters
    /// A machine that people log in to is changed in place, and the key opens it to whoever copies the file.
    /// ## Fix
    /// Leave `key_name` out; build the image anew for each change, and use Session Manager for emergencies.
    "login-key-on-instance",
    layer: Layer::Cloud,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["host-access", "immutable-host"],
    ids: &["attack:T1021.004"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_instance" "build" {
  ami      = "ami-0a1b2c3d4e5f60718"
  key_name = "everybody"
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_instance" "build" {
  ami = "ami-0a1b2c3d4e5f60718"
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if !is(it, &["aws_instance", "aws_launch_template", "aws_launch_configuration"]) {
        return not_applicable();
    }
    match see.child(&it.body, &["key_name"])? {
        Some(node) if see.reference(node)?.is_some() || !see.text(node)?.is_empty() => {
            fail(Some(node.pos()), "has a key for logins by SSH")
        }
        _ => pass(),
    }
}
