//! What a pod says for itself of the fields that the Pod Security Standards speak of.
//!
//! Nothing is filled in here, unlike in [`Workload`](crate::workload::Workload): the standards ask what is written,
//! not what holds. A setting of the pod stays with the pod, and a default of the runtime stays out.

use crate::fact::{Known, Pos};
use serde::{Deserialize, Serialize};

/// A pod or the template of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PodSecurity {
    /// The path of the pod's spec in its object: `spec`, `spec.template.spec`.
    pub path: String,
    /// `spec.os.name`, by which a pod says that it is for Windows.
    pub os: Known<Option<String>>,
    /// `hostNetwork`.
    pub host_network: Known<Option<bool>>,
    /// `hostPID`.
    pub host_pid: Known<Option<bool>>,
    /// `hostIPC`.
    pub host_ipc: Known<Option<bool>>,
    /// `hostUsers`; false is a user namespace of the pod's own.
    pub host_users: Known<Option<bool>>,
    /// `securityContext` of the pod, as far as a container's can say the same.
    pub security: Security,
    /// The names in `securityContext.sysctls`.
    pub sysctls: Known<Vec<Said>>,
    /// The annotations by which seccomp and AppArmor were set before they had fields.
    pub annotations: Known<Vec<Annotation>>,
    /// `volumes`.
    pub volumes: Known<Vec<PodVolume>>,
    /// `initContainers`.
    pub init_containers: Known<Vec<PodContainer>>,
    /// `containers`.
    pub containers: Known<Vec<PodContainer>>,
    /// `ephemeralContainers`.
    pub ephemeral_containers: Known<Vec<PodContainer>>,
}

/// What can be said for a pod and again for one of its containers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {
    /// `seLinuxOptions.type`.
    pub se_linux_type: Known<Option<String>>,
    /// `seLinuxOptions.user`.
    pub se_linux_user: Known<Option<String>>,
    /// `seLinuxOptions.role`.
    pub se_linux_role: Known<Option<String>>,
    /// `seccompProfile.type`; empty where there is a profile without type.
    pub seccomp: Known<Option<String>>,
    /// `appArmorProfile.type`; empty where there is a profile without type.
    pub app_armor: Known<Option<String>>,
    /// `runAsNonRoot`.
    pub run_as_non_root: Known<Option<bool>>,
    /// `runAsUser`.
    pub run_as_user: Known<Option<i64>>,
    /// `windowsOptions.hostProcess`.
    pub host_process: Known<Option<bool>>,
}

/// A container of any of the three lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PodContainer {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub at: Option<Pos>,
    /// `securityContext`, as far as the pod's can say the same.
    pub security: Security,
    /// `securityContext.privileged`.
    pub privileged: Known<Option<bool>>,
    /// `securityContext.allowPrivilegeEscalation`.
    pub allow_privilege_escalation: Known<Option<bool>>,
    /// `securityContext.procMount`.
    pub proc_mount: Known<Option<String>>,
    /// `securityContext.capabilities.add`, as it is written.
    pub capabilities_added: Known<Vec<Said>>,
    /// `securityContext.capabilities.drop`, as it is written.
    pub capabilities_dropped: Known<Vec<Said>>,
    /// The host ports among `ports`, but 0.
    pub host_ports: Known<Vec<HostPort>>,
    /// The hosts that probes and handlers of the life cycle are sent to, where one is written.
    pub probed_hosts: Known<Vec<ProbedHost>>,
}

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub at: Option<Pos>,
}

/// An annotation of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Where it stands.
    pub at: Option<Pos>,
}

/// A volume of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodVolume {
    /// Its name.
    pub name: String,
    /// The types that are set, `hostPath`. A volume has one; without any it is an empty directory.
    pub types: Vec<String>,
    /// Where it stands.
    pub at: Option<Pos>,
}

/// A port of the host that a container takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostPort {
    /// The place in the list `ports`, from 0.
    pub index: usize,
    /// The port.
    pub port: i64,
    /// Where it stands.
    pub at: Option<Pos>,
}

/// A host that the kubelet is sent to on a container's behalf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbedHost {
    /// The field below the container, `livenessProbe.httpGet.host`.
    pub field: String,
    /// The host.
    pub host: String,
    /// Where it stands.
    pub at: Option<Pos>,
}
