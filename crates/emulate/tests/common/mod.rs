//! What the tests of techniques share: a place, and a sandbox of plain namespaces with a neighbour in it.
#![allow(clippy::unwrap_used, clippy::panic, dead_code)] // helpers of tests are tests; each file uses some

pub(crate) mod clones;

use std::fs;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use tyrian_emulate::attack::NEIGHBOUR_PROCESS;
use tyrian_emulate::neighbour::{self, READY};
use tyrian_emulate::probe::{PROBE, Report};
use tyrian_emulate::program::{Program, encode};
use tyrian_emulate::spec::Image;
use tyrian_emulate::technique::{Place, Technique, Variant};
use tyrian_emulate::techniques::TECHNIQUES;

/// A place as it is told to techniques, with nothing behind it.
pub(crate) fn place() -> Place {
    Place {
        mark: "tyrian-test-1".to_owned(),
        canary: "canary-of-the-tests".to_owned(),
        probe: "/.tyrian",
        neighbour_process: NEIGHBOUR_PROCESS,
        neighbour: Ipv4Addr::LOCALHOST,
        host_directory: "/tyrian-host".to_owned(),
        runtime_socket: "/var/run/docker.sock".to_owned(),
    }
}

/// Every way of every technique.
pub(crate) fn every(place: &Place) -> Vec<(&'static Technique, Variant)> {
    let of = |technique: &&'static Technique| {
        let technique: &'static Technique = technique;
        (technique.variants)(place).into_iter().map(move |variant| (technique, variant))
    };
    TECHNIQUES.iter().flat_map(of).collect()
}

/// A directory that is removed with what is in it.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Scratch {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("tyrian-sandbox-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Namespaces that are thrown away, with everything in them that techniques look for and nothing that holds them in:
/// a neighbour, a directory and a socket that stand for those of a host. The root file system is a copy of the machine's
/// in memory.
pub(crate) struct Sandbox {
    directory: Scratch,
    pub(crate) place: Place,
}

impl Sandbox {
    pub(crate) fn new() -> Sandbox {
        let directory = Scratch::new();
        let path = |name: &str| directory.0.join(name);
        let place = Place {
            host_directory: path("host").display().to_string(),
            runtime_socket: path("engine.sock").display().to_string(),
            ..place()
        };
        for (name, mode) in [("probe", 0o755), ("setuid", 0o4755)] {
            fs::write(path(name), PROBE).unwrap();
            fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::create_dir(path("host")).unwrap();
        fs::write(path("host/canary"), &place.canary).unwrap();
        fs::write(path("neighbour"), neighbour::job(&place.mark, &place.canary, &Image::Empty, false).plan)
            .unwrap();
        let listener = UnixListener::bind(path("engine.sock")).unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            }
        });
        Sandbox { directory, place }
    }

    /// Runs the programs, each in a process of its own; `before` is what the probe is started by.
    pub(crate) fn run(&self, programs: &[Program], before: &str) -> Report {
        let here = self.directory.0.display();
        fs::write(self.directory.0.join("plan"), encode(programs, 10).unwrap()).unwrap();
        // The machine's files are seen through a layer of memory, and no change reaches them.
        let script = format!(
            "set -e
            mkdir -p {here}/top
            mount -t tmpfs none {here}/top
            mkdir {here}/top/up {here}/top/work {here}/top/root
            mount -t overlay -o lowerdir=/,upperdir={here}/top/up,workdir={here}/top/work none {here}/top/root
            cd {here}/top/root
            mount --bind {here} .{here}
            mount -t proc none proc
            mount --rbind /sys sys
            mount -t tmpfs none run
            mount -t tmpfs none dev
            mknod -m 666 dev/null c 1 3
            mknod -m 666 dev/zero c 1 5
            mkdir dev/shm old
            mount -t tmpfs none dev/shm
            pivot_root . old
            cd /
            umount -l /old
            rmdir /old
            mkdir .tyrian
            cp -p {here}/probe {here}/setuid .tyrian
            ip link set lo up
            ip link add eth0 type veth peer name eth1
            ip link set eth0 up
            ip link set eth1 up
            .tyrian/probe enter {here}/neighbour </dev/null >/dev/shm/neighbour &
            until grep -q {READY} /dev/shm/neighbour; do :; done
            {before} /.tyrian/probe {here}/plan"
        );
        let spaces = ["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--fork"];
        let output = Command::new("unshare")
            .args(spaces)
            .args(["--kill-child=KILL", "sh", "-c", &script])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report = Report::read(&output.stdout, programs.len());
        assert!(report.whole && report.failed.is_none(), "{}", String::from_utf8_lossy(&output.stdout));
        report
    }

    /// The same under strace: what each process did is in a file of its own, whose name ends with its number.
    pub(crate) fn traced(&self, programs: &[Program], before: &str) -> (Report, PathBuf) {
        let files = self.directory.0.join("traces");
        let _ = fs::remove_dir_all(&files);
        fs::create_dir(&files).unwrap();
        let report = self.run(programs, &format!("strace -ff -qq -o {}/trace {before}", files.display()));
        (report, files)
    }

    /// What is in the directory that stands for one of the host.
    pub(crate) fn host_files(&self) -> Vec<String> {
        names(&self.directory.0.join("host"))
    }
}

/// The names in a directory, in order.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
