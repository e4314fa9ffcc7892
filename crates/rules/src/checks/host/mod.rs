//! Layer host. Written by `cargo xtask registry`.

mod cgroup_v1;
mod cluster_credentials_readable;
mod control_port_open;
mod cpu_fault_open;
mod data_service_on_host;
mod empty_password;
mod engine_file_group;
mod engine_file_mode;
mod engine_file_owner;
mod engine_file_writable;
mod engine_group_members;
mod engine_key_readable;
mod engine_socket_open;
mod host_out_of_support;
mod host_without_mac;
mod kernel_out_of_support;
mod kernel_tells_addresses;
mod large_host;
mod needless_service;
mod network_settings_weak;
mod no_automatic_updates;
mod no_container_os;
mod no_partition_for_containers;
mod process_protection_off;
mod restart_required;
mod second_root;
mod ssh_empty_passwords;
mod ssh_on_host;
mod ssh_password_login;
mod ssh_root_login;
mod start_not_measured;
mod system_writable;
mod unprivileged_kernel_features;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &cgroup_v1::CHECK,
    &cluster_credentials_readable::CHECK,
    &control_port_open::CHECK,
    &cpu_fault_open::CHECK,
    &data_service_on_host::CHECK,
    &empty_password::CHECK,
    &engine_file_group::CHECK,
    &engine_file_mode::CHECK,
    &engine_file_owner::CHECK,
    &engine_file_writable::CHECK,
    &engine_group_members::CHECK,
    &engine_key_readable::CHECK,
    &engine_socket_open::CHECK,
    &host_out_of_support::CHECK,
    &host_without_mac::CHECK,
    &kernel_out_of_support::CHECK,
    &kernel_tells_addresses::CHECK,
    &large_host::CHECK,
    &needless_service::CHECK,
    &network_settings_weak::CHECK,
    &no_automatic_updates::CHECK,
    &no_container_os::CHECK,
    &no_partition_for_containers::CHECK,
    &process_protection_off::CHECK,
    &restart_required::CHECK,
    &second_root::CHECK,
    &ssh_empty_passwords::CHECK,
    &ssh_on_host::CHECK,
    &ssh_password_login::CHECK,
    &ssh_root_login::CHECK,
    &start_not_measured::CHECK,
    &system_writable::CHECK,
    &unprivileged_kernel_features::CHECK,
];
