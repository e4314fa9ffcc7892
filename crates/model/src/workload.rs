//! A workload, whoever described it: a pod template, a container of an engine, a Compose service.
//!
//! One type for all of them, so that one check judges all. What an absent setting means is decided by the
//! reader: a fact here is what *holds*, with the source's own default filled in.

use crate::details::{Details, Lifetime};
use crate::fact::{Known, Many, Pos};
use crate::pod_security::PodSecurity;
use crate::secret::Concealed;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Who described a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A Kubernetes pod or the template of a controller.
    Pod,
    /// A container of a Docker engine.
    Docker,
    /// A service of a Compose file.
    Compose,
}

/// A unit that is scheduled as one: a pod with its containers, or one container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Who described it.
    pub source: Source,
    /// `Deployment`, `Pod`, `container`, `service`…
    pub kind: String,
    /// The namespace or project; empty where there is none.
    pub namespace: String,
    /// The file it was read from, relative to the target; empty for an engine.
    pub file: String,
    /// Where it stands in that file.
    pub at: Option<Pos>,
    /// Windows has none of the Linux settings: its pods are told apart, not misjudged.
    pub windows: bool,
    /// Labels of the pod or container.
    #[serde(default)]
    pub labels: Known<BTreeMap<String, Concealed>>,
    /// Annotations of the pod; empty elsewhere.
    #[serde(default)]
    pub annotations: Known<BTreeMap<String, Concealed>>,
    /// The service account of a pod; nothing where there is no such thing.
    #[serde(default)]
    pub service_account: Known<Option<String>>,
    /// Is the account's token mounted, as far as the pod itself says? Nothing: the account decides.
    #[serde(default)]
    pub automount_token: Known<Option<bool>>,
    /// The runtime class or runtime (`gvisor`, `runsc`, `kata`); nothing: the default.
    #[serde(default)]
    pub runtime: Known<Option<String>>,
    /// Is a pod held to nodes of its choice, by a node selector or a node affinity that is required?
    #[serde(default)]
    pub own_nodes: Known<bool>,
    /// What a pod says of itself in the fields that the Pod Security Standards speak of.
    #[serde(default)]
    pub pod_security: Known<Box<PodSecurity>>,
    /// What it says of its own end.
    #[serde(default, skip_serializing_if = "Lifetime::is_absent")]
    pub lifetime: Lifetime,
    /// Engine networks or `networks:` it is attached to; empty for pods.
    #[serde(default)]
    pub networks: Known<BTreeSet<String>>,
    /// Its containers by name. The one container of an engine or Compose service has the name `""`.
    #[serde(default)]
    pub containers: Many<Container>,
}

/// One container of a workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// Does it run before the others, beside them, or for debugging?
    pub role: Role,
    /// The image as it is referred to; nothing where the service builds its own.
    #[serde(default)]
    pub image: Known<Option<ImageRef>>,
    /// When its image is pulled: `Always`, `IfNotPresent`, `Never`; nothing where it is not said.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub pull_policy: Known<Option<String>>,
    /// What holds it in, as its description says.
    #[serde(default)]
    pub declared: Confinement,
    /// What holds it in, as the kernel shows; nothing for what does not run or was not looked at.
    #[serde(default)]
    pub observed: Option<Box<Confinement>>,
    /// Entry point and arguments, secrets concealed; empty: the image decides.
    #[serde(default)]
    pub command: Known<Vec<Concealed>>,
    /// Environment variables that are set by value.
    #[serde(default)]
    pub env: Known<BTreeMap<String, Concealed>>,
    /// Ports that are published on the host, or host ports of a pod.
    #[serde(default)]
    pub ports: Known<Vec<Port>>,
    /// The log driver; nothing where the source has no such setting.
    #[serde(default)]
    pub log_driver: Known<Option<String>>,
    /// Options of the log driver.
    #[serde(default)]
    pub log_options: Known<BTreeMap<String, String>>,
    /// `no`, `always`, `on-failure:5`, `unless-stopped`; nothing where the source has no such setting.
    #[serde(default)]
    pub restart: Known<Option<String>>,
    /// Is its health checked (health check, liveness or readiness probe), as far as the description says?
    #[serde(default)]
    pub health_check: Known<bool>,
    /// Does a command run in it that was started beside its own process (`docker exec`)? Its health check is one
    /// too while it runs. A gap that nobody asked for where the source does not show it.
    #[serde(default)]
    pub entered: Known<bool>,
    /// When it was started, in seconds since 1970; nothing where it is not running.
    #[serde(default)]
    pub started: Known<Option<i64>>,
}

/// The part that a container plays in its workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It does the work.
    Main,
    /// It runs before the others.
    Init,
    /// Somebody debugs with it.
    Ephemeral,
}

/// An image as a person refers to it, split as the distribution reference grammar has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRef {
    /// As it was written.
    pub written: String,
    /// The registry with its port; `docker.io` where none is written.
    pub registry: String,
    /// The repository with its path, `library/nginx`.
    pub repository: String,
    /// The tag; nothing where none is written.
    pub tag: Option<String>,
    /// `sha256:…`; nothing where none is written.
    pub digest: Option<String>,
}

/// A port that is reachable through the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// The address of the host; `0.0.0.0` and `::` are all of them.
    pub address: String,
    /// The port on the host; 0 where the engine chooses one.
    pub host: u16,
    /// The port in the container.
    pub container: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// Where it stands.
    pub at: Option<Pos>,
}

/// What holds a process in: one type for what a description *declares* and for what the kernel *shows*.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Confinement {
    /// Who it runs as.
    pub user: Known<User>,
    /// Every capability, every device, no seccomp, no LSM. The kernel knows no such thing: of what is observed it
    /// is known only where it was asked for, and then it says why the rest is as it is.
    pub privileged: Known<bool>,
    /// The capabilities it can have (the bounding set, which is what a process of root gets), upper case
    /// without `CAP_`. Privileged: all that the kernel knows.
    pub capabilities: Known<BTreeSet<String>>,
    /// The system call filter.
    pub seccomp: Known<Seccomp>,
    /// Can it gain no more rights by setuid programs?
    pub no_new_privileges: Known<bool>,
    /// The label of AppArmor or SELinux (`docker-default`), `unconfined` where it is kept out of them; nothing
    /// where the machine has neither.
    pub lsm: Known<Option<String>>,
    /// Which namespaces it shares with the host.
    pub host_namespaces: Known<BTreeSet<Namespace>>,
    /// Which namespaces it joins of others, and whose: `container web`, `service db`.
    pub joined_namespaces: Known<BTreeMap<Namespace, String>>,
    /// Is its root file system read-only?
    pub read_only_root: Known<bool>,
    /// What is mounted into it from outside.
    pub mounts: Known<Vec<Mount>>,
    /// Devices of the host, by path on the host.
    pub devices: Known<Vec<String>>,
    /// Are /proc and /sys masked as the runtime does by default?
    pub masked_paths: Known<bool>,
    /// The memory limit in bytes; nothing: none.
    pub memory_limit: Known<Option<u64>>,
    /// The limit of processes; nothing: none.
    pub pids_limit: Known<Option<u64>>,
    /// The CPU limit in thousandths of a core; nothing: none.
    pub cpu_limit: Known<Option<u64>>,
    /// Settings that matter less.
    #[serde(skip_serializing_if = "Details::is_absent")]
    pub details: Details,
}

/// Who a process runs as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum User {
    /// That user id, in the container's user namespace.
    Id(u32),
    /// That name, which only the image can resolve.
    Name(String),
    /// The source enforces that it is not root, whoever it is (`runAsNonRoot`).
    NotRoot,
    /// Nothing says it, so it is root unless the image says otherwise.
    Unset,
}

/// The system call filter of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seccomp {
    /// None.
    Unconfined,
    /// The runtime's default profile.
    RuntimeDefault,
    /// A filter of which no more can be seen: /proc shows only that there is one.
    Filter,
    /// A profile of its own.
    Custom {
        /// Its name or file.
        name: String,
        /// The system calls that it lets through whatever their arguments, by name, where it could be read. A
        /// profile that allows what it does not name lets through every call of x86-64 Linux that no rule stops.
        allows: Known<BTreeSet<String>>,
    },
}

/// A Linux namespace that can be shared with the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Namespace {
    /// Processes.
    Pid,
    /// Network.
    Net,
    /// System V IPC and POSIX queues.
    Ipc,
    /// Host name.
    Uts,
    /// User ids. Shared is the rule for containers.
    User,
    /// The cgroup tree.
    Cgroup,
}

/// Something of the outside that is mounted into a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// What kind of thing it is.
    pub kind: MountKind,
    /// The path on the host for a bind, the name for a volume, secret or config map; empty for tmpfs.
    pub source: String,
    /// The path in the container.
    pub target: String,
    /// Can the container not write to it?
    pub read_only: bool,
    /// `shared` and `rshared` (Kubernetes: Bidirectional) carry mounts back to the host.
    pub shared: bool,
    /// Can programs be run from this memory? A gap that nobody asked for where that is not the container's choice.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub executable: Known<bool>,
    /// Where it stands.
    pub at: Option<Pos>,
}

/// A named volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// The file it was read from, relative to the target; empty for an engine.
    pub file: String,
    /// Where it stands in that file.
    pub at: Option<Pos>,
    /// The path of the host that is behind it (`o: bind`), so that it is a bind mount by another name; nothing
    /// for a volume that the engine keeps.
    #[serde(default)]
    pub host_path: Known<Option<String>>,
}

/// What is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A volume of the engine or a claim.
    Volume,
    /// Memory, or an empty directory.
    Tmpfs,
    /// A secret.
    Secret,
    /// A config map or Compose config.
    Config,
    /// A service account token among others.
    Projected,
    /// Anything else.
    Other,
}

/// The capabilities that Docker and containerd give by default.
pub const DEFAULT_CAPABILITIES: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// All capabilities of Linux 6, by their number.
pub const CAPABILITIES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];
