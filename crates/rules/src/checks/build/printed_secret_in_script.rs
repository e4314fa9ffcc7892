use crate::checks::prelude::*;
use crate::faulty;
use crate::support::local;

check! {
    /// A script prints a secret.
    ///
    /// ## What it checks
    /// Shell scripts of the tree: `echo`, `printf` and `print` of a variable or expression whose name says that
    /// it is a password, token or key, to the terminal and so to the log. Programs that answer a question for a
    /// password (`git-ask-pass`) are left out by their name.
    /// ## Why it matters
    /// Logs are kept longer and read by more people than secrets; masking by the CI system misses what was
    /// encoded or cut.
    /// ## Fix
    /// Do not print it. Tell whether it is set by `${TOKEN:+set}`.
    "printed-secret-in-script",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["scan-before-commit", "protect-build-environment"],
    ids: &["attack:T1552.001", "nist:3.1.4"],
    bad: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
echo "token $DEPLOY_TOKEN"
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
printf "%s\n" "$DB_PASSWORD"
"#)]),
    ],
    good: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
echo "$DEPLOY_TOKEN" | docker login --password-stdin
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
echo "${DEPLOY_TOKEN:+is set}"
echo "$DB_PASSWORD" > file
"#)]),
        Example::Tree(&[("publish.sh", r#"#!/bin/bash
ssh-add <(echo "$BOT_SSH_PRIVATE_KEY")
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
echo "::add-mask::$TOKEN"
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
{
  echo "[auth]"
  echo "authorization = ${REGISTRY_TOKEN}"
} > config.toml
for key in a b; do echo "$API_TOKEN"; done | tool --stdin
"#)]),
        Example::Tree(&[("hack/git-ask-pass.sh", r#"#!/bin/sh
case "$1" in
  Password*) echo "${GIT_PASSWORD}" ;;
esac
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    let found = faulty::printed_secrets(it, see.get(&it.pipelines)?);
    if found.is_empty() {
        return pass();
    }
    // What git, ssh or sudo ask such a program for is its answer, and goes to them.
    let name = local(see.world, &see.world.scripts, it);
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    if ["askpass", "ask-pass", "ask_pass", "credential-helper", "git-credential"]
        .iter()
        .any(|it| name.contains(it))
    {
        return pass();
    }
    faults(found)
}
