//! Opens images that lie in files: archives as `docker save` writes them, OCI layouts and archives of these.
//!
//! Everything streams: nothing is unpacked to disk, each byte is read once, and what is kept in memory is bounded
//! however an archive lies about itself.

mod root;

pub use root::root;

use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use tyrian_model::fact::{Gap, Known, Why};
use tyrian_model::image::Image;
use tyrian_read::image::{self as read, Descriptor, Document, Layer, LayerBuilder, Saved, Want, shown};
use tyrian_read::secrets::Key;
use tyrian_read::tar::{self, Kind, Tar};

/// The most that one source may unpack to, in bytes.
const MOST_BYTES: u64 = 20 * 1024 * 1024 * 1024;
/// The most files that one source may have.
const MOST_FILES: u64 = 2_000_000;
/// The most that the paths of these may take together, in bytes.
const MOST_PATHS: u64 = 512 * 1024 * 1024;
/// The largest manifest, index or configuration, in bytes, and how much all of them may take together.
const LARGEST_DOCUMENT: u64 = 8 * 1024 * 1024;
const MOST_DOCUMENTS: u64 = 64 * 1024 * 1024;
/// How deep an index may lie in another.
const DEEPEST_INDEX: usize = 4;
/// The room for one file's content that is kept for the next, in bytes.
const LARGE: usize = 8 * 1024 * 1024;
/// The most images that are made of one source.
const MOST_IMAGES: usize = 1_000;

/// The images of an archive: `docker save`'s, old or new, or an OCI layout in a tar, either also compressed. Each
/// comes with its first name, or its configuration's digest where it has none.
///
/// # Errors
/// The file cannot be read, or is no such archive. What is wrong with one image or layer is a gap of that image.
pub fn archive(path: &Path, key: &Key) -> Result<Vec<(String, Image)>, Gap> {
    let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    stream(file, key)
}

/// The images of an archive that comes as a stream, such as the engine's answer to `docker save`.
///
/// # Errors
/// As [`archive`].
pub fn stream(source: impl Read, key: &Key) -> Result<Vec<(String, Image)>, Gap> {
    let limits = Limits::new(MOST_BYTES, MOST_FILES);
    let mut store = Store::default();
    let source = BufReader::with_capacity(128 * 1024, source);
    store.fill(source, key, &limits)?;
    store.images(key)
}

/// The images of a directory that is an OCI layout.
///
/// # Errors
/// There is no readable `index.json` in it. What is wrong with one image or layer is a gap of that image.
pub fn oci(dir: &Path, key: &Key) -> Result<Vec<(String, Image)>, Gap> {
    let mut store = Store {
        limits: Some(Limits::new(MOST_BYTES, MOST_FILES)),
        dir: Some(dir.to_owned()),
        ..Store::default()
    };
    let index = dir.join("index.json");
    let file = open_regular(&index).map_err(|error| unreadable(&index, &error))?;
    let bytes = store.document(file).map_err(|error| unreadable(&index, &error))?;
    store.documents.insert("index.json".into(), bytes);
    store.images(key)
}

fn unreadable(path: &Path, error: &io::Error) -> Gap {
    let why = if error.kind() == io::ErrorKind::PermissionDenied { Why::Denied } else { Why::NotRead };
    Gap::new(why, format!("{}: {error}", path.display()))
}

/// Opens a file that is one: no pipe on which a reader would wait for ever, and no link out of the layout.
fn open_regular(path: &Path) -> io::Result<fs::File> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file"));
    }
    fs::File::open(path)
}

/// What is left of what a source may take.
struct Limits {
    bytes: Cell<u64>,
    files: Cell<u64>,
    paths: Cell<u64>,
}

impl Limits {
    fn new(bytes: u64, files: u64) -> Rc<Self> {
        Rc::new(Limits { bytes: Cell::new(bytes), files: Cell::new(files), paths: Cell::new(MOST_PATHS) })
    }
    fn take(of: &Cell<u64>, count: u64, what: &str) -> io::Result<()> {
        let left = of.get().checked_sub(count);
        of.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, what))
    }
}

/// Counts what it passes on against the limits.
struct Limited<R> {
    source: R,
    limits: Rc<Limits>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        Limits::take(&self.limits.bytes, count as u64, "it unpacks to more than 20 GiB")?;
        Ok(count)
    }
}

/// Hashes what it passes on.
struct Hashed<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Hashed<R> {
    fn new(source: R) -> Self {
        Hashed { source, hash: Sha256::new() }
    }
    fn digest(self) -> String {
        digest(self.hash)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.hash.update(&into[..count]);
        Ok(count)
    }
}

fn digest(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::from("sha256:"), |mut out, byte| {
        out.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        out.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        out
    })
}

/// A layer as it was read.
#[derive(Clone)]
struct ReadLayer {
    layer: Arc<Layer>,
    /// The digest of what is stored.
    stored: String,
    /// The digest of the tar in it.
    content: String,
}

/// What was read of a source, by its path in it.
#[derive(Default)]
struct Store {
    documents: HashMap<String, Vec<u8>>,
    layers: HashMap<String, Result<ReadLayer, Gap>>,
    /// Other names of members: in old archives equal layers are links to one.
    links: HashMap<String, String>,
    document_bytes: u64,
    /// Where what is not in memory yet is read from.
    dir: Option<std::path::PathBuf>,
    limits: Option<Rc<Limits>>,
}

impl Store {
    /// Reads a whole archive.
    fn fill(&mut self, source: impl Read, key: &Key, limits: &Rc<Limits>) -> Result<(), Gap> {
        let malformed = |error: io::Error| Gap::new(Why::Malformed, format!("the archive: {error}"));
        let source = unpack(source).map_err(malformed)?;
        // The archive itself may be packed, so it has a limit of its own.
        let source = Limited { source, limits: Limits::new(MOST_BYTES, 0) };
        let mut tar = Tar::new(BufReader::with_capacity(64 * 1024, source));
        let mut any = false;
        while let Some(entry) = tar.next_entry().map_err(malformed)? {
            any = true;
            Limits::take(&limits.files, 1, "it has more than 2,000,000 files").map_err(malformed)?;
            let Some(path) = read::clean(&entry.path).map(|path| path[1..].to_owned()) else {
                return Err(Gap::new(
                    Why::Malformed,
                    format!("the archive: an entry leads out of it: {}", shown(&entry.path)),
                ));
            };
            match entry.kind {
                Kind::Regular => {}
                Kind::Symlink | Kind::HardLink => {
                    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                    let from = if entry.kind == Kind::Symlink { folder } else { "" };
                    if let Some(target) = read::clean(&format!("{from}/{}", entry.link)) {
                        self.links.insert(path, target[1..].to_owned());
                    }
                    continue;
                }
                Kind::Directory | Kind::Other => continue,
            }
            if self.documents.contains_key(&path) || self.layers.contains_key(&path) {
                return Err(Gap::new(Why::Malformed, format!("the archive: it has two of {}", shown(&path))));
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
                    let layer = layer(io::Cursor::new(head).chain(rest), key, limits);
                    let layer =
                        layer.map_err(|error| Gap::new(Why::Malformed, format!("{}: {error}", shown(&path))));
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

    fn document_at(&mut self, path: &str) -> Result<Vec<u8>, Gap> {
        let path = self.member(path).to_owned();
        if !self.documents.contains_key(&path)
            && let Some(dir) = &self.dir
        {
            let file = dir.join(&path);
            let opened = open_regular(&file).map_err(|error| unreadable(&file, &error))?;
            let bytes = self.document(opened).map_err(|error| unreadable(&file, &error))?;
            self.documents.insert(path.clone(), bytes);
        }
        self.documents.get(&path).cloned().ok_or_else(|| missing(&path))
    }

    /// What has this digest; that it has is checked.
    fn document_of(&mut self, digest: &str) -> Result<Vec<u8>, Gap> {
        let path = Self::path_of(digest)?;
        let bytes = self.document_at(&path)?;
        let real = self::digest(Sha256::new().chain_update(&bytes));
        if real == digest { Ok(bytes) } else { Err(mismatch(&path, &real)) }
    }

    fn layer_at(&mut self, path: &str, key: &Key) -> Result<ReadLayer, Gap> {
        let path = self.member(path).to_owned();
        if !self.layers.contains_key(&path)
            && let (Some(dir), Some(limits)) = (&self.dir, &self.limits)
        {
            let file = dir.join(&path);
            let read = open_regular(&file).map_err(|error| unreadable(&file, &error)).and_then(|file| {
                layer(BufReader::with_capacity(128 * 1024, file), key, limits)
                    .map_err(|error| Gap::new(Why::Malformed, format!("{path}: {error}")))
            });
            self.layers.insert(path.clone(), read);
        }
        let read = self.layers.get(&path).cloned().unwrap_or_else(|| Err(missing(&path)))?;
        match path.strip_prefix("blobs/sha256/") {
            Some(hex) if read.stored.strip_prefix("sha256:") != Some(hex) => {
                Err(mismatch(&path, &read.stored))
            }
            _ => Ok(read),
        }
    }

    /// The layers of an image; their contents must be those that its configuration names.
    fn layers_of(&mut self, paths: &[String], config: &[u8], key: &Key) -> Result<Vec<Arc<Layer>>, Gap> {
        let expected = read::content_digests(config)?;
        if expected.len() != paths.len() {
            return Err(Gap::new(
                Why::Malformed,
                format!("the configuration names {} layers, the manifest {}", expected.len(), paths.len()),
            ));
        }
        paths
            .iter()
            .zip(expected)
            .map(|(path, expected)| {
                let read = self.layer_at(path, key)?;
                if read.content == expected { Ok(read.layer) } else { Err(mismatch(path, &read.content)) }
            })
            .collect()
    }

    fn images(&mut self, key: &Key) -> Result<Vec<(String, Image)>, Gap> {
        if let Some(bytes) = self.documents.get("manifest.json").cloned() {
            let saved = read::saved(&bytes)?;
            return Ok(saved
                .into_iter()
                .take(MOST_IMAGES)
                .map(|saved| self.saved_image(saved, key))
                .collect());
        }
        let Some(bytes) = self.documents.get("index.json").cloned() else {
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
            if let Some(one) = read::choose(&list, &platform()) {
                out.push(self.layout_image(name, one.digest.clone(), key)?);
            }
        }
        Ok(out)
    }

    fn saved_image(&mut self, saved: Saved, key: &Key) -> (String, Image) {
        let config = self.document_at(&saved.config);
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
            Ok(config) => self.layers_of(&saved.layers, config, key),
            Err(gap) => Err(gap.clone()),
        };
        let row = saved.names.first().cloned().or(real).unwrap_or(saved.config);
        (row, read::image(key, saved.names, config.as_deref().unwrap_or_default(), config_digest, layers))
    }

    fn layout_image(
        &mut self,
        name: Option<String>,
        mut digest: String,
        key: &Key,
    ) -> Result<(String, Image), Gap> {
        for _ in 0..DEEPEST_INDEX {
            match read::document(&self.document_of(&digest)?)? {
                Document::Index(list) => {
                    let chosen = read::choose(&list, &platform());
                    digest = chosen
                        .ok_or_else(|| {
                            Gap::new(Why::Malformed, format!("{digest}: an index without images"))
                        })?
                        .digest
                        .clone();
                }
                Document::Manifest { config, layers } => {
                    let bytes = self.document_of(&config);
                    let paths =
                        layers.iter().map(|layer| Self::path_of(layer)).collect::<Result<Vec<_>, _>>();
                    let layers = match (&bytes, paths) {
                        (Ok(bytes), Ok(paths)) => self.layers_of(&paths, bytes, key),
                        (Err(gap), _) => Err(gap.clone()),
                        (_, Err(gap)) => Err(gap),
                    };
                    let config_digest = match &bytes {
                        Ok(_) => Known::is(config.clone()),
                        Err(gap) => gap.clone().into(),
                    };
                    let row = name.clone().unwrap_or_else(|| config.clone());
                    let names = name.into_iter().collect();
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

/// What a member of an archive is, by its first bytes.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Document,
    Gzip,
    Zstd,
    Tar,
}

fn sniff(head: &[u8]) -> Option<Form> {
    match head {
        [0x1f, 0x8b, ..] => Some(Form::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Form::Zstd),
        // An empty layer is two blocks of zeros.
        _ if head.len() == 512 && (tar::is_header(head) || head.iter().all(|&b| b == 0)) => Some(Form::Tar),
        _ if matches!(head.trim_ascii_start().first(), Some(b'{' | b'[')) => Some(Form::Document),
        _ => None,
    }
}

/// The first block of a source, as far as there is one, and the source behind it.
fn peek<R: Read>(mut source: R) -> io::Result<(Vec<u8>, R)> {
    let mut head = Vec::with_capacity(512);
    Read::by_ref(&mut source).take(512).read_to_end(&mut head)?;
    Ok((head, source))
}

/// What is in a source, decompressed where it is compressed.
fn unpack<'r>(source: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let (head, rest) = peek(source)?;
    let form = sniff(&head);
    let source = io::Cursor::new(head).chain(rest);
    Ok(match form {
        Some(Form::Gzip) => Box::new(flate2::read::MultiGzDecoder::new(source)),
        Some(Form::Zstd) => {
            let mut decoder = zstd::stream::read::Decoder::new(source)?;
            // The window that a stream may ask for: 128 MiB, the most that images are written with.
            decoder.window_log_max(27)?;
            Box::new(decoder)
        }
        Some(Form::Tar) => Box::new(source),
        Some(Form::Document) | None => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is neither a tar nor one that gzip or zstd has packed",
            ));
        }
    })
}

/// Reads a layer to its end.
fn layer(source: impl Read, key: &Key, limits: &Rc<Limits>) -> io::Result<ReadLayer> {
    let (head, rest) = peek(source)?;
    let plain = sniff(&head) == Some(Form::Tar);
    let source = io::Cursor::new(head).chain(rest);
    if plain {
        // What is stored is the content itself: it is hashed once.
        let (layer, content) = entries(source, key, limits)?;
        return Ok(ReadLayer { layer, stored: content.clone(), content });
    }
    let mut stored = Hashed::new(source);
    let (layer, content) = entries(unpack(&mut stored)?, key, limits)?;
    io::copy(&mut stored, &mut io::sink())?;
    Ok(ReadLayer { layer, stored: stored.digest(), content })
}

/// The entries of a tar, and the digest of all of it.
fn entries(source: impl Read, key: &Key, limits: &Rc<Limits>) -> io::Result<(Arc<Layer>, String)> {
    let limited = Limited { source, limits: Rc::clone(limits) };
    let mut tar = Tar::new(BufReader::with_capacity(64 * 1024, Hashed::new(limited)));
    let mut builder = LayerBuilder::new(key);
    let mut bytes = Vec::new();
    while let Some(entry) = tar.next_entry()? {
        Limits::take(&limits.files, 1, "it has more than 2,000,000 files")?;
        Limits::take(
            &limits.paths,
            (entry.path.len() + entry.link.len()) as u64,
            "its paths take more than 512 MiB",
        )?;
        let (path, wanted) = builder.entry(&entry);
        match wanted {
            Want::Nothing => continue,
            Want::Large => {
                builder.large(&path, Read::by_ref(&mut tar).take(entry.size))?;
                continue;
            }
            _ => {}
        }
        bytes.clear();
        if bytes.capacity() > LARGE {
            bytes = Vec::new();
        }
        if wanted == Want::Program(false) {
            Read::by_ref(&mut tar).take(4).read_to_end(&mut bytes)?;
            if !tyrian_read::packages::is_program(&bytes) {
                continue;
            }
        }
        let left = entry.size - bytes.len() as u64;
        bytes.reserve_exact(usize::try_from(left).unwrap_or_default().min(LARGE));
        Read::by_ref(&mut tar).take(left).read_to_end(&mut bytes)?;
        builder.content(&path, wanted, &bytes);
    }
    // What follows the end of the tar belongs to the digest.
    let mut rest = tar.into_source();
    io::copy(&mut rest, &mut io::sink())?;
    Ok((Arc::new(builder.finish()), rest.into_inner().digest()))
}

#[cfg(test)]
mod tests;
