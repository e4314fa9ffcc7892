//! Ablation is honest: from one fully hardened container exactly one control is taken away at a time, and all techniques
//! are run on what is left, with attribution. Only that control's cells of the matrix change, and an attempt goes through
//! where, and only where, the experiment on the whole container said that this control is needed.
//!
//! Most clones of these runs are the same clone: each is run once (`TYRIAN_TEST_ABLATION=full` runs every one anew, also
//! with runc).
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use tyrian_emulate::attack::{Request, Run as RunClones, attack_between};
use tyrian_emulate::clone::namespaces::Namespaces;
use tyrian_emulate::clone::runc::Runc;
use tyrian_emulate::clone::{Driver, Neighbour};
use tyrian_emulate::experiment::{Clone as OneClone, Ran};
use tyrian_emulate::probe::Observed;
use tyrian_emulate::program::encode;
use tyrian_emulate::setting::{SETTINGS, Setting, loosest};
use tyrian_emulate::spec::{
    Capabilities, Filter, Image, Limits, Mount, MountKind, Namespace, Network, Spec, User,
};
use tyrian_emulate::target::runtime_default;
use tyrian_emulate::target::workload::{MASKED, READ_ONLY};
use tyrian_emulate::techniques::TECHNIQUES;
use tyrian_emulate::{here, neighbour};
use tyrian_judge::attacks::{Says, proofs};
use tyrian_model::purple::{self, Attempt, Basis, FORMAT, Outcome, Prevention, Run, Techniques};

const CANARY: &str = "canary-of-the-ablation";

/// A root file system with what techniques look for, as images have it.
struct Root(PathBuf);

impl Root {
    fn new() -> Root {
        let root = Root(std::env::temp_dir().join(format!("tyrian-test-{}-ablation", std::process::id())));
        let _ = fs::remove_dir_all(&root.0);
        for (path, mode) in [
            ("bin", 0o755),
            ("etc", 0o755),
            ("root/.ssh", 0o700),
            ("tmp", 0o1777),
            ("usr/bin", 0o755),
            ("usr/local/bin", 0o755),
            ("var/log", 0o755),
            ("var/tmp", 0o1777),
            ("var/www/html", 0o777),
        ] {
            let path = root.0.join(path);
            fs::create_dir_all(&path).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        }
        for (path, mode, text) in [
            ("etc/passwd", 0o644, "root:x:0:0::/root:/bin/sh\n"),
            ("etc/shadow", 0o600, "root:*:1::::::\n"),
            ("etc/ld.so.preload", 0o644, ""),
            ("root/.ssh/id_rsa", 0o600, "a key\n"),
            ("var/log/messages", 0o666, "a line\n"),
        ] {
            let path = root.0.join(path);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        }
        root
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Everything that can hold a container in does.
fn hardened(root: &Root) -> Spec {
    Spec {
        image: Image::Directory(root.0.clone()),
        read_only_root: true,
        user: User { uid: 65534, gid: 65534, groups: Vec::new() },
        capabilities: Capabilities::default(),
        no_new_privileges: true,
        seccomp: Filter::Profile(runtime_default::profile(&BTreeSet::new())),
        masked_paths: MASKED.map(str::to_owned).to_vec(),
        read_only_paths: READ_ONLY.map(str::to_owned).to_vec(),
        read_only_sys: true,
        namespaces: [Namespace::Pid, Namespace::Ipc, Namespace::Uts, Namespace::Cgroup].into(),
        mounts: vec![Mount {
            kind: MountKind::Tmpfs(Some(4 << 20)),
            target: "/tmp".into(),
            read_only: false,
            executable: false,
            setuid: false,
        }],
        limits: Limits { memory: Some(64 << 20), pids: Some(64), cpu: None },
        network: Network::None,
        directory: "/".into(),
        ..Spec::default()
    }
}

/// One control that is taken away.
struct Removed {
    name: String,
    /// The setting, where it is one as a whole.
    setting: Option<Setting>,
    /// The controls whose cells may change.
    controls: Vec<&'static str>,
    spec: Spec,
}

/// Each control, taken away by itself.
fn removals(spec: &Spec, all: &BTreeSet<String>, full: bool) -> Vec<Removed> {
    let loose = loosest(spec, all);
    let mut removals = Vec::new();
    for setting in SETTINGS.into_iter().filter(|setting| setting.in_force(spec, &loose)) {
        // Of capabilities one at a time, below: to a user other than root an engine gives none of them.
        if setting == Setting::Capabilities {
            continue;
        }
        let mut without = spec.clone();
        setting.copy(&loose, &mut without);
        removals.push(Removed {
            name: setting.name().into(),
            setting: Some(setting),
            controls: vec![setting.control()],
            spec: without,
        });
    }
    // The host's own network: it is both whose network it is and who is reached from it.
    removals.push(Removed {
        name: "network: the host's".into(),
        setting: None,
        controls: vec!["network-least-privilege", "quarantine"],
        spec: Spec { network: Network::Neighbour, ..spec.clone() },
    });
    for name in CAPABILITIES.into_iter().take(if full { CAPABILITIES.len() } else { BY_DEFAULT }) {
        let one = BTreeSet::from([name.to_owned()]);
        let given = |ambient: bool| Capabilities {
            ambient: if ambient { one.clone() } else { BTreeSet::new() },
            ..if ambient { Capabilities::of_root(&one) } else { Capabilities::of_user(&one) }
        };
        removals.push(Removed {
            name: format!("capability {name}"),
            setting: None,
            // Who is not root has no capabilities but those that are given by name: to give one takes from both.
            controls: vec!["least-capability", "non-root"],
            spec: Spec { capabilities: given(true), ..spec.clone() },
        });
        // As an engine adds it: a bound, and nothing that the user has.
        if name == "SYS_ADMIN" {
            removals.push(Removed {
                name: format!("capability {name} as a bound"),
                setting: None,
                controls: vec!["least-capability"],
                spec: Spec { capabilities: given(false), ..spec.clone() },
            });
        }
    }
    removals
}

/// The capabilities that matter to one technique or another; the first few are tried by default.
const CAPABILITIES: [&str; 15] = [
    "SYS_ADMIN",
    "DAC_OVERRIDE",
    "NET_RAW",
    "SYS_PTRACE",
    "BPF",
    "DAC_READ_SEARCH",
    "MKNOD",
    "NET_ADMIN",
    "PERFMON",
    "SYSLOG",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_TIME",
];
const BY_DEFAULT: usize = 2;

/// What changes beside the cells of the control that was taken away, and why: without which control, what, the reason.
/// Each of these must be seen.
const EXPLAINED: [(&str, &str, &str); 10] = [
    ("user", "setuid-program/execve: not applicable", "who is root gains nothing by it"),
    ("user", "setuid-program/execveat: not applicable", "who is root gains nothing by it"),
    (
        "user",
        "cell container-breakout × no-new-privileges: prevented became nothing",
        "as it is about setuid alone",
    ),
    (
        "user",
        "cell process-hijack × no-new-privileges: prevented became nothing",
        "as it is about setuid alone",
    ),
    (
        "user",
        "cell backdoor × least-capability: nothing became prevented",
        "a low port is refused by two together, until only one is left to refuse it",
    ),
    ("pid-namespace", "read-environment/first-process: not applicable", "the first process is another's"),
    (
        "network",
        "reverse-shell/shell: ran",
        "what stopped it before could not be told: an image's program has no twin",
    ),
    (
        "network",
        "cell container-breakout × quarantine: nothing became prevented",
        "whose network it is makes a difference only where somebody is reached",
    ),
    (
        "network",
        "cell backdoor × quarantine: nothing became prevented",
        "a low port of another's network is refused once somebody is reached there",
    ),
    (
        "network: the host's",
        "reverse-shell/shell: ran",
        "what stopped it before could not be told: an image's program has no twin",
    ),
];

/// What was seen of programs in clones, by what the clone is made of and the program: as often as it was run.
#[derive(Default)]
struct Memory {
    specs: HashMap<String, usize>,
    seen: HashMap<Key, Vec<Observed>>,
}

/// The number of a spec, and a program as the probe gets it.
type Key = (usize, Vec<u8>);

impl Memory {
    /// Runs what was not yet run so often in this experiment.
    fn run(
        &mut self,
        used: &mut HashMap<Key, usize>,
        clones: Vec<OneClone>,
        run: &mut RunClones,
    ) -> Vec<Ran> {
        let mut wanted: Vec<Vec<(Key, usize)>> = Vec::new();
        let mut lacking: Vec<Vec<usize>> = Vec::new();
        for clone in &clones {
            let next = self.specs.len();
            let spec = *self.specs.entry(serde_json::to_string(&clone.spec).unwrap()).or_insert(next);
            let (mut keys, mut lacks) = (Vec::new(), Vec::new());
            for (number, program) in clone.programs.iter().enumerate() {
                let key = (spec, encode(std::slice::from_ref(program), 1).unwrap());
                let time = used.entry(key.clone()).or_default();
                if self.seen.get(&key).is_none_or(|seen| seen.len() <= *time) {
                    lacks.push(number);
                }
                keys.push((key, *time));
                *time += 1;
            }
            wanted.push(keys);
            lacking.push(lacks);
        }
        let rest: Vec<usize> = (0..clones.len()).filter(|at| !lacking[*at].is_empty()).collect();
        let batch = rest.iter().map(|at| OneClone {
            spec: clones[*at].spec.clone(),
            programs: lacking[*at].iter().map(|number| clones[*at].programs[*number].clone()).collect(),
        });
        let batch: Vec<OneClone> = batch.collect();
        let ran = if batch.is_empty() { Vec::new() } else { run(batch) };
        let mut lost = HashMap::new();
        for (at, ran) in rest.iter().zip(ran) {
            match ran {
                Ok(seen) => {
                    for (number, seen) in lacking[*at].iter().zip(seen) {
                        self.seen.entry(wanted[*at][*number].0.clone()).or_default().push(seen);
                    }
                }
                Err(why) => drop(lost.insert(*at, why)),
            }
        }
        let mut of = |(at, keys): (usize, &Vec<(Key, usize)>)| match lost.remove(&at) {
            Some(why) => Err(why),
            None => Ok(keys.iter().map(|(key, time)| self.seen[key][*time].clone()).collect()),
        };
        wanted.iter().enumerate().map(&mut of).collect()
    }
}

/// Runs all techniques on clones of that spec, with attribution.
fn attacked(
    driver: &Driver,
    neighbour: &Neighbour,
    spec: &Spec,
    mark: &str,
    memory: &mut Option<Memory>,
) -> Vec<Attempt> {
    let capabilities = here::capabilities();
    let request = Request {
        spec,
        techniques: TECHNIQUES,
        attribute: true,
        mark,
        canary: CANARY,
        capabilities: &capabilities,
        stop: &AtomicBool::new(false),
        listening: false,
        progress: &|_| {},
    };
    let mut used = HashMap::new();
    let between = &mut |clones: Vec<OneClone>, run: &mut RunClones| match memory {
        Some(memory) => memory.run(&mut used, clones, run),
        None => run(clones),
    };
    attack_between(driver, neighbour, &request, between).attempts
}

/// The cells of the matrix on which attempts say anything, each with the weakest of it.
fn cells(attempts: &[Attempt]) -> BTreeMap<(String, String), Says> {
    let text = String::new;
    let basis =
        Basis { image: text(), configuration: text(), kernel: text(), runtime: text(), rules: text() };
    let run = Run {
        format: FORMAT,
        id: "one".into(),
        started: 1,
        milliseconds: 1,
        who: text(),
        target: text(),
        subject: "s".into(),
        basis,
        driver: text(),
        detectors: Vec::new(),
        techniques: Techniques { known: 1, tried: 1 },
        whole: true,
        attributed: true,
        proposed: false,
        attempts: attempts.to_vec(),
    };
    let mut cells = BTreeMap::new();
    for proof in proofs(&[run], 1, &BTreeMap::new()) {
        let cell = cells.entry((proof.threat, proof.control)).or_insert(proof.says);
        *cell = proof.says.min(*cell);
    }
    cells
}

fn blocked(attempt: &Attempt) -> bool {
    attempt.prevention == Some(Prevention::Blocked)
}

/// How a cell is graded, in a word.
fn grade(says: Option<&Says>) -> &'static str {
    match says {
        None => "nothing",
        Some(Says::Broken) => "broken",
        Some(Says::Masked) => "masked",
        Some(Says::Prevented) => "prevented",
        Some(Says::Detected) => "detected",
    }
}

/// What is otherwise after that control was taken away, beside what it may change.
fn surprises(removed: &Removed, before: &[Attempt], after: &[Attempt]) -> Vec<String> {
    let mut found = Vec::new();
    assert_eq!(before.len(), after.len());
    let own = |control: &str| removed.controls.contains(&control);
    let setting = |name: &str| *SETTINGS.iter().find(|setting| setting.name() == name).unwrap();
    for (b, a) in before.iter().zip(after) {
        let name = format!("{}/{}", a.technique, a.variant);
        let mut say = |what: String| found.push(format!("{name}: {what}"));
        match (b.outcome, a.outcome) {
            (Outcome::Ran, Outcome::Ran) => {}
            (before, after) if before == after => continue,
            (_, Outcome::NotApplicable) => {
                say("not applicable".into());
                continue;
            }
            (Outcome::Inconclusive, Outcome::Ran) => {
                say("ran".into());
                continue;
            }
            (before, after) => {
                say(format!("{before:?} {:?} became {after:?} {:?}", b.reason, a.reason));
                continue;
            }
        }
        if removed.setting.is_some() && blocked(b) {
            let named = |it: &&purple::Setting| removed.setting == Some(setting(&it.name));
            let needed = b.settings.iter().find(named).is_some_and(|setting| setting.needed);
            if needed == blocked(a) {
                let what = if needed { "is still blocked" } else { "went through" };
                say(format!("{what}, and the experiment said {:?}", b.settings));
            }
        }
        if !blocked(b) && blocked(a) {
            say(format!("is blocked by less: {:?}", a.stopper));
        }
        if a.prevention == Some(Prevention::NotBlocked) && blocked(b) {
            // What is in force and did not hold, though nothing but that control was taken away. Rights over files are
            // what a user other than root is without, until the capability gives them.
            let broken: Vec<&String> = a.controls.iter().filter(|control| !own(control)).collect();
            if !broken.is_empty() {
                say(format!("breaks {broken:?}, and was stopped by {:?} {:?}", b.sole, b.sufficient));
            }
        }
        if blocked(b) && blocked(a) {
            for one in &a.settings {
                let was = b.settings.iter().find(|it| it.name == one.name).and_then(|it| it.suffices);
                let told = was.is_some() && one.suffices.is_some() && was != one.suffices;
                if told && !own(setting(&one.name).control()) {
                    say(format!("{} suffices: {was:?} became {:?}", one.name, one.suffices));
                }
            }
            if let (Some(then), Some(now)) = (&b.stopper, &a.stopper)
                && then != now
                && !own(then)
            {
                say(format!("the stopper {then} became {now}"));
            }
        }
    }
    let (before, after) = (cells(before), cells(after));
    let both: BTreeSet<&(String, String)> = before.keys().chain(after.keys()).collect();
    for cell in both {
        let (then, now) = (grade(before.get(cell)), grade(after.get(cell)));
        if then != now && !own(&cell.1) {
            found.push(format!("cell {} × {}: {then} became {now}", cell.0, cell.1));
        }
    }
    found
}

#[test]
fn only_the_cells_of_the_control_that_is_taken_away_change() {
    let test = "only_the_cells_of_the_control_that_is_taken_away_change";
    if !tyrian_lab::root(test) {
        return;
    }
    let full = std::env::var("TYRIAN_TEST_ABLATION").is_ok_and(|value| value == "full");
    let root = Root::new();
    let mark = |name: &str| format!("tyrian-test-{}-{name}", std::process::id());
    let mut drivers = vec![Driver::Namespaces(Namespaces::new(&mark("namespaces")))];
    if full && tyrian_lab::tool(test, "runc").is_some() {
        drivers.push(Driver::Runc(Runc::new(&mark("runc")).unwrap()));
    }
    for mut driver in drivers {
        let mark = mark(driver.name());
        let spec = hardened(&root);
        let neighbour = driver
            .start_neighbour(&neighbour::job(&mark, CANARY, &spec.image, driver.holds_neighbour()))
            .unwrap();
        let mut memory = (!full).then(Memory::default);
        let before = attacked(&driver, &neighbour, &spec, &mark, &mut memory);
        let stopped = before.iter().filter(|attempt| blocked(attempt)).count();
        assert!(stopped > 100, "{stopped} are blocked");
        let mut wrong = Vec::new();
        let mut opened = BTreeMap::new();
        for removed in removals(&spec, &here::capabilities(), full) {
            let after = attacked(&driver, &neighbour, &removed.spec, &mark, &mut memory);
            let through = after.iter().zip(&before).filter(|(a, b)| blocked(b) && !blocked(a)).count();
            let found = surprises(&removed, &before, &after);
            let explained = EXPLAINED.iter().filter(|(without, ..)| *without == removed.name);
            let explained: BTreeSet<String> = explained.map(|(_, what, _)| (*what).to_owned()).collect();
            let found: BTreeSet<String> = found.into_iter().collect();
            wrong
                .extend(found.difference(&explained).map(|what| format!("without {}: {what}", removed.name)));
            let unseen = explained.difference(&found);
            wrong.extend(unseen.map(|what| format!("without {}: not seen: {what}", removed.name)));
            opened.insert(removed.name, through);
        }
        println!("{}: {stopped} are blocked, and go through without: {opened:?}", driver.name());
        assert!(wrong.is_empty(), "{}: {} surprises:\n{}", driver.name(), wrong.len(), wrong.join("\n"));
    }
}
