//! Every technique. Written by `cargo xtask registry`.

mod kernel_core_pattern;
mod mount_file_system;
mod namespace_create;
mod namespace_enter;
mod namespace_join;
mod runtime_binary_write;
mod runtime_socket_create;
mod runtime_socket_exec;
mod runtime_socket_host_mount;
mod runtime_socket_other;
mod runtime_socket_ping;
mod runtime_socket_privileged;
mod runtime_socket_unconfined;
mod user_namespace_create;
mod user_namespace_mount;

use crate::technique::Technique;

/// Every technique, in the order of the names.
#[rustfmt::skip]
pub static TECHNIQUES: &[&Technique] = &[
    &kernel_core_pattern::TECHNIQUE,
    &mount_file_system::TECHNIQUE,
    &namespace_create::TECHNIQUE,
    &namespace_enter::TECHNIQUE,
    &namespace_join::TECHNIQUE,
    &runtime_binary_write::TECHNIQUE,
    &runtime_socket_create::TECHNIQUE,
    &runtime_socket_exec::TECHNIQUE,
    &runtime_socket_host_mount::TECHNIQUE,
    &runtime_socket_other::TECHNIQUE,
    &runtime_socket_ping::TECHNIQUE,
    &runtime_socket_privileged::TECHNIQUE,
    &runtime_socket_unconfined::TECHNIQUE,
    &user_namespace_create::TECHNIQUE,
    &user_namespace_mount::TECHNIQUE,
];
