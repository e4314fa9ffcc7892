//! What both drivers share that make clones on this machine without an engine: a directory of the run, the probe as
//! a stage that builds a clone in a mount namespace of its own, and what a clone finds there.

use super::cgroup::Groups;
use super::stub::Stub;
use super::{Job, LABEL, Trouble, state_directory};
use crate::call::{call, close, create, holds, shared, write};
use crate::neighbour::CANARY;
use crate::probe::{LONGEST, PROBE};
use crate::program::{Act, Memory, Program, Step, encode};
use crate::spec::{Image, MountKind, Namespace, Network, Spec};
use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long one step of building a clone may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often is looked whether a clone has ended.
const LOOK: Duration = Duration::from_millis(200);
/// How long after its end what it wrote may still come.
const LATE: Duration = Duration::from_secs(5);
/// What the probe writes last.
const LAST_LINE: &[u8] = b"\ndone\n";
/// How much memory the layer over an image may use.
const LAYER: u64 = 512 << 20;

/// The directory of a run, which nobody else can read. It is locked as long as the run lives, so that what a killed
/// run left is told from what is in use.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) path: PathBuf,
    #[expect(dead_code, reason = "the lock is held as long as the file is open")]
    lock: File,
}

impl Home {
    /// Makes it, with the probe in it.
    pub(super) fn new(mark: &str) -> Result<Home, Trouble> {
        if PROBE.is_empty() {
            return Err(trouble("attempts can be made on x86_64 and aarch64 Linux alone"));
        }
        if fs::metadata("/proc/self").ok().map(|there| there.uid()) != Some(0) {
            return Err(trouble(
                "only root can make clones without an engine; run this as root, or name an engine",
            ));
        }
        let path = state_directory(mark);
        let cannot = |what: &str, error: &std::io::Error| {
            trouble(&format!(
                "{}: {what}: {error}; set TMPDIR to a directory that can be written to",
                path.display()
            ))
        };
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(|error| cannot("cannot be made", &error))?;
        let lock = File::create_new(path.join("owner")).and_then(|mut file| {
            file.lock()?;
            file.write_all(LABEL.as_bytes())?;
            Ok(file)
        });
        let lock = lock.map_err(|error| cannot("cannot be locked", &error))?;
        let home = Home { path, lock };
        let fill = || {
            fs::create_dir(home.path.join("room"))?;
            fs::write(home.path.join("probe"), PROBE)?;
            fs::set_permissions(home.path.join("probe"), Permissions::from_mode(0o755))
        };
        match fill() {
            Ok(()) => Ok(home),
            Err(error) => Err(trouble(&format!(
                "{}: cannot be written to: {error}; make room there, or set TMPDIR to a directory that has some",
                home.path.display()
            ))),
        }
    }
}

/// What a run of such a driver has beside its clones. Everything is gone when it is dropped.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) canary: String,
    pub(super) groups: Groups,
    /// Its place is [`Base::socket`].
    #[expect(dead_code, reason = "it answers as long as it is held")]
    stub: Stub,
    pub(super) home: Home,
}

impl Base {
    /// Makes it, after what killed runs left was removed.
    pub(super) fn new(mark: &str, neighbour: &Job) -> Result<Base, Trouble> {
        leftovers();
        let prefix = format!("{CANARY}=");
        let canary = neighbour.spec.environment.iter().find_map(|variable| variable.strip_prefix(&prefix));
        let home = Home::new(mark)?;
        Ok(Base {
            canary: canary.unwrap_or_default().to_owned(),
            groups: Groups::of(mark),
            stub: Stub::at(&home.path.join(SOCKET))?,
            home,
        })
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        self.groups.remove();
    }
}

/// The name of the stub's socket in the run's directory.
pub(super) const SOCKET: &str = "socket";

impl Drop for Home {
    fn drop(&mut self) {
        // What cannot be removed, a later run finds.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Starts the probe with a program that it is told to enter. Its standard error is a line to us, see [`ask`].
pub(super) fn start(home: &Path, name: &str, program: &Program) -> Result<Stage, Trouble> {
    let plan = encode(std::slice::from_ref(program), 0).map_err(|error| trouble(&error.to_string()))?;
    let spawn = || -> std::io::Result<(Child, UnixStream)> {
        let path = home.join(format!("{name}.plan"));
        fs::write(&path, &plan)?;
        let file = File::open(&path);
        fs::remove_file(&path)?;
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(PATIENCE))?;
        let child = Command::new(home.join("probe"))
            .args(["enter", "/proc/self/fd/0"])
            .env_clear()
            .current_dir(home)
            .stdin(file?)
            .stdout(Stdio::piped())
            .stderr(OwnedFd::from(theirs))
            .spawn()?;
        Ok((child, ours))
    };
    let (mut child, talk) = spawn()
        .map_err(|error| trouble(&format!("the probe cannot be started in {}: {error}", home.display())))?;
    let (send, output) = channel();
    if let Some(mut pipe) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let read = buffer.get(..count).unwrap_or_default().to_vec();
                if send.send(read).is_err() {
                    return;
                }
            }
        });
    }
    Ok(Stage { child, talk, output, text: Vec::new(), labels: labels(&program.steps) })
}

/// Removes what killed runs left, their directories and their control groups, and returns their marks.
pub(super) fn leftovers() -> Vec<String> {
    let mut marks = Vec::new();
    let Some(own) = fs::metadata("/proc/self").ok().map(|there| there.uid()) else { return marks };
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = fs::symlink_metadata(&path).is_ok_and(|there| there.is_dir() && there.uid() == own);
        if !is_ours || !fs::read_to_string(path.join("owner")).is_ok_and(|text| text == LABEL) {
            continue;
        }
        let Ok(file) = File::open(path.join("owner")) else { continue };
        if file.try_lock().is_err() {
            continue;
        }
        if let Ok(mark) = entry.file_name().into_string() {
            Groups::of(&mark).remove();
            marks.push(mark);
        }
        let _ = fs::remove_dir_all(&path);
    }
    marks
}

/// A probe that builds a clone, and then is or holds it. It is ended when it is dropped.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) child: Child,
    talk: UnixStream,
    output: Receiver<Vec<u8>>,
    text: Vec<u8>,
    labels: Vec<String>,
}

impl Stage {
    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
    /// Waits until the program comes to the next [`ask`].
    pub(super) fn asked(&mut self) -> Result<(), Trouble> {
        match self.talk.read(&mut [0]) {
            Ok(1) => Ok(()),
            _ => Err(self.failed()),
        }
    }
    /// Lets it go on.
    pub(super) fn go(&mut self) -> Result<(), Trouble> {
        self.talk.write_all(b"g").map_err(|_| self.failed())
    }
    /// Waits for a line of its output.
    pub(super) fn line(&mut self, line: &str, limit: Duration) -> Result<(), Trouble> {
        let until = Instant::now() + limit;
        while !self.text.split(|&byte| byte == b'\n').any(|known| known == line.as_bytes()) {
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(more) if self.text.len() <= LONGEST => self.text.extend(more),
                _ => return Err(self.failed()),
            }
        }
        Ok(())
    }
    /// Waits for its end, for so long at most, and returns what it wrote.
    pub(super) fn end(&mut self, limit: Duration) -> Result<Vec<u8>, Trouble> {
        self.collect(limit)?;
        if self.failure().is_some() {
            return Err(self.failed());
        }
        Ok(std::mem::take(&mut self.text))
    }
    fn collect(&mut self, limit: Duration) -> Result<(), Trouble> {
        let until = Instant::now() + limit;
        let mut quiet = Duration::ZERO;
        loop {
            match self.output.recv_timeout(LOOK) {
                Ok(more) => self.text.extend(more),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if !matches!(self.child.try_wait(), Ok(None)) => {
                    // What was left running may hold the pipe after the clone's end. What the probe wrote last may
                    // also still be on its way, on a machine that has other things to do.
                    if self.text.ends_with(LAST_LINE) || quiet >= LATE {
                        break;
                    }
                    quiet += LOOK;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.text.len() > LONGEST {
                break;
            }
            if Instant::now() >= until {
                return Err(Trouble::TooLong);
            }
        }
        Ok(())
    }
    /// The same, but what it wrote tells how the clone fared even where a step failed.
    pub(super) fn end_with(&mut self, limit: Duration) -> Result<Vec<u8>, Trouble> {
        self.collect(limit)?;
        Ok(self.text.clone())
    }
    /// Waits for it to end by itself, for so long at most. Did it?
    pub(super) fn has_left(&mut self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        loop {
            match self.child.try_wait() {
                Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(1)),
                Ok(None) => return false,
                _ => return true,
            }
        }
    }
    /// Ends it.
    pub(super) fn kill(&mut self) {
        // It fails where it ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
    /// The step of the program itself that failed, and its error.
    fn failure(&self) -> Option<(usize, i64)> {
        let text = String::from_utf8_lossy(&self.text);
        text.lines().find_map(|line| {
            let rest = line.strip_prefix("4294967295 ")?;
            let (step, result) = rest.split_once(' ')?;
            let (step, result) = (step.parse().ok()?, result.parse().ok()?);
            (result < 0).then_some((step, result))
        })
    }
    /// Ends it, and tells why it did not come further.
    pub(super) fn failed(&mut self) -> Trouble {
        self.kill();
        while let Ok(more) = self.output.recv_timeout(Duration::from_millis(100)) {
            self.text.extend(more);
            if self.text.len() > LONGEST {
                break;
            }
        }
        let mut said = Vec::new();
        let _ = self.talk.set_nonblocking(true);
        let _ = (&mut self.talk).take(4096).read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        let said = said.trim();
        match self.failure() {
            Some((step, result)) => {
                let label = self.labels.get(step).map_or("a step", String::as_str);
                let number = i32::try_from(-result).unwrap_or(0);
                let error = crate::experiment::errno_name(number);
                trouble(&format!("{label}: {error}"))
            }
            None if !said.is_empty() => trouble(said),
            None => trouble("the probe ended before the clone was there"),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A clone that did not start.
pub(super) fn trouble(why: &str) -> Trouble {
    Trouble::DidNotStart(why.to_owned())
}

/// What each step does, in the order in which the probe numbers them, with the first text that it is given.
fn labels(steps: &[Step]) -> Vec<String> {
    let mut out = Vec::new();
    for step in steps {
        let text = match &step.act {
            Act::Call { arguments, .. } => arguments.iter().find_map(|argument| match argument {
                crate::program::Arg::Memory(memory) => {
                    let text = memory.bytes.strip_suffix(&[0])?;
                    let text = std::str::from_utf8(text).ok()?;
                    (!text.is_empty() && text.chars().all(|c| !c.is_control())).then(|| text.to_owned())
                }
                _ => None,
            }),
            _ => None,
        };
        out.push(text.map_or_else(|| step.label().to_owned(), |text| format!("{} {text}", step.label())));
        match &step.act {
            Act::Child(steps) => out.extend(labels(steps)),
            Act::Repeat(_, step) => out.extend(labels(std::slice::from_ref(step))),
            _ => {}
        }
    }
    out
}

/// Memory that [`ask`] uses.
pub(super) fn memory() -> Vec<(&'static str, Memory)> {
    vec![("go", Memory::zeros(1))]
}

/// Tells us that the program came so far, and waits until it may go on.
pub(super) fn ask() -> Vec<Step> {
    vec![
        call("write", libc::SYS_write, vec![2.into(), Memory::bytes(*b".").into(), 1.into()]),
        call("read", libc::SYS_read, vec![2.into(), shared("go"), 1.into()]),
        holds("go", b"g"),
    ]
}

/// The process dies with whoever started it.
pub(super) fn die_with_parent() -> Step {
    crate::call::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as u64)
}

/// Mounts with options of the file system.
pub(super) fn mount(source: &str, target: &str, kind: &str, flags: u64, options: &str) -> Step {
    let options = if options.is_empty() { 0.into() } else { options.into() };
    call("mount", libc::SYS_mount, vec![source.into(), target.into(), kind.into(), flags.into(), options])
}

/// In a mount namespace of its own: memory in the directory `room`, the layers of a root file system in it, and the
/// directory `box`, which is filled from outside before the program goes on. The process is in `room` then, and
/// `root` there is the root file system.
pub(super) fn room(image: &Image) -> Result<Vec<Step>, Trouble> {
    let mut steps = vec![
        mount("none", "/", "none", libc::MS_REC | libc::MS_PRIVATE, ""),
        mount("tmpfs", "room", "tmpfs", 0, &format!("mode=0700,size={LAYER}")),
        chdir("room"),
    ];
    steps.extend(["lower", "upper", "work", "root", "box"].map(|name| directory(name, 0o755)));
    match image {
        Image::Empty => steps.push(mount("tmpfs", "root", "tmpfs", 0, "mode=0755")),
        Image::Directory(path) => {
            let Some(path) = path.to_str() else {
                return Err(Trouble::CannotReproduce("an image whose path is no text".into()));
            };
            steps.push(mount(path, "lower", "none", libc::MS_BIND, ""));
            steps.push(mount("overlay", "root", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work"));
        }
        Image::Engine(_) => return Err(Trouble::CannotReproduce("an image of an engine".into())),
    }
    steps.extend(ask());
    Ok(steps)
}

pub(super) fn chdir(path: &str) -> Step {
    call("chdir", libc::SYS_chdir, vec![path.into()])
}

pub(super) fn directory(path: &str, mode: u32) -> Step {
    call("mkdirat", libc::SYS_mkdirat, vec![crate::call::HERE.into(), path.into(), mode.into()])
}

/// Where the stand-in for a mount is in the box.
pub(super) fn stand_in(number: usize) -> String {
    format!("mount{number}")
}

/// Fills the box of a clone: the probe's own directory, and a stand-in for each mount.
pub(super) fn fill(at: &Path, job: &Job, canary: &str) -> Result<(), Trouble> {
    let fill = || -> std::io::Result<()> {
        let own = at.join("tyrian");
        fs::create_dir(&own)?;
        for (name, bytes, mode) in
            [("probe", PROBE, 0o755), ("setuid", PROBE, 0o4755), (job.name.as_str(), &job.plan, 0o644)]
        {
            fs::write(own.join(name), bytes)?;
            fs::set_permissions(own.join(name), Permissions::from_mode(mode))?;
        }
        fs::set_permissions(&own, Permissions::from_mode(0o755))?;
        for (number, mount) in job.spec.mounts.iter().enumerate() {
            let place = at.join(stand_in(number));
            match &mount.kind {
                MountKind::Tmpfs(_) => {}
                MountKind::Directory { .. } => {
                    fs::create_dir(&place)?;
                    fs::set_permissions(&place, Permissions::from_mode(0o755))?;
                    fs::write(place.join("canary"), canary)?;
                    fs::set_permissions(place.join("canary"), Permissions::from_mode(0o644))?;
                }
                MountKind::File { .. } => {
                    fs::write(&place, canary)?;
                    fs::set_permissions(&place, Permissions::from_mode(0o644))?;
                }
                MountKind::RuntimeSocket { .. } => fs::write(&place, [])?,
            }
        }
        Ok(())
    };
    fill().map_err(|error| trouble(&format!("its stand-ins cannot be made: {error}")))
}

/// What neither of the two drivers can make: the first such thing. Devices of the machine are given to no clone: of
/// those that a workload has, a clone has none.
pub(super) fn cannot(spec: &Spec) -> Option<Trouble> {
    let what = if spec.runtime.as_ref().is_some_and(|name| !name.contains("runc")) {
        "another runtime"
    } else if spec.namespaces.contains(&Namespace::User) {
        "a user namespace"
    } else if spec.selinux.is_some() {
        "an SELinux label"
    } else if spec.apparmor.is_some()
        && !fs::read_to_string("/sys/module/apparmor/parameters/enabled").is_ok_and(|text| text.trim() == "Y")
    {
        "an AppArmor profile on a kernel without AppArmor"
    } else if let Some(name) = spec.sysctls.keys().find(|name| namespace_of(name).is_none()) {
        return Some(Trouble::CannotReproduce(format!(
            "the kernel setting {name:?}: it is the whole machine's"
        )));
    } else {
        return None;
    };
    Some(Trouble::CannotReproduce(what.into()))
}

/// The namespace that a kernel setting is of; nothing: it is the whole machine's, or no name of one.
fn namespace_of(setting: &str) -> Option<Namespace> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !setting.bytes().all(letter) || setting.contains("..") {
        return None;
    }
    match setting {
        "kernel.hostname" | "kernel.domainname" => Some(Namespace::Uts),
        "kernel.msgmax"
        | "kernel.msgmnb"
        | "kernel.msgmni"
        | "kernel.sem"
        | "kernel.shmall"
        | "kernel.shmmax"
        | "kernel.shmmni"
        | "kernel.shm_rmid_forced" => Some(Namespace::Ipc),
        _ if setting.starts_with("fs.mqueue.") => Some(Namespace::Ipc),
        _ if setting.starts_with("net.") => Some(Namespace::Network),
        _ => None,
    }
}

/// The kernel settings that the clone has of its own: the neighbour's are not changed for one clone, and those of the
/// whole machine never.
pub(super) fn own_sysctls(spec: &Spec) -> impl Iterator<Item = (&String, &String)> {
    spec.sysctls.iter().filter(|(name, _)| match namespace_of(name) {
        Some(Namespace::Network) => spec.network != Network::Neighbour,
        Some(other) => spec.namespaces.contains(&other),
        None => false,
    })
}

/// Sets the kernel settings of a clone's own namespaces whose names begin so, for the process that is in them.
pub(super) fn sysctls(spec: &Spec, beginning: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for (key, value) in own_sysctls(spec).filter(|(key, _)| key.starts_with(beginning)) {
        let path = format!("/proc/sys/{}", key.replace('.', "/"));
        steps.push(create(&path, libc::O_WRONLY, 0).named("setting"));
        steps.push(write("setting", value.as_bytes()));
        steps.push(close("setting"));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn what_a_clone_wrote_last_is_read_also_where_it_comes_late() {
        let (talk, _other) = UnixStream::pair().unwrap();
        let (send, output) = channel();
        let child = Command::new("true").spawn().unwrap();
        let mut stage = Stage { child, talk, output, text: Vec::new(), labels: Vec::new() };
        let reader = std::thread::spawn(move || {
            send.send(b"0 at 1\n".to_vec()).unwrap();
            // As one that gets no turn, long after the clone has ended.
            std::thread::sleep(4 * LOOK);
            send.send(b"0 0 0\n0 end 0\ndone\n".to_vec()).unwrap();
            // Something holds the pipe.
            std::thread::sleep(LATE);
        });
        let text = stage.end(Duration::from_secs(60)).unwrap();
        assert_eq!(text, b"0 at 1\n0 0 0\n0 end 0\ndone\n");
        assert!(!reader.is_finished(), "who holds the pipe is not waited for");
    }

    #[test]
    fn settings_of_the_whole_machine_are_never_changed() {
        let spec = |name: &str| Spec {
            sysctls: BTreeMap::from([(name.to_owned(), "1".to_owned())]),
            namespaces: BTreeSet::from([Namespace::Ipc]),
            ..Spec::default()
        };
        let of_the_machine =
            ["kernel.core_pattern", "vm.overcommit_memory", "net/../kernel/panic", "net...x", "kernel.shm"];
        for name in of_the_machine {
            assert!(matches!(cannot(&spec(name)), Some(Trouble::CannotReproduce(_))), "{name}");
            assert!(sysctls(&spec(name), "").is_empty(), "{name}");
        }
        for (name, own) in
            [("net.ipv4.ip_forward", true), ("kernel.shmmax", true), ("kernel.hostname", false)]
        {
            assert_eq!(cannot(&spec(name)), None, "{name}");
            assert_eq!(sysctls(&spec(name), "").len(), if own { 3 } else { 0 }, "{name}");
        }
        let shared = Spec { network: Network::Neighbour, ..spec("net.ipv4.ip_forward") };
        assert!(sysctls(&shared, "").is_empty());
    }
}
