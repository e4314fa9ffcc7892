//! Layer build. Written by `cargo xtask registry`.

mod ansible_connection_unverified;
mod ansible_container_privileged;
mod ansible_download_unverified;
mod ansible_failure_ignored;
mod ansible_secret_shown;
mod ansible_secret_written;
mod ansible_world_writable;
mod dependency_not_agreed;
mod evaluated_text;
mod excess_token_permissions;
mod expression_injection;
mod fixed_temporary_file;
mod floating_dependencies;
mod ignored_failure_in_pipeline;
mod ignored_failure_in_script;
mod login_argument_in_pipeline;
mod login_argument_in_script;
mod long_lived_cloud_key;
mod lost_failure_in_pipeline;
mod lost_failure_in_script;
mod no_attack_tests;
mod no_code_owners;
mod no_composition_analysis;
mod no_dynamic_testing;
mod no_image_scan;
mod no_script_lint;
mod no_secret_scan;
mod no_stage_gate;
mod no_static_analysis;
mod parameter_in_script;
mod piped_download_in_pipeline;
mod piped_download_in_script;
mod printed_secret_in_pipeline;
mod printed_secret_in_script;
mod privileged_build_agent;
mod public_backup_in_script;
mod secret_in_pipeline;
mod secret_in_source;
mod security_step_may_fail;
mod unguarded_removal;
mod unhashed_artifacts;
mod unhashed_dependencies;
mod unpinned_action;
mod unpinned_job_image;
mod unpinned_platform_action;
mod unpinned_shared_library;
mod unpinned_terraform_module;
mod unset_token_permissions;
mod unsigned_artifacts;
mod untrusted_checkout;
mod unverified_connection_in_pipeline;
mod unverified_connection_in_script;
mod vulnerable_dependency;
mod waiver_without_end;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &ansible_connection_unverified::CHECK,
    &ansible_container_privileged::CHECK,
    &ansible_download_unverified::CHECK,
    &ansible_failure_ignored::CHECK,
    &ansible_secret_shown::CHECK,
    &ansible_secret_written::CHECK,
    &ansible_world_writable::CHECK,
    &dependency_not_agreed::CHECK,
    &evaluated_text::CHECK,
    &excess_token_permissions::CHECK,
    &expression_injection::CHECK,
    &fixed_temporary_file::CHECK,
    &floating_dependencies::CHECK,
    &ignored_failure_in_pipeline::CHECK,
    &ignored_failure_in_script::CHECK,
    &login_argument_in_pipeline::CHECK,
    &login_argument_in_script::CHECK,
    &long_lived_cloud_key::CHECK,
    &lost_failure_in_pipeline::CHECK,
    &lost_failure_in_script::CHECK,
    &no_attack_tests::CHECK,
    &no_code_owners::CHECK,
    &no_composition_analysis::CHECK,
    &no_dynamic_testing::CHECK,
    &no_image_scan::CHECK,
    &no_script_lint::CHECK,
    &no_secret_scan::CHECK,
    &no_stage_gate::CHECK,
    &no_static_analysis::CHECK,
    &parameter_in_script::CHECK,
    &piped_download_in_pipeline::CHECK,
    &piped_download_in_script::CHECK,
    &printed_secret_in_pipeline::CHECK,
    &printed_secret_in_script::CHECK,
    &privileged_build_agent::CHECK,
    &public_backup_in_script::CHECK,
    &secret_in_pipeline::CHECK,
    &secret_in_source::CHECK,
    &security_step_may_fail::CHECK,
    &unguarded_removal::CHECK,
    &unhashed_artifacts::CHECK,
    &unhashed_dependencies::CHECK,
    &unpinned_action::CHECK,
    &unpinned_job_image::CHECK,
    &unpinned_platform_action::CHECK,
    &unpinned_shared_library::CHECK,
    &unpinned_terraform_module::CHECK,
    &unset_token_permissions::CHECK,
    &unsigned_artifacts::CHECK,
    &untrusted_checkout::CHECK,
    &unverified_connection_in_pipeline::CHECK,
    &unverified_connection_in_script::CHECK,
    &vulnerable_dependency::CHECK,
    &waiver_without_end::CHECK,
];
