//! Opens images that lie in files: archives as `docker save` writes them, OCI layouts and archives of these.
//!
//! Everything streams: nothing is unpacked to disk, each byte is read once, and what is kept in memory is bounded
//! however an archive lies about itself. Layers are read side by side where their source can be read at several places.

mod cache;
mod layer;
mod root;

pub use cache::Cache;
pub use root::root;

use layer::{Form, Limited, Limits, ReadLayer, Sums, digest, peek, sniff, unpack};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use tyrian_model::fact::{Gap, Known, Why};
use tyrian_model::image::Image;
use tyrian_read::image::{self as read, Descriptor, Document, Layer, Saved, shown};
use tyrian_read::secrets::Key;
use tyrian_read::tar::{Kind, Tar};

/// The most that one source may unpack to, in bytes.
const MOST_BYTES: u64 = 20 * 1024 * 1024 * 1024;
/// The most files that one source may have.
const MOST_FILES: u64 = 2_000_000;
/// The largest manifest, index or configuration, in bytes, and how much all of them may take together.
pub(crate) const LARGEST_DOCUMENT: u64 = 8 * 1024 * 1024;
const MOST_DOCUMENTS: u64 = 64 * 1024 * 1024;
/// How deep an index may lie in another.
const DEEPEST_INDEX: usize = 4;
/// The room that is taken beforehand for one file's content, in bytes.
const LARGE: usize = 8 * 1024 * 1024;
/// The most images that are made of one source.
const MOST_IMAGES: usize = 1_000;
/// How many layers are read side by side: each takes memory of its own.
const SIDE_BY_SIDE: usize = 4;

/// How images are read.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// The key of the hashes of secrets.
    pub key: &'a Key,
    /// The platform of several, `linux/arm64`; nothing: that of this machine, else the first.
    pub platform: Option<&'a str>,
    /// What was read before, and where to keep what is read.
    pub cache: Option<&'a Cache>,
}

impl<'a> How<'a> {
    /// For this machine, and without a cache.
    pub fn new(key: &'a Key) -> Self {
        How { key, platform: None, cache: None }
    }
    fn choose<'d>(&self, list: &'d [Descriptor]) -> Result<&'d Descriptor, Gap> {
        let platform = self.platform.map_or_else(platform, str::to_owned);
        read::choose(list, &platform, self.platform.is_some()).ok_or_else(|| {
            let mut there: Vec<&str> = list
                .iter()
                .filter(|one| !one.attestation)
                .filter_map(|one| one.platform.as_deref())
                .collect();
            there.truncate(20);
            let what = match there.is_empty() {
                true => "an index without images".to_owned(),
                false => format!("there is no image for {platform}; there is {}", shown(&there.join(", "))),
            };
            Gap::new(Why::NotRead, what)
        })
    }
    /// Says whether an image is for the platform that was asked for.
    fn fits(&self, config: &[u8]) -> Result<(), Gap> {
        self.platform.map_or(Ok(()), |asked| read::made_for(config, asked))
    }
    /// What is new of a layer, for the snapshot; it is kept before.
    fn keep(&self, mut layer: Layer, sums: &Sums) -> ReadLayer {
        if let Some(cache) = self.cache {
            cache.keep_layer(&sums.content, &layer);
            layer.rekey(self.key);
        }
        ReadLayer { layer: Arc::new(layer), sums: sums.clone() }
    }
    /// The key that layers are read with.
    fn layer_key(&self) -> &'a Key {
        self.cache.map_or(self.key, Cache::key)
    }
    fn kept(&self, content: &str) -> Option<Arc<Layer>> {
        let mut layer = self.cache?.layer(content)?;
        layer.rekey(self.key);
        Some(Arc::new(layer))
    }
}

/// The images of an archive: `docker save`'s, old or new, or an OCI layout in a tar, either also compressed. Each
/// comes with its first name, or its configuration's digest where it has none.
///
/// # Errors
/// The file cannot be read, or is no such archive. What is wrong with one image or layer is a gap of that image.
pub fn archive(path: &Path, how: &How<'_>) -> Result<Vec<(String, Image)>, Gap> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let meta = file.metadata().map_err(|error| unreadable(path, &error))?;
    let mut head = [0; 512];
    let is_plain =
        meta.is_file() && file.read_exact_at(&mut head, 0).is_ok() && sniff(&head) == Some(Form::Tar);
    if !is_plain {
        return stream(file, how);
    }
    let limits = Limits::new(MOST_BYTES, MOST_FILES);
    let members = Members::of(file, meta.len(), &limits)?;
    let mut store = Store::new(how, &limits);
    store.links.clone_from(&members.links);
    store.source = Some(&members);
    store.images()
}

/// The images of an archive that comes as a stream, such as the engine's answer to `docker save`.
///
/// # Errors
/// As [`archive`].
pub fn stream(source: impl Read, how: &How<'_>) -> Result<Vec<(String, Image)>, Gap> {
    let limits = Limits::new(MOST_BYTES, MOST_FILES);
    let mut store = Store::new(how, &limits);
    store.fill(BufReader::with_capacity(128 * 1024, source))?;
    store.images()
}

/// The images of a directory that is an OCI layout.
///
/// # Errors
/// There is no readable `index.json` in it. What is wrong with one image or layer is a gap of that image.
pub fn oci(dir: &Path, how: &How<'_>) -> Result<Vec<(String, Image)>, Gap> {
    let limits = Limits::new(MOST_BYTES, MOST_FILES);
    let source = Folder(dir);
    let mut store = Store::new(how, &limits);
    store.source = Some(&source);
    let index = dir.join("index.json");
    open_regular(&index).map_err(|error| unreadable(&index, &error))?;
    store.images()
}

/// The file system of a container, which comes as one tar.
///
/// # Errors
/// It is none, or breaks off.
pub fn contents(name: &str, source: impl Read, key: &Key) -> Result<Image, Gap> {
    let limits = Limits::new(MOST_BYTES, MOST_FILES);
    let (layer, _) =
        layer::layer(BufReader::with_capacity(128 * 1024, source), key, &limits).map_err(|error| {
            Gap::new(Why::Malformed, format!("the files of container {}: {error}", shown(name)))
        })?;
    Ok(read::directory(key, name, layer))
}

/// Does an archive begin so?
pub fn is_archive(head: &[u8]) -> bool {
    matches!(sniff(head), Some(Form::Tar | Form::Gzip | Form::Zstd))
}

fn unreadable(path: &Path, error: &io::Error) -> Gap {
    let why = if error.kind() == io::ErrorKind::PermissionDenied { Why::Denied } else { Why::NotRead };
    Gap::new(why, format!("{}: {error}", path.display()))
}

/// Opens a file that is one: no pipe on which a reader would wait for ever, and no link out of the layout.
fn open_regular(path: &Path) -> io::Result<File> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file"));
    }
    File::open(path)
}

/// Bytes on their way.
pub(crate) type Bytes<'s> = Box<dyn Read + Send + 's>;

/// Where documents and layers lie that can be read in any order.
pub(crate) trait Source: Sync {
    /// What is at this path; nothing where there is nothing. `is_manifest`: a manifest or an index is meant.
    fn open(&self, path: &str, is_manifest: bool) -> Result<Option<Bytes<'_>>, Gap>;
    /// What these bytes are known by until they change, so that their digest need not be worked out again.
    fn identity(&self, path: &str) -> Option<String>;
}

/// The image of a source whose parts are known by their digests: its manifest or index, and its name.
pub(crate) fn of_source(
    source: &dyn Source,
    name: Option<String>,
    digest: &str,
    how: &How<'_>,
) -> Result<(String, Image), Gap> {
    let limits = Limits::new(MOST_BYTES, MOST_FILES);
    let mut store = Store::new(how, &limits);
    store.source = Some(source);
    store.layout_image(name, digest.to_owned())
}

/// The digest of these bytes.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    digest(Sha256::new().chain_update(bytes))
}

/// A directory.
pub(crate) struct Folder<'p>(pub(crate) &'p Path);

impl Source for Folder<'_> {
    fn open(&self, path: &str, _: bool) -> Result<Option<Bytes<'_>>, Gap> {
        let file = self.0.join(path);
        match open_regular(&file) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&file, &error)),
        }
    }
    fn identity(&self, path: &str) -> Option<String> {
        fs::symlink_metadata(self.0.join(path)).ok().as_ref().and_then(cache::identity)
    }
}

/// A tar that is a file: its members by their places.
struct Members {
    file: File,
    places: HashMap<String, (u64, u64)>,
    links: HashMap<String, String>,
}

impl Members {
    fn of(file: File, length: u64, limits: &Limits) -> Result<Members, Gap> {
        let malformed = |error: io::Error| Gap::new(Why::Malformed, format!("the archive: {error}"));
        let mut members = Members {
            places: HashMap::new(),
            links: HashMap::new(),
            file: file.try_clone().map_err(malformed)?,
        };
        let mut tar = Tar::new(BufReader::with_capacity(4096, file));
        while let Some(entry) = tar.next_entry().map_err(malformed)? {
            limits.file().map_err(malformed)?;
            let (path, size) = (inside(&entry.path)?, entry.size);
            match entry.kind {
                Kind::Regular => {
                    let start = tar.pass().map_err(malformed)?;
                    if start.checked_add(size).is_none_or(|end| end > length) {
                        return Err(malformed(io::Error::other("it ends in the middle of a file")));
                    }
                    if members.places.contains_key(&path) {
                        return Err(two_of(&path));
                    }
                    members.places.insert(path, (start, size));
                }
                Kind::Symlink | Kind::HardLink => {
                    note_link(&mut members.links, path, entry.kind, &entry.link)
                }
                Kind::Directory | Kind::Other => {}
            }
        }
        Ok(members)
    }
}

impl Source for Members {
    fn open(&self, path: &str, _: bool) -> Result<Option<Bytes<'_>>, Gap> {
        let Some((at, left)) = self.places.get(path).copied() else { return Ok(None) };
        Ok(Some(Box::new(Part { file: &self.file, at, left })))
    }
    fn identity(&self, _: &str) -> Option<String> {
        self.file.metadata().ok().as_ref().and_then(cache::identity)
    }
}

/// A part of a file, which is read beside other parts.
struct Part<'f> {
    file: &'f File,
    at: u64,
    left: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.file.read_at(&mut into[..most], self.at)?;
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

/// The path of an archive's entry in it.
fn inside(path: &str) -> Result<String, Gap> {
    match read::clean(path) {
        Some(path) => Ok(path[1..].to_owned()),
        None => {
            let what = format!("the archive: an entry leads out of it: {}", shown(path));
            Err(Gap::new(Why::Malformed, what))
        }
    }
}

fn two_of(path: &str) -> Gap {
    Gap::new(Why::Malformed, format!("the archive: it has two of {}", shown(path)))
}

fn note_link(links: &mut HashMap<String, String>, path: String, kind: Kind, link: &str) {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let from = if kind == Kind::Symlink { folder } else { "" };
    if let Some(target) = read::clean(&format!("{from}/{link}")) {
        links.insert(path, target[1..].to_owned());
    }
}

/// What was read of a source, by its path in it.
struct Store<'a> {
    how: &'a How<'a>,
    limits: &'a Limits,
    documents: HashMap<String, Vec<u8>>,
    layers: HashMap<String, Result<ReadLayer, Gap>>,
    /// Other names of members: in old archives equal layers are links to one.
    links: HashMap<String, String>,
    document_bytes: u64,
    /// Where what is not in memory yet is read from.
    source: Option<&'a dyn Source>,
}

impl<'a> Store<'a> {
    fn new(how: &'a How<'a>, limits: &'a Limits) -> Self {
        Store {
            how,
            limits,
            documents: HashMap::new(),
            layers: HashMap::new(),
            links: HashMap::new(),
            document_bytes: 0,
            source: None,
        }
    }

    /// Reads a whole archive.
    fn fill(&mut self, source: impl Read) -> Result<(), Gap> {
        let malformed = |error: io::Error| Gap::new(Why::Malformed, format!("the archive: {error}"));
        let source = unpack(source).map_err(malformed)?;
        // The archive itself may be packed, so it has a limit of its own.
        let packed = Limits::new(MOST_BYTES, 0);
        let source = Limited { source, limits: &packed };
        let mut tar = Tar::new(BufReader::with_capacity(64 * 1024, source));
        let mut any = false;
        while let Some(entry) = tar.next_entry().map_err(malformed)? {
            any = true;
            self.limits.file().map_err(malformed)?;
            let path = inside(&entry.path)?;
            match entry.kind {
                Kind::Regular => {}
                Kind::Symlink | Kind::HardLink => {
                    note_link(&mut self.links, path, entry.kind, &entry.link);
                    continue;
                }
                Kind::Directory | Kind::Other => continue,
            }
            if self.documents.contains_key(&path) || self.layers.contains_key(&path) {
                return Err(two_of(&path));
            }
            let (head, rest) = peek(&mut tar).map_err(malformed)?;
            match sniff(&head) {
                // Others are statements about images, such as bills of materials; what is needed of them is
                // then missing.
                Some(Form::Document)
                    if entry.size <= LARGEST_DOCUMENT
                        && self.document_bytes + entry.size <= MOST_DOCUMENTS =>
                {
                    let bytes = self.document(io::Cursor::new(head).chain(rest)).map_err(malformed)?;
                    self.documents.insert(path, bytes);
                }
                Some(Form::Document) | None => {}
                Some(_) => {
                    let source = io::Cursor::new(head).chain(rest);
                    let layer = layer::layer(source, self.how.layer_key(), self.limits);
                    let layer = layer
                        .map(|(layer, sums)| self.how.keep(layer, &sums))
                        .map_err(|error| Gap::new(Why::Malformed, format!("{}: {error}", shown(&path))));
                    self.layers.insert(path, layer);
                }
            }
        }
        if any { Ok(()) } else { Err(Gap::new(Why::Malformed, "the archive: it is empty")) }
    }

    /// The bytes of a manifest, an index or a configuration.
    fn document(&mut self, source: impl Read) -> io::Result<Vec<u8>> {
        let too_large =
            || io::Error::new(io::ErrorKind::InvalidData, "its manifests and configurations are too large");
        let mut bytes = Vec::new();
        source.take(LARGEST_DOCUMENT + 1).read_to_end(&mut bytes)?;
        self.document_bytes += bytes.len() as u64;
        if bytes.len() as u64 > LARGEST_DOCUMENT || self.document_bytes > MOST_DOCUMENTS {
            return Err(too_large());
        }
        Ok(bytes)
    }

    /// The path in the source of what has this digest.
    fn path_of(digest: &str) -> Result<String, Gap> {
        let hex = digest
            .strip_prefix("sha256:")
            .filter(|hex| hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
        match hex {
            Some(hex) => Ok(format!("blobs/sha256/{hex}")),
            None => Err(Gap::new(Why::Malformed, format!("{} is no sha256 digest", shown(digest)))),
        }
    }

    /// The real name of a member that may be a link.
    fn member<'p>(&'p self, mut path: &'p str) -> &'p str {
        for _ in 0..8 {
            match self.links.get(path) {
                Some(target) => path = target,
                None => break,
            }
        }
        path
    }

    /// The document at a path; nothing where there is none.
    fn find(&mut self, path: &str, is_manifest: bool) -> Result<Option<Vec<u8>>, Gap> {
        let path = self.member(path).to_owned();
        if !self.documents.contains_key(&path)
            && let Some(source) = self.source
            && let Some(opened) = source.open(&path, is_manifest)?
        {
            let bytes = self.document(opened);
            let bytes =
                bytes.map_err(|error| Gap::new(Why::NotRead, format!("{}: {error}", shown(&path))))?;
            self.documents.insert(path.clone(), bytes);
        }
        Ok(self.documents.get(&path).cloned())
    }

    fn document_at(&mut self, path: &str, is_manifest: bool) -> Result<Vec<u8>, Gap> {
        self.find(path, is_manifest)?.ok_or_else(|| missing(path))
    }

    /// What has this digest; that it has is checked.
    fn document_of(&mut self, digest: &str, is_manifest: bool) -> Result<Vec<u8>, Gap> {
        let path = Self::path_of(digest)?;
        let bytes = self.document_at(&path, is_manifest)?;
        let real = self::digest(Sha256::new().chain_update(&bytes));
        if real == digest { Ok(bytes) } else { Err(mismatch(&path, &real)) }
    }

    /// Reads what is not in memory yet of these layers, side by side; each comes with the digest of its content.
    fn load(&mut self, wanted: &[(String, String)]) {
        let Some(source) = self.source else { return };
        let mut missing: BTreeMap<String, &str> = BTreeMap::new();
        for (path, content) in wanted {
            let path = self.member(path);
            if !self.layers.contains_key(path) {
                missing.entry(path.to_owned()).or_insert(content);
            }
        }
        let missing: Vec<(String, &str)> = missing.into_iter().collect();
        let read = |(path, content): &(String, &str)| {
            let read = read_layer(source, path, content, self.how, self.limits);
            (path.clone(), read)
        };
        let threads = rayon::current_num_threads().min(SIDE_BY_SIDE).min(missing.len());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build();
        let all: Vec<_> = match pool {
            Ok(pool) if threads > 1 => {
                pool.install(|| missing.par_iter().with_max_len(1).map(read).collect())
            }
            _ => missing.iter().map(read).collect(),
        };
        self.layers.extend(all);
    }

    fn layer_at(&self, path: &str) -> Result<ReadLayer, Gap> {
        let path = self.member(path);
        let read = self.layers.get(path).cloned().unwrap_or_else(|| Err(missing(path)))?;
        match path.strip_prefix("blobs/sha256/") {
            Some(hex) if read.sums.stored.strip_prefix("sha256:") != Some(hex) => {
                Err(mismatch(path, &read.sums.stored))
            }
            _ => Ok(read),
        }
    }

    /// The layers of an image; their contents must be those that its configuration names.
    fn layers_of(&mut self, paths: &[String], config: &[u8]) -> Result<Vec<Arc<Layer>>, Gap> {
        let expected = read::content_digests(config)?;
        if expected.len() != paths.len() {
            return Err(Gap::new(
                Why::Malformed,
                format!("the configuration names {} layers, the manifest {}", expected.len(), paths.len()),
            ));
        }
        let wanted: Vec<(String, String)> = paths.iter().cloned().zip(expected).collect();
        self.load(&wanted);
        wanted
            .iter()
            .map(|(path, expected)| {
                let read = self.layer_at(path)?;
                match read.sums.content == *expected {
                    true => Ok(read.layer),
                    false => Err(mismatch(path, &read.sums.content)),
                }
            })
            .collect()
    }

    fn images(&mut self) -> Result<Vec<(String, Image)>, Gap> {
        if let Some(bytes) = self.find("manifest.json", false)? {
            let saved = read::saved(&bytes)?;
            return Ok(saved.into_iter().take(MOST_IMAGES).map(|saved| self.saved_image(saved)).collect());
        }
        let Some(bytes) = self.find("index.json", false)? else {
            return Err(Gap::new(
                Why::Malformed,
                "the archive: neither manifest.json nor index.json is in it; is it an image?",
            ));
        };
        let Document::Index(list) = read::document(&bytes)? else {
            return Err(Gap::new(Why::Malformed, "index.json is no index"));
        };
        // Entries of one name are one image for several platforms.
        let mut named: BTreeMap<Option<String>, Vec<Descriptor>> = BTreeMap::new();
        for one in list {
            named.entry(one.name.clone()).or_default().push(one);
        }
        let mut out = Vec::new();
        for (name, list) in named.into_iter().take(MOST_IMAGES) {
            if list.iter().any(|one| !one.attestation) {
                let digest = self.how.choose(&list)?.digest.clone();
                out.push(self.layout_image(name, digest)?);
            }
        }
        Ok(out)
    }

    fn saved_image(&mut self, saved: Saved) -> (String, Image) {
        let config = self.document_at(&saved.config, false);
        let real = config.as_ref().ok().map(|bytes| digest(Sha256::new().chain_update(bytes)));
        // The path says which digest it should have.
        let promised =
            saved.config.rsplit('/').next().unwrap_or_default().trim_end_matches(".json").to_owned();
        let config_digest = match (&config, &real) {
            (Ok(_), Some(real))
                if real.strip_prefix("sha256:") == Some(&promised) || promised.len() != 64 =>
            {
                Known::is(real.clone())
            }
            (Ok(_), Some(real)) => mismatch(&saved.config, real).into(),
            (Err(gap), _) => gap.clone().into(),
            (Ok(_), None) => missing(&saved.config).into(),
        };
        let layers = match &config {
            Ok(config) => match self.how.fits(config) {
                Ok(()) => self.layers_of(&saved.layers, config),
                Err(gap) => Err(gap),
            },
            Err(gap) => Err(gap.clone()),
        };
        let key = self.how.key;
        let row = saved.names.first().cloned().or(real).unwrap_or(saved.config);
        (row, read::image(key, saved.names, config.as_deref().unwrap_or_default(), config_digest, layers))
    }

    fn layout_image(&mut self, name: Option<String>, mut digest: String) -> Result<(String, Image), Gap> {
        for _ in 0..DEEPEST_INDEX {
            match read::document(&self.document_of(&digest, true)?)? {
                Document::Index(list) => {
                    let chosen = self.how.choose(&list);
                    let chosen = chosen.map_err(|gap| Gap { what: format!("{digest}: {}", gap.what), ..gap });
                    digest = chosen?.digest.clone();
                }
                Document::Manifest { config, layers } => {
                    let bytes = self.document_of(&config, false);
                    let paths =
                        layers.iter().map(|layer| Self::path_of(layer)).collect::<Result<Vec<_>, _>>();
                    let layers = match (&bytes, paths) {
                        (Ok(bytes), Ok(paths)) => {
                            self.how.fits(bytes)?;
                            self.layers_of(&paths, bytes)
                        }
                        (Err(gap), _) => Err(gap.clone()),
                        (_, Err(gap)) => Err(gap),
                    };
                    let config_digest = match &bytes {
                        Ok(_) => Known::is(config.clone()),
                        Err(gap) => gap.clone().into(),
                    };
                    let row = name.clone().unwrap_or_else(|| config.clone());
                    let (key, names) = (self.how.key, name.into_iter().collect());
                    return Ok((
                        row,
                        read::image(key, names, bytes.as_deref().unwrap_or_default(), config_digest, layers),
                    ));
                }
            }
        }
        Err(Gap::new(Why::Malformed, "indexes lie in each other too deep"))
    }
}

/// A layer: what was kept of it if these are still the same bytes, else what they say.
fn read_layer(
    source: &dyn Source,
    path: &str,
    content: &str,
    how: &How<'_>,
    limits: &Limits,
) -> Result<ReadLayer, Gap> {
    let identity = how.cache.and_then(|_| source.identity(path));
    let promised = path.strip_prefix("blobs/sha256/").map(|hex| format!("sha256:{hex}"));
    let known = identity.as_ref().map(|identity| format!("{identity}\n{path}\n{content}"));
    if let (Some(cache), Some(known)) = (how.cache, &known)
        && cache.knows(known)
        && let Some(layer) = how.kept(content)
    {
        let stored = promised.unwrap_or_else(|| content.to_owned());
        return Ok(ReadLayer { layer, sums: Sums { stored, content: content.to_owned() } });
    }
    let open = || {
        let opened = source.open(path, false)?.ok_or_else(|| missing(path))?;
        Ok::<_, Gap>(BufReader::with_capacity(128 * 1024, opened))
    };
    let failed = |error: io::Error| Gap::new(Why::Malformed, format!("{}: {error}", shown(path)));
    // What was read before is only looked through for its digest.
    let mut read = None;
    if how.cache.is_some_and(|cache| cache.has_layer(content)) {
        let sums = layer::sums(open()?, limits).map_err(failed)?;
        read = how.kept(&sums.content).map(|layer| ReadLayer { layer, sums });
    }
    let read = match read {
        Some(read) => read,
        None => {
            let (layer, sums) = layer::layer(open()?, how.layer_key(), limits).map_err(failed)?;
            how.keep(layer, &sums)
        }
    };
    // Only if the bytes are those that they were before it was read.
    if let (Some(cache), Some(known)) = (how.cache, &known)
        && read.sums.content == content
        && promised.is_none_or(|promised| promised == read.sums.stored)
        && source.identity(path) == identity
    {
        cache.know(known);
    }
    Ok(read)
}

fn missing(path: &str) -> Gap {
    Gap::new(Why::Malformed, format!("{}: it is not there", shown(path)))
}

fn mismatch(path: &str, real: &str) -> Gap {
    Gap::new(
        Why::Malformed,
        format!(
            "{}: its digest is {real}, which is not the one it is known by; it was changed or damaged",
            shown(path)
        ),
    )
}

/// The platform of this machine as images name it.
fn platform() -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    format!("linux/{architecture}")
}

#[cfg(test)]
mod tests;
