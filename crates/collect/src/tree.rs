//! A source tree: walks it, reads what is text, and hands it to the readers.
//!
//! No link is followed, nothing but ordinary files is opened, and what a tree ignores by a `.gitignore` is read all
//! the same: who is judged does not choose what is looked at. Directories that look like installed dependencies or
//! build output are left out, and the report says which. A marker like CACHEDIR.TAG can be put anywhere, so what Git
//! tracks is read all the same, and so is, where no Git says what is tracked, a directory of an unusual name. What is
//! left out although no Git says that nobody committed it is missing from the facts, so that a gate sees it.

use rayon::prelude::*;
use rustix::fs::{Mode, OFlags};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tyrian_model::fact::{Gap, Why};
use tyrian_model::facts::Facts;
use tyrian_read::assemble::{self, Piece};
use tyrian_read::secrets::Key;
use tyrian_read::tree::{GLANCE, Kind, is_compose_name, is_named};
use walkdir::{DirEntry, WalkDir};

/// The largest file that a reader of structure gets, in bytes.
const MOST_BYTES: u64 = 8 << 20;
/// The largest file that is searched for secrets alone, in bytes.
const MOST_TEXT: u64 = 32 << 20;
/// The most files of one tree.
const MOST_FILES: usize = 1_000_000;

/// Reads a directory or a single file. Beside the facts: what could not be read, and how many directories of
/// dependencies were left out.
pub fn read(root: &Path, world: &str, key: &Key) -> (Facts, Vec<Gap>) {
    let (mut files, mut pieces, mut gaps, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let walk = WalkDir::new(root).follow_links(false).sort_by_file_name().into_iter();
    let tracked = Tracked::of(root);
    let wanted = |entry: &DirEntry| {
        let what = left_out(entry, &tracked);
        if let Some(what) = what {
            others
                .push((entry.path().strip_prefix(root).unwrap_or(entry.path()).display().to_string(), what));
        }
        what.is_none() && !is_git(entry)
    };
    for entry in walk.filter_entry(wanted) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                let path = relative(root, entry.path());
                match passed_over(root, &entry, &path) {
                    Some(gap) if gap.why == Why::NotAsked => gaps.push(gap),
                    Some(gap) => pieces.push(assemble::unread(&path, gap)),
                    None => {}
                }
            }
            Err(error) => {
                let path = error.path().unwrap_or(root).display().to_string();
                let why = match error.io_error().map(std::io::Error::kind) {
                    Some(std::io::ErrorKind::PermissionDenied) => Why::Denied,
                    _ => Why::NotRead,
                };
                let gap = Gap::new(why, format!("{path} cannot be read: {error}"));
                pieces.push(assemble::unread(&format!("{path}/"), gap));
            }
        }
        if files.len() == MOST_FILES {
            let what = format!("{}: more than {MOST_FILES} files; scan parts of it", root.display());
            pieces.push(assemble::unread("/", Gap::new(Why::NotRead, what)));
            break;
        }
    }
    let mut unsure = Vec::new();
    for (path, what) in others {
        match tracked.paths {
            Some(_) => {
                gaps.push(Gap::new(
                    Why::NotAsked,
                    format!("{path} is left out ({what}); name it to scan it"),
                ));
            }
            None => {
                let how = "no Git index says whether it is committed: scan a checkout, or a copy without it";
                unsure.push(Gap::new(Why::NotRead, format!("{path} is left out ({what}), and {how}")));
            }
        }
    }
    pieces.par_extend(files.par_iter().filter_map(|file| piece(root, file, key)));
    let (mut facts, more) = assemble::facts(world, pieces, key);
    unsure.iter().for_each(|gap| facts.world(world).files.lacks(gap.clone()));
    gaps.extend(unsure);
    gaps.extend(more);
    (facts, gaps)
}

/// A number that changes when anything changes that [`read`] would read: a name, a size, a time, or which file it is,
/// so that also a file that is renamed into its place is seen. Nothing is opened.
///
/// # Errors
/// The root is not there, or cannot be looked at.
pub fn stamp(root: &Path) -> std::io::Result<u64> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    use std::os::unix::fs::MetadataExt;
    std::fs::symlink_metadata(root)?;
    let mut hash = DefaultHasher::new();
    let tracked = Tracked::of(root);
    tracked.paths.hash(&mut hash);
    let walk = WalkDir::new(root).follow_links(false).sort_by_file_name().into_iter();
    let wanted = |entry: &DirEntry| left_out(entry, &tracked).is_none() && !is_git(entry);
    for entry in walk.filter_entry(wanted).take(MOST_FILES) {
        match entry {
            Ok(entry) => {
                entry.path().hash(&mut hash);
                match entry.metadata() {
                    // The time of a directory changes by what stands in it, which is looked at by itself: an editor's
                    // passing file is no change.
                    Ok(meta) if meta.is_dir() => meta.mode().hash(&mut hash),
                    Ok(meta) => {
                        let times = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
                        (meta.ino(), meta.len(), meta.mode(), times).hash(&mut hash);
                    }
                    Err(error) => error.io_error().map(std::io::Error::kind).hash(&mut hash),
                }
            }
            Err(error) => {
                error.path().hash(&mut hash);
                error.io_error().map(std::io::Error::kind).hash(&mut hash);
            }
        }
    }
    Ok(hash.finish())
}

/// What is missing where something is neither an ordinary file nor a directory; nothing where all of it is read by
/// another name, or where its own says that nobody would read it.
fn passed_over(root: &Path, entry: &DirEntry, path: &str) -> Option<Gap> {
    let named = entry.depth() == 0 || is_named(path);
    if !entry.file_type().is_symlink() {
        return named
            .then(|| Gap::new(Why::NotRead, format!("{path} is no ordinary file, and is not opened")));
    }
    let target = entry.path().canonicalize().ok();
    let inside = target.filter(|target| root.canonicalize().is_ok_and(|root| target.starts_with(root)));
    match inside {
        Some(target) if target.is_dir() => None,
        Some(target) if is_read_as(path, &target.to_string_lossy()) => None,
        Some(_) if named => {
            let what =
                "is a link to a file whose name says nothing of what it is; name the file itself like that";
            Some(Gap::new(Why::NotRead, format!("{path} {what}")))
        }
        Some(_) => None,
        None if named => {
            let what = "is a link out of the tree, which is not followed: scan what it leads to";
            Some(Gap::new(Why::NotRead, format!("{path} {what}")))
        }
        None if entry.path().is_dir() => {
            let what = "is a link out of the tree and left out; name what it leads to, to scan it";
            Some(Gap::new(Why::NotAsked, format!("{path} {what}")))
        }
        None => None,
    }
}

/// Is what the link leads to read by its own name for what the link's name says that it is?
fn is_read_as(link: &str, target: &str) -> bool {
    is_named(target) && (is_compose_name(target) || !is_compose_name(link))
}

/// A path below the root, or the name of the root where that is a file.
fn relative(root: &Path, file: &Path) -> String {
    match file.strip_prefix(root) {
        Ok(path) if !path.as_os_str().is_empty() => path.to_string_lossy().into_owned(),
        _ => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// The repository's own data.
fn is_git(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name() == OsStr::new(".git")
}

/// What a directory is that holds what others wrote, or what was made from what is read anyway.
fn left_out(entry: &DirEntry, tracked: &Tracked) -> Option<&'static str> {
    if entry.depth() == 0 || !entry.file_type().is_dir() {
        return None;
    }
    let holds = |name: &str| entry.path().join(name).is_file();
    let name = entry.file_name().to_str().unwrap_or_default();
    let what = match name {
        "node_modules" => "installed dependencies",
        "__pycache__" => "compiled files",
        _ if holds("pyvenv.cfg") => "a Python environment, by its pyvenv.cfg",
        _ if holds("CACHEDIR.TAG") => "a cache, by its CACHEDIR.TAG",
        _ => return None,
    };
    let untracked = match &tracked.paths {
        Some(_) => !tracked.holds(entry.path()),
        None => {
            let parent = entry.path().parent().and_then(Path::file_name).and_then(OsStr::to_str);
            [Some(name), parent].into_iter().flatten().any(is_usual)
        }
    };
    untracked.then_some(what)
}

/// Is it a name that tools give to what they make?
fn is_usual(name: &str) -> bool {
    let plain = name.trim_start_matches('.');
    matches!(
        plain,
        "node_modules" | "__pycache__" | "target" | "env" | "virtualenv" | "tox" | "nox" | "build"
    ) || plain.starts_with("venv")
        || plain.ends_with("cache")
}

/// What Git tracks below the root of the tree.
struct Tracked {
    /// The top of the repository.
    top: PathBuf,
    /// The paths relative to it, sorted; nothing where no index could be read.
    paths: Option<Vec<String>>,
}

/// The largest index of Git that is read, in bytes.
const MOST_INDEX: u64 = 256 << 20;

impl Tracked {
    fn of(root: &Path) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let top = root.ancestors().find(|directory| directory.join(".git").exists());
        let paths = top.and_then(|top| {
            tyrian_read::git_index::paths(&all_of(&git_folder(top).join("index"), MOST_INDEX)?)
        });
        Tracked { top: top.map_or_else(Default::default, Path::to_owned), paths }
    }
    /// Does Git track a file in that directory?
    fn holds(&self, directory: &Path) -> bool {
        let (Some(paths), Ok(directory)) = (&self.paths, directory.canonicalize()) else { return true };
        let Ok(below) = directory.strip_prefix(&self.top) else { return true };
        let below = format!("{}/", below.to_string_lossy());
        let at = paths.partition_point(|path| path.as_str() < below.as_str());
        paths.get(at).is_some_and(|path| path.starts_with(&below))
    }
}

/// The folder of a repository's own data. In a worktree and a submodule `.git` is a file that says where it is.
fn git_folder(top: &Path) -> PathBuf {
    let git = top.join(".git");
    let said = all_of(&git, 4096).and_then(|bytes| String::from_utf8(bytes).ok());
    match said.as_deref().and_then(|text| text.strip_prefix("gitdir:")) {
        Some(folder) => top.join(folder.trim()),
        None => git,
    }
}

/// The bytes of an ordinary file of at most that many; nothing of any other.
fn all_of(file: &Path, most: u64) -> Option<Vec<u8>> {
    let (file, size) = open(file).ok()??;
    let mut bytes = Vec::new();
    (size <= most).then(|| file.take(most).read_to_end(&mut bytes))?.ok()?;
    Some(bytes)
}

/// What is kept of a file; nothing of one that nobody takes.
fn piece(root: &Path, file: &Path, key: &Key) -> Option<Piece> {
    let relative = relative(root, file);
    match text(file, &relative) {
        Ok(bytes) => assemble::glance(&relative, bytes?, key),
        Err((why, what)) => Some(assemble::unread(&relative, Gap::new(why, format!("{relative} {what}")))),
    }
}

/// The content of an ordinary file that may be text; nothing for any other.
fn text(file: &Path, relative: &str) -> Result<Option<Vec<u8>>, (Why, String)> {
    let failed = |error: std::io::Error| {
        let why =
            if error.kind() == std::io::ErrorKind::PermissionDenied { Why::Denied } else { Why::NotRead };
        (why, format!("cannot be read: {error}"))
    };
    let Some((mut opened, size)) = open(file).map_err(failed)? else { return Ok(None) };
    let mut bytes = Vec::with_capacity(size.min(MOST_BYTES) as usize + 1);
    let first = (&mut opened).take(GLANCE as u64).read_to_end(&mut bytes).map_err(failed)?;
    let kinds = tyrian_read::tree::kinds(relative, &bytes);
    if first == 0 {
        return Ok(None);
    }
    if !kinds.contains(&Kind::Text) {
        // A reader says of what is named as its own that it is no text.
        return Ok((is_named(relative) || !kinds.is_empty()).then_some(bytes));
    }
    let most = if kinds.iter().all(|kind| *kind == Kind::Text) { MOST_TEXT } else { MOST_BYTES };
    if size > most {
        return Err((Why::NotRead, format!("is larger than {} MiB", most >> 20)));
    }
    opened.take(most + 1 - first as u64).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err((Why::NotRead, "grows without end".into()));
    }
    Ok(Some(bytes))
}

/// An ordinary file and its size; nothing for pipes, devices and what became a link meanwhile.
fn open(file: &Path) -> std::io::Result<Option<(File, u64)>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = match rustix::fs::open(file, flags, Mode::empty()) {
        Err(rustix::io::Errno::LOOP) => return Ok(None),
        opened => File::from(opened?),
    };
    let meta = opened.metadata()?;
    Ok(meta.is_file().then_some((opened, meta.len())))
}
