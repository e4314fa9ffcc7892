//! Layer runtime.

mod privileged_container;

/// The checks of this layer.
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[&privileged_container::CHECK];
