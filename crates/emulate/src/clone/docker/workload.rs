//! A workload run as it is, but for the settings that are tried on it: its own program, with fresh data, on the lab's
//! network.

use super::body::{Surroundings, create};
use super::{Docker, Guard};
use crate::clone::{Job, Trouble};
use crate::spec::{MountKind, Network, Spec, User};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a workload may take to become healthy where nothing is known of it.
const START: Duration = Duration::from_secs(30);
/// How long it may take to stop before it is killed, in seconds.
const STOP: u32 = 10;

/// What is asked of a workload.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// A command for `sh -c` on this machine, which must end with 0. It finds the container's id in `TYRIAN_CLONE` and
    /// its address in `TYRIAN_ADDRESS`. Nothing: the image's own health check decides, or that it goes on running.
    pub check: Option<String>,
    /// A signal by which it is told to read its settings again, `HUP`; it must be healthy after it.
    pub reload: Option<String>,
    /// Does it end by itself when it is told to? Some never do, and are killed.
    pub never_stops: bool,
    /// How long it may take to become healthy, and the check each time; nothing: half a minute.
    pub patience: Option<Duration>,
    /// Is there something beside it that it waits for? Then how long it takes is known once that is ready.
    pub waits: bool,
    /// Has it been seen? Then only whether it lives is asked.
    pub seen: bool,
}

/// What was seen of a healthy workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// How long it took to become healthy.
    pub took: Duration,
    /// Does it not end by itself when it is told to?
    pub never_stops: bool,
    /// Paths that it changed in its root file system.
    pub changed: Vec<String>,
    /// Users and groups that its processes ran as.
    pub users: BTreeSet<(u32, u32)>,
    /// The most processes and the most bytes of memory that were seen.
    pub pids: u64,
    /// Likewise.
    pub memory: u64,
    /// The numbers of the system calls that it made; empty where it was not traced.
    pub calls: BTreeSet<u32>,
}

impl Docker {
    /// What the engine says of a container.
    ///
    /// # Errors
    /// It has none of that name, or does not answer.
    pub fn inspect(&self, name: &str) -> Result<Value, Trouble> {
        Ok(self.api.get(&format!("/containers/{}/json", super::escaped(name)))?)
    }

    /// Starts a container like one that workloads need, as it is but for its data, which is fresh. Workloads find it by
    /// these names; it runs until the driver is dropped.
    ///
    /// # Errors
    /// The engine fails, or such a container does not start.
    pub fn beside(&self, inspected: &Value, spec: &Spec, names: &[String]) -> Result<(), Trouble> {
        let lab = self.lab()?;
        let number = self.count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("{}-beside-{number}", self.mark);
        let spec = Spec { network: Network::Lab, ..spec.clone() };
        let mut body = self.workload(&lab, inspected, &spec, &name, false)?;
        body["NetworkingConfig"]["EndpointsConfig"][self.network_name("lab")] = json!({"Aliases": names});
        let id = self.made(&name, &body, Some(&spec))?;
        self.start(&id, &spec)
    }

    /// Runs the workload with these settings: does it start, serve, reload and stop? Else what went wrong, in words.
    ///
    /// # Errors
    /// The engine fails; settings that the workload cannot live with are no error.
    pub fn lives(
        &self,
        inspected: &Value,
        spec: &Spec,
        trial: &Trial,
        traced: bool,
    ) -> Result<Result<Seen, String>, Trouble> {
        let lab = self.lab()?;
        let number = self.count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("{}-workload-{number}", self.mark);
        let body = self.workload(&lab, inspected, spec, &name, traced)?;
        let id = match self.made(&name, &body, Some(spec)) {
            Ok(id) => id,
            Err(Trouble::DidNotStart(why)) => return Ok(Err(why)),
            Err(trouble) => return Err(trouble),
        };
        let guard = Guard { driver: self, id };
        live(self, &guard.id, spec, trial, traced)
    }
}

fn live(
    docker: &Docker,
    id: &str,
    spec: &Spec,
    trial: &Trial,
    traced: bool,
) -> Result<Result<Seen, String>, Trouble> {
    if let Err(Trouble::DidNotStart(why)) = docker.start(id, spec) {
        return Ok(Err(why));
    }
    let began = Instant::now();
    let mut why = healthy(docker, id, trial)?.err();
    let mut seen = Seen::default();
    if why.is_none() {
        let took = began.elapsed();
        if !trial.seen {
            match look(docker, id, spec) {
                Ok(looked) => seen = looked,
                // What has ended meanwhile cannot be looked at.
                Err(trouble) => match ended(&docker.inspect(id)?) {
                    Some(status) => why = Some(status),
                    None => return Err(trouble),
                },
            }
        }
        seen = Seen { took, never_stops: trial.never_stops || seen.never_stops, ..seen };
    }
    if why.is_none()
        && let Some(signal) = &trial.reload
    {
        docker.api.post(&format!("/containers/{id}/kill?signal={}", super::escaped(signal)), &Value::Null)?;
        std::thread::sleep(Duration::from_millis(300));
        why = healthy(docker, id, trial)?.err().map(|why| format!("after a reload, {why}"));
    }
    if why.is_none() {
        // A tracer says at its end what it saw, and hands the signal on to a program that hears it.
        let patience = if seen.never_stops && !traced { 0 } else { STOP };
        docker.api.post(&format!("/containers/{id}/stop?t={patience}"), &Value::Null)?;
        let state = docker.inspect(id)?;
        let killed = state.pointer("/State/ExitCode").and_then(Value::as_i64) == Some(137);
        if killed && !seen.never_stops {
            // What does not stop as it is is no worse for it with other settings.
            if trial.seen {
                why = Some(format!("it did not stop within {STOP} s"));
            }
            seen.never_stops = true;
        }
        if !trial.seen {
            // What it writes only at its end counts too.
            seen.changed.extend(changed(docker, id, spec)?);
        }
    }
    let wrote = docker.api.bytes(&format!("/containers/{id}/logs?stdout=1&stderr=1&tail=2000"))?;
    let wrote = demultiplexed(&wrote);
    let wrote = String::from_utf8_lossy(&wrote);
    let lines = || wrote.lines();
    let called =
        |line: &str| line.strip_prefix("called ").and_then(|number| number.trim().parse::<u32>().ok());
    seen.calls.extend(lines().filter_map(called));
    Ok(match why {
        None => Ok(seen),
        Some(why) => {
            let last = lines().rfind(|line| !line.trim().is_empty() && called(line).is_none());
            let last: String = last.unwrap_or_default().chars().take(300).collect();
            Err(if last.is_empty() { why } else { format!("{why}; it wrote: {last}") })
        }
    })
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

/// With which status it ended; nothing while it runs.
fn ended(state: &Value) -> Option<String> {
    if state.pointer("/State/Running") == Some(&Value::Bool(true)) {
        return None;
    }
    let status = state.pointer("/State/ExitCode").and_then(Value::as_i64).unwrap_or(-1);
    Some(format!("it ended with status {status}"))
}

/// Waits until it is healthy, or says why it is not.
fn healthy(docker: &Docker, id: &str, trial: &Trial) -> Result<Result<(), String>, Trouble> {
    let until = Instant::now() + trial.patience.unwrap_or(START);
    let mut last = "it did not become healthy".to_owned();
    let mut steady = 0;
    loop {
        let state = docker.inspect(id)?;
        let text = |pointer: &str| state.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if let Some(why) = ended(&state) {
            return Ok(Err(why));
        }
        let health = text("/State/Health/Status");
        let fit = match (&trial.check, health) {
            (_, "starting") => false,
            (_, "unhealthy") => return Ok(Err("its health check fails".into())),
            (Some(check), _) => {
                let networks = state.pointer("/NetworkSettings/Networks").and_then(Value::as_object);
                let address =
                    networks.and_then(|all| all.values().find_map(|one| one.get("IPAddress")?.as_str()));
                match checked(docker, check, id, address.unwrap_or_default(), until) {
                    Ok(()) => true,
                    Err(why) => {
                        last = why;
                        false
                    }
                }
            }
            (None, "healthy") => true,
            // Nothing tells: that it goes on running for a second.
            (None, _) => {
                steady += 1;
                steady > 10
            }
        };
        if fit {
            return Ok(Ok(()));
        }
        if Instant::now() > until {
            return Ok(Err(last));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Runs the check command on this machine.
fn checked(docker: &Docker, check: &str, id: &str, address: &str, until: Instant) -> Result<(), String> {
    let mut command = Command::new("sh");
    command.args(["-c", check]).env("TYRIAN_CLONE", id).env("TYRIAN_ADDRESS", address);
    command.env("DOCKER_HOST", docker.endpoint.address());
    // A group of its own, so that what it starts ends with it.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|error| format!("the check cannot be run: {error}"))?;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(10)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("the check did not end in time".into());
            }
        }
    };
    if status.success() {
        return Ok(());
    }
    let mut said = String::new();
    if let Some(errors) = child.stderr.take() {
        let _ = errors.take(500).read_to_string(&mut said);
    }
    Err(format!("the check ended with {status}: {}", said.trim().replace('\n', " ")))
}

/// Paths that it changed in its root file system.
fn changed(docker: &Docker, id: &str, spec: &Spec) -> Result<Vec<String>, Trouble> {
    if spec.read_only_root {
        return Ok(Vec::new());
    }
    let changes = docker.api.get(&format!("/containers/{id}/changes"))?;
    let paths = changes.as_array().into_iter().flatten().filter_map(|change| change.get("Path")?.as_str());
    Ok(paths.map(str::to_owned).collect())
}

/// What is seen of it while it is healthy.
fn look(docker: &Docker, id: &str, spec: &Spec) -> Result<Seen, Trouble> {
    let mut seen = Seen { changed: changed(docker, id, spec)?, ..Seen::default() };
    let top = docker.api.get(&format!("/containers/{id}/top?ps_args=-eo%20uid,gid,pid"))?;
    for row in top.get("Processes").and_then(Value::as_array).into_iter().flatten() {
        let number = |column: usize| row.get(column)?.as_str()?.trim().parse::<u32>().ok();
        seen.users.extend(number(0).zip(number(1)));
    }
    let stats = docker.api.get(&format!("/containers/{id}/stats?stream=false&one-shot=true"))?;
    let number = |pointer: &str| stats.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    seen.pids = number("/pids_stats/current");
    seen.memory = number("/memory_stats/max_usage").max(number("/memory_stats/usage"));
    seen.never_stops = is_deaf(&docker.inspect(id)?, id);
    Ok(seen)
}

/// Does its first process not hear the signal by which it is told to end? The first of a process namespace hears only
/// signals that it catches. Where that cannot be seen from here it is found out by waiting.
fn is_deaf(state: &Value, id: &str) -> bool {
    let text = |pointer: &str| state.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let signal = match text("/Config/StopSignal").trim_start_matches("SIG") {
        "" | "TERM" | "15" => libc::SIGTERM,
        "QUIT" | "3" => libc::SIGQUIT,
        "INT" | "2" => libc::SIGINT,
        _ => return false,
    };
    let process = state.pointer("/State/Pid").and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok());
    let own = text("/HostConfig/PidMode").is_empty();
    let Some(process) = process.filter(|process| own && super::is_here(*process, id)) else { return false };
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask >> (signal - 1) & 1 == 0)
}

impl Docker {
    /// The container of the workload: its own program, variables and read-only files; everything that it may write to
    /// is fresh.
    fn workload(
        &self,
        lab: &super::Lab,
        inspected: &Value,
        spec: &Spec,
        name: &str,
        traced: bool,
    ) -> Result<Value, Trouble> {
        let config = |key: &str| inspected.pointer(&format!("/Config/{key}")).cloned().unwrap_or(Value::Null);
        let mut own = spec.clone();
        own.mounts.retain(|mount| matches!(mount.kind, MountKind::Tmpfs(_)));
        let covered: BTreeSet<String> = own.mounts.iter().map(|mount| mount.target.clone()).collect();
        let (probe, network, isolated) =
            (self.volume("probe"), self.network_name("lab"), self.network_name("isolated"));
        let around = Surroundings {
            engine: &self.engine,
            mark: &self.mark,
            owner: &self.owner,
            empty_image: &lab.image,
            probe: &probe,
            neighbour: None,
            lab: &network,
            isolated: &isolated,
            capabilities: self.capabilities.get(),
        };
        let job = Job { name: name.to_owned(), spec: own, plan: Vec::new(), limit: START };
        let mut body = create(&job, &around, &[], &mut |mount| self.stand_in(lab, mount))?;
        // Memory takes over the rights of the directory that it covers, whatever mode it is given, but not its owner.
        if let Some(memory) = body.pointer_mut("/HostConfig/Tmpfs").and_then(Value::as_object_mut) {
            for (_, options) in memory.iter_mut() {
                let User { uid, gid, .. } = spec.user;
                *options = json!(format!("{},uid={uid},gid={gid}", options.as_str().unwrap_or_default()));
            }
        }
        if let Some(mounts) = body.pointer_mut("/HostConfig/Mounts").and_then(Value::as_array_mut) {
            for mount in inspected.get("Mounts").and_then(Value::as_array).into_iter().flatten() {
                let text = |key: &str| mount.get(key).and_then(Value::as_str).unwrap_or_default();
                let target = text("Destination");
                if covered.contains(target) || !spec.mounts.iter().any(|kept| kept.target == target) {
                    continue;
                }
                // What it can only read it gets as it is; instead of what it can write to, something fresh.
                let read_only = mount.get("RW") == Some(&Value::Bool(false));
                if text("Type") == "bind" && read_only {
                    let source = text("Source");
                    mounts
                        .push(json!({"Type": "bind", "Source": source, "Target": target, "ReadOnly": true}));
                } else if text("Type") != "tmpfs" {
                    mounts.push(json!({"Type": "volume", "Target": target}));
                }
            }
        }
        let list = |value: Value| value.as_array().cloned().unwrap_or_default();
        let (mut entry, mut command) = (list(config("Entrypoint")), list(config("Cmd")));
        if traced {
            command = [entry, command].concat();
            entry = vec![json!(format!("{}/probe", crate::clone::PROBE_DIRECTORY)), json!("trace")];
        }
        let changes = [
            ("Image", inspected.get("Image").cloned().unwrap_or_default()),
            ("Entrypoint", json!(entry)),
            ("Cmd", json!(command)),
            ("Env", config("Env")),
            ("WorkingDir", config("WorkingDir")),
            ("StopSignal", config("StopSignal")),
            ("AttachStdin", json!(false)),
            ("OpenStdin", json!(false)),
            ("StdinOnce", json!(false)),
            ("Healthcheck", config("Healthcheck")),
        ];
        for (key, value) in changes {
            body[key] = value;
        }
        if !body["Healthcheck"].is_null() {
            // As often as it can be, so that nobody waits.
            body["Healthcheck"]["Interval"] = json!(1_000_000_000u64);
        }
        // What it writes is read once, at its end.
        body["HostConfig"]["LogConfig"] =
            json!({"Type": "json-file", "Config": {"max-size": "4m", "max-file": "1"}});
        Ok(body)
    }
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
