//! A host, and the container engine on it.

use crate::fact::Known;
use crate::image::Distribution;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A host under the containers, from `/` or from another root.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    /// Its distribution; nothing where there is no os-release.
    pub distribution: Known<Option<Distribution>>,
    /// `VARIANT_ID`, or `ID` of a system made for containers (flatcar, bottlerocket, talos…).
    pub variant: Known<Option<String>>,
    /// The kernel's release, `6.1.0-18-amd64`.
    pub kernel: Known<String>,
    /// Kernel settings by name, `kernel.unprivileged_bpf_disabled`. One that the kernel does not have is absent.
    pub sysctls: Known<BTreeMap<String, String>>,
    /// What is mounted, by mount point.
    pub mounts: Known<BTreeMap<String, HostMount>>,
    /// The security modules that are active, in order.
    pub lsms: Known<Vec<String>>,
    /// CPU faults that the kernel knows, and what it says of each.
    pub cpu_faults: Known<BTreeMap<String, String>>,
    /// The version of the cgroup tree that limits containers.
    pub cgroup_version: Known<u8>,
    /// sshd as it would run, by lower-case keyword, Match blocks aside; nothing where it is not installed.
    pub sshd: Known<Option<BTreeMap<String, String>>>,
    /// Sockets that listen.
    pub listening: Known<Vec<Listening>>,
    /// User accounts.
    pub users: Known<BTreeMap<String, Account>>,
    /// Members of groups, by group name.
    pub groups: Known<BTreeMap<String, BTreeSet<String>>>,
    /// The bytes that the installed packages say they take; nothing without a package database.
    pub installed_size: Known<Option<u64>>,
    /// How many packages are installed.
    pub packages: Known<usize>,
    /// Package managers that are installed, `apt`, `dnf`…
    pub package_managers: Known<BTreeSet<String>>,
    /// Does it install security updates by itself?
    pub automatic_updates: Known<bool>,
    /// Does it wait for a restart to finish an update?
    pub restart_required: Known<bool>,
    /// Programs that are set up to record: `auditd`, `rsyslogd`, `systemd-journald` with forwarding…
    pub loggers: Known<BTreeSet<String>>,
    /// Audit rules that are set up, a line each.
    pub audit_rules: Known<Vec<String>>,
    /// Is there a TPM?
    pub tpm: Known<bool>,
    /// Was it started by Secure Boot? Nothing: no UEFI.
    pub secure_boot: Known<Option<bool>>,
    /// Is the system that runs here itself a container, so that the host is another one?
    pub in_container: Known<bool>,
    /// The directories in which Docker engines of the host keep containers and images.
    pub data_roots: Known<BTreeSet<String>>,
}

/// Something that is mounted on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostMount {
    /// What is mounted.
    pub source: String,
    /// The file system's type.
    pub kind: String,
    /// Options, `ro`, `nosuid`…
    pub options: BTreeSet<String>,
}

/// A socket that listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listening {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The address; `0.0.0.0` and `::` are all.
    pub address: String,
    /// The port.
    pub port: u16,
    /// The program, where it can be seen.
    pub program: Option<String>,
}

/// A user account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The user id.
    pub uid: u32,
    /// The login shell.
    pub shell: String,
    /// Can one log in by password? Nothing: that could not be read.
    pub password: Option<Password>,
}

/// The state of a password; its hash is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Password {
    /// There is one.
    Set,
    /// None, and nobody can log in by one.
    Locked,
    /// The empty one.
    Empty,
}

/// Owner and permission bits of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMode {
    /// Permission bits.
    pub mode: u32,
    /// The owner's id.
    pub uid: u32,
    /// The group's id.
    pub gid: u32,
}

/// A Docker engine: one that runs, or what a file makes of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Engine {
    /// The file that sets it up, relative to the target; empty for one that runs.
    pub file: String,
    /// Its version, `20.10.24`.
    pub version: Known<String>,
    /// Versions of its parts by name: `runc`, `containerd`, `docker-init`.
    pub components: Known<BTreeMap<String, String>>,
    /// Its clock when it was asked, in seconds since 1970: what tells how old a container is.
    pub time: Known<i64>,
    /// The kernel it runs on.
    pub kernel: Known<String>,
    /// Does it run without root?
    pub rootless: Known<bool>,
    /// Are container users mapped to other users of the host?
    pub user_namespaces: Known<bool>,
    /// Does it have AppArmor or SELinux at its disposal?
    pub lsm: Known<BTreeSet<String>>,
    /// The seccomp profile of containers that ask for none: `default`, `unconfined`, or a file.
    pub seccomp: Known<Option<String>>,
    /// Do containers have no-new-privileges unless they say otherwise?
    pub no_new_privileges: Known<bool>,
    /// Do containers go on when the engine stops?
    pub live_restore: Known<bool>,
    /// The log driver of containers that name none.
    pub log_driver: Known<String>,
    /// Options of that driver that daemon.json or the command line set.
    pub log_options: Known<BTreeMap<String, String>>,
    /// Registries that it speaks to without TLS or without looking at the certificate; the loopback range,
    /// which it always trusts, left out.
    pub insecure_registries: Known<Vec<String>>,
    /// Can containers of the default bridge reach one another?
    pub inter_container_traffic: Known<bool>,
    /// Where it listens, `unix:///run/docker.sock`, `tcp://0.0.0.0:2375`.
    pub listens: Known<Vec<String>>,
    /// Does it ask clients that come by TCP for a certificate?
    pub tls_verify: Known<bool>,
    /// Authorization plugins.
    pub authorization: Known<Vec<String>>,
    /// Are experimental features on?
    pub experimental: Known<bool>,
    /// Is it part of a swarm?
    pub swarm: Known<bool>,
    /// Does a user-space proxy publish ports?
    pub userland_proxy: Known<bool>,
    /// Does it set up firewall rules by itself?
    pub iptables: Known<bool>,
    /// The level of its own log: `debug`, `info`, `warn`, `error`, `fatal`.
    pub log_level: Known<String>,
    /// The storage driver.
    pub storage_driver: Known<String>,
    /// `1` or `2`.
    pub cgroup_version: Known<u8>,
    /// Limits of containers that name none of their own, by name (`nofile`).
    pub default_ulimits: Known<BTreeSet<String>>,
    /// The control group that those of containers are put under, where it is not the engine's own choice.
    pub cgroup_parent: Known<Option<String>>,
    /// Options of the storage driver, `dm.basesize=20G`.
    pub storage_options: Known<Vec<String>>,
    /// How many containers are there that do not run.
    pub stopped: Known<u64>,
    /// Settings that stand both in daemon.json and on the command line; the engine does not start with one.
    pub contradictions: Known<BTreeSet<String>>,
    /// The swarm that it is part of; nothing where it is part of none.
    pub swarm_of: Known<Option<Swarm>>,
}

/// A swarm, as one of its members tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Swarm {
    /// Is this member a manager? What follows is told by managers alone: of a worker it was not asked.
    pub manager: Known<bool>,
    /// How many managers it has.
    pub managers: Known<u64>,
    /// How many members it has.
    pub nodes: Known<u64>,
    /// Do managers need a key after a restart?
    pub autolock: Known<bool>,
    /// For how many seconds a member's certificate is good.
    pub certificate_seconds: Known<u64>,
    /// When its certificate authority was made, in seconds since 1970.
    pub authority_since: Known<i64>,
    /// How many secrets it keeps.
    pub secrets: Known<usize>,
    /// Where this member listens for the others, `0.0.0.0:2377`.
    pub listens: Known<String>,
    /// The address by which the others reach it.
    pub advertises: Known<String>,
    /// The address that traffic between containers takes, where it is another one.
    pub data_path: Known<Option<String>>,
}

/// A file that decides what runs as root: of an engine, or of a cluster's node.
///
/// Its local name is `ROLE:PATH`, `unit:/usr/lib/systemd/system/docker.service`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuardedFile {
    /// Its path.
    pub path: String,
    /// What it is.
    pub role: FileRole,
    /// Owner and permission bits.
    #[serde(default)]
    pub mode: Known<FileMode>,
    /// The name of its group; nothing where the group has none.
    #[serde(default)]
    pub group: Known<Option<String>>,
    /// The user that it should belong to: 0, or who runs a rootless engine.
    #[serde(default)]
    pub keeper: Known<u32>,
    /// Is who changes it recorded by a rule of the kernel's audit? Not asked of files that need none.
    #[serde(default)]
    pub audited: Known<bool>,
}

/// What a guarded file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileRole {
    /// A program that the engine consists of.
    Program,
    /// A directory with settings or state of an engine.
    Directory,
    /// The directory in which an engine keeps containers and images.
    DataRoot,
    /// A unit of systemd.
    Unit,
    /// A file of settings.
    Settings,
    /// A socket that commands an engine.
    Socket,
    /// A certificate by which a registry is checked.
    RegistryCertificate,
    /// The certificate authority of an engine's clients.
    TlsAuthority,
    /// The certificate of an engine.
    TlsCertificate,
    /// The key of that certificate.
    TlsKey,
    /// A file of a cluster's node.
    Node,
}

impl FileRole {
    /// The word that begins the local name.
    pub fn word(self) -> &'static str {
        match self {
            FileRole::Program => "program",
            FileRole::Directory => "directory",
            FileRole::DataRoot => "data-root",
            FileRole::Unit => "unit",
            FileRole::Settings => "settings",
            FileRole::Socket => "socket",
            FileRole::RegistryCertificate => "registry-certificate",
            FileRole::TlsAuthority => "tls-authority",
            FileRole::TlsCertificate => "tls-certificate",
            FileRole::TlsKey => "tls-key",
            FileRole::Node => "node-file",
        }
    }
}

/// A network of a Docker engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineNetwork {
    /// `bridge`, `host`, `overlay`…
    #[serde(default)]
    pub driver: Known<String>,
    /// Has it no way out?
    #[serde(default)]
    pub internal: Known<bool>,
    /// Can its containers reach one another?
    #[serde(default)]
    pub inter_container_traffic: Known<bool>,
    /// How many containers are attached.
    #[serde(default)]
    pub containers: Known<usize>,
    /// Is it encrypted? Only overlays can be.
    #[serde(default)]
    pub encrypted: Known<bool>,
}
