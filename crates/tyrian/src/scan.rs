//! Targets to a snapshot.

use crate::cli::Targets;
use crate::progress::Progress;
use crate::target::Target;
use crate::{Failure, exit};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tyrian_collect::docker::{self, Endpoint};
use tyrian_collect::image::{Cache, How};
use tyrian_collect::registry::Client;
use tyrian_model::fact::{Gap, See, Why};
use tyrian_model::facts::Facts;
use tyrian_model::image::Image;
use tyrian_model::snapshot::{FORMAT, Snapshot, SourceStatus};
use tyrian_model::workload::Workload;
use tyrian_read::assemble;
use tyrian_read::engine::Answers;
use tyrian_read::secrets::Key;

/// The program and its version.
pub(crate) const TOOL: &str = concat!("tyrian ", env!("CARGO_PKG_VERSION"));

/// Reads every target.
///
/// # Errors
/// A target that is none, or nothing to scan at all. What could not be read of a target is a gap of its source.
pub(crate) fn snapshot(args: &Targets, progress: &Progress) -> Result<Snapshot, Failure> {
    let mut targets = Vec::new();
    for text in &args.targets {
        let target = Target::parse(text).map_err(|what| Failure::new(exit::USAGE, what))?;
        // What is named twice is read once.
        if !targets.iter().any(|(_, other)| same(other, &target)) {
            targets.push((text.clone(), target));
        }
    }
    if let [(_, Target::Facts(file))] = &targets[..] {
        return load(file);
    }
    if targets.is_empty() {
        targets = found_here(args);
    }
    let mut snapshot = Snapshot {
        format: FORMAT,
        tool: TOOL.to_owned(),
        taken: jiff::Timestamp::now().as_second(),
        sources: Vec::new(),
        facts: Facts::default(),
    };
    let key = key()?;
    for (text, target) in &targets {
        progress.now(&format!("reading {text}"));
        let (kind, mut facts, gaps) = read(target, args, &key)?;
        // Two trees have worlds of the same names.
        let mut mark = format!("@{text}");
        let taken = |name: String| snapshot.facts.worlds.contains_key(&name);
        if facts.worlds.keys().any(|name| taken(name.clone())) {
            while facts.worlds.keys().any(|name| taken(format!("{name}{mark}"))) {
                mark.push('~');
            }
            facts.worlds =
                facts.worlds.into_iter().map(|(name, world)| (format!("{name}{mark}"), world)).collect();
        }
        snapshot.sources.push(SourceStatus {
            target: text.clone(),
            kind: kind.to_owned(),
            root: root(target),
            worlds: facts.worlds.keys().cloned().collect(),
            read: facts.worlds.values().map(|world| world.read()).sum(),
            gaps,
        });
        snapshot.facts.extend(facts);
    }
    if snapshot.sources.iter().all(|source| source.read == 0) {
        let names: Vec<&str> = targets.iter().map(|(text, _)| text.as_str()).collect();
        let mut what = format!("nothing to judge in {}", names.join(", "));
        let missing = snapshot.facts.worlds.values().flat_map(|world| world.missing());
        let gaps: BTreeSet<&Gap> =
            snapshot.sources.iter().flat_map(|source| &source.gaps).chain(missing).collect();
        match gaps.is_empty() {
            true => {
                what.push_str(": no Dockerfile, Compose file, manifest, pipeline, script, image or engine")
            }
            false => gaps.iter().take(20).for_each(|gap| what.push_str(&format!("\n  {}", gap.what))),
        }
        return Err(Failure::new(exit::NOTHING, what));
    }
    Ok(snapshot)
}

/// Are both the same thing? Two ways to write one path are.
fn same(a: &Target, b: &Target) -> bool {
    match (a, b) {
        (Target::Path(a), Target::Path(b)) => match (a.canonicalize(), b.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => a == b,
        },
        _ => a == b,
    }
}

/// The directory that places of a target are relative to, empty for the one that one stands in.
fn root(target: &Target) -> Option<String> {
    let path = match target {
        Target::Path(path) if path.is_dir() => path.as_path(),
        Target::Path(file) | Target::Service(file, _) | Target::Workload(file, _, _) => file.parent()?,
        _ => return None,
    };
    Some(path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned())
}

/// What is found here: this directory, the engine if its socket is there, and the host.
fn found_here(args: &Targets) -> Vec<(String, Target)> {
    let mut targets = vec![(".".to_owned(), Target::Path(".".into()))];
    if endpoint(args.docker_host.as_deref()).is_ok_and(|endpoint| endpoint.is_there()) {
        targets.push(("docker".into(), Target::Docker));
    }
    targets.push(("host".into(), Target::Host));
    targets
}

/// The engine that was named, or the one that the user's Docker client speaks to.
pub(crate) fn endpoint(named: Option<&str>) -> Result<Endpoint, Gap> {
    named.map_or_else(Endpoint::found, Endpoint::parse)
}

/// A fresh key for the hashes of secrets: they can be compared within one snapshot, and tell nothing outside it.
fn key() -> Result<Key, Failure> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| Failure::new(exit::INTERNAL, format!("no random numbers: {error}")))?;
    Ok(Key(key))
}

/// The bytes of an ordinary file of at most that many: a pipe may never end, and a device never does.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn bytes(file: &Path, most: u64) -> Result<Vec<u8>, String> {
    let meta = std::fs::metadata(file).map_err(|error| error.to_string())?;
    if !meta.is_file() || meta.len() > most {
        return Err(format!("not an ordinary file of at most {} MiB", most >> 20));
    }
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(|error| error.to_string())?;
    opened.take(most).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The largest snapshot that is read, in bytes.
const MOST_BYTES: u64 = 2 << 30;

/// Reads a snapshot.
///
/// # Errors
/// It cannot be read, or this program does not know its format.
pub(crate) fn load(file: &Path) -> Result<Snapshot, Failure> {
    let failure = |what: String| Failure::new(exit::USAGE, format!("{}: {what}", file.display()));
    let bytes = bytes(file, MOST_BYTES).map_err(failure)?;
    tyrian_model::snapshot::parse(&bytes).map_err(failure)
}

/// Reads one target: what kind of source it is, its facts, and what could not be read.
fn read(target: &Target, args: &Targets, key: &Key) -> Result<(&'static str, Facts, Vec<Gap>), Failure> {
    let target = &image_file(target);
    let cache = if of_image(target) && !args.no_cache { cache() } else { None };
    let how = How { key, platform: args.platform.as_deref(), cache: cache.as_ref() };
    let (kind, (facts, gaps)) = match target {
        Target::Path(path) if !path.exists() => {
            return Err(Failure::new(exit::USAGE, format!("{}: no such file or directory", path.display())));
        }
        Target::Path(path) => ("tree", tyrian_collect::tree::read(path, "tree", key)),
        Target::Host => ("host", host(args, key)),
        Target::Docker => ("engine", engine(args, key)),
        Target::Stdin => ("manifests", stdin(key)),
        Target::Container(_) => ("engine", engine(args, key)),
        Target::Service(file, _) | Target::Workload(file, _, _) => {
            ("manifests", tyrian_collect::tree::read(file, "tree", key))
        }
        Target::Image(reference) => ("image", image(args, reference, &how)),
        Target::Contents(name) => ("image", contents(args, name, key)),
        Target::Containerd(reference, namespace) => {
            let root = args.root.as_deref().unwrap_or(Path::new("/"));
            ("image", images(tyrian_collect::containerd::image(root, reference, namespace.as_deref(), &how)))
        }
        Target::Registry(reference) => {
            let client = Client {
                config: crate::fetch::of_registries(),
                wait: Duration::from_millis(500),
                logins: tyrian_collect::registry::logins(),
            };
            ("image", images(tyrian_collect::registry::image(reference, &client, &how)))
        }
        Target::Archive(file) => ("image", images(tyrian_collect::image::archive(file, &how))),
        Target::Oci(directory) => ("image", images(tyrian_collect::image::oci(directory, &how))),
        Target::Root(directory) => ("image", unpacked(directory, key)),
        Target::Sbom(file) => ("sbom", bill(file, key)?),
        Target::Facts(file) => ("facts", (load(file)?.facts, Vec::new())),
        Target::Report(..) => {
            let what = "report:FILE is judged already: give it to tyrian gate, and nothing beside it";
            return Err(Failure::new(exit::USAGE, what));
        }
    };
    Ok((kind, facts, gaps))
}

/// A path that is an image by what is in it, as such.
fn image_file(target: &Target) -> Target {
    let Target::Path(path) = target else { return target.clone() };
    if path.join("oci-layout").is_file() && path.join("index.json").is_file() {
        return Target::Oci(path.clone());
    }
    let mut head = Vec::new();
    let is_file = std::fs::metadata(path).is_ok_and(|meta| meta.is_file());
    let opened = if is_file { std::fs::File::open(path).ok() } else { None };
    match opened.map(|file| file.take(512).read_to_end(&mut head)) {
        Some(Ok(_)) if tyrian_collect::image::is_archive(&head) => Target::Archive(path.clone()),
        _ => target.clone(),
    }
}

/// Is it one that layers are read of?
fn of_image(target: &Target) -> bool {
    matches!(
        target,
        Target::Image(_) | Target::Registry(_) | Target::Containerd(..) | Target::Archive(_) | Target::Oci(_)
    )
}

/// What was read of layers before, in the user's own folder; nothing where it cannot be used, since it is never needed.
fn cache() -> Option<Cache> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|dir| dir.is_absolute());
    let folder = absolute("XDG_CACHE_HOME").or(absolute("HOME").map(|home| home.join(".cache")))?;
    Cache::open(&folder.join("tyrian/layers")).ok()
}

fn host(args: &Targets, key: &Key) -> (Facts, Vec<Gap>) {
    let root = args.root.as_deref();
    let found = tyrian_collect::host::read(root.unwrap_or(Path::new("/")), key);
    // The running host goes by its name, another root by its place.
    let name = match root {
        Some(root) => root.to_string_lossy().into_owned(),
        None => rustix::system::uname().nodename().to_string_lossy().into_owned(),
    };
    let mut facts = Facts::default();
    let world = facts.world(&format!("host-{name}"));
    world.hosts.add(format!("host:{name}"), found.host);
    world.guarded = found.guarded;
    world.engines = found.engines;
    (facts, found.gaps)
}

fn engine(args: &Targets, key: &Key) -> (Facts, Vec<Gap>) {
    match collected(args.docker_host.as_deref()) {
        Err(gap) => (Facts::default(), vec![gap]),
        Ok(collected) => {
            let world = world_of(&collected);
            (tyrian_read::engine::facts(&world, &collected.answers, key), collected.remarks)
        }
    }
}

fn collected(docker_host: Option<&str>) -> Result<docker::Collected, Gap> {
    endpoint(docker_host).and_then(|endpoint| docker::collect(&endpoint, &docker::Limits::default()))
}

fn world_of(collected: &docker::Collected) -> String {
    match collected.answers.0.get("info").and_then(|info| info.get("Name")?.as_str()) {
        Some(name) => format!("engine-{name}"),
        None => "engine".to_owned(),
    }
}

/// What becomes of the engine's answer about a container.
pub(crate) type Change<'c> = Box<dyn Fn(&Value) -> Value + 'c>;

/// Some containers of the engine, and nothing else of it, twice: as they are, and as they would be if the engine said of
/// each what `changed` makes of its answer. Of one that is changed what the kernel shows is left out: it shows how it
/// runs today.
///
/// # Errors
/// The engine does not answer.
pub(crate) fn containers(
    docker_host: Option<&str>,
    changed: &BTreeMap<String, Change<'_>>,
) -> Result<[Snapshot; 2], Failure> {
    let collected = collected(docker_host).map_err(|gap| Failure::new(exit::NOTHING, gap.what))?;
    let (key, world) = (key()?, world_of(&collected));
    let mut after = collected.answers.clone();
    let containers = after.0.get_mut("containers").and_then(Value::as_array_mut);
    let mut ids = Vec::new();
    for container in containers.into_iter().flatten() {
        let name = container.get("Name").and_then(Value::as_str).unwrap_or_default();
        if let Some(change) = changed.get(name.trim_start_matches('/')) {
            ids.extend(container.get("Id").and_then(Value::as_str).map(str::to_owned));
            *container = change(container);
        }
    }
    if let Some(processes) = after.0.get_mut("proc").and_then(Value::as_object_mut) {
        processes.retain(|id, _| !ids.contains(id));
    }
    let snapshot = |answers: &Answers| {
        let all = tyrian_read::engine::facts(&world, answers, &key);
        let mut facts = Facts::default();
        for whole in all.worlds.values() {
            let see = See::new(whole);
            for (name, workload) in see.rows(&whole.workloads) {
                if name.strip_prefix("container:").is_some_and(|name| changed.contains_key(name)) {
                    facts.world(&world).workloads.add(name, Workload::clone(workload));
                }
            }
        }
        let source = |name: &String| SourceStatus {
            target: format!("container:{name}"),
            kind: "engine".into(),
            root: None,
            worlds: vec![world.clone()],
            read: 1,
            gaps: Vec::new(),
        };
        Snapshot {
            format: FORMAT,
            tool: TOOL.to_owned(),
            taken: jiff::Timestamp::now().as_second(),
            sources: changed.keys().map(source).collect(),
            facts,
        }
    };
    Ok([snapshot(&collected.answers), snapshot(&after)])
}

/// The largest text on standard input, in bytes.
const MOST_INPUT: u64 = 64 << 20;

fn stdin(key: &Key) -> (Facts, Vec<Gap>) {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MOST_INPUT + 1).read_to_end(&mut bytes);
    let gap =
        |what: String| (Facts::default(), vec![Gap::new(Why::NotRead, format!("standard input: {what}"))]);
    match read {
        Err(error) => gap(error.to_string()),
        Ok(read) if read as u64 > MOST_INPUT => gap(format!("more than {} MiB", MOST_INPUT >> 20)),
        Ok(_) => {
            let pieces = assemble::glance("stdin.yaml", bytes, key).into_iter().collect();
            assemble::facts("tree", pieces, key)
        }
    }
}

/// The one workload that each target names; empty where a target asks for more.
///
/// What stands around it is read all the same: its service account, its namespace, its engine.
pub(crate) fn focus(args: &Targets) -> Vec<String> {
    let mut focus = Vec::new();
    for text in &args.targets {
        match Target::parse(text) {
            Ok(Target::Container(name)) => focus.push(format!("/container:{name}")),
            Ok(Target::Service(_, name)) => focus.push(format!("/service:{name}")),
            Ok(Target::Workload(_, kind, name)) => focus.push(format!("/{kind}:*/{name}")),
            _ => return Vec::new(),
        }
    }
    focus
}

/// The largest bill of materials that is read, in bytes.
const MOST_BILL: u64 = 256 << 20;

/// What a bill of materials names.
fn bill(file: &Path, key: &Key) -> Result<(Facts, Vec<Gap>), Failure> {
    let failure = |what: String| Failure::new(exit::USAGE, format!("{}: {what}", file.display()));
    let bytes = bytes(file, MOST_BILL).map_err(failure)?;
    let name = file.to_string_lossy();
    Ok(images(tyrian_read::sbom::read(&name, &bytes, key).map(|image| vec![(name.into_owned(), image)])))
}

/// The system below a directory.
fn unpacked(directory: &Path, key: &Key) -> (Facts, Vec<Gap>) {
    let name = directory.to_string_lossy().into_owned();
    images(tyrian_collect::image::root(directory, key).map(|image| vec![(name, image)]))
}

fn images(read: Result<Vec<(String, Image)>, Gap>) -> (Facts, Vec<Gap>) {
    let mut facts = Facts::default();
    match read {
        Err(gap) => return (facts, vec![gap]),
        Ok(images) => {
            for (name, image) in images {
                facts.world("image").images.add(format!("image:{name}"), image);
            }
        }
    }
    (facts, Vec::new())
}

/// The engine that images are asked of: Podman's too.
fn endpoint_for_images(args: &Targets) -> Result<Endpoint, Gap> {
    args.docker_host.as_deref().map_or_else(Endpoint::found_for_images, Endpoint::parse)
}

/// The files of a container: those of its image and what was written on top.
fn contents(args: &Targets, name: &str, key: &Key) -> (Facts, Vec<Gap>) {
    let stream = endpoint_for_images(args)
        .and_then(|endpoint| docker::export(&endpoint, name, &docker::Limits::default()));
    let image = stream.and_then(|stream| tyrian_collect::image::contents(name, stream, key));
    images(image.map(|image| vec![(format!("contents:{name}"), image)]))
}

/// An image of the engine, opened as it streams by.
fn image(args: &Targets, reference: &str, how: &How<'_>) -> (Facts, Vec<Gap>) {
    let stream = endpoint_for_images(args)
        .and_then(|endpoint| docker::save(&endpoint, reference, &docker::Limits::default()));
    images(stream.and_then(|stream| tyrian_collect::image::stream(stream, how)))
}
