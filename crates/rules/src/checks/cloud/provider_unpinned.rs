use crate::checks::prelude::*;
use crate::cloud::block;

check! {
    /// Whatever version of a cloud provider is newest is used.
    ///
    /// ## What it checks
    /// Entries of `required_providers` without a `version`.
    /// ## Why it matters
    /// Defaults of the services change with the provider's versions, and nobody decides when.
    /// ## Fix
    /// Give each entry a `version`, keep `.terraform.lock.hcl` in the repository, and read the release notes before
    /// raising it.
    "provider-unpinned",
    layer: Layer::Cloud,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["watch-service-changes", "safe-libraries"],
    ids: &["attack:T1195.001"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.2"
    }
  }
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "terraform" {
        return not_applicable();
    }
    let Some(required) = block(see, &it.body, "required_providers")? else { return not_applicable() };
    each(see, see.entries(required)?, |see, (name, entry)| {
        // The old form is the version alone.
        let own = See::new(see.world);
        if own.text(entry).is_ok() || see.child(entry, &["version"])?.is_some() {
            return pass();
        }
        fail(Some(entry.pos()), format!("names no version of the provider {name}"))
    })
}
