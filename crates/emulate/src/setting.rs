//! The settings of a clone that can be relaxed one by one, and the controls of the mission that they are.

use crate::spec::{Capabilities, Devices, Filter, Limits, Mount, MountKind, Namespace, Network, Spec, User};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A setting that can hold a process in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// The system call filter.
    Seccomp,
    /// Capabilities that it does not have.
    Capabilities,
    /// No more rights by setuid programs.
    NoNewPrivileges,
    /// A user other than root.
    User,
    /// A user namespace: its root is nobody outside.
    UserNamespace,
    /// A read-only root file system.
    ReadOnlyRoot,
    /// Paths of /proc and /sys that are hidden or read-only.
    MaskedPaths,
    /// The AppArmor profile.
    Apparmor,
    /// The SELinux label.
    Selinux,
    /// Only the devices that every container has.
    Devices,
    /// Nothing of the host is mounted into it.
    HostMounts,
    /// Memory that programs cannot be run from.
    NoExecMounts,
    /// Limits of memory, processes and CPU.
    Limits,
    /// A process namespace of its own.
    PidNamespace,
    /// A namespace of System V IPC of its own.
    IpcNamespace,
    /// A host name of its own.
    UtsNamespace,
    /// A tree of control groups of its own.
    CgroupNamespace,
    /// A network namespace of its own.
    NetworkNamespace,
    /// Others are not reached from its network.
    Network,
}

/// Every setting, in the order in which they are shown.
pub const SETTINGS: [Setting; 19] = [
    Setting::Seccomp,
    Setting::Capabilities,
    Setting::NoNewPrivileges,
    Setting::User,
    Setting::UserNamespace,
    Setting::ReadOnlyRoot,
    Setting::MaskedPaths,
    Setting::Apparmor,
    Setting::Selinux,
    Setting::Devices,
    Setting::HostMounts,
    Setting::NoExecMounts,
    Setting::Limits,
    Setting::PidNamespace,
    Setting::IpcNamespace,
    Setting::UtsNamespace,
    Setting::CgroupNamespace,
    Setting::NetworkNamespace,
    Setting::Network,
];

/// Where a relaxed clone sees the directory that stands for one of the host.
pub const HOST_DIRECTORY: &str = "/tyrian-host";
/// Where a relaxed clone sees the stub of a runtime's socket.
pub const RUNTIME_SOCKET: &str = "/var/run/docker.sock";

/// Where a clone of that spec or its weakened twin sees a directory that stands for one of the host: the first that
/// is mounted into it, one that can be written to before others.
pub fn host_directory(spec: &Spec) -> &str {
    let directories =
        spec.mounts.iter().filter(|mount| matches!(mount.kind, MountKind::Directory { host: true, .. }));
    directories.min_by_key(|mount| mount.read_only).map_or(HOST_DIRECTORY, |mount| &mount.target)
}
/// Where a clone of that spec or its weakened twin sees the stub of a runtime's socket.
pub fn runtime_socket(spec: &Spec) -> &str {
    let mut sockets =
        spec.mounts.iter().filter(|mount| matches!(mount.kind, MountKind::RuntimeSocket { .. }));
    sockets.next().map_or(RUNTIME_SOCKET, |mount| &mount.target)
}

impl Setting {
    /// The mission's name of the control that it is.
    pub fn control(self) -> &'static str {
        match self {
            Setting::Seccomp => "seccomp",
            Setting::Capabilities | Setting::Devices | Setting::HostMounts => "least-capability",
            Setting::NoNewPrivileges => "no-new-privileges",
            Setting::User => "non-root",
            Setting::ReadOnlyRoot | Setting::NoExecMounts => "read-only-root",
            Setting::MaskedPaths | Setting::Apparmor | Setting::Selinux => "mandatory-access-control",
            Setting::Limits => "resource-limits",
            Setting::PidNamespace => "pid-namespace",
            Setting::UserNamespace
            | Setting::IpcNamespace
            | Setting::UtsNamespace
            | Setting::CgroupNamespace
            | Setting::NetworkNamespace => "quarantine",
            Setting::Network => "network-least-privilege",
        }
    }
    /// Its name in kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Setting::Seccomp => "seccomp",
            Setting::Capabilities => "capabilities",
            Setting::NoNewPrivileges => "no-new-privileges",
            Setting::User => "user",
            Setting::UserNamespace => "user-namespace",
            Setting::ReadOnlyRoot => "read-only-root",
            Setting::MaskedPaths => "masked-paths",
            Setting::Apparmor => "apparmor",
            Setting::Selinux => "selinux",
            Setting::Devices => "devices",
            Setting::HostMounts => "host-mounts",
            Setting::NoExecMounts => "no-exec-mounts",
            Setting::Limits => "limits",
            Setting::PidNamespace => "pid-namespace",
            Setting::IpcNamespace => "ipc-namespace",
            Setting::UtsNamespace => "uts-namespace",
            Setting::CgroupNamespace => "cgroup-namespace",
            Setting::NetworkNamespace => "network-namespace",
            Setting::Network => "network",
        }
    }
    /// The namespace that it is about.
    fn namespace(self) -> Option<Namespace> {
        match self {
            Setting::PidNamespace => Some(Namespace::Pid),
            Setting::IpcNamespace => Some(Namespace::Ipc),
            Setting::UtsNamespace => Some(Namespace::Uts),
            Setting::CgroupNamespace => Some(Namespace::Cgroup),
            Setting::UserNamespace => Some(Namespace::User),
            _ => None,
        }
    }
    /// Does the spec hold a process in by it, compared with its weakened twin?
    pub fn in_force(self, spec: &Spec, loose: &Spec) -> bool {
        let mut relaxed = spec.clone();
        self.copy(loose, &mut relaxed);
        relaxed != *spec
    }
    /// Puts one spec's way of this setting into another spec.
    pub fn copy(self, from: &Spec, to: &mut Spec) {
        match self {
            Setting::Seccomp => to.seccomp.clone_from(&from.seccomp),
            Setting::Capabilities => {
                to.capabilities = granted(&to.user, &from.capabilities);
            }
            Setting::NoNewPrivileges => to.no_new_privileges = from.no_new_privileges,
            Setting::User => {
                to.user.clone_from(&from.user);
                to.capabilities = granted(&to.user, &to.capabilities);
            }
            Setting::ReadOnlyRoot => to.read_only_root = from.read_only_root,
            Setting::MaskedPaths => {
                to.masked_paths.clone_from(&from.masked_paths);
                to.read_only_paths.clone_from(&from.read_only_paths);
                to.read_only_sys = from.read_only_sys;
            }
            Setting::Apparmor => to.apparmor.clone_from(&from.apparmor),
            Setting::Selinux => to.selinux.clone_from(&from.selinux),
            Setting::Devices => to.devices.clone_from(&from.devices),
            Setting::HostMounts => {
                to.mounts.retain(|mount| !is_hosts(mount));
                to.mounts.extend(from.mounts.iter().filter(|mount| is_hosts(mount)).cloned());
            }
            Setting::NoExecMounts => {
                for mount in &mut to.mounts {
                    if let Some(other) = from.mounts.iter().find(|other| other.target == mount.target) {
                        mount.executable = other.executable;
                        mount.setuid = other.setuid;
                    }
                }
            }
            Setting::Limits => to.limits = from.limits,
            // Whose network it is, and who is reached from it, are two settings of one field.
            Setting::NetworkNamespace => match (from.network, to.network) {
                // Where nobody is reached, it makes no difference whose network that is.
                (Network::Neighbour, Network::Lab) => to.network = Network::Neighbour,
                (Network::Neighbour, _) => {}
                (_, Network::Neighbour) => to.network = Network::Lab,
                _ => {}
            },
            Setting::Network => match (from.network, to.network) {
                (Network::None | Network::Isolated, _) => to.network = from.network,
                (_, Network::None | Network::Isolated) => to.network = Network::Lab,
                _ => {}
            },
            Setting::PidNamespace
            | Setting::IpcNamespace
            | Setting::UtsNamespace
            | Setting::CgroupNamespace
            | Setting::UserNamespace => {
                if let Some(namespace) = self.namespace() {
                    to.namespaces.remove(&namespace);
                    to.namespaces.extend(from.namespaces.get(&namespace));
                }
                if self == Setting::UserNamespace {
                    to.id_mapping = from.id_mapping;
                }
            }
        }
    }
}

/// What a runtime gives to that user of these: root has all that it is bound to, another user what is ambient.
fn granted(user: &User, capabilities: &Capabilities) -> Capabilities {
    let ambient = if user.uid == 0 { BTreeSet::new() } else { capabilities.ambient.clone() };
    let given = if user.uid == 0 { capabilities.bounding.clone() } else { ambient.clone() };
    Capabilities {
        bounding: capabilities.bounding.clone(),
        effective: given.clone(),
        permitted: given.clone(),
        inheritable: given,
        ambient,
    }
}

/// Is it a stand-in for something of the host?
pub(crate) fn is_hosts(mount: &Mount) -> bool {
    match mount.kind {
        MountKind::Directory { host, .. } | MountKind::File { host, .. } => host,
        MountKind::RuntimeSocket { .. } => true,
        MountKind::Tmpfs(_) => false,
    }
}

/// The weakened twin: the same image, every capability that is to be had, and nothing that holds it in but the lab's
/// own bounds.
pub fn loosest(spec: &Spec, capabilities: &BTreeSet<String>) -> Spec {
    let mut mounts: Vec<Mount> = spec.mounts.iter().filter(|mount| !is_hosts(mount)).cloned().collect();
    for mount in &mut mounts {
        mount.executable = true;
        mount.setuid = true;
    }
    let host = |kind, target: &str| Mount {
        kind,
        target: target.to_owned(),
        read_only: false,
        executable: true,
        setuid: true,
    };
    mounts.extend(
        spec.mounts
            .iter()
            .filter(|mount| is_hosts(mount))
            .cloned()
            .map(|mount| Mount { read_only: false, ..mount }),
    );
    if !mounts.iter().any(|mount| matches!(&mount.kind, MountKind::Directory { host: true, .. })) {
        mounts.push(host(MountKind::Directory { of: "/".to_owned(), host: true }, HOST_DIRECTORY));
    }
    if !mounts.iter().any(|mount| matches!(&mount.kind, MountKind::RuntimeSocket { .. })) {
        mounts.push(host(MountKind::RuntimeSocket { of: RUNTIME_SOCKET.to_owned() }, RUNTIME_SOCKET));
    }
    Spec {
        image: spec.image.clone(),
        read_only_root: false,
        user: User::default(),
        capabilities: Capabilities {
            // Who gives some to a user other than root can give all.
            ambient: if spec.capabilities.ambient.is_empty() {
                BTreeSet::new()
            } else {
                capabilities.clone()
            },
            ..Capabilities::of_root(capabilities)
        },
        no_new_privileges: false,
        seccomp: Filter::Unconfined,
        apparmor: None,
        selinux: None,
        masked_paths: Vec::new(),
        read_only_paths: Vec::new(),
        read_only_sys: false,
        namespaces: BTreeSet::new(),
        id_mapping: None,
        mounts,
        devices: Devices { all: true, paths: Vec::new() },
        limits: Limits::default(),
        processes_untold: spec.processes_untold,
        rlimits: spec.rlimits.clone(),
        sysctls: spec.sysctls.clone(),
        network: Network::Neighbour,
        environment: spec.environment.clone(),
        directory: spec.directory.clone(),
        runtime: spec.runtime.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_relax_capabilities_takes_none_from_a_user_who_was_given_some() {
        let all: BTreeSet<String> = ["NET_RAW", "SYS_PTRACE"].map(str::to_owned).into();
        let one = BTreeSet::from(["NET_RAW".to_owned()]);
        let user = User { uid: 1, gid: 1, groups: Vec::new() };
        let given = Capabilities { ambient: one.clone(), ..Capabilities::of_root(&one) };
        let spec = Spec { user: user.clone(), capabilities: given, ..Spec::default() };
        let (mut relaxed, loose) = (spec.clone(), loosest(&spec, &all));
        Setting::Capabilities.copy(&loose, &mut relaxed);
        assert_eq!(relaxed.capabilities.effective, all);
        let mut kept = loose;
        Setting::User.copy(&spec, &mut kept);
        assert_eq!((&kept.user, &kept.capabilities.effective), (&user, &all));
        // An engine that gives none to such a user gives none in a twin either.
        let spec = Spec { capabilities: Capabilities::of_user(&one), ..spec };
        let mut kept = loosest(&spec, &all);
        Setting::User.copy(&spec, &mut kept);
        assert!(kept.capabilities.effective.is_empty());
    }

    #[test]
    fn where_nobody_is_reached_that_is_one_setting_and_not_two() {
        let networks = [Network::None, Network::Isolated, Network::Lab, Network::Neighbour];
        let force = networks.map(|network| {
            let spec = Spec { network, ..Spec::default() };
            let loose = loosest(&spec, &BTreeSet::new());
            let of_network = [Setting::NetworkNamespace, Setting::Network];
            of_network.into_iter().filter(|setting| setting.in_force(&spec, &loose)).collect::<Vec<_>>()
        });
        let (namespace, network) = (vec![Setting::NetworkNamespace], vec![Setting::Network]);
        assert_eq!(force, [network.clone(), network, namespace, Vec::new()]);
    }
}
