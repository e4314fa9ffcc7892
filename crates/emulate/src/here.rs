//! What this machine itself lets anybody have.

use std::collections::BTreeSet;
use tyrian_model::workload::CAPABILITIES;

/// The capabilities that root can have here: the bounding set of this process. A container can have no others.
pub fn capabilities() -> BTreeSet<String> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("CapBnd:"));
    let mask = line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let has = |number: usize| mask >> number & 1 == 1;
    CAPABILITIES
        .iter()
        .enumerate()
        .filter(|(number, _)| has(*number))
        .map(|(_, name)| (*name).to_owned())
        .collect()
}
