//! Settings of a container that matter less than what stands in [`Confinement`](crate::workload::Confinement)
//! itself, and what a workload says of its own end.
//!
//! What a source has no setting for is a gap of the kind "nobody asked". A snapshot that was written before
//! these facts were read has none of them: gaps as well.

use crate::fact::{Known, Pos};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The groups of a process, by number or by name as they were written; a number that the kernel shows is that of
/// the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    /// The main group; nothing where the image or the user's entry in it decides.
    pub main: Option<String>,
    /// The groups that are added. Those that the image adds by its own /etc/group are not in it.
    pub more: BTreeSet<String>,
}

/// A token of its service account that is made for a container and put into a file there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The file in the container.
    pub file: String,
    /// Who is to take it; nothing: the API server.
    pub audience: Option<String>,
    /// For how many seconds it is asked for.
    pub seconds: u64,
    /// Where it stands.
    pub at: Option<Pos>,
}

/// More settings of a container, declared or observed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Its groups.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub groups: Known<Groups>,
    /// Kernel settings of its namespaces, `net.ipv4.ip_forward` → `1`, with dots between the parts.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub sysctls: Known<BTreeMap<String, String>>,
    /// Hard limits of a process that were set for it, `nofile` → 1024; -1 is no limit.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub ulimits: Known<BTreeMap<String, i64>>,
    /// The control group below which it is put by its own description; nothing: the engine decides.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub cgroup_parent: Known<Option<String>>,
    /// Does it ask for the users of the host, although the engine may map those of the others?
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub host_users: Known<bool>,
    /// The most bytes that it can write to the node's disk; nothing: no limit.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub disk_limit: Known<Option<u64>>,
    /// Directories for its own use on the node's disk whose size has no limit, by their names.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub unsized_directories: Known<BTreeSet<String>>,
    /// Its shares and limits of block devices: `weight` → 300, and `read_bps`, `write_bps` (bytes a second), `read_iops`,
    /// `write_iops` (operations a second) and `weight` with a device, `read_bps /dev/sda` → 1048576. Empty: none.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub io_limits: Known<BTreeMap<String, u64>>,
    /// The tokens of its service account that its own volumes ask for; that of the account itself is not among them.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub tokens: Known<Vec<Token>>,
    /// Is it a process of the Windows host itself?
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub host_process: Known<bool>,
}

impl Details {
    /// Is none of it in the snapshot?
    pub fn is_absent(&self) -> bool {
        *self == Details::default()
    }
}

/// What a workload says of its own end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lifetime {
    /// The most seconds that it may run; nothing: for ever. A gap that nobody asked for where a thing is made to
    /// run for ever.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub deadline: Known<Option<u64>>,
    /// The seconds for which it is kept once it has ended; nothing: for ever.
    #[serde(skip_serializing_if = "Known::is_absent")]
    pub kept: Known<Option<u64>>,
}

impl Lifetime {
    /// Is none of it in the snapshot?
    pub fn is_absent(&self) -> bool {
        *self == Lifetime::default()
    }
}
