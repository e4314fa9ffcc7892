//! Real parts for tests, found and never started: a Docker engine, recorded data beside the checkout, programs.
//!
//! Each function gives the part, or says on the terminal which test is skipped, why, and how to get the part, and
//! gives `None`; the test then returns. In CI (`CI=true`) a part that is not there fails the test instead, so that
//! nothing is skipped there unseen. `make test` gives a file in `TYRIAN_LAB_SKIPS`; each skip adds a line to it.
//!
//! ```no_run
//! let Some(engine) = tyrian_lab::docker("reads_a_live_engine") else { return };
//! println!("{}", engine.socket.display());
//! ```

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The Docker engine of the lab, with the images of `lab/images` and the containers of `lab/zoo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docker {
    /// The path of its unix socket.
    pub socket: PathBuf,
}

/// The engine whose socket `TYRIAN_LAB_DOCKER` names, if it answers a ping.
///
/// # Panics
/// In CI, if it does not.
pub fn docker(test: &str) -> Option<Docker> {
    match engine(std::env::var_os("TYRIAN_LAB_DOCKER").map(PathBuf::from)) {
        Ok(docker) => Some(docker),
        Err(reason) => {
            absent(test, &reason, "`make test`, or TYRIAN_LAB_DOCKER=$(lab/docker up)", in_ci());
            None
        }
    }
}

/// The folder `name` of `shared`, which stands beside some checkouts only: a test over its data runs where it is.
///
/// # Panics
/// With `TYRIAN_SHARED=required`, if it is not there. CI does not require it.
pub fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let checkout = checkout();
    let folder = checkout.parent().unwrap_or(&checkout).join("shared").join(name);
    if folder.exists() {
        return Some(folder);
    }
    let required = std::env::var_os("TYRIAN_SHARED").is_some_and(|value| value == "required");
    absent(test, &format!("there is no ../shared/{name}"), "lay it beside the checkout", required);
    None
}

/// The program `name`, looked for in `PATH` and where Debian keeps the administrator's programs.
///
/// # Panics
/// In CI, if it is not installed.
pub fn tool(test: &str, name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        absent(test, &format!("{name} is not installed"), "scripts/install test", in_ci());
    }
    found
}

/// Whether the test runs as root; some parts of a machine can only be made or read by it.
///
/// # Panics
/// In CI, if it does not.
pub fn root(test: &str) -> bool {
    // The owner of a process's own entry is its effective user.
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root {
        absent(test, "it needs root", "sudo make test", in_ci());
    }
    is_root
}

/// The tree or tar that `lab/images` bootstraps Debian into, named by `TYRIAN_LAB_ROOTFS`.
///
/// # Panics
/// In CI, if it is not there.
pub fn rootfs(test: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TYRIAN_LAB_ROOTFS").map(PathBuf::from).filter(|root| root.exists());
    if root.is_none() {
        absent(test, "TYRIAN_LAB_ROOTFS names no Debian", "`make test`", in_ci());
    }
    root
}

/// The script that boots a machine of its own with AppArmor and BPF LSM, once all that it needs is there.
///
/// # Panics
/// In CI, if something is not.
pub fn machine(test: &str) -> Option<PathBuf> {
    let script = checkout().join("lab/vm");
    if tool(test, "qemu-system-x86_64").is_none() || tool(test, "busybox").is_none() {
        return None;
    }
    let got = std::process::Command::new(&script).arg("get").output();
    if got.as_ref().is_ok_and(|got| got.status.success()) {
        return Some(script);
    }
    let why = got.map(|got| String::from_utf8_lossy(&got.stderr).trim().to_owned());
    let why = why.unwrap_or_else(|error| error.to_string());
    absent(test, &format!("lab/vm get: {why}"), "Debian on amd64, and apt-get update", in_ci());
    None
}

/// Says that a test has nothing to look at on this kind of machine, which no installing would change.
pub fn elsewhere(test: &str, reason: &str) {
    absent(test, reason, "another machine", false);
}

/// The root of this checkout.
pub fn checkout() -> PathBuf {
    let lab = Path::new(env!("CARGO_MANIFEST_DIR"));
    lab.parent().unwrap_or(lab).to_path_buf()
}

fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// The engine at a socket, or why there is none.
fn engine(socket: Option<PathBuf>) -> Result<Docker, String> {
    let socket = socket.ok_or("TYRIAN_LAB_DOCKER is not set")?;
    match ping(&socket) {
        Ok(true) => Ok(Docker { socket }),
        Ok(false) => Err(format!("what listens at {} is no Docker engine", socket.display())),
        Err(error) => Err(format!("no engine answers at {}: {error}", socket.display())),
    }
}

/// Whether a Docker engine answers: `GET /_ping` says `OK`.
fn ping(socket: &Path) -> std::io::Result<bool> {
    let mut stream = UnixStream::connect(socket)?;
    let patience = Some(Duration::from_secs(10));
    stream.set_read_timeout(patience)?;
    stream.set_write_timeout(patience)?;
    stream.write_all(b"GET /_ping HTTP/1.0\r\nHost: docker\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.starts_with("HTTP/1.") && answer.contains(" 200 ") && answer.trim_end().ends_with("OK"))
}

/// Says that a test has no part to run on; fails it where the part is required.
#[expect(clippy::panic, reason = "a part that CI must have fails the test that asks for it")]
fn absent(test: &str, reason: &str, remedy: &str, required: bool) {
    let line = format!("skipped: {test}: {reason} ({remedy})\n");
    if required {
        panic!("{test} may not be skipped here: {reason} ({remedy})");
    }
    // Written past the capture of the test harness, so that a passing test shows it too.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(file) = std::env::var_os("TYRIAN_LAB_SKIPS") {
        // One write, appended: tests of several processes may skip at once.
        let _ = OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    /// A socket that gives one answer to one caller.
    fn speaks(name: &str, answer: &'static [u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tyrian-lab-{}-{name}.sock", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = [0; 256];
            let _ = stream.read(&mut question).unwrap();
            stream.write_all(answer).unwrap();
        });
        path
    }

    #[test]
    fn an_engine_is_one_that_answers_a_ping() {
        let engine_socket = speaks("engine", b"HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\n\r\nOK");
        assert_eq!(engine(Some(engine_socket.clone())), Ok(Docker { socket: engine_socket.clone() }));
        let other = speaks("other", b"HTTP/1.0 404 Not Found\r\n\r\nwhat?");
        assert!(engine(Some(other.clone())).unwrap_err().contains("is no Docker engine"));
        let gone = Path::new("/nonexistent/docker.sock").to_path_buf();
        assert!(engine(Some(gone)).unwrap_err().contains("no engine answers at"));
        assert!(engine(None).unwrap_err().contains("TYRIAN_LAB_DOCKER is not set"));
        for path in [engine_socket, other] {
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    #[should_panic(expected = "may not be skipped here: no engine")]
    fn a_required_part_fails_the_test() {
        absent("some_test", "no engine", "start one", true);
    }

    #[test]
    fn the_live_engine_has_the_zoo() {
        let Some(Docker { socket }) = docker("the_live_engine_has_the_zoo") else { return };
        let mut stream = UnixStream::connect(socket).unwrap();
        stream.write_all(b"GET /containers/json?all=1 HTTP/1.0\r\nHost: docker\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        for name in ["zoo-default", "zoo-privileged", "zoo-hardened", "zoo-stopped", "zoo-ordinary"] {
            assert!(answer.contains(&format!("\"/{name}\"")), "{name} is not among the containers");
        }
    }
}
