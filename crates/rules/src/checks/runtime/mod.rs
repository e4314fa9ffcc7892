//! Layer runtime. Written by `cargo xtask registry`.

mod added_capability;
mod capabilities_not_dropped;
mod cluster_without_scanner;
mod cluster_without_sensor;
mod cpu_unlimited;
mod dangerous_capability;
mod dangerous_device;
mod dangerous_group;
mod dangerous_host_path;
mod data_service_published;
mod debug_container_left;
mod declared_not_in_force;
mod default_bridge_used;
mod disk_unlimited;
mod endless_restart;
mod engine_socket_mounted;
mod engine_without_mac;
mod engine_without_sensor;
mod entered_container;
mod executable_tmpfs;
mod exposed_without_sandbox;
mod finished_job_kept;
mod health_check_missing;
mod host_cgroup_namespace;
mod host_device;
mod host_ipc_namespace;
mod host_log_directory_writable;
mod host_network_namespace;
mod host_pid_namespace;
mod host_user_namespace;
mod host_uts_namespace;
mod image_never_pulled;
mod io_unlimited;
mod job_without_deadline;
mod joined_namespace;
mod key_agent_mounted;
mod latest_image;
mod long_lived_token;
mod mac_not_in_force;
mod mac_unconfined;
mod memory_unlimited;
mod mutable_image;
mod old_container;
mod own_cgroup_parent;
mod pids_unlimited;
mod port_on_all_addresses;
mod privilege_escalation_allowed;
mod privileged_container;
mod privileged_host_port;
mod programs_not_recorded;
mod readable_host_path;
mod root_group;
mod root_user;
mod seccomp_dangerous_calls;
mod seccomp_unconfined;
mod secret_in_container;
mod secret_in_label;
mod shared_mount_propagation;
mod ssh_server;
mod ulimit_removed;
mod unmasked_paths;
mod unsafe_sysctl;
mod volume_of_host_path;
mod windows_administrator;
mod windows_host_process;
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
    &dangerous_group::CHECK,
    &dangerous_host_path::CHECK,
    &data_service_published::CHECK,
    &debug_container_left::CHECK,
    &declared_not_in_force::CHECK,
    &default_bridge_used::CHECK,
    &disk_unlimited::CHECK,
    &endless_restart::CHECK,
    &engine_socket_mounted::CHECK,
    &engine_without_mac::CHECK,
    &engine_without_sensor::CHECK,
    &entered_container::CHECK,
    &executable_tmpfs::CHECK,
    &exposed_without_sandbox::CHECK,
    &finished_job_kept::CHECK,
    &health_check_missing::CHECK,
    &host_cgroup_namespace::CHECK,
    &host_device::CHECK,
    &host_ipc_namespace::CHECK,
    &host_log_directory_writable::CHECK,
    &host_network_namespace::CHECK,
    &host_pid_namespace::CHECK,
    &host_user_namespace::CHECK,
    &host_uts_namespace::CHECK,
    &image_never_pulled::CHECK,
    &io_unlimited::CHECK,
    &job_without_deadline::CHECK,
    &joined_namespace::CHECK,
    &key_agent_mounted::CHECK,
    &latest_image::CHECK,
    &long_lived_token::CHECK,
    &mac_not_in_force::CHECK,
    &mac_unconfined::CHECK,
    &memory_unlimited::CHECK,
    &mutable_image::CHECK,
    &old_container::CHECK,
    &own_cgroup_parent::CHECK,
    &pids_unlimited::CHECK,
    &port_on_all_addresses::CHECK,
    &privilege_escalation_allowed::CHECK,
    &privileged_container::CHECK,
    &privileged_host_port::CHECK,
    &programs_not_recorded::CHECK,
    &readable_host_path::CHECK,
    &root_group::CHECK,
    &root_user::CHECK,
    &seccomp_dangerous_calls::CHECK,
    &seccomp_unconfined::CHECK,
    &secret_in_container::CHECK,
    &secret_in_label::CHECK,
    &shared_mount_propagation::CHECK,
    &ssh_server::CHECK,
    &ulimit_removed::CHECK,
    &unmasked_paths::CHECK,
    &unsafe_sysctl::CHECK,
    &volume_of_host_path::CHECK,
    &windows_administrator::CHECK,
    &windows_host_process::CHECK,
    &writable_root::CHECK,
];
