//! Clones by a Docker engine, over its API.

use super::{Job, LABEL, Neighbour, PROBE_DIRECTORY, State, Trouble, owner, owner_is_alive};
use crate::call::{exec, mount};
use crate::program::{Program, encode};
use crate::spec::{Filter, Image, Mount, MountKind, Namespace, Network, Spec};
use crate::technique::NEIGHBOUR_PORT;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tyrian_collect::docker::Endpoint;
use tyrian_collect::docker::api::{Answer, Api};
use tyrian_model::workload::CAPABILITIES;

/// How long the engine may take for one answer.
const ANSWER: Duration = Duration::from_secs(20);
/// How large an answer may be, beside what a probe writes.
const LARGEST: u64 = 4 << 20;
/// The bounds that the lab itself sets to every clone: bytes of memory and processes.
const MEMORY: u64 = 512 << 20;
const PIDS: u64 = 512;

/// The driver.
#[derive(Debug)]
pub struct Docker {
    api: Api,
    mark: String,
    state: State,
    /// The id of the neighbour.
    neighbour: Option<String>,
    version: String,
    /// Capabilities that the kernel has and the engine is too old to know: no container of it has them.
    unknown: Mutex<BTreeSet<String>>,
}

impl Docker {
    /// Speaks to an engine on this machine. Everything that is made there bears the mark.
    ///
    /// # Errors
    /// Nobody answers, or the run's own directory cannot be made.
    pub fn connect(endpoint: &Endpoint, mark: &str, canary: &str) -> Result<Docker, Trouble> {
        let api = Api::open(endpoint).map_err(|gap| Trouble::DidNotStart(gap.what))?;
        let state = State::make(mark, canary)?;
        let mut docker = Docker {
            api,
            mark: mark.to_owned(),
            state,
            neighbour: None,
            version: String::new(),
            unknown: Mutex::default(),
        };
        let version = docker.get("/version", "the engine's version")?.json();
        let part = |pointer: &str| version.pointer(pointer).and_then(Value::as_str).unwrap_or("?").to_owned();
        let components = version.get("Components").and_then(Value::as_array);
        let runc = components.into_iter().flatten().find(|part| part.get("Name") == Some(&json!("runc")));
        let runc = runc.and_then(|part| part.get("Version")?.as_str()).unwrap_or("?");
        docker.version = format!("docker {}, runc {runc}", part("/Version"));
        Ok(docker)
    }
    /// The engine's version and that of its runtime.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn start_neighbour(&mut self, job: &Job) -> Result<Neighbour, Trouble> {
        for (name, connected) in [(self.lab_network(), true), (self.isolated_network(), false)] {
            let body = json!({
                "Name": name, "Driver": "bridge", "Internal": true, "CheckDuplicate": true,
                "Labels": { LABEL: owner(&self.mark) },
                "Options": { "com.docker.network.bridge.enable_icc": connected.to_string() },
            });
            self.post("/networks/create", &body, "the lab's network")?;
        }
        let mut body = self.body(job)?;
        if let Some(host) = body.get_mut("HostConfig") {
            host["IpcMode"] = json!("shareable");
        }
        body["Cmd"] = json!(["enter", job.plan_path()]);
        let id = self.create(&job.name, &body)?;
        self.neighbour = Some(id.clone());
        self.post(&format!("/containers/{id}/start"), &Value::Null, "the neighbour")?;
        let seen = self.get(&format!("/containers/{id}/json"), "the neighbour")?.json();
        let path = format!("/NetworkSettings/Networks/{}/IPAddress", self.lab_network());
        let address = seen.pointer(&path).and_then(Value::as_str).and_then(|text| text.parse().ok());
        let process =
            seen.pointer("/State/Pid").and_then(Value::as_u64).and_then(|pid| u32::try_from(pid).ok());
        let address: Ipv4Addr = address.ok_or_else(|| {
            Trouble::DidNotStart("the neighbour has no address on the lab's network".into())
        })?;
        // It listens when it has done all that it does.
        let until = Instant::now() + Duration::from_secs(5);
        let socket = SocketAddr::from((address, NEIGHBOUR_PORT));
        while TcpStream::connect_timeout(&socket, Duration::from_millis(200)).is_err() {
            if Instant::now() > until {
                let said = self.logs(&id).unwrap_or_default();
                let said = String::from_utf8_lossy(&said).trim().replace('\n', "; ");
                return Err(Trouble::DidNotStart(format!(
                    "the neighbour does not listen at {socket}: {said}"
                )));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Neighbour { process: process.filter(|pid| *pid != 0), address })
    }

    pub(super) fn run(&self, job: &Job) -> Result<Vec<u8>, Trouble> {
        let body = self.body(job)?;
        let id = self.create(&job.name, &body)?;
        let ran = self.to_its_end(&id, job);
        let removed = self.remove(&id);
        self.state.forget(&job.name);
        let text = ran?;
        removed.map(|()| text)
    }

    fn to_its_end(&self, id: &str, job: &Job) -> Result<Vec<u8>, Trouble> {
        self.post(&format!("/containers/{id}/start"), &Value::Null, "the clone")?;
        let path = format!("/containers/{id}/wait?condition=not-running");
        let waited =
            self.api.call("POST", &path, ("application/json", Vec::new()), (job.limit, LARGEST), "the clone");
        if waited.is_err_and(|gap| gap.what.contains("in time")) {
            return Err(Trouble::TooLong);
        }
        self.logs(id)
    }

    /// What a container wrote.
    fn logs(&self, id: &str) -> Result<Vec<u8>, Trouble> {
        let path = format!("/containers/{id}/logs?stdout=1&stderr=1");
        let answer =
            self.call("GET", &path, Vec::new(), crate::probe::LONGEST as u64, "what the clone wrote")?;
        Ok(demultiplexed(&answer.body))
    }

    /// What the engine is asked to create.
    fn body(&self, job: &Job) -> Result<Value, Trouble> {
        let spec = &job.spec;
        let Image::Engine(image) = &spec.image else {
            return Err(Trouble::CannotReproduce("a root file system that is no image of the engine".into()));
        };
        self.state.write(&job.name, &job.plan)?;
        let command = match self.prelude(spec, job)? {
            Some(prelude) => json!(["enter", prelude]),
            None => json!([job.plan_path()]),
        };
        Ok(json!({
            "Image": image,
            "Entrypoint": [format!("{PROBE_DIRECTORY}/probe")],
            "Cmd": command,
            "User": format!("{}:{}", spec.user.uid, spec.user.gid),
            "Env": spec.environment,
            "WorkingDir": if spec.directory.is_empty() { "/" } else { &spec.directory },
            "Labels": { LABEL: owner(&self.mark) },
            "Healthcheck": { "Test": ["NONE"] },
            "HostConfig": self.host_config(spec, &job.name)?,
        }))
    }

    /// What has to be done in the clone before the attempts: the engine mounts /sys read-only for whoever is not
    /// privileged, and privileged clones would be given the machine's devices. Who may mount makes it writable.
    fn prelude(&self, spec: &Spec, job: &Job) -> Result<Option<String>, Trouble> {
        let can_mount =
            spec.capabilities.effective.contains("SYS_ADMIN") && spec.seccomp == Filter::Unconfined;
        if spec.read_only_sys || !can_mount {
            return Ok(None);
        }
        let program = format!("{PROBE_DIRECTORY}/probe");
        let steps = vec![
            mount("none", "/sys", "", libc::MS_REMOUNT | libc::MS_BIND),
            exec(&program, &[&program, &job.plan_path()]),
        ];
        let name = format!("{}-enter", job.name);
        let plan = encode(&[Program { shared: Vec::new(), steps }], 60);
        self.state.write(&name, &plan.map_err(|error| Trouble::DidNotStart(error.to_string()))?)?;
        Ok(Some(format!("{PROBE_DIRECTORY}/{name}")))
    }

    fn host_config(&self, spec: &Spec, job: &str) -> Result<Value, Trouble> {
        let mut security = Vec::new();
        match &spec.seccomp {
            Filter::Unconfined => security.push("seccomp=unconfined".to_owned()),
            Filter::EngineDefault => {}
            Filter::Profile(profile) => {
                let json = serde_json::to_string(profile)
                    .map_err(|error| Trouble::DidNotStart(error.to_string()))?;
                security.push(format!("seccomp={json}"));
            }
        }
        if spec.no_new_privileges {
            security.push("no-new-privileges".into());
        }
        security.push(format!("apparmor={}", spec.apparmor.as_deref().unwrap_or("unconfined")));
        security.push(match &spec.selinux {
            Some(label) => format!("label={label}"),
            None => "label=disable".into(),
        });
        let beside = |namespace| !spec.namespaces.contains(&namespace);
        let neighbour = || {
            let id = self.neighbour.as_deref();
            id.map(|id| format!("container:{id}"))
                .ok_or_else(|| Trouble::DidNotStart("there is no neighbour".into()))
        };
        let network = match spec.network {
            Network::None => "none".to_owned(),
            Network::Lab => self.lab_network(),
            Network::Isolated => self.isolated_network(),
            Network::Neighbour => neighbour()?,
        };
        let mut mounts = vec![bind(&self.state.files().display().to_string(), PROBE_DIRECTORY, true)];
        let mut memory = serde_json::Map::new();
        for (number, mount) in spec.mounts.iter().enumerate() {
            match &mount.kind {
                MountKind::Tmpfs(size) => {
                    memory.insert(mount.target.clone(), json!(tmpfs_options(mount, *size)));
                }
                _ => {
                    let source = self.state.stand_in(job, number, mount)?;
                    mounts.push(bind(&source.display().to_string(), &mount.target, mount.read_only));
                }
            }
        }
        let ulimits: Vec<Value> = spec
            .rlimits
            .iter()
            .map(|(name, (soft, hard))| {
                let name = name.trim_start_matches("RLIMIT_").to_lowercase();
                json!({ "Name": name, "Soft": soft, "Hard": hard })
            })
            .collect();
        // The machine's own devices are never given: what opens /dev/null under their names opens nothing.
        let devices: Vec<Value> = spec
            .devices
            .paths
            .iter()
            .map(|path| json!({ "PathOnHost": "/dev/null", "PathInContainer": path, "CgroupPermissions": "rwm" }))
            .collect();
        let rules = if spec.devices.all { vec!["a *:* rwm"] } else { Vec::new() };
        let limit = spec.limits.memory.unwrap_or(MEMORY).clamp(6 << 20, MEMORY);
        let capabilities: Vec<&String> = spec.capabilities.bounding.iter().collect();
        Ok(json!({
            "Mounts": mounts,
            "Tmpfs": memory,
            "CapDrop": ["ALL"],
            "CapAdd": capabilities,
            "SecurityOpt": security,
            "ReadonlyRootfs": spec.read_only_root,
            "MaskedPaths": spec.masked_paths,
            "ReadonlyPaths": spec.read_only_paths,
            "GroupAdd": spec.user.groups.iter().map(u32::to_string).collect::<Vec<_>>(),
            "PidMode": if beside(Namespace::Pid) { neighbour()? } else { String::new() },
            "IpcMode": if beside(Namespace::Ipc) { neighbour()? } else { "private".into() },
            "CgroupnsMode": if beside(Namespace::Cgroup) { "host" } else { "private" },
            "NetworkMode": network,
            "Devices": devices,
            "DeviceCgroupRules": rules,
            "Memory": limit,
            "MemorySwap": limit,
            "PidsLimit": spec.limits.pids.unwrap_or(PIDS).min(PIDS),
            "NanoCpus": spec.limits.cpu.unwrap_or(0) * 1_000_000,
            "Ulimits": ulimits,
            "Sysctls": if spec.network == Network::Neighbour { json!({}) } else { json!(spec.sysctls) },
            "Runtime": spec.runtime.clone().unwrap_or_default(),
            "LogConfig": { "Type": "json-file", "Config": { "max-size": "16m", "max-file": "1" } },
        }))
    }

    fn lab_network(&self) -> String {
        format!("{}-lab", self.mark)
    }
    fn isolated_network(&self) -> String {
        format!("{}-isolated", self.mark)
    }

    fn create(&self, name: &str, body: &Value) -> Result<String, Trouble> {
        let mut body = body.clone();
        let answer = loop {
            self.take_unknown(&mut body);
            match self.post(&format!("/containers/create?name={name}"), &body, "the clone") {
                Err(Trouble::DidNotStart(why)) if self.learn(&why) => {}
                answer => break answer?.json(),
            }
        };
        let id = answer.get("Id").and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| Trouble::DidNotStart("the engine gave the clone no id".into()))
    }
    /// Takes what the engine does not know from what a container is to have.
    fn take_unknown(&self, body: &mut Value) {
        let unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(list) = body.pointer_mut("/HostConfig/CapAdd").and_then(Value::as_array_mut) {
            list.retain(|name| name.as_str().is_some_and(|name| !unknown.contains(name)));
        }
    }
    /// Learns from a refusal which capability the engine does not know. Is it news?
    fn learn(&self, refusal: &str) -> bool {
        let name =
            refusal.split_once("unknown capability: \"CAP_").and_then(|(_, rest)| rest.split_once('"'));
        let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        name.is_some_and(|(name, _)| CAPABILITIES.contains(&name) && unknown.insert(name.to_owned()))
    }
    fn remove(&self, id: &str) -> Result<(), Trouble> {
        let path = format!("/containers/{id}?force=1&v=1");
        let answer = self.api.call("DELETE", &path, nothing(), (ANSWER, LARGEST), "the clone that is over");
        match answer {
            Ok(answer) if answer.done() || answer.status == 404 => Ok(()),
            Ok(answer) => Err(Trouble::DidNotStart(format!("it could not be removed: {}", answer.message()))),
            Err(gap) => Err(Trouble::DidNotStart(gap.what)),
        }
    }
    fn get(&self, path: &str, what: &str) -> Result<Answer, Trouble> {
        self.call("GET", path, Vec::new(), LARGEST, what)
    }
    fn post(&self, path: &str, body: &Value, what: &str) -> Result<Answer, Trouble> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.call("POST", path, body, LARGEST, what)
    }
    fn call(
        &self,
        method: &str,
        path: &str,
        body: Vec<u8>,
        most: u64,
        what: &str,
    ) -> Result<Answer, Trouble> {
        let answer = self.api.call(method, path, ("application/json", body), (ANSWER, most), what);
        match answer {
            Ok(answer) if answer.done() => Ok(answer),
            Ok(answer) => Err(Trouble::DidNotStart(format!("{what}: {}", answer.message()))),
            Err(gap) => Err(Trouble::DidNotStart(gap.what)),
        }
    }
}

/// No body.
fn nothing() -> (&'static str, Vec<u8>) {
    ("application/json", Vec::new())
}

fn bind(source: &str, target: &str, read_only: bool) -> Value {
    json!({ "Type": "bind", "Source": source, "Target": target, "ReadOnly": read_only })
}

fn tmpfs_options(mount: &Mount, size: Option<u64>) -> String {
    let mut options = vec![if mount.read_only { "ro" } else { "rw" }, "nodev"];
    options.push(if mount.executable { "exec" } else { "noexec" });
    options.push(if mount.setuid { "suid" } else { "nosuid" });
    let mut text = options.join(",");
    if let Some(size) = size {
        text.push_str(&format!(",size={size}"));
    }
    text
}

/// The engine's log stream without its heads of eight bytes: stream, three zeros, length.
fn demultiplexed(mut stream: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let [_, 0, 0, 0, a, b, c, d, rest @ ..] = stream {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (part, behind) = rest.split_at(length.min(rest.len()));
        out.extend(part);
        stream = behind;
    }
    out
}

impl Drop for Docker {
    fn drop(&mut self) {
        if let Some(id) = self.neighbour.take() {
            let _ = self.remove(&id);
        }
        // A clone that could not be removed before, and then the networks.
        let _ = sweep(&self.api, &|value| value == owner(&self.mark));
    }
}

/// Removes what runs left whose program is no more; says what was removed.
///
/// # Errors
/// Nobody answers at the endpoint.
pub fn leftovers(endpoint: &Endpoint) -> Result<Vec<String>, Trouble> {
    let api = Api::open(endpoint).map_err(|gap| Trouble::DidNotStart(gap.what))?;
    sweep(&api, &|value| !owner_is_alive(value))
}

/// Removes the containers and networks whose label says so.
fn sweep(api: &Api, ours: &dyn Fn(&str) -> bool) -> Result<Vec<String>, Trouble> {
    let mut removed = Vec::new();
    // {"label":["tyrian.purple"]}
    let filter = format!("filters=%7B%22label%22%3A%5B%22{LABEL}%22%5D%7D");
    for (list, path, key) in [
        (format!("/containers/json?all=1&{filter}"), "/containers/", "?force=1&v=1"),
        (format!("/networks?{filter}"), "/networks/", ""),
    ] {
        let answer = api.call("GET", &list, nothing(), (ANSWER, LARGEST), "what runs have left");
        let answer = answer.map_err(|gap| Trouble::DidNotStart(gap.what))?.json();
        for row in answer.as_array().into_iter().flatten() {
            let label = row.get("Labels").and_then(|labels| labels.get(LABEL)).and_then(Value::as_str);
            let (Some(label), Some(id)) = (label, row.get("Id").and_then(Value::as_str)) else { continue };
            if ours(label) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                let gone = api.call(
                    "DELETE",
                    &format!("{path}{id}{key}"),
                    nothing(),
                    (ANSWER, LARGEST),
                    "a leftover",
                );
                if gone.is_ok_and(|answer| answer.done()) {
                    removed.push(format!("{} {}", path.trim_matches('/'), id.get(..12).unwrap_or(id)));
                }
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_without_its_heads_and_may_be_cut_anywhere() {
        let stream = [b"\x01\0\0\0\0\0\0\x03ab\n".as_slice(), b"\x02\0\0\0\0\0\0\x02c\n"].concat();
        assert_eq!(demultiplexed(&stream), b"ab\nc\n");
        for cut in 0..stream.len() {
            assert!(b"ab\nc\n".starts_with(&demultiplexed(&stream[..cut])[..]));
        }
        assert_eq!(demultiplexed(b"\x01\0\0\0\xff\xff\xff\xffab"), b"ab");
    }
}
