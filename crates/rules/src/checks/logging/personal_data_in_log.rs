use crate::checks::prelude::*;

check! {
    /// A log has personal data in it.
    ///
    /// ## What it checks
    /// Log files of the tree for mail addresses, card numbers and accounts.
    /// ## Why it matters
    /// Logs are read widely and kept long; what they tell of customers is lost with the first copy that leaks,
    /// and the law asks for it.
    /// ## Fix
    /// Log an id of your own instead, and have the collector mask the rest.
    "personal-data-in-log",
    layer: Layer::Logging,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["owasp-logging"],
    ids: &["attack:T1654"],
    bad: &[
        Example::Tree(&[("logs/app.log", r#"2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:09,407 INFO shop order from anna.berg@customer.shop card 4111 1111 1111 1111
"#)]),
    ],
    good: &[
        Example::Tree(&[("logs/app.log", r#"2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
"#)]),
    ],
}

/// What tells of a person, and opens nothing.
const PERSONAL: &[&str] = &[
    "email-address",
    "payment-card",
    "bank-account",
    "iban",
    "social-security-number",
    "telephone-number",
    "phone-number",
];

fn check(see: &See, it: &LogSample) -> Judged {
    let mut kinds = std::collections::BTreeMap::new();
    for sighting in see.get(&it.sightings)? {
        if PERSONAL.contains(&sighting.kind.as_str()) {
            kinds.entry(&sighting.kind).or_insert((0_usize, &sighting.at)).0 += 1;
        }
    }
    let fault = |(kind, (count, at)): (&String, (usize, &Option<Pos>))| Fault {
        what: format!("has personal data ({kind}, {count} times)"),
        at: at.clone(),
    };
    faults(kinds.into_iter().map(fault).collect())
}
