//! Opens images that lie in files: archives as `docker save` writes them, OCI layouts and archives of these.
//!
//! Everything streams: nothing is unpacked to disk, each byte is read once, and what is kept in memory is bounded
//! however an archive lies about itself.

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
        if wanted != Want::Nothing {
            bytes.clear();
            Read::by_ref(&mut tar).take(entry.size).read_to_end(&mut bytes)?;
            builder.content(&path, wanted, &bytes);
        }
    }
    // What follows the end of the tar belongs to the digest.
    let mut rest = tar.into_source();
    io::copy(&mut rest, &mut io::sink())?;
    Ok((Arc::new(builder.finish()), rest.into_inner().digest()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const KEY: Key = Key([7; 32]);

    /// A tar of files: path, mode, content. A path that ends with a slash is a directory; `a -> b` a symbolic
    /// link, `a => b` a hard one.
    fn tar_of(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
        let mut builder = ::tar::Builder::new(Vec::new());
        for (path, mode, content) in files {
            let mut header = ::tar::Header::new_gnu();
            header.set_mode(*mode);
            header.set_uid(7);
            header.set_gid(8);
            header.set_size(0);
            if let Some((path, target)) = path.split_once(" -> ") {
                header.set_entry_type(::tar::EntryType::Symlink);
                builder.append_link(&mut header, path, target).unwrap();
            } else if let Some((path, target)) = path.split_once(" => ") {
                header.set_entry_type(::tar::EntryType::Link);
                builder.append_link(&mut header, path, target).unwrap();
            } else {
                let kind =
                    if path.ends_with('/') { ::tar::EntryType::Directory } else { ::tar::EntryType::Regular };
                header.set_entry_type(kind);
                header.set_size(content.len() as u64);
                builder.append_data(&mut header, path, *content).unwrap();
            }
        }
        builder.into_inner().unwrap()
    }
    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    }
    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::stream::encode_all(bytes, 1).unwrap()
    }
    fn sum(bytes: &[u8]) -> String {
        digest(Sha256::new().chain_update(bytes))
    }
    fn blob(bytes: &[u8]) -> String {
        format!("blobs/sha256/{}", &sum(bytes)[7..])
    }
    fn config_of(layers: &[Vec<u8>], config: Value) -> Vec<u8> {
        let sums: Vec<String> = layers.iter().map(|layer| sum(layer)).collect();
        let config = json!({"created": "2024-05-01T10:00:00.5+02:00", "config": config, "rootfs": {"type": "layers", "diff_ids": sums},
            "history": [{"created_by": "RUN echo root:sesame9 | chpasswd"}]});
        serde_json::to_vec(&config).unwrap()
    }
    /// An archive as `docker save` writes it, with the manifest at its end.
    fn saved(layers: &[Vec<u8>], config: Value) -> Vec<u8> {
        let config = config_of(layers, config);
        let config_path = format!("{}.json", &sum(&config)[7..]);
        let paths: Vec<String> = (0..layers.len()).map(|at| format!("{at}/layer.tar")).collect();
        let manifest = serde_json::to_vec(
            &json!([{"Config": config_path, "RepoTags": ["shop/web:1.0"], "Layers": paths}]),
        )
        .unwrap();
        let mut files: Vec<(&str, u32, &[u8])> =
            layers.iter().zip(&paths).map(|(layer, path)| (path.as_str(), 0o644, layer.as_slice())).collect();
        files.push((&config_path, 0o644, &config));
        files.push(("manifest.json", 0o644, &manifest));
        tar_of(&files)
    }
    fn one(archive: &[u8]) -> Value {
        let mut images = stream(archive, &KEY).unwrap();
        assert_eq!(images.len(), 1);
        serde_json::to_value(images.remove(0).1).unwrap()
    }
    fn gap(value: &Value) -> &str {
        value["gap"]["what"].as_str().unwrap_or_else(|| panic!("no gap: {value}"))
    }
    fn paths(image: &Value) -> Vec<&str> {
        image["files"]["is"]
            .as_object()
            .unwrap_or_else(|| panic!("{}", image["files"]))
            .keys()
            .map(String::as_str)
            .collect()
    }

    const OS: &[u8] = b"NAME=Debian\nID=debian\nVERSION_ID=\"12\"\n";
    const DPKG: &[u8] = b"Package: libc6\nStatus: install ok installed\nSource: glibc\nVersion: 2.36-9\nArchitecture: amd64\n";

    fn layers() -> Vec<Vec<u8>> {
        vec![
            tar_of(&[
                ("etc/", 0o755, b""),
                ("etc/os-release -> ../usr/lib/os-release", 0o777, b""),
                ("usr/lib/os-release", 0o644, OS),
                ("var/lib/dpkg/status", 0o644, DPKG),
                ("srv/.env", 0o600, b"DB_PASSWORD=correcthorse9\n"),
                ("srv/kept", 0o4755, b"abc"),
                ("old/a/b", 0o644, b"x"),
                ("opq/lower", 0o644, b"x"),
                ("was-dir/x", 0o644, b"x"),
                ("was-dir/", 0o755, b""),
            ]),
            tar_of(&[
                ("srv/.wh..env", 0o600, b""),
                (".wh.old", 0o600, b""),
                ("opq/new", 0o644, b"yy"),
                ("opq/.wh..wh..opq", 0o600, b""),
                ("was-dir", 0o640, b"now a file"),
                ("srv/link => srv/kept", 0o644, b""),
                ("srv/again => was-dir", 0o644, b""),
            ]),
        ]
    }

    #[test]
    fn a_saved_image_is_read_whole() {
        let layers = layers();
        let config = json!({"User": "1000", "Env": ["PATH=/bin", "DB_PASSWORD=hunter2"], "Labels": {"team": "shop"},
            "ExposedPorts": {"22/tcp": {}}, "Healthcheck": {"Test": ["CMD", "true"]}});
        let image = one(&saved(&layers, config));
        assert_eq!(
            paths(&image),
            [
                "/etc",
                "/etc/os-release",
                "/opq/new",
                "/srv/again",
                "/srv/kept",
                "/srv/link",
                "/usr/lib/os-release",
                "/var/lib/dpkg/status",
                "/was-dir"
            ]
        );
        let files = &image["files"]["is"];
        assert_eq!(
            files["/srv/kept"],
            json!({"kind": "regular", "mode": 0o4755, "uid": 7, "gid": 8, "size": 3, "layer": 0})
        );
        // A hard link to a file below is that file, in the layer of the link.
        assert_eq!(
            files["/srv/link"],
            json!({"kind": "regular", "mode": 0o4755, "uid": 7, "gid": 8, "size": 3, "layer": 1})
        );
        assert_eq!(files["/srv/again"]["size"], 10);
        assert_eq!(files["/etc/os-release"]["kind"], "symlink");
        assert_eq!(image["distribution"]["is"], json!({"id": "debian", "version": "12"}));
        assert_eq!(
            image["packages"]["is"]["libc6"],
            json!({"version": "2.36-9", "architecture": "amd64", "source": "glibc"})
        );
        let secrets = image["secrets"]["is"].as_array().unwrap();
        assert_eq!(secrets.len(), 1);
        assert_eq!(
            (&secrets[0]["path"], &secrets[0]["layer"], &secrets[0]["deleted"]),
            (&json!("/srv/.env"), &json!(0), &json!(true))
        );
        assert_eq!(secrets[0]["sighting"]["at"], json!({"line": 1, "column": 13}));
        assert_eq!(image["user"]["is"], "1000");
        assert_eq!(image["env"]["is"]["DB_PASSWORD"]["text"], "[password]");
        assert_eq!(image["history"]["is"][0]["text"], "RUN echo root:[password] | chpasswd");
        assert_eq!(image["created"]["is"], 1_714_550_400);
        assert_eq!(image["health_check"]["is"], true);
        assert_eq!(image["exposed_ports"]["is"], json!(["22/tcp"]));
        assert_eq!(image["size"]["is"], (OS.len() + DPKG.len() + 26 + 3 + 3 + 2 + 10) as u64);
        assert!(
            !image.to_string().contains("hunter2")
                && !image.to_string().contains("correcthorse9")
                && !image.to_string().contains("sesame9")
        );
    }

    /// An OCI layout: path and content of its files. `pack` compresses a layer.
    fn layout(layers: &[Vec<u8>], pack: fn(&[u8]) -> Vec<u8>) -> Vec<(String, Vec<u8>)> {
        let config = config_of(layers, json!({"User": "web"}));
        let packed: Vec<Vec<u8>> = layers.iter().map(|layer| pack(layer)).collect();
        let pointers: Vec<Value> = packed.iter().map(|layer| json!({"digest": sum(layer)})).collect();
        let manifest =
            serde_json::to_vec(&json!({"config": {"digest": sum(&config)}, "layers": pointers})).unwrap();
        let statement = serde_json::to_vec(&json!({"config": {"digest": sum(b"{}")}, "layers": []})).unwrap();
        let index = serde_json::to_vec(&json!({"manifests": [
            {"digest": sum(&statement), "annotations": {"vnd.docker.reference.type": "attestation-manifest"}, "platform": {"os": "unknown", "architecture": "unknown"}},
            {"digest": sum(b"another platform's"), "platform": {"os": "linux", "architecture": "s390x"}},
            {"digest": sum(&manifest), "platform": {"os": "linux", "architecture": platform().split('/').nth(1)}},
        ]})).unwrap();
        let top = json!({"manifests": [{"digest": sum(&index), "annotations": {"org.opencontainers.image.ref.name": "web"}}]});
        let mut files = vec![("index.json".to_owned(), serde_json::to_vec(&top).unwrap())];
        files.extend(
            [config, manifest, statement, index].into_iter().chain(packed).map(|bytes| (blob(&bytes), bytes)),
        );
        files
    }

    #[test]
    fn layouts_and_archives_of_them_tell_the_same_however_they_are_packed() {
        let layers = layers();
        let expected = one(&saved(&layers, json!({"User": "web"})));
        for (number, pack) in [<[u8]>::to_vec as fn(&[u8]) -> Vec<u8>, gzip, zstd].into_iter().enumerate() {
            let files = layout(&layers, pack);
            let borrowed: Vec<(&str, u32, &[u8])> =
                files.iter().map(|(path, bytes)| (path.as_str(), 0o644, bytes.as_slice())).collect();
            let dir = std::env::temp_dir().join(format!("tyrian-layout-{}-{number}", std::process::id()));
            fs::create_dir_all(dir.join("blobs/sha256")).unwrap();
            files.iter().for_each(|(path, bytes)| fs::write(dir.join(path), bytes).unwrap());
            let from_dir = oci(&dir, &KEY);
            fs::remove_dir_all(&dir).unwrap();
            let from_tar = stream(&gzip(&tar_of(&borrowed))[..], &KEY).unwrap();
            assert_eq!(from_dir.unwrap(), from_tar);
            assert_eq!(from_tar[0].0, "web");
            let image = serde_json::to_value(&from_tar[0].1).unwrap();
            for part in ["files", "packages", "distribution", "secrets", "size", "config_digest"] {
                assert_eq!(image[part], expected[part], "{part}");
            }
        }
    }

    #[test]
    fn new_saved_archives_that_are_layouts_too_go_by_their_own_manifest() {
        let layers = layers();
        let mut files = layout(&layers, <[u8]>::to_vec);
        let config = blob(&config_of(&layers, json!({"User": "web"})));
        let paths: Vec<String> = layers.iter().map(|layer| blob(layer)).collect();
        let manifest =
            json!([{"Config": config, "RepoTags": ["shop/web:1.0", "shop/web:latest"], "Layers": paths}]);
        files.push(("manifest.json".into(), serde_json::to_vec(&manifest).unwrap()));
        let borrowed: Vec<(&str, u32, &[u8])> =
            files.iter().map(|(path, bytes)| (path.as_str(), 0o644, bytes.as_slice())).collect();
        let images = stream(&tar_of(&borrowed)[..], &KEY).unwrap();
        assert_eq!((images.len(), images[0].0.as_str(), images[0].1.names.len()), (1, "shop/web:1.0", 2));
        let image = serde_json::to_value(&images[0].1).unwrap();
        assert_eq!(image["files"], one(&saved(&layers, json!({"User": "web"})))["files"]);
        // A configuration that is not the one its path promises.
        let forged = files.iter_mut().find(|(path, _)| *path == config).unwrap();
        forged.1.push(b' ');
        let borrowed: Vec<(&str, u32, &[u8])> =
            files.iter().map(|(path, bytes)| (path.as_str(), 0o644, bytes.as_slice())).collect();
        let image = serde_json::to_value(&stream(&tar_of(&borrowed)[..], &KEY).unwrap()[0].1).unwrap();
        assert!(gap(&image["config_digest"]).contains("its digest is"));
    }

    #[test]
    fn equal_layers_of_old_archives_may_be_links() {
        let layer = tar_of(&[("a", 0o644, b"x")]);
        let config = config_of(&[layer.clone(), layer.clone()], json!({}));
        let manifest = serde_json::to_vec(
            &json!([{"Config": "config.json", "RepoTags": null, "Layers": ["1/layer.tar", "2/layer.tar"]}]),
        )
        .unwrap();
        let archive = tar_of(&[
            ("2/layer.tar -> ../1/layer.tar", 0o777, b""),
            ("1/layer.tar", 0o644, &layer),
            ("config.json", 0o644, &config),
            ("manifest.json", 0o644, &manifest),
        ]);
        let images = stream(&archive[..], &KEY).unwrap();
        assert_eq!(images[0].0, sum(&config));
        assert_eq!(serde_json::to_value(&images[0].1).unwrap()["files"]["is"]["/a"]["layer"], 1);
    }

    #[test]
    fn what_is_not_what_it_is_known_by_is_a_gap() {
        let honest = layers();
        // A layer that was changed after the configuration was written.
        let mut archive = saved(&honest, json!({}));
        let at = archive.windows(26).position(|part| part == b"DB_PASSWORD=correcthorse9\n").unwrap();
        archive[at + 12] = b'X';
        let image = one(&archive);
        for part in ["files", "packages", "distribution", "secrets", "size"] {
            assert!(gap(&image[part]).contains("its digest is"), "{part}");
        }
        assert_eq!(image["user"]["is"], "");
        // A layer that is not there, one that is cut off, one that is nothing of the kind.
        for layer in [
            b"".to_vec(),
            honest[0][..700].to_vec(),
            gzip(&honest[0])[..200].to_vec(),
            b"{}".to_vec(),
            b"text".to_vec(),
        ] {
            let image = one(&saved(&[layer], json!({})));
            assert!(!gap(&image["files"]).is_empty());
        }
        // Wrong types in the configuration.
        let image = one(&saved(
            &honest,
            json!({"User": 7, "Env": {}, "Labels": [], "Healthcheck": "x", "ExposedPorts": 1}),
        ));
        for part in ["user", "env", "labels", "health_check", "exposed_ports"] {
            assert!(!gap(&image[part]).is_empty(), "{part}");
        }
        assert!(image["files"]["is"].is_object());
    }

    #[test]
    fn hostile_layers_are_gaps_and_hostile_archives_errors() {
        let raw = |path: &str, link: &str, kind: ::tar::EntryType| {
            let mut header = ::tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_size(0);
            header.set_entry_type(kind);
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
            header.set_cksum();
            let mut bytes = header.as_bytes().to_vec();
            bytes.extend([0; 1024]);
            bytes
        };
        for (layer, why) in [
            (raw("../../etc/passwd", "", ::tar::EntryType::Regular), "leads out"),
            (raw("a", "../../etc/shadow", ::tar::EntryType::Link), "leads out"),
            (raw("a", "not/there", ::tar::EntryType::Link), "link to what is not there"),
        ] {
            let image = one(&saved(&[layer], json!({})));
            assert!(gap(&image["files"]).contains(why), "{}", image["files"]);
        }
        // Absolute paths are taken as what they become, a file that replaces itself counts once.
        let layer =
            [&raw("/a", "", ::tar::EntryType::Regular)[..512], &raw("./a", "", ::tar::EntryType::Directory)]
                .concat();
        let image = one(&saved(&[layer], json!({})));
        assert_eq!((paths(&image), &image["files"]["is"]["/a"]["kind"]), (vec!["/a"], &json!("directory")));
        for archive in [
            b"".to_vec(),
            b"nothing".to_vec(),
            gzip(b"nothing"),
            tar_of(&[("a", 0o644, b"x")]),
            tar_of(&[("manifest.json", 0o644, b"[]"), ("manifest.json", 0o644, b"[]")]),
            tar_of(&[("manifest.json", 0o644, b"{}")]),
            raw("../manifest.json", "", ::tar::EntryType::Regular),
            "[".repeat(100_000).into_bytes(),
            tar_of(&[("manifest.json", 0o644, "[".repeat(100_000).as_bytes())]),
        ] {
            assert!(stream(&archive[..], &KEY).is_err());
        }
    }

    #[test]
    fn a_layer_that_unpacks_to_too_much_is_stopped() {
        let bomb = gzip(&tar_of(&[("zeros", 0o644, &vec![0; 3_000_000])]));
        let limits = Limits::new(1_000_000, 10);
        let error = layer(&bomb[..], &KEY, &limits).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("it unpacks to more than 20 GiB"));
        let many = tar_of(&[("a", 0o644, b"x"), ("b", 0o644, b"x"), ("c", 0o644, b"x")]);
        let error = layer(&many[..], &KEY, &Limits::new(1_000_000, 2)).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("it has more than 2,000,000 files"));
        // What one layer took is not there for the next.
        let limits = Limits::new(1_000_000, 4);
        assert!(layer(&many[..], &KEY, &limits).is_ok());
        assert!(layer(&many[..], &KEY, &limits).is_err());
    }

    /// A debootstrap directory or a tar of one: packages, modes and sizes are those that dpkg and the file system tell.
    #[test]
    fn a_real_debian_is_read_as_it_is() {
        let Some(root) = tyrian_lab::rootfs("a_real_debian_is_read_as_it_is") else { return };
        // A tar is unpacked first, so that dpkg and find have something to look at.
        let unpacked = std::env::temp_dir().join(format!("tyrian-rootfs-{}", std::process::id()));
        let is_tar = Path::new(&root).is_file();
        let root = if is_tar {
            fs::create_dir_all(&unpacked).unwrap();
            std::process::Command::new("tar")
                .arg("-C")
                .arg(&unpacked)
                .args(["--numeric-owner", "-xpf"])
                .arg(&root)
                .status()
                .unwrap();
            unpacked.clone()
        } else {
            root
        };
        let root = root.to_str().unwrap();
        let packed = std::process::Command::new("tar")
            .args(["-C", root, "--numeric-owner", "-cf", "-", "."])
            .output()
            .unwrap();
        let image = one(&saved(&[packed.stdout], json!({})));
        assert_eq!(image["distribution"]["is"]["id"], "debian");
        let admin = format!("--admindir={root}/var/lib/dpkg");
        let listed = std::process::Command::new("dpkg-query")
            .args([&admin, "-W", "-f", "${Package} ${Version} ${Architecture}\n"])
            .output()
            .unwrap();
        let expected: Vec<String> =
            String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
        let packages = image["packages"]["is"].as_object().unwrap();
        let mut read: Vec<String> = packages
            .iter()
            .map(|(name, package)| {
                format!(
                    "{name} {} {}",
                    package["version"].as_str().unwrap(),
                    package["architecture"].as_str().unwrap()
                )
            })
            .collect();
        read.sort();
        assert!(expected.len() > 50);
        assert_eq!(read, expected);
        let files = image["files"]["is"].as_object().unwrap();
        let listed = std::process::Command::new("find")
            .args([root, "-type", "f", "-printf", "/%P %m %U %G %s\n"])
            .output()
            .unwrap();
        let mut count = 0;
        for line in String::from_utf8_lossy(&listed.stdout).lines() {
            let mut parts = line.rsplitn(5, ' ').collect::<Vec<_>>();
            parts.reverse();
            let file = &files[parts[0]];
            let told = format!(
                "{:o} {} {} {}",
                file["mode"].as_u64().unwrap(),
                file["uid"],
                file["gid"],
                file["size"]
            );
            assert_eq!(told, parts[1..].join(" "), "{}", parts[0]);
            count += 1;
        }
        assert!(count > 1000);
        if is_tar {
            fs::remove_dir_all(&unpacked).unwrap();
        }
    }
}
