//! An image as it lies in an archive, a layout or an engine.

use crate::agreement::{self, Agreed};
use crate::fact::{Known, Many, See};
use crate::facts::World;
use crate::packages::{self, Kind, Release};
use crate::secret::{Concealed, Sighting};
use crate::vulnerability::{Compared, unasked};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// The names it goes by, `shop/web:1.0`.
    pub names: Vec<String>,
    /// The digest of its configuration, which engines call its id.
    #[serde(default)]
    pub config_digest: Known<String>,
    /// The digests by which registries know it; empty where it never was in one.
    #[serde(default)]
    pub repo_digests: Known<Vec<String>>,
    /// When it was made, in seconds since 1970; nothing where it does not say, or lies with the epoch itself.
    #[serde(default)]
    pub created: Known<Option<i64>>,
    /// `USER`; empty: root.
    #[serde(default)]
    pub user: Known<String>,
    /// `ENV`.
    #[serde(default)]
    pub env: Known<BTreeMap<String, Concealed>>,
    /// Labels.
    #[serde(default)]
    pub labels: Known<BTreeMap<String, Concealed>>,
    /// Exposed ports, `22/tcp`.
    #[serde(default)]
    pub exposed_ports: Known<BTreeSet<String>>,
    /// Does it say how its health is checked?
    #[serde(default)]
    pub health_check: Known<bool>,
    /// The instructions that made it, oldest first.
    #[serde(default)]
    pub history: Known<Vec<Concealed>>,
    /// The sum of its layers, unpacked, in bytes.
    #[serde(default)]
    pub size: Known<u64>,
    /// `ID` and `VERSION_ID` of os-release; nothing for an image without one.
    #[serde(default)]
    pub distribution: Known<Option<Distribution>>,
    /// The files of the file system that its layers add up to, by absolute path.
    #[serde(default)]
    pub files: Known<BTreeMap<String, File>>,
    /// Packages of the distribution by name, as older snapshots have them; [`Image::settle`] puts them where all are.
    #[serde(default, rename = "packages", skip_serializing)]
    pub packages_before: Known<BTreeMap<String, Package>>,
    /// Every package that is in it, of whatever kind, and what its lock files name.
    #[serde(default, skip_serializing_if = "is_untouched")]
    pub software: Many<packages::Package>,
    /// Programs that no package of the distribution and none of a language brought.
    #[serde(default, skip_serializing_if = "Known::is_absent")]
    pub unowned: Known<BTreeSet<String>>,
    /// Secrets in files of any layer, also where a later layer deletes them.
    #[serde(default)]
    pub secrets: Known<Vec<LayerSecret>>,
    /// What advisories say of its packages; left out where nobody compared them.
    #[serde(default = "unasked", skip_serializing_if = "is_unasked")]
    pub vulnerabilities: Known<Compared>,
    /// What the safe lists say of its packages; left out where there are none.
    #[serde(default = "agreement::unasked", skip_serializing_if = "is_without_list")]
    pub agreed: Known<Agreed>,
}

impl Image {
    /// Brings what an older snapshot says into the form of today.
    pub fn settle(&mut self) {
        if self.packages_before.is_absent() || !is_untouched(&self.software) {
            return;
        }
        let (world, mut all) = (World::default(), None);
        let before = std::mem::take(&mut self.packages_before).zip(self.distribution.clone());
        let known = before.map(|(packages, distribution)| all = Some((packages, distribution)));
        let see = See::new(&world);
        let _ = see.get(&known);
        let Some((packages, distribution)) = all else {
            see.gaps().own.into_iter().for_each(|gap| self.software.lacks(gap));
            return;
        };
        let id = distribution.as_ref().map_or("", |distribution| distribution.id.as_str());
        let (kind, place) = match id {
            "alpine" | "wolfi" | "chainguard" => (Kind::Apk, "/lib/apk/db/installed"),
            "" | "debian" | "ubuntu" => (Kind::Deb, "/var/lib/dpkg/status"),
            _ => (Kind::Rpm, "/var/lib/rpm"),
        };
        let release = distribution.as_ref().map(|it| Release { id: &it.id, version: &it.version });
        let rows = packages.into_iter().map(|(key, package)| {
            let name = key.split(':').next().unwrap_or(&key);
            let mut new = packages::Package::new(kind, name, Some(package.version), place);
            new.source = package.source.map(|name| packages::Source { name, version: None });
            new.architecture = Some(package.architecture).filter(|name| !name.is_empty());
            new.ecosystem = release.and_then(|release| release.ecosystem());
            new.purl = packages::purl(&new, release);
            new
        });
        self.software = packages::many(rows.collect(), Vec::new());
    }
}

fn is_without_list(fact: &Known<Agreed>) -> bool {
    *fact == agreement::unasked()
}

fn is_unasked(fact: &Known<Compared>) -> bool {
    *fact == unasked()
}

fn is_untouched(many: &Many<packages::Package>) -> bool {
    !many.is_asked() && many.read() == 0
}

/// A Linux distribution and its release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// `debian`, `alpine`…
    pub id: String,
    /// `12`, `3.20.1`; empty for a rolling one.
    pub version: String,
}

/// A file of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, with setuid (0o4000), setgid (0o2000) and sticky (0o1000).
    pub mode: u32,
    /// The owner's id.
    pub uid: u32,
    /// The group's id.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// The layer that it is in, from 0.
    pub layer: u32,
    /// The capabilities that a program gets when anybody runs it, bit `n` for the kernel's capability `n`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub capabilities: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// An ordinary file, or a hard link to one.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a pipe, anything else.
    Other,
}

/// An installed package of the distribution, as older snapshots have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The version as the package manager writes it.
    pub version: String,
    /// The architecture.
    pub architecture: String,
    /// The source package, where it has another name.
    pub source: Option<String>,
}

/// A secret in a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerSecret {
    /// The path in the image.
    pub path: String,
    /// The layer, from 0.
    pub layer: u32,
    /// Is it gone from the final file system, and still in the layer?
    pub deleted: bool,
    /// What was seen.
    pub sighting: Sighting,
}
