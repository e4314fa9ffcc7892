//! The neighbour: the second throwaway container of a run, which stands for everything outside of a clone.
//!
//! Inside its process namespace it has the process [`NEIGHBOUR_PROCESS`] with the canary in its environment. It keeps
//! System V shared memory with the canary under [`NEIGHBOUR_MEMORY`], and listens on [`NEIGHBOUR_PORT`], and where
//! engines ([`NEIGHBOUR_ENGINE_PORT`]), their shims ([`NEIGHBOUR_SHIM`]) and, on a network that gives it their addresses,
//! the metadata services of clouds do.

use crate::attack::NEIGHBOUR_PROCESS;
use crate::call::{call, holds, repeat, result};
use crate::clone::{Job, PROBE_DIRECTORY};
use crate::program::{Memory, Program, Step, encode};
use crate::spec::{Capabilities, Filter, Image, Namespace, Network, Spec};
use crate::technique::{NEIGHBOUR_ENGINE_PORT, NEIGHBOUR_MEMORY, NEIGHBOUR_PORT, NEIGHBOUR_SHIM};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The line that the neighbour writes when everything is in its place.
pub const READY: &str = "ready";

/// The variable of its environment that holds the canary.
pub const CANARY: &str = "TYRIAN_CANARY";

/// The port of metadata services.
const METADATA_PORT: u16 = 80;

/// How long it lives at most, whatever happens to who started it.
const LIFE: Duration = Duration::from_secs(3600);

/// The neighbour of a run as a job: its plan is one program, which the probe is told to `enter`. It has written
/// [`READY`] and a line's end when it is ready, and then runs until it is ended.
///
/// `held` says that whoever starts it holds the other end of its standard input: then it ends when that is gone.
pub fn job(mark: &str, canary: &str, image: &Image, held: bool) -> Job {
    // The program is of this file alone, and small: the test below writes it down.
    let plan = encode(&[program(canary, held)], 0).unwrap_or_default();
    Job { name: format!("{mark}-neighbour"), spec: spec(canary, image), plan, limit: LIFE }
}

/// Namespaces of its own throughout, but for users: what stands for the host has the host's users.
fn spec(canary: &str, image: &Image) -> Spec {
    // To choose a process id takes this one.
    let capabilities = BTreeSet::from(["SYS_ADMIN".to_owned()]);
    Spec {
        image: image.clone(),
        capabilities: Capabilities::of_root(&capabilities),
        // Older filters of engines know nothing of `clone3`.
        seccomp: Filter::Unconfined,
        namespaces: BTreeSet::from([Namespace::Pid, Namespace::Ipc, Namespace::Uts, Namespace::Cgroup]),
        network: Network::Lab,
        environment: vec![format!("{CANARY}={canary}")],
        // It says of every datagram that nobody takes it: attempts conclude from it that they reached it.
        sysctls: BTreeMap::from(
            [("net.ipv4.icmp_ratelimit", "0"), ("net.ipv4.ip_unprivileged_port_start", "0")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        ),
        directory: "/".into(),
        ..Spec::default()
    }
}

fn program(canary: &str, held: bool) -> Program {
    let mut steps = become_process();
    steps.extend(keep_memory(canary));
    steps.extend(answer("stream", libc::SOCK_STREAM, NEIGHBOUR_PORT));
    steps.extend(answer("datagram", libc::SOCK_DGRAM, NEIGHBOUR_PORT));
    steps.extend(answer("engine", libc::SOCK_STREAM, NEIGHBOUR_ENGINE_PORT));
    steps.extend(answer("metadata", libc::SOCK_STREAM, METADATA_PORT));
    steps.extend(answer_shim());
    let ready = Memory::bytes(format!("{READY}\n"));
    steps.push(call("write", libc::SYS_write, vec![1.into(), ready.into(), (READY.len() as u64 + 1).into()]));
    // With the canary first in its environment, whatever an engine would put before it; what it listens on stays open.
    let last = if held { "wait" } else { "sleep" };
    let path = format!("{PROBE_DIRECTORY}/probe");
    let environment = Memory::list(&[&format!("{CANARY}={canary}")]);
    let sleep = vec![path.as_str().into(), Memory::list(&["probe", last]).into(), environment.into()];
    steps.push(call("execve", libc::SYS_execve, sleep));
    Program { shared: vec![("self", Memory::zeros(4))], steps }
}

/// From here on there are two: the first process of the namespace, which only waits for whoever ends, and the one
/// with the number that attempts look for, which alone gets past the last of these steps.
fn become_process() -> Vec<Step> {
    let number = NEIGHBOUR_PROCESS.cast_unsigned();
    // Its fields: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, its length.
    let arguments = Memory::new()
        .u64(u64::from(libc::CLONE_CHILD_SETTID.cast_unsigned()))
        .u64(0)
        .shared("self")
        .u64(0)
        .u64(u64::from(libc::SIGCHLD.cast_unsigned()))
        .u64(0)
        .u64(0)
        .u64(0)
        .pointer(Memory::new().u32(number))
        .u64(1);
    let wait = call("wait4", libc::SYS_wait4, vec![(-1).into(), 0.into(), libc::__WALL.into(), 0.into()]);
    vec![
        call("clone3", libc::SYS_clone3, vec![arguments.into(), 80.into()]),
        repeat(u32::MAX, wait).let_through_by(&[libc::ECHILD]),
        holds("self", &number.to_ne_bytes()),
    ]
}

/// System V shared memory, of root alone, as programs make it.
fn keep_memory(canary: &str) -> Vec<Step> {
    let length = canary.len() as u64;
    let flags = libc::IPC_CREAT | 0o600;
    vec![
        call("memfd_create", libc::SYS_memfd_create, vec!["canary".into(), libc::MFD_CLOEXEC.into()])
            .named("file"),
        call("write", libc::SYS_write, vec![result("file"), Memory::bytes(canary).into(), length.into()]),
        call("shmget", libc::SYS_shmget, vec![NEIGHBOUR_MEMORY.into(), 4096.into(), flags.into()])
            .named("memory"),
        call("shmat", libc::SYS_shmat, vec![result("memory"), 0.into(), 0.into()]).named("there"),
        call("pread64", libc::SYS_pread64, vec![result("file"), result("there"), length.into(), 0.into()]),
    ]
}

/// Listens on every address. Connections are made without anybody taking them, as many as a run makes.
fn answer(name: &'static str, kind: i32, port: u16) -> Vec<Step> {
    let anywhere = Memory::new().u16(libc::AF_INET as u16).raw(&port.to_be_bytes()).raw(&[0; 12]);
    let mut steps = vec![
        call("socket", libc::SYS_socket, vec![libc::AF_INET.into(), kind.into(), 0.into()]).named(name),
        call("bind", libc::SYS_bind, vec![result(name), anywhere.into(), 16.into()]),
    ];
    if kind == libc::SOCK_STREAM {
        steps.push(call("listen", libc::SYS_listen, vec![result(name), 4096.into()]));
    }
    steps
}

/// Listens where every process of the same network namespace finds it, whatever files it sees.
fn answer_shim() -> Vec<Step> {
    let name = Memory::new().u16(libc::AF_UNIX as u16).raw(NEIGHBOUR_SHIM.as_bytes());
    let length = name.bytes.len() as u64;
    vec![
        call("socket", libc::SYS_socket, vec![libc::AF_UNIX.into(), libc::SOCK_STREAM.into(), 0.into()])
            .named("shim"),
        call("bind", libc::SYS_bind, vec![result("shim"), name.into(), length.into()]),
        call("listen", libc::SYS_listen, vec![result("shim"), 4096.into()]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_can_be_written_down() {
        let job = job("tyrian-1", "canary-of-a-test", &Image::Empty, true);
        let plan = encode(&[program("canary-of-a-test", true)], 0).unwrap();
        assert_eq!(job.plan, plan);
        assert!(plan.windows(16).any(|window| window == b"canary-of-a-test"));
        assert_eq!(job.name, "tyrian-1-neighbour");
    }
}
