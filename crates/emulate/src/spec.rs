//! What a clone is made of: the settings that hold a process in, whoever said them.
//!
//! The words are those of the OCI runtime specification. Every driver makes the same clone of the same spec, or says
//! what it cannot make.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What a clone is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// Its root file system.
    pub image: Image,
    /// Is the root file system read-only?
    pub read_only_root: bool,
    /// Who it runs as.
    pub user: User,
    /// What it may do of what root may, without `CAP_`.
    pub capabilities: Capabilities,
    /// Can it gain no more rights by setuid programs?
    pub no_new_privileges: bool,
    /// The system call filter.
    pub seccomp: Filter,
    /// The AppArmor profile; nothing: none is asked for.
    pub apparmor: Option<String>,
    /// The SELinux label; nothing: none is asked for.
    pub selinux: Option<String>,
    /// Paths of /proc and /sys that it does not see.
    pub masked_paths: Vec<String>,
    /// Paths of /proc that it cannot write to.
    pub read_only_paths: Vec<String>,
    /// Is /sys (with its control groups) read-only?
    pub read_only_sys: bool,
    /// The namespaces that are its own. The others it shares with the neighbour, never with the host.
    pub namespaces: BTreeSet<Namespace>,
    /// User ids, where it has a user namespace.
    pub id_mapping: Option<IdMapping>,
    /// What is mounted into it beside the kernel's own file systems. Nothing of it is the workload's: data and
    /// secrets are empty directories with canaries, a runtime's socket is a stub.
    pub mounts: Vec<Mount>,
    /// Devices beside the ordinary ones that it may use.
    pub devices: Devices,
    /// How much of the machine it may use.
    pub limits: Limits,
    /// Its description cannot tell how many processes it may start: of a pod the kubelet says it.
    pub processes_untold: bool,
    /// Resource limits of the process, `RLIMIT_NOFILE` and so on, soft and hard.
    pub rlimits: BTreeMap<String, (u64, u64)>,
    /// Kernel settings of its own namespaces.
    pub sysctls: BTreeMap<String, String>,
    /// The network.
    pub network: Network,
    /// Environment variables, `NAME=value`, values replaced by canaries where they may be secret.
    pub environment: Vec<String>,
    /// The working directory.
    pub directory: String,
    /// The runtime of the engine, or the runtime class; nothing: the default one.
    pub runtime: Option<String>,
}

/// Where a root file system comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Image {
    /// Nothing but what the runtime itself mounts.
    #[default]
    Empty,
    /// An image of the engine, by id or reference.
    Engine(String),
    /// A directory, over which a layer is laid that is thrown away.
    Directory(PathBuf),
}

/// Who a process runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// User id in the clone's user namespace.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// More groups.
    pub groups: Vec<u32>,
}

/// The five sets of capabilities, upper case without `CAP_`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// What it and its children can ever have.
    pub bounding: BTreeSet<String>,
    /// What it has.
    pub effective: BTreeSet<String>,
    /// What it may take on.
    pub permitted: BTreeSet<String>,
    /// What it hands on to programs that have it.
    pub inheritable: BTreeSet<String>,
    /// What it hands on to every program.
    pub ambient: BTreeSet<String>,
}

impl Capabilities {
    /// As a runtime gives them to root: in every set but the ambient one.
    pub fn of_root(names: &BTreeSet<String>) -> Capabilities {
        Capabilities {
            bounding: names.clone(),
            effective: names.clone(),
            permitted: names.clone(),
            inheritable: names.clone(),
            ambient: BTreeSet::new(),
        }
    }
    /// As an engine gives them to another user: only a bound on what can be gained.
    pub fn of_user(names: &BTreeSet<String>) -> Capabilities {
        Capabilities { bounding: names.clone(), ..Capabilities::default() }
    }
}

/// The system call filter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// None.
    #[default]
    Unconfined,
    /// The engine's own, whose text cannot be seen from here. It cannot be marked or kept alone.
    EngineDefault,
    /// This one.
    Profile(Profile),
}

/// A filter as the OCI runtime specification writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// What becomes of a call that no rule names.
    pub default_action: String,
    /// The error that it gets; nothing: `EPERM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_errno_ret: Option<u32>,
    /// The architectures that it is for.
    pub architectures: Vec<String>,
    /// Flags of the filter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The rules.
    pub syscalls: Vec<Rule>,
}

/// One rule of a filter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// The calls, by name.
    pub names: Vec<String>,
    /// `SCMP_ACT_ALLOW` and so on.
    pub action: String,
    /// The error that it gives; nothing: `EPERM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errno_ret: Option<u32>,
    /// What must hold of the arguments, all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Argument>,
}

/// A condition on an argument of a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Argument {
    /// Which one, from 0.
    pub index: u32,
    /// What it is compared with; a mask for `SCMP_CMP_MASKED_EQ`.
    pub value: u64,
    /// What the masked argument is compared with.
    pub value_two: u64,
    /// `SCMP_CMP_EQ` and so on.
    pub op: String,
}

/// A namespace that a clone has of its own or shares with the neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Namespace {
    /// Processes.
    Pid,
    /// Network.
    Network,
    /// System V IPC and POSIX queues.
    Ipc,
    /// Host name.
    Uts,
    /// User ids.
    User,
    /// The tree of control groups.
    Cgroup,
}

/// A user namespace that maps ids from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdMapping {
    /// The host's id of the clone's root.
    pub host: u32,
    /// How many ids.
    pub size: u32,
}

/// Something that is mounted into a clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// What stands there.
    pub kind: MountKind,
    /// Where.
    pub target: String,
    /// Can it not be written to?
    pub read_only: bool,
    /// Can programs be run from it?
    pub executable: bool,
    /// Are setuid programs honoured there?
    pub setuid: bool,
}

/// What stands at a mount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MountKind {
    /// Memory, with its size in bytes; nothing: half of the machine's.
    Tmpfs(Option<u64>),
    /// A stand-in for a directory of the host, or of a volume, with a canary in it.
    Directory {
        /// What it stands for: the path on the host, or the volume.
        of: String,
        /// Is it the host's own?
        host: bool,
    },
    /// A stand-in for a file, which holds a canary.
    File {
        /// What it stands for.
        of: String,
        /// Is it the host's own?
        host: bool,
    },
    /// A stub for the socket of a container runtime: it answers a ping and records what else it is asked.
    RuntimeSocket {
        /// What it stands for.
        of: String,
    },
}

/// Devices beside those that every container has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Devices {
    /// May it use every device there is?
    pub all: bool,
    /// Or these, by their path on the host.
    pub paths: Vec<String>,
}

/// How much of the machine a clone may use; nothing: as much as the lab's own bounds let it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// Processes.
    pub pids: Option<u64>,
    /// Thousandths of a core.
    pub cpu: Option<u64>,
}

/// The network of a clone. None has a way out of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Loopback alone.
    #[default]
    None,
    /// The lab's bridge, on which the neighbour is.
    Lab,
    /// The lab's bridge, on which containers do not reach one another.
    Isolated,
    /// The neighbour's own, as with the host's network.
    Neighbour,
}
