//! Images of a registry, by the distribution protocol: each layer is read and its digest checked as it comes, nothing
//! is written to disk.
//!
//! What a registry says is not believed: answers are bounded, a password goes to nobody whom the registry redirects to,
//! and without TLS only this machine itself is spoken to.

mod login;

pub use login::files as logins;

use crate::image::{Bytes, How, Source, digest_of, of_source};
use login::Login;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;
use tyrian_model::fact::{Gap, Known, Why};
use tyrian_model::image::Image;
use tyrian_model::workload::ImageRef;
use tyrian_read::image::shown;
use tyrian_read::image_ref::image_ref;
use ureq::config::{Config, ConfigBuilder};
use ureq::http::{Response, Uri};
use ureq::typestate::AgentScope;
use ureq::{Agent, Body};

/// How often a question is asked, and how many redirects are followed.
const TRIES: u32 = 4;
const MOST_REDIRECTS: usize = 5;
/// The longest that a registry may ask to be waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The largest answer to a login, in bytes.
const LARGEST_ANSWER: u64 = 1 << 20;
/// What manifests are called.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// How a registry is spoken to; what TLS needs is to be added.
pub fn settings() -> ConfigBuilder<AgentScope> {
    // Redirects are followed here, where it is seen whom they lead to.
    Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_response_header_size(64 << 10)
        .user_agent(concat!("tyrian/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .timeout_per_read(Some(Duration::from_secs(30)))
}

/// Who asks a registry.
pub struct Client {
    /// [`settings`], with what TLS needs.
    pub config: Config,
    /// How long it is waited before the first retry; twice as long before each other.
    pub wait: Duration,
    /// Configurations with logins, [`logins`].
    pub logins: Vec<PathBuf>,
}

/// The image that a reference names, with its name.
///
/// # Errors
/// The reference is none, or the registry does not give what it names.
pub fn image(reference: &str, client: &Client, how: &How<'_>) -> Result<Vec<(String, Image)>, Gap> {
    let wrong = || Gap::new(Why::Malformed, format!("{}: it is no reference of an image", shown(reference)));
    let parsed = image_ref(reference).ok_or_else(wrong)?;
    let registry = Registry::of(&parsed, client)?;
    let wanted = parsed.digest.clone().or(parsed.tag.clone()).unwrap_or_else(|| "latest".into());
    let manifest = registry.manifest(&wanted)?;
    let digest = digest_of(&manifest);
    let registry = Registry { first: Some((digest.clone(), manifest)), ..registry };
    if let Some(asked) = parsed.digest.as_deref().filter(|asked| *asked != digest) {
        let what =
            format!("{}: the registry gave what has the digest {digest}, not {asked}", shown(reference));
        return Err(Gap::new(Why::Malformed, what));
    }
    let (row, mut image) = of_source(&registry, Some(reference.to_owned()), &digest, how)?;
    image.repo_digests = Known::is(vec![format!("{}/{}@{digest}", parsed.registry, parsed.repository)]);
    Ok(vec![(row, image)])
}

/// A repository of a registry.
struct Registry {
    agent: Agent,
    /// `https://ghcr.io`.
    base: String,
    repository: String,
    /// What a person calls it.
    name: String,
    login: Option<Login>,
    /// What is sent to be let in, once the registry has said how.
    authorization: Mutex<Option<String>>,
    wait: Duration,
    /// What the reference named, and its digest.
    first: Option<(String, Vec<u8>)>,
}

/// What came of a request.
enum Trouble {
    /// Worth another try, perhaps after a time that the other side has named.
    Passing(String, Option<Duration>),
    Final(Gap),
}

impl Registry {
    fn of(reference: &ImageRef, client: &Client) -> Result<Registry, Gap> {
        // Docker's own registry is not where its name says.
        let host = match reference.registry.as_str() {
            "docker.io" => "registry-1.docker.io",
            host => host,
        };
        let here = is_here(host);
        let agent: Agent = client.config.clone().into();
        let mut registry = Registry {
            agent,
            base: format!("https://{host}"),
            repository: reference.repository.clone(),
            name: host.to_owned(),
            login: login::find(&client.logins, &reference.registry, &reference.repository)?,
            authorization: Mutex::new(None),
            wait: client.wait,
            first: None,
        };
        if here {
            // On this machine itself most registries have no TLS.
            let plain = format!("http://{host}");
            let answer = registry.ask(&format!("{plain}/v2/"), &[]);
            if answer.is_ok_and(|answer| [200, 401].contains(&answer.status().as_u16())) {
                registry.base = plain;
            }
        }
        Ok(registry)
    }

    /// The manifest or index of that tag or digest.
    fn manifest(&self, wanted: &str) -> Result<Vec<u8>, Gap> {
        let path = format!("manifests/{wanted}");
        let answer = self.get(&path, 0)?;
        let mut bytes = Vec::new();
        let read =
            answer.into_body().into_reader().take(crate::image::LARGEST_DOCUMENT + 1).read_to_end(&mut bytes);
        match read {
            Ok(_) if bytes.len() as u64 > crate::image::LARGEST_DOCUMENT => {
                Err(self.gap(Why::Malformed, &path, "the answer is larger than 8 MiB"))
            }
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.gap(Why::NotRead, &path, &format!("it broke off: {error}"))),
        }
    }

    fn gap(&self, why: Why, path: &str, what: &str) -> Gap {
        Gap::new(why, format!("registry {}: {}/{path}: {what}", self.name, self.repository))
    }

    /// Asks for a part of the repository, from that byte on, as often as it is worth it.
    fn get(&self, path: &str, from: u64) -> Result<Response<Body>, Gap> {
        let mut wait = self.wait;
        let mut last = String::new();
        for number in 0..TRIES {
            if number > 0 {
                sleep(wait.min(LONGEST_WAIT));
                wait *= 2;
            }
            match self.attempt(path, from) {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Final(gap)) => return Err(gap),
                Err(Trouble::Passing(what, asked)) => {
                    last = what;
                    wait = asked.unwrap_or(wait);
                }
            }
        }
        Err(self.gap(Why::NotRead, path, &format!("{last}, also when asked {TRIES} times")))
    }

    fn attempt(&self, path: &str, from: u64) -> Result<Response<Body>, Trouble> {
        let url = format!("{}/v2/{}/{path}", self.base, self.repository);
        let mut answer = self.follow(&url, from)?;
        if answer.status().as_u16() == 401 {
            let challenge = header(&answer, "www-authenticate");
            // One answer to it, and no second.
            self.log_in(&challenge)?;
            answer = self.follow(&url, from)?;
        }
        let final_gap = |why, what: &str| Err(Trouble::Final(self.gap(why, path, what)));
        match answer.status().as_u16() {
            200 if from == 0 => Ok(answer),
            206 if header(&answer, "content-range").starts_with(&format!("bytes {from}-")) => Ok(answer),
            200 => {
                // It cannot begin in the middle: what was read already is passed over.
                let passed = {
                    let body = answer.body_mut().as_reader();
                    io::copy(&mut body.take(from), &mut io::sink())
                };
                match passed {
                    Ok(passed) if passed == from => Ok(answer),
                    _ => Err(Trouble::Passing("it broke off again".into(), None)),
                }
            }
            401 | 403 => {
                let what = format!("it was refused; docker login {}", self.name);
                final_gap(Why::Denied, &what)
            }
            404 => final_gap(Why::NotRead, "there is none, or it may not be seen without docker login"),
            status @ (429 | 500..=599) => {
                let asked = header(&answer, "retry-after").parse().ok().map(Duration::from_secs);
                Err(Trouble::Passing(format!("it answered with status {status}"), asked))
            }
            status => final_gap(Why::NotRead, &format!("it answered with status {status}")),
        }
    }

    /// Asks, and goes where it is sent to; what lets in goes to the registry itself alone.
    fn follow(&self, url: &str, from: u64) -> Result<Response<Body>, Trouble> {
        let failed = |what: String| {
            Trouble::Final(Gap::new(Why::Malformed, format!("registry {}: {what}", self.name)))
        };
        let passing = |error: ureq::Error| Trouble::Passing(error.to_string(), None);
        let mut url = url.to_owned();
        let home = origin(&url);
        for _ in 0..=MOST_REDIRECTS {
            let mut headers = vec![("accept", format!("{MANIFESTS}, application/octet-stream, */*"))];
            if from > 0 {
                headers.push(("range", format!("bytes={from}-")));
            }
            if origin(&url) == home
                && let Ok(authorization) = self.authorization.lock()
                && let Some(authorization) = authorization.as_ref()
            {
                headers.push(("authorization", authorization.clone()));
            }
            let answer = self.ask(&url, &headers).map_err(passing)?;
            if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let to = header(&answer, "location");
            url = match to.starts_with('/') && !to.starts_with("//") {
                true => format!("{}{to}", origin(&url).unwrap_or_default()),
                false => to,
            };
            if !self.may_go(&url) {
                return Err(failed(format!(
                    "it redirects to {}, which is not gone to without TLS",
                    shown(&url)
                )));
            }
        }
        Err(failed(format!("more than {MOST_REDIRECTS} redirects")))
    }

    /// Everywhere with TLS; without it only on this machine, and only from there.
    fn may_go(&self, url: &str) -> bool {
        let here = |url: &str| {
            url.parse::<Uri>().ok().and_then(|uri| uri.authority().map(|it| is_here(it.as_str())))
        };
        match url.split_once("://") {
            Some(("https", _)) => true,
            Some(("http", _)) => self.base.starts_with("http:") && here(url) == Some(true),
            _ => false,
        }
    }

    fn ask(&self, url: &str, headers: &[(&str, String)]) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.get(url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        // No proxy knows this machine better than it does itself.
        let here = url.parse::<Uri>().ok().and_then(|uri| uri.authority().map(|it| is_here(it.as_str())));
        match here {
            Some(true) => request.config().proxy(None).build().call(),
            _ => request.call(),
        }
    }

    /// Finds out what lets in, as a refusal says.
    fn log_in(&self, challenge: &str) -> Result<(), Trouble> {
        let denied = |what: &str| {
            Trouble::Final(Gap::new(
                Why::Denied,
                format!("registry {}: {what}; docker login {}", self.name, self.name),
            ))
        };
        let (kind, rest) = challenge.split_once(' ').unwrap_or((challenge, ""));
        let sent = if kind.eq_ignore_ascii_case("basic") {
            match &self.login {
                Some(Login::Password(name, password)) => login::basic(name, password),
                _ => return Err(denied("it wants a name and a password")),
            }
        } else if kind.eq_ignore_ascii_case("bearer") {
            format!("Bearer {}", self.token(&login::parameters(rest))?)
        } else {
            return Err(denied("it refused, and does not say how to log in"));
        };
        if let Ok(mut authorization) = self.authorization.lock() {
            *authorization = Some(sent);
        }
        Ok(())
    }

    /// A token of the service that a refusal names.
    fn token(&self, parameters: &[(String, String)]) -> Result<String, Trouble> {
        let value =
            |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let failed =
            |why, what: String| Trouble::Final(Gap::new(why, format!("registry {}: {what}", self.name)));
        let realm = value("realm").unwrap_or_default();
        if !self.may_go(realm) {
            let what =
                format!("it names {} for its logins, which is not spoken to without TLS", shown(realm));
            return Err(failed(Why::Malformed, what));
        }
        // Reading is all that is asked for, whatever it names.
        let scope = format!("repository:{}:pull", self.repository);
        let mut pairs = vec![("scope", scope.as_str())];
        pairs.extend(value("service").map(|service| ("service", service)));
        let passing = |error: ureq::Error| Trouble::Passing(error.to_string(), None);
        let answer = match &self.login {
            Some(Login::Token(token)) => {
                pairs.extend([
                    ("grant_type", "refresh_token"),
                    ("refresh_token", token.as_str()),
                    ("client_id", "tyrian"),
                ]);
                self.agent.post(realm).send_form(pairs).map_err(passing)?
            }
            other => {
                let query: Vec<String> =
                    pairs.iter().map(|(name, value)| format!("{name}={}", login::encoded(value))).collect();
                let mark = if realm.contains('?') { '&' } else { '?' };
                let headers = match other {
                    Some(Login::Password(name, password)) => {
                        vec![("authorization", login::basic(name, password))]
                    }
                    _ => Vec::new(),
                };
                self.ask(&format!("{realm}{mark}{}", query.join("&")), &headers).map_err(passing)?
            }
        };
        match answer.status().as_u16() {
            200 => {}
            status @ (429 | 500..=599) => {
                return Err(Trouble::Passing(
                    format!("its service of logins answered with status {status}"),
                    None,
                ));
            }
            status => {
                let what = format!(
                    "its service of logins answered with status {status}; docker login {}",
                    self.name
                );
                return Err(failed(Why::Denied, what));
            }
        }
        let mut bytes = Vec::new();
        let read = answer.into_body().into_reader().take(LARGEST_ANSWER).read_to_end(&mut bytes);
        read.map_err(|error| Trouble::Passing(error.to_string(), None))?;
        let answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let token = ["token", "access_token"].iter().find_map(|name| answer.get(name)?.as_str());
        let sound = |token: &&str| token.bytes().all(|byte| byte.is_ascii_graphic());
        token
            .filter(sound)
            .map(str::to_owned)
            .ok_or_else(|| failed(Why::Malformed, "its service of logins gave no token".into()))
    }
}

impl Source for Registry {
    fn open(&self, path: &str, is_manifest: bool) -> Result<Option<Bytes<'_>>, Gap> {
        let Some(hex) = path.strip_prefix("blobs/sha256/") else { return Ok(None) };
        let first = self.first.as_ref().filter(|(digest, _)| digest.strip_prefix("sha256:") == Some(hex));
        if let Some((_, bytes)) = first {
            return Ok(Some(Box::new(&bytes[..])));
        }
        let part = if is_manifest { "manifests" } else { "blobs" };
        let path = format!("{part}/sha256:{hex}");
        let answer = self.get(&path, 0)?;
        let length = header(&answer, "content-length").parse().ok();
        let body = Box::new(answer.into_body().into_reader());
        Ok(Some(Box::new(Blob { registry: self, path, at: 0, length, again: TRIES, body })))
    }
    fn identity(&self, _: &str) -> Option<String> {
        // What has a digest does not change.
        Some("by digest".into())
    }
}

/// A part of a repository on its way; where it breaks off it goes on from there.
struct Blob<'r> {
    registry: &'r Registry,
    path: String,
    at: u64,
    /// How much the registry said that there is.
    length: Option<u64>,
    again: u32,
    body: Box<dyn Read + Send>,
}

impl Read for Blob<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let error = match self.body.read(into) {
                Ok(0) if !into.is_empty() && self.length.is_some_and(|length| self.at < length) => {
                    io::ErrorKind::UnexpectedEof.into()
                }
                Ok(count) => {
                    self.at += count as u64;
                    return Ok(count);
                }
                Err(error) => error,
            };
            if self.again == 0 {
                return Err(io::Error::other(format!("it broke off after {} bytes: {error}", self.at)));
            }
            self.again -= 1;
            let answer = self.registry.get(&self.path, self.at).map_err(|gap| io::Error::other(gap.what))?;
            self.body = Box::new(answer.into_body().into_reader());
        }
    }
}

fn header(answer: &Response<Body>, name: &str) -> String {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// `https://host:port` of an address.
fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?.as_str().to_ascii_lowercase()))
}

/// Is it this machine itself?
fn is_here(authority: &str) -> bool {
    // What stands before an @ is no host.
    if authority.contains('@') {
        return false;
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        for (host, here) in [
            ("localhost:5000", true),
            ("127.0.0.9", true),
            ("[::1]:5000", true),
            ("localhost.example.org", false),
            ("127.0.0.1.example.org:80", false),
            ("localhost:80@example.org", false),
            ("10.0.0.1:5000", false),
        ] {
            assert_eq!(is_here(host), here, "{host}");
        }
        assert_eq!(origin("HTTPS://Example.org:443/a").as_deref(), Some("https://example.org:443"));
    }
}
