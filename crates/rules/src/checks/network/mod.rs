//! Layer network. Written by `cargo xtask registry`.

mod cilium_admits_everybody;
mod egress_to_everywhere;
mod exposed_beside_the_rest;
mod ingress_without_tls;
mod inner_port_exposed;
mod mesh_admits_everybody;
mod mesh_plain_text;
mod metadata_service_open;
mod namespace_outside_mesh;
mod no_default_deny_egress;
mod no_default_deny_ingress;
mod outside_the_mesh;
mod overlay_not_encrypted;
mod policy_admits_everybody;
mod service_external_ip;
mod service_open_to_all;

/// The checks of this layer.
#[rustfmt::skip]
pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[
    &cilium_admits_everybody::CHECK,
    &egress_to_everywhere::CHECK,
    &exposed_beside_the_rest::CHECK,
    &ingress_without_tls::CHECK,
    &inner_port_exposed::CHECK,
    &mesh_admits_everybody::CHECK,
    &mesh_plain_text::CHECK,
    &metadata_service_open::CHECK,
    &namespace_outside_mesh::CHECK,
    &no_default_deny_egress::CHECK,
    &no_default_deny_ingress::CHECK,
    &outside_the_mesh::CHECK,
    &overlay_not_encrypted::CHECK,
    &policy_admits_everybody::CHECK,
    &service_external_ip::CHECK,
    &service_open_to_all::CHECK,
];
