//! Images of containerd, as they lie on this machine: its database says which digest a name has, its content store has
//! the rest by digest. containerd itself is asked nothing.

use crate::image::{Bytes, Folder, How, Source, of_source};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use tyrian_model::fact::{Gap, Known, Why};
use tyrian_model::image::Image;
use tyrian_read::bolt::{self, Stored};
use tyrian_read::image::shown;
use tyrian_read::image_ref::image_ref;

/// Where containerd keeps its things, its own place first, then those of k3s, RKE2 and MicroK8s.
const PLACES: [&str; 4] = [
    "var/lib/containerd",
    "var/lib/rancher/k3s/agent/containerd",
    "var/lib/rancher/rke2/agent/containerd",
    "var/snap/microk8s/common/var/lib/containerd",
];
/// The largest database that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// The image of that name in containerd's store below a root, in that namespace or whichever has it.
///
/// # Errors
/// There is no store, it cannot be read, or it has no such image, or several.
pub fn image(
    root: &Path,
    reference: &str,
    namespace: Option<&str>,
    how: &How<'_>,
) -> Result<Vec<(String, Image)>, Gap> {
    let places: Vec<PathBuf> = PLACES.iter().map(|place| root.join(place)).collect();
    let place = places.iter().find(|place| database(place).exists()).ok_or_else(|| {
        let what = format!("there is no store of containerd below {}", root.join(PLACES[0]).display());
        Gap::new(Why::NotRead, what)
    })?;
    let all = stored(&database(place))?;
    let name = full(reference);
    let mut found: Vec<&Stored> = all
        .iter()
        .filter(|one| one.name == reference || Some(&one.name) == name.as_ref())
        .filter(|one| namespace.is_none_or(|namespace| one.namespace == namespace))
        .collect();
    // The same image in several namespaces is one.
    found.dedup_by(|a, b| a.digest == b.digest);
    let one = match found[..] {
        [one] => one,
        [] => {
            let there = all.iter().take(20).map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
            let what = format!("containerd has no image {}; it has {}", shown(reference), shown(&there));
            return Err(Gap::new(Why::NotRead, what));
        }
        _ => {
            let names: Vec<&str> = found.iter().map(|one| one.namespace.as_str()).collect();
            let what = format!(
                "several namespaces of containerd have {}: name one, containerd:REF#NAMESPACE ({})",
                shown(reference),
                shown(&names.join(", "))
            );
            return Err(Gap::new(Why::NotRead, what));
        }
    };
    let folder = place.join("io.containerd.content.v1.content");
    let (row, mut image) = of_source(&Content(Folder(&folder)), Some(one.name.clone()), &one.digest, how)?;
    if let Some((repository, _)) = one.name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        image.repo_digests =
            Known::is(vec![format!("{}@{}", repository.trim_end_matches("@sha256"), one.digest)]);
    }
    Ok(vec![(row, image)])
}

fn database(place: &Path) -> PathBuf {
    place.join("io.containerd.metadata.v1.bolt/meta.db")
}

/// The name as containerd writes it: with registry and tag.
fn full(reference: &str) -> Option<String> {
    let parsed = image_ref(reference)?;
    let rest = match (parsed.digest, parsed.tag) {
        (Some(digest), _) => format!("@{digest}"),
        (None, tag) => format!(":{}", tag.as_deref().unwrap_or("latest")),
    };
    Some(format!("{}/{}{rest}", parsed.registry, parsed.repository))
}

/// The images of a database, in one of its states: it may change while it is read.
fn stored(file: &Path) -> Result<Vec<Stored>, Gap> {
    let failed = |why, what: String| Gap::new(why, format!("{}: {what}", file.display()));
    let read = || {
        let opened = fs::File::open(file)?;
        let mut bytes = Vec::new();
        opened.take(LARGEST).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    for _ in 0..5 {
        let bytes = read().map_err(|error| {
            let denied = error.kind() == std::io::ErrorKind::PermissionDenied;
            failed(if denied { Why::Denied } else { Why::NotRead }, error.to_string())
        })?;
        let found = bolt::images(&bytes);
        // The pages of one state are left alone until the one after the next.
        let again = read().unwrap_or_default();
        let state = |bytes: &[u8]| bolt::Bolt::open(bytes).map(|bolt| bolt.state);
        if state(&bytes) == state(&again) {
            return found
                .ok_or_else(|| failed(Why::Malformed, "it is no database of containerd, or damaged".into()));
        }
    }
    Err(failed(Why::NotRead, "it changes too fast to be read".into()))
}

/// The content store.
struct Content<'p>(Folder<'p>);

impl Source for Content<'_> {
    fn open(&self, path: &str, is_manifest: bool) -> Result<Option<Bytes<'_>>, Gap> {
        match self.0.open(path, is_manifest)? {
            Some(bytes) => Ok(Some(bytes)),
            None => {
                let what = "it is not in containerd's content store: of another platform, or a layer that containerd was \
                    told to drop once it is unpacked (discard_unpacked_layers)";
                Err(Gap::new(Why::NotRead, format!("{path}: {what}; pull it again, or name its registry")))
            }
        }
    }
    fn identity(&self, path: &str) -> Option<String> {
        self.0.identity(path)
    }
}
