//! A Docker engine of a test's own, which it may kill.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The engine; it and all that it runs end when this is dropped.
pub(crate) struct Daemon {
    pub(crate) folder: PathBuf,
    /// The control group of its containers, in each hierarchy.
    group: String,
    process: Child,
    apart: bool,
}

impl Daemon {
    /// Starts one with these options, in a network of its own, so that no bridge and no rule of it is the machine's.
    /// `apart` puts it and its containers into a process namespace of their own too, all of which ends with it. Nothing,
    /// where it does not start here; then the test is skipped by name.
    pub(crate) fn start(test: &str, folder: &Path, apart: bool, options: &[&str]) -> Option<Daemon> {
        for name in ["dockerd", "docker", "unshare"] {
            tyrian_lab::tool(test, name)?;
        }
        if !tyrian_lab::root(test) {
            return None;
        }
        fs::create_dir_all(folder).unwrap();
        // Numbers of processes from a namespace that is gone may be those of others in the next.
        for number in ["pid", "exec/containerd/containerd.pid"] {
            let _ = fs::remove_file(folder.join(number));
        }
        let log = File::create(folder.join("log")).unwrap();
        let mut command = Command::new("unshare");
        command.args(["--net", "--mount"]);
        if apart {
            command.args(["--pid", "--fork", "--kill-child", "--mount-proc"]);
        }
        let path = |name: &str| folder.join(name).display().to_string();
        // Who an engine maps users to stands in two files of the machine, in whose place it sees one of its own.
        let ids = folder.join("ids");
        fs::write(&ids, "daemon:200000:65536\n").unwrap();
        let begin = "ip link set lo up; for file in subuid subgid; do mount --bind \"$0\" /etc/$file; done; exec \"$@\"";
        command.args(["sh", "-c", begin]).arg(ids).arg("dockerd");
        command.args(["--data-root", &path("data"), "--exec-root", &path("exec"), "--pidfile", &path("pid")]);
        let group = folder.file_name().unwrap().to_str().unwrap().to_owned();
        command.args(["--host", &format!("unix://{}", path("sock")), "--bridge=none"]).args(options);
        command.args(["--cgroup-parent", &format!("/{group}")]);
        command.env_remove("DOCKER_HOST").stdin(Stdio::null()).stderr(log.try_clone().unwrap()).stdout(log);
        let process = command.spawn().unwrap();
        let mut daemon = Daemon { folder: folder.to_owned(), group, process, apart };
        let until = Instant::now() + Duration::from_secs(40);
        while !daemon.docker(&["version"]).status.success() {
            if Instant::now() > until || !matches!(daemon.process.try_wait(), Ok(None)) {
                let said = fs::read_to_string(folder.join("log")).unwrap_or_default();
                let said: Vec<&str> = said.lines().rev().take(3).collect();
                tyrian_lab::elsewhere(test, &format!("no engine starts here: {said:?}"));
                return None;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(daemon)
    }

    /// Its address, as `DOCKER_HOST` has it.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.folder.join("sock").display())
    }

    /// The client, told to ask it.
    pub(crate) fn docker(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("docker");
        command.args(arguments).env("DOCKER_HOST", self.address()).env_remove("DOCKER_CONTEXT");
        command.env_remove("DOCKER_TLS_VERIFY").stdin(Stdio::null()).output().unwrap()
    }

    /// The output of the client, which must succeed.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.docker(arguments);
        assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A program in its network and among its mounts.
    pub(crate) fn enter(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--net", "--mount", "--target", &self.process.id().to_string(), program]);
        command
    }

    /// The output of one.
    pub(crate) fn inside(&self, program: &[&str]) -> String {
        let output = self.enter(program[0]).args(&program[1..]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// An image with two files: a list of users, and the probe, which can sleep.
    pub(crate) fn import(&self, name: &str) {
        let root = self.folder.join("root");
        for directory in ["etc", "tmp"] {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
        fs::write(root.join("etc/passwd"), "root:x:0:0::/root:/bin/sh\n").unwrap();
        fs::write(root.join("probe"), tyrian_emulate::probe::PROBE).unwrap();
        fs::set_permissions(root.join("probe"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let tar = self.folder.join("root.tar");
        let made = Command::new("tar").arg("-C").arg(&root).arg("-cf").arg(&tar).arg(".").status().unwrap();
        assert!(made.success());
        self.says(&["import", tar.to_str().unwrap(), name]);
    }

    /// Ends it at once; where it is apart, with everything in it.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Told so, it ends its containers and their manager too. One that is apart takes them with it.
        if !self.apart && matches!(self.process.try_wait(), Ok(None)) {
            let number = self.process.id().to_string();
            let _ = Command::new("kill").arg(number).stderr(Stdio::null()).status();
            let until = Instant::now() + Duration::from_secs(10);
            while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        self.kill();
        for hierarchy in fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten() {
            remove(&hierarchy.path().join(&self.group));
        }
    }
}

/// Removes a control group in which nothing runs any more, and those below it.
fn remove(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&entry.path());
        }
    }
    let _ = fs::remove_dir(group);
}
