use crate::checks::prelude::*;
use crate::dockerfile::shown;
use crate::support::releases::ended;

check! {
    /// An image stands on a distribution that nobody mends any more.
    ///
    /// ## What it checks
    /// The distribution and release in the image (`/etc/os-release`) whose public support had ended on
    /// 2026-01-01. Paid extensions are not seen.
    /// ## Why it matters
    /// Faults that are found from then on stay open in every container of it, and a scanner may not even list
    /// them.
    /// ## Fix
    /// Build on a release that is supported, and look at its end when you choose it.
    "image-out-of-support",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["fail-vulnerable-images"],
    ids: &["attack:T1190", "nist:3.1.1", "nist:4.1.1"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "distribution": {"is": {"id": "debian", "version": "10"}}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "distribution": {"is": {"id": "alpine", "version": "3.14.2"}}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "distribution": {"is": {"id": "centos", "version": "7"}}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "distribution": {"is": {"id": "debian", "version": "12"}}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "distribution": {"is": {"id": "alpine", "version": "3.22.1"}}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "distribution": {"is": null}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Image) -> Judged {
    let Some(distribution) = see.get(&it.distribution)? else { return pass() };
    match ended(&distribution.id, &distribution.version) {
        Some(when) => fail(
            None,
            format!(
                "stands on {} {}, whose public support had ended by {when}",
                shown(&distribution.id),
                shown(&distribution.version)
            ),
        ),
        None => pass(),
    }
}
