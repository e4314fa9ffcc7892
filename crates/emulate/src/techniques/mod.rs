//! Every technique. `cargo xtask registry` writes this file from the names of the files beside it.

mod kernel_core_pattern;
mod mount_file_system;

use crate::technique::Technique;

/// Every technique, in the order of the names.
pub static TECHNIQUES: &[&Technique] = &[&kernel_core_pattern::TECHNIQUE, &mount_file_system::TECHNIQUE];
