//! Files over HTTP: only if they have changed, resumed where a connection breaks, bounded, checked.

use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{Response, StatusCode};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// The largest file, in bytes.
const MOST_BYTES: usize = 2 << 30;
/// How often a download is tried, each time from where the last one broke.
const TRIES: usize = 4;

/// What came of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// It is what it was.
    Unchanged,
    /// There is no such file.
    Missing,
    /// The file, and the mark of this state of it, which may be empty.
    New { bytes: Vec<u8>, etag: String },
}

/// Where systems keep the authorities that they trust, a private one among them.
const AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The authorities that SSL_CERT_FILE names, or the system's.
fn authorities() -> Vec<Certificate<'static>> {
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let files = match named {
        Some(file) => vec![file],
        None => AUTHORITIES.iter().map(PathBuf::from).collect(),
    };
    let bytes = files.iter().find_map(|file| crate::scan::bytes(file, 16 << 20).ok()).unwrap_or_default();
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    parse_pem(&bytes).filter_map(certificate).collect()
}

/// How registries are spoken to: proxies are those of the environment, authorities those of the system.
pub(crate) fn of_registries() -> ureq::config::Config {
    // It fails where one is installed already, which then is this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = RootCerts::Specific(Arc::new(authorities()));
    tyrian_collect::registry::settings().tls_config(TlsConfig::builder().root_certs(roots).build()).build()
}

/// Who fetches: proxies are those of the environment, authorities those of the system.
pub(crate) fn agent() -> Agent {
    // It fails where one is installed already, which then is this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = RootCerts::Specific(Arc::new(authorities()));
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .timeout_global(Some(Duration::from_secs(1800)))
        .user_agent(crate::scan::TOOL.replace(' ', "/"))
        .build();
    config.into()
}

/// Fetches a file, unless it is still the one of that mark.
///
/// # Errors
/// What went wrong, the file's address included.
pub(crate) fn file(agent: &Agent, url: &str, known: &str) -> Result<Fetched, String> {
    let mut got = Partial::default();
    let mut last = String::new();
    for _ in 0..TRIES {
        match attempt(agent, url, known, &mut got) {
            Ok(Some(done)) => return Ok(done),
            Ok(None) => {
                return Ok(Fetched::New { bytes: got.bytes, etag: got.etag });
            }
            Err(Trouble::Final(what)) => return Err(format!("{url}: {what}")),
            Err(Trouble::Broken(what)) => last = what,
        }
    }
    Err(format!("{url}: {last}, also when tried {TRIES} times"))
}

/// What has come so far.
#[derive(Default)]
struct Partial {
    bytes: Vec<u8>,
    etag: String,
}

enum Trouble {
    /// Worth another try.
    Broken(String),
    Final(String),
}

/// One request; nothing where the rest of the file has come.
fn attempt(agent: &Agent, url: &str, known: &str, got: &mut Partial) -> Result<Option<Fetched>, Trouble> {
    let mut request = agent.get(url);
    // Without a mark it is not known whether the rest belongs to the beginning.
    if got.bytes.is_empty() || got.etag.is_empty() {
        got.bytes.clear();
        if !known.is_empty() {
            request = request.header("If-None-Match", known);
        }
    } else {
        request =
            request.header("Range", format!("bytes={}-", got.bytes.len())).header("If-Range", &got.etag);
    }
    let response = request.call().map_err(|error| Trouble::Broken(error.to_string()))?;
    let header = |response: &Response<ureq::Body>, name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let status = response.status();
    match status {
        StatusCode::NOT_MODIFIED => return Ok(Some(Fetched::Unchanged)),
        StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Some(Fetched::Missing)),
        StatusCode::OK => got.bytes.clear(),
        StatusCode::PARTIAL_CONTENT
            if header(&response, "content-range").starts_with(&format!("bytes {}-", got.bytes.len())) => {}
        StatusCode::TOO_MANY_REQUESTS => return Err(Trouble::Broken(format!("answered {status}"))),
        _ if status.is_server_error() => return Err(Trouble::Broken(format!("answered {status}"))),
        _ => return Err(Trouble::Final(format!("answered {status}"))),
    }
    // A weak mark says that the content means the same, not that its bytes are.
    got.etag = Some(header(&response, "etag")).filter(|etag| !etag.starts_with("W/")).unwrap_or_default();
    let expected =
        header(&response, "content-length").parse::<usize>().ok().map(|rest| rest + got.bytes.len());
    if expected.is_some_and(|size| size > MOST_BYTES) {
        return Err(Trouble::Final(format!("larger than {} MiB", MOST_BYTES >> 20)));
    }
    let mut body = response.into_body().into_reader().take((MOST_BYTES + 1 - got.bytes.len()) as u64);
    body.read_to_end(&mut got.bytes).map_err(|error| Trouble::Broken(format!("broke off: {error}")))?;
    if got.bytes.len() > MOST_BYTES {
        return Err(Trouble::Final(format!("larger than {} MiB", MOST_BYTES >> 20)));
    }
    match expected {
        Some(size) if got.bytes.len() < size => {
            Err(Trouble::Broken(format!("broke off after {} of {size} bytes", got.bytes.len())))
        }
        Some(size) if got.bytes.len() > size => Err(Trouble::Final("longer than it says".into())),
        _ => Ok(None),
    }
}

/// Checks the bytes against the text of a file of sums, `HEX  NAME`.
///
/// # Errors
/// They have another sum.
pub(crate) fn checked(bytes: &[u8], sums: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(sums);
    let said = text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let sum: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if said == sum {
        Ok(())
    } else {
        Err(format!(
            "its SHA-256 is {sum}, and its mirror says {}",
            said.chars().take(64).collect::<String>()
        ))
    }
}
