//! What was read of layers, kept for the next time: by the digest of their content and by the analyser.
//!
//! Any number of processes share it: files are written beside their place and moved there, and whoever reads one that
//! is taken away meanwhile keeps it. What is damaged is read anew. Nothing of it is ever needed.

use rustix::fs::{Mode, OFlags};
use rustix::process::geteuid;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
use tyrian_read::image::Layer;
use tyrian_read::secrets::Key;

/// The most that the cache takes, in bytes, and how far it is emptied when it takes more.
const MOST_BYTES: u64 = 512 << 20;
const FEWER_BYTES: u64 = 384 << 20;
/// The most files of it.
const MOST_FILES: usize = 20_000;
/// The largest file that is kept, in bytes.
const LARGEST: u64 = 128 << 20;
/// The analyser that this is.
const ANALYSER: &str = env!("TYRIAN_ANALYSER");
/// What each file of a layer begins with.
const MAGIC: &[u8; 8] = b"tyrianL\x01";

/// A folder of what was read of layers.
pub struct Cache {
    folder: PathBuf,
    /// The key of the hashes of secrets in it. Who has the key could try out short secrets; it lies in the user's own
    /// folder, and no snapshot has a hash that was made with it alone.
    key: Key,
    most: u64,
    /// Bytes that were written since it was opened.
    written: AtomicU64,
}

impl Cache {
    /// Opens the cache in a folder, which is made where it is not there.
    ///
    /// # Errors
    /// The folder cannot be used, or others may write to it: what they write would be believed.
    pub fn open(folder: &Path) -> io::Result<Cache> {
        Cache::bounded(folder, MOST_BYTES)
    }

    fn bounded(folder: &Path, most: u64) -> io::Result<Cache> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let meta = fs::metadata(folder)?;
        if meta.uid() != geteuid().as_raw() || meta.mode() & 0o022 != 0 {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others may write to it"));
        }
        let key = key(folder)?;
        for part in ["layers", "known"] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder.join(part))?;
        }
        Ok(Cache { folder: folder.to_owned(), key, most, written: AtomicU64::new(0) })
    }

    /// The key for what is to be kept here.
    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// What was read of the layer of that content; nothing where it is not here, or damaged.
    pub(super) fn layer(&self, content: &str) -> Option<Layer> {
        let file = self.layer_file(content)?;
        let bytes = self.whole(&file)?;
        let layer = Layer::from_bytes(&bytes);
        if layer.is_none() {
            let _ = fs::remove_file(&file);
        }
        layer
    }

    /// Is there something of that layer?
    pub(super) fn has_layer(&self, content: &str) -> bool {
        self.layer_file(content).is_some_and(|file| file.exists())
    }

    /// Keeps what was read of a layer. That it cannot be kept does not matter.
    pub(super) fn keep_layer(&self, content: &str, layer: &Layer) {
        if let (Some(file), Some(bytes)) = (self.layer_file(content), layer.to_bytes(&self.key)) {
            self.write(&file, &bytes);
        }
    }

    /// Was that said before?
    pub(super) fn knows(&self, what: &str) -> bool {
        let file = self.known_file(what);
        let known = self.whole(&file).is_some_and(|bytes| bytes == what.as_bytes());
        if known {
            used(&file);
        }
        known
    }

    /// Keeps that something is so.
    pub(super) fn know(&self, what: &str) {
        self.write(&self.known_file(what), what.as_bytes());
    }

    fn layer_file(&self, content: &str) -> Option<PathBuf> {
        let hex = content.strip_prefix("sha256:")?;
        let is_hex = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| self.folder.join("layers").join(format!("{hex}-{ANALYSER}")))
    }

    fn known_file(&self, what: &str) -> PathBuf {
        let sum = super::digest(Sha256::new().chain_update(what));
        self.folder.join("known").join(sum.trim_start_matches("sha256:"))
    }

    /// The bytes of a file, if they are those that were written.
    fn whole(&self, file: &Path) -> Option<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = File::from(rustix::fs::open(file, flags, Mode::empty()).ok()?);
        let meta = opened.metadata().ok()?;
        if !meta.is_file() || meta.len() > LARGEST {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).ok()?);
        opened.take(LARGEST).read_to_end(&mut bytes).ok()?;
        let is_whole = bytes.len() >= MAGIC.len() + 32 && bytes.starts_with(MAGIC) && {
            let (rest, sum) = bytes.split_at(bytes.len() - 32);
            Sha256::digest(rest)[..] == *sum
        };
        if !is_whole {
            let _ = fs::remove_file(file);
            return None;
        }
        used(file);
        bytes.truncate(bytes.len() - 32);
        bytes.drain(..MAGIC.len());
        Some(bytes)
    }

    fn write(&self, file: &Path, bytes: &[u8]) {
        if bytes.len() as u64 > LARGEST {
            return;
        }
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let beside = file.with_extension(format!("{}-{number}.new", std::process::id()));
        let whole = [MAGIC, bytes].concat();
        let sum = Sha256::digest(&whole);
        let written =
            File::options().write(true).create_new(true).mode(0o600).open(&beside).and_then(|mut to| {
                to.write_all(&whole)?;
                to.write_all(&sum)
            });
        match written.and_then(|()| fs::rename(&beside, file)) {
            Ok(()) => drop(self.written.fetch_add(whole.len() as u64 + 32, Ordering::Relaxed)),
            Err(_) => drop(fs::remove_file(&beside)),
        }
    }

    /// Takes away what was not used for longest, where there is too much; and what was left by whoever was killed.
    fn tidy(&self) {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for part in ["layers", "known"] {
            for entry in fs::read_dir(self.folder.join(part)).into_iter().flatten().flatten() {
                let Ok(meta) = entry.metadata() else { continue };
                let time = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let old = time.elapsed().is_ok_and(|age| age.as_secs() > 3600);
                let path = entry.path();
                if old && path.extension().is_some_and(|end| end == "new") {
                    let _ = fs::remove_file(&path);
                } else {
                    // A file takes a block at least.
                    files.push((time, meta.len().max(4096), path));
                }
            }
        }
        let mut sum: u64 = files.iter().map(|(_, size, _)| size).sum();
        let mut count = files.len();
        if sum <= self.most && count <= MOST_FILES {
            return;
        }
        files.sort();
        let fewer = self.most.min(FEWER_BYTES);
        for (_, size, path) in files {
            if sum <= fewer && count <= MOST_FILES / 4 * 3 {
                break;
            }
            let _ = fs::remove_file(path);
            sum -= size;
            count -= 1;
        }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if self.written.load(Ordering::Relaxed) > 0 {
            self.tidy();
        }
    }
}

/// Notes that a file was used: what was not for long goes first.
fn used(file: &Path) {
    let _ = File::open(file).and_then(|file| file.set_modified(SystemTime::now()));
}

/// The key of a cache: made by whoever comes first.
fn key(folder: &Path) -> io::Result<Key> {
    let file = folder.join("key");
    for _ in 0..3 {
        match fs::read(&file) {
            Ok(bytes) => match bytes.try_into() {
                Ok(key) => return Ok(Key(key)),
                // Cut: what was kept under it says nothing any more.
                Err(_) => fs::remove_file(&file)?,
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut key = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut key)?;
        let beside = folder.join(format!("key.{}.new", std::process::id()));
        let _ = fs::remove_file(&beside);
        let mut to = File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
        to.write_all(&key)?;
        // It takes the name only if nobody has it.
        let linked = fs::hard_link(&beside, &file);
        fs::remove_file(&beside)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Err(io::Error::other("its key cannot be read"))
}

/// What a file is known by until it changes: nothing of one that may be changing at this moment, since times of files
/// are coarse.
pub(super) fn identity(meta: &fs::Metadata) -> Option<String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let settled = |seconds: i64| u64::try_from(seconds).is_ok_and(|seconds| seconds + 2 < now);
    let [device, inode, size] = [meta.dev(), meta.ino(), meta.size()];
    let (changed, written) = ((meta.ctime(), meta.ctime_nsec()), (meta.mtime(), meta.mtime_nsec()));
    (settled(changed.0) && settled(written.0))
        .then(|| format!("{device} {inode} {size} {}.{} {}.{}", changed.0, changed.1, written.0, written.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use tyrian_read::image::LayerBuilder;
    use tyrian_read::tar::{Entry, Kind};

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            let folder = std::env::temp_dir().join(format!("tyrian-cache-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            Scratch(folder)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn layer(files: usize) -> Layer {
        let mut builder = LayerBuilder::new(&Key([1; 32]));
        for number in 0..files {
            builder.entry(&Entry {
                path: format!("srv/{number}"),
                link: String::new(),
                kind: Kind::Other,
                mode: 0o644,
                uid: 0,
                gid: 0,
                size: 0,
                sparse: false,
                capabilities: 0,
            });
        }
        builder.finish()
    }
    fn name(number: usize) -> String {
        format!("sha256:{number:064x}")
    }
    fn files(cache: &Cache) -> Vec<PathBuf> {
        fs::read_dir(cache.folder.join("layers")).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_does_not() {
        let scratch = Scratch::new("kept");
        let cache = Cache::open(&scratch.0).unwrap();
        assert!(cache.layer(&name(1)).is_none() && !cache.knows("that"));
        cache.keep_layer(&name(1), &layer(100));
        cache.know("that");
        let again = Cache::open(&scratch.0).unwrap();
        assert_eq!(again.key.0, cache.key.0);
        let bytes = layer(100).to_bytes(&cache.key);
        assert_eq!(again.layer(&name(1)).unwrap().to_bytes(&cache.key), bytes);
        assert!(again.knows("that") && !again.knows("this"));
        let file = files(&cache).remove(0);
        let whole = fs::read(&file).unwrap();
        for at in [0, 9, whole.len() / 2, whole.len() - 1] {
            let mut wrong = whole.clone();
            wrong[at] ^= 1;
            fs::write(&file, wrong).unwrap();
            assert!(cache.layer(&name(1)).is_none(), "{at}");
            assert!(!file.exists(), "what is damaged goes");
        }
        fs::write(&file, &whole[..whole.len() - 1]).unwrap();
        assert!(cache.layer(&name(1)).is_none());
        for wrong in ["", "sha256:", "sha256:../../etc/passwd", "md5:00"] {
            cache.keep_layer(wrong, &layer(1));
            assert!(cache.layer(wrong).is_none());
        }
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_not_believed() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::new("others");
        drop(Cache::open(&scratch.0).unwrap());
        fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Cache::open(&scratch.0).is_err());
        let file = Scratch::new("file");
        fs::write(&file.0, "").unwrap();
        assert!(Cache::open(&file.0).is_err());
    }

    #[test]
    fn it_stays_within_its_bounds_and_what_was_used_last_stays() {
        let scratch = Scratch::new("bounds");
        let cache = Cache::bounded(&scratch.0, 40_000).unwrap();
        for number in 0..9 {
            cache.keep_layer(&name(number), &layer(10));
            let file = cache.layer_file(&name(number)).unwrap();
            let old = SystemTime::now() - std::time::Duration::from_secs(1000 - number as u64);
            File::open(file).unwrap().set_modified(old).unwrap();
        }
        let left = cache.folder.join("layers/killed.1-0.new");
        fs::write(&left, "half").unwrap();
        let long_ago = SystemTime::now() - std::time::Duration::from_secs(7200);
        File::open(&left).unwrap().set_modified(long_ago).unwrap();
        assert!(cache.layer(&name(0)).is_some(), "it is used, and so the youngest");
        cache.keep_layer(&name(9), &layer(10));
        drop(cache);
        let cache = Cache::bounded(&scratch.0, 40_000).unwrap();
        assert_eq!(files(&cache).len(), 9);
        assert!(
            !left.exists()
                && cache.has_layer(&name(0))
                && cache.has_layer(&name(9))
                && !cache.has_layer(&name(1))
        );
    }

    #[test]
    fn many_at_once_see_whole_layers_or_none() {
        let scratch = Scratch::new("many");
        let bytes = layer(2000).to_bytes(&Cache::open(&scratch.0).unwrap().key);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let cache = Cache::open(&scratch.0).unwrap();
                        cache.keep_layer(&name(1), &layer(2000));
                        let read = cache.layer(&name(1)).unwrap();
                        assert_eq!(read.to_bytes(&cache.key), bytes);
                        cache.know("x");
                        assert!(cache.knows("x"));
                    }
                });
            }
        });
        assert_eq!(files(&Cache::open(&scratch.0).unwrap()).len(), 1);
    }

    #[test]
    fn a_file_is_known_only_once_it_has_settled() {
        let scratch = Scratch::new("identity");
        fs::write(&scratch.0, "a").unwrap();
        assert_eq!(identity(&fs::metadata(&scratch.0).unwrap()), None);
        let old = fs::metadata(std::env::current_exe().unwrap()).unwrap();
        assert!(identity(&old).is_some() || old.ctime() + 2 >= identity_now());
    }

    fn identity_now() -> i64 {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64
    }
}
