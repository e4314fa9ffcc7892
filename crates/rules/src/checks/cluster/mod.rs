//! Layer cluster. Written by `cargo xtask registry`.

mod anonymous_binding;
mod apiserver_admission_off;
mod apiserver_always_allow;
mod apiserver_anonymous;
mod apiserver_authorization_mode;
mod apiserver_etcd_plain;
mod apiserver_insecure_port;
mod apiserver_kubelet_trust;
mod apiserver_no_encryption;
mod apiserver_node_restriction;
mod apiserver_old_tls;
mod apiserver_profiling;
mod apiserver_static_tokens;
mod apiserver_token_lookup;
mod certificate_approval;
mod cluster_admin_binding;
mod controller_manager_credentials;
mod controller_manager_profiling;
mod controller_manager_rotation;
mod dashboard_deployed;
mod dashboard_exposed;
mod dashboard_without_login;
mod default_account_rights;
mod default_namespace;
mod encryption_key_beside_secrets;
mod end_of_life_cluster;
mod end_of_life_control_plane;
mod escalation_verbs;
mod etcd_peers_unchecked;
mod etcd_without_client_certificates;
mod everybody_binding;
mod exec_into_pods;
mod host_path_volume;
mod kubelet_always_allow;
mod kubelet_anonymous;
mod kubelet_certificate_rotation;
mod kubelet_kernel_defaults;
mod kubelet_old_tls;
mod kubelet_pid_limit;
mod kubelet_read_only_port;
mod kubelet_seccomp_default;
mod kubelet_streams_forever;
mod kubelet_webhook_off;
mod network_policy_change;
mod node_proxy;
mod pod_makes_workloads;
mod pod_security_label_unknown;
mod pod_security_not_enforced;
mod pod_security_version_old;
mod refused_by_own_namespace;
mod removed_api;
mod scheduler_profiling;
mod secrets_not_encrypted;
mod secrets_of_cluster_readable;
mod secrets_of_namespace_readable;
mod swarm_authority_old;
mod swarm_certificates_long;
mod swarm_listens_everywhere;
mod swarm_managers;
mod swarm_not_locked;
mod swarm_of_one;
mod swarm_planes_shared;
mod swarm_without_secrets;
mod system_masters_user;
mod token_automount;
mod token_creation;
mod volume_creation;
mod webhook_configuration;
mod wildcard_role;
mod wildcard_rule;
mod workloads_everywhere;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &anonymous_binding::CHECK,
    &apiserver_admission_off::CHECK,
    &apiserver_always_allow::CHECK,
    &apiserver_anonymous::CHECK,
    &apiserver_authorization_mode::CHECK,
    &apiserver_etcd_plain::CHECK,
    &apiserver_insecure_port::CHECK,
    &apiserver_kubelet_trust::CHECK,
    &apiserver_no_encryption::CHECK,
    &apiserver_node_restriction::CHECK,
    &apiserver_old_tls::CHECK,
    &apiserver_profiling::CHECK,
    &apiserver_static_tokens::CHECK,
    &apiserver_token_lookup::CHECK,
    &certificate_approval::CHECK,
    &cluster_admin_binding::CHECK,
    &controller_manager_credentials::CHECK,
    &controller_manager_profiling::CHECK,
    &controller_manager_rotation::CHECK,
    &dashboard_deployed::CHECK,
    &dashboard_exposed::CHECK,
    &dashboard_without_login::CHECK,
    &default_account_rights::CHECK,
    &default_namespace::CHECK,
    &encryption_key_beside_secrets::CHECK,
    &end_of_life_cluster::CHECK,
    &end_of_life_control_plane::CHECK,
    &escalation_verbs::CHECK,
    &etcd_peers_unchecked::CHECK,
    &etcd_without_client_certificates::CHECK,
    &everybody_binding::CHECK,
    &exec_into_pods::CHECK,
    &host_path_volume::CHECK,
    &kubelet_always_allow::CHECK,
    &kubelet_anonymous::CHECK,
    &kubelet_certificate_rotation::CHECK,
    &kubelet_kernel_defaults::CHECK,
    &kubelet_old_tls::CHECK,
    &kubelet_pid_limit::CHECK,
    &kubelet_read_only_port::CHECK,
    &kubelet_seccomp_default::CHECK,
    &kubelet_streams_forever::CHECK,
    &kubelet_webhook_off::CHECK,
    &network_policy_change::CHECK,
    &node_proxy::CHECK,
    &pod_makes_workloads::CHECK,
    &pod_security_label_unknown::CHECK,
    &pod_security_not_enforced::CHECK,
    &pod_security_version_old::CHECK,
    &refused_by_own_namespace::CHECK,
    &removed_api::CHECK,
    &scheduler_profiling::CHECK,
    &secrets_not_encrypted::CHECK,
    &secrets_of_cluster_readable::CHECK,
    &secrets_of_namespace_readable::CHECK,
    &swarm_authority_old::CHECK,
    &swarm_certificates_long::CHECK,
    &swarm_listens_everywhere::CHECK,
    &swarm_managers::CHECK,
    &swarm_not_locked::CHECK,
    &swarm_of_one::CHECK,
    &swarm_planes_shared::CHECK,
    &swarm_without_secrets::CHECK,
    &system_masters_user::CHECK,
    &token_automount::CHECK,
    &token_creation::CHECK,
    &volume_creation::CHECK,
    &webhook_configuration::CHECK,
    &wildcard_role::CHECK,
    &wildcard_rule::CHECK,
    &workloads_everywhere::CHECK,
];
