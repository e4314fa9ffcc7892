//! One layer: decompressed, hashed and read in one pass, within what its source may take.

use super::LARGE;
use sha2::{Digest, Sha256};
use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tyrian_read::image::{Layer, LayerBuilder, Want};
use tyrian_read::secrets::Key;
use tyrian_read::tar::{self, Tar};

/// The most that the paths of one source may take together, in bytes.
const MOST_PATHS: u64 = 512 * 1024 * 1024;
/// From which size on files are held in memory one at a time, however many layers are read at once.
const ONE_AT_A_TIME: u64 = 4 << 20;

/// What is left of what a source may take.
pub(super) struct Limits {
    bytes: AtomicU64,
    files: AtomicU64,
    paths: AtomicU64,
}

impl Limits {
    pub(super) fn new(bytes: u64, files: u64) -> Self {
        Limits { bytes: bytes.into(), files: files.into(), paths: MOST_PATHS.into() }
    }
    fn take(of: &AtomicU64, count: u64, what: &str) -> io::Result<()> {
        let left = of.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(count));
        if left.is_err() {
            // Nothing is left for others either.
            of.store(0, Ordering::Relaxed);
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(())
    }
    /// One more file.
    pub(super) fn file(&self) -> io::Result<()> {
        Limits::take(&self.files, 1, "it has more than 2,000,000 files")
    }
}

/// Counts what it passes on against the limits.
pub(super) struct Limited<'l, R> {
    pub(super) source: R,
    pub(super) limits: &'l Limits,
}

impl<R: Read> Read for Limited<'_, R> {
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

pub(super) fn digest(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::from("sha256:"), |mut out, byte| {
        out.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        out.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        out
    })
}

/// A layer as it was read.
#[derive(Clone)]
pub(super) struct ReadLayer {
    pub(super) layer: Arc<Layer>,
    pub(super) sums: Sums,
}

/// The digests of a layer.
#[derive(Clone, PartialEq)]
pub(super) struct Sums {
    /// Of what is stored.
    pub(super) stored: String,
    /// Of the tar in it.
    pub(super) content: String,
}

/// What a member of an archive is, by its first bytes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    Document,
    Gzip,
    Zstd,
    Tar,
}

pub(super) fn sniff(head: &[u8]) -> Option<Form> {
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
pub(super) fn peek<R: Read>(mut source: R) -> io::Result<(Vec<u8>, R)> {
    let mut head = Vec::with_capacity(512);
    Read::by_ref(&mut source).take(512).read_to_end(&mut head)?;
    Ok((head, source))
}

/// What is in a source, decompressed where it is compressed.
pub(super) fn unpack<'r>(source: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
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

/// Reads a layer to its end. The layer comes for itself, so that it can be kept before it is shared.
pub(super) fn layer(source: impl Read, key: &Key, limits: &Limits) -> io::Result<(Layer, Sums)> {
    through(source, limits, |tar| entries(tar, key, limits))
}

/// The digests of a layer that was read before.
pub(super) fn sums(source: impl Read, limits: &Limits) -> io::Result<Sums> {
    through(source, limits, |tar| io::copy(tar, &mut io::sink())).map(|(_, sums)| sums)
}

/// Lets the tar in a layer be read, and what is left of it; says the digests of all of it.
fn through<T>(
    source: impl Read,
    limits: &Limits,
    read: impl FnOnce(&mut dyn Read) -> io::Result<T>,
) -> io::Result<(T, Sums)> {
    let (head, rest) = peek(source)?;
    let plain = sniff(&head) == Some(Form::Tar);
    let source = io::Cursor::new(head).chain(rest);
    let all = |source: &mut dyn Read| {
        let mut content = Hashed::new(Limited { source, limits });
        let told = read(&mut content)?;
        // What follows the end of the tar belongs to the digest.
        io::copy(&mut content, &mut io::sink())?;
        Ok::<_, io::Error>((told, content.digest()))
    };
    if plain {
        // What is stored is the content itself: it is hashed once.
        let mut source = source;
        let (told, content) = all(&mut source)?;
        return Ok((told, Sums { stored: content.clone(), content }));
    }
    let mut stored = Hashed::new(source);
    let (told, content) = all(&mut unpack(&mut stored)?)?;
    io::copy(&mut stored, &mut io::sink())?;
    Ok((told, Sums { stored: stored.digest(), content }))
}

/// The entries of a tar.
fn entries(source: impl Read, key: &Key, limits: &Limits) -> io::Result<Layer> {
    static LARGE_ONE: Mutex<()> = Mutex::new(());
    let mut tar = Tar::new(BufReader::with_capacity(64 * 1024, source));
    let mut builder = LayerBuilder::new(key);
    let mut bytes = Vec::new();
    while let Some(entry) = tar.next_entry()? {
        limits.file()?;
        let length = (entry.path.len() + entry.link.len()) as u64;
        Limits::take(&limits.paths, length, "its paths take more than 512 MiB")?;
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
        if wanted == Want::Program(false) {
            Read::by_ref(&mut tar).take(4).read_to_end(&mut bytes)?;
            if !tyrian_read::packages::is_program(&bytes) {
                continue;
            }
        }
        let large = entry.size > ONE_AT_A_TIME;
        // It holds nothing that a panic could leave half done.
        let alone = large.then(|| LARGE_ONE.lock().unwrap_or_else(PoisonError::into_inner));
        let left = entry.size - bytes.len() as u64;
        bytes.reserve_exact(usize::try_from(left).unwrap_or_default().min(LARGE));
        Read::by_ref(&mut tar).take(left).read_to_end(&mut bytes)?;
        builder.content(&path, wanted, &bytes);
        if large {
            bytes = Vec::new();
        }
        drop(alone);
    }
    Ok(builder.finish())
}
