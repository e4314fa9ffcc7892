use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A script goes on when a test, a scan or a deployment has failed.
    ///
    /// ## What it checks
    /// Shell scripts of the tree: `|| true` and the like behind tests, scanners, builds of images, pushes and
    /// deployments; `set +e` before them.
    /// ## Why it matters
    /// What failed is shipped all the same, and the pipeline is green.
    /// ## Fix
    /// Drop the `|| true`; where a failure is expected, say which (`if ! …; then`).
    "ignored-failure-in-script",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["fail-unhealthy-builds", "stage-gate", "lint-scripts"],
    ids: &["nist:4.1.1"],
    bad: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
python -m unittest || true
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
set +e
docker build -t web .
docker push web
"#)]),
    ],
    good: &[
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
python -m unittest
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
rm -f x || true
docker rm -f web || true
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
set +e
make x
set -e
docker push web
"#)]),
        Example::Tree(&[("update.sh", r#"#!/bin/bash
UPDATE_FIXTURES=true go test ./api >/dev/null 2>&1 || true
"#)]),
        Example::Tree(&[("scripts/x.sh", r#"#!/bin/bash
message="$(kubectl apply -f - 2>&1 || true)"
grep -q denied <<<"$message"
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    faults(faulty::ignored_failures(it, see.get(&it.pipelines)?))
}
