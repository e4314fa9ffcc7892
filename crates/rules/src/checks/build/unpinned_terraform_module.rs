use crate::checks::prelude::*;

check! {
    /// A Terraform module is not fixed to a version.
    ///
    /// ## What it checks
    /// `module` blocks whose source is a registry without an exact `version`, or a Git address without `ref`.
    /// Modules of the tree itself (`./…`) are left out.
    /// ## Why it matters
    /// Infrastructure changes with the next `init`, without a change in the code.
    /// ## Fix
    /// Set `version = "1.2.3"`, or `?ref=<commit>` in the source.
    "unpinned-terraform-module",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["safe-libraries"],
    ids: &["attack:T1195.001"],
    bad: &[
        Example::Tree(&[("main.tf", r#"module "vpc" {
  source = "terraform-aws-modules/vpc/aws"
}
"#)]),
        Example::Tree(&[("main.tf", r#"module "x" {
  source = "git::https://git.example/x.git"
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.1.2"
}
module "y" {
  source = "git::https://git.example/x.git?ref=v1.2.0"
}
module "z" {
  source = "./z"
}
"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "module" {
        return not_applicable();
    }
    let Some(source) = see.text_at(&it.body, &["source"])? else { return not_applicable() };
    if source.starts_with('.')
        || !source.contains('/')
        || source.starts_with('/')
        || it.file.contains("testdata/")
    {
        return not_applicable();
    }
    let fetched = ["git::", "git@", "github.com/", "bitbucket.org/", "hg::"]
        .iter()
        .any(|mark| source.starts_with(mark));
    let fixed = if fetched {
        source.contains("ref=")
    } else if source.contains("://") || source.contains("::") {
        true
    } else {
        see.child(&it.body, &["version"])?.is_some()
    };
    if fixed {
        pass()
    } else {
        fail(Some(it.body.pos()), format!("takes the module {source} in whatever version it is today"))
    }
}
