use crate::checks::prelude::*;

check! {
    /// The AppArmor or SELinux profile of a container is not in force.
    ///
    /// ## What it checks
    /// For a running container the profile that it was given against the label that its process has.
    /// ## Why it matters
    /// An engine on a machine without AppArmor takes `apparmor=shop-web` and starts the container all the same:
    /// the description says confined, and nothing confines.
    /// ## Fix
    /// Load the profile on every host and boot with the module on; alarm where `/proc/PID/attr/current` is not
    /// the profile.
    "mac-not-in-force",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["mandatory-access-control", "generated-profile"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.2"],
    bad: &[
        Example::Facts(r#"{"workloads": {"gaps": [], "rows": {"container:a": {"source": "docker", "kind": "container", "namespace": "", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"": {"role": "main",
            "declared": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "shop-web"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}},
            "observed": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": null}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}}}}}}}}}"#),
        Example::Facts(r#"{"workloads": {"gaps": [], "rows": {"container:a": {"source": "docker", "kind": "container", "namespace": "", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"": {"role": "main",
            "declared": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}},
            "observed": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "unconfined"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}}}}}}}}}"#),
        Example::Facts(r#"{"workloads": {"gaps": [], "rows": {"container:a": {"source": "docker", "kind": "container", "namespace": "", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"": {"role": "main",
            "declared": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "shop-web"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}},
            "observed": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}}}}}}}}}"#),
    ],
    good: &[
        Example::Facts(r#"{"workloads": {"gaps": [], "rows": {"container:a": {"source": "docker", "kind": "container", "namespace": "", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"": {"role": "main",
            "declared": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "shop-web"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}},
            "observed": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "shop-web"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}}}}}}}}}"#),
        Example::Facts(r#"{"workloads": {"gaps": [], "rows": {"container:a": {"source": "docker", "kind": "container", "namespace": "", "file": "", "at": null, "windows": false,
            "containers": {"gaps": [], "rows": {"": {"role": "main",
            "declared": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}},
            "observed": {"user": {"is": {"id": 1000}}, "capabilities": {"is": ["CHOWN"]}, "seccomp": {"is": "runtime_default"}, "no_new_privileges": {"is": true}, "lsm": {"is": "docker-default"}, "host_namespaces": {"is": ["user"]}, "read_only_root": {"is": true}, "masked_paths": {"is": true}, "memory_limit": {"is": 1048576}, "pids_limit": {"is": 64}, "cpu_limit": {"is": 500}}}}}}}}}"#),
    ],
}

fn check(see: &See, it: &Container) -> Judged {
    let Some(observed) = &it.observed else { return not_applicable() };
    let Some(said) = see.get(&it.declared.lsm)?.as_deref().filter(|label| *label != "unconfined") else {
        return not_applicable();
    };
    match see.get(&observed.lsm)?.as_deref() {
        None => fail(None, format!("is said to run under {said}, and no profile is in force")),
        Some(is) if is == said => pass(),
        Some(is) if is.starts_with("unconfined") || is.ends_with("(complain)") => {
            fail(None, format!("is said to run under {said}, and runs under {is}"))
        }
        // Labels of SELinux are given in part and filled in by the engine.
        Some(is) if is.contains(':') || said.contains(':') => pass(),
        Some(is) => fail(None, format!("is said to run under {said}, and runs under {is}")),
    }
}
