//! Layer runtime. Written by `cargo xtask registry`.

mod privileged_container;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &privileged_container::CHECK,
];
