//! The Docker engines of a host, and the files that decide what runs as root: their owners, modes, and whether the
//! kernel's audit watches them.

use super::processes::pids;
use super::root::{NAMES, Root};
use super::{Reader, missing};
use rustix::fs::FileType;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tyrian_model::fact::{Gap, Known, Many, Why};
use tyrian_model::host::{Engine, FileMode, FileRole, GuardedFile};
use tyrian_read::engine::setup::{self, Setup};
use tyrian_read::host::{self as read, ConfigFile};
use tyrian_read::secrets::Key;
use tyrian_read::service;

/// Where units lie; the first that has one counts.
const UNITS: [&str; 4] =
    ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

/// A dockerd of the host: one that runs, or the one that the units would start.
pub(super) struct Dockerd {
    /// The user it runs as.
    keeper: u32,
    /// Where its daemon.json is, or would be.
    config: String,
    arguments: Vec<String>,
    daemon_json: Option<Vec<u8>>,
    setup: Setup,
}

/// The engines of a host.
pub(super) struct Engines {
    running: Vec<Dockerd>,
    /// What would start, where none runs.
    planned: Option<Dockerd>,
}

impl Engines {
    fn all(&self) -> impl Iterator<Item = &Dockerd> {
        self.running.iter().chain(&self.planned)
    }
}

impl Reader {
    /// The engines that run; where none does, the one that the units and the files would start.
    pub(super) fn engines(&self) -> Result<Engines, Gap> {
        let mut running = Vec::new();
        if self.root.live {
            if self.root.read("/proc/1/comm")?.is_none() {
                return Err(missing(
                    "/proc/1",
                    "whether an engine runs is not seen where /proc hides processes",
                ));
            }
            for pid in pids(&self.root)? {
                running.extend(self.dockerd(&pid)?);
            }
        }
        let planned = if running.is_empty() { self.planned()? } else { None };
        Ok(Engines { running, planned })
    }

    /// The dockerd of that number; nothing where it is none, or one in a container.
    fn dockerd(&self, pid: &str) -> Result<Option<Dockerd>, Gap> {
        let root = &self.root;
        let path = |name: &str| format!("/proc/{pid}/{name}");
        // A process may end while it is looked at.
        let Ok(Some(name)) = root.read(&path("comm")) else { return Ok(None) };
        if name.trim_ascii() != b"dockerd" {
            return Ok(None);
        }
        let (Ok(Some(line)), Ok(Some(groups))) = (root.read(&path("cmdline")), root.read(&path("cgroup")))
        else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&line);
        let arguments: Vec<String> = text.trim_end_matches('\0').split('\0').map(str::to_owned).collect();
        let program = arguments.first().and_then(|name| name.rsplit('/').next());
        if program != Some("dockerd") || read::cgroup_of_container(&groups) {
            return Ok(None);
        }
        let Some(keeper) = root.stat(&format!("/proc/{pid}"))?.map(|stat| stat.st_uid) else {
            return Ok(None);
        };
        self.told(arguments, keeper).map(Some)
    }

    /// A dockerd with these arguments, and the file that it reads.
    fn told(&self, arguments: Vec<String>, keeper: u32) -> Result<Dockerd, Gap> {
        let home = if keeper == 0 { None } else { Some(self.home(keeper)?) };
        let usual = home.as_ref().map_or("/etc/docker/daemon.json".to_owned(), |home| {
            format!("{home}/.config/docker/daemon.json")
        });
        let config = setup::config_file(&arguments).unwrap_or(usual);
        let text = self.root.read(&config);
        let given = text.as_ref().map(Option::as_deref).map_err(Clone::clone);
        let setup = setup::setup(&arguments, given, home.as_deref());
        Ok(Dockerd { keeper, config, arguments, daemon_json: text?, setup })
    }

    /// The home directory of a user.
    fn home(&self, uid: u32) -> Result<String, Gap> {
        let passwd = self.root.read("/etc/passwd")?.unwrap_or_default();
        let passwd = String::from_utf8_lossy(&passwd);
        let home = passwd.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            (fields.get(2)?.parse() == Ok(uid)).then(|| fields.get(5).map(|home| (*home).to_owned()))?
        });
        home.ok_or_else(|| {
            missing("/etc/passwd", &format!("a line of the user {uid}, who runs an engine, is not"))
        })
    }

    /// What `docker.service` would start; nothing where there is no dockerd.
    fn planned(&self) -> Result<Option<Dockerd>, Gap> {
        if self.program("dockerd")?.is_none() {
            return Ok(None);
        }
        let mut arguments = vec!["dockerd".to_owned()];
        if let Some(parts) = self.unit_parts("docker.service")? {
            let at = parts.first().map_or("docker.service", |part| part.path.as_str()).to_owned();
            let unit = service::service(&parts);
            let mut set: BTreeMap<String, String> = unit.environment.into_iter().collect();
            for file in &unit.environment_files {
                let text = self.root.read(file)?.unwrap_or_default();
                set.extend(service::environment(&text));
            }
            if let Some(command) = unit.commands.first() {
                arguments = service::arguments(&at, command, &set)?;
            }
        }
        self.told(arguments, 0).map(Some)
    }

    /// A unit and its drop-ins, in the order in which systemd reads them; nothing where there is no such unit.
    fn unit_parts(&self, name: &str) -> Result<Option<Vec<ConfigFile>>, Gap> {
        let Some(path) = self.unit(name)? else { return Ok(None) };
        let mut parts = BTreeMap::new();
        // Of drop-ins of one name that of the first directory counts.
        for directory in UNITS.iter().rev() {
            for part in self.root.ending(&format!("{directory}/{name}.d"), ".conf")? {
                parts.insert(part.rsplit('/').next().unwrap_or_default().to_owned(), part);
            }
        }
        let mut files = Vec::new();
        for path in std::iter::once(path).chain(parts.into_values()) {
            if self.root.link(&path)?.is_some_and(|target| target == "/dev/null") {
                continue;
            }
            if let Some(text) = self.root.read(&path)? {
                files.push(ConfigFile { path, text });
            }
        }
        Ok(Some(files))
    }

    fn unit(&self, name: &str) -> Result<Option<String>, Gap> {
        for directory in UNITS {
            let path = format!("{directory}/{name}");
            if self.root.has(&path)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// The engine that would start, where none runs and the system starts one by itself. Which settings one has that
    /// runs, it tells itself.
    pub(super) fn planned_engine(
        &self,
        engines: &Engines,
        key: &Key,
    ) -> Result<Option<(String, Engine)>, Gap> {
        let Some(dockerd) = &engines.planned else { return Ok(None) };
        if !self.enabled("docker.service")? && !self.enabled("docker.socket")? {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(dockerd.daemon_json.as_deref().unwrap_or_default());
        let engine = setup::planned(&dockerd.config, &text, &dockerd.arguments, key);
        Ok(Some(("engine:docker".to_owned(), engine)))
    }

    /// The directories in which engines keep containers and images, those that are there.
    pub(super) fn data_roots(&self, engines: &Result<Engines, Gap>) -> Result<BTreeSet<String>, Gap> {
        let mut found = BTreeSet::new();
        for dockerd in engines.as_ref().map_err(Clone::clone)?.all() {
            let path = dockerd.setup.data_root.clone()?;
            if self.root.has(&path)? {
                found.insert(read::plain(path.as_bytes()));
            }
        }
        Ok(found)
    }

    /// The files that decide what runs as root, by role and path.
    pub(super) fn guarded(&self, engines: &Result<Engines, Gap>) -> Many<GuardedFile> {
        let mut many = Many::whole([]);
        let looked = match self.candidates(engines) {
            Ok(looked) => looked,
            Err(gap) => {
                self.note(gap.clone());
                many.lacks(gap);
                return many;
            }
        };
        if let Err(gap) = engines {
            self.note(gap.clone());
            many.lacks(gap.clone());
        }
        let rules = self.rules_in_force();
        let groups =
            self.root.read("/etc/group").map(Option::unwrap_or_default).map(|text| read::group_names(&text));
        for ((path, role), keeper) in looked {
            match self.guarded_file(&path, role, keeper, &rules, &groups) {
                Ok(None) => {}
                Ok(Some(file)) => many.add(format!("{}:{}", role.word(), file.path), file),
                Err(gap) => {
                    self.note(gap.clone());
                    many.lacks(gap);
                }
            }
        }
        many
    }

    fn guarded_file(
        &self,
        path: &str,
        role: FileRole,
        keeper: u32,
        rules: &Result<Vec<String>, Gap>,
        groups: &Result<BTreeMap<u32, String>, Gap>,
    ) -> Result<Option<GuardedFile>, Gap> {
        let stat = match self.root.stat(path) {
            Ok(Some(stat)) => stat,
            Ok(None) => return Ok(None),
            // Whether it is there is not known either; the others are not touched by that.
            Err(gap) => {
                self.note(gap.clone());
                return Ok(Some(GuardedFile {
                    path: read::plain(path.as_bytes()),
                    role,
                    mode: gap.clone().into(),
                    group: gap.clone().into(),
                    keeper: Known::is(keeper),
                    audited: gap.into(),
                }));
            }
        };
        let kind = FileType::from_raw_mode(stat.st_mode);
        let fits = match role {
            FileRole::Directory | FileRole::DataRoot => kind == FileType::Directory,
            FileRole::Socket => kind == FileType::Socket,
            FileRole::Node => true,
            _ => kind == FileType::RegularFile,
        };
        if !fits {
            return Ok(None);
        }
        // etcd may have a user of its own.
        let keeper = if path.contains("etcd") && role == FileRole::Node { stat.st_uid } else { keeper };
        let group = groups.clone().map(|groups| groups.get(&stat.st_gid).cloned());
        let watched = matches!(
            role,
            FileRole::Program
                | FileRole::Directory
                | FileRole::DataRoot
                | FileRole::Unit
                | FileRole::Settings
        ) || path.ends_with("/containerd.sock");
        let audited = if watched {
            let names = self.names_of(path)?;
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            rules.clone().map(|rules| read::audits(&rules, &names, role == FileRole::Program))
        } else {
            Err(Gap::new(Why::NotAsked, "no rule is asked for"))
        };
        Ok(Some(GuardedFile {
            path: read::plain(path.as_bytes()),
            role,
            mode: Known::is(FileMode { mode: stat.st_mode & 0o7777, uid: stat.st_uid, gid: stat.st_gid }),
            group: group.map_or_else(Known::from, Known::is),
            keeper: Known::is(keeper),
            audited: audited.map_or_else(Known::from, Known::is),
        }))
    }

    /// The names that a path goes by on a system where `/lib` is a link to `/usr/lib`, and `/var/run` one to `/run`.
    fn names_of(&self, path: &str) -> Result<Vec<String>, Gap> {
        let mut names = vec![path.to_owned()];
        for (short, long) in
            [("/lib", "/usr/lib"), ("/bin", "/usr/bin"), ("/sbin", "/usr/sbin"), ("/var/run", "/run")]
        {
            for (from, to) in [(short, long), (long, short)] {
                if let Some(rest) = path.strip_prefix(from).filter(|rest| rest.starts_with('/'))
                    && self.root.link(short)?.is_some()
                {
                    names.push(format!("{to}{rest}"));
                }
            }
        }
        Ok(names)
    }

    /// Where each file would be, what it is, and whose it should be.
    fn candidates(&self, engines: &Result<Engines, Gap>) -> Result<BTreeMap<(String, FileRole), u32>, Gap> {
        let root = &self.root;
        let mut all: BTreeMap<(String, FileRole), u32> = BTreeMap::new();
        let mut add = |path: String, role: FileRole, keeper: u32| {
            // Of two names of one socket the one that is no link counts.
            let path = path.strip_prefix("/var/run/").map_or(path.clone(), |rest| format!("/run/{rest}"));
            all.entry((path, role)).or_insert(keeper);
        };
        for name in [
            "dockerd",
            "containerd",
            "containerd-shim",
            "containerd-shim-runc-v1",
            "containerd-shim-runc-v2",
            "runc",
        ] {
            if let Some(path) = self.program(name)? {
                add(path, FileRole::Program, 0);
            }
        }
        for path in [
            "/etc/containerd",
            "/etc/docker",
            "/etc/docker/certs.d",
            "/run/containerd",
            "/var/lib/containerd",
        ] {
            add(path.to_owned(), FileRole::Directory, 0);
        }
        for path in [
            "/etc/docker/daemon.json",
            "/etc/default/docker",
            "/etc/sysconfig/docker",
            "/etc/containerd/config.toml",
        ] {
            add(path.to_owned(), FileRole::Settings, 0);
        }
        for name in ["docker.service", "docker.socket", "containerd.service"] {
            if let Some(path) = self.unit(name)? {
                add(path, FileRole::Unit, 0);
            }
            for directory in UNITS {
                for part in root.ending(&format!("{directory}/{name}.d"), ".conf")? {
                    add(part, FileRole::Unit, 0);
                }
            }
        }
        for path in [
            "/run/containerd/containerd.sock",
            "/run/crio/crio.sock",
            "/run/docker.sock",
            "/run/podman/podman.sock",
        ] {
            add(path.to_owned(), FileRole::Socket, 0);
        }
        for registry in root.ending("/etc/docker/certs.d", "")? {
            for end in [".crt", ".cert"] {
                for path in root.ending(&registry, end)? {
                    add(path, FileRole::RegistryCertificate, 0);
                }
            }
        }
        for dockerd in engines.iter().flat_map(Engines::all) {
            let keeper = dockerd.keeper;
            add(dockerd.config.clone(), FileRole::Settings, keeper);
            add(dockerd.setup.data_root.clone()?, FileRole::DataRoot, keeper);
            // A dockerd that is given no containerd starts one of its own.
            if let Some(folder) = &dockerd.setup.exec_root {
                add(format!("{folder}/containerd/containerd.sock"), FileRole::Socket, keeper);
            }
            for socket in dockerd.setup.sockets.clone()? {
                add(socket, FileRole::Socket, keeper);
            }
            let roles = [FileRole::TlsAuthority, FileRole::TlsCertificate, FileRole::TlsKey];
            for (path, role) in dockerd.setup.tls.clone()?.into_iter().zip(roles) {
                if let Some(path) = path {
                    add(path, role, keeper);
                }
            }
            if keeper != 0 {
                let home = self.home(keeper)?;
                add(format!("{home}/.config/systemd/user/docker.service"), FileRole::Unit, keeper);
            }
        }
        for path in [
            "/etc/kubernetes/manifests",
            "/etc/kubernetes/pki",
            "/etc/kubernetes/pki/etcd",
            "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
            "/usr/lib/systemd/system/kubelet.service",
            "/var/lib/etcd",
            "/var/lib/kubelet/config.yaml",
            "/var/lib/kubelet/pki",
        ] {
            add(path.to_owned(), FileRole::Node, 0);
        }
        for path in cluster_files(root)? {
            add(path, FileRole::Node, 0);
        }
        if all.len() > NAMES {
            return Err(Gap::new(Why::Malformed, format!("/etc/docker/certs.d: more than {NAMES} files")));
        }
        Ok(all)
    }

    /// The rules by which the kernel audits: those that are loaded where that can be asked, and else those of the files.
    fn rules_in_force(&self) -> Result<Vec<String>, Gap> {
        if self.root.live
            && let Some(program) = self.program("auditctl")?
            && let Some(loaded) = loaded_rules(&program)
        {
            return Ok(loaded);
        }
        self.audit_rules()
    }
}

/// What `auditctl -l` prints; nothing where it may not ask.
fn loaded_rules(program: &str) -> Option<Vec<String>> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let mut child = Command::new(program)
        .arg("-l")
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut output = child.stdout.take()?.take(4 << 20);
    let reading = std::thread::spawn(move || {
        let mut text = Vec::new();
        output.read_to_end(&mut text).map(|_| text)
    });
    let until = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    };
    let text = reading.join().ok()?.ok()?;
    let text = text.strip_prefix(b"No rules").map_or(&text[..], |_| b"");
    status.success().then(|| read::audit_rules("auditctl -l", text).ok())?
}

/// Settings, keys and certificates of a Kubernetes node that lie there, each directory listed once.
fn cluster_files(root: &Root) -> Result<Vec<String>, Gap> {
    const ENDS: [(&str, &[&str]); 5] = [
        ("/etc/kubernetes", &[".conf"]),
        ("/etc/kubernetes/manifests", &[".yaml", ".yml", ".json"]),
        ("/etc/kubernetes/pki", &[".key", ".crt", ".pub"]),
        ("/etc/kubernetes/pki/etcd", &[".key", ".crt"]),
        ("/var/lib/kubelet/pki", &[".key", ".crt", ".pem"]),
    ];
    let mut found = Vec::new();
    for (directory, ends) in ENDS {
        let paths = root.ending(directory, "")?;
        found.extend(paths.into_iter().filter(|path| ends.iter().any(|end| path.ends_with(end))));
    }
    Ok(found)
}
