//! A source tree: walks it, reads what is text, and hands it to the readers.
//!
//! No link is followed, nothing but ordinary files is opened, and what a tree ignores by a `.gitignore` is read all
//! the same: who is judged does not choose what is looked at.

use rayon::prelude::*;
use rustix::fs::{Mode, OFlags};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tyrian_model::fact::{Gap, Why};
use tyrian_model::facts::Facts;
use tyrian_read::assemble::{self, Piece};
use tyrian_read::secrets::Key;
use walkdir::{DirEntry, WalkDir};

/// The largest file that is read whole, in bytes.
const MOST_BYTES: u64 = 8 << 20;
/// The most files of one tree.
const MOST_FILES: usize = 1_000_000;
/// What decides whether a file is text, in bytes.
const GLANCE: usize = 8192;

/// Reads a directory or a single file. Beside the facts: what could not be read, and how many directories of
/// dependencies were left out.
pub fn read(root: &Path, world: &str, key: &Key) -> (Facts, Vec<Gap>) {
    let (mut files, mut gaps) = (Vec::new(), Vec::new());
    for entry in
        WalkDir::new(root).follow_links(false).sort_by_file_name().into_iter().filter_entry(|e| !left_out(e))
    {
        match entry {
            Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(root).display().to_string();
                let why = match error.io_error().map(std::io::Error::kind) {
                    Some(std::io::ErrorKind::PermissionDenied) => Why::Denied,
                    _ => Why::NotRead,
                };
                gaps.push(Gap::new(why, format!("{path} cannot be read: {error}")));
            }
        }
        if files.len() == MOST_FILES {
            gaps.push(Gap::new(
                Why::NotRead,
                format!("{}: more than {MOST_FILES} files; scan parts of it", root.display()),
            ));
            break;
        }
    }
    let read: Vec<Result<Option<Piece>, Gap>> = files.par_iter().map(|file| piece(root, file, key)).collect();
    let mut pieces = Vec::new();
    for result in read {
        match result {
            Ok(piece) => pieces.extend(piece),
            Err(gap) => gaps.push(gap),
        }
    }
    let (facts, more) = assemble::facts(world, pieces, key);
    gaps.extend(more);
    (facts, gaps)
}

/// Directories that hold what others wrote: the repository's own data, installed dependencies, build output.
fn left_out(entry: &DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_dir() {
        return false;
    }
    let holds = |name: &str| entry.path().join(name).is_file();
    let name = entry.file_name();
    name == OsStr::new(".git")
        || name == OsStr::new("node_modules")
        || name == OsStr::new("__pycache__")
        || holds("pyvenv.cfg")
        || holds("CACHEDIR.TAG")
}

fn piece(root: &Path, file: &Path, key: &Key) -> Result<Option<Piece>, Gap> {
    let relative = match file.strip_prefix(root) {
        Ok(path) if !path.as_os_str().is_empty() => path.to_string_lossy().into_owned(),
        _ => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let failed = |error: std::io::Error| {
        let why =
            if error.kind() == std::io::ErrorKind::PermissionDenied { Why::Denied } else { Why::NotRead };
        Gap::new(why, format!("{relative} cannot be read: {error}"))
    };
    let Some((mut opened, size)) = open(file).map_err(failed)? else { return Ok(None) };
    let mut bytes = Vec::with_capacity(size.min(MOST_BYTES) as usize + 1);
    let first = (&mut opened).take(GLANCE as u64).read_to_end(&mut bytes).map_err(failed)?;
    if first == 0 || tyrian_read::tree::kinds(&relative, &bytes).is_empty() {
        return Ok(None);
    }
    if size > MOST_BYTES {
        return Err(Gap::new(Why::NotRead, format!("{relative} is larger than {} MiB", MOST_BYTES >> 20)));
    }
    opened.take(MOST_BYTES + 1 - first as u64).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Gap::new(Why::NotRead, format!("{relative} grows without end")));
    }
    Ok(assemble::glance(&relative, bytes, key))
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
