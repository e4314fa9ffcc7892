//! Images: what their manifests and configurations say, and the file system that their layers add up to.
//!
//! This is the pure part. `collect` opens archives and layouts, decompresses layers and hands over their entries
//! one by one ([`LayerBuilder`]); [`image`] joins the layers with the configuration.

mod contents;
mod stored;

use crate::packages::{Format, Found};
use crate::secrets::{self, Key};
use crate::time::seconds;
use crate::{cover, packages, tar};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read};
use std::sync::Arc;
use tyrian_model::fact::{Gap, Known, Many, Why};
use tyrian_model::image::{Distribution, File, FileKind, Image, LayerSecret};
use tyrian_model::secret::Sighting;

/// Files up to this size are searched for secrets, in bytes.
const LARGEST_TEXT: u64 = 1024 * 1024;
/// The smallest program that is looked at, in bytes.
const SMALLEST_PROGRAM: u64 = 4096;
/// How many secrets of one layer are kept; a last one of the kind [`secrets::MORE`] says that there were more.
const MOST_SECRETS: usize = 5_000;
/// How many packages, and how many files of packages, one layer may tell of.
const MOST_PACKAGES: usize = 500_000;
const MOST_OWNED: usize = 4_000_000;
/// How many files that could not be read are named.
const MOST_UNREAD: usize = 20;
/// How many programs of one layer are kept.
const MOST_PROGRAMS: usize = 100_000;
/// How many images an index, and how many layers a manifest may name.
const MOST_POINTERS: usize = 20_000;
/// What configurations of images are called.
const CONFIGURATIONS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/// What the content of a file is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// It is not read.
    Nothing,
    /// It is kept: it tells the distribution.
    Text,
    /// It is searched for secrets.
    Secrets,
    /// It tells of packages; also searched for secrets where that holds.
    Packages(Format, bool),
    /// It tells of packages if it is a program, and is searched for secrets if it is a text and that holds.
    Program(bool),
    /// The same of one that is too large to be held in memory: [`LayerBuilder::large`] reads it.
    Large,
}

/// What the content of the regular file at this path, as [`clean`] makes it, is wanted for.
///
/// Manuals, the standard libraries of languages, and what a package manager put into its own directory are not
/// searched for secrets: what stands there is their authors' examples and test keys, the same for everybody.
pub fn want(path: &str, size: u64, mode: u32) -> Want {
    if matches!(path, "/etc/os-release" | "/usr/lib/os-release") {
        return if size <= LARGEST_TEXT { Want::Text } else { Want::Nothing };
    }
    let format = packages::format(path);
    if let Some(format) = format
        && !format.is_lock()
    {
        return if size <= format.most() { Want::Packages(format, false) } else { Want::Nothing };
    }
    const ELSEWHERE: &str = "/usr/share/doc/|/usr/share/man/|/usr/share/info/|/usr/share/locale/|/usr/share/i18n/|\
        /usr/share/zoneinfo/|/usr/share/perl|/usr/lib/python|/usr/local/lib/python|/usr/share/ca-certificates/|\
        /etc/ssl/certs/|/var/lib/dpkg/info/|/usr/share/common-licenses/|/usr/share/bash-completion/|/proc/|/sys/|\
        /usr/local/go/|/usr/lib/go|/usr/share/terminfo/|/lib/apk/db/";
    const WITHIN: &str =
        "/node_modules/|/site-packages/|/dist-packages/|/gems/|/pkg/mod/|/.cargo/registry/|/.m2/repository/";
    let excluded = ELSEWHERE.split('|').any(|start| path.starts_with(start))
        || WITHIN.split('|').any(|part| path.contains(part));
    let secrets = size > 0 && size <= LARGEST_TEXT && !excluded;
    // Lock files of what is installed belong to its own development.
    if let Some(format) = format
        && !excluded
        && size <= format.most()
    {
        return Want::Packages(format, secrets);
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let program = mode & 0o111 != 0 && size >= SMALLEST_PROGRAM || packages::is_known_library(name);
    match (program, secrets) {
        (true, _) if size > Format::Program.most() => Want::Large,
        (true, secrets) => Want::Program(secrets),
        (false, true) => Want::Secrets,
        (false, false) => Want::Nothing,
    }
}

/// The absolute path of a tar entry, without `.` and `..`; nothing where it leads out of the root, which engines
/// refuse to unpack.
pub fn clean(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let mut out = String::with_capacity(path.len() + 1);
    for part in parts {
        out.push('/');
        out.push_str(part);
    }
    Some(if out.is_empty() { "/".into() } else { out })
}

/// A layer, as far as anything of it is kept.
#[derive(Debug, Default)]
pub struct Layer {
    nodes: HashMap<String, Node>,
    /// Paths that this layer removes from those below.
    whiteouts: Vec<String>,
    /// Directories whose content below this layer is gone.
    opaque: Vec<String>,
    texts: HashMap<String, String>,
    /// What files tell of packages.
    found: HashMap<String, Found>,
    /// Programs.
    programs: BTreeSet<String>,
    secrets: Vec<(String, Sighting)>,
    /// The sum of its files, in bytes.
    size: u64,
    /// Why its files are not all known.
    broken: Option<String>,
    /// What of a directory could not be read.
    unread: Vec<Gap>,
}

#[derive(Clone, Debug)]
struct Node {
    file: File,
    /// What a symbolic link points to.
    target: Option<Box<str>>,
    /// The layer and the path of the file below that a hard link names.
    origin: Option<Box<(u32, String)>>,
}

impl Node {
    /// The layer, and the path in it, that the content of the file at `path` is from.
    fn home<'n>(&'n self, path: &'n str) -> (u32, &'n str) {
        match self.origin.as_deref() {
            Some((layer, path)) => (*layer, path),
            None => (self.file.layer, path),
        }
    }
}

/// Takes the entries of one layer in their order.
pub struct LayerBuilder<'k> {
    key: &'k Key,
    layer: Layer,
    /// How many packages, and how many of their files, were found.
    packages: usize,
    owned: usize,
    /// Hard links, which are other names of files that may come from a layer below.
    links: Vec<(String, String)>,
}

impl<'k> LayerBuilder<'k> {
    /// A layer without entries.
    pub fn new(key: &'k Key) -> Self {
        LayerBuilder { key, layer: Layer::default(), packages: 0, owned: 0, links: Vec::new() }
    }

    /// The next entry. Where its content is wanted, [`LayerBuilder::content`] is to be called next.
    pub fn entry(&mut self, entry: &tar::Entry) -> (String, Want) {
        let Some(path) = clean(&entry.path) else {
            self.broken(format!("an entry leads out of the root: {}", shown(&entry.path)));
            return (String::new(), Want::Nothing);
        };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if name == ".wh..wh..opq" {
            self.layer.opaque.push(if folder.is_empty() { "/".into() } else { folder.to_owned() });
            return (path, Want::Nothing);
        }
        if let Some(removed) = name.strip_prefix(".wh.") {
            // `.wh..wh.` is the prefix of what aufs kept for itself.
            if !removed.starts_with(".wh.") && !matches!(removed, "" | "." | "..") {
                self.layer.whiteouts.push(format!("{folder}/{removed}"));
            }
            return (path, Want::Nothing);
        }
        let kind = match entry.kind {
            tar::Kind::Regular | tar::Kind::HardLink => FileKind::Regular,
            tar::Kind::Directory => FileKind::Directory,
            tar::Kind::Symlink => FileKind::Symlink,
            tar::Kind::Other => FileKind::Other,
        };
        let size = match entry.kind {
            tar::Kind::Regular => entry.size,
            tar::Kind::Symlink => entry.link.len() as u64,
            _ => 0,
        };
        let file = File {
            kind,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size,
            layer: 0,
            capabilities: entry.capabilities,
        };
        let target = (kind == FileKind::Symlink).then(|| entry.link.as_str().into());
        self.layer.texts.remove(&path);
        self.layer.found.remove(&path);
        self.layer.programs.remove(&path);
        match entry.kind {
            tar::Kind::HardLink => match clean(&entry.link) {
                Some(link) => self.links.push((path.clone(), link)),
                None => self.broken(format!("a link leads out of the root: {}", shown(&entry.link))),
            },
            tar::Kind::Regular => self.layer.size = self.layer.size.saturating_add(entry.size),
            _ => {}
        }
        self.layer.nodes.insert(path.clone(), Node { file, target, origin: None });
        let wanted = match entry.kind {
            tar::Kind::Regular if !entry.sparse => want(&path, entry.size, entry.mode),
            _ => Want::Nothing,
        };
        (path, wanted)
    }

    /// The content of the file at `path`, for what it is wanted.
    pub fn content(&mut self, path: &str, wanted: Want, bytes: &[u8]) {
        match wanted {
            Want::Nothing | Want::Large => {}
            Want::Text => {
                // Only what is asked of it is kept.
                let text = String::from_utf8_lossy(bytes);
                let kept = text.lines().filter(|line| {
                    let line = line.trim_start();
                    line.starts_with("ID=") || line.starts_with("VERSION_ID=")
                });
                let kept = kept.map(|line| line.to_owned() + "\n").collect();
                self.layer.texts.insert(path.to_owned(), kept);
            }
            Want::Packages(format, secrets) => {
                self.found(path, format, bytes);
                if secrets {
                    self.secrets(path, bytes);
                }
            }
            Want::Program(secrets) => {
                if packages::is_program(bytes) {
                    self.program(path);
                    self.found(path, Format::Program, bytes);
                } else if secrets {
                    self.secrets(path, bytes);
                }
            }
            Want::Secrets => self.secrets(path, bytes),
        }
    }

    /// The program at `path`, which is too large to be held in memory, from its source.
    ///
    /// # Errors
    /// The source fails.
    pub fn large(&mut self, path: &str, mut source: impl io::Read) -> io::Result<()> {
        let mut head = Vec::new();
        (&mut source).take(4).read_to_end(&mut head)?;
        if packages::is_program(&head) {
            self.program(path);
            let found = packages::read_large(path, io::Cursor::new(head).chain(source))?;
            self.keep(path, Format::Program, found);
        }
        Ok(())
    }

    fn program(&mut self, path: &str) {
        if self.layer.programs.len() < MOST_PROGRAMS {
            self.layer.programs.insert(path.to_owned());
        } else {
            self.broken("it has more than 100,000 programs".into());
        }
    }

    fn found(&mut self, path: &str, format: Format, bytes: &[u8]) {
        let found = packages::read(format, &packages::File { path, bytes, beside: &BTreeMap::new() });
        self.keep(path, format, found);
    }

    fn keep(&mut self, path: &str, format: Format, found: Found) {
        if format == Format::Program && found.is_empty() {
            return;
        }
        self.packages += found.packages.len();
        self.owned += found.owned.len();
        if self.packages > MOST_PACKAGES || self.owned > MOST_OWNED {
            self.broken("it has more than 500,000 packages, or 4,000,000 files of packages".into());
        } else {
            self.layer.found.insert(path.to_owned(), found);
        }
    }

    fn secrets(&mut self, path: &str, bytes: &[u8]) {
        // Binary files have zeros soon.
        if bytes.iter().take(8000).any(|&b| b == 0) || self.layer.secrets.len() > MOST_SECRETS {
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        for sighting in secrets::sightings_in(self.key, path, &text) {
            let mut sighting = sighting;
            if self.layer.secrets.len() == MOST_SECRETS {
                sighting = Sighting { kind: secrets::MORE.into(), length: 0, hash: String::new(), at: None };
            }
            self.layer.secrets.push((path.to_owned(), sighting));
            if self.layer.secrets.len() > MOST_SECRETS {
                break;
            }
        }
    }

    /// Notes what of a directory could not be read.
    pub fn lacks(&mut self, gap: Gap) {
        if self.layer.unread.len() < MOST_UNREAD {
            self.layer.unread.push(gap);
        }
    }

    fn broken(&mut self, why: String) {
        self.layer.broken.get_or_insert(why);
    }

    /// The layer, when all entries were seen.
    pub fn finish(mut self) -> Layer {
        // A link to a file of this layer is that file; one to a layer below is looked up when they are joined.
        for (path, link) in self.links {
            match self.layer.nodes.get(&link).filter(|_| link != path) {
                Some(node) => {
                    let node = node.clone();
                    if let Some(text) =
                        self.layer.texts.get(&link).filter(|_| want(&path, 0, 0) == Want::Text).cloned()
                    {
                        self.layer.texts.insert(path.clone(), text);
                    }
                    // What the file tells is said once, under its first name.
                    if packages::format(&path).is_some() && self.layer.found.contains_key(&link) {
                        self.layer.found.insert(path.clone(), Found::default());
                    }
                    self.layer.nodes.insert(path, node);
                }
                None => {
                    if let Some(node) = self.layer.nodes.get_mut(&path) {
                        node.target = Some(format!("\0{link}").into());
                    }
                }
            }
        }
        self.layer
    }
}

/// The files of all layers, one over the other; and what is wrong with them.
fn overlay(layers: &[Arc<Layer>]) -> Result<BTreeMap<String, Node>, String> {
    let mut files: BTreeMap<String, Node> = BTreeMap::new();
    let mut wrong = None;
    for (index, layer) in layers.iter().enumerate() {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        if let Some(broken) = &layer.broken {
            wrong.get_or_insert(format!("layer {index}: {broken}"));
        }
        // Links to files below, before this layer hides them.
        let mut linked = HashMap::new();
        for (path, node) in &layer.nodes {
            let Some(link) = node.target.as_deref().and_then(|target| target.strip_prefix('\0')) else {
                continue;
            };
            match files.get(link) {
                Some(below) => {
                    let (layer, home) = below.home(link);
                    let origin = Some(Box::new((layer, home.to_owned())));
                    linked.insert(path, Node { origin, ..below.clone() });
                }
                None => {
                    wrong.get_or_insert(format!(
                        "layer {index}: {} is a link to what is not there",
                        shown(path)
                    ));
                }
            }
        }
        for path in &layer.whiteouts {
            files.remove(path);
            remove_below(&mut files, path);
        }
        layer.opaque.iter().for_each(|path| remove_below(&mut files, path));
        for (path, node) in &layer.nodes {
            let mut node = linked.remove(path).unwrap_or_else(|| node.clone());
            node.file.layer = number;
            if node.file.kind != FileKind::Directory
                && files
                    .get(path)
                    .is_some_and(|below| below.file.kind == FileKind::Directory && below.file.layer < number)
            {
                remove_lower(&mut files, path, number);
            }
            files.insert(path.clone(), node);
        }
    }
    match wrong {
        Some(wrong) => Err(wrong),
        None => Ok(files),
    }
}

fn remove_below(files: &mut BTreeMap<String, Node>, path: &str) {
    remove_lower(files, path, u32::MAX);
}

/// Removes what lies below a directory and comes from a layer under `number`.
fn remove_lower(files: &mut BTreeMap<String, Node>, path: &str, number: u32) {
    let start = if path == "/" { path.to_owned() } else { format!("{path}/") };
    let below: Vec<String> = files
        .range(start.clone()..)
        .take_while(|(path, _)| path.starts_with(&start))
        .filter(|(path, node)| node.file.layer < number && path.len() > start.len())
        .map(|(path, _)| path.clone())
        .collect();
    below.iter().for_each(|path| {
        files.remove(path);
    });
}

/// The regular file at `path`, through at most eight symbolic links of its last part.
fn follow<'f>(files: &'f BTreeMap<String, Node>, path: &str) -> Option<(String, &'f Node)> {
    let mut path = path.to_owned();
    for _ in 0..8 {
        let node = files.get(&path)?;
        let Some(target) = node.target.as_deref().filter(|_| node.file.kind == FileKind::Symlink) else {
            return (node.file.kind == FileKind::Regular).then_some((path, node));
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        path =
            clean(&if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") })?;
    }
    None
}

/// The text of the file that is at `path` in the end; nothing where there is no such file.
fn content<'l>(
    layers: &'l [Arc<Layer>],
    files: &BTreeMap<String, Node>,
    path: &str,
) -> Result<Option<&'l str>, Gap> {
    let Some((path, node)) = follow(files, path) else { return Ok(None) };
    let (number, home) = node.home(&path);
    let layer = layers.get(number as usize);
    match layer.and_then(|layer| layer.texts.get(home)) {
        Some(text) => Ok(Some(text)),
        None => Err(Gap::new(
            Why::NotRead,
            format!("{}: it is too large, sparse or a link across layers", shown(&path)),
        )),
    }
}

/// An image from its configuration and its layers, from the lowest up. Where a layer could not be read, what rests
/// on the layers is that gap; the rest stands.
pub fn image(
    key: &Key,
    names: Vec<String>,
    config: &[u8],
    config_digest: Known<String>,
    layers: Result<Vec<Arc<Layer>>, Gap>,
) -> Image {
    let mut image = configuration(key, config);
    image.names = names;
    image.config_digest = config_digest;
    image.repo_digests = Known::gap(
        Why::NotRead,
        "an archive or layout does not say by which digests registries know the image; ask the engine",
    );
    let joined = layers.and_then(|layers| {
        let files = overlay(&layers).map_err(|wrong| Gap::new(Why::Malformed, wrong))?;
        Ok((layers, files))
    });
    let (layers, files) = match joined {
        Ok(joined) => joined,
        Err(gap) => {
            image.size = gap.clone().into();
            image.distribution = gap.clone().into();
            image.files = gap.clone().into();
            image.software = Many::none(gap.why, gap.what.clone());
            image.unowned = gap.clone().into();
            image.secrets = gap.into();
            return image;
        }
    };
    join(key, image, &layers, files, config)
}

/// The system below a directory, which has no configuration: what only that says nobody asked for. What could not be
/// read in it is missing from its sets.
pub fn directory(key: &Key, name: &str, layer: Layer) -> Image {
    let mut image = undescribed(key, "files alone have no configuration of an image");
    image.names = vec![name.to_owned()];
    let layers = [Arc::new(layer)];
    let joined = match overlay(&layers) {
        Ok(files) => Ok(join(key, image.clone(), &layers, files, b"{}")),
        Err(wrong) => Err(Gap::new(Why::NotRead, wrong)),
    };
    let unread = layers[0].unread.first().cloned();
    let (mut image, gap) = match (joined, unread) {
        (Ok(image), None) => return image,
        (Ok(image), Some(gap)) => (image, gap),
        (Err(gap), _) => (
            Image {
                software: Many::none(gap.why, gap.what.clone()),
                distribution: gap.clone().into(),
                ..image
            },
            gap,
        ),
    };
    layers[0].unread.iter().for_each(|gap| image.software.lacks(gap.clone()));
    image.size = gap.clone().into();
    image.files = gap.clone().into();
    image.unowned = gap.clone().into();
    image.secrets = gap.into();
    image
}

/// An image of which nothing was asked, and why.
pub(crate) fn undescribed(key: &Key, why: &str) -> Image {
    let none = Gap::new(Why::NotAsked, why);
    Image {
        config_digest: none.clone().into(),
        repo_digests: none.clone().into(),
        created: none.clone().into(),
        user: none.clone().into(),
        env: none.clone().into(),
        labels: none.clone().into(),
        exposed_ports: none.clone().into(),
        health_check: none.clone().into(),
        history: none.clone().into(),
        size: none.clone().into(),
        distribution: none.clone().into(),
        files: none.clone().into(),
        software: Many::default(),
        unowned: none.clone().into(),
        secrets: none.into(),
        ..configuration(key, b"{}")
    }
}

/// What the layers add up to, put into the image.
fn join(
    key: &Key,
    mut image: Image,
    layers: &[Arc<Layer>],
    files: BTreeMap<String, Node>,
    config: &[u8],
) -> Image {
    image.size = Known::is(layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.size)));
    let distribution = distribution(layers, &files);
    let release = distribution.as_ref().ok().and_then(Option::as_ref);
    let inside = contents::contents(key, layers, &files, release, config);
    image.software = inside.software;
    image.unowned = inside.unowned;
    image.distribution = distribution.map_or_else(Known::from, Known::is);
    let mut secrets = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        for (path, sighting) in &layer.secrets {
            let deleted = files.get(path).is_none_or(|node| node.file.layer != number);
            secrets.push(LayerSecret {
                path: path.clone(),
                layer: number,
                deleted,
                sighting: sighting.clone(),
            });
        }
    }
    image.secrets = Known::is(secrets);
    image.files = Known::is(files.into_iter().map(|(path, node)| (path, node.file)).collect());
    image
}

fn distribution(layers: &[Arc<Layer>], files: &BTreeMap<String, Node>) -> Result<Option<Distribution>, Gap> {
    let text = match content(layers, files, "/etc/os-release")? {
        Some(text) => text,
        None => match content(layers, files, "/usr/lib/os-release")? {
            Some(text) => text,
            None => return Ok(None),
        },
    };
    let value = |name: &str| {
        text.lines().filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix('=')).next_back().map(
            |value| {
                let value = value.trim();
                let quoted =
                    ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
                quoted.unwrap_or(value).chars().filter(|c| !c.is_control()).take(100).collect::<String>()
            },
        )
    };
    // The format's own default.
    let id = value("ID").filter(|id| !id.is_empty()).unwrap_or_else(|| "linux".into());
    Ok(Some(Distribution { id, version: value("VERSION_ID").unwrap_or_default() }))
}

/// What a configuration says, with everything else still unread.
fn configuration(key: &Key, bytes: &[u8]) -> Image {
    let unread = || Gap::new(Why::NotRead, "the layers were not read");
    let mut image = Image {
        names: Vec::new(),
        config_digest: unread().into(),
        repo_digests: unread().into(),
        created: unread().into(),
        user: unread().into(),
        env: unread().into(),
        labels: unread().into(),
        exposed_ports: unread().into(),
        health_check: unread().into(),
        history: unread().into(),
        size: unread().into(),
        distribution: unread().into(),
        files: unread().into(),
        packages_before: Known::default(),
        software: Many::none(Why::NotRead, "the layers were not read"),
        unowned: unread().into(),
        secrets: unread().into(),
        vulnerabilities: tyrian_model::vulnerability::unasked(),
        agreed: tyrian_model::agreement::unasked(),
    };
    let root = match object(bytes, "the image's configuration") {
        Ok(root) => root,
        Err(gap) => {
            image.created = gap.clone().into();
            image.user = gap.clone().into();
            image.env = gap.clone().into();
            image.labels = gap.clone().into();
            image.exposed_ports = gap.clone().into();
            image.health_check = gap.clone().into();
            image.history = gap.into();
            return image;
        }
    };
    let none = Map::new();
    let config = match root.get("config") {
        None | Some(Value::Null) => Ok(&none),
        Some(Value::Object(config)) => Ok(config),
        Some(_) => Err(wrong("config", "an object")),
    };
    fn of<T>(
        config: &Result<&Map<String, Value>, Gap>,
        read: impl FnOnce(&Map<String, Value>) -> Result<T, Gap>,
    ) -> Known<T> {
        match config {
            Ok(config) => read(config).map_or_else(Known::from, Known::is),
            Err(gap) => gap.clone().into(),
        }
    }
    image.user =
        of(&config, |config| text(config, "User").map(|user| cover::text(key, user.unwrap_or_default())));
    image.env = of(&config, |config| {
        let mut env = BTreeMap::new();
        for item in texts(config, "Env")? {
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            env.insert(name.to_owned(), secrets::conceal(key, name, value, None));
        }
        Ok(env)
    });
    image.labels = of(&config, |config| {
        let labels = members(config, "Labels")?;
        labels
            .map(|(name, value)| match value {
                Value::String(value) => Ok((name.clone(), secrets::conceal(key, name, value, None))),
                _ => Err(wrong(&format!("config.Labels.{}", shown(name)), "a text")),
            })
            .collect()
    });
    image.exposed_ports = of(&config, |config| {
        Ok(members(config, "ExposedPorts")?.map(|(name, _)| name.clone()).collect::<BTreeSet<_>>())
    });
    image.health_check = of(&config, |config| match config.get("Healthcheck") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Object(check)) => {
            let test = texts(check, "Test")?;
            // No test: that of the base image, which a finished configuration has none of. `NONE`: switched off.
            Ok(!test.is_empty() && test != ["NONE"])
        }
        Some(_) => Err(wrong("config.Healthcheck", "an object")),
    });
    image.history = match root.get("history") {
        None | Some(Value::Null) => Known::is(Vec::new()),
        Some(Value::Array(steps)) => steps
            .iter()
            .map(|step| {
                let step = step.as_object().ok_or_else(|| wrong("history", "a list of objects"))?;
                let by = text(step, "created_by")?.or(text(step, "comment")?).unwrap_or_default();
                Ok(secrets::conceal(key, "", by, None))
            })
            .collect::<Result<_, Gap>>()
            .map_or_else(Known::from, Known::is),
        Some(_) => wrong("history", "a list").into(),
    };
    image.created = match text(&root, "created") {
        Ok(None) => Known::is(None),
        Ok(Some(time)) => match seconds(time) {
            // Builds that can be repeated have no time of their own, and say 1970 or year 1.
            Some(seconds) => Known::is(Some(seconds).filter(|&seconds| seconds > 0)),
            None => wrong("created", "a time").into(),
        },
        Err(gap) => gap.into(),
    };
    image
}

/// The digests of the layers' contents, unpacked, that a configuration names, from the lowest up.
///
/// # Errors
/// It is no configuration, or has no such list.
pub fn content_digests(config: &[u8]) -> Result<Vec<String>, Gap> {
    let root = object(config, "the image's configuration")?;
    let Some(Value::Object(rootfs)) = root.get("rootfs") else { return Err(wrong("rootfs", "an object")) };
    Ok(texts(rootfs, "diff_ids")?.into_iter().map(str::to_owned).collect())
}

/// One image of the `manifest.json` of a saved archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The path of the configuration in the archive.
    pub config: String,
    /// The names that it was saved by.
    pub names: Vec<String>,
    /// The paths of the layers, from the lowest up.
    pub layers: Vec<String>,
}

/// The images of a `manifest.json`.
///
/// # Errors
/// It is not of that form.
pub fn saved(bytes: &[u8]) -> Result<Vec<Saved>, Gap> {
    let list = match serde_json::from_slice(bytes) {
        Ok(Value::Array(list)) => list,
        Ok(_) => return Err(wrong("manifest.json", "a list")),
        Err(error) => return Err(Gap::new(Why::Malformed, format!("manifest.json: {error}"))),
    };
    let one = |item: &Value| {
        let item = item.as_object().ok_or_else(|| wrong("manifest.json", "a list of objects"))?;
        let config = text(item, "Config")?.ok_or_else(|| wrong("manifest.json: Config", "set"))?;
        let list =
            |name| texts(item, name).map(|list| list.into_iter().map(str::to_owned).collect::<Vec<_>>());
        Ok(Saved { config: config.to_owned(), names: list("RepoTags")?, layers: list("Layers")? })
    };
    list.iter().map(one).collect()
}

/// A document of an OCI layout that points to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// Images for several platforms, or of several names.
    Index(Vec<Descriptor>),
    /// One image: the digest of its configuration and those of its layers, from the lowest up.
    Manifest {
        /// The configuration's digest.
        config: String,
        /// The layers' digests.
        layers: Vec<String>,
    },
}

/// A pointer to a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// The digest of what it points to.
    pub digest: String,
    /// The name of the image, where the pointer has one.
    pub name: Option<String>,
    /// `os/architecture` or `os/architecture/variant`, where it says.
    pub platform: Option<String>,
    /// Is it a statement about another image (provenance, a bill of materials), and none itself?
    pub attestation: bool,
}

/// A document of an OCI layout.
///
/// # Errors
/// It is neither an index nor a manifest of an image.
pub fn document(bytes: &[u8]) -> Result<Document, Gap> {
    let root = object(bytes, "a manifest")?;
    if let Some(list) = root.get("manifests") {
        let list = list.as_array().ok_or_else(|| wrong("manifests", "a list"))?;
        if list.len() > MOST_POINTERS {
            return Err(wrong("manifests", "a list of at most 20,000"));
        }
        return list.iter().map(descriptor).collect::<Result<_, _>>().map(Document::Index);
    }
    let kind = root.get("config").and_then(|config| config.get("mediaType")).and_then(Value::as_str);
    if let Some(kind) = kind.filter(|kind| !CONFIGURATIONS.contains(kind)) {
        let what = format!("it is no image but something else that lies beside images: {}", shown(kind));
        return Err(Gap::new(Why::Malformed, what));
    }
    let config = root
        .get("config")
        .map(descriptor)
        .transpose()?
        .ok_or_else(|| wrong("config of a manifest", "set"))?;
    let layers = root
        .get("layers")
        .and_then(Value::as_array)
        .ok_or_else(|| wrong("layers of a manifest", "a list"))?;
    if layers.len() > MOST_POINTERS {
        return Err(wrong("layers of a manifest", "a list of at most 20,000"));
    }
    let layers =
        layers.iter().map(|layer| descriptor(layer).map(|layer| layer.digest)).collect::<Result<_, _>>()?;
    Ok(Document::Manifest { config: config.digest, layers })
}

fn descriptor(value: &Value) -> Result<Descriptor, Gap> {
    let value = value.as_object().ok_or_else(|| wrong("a descriptor", "an object"))?;
    let digest = text(value, "digest")?.ok_or_else(|| wrong("digest of a descriptor", "set"))?.to_owned();
    let none = Map::new();
    let part = |name| value.get(name).and_then(Value::as_object).unwrap_or(&none);
    let (notes, platform) = (part("annotations"), part("platform"));
    let name = text(notes, "io.containerd.image.name")?.or(text(notes, "org.opencontainers.image.ref.name")?);
    let platform = match (text(platform, "os")?, text(platform, "architecture")?, text(platform, "variant")?)
    {
        (Some(os), Some(architecture), Some(variant)) => Some(format!("{os}/{architecture}/{variant}")),
        (Some(os), Some(architecture), None) => Some(format!("{os}/{architecture}")),
        _ => None,
    };
    // BuildKit's, those of the OCI's own form, and cosign's.
    let attestation = text(notes, "vnd.docker.reference.type")?.is_some()
        || platform.as_deref() == Some("unknown/unknown")
        || text(value, "artifactType")?.is_some()
        || text(notes, "kind")?.is_some_and(|kind| {
            kind.starts_with("dev.cosignproject.cosign/")
                && !kind.ends_with("/image")
                && !kind.ends_with("/imageIndex")
        });
    Ok(Descriptor { digest, name: name.map(str::to_owned), platform, attestation })
}

/// The image for `platform` (`linux/amd64`, `linux/arm/v7`) among several, attestations are none. Where there is none
/// for it: nothing if it was `asked` for, else the first.
pub fn choose<'d>(list: &'d [Descriptor], platform: &str, asked: bool) -> Option<&'d Descriptor> {
    let images = || list.iter().filter(|one| !one.attestation);
    let exact = images().find(|one| one.platform.as_deref() == Some(platform));
    let fits = |one: &&Descriptor| one.platform.as_deref().is_some_and(|of| is_of(of, platform));
    exact.or_else(|| images().find(fits)).or_else(|| match asked {
        // One alone that does not say: its configuration does.
        true => images().next().filter(|one| one.platform.is_none() && images().count() == 1),
        false => images().next(),
    })
}

/// Is something made for `platform` what `asked` means, which may leave the variant open?
fn is_of(platform: &str, asked: &str) -> bool {
    let rest = platform.strip_prefix(asked);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') && asked.matches('/').count() == 1)
}

/// Says whether an image's configuration is one for that platform.
///
/// # Errors
/// It is not, or does not say.
pub fn made_for(config: &[u8], asked: &str) -> Result<(), Gap> {
    let root = object(config, "the image's configuration")?;
    let (os, architecture) = (text(&root, "os")?, text(&root, "architecture")?);
    let mut platform = format!("{}/{}", os.unwrap_or("?"), architecture.unwrap_or("?"));
    if let Some(variant) = text(&root, "variant")?.filter(|variant| !variant.is_empty()) {
        platform = format!("{platform}/{variant}");
    }
    match is_of(&platform, asked) {
        true => Ok(()),
        false => Err(Gap::new(
            Why::NotRead,
            format!("there is no image for {asked}; it is for {}", shown(&platform)),
        )),
    }
}

fn object(bytes: &[u8], what: &str) -> Result<Map<String, Value>, Gap> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(root)) => Ok(root),
        Ok(_) => Err(wrong(what, "an object")),
        Err(error) => Err(Gap::new(Why::Malformed, format!("{what}: {error}"))),
    }
}

fn text<'v>(map: &'v Map<String, Value>, name: &str) -> Result<Option<&'v str>, Gap> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(name, "a text")),
    }
}

fn texts<'v>(map: &'v Map<String, Value>, name: &str) -> Result<Vec<&'v str>, Gap> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => {
            list.iter().map(|item| item.as_str().ok_or_else(|| wrong(name, "a list of texts"))).collect()
        }
        Some(_) => Err(wrong(name, "a list of texts")),
    }
}

fn members<'v>(
    map: &'v Map<String, Value>,
    name: &str,
) -> Result<impl Iterator<Item = (&'v String, &'v Value)> + use<'v>, Gap> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None.into_iter().flatten()),
        Some(Value::Object(members)) => Ok(Some(members).into_iter().flatten()),
        Some(_) => Err(wrong(name, "an object")),
    }
}

fn wrong(what: &str, wanted: &str) -> Gap {
    Gap::new(Why::Malformed, format!("{what} is not {wanted}"))
}

/// A hostile name as it may be shown: one line, and not long.
pub fn shown(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer of one empty file.
    pub(super) fn plain(key: &Key, path: &str) -> Layer {
        let mut builder = LayerBuilder::new(key);
        builder.entry(&tar::Entry {
            path: path.to_owned(),
            link: String::new(),
            kind: tar::Kind::Regular,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: 0,
            sparse: false,
            capabilities: 0,
        });
        builder.finish()
    }

    #[test]
    fn paths_are_made_absolute_and_never_lead_out() {
        for (path, expected) in [
            ("./etc//passwd", Some("/etc/passwd")),
            ("/etc/../usr/./bin/", Some("/usr/bin")),
            ("", Some("/")),
            ("../etc", None),
            ("a/../../b", None),
        ] {
            assert_eq!(clean(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn what_is_read_of_a_file_depends_on_where_it_lies() {
        for (path, size, expected) in [
            ("/usr/lib/os-release", 300, Want::Text),
            ("/var/lib/dpkg/status", 3 << 20, Want::Packages(Format::Dpkg, false)),
            ("/var/lib/dpkg/status", 3 << 30, Want::Nothing),
            ("/var/lib/dpkg/status.d/base-files", 300, Want::Packages(Format::Dpkg, false)),
            ("/var/lib/dpkg/status.d/base-files.md5sums", 300, Want::Packages(Format::DpkgFiles, false)),
            ("/srv/app/yarn.lock", 300, Want::Packages(Format::YarnLock, true)),
            ("/srv/app/node_modules/a/yarn.lock", 300, Want::Nothing),
            ("/srv/app/config.yml", 300, Want::Secrets),
            ("/srv/app/config.yml", 3 << 20, Want::Nothing),
            ("/opt/x/libcrypto.so.3", 3 << 20, Want::Program(false)),
            ("/srv/app/node_modules/jose/test/key.pem", 300, Want::Nothing),
            ("/usr/share/doc/openssl/key.pem", 300, Want::Nothing),
        ] {
            assert_eq!(want(path, size, 0o644), expected, "{path}");
        }
        assert_eq!(want("/srv/app/run", 3 << 20, 0o755), Want::Program(false));
        assert_eq!(want("/srv/app/run", 8192, 0o755), Want::Program(true));
    }

    #[test]
    fn of_several_platforms_the_asked_one_is_chosen_and_never_a_statement() {
        let one = |digest: &str, platform: Option<&str>, attestation| Descriptor {
            digest: digest.into(),
            platform: platform.map(str::to_owned),
            attestation,
            name: None,
        };
        let list = [
            one("a", Some("unknown/unknown"), true),
            one("b", Some("linux/arm64"), false),
            one("c", Some("linux/amd64"), false),
        ];
        assert_eq!(choose(&list, "linux/amd64", false).map(|one| one.digest.as_str()), Some("c"));
        assert_eq!(choose(&list, "linux/riscv64", false).map(|one| one.digest.as_str()), Some("b"));
        assert_eq!(choose(&list, "linux/riscv64", true), None);
        let variant = [one("d", Some("linux/arm/v6"), false), one("e", Some("linux/arm/v7"), false)];
        assert_eq!(choose(&variant, "linux/arm/v7", true).map(|one| one.digest.as_str()), Some("e"));
        assert_eq!(choose(&variant, "linux/arm", true).map(|one| one.digest.as_str()), Some("d"));
        assert_eq!(choose(&variant, "linux/arm64", true), None);
        assert_eq!(choose(&list[..1], "linux/amd64", false), None);
    }
}
