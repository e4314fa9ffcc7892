use crate::checks::prelude::*;

check! {
    /// A container sets a kernel setting that is not known to be safe.
    ///
    /// ## What it checks
    /// `sysctls` of a pod's security context, of Compose and of the engine, against the settings that belong to
    /// the container alone and cannot hurt others: the range of local ports, unprivileged ports, keep-alive and
    /// time-out of TCP, SYN cookies, ping groups, reserved ports, buffers of TCP, and `shm_rmid_forced`.
    /// ## Why it matters
    /// Others take memory of the kernel or queues away from the neighbours, and settings of the network can make
    /// a container forward packets, take redirects, or answer from addresses that are not its own.
    /// ## Fix
    /// Take it out. What the whole node needs is set on the node; a program that needs a setting of its own runs
    /// on nodes of its own.
    "unsafe-sysctl",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["resource-limits", "network-least-privilege"],
    ids: &["attack:T1499", "nist:3.4.3", "pss:baseline"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: redis, sysctls: [kernel.shmmax=68719476736]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {securityContext: {sysctls: [{name: net.ipv4.conf.all.accept_redirects, value: '1'}]}, containers: [{name: a, image: vpn}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Sysctls": {"net.ipv4.ip_forward": "1"}}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, sysctls: {net.ipv4.ip_unprivileged_port_start: 0}}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {securityContext: {sysctls: [{name: net/ipv4/tcp_syncookies, value: '1'}]}, containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {}}]}"#),
    ],
}

const SAFE: [&str; 11] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
];

/// Settings that take something away from whoever sends packets are as good as safe, at these values.
const STRICT: [(&str, &[&str]); 9] = [
    ("accept_ra", &["0"]),
    ("accept_redirects", &["0"]),
    ("accept_source_route", &["0"]),
    ("disable_ipv6", &["0", "1"]),
    ("ip_forward", &["0"]),
    ("log_martians", &["1"]),
    ("rp_filter", &["1", "2"]),
    ("send_redirects", &["0"]),
    ("tcp_syncookies", &["0", "1", "2"]),
];

fn check(see: &See, it: &Confinement) -> Judged {
    let settings = see.get(&it.details.sysctls)?;
    let is_safe = |name: &str, value: &str| {
        let last = name.rsplit('.').next().unwrap_or_default();
        SAFE.contains(&name) || STRICT.iter().any(|(known, at)| *known == last && at.contains(&value.trim()))
    };
    let fault = |(name, value): (&String, &String)| Fault {
        what: format!("sets {name} to {value}, which is not known to be safe"),
        at: it.details.sysctls.pos(),
    };
    faults(settings.iter().filter(|(name, value)| !is_safe(name, value)).map(fault).collect())
}
