use crate::checks::prelude::*;
use crate::dockerfile::shown;
use tyrian_model::image::FileKind;

check! {
    /// An image has setuid programs that its distribution does not bring along.
    ///
    /// ## What it checks
    /// Ordinary files with the setuid bit whose owner is root, or with the setgid bit of root's group, apart
    /// from those that a plain Debian, Ubuntu, Alpine, Fedora or SUSE has (`su`, `passwd`, `mount` and the
    /// like).
    /// ## Why it matters
    /// Everybody in the container can run them as root: one fault in one of them, and the user that the image
    /// runs as means nothing.
    /// ## Fix
    /// `chmod u-s,g-s` on them in the Dockerfile, leave out the package that brings them, or start containers
    /// with no-new-privileges, which makes the bit void.
    "setuid-in-image",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "no-new-privileges"],
    ids: &["attack:T1548.001", "nist:3.1.2", "cis-docker:4.8"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/usr/bin/helper": {"kind": "regular", "mode": 2541, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/usr/bin/su": {"kind": "regular", "mode": 2541, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/usr/bin/sudo": {"kind": "regular", "mode": 2541, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/usr/bin/su": {"kind": "regular", "mode": 2541, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/bin/mount": {"kind": "regular", "mode": 2541, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/usr/bin/ls": {"kind": "regular", "mode": 493, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/var/mail": {"kind": "directory", "mode": 1533, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/usr/bin/chage": {"kind": "regular", "mode": 1517, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
    ],
}

/// What plain systems have, by name.
const ORDINARY: [&str; 33] = [
    "su",
    "passwd",
    "mount",
    "umount",
    "chfn",
    "chsh",
    "chage",
    "expiry",
    "gpasswd",
    "newgrp",
    "newgidmap",
    "newuidmap",
    "unix_chkpwd",
    "unix2_chkpwd",
    "pam_timestamp_check",
    "ping",
    "ping6",
    "wall",
    "write",
    "bbsuid",
    "fusermount",
    "fusermount3",
    "ssh-agent",
    "ssh-keysign",
    "dotlockfile",
    "crontab",
    "at",
    "grub2-set-bootflag",
    "userhelper",
    "utempter",
    "dbus-daemon-launch-helper",
    "locate",
    "mlocate",
];

fn check(see: &See, it: &Image) -> Judged {
    let mut found = Vec::new();
    for (path, file) in see.get(&it.files)? {
        let setuid = file.mode & 0o4000 != 0 && file.uid == 0;
        let setgid = file.mode & 0o2010 == 0o2010 && file.gid == 0;
        let name = path.rsplit('/').next().unwrap_or("");
        if file.kind == FileKind::Regular && (setuid || setgid) && !ORDINARY.contains(&name) {
            let what = format!(
                "lets everybody run {} as {}",
                shown(path),
                if setuid { "root" } else { "root's group" }
            );
            found.push(Fault { what, at: None });
        }
    }
    faults(found)
}
