//! A stub for the socket of a container runtime: it answers a ping and refuses everything else.

use super::Trouble;
use super::local::trouble;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The most that is read of a request, in bytes.
const REQUEST: u64 = 8192;
/// How long it waits for a request.
const PATIENCE: Duration = Duration::from_secs(2);

/// The stub; its socket is there until it is dropped.
#[derive(Debug)]
pub(super) struct Stub {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stub {
    /// Starts it at that path. The socket is root's, as those of runtimes are.
    pub(super) fn at(path: &Path) -> Result<Stub, Trouble> {
        let listener = UnixListener::bind(path).and_then(|listener| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
            Ok(listener)
        });
        let listener = listener.map_err(|error| trouble(&format!("{}: {error}", path.display())))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::spawn(move || answer(stream));
            }
        });
        Ok(Stub { path: path.to_owned(), stop, thread: Some(thread) })
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // It wakes up, sees that, and ends.
        if UnixStream::connect(&self.path).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

/// One request, one answer.
fn answer(mut stream: UnixStream) {
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let _ = stream.set_write_timeout(Some(PATIENCE));
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && (request.len() as u64) < REQUEST {
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => request.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            _ => break,
        }
    }
    // Who asked is gone when it cannot be told.
    let _ = stream.write_all(reply(&request));
}

fn reply(request: &[u8]) -> &'static [u8] {
    let ping = [&b"GET /_ping "[..], b"HEAD /_ping "].iter().any(|begin| request.starts_with(begin));
    if ping {
        b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"
    } else {
        b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 48\r\nConnection: close\r\n\r\n{\"message\":\"this is a stub, which does nothing\"}"
    }
}
