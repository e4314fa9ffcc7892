use crate::checks::prelude::*;

check! {
    /// An image has a package that is not agreed on.
    ///
    /// ## What it checks
    /// The packages that are installed in the image, held against the safe list of the organisation and of the
    /// repository (`[[package]]` in `tyrian.toml`): forbidden, allowed until a day that is past, allowed by a line that
    /// nobody has reviewed in time, or of an ecosystem in which only listed ones may be used. What a distribution's
    /// package brought is judged as that package.
    /// ## Why it matters
    /// A library runs with all the rights of the program that has it. Which ones a team takes is decided once, with the
    /// time to look at who keeps them, and not by whoever is in a hurry.
    /// ## Fix
    /// Take what the list names instead, or ask those who keep the list for a line about it.
    "package-not-agreed",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["safe-libraries"],
    ids: &["attack:T1195.001", "nist:3.1.1"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "agreed": {"is": {"refused": [{"package": "left-pad 1.3.0", "why": "is forbidden (nobody keeps it); take String.padStart instead", "line": 12}], "unclear": []}}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "agreed": {"is": {"refused": [], "unclear": []}}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Image) -> Judged {
    let Some(agreed) = see.asked(&it.agreed)? else { return not_applicable() };
    for gap in &agreed.unclear {
        // What is refused of the others stands all the same.
        see.apart(|see| see.unclear(gap.why, gap.what.clone()));
    }
    faults(agreed.refused.iter().map(|one| Fault { what: one.what(), at: None }).collect())
}
