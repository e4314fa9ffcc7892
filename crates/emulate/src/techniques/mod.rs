//! Every technique. Written by `cargo xtask registry`.

mod add_local_user;
mod add_start_file;
mod change_entry_point;
mod clear_logs;
mod decode_payload;
mod dns_tunnel;
mod drop_and_execute;
mod execute_from_memory;
mod execute_from_shared_memory;
mod execute_from_temporary_directory;
mod exhaust_memory;
mod exhaust_processes;
mod fill_disk;
mod forge_packets;
mod hide_file;
mod kernel_core_pattern;
mod listen_on_port;
mod metadata_service;
mod mine_for_others;
mod mount_file_system;
mod namespace_create;
mod namespace_enter;
mod namespace_join;
mod port_scan;
mod reach_neighbour;
mod read_environment;
mod read_mounted_secrets;
mod read_password_hashes;
mod read_private_keys;
mod read_service_account_token;
mod reverse_shell;
mod run_compiler;
mod run_download_tool;
mod run_interpreter;
mod run_network_tool;
mod run_package_manager;
mod runtime_binary_write;
mod runtime_socket_create;
mod runtime_socket_exec;
mod runtime_socket_host_mount;
mod runtime_socket_other;
mod runtime_socket_ping;
mod runtime_socket_privileged;
mod runtime_socket_unconfined;
mod sniff_network;
mod start_shell;
mod start_ssh_server;
mod system_program_egress;
mod trace_self;
mod user_namespace_create;
mod user_namespace_mount;
mod web_shell;
mod write_file_to_dev;
mod write_system_files;

use crate::technique::Technique;

/// Every technique, in the order of the names.
#[rustfmt::skip]
pub static TECHNIQUES: &[&Technique] = &[
    &add_local_user::TECHNIQUE,
    &add_start_file::TECHNIQUE,
    &change_entry_point::TECHNIQUE,
    &clear_logs::TECHNIQUE,
    &decode_payload::TECHNIQUE,
    &dns_tunnel::TECHNIQUE,
    &drop_and_execute::TECHNIQUE,
    &execute_from_memory::TECHNIQUE,
    &execute_from_shared_memory::TECHNIQUE,
    &execute_from_temporary_directory::TECHNIQUE,
    &exhaust_memory::TECHNIQUE,
    &exhaust_processes::TECHNIQUE,
    &fill_disk::TECHNIQUE,
    &forge_packets::TECHNIQUE,
    &hide_file::TECHNIQUE,
    &kernel_core_pattern::TECHNIQUE,
    &listen_on_port::TECHNIQUE,
    &metadata_service::TECHNIQUE,
    &mine_for_others::TECHNIQUE,
    &mount_file_system::TECHNIQUE,
    &namespace_create::TECHNIQUE,
    &namespace_enter::TECHNIQUE,
    &namespace_join::TECHNIQUE,
    &port_scan::TECHNIQUE,
    &reach_neighbour::TECHNIQUE,
    &read_environment::TECHNIQUE,
    &read_mounted_secrets::TECHNIQUE,
    &read_password_hashes::TECHNIQUE,
    &read_private_keys::TECHNIQUE,
    &read_service_account_token::TECHNIQUE,
    &reverse_shell::TECHNIQUE,
    &run_compiler::TECHNIQUE,
    &run_download_tool::TECHNIQUE,
    &run_interpreter::TECHNIQUE,
    &run_network_tool::TECHNIQUE,
    &run_package_manager::TECHNIQUE,
    &runtime_binary_write::TECHNIQUE,
    &runtime_socket_create::TECHNIQUE,
    &runtime_socket_exec::TECHNIQUE,
    &runtime_socket_host_mount::TECHNIQUE,
    &runtime_socket_other::TECHNIQUE,
    &runtime_socket_ping::TECHNIQUE,
    &runtime_socket_privileged::TECHNIQUE,
    &runtime_socket_unconfined::TECHNIQUE,
    &sniff_network::TECHNIQUE,
    &start_shell::TECHNIQUE,
    &start_ssh_server::TECHNIQUE,
    &system_program_egress::TECHNIQUE,
    &trace_self::TECHNIQUE,
    &user_namespace_create::TECHNIQUE,
    &user_namespace_mount::TECHNIQUE,
    &web_shell::TECHNIQUE,
    &write_file_to_dev::TECHNIQUE,
    &write_system_files::TECHNIQUE,
];
