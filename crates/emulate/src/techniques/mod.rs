//! Every technique. Written by `cargo xtask registry`.

mod add_local_user;
mod add_start_file;
mod block_device_open;
mod bpf_load;
mod cgroup_devices_allow;
mod cgroup_limits_raise;
mod cgroup_mount;
mod cgroup_release_agent;
mod change_entry_point;
mod clear_logs;
mod clock_set;
mod debugfs_mount;
mod decode_payload;
mod device_node_create;
mod dns_tunnel;
mod drop_and_execute;
mod execute_from_memory;
mod execute_from_shared_memory;
mod execute_from_temporary_directory;
mod exhaust_memory;
mod exhaust_processes;
mod file_handle_open;
mod fill_disk;
mod forge_packets;
mod hide_file;
mod host_directory_link;
mod host_directory_read;
mod host_directory_write;
mod host_ipc_memory;
mod host_name_set;
mod host_process_environment;
mod host_process_list;
mod host_process_memory;
mod host_process_root;
mod host_process_trace;
mod io_uring;
mod kernel_administration;
mod kernel_binfmt_register;
mod kernel_core_file;
mod kernel_core_pattern;
mod kernel_keyring;
mod kernel_log_device;
mod kernel_log_read;
mod kernel_memory_device;
mod kernel_modprobe_path;
mod kernel_module_load;
mod kernel_reboot;
mod kernel_sysrq;
mod kernel_timer_list;
mod kernel_uevent_helper;
mod kexec_load;
mod listen_on_port;
mod lxcfs_write;
mod mask_unmount;
mod metadata_service;
mod mine_for_others;
mod mount_file_system;
mod namespace_create;
mod namespace_enter;
mod namespace_join;
mod perf_event;
mod port_io;
mod port_scan;
mod proc_mount;
mod process_trace_sibling;
mod rare_socket;
mod raw_socket;
mod reach_neighbour;
mod read_environment;
mod read_mounted_secrets;
mod read_password_hashes;
mod read_private_keys;
mod read_service_account_token;
mod remount_writable;
mod reverse_shell;
mod root_change;
mod root_pivot;
mod run_compiler;
mod run_download_tool;
mod run_interpreter;
mod run_network_tool;
mod run_package_manager;
mod runtime_binary_write;
mod runtime_shim_socket;
mod runtime_socket_create;
mod runtime_socket_exec;
mod runtime_socket_host_mount;
mod runtime_socket_other;
mod runtime_socket_ping;
mod runtime_socket_privileged;
mod runtime_socket_unconfined;
mod runtime_tcp_api;
mod setuid_program;
mod sniff_network;
mod start_shell;
mod start_ssh_server;
mod system_program_egress;
mod trace_self;
mod user_namespace_create;
mod user_namespace_mount;
mod userfaultfd;
mod web_shell;
mod write_file_to_dev;
mod write_system_files;

use crate::technique::Technique;

/// Every technique, in the order of the names.
#[rustfmt::skip]
pub static TECHNIQUES: &[&Technique] = &[
    &add_local_user::TECHNIQUE,
    &add_start_file::TECHNIQUE,
    &block_device_open::TECHNIQUE,
    &bpf_load::TECHNIQUE,
    &cgroup_devices_allow::TECHNIQUE,
    &cgroup_limits_raise::TECHNIQUE,
    &cgroup_mount::TECHNIQUE,
    &cgroup_release_agent::TECHNIQUE,
    &change_entry_point::TECHNIQUE,
    &clear_logs::TECHNIQUE,
    &clock_set::TECHNIQUE,
    &debugfs_mount::TECHNIQUE,
    &decode_payload::TECHNIQUE,
    &device_node_create::TECHNIQUE,
    &dns_tunnel::TECHNIQUE,
    &drop_and_execute::TECHNIQUE,
    &execute_from_memory::TECHNIQUE,
    &execute_from_shared_memory::TECHNIQUE,
    &execute_from_temporary_directory::TECHNIQUE,
    &exhaust_memory::TECHNIQUE,
    &exhaust_processes::TECHNIQUE,
    &file_handle_open::TECHNIQUE,
    &fill_disk::TECHNIQUE,
    &forge_packets::TECHNIQUE,
    &hide_file::TECHNIQUE,
    &host_directory_link::TECHNIQUE,
    &host_directory_read::TECHNIQUE,
    &host_directory_write::TECHNIQUE,
    &host_ipc_memory::TECHNIQUE,
    &host_name_set::TECHNIQUE,
    &host_process_environment::TECHNIQUE,
    &host_process_list::TECHNIQUE,
    &host_process_memory::TECHNIQUE,
    &host_process_root::TECHNIQUE,
    &host_process_trace::TECHNIQUE,
    &io_uring::TECHNIQUE,
    &kernel_administration::TECHNIQUE,
    &kernel_binfmt_register::TECHNIQUE,
    &kernel_core_file::TECHNIQUE,
    &kernel_core_pattern::TECHNIQUE,
    &kernel_keyring::TECHNIQUE,
    &kernel_log_device::TECHNIQUE,
    &kernel_log_read::TECHNIQUE,
    &kernel_memory_device::TECHNIQUE,
    &kernel_modprobe_path::TECHNIQUE,
    &kernel_module_load::TECHNIQUE,
    &kernel_reboot::TECHNIQUE,
    &kernel_sysrq::TECHNIQUE,
    &kernel_timer_list::TECHNIQUE,
    &kernel_uevent_helper::TECHNIQUE,
    &kexec_load::TECHNIQUE,
    &listen_on_port::TECHNIQUE,
    &lxcfs_write::TECHNIQUE,
    &mask_unmount::TECHNIQUE,
    &metadata_service::TECHNIQUE,
    &mine_for_others::TECHNIQUE,
    &mount_file_system::TECHNIQUE,
    &namespace_create::TECHNIQUE,
    &namespace_enter::TECHNIQUE,
    &namespace_join::TECHNIQUE,
    &perf_event::TECHNIQUE,
    &port_io::TECHNIQUE,
    &port_scan::TECHNIQUE,
    &proc_mount::TECHNIQUE,
    &process_trace_sibling::TECHNIQUE,
    &rare_socket::TECHNIQUE,
    &raw_socket::TECHNIQUE,
    &reach_neighbour::TECHNIQUE,
    &read_environment::TECHNIQUE,
    &read_mounted_secrets::TECHNIQUE,
    &read_password_hashes::TECHNIQUE,
    &read_private_keys::TECHNIQUE,
    &read_service_account_token::TECHNIQUE,
    &remount_writable::TECHNIQUE,
    &reverse_shell::TECHNIQUE,
    &root_change::TECHNIQUE,
    &root_pivot::TECHNIQUE,
    &run_compiler::TECHNIQUE,
    &run_download_tool::TECHNIQUE,
    &run_interpreter::TECHNIQUE,
    &run_network_tool::TECHNIQUE,
    &run_package_manager::TECHNIQUE,
    &runtime_binary_write::TECHNIQUE,
    &runtime_shim_socket::TECHNIQUE,
    &runtime_socket_create::TECHNIQUE,
    &runtime_socket_exec::TECHNIQUE,
    &runtime_socket_host_mount::TECHNIQUE,
    &runtime_socket_other::TECHNIQUE,
    &runtime_socket_ping::TECHNIQUE,
    &runtime_socket_privileged::TECHNIQUE,
    &runtime_socket_unconfined::TECHNIQUE,
    &runtime_tcp_api::TECHNIQUE,
    &setuid_program::TECHNIQUE,
    &sniff_network::TECHNIQUE,
    &start_shell::TECHNIQUE,
    &start_ssh_server::TECHNIQUE,
    &system_program_egress::TECHNIQUE,
    &trace_self::TECHNIQUE,
    &user_namespace_create::TECHNIQUE,
    &user_namespace_mount::TECHNIQUE,
    &userfaultfd::TECHNIQUE,
    &web_shell::TECHNIQUE,
    &write_file_to_dev::TECHNIQUE,
    &write_system_files::TECHNIQUE,
];
