use crate::checks::prelude::*;
use crate::host::{in_container, setting};

check! {
    /// Ordinary users reach parts of the kernel that exploits like.
    ///
    /// ## What it checks
    /// `kernel.unprivileged_bpf_disabled` is 0, or `vm.unprivileged_userfaultfd` is 1.
    /// ## Why it matters
    /// The BPF verifier has been a source of holes, and userfaultfd makes races in the kernel easy to win. A
    /// container whose seccomp profile is off has both.
    /// ## Fix
    /// Set `kernel.unprivileged_bpf_disabled=1` (or 2) and `vm.unprivileged_userfaultfd=0` in `/etc/sysctl.d`.
    "unprivileged-kernel-features",
    layer: Layer::Host,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine"],
    ids: &["attack:T1068", "nist:3.5.2"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.unprivileged_bpf_disabled": "0"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.unprivileged_bpf_disabled": "2", "vm.unprivileged_userfaultfd": "1"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.unprivileged_bpf_disabled": "2", "vm.unprivileged_userfaultfd": "0"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.unprivileged_bpf_disabled": "1"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let wrong = [("kernel.unprivileged_bpf_disabled", 0), ("vm.unprivileged_userfaultfd", 1)];
    each(see, wrong, |see, (name, wrong)| match setting(see, it, name)? {
        Some(value) if value == wrong => fail(None, format!("has {name}={value}")),
        Some(_) => pass(),
        None => not_applicable(),
    })
}
