//! The directory of a run: the probe, plans, and what stands in for things of the host. It is removed with the run.

use super::{PROBE_DIRECTORY, Trouble};
use crate::probe::PROBE;
use crate::spec::{Mount, MountKind};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The file, in every directory that stands in for another, that holds the canary.
pub const CANARY: &str = "canary";
/// What the directory of every run begins with.
const PREFIX: &str = "tyrian-";

/// The directory of a run.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    canary: String,
    asked: Arc<AtomicUsize>,
}

impl State {
    /// Makes it, with the probe in it.
    ///
    /// # Errors
    /// It cannot be made, or programs cannot be run from there.
    pub fn make(mark: &str, canary: &str) -> Result<State, Trouble> {
        if PROBE.is_empty() {
            return Err(Trouble::DidNotStart("attacks are made on Linux, on x86-64 or arm64".into()));
        }
        let path = std::env::temp_dir().join(mark);
        let failed = |error: std::io::Error| Trouble::DidNotStart(format!("{}: {error}", path.display()));
        DirBuilder::new().mode(0o711).create(&path).map_err(failed)?;
        let state = State { path: path.clone(), canary: canary.to_owned(), asked: Arc::default() };
        DirBuilder::new().mode(0o711).create(state.files()).map_err(failed)?;
        fs::write(path.join("owner"), owner(mark)).map_err(failed)?;
        for (name, mode) in [("probe", 0o755), ("setuid", 0o4755)] {
            let file = state.files().join(name);
            fs::write(&file, PROBE).map_err(failed)?;
            fs::set_permissions(&file, Permissions::from_mode(mode)).map_err(failed)?;
        }
        let runs = std::process::Command::new(state.files().join("probe")).arg("true").status();
        if !runs.is_ok_and(|status| status.success()) {
            let what = format!(
                "{}: programs cannot be run from there (a mount with noexec?): set TMPDIR to a directory where they can",
                path.display()
            );
            return Err(Trouble::DidNotStart(what));
        }
        state.listen().map_err(failed)?;
        Ok(state)
    }
    /// What every clone sees as [`PROBE_DIRECTORY`].
    pub fn files(&self) -> PathBuf {
        self.path.join(PROBE_DIRECTORY.trim_start_matches("/."))
    }
    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// Writes a file that clones see beside the probe.
    ///
    /// # Errors
    /// The disk is full, or the directory is gone.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let file = self.files().join(name);
        let written = (|| {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&file)?;
            file.write_all(bytes)
        })();
        written.map_err(|error| Trouble::DidNotStart(format!("{}: {error}", file.display())))
    }
    /// Removes what belongs to one clone.
    pub fn forget(&self, job: &str) {
        for name in [job.to_owned(), format!("{job}-enter")] {
            let _ = fs::remove_file(self.files().join(name));
        }
        let _ = fs::remove_dir_all(self.path.join(job));
    }
    /// What stands in for a mount in one clone: its own, so that nothing leaks into another.
    ///
    /// # Errors
    /// The disk is full, or the directory is gone.
    pub fn stand_in(&self, job: &str, number: usize, mount: &Mount) -> Result<PathBuf, Trouble> {
        let directory = self.path.join(job);
        let failed =
            |error: std::io::Error| Trouble::DidNotStart(format!("{}: {error}", directory.display()));
        DirBuilder::new().recursive(true).mode(0o711).create(&directory).map_err(failed)?;
        let place = directory.join(number.to_string());
        let file = |place: &Path| -> std::io::Result<()> {
            File::create(place)?.write_all(self.canary.as_bytes())?;
            fs::set_permissions(place, Permissions::from_mode(0o644))
        };
        match &mount.kind {
            MountKind::Directory { .. } => {
                DirBuilder::new().mode(0o755).create(&place).map_err(failed)?;
                file(&place.join(CANARY)).map_err(failed)?;
            }
            MountKind::File { .. } => file(&place).map_err(failed)?,
            MountKind::RuntimeSocket { .. } => return Ok(self.path.join("stub.sock")),
            MountKind::Tmpfs(_) => {}
        }
        Ok(place)
    }
    /// What the stub of a runtime's socket was asked for beside a ping.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// The stub of a runtime's socket: it answers a ping, and refuses and counts everything else.
    fn listen(&self) -> std::io::Result<()> {
        let socket = self.path.join("stub.sock");
        let listener = UnixListener::bind(&socket)?;
        // As an engine's own: root and its group.
        fs::set_permissions(&socket, Permissions::from_mode(0o660))?;
        let asked = self.asked.clone();
        // It ends with the program; when the socket is removed nobody reaches it.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(&stream, &asked);
            }
        });
        Ok(())
    }
}

/// One question to the stub.
fn answer(stream: &UnixStream, asked: &AtomicUsize) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let mut line = String::new();
    if BufReader::new(stream.take(4096)).read_line(&mut line).is_err() {
        return;
    }
    let ping = line.starts_with("GET /_ping ");
    if !ping {
        asked.fetch_add(1, Ordering::Relaxed);
    }
    let (status, body) = if ping { ("200 OK", "OK") } else { ("403 Forbidden", "a stub") };
    let mut stream = stream;
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nApi-Version: 1.41\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Who made something: this process, by its id and the time it was started, so that another one with the same id is
/// not taken for it.
pub fn owner(mark: &str) -> String {
    let id = std::process::id();
    format!("{id}:{}:{mark}", started(id).unwrap_or(0))
}

/// Does the process still run that wrote this?
pub fn owner_is_alive(owner: &str) -> bool {
    let mut parts = owner.split(':');
    let (Some(id), Some(since)) = (parts.next().and_then(|id| id.parse().ok()), parts.next()) else {
        return false;
    };
    started(id).is_some_and(|started| since == started.to_string())
}

/// When a process was started, in ticks since the machine was.
fn started(id: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in parentheses may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// Removes the directories of runs whose program is no more; says which.
pub fn leftovers() -> Vec<String> {
    let mut removed = Vec::new();
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return removed };
    for entry in entries.flatten() {
        let path = entry.path();
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        let Some(owner) = ours.then(|| fs::read_to_string(path.join("owner")).ok()).flatten() else {
            continue;
        };
        if !owner_is_alive(&owner) && fs::remove_dir_all(&path).is_ok() {
            removed.push(path.display().to_string());
        }
    }
    removed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // helpers of tests are tests
    use super::*;

    #[test]
    fn an_owner_is_alive_while_it_is_the_same_process() {
        assert!(owner_is_alive(&owner("x")));
        let id = std::process::id();
        assert!(!owner_is_alive(&format!("{id}:1:x")), "the same number, another process");
        assert!(!owner_is_alive("") && !owner_is_alive("a:b") && !owner_is_alive("4000000000:1:x"));
    }

    #[test]
    fn the_stub_answers_a_ping_and_counts_everything_else() {
        let state = State::make(&format!("tyrian-test-stub-{}", std::process::id()), "c").unwrap();
        let ask = |text: &str| {
            let mut stream = UnixStream::connect(state.path().join("stub.sock")).unwrap();
            stream.write_all(text.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        assert!(ask("GET /_ping HTTP/1.1\r\n\r\n").ends_with("OK"));
        assert_eq!(state.asked(), 0);
        assert!(ask("POST /v1.41/containers/create HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 403"));
        assert_eq!(state.asked(), 1);
        let path = state.path().to_owned();
        drop(state);
        assert!(!path.exists());
    }
}
