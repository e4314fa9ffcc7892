//! Kernel settings.

use super::*;

control! {
    /// `securityContext.sysctls` of the pod names only settings that end at the pod: `kernel.shm_rmid_forced`,
    /// `net.ipv4.ip_local_port_range`, `net.ipv4.ip_unprivileged_port_start`, `net.ipv4.ping_group_range` and
    /// `net.ipv4.tcp_syncookies`; since v1.27 `net.ipv4.ip_local_reserved_ports`; since v1.29
    /// `net.ipv4.tcp_fin_timeout`, `net.ipv4.tcp_keepalive_intvl`, `net.ipv4.tcp_keepalive_probes` and
    /// `net.ipv4.tcp_keepalive_time`; since v1.32 `net.ipv4.tcp_rmem` and `net.ipv4.tcp_wmem`; since
    /// v1.37 `net.ipv4.tcp_notsent_lowat` and `net.ipv4.tcp_slow_start_after_idle`. Since v1.0.
    "sysctls",
    title: "Sysctls",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "take the sysctl out of the pod, and set it on the nodes of that pod if it has to be",
}

/// What is allowed, and since which minor release.
const ALLOWED: [(&str, u32); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_notsent_lowat", 37),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.tcp_wmem", 32),
];

fn judge(see: &See, pod: &PodSecurity, version: Version) -> Result<Vec<Breach>, Unseen> {
    let allowed = |name: &str| ALLOWED.iter().any(|(known, since)| *known == name && version.is_from(*since));
    let mut found = Vec::new();
    for (index, sysctl) in see.get(&pod.sysctls)?.iter().enumerate() {
        if !allowed(&sysctl.text) {
            let field = format!("securityContext.sysctls[{index}].name");
            let wanted = "a sysctl that ends at the pod";
            found.push(Spot::pod(pod).breach(&field, sysctl.text.clone(), wanted, sysctl.at.clone()));
        }
    }
    Ok(found)
}
