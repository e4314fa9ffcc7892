//! Every technique. Written by `cargo xtask registry`.

mod kernel_core_pattern;
mod mount_file_system;

use crate::technique::Technique;

/// Every technique, in the order of the names.
#[rustfmt::skip]
pub static TECHNIQUES: &[&Technique] = &[
    &kernel_core_pattern::TECHNIQUE,
    &mount_file_system::TECHNIQUE,
];
