use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A pipeline of commands hides that its first part has failed.
    ///
    /// ## What it checks
    /// Shell scripts of the tree: tests, builds, scanners, dumps and downloads piped into another command, in
    /// scripts without `pipefail`. Only the last command counts for the shell.
    /// ## Why it matters
    /// A failed test that is piped into `tee` passes, a failed dump makes an empty backup.
    /// ## Fix
    /// Write `set -o pipefail` at the top; in GitHub workflows `shell: bash` does it.
    "lost-failure-in-script",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["lint-scripts", "fail-unhealthy-builds"],
    ids: &["nist:4.1.1"],
    bad: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
set -e
pytest | tee test.log
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
pg_dump shop | gzip > shop.sql.gz
"#)]),
    ],
    good: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
set -eo pipefail
pytest | tee test.log
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
if pytest | grep -q passed; then true; fi
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
ps aux | grep x
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    faults(faulty::lost_failures(it, see.get(&it.pipelines)?))
}
