//! Runs leave nothing, also when they are killed: processes, mounts, control groups, namespaces, links, rules of the
//! packet filter, files, what an engine has, and the host's kernel settings are compared before and after.
//!
//! All of it happens in namespaces of the test's own, so that everything that is there is a run's. A few runs of each
//! driver are made; `TYRIAN_TEST_RUNS=100` makes so many, and kills as many, `TYRIAN_TEST_DRIVER` with one driver.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::daemon::Daemon;
use common::{Dir, command};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const INSIDE: &str = "runs_in_namespaces_of_their_own";

#[test]
fn runs_leave_nothing_also_when_they_are_killed() {
    let test = "runs_leave_nothing_also_when_they_are_killed";
    if !tyrian_lab::root(test) || tyrian_lab::tool(test, "unshare").is_none() {
        return;
    }
    let output = Command::new("unshare")
        .args(["--pid", "--mount", "--net", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", INSIDE, "--ignored", "--nocapture"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    println!("{text}");
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Is run by the test above, as the first process of a process namespace.
#[test]
#[ignore = "it is a part of another test"]
fn runs_in_namespaces_of_their_own() {
    let runs = std::env::var("TYRIAN_TEST_RUNS").ok().and_then(|runs| runs.parse().ok());
    let (whole, killed) = runs.map_or((1, 3), |runs: usize| (runs, runs));
    assert_eq!(std::process::id(), 1, "it is run by another test");
    Command::new("ip").args(["link", "set", "lo", "up"]).status().unwrap();
    let one = std::env::var("TYRIAN_TEST_DRIVER").unwrap_or_default();
    for driver in ["namespaces", "runc", "docker"].into_iter().filter(|it| one.is_empty() || *it == one) {
        if driver == "runc" && tyrian_lab::tool(INSIDE, driver).is_none() {
            continue;
        }
        let dir = Dir::new(&format!("residue-{driver}"));
        fs::create_dir(dir.0.join("tmp")).unwrap();
        // Its name is that of its control group, too.
        let engine = dir.0.join("tyrian-residue-1");
        let daemon = if driver == "docker" {
            let Some(daemon) = Daemon::start(INSIDE, &engine, false, &[]) else { continue };
            daemon.import("residue");
            Some(daemon)
        } else {
            None
        };
        let lab = Lab { dir: &dir, driver, daemon };
        // Whatever is made once and for all, as an engine's own chains, is there after the first run.
        let took = lab.run(None);
        let restless = settings_that_change();
        let before = lab.state(&restless);
        let mut left = Vec::new();
        for _ in 0..whole {
            lab.run(None);
        }
        left.extend(lab.differs(&before, &restless, &format!("after {whole} runs")));
        // At moments that are no run's own, all over the time that one takes.
        let mut seed = u64::from(std::process::id()) + 0x9e37_79b9;
        for _ in 0..killed {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            lab.run(Some(took.mul_f64((seed >> 40) as f64 / f64::from(1 << 24))));
        }
        lab.clean();
        left.extend(lab.differs(&before, &restless, &format!("after {killed} were killed")));
        println!(
            "{driver}: {whole} runs of {took:?} and {killed} that were killed; compared: {} processes, {} settings, {} in all",
            before.iter().filter(|it| it.starts_with("process ")).count(),
            before.iter().filter(|it| it.starts_with("setting ")).count(),
            before.len()
        );
        assert!(left.is_empty(), "{driver}: {}", left.join("\n"));
    }
}

/// Who runs, and where.
struct Lab<'l> {
    dir: &'l Dir,
    driver: &'static str,
    daemon: Option<Daemon>,
}

impl Lab<'_> {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&self.dir.0, args);
        command.env("XDG_STATE_HOME", self.dir.0.join("state")).env("TMPDIR", self.dir.0.join("tmp"));
        if let Some(daemon) = &self.daemon {
            command.env("DOCKER_HOST", daemon.address());
        }
        command
    }

    /// One run, of every technique; it is killed after that time, if it is to be.
    fn run(&self, kill_after: Option<Duration>) -> Duration {
        self.dir.put("compose.yaml", "services:\n  it:\n    image: residue\n");
        let mut args = vec!["purple", "run", "--lab", "--quiet", "--driver", self.driver, "--target"];
        match self.driver {
            "docker" => args.push("image:residue"),
            _ => args.extend(["compose:compose.yaml#it", "--root-fs", "root"]),
        }
        fs::create_dir_all(self.dir.0.join("root/tmp")).unwrap();
        let log = fs::File::create(self.dir.0.join("log")).unwrap();
        let began = Instant::now();
        let mut command = self.command(&args);
        let mut child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        if let Some(moment) = kill_after {
            std::thread::sleep(moment);
            let _ = child.kill();
            let _ = child.wait();
        } else {
            let status = child.wait().unwrap();
            let said = fs::read_to_string(self.dir.0.join("log")).unwrap();
            assert!(status.success(), "{}: {said}", self.driver);
        }
        began.elapsed()
    }

    /// What an administrator does after that: an engine ends first what it had begun for a client that died.
    fn clean(&self) {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let output = self.command(&["purple", "clean"]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let nothing = String::from_utf8_lossy(&output.stdout).contains("nothing was left");
            if (nothing && self.daemon.is_none()) || Instant::now() > until {
                return;
            }
            let of_engine = |daemon: &Daemon| daemon.says(&["ps", "-aq"]).is_empty();
            if nothing && self.daemon.as_ref().is_some_and(of_engine) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What is other than before. What ends by itself is given time.
    fn differs(&self, before: &BTreeSet<String>, restless: &BTreeSet<String>, when: &str) -> Vec<String> {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let after = self.state(restless);
            let new = after.difference(before).map(|it| format!("{when}, new: {it}"));
            // A mount of somebody else's goes from here too, with the directory that it is on.
            let gone = before.difference(&after).filter(|it| !it.starts_with("mount "));
            let gone = gone.map(|it| format!("{when}, gone: {it}"));
            let all: Vec<String> = new.chain(gone).collect();
            if all.is_empty() || Instant::now() > until {
                return all;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// All that a run could leave.
    fn state(&self, restless: &BTreeSet<String>) -> BTreeSet<String> {
        // As the first process of all does: a namespace ends when nobody in it waits for somebody to wait for it.
        while matches!(rustix::process::wait(rustix::process::WaitOptions::NOHANG), Ok(Some(_))) {}
        let mut state: BTreeSet<String> = BTreeSet::new();
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let Some(number) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
            // One that has ended and that nobody waits for is no process any more.
            if stat.is_empty() || stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')) {
                continue;
            }
            let name =
                stat.split_once('(').and_then(|(_, rest)| Some(rest.rsplit_once(')')?.0)).unwrap_or("");
            // This one, the engine and its manager.
            state.insert(format!("process {name}{}", if number == 1 { " itself" } else { "" }));
            for space in fs::read_dir(process.path().join("ns")).into_iter().flatten().flatten() {
                let link = fs::read_link(space.path()).unwrap_or_default();
                state.insert(format!("namespace {}", link.display()));
            }
        }
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        state.extend(mounts.lines().map(|line| format!("mount {line}")));
        for hierarchy in fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten() {
            groups(&hierarchy.path(), &mut state);
        }
        let links = fs::read_to_string("/proc/net/dev").unwrap();
        let links = links.lines().filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()));
        state.extend(links.map(|link| format!("link {link}")));
        for (name, text) in settings() {
            if !restless.contains(&name) {
                state.insert(format!("setting {name} {text:?}"));
            }
        }
        // The record of runs grows, and the log is this test's.
        files(&self.dir.0.join("tmp"), 9, &mut state);
        files(&self.dir.0.join("root"), 9, &mut state);
        let Some(daemon) = &self.daemon else { return state };
        for list in [
            &["ps", "-a", "--no-trunc", "--format", "container {{.ID}} {{.Names}}"][..],
            &["images", "-a", "--no-trunc", "--format", "image {{.ID}} {{.Repository}}"],
            &["network", "ls", "--no-trunc", "--format", "network {{.ID}} {{.Name}}"],
            &["volume", "ls", "--format", "volume {{.Name}}"],
        ] {
            state.extend(daemon.says(list).lines().map(str::to_owned));
        }
        for (place, deep) in [
            ("containers", 1),
            ("overlay2", 1),
            ("overlay2/l", 1),
            ("volumes", 1),
            ("image/overlay2/imagedb/content/sha256", 1),
            ("image/overlay2/layerdb/sha256", 1),
            ("image/overlay2/layerdb/mounts", 1),
        ] {
            files(&daemon.folder.join("data").join(place), deep, &mut state);
        }
        // Rules and links of the engine's own network, with what belongs to it alone.
        let inside = daemon.inside(&["sh", "-c", "ip -o link; iptables-save; cat /proc/self/mounts"]);
        for line in inside.lines().filter(|line| !line.starts_with('#')) {
            // How many packets went by is no rule, and a network's file is removed by the engine within a minute.
            let line = line.split_once(" [").map_or(line, |(line, _)| line);
            if !line.contains("/netns/") {
                state.insert(format!("engine {}", line.split(" state ").next().unwrap_or_default()));
            }
        }
        state
    }
}

/// The control groups of runs below that one, which have the name of a run, or that of an engine of this test. Where
/// processes of others are in one, which look like 0 from here, it is another's.
fn groups(at: &Path, state: &mut BTreeSet<String>) {
    for entry in fs::read_dir(at).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let word = name.strip_prefix("tyrian-").unwrap_or_default();
        let of_run = word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) || !(of_run || word == "residue-1") {
            continue;
        }
        let (mut below, mut found, mut others) = (vec![path], Vec::new(), false);
        while let Some(path) = below.pop() {
            let processes = fs::read_to_string(path.join("cgroup.procs")).unwrap_or_default();
            others |= processes.lines().any(|line| line == "0");
            found.push(format!("group {}", path.display()));
            let inside = fs::read_dir(&path).into_iter().flatten().flatten();
            below.extend(
                inside.filter(|it| it.file_type().is_ok_and(|kind| kind.is_dir())).map(|it| it.path()),
            );
        }
        if !others {
            state.extend(found);
        }
    }
}

/// The names below a directory, so deep.
fn files(at: &Path, deep: usize, state: &mut BTreeSet<String>) {
    for entry in fs::read_dir(at).into_iter().flatten().flatten() {
        state.insert(format!("file {}", entry.path().display()));
        if deep > 1 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            files(&entry.path(), deep - 1, state);
        }
    }
}

/// The kernel's settings, as far as they can be set.
fn settings() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut below = vec![Path::new("/proc/sys").to_owned()];
    while let Some(path) = below.pop() {
        for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.metadata() {
                Ok(it) if it.is_dir() => below.push(path),
                Ok(it) if it.permissions().mode() & 0o200 != 0 && it.uid() == 0 => {
                    if let Ok(text) = fs::read(&path) {
                        all.insert(path.display().to_string(), String::from_utf8_lossy(&text).into_owned());
                    }
                }
                _ => {}
            }
        }
    }
    all
}

/// Those that change by themselves.
fn settings_that_change() -> BTreeSet<String> {
    let (first, mut changed) = (settings(), BTreeSet::new());
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(50));
        // The last number of a process is a setting too.
        Command::new("true").status().unwrap();
        let now = settings();
        changed.extend(
            now.iter().filter(|(name, text)| first.get(*name) != Some(text)).map(|(name, _)| name.clone()),
        );
    }
    changed
}
