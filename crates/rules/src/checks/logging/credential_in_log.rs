use crate::checks::prelude::*;

check! {
    /// A log has credentials in it.
    ///
    /// ## What it checks
    /// Log files of the tree for tokens, passwords and keys.
    /// ## Why it matters
    /// Logs are copied to more places and read by more people than any secret store, and kept for years.
    /// ## Fix
    /// Leave credentials out where the line is written, change those that were logged, and have the collector
    /// mask what looks like one.
    "credential-in-log",
    layer: Layer::Logging,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["owasp-logging"],
    ids: &["attack:T1552.001"],
    bad: &[
        Example::Tree(&[("logs/app.log", r#"2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:02,118 INFO shop order 17 placed
2025-11-20 09:14:09,407 INFO shop token Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMDQyIiwiZW1haWwiOiJhbm5hLmJlcmdAY3VzdG9tZXIuZXhhbXBsZSIsInJvbGUiOiJhZG1pbiIsImV4cCI6MTc2NzIyNTYwMH0.UP7ICRW45gmW4t852nMLeqyIiHhQ3pT6fBj_dheEd5Q
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
        if !PERSONAL.contains(&sighting.kind.as_str()) {
            kinds.entry(&sighting.kind).or_insert((0_usize, &sighting.at)).0 += 1;
        }
    }
    let fault = |(kind, (count, at)): (&String, (usize, &Option<Pos>))| Fault {
        what: format!("has credentials ({kind}, {count} times)"),
        at: at.clone(),
    };
    faults(kinds.into_iter().map(fault).collect())
}
