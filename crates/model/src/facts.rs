//! What a world holds: sets of things by their local name.

use crate::agreement::Agreement;
use crate::ansible::Playbook;
use crate::dockerfile::Dockerfile;
use crate::fact::{Gap, Many};
use crate::host::{Engine, EngineNetwork, GuardedFile, Host};
use crate::image::Image;
use crate::kubernetes::{Binding, Namespace, NetworkPolicy, Object, Role, ServiceAccount};
use crate::packages::Package;
use crate::pipeline::{Pipeline, Repository};
use crate::script::Script;
use crate::secret::{LogSample, SourceFile};
use crate::tree::Tree;
use crate::vulnerability::Lock;
use crate::workload::{Volume, Workload};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that was read, world by world. The key is the world's name, `k8s-prod` or `engine-web1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts {
    /// The worlds by their names.
    pub worlds: BTreeMap<String, World>,
}

impl Facts {
    /// The world of that name, made when it is first asked for.
    pub fn world(&mut self, name: &str) -> &mut World {
        self.worlds.entry(name.to_owned()).or_default()
    }
    /// Joins what two readers found; rows of one world and one name make a gap.
    pub fn extend(&mut self, other: Facts) {
        for (name, world) in other.worlds {
            self.world(&name).extend(world);
        }
    }
}

macro_rules! world {
    ($($(#[$doc:meta])* $field:ident: $kind:ty),+ $(,)?) => {
        /// One cluster, Compose project, rendered overlay, engine, host or source tree.
        ///
        /// A set that nobody asked for is no gap in this world: the checks over it say one line.
        /// The key of a row is its local name, `kind:namespace/name`; the subject's id has the world before it.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct World {
            $($(#[$doc])* #[serde(skip_serializing_if = "untouched")] pub $field: Many<$kind>,)+
        }
        impl World {
            /// Joins what two readers found in this world.
            pub fn extend(&mut self, other: World) {
                $(self.$field.extend(other.$field);)+
            }
            /// Why things are missing from the sets that somebody asked for.
            pub fn missing(&self) -> impl Iterator<Item = &Gap> {
                std::iter::empty()$(.chain(self.$field.missing()))+
            }
            /// How many things were read.
            pub fn read(&self) -> usize {
                0 $(+ self.$field.read())+
            }
        }
    };
}

fn untouched<T>(many: &Many<T>) -> bool {
    !many.is_asked() && many.read() == 0
}

world! {
    /// Pods and their templates, containers of an engine, services of a Compose project.
    workloads: Workload,
    /// Images that were opened, by reference.
    images: Image,
    /// Dockerfiles, by path.
    dockerfiles: Dockerfile,
    /// Continuous-integration pipelines, by path.
    pipelines: Pipeline,
    /// Shell scripts, by path; those inside Dockerfiles and pipelines belong to these.
    scripts: Script,
    /// Files of Ansible, by path.
    playbooks: Playbook,
    /// Terraform blocks, by `type.name`.
    resources: Resource,
    /// The source repository as a whole; at most one.
    repositories: Repository,
    /// Files with something in them that looks like a secret, by path.
    files: SourceFile,
    /// Packages that the lock files of a tree name, by [`Package::row`].
    packages: Package,
    /// Those of these files whose packages were compared with advisories, by path.
    locks: Lock,
    /// Those of these files whose packages were held against a safe list, by path.
    agreements: Agreement,
    /// Log files, by path.
    logs: LogSample,
    /// RBAC roles, by `role:namespace/name` or `clusterrole:name`.
    roles: Role,
    /// RBAC bindings.
    bindings: Binding,
    /// Service accounts.
    service_accounts: ServiceAccount,
    /// Network policies.
    network_policies: NetworkPolicy,
    /// Namespaces: those that were declared, and those that only occur.
    namespaces: Namespace,
    /// Other objects and configuration files with `kind` and `apiVersion`.
    objects: Object,
    /// The container engine, at most one; of a source tree what its files make of one.
    engines: Engine,
    /// The engine's networks.
    networks: EngineNetwork,
    /// Named volumes of the engine, or of a Compose project.
    volumes: Volume,
    /// The host; at most one.
    hosts: Host,
    /// Files of a host that decide what runs as root, by `ROLE:PATH`.
    guarded: GuardedFile,
    /// Findings that a scanned file asks to ignore.
    ignores: Ignore,
}

/// A comment in a scanned file, `tyrian:ignore CHECK -- REASON`, on the finding's line or the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignore {
    /// The file, relative to the target.
    pub file: String,
    /// The line of the comment, from 1.
    pub line: u32,
    /// The check.
    pub check: String,
    /// Why; empty where none is given.
    pub reason: String,
}

/// A Terraform block with two labels, `resource "aws_s3_bucket" "logs"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// The file, relative to the target.
    pub file: String,
    /// `resource`, `data`, `module`, `provider`…
    pub block: String,
    /// The first label, such as `aws_s3_bucket`; empty where there is none.
    pub kind: String,
    /// The last label, such as `logs`; empty where there is none.
    pub name: String,
    /// Attributes and nested blocks; a block that repeats is a list.
    pub body: Tree,
}
