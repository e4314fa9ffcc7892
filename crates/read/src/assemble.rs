//! The files of a tree to facts: each file is glanced at by itself, in any order, and the facts are made of
//! what was kept.

use crate::compose::{self, Found};
use crate::secrets::{self, Key};
use crate::tree::{self, Kind};
use crate::{
    Input, ansible, dockerfile, engine, kubernetes, logs, packages, pipeline, repository, shell, terraform,
};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::fact::{Gap, Known, Many, Why};
use tyrian_model::facts::{Facts, Ignore, World};
use tyrian_model::packages::{Package, many};
use tyrian_model::pipeline::Repository;
use tyrian_model::secret::{Sighting, SourceFile};

/// What is kept of a file.
pub struct Piece {
    path: String,
    /// The text, where a reader may want it.
    text: String,
    kinds: BTreeSet<Kind>,
    sightings: Vec<Sighting>,
    ignores: Vec<Ignore>,
    /// Why there is no text.
    unread: Option<Gap>,
}

/// A file that could not be read, or a directory (with a `/` at its end): what it may hold is missing from the facts.
pub fn unread(path: &str, gap: Gap) -> Piece {
    let (kinds, text) = (tree::kinds(path, b""), String::new());
    Piece {
        path: path.to_owned(),
        text,
        kinds,
        sightings: Vec::new(),
        ignores: Vec::new(),
        unread: Some(gap),
    }
}

/// The largest JSON file that is kept because another file may name it, in bytes.
const MOST_COMPANION: usize = 256 << 10;

/// The most bytes that Compose files read of other files: Dockerfiles, profiles, what they extend.
const MOST_BESIDE: usize = 64 << 20;

/// YAML as UTF-8: with its byte order mark before it, it may be UTF-16, as kubectl and Compose read it.
fn in_utf8(path: &str, bytes: Vec<u8>) -> Vec<u8> {
    let of: fn([u8; 2]) -> u16 = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return bytes,
    };
    let (pairs, rest) = bytes[2..].as_chunks::<2>();
    if !rest.is_empty() || ![".yaml", ".yml"].iter().any(|end| path.ends_with(end)) {
        return bytes;
    }
    String::from_utf16_lossy(&pairs.iter().map(|pair| of(*pair)).collect::<Vec<u16>>()).into_bytes()
}

/// Looks at one file. Nothing is kept of one that no reader takes and that holds nothing of interest.
pub fn glance(path: &str, bytes: Vec<u8>, key: &Key) -> Option<Piece> {
    let bytes = in_utf8(path, bytes);
    let kinds = tree::kinds(path, &bytes);
    if !kinds.contains(&Kind::Text) && tree::is_named(path) {
        // Its user may well understand it, as Docker does a NUL in a comment.
        let what = format!("{path} has NUL bytes, so it is not read: write it as UTF-8 without them");
        return Some(unread(path, Gap::new(Why::Malformed, what)));
    }
    if kinds.is_empty() {
        return None;
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    let is_text = kinds.contains(&Kind::Text);
    let sightings = if is_text && !kinds.contains(&Kind::Log) {
        secrets::sightings_in(key, path, &text)
    } else {
        Vec::new()
    };
    let ignores = if is_text { ignores(path, &text) } else { Vec::new() };
    let companion = path.ends_with(".yaml")
        || path.ends_with(".yml")
        || path.ends_with(".env")
        || path.ends_with(".json") && text.len() <= MOST_COMPANION && text.contains("defaultAction");
    let taken = companion || kinds.iter().any(|kind| *kind != Kind::Text);
    if !taken && sightings.is_empty() && ignores.is_empty() {
        return None;
    }
    let text = if taken { text } else { String::new() };
    Some(Piece { path: path.to_owned(), text, kinds, sightings, ignores, unread: None })
}

/// Comments `tyrian:ignore CHECK -- REASON`.
fn ignores(path: &str, text: &str) -> Vec<Ignore> {
    const MARK: &str = "tyrian:ignore ";
    if !text.contains(MARK) {
        return Vec::new();
    }
    let of_line = |(number, line): (usize, &str)| {
        let (_, rest) = line.split_once(MARK)?;
        let (check, reason) = rest.split_once("--").unwrap_or((rest, ""));
        let check = check.split_whitespace().next()?.to_owned();
        let reason = reason.trim().trim_end_matches("-->").trim_end_matches("*/").trim().to_owned();
        Some(Ignore {
            file: path.to_owned(),
            line: u32::try_from(number + 1).unwrap_or(u32::MAX),
            check,
            reason,
        })
    };
    text.lines().enumerate().filter_map(of_line).collect()
}

/// The facts of a tree: the tree itself is the world of that name, Compose projects and what is deployed to a
/// cluster are worlds of their own.
pub fn facts(world: &str, pieces: Vec<Piece>, key: &Key) -> (Facts, Vec<Gap>) {
    let (mut facts, mut gaps) = (Facts::default(), Vec::new());
    // A file whose text was not kept is as good as not there to those that name it, and not empty.
    let kept = pieces.iter().filter(|piece| !piece.text.is_empty());
    let texts: BTreeMap<&str, &str> = kept.map(|piece| (piece.path.as_str(), piece.text.as_str())).collect();
    let unread: BTreeMap<&str, &Gap> =
        pieces.iter().filter_map(|piece| Some((piece.path.as_str(), piece.unread.as_ref()?))).collect();
    let given = Cell::new(0_usize);
    let much = Gap::new(
        Why::NotRead,
        format!("Compose files rest on more than {} MiB of other files: scan parts", MOST_BESIDE >> 20),
    );
    let file = |path: &str| {
        // Of a directory that could not be read, all that lies in it.
        let ends = path.match_indices('/').map(|(slash, _)| slash + 1).chain([path.len()]);
        match texts.get(path) {
            // A small file can name a large one again and again, and each time it is read anew.
            Some(text) => match given.replace(given.get().saturating_add(text.len())) {
                before if before > MOST_BESIDE => Found::Unread(&much),
                _ => Found::There(text),
            },
            None => match ends.rev().find_map(|end| unread.get(&path[..end])) {
                Some(gap) => Found::Unread(gap),
                None => Found::Absent,
            },
        }
    };
    let (mut manifests, mut landmarks) = (Vec::new(), Vec::new());
    let mut own = World::default();
    own.files.asked();
    for piece in &pieces {
        if let Some(gap) = &piece.unread {
            miss(&mut own, &piece.path, gap);
            gaps.push(gap.clone());
            continue;
        }
        let input = Input { path: &piece.path, text: &piece.text, key };
        let name = format!("file:{}", piece.path);
        if !piece.sightings.is_empty() {
            own.files.add(
                name.as_str(),
                SourceFile {
                    material: tree::is_material(&piece.path),
                    sightings: Known::is(piece.sightings.clone()),
                },
            );
        }
        for ignore in &piece.ignores {
            own.ignores.add(format!("{name}:{}", ignore.line), ignore.clone());
        }
        if piece.path.ends_with(".yaml")
            || piece.path.ends_with(".yml")
            || piece.kinds.contains(&Kind::Kubernetes)
        {
            manifests.push(input);
        }
        if piece.kinds.contains(&Kind::Landmark) || piece.kinds.contains(&Kind::Dependencies) {
            landmarks.push((piece.path.as_str(), piece.text.as_str()));
        }
        for kind in &piece.kinds {
            match kind {
                Kind::Dockerfile => own.dockerfiles.add(name.as_str(), dockerfile::read(&input)),
                Kind::Compose => facts.extend(compose::read(&input, &file)),
                Kind::Workflow => own.pipelines.add(name.as_str(), pipeline::github(&input)),
                Kind::Jenkinsfile => own.pipelines.add(name.as_str(), pipeline::jenkins(&input)),
                Kind::Terraform => {
                    let (resources, gap) = terraform::read(&input);
                    own.resources.asked();
                    resources.into_iter().for_each(|(name, resource)| own.resources.add(name, resource));
                    if let Some(gap) = gap {
                        own.resources.lacks(gap.clone());
                        gaps.push(gap);
                    }
                }
                Kind::Ansible => own.playbooks.add(name.as_str(), ansible::read(&input)),
                Kind::Shell => own.scripts.add(name.as_str(), shell::file(&input)),
                Kind::DaemonJson => {
                    own.engines.add(format!("engine:{}", piece.path), engine::daemon(&input));
                }
                Kind::Log => own.logs.add(name.as_str(), logs::read(&input)),
                Kind::Kubernetes
                | Kind::HelmTemplate
                | Kind::Kustomization
                | Kind::Landmark
                | Kind::Dependencies
                | Kind::Packages
                | Kind::Text => {}
            }
        }
    }
    let of_repository = |kind: &Kind| matches!(kind, Kind::Landmark | Kind::Dependencies);
    let missing = pieces.iter().filter(|piece| piece.kinds.iter().any(of_repository));
    if let Some(gap) = missing.filter_map(|piece| piece.unread.clone()).next() {
        let repository = Repository {
            landmarks: gap.clone().into(),
            commit_hooks: gap.clone().into(),
            dependencies: gap.clone().into(),
            waivers: gap.clone().into(),
            code_owners: gap.into(),
        };
        own.repositories.add("repository", repository);
    } else if !landmarks.is_empty() {
        own.repositories.add("repository", repository::read(key, &landmarks));
    }
    own.packages.extend(locked(key, &pieces, &texts));
    facts.world(world).extend(own);
    let (mut manifests, more) = kubernetes::worlds(&manifests);
    for piece in &pieces {
        if let Some(gap) = &piece.unread
            && [".yaml", ".yml", "/"].iter().any(|end| piece.path.ends_with(end))
        {
            // What it holds may belong to any of them.
            manifests.worlds.values_mut().for_each(|world| kubernetes::lacks(world, gap));
        }
    }
    facts.extend(manifests);
    gaps.extend(more);
    (facts, gaps)
}

/// The packages that the files of a tree name. Without such a file nobody asked for them.
fn locked(key: &Key, pieces: &[Piece], texts: &BTreeMap<&str, &str>) -> Many<Package> {
    let (mut all, mut gaps, mut any) = (Vec::new(), Vec::new(), false);
    for piece in pieces.iter().filter(|piece| piece.kinds.contains(&Kind::Packages)) {
        let Some(format) = packages::of_tree(&piece.path) else { continue };
        any = true;
        let file = packages::File { path: &piece.path, bytes: piece.text.as_bytes(), beside: texts };
        let found = packages::read(format, &file);
        all.extend(found.packages);
        gaps.extend(found.gaps);
    }
    all.iter_mut().for_each(|package| packages::settle(key, package, None));
    if any { many(all, gaps) } else { Many::default() }
}

/// Notes a file that could not be read in the sets that it may belong to by its name.
fn miss(world: &mut World, path: &str, gap: &Gap) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let any = name.is_empty();
    let ends = |endings: &[&str]| any || endings.iter().any(|ending| name.ends_with(ending));
    if any || dockerfile::is_dockerfile(path) {
        world.dockerfiles.lacks(gap.clone());
    }
    if ends(&[".yaml", ".yml"]) {
        world.workloads.lacks(gap.clone());
        // Most trees have none, and then nobody asked for them.
        if world.playbooks.is_asked() {
            world.playbooks.lacks(gap.clone());
        }
    }
    if any || path.contains(".github/") || name.to_lowercase().contains("jenkinsfile") {
        world.pipelines.lacks(gap.clone());
    }
    if ends(&[".tf", ".tf.json"]) {
        world.resources.lacks(gap.clone());
    }
    if ends(&[".sh", ".bash"]) {
        world.scripts.lacks(gap.clone());
    }
    if packages::of_tree(path).is_some() || any && world.packages.is_asked() {
        world.packages.lacks(gap.clone());
    }
    if ends(&["daemon.json"]) {
        world.engines.lacks(gap.clone());
    }
    if ends(&[".log"]) {
        world.logs.lacks(gap.clone());
    }
    world.files.lacks(gap.clone());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tyrian_model::fact::Why;

    const KEY: Key = Key([7; 32]);

    fn tree(files: &[(&str, &str)], unreadable: &[&str]) -> Value {
        let read = files.iter().filter_map(|(path, text)| glance(path, text.as_bytes().to_vec(), &KEY));
        let unread = unreadable.iter().map(|path| unread(path, Gap::new(Why::Denied, *path)));
        let (facts, _) = facts("tree", read.chain(unread).collect(), &KEY);
        serde_json::to_value(facts).unwrap()
    }

    #[test]
    fn a_lock_that_cannot_be_read_is_not_a_lock_that_is_missing() {
        let repository = "/tree/repositories/rows/repository/dependencies";
        let files = [("Cargo.toml", "[dependencies]\na = \"1\"\n")];
        assert!(tree(&files, &[]).pointer(repository).unwrap()["is"].is_array());
        let gap = json!({"gap": {"why": "denied", "what": "Cargo.lock"}});
        assert_eq!(tree(&files, &["Cargo.lock"]).pointer(repository), Some(&gap));
    }

    #[test]
    fn a_file_that_a_compose_file_rests_on_and_that_cannot_be_read_is_not_absent() {
        let text = "services:\n  a:\n    image: x:1\n    privileged: true\n    user: ${WHO:-1000}\n";
        let tree = |compose: &str, unreadable: &[&str]| tree(&[(compose, text)], unreadable);
        let gap = |what: &str| json!({"why": "denied", "what": what});
        for other in ["a/compose.override.yaml", "a/compose.override.yml", "a/"] {
            let gaps = &tree("a/compose.yaml", &[other])["compose-a"]["workloads"]["gaps"];
            assert_eq!(gaps, &json!([gap(other)]), "it may say that it is not privileged");
        }
        let facts = tree("a/compose.override.yaml", &["a/compose.yaml"]);
        assert_eq!(facts["compose-a-compose.override"]["workloads"]["gaps"], json!([gap("a/compose.yaml")]));
        let user = |unreadable: &[&str]| {
            let facts = tree("a/compose.yaml", unreadable);
            facts["compose-a"]["workloads"]["rows"]["service:a"]["containers"]["rows"][""]["declared"]["user"]
                .clone()
        };
        assert_eq!(user(&["b/.env", "other.yaml"])["at"][0], json!({"id": 1000}));
        assert_eq!(user(&["a/.env"])["gap"]["why"], "unresolved", "it may set WHO");
    }

    #[test]
    fn yaml_may_be_utf_16() {
        let text = "kind: Namespace\r\napiVersion: v1\nmetadata: {name: ä}\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(units.iter().flat_map(|u| u.to_le_bytes())).collect();
        let big: Vec<u8> =
            [0xfe, 0xff].into_iter().chain(units.iter().flat_map(|u| u.to_be_bytes())).collect();
        for bytes in [&little, &big] {
            let piece = glance("a.yaml", bytes.clone(), &KEY).unwrap();
            assert_eq!((piece.text.as_str(), piece.unread), (text, None));
        }
        let unread = |path: &str, bytes: &[u8]| glance(path, bytes.to_vec(), &KEY).unwrap().unread.is_some();
        assert!(unread("a.yaml", &little[..little.len() - 1]) && unread("Dockerfile", &little));
    }

    #[test]
    fn a_manifest_that_cannot_be_read_is_missing_from_its_cluster() {
        let pod =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b}]}\n";
        let gaps = |unreadable: &[&str]| {
            let facts = tree(&[("k8s/pod.yaml", pod)], unreadable);
            let mut worlds = facts.as_object().unwrap().iter();
            let (_, world) = worlds.find(|(name, _)| name.starts_with("k8s")).unwrap();
            world["network_policies"]["gaps"].as_array().unwrap().len()
        };
        assert_eq!(
            (gaps(&[]), gaps(&["k8s/policy.yaml"]), gaps(&["k8s/more/"]), gaps(&["a.go"])),
            (0, 1, 1, 0)
        );
    }
}
