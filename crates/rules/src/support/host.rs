//! What several checks of hosts ask.

use tyrian_model::fact::{See, Unseen};
use tyrian_model::host::{FileRole, GuardedFile, Host, Listening};

/// Systems that are made for containers: a read-only base that is replaced as a whole.
const CONTAINER_SYSTEMS: &[&str] = &[
    "flatcar",
    "coreos",
    "bottlerocket",
    "talos",
    "cos",
    "rhcos",
    "opensuse-microos",
    "sle-micro",
    "sl-micro",
    "ubuntu-core",
    "kairos",
];

/// Was a container looked at, so that what was read says little of the host under it?
pub(crate) fn in_container(see: &See, it: &Host) -> Result<bool, Unseen> {
    see.get(&it.in_container).copied()
}

/// Is it a system made for containers? Some name themselves by `ID`, some by `VARIANT_ID`, and Bottlerocket has
/// variants such as `aws-k8s-1.31` beside its `ID`.
pub(crate) fn container_system(see: &See, it: &Host) -> Result<bool, Unseen> {
    let known = |id: &str| CONTAINER_SYSTEMS.contains(&id);
    let distribution = see.get(&it.distribution)?;
    let variant = see.get(&it.variant)?;
    Ok(distribution.as_ref().is_some_and(|d| known(&d.id)) || variant.as_deref().is_some_and(known))
}

/// Is it a kubeconfig or a private key of a cluster's node?
pub(crate) fn is_cluster_credential(it: &GuardedFile) -> bool {
    let path = &it.path;
    it.role == FileRole::Node
        && path.starts_with("/etc/kubernetes/")
        && (path.ends_with(".key") || path.ends_with(".conf") && !path.contains("/pki/"))
}

/// Does a socket answer to more than the machine itself?
pub(crate) fn reached_from_outside(socket: &Listening) -> bool {
    let address = socket.address.trim_start_matches("::ffff:");
    !(address.starts_with("127.") || address == "::1")
}

/// A kernel setting as a number; nothing where the kernel does not have it.
///
/// # Errors
/// It is no number.
pub(crate) fn setting(see: &See, it: &Host, name: &str) -> Result<Option<i64>, Unseen> {
    use tyrian_model::fact::Why;
    let Some(value) = see.get(&it.sysctls)?.get(name) else { return Ok(None) };
    value.parse().map(Some).map_err(|_| see.unclear(Why::Malformed, format!("{name} is no number")))
}
