//! Layer image. Written by `cargo xtask registry`.

mod account_password_in_build;
mod add_instead_of_copy;
mod base_device_size;
mod base_image_by_tag;
mod base_image_out_of_support;
mod build_argument_secret;
mod build_step_unconfined;
mod container_heap;
mod default_bridge_open;
mod distribution_upgraded_in_build;
mod dockerfile_root_user;
mod download_failure_hidden;
mod download_piped_to_shell;
mod engine_as_root;
mod engine_cgroup_parent;
mod engine_known_escapes;
mod engine_log_level;
mod engine_seccomp_off;
mod engine_settings_contradict;
mod engine_tcp_on_loopback;
mod engine_tcp_without_tls;
mod engine_without_iptables;
mod experimental_engine;
mod floating_base_image;
mod image_exposes_ssh;
mod image_heap;
mod image_out_of_support;
mod image_root_user;
mod insecure_registry;
mod large_image;
mod library_unpinned_in_dockerfile;
mod management_port_exposed;
mod no_authorization_plugin;
mod no_default_ulimits;
mod no_health_check_in_dockerfile;
mod no_health_check_in_image;
mod no_live_restore;
mod no_new_privileges_not_default;
mod no_user_namespaces;
mod old_storage_driver;
mod package_cache_kept;
mod package_index_alone;
mod package_not_agreed;
mod plain_text_download;
mod recommended_packages_installed;
mod second_package_index;
mod secret_file_copied;
mod secret_in_dockerfile;
mod secret_in_image_layer;
mod secret_in_image_settings;
mod secret_mount_kept;
mod setuid_in_image;
mod setuid_set_in_dockerfile;
mod shell_form_command;
mod ssh_server_in_dockerfile;
mod ssh_server_in_image;
mod sudo_in_dockerfile;
mod system_package_unpinned;
mod tools_in_dockerfile;
mod tools_in_image;
mod unauthenticated_download;
mod unlocked_install_in_dockerfile;
mod unpinned_frontend;
mod unverified_download;
mod userland_proxy;
mod vulnerable_package;
mod whole_context_copied;
mod world_writable_in_dockerfile;
mod world_writable_in_image;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &account_password_in_build::CHECK,
    &add_instead_of_copy::CHECK,
    &base_device_size::CHECK,
    &base_image_by_tag::CHECK,
    &base_image_out_of_support::CHECK,
    &build_argument_secret::CHECK,
    &build_step_unconfined::CHECK,
    &container_heap::CHECK,
    &default_bridge_open::CHECK,
    &distribution_upgraded_in_build::CHECK,
    &dockerfile_root_user::CHECK,
    &download_failure_hidden::CHECK,
    &download_piped_to_shell::CHECK,
    &engine_as_root::CHECK,
    &engine_cgroup_parent::CHECK,
    &engine_known_escapes::CHECK,
    &engine_log_level::CHECK,
    &engine_seccomp_off::CHECK,
    &engine_settings_contradict::CHECK,
    &engine_tcp_on_loopback::CHECK,
    &engine_tcp_without_tls::CHECK,
    &engine_without_iptables::CHECK,
    &experimental_engine::CHECK,
    &floating_base_image::CHECK,
    &image_exposes_ssh::CHECK,
    &image_heap::CHECK,
    &image_out_of_support::CHECK,
    &image_root_user::CHECK,
    &insecure_registry::CHECK,
    &large_image::CHECK,
    &library_unpinned_in_dockerfile::CHECK,
    &management_port_exposed::CHECK,
    &no_authorization_plugin::CHECK,
    &no_default_ulimits::CHECK,
    &no_health_check_in_dockerfile::CHECK,
    &no_health_check_in_image::CHECK,
    &no_live_restore::CHECK,
    &no_new_privileges_not_default::CHECK,
    &no_user_namespaces::CHECK,
    &old_storage_driver::CHECK,
    &package_cache_kept::CHECK,
    &package_index_alone::CHECK,
    &package_not_agreed::CHECK,
    &plain_text_download::CHECK,
    &recommended_packages_installed::CHECK,
    &second_package_index::CHECK,
    &secret_file_copied::CHECK,
    &secret_in_dockerfile::CHECK,
    &secret_in_image_layer::CHECK,
    &secret_in_image_settings::CHECK,
    &secret_mount_kept::CHECK,
    &setuid_in_image::CHECK,
    &setuid_set_in_dockerfile::CHECK,
    &shell_form_command::CHECK,
    &ssh_server_in_dockerfile::CHECK,
    &ssh_server_in_image::CHECK,
    &sudo_in_dockerfile::CHECK,
    &system_package_unpinned::CHECK,
    &tools_in_dockerfile::CHECK,
    &tools_in_image::CHECK,
    &unauthenticated_download::CHECK,
    &unlocked_install_in_dockerfile::CHECK,
    &unpinned_frontend::CHECK,
    &unverified_download::CHECK,
    &userland_proxy::CHECK,
    &vulnerable_package::CHECK,
    &whole_context_copied::CHECK,
    &world_writable_in_dockerfile::CHECK,
    &world_writable_in_image::CHECK,
];
