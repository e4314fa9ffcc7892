use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// The kernel of the host has neither AppArmor nor SELinux in force.
    ///
    /// ## What it checks
    /// The active security modules in `/sys/kernel/security/lsm`: AppArmor, SELinux, Smack or TOMOYO must be among
    /// them.
    /// ## Why it matters
    /// Without one a root process of a container is held by capabilities and seccomp alone, and one mistake there
    /// is enough.
    /// ## Fix
    /// Boot with `lsm=...,apparmor` or with SELinux enabled, and load the runtime's default profile.
    "host-without-mac",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine", "mandatory-access-control"],
    ids: &["attack:T1611", "nist:3.5.2"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"lsms": {"is": ["lockdown", "capability", "landlock", "bpf"]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"lsms": {"is": ["lockdown", "capability", "yama", "apparmor"]}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"lsms": {"is": ["capability", "selinux", "bpf"]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let strong = ["apparmor", "selinux", "smack", "tomoyo"];
    if see.get(&it.lsms)?.iter().any(|module| strong.contains(&module.as_str())) {
        return pass();
    }
    fail(None, "has no security module that confines programs: neither AppArmor nor SELinux is active")
}
