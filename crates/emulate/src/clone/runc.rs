//! Clones by runc: the probe lays out a bundle in a mount namespace of its own and starts the runtime there.

use super::cgroup::bounds;
use super::local::{Base, SOCKET, Stage, cannot, fill, memory, room, stand_in, start, sysctls, trouble};
use super::{Job, Neighbour, PROBE_DIRECTORY, Trouble};
use crate::call::{call, child, exec, result};
use crate::neighbour::READY;
use crate::netlink;
use crate::program::{Act, Memory, Program, Step};
use crate::spec::{Filter, MountKind, Namespace, Network, Spec};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// The driver. Everything that it made is gone when it is dropped.
#[derive(Debug)]
pub struct Runc {
    mark: String,
    program: PathBuf,
    version: String,
    number: AtomicU16,
    // The neighbour ends before what it uses is removed.
    neighbour: Option<(u32, Mutex<Container>)>,
    base: Option<Box<Base>>,
}

/// A container of the runtime; it is ended and deleted when this is dropped.
#[derive(Debug)]
struct Container {
    runc: PathBuf,
    root: PathBuf,
    name: String,
    pid_file: PathBuf,
    stage: Stage,
}

impl Drop for Container {
    fn drop(&mut self) {
        if !self.stage.has_left(Duration::ZERO) {
            // It fails where the container ends just then.
            let _ = self.command(&["delete", "--force"]).status();
            if !self.stage.has_left(SOON) {
                self.stage.kill();
            }
        }
        // It is there only where the container began, and goes with the run's directory otherwise.
        let _ = fs::remove_file(&self.pid_file);
    }
}

/// How long it may take a container to begin or to end.
const SOON: Duration = Duration::from_secs(10);

/// The runtime, in a directory of PATH or where administrators have it.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let administration = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let places = std::env::split_paths(&path).chain(administration);
    places.map(|place| place.join("runc")).find(|program| program.is_file())
}

impl Runc {
    /// Is there a runc on this machine?
    pub fn is_there() -> bool {
        program().is_some()
    }

    /// A driver for the run of that mark.
    ///
    /// # Errors
    /// There is no runc here, or it does not start.
    pub fn new(mark: &str) -> Result<Runc, Trouble> {
        let missing = || trouble("runc is not in any directory of PATH; install it or use another driver");
        let program = program().ok_or_else(missing)?;
        let output = Command::new(&program).arg("--version").stdin(Stdio::null()).output();
        let output = output.map_err(|error| trouble(&format!("{}: {error}", program.display())))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.lines().next().unwrap_or_default().trim().to_owned();
        if !output.status.success() || version.is_empty() {
            return Err(trouble(&format!("{} --version does not work", program.display())));
        }
        let mark = mark.to_owned();
        Ok(Runc { mark, program, version, number: AtomicU16::new(0), neighbour: None, base: None })
    }

    /// What it says of itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn start_neighbour(&mut self, job: &Job) -> Result<Neighbour, Trouble> {
        self.base = Some(Box::new(Base::new(&self.mark, job)?));
        let mut container = self.start(job, None)?;
        container.stage.line(READY, SOON)?;
        // The runtime writes it when the container runs already.
        let file = pid_file(&self.base()?.home.path, &job.name);
        let until = Instant::now() + SOON;
        let process = loop {
            let text = fs::read_to_string(&file).unwrap_or_default();
            match text.trim().parse() {
                Ok(process) => break process,
                Err(_) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
                Err(_) => return Err(trouble("runc wrote no process id")),
            }
        };
        self.neighbour = Some((process, Mutex::new(container)));
        Ok(Neighbour { process: Some(process), address: netlink::NEIGHBOUR })
    }

    pub(super) fn run(&self, job: &Job) -> Result<Vec<u8>, Trouble> {
        let neighbour = self.neighbour.as_ref().map(|(process, _)| *process);
        let neighbour = neighbour.ok_or_else(|| trouble("its neighbour was not started"))?;
        let mut container = self.start(job, Some(neighbour))?;
        let text = container.stage.end_with(job.limit)?;
        // What it does not understand, it says before anything runs.
        if !text.windows(4).any(|part| part == b" at ") {
            return Err(container.stage.failed());
        }
        // The runtime removes what it made.
        container.stage.has_left(SOON);
        Ok(text)
    }

    fn base(&self) -> Result<&Base, Trouble> {
        self.base.as_deref().ok_or_else(|| trouble("its neighbour was not started"))
    }

    fn start(&self, job: &Job, neighbour: Option<u32>) -> Result<Container, Trouble> {
        let base = self.base()?;
        if let Some(trouble) = cannot(&job.spec) {
            return Err(trouble);
        }
        let home = &base.home.path;
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let root = home.join("runc");
        let program = stage(job, neighbour, number, &self.program, &root, home)?;
        let stage = start(home, &job.name, &program)?;
        let runc = self.program.clone();
        let pid_file = pid_file(home, &job.name);
        let mut container = Container { runc, root, name: job.name.clone(), pid_file, stage };
        let stage = &mut container.stage;
        stage.asked()?;
        let place = PathBuf::from(format!("/proc/{}/cwd/box", stage.id()));
        fill(&place, job, &base.canary)?;
        let config = config(job, neighbour, stage.id(), home, &self.mark)?;
        fs::write(place.join("config.json"), config.to_string())
            .map_err(|error| trouble(&format!("its bundle cannot be written: {error}")))?;
        stage.go()?;
        Ok(container)
    }
}

impl Container {
    /// The runtime, told to do something with it.
    fn command(&self, what: &[&str]) -> Command {
        let mut command = Command::new(&self.runc);
        command.arg("--root").arg(&self.root).args(what).arg(&self.name);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

fn pid_file(home: &Path, name: &str) -> PathBuf {
    home.join(format!("{name}.pid"))
}

/// The program of a stage: the network, a mount namespace with the bundle, and the runtime in it. It outlives whoever
/// started it, until the container has ended, so that the runtime removes what it made.
fn stage(
    job: &Job,
    neighbour: Option<u32>,
    number: u16,
    runc: &Path,
    root: &Path,
    home: &Path,
) -> Result<Program, Trouble> {
    let mut new = libc::CLONE_NEWNS;
    if job.spec.network != Network::Neighbour {
        new |= libc::CLONE_NEWNET;
    }
    let mut steps = vec![call("umask", libc::SYS_umask, vec![0.into()]), crate::call::unshare(new)];
    steps.extend(match (job.spec.network, neighbour) {
        (Network::Neighbour, _) => Vec::new(),
        (Network::None, _) => netlink::none(),
        (Network::Isolated, _) => netlink::isolated(number),
        (Network::Lab, None) => netlink::bridge(),
        (Network::Lab, Some(neighbour)) => netlink::joined(neighbour, number),
    });
    steps.extend(sysctls(&job.spec, "net."));
    steps.extend(room(&job.spec.image)?);
    let text = |path: &Path| {
        path.to_str()
            .map(str::to_owned)
            .ok_or_else(|| Trouble::CannotReproduce("a path that is no text".into()))
    };
    let (runc, root, bundle, pid) =
        (text(runc)?, text(root)?, text(&home.join("room/box"))?, text(&pid_file(home, &job.name))?);
    let arguments = ["runc", "--root", &root, "run", "--bundle", &bundle, "--pid-file", &pid, &job.name];
    let mut run = exec(&runc, &arguments);
    // It looks for `newuidmap` and the like.
    set_environment(&mut run, &["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]);
    steps.push(
        child(vec![
            // A line that is cut when whoever started this is gone.
            call("dup3", libc::SYS_dup3, vec![2.into(), 0.into(), 0.into()]),
            run,
        ])
        .named("runtime"),
    );
    let wait = vec![result("runtime"), 0.into(), libc::__WALL.into(), 0.into()];
    steps.push(call("wait4", libc::SYS_wait4, wait));
    let mut shared = memory();
    shared.extend(netlink::memory());
    Ok(Program { shared, steps })
}

fn set_environment(step: &mut Step, environment: &[&str]) {
    if let Act::Call { arguments, .. } = &mut step.act
        && let Some(last) = arguments.last_mut()
    {
        *last = Memory::list(environment).into();
    }
}

/// The configuration of a container, as the OCI runtime specification has it.
fn config(job: &Job, neighbour: Option<u32>, stage: u32, home: &Path, mark: &str) -> Result<Value, Trouble> {
    let spec = &job.spec;
    let program = format!("{PROBE_DIRECTORY}/probe");
    let arguments = match neighbour {
        None => vec![program, "enter".to_owned(), job.plan_path()],
        Some(_) => vec![program, job.plan_path()],
    };
    let names = |set: &BTreeSet<String>| set.iter().map(|name| format!("CAP_{name}")).collect::<Vec<_>>();
    let sets = &spec.capabilities;
    let mut process = json!({
        "terminal": false,
        "user": {"uid": spec.user.uid, "gid": spec.user.gid, "additionalGids": spec.user.groups},
        "args": arguments,
        "env": spec.environment,
        "cwd": if spec.directory.is_empty() { "/" } else { &spec.directory },
        "capabilities": {
            "bounding": names(&sets.bounding),
            "effective": names(&sets.effective),
            "permitted": names(&sets.permitted),
            "inheritable": names(&sets.inheritable),
            "ambient": names(&sets.ambient),
        },
        "rlimits": spec
            .rlimits
            .iter()
            .map(|(name, (soft, hard))| json!({"type": name, "soft": soft, "hard": hard}))
            .collect::<Vec<_>>(),
        "noNewPrivileges": spec.no_new_privileges,
    });
    if let Some(profile) = &spec.apparmor {
        insert(&mut process, "apparmorProfile", json!(profile));
    }
    let mut linux = json!({
        "namespaces": namespaces(spec, neighbour, stage),
        "resources": resources(spec),
        "cgroupsPath": format!("/{mark}/{}", job.name),
        "maskedPaths": spec.masked_paths,
        "readonlyPaths": spec.read_only_paths,
        "sysctl": spec
            .sysctls
            .iter()
            // Those of the network are set by the stage that makes it.
            .filter(|(key, _)| !key.starts_with("net."))
            .collect::<std::collections::BTreeMap<_, _>>(),
    });
    match &spec.seccomp {
        Filter::Unconfined => {}
        Filter::EngineDefault => {
            return Err(Trouble::CannotReproduce("the engine's own system call filter".into()));
        }
        Filter::Profile(profile) => insert(&mut linux, "seccomp", json!(profile)),
    }
    let mut config = json!({
        "ociVersion": "1.0.2",
        "process": process,
        "root": {"path": home.join("room/root"), "readonly": spec.read_only_root},
        "mounts": mounts(spec, home)?,
        "linux": linux,
    });
    if spec.namespaces.contains(&Namespace::Uts) {
        insert(&mut config, "hostname", json!(job.name.get(..job.name.len().min(63)).unwrap_or("clone")));
    }
    Ok(config)
}

fn insert(into: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = into {
        map.insert(key.to_owned(), value);
    }
}

/// Its own namespaces, and the neighbour's in place of the host's. The network is the stage's, which made it.
fn namespaces(spec: &Spec, neighbour: Option<u32>, stage: u32) -> Vec<Value> {
    let mut list = vec![json!({"type": "mount"})];
    for (namespace, kind, file) in [
        (Namespace::Pid, "pid", "pid"),
        (Namespace::Ipc, "ipc", "ipc"),
        (Namespace::Uts, "uts", "uts"),
        (Namespace::Cgroup, "cgroup", "cgroup"),
    ] {
        match neighbour {
            Some(process) if !spec.namespaces.contains(&namespace) => {
                list.push(json!({"type": kind, "path": format!("/proc/{process}/ns/{file}")}));
            }
            _ => list.push(json!({"type": kind})),
        }
    }
    let holder = match (spec.network, neighbour) {
        (Network::Neighbour, Some(process)) => process,
        _ => stage,
    };
    list.push(json!({"type": "network", "path": format!("/proc/{holder}/ns/net")}));
    list
}

fn resources(spec: &Spec) -> Value {
    let device = |kind: &str, major: u32, minor: u32| json!({"allow": true, "type": kind, "major": major, "minor": minor, "access": "rwm"});
    let devices = if spec.devices.all {
        vec![json!({"allow": true, "access": "rwm"})]
    } else {
        // The runtime adds to these what every container has.
        vec![json!({"allow": false, "access": "rwm"}), device("c", 5, 1)]
    };
    let (memory, pids) = bounds(spec);
    let mut resources = json!({
        "devices": devices,
        "memory": {"limit": memory},
        "pids": {"limit": pids},
    });
    if let Some(cpu) = spec.limits.cpu {
        let quota = cpu.saturating_mul(100).max(1000);
        insert(&mut resources, "cpu", json!({"quota": quota, "period": 100_000}));
    }
    resources
}

fn mounts(spec: &Spec, home: &Path) -> Result<Vec<Value>, Trouble> {
    let mount = |target: &str, kind: &str, options: &[&str]| json!({"destination": target, "type": kind, "source": kind, "options": options});
    let mut system = vec!["nosuid", "noexec", "nodev"];
    if spec.read_only_sys {
        system.push("ro");
    }
    let quiet = ["nosuid", "noexec", "nodev"];
    let mut list = vec![
        mount("/proc", "proc", &quiet),
        mount("/dev", "tmpfs", &["nosuid", "strictatime", "mode=755", "size=65536k"]),
        mount(
            "/dev/pts",
            "devpts",
            &["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
        ),
        mount("/sys", "sysfs", &system),
        mount("/sys/fs/cgroup", "cgroup", &system),
        mount("/dev/mqueue", "mqueue", &quiet),
        mount("/dev/shm", "tmpfs", &["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"]),
    ];
    let bind = |from: PathBuf, target: &str, flags: Vec<&str>| {
        let mut options = vec!["rbind", "nodev"];
        options.extend(flags);
        json!({"destination": target, "type": "bind", "source": from, "options": options})
    };
    let place = home.join("room/box");
    list.push(bind(place.join("tyrian"), PROBE_DIRECTORY, vec!["ro"]));
    let mut order: Vec<(usize, &crate::spec::Mount)> = spec.mounts.iter().enumerate().collect();
    // What lies in another mount comes after it.
    order.sort_by_key(|(_, mount)| mount.target.matches('/').count());
    for (number, it) in order {
        let flags = [(it.read_only, "ro"), (!it.executable, "noexec"), (!it.setuid, "nosuid")];
        let flags: Vec<&str> = flags.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag).collect();
        list.push(match it.kind {
            MountKind::Tmpfs(size) => {
                let size = size.map(|size| format!("size={size}"));
                let mut options = vec!["nodev", "mode=1777"];
                options.extend(flags);
                options.extend(size.as_deref());
                mount(&it.target, "tmpfs", &options)
            }
            MountKind::RuntimeSocket { .. } => bind(home.join(SOCKET), &it.target, flags),
            _ => bind(place.join(stand_in(number)), &it.target, flags),
        });
    }
    Ok(list)
}
