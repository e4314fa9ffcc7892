//! Clones on this machine without an engine: real ones, on its kernel, by runc and by namespaces alone.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::clones::{CANARY, Lab, hardened, is_root, mark, ordinary, plain};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tyrian_emulate::call::{call, open, reach};
use tyrian_emulate::clone::namespaces::Namespaces;
use tyrian_emulate::clone::runc::Runc;
use tyrian_emulate::clone::{Driver, Trouble};
use tyrian_emulate::program::{Memory, Program, Step};
use tyrian_emulate::seccomp;
use tyrian_emulate::setting::{HOST_DIRECTORY, RUNTIME_SOCKET, loosest};
use tyrian_emulate::spec::*;

/// Both drivers, each with its neighbour; runc only where it is.
fn labs(test: &str, image: &Image) -> Vec<Lab> {
    if !is_root(test) {
        return Vec::new();
    }
    let here = mark();
    let mut labs = vec![Lab::new(Driver::Namespaces(Namespaces::new(&here)), &here, image)];
    let here = mark();
    match Runc::new(&here) {
        Ok(runc) => labs.push(Lab::new(Driver::Runc(runc), &here, image)),
        Err(trouble) => eprintln!("{test} runs without runc: {trouble}"),
    }
    labs
}

/// The capabilities of a weakened twin here.
fn all() -> BTreeSet<String> {
    tyrian_emulate::here::capabilities()
}

fn errno(number: i32) -> i64 {
    -i64::from(number)
}

/// A call with numbers as its arguments.
fn raw(number: u32, arguments: [u64; 6]) -> Step {
    call("raw", number.into(), arguments.into_iter().map(Into::into).collect())
}

fn rule(names: &[&str], action: &str, error: Option<u32>, args: Vec<Argument>) -> Rule {
    Rule {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        action: action.into(),
        errno_ret: error,
        args,
    }
}

/// Calls that the probe, its loader and runc's last steps need.
const NEEDED: [&str; 62] = [
    "arch_prctl",
    "brk",
    "capget",
    "capset",
    "clock_gettime",
    "clone",
    "close",
    "dup",
    "dup2",
    "dup3",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_wait",
    "execve",
    "exit",
    "exit_group",
    "fchdir",
    "fcntl",
    "fstat",
    "fstatfs",
    "futex",
    "getdents64",
    "getpid",
    "getppid",
    "gettid",
    "kill",
    "lseek",
    "lstat",
    "madvise",
    "mmap",
    "mprotect",
    "munmap",
    "nanosleep",
    "newfstatat",
    "openat",
    "pipe2",
    "ppoll",
    "prctl",
    "pread64",
    "read",
    "readlinkat",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "seccomp",
    "set_robust_list",
    "setgid",
    "setgroups",
    "setitimer",
    "setpgid",
    "setuid",
    "sigaltstack",
    "stat",
    "tgkill",
    "umask",
    "uname",
    "wait4",
    "write",
    "writev",
];

/// Numbers that look random and are the same in each run.
struct Numbers(u64);
impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn value(&mut self) -> u64 {
        let near = [0, 1, 2, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, u64::MAX, 1 << 63]
            [(self.next() % 8) as usize];
        if self.next().is_multiple_of(4) { self.next() } else { near }
    }
}

/// A filter under which nothing that is tried is done: each call gets one error or another.
fn inert() -> (Profile, Vec<Program>) {
    let mut numbers = Numbers(0x7479_7269_616e);
    let mut syscalls = vec![rule(&NEEDED, "SCMP_ACT_ALLOW", None, Vec::new())];
    let mut programs = Vec::new();
    let needed: BTreeSet<&str> = NEEDED.into();
    for number in 0..600 {
        let name = seccomp::name(number);
        // The kernel's own calls for its probes pass by every filter.
        if name.is_some_and(|name| needed.contains(name)) || [335, 336].contains(&number) {
            continue;
        }
        programs.push(raw(number, [0; 6]));
        // Later ones are not in every libseccomp.
        let Some(name) = name.filter(|_| number < 440) else { continue };
        let error = 100 + u32::try_from(numbers.next() % 30).unwrap();
        match numbers.next() % 4 {
            // The default.
            0 => {}
            1 => syscalls.push(rule(&[name], "SCMP_ACT_ERRNO", Some(error), Vec::new())),
            _ => {
                let count = 1 + numbers.next() % 3;
                let args: Vec<Argument> = (0..count)
                    .map(|_| {
                        let ops = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"];
                        let (mask, value) = (numbers.value(), numbers.value());
                        Argument {
                            index: u32::try_from(numbers.next() % 6).unwrap(),
                            value: mask,
                            value_two: value & mask,
                            op: format!("SCMP_CMP_{}", ops[(numbers.next() % 7) as usize]),
                        }
                    })
                    .collect();
                for _ in 0..4 {
                    let mut arguments = [0; 6].map(|_: u64| numbers.value());
                    // Values around those that it is compared with decide.
                    for argument in &args {
                        let near = [
                            argument.value,
                            argument.value_two,
                            argument.value.wrapping_add(1),
                            numbers.value(),
                        ];
                        arguments[argument.index as usize] = near[(numbers.next() % 4) as usize];
                    }
                    programs.push(raw(number, arguments));
                }
                syscalls.push(rule(&[name], "SCMP_ACT_ERRNO", Some(error), args));
            }
        }
    }
    let profile = Profile {
        default_action: "SCMP_ACT_ERRNO".into(),
        default_errno_ret: Some(99),
        architectures: vec![seccomp::architecture().into()],
        flags: Vec::new(),
        syscalls,
    };
    (profile, plain(programs))
}

#[test]
fn a_filter_says_the_same_of_every_call_as_with_runc() {
    let labs = labs("a_filter_says_the_same_of_every_call_as_with_runc", &Image::Empty);
    let (profile, programs) = inert();
    let spec = Spec { seccomp: Filter::Profile(profile), no_new_privileges: true, ..ordinary(&Image::Empty) };
    let all: Vec<Vec<Option<i64>>> = labs
        .iter()
        .map(|lab| {
            let report = lab.run(&spec, &programs);
            assert!(report.whole);
            report.programs.iter().map(|program| program.results.get(&0).copied()).collect()
        })
        .collect();
    let [own, runcs] = all.as_slice() else { return };
    for (program, (own, runcs)) in programs.iter().zip(own.iter().zip(runcs)) {
        assert_eq!(own, runcs, "{:?}", program.steps[0].act);
        assert!(own.is_some_and(|result| result <= -38), "{own:?} {:?}", program.steps[0].act);
    }
    assert!(programs.len() > 800, "{}", programs.len());
}

#[test]
fn what_a_clone_has_is_what_its_spec_says() {
    for lab in labs("what_a_clone_has_is_what_its_spec_says", &Image::Empty) {
        let image = Image::Empty;
        let base = ordinary(&image);
        let core = "/proc/sys/kernel/core_pattern";
        let steps = || {
            vec![
                open("/x", libc::O_CREAT | libc::O_WRONLY),
                open(core, libc::O_WRONLY),
                open("/proc/keys", libc::O_RDONLY),
                call("sethostname", libc::SYS_sethostname, vec!["x".into(), 1.into()]),
                call("socket", libc::SYS_socket, vec![libc::AF_INET.into(), libc::SOCK_RAW.into(), 1.into()]),
                call("setuid", libc::SYS_setuid, vec![0.into()]),
                open("/.tyrian/setuid", libc::O_WRONLY),
                open("/sys/kernel/uevent_seqnum", libc::O_WRONLY),
            ]
        };
        let name = lab.driver.name();
        let ran = lab.results(&base, steps());
        assert!(ran[0] >= 0 && ran[2] >= 0 && ran[4] >= 0 && ran[5] == 0, "{name} {ran:?}");
        assert_eq!(
            [ran[1], ran[3], ran[6]],
            [errno(libc::EROFS), errno(libc::EPERM), errno(libc::EROFS)],
            "{name}"
        );
        assert_eq!(ran[7], errno(libc::EROFS), "{name}");
        let ran = lab.results(&hardened(&image), steps());
        let refused = [libc::EROFS, libc::EACCES, 0, libc::EPERM, libc::EPERM, libc::EPERM].map(errno);
        assert_eq!(
            [ran[0], ran[1], ran[3], ran[4], ran[5]],
            [refused[0], refused[1], refused[3], refused[4], refused[5]],
            "{name}"
        );
        let ran = lab.results(&loosest(&base, &all()), steps());
        assert!(ran[1] >= 0 && ran[3] == 0 && ran[5] == 0, "{name} {ran:?}");
        assert_eq!(ran[6], errno(libc::EROFS), "{name}: the probe's own directory is nobody's to write to");
    }
}

#[test]
fn a_relaxed_clone_sees_stand_ins_and_the_neighbour_never_the_machine() {
    for lab in labs("a_relaxed_clone_sees_stand_ins_and_the_neighbour_never_the_machine", &Image::Empty) {
        let loose = loosest(&ordinary(&Image::Empty), &all());
        let name = lab.driver.name();
        let holds = |path: &str, text: &str| {
            let mut steps = vec![
                open(path, libc::O_RDONLY).named("file"),
                reach(tyrian_emulate::call::read("file", "text", text.len())),
            ];
            steps.push(tyrian_emulate::call::holds("text", text.as_bytes()));
            Program { shared: vec![("text", Memory::zeros(text.len()))], steps }
        };
        let unix = |path: &str| {
            let mut name = Memory::new().u16(libc::AF_UNIX as u16).raw(path.as_bytes()).raw(&[0]);
            name = name.raw(&[0; 2]);
            let length = (path.len() + 3) as u64;
            let steps = vec![
                call(
                    "socket",
                    libc::SYS_socket,
                    vec![libc::AF_UNIX.into(), libc::SOCK_STREAM.into(), 0.into()],
                )
                .named("socket"),
                call(
                    "connect",
                    libc::SYS_connect,
                    vec![tyrian_emulate::call::result("socket"), name.into(), length.into()],
                ),
                tyrian_emulate::call::write("socket", b"GET /_ping HTTP/1.1\r\n\r\n"),
                tyrian_emulate::call::read("socket", "text", 12),
                tyrian_emulate::call::holds("text", b"HTTP/1.1 200"),
            ];
            Program { shared: vec![("text", Memory::zeros(12))], steps }
        };
        let there = format!("TYRIAN_CANARY={CANARY}");
        let programs = vec![
            holds(&format!("{HOST_DIRECTORY}/canary"), CANARY),
            holds("/proc/4242/environ", &there),
            unix(RUNTIME_SOCKET),
            // The machine's own first process is not to be seen, nor its files.
            holds("/proc/1/cmdline", "/.tyrian/probe"),
            Program { shared: Vec::new(), steps: vec![open("/proc/1/root/etc/passwd", libc::O_RDONLY)] },
        ];
        let report = lab.run(&loose, &programs);
        let last = |at: usize| report.programs[at].results.values().next_back().copied();
        assert_eq!([last(0), last(1), last(2), last(3)], [Some(0); 4], "{name} {report:?}");
        assert_eq!(last(4), Some(errno(libc::ENOENT)), "{name}");
        // One that shares nothing sees nothing of it.
        let report = lab.run(&ordinary(&Image::Empty), &programs);
        assert_eq!(report.programs[1].results.get(&0), Some(&errno(libc::ENOENT)), "{name}");
    }
}

#[test]
fn what_a_run_made_is_gone_when_it_ends_and_when_it_is_killed() {
    let test = "what_a_run_made_is_gone_when_it_ends_and_when_it_is_killed";
    if !is_root(test) {
        return;
    }
    for driver in ["namespaces", "runc"] {
        if driver == "runc" && !Runc::is_there() {
            eprintln!("{test} runs without runc: it is not here");
            continue;
        }
        // A process of its own, whose directory nobody else uses.
        let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("residue-{driver}"));
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).unwrap();
        let here = mark();
        let start = |rounds: &str| {
            std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "one_run_of_many_clones", "--nocapture", "--ignored"])
                .env("TMPDIR", &place)
                .env("TYRIAN_TEST_DRIVER", driver)
                .env("TYRIAN_TEST_MARK", &here)
                .env("TYRIAN_TEST_CLONES", rounds)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        };
        let ended = start("25").wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        assert_eq!(left(&here, &place), Vec::<String>::new(), "{driver}: after an orderly end");
        // Killed in the middle: its processes are gone at once or, with a runtime, when the clones have ended.
        let mut killed = start("1000");
        let mut output = killed.stdout.take().unwrap();
        let mut text = Vec::new();
        while !text.windows(6).any(|line| line == b"clones") {
            let mut part = [0; 64];
            let count = std::io::Read::read(&mut output, &mut part).unwrap();
            assert!(count > 0, "{}", String::from_utf8_lossy(&text));
            text.extend_from_slice(&part[..count]);
        }
        std::thread::sleep(Duration::from_millis(60));
        killed.kill().unwrap();
        killed.wait().unwrap();
        let gone = |what: &str| {
            let mut last = Vec::new();
            for _ in 0..400 {
                last = left(&here, &place).into_iter().filter(|it| it.starts_with(what)).collect();
                if last.is_empty() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(25));
            }
            last
        };
        assert_eq!(gone("process"), Vec::<String>::new(), "{driver}: after kill -9");
        assert_eq!(gone("mount"), Vec::<String>::new(), "{driver}: after kill -9");
        // The rest is empty, and the next run removes it.
        let next = start("1").wait_with_output().unwrap();
        assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
        assert_eq!(left(&here, &place), Vec::<String>::new(), "{driver}: after the next run");
        fs::remove_dir_all(&place).unwrap();
    }
}

/// Is run by the test above, in a process that can be killed.
#[test]
#[ignore = "it is a part of another test"]
fn one_run_of_many_clones() {
    let get = |name: &str| std::env::var(name).unwrap_or_default();
    let (driver, here) = (get("TYRIAN_TEST_DRIVER"), get("TYRIAN_TEST_MARK"));
    let Ok(clones) = get("TYRIAN_TEST_CLONES").parse::<usize>() else { return };
    let driver = match driver.as_str() {
        "runc" => Driver::Runc(Runc::new(&here).unwrap()),
        _ => Driver::Namespaces(Namespaces::new(&here)),
    };
    let lab = Lab::new(driver, &here, &Image::Empty);
    let specs = [ordinary(&Image::Empty), loosest(&ordinary(&Image::Empty), &all())];
    println!("clones");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (lab, specs) = (&lab, &specs);
            scope.spawn(move || {
                for round in 0..clones.div_ceil(4) {
                    let ran = lab.results(&specs[(round + thread) % 2], vec![open("/", libc::O_RDONLY)]);
                    assert!(ran[0] >= 0);
                }
            });
        }
    });
}

/// What there is of a run: processes, mounts, control groups, files, interfaces and namespaces.
fn left(mark: &str, place: &std::path::Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let text = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).replace('\0', " ");
        if text.contains(mark) && !text.contains("one_run_of_many_clones") {
            all.push(format!("process {text}"));
        }
    }
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    all.extend(mounts.lines().filter(|line| line.contains(mark)).map(|line| format!("mount {line}")));
    for hierarchy in fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten() {
        let path = hierarchy.path().join(mark);
        if path.exists() {
            all.push(format!("group {}", path.display()));
        }
    }
    all.extend(
        fs::read_dir(place).unwrap().flatten().map(|entry| format!("file {}", entry.path().display())),
    );
    let links = fs::read_to_string("/proc/net/dev").unwrap();
    all.extend(
        links.lines().filter(|line| line.trim().starts_with("clone")).map(|line| format!("link {line}")),
    );
    all
}

#[test]
fn limits_hold_and_a_clone_that_does_not_end_is_ended() {
    for lab in labs("limits_hold_and_a_clone_that_does_not_end_is_ended", &Image::Empty) {
        let name = lab.driver.name();
        let base = ordinary(&Image::Empty);
        let limited = Spec {
            limits: Limits { pids: Some(20), memory: Some(32 << 20), cpu: Some(500) },
            ..base.clone()
        };
        let sleeps =
            || vec![call("ppoll", libc::SYS_ppoll, vec![0.into(), 0.into(), 0.into(), 0.into(), 0.into()])];
        let many = tyrian_emulate::call::repeat(40, tyrian_emulate::call::child(sleeps()));
        // Filled with zeros by the kernel, so that every page is there: MAP_PRIVATE, MAP_ANONYMOUS and MAP_POPULATE.
        let much = call(
            "mmap",
            libc::SYS_mmap,
            vec![0.into(), (64u64 << 20).into(), 3.into(), 0x8022.into(), (-1).into(), 0.into()],
        );
        let report = lab.run(&limited, &plain(vec![many.clone(), much.clone()]));
        assert_eq!(report.programs[0].results.get(&0), Some(&errno(libc::EAGAIN)), "{name} {report:?}");
        let end = report.programs[1].end;
        assert_eq!(end, Some(tyrian_emulate::probe::End::Signal(libc::SIGKILL)), "{name} {report:?}");
        let ran = lab.results(&base, vec![many, much]);
        assert!(ran.iter().all(|result| *result > 0), "{name} {ran:?}");

        // Ended where a process of it leaves the group of its attempt and sleeps on, whatever it shares.
        for spec in [&base, &loosest(&base, &all())] {
            let stays = vec![call("setsid", libc::SYS_setsid, Vec::new()), sleeps().remove(0)];
            let mut job = lab.job(spec, &plain(vec![tyrian_emulate::call::child(stays), sleeps().remove(0)]));
            job.limit = Duration::from_millis(400);
            assert_eq!(lab.driver.run(&job), Err(Trouble::TooLong), "{name}");
            let groups = PathBuf::from("/sys/fs/cgroup");
            let mut inside = fs::read_dir(groups).unwrap().flatten().map(|entry| entry.path());
            assert!(inside.all(|path| !path.join(&lab.mark).join(&job.name).exists()), "{name}");
        }
    }
}

#[test]
fn an_image_whose_paths_lead_elsewhere_leads_nowhere_but_into_itself() {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("links-{}", std::process::id()));
    let outside = place.join("outside");
    let image = place.join("image, with:signs");
    let _ = fs::remove_dir_all(&place);
    for directory in [&outside, &image, &image.join("etc")] {
        fs::create_dir_all(directory).unwrap();
    }
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, image.join(at)).unwrap();
    link(outside.to_str().unwrap(), "data");
    link("../../../../../../../../etc", "up");
    link("/etc", ".tyrian");
    let mut spec = ordinary(&Image::Directory(image.clone()));
    for target in ["/data/in", "/up/in", "/data/deep/er", "/../../over"] {
        spec.mounts.push(Mount {
            kind: MountKind::Directory { of: "/".into(), host: true },
            target: target.into(),
            read_only: false,
            executable: true,
            setuid: true,
        });
    }
    for lab in labs("an_image_whose_paths_lead_elsewhere_leads_nowhere_but_into_itself", &Image::Empty) {
        let job = lab.job(&spec, &plain(vec![open("/over/canary", libc::O_RDONLY)]));
        // It starts or does not; what is outside of it stays as it is.
        match lab.driver.run(&job) {
            Ok(text) => assert!(String::from_utf8_lossy(&text).contains("\n0 0 "), "{}", lab.driver.name()),
            Err(Trouble::DidNotStart(why)) => assert!(!why.is_empty()),
            Err(other) => panic!("{other:?}"),
        }
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "{}", lab.driver.name());
        assert_eq!(fs::read_dir(&image).unwrap().count(), 4, "{}: the image is as it was", lab.driver.name());
    }
    for path in ["/etc/in", "/over", "/etc/probe"] {
        assert!(!PathBuf::from(path).exists(), "{path}");
    }
    fs::remove_dir_all(&place).unwrap();
}

#[test]
fn a_network_is_the_labs_or_none() {
    for lab in labs("a_network_is_the_labs_or_none", &Image::Empty) {
        let name = lab.driver.name();
        let address = |to: std::net::Ipv4Addr, port: u16| {
            Memory::new().u16(libc::AF_INET as u16).raw(&port.to_be_bytes()).raw(&to.octets()).u64(0)
        };
        let connects = |(to, port): (std::net::Ipv4Addr, u16)| {
            let time = Memory::new().u64(0).u64(300_000);
            let socket = || tyrian_emulate::call::result("socket");
            vec![
                call(
                    "socket",
                    libc::SYS_socket,
                    vec![libc::AF_INET.into(), libc::SOCK_STREAM.into(), 0.into()],
                )
                .named("socket"),
                call(
                    "setsockopt",
                    libc::SYS_setsockopt,
                    vec![socket(), libc::SOL_SOCKET.into(), libc::SO_SNDTIMEO.into(), time.into(), 16.into()],
                ),
                call("connect", libc::SYS_connect, vec![socket(), address(to, port).into(), 16.into()]),
            ]
        };
        let there = lab.neighbour.address;
        let near = tyrian_emulate::technique::NEIGHBOUR_PORT;
        let outside = std::net::Ipv4Addr::new(192, 0, 2, 1);
        let metadata = std::net::Ipv4Addr::new(169, 254, 169, 254);
        let programs: Vec<Program> = [(there, near), (outside, near), (metadata, 80)]
            .map(|to| Program { shared: Vec::new(), steps: connects(to) })
            .into();
        let unreachable = errno(libc::ENETUNREACH);
        for (network, inside) in [
            (Network::Lab, 0),
            (Network::Neighbour, 0),
            (Network::None, unreachable),
            // What it sends is lost: the connection is not there when its time is up.
            (Network::Isolated, errno(libc::EINPROGRESS)),
        ] {
            let report = lab.run(&Spec { network, ..ordinary(&Image::Empty) }, &programs);
            let came = |at: usize| report.programs[at].results.get(&2).copied();
            assert_eq!(came(0), Some(inside), "{name} {network:?}");
            assert_eq!(came(1), Some(unreachable), "{name} {network:?}: out of the machine");
            let service = if inside == 0 { 0 } else { unreachable };
            assert_eq!(came(2), Some(service), "{name} {network:?}: what stands for the metadata service");
        }
    }
}

/// Prints how long a clone takes, one after another and four at once.
#[test]
#[ignore = "it measures"]
fn how_long_a_clone_takes() {
    for lab in labs("how_long_a_clone_takes", &Image::Empty) {
        let spec = ordinary(&Image::Empty);
        let one = || assert!(lab.results(&spec, vec![open("/", libc::O_RDONLY)])[0] >= 0);
        let count = 40;
        let begin = std::time::Instant::now();
        (0..count).for_each(|_| one());
        let single = begin.elapsed().as_secs_f64() * 1000.0 / f64::from(count);
        let begin = std::time::Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..count / 4).for_each(|_| one()));
            }
        });
        let beside = begin.elapsed().as_secs_f64() * 1000.0 / f64::from(count);
        println!("{}: {single:.1} ms a clone, {beside:.1} ms with four at once", lab.driver.name());
    }
}

#[test]
fn what_cannot_be_made_is_said_and_not_left_out() {
    for lab in labs("what_cannot_be_made_is_said_and_not_left_out", &Image::Empty) {
        let base = ordinary(&Image::Empty);
        let mut user = base.clone();
        user.namespaces.insert(Namespace::User);
        for (spec, what) in [
            (user, "a user namespace"),
            (Spec { selinux: Some("system_u:system_r:container_t:s0".into()), ..base.clone() }, "SELinux"),
            (Spec { seccomp: Filter::EngineDefault, ..base.clone() }, "filter"),
            (Spec { image: Image::Engine("x".into()), ..base.clone() }, "an image of an engine"),
            (Spec { runtime: Some("kata".into()), ..base.clone() }, "runtime"),
        ] {
            match lab.driver.run(&lab.job(&spec, &[])) {
                Err(Trouble::CannotReproduce(why)) => assert!(why.contains(what), "{why}"),
                other => panic!("{what}: {other:?}"),
            }
        }
        let missing = Spec { image: Image::Directory("/nowhere/at/all".into()), ..base };
        match lab.driver.run(&lab.job(&missing, &[])) {
            Err(Trouble::DidNotStart(why)) => assert!(why.contains("/nowhere/at/all"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}
