//! What this machine itself lets anybody have, and what it refuses to all.

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

/// Who may refuse what no setting of a clone does, as the end of a sentence: the kernel's security modules.
pub(crate) fn who_else_refuses() -> String {
    let modules = std::fs::read_to_string("/sys/kernel/security/lsm").unwrap_or_default();
    let named = modules.split(',').map(str::trim).filter(|name| !["", "capability"].contains(name));
    let modules: Vec<&str> = named.collect();
    match modules.as_slice() {
        [] => String::new(),
        modules => format!(
            "; no setting of the clone refuses it, but this machine does: the kernel itself, or a security module ({})",
            modules.join(", ")
        ),
    }
}
