//! Objects of Kubernetes, from manifests or from a cluster.

use crate::fact::{Known, Pos};
use crate::secret::Concealed;
use crate::tree::Tree;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where an object was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// The file, relative to the target; empty for a cluster.
    pub file: String,
    /// Where in that file.
    pub at: Option<Pos>,
}

/// A Role or ClusterRole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Where it was read.
    pub origin: Origin,
    /// The namespace; nothing for a ClusterRole.
    pub namespace: Option<String>,
    /// Its rules. A gap for an aggregated role, whose rules a controller fills in.
    #[serde(default)]
    pub rules: Known<Vec<Rule>>,
}

/// A rule of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `get`, `*`…
    pub verbs: Vec<String>,
    /// API groups; `""` is the core group. Empty for rules over URLs.
    pub groups: Vec<String>,
    /// `secrets`, `pods/exec`, `*`…
    pub resources: Vec<String>,
    /// Names that it is limited to; empty: any.
    pub names: Vec<String>,
    /// Where it stands.
    pub at: Option<Pos>,
}

impl Rule {
    /// Does it allow this verb on this resource (with its subresource) of this group, whatever the name?
    pub fn allows(&self, verb: &str, group: &str, resource: &str) -> bool {
        let has = |list: &[String], one: &str| list.iter().any(|x| x == "*" || x == one);
        let sub = resource
            .split_once('/')
            .is_some_and(|(_, sub)| self.resources.iter().any(|x| *x == format!("*/{sub}")));
        has(&self.verbs, verb) && has(&self.groups, group) && (sub || has(&self.resources, resource))
    }
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// Where it was read.
    pub origin: Origin,
    /// The namespace; nothing for a ClusterRoleBinding.
    pub namespace: Option<String>,
    /// The role's row in `roles`: `role:namespace/name` or `clusterrole:name`.
    #[serde(default)]
    pub role: Known<String>,
    /// Whom it grants to: `user:alice`, `group:system:authenticated`, `serviceaccount:ns/name`.
    #[serde(default)]
    pub subjects: Known<Vec<String>>,
}

/// A service account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// Where it was read.
    pub origin: Origin,
    /// The namespace.
    pub namespace: String,
    /// Is its token mounted unless a pod says otherwise? Not set is yes.
    #[serde(default)]
    pub automount_token: Known<bool>,
}

/// A namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Namespace {
    /// Where it was read; for one that only occurs, where it occurs first.
    pub origin: Origin,
    /// Is it declared, or does it only occur in other objects?
    pub declared: bool,
    /// Its labels. A gap where it only occurs.
    #[serde(default)]
    pub labels: Known<BTreeMap<String, Concealed>>,
}

/// A NetworkPolicy of Kubernetes or Calico.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkPolicy {
    /// Where it was read.
    pub origin: Origin,
    /// The namespace; nothing for one of the whole cluster (Calico's GlobalNetworkPolicy).
    pub namespace: Option<String>,
    /// Does it select every pod of its namespace?
    #[serde(default)]
    pub selects_all: Known<bool>,
    /// The labels that pods must have, where that is all it selects by; a gap for set expressions.
    #[serde(default)]
    pub selects: Known<BTreeMap<String, String>>,
    /// Ingress rules; nothing: it does not speak of ingress. Empty: all is denied.
    #[serde(default)]
    pub ingress: Known<Option<Vec<PolicyRule>>>,
    /// Egress rules; nothing: it does not speak of egress. Empty: all is denied.
    #[serde(default)]
    pub egress: Known<Option<Vec<PolicyRule>>>,
}

/// A rule of a network policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRule {
    /// Address ranges it lets through; `0.0.0.0/0` is everybody.
    pub cidrs: Vec<String>,
    /// Address ranges that are taken out of those again.
    #[serde(default)]
    pub excepts: Vec<String>,
    /// Does it name no peer at all, and so let everybody through?
    pub any_peer: bool,
    /// Does it name no port, and so let every port through?
    pub any_port: bool,
    /// Where it stands.
    pub at: Option<Pos>,
}

/// Any other object or configuration file with `kind` and `apiVersion`; secrets concealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Where it was read.
    pub origin: Origin,
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// The namespace; nothing where it has none.
    pub namespace: Option<String>,
    /// The name; empty for configuration files.
    pub name: String,
    /// The whole document.
    pub body: Tree,
}
