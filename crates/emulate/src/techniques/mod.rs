//! Every technique. `cargo xtask registry` writes this file from the names of the files beside it.

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
mod sniff_network;
mod start_shell;
mod start_ssh_server;
mod system_program_egress;
mod trace_self;
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
    &sniff_network::TECHNIQUE,
    &start_shell::TECHNIQUE,
    &start_ssh_server::TECHNIQUE,
    &system_program_egress::TECHNIQUE,
    &trace_self::TECHNIQUE,
    &web_shell::TECHNIQUE,
    &write_file_to_dev::TECHNIQUE,
    &write_system_files::TECHNIQUE,
];
