//! Every technique. `cargo xtask registry` writes this file from the names of the files beside it.

mod add_start_file;
mod change_entry_point;
mod drop_and_execute;
mod execute_from_memory;
mod execute_from_shared_memory;
mod execute_from_temporary_directory;
mod kernel_core_pattern;
mod mount_file_system;
mod read_password_hashes;
mod read_private_keys;
mod read_service_account_token;
mod reverse_shell;
mod start_shell;
mod write_system_files;

use crate::technique::Technique;

/// Every technique, in the order of the names.
#[rustfmt::skip]
pub static TECHNIQUES: &[&Technique] = &[
    &add_start_file::TECHNIQUE,
    &change_entry_point::TECHNIQUE,
    &drop_and_execute::TECHNIQUE,
    &execute_from_memory::TECHNIQUE,
    &execute_from_shared_memory::TECHNIQUE,
    &execute_from_temporary_directory::TECHNIQUE,
    &kernel_core_pattern::TECHNIQUE,
    &mount_file_system::TECHNIQUE,
    &read_password_hashes::TECHNIQUE,
    &read_private_keys::TECHNIQUE,
    &read_service_account_token::TECHNIQUE,
    &reverse_shell::TECHNIQUE,
    &start_shell::TECHNIQUE,
    &write_system_files::TECHNIQUE,
];
