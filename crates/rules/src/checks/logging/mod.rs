//! Layer logging. Written by `cargo xtask registry`.

mod accepted_traffic_unrecorded;
mod api_audit_log_short;
mod api_audit_log_stays;
mod audit_log_has_secrets;
mod cluster_without_control_plane_logs;
mod control_characters_in_log;
mod credential_in_log;
mod empty_audit_policy;
mod engine_file_unaudited;
mod engine_log_driver_none;
mod engine_log_unrotated;
mod engine_logs_stay;
mod host_logs_stay;
mod host_without_audit;
mod lines_without_time;
mod log_bucket_can_change;
mod log_driver_none;
mod log_group_without_retention;
mod logging_can_be_stopped;
mod no_alarm_on_silence;
mod no_api_audit_log;
mod no_cloud_trail;
mod no_flow_log;
mod noisy_log;
mod personal_data_in_log;
mod unrotated_container_log;
mod weak_cloud_trail;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &accepted_traffic_unrecorded::CHECK,
    &api_audit_log_short::CHECK,
    &api_audit_log_stays::CHECK,
    &audit_log_has_secrets::CHECK,
    &cluster_without_control_plane_logs::CHECK,
    &control_characters_in_log::CHECK,
    &credential_in_log::CHECK,
    &empty_audit_policy::CHECK,
    &engine_file_unaudited::CHECK,
    &engine_log_driver_none::CHECK,
    &engine_log_unrotated::CHECK,
    &engine_logs_stay::CHECK,
    &host_logs_stay::CHECK,
    &host_without_audit::CHECK,
    &lines_without_time::CHECK,
    &log_bucket_can_change::CHECK,
    &log_driver_none::CHECK,
    &log_group_without_retention::CHECK,
    &logging_can_be_stopped::CHECK,
    &no_alarm_on_silence::CHECK,
    &no_api_audit_log::CHECK,
    &no_cloud_trail::CHECK,
    &no_flow_log::CHECK,
    &noisy_log::CHECK,
    &personal_data_in_log::CHECK,
    &unrotated_container_log::CHECK,
    &weak_cloud_trail::CHECK,
];
