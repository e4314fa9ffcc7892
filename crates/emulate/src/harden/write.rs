//! The settings that were found, as those write them who run the workload.

use crate::spec::{Filter, Limits, MountKind, Namespace, Network, Profile, Spec};
use serde_json::{Value, json};
use std::fmt::Write;

/// The name of the file with the seccomp profile, beside the patches.
pub const PROFILE: &str = "seccomp.json";

/// The profile as engines and the kubelet read it; nothing where the runtime's own is used.
pub fn profile(spec: &Spec) -> Option<&Profile> {
    match &spec.seccomp {
        Filter::Profile(profile) => Some(profile),
        Filter::EngineDefault | Filter::Unconfined => None,
    }
}

/// Flags of `docker run`, one a line, for what differs from how it runs today.
pub fn docker(before: &Spec, after: &Spec) -> Vec<String> {
    let mut flags = Vec::new();
    // Where the machine has control groups of version 1, the host's is what an engine takes unless it is told.
    if after.namespaces.contains(&Namespace::Cgroup) && !before.namespaces.contains(&Namespace::Cgroup) {
        flags.push("--cgroupns private".into());
    }
    if after.user != before.user {
        flags.push(format!("--user {}:{}", after.user.uid, after.user.gid));
    }
    if after.capabilities.bounding != before.capabilities.bounding {
        flags.push("--cap-drop ALL".into());
        flags.extend(after.capabilities.bounding.iter().map(|name| format!("--cap-add {name}")));
    }
    if after.no_new_privileges && !before.no_new_privileges {
        flags.push("--security-opt no-new-privileges".into());
    }
    if after.seccomp != before.seccomp && profile(after).is_some() {
        flags.push(format!("--security-opt seccomp={PROFILE}"));
    }
    if after.read_only_root && !before.read_only_root {
        flags.push("--read-only".into());
    }
    flags.extend(
        added_memory(before, after).iter().map(|path| format!("--tmpfs {path}:{}", memory_options(after))),
    );
    let Limits { memory, pids, .. } = after.limits;
    if let Some(pids) = pids.filter(|_| before.limits.pids.is_none()) {
        flags.push(format!("--pids-limit {pids}"));
    }
    if let Some(memory) = memory.filter(|_| before.limits.memory.is_none()) {
        flags.push(format!("--memory {}m", memory >> 20));
    }
    flags
}

/// What has to be left out of how it runs today.
pub fn without(before: &Spec, after: &Spec) -> Vec<String> {
    let mut out = Vec::new();
    for (namespace, flag) in [(Namespace::Pid, "--pid"), (Namespace::Ipc, "--ipc")] {
        if after.namespaces.contains(&namespace) && !before.namespaces.contains(&namespace) {
            out.push(format!("{flag} host"));
        }
    }
    if before.network == Network::Neighbour && after.network != Network::Neighbour {
        out.push("--network host".into());
    }
    if (before.devices.all && !after.devices.all) || (!before.read_only_sys && after.read_only_sys) {
        out.push("--privileged".into());
    }
    out.extend(
        before
            .devices
            .paths
            .iter()
            .filter(|path| !after.devices.paths.contains(path))
            .map(|path| format!("--device {path}")),
    );
    let gone =
        before.mounts.iter().filter(|mount| !after.mounts.iter().any(|kept| kept.target == mount.target));
    out.extend(gone.map(|mount| format!("the mount at {}", mount.target)));
    let loose = before.mounts.iter().filter(|mount| {
        !mount.read_only && after.mounts.iter().any(|kept| kept.target == mount.target && kept.read_only)
    });
    out.extend(loose.map(|mount| format!("writing at {} (mount it read-only)", mount.target)));
    out
}

/// Options of memory that belongs to whoever runs there.
fn memory_options(after: &Spec) -> String {
    format!("noexec,nosuid,nodev,uid={},gid={}", after.user.uid, after.user.gid)
}

/// Paths at which memory was mounted.
fn added_memory(before: &Spec, after: &Spec) -> Vec<String> {
    let added = after.mounts.iter().filter(|mount| {
        matches!(mount.kind, MountKind::Tmpfs(_))
            && !before.mounts.iter().any(|old| old.target == mount.target)
    });
    added.map(|mount| mount.target.clone()).collect()
}

/// A patch of a Compose service, as YAML for `compose -f`.
pub fn compose(service: &str, before: &Spec, after: &Spec) -> String {
    let mut out = format!("services:\n  {}:\n", quoted(service));
    let mut line = |text: String| {
        let _ = writeln!(out, "    {text}");
    };
    if after.user != before.user {
        line(format!("user: \"{}:{}\"", after.user.uid, after.user.gid));
    }
    if after.capabilities.bounding != before.capabilities.bounding {
        line("cap_drop: [ALL]".into());
        if !after.capabilities.bounding.is_empty() {
            let names: Vec<&str> = after.capabilities.bounding.iter().map(String::as_str).collect();
            line(format!("cap_add: [{}]", names.join(", ")));
        }
    }
    let mut options = Vec::new();
    if after.no_new_privileges && !before.no_new_privileges {
        options.push("no-new-privileges:true".to_owned());
    }
    if after.seccomp != before.seccomp && profile(after).is_some() {
        options.push(format!("seccomp:{PROFILE}"));
    }
    if !options.is_empty() {
        line(format!("security_opt: [{}]", options.join(", ")));
    }
    if after.read_only_root && !before.read_only_root {
        line("read_only: true".into());
    }
    let memory = added_memory(before, after);
    if !memory.is_empty() {
        line("tmpfs:".into());
        memory
            .iter()
            .for_each(|path| line(format!("  - {}", quoted(&format!("{path}:{}", memory_options(after))))));
    }
    if let Some(pids) = after.limits.pids.filter(|_| before.limits.pids.is_none()) {
        line(format!("pids_limit: {pids}"));
    }
    if let Some(memory) = after.limits.memory.filter(|_| before.limits.memory.is_none()) {
        line(format!("mem_limit: {}m", memory >> 20));
    }
    out
}

/// A strategic merge patch of a pod template, as `kubectl patch` takes it.
pub fn pod(container: &str, before: &Spec, after: &Spec) -> Value {
    let mut context = json!({
        "allowPrivilegeEscalation": !after.no_new_privileges,
        "readOnlyRootFilesystem": after.read_only_root,
        "capabilities": { "drop": ["ALL"], "add": after.capabilities.bounding },
        "seccompProfile": match profile(after) {
            Some(_) => json!({ "type": "Localhost", "localhostProfile": format!("profiles/{PROFILE}") }),
            None => json!({ "type": "RuntimeDefault" }),
        },
    });
    if after.user.uid != 0 {
        context["runAsNonRoot"] = json!(true);
        context["runAsUser"] = json!(after.user.uid);
        context["runAsGroup"] = json!(after.user.gid);
    }
    let memory = added_memory(before, after);
    let name = |number: usize| format!("memory-{number}");
    let mounts: Vec<Value> =
        memory.iter().enumerate().map(|(n, path)| json!({ "name": name(n), "mountPath": path })).collect();
    let volumes: Vec<Value> =
        (0..memory.len()).map(|n| json!({ "name": name(n), "emptyDir": { "medium": "Memory" } })).collect();
    let mut own = json!({ "name": container, "securityContext": context });
    if !mounts.is_empty() {
        own["volumeMounts"] = json!(mounts);
    }
    if let Some(memory) = after.limits.memory {
        own["resources"] = json!({ "limits": { "memory": format!("{}Mi", memory >> 20) } });
    }
    let mut spec = json!({ "automountServiceAccountToken": false, "containers": [own] });
    if !volumes.is_empty() {
        spec["volumes"] = json!(volumes);
    }
    json!({ "spec": { "template": { "spec": spec } } })
}

/// What the engine would say of the container with these settings: its answer of today, changed where they differ.
pub fn inspected(today: &Value, before: &Spec, after: &Spec) -> Value {
    let mut it = today.clone();
    if after.user != before.user {
        it["Config"]["User"] = json!(format!("{}:{}", after.user.uid, after.user.gid));
    }
    let host = &mut it["HostConfig"];
    if after.capabilities.bounding != before.capabilities.bounding {
        host["CapDrop"] = json!(["ALL"]);
        host["CapAdd"] = json!(after.capabilities.bounding);
    }
    let mut options: Vec<Value> = host["SecurityOpt"].as_array().cloned().unwrap_or_default();
    if after.no_new_privileges && !before.no_new_privileges {
        options.push(json!("no-new-privileges"));
    }
    if after.seccomp != before.seccomp {
        options.retain(|option| !option.as_str().is_some_and(|option| option.starts_with("seccomp")));
        if let Some(profile) = profile(after) {
            options.push(json!(format!("seccomp={}", json!(profile))));
        }
    }
    host["SecurityOpt"] = json!(options);
    if after.read_only_root && !before.read_only_root {
        host["ReadonlyRootfs"] = json!(true);
    }
    for path in added_memory(before, after) {
        if !host["Tmpfs"].is_object() {
            host["Tmpfs"] = json!({});
        }
        host["Tmpfs"][path] = json!(memory_options(after));
    }
    if let Some(pids) = after.limits.pids.filter(|_| before.limits.pids.is_none()) {
        host["PidsLimit"] = json!(pids);
    }
    if let Some(memory) = after.limits.memory.filter(|_| before.limits.memory.is_none()) {
        host["Memory"] = json!(memory);
        host["MemorySwap"] = json!(memory * 2);
    }
    for (namespace, key, own) in [
        (Namespace::Pid, "PidMode", ""),
        (Namespace::Ipc, "IpcMode", "private"),
        (Namespace::Cgroup, "CgroupnsMode", "private"),
    ] {
        if after.namespaces.contains(&namespace) && !before.namespaces.contains(&namespace) {
            host[key] = json!(own);
        }
    }
    if (before.devices.all && !after.devices.all) || (!before.read_only_sys && after.read_only_sys) {
        host["Privileged"] = json!(false);
    }
    if after.masked_paths != before.masked_paths || after.read_only_paths != before.read_only_paths {
        host["MaskedPaths"] = json!(after.masked_paths);
        host["ReadonlyPaths"] = json!(after.read_only_paths);
    }
    if after.devices != before.devices {
        host["DeviceCgroupRules"] = Value::Null;
        if let Some(devices) = host["Devices"].as_array_mut() {
            devices.retain(|device| {
                device["PathOnHost"]
                    .as_str()
                    .is_some_and(|path| after.devices.paths.iter().any(|it| it == path))
            });
        }
    }
    if before.network == Network::Neighbour && after.network != Network::Neighbour {
        host["NetworkMode"] = json!("default");
        it["NetworkSettings"]["Networks"] = json!({"bridge": {}});
    }
    if let Some(mounts) = it["Mounts"].as_array_mut() {
        let kept = |mount: &Value, of: &Spec| {
            let target = mount["Destination"].as_str().unwrap_or_default();
            of.mounts.iter().find(|it| it.target == target).map(|it| it.read_only)
        };
        // What the clone has no stand-in for stays as it is.
        mounts.retain(|mount| kept(mount, before).is_none() || kept(mount, after).is_some());
        for mount in mounts {
            if kept(mount, after) == Some(true) {
                mount["RW"] = json!(false);
            }
        }
    }
    it
}

/// A text as YAML takes it whatever is in it.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
