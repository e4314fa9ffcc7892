//! The file of advisory data: where it is, opening it, and swapping it for a new one.

use crate::{Failure, exit};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use tyrian_advisory::index::{Builder, Index};

/// The file that is meant: the one that was named, or the user's own.
///
/// # Errors
/// There is no folder for it.
pub(crate) fn place(named: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(file) = named {
        return Ok(file.to_owned());
    }
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|dir| dir.is_absolute());
    let data = absolute("XDG_DATA_HOME").or(absolute("HOME").map(|home| home.join(".local/share")));
    let none = "no folder for the advisory database: set HOME, XDG_DATA_HOME or TYRIAN_DB, or give --db FILE";
    data.map(|data| data.join("tyrian/advisories.db")).ok_or(Failure::new(exit::USAGE, none))
}

/// A mapped file.
pub(crate) struct Mapped(memmap2::Mmap);

impl Mapped {
    /// Maps the file; nothing where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn open(file: &Path) -> Result<Option<Mapped>, Failure> {
        let failure =
            |error: std::io::Error| Failure::new(exit::USAGE, format!("{}: {error}", file.display()));
        let opened = match File::open(file) {
            Ok(opened) => opened,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failure(error)),
        };
        if !opened.metadata().map_err(failure)?.is_file() {
            return Err(Failure::new(exit::USAGE, format!("{}: not an ordinary file", file.display())));
        }
        // SAFETY: the bytes must not change while they are mapped. Nobody writes to a database that has its name: a
        // new one is written beside it and takes over the name, and the mapping keeps the old one.
        let map = unsafe { memmap2::Mmap::map(&opened) }.map_err(failure)?;
        Ok(Some(Mapped(map)))
    }

    /// What is in it.
    ///
    /// # Errors
    /// It is none, newer, or damaged.
    pub(crate) fn index(&self, file: &Path) -> Result<Index<'_>, Failure> {
        Index::open(&self.0).map_err(|refused| said(file, &refused))
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Says why a database is not used.
pub(crate) fn said(file: &Path, refused: &impl std::fmt::Display) -> Failure {
    Failure::new(exit::USAGE, format!("the advisory database {}: {refused}", file.display()))
}

/// Changes the database: one at a time, and whoever is killed leaves a whole file behind.
///
/// # Errors
/// Why it stays as it was.
pub(crate) fn change(
    file: &Path,
    how: impl FnOnce(&mut Builder) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let failure = |what: &Path, error: std::io::Error| {
        Failure::new(exit::USAGE, format!("{}: {error}; the database is as it was", what.display()))
    };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| failure(folder, error))?;
    let beside = |end: &str| {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(end);
        folder.join(name)
    };
    let (lock, new) = (beside(".lock"), beside(".new"));
    let held = OpenOptions::new().create(true).append(true).open(&lock);
    let held = held.map_err(|error| failure(&lock, error))?;
    if held.try_lock().is_err() {
        anstream::eprintln!("tyrian: another one changes the database; waiting for it");
        held.lock().map_err(|error| failure(&lock, error))?;
    }
    let mut builder = match Mapped::open(file)? {
        Some(mapped) => {
            Builder::of(&mapped.index(file)?, |_| true).map_err(|refused| said(file, &refused))?
        }
        None => Builder::default(),
    };
    if !how(&mut builder)? {
        return Ok(());
    }
    write(&new, &builder.build()).and_then(|()| std::fs::rename(&new, file)).map_err(|error| {
        let _ = std::fs::remove_file(&new);
        failure(&new, error)
    })?;
    // The name is written down only with its folder.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failure(folder, error))
}

fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut to = File::create(file)?;
    to.write_all(bytes)?;
    to.sync_all()
}
