//! Namespaces of the host.

use super::*;

control! {
    /// A pod keeps its own network, process and IPC namespaces: `hostNetwork`, `hostPID` and `hostIPC` of its spec
    /// are false or not set. Since v1.0.
    "hostNamespaces",
    title: "Host namespaces",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "take hostNetwork, hostPID and hostIPC out of the pod's spec",
}

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    let spot = Spot::pod(pod);
    let fields = [("hostNetwork", &pod.host_network), ("hostPID", &pod.host_pid), ("hostIPC", &pod.host_ipc)];
    let of = |(field, fact): (&str, &Known<Option<bool>>)| {
        see.apart(|see| spot.forbid(see, fact, field, "false, or not set", |shared| *shared))
    };
    Ok(fields.into_iter().filter_map(of).filter_map(Result::ok).flatten().collect())
}
