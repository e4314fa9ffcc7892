//! Clones by a Docker engine, through its API alone, so that the engine may be on another machine.
//!
//! A run makes one tiny image with the probe, from which two volumes are filled: one with the probe, which every clone
//! mounts read-only, and one with stand-ins, of which each clone has some of its own. Plans come by standard input.
//! A container that answers for the runtime's socket, the neighbour and an internal network complete the lab.
//!
//! Everything carries the label of the run and of the process that it belongs to. It is removed when the driver is
//! dropped; what a process leaves that was killed is found by [`Docker::leftovers`].

mod api;
mod archive;
mod body;
mod owner;
pub mod workload;

use super::{Job, LABEL, Neighbour, PROBE_DIRECTORY, Trouble};
use crate::attack::NEIGHBOUR_PROCESS;
use crate::call::{call as syscall, exec, mount, open, prctl, result, revert};
use crate::neighbour::READY;
use crate::probe::{LONGEST, PROBE, Report};
use crate::program::{Program, encode};
use crate::spec::{Capabilities, Filter, Image, Mount, MountKind, Namespace, Network, Profile, Spec};
pub(crate) use api::{Api, clean, escaped};
use api::{Came, Refusal, Streams};
use archive::Archive;
use body::{Engine, Surroundings, can_remount, create, labels};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tyrian_collect::docker::Endpoint;
use tyrian_model::workload::CAPABILITIES;
use ureq::http::Method;

/// Where the container that makes stand-ins sees them.
const STAND_INS: &str = "/stand-ins";
/// How many stand-ins are made at a time, of directories and of files each.
const AT_A_TIME: usize = 64;
/// The name of the stub's socket among the stand-ins.
const SOCKET: &str = "socket";
/// How long the stub and the neighbour may take to be ready.
const READY_IN: Duration = Duration::from_secs(20);
/// The trees of control groups of the first version.
const GROUPS: [&str; 15] = [
    "blkio",
    "cpu",
    "cpu,cpuacct",
    "cpuacct",
    "cpuset",
    "devices",
    "freezer",
    "hugetlb",
    "memory",
    "misc",
    "net_cls",
    "net_cls,net_prio",
    "perf_event",
    "pids",
    "systemd",
];
/// How often a run looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(100);

/// The driver.
#[derive(Debug)]
pub struct Docker {
    api: Api,
    endpoint: Endpoint,
    mark: String,
    canary: String,
    owner: String,
    engine: Engine,
    stop: Arc<AtomicBool>,
    lab: Mutex<Option<Arc<Lab>>>,
    isolated: Mutex<bool>,
    neighbour: Option<String>,
    /// How many directories and files have been given away.
    directories: AtomicUsize,
    files: AtomicUsize,
    made: Mutex<usize>,
    /// What the engine can give, once it was tried.
    capabilities: OnceLock<BTreeSet<String>>,
    /// Capabilities that the kernel has and the engine is too old to know: no container of it has them.
    unknown: Mutex<BTreeSet<String>>,
    count: AtomicU32,
}

/// What every clone of a run needs.
#[derive(Debug)]
struct Lab {
    /// The image with the probe and nothing else.
    image: String,
    /// Where the engine keeps the stand-ins, on its machine.
    stand_ins: String,
    /// The container that answers for the runtime's socket.
    stub: String,
}

/// A container that is removed when nobody needs it any more.
struct Guard<'d> {
    driver: &'d Docker,
    id: String,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.driver.remove(&self.id);
    }
}

impl Docker {
    /// Speaks to the engine; nothing is made yet. `mark` is the word of the run, in kebab-case: every name begins with
    /// it. `canary` is what stand-ins hold.
    ///
    /// # Errors
    /// Nobody answers there as an engine of Linux containers would, or it runs on another architecture than the probe.
    pub fn connect(endpoint: &Endpoint, mark: &str, canary: &str) -> Result<Docker, Trouble> {
        Docker::over(Api::open(endpoint)?, endpoint, mark, canary)
    }

    /// The same, for an engine that must answer everything in that time.
    ///
    /// # Errors
    /// As above, or it takes longer.
    pub fn connect_within(
        endpoint: &Endpoint,
        mark: &str,
        canary: &str,
        patience: Duration,
    ) -> Result<Docker, Trouble> {
        Docker::over(Api::within(endpoint, patience)?, endpoint, mark, canary)
    }

    fn over(api: Api, endpoint: &Endpoint, mark: &str, canary: &str) -> Result<Docker, Trouble> {
        let info = api.get("/info")?;
        let text = |key: &str| info.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("OSType") != "linux" {
            return Err(Trouble::DidNotStart(format!(
                "the engine at {} runs containers of {}, and the attempts are made on Linux",
                endpoint.address(),
                clean(text("OSType"))
            )));
        }
        let architecture = match text("Architecture") {
            "amd64" => "x86_64",
            "arm64" => "aarch64",
            other => other,
        };
        if PROBE.is_empty() || architecture != std::env::consts::ARCH {
            return Err(Trouble::DidNotStart(format!(
                "the engine at {} runs on {}, and the probe of this program is for {}: run the program for that \
                 architecture",
                endpoint.address(),
                clean(architecture),
                std::env::consts::ARCH
            )));
        }
        let options = info.get("SecurityOptions").and_then(Value::as_array);
        let has = |name: &str| {
            let names = |option: &Value| {
                option
                    .as_str()
                    .is_some_and(|option| option.split(',').any(|part| part == format!("name={name}")))
            };
            options.is_some_and(|all| all.iter().any(names))
        };
        let version = text("ServerVersion").split('.').next().and_then(|major| major.parse::<u32>().ok());
        let engine = Engine {
            maps_users: has("userns"),
            apparmor: has("apparmor"),
            selinux: has("selinux"),
            keeps_default_error: version.is_some_and(|major| major >= 23),
        };
        Ok(Docker {
            api,
            endpoint: endpoint.clone(),
            mark: mark.to_owned(),
            canary: canary.to_owned(),
            owner: owner::own(),
            engine,
            stop: Arc::default(),
            lab: Mutex::default(),
            isolated: Mutex::default(),
            neighbour: None,
            directories: AtomicUsize::default(),
            files: AtomicUsize::default(),
            made: Mutex::new(AT_A_TIME),
            capabilities: OnceLock::new(),
            unknown: Mutex::default(),
            count: AtomicU32::default(),
        })
    }

    /// Ends what runs when this becomes true.
    pub fn stop_on(&mut self, stop: Arc<AtomicBool>) {
        self.stop = stop;
    }

    /// The engine's version, and that of its runtime where it says it.
    pub fn version(&self) -> String {
        let seen = self.api.get("/version").unwrap_or_default();
        let engine = seen.get("Version").and_then(Value::as_str).unwrap_or("of no version");
        let parts = seen.get("Components").and_then(Value::as_array);
        let named = |part: &&Value| part.get("Name").is_some_and(|name| name == "runc");
        let runc = parts.and_then(|parts| parts.iter().find(named)?.get("Version")?.as_str());
        clean(&match runc {
            Some(runc) => format!("docker {engine}, runc {runc}"),
            None => format!("docker {engine}"),
        })
    }

    /// The filter that the engine itself gives to a container of that spec, read from the bundle of one that is started
    /// for it. Nothing where it cannot be seen from here: that takes root on the engine's own machine.
    ///
    /// # Errors
    /// A container of that spec does not start.
    pub fn default_filter(&self, spec: &Spec) -> Result<Option<Profile>, Trouble> {
        let lab = self.lab()?;
        let bare = Spec {
            image: spec.image.clone(),
            user: spec.user.clone(),
            capabilities: spec.capabilities.clone(),
            seccomp: Filter::EngineDefault,
            namespaces: BTreeSet::from([Namespace::Pid, Namespace::Ipc, Namespace::Cgroup]),
            ..Spec::default()
        };
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-filter-{number}", self.mark);
        let job = Job { name, spec: bare, plan: Vec::new(), limit: Duration::from_secs(20) };
        let id = self.make(&job, &lab, &["sleep"], None)?;
        let guard = Guard { driver: self, id };
        self.start(&guard.id, &job.spec)?;
        let seen = self.api.get(&format!("/containers/{}/json", guard.id))?;
        let process = seen.pointer("/State/Pid").and_then(Value::as_u64);
        let own = process.filter(|process| u32::try_from(*process).is_ok_and(|it| is_here(it, &guard.id)));
        Ok(own.and_then(bundled_filter))
    }

    /// The capabilities that this engine can give a container, found by trying.
    ///
    /// # Errors
    /// No container can be started at all.
    pub fn capabilities(&self) -> Result<BTreeSet<String>, Trouble> {
        if let Some(known) = self.capabilities.get() {
            return Ok(known.clone());
        }
        let all: Vec<&str> = CAPABILITIES.to_vec();
        let found = self.grantable(&all)?;
        Ok(self.capabilities.get_or_init(|| found).clone())
    }

    /// Which of these a container has that was started with all of them. Where it does not start, each half is tried.
    fn grantable(&self, names: &[&str]) -> Result<BTreeSet<String>, Trouble> {
        let ask = |number: usize| {
            let number = u64::try_from(number).unwrap_or(0);
            Program { shared: Vec::new(), steps: vec![prctl(libc::PR_CAPBSET_READ, number)] }
        };
        let programs: Vec<Program> = (0..CAPABILITIES.len()).map(ask).collect();
        let plan = encode(&programs, 5).map_err(|error| Trouble::DidNotStart(error.to_string()))?;
        let wanted = names.iter().map(|name| (*name).to_owned()).collect();
        let spec =
            Spec { capabilities: Capabilities::of_root(&wanted), read_only_sys: true, ..Spec::default() };
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-rights-{number}", self.mark);
        match self.run(&Job { name, spec, plan, limit: Duration::from_secs(20) }) {
            Ok(output) => {
                let report = Report::read(&output, programs.len());
                let has = |index: usize| {
                    let seen = report.programs.get(index);
                    seen.is_some_and(|seen| seen.results.get(&0) == Some(&1))
                };
                let known = CAPABILITIES.iter().enumerate().filter(|(index, _)| has(*index));
                Ok(known.map(|(_, name)| (*name).to_owned()).collect())
            }
            // What runtimes say when there is one that they cannot give.
            Err(Trouble::DidNotStart(why)) if why.contains("apply caps") && !names.is_empty() => {
                if names.len() == 1 {
                    return Ok(BTreeSet::new());
                }
                let (left, right) = names.split_at(names.len() / 2);
                let mut found = self.grantable(left)?;
                found.extend(self.grantable(right)?);
                Ok(found)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Makes what every clone needs, once.
    fn lab(&self) -> Result<Arc<Lab>, Trouble> {
        let mut lab = self.lab.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lab) = lab.as_ref() {
            return Ok(Arc::clone(lab));
        }
        let made = Arc::new(self.make_lab()?);
        *lab = Some(Arc::clone(&made));
        Ok(made)
    }

    fn make_lab(&self) -> Result<Lab, Trouble> {
        let labels = labels(&self.mark, &self.owner);
        let (image, network, volumes) = std::thread::scope(|scope| {
            let image = scope.spawn(|| self.import());
            let network = scope.spawn(|| self.network(&self.network_name("lab"), true));
            let volume =
                |name: String| self.api.post("/volumes/create", &json!({"Name": name, "Labels": labels}));
            let volumes = [volume(self.volume("probe")), volume(self.volume("stand-ins"))];
            (image.join(), network.join(), volumes)
        });
        let lost = |_| Trouble::DidNotStart("a thread of this program ended".to_owned());
        let image = image.map_err(lost)??;
        network.map_err(lost)??;
        let [probe, stand_ins] = volumes;
        probe?;
        let stand_ins = stand_ins?.get("Mountpoint").and_then(Value::as_str).map(str::to_owned);
        let stand_ins = stand_ins
            .ok_or_else(|| Trouble::DidNotStart("the engine does not say where a volume is kept".into()))?;
        let stub = self.start_stub(&image)?;
        Ok(Lab { image, stand_ins, stub })
    }

    /// The image with the probe, its setuid copy and the first stand-ins.
    fn import(&self) -> Result<String, Trouble> {
        let mut archive = Archive::default();
        let directory = PROBE_DIRECTORY.trim_start_matches('/');
        archive.directory(directory, 0o755);
        archive.file(&format!("{directory}/probe"), 0o755, PROBE);
        archive.file(&format!("{directory}/setuid"), 0o4755, PROBE);
        let stand_ins = STAND_INS.trim_start_matches('/');
        archive.directory(stand_ins, 0o755);
        self.stand_ins(&mut archive, &format!("{stand_ins}/"), 0);
        let changes = [(LABEL, &self.mark), (body::OWNER, &self.owner)];
        let changes =
            changes.map(|(key, value)| format!("&changes={}", escaped(&format!("LABEL {key}={value}"))));
        let path = format!("/images/create?fromSrc=-{}", changes.concat());
        let answer = self.api.send(Method::POST, &path, &archive.finish())?;
        let id = answer.get("status").and_then(Value::as_str).unwrap_or_default();
        if !id.starts_with("sha256:") {
            return Err(Trouble::DidNotStart(format!(
                "the engine did not import an image: {}",
                clean(&answer.to_string())
            )));
        }
        Ok(id.to_owned())
    }

    /// So many stand-ins, from that number on: what is the host's belongs to root, what is a volume's to everybody.
    fn stand_ins(&self, archive: &mut Archive, before: &str, from: usize) {
        for number in from..from + AT_A_TIME {
            for (kind, mode) in [("host", 0o755), ("volume", 0o777)] {
                archive.directory(&format!("{before}{kind}{number}"), mode);
                archive.file(&format!("{before}{kind}{number}/canary"), 0o644, self.canary.as_bytes());
            }
            archive.file(&format!("{before}file{number}"), 0o644, self.canary.as_bytes());
        }
    }

    fn volume(&self, what: &str) -> String {
        format!("{}-{what}", self.mark)
    }
    fn network_name(&self, what: &str) -> String {
        format!("{}-{what}", self.mark)
    }

    /// A bridge without a way out.
    fn network(&self, name: &str, reach: bool) -> Result<(), Trouble> {
        let body = json!({
            "Name": name, "Internal": true, "CheckDuplicate": true, "Driver": "bridge",
            "Options": {"com.docker.network.bridge.enable_icc": reach.to_string()},
            "Labels": labels(&self.mark, &self.owner),
        });
        self.api.post("/networks/create", &body).map_err(|refusal| {
            Trouble::DidNotStart(format!("the lab's network could not be made: {}", refusal.message))
        })?;
        Ok(())
    }

    /// The container that answers for the runtime's socket. Making it fills the volumes from its image.
    fn start_stub(&self, image: &str) -> Result<String, Trouble> {
        let name = format!("{}-stub", self.mark);
        let volume = |what: &str, target: &str| json!({"Type": "volume", "Source": self.volume(what), "Target": target});
        let body = json!({
            "Image": image,
            "User": format!("0:{}", self.socket_group()),
            "Entrypoint": [format!("{PROBE_DIRECTORY}/probe")],
            "Cmd": ["stub", format!("{STAND_INS}/{SOCKET}")],
            "Labels": labels(&self.mark, &self.owner),
            "AttachStdout": true,
            "HostConfig": {
                "Mounts": [volume("probe", PROBE_DIRECTORY), volume("stand-ins", STAND_INS)],
                "NetworkMode": "none", "CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"],
                "LogConfig": {"Type": "none"}, "PidsLimit": 128, "Memory": 64 << 20,
            },
        });
        let id = self.made(&name, &body, None)?;
        let mut streams = self.api.attach(&id)?;
        self.start(&id, &Spec::default())?;
        self.wait_for(&mut streams, "listening", "the stub of the runtime's socket")?;
        Ok(id)
    }

    /// The group that may speak to the engine, where its socket is seen here.
    fn socket_group(&self) -> u32 {
        let Endpoint::Unix(path) = &self.endpoint else { return 0 };
        std::fs::metadata(path).map_or(0, |socket| std::os::unix::fs::MetadataExt::gid(&socket))
    }

    /// Reads until a container has written that line. `what` is it for a person.
    fn wait_for(&self, streams: &mut Streams, line: &str, what: &str) -> Result<(), Trouble> {
        let until = Instant::now() + READY_IN;
        let (line, mut output) = (format!("{line}\n"), Vec::new());
        let trouble = |why: &str, output: &[u8]| {
            Trouble::DidNotStart(format!("{what} {why}: {}", clean(&String::from_utf8_lossy(output))))
        };
        while !output.windows(line.len()).any(|part| part == line.as_bytes()) {
            self.go_on()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || output.len() > LONGEST {
                return Err(trouble("did not come up in time", &output));
            }
            if streams.read(left.min(LOOK), &mut output) == Came::End {
                return Err(trouble("ended at once", &output));
            }
        }
        Ok(())
    }

    /// A path, on the engine's machine, of what stands for a mount; no other clone gets it.
    fn stand_in(&self, lab: &Lab, mount: &Mount) -> Result<String, Trouble> {
        let (kind, counter) = match mount.kind {
            MountKind::RuntimeSocket { .. } => return Ok(format!("{}/{SOCKET}", lab.stand_ins)),
            MountKind::File { .. } | MountKind::Tmpfs(_) => ("file", &self.files),
            MountKind::Directory { host: true, .. } => ("host", &self.directories),
            MountKind::Directory { host: false, .. } => ("volume", &self.directories),
        };
        let number = counter.fetch_add(1, Ordering::Relaxed);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        while number >= *made {
            let mut archive = Archive::default();
            self.stand_ins(&mut archive, "", *made);
            let path = format!("/containers/{}/archive?path={}", lab.stub, escaped(STAND_INS));
            self.api.send(Method::PUT, &path, &archive.finish())?;
            *made += AT_A_TIME;
        }
        Ok(format!("{}/{kind}{number}", lab.stand_ins))
    }

    pub(super) fn start_neighbour(&mut self, job: &Job) -> Result<Neighbour, Trouble> {
        let lab = self.lab()?;
        let id = self.make(job, &lab, &["enter", "-"], None)?;
        let started = (|| {
            let mut streams = self.api.attach(&id)?;
            self.start(&id, &job.spec)?;
            streams.give(&job.plan);
            self.wait_for(&mut streams, READY, "the neighbour")?;
            let seen = self.api.get(&format!("/containers/{id}/json"))?;
            let address = seen.pointer("/NetworkSettings/Networks").and_then(|networks| {
                networks.get(self.network_name("lab"))?.get("IPAddress")?.as_str()?.parse::<Ipv4Addr>().ok()
            });
            let address =
                address.ok_or_else(|| Trouble::DidNotStart("the neighbour has no address".into()))?;
            let process = seen.pointer("/State/Pid").and_then(Value::as_u64);
            let process = process.and_then(|process| u32::try_from(process).ok());
            Ok(Neighbour { process: process.filter(|process| is_here(*process, &id)), address })
        })();
        match started {
            Ok(neighbour) => {
                self.neighbour = Some(id);
                Ok(neighbour)
            }
            Err(trouble) => {
                self.remove(&id);
                Err(trouble)
            }
        }
    }

    pub(super) fn run(&self, job: &Job) -> Result<Vec<u8>, Trouble> {
        self.go_on()?;
        let lab = self.lab()?;
        if job.spec.network == Network::Isolated {
            let mut isolated = self.isolated.lock().unwrap_or_else(PoisonError::into_inner);
            if !*isolated {
                self.network(&self.network_name("isolated"), false)?;
                *isolated = true;
            }
        }
        let path = job.plan_path();
        let prelude = prelude(&job.spec, &path)?;
        let read: [&str; 2] = ["read", &path];
        let arguments = if prelude.is_some() { ["enter", "-"] } else { read };
        let id = self.make(job, &lab, &arguments, self.neighbour.as_deref())?;
        let guard = Guard { driver: self, id };
        let mut streams = self.api.attach(&guard.id)?;
        self.start(&guard.id, &job.spec)?;
        let until = Instant::now() + job.limit;
        streams.give(&prelude.unwrap_or_default());
        streams.give(&job.plan);
        let mut output = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::TooLong);
            }
            self.go_on()?;
            let came = streams.read(left.min(LOOK), &mut output);
            if came == Came::End || output.len() > LONGEST {
                return Ok(output);
            }
        }
    }

    /// Is the run to go on?
    fn go_on(&self) -> Result<(), Trouble> {
        if self.stop.load(Ordering::Relaxed) { Err(Trouble::Stopped) } else { Ok(()) }
    }

    /// Makes a container, without starting it.
    fn make(
        &self,
        job: &Job,
        lab: &Lab,
        arguments: &[&str],
        neighbour: Option<&str>,
    ) -> Result<String, Trouble> {
        let (probe, lab_network, isolated) =
            (self.volume("probe"), self.network_name("lab"), self.network_name("isolated"));
        let around = Surroundings {
            engine: &self.engine,
            mark: &self.mark,
            owner: &self.owner,
            empty_image: &lab.image,
            probe: &probe,
            neighbour,
            lab: &lab_network,
            isolated: &isolated,
            capabilities: self.capabilities.get(),
        };
        let body = create(job, &around, arguments, &mut |mount| self.stand_in(lab, mount))?;
        self.made(&job.name, &body, Some(&job.spec))
    }

    fn made(&self, name: &str, body: &Value, spec: Option<&Spec>) -> Result<String, Trouble> {
        let mut body = body.clone();
        let answer = loop {
            self.without_unknown(&mut body);
            match self.api.post(&format!("/containers/create?name={}", escaped(name)), &body) {
                Err(refusal) if self.learn(&refusal.message) => {}
                answer => break answer.map_err(|refusal| explained(refusal, spec))?,
            }
        };
        let id = answer.get("Id").and_then(Value::as_str).filter(|id| is_id(id));
        id.map(str::to_owned).ok_or_else(|| Trouble::DidNotStart("the engine names no container".into()))
    }
    /// Takes what the engine does not know from what a container is to have.
    fn without_unknown(&self, body: &mut Value) {
        let unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(list) = body.pointer_mut("/HostConfig/CapAdd").and_then(Value::as_array_mut) {
            list.retain(|name| {
                name.as_str().is_some_and(|name| !unknown.contains(name.trim_start_matches("CAP_")))
            });
        }
    }
    /// Learns from a refusal which capability the engine does not know. Is it news?
    fn learn(&self, refusal: &str) -> bool {
        let name =
            refusal.split_once("unknown capability: \"CAP_").and_then(|(_, rest)| rest.split_once('"'));
        let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        name.is_some_and(|(name, _)| CAPABILITIES.contains(&name) && unknown.insert(name.to_owned()))
    }

    fn start(&self, id: &str, spec: &Spec) -> Result<(), Trouble> {
        let started = self.api.post(&format!("/containers/{id}/start"), &Value::Null);
        started.map(|_| ()).map_err(|refusal| explained(refusal, Some(spec)))
    }

    /// Ends and removes a container, with the volumes that nobody has named.
    fn remove(&self, id: &str) {
        remove(&self.api, "containers", id);
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        let labelled = format!("{LABEL}={}", self.mark);
        remove_all(&self.api, &labelled, &|_| true);
    }
}

/// What has to be done in a clone before the attempts, where it may do all that takes.
///
/// Whoever is not privileged for the engine gets /sys and what is below it read-only, and an engine shares the host
/// name of nobody but the host: the clone makes the one writable, and joins the neighbour's other.
fn prelude(spec: &Spec, plan: &str) -> Result<Option<Vec<u8>>, Trouble> {
    let shares = |namespace| !spec.namespaces.contains(&namespace);
    let mut steps = Vec::new();
    if !spec.read_only_sys {
        let flags = libc::MS_REMOUNT | libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
        // Its own file system, but only this mount of the control groups, which are everybody's.
        steps.push(revert(mount("none", "/sys", "", flags)));
        let groups = GROUPS.map(|group| format!("/sys/fs/cgroup/{group}"));
        for path in std::iter::once("/sys/fs/cgroup".to_owned()).chain(groups) {
            steps.push(revert(mount("none", &path, "", flags | libc::MS_BIND)));
        }
    }
    if shares(Namespace::Uts) && shares(Namespace::Pid) {
        let path = format!("/proc/{NEIGHBOUR_PROCESS}/ns/uts");
        steps.push(revert(open(&path, libc::O_RDONLY)).named("uts"));
        let arguments = vec![result("uts"), libc::CLONE_NEWUTS.into()];
        steps.push(revert(syscall("setns", libc::SYS_setns, arguments)));
    }
    if steps.is_empty() || !can_remount(spec) {
        return Ok(None);
    }
    let program = format!("{PROBE_DIRECTORY}/probe");
    steps.push(exec(&program, &[&program, "read", plan]));
    let plan = encode(&[Program { shared: Vec::new(), steps }], 0);
    plan.map(Some).map_err(|error| Trouble::DidNotStart(error.to_string()))
}

/// The filter in the configuration with which a container's process was started: its parent, the engine's shim, stands
/// in the directory that holds it.
fn bundled_filter(process: u64) -> Option<Profile> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything.
    let parent: u64 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
    let config = std::fs::read(format!("/proc/{parent}/cwd/config.json")).ok()?;
    let mut config: Value = serde_json::from_slice(&config).ok()?;
    serde_json::from_value(config.pointer_mut("/linux/seccomp")?.take()).ok()
}

/// An id or a name that can stand in a path.
fn is_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=256).contains(&id.len()) && !id.contains("..") && id.bytes().all(allowed)
}

/// The labels of something that this process makes outside of a run, and removes at once.
pub(crate) fn of_this_process() -> Value {
    labels("tyrian-target", &owner::own())
}

/// Is it a process of this machine, of that container?
fn is_here(process: u32, id: &str) -> bool {
    let groups = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("cgroup"));
    groups.is_ok_and(|groups| groups.contains(id))
}

/// What an engine refuses, with what to do about it.
fn explained(refusal: Refusal, spec: Option<&Spec>) -> Trouble {
    let Refusal { status, message } = refusal;
    let image = match spec.map(|spec| &spec.image) {
        Some(Image::Engine(image)) => clean(image),
        _ => "the probe's".to_owned(),
    };
    let lower = message.to_lowercase();
    let advice = if status == Some(404) && lower.contains("no such image") {
        format!("the engine has no image {image}: pull or build it first")
    } else if lower.contains("exec format error") {
        format!("image {image} is for another architecture than this machine's: {message}")
    } else {
        message
    };
    Trouble::DidNotStart(advice)
}

/// Removes one thing; an engine that is busy with it is asked again.
fn remove(api: &Api, kind: &str, id: &str) -> bool {
    let path = match kind {
        "containers" => format!("/containers/{id}?force=1&v=1"),
        "images" => format!("/images/{id}?force=1"),
        kind => format!("/{kind}/{id}"),
    };
    for round in 0..10 {
        match api.delete(&path) {
            Ok(()) => return true,
            // Nobody is there any more.
            Err(Refusal { status: None, .. }) => return false,
            Err(_) => std::thread::sleep(Duration::from_millis(50 << round.min(3))),
        }
    }
    false
}

/// Removes all that has a label and is to be removed: containers before what they use. The names of what is gone.
fn remove_all(api: &Api, label: &str, which: &dyn Fn(&Value) -> bool) -> Vec<String> {
    let filter = escaped(&json!({"label": [label]}).to_string());
    let mut gone = Vec::new();
    for (kind, list, key) in [
        ("containers", format!("/containers/json?all=1&filters={filter}"), "Id"),
        ("networks", format!("/networks?filters={filter}"), "Id"),
        ("volumes", format!("/volumes?filters={filter}"), "Name"),
        ("images", format!("/images/json?filters={filter}"), "Id"),
    ] {
        let Ok(mut all) = api.get(&list) else { continue };
        if kind == "volumes" {
            all = all.get_mut("Volumes").map(Value::take).unwrap_or_default();
        }
        let Value::Array(rows) = all else { continue };
        let ids: Vec<String> = rows
            .iter()
            .filter(|row| which(row.get("Labels").unwrap_or(&Value::Null)))
            .filter_map(|row| Some(row.get(key)?.as_str()?.to_owned()))
            .collect();
        std::thread::scope(|scope| {
            let removed: Vec<_> =
                ids.iter().map(|id| scope.spawn(|| remove(api, kind, &escaped(id)))).collect();
            for (id, removed) in ids.iter().zip(removed) {
                if removed.join().unwrap_or(false) {
                    gone.push(format!("{} {}", kind.trim_end_matches('s'), clean(id)));
                }
            }
        });
    }
    gone
}

impl Docker {
    /// Removes what runs have left whose process is gone, and says what that was. What belongs to a run that goes on,
    /// in whatever process, stays.
    ///
    /// # Errors
    /// The engine does not answer.
    pub fn leftovers(endpoint: &Endpoint) -> Result<Vec<String>, Trouble> {
        let api = Api::open(endpoint)?;
        Ok(remove_all(&api, LABEL, &|labels| {
            let owner = labels.get(body::OWNER).and_then(Value::as_str);
            owner.is_none_or(|owner| !owner::lives(owner))
        }))
    }
}
