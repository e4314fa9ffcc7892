use crate::checks::prelude::*;

check! {
    /// An image has an SSH server in it.
    ///
    /// ## What it checks
    /// The programs of OpenSSH's server, Dropbear and TinySSH among the files of the image.
    /// ## Why it matters
    /// A second way in that neither the engine nor the cluster sees, with accounts and keys of its own; whoever
    /// gets in by another way can start it.
    /// ## Fix
    /// Remove the package (`openssh-server`, `dropbear`); use `docker exec` or `kubectl exec`, which ask for
    /// rights and leave a record.
    "ssh-server-in-image",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["no-ssh-in-image", "minimal-image"],
    ids: &["attack:T1021.004", "nist:3.1.2", "nist:4.1.2", "cis-docker:5.7"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/usr/sbin/sshd": {"kind": "regular", "mode": 493, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/usr/sbin/dropbear": {"kind": "regular", "mode": 493, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/usr/bin/ssh": {"kind": "regular", "mode": 493, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/etc/ssh/ssh_config": {"kind": "regular", "mode": 420, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Image) -> Judged {
    const SERVERS: [&str; 3] = ["sshd", "dropbear", "tinysshd"];
    let folders = ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/sbin/", "/usr/local/bin/"];
    let server = |path: &&String| {
        folders.iter().filter_map(|folder| path.strip_prefix(folder)).any(|name| SERVERS.contains(&name))
    };
    faults(
        see.get(&it.files)?
            .keys()
            .filter(server)
            .map(|path| Fault { what: format!("has an SSH server, {path}"), at: None })
            .collect(),
    )
}
