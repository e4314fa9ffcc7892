//! Layer cloud. Written by `cargo xtask registry`.

mod administrator_role;
mod cluster_endpoint_open;
mod cluster_secrets_without_own_key;
mod iam_everything_allowed;
mod iam_network_change;
mod iam_self_escalation;
mod iam_whole_service_allowed;
mod login_key_on_instance;
mod metadata_hop_limit;
mod metadata_token_unsaid;
mod metadata_without_token;
mod open_security_group;
mod provider_unpinned;
mod provider_with_key;
mod public_access_not_blocked;
mod public_bucket;
mod public_database;
mod role_for_everybody;
mod storage_not_encrypted;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &administrator_role::CHECK,
    &cluster_endpoint_open::CHECK,
    &cluster_secrets_without_own_key::CHECK,
    &iam_everything_allowed::CHECK,
    &iam_network_change::CHECK,
    &iam_self_escalation::CHECK,
    &iam_whole_service_allowed::CHECK,
    &login_key_on_instance::CHECK,
    &metadata_hop_limit::CHECK,
    &metadata_token_unsaid::CHECK,
    &metadata_without_token::CHECK,
    &open_security_group::CHECK,
    &provider_unpinned::CHECK,
    &provider_with_key::CHECK,
    &public_access_not_blocked::CHECK,
    &public_bucket::CHECK,
    &public_database::CHECK,
    &role_for_everybody::CHECK,
    &storage_not_encrypted::CHECK,
];
