//! One fault, one finding: what a greater fault brings with it is not said again.
//!
//! A privileged container has every capability and device, no seccomp profile, no profile of AppArmor or SELinux
//! and open paths in /proc and /sys. That is what the word means, so `privileged-container` says it, and serves
//! the controls that are lost by it; the checks of the single settings have nothing to add, for none of them can
//! be mended while the word stands. Settings that stand beside it (user, limits, mounts, no_new_privs) are judged
//! as ever.

use tyrian_model::fact::{See, Unseen};
use tyrian_model::workload::Confinement;

/// Is the container privileged, so that what the setting in question lacks is a mere consequence?
///
/// What is observed of a container knows that only where it was asked for. A privilege that could not be read
/// leaves the judgement open.
pub(crate) fn by_privileged(see: &See, it: &Confinement) -> Result<bool, Unseen> {
    Ok(see.asked(&it.privileged)?.copied().unwrap_or(false))
}
