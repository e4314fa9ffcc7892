//! The Docker engine: its API over a Unix socket or TLS, its settings, and /proc of its containers.
//!
//! Only GET, so nothing of the engine changes. Every answer is bounded in time and size, and the whole too: an
//! engine that hangs or lies costs gaps and no more.

mod process;

use crate::unix;
use crate::wire::{Keys, Wire};
use rayon::prelude::*;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::env;
use std::fs;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tyrian_model::fact::{Gap, Why};
use tyrian_read::engine::{Answers, failure};
use ureq::config::Config;
use ureq::{Agent, Error};

/// The API's version from which on everything is understood: Docker 20.10 of December 2020.
const OLDEST: (u32, u32) = (1, 41);
/// The newest version that is asked for; a newer engine answers in its form.
const NEWEST: (u32, u32) = (1, 51);

/// Where an engine is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// A port of this machine itself, `127.0.0.1:2375`, without TLS.
    Tcp(String),
    /// A port of any machine by TLS, and the keys for it.
    Tls(String, Keys),
}

/// How long and how much: bounds of a collection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To be let in.
    pub connect: Duration,
    /// For one answer.
    pub answer: Duration,
    /// For everything.
    pub whole: Duration,
    /// Bytes of one answer.
    pub size: u64,
    /// Bytes of all answers.
    pub total: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(2),
            answer: Duration::from_secs(10),
            whole: Duration::from_secs(60),
            size: 32 << 20,
            total: 64 << 20,
        }
    }
}

/// What an engine answered.
#[derive(Clone, Debug)]
pub struct Collected {
    /// The answers, for [`tyrian_read::engine::facts`]. They hold what the engine said, secrets and all: they are
    /// to be read into facts and dropped, never written down.
    pub answers: Answers,
    /// What the status of this source should mention: containers that ended meanwhile, processes that could not be
    /// looked at.
    pub remarks: Vec<Gap>,
}

impl Endpoint {
    /// From an address as `DOCKER_HOST` has it. TLS is spoken where `DOCKER_TLS_VERIFY` is set, with the keys in the
    /// folder `DOCKER_CERT_PATH`, else in that of the client's configuration.
    ///
    /// # Errors
    /// It is one that is not spoken: SSH, another machine without TLS; or the keys for it cannot be read.
    pub fn parse(address: &str) -> Result<Self, Gap> {
        let verify = set("DOCKER_TLS_VERIFY").is_some();
        let folder = || set("DOCKER_CERT_PATH").map(PathBuf::from).or_else(configuration);
        Endpoint::with_keys(address, verify.then(folder).flatten().as_deref())
    }

    /// The same, with the folder of the keys for TLS; nothing: TLS is not spoken.
    ///
    /// # Errors
    /// As above.
    pub fn with_keys(address: &str, keys: Option<&Path>) -> Result<Self, Gap> {
        let refuse =
            |what: &str| Err(Gap::new(Why::NotRead, format!("the Docker engine at {address}: {what}")));
        const SET: &str =
            "set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem";
        if address.starts_with("ssh://") {
            return refuse(
                "SSH is not spoken: forward the engine's socket with `ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock \
                 HOST`, and give unix:///tmp/engine.sock",
            );
        }
        if let Some(path) = address.strip_prefix("unix://") {
            return Ok(Endpoint::Unix(path.into()));
        }
        let Some(host) = address.strip_prefix("tcp://").or_else(|| address.strip_prefix("http://")) else {
            return refuse(
                "only unix:// and tcp:// are spoken; run it beside the engine, or give it the engine's socket",
            );
        };
        let host = host.trim_end_matches('/');
        let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let here = name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        if port.parse::<u16>().is_err() {
            return refuse(
                "it names no port: 2376 is that of engines that speak TLS, 2375 of those that do not",
            );
        }
        if let Some(folder) = keys {
            return Ok(Endpoint::Tls(host.to_owned(), Keys::read(folder)?));
        }
        if port == "2376" {
            return refuse(&format!("its port is that of engines that speak TLS: {SET}"));
        }
        if !here {
            return refuse(&format!("another machine is reached by TLS alone: {SET}"));
        }
        Ok(Endpoint::Tcp(host.to_owned()))
    }

    /// The engine that the user's Docker client speaks to: `DOCKER_HOST`, else the current context, else
    /// `/var/run/docker.sock`.
    ///
    /// # Errors
    /// The context cannot be read, or its engine is not reached by what is spoken here.
    pub fn found() -> Result<Self, Gap> {
        if let Some(address) = set("DOCKER_HOST") {
            return Endpoint::parse(&address);
        }
        let home = configuration();
        let context = set("DOCKER_CONTEXT").or_else(|| current_context(home.as_deref()?));
        match context.filter(|context| context != "default") {
            Some(context) => {
                let host = context_host(home.as_deref(), &context)?;
                let keys =
                    home.map(|home| home.join("contexts/tls").join(folder_of(&context)).join("docker"));
                Endpoint::with_keys(&host, keys.filter(|keys| keys.is_dir()).as_deref())
            }
            None => Ok(Endpoint::Unix("/var/run/docker.sock".into())),
        }
    }

    /// The same for images and files of containers alone, which Podman gives as Docker does: its socket, where Docker
    /// has none.
    ///
    /// # Errors
    /// As [`Endpoint::found`].
    pub fn found_for_images() -> Result<Self, Gap> {
        let docker = Endpoint::found()?;
        let own = env::var_os("XDG_RUNTIME_DIR").map(|dir| Path::new(&dir).join("podman/podman.sock"));
        let all = own.into_iter().chain([PathBuf::from("/run/podman/podman.sock")]);
        match docker {
            Endpoint::Unix(path) if path == Path::new("/var/run/docker.sock") && !path.exists() => {
                Ok(Endpoint::Unix(all.into_iter().find(|socket| socket.exists()).unwrap_or(path)))
            }
            docker => Ok(docker),
        }
    }

    /// The address, as `DOCKER_HOST` would have it.
    pub fn address(&self) -> String {
        match self {
            Endpoint::Unix(path) => format!("unix://{}", path.display()),
            Endpoint::Tcp(host) | Endpoint::Tls(host, _) => format!("tcp://{host}"),
        }
    }

    /// Does anything stand there that could be an engine? A port is taken for one.
    pub fn is_there(&self) -> bool {
        match self {
            Endpoint::Unix(path) => path.exists(),
            Endpoint::Tcp(_) | Endpoint::Tls(..) => true,
        }
    }

    /// A connection to it.
    ///
    /// # Errors
    /// Nobody listens there in that time, or the one does not trust the other.
    pub fn connect(&self, within: Option<Duration>) -> io::Result<Wire> {
        match self {
            Endpoint::Unix(path) => Wire::unix(path, within),
            Endpoint::Tcp(host) => Wire::tcp(host, within),
            Endpoint::Tls(host, keys) => Wire::tls(host, keys, within),
        }
    }

    /// Who speaks HTTP to it.
    pub fn agent(&self, config: Config) -> Agent {
        unix::agent(config, self)
    }

    /// The address of a path of its API.
    pub fn url(&self, path: &str) -> String {
        match self {
            Endpoint::Unix(_) => format!("http://docker{path}"),
            Endpoint::Tcp(host) | Endpoint::Tls(host, _) => format!("http://{host}{path}"),
        }
    }
}

/// A variable of the environment that says something.
fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The folder of the client's configuration.
fn configuration() -> Option<PathBuf> {
    let named = set("DOCKER_CONFIG").map(PathBuf::from);
    named.or_else(|| set("HOME").map(|home| Path::new(&home).join(".docker")))
}

/// What the folders of a context are called.
fn folder_of(context: &str) -> String {
    Sha256::digest(context).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn current_context(home: &Path) -> Option<String> {
    let config: Value =
        serde_json::from_str(&process::text(&home.join("config.json"), 1 << 20).ok()?).ok()?;
    config.get("currentContext")?.as_str().map(str::to_owned)
}

/// A context is kept under the hash of its name.
fn context_host(home: Option<&Path>, context: &str) -> Result<String, Gap> {
    let wrong = |what: &str| Gap::new(Why::NotRead, format!("the Docker context {context:?}: {what}"));
    let home = home.ok_or_else(|| wrong("there is no home directory"))?;
    let file = home.join("contexts/meta").join(folder_of(context)).join("meta.json");
    let text =
        process::text(&file, 1 << 20).map_err(|error| wrong(&format!("{}: {error}", file.display())))?;
    let meta: Value = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
    let host = meta.pointer("/Endpoints/docker/Host").and_then(Value::as_str);
    host.map(str::to_owned).ok_or_else(|| wrong("it names no host"))
}

/// Asks an engine everything that the facts need.
///
/// # Errors
/// Nobody answers there as an engine would, in a version of the API that is understood.
pub fn collect(endpoint: &Endpoint, limits: &Limits) -> Result<Collected, Gap> {
    let client = Client::open(endpoint, limits)?;
    let mut answers = Map::new();
    let mut remarks = Vec::new();
    let keep = |answer: Result<Value, Refusal>| answer.unwrap_or_else(|refusal| failure(&refusal.gap));
    let [version, info, containers, images, networks, volumes] = [
        ("/version", "the engine's version"),
        ("/info", "the engine's info"),
        ("/containers/json?all=true", "the list of containers"),
        ("/images/json", "the list of images"),
        ("/networks", "the list of networks"),
        ("/volumes", "the list of volumes"),
    ]
    .map(|(path, what)| client.json(path, what));
    answers.insert("version".into(), keep(version));
    let info = keep(info);
    let inspect = |list: Result<Value, Refusal>, kind: Kind, remarks: &mut Vec<Gap>| match list {
        Ok(list) => client.each(&list, kind, remarks),
        Err(refusal) => failure(&refusal.gap),
    };
    let mut containers = inspect(containers, Kind::Container, &mut remarks);
    if let Endpoint::Unix(_) = endpoint {
        without_own(&mut containers, &process::own_mounts(), &mut remarks);
    }
    let images = inspect(images, Kind::Image, &mut remarks);
    answers.insert("networks".into(), inspect(networks, Kind::Network, &mut remarks));
    // An engine without volumes says null.
    let volumes = volumes.map(|mut all| match all.get_mut("Volumes").map(Value::take) {
        Some(Value::Null) => Value::Array(Vec::new()),
        Some(list) => list,
        None => Value::Null,
    });
    answers.insert("volumes".into(), keep(volumes));
    let ids: Vec<&str> = elements(&images).filter_map(|image| image.get("Id")?.as_str()).collect();
    let history = client.histories(&ids);
    answers.insert("history".into(), history);
    let in_swarm = info.pointer("/Swarm/LocalNodeState").and_then(Value::as_str) == Some("active");
    if in_swarm && info.pointer("/Swarm/ControlAvailable") == Some(&Value::Bool(true)) {
        // How many there are is enough: their names and labels stay with the engine.
        let secrets = client.json("/secrets", "the list of the swarm's secrets");
        let secrets = secrets.map(|all| elements(&all).map(|_| Value::Object(Map::new())).collect());
        answers.insert("secrets".into(), keep(secrets));
    }
    if let Endpoint::Unix(socket) = endpoint {
        let daemon = process::daemon(socket, limits.connect);
        if in_swarm {
            answers.insert("swarm_state".into(), daemon.swarm_state(&info));
        }
        answers.insert("command_line".into(), daemon.command_line.clone());
        answers.insert("daemon_json".into(), daemon.file(socket));
        answers.insert("proc".into(), process::all(&containers, &daemon, &mut remarks));
    } else {
        let gap = Gap::new(
            Why::NotRead,
            "the engine's settings are read only where it has a socket on this machine",
        );
        for part in ["command_line", "daemon_json"] {
            answers.insert(part.into(), failure(&gap));
        }
    }
    answers.insert("info".into(), info);
    answers.insert("containers".into(), containers);
    answers.insert("images".into(), images);
    Ok(Collected { answers: Answers(answers), remarks })
}

/// Takes out the container that this program itself runs in, if it does: what it was given in order to look is no
/// fault of the machine. Only the kernel says which one that is, so that no other container can pass for it.
fn without_own(containers: &mut Value, own_mounts: &str, remarks: &mut Vec<Gap>) {
    let Value::Array(all) = containers else { return };
    all.retain(|container| {
        let text = |key: &str| container.get(key).and_then(Value::as_str).unwrap_or_default();
        let (id, name) = (text("Id"), text("Name").trim_start_matches('/'));
        let file = format!("/{id}/hostname");
        let own = id.len() == 64
            && own_mounts.lines().any(|line| {
                let mut fields = line.split(' ').skip(3);
                let (root, point) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
                point == "/etc/hostname" && root.ends_with(&file)
            });
        if own {
            let what = format!("container {name} is the one that this program runs in, and is not judged");
            remarks.push(Gap::new(Why::NotRead, what));
        }
        !own
    });
}

/// The archive of an image, as `docker save` writes it, while it is being read.
///
/// # Errors
/// The engine does not answer, or has no such image.
pub fn save(endpoint: &Endpoint, image: &str, limits: &Limits) -> Result<impl Read + use<>, Gap> {
    archive(endpoint, &format!("images/{}/get", escaped(image)), &format!("image {image}"), limits)
}

/// The file system of a container as one tar, running or not: its image's and what was written on top, without what is
/// mounted into it.
///
/// # Errors
/// The engine does not answer, or has no such container.
pub fn export(endpoint: &Endpoint, name: &str, limits: &Limits) -> Result<impl Read + use<>, Gap> {
    let path = format!("containers/{}/export", escaped(name).replace('/', "%2F"));
    archive(endpoint, &path, &format!("container {name}"), limits)
}

fn archive(endpoint: &Endpoint, path: &str, what: &str, limits: &Limits) -> Result<impl Read + use<>, Gap> {
    let client = Client::open(endpoint, limits)?;
    let url = endpoint.url(&format!("/{}/{path}", client.version));
    // The whole may take as long as it takes; it must not stand still.
    let config = config(limits).timeout_global(None).timeout_per_read(Some(limits.answer)).build();
    let answer = endpoint.agent(config).get(&url).call();
    let answer = answer.map_err(|error| gap_of(endpoint, what, &error))?;
    match answer.status().as_u16() {
        200 => Ok(answer.into_body().into_reader()),
        404 => Err(Gap::new(Why::NotRead, format!("the engine has no {what}"))),
        status => Err(Gap::new(Why::NotRead, format!("{what}: the engine answered with status {status}"))),
    }
}

/// A name as a part of a path; the engine's router takes the slashes of an image's name as they are.
fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte);
    // No name of an image has `..`, and a path with it means another one.
    let bytes =
        name.bytes().map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") });
    bytes.collect::<String>().replace("..", "%2E%2E")
}

/// What is listed, and then asked for one by one.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Container,
    Image,
    Network,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Container => "container",
            Kind::Image => "image",
            Kind::Network => "network",
        }
    }
    fn path(self, id: &str) -> String {
        match self {
            Kind::Container => format!("/containers/{id}/json"),
            Kind::Image => format!("/images/{id}/json"),
            Kind::Network => format!("/networks/{id}"),
        }
    }
}

/// Why there is no answer.
struct Refusal {
    gap: Gap,
    /// There is no such thing any more.
    gone: bool,
}

impl Refusal {
    fn new(why: Why, what: impl Into<String>) -> Self {
        Refusal { gap: Gap::new(why, what), gone: false }
    }
}

/// A conversation with an engine, within its bounds.
struct Client<'a> {
    endpoint: &'a Endpoint,
    agent: Agent,
    /// `v1.41`.
    version: String,
    limits: &'a Limits,
    until: Instant,
    left: AtomicU64,
}

fn config(limits: &Limits) -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
    // No proxy and no redirect: what answers is the engine or nobody.
    Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("tyrian/", env!("CARGO_PKG_VERSION")))
        .max_response_header_size(64 << 10)
        .timeout_connect(Some(limits.connect))
        .timeout_recv_response(Some(limits.answer))
}

/// Greets an engine: the version of the API in which both speak, `v1.41`.
///
/// # Errors
/// Nobody answers there as an engine would, in a version of the API that is understood.
pub fn greet(endpoint: &Endpoint, agent: &Agent) -> Result<String, Gap> {
    let answer = agent.get(endpoint.url("/_ping")).call();
    let answer = answer.map_err(|error| gap_of(endpoint, "the engine", &error))?;
    let wrong = |why, what: &str| Gap::new(why, format!("the engine at {}: {what}", endpoint.address()));
    if let 401 | 403 = answer.status().as_u16() {
        return Err(wrong(
            Why::Denied,
            "access was refused, by an authorization plugin or a proxy before it",
        ));
    }
    let speaks = answer.headers().get("api-version").and_then(|version| version.to_str().ok());
    let numbers = speaks.and_then(|version| version.split_once('.'));
    let speaks = numbers.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    let Some(speaks) = speaks else {
        let what = "what answers is no Docker engine: it does not say its version of the API";
        return Err(wrong(Why::Malformed, what));
    };
    if speaks < OLDEST {
        let (major, minor) = speaks;
        let what = format!(
            "it speaks version {major}.{minor} of the API, and 1.41 (Docker 20.10) is the oldest understood"
        );
        return Err(wrong(Why::NotRead, &what));
    }
    let (major, minor) = speaks.min(NEWEST);
    Ok(format!("v{major}.{minor}"))
}

impl<'a> Client<'a> {
    fn open(endpoint: &'a Endpoint, limits: &'a Limits) -> Result<Self, Gap> {
        let agent = endpoint.agent(config(limits).timeout_global(Some(limits.answer)).build());
        let until = Instant::now() + limits.whole;
        let left = AtomicU64::new(limits.total);
        let version = greet(endpoint, &agent)?;
        Ok(Client { endpoint, agent, version, limits, until, left })
    }

    /// The JSON that a path answers with; `what` is it for a person.
    fn json(&self, path: &str, what: &str) -> Result<Value, Refusal> {
        let time = self.until.saturating_duration_since(Instant::now()).min(self.limits.answer);
        if time.is_zero() {
            let seconds = self.limits.whole.as_secs();
            return Err(Refusal::new(
                Why::NotRead,
                format!("{what}: the engine took more than {seconds} s in all"),
            ));
        }
        let url = self.endpoint.url(&format!("/{}{path}", self.version));
        let failed = |error: &Error| Refusal { gap: gap_of(self.endpoint, what, error), gone: false };
        let request = self.agent.get(&url).config().timeout_global(Some(time)).build();
        let mut answer = request.call().map_err(|error| failed(&error))?;
        let limit = self.limits.size.min(self.left.load(Ordering::Relaxed));
        match answer.status().as_u16() {
            200 => {}
            404 => {
                let gap = Gap::new(Why::NotRead, format!("{what}: the engine has it no more"));
                return Err(Refusal { gap, gone: true });
            }
            401 | 403 => {
                let what = format!(
                    "{what}: the engine refused it; an authorization plugin or a proxy stands before it"
                );
                return Err(Refusal::new(Why::Denied, what));
            }
            status => {
                return Err(Refusal::new(
                    Why::NotRead,
                    format!("{what}: the engine answered with status {status}"),
                ));
            }
        }
        let body =
            answer.body_mut().with_config().limit(limit).read_to_vec().map_err(|error| failed(&error))?;
        self.left.fetch_sub((body.len() as u64).min(limit), Ordering::Relaxed);
        serde_json::from_slice(&body)
            .map_err(|error| Refusal::new(Why::Malformed, format!("{what}: the answer is no JSON: {error}")))
    }

    /// Every thing of a list, asked for by itself: its row, or the failure that stands in its place. What is gone by
    /// then is left out, with a remark.
    fn each(&self, list: &Value, kind: Kind, remarks: &mut Vec<Gap>) -> Value {
        let Value::Array(list) = list else {
            let what = format!("the engine's list of {}s is none", kind.name());
            return failure(&Gap::new(Why::Malformed, what));
        };
        let ids: Vec<Option<&str>> = list.iter().map(|row| row.get("Id").and_then(Value::as_str)).collect();
        let rows = two_by_two(&ids, |id| match id.filter(|id| is_id(id)) {
            Some(id) => self.json(&kind.path(id), &format!("{} {}", kind.name(), short(id))),
            None => Err(Refusal::new(Why::Malformed, format!("a {} has an id that is none", kind.name()))),
        });
        let mut answers = Vec::new();
        for row in rows {
            match row {
                Ok(row) => answers.push(row),
                Err(Refusal { gap, gone: true }) => remarks.push(gap),
                Err(Refusal { gap, .. }) => answers.push(failure(&gap)),
            }
        }
        Value::Array(answers)
    }

    /// The history of each image, by its id.
    fn histories(&self, ids: &[&str]) -> Value {
        let answers = two_by_two(ids, |id| {
            let path = format!("/images/{id}/history");
            let answer = if is_id(id) {
                self.json(&path, &format!("history of image {}", short(id)))
            } else {
                Err(Refusal::new(Why::Malformed, "an image has an id that is none"))
            };
            ((*id).to_owned(), answer.unwrap_or_else(|refusal| failure(&refusal.gap)))
        });
        Value::Object(answers.into_iter().collect())
    }
}

/// Two at a time: an engine answers the second while the first is on its way, and more would only queue there.
fn two_by_two<T: Sync, U: Send>(items: &[T], ask: impl Fn(&T) -> U + Sync) -> Vec<U> {
    match rayon::ThreadPoolBuilder::new().num_threads(2).build() {
        Ok(pool) => pool.install(|| items.par_iter().with_max_len(1).map(&ask).collect()),
        Err(_) => items.iter().map(ask).collect(),
    }
}

/// Hexadecimal digits, perhaps after `sha256:`. A network's id has only letters and digits in a swarm.
fn is_id(id: &str) -> bool {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn short(id: &str) -> &str {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    id.get(..12).unwrap_or(id)
}

fn elements(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.as_array().into_iter().flatten()
}

/// What went wrong, and what to do about it.
fn gap_of(endpoint: &Endpoint, what: &str, error: &Error) -> Gap {
    let address = endpoint.address();
    match error {
        Error::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => Gap::new(
            Why::Denied,
            format!("{what}: no right to speak to {address}: run as root or as a member of its group"),
        ),
        Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            Gap::new(Why::NotRead, format!("{what}: there is no socket {address}"))
        }
        Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Gap::new(Why::NotRead, format!("{what}: nobody listens at {address}"))
        }
        Error::Io(error)
            if matches!(endpoint, Endpoint::Tls(..)) && error.kind() == io::ErrorKind::InvalidData =>
        {
            let advice = "see whether its certificate is of the authority in ca.pem and for that name";
            Gap::new(Why::Denied, format!("{what}: {address}: {error}; {advice}"))
        }
        Error::Timeout(_) => Gap::new(Why::NotRead, format!("{what}: {address} did not answer in time")),
        Error::BodyExceedsLimit(limit) => {
            Gap::new(Why::NotRead, format!("{what}: the answer of {address} is larger than {limit} bytes"))
        }
        Error::Protocol(_) | Error::Http(_) => {
            Gap::new(Why::Malformed, format!("{what}: {address} does not speak HTTP as it should: {error}"))
        }
        error => Gap::new(Why::NotRead, format!("{what}: {address}: {error}")),
    }
}

/// A file's text as it stands, or nothing where there is none.
fn optional(path: &Path) -> io::Result<Option<String>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(_) => process::text(path, 1 << 20).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// docker-bench-security#276: what looks is not looked at.
    #[test]
    fn only_the_container_that_the_kernel_names_is_left_out() {
        let (own, other) = ("a".repeat(64), "b".repeat(64));
        let mounts = format!(
            "100 99 0:50 / / rw - overlay overlay rw\n101 100 8:1 /var/lib/docker/containers/{own}/hostname /etc/hostname rw - ext4 /dev/a rw\n\
             102 100 8:1 /var/lib/docker/containers/{other}/hostname /mnt/b rw - ext4 /dev/a rw\n"
        );
        let all = json!([{"Id": own, "Name": "/tyrian"}, {"Id": other, "Name": "/tyrian-too"}, {"Id": "", "Name": "/x"}]);
        let (mut containers, mut remarks) = (all.clone(), Vec::new());
        without_own(&mut containers, &mounts, &mut remarks);
        assert_eq!(containers.as_array().unwrap().len(), 2, "one that merely mounts such a file stays");
        assert!(remarks[0].what.starts_with("container tyrian is"), "{remarks:?}");
        let mut containers = all.clone();
        without_own(&mut containers, "", &mut Vec::new());
        assert_eq!(containers, all);
    }
}
