//! The search, on workloads whose needs are known.

use super::*;

/// A server that becomes another user, writes to its cache, and makes a few system calls.
fn needs(spec: &Spec, traced: bool, needs: &[&str], writes: &[&str], as_root: bool) -> Result<Seen, String> {
    if as_root && spec.user.uid != 0 {
        return Err("it must be root".into());
    }
    if spec.user.uid == 0
        && let Some(name) = needs.iter().find(|name| !spec.capabilities.effective.contains(**name))
    {
        return Err(format!("it lacks {name}"));
    }
    let is_memory = |path: &str| spec.mounts.iter().any(|mount| path.starts_with(&mount.target));
    if spec.read_only_root
        && let Some(path) = writes.iter().find(|path| !is_memory(path))
    {
        return Err(format!("{path} cannot be written"));
    }
    if let Filter::Profile(profile) = &spec.seccomp
        && !profile.syscalls[0].names.iter().any(|name| name == "sendfile")
    {
        return Err("sendfile is refused".into());
    }
    let calls = if traced { BTreeSet::from([libc::SYS_sendfile as u32]) } else { BTreeSet::new() };
    Ok(Seen {
        changed: writes.iter().map(|path| (*path).to_owned()).collect(),
        users: BTreeSet::from([(0, 0), (101, 101)]),
        took: Duration::ZERO,
        never_stops: false,
        pids: 3,
        memory: 10 << 20,
        calls,
    })
}

fn as_today() -> Spec {
    let names: BTreeSet<String> =
        tyrian_model::workload::DEFAULT_CAPABILITIES.iter().map(|name| (*name).to_owned()).collect();
    Spec {
        capabilities: Capabilities::of_root(&names),
        seccomp: Filter::EngineDefault,
        network: Network::Lab,
        namespaces: BTreeSet::from([Namespace::Pid, Namespace::Ipc, Namespace::Cgroup]),
        read_only_sys: true,
        ..Spec::default()
    }
}

fn find(kinds: &[&str], writes: &[&str], as_root: bool) -> Hardened {
    search(&as_today(), &mut |spec, traced| Ok(needs(spec, traced, kinds, writes, as_root)), &|_| {}).unwrap()
}

#[test]
fn what_nothing_misses_goes_at_once() {
    let found = find(&[], &["/var/cache/nginx/x", "/run/nginx.pid"], false);
    let spec = &found.spec;
    assert!(spec.read_only_root && spec.no_new_privileges && spec.capabilities.bounding.is_empty());
    assert_eq!((spec.user.uid, spec.user.gid), (101, 101));
    let memory: Vec<&str> = spec.mounts.iter().map(|mount| mount.target.as_str()).collect();
    assert_eq!(memory, ["/run", "/var/cache/nginx"]);
    assert!(matches!(spec.seccomp, Filter::Profile(_)));
    assert!(found.runs < 8, "{}", found.runs);
}

#[test]
fn what_is_missed_stays_and_nothing_else() {
    let found = find(&["SETUID", "SETGID"], &["/etc/resolv.conf.new"], true);
    let kept: Vec<&str> = found.spec.capabilities.bounding.iter().map(String::as_str).collect();
    assert_eq!(kept, ["SETGID", "SETUID"]);
    assert_eq!(found.spec.user.uid, 0);
    // The image's own /etc is not hidden as long as something else does.
    assert!(found.spec.read_only_root);
    let refused: Vec<&str> =
        found.tried.iter().filter(|t| t.refused.is_some()).map(|t| t.change.as_str()).collect();
    assert!(
        refused.contains(&"no capabilities") && refused.contains(&"the user 101:101, without capabilities"),
        "{refused:?}"
    );
}

#[test]
fn what_is_missed_of_many_changes_is_found_and_the_others_are_kept() {
    let directory = |of: &str, target: &str| Mount {
        kind: MountKind::Directory { of: of.into(), host: true },
        target: target.into(),
        read_only: false,
        executable: true,
        setuid: true,
    };
    let spec = Spec {
        network: Network::Neighbour,
        namespaces: BTreeSet::new(),
        mounts: vec![directory("/", "/host"), directory("/srv/data", "/data")],
        ..Spec::default()
    };
    // It sees the host's processes, and without them it does not start.
    let mut live = |spec: &Spec, traced: bool| {
        let sick = spec.namespaces.contains(&Namespace::Pid);
        Ok(if sick { Err("no such process".into()) } else { needs(spec, traced, &[], &[], false) })
    };
    let found = search(&spec, &mut live, &|_| {}).unwrap();
    assert!(!found.spec.namespaces.contains(&Namespace::Pid));
    assert!(found.spec.namespaces.contains(&Namespace::Ipc) && found.spec.no_new_privileges);
    assert_eq!(found.spec.network, Network::Lab);
    let kept: Vec<(&str, bool)> =
        found.spec.mounts.iter().map(|mount| (mount.target.as_str(), mount.read_only)).collect();
    assert_eq!(kept, [("/data", true)], "the root of the host is missed by nobody");
    let refused: Vec<&str> =
        found.tried.iter().filter(|t| t.refused.is_some()).map(|t| t.change.as_str()).collect();
    assert_eq!(refused, ["a process namespace of its own"]);
}

#[test]
fn a_strict_filter_lets_processes_be_made_and_no_namespaces() {
    let calls = BTreeSet::from([libc::SYS_clone as u32, libc::SYS_clone3 as u32, libc::SYS_unshare as u32]);
    let rule = |profile: &Profile, name: &str| {
        profile.syscalls.iter().find(|rule| rule.names.iter().any(|known| known == name)).cloned()
    };
    let strict = profile(&calls, &[], true);
    let clone = rule(&strict, "clone").unwrap();
    assert_eq!((clone.args[0].value, clone.args[0].op.as_str()), (0x7e02_0000, "SCMP_CMP_MASKED_EQ"));
    assert_eq!(rule(&strict, "clone3").unwrap().errno_ret, Some(38));
    assert_eq!(rule(&strict, "unshare"), None);
    let loose = profile(&calls, &[], false);
    for name in ["clone", "clone3", "unshare"] {
        assert_eq!(
            rule(&loose, name).map(|rule| (rule.action, rule.args)),
            Some(("SCMP_ACT_ALLOW".into(), vec![]))
        );
    }
}

#[test]
fn what_is_hidden_already_stays_hidden() {
    let spec = Spec { masked_paths: vec!["/proc/of-mine".into()], ..as_today() };
    let mut live = |spec: &Spec, traced: bool| Ok(needs(spec, traced, &[], &[], false));
    let found = search(&spec, &mut live, &|_| {}).unwrap();
    assert_eq!(found.spec.masked_paths.len(), MASKED.len() + 1);
}

#[test]
fn a_workload_that_does_not_live_today_is_not_hardened() {
    let failed = search(&as_today(), &mut |_, _| Ok(Err("it ended with status 1".into())), &|_| {});
    assert!(matches!(failed, Err(Failed::Sick(why)) if why.contains("status 1")));
}

#[test]
fn directories_are_those_above_the_deepest_changes() {
    let changed = [
        "/var",
        "/var/cache",
        "/var/cache/nginx",
        "/var/cache/nginx/client_temp",
        "/run",
        "/run/nginx.pid",
        "/data",
        "/data/x",
        "/dev/shm/y",
    ];
    let changed: Vec<String> = changed.map(str::to_owned).to_vec();
    assert_eq!(written(&changed, &["/data".into()]), ["/run", "/var/cache/nginx"].map(str::to_owned).into());
}

#[test]
fn the_settings_are_written_for_docker_compose_and_pods() {
    let (before, after) = (as_today(), find(&[], &["/run/x"], false).spec);
    let flags = write::docker(&before, &after);
    for flag in [
        "--user 101:101",
        "--cap-drop ALL",
        "--read-only",
        "--tmpfs /run:noexec,nosuid,nodev,uid=101,gid=101",
        "--security-opt seccomp=seccomp.json",
        "--pids-limit 32",
    ] {
        assert!(flags.iter().any(|it| it == flag), "{flag}: {flags:?}");
    }
    let compose = write::compose("a: b", &before, &after);
    assert!(
        compose.starts_with("services:\n  \"a: b\":\n    user: \"101:101\"\n    cap_drop: [ALL]\n"),
        "{compose}"
    );
    let today = serde_json::json!({"Config": {"User": ""}, "Mounts": [], "HostConfig": {"SecurityOpt": null, "Privileged": false}});
    let said = write::inspected(&today, &before, &after);
    assert_eq!(said["Config"]["User"], "101:101");
    let host = &said["HostConfig"];
    assert_eq!((&host["CapDrop"], &host["CapAdd"]), (&serde_json::json!(["ALL"]), &serde_json::json!([])));
    assert_eq!((&host["ReadonlyRootfs"], &host["PidsLimit"]), (&true.into(), &32.into()));
    assert_eq!(host["Tmpfs"]["/run"], "noexec,nosuid,nodev,uid=101,gid=101");
    let options = host["SecurityOpt"].as_array().unwrap();
    assert!(options.iter().any(|it| it == "no-new-privileges"), "{options:?}");
    assert!(options.iter().any(|it| it.as_str().unwrap().starts_with("seccomp={")), "{options:?}");
    assert_eq!(write::inspected(&today, &before, &before), {
        let mut same = today.clone();
        same["HostConfig"]["SecurityOpt"] = serde_json::json!([]);
        same
    });
    let pod = write::pod("web", &before, &after);
    let context = pod.pointer("/spec/template/spec/containers/0/securityContext").unwrap();
    assert_eq!(context["runAsNonRoot"], true);
    assert_eq!(context["allowPrivilegeEscalation"], false);
    assert_eq!(write::without(&before, &after), Vec::<String>::new());
}
