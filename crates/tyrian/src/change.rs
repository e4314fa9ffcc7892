//! Files are changed all or none: each is written beside its place and then changes places with it, and what was
//! there before is kept until somebody undoes it.
//!
//! No link is followed below the folder that the user named, nothing but ordinary files with one name is touched, and
//! a file that is not what the change was made of is refused, with all others.

use crate::{Failure, exit};
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// The largest file that is changed, in bytes.
const MOST_BYTES: u64 = 16 << 20;
/// How many runs can be undone.
const MOST_RUNS: usize = 50;

/// A file that is to change: its text, its permission bits, or both.
pub(crate) struct Change {
    /// The folder that the user named.
    pub(crate) base: PathBuf,
    /// The file below it.
    pub(crate) file: String,
    /// Its text before and after; nothing: it stays.
    pub(crate) text: Option<(Vec<u8>, Vec<u8>)>,
    /// Its permission bits after; nothing: they stay.
    pub(crate) mode: Option<u32>,
}

/// A file as it was opened, without following a link.
pub(crate) struct Opened {
    folder: OwnedFd,
    name: String,
    file: File,
    /// Its owner, permission bits and times.
    pub(crate) meta: std::fs::Metadata,
}

/// Opens an ordinary file below a folder.
///
/// # Errors
/// It is not there, not ordinary, behind a link, or not below the folder.
pub(crate) fn open(base: &Path, file: &str) -> Result<Opened, String> {
    let failed = |error: Errno| match error {
        Errno::LOOP | Errno::NOTDIR => format!("{file}: a link, which is not followed"),
        error => format!("{file}: {}", std::io::Error::from(error)),
    };
    let folder_flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::PATH;
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    let mut folder = rustix::fs::open(base, folder_flags, Mode::empty()).map_err(failed)?;
    let mut parts = Vec::new();
    for part in Path::new(file).components() {
        match part {
            Component::Normal(part) => parts.push(part),
            Component::CurDir => {}
            _ => return Err(format!("{file}: outside of the target")),
        }
    }
    let Some((name, folders)) = parts.split_last() else { return Err(format!("{file}: no file")) };
    for part in folders {
        folder = rustix::fs::openat(&folder, *part, folder_flags | OFlags::NOFOLLOW, Mode::empty())
            .map_err(failed)?;
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let opened = File::from(rustix::fs::openat(&folder, *name, flags, Mode::empty()).map_err(failed)?);
    let meta = opened.metadata().map_err(|error| format!("{file}: {error}"))?;
    if !meta.is_file() {
        return Err(format!("{file}: not an ordinary file"));
    }
    let name = name.to_str().ok_or(format!("{file}: its name is no text"))?.to_owned();
    Ok(Opened { folder, name, file: opened, meta })
}

impl Opened {
    /// Its bytes.
    ///
    /// # Errors
    /// It cannot be read, or is too large.
    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = (&mut self.file).take(MOST_BYTES + 1).read_to_end(&mut bytes);
        match read {
            Err(error) => Err(format!("{}: {error}", self.name)),
            Ok(read) if read as u64 > MOST_BYTES => {
                Err(format!("{}: more than {} MiB", self.name, MOST_BYTES >> 20))
            }
            Ok(_) => Ok(bytes),
        }
    }
}

/// What a run did, as it is kept to be undone.
#[derive(Serialize, Deserialize)]
struct Record {
    format: u32,
    files: Vec<Recorded>,
}

#[derive(Serialize, Deserialize)]
struct Recorded {
    /// The folder that the user named, from the root on.
    base: PathBuf,
    file: String,
    /// The digest of its text after the change; nothing where that stayed.
    after: Option<String>,
    /// The permission bits before and after the change; nothing where they stayed.
    mode: Option<(u32, u32)>,
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where what can be undone is kept: in the user's own folder, so that no scanned tree can forge it.
fn home() -> Result<PathBuf, Failure> {
    Ok(crate::state::directory("what can be undone")?.join("undo"))
}

fn refused(what: impl std::fmt::Display) -> Failure {
    Failure::new(exit::USAGE, format!("nothing was changed: {what}"))
}

/// Makes all changes, or none, and keeps what was there before.
///
/// # Errors
/// Why nothing was changed.
pub(crate) fn apply(changes: &[&Change]) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    let keep = Keep::new(&home()?)?;
    let done = keep.record(changes).and_then(|()| commit(changes));
    match done {
        Ok(()) => {
            keep.prune();
            Ok(())
        }
        Err(failure) => {
            keep.forget();
            Err(failure)
        }
    }
}

/// A folder for one run.
struct Keep {
    all: PathBuf,
    own: PathBuf,
}

impl Keep {
    fn new(all: &Path) -> Result<Self, Failure> {
        use std::os::unix::fs::DirBuilderExt;
        let failure = |error| refused(format!("{} cannot be made: {error}", all.display()));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(all).map_err(failure)?;
        // The names of runs are in their order.
        let now = jiff::Timestamp::now().as_nanosecond();
        let own = all.join(format!("{now:024}-{}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&own).map_err(failure)?;
        Ok(Keep { all: all.to_owned(), own })
    }
    fn record(&self, changes: &[&Change]) -> Result<(), Failure> {
        let failure = |error: std::io::Error| refused(format!("{}: {error}", self.own.display()));
        let mut files = Vec::new();
        for (n, change) in changes.iter().enumerate() {
            if let Some((before, _)) = &change.text {
                private(&self.own.join(n.to_string()), before).map_err(failure)?;
            }
            let base = if change.base.as_os_str().is_empty() { Path::new(".") } else { &change.base };
            let opened = open(&change.base, &change.file).map_err(refused)?;
            files.push(Recorded {
                base: base.canonicalize().map_err(failure)?,
                file: change.file.clone(),
                after: change.text.as_ref().map(|(_, after)| digest(after)),
                mode: change.mode.map(|mode| (opened.meta.mode() & 0o7777, mode)),
            });
        }
        let text = serde_json::to_vec_pretty(&Record { format: 1, files }).map_err(refused)?;
        private(&self.own.join("record.json"), &text).map_err(failure)
    }
    fn forget(&self) {
        let _ = std::fs::remove_dir_all(&self.own);
    }
    fn prune(&self) {
        let old = runs(&self.all);
        for run in old.iter().rev().skip(MOST_RUNS) {
            let _ = std::fs::remove_dir_all(run);
        }
    }
}

/// The runs that can be undone, the oldest first.
fn runs(all: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(all).into_iter().flatten().flatten();
    let mut runs: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|run| run.join("record.json").is_file()).collect();
    runs.sort();
    runs
}

/// Writes a file that only its owner reads, down to the disk.
fn private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    opened.write_all(bytes)?;
    opened.sync_all()
}

/// Takes the last run back that changed something below one of these folders, and says which files are as before.
///
/// # Errors
/// There is none, or a file is not as that run left it: nothing is changed then.
pub(crate) fn undo(folders: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let below = |file: &Recorded| folders.iter().any(|folder| file.base.join(&file.file).starts_with(folder));
    let parse = |run: &PathBuf| {
        let record: Record = serde_json::from_slice(&std::fs::read(run.join("record.json")).ok()?).ok()?;
        (record.format == 1 && record.files.iter().any(below)).then(|| (run.clone(), record))
    };
    let none = "nothing to undo: no run of `tyrian fix --apply` is kept that changed something here";
    let found = runs(&home()?).iter().rev().find_map(parse);
    let (run, record) = found.ok_or(Failure::new(exit::NOTHING, none))?;
    let mut changes = Vec::new();
    for (n, recorded) in record.files.iter().enumerate() {
        let mut opened = open(&recorded.base, &recorded.file).map_err(refused)?;
        let changed =
            || refused(format!("{} was changed since", recorded.base.join(&recorded.file).display()));
        let text = match &recorded.after {
            None => None,
            Some(after) => {
                let now = opened.bytes().map_err(refused)?;
                if digest(&now) != *after {
                    return Err(changed());
                }
                let before = std::fs::read(run.join(n.to_string())).map_err(refused)?;
                Some((now, before))
            }
        };
        if recorded.mode.is_some_and(|(_, after)| opened.meta.mode() & 0o7777 != after) {
            return Err(changed());
        }
        let mode = recorded.mode.map(|(before, _)| before);
        changes.push(Change { base: recorded.base.clone(), file: recorded.file.clone(), text, mode });
    }
    commit(&changes.iter().collect::<Vec<_>>())?;
    let _ = std::fs::remove_dir_all(&run);
    Ok(record.files.iter().map(|file| file.base.join(&file.file)).collect())
}

/// A change that is ready beside its place, and how far it got.
struct Ready<'c> {
    change: &'c Change,
    opened: Opened,
    /// The new text's own name; gone once the old text has it or nothing has.
    beside: Option<String>,
    placed: bool,
    /// Does the file system have no exchange of two files?
    plain: bool,
}

/// Makes all changes or none.
fn commit(changes: &[&Change]) -> Result<(), Failure> {
    let mut ready: Vec<Ready> = Vec::new();
    let mut failed = None;
    for change in changes {
        match prepare(change) {
            Ok(one) => ready.push(one),
            Err(what) => {
                failed = Some(what);
                break;
            }
        }
    }
    if failed.is_none() {
        failed = ready.iter_mut().find_map(|one| one.place().err());
    }
    let Some(what) = failed else {
        ready.iter().for_each(Ready::clean);
        return Ok(());
    };
    let mut left = String::new();
    for one in ready.iter_mut().rev() {
        if let Err(error) = one.back() {
            left.push_str(&format!("; {} could not be put back: {error}", one.change.file));
        }
    }
    // What could not be put back stands beside, and stays there.
    ready.iter().filter(|one| !one.placed).for_each(Ready::clean);
    Err(match left.is_empty() {
        true => refused(what),
        false => Failure::new(exit::INTERNAL, format!("{what}{left}")),
    })
}

fn prepare(change: &Change) -> Result<Ready<'_>, String> {
    let mut opened = open(&change.base, &change.file)?;
    let file = &change.file;
    let mut beside = None;
    if let Some((before, after)) = &change.text {
        if opened.bytes()? != *before {
            return Err(format!("{file} changed meanwhile"));
        }
        if opened.meta.nlink() > 1 {
            return Err(format!("{file} has other names (hard links), which would not change with it"));
        }
        let name = format!(".{}.tyrian-{}", opened.name, std::process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let failed = |error: Errno| format!("{file}: {}", std::io::Error::from(error));
        let new =
            rustix::fs::openat(&opened.folder, &name, flags, Mode::RUSR | Mode::WUSR).map_err(failed)?;
        beside = Some(name);
        let written = fill(File::from(new), after, &opened.meta, change.mode);
        if let Err(error) = written {
            let one = Ready { change, opened, beside, placed: false, plain: false };
            one.clean();
            return Err(format!("{file}: {error}"));
        }
    }
    Ok(Ready { change, opened, beside, placed: false, plain: false })
}

/// Writes the new text with the owner and the permission bits of the old one, down to the disk.
fn fill(mut new: File, text: &[u8], old: &std::fs::Metadata, mode: Option<u32>) -> std::io::Result<()> {
    new.write_all(text)?;
    let own = new.metadata()?;
    if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
        std::os::unix::fs::fchown(&new, Some(old.uid()), Some(old.gid()))?;
    }
    // After the owner, for a change of that takes bits away.
    let mode = mode.unwrap_or(old.mode() & 0o7777);
    rustix::fs::fchmod(&new, Mode::from_raw_mode(mode))?;
    new.sync_all()
}

impl Ready<'_> {
    /// The new text takes its place. What stood there is looked at once more when nobody can reach it any longer.
    fn place(&mut self) -> Result<(), String> {
        let failed = |error: Errno| format!("{}: {}", self.change.file, std::io::Error::from(error));
        let Some(beside) = self.beside.clone() else {
            let Some(mode) = self.change.mode else { return Ok(()) };
            rustix::fs::fchmod(&self.opened.file, Mode::from_raw_mode(mode)).map_err(failed)?;
            self.placed = true;
            return Ok(());
        };
        let (folder, name) = (&self.opened.folder, self.opened.name.as_str());
        let mut old = beside.clone();
        match rustix::fs::renameat_with(folder, beside.as_str(), folder, name, RenameFlags::EXCHANGE) {
            Ok(()) => self.placed = true,
            Err(Errno::INVAL | Errno::NOSYS) => {
                // The old text keeps a name of its own while the new one takes its place.
                old = format!("{beside}-old");
                rustix::fs::linkat(folder, name, folder, old.as_str(), AtFlags::empty()).map_err(failed)?;
                if let Err(error) = rustix::fs::renameat(folder, beside.as_str(), folder, name) {
                    let _ = rustix::fs::unlinkat(folder, old.as_str(), AtFlags::empty());
                    return Err(failed(error));
                }
                (self.plain, self.placed, self.beside) = (true, true, Some(old.clone()));
            }
            Err(error) => return Err(failed(error)),
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let old = rustix::fs::openat(folder, old.as_str(), flags, Mode::empty()).map_err(failed)?;
        let mut bytes = Vec::new();
        let read = File::from(old).take(MOST_BYTES + 1).read_to_end(&mut bytes);
        let same = self.change.text.as_ref().is_some_and(|(before, _)| *before == bytes);
        if read.is_ok() && same { Ok(()) } else { Err(format!("{} changed meanwhile", self.change.file)) }
    }
    fn back(&mut self) -> Result<(), std::io::Error> {
        if !self.placed {
            return Ok(());
        }
        match &self.beside {
            Some(beside) => {
                let (folder, name) = (&self.opened.folder, self.opened.name.as_str());
                if self.plain {
                    rustix::fs::renameat(folder, beside.as_str(), folder, name)?;
                } else {
                    rustix::fs::renameat_with(folder, beside.as_str(), folder, name, RenameFlags::EXCHANGE)?;
                }
            }
            None => {
                let mode = Mode::from_raw_mode(self.opened.meta.mode() & 0o7777);
                rustix::fs::fchmod(&self.opened.file, mode)?;
            }
        }
        self.placed = false;
        Ok(())
    }
    /// Takes away what stands beside.
    fn clean(&self) {
        if let Some(beside) = &self.beside {
            let _ = rustix::fs::unlinkat(&self.opened.folder, beside.as_str(), AtFlags::empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A folder of its own for a test, gone at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("tyrian-change-{}-{name}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(path.join("in")).unwrap();
            Folder(path)
        }
        fn put(&self, file: &str, text: &str) {
            fs::write(self.0.join(file), text).unwrap();
        }
        fn get(&self, file: &str) -> String {
            fs::read_to_string(self.0.join(file)).unwrap()
        }
        fn change(&self, file: &str, before: &str, after: &str) -> Change {
            let text = Some((before.as_bytes().to_vec(), after.as_bytes().to_vec()));
            Change { base: self.0.clone(), file: file.to_owned(), text, mode: None }
        }
        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn why(changes: &[&Change]) -> String {
        commit(changes).err().map(|failure| failure.message).unwrap_or_default()
    }

    #[test]
    fn all_files_change_or_none() {
        let folder = Folder::new("all");
        folder.put("a", "1");
        folder.put("b", "2");
        fs::set_permissions(folder.0.join("a"), fs::Permissions::from_mode(0o604)).unwrap();
        let (a, b) = (folder.change("a", "1", "one"), folder.change("b", "not 2", "two"));
        assert!(why(&[&a, &b]).contains("b changed meanwhile"));
        assert!(why(&[&a, &folder.change("gone", "", "x")]).contains("nothing was changed: gone"));
        assert_eq!((folder.get("a"), folder.get("b")), ("1".into(), "2".into()));
        assert_eq!(why(&[&a, &folder.change("b", "2", "two")]), "");
        assert_eq!((folder.get("a"), folder.get("b")), ("one".into(), "two".into()));
        assert_eq!(fs::metadata(folder.0.join("a")).unwrap().mode() & 0o7777, 0o604);
        assert_eq!(folder.names(), ["a", "b", "in"], "nothing is left beside");
    }

    #[test]
    fn what_changes_at_the_last_moment_is_put_back() {
        let folder = Folder::new("last");
        folder.put("a", "1");
        folder.put("b", "2");
        let changes = [folder.change("a", "1", "one"), folder.change("b", "2", "two")];
        let mut ready: Vec<Ready> = changes.iter().map(|change| prepare(change).unwrap()).collect();
        // Somebody writes between the look and the exchange.
        folder.put("b", "mine");
        assert_eq!(ready[0].place(), Ok(()));
        assert!(ready[1].place().unwrap_err().contains("b changed meanwhile"));
        ready.iter_mut().rev().for_each(|one| one.back().unwrap());
        ready.iter().for_each(Ready::clean);
        assert_eq!((folder.get("a"), folder.get("b")), ("1".into(), "mine".into()));
        assert_eq!(folder.names(), ["a", "b", "in"]);
    }

    #[test]
    fn links_and_ways_out_are_refused() {
        let folder = Folder::new("links");
        folder.put("a", "1");
        folder.put("in/b", "2");
        symlink(folder.0.join("a"), folder.0.join("link")).unwrap();
        symlink(folder.0.join("in"), folder.0.join("folder")).unwrap();
        fs::hard_link(folder.0.join("a"), folder.0.join("other")).unwrap();
        let inside = Change { base: folder.0.join("in"), ..folder.change("../a", "1", "x") };
        for (change, reason) in [
            (folder.change("link", "1", "x"), "a link"),
            (folder.change("folder/b", "2", "x"), "a link"),
            (inside, "outside of the target"),
            (folder.change("/etc/hostname", "1", "x"), "outside of the target"),
            (folder.change("in", "1", "x"), "not an ordinary file"),
            (folder.change("a", "1", "x"), "hard links"),
        ] {
            assert!(why(&[&change]).contains(reason), "{}: {}", change.file, why(&[&change]));
        }
        assert_eq!((folder.get("a"), folder.get("in/b")), ("1".into(), "2".into()));
    }
}
