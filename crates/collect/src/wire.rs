//! A connection to an engine: a socket of this machine, a port of it, or TLS to another one.

use crate::unix::connected;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tyrian_model::fact::{Gap, Why};

/// How an engine is spoken to by TLS: whom to trust, and who one is.
#[derive(Clone)]
pub struct Keys {
    folder: PathBuf,
    config: Arc<ClientConfig>,
}

// Of two that were read from one folder nobody knows a difference, and the key is nobody's to print.
impl PartialEq for Keys {
    fn eq(&self, other: &Keys) -> bool {
        self.folder == other.folder
    }
}
impl Eq for Keys {}
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.folder.display())
    }
}

impl Keys {
    /// From `ca.pem`, `cert.pem` and `key.pem` of a folder, as Docker's client has them. Without the latter two the engine
    /// is not told who asks.
    ///
    /// # Errors
    /// A file is missing, is none of its kind, or the key is not the certificate's.
    pub fn read(folder: &Path) -> Result<Keys, Gap> {
        let wrong = |name: &str, what: &str| {
            let file = folder.join(name);
            let advice = "DOCKER_CERT_PATH names the folder with ca.pem, cert.pem and key.pem";
            Gap::new(Why::NotRead, format!("{}: {what}; {advice}", file.display()))
        };
        let certificates = |name: &str| -> Result<Vec<CertificateDer<'static>>, Gap> {
            let found = CertificateDer::pem_file_iter(folder.join(name)).and_then(Iterator::collect);
            let found: Vec<_> = found.map_err(|error| wrong(name, &error.to_string()))?;
            if found.is_empty() { Err(wrong(name, "it holds no certificate")) } else { Ok(found) }
        };
        let mut roots = RootCertStore::empty();
        for root in certificates("ca.pem")? {
            roots.add(root).map_err(|error| wrong("ca.pem", &error.to_string()))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong("ca.pem", &error.to_string()))?
            .with_root_certificates(roots);
        let config = if folder.join("cert.pem").exists() || folder.join("key.pem").exists() {
            let key = PrivateKeyDer::from_pem_file(folder.join("key.pem"))
                .map_err(|error| wrong("key.pem", &error.to_string()))?;
            config
                .with_client_auth_cert(certificates("cert.pem")?, key)
                .map_err(|error| wrong("key.pem", &error.to_string()))?
        } else {
            config.with_no_client_auth()
        };
        Ok(Keys { folder: folder.to_owned(), config: Arc::new(config) })
    }
}

/// A connection.
#[derive(Debug)]
pub enum Wire {
    /// A socket that is a file.
    Unix(UnixStream),
    /// A port.
    Tcp(TcpStream),
    /// A port, by TLS.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    /// To a socket that is a file.
    ///
    /// # Errors
    /// Nobody listens there, or rights are missing.
    pub fn unix(path: &Path, within: Option<Duration>) -> io::Result<Wire> {
        connected(path, within).map(Wire::Unix)
    }

    /// To a port, `host:2375`.
    ///
    /// # Errors
    /// There is no such host, or nobody listens there.
    pub fn tcp(host: &str, within: Option<Duration>) -> io::Result<Wire> {
        reached(host, within).map(Wire::Tcp)
    }

    /// To a port by TLS, whose certificate must be for that host.
    ///
    /// # Errors
    /// As above; or the one does not trust the other.
    pub fn tls(host: &str, keys: &Keys, within: Option<Duration>) -> io::Result<Wire> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name =
            ServerName::try_from(name).map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        let mut stream = reached(host, within)?;
        stream.set_read_timeout(within)?;
        stream.set_write_timeout(within)?;
        let mut connection = ClientConnection::new(keys.config.clone(), name).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut stream)?;
        }
        Ok(Wire::Tls(Box::new(StreamOwned::new(connection, stream))))
    }

    fn socket(&self) -> Option<&TcpStream> {
        match self {
            Wire::Unix(_) => None,
            Wire::Tcp(stream) => Some(stream),
            Wire::Tls(stream) => Some(&stream.sock),
        }
    }

    /// How long one read or write may wait; nothing: as long as it takes.
    ///
    /// # Errors
    /// The time is none.
    pub fn patience(&self, time: Option<Duration>) -> io::Result<()> {
        match (self, self.socket()) {
            (Wire::Unix(stream), _) => {
                stream.set_read_timeout(time)?;
                stream.set_write_timeout(time)
            }
            (_, Some(stream)) => {
                stream.set_read_timeout(time)?;
                stream.set_write_timeout(time)
            }
            (_, None) => Ok(()),
        }
    }

    /// Is nothing to be read, and the other end still there?
    pub(crate) fn is_quiet(&mut self) -> bool {
        let quiet =
            |error: io::Result<usize>| matches!(error, Err(error) if error.kind() == ErrorKind::WouldBlock);
        match self {
            Wire::Unix(stream) => {
                stream.set_nonblocking(true).is_ok()
                    && quiet(stream.read(&mut [0]))
                    && stream.set_nonblocking(false).is_ok()
            }
            Wire::Tcp(stream) => {
                stream.set_nonblocking(true).is_ok()
                    && quiet(stream.peek(&mut [0]))
                    && stream.set_nonblocking(false).is_ok()
            }
            Wire::Tls(stream) => {
                stream.sock.set_nonblocking(true).is_ok()
                    && quiet(stream.sock.peek(&mut [0]))
                    && stream.sock.set_nonblocking(false).is_ok()
            }
        }
    }
}

/// A connection to a port of one of the addresses of a host.
fn reached(host: &str, within: Option<Duration>) -> io::Result<TcpStream> {
    let until = within.map(|within| Instant::now() + within);
    let mut last = io::Error::new(ErrorKind::NotFound, "no such host");
    for address in host.to_socket_addrs()? {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let stream = match left {
            Some(left) if left.is_zero() => return Err(ErrorKind::TimedOut.into()),
            Some(left) => TcpStream::connect_timeout(&address, left),
            None => TcpStream::connect(address),
        };
        match stream {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Unix(stream) => stream.read(into),
            Wire::Tcp(stream) => stream.read(into),
            Wire::Tls(stream) => match stream.read(into) {
                // Who closes without a word has ended all the same; HTTP says by itself whether an answer is whole.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
                read => read,
            },
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Unix(stream) => stream.write(bytes),
            Wire::Tcp(stream) => stream.write(bytes),
            Wire::Tls(stream) => {
                let written = stream.write(bytes)?;
                stream.flush()?;
                Ok(written)
            }
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Unix(stream) => stream.flush(),
            Wire::Tcp(stream) => stream.flush(),
            Wire::Tls(stream) => stream.flush(),
        }
    }
}
