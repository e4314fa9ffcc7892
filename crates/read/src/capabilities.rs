//! Capabilities as people name them, and what is left of the default set.

use std::collections::BTreeSet;
use tyrian_model::workload::{CAPABILITIES, DEFAULT_CAPABILITIES};

/// A capability's name, upper case without `CAP_`.
pub(crate) fn name(written: &str) -> String {
    let upper = written.trim().to_ascii_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}

/// Every capability that Linux knows.
pub(crate) fn all() -> BTreeSet<String> {
    CAPABILITIES.map(str::to_owned).into()
}

/// Those that runtimes give by default.
pub(crate) fn default() -> BTreeSet<String> {
    DEFAULT_CAPABILITIES.map(str::to_owned).into()
}

/// As Docker adds and drops: `ALL` that is added gives all but those dropped by name, `ALL` that is dropped leaves
/// what is added, and what is both added and dropped stays.
pub(crate) fn docker(added: BTreeSet<String>, dropped: &BTreeSet<String>) -> BTreeSet<String> {
    if added.contains("ALL") {
        &all() - dropped
    } else if dropped.contains("ALL") {
        added
    } else {
        &(&default() - dropped) | &added
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_and_dropped_is_what_docker_makes_of_it() {
        let set = |names: &[&str]| names.iter().map(|written| name(written)).collect::<BTreeSet<String>>();
        let docker = |added: &[&str], dropped: &[&str]| docker(set(added), &set(dropped));
        assert_eq!(docker(&["cap_sys_time"], &["all"]), set(&["SYS_TIME"]));
        assert!(docker(&["NET_ADMIN"], &["NET_RAW", "NET_ADMIN"]).contains("NET_ADMIN"));
        // What is dropped by name stays dropped beside ALL, even where it is added by name too.
        assert!(!docker(&["ALL", "SYS_ADMIN"], &["SYS_ADMIN"]).contains("SYS_ADMIN"));
        assert_eq!(docker(&["ALL"], &["ALL"]), all());
    }
}
