//! The files of a tree to facts: each file is glanced at by itself, in any order, and the facts are made of
//! what was kept.

use crate::secrets::{self, Key};
use crate::{Input, compose, dockerfile, kubernetes, pipeline, shell, terraform};
use std::collections::BTreeMap;
use tyrian_model::fact::{Gap, Known};
use tyrian_model::facts::{Facts, World};
use tyrian_model::secret::{Sighting, SourceFile};

/// What is kept of a file.
pub struct Piece {
    path: String,
    /// The text, where a reader takes it.
    text: String,
    kinds: Vec<Kind>,
    sightings: Vec<Sighting>,
}

/// Looks at one file. Nothing is kept of one that no reader takes and that holds nothing secret.
pub fn glance(path: &str, bytes: Vec<u8>, key: &Key) -> Option<Piece> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    let kinds = kinds(path);
    let sightings = secrets::sightings(key, &text);
    if kinds.is_empty() && sightings.is_empty() {
        return None;
    }
    let text = if kinds.is_empty() { String::new() } else { text };
    Some(Piece { path: path.to_owned(), text, kinds, sightings })
}

/// The facts of a tree: the tree itself is the world of that name, Compose projects and what is deployed to a
/// cluster are worlds of their own.
pub fn facts(world: &str, pieces: Vec<Piece>, key: &Key) -> (Facts, Vec<Gap>) {
    let mut facts = Facts::default();
    let mut gaps = Vec::new();
    let texts: BTreeMap<&str, &str> = pieces.iter().map(|p| (p.path.as_str(), p.text.as_str())).collect();
    let file = |path: &str| texts.get(path).copied();
    let mut manifests = Vec::new();
    let mut own = World::default();
    own.files.asked();
    for piece in &pieces {
        let input = Input { path: &piece.path, text: &piece.text, key };
        let name = format!("file:{}", piece.path);
        if !piece.sightings.is_empty() {
            own.files.add(name.as_str(), SourceFile { sightings: Known::is(piece.sightings.clone()) });
        }
        for kind in &piece.kinds {
            match kind {
                Kind::Dockerfile => own.dockerfiles.add(name.as_str(), dockerfile::read(&input)),
                Kind::Compose => facts.extend(compose::read(&input, &file)),
                Kind::Manifest => manifests.push(input),
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
                Kind::Shell => own.scripts.add(name.as_str(), shell::file(&input)),
                Kind::Companion => {}
            }
        }
    }
    facts.world(world).extend(own);
    let (manifests, more) = kubernetes::worlds(&manifests);
    facts.extend(manifests);
    gaps.extend(more);
    (facts, gaps)
}

#[derive(PartialEq)]
enum Kind {
    Dockerfile,
    Compose,
    Manifest,
    Shell,
    Companion,
    Workflow,
    Jenkinsfile,
    Terraform,
}
fn kinds(path: &str) -> Vec<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if dockerfile::is_dockerfile(path) {
        vec![Kind::Dockerfile]
    } else if compose::is_compose(path) {
        vec![Kind::Compose]
    } else if path.contains(".github/workflows/") {
        vec![Kind::Workflow]
    } else if name.starts_with("Jenkinsfile") {
        vec![Kind::Jenkinsfile]
    } else if name.ends_with(".tf") {
        vec![Kind::Terraform]
    } else if path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json") {
        vec![Kind::Manifest]
    } else if path.ends_with(".sh") {
        vec![Kind::Shell]
    } else if path.ends_with(".env") {
        vec![Kind::Companion]
    } else {
        vec![]
    }
}
/// x
pub fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0)
}
