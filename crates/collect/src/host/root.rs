//! A file system tree that no path leaves: walked component by component, links included.

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat};
use rustix::io::Errno;
use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use tyrian_model::fact::{Gap, Why};
use tyrian_read::host as read;

/// Bytes of a file at most.
const FILE: u64 = 4 << 20;
/// Bytes of a package database or a table of sockets at most; these are read line by line.
const DATABASE: u64 = 64 << 20;
/// Bytes of all the files that are read whole, and of all those that are read line by line, at most: a tree may
/// have thousands of them.
const ALL_FILES: u64 = 32 << 20;
const ALL_DATABASES: u64 = 128 << 20;
/// Bytes of a line that are kept of those.
pub(super) const LINE: usize = 64 << 10;
/// Names of a directory at most.
pub(super) const NAMES: usize = 20_000;
/// Links that one path may follow, as many as the kernel allows.
const LINKS: usize = 40;
/// Directories that one path may be deep.
const DEPTH: usize = 64;

/// A file system tree that no path leaves.
pub(super) struct Root {
    /// The directory, or why there is none to read.
    fd: Result<OwnedFd, Gap>,
    /// Is it the system that runs here?
    pub(super) live: bool,
    /// Bytes that may still be read, of whole files and by lines.
    pub(super) left: Cell<u64>,
    pub(super) left_by_lines: Cell<u64>,
}

/// What a path leads to.
pub(super) enum Node {
    File {
        parent: Option<OwnedFd>,
        name: Vec<u8>,
        stat: Stat,
    },
    Directory {
        fd: OwnedFd,
        stat: Stat,
    },
    /// A link that was not to be followed, and where it points.
    Link(Vec<u8>),
}

const LOOK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Root {
    pub(super) fn open(path: &Path) -> Root {
        let shown = read::plain(path.as_os_str().as_encoded_bytes());
        // A bind mount of `/` is the same directory, but what is mounted below it is not there.
        let live = std::fs::canonicalize(path).is_ok_and(|path| path == Path::new("/"));
        let fd = openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        let fd = fd.map_err(|error| failed(&shown, error));
        let mut root = Root { fd, live, left: Cell::new(ALL_FILES), left_by_lines: Cell::new(ALL_DATABASES) };
        // Of an empty directory nothing is to be said: that it has no sshd would be a good mark for a mistake.
        if root.fd.is_ok() && matches!(root.has("/etc"), Ok(false)) {
            let what = format!("{shown}: no /etc below it; name the root of a system");
            root.fd = Err(Gap::new(Why::Malformed, what));
        }
        root
    }

    pub(super) fn top(&self) -> Result<BorrowedFd<'_>, Gap> {
        self.fd.as_ref().map(AsFd::as_fd).map_err(Clone::clone)
    }

    /// Walks to a path; nothing where there is nothing.
    pub(super) fn walk(&self, path: &str, follow_last: bool) -> Result<Option<Node>, Gap> {
        let split = |path: &[u8]| -> Vec<Vec<u8>> {
            path.split(|b| *b == b'/')
                .rev()
                .filter(|part| !matches!(part, [] | [b'.']))
                .map(<[u8]>::to_vec)
                .collect()
        };
        let top = self.top()?;
        let mut pending = split(path.as_bytes());
        let mut above: Vec<OwnedFd> = Vec::new();
        let mut links = 0;
        while let Some(name) = pending.pop() {
            if name == b".." {
                above.pop();
                continue;
            }
            let here = above.last().map_or(top, AsFd::as_fd);
            let fd = match openat(here, &name[..], LOOK, Mode::empty()) {
                Ok(fd) => fd,
                Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
                Err(error) => return Err(failed(path, error)),
            };
            let stat = fstat(&fd).map_err(|error| failed(path, error))?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Symlink => {
                    let target =
                        readlinkat(&fd, "", Vec::new()).map_err(|error| failed(path, error))?.into_bytes();
                    if pending.is_empty() && !follow_last {
                        return Ok(Some(Node::Link(target)));
                    }
                    links += 1;
                    if links > LINKS {
                        return Err(Gap::new(Why::Malformed, format!("{path}: its links lead in a circle")));
                    }
                    if target.starts_with(b"/") {
                        above.clear();
                    }
                    pending.extend(split(&target));
                }
                FileType::Directory => above.push(fd),
                _ if pending.is_empty() => return Ok(Some(Node::File { parent: above.pop(), name, stat })),
                _ => return Ok(None),
            }
            if above.len() > DEPTH || pending.len() > 4096 {
                return Err(Gap::new(Why::Malformed, format!("{path}: its links lead too deep")));
            }
        }
        let fd = match above.pop() {
            Some(fd) => fd,
            None => top.try_clone_to_owned().map_err(|error| unreadable(path, &error))?,
        };
        let stat = fstat(&fd).map_err(|error| failed(path, error))?;
        Ok(Some(Node::Directory { fd, stat }))
    }

    pub(super) fn stat(&self, path: &str) -> Result<Option<Stat>, Gap> {
        Ok(match self.walk(path, true)? {
            Some(Node::File { stat, .. } | Node::Directory { stat, .. }) => Some(stat),
            Some(Node::Link(_)) | None => None,
        })
    }

    pub(super) fn has(&self, path: &str) -> Result<bool, Gap> {
        Ok(self.stat(path)?.is_some())
    }

    /// The first of these paths that is there.
    pub(super) fn first<'a>(&self, paths: &[&'a str]) -> Result<Option<&'a str>, Gap> {
        for path in paths {
            if self.has(path)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Where a link points; nothing where there is no link.
    pub(super) fn link(&self, path: &str) -> Result<Option<String>, Gap> {
        Ok(match self.walk(path, false)? {
            Some(Node::Link(target)) => Some(read::plain(&target)),
            _ => None,
        })
    }

    /// Opens a regular file of at most `most` bytes.
    pub(super) fn file(&self, path: &str, most: u64) -> Result<Option<File>, Gap> {
        let irregular =
            || Gap::new(Why::Malformed, format!("{path}: this is no regular file, so it is not opened"));
        let Some(node) = self.walk(path, true)? else { return Ok(None) };
        let Node::File { parent, name, stat } = node else { return Err(irregular()) };
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(irregular());
        }
        let here = parent.as_ref().map_or(self.top()?, AsFd::as_fd);
        // Should another file have taken its place by now, this neither follows a link nor waits for a pipe.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = match openat(here, &name[..], flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(failed(path, error)),
        };
        let stat = fstat(&fd).map_err(|error| failed(path, error))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(irregular());
        }
        if u64::try_from(stat.st_size).is_ok_and(|size| size > most) {
            return Err(too_large(path, most));
        }
        Ok(Some(File::from(fd)))
    }

    /// What stands in a file; nothing where there is none.
    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Gap> {
        let Some(file) = self.file(path, FILE)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
        spend(&self.left, bytes.len() as u64, path)?;
        if bytes.len() as u64 > FILE { Err(too_large(path, FILE)) } else { Ok(Some(bytes)) }
    }

    /// Each line of a file that may be large; false where there is none.
    pub(super) fn lines(&self, path: &str, mut each: impl FnMut(&[u8])) -> Result<bool, Gap> {
        let Some(file) = self.file(path, DATABASE)? else { return Ok(false) };
        let mut input = BufReader::with_capacity(64 << 10, file.take(DATABASE + 1));
        let (mut line, mut sum) = (Vec::new(), 0_u64);
        loop {
            let part = input.fill_buf().map_err(|error| unreadable(path, &error))?;
            if part.is_empty() {
                break;
            }
            let end = part.iter().position(|b| *b == b'\n');
            let keep = &part[..end.unwrap_or(part.len())];
            line.extend_from_slice(&keep[..keep.len().min(LINE - line.len())]);
            let used = keep.len() + usize::from(end.is_some());
            input.consume(used);
            sum += used as u64;
            spend(&self.left_by_lines, used as u64, path)?;
            if sum > DATABASE {
                return Err(too_large(path, DATABASE));
            }
            if end.is_some() {
                each(&line);
                line.clear();
            }
        }
        if !line.is_empty() {
            each(&line);
        }
        Ok(true)
    }

    /// The names in a directory, in order; nothing where there is none.
    pub(super) fn list(&self, path: &str) -> Result<Option<Vec<String>>, Gap> {
        let Some(Node::Directory { fd, .. }) = self.walk(path, true)? else { return Ok(None) };
        names(path, fd.as_fd()).map(|(_, names)| Some(names))
    }

    /// The paths in a directory whose names end so; none where there is no directory.
    pub(super) fn ending(&self, directory: &str, end: &str) -> Result<Vec<String>, Gap> {
        let names = self.list(directory)?.unwrap_or_default();
        Ok(names.into_iter().filter(|n| n.ends_with(end)).map(|n| format!("{directory}/{n}")).collect())
    }
}

/// The names in a directory, and the directory open for reading.
pub(super) fn names(path: &str, directory: BorrowedFd) -> Result<(OwnedFd, Vec<String>), Gap> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = openat(directory, ".", flags, Mode::empty()).map_err(|error| failed(path, error))?;
    let mut names = Vec::new();
    for entry in Dir::read_from(&fd).map_err(|error| failed(path, error))? {
        let entry = entry.map_err(|error| failed(path, error))?;
        match entry.file_name().to_bytes() {
            b"." | b".." => {}
            name => match std::str::from_utf8(name) {
                Ok(name) => names.push(name.to_owned()),
                Err(_) => {
                    let what = format!("{path}/{}: the name is no UTF-8; rename it", read::plain(name));
                    return Err(Gap::new(Why::Malformed, what));
                }
            },
        }
        if names.len() > NAMES {
            return Err(Gap::new(Why::Malformed, format!("{path}: more than {NAMES} names")));
        }
    }
    names.sort_unstable();
    Ok((fd, names))
}

pub(super) fn failed(path: &str, error: Errno) -> Gap {
    match error {
        Errno::ACCESS | Errno::PERM => Gap::new(
            Why::Denied,
            format!("{path}: no right to read it; run as root, or give this user the right"),
        ),
        error => Gap::new(Why::NotRead, format!("{path}: {error}")),
    }
}

pub(super) fn unreadable(path: &str, error: &std::io::Error) -> Gap {
    match error.raw_os_error() {
        Some(code) => failed(path, Errno::from_raw_os_error(code)),
        None => Gap::new(Why::NotRead, format!("{path}: {error}")),
    }
}

pub(super) fn too_large(path: &str, most: u64) -> Gap {
    Gap::new(
        Why::Malformed,
        format!("{path}: more than {} MiB, so it is not read; make it smaller", most >> 20),
    )
}

/// Takes bytes from what may still be read.
pub(super) fn spend(left: &Cell<u64>, bytes: u64, path: &str) -> Result<(), Gap> {
    left.set(left.get().saturating_sub(bytes));
    if left.get() > 0 {
        return Ok(());
    }
    let what =
        format!("{path}: the files before it are too many or too large, so it is not read; take some away");
    Err(Gap::new(Why::Malformed, what))
}
