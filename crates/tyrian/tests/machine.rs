//! `tyrian purple` in a machine of its own (`lab/vm`), whose kernel has AppArmor and lets BPF programs deny: a profile
//! that denies is named as what stopped an attempt, and what a BPF program denies to all is held to no control's credit.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::Dir;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

/// A pod that may mount by all but its profile.
const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: registry.example/web@sha256:0000000000000000000000000000000000000000000000000000000000000000
    securityContext:
      seccompProfile: {type: Unconfined}
      appArmorProfile: {type: Localhost, localhostProfile: tyrian-test}
      capabilities: {add: [SYS_ADMIN]}
";
const PROFILE: &str = "
profile tyrian-test flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  network,
  umount,
  signal,
  ptrace,
  deny mount,
}
";
const RUN: &str = "tyrian purple run --target manifest:/pod.yaml#Pod/web --driver namespaces --root-fs /image --lab -q \
                   -f json --attribute --technique";

/// Puts a program into the machine, without what only a debugger reads.
fn program(from: &Path, to: &Path) {
    if !Command::new("strip").arg("-o").arg(to).arg(from).status().is_ok_and(|status| status.success()) {
        fs::copy(from, to).unwrap();
    }
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
}

fn attempt<'r>(run: &'r Value, variant: &str) -> &'r Value {
    let mut attempts = run["attempts"].as_array().unwrap().iter();
    attempts.find(|it| it["variant"] == variant && it["outcome"] != "not_run").unwrap()
}

#[test]
fn who_denies_is_named() {
    let Some(machine) = tyrian_lab::machine("who_denies_is_named") else { return };
    let dir = Dir::new("machine");
    let busybox = tyrian_lab::tool("who_denies_is_named", "busybox").unwrap();
    for folder in ["bin", "image/bin", "image/tmp"] {
        fs::create_dir_all(dir.0.join(folder)).unwrap();
    }
    fs::copy(busybox, dir.0.join("image/bin/busybox")).unwrap();
    symlink("busybox", dir.0.join("image/bin/sh")).unwrap();
    program(Path::new(env!("CARGO_BIN_EXE_tyrian")), &dir.0.join("bin/tyrian"));
    program(&std::env::current_exe().unwrap(), &dir.0.join("bin/denying"));
    dir.put("pod.yaml", POD);
    dir.put("profile", PROFILE);
    dir.put(
        "job",
        &format!(
            "apparmor_parser -r -K /profile\n{RUN} mount-file-system\necho ,\n{RUN} user-namespace-create\necho ,\n\
             export DENIED='{RUN} user-namespace-create'\n\
             denying while_user_namespaces_are_denied --exact --ignored --nocapture >&2\ncat /tmp/denied\n"
        ),
    );
    let output = Command::new(machine).arg("run").arg(&dir.0).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let runs: Vec<Value> = serde_json::from_str(&format!("[{said}]")).unwrap_or_else(|error| {
        panic!("{error}\n{said}\n{errors}\nsee machine.log in the lab's state directory")
    });
    let [mounts, allowed, denied] = runs.as_slice() else { panic!("{said}") };

    let mount = attempt(mounts, "mount");
    assert_eq!(
        (&mount["prevention"], &mount["errno"], &mount["stopper"], &mount["sole"]),
        (
            &"blocked".into(),
            &"EACCES".into(),
            &"mandatory-access-control".into(),
            &"mandatory-access-control".into()
        ),
        "{mount}"
    );
    let setting = mount["settings"].as_array().unwrap().iter().find(|it| it["name"] == "apparmor").unwrap();
    assert_eq!((&setting["needed"], &setting["suffices"]), (&true.into(), &true.into()));
    // AppArmor of this kernel does not see the newer way to mount: the profile's claim is not the whole truth.
    assert_eq!(attempt(mounts, "fsopen")["prevention"], "not_blocked");

    assert_eq!(attempt(allowed, "unshare")["prevention"], "not_blocked");
    let unshare = attempt(denied, "unshare");
    assert_eq!(
        (&unshare["outcome"], &unshare["errno"]),
        (&"inconclusive".into(), &"EPERM".into()),
        "{unshare}"
    );
    assert_eq!((&unshare["stopper"], &unshare["sole"]), (&Value::Null, &Value::Null));
    let reason = unshare["reason"].as_str().unwrap();
    assert!(
        reason.contains("no setting of the clone refuses it") && reason.contains("apparmor, bpf"),
        "{reason}"
    );
}

#[test]
#[ignore = "it denies user namespaces to the whole machine: the other test runs it in the one that it boots"]
fn while_user_namespaces_are_denied() {
    let command = std::env::var("DENIED").unwrap();
    let _program = deny::user_namespaces();
    let output = Command::new("/bin/sh").args(["-c", &command]).output().unwrap();
    fs::write("/tmp/denied", output.stdout).unwrap();
}

/// A BPF program that denies, of two instructions.
mod deny {
    use std::fs;
    use std::os::fd::{FromRawFd, OwnedFd};

    const PROG_LOAD: libc::c_int = 5;
    const RAW_TRACEPOINT_OPEN: libc::c_int = 17;
    const PROG_TYPE_LSM: u32 = 29;
    const LSM_MAC: u32 = 27;

    /// Refuses every new user namespace of the machine, as long as what this gives is kept.
    pub(super) fn user_namespaces() -> [OwnedFd; 2] {
        let types = fs::read("/sys/kernel/btf/vmlinux").unwrap();
        let function = function(&types, "bpf_lsm_userns_create").unwrap();
        // r0 = -EPERM; exit
        let code: [u8; 16] = [0xb7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x95, 0, 0, 0, 0, 0, 0, 0];
        let mut load = [0u8; 120];
        let mut put = |at: usize, bytes: &[u8]| load[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &PROG_TYPE_LSM.to_ne_bytes());
        put(4, &2u32.to_ne_bytes());
        put(8, &(code.as_ptr() as u64).to_ne_bytes());
        put(16, &(c"GPL".as_ptr() as u64).to_ne_bytes());
        put(68, &LSM_MAC.to_ne_bytes());
        put(108, &function.to_ne_bytes());
        let (program, number) = bpf(PROG_LOAD, &load);
        let mut attach = [0u8; 16];
        attach[8..12].copy_from_slice(&number.to_ne_bytes());
        let (link, _) = bpf(RAW_TRACEPOINT_OPEN, &attach);
        [program, link]
    }

    fn bpf(command: libc::c_int, attributes: &[u8]) -> (OwnedFd, i32) {
        // SAFETY: the kernel reads the attributes, and what they point to, during the call; both live longer.
        let number =
            unsafe { libc::syscall(libc::SYS_bpf, command, attributes.as_ptr(), attributes.len()) } as i32;
        assert!(number >= 0, "bpf {command}: {}", std::io::Error::last_os_error());
        // SAFETY: the kernel has just made it, and nobody else has it.
        (unsafe { OwnedFd::from_raw_fd(number) }, number)
    }

    /// The number of a function among the kernel's types (the format BTF).
    fn function(types: &[u8], name: &str) -> Option<u32> {
        let word = |at: usize| u32::from_ne_bytes(types[at..at + 4].try_into().unwrap());
        let head = word(4) as usize;
        let (mut at, strings) = (head + word(8) as usize, head + word(16) as usize);
        let end = at + word(12) as usize;
        let mut number = 0;
        while at < end {
            number += 1;
            let (text, info) = (strings + word(at) as usize, word(at + 4));
            let (kind, count) = (info >> 24 & 0x1f, (info & 0xffff) as usize);
            let is_named = types[text..].starts_with(name.as_bytes()) && types[text + name.len()] == 0;
            if kind == 12 && is_named {
                return Some(number);
            }
            at += 12
                + match kind {
                    1 | 14 | 17 => 4,
                    3 => 12,
                    4 | 5 | 15 | 19 => 12 * count,
                    6 | 13 => 8 * count,
                    _ => 0,
                };
        }
        None
    }
}
