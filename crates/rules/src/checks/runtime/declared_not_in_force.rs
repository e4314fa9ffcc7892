use crate::checks::prelude::*;
use tyrian_model::workload::{Namespace as Kind, Seccomp, User};

check! {
    /// What is said to hold a container in is not in force.
    ///
    /// ## What it checks
    /// For a running container, setting by setting, what the engine was told against what the kernel shows:
    /// capabilities, system call filter, no_new_privs, namespaces, user, read-only root, masked paths and
    /// limits. Only what is weaker than said counts. Profiles of AppArmor and SELinux are judged by
    /// mac-not-in-force.
    /// ## Why it matters
    /// Everybody trusts the description. A runtime that could not do it, a kernel without it, or somebody who
    /// changed it afterwards leaves a container that only looks confined.
    /// ## Fix
    /// Find out why: `docker inspect` shows what was asked for, /proc/PID/status and the control group what
    /// holds. Replace the container once the cause is mended.
    "declared-not-in-force",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["seccomp", "least-capability", "no-new-privileges", "resource-limits"],
    ids: &["attack:T1611", "nist:3.4.3"],
    bad: &[
        Example::Facts(r#"{"workloads": {"gaps": [], "rows": {"container:a": {"source": "docker", "kind": "container", "namespace": "", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"": {"role": "main",
            "declared": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}},
            "observed": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "unconfined"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}}}}}}}}}"#),
        Example::Facts(r#"{"workloads": {"gaps": [], "rows": {"container:a": {"source": "docker", "kind": "container", "namespace": "", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"": {"role": "main",
            "declared": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}},
            "observed": {"user": {"is": {"id": 0}}, "capabilities": {"is": ["CHOWN", "SYS_ADMIN"]}, "seccomp": {"is": "filter"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": null}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}}}}}}}}}"#),
    ],
    good: &[
        Example::Facts(r#"{"workloads": {"gaps": [], "rows": {"container:a": {"source": "docker", "kind": "container", "namespace": "", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"": {"role": "main",
            "declared": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}},
            "observed": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "filter"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}}}}}}}}}"#),
        Example::Facts(r#"{"workloads": {"gaps": [], "rows": {"container:a": {"source": "docker", "kind": "container", "namespace": "", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"": {"role": "main",
            "declared": {"user": {"is": {"id": 0}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "unconfined"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}},
            "observed": {"user": {"is": {"id": 999}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "unconfined"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048570}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}}}}}}}}}"#),
    ],
}

fn check(see: &See, it: &Container) -> Judged {
    let Some(observed) = &it.observed else { return not_applicable() };
    let parts: [fn(&See, &Confinement, &Confinement) -> Judged; 10] = [
        capabilities,
        seccomp,
        |see, said, is| flag(see, &said.no_new_privileges, &is.no_new_privileges, "no_new_privs"),
        |see, said, is| flag(see, &said.read_only_root, &is.read_only_root, "a read-only root file system"),
        |see, said, is| flag(see, &said.masked_paths, &is.masked_paths, "masked paths in /proc and /sys"),
        namespaces,
        user,
        // The kernel counts memory in pages.
        |see, said, is| limit(see, &said.memory_limit, &is.memory_limit, 65_536, "bytes of memory"),
        |see, said, is| limit(see, &said.cpu_limit, &is.cpu_limit, 1, "thousandths of a core"),
        |see, said, is| limit(see, &said.pids_limit, &is.pids_limit, 0, "processes"),
    ];
    each(see, parts, |see, part| part(see, &it.declared, observed))
}

fn capabilities(see: &See, said: &Confinement, is: &Confinement) -> Judged {
    let (said, is) = (see.get(&said.capabilities)?, see.get(&is.capabilities)?);
    let more: Vec<&str> = is.difference(said).map(String::as_str).collect();
    if more.is_empty() {
        return pass();
    }
    fail(None, format!("has capabilities that it was not given: {}", more.join(", ")))
}

fn seccomp(see: &See, said: &Confinement, is: &Confinement) -> Judged {
    match (see.get(&said.seccomp)?, see.get(&is.seccomp)?) {
        (Seccomp::Unconfined, _) => not_applicable(),
        (_, Seccomp::Unconfined) => fail(None, "is said to filter system calls, and no filter is in force"),
        _ => pass(),
    }
}

fn flag(see: &See, said: &Known<bool>, is: &Known<bool>, what: &str) -> Judged {
    match (*see.get(said)?, *see.get(is)?) {
        (false, _) => not_applicable(),
        (true, true) => pass(),
        (true, false) => fail(None, format!("is said to have {what}, and has not")),
    }
}

fn namespaces(see: &See, said: &Confinement, is: &Confinement) -> Judged {
    let (said, is) = (see.get(&said.host_namespaces)?, see.get(&is.host_namespaces)?);
    let fault = |kind: &Kind| {
        let kind = format!("{kind:?}").to_lowercase();
        Fault {
            what: format!("is said to have a {kind} namespace of its own, and is in the host's"),
            at: None,
        }
    };
    faults(is.difference(said).map(fault).collect())
}

fn user(see: &See, said: &Confinement, is: &Confinement) -> Judged {
    let said = match see.get(&said.user)? {
        User::Id(0) | User::Unset => return not_applicable(),
        User::Id(id) => format!("user {id}"),
        User::Name(name) if name == "root" => return not_applicable(),
        User::Name(name) => format!("user {name}"),
        User::NotRoot => "another user than root".to_owned(),
    };
    match see.get(&is.user)? {
        User::Id(0) => fail(None, format!("is said to run as {said}, and runs as root")),
        _ => pass(),
    }
}

fn limit(see: &See, said: &Known<Option<u64>>, is: &Known<Option<u64>>, slack: u64, of: &str) -> Judged {
    match (*see.get(said)?, *see.get(is)?) {
        (None, _) => not_applicable(),
        (Some(said), None) => fail(None, format!("is said to be held to {said} {of}, and has no limit")),
        (Some(said), Some(is)) if is > said.saturating_add(slack) => {
            fail(None, format!("is said to be held to {said} {of}, and may use {is}"))
        }
        _ => pass(),
    }
}
