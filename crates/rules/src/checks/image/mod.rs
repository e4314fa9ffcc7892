//! Layer image. Written by `cargo xtask registry`.

mod account_password_in_build;
mod add_instead_of_copy;
mod base_image_by_tag;
mod base_image_out_of_support;
mod build_argument_secret;
mod build_step_unconfined;
mod dockerfile_root_user;
mod download_failure_hidden;
mod download_piped_to_shell;
mod floating_base_image;
mod no_health_check_in_dockerfile;
mod package_cache_kept;
mod package_index_alone;
mod secret_file_copied;
mod secret_in_dockerfile;
mod secret_mount_kept;
mod setuid_set_in_dockerfile;
mod ssh_server_in_dockerfile;
mod sudo_in_dockerfile;
mod unauthenticated_download;
mod unverified_download;
mod whole_context_copied;
mod world_writable_in_dockerfile;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &account_password_in_build::CHECK,
    &add_instead_of_copy::CHECK,
    &base_image_by_tag::CHECK,
    &base_image_out_of_support::CHECK,
    &build_argument_secret::CHECK,
    &build_step_unconfined::CHECK,
    &dockerfile_root_user::CHECK,
    &download_failure_hidden::CHECK,
    &download_piped_to_shell::CHECK,
    &floating_base_image::CHECK,
    &no_health_check_in_dockerfile::CHECK,
    &package_cache_kept::CHECK,
    &package_index_alone::CHECK,
    &secret_file_copied::CHECK,
    &secret_in_dockerfile::CHECK,
    &secret_mount_kept::CHECK,
    &setuid_set_in_dockerfile::CHECK,
    &ssh_server_in_dockerfile::CHECK,
    &sudo_in_dockerfile::CHECK,
    &unauthenticated_download::CHECK,
    &unverified_download::CHECK,
    &whole_context_copied::CHECK,
    &world_writable_in_dockerfile::CHECK,
];
