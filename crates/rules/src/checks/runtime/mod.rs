//! Layer runtime. Written by `cargo xtask registry`.

mod added_capability;
mod capabilities_not_dropped;
mod cluster_without_scanner;
mod cluster_without_sensor;
mod cpu_unlimited;
mod dangerous_capability;
mod dangerous_device;
mod dangerous_host_path;
mod data_service_published;
mod declared_not_in_force;
mod endless_restart;
mod engine_socket_mounted;
mod engine_without_mac;
mod engine_without_sensor;
mod entered_container;
mod exposed_without_sandbox;
mod health_check_missing;
mod host_device;
mod host_ipc_namespace;
mod host_network_namespace;
mod host_pid_namespace;
mod host_uts_namespace;
mod joined_namespace;
mod latest_image;
mod mac_not_in_force;
mod mac_unconfined;
mod memory_unlimited;
mod mutable_image;
mod old_container;
mod pids_unlimited;
mod port_on_all_addresses;
mod privilege_escalation_allowed;
mod privileged_container;
mod privileged_host_port;
mod programs_not_recorded;
mod readable_host_path;
mod root_user;
mod seccomp_dangerous_calls;
mod seccomp_unconfined;
mod secret_in_container;
mod secret_in_label;
mod shared_mount_propagation;
mod ssh_server;
mod unmasked_paths;
mod volume_of_host_path;
mod writable_root;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &added_capability::CHECK,
    &capabilities_not_dropped::CHECK,
    &cluster_without_scanner::CHECK,
    &cluster_without_sensor::CHECK,
    &cpu_unlimited::CHECK,
    &dangerous_capability::CHECK,
    &dangerous_device::CHECK,
    &dangerous_host_path::CHECK,
    &data_service_published::CHECK,
    &declared_not_in_force::CHECK,
    &endless_restart::CHECK,
    &engine_socket_mounted::CHECK,
    &engine_without_mac::CHECK,
    &engine_without_sensor::CHECK,
    &entered_container::CHECK,
    &exposed_without_sandbox::CHECK,
    &health_check_missing::CHECK,
    &host_device::CHECK,
    &host_ipc_namespace::CHECK,
    &host_network_namespace::CHECK,
    &host_pid_namespace::CHECK,
    &host_uts_namespace::CHECK,
    &joined_namespace::CHECK,
    &latest_image::CHECK,
    &mac_not_in_force::CHECK,
    &mac_unconfined::CHECK,
    &memory_unlimited::CHECK,
    &mutable_image::CHECK,
    &old_container::CHECK,
    &pids_unlimited::CHECK,
    &port_on_all_addresses::CHECK,
    &privilege_escalation_allowed::CHECK,
    &privileged_container::CHECK,
    &privileged_host_port::CHECK,
    &programs_not_recorded::CHECK,
    &readable_host_path::CHECK,
    &root_user::CHECK,
    &seccomp_dangerous_calls::CHECK,
    &seccomp_unconfined::CHECK,
    &secret_in_container::CHECK,
    &secret_in_label::CHECK,
    &shared_mount_propagation::CHECK,
    &ssh_server::CHECK,
    &unmasked_paths::CHECK,
    &volume_of_host_path::CHECK,
    &writable_root::CHECK,
];
