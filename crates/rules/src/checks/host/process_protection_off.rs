use crate::checks::prelude::*;
use crate::host::{in_container, setting};

check! {
    /// Protections of processes and files in the kernel are turned off.
    ///
    /// ## What it checks
    /// `kernel.randomize_va_space` below 2, `vm.mmap_min_addr` below 4096, `fs.suid_dumpable` 1,
    /// `fs.protected_symlinks` or `fs.protected_hardlinks` 0.
    /// ## Why it matters
    /// Each of them turns a class of small faults in programs into a way to more rights.
    /// ## Fix
    /// Set `kernel.randomize_va_space=2`, `vm.mmap_min_addr=65536`, `fs.suid_dumpable=0` (or 2 with a safe core
    /// handler), `fs.protected_symlinks=1` and `fs.protected_hardlinks=1`.
    "process-protection-off",
    layer: Layer::Host,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine"],
    ids: &["attack:T1068", "nist:3.5.2"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.randomize_va_space": "0"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"fs.protected_symlinks": "0", "fs.suid_dumpable": "0"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"fs.suid_dumpable": "1"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"kernel.randomize_va_space": "2", "vm.mmap_min_addr": "65536", "fs.suid_dumpable": "2", "fs.protected_symlinks": "1", "fs.protected_hardlinks": "1"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let wanted = [
        ("kernel.randomize_va_space", 2),
        ("vm.mmap_min_addr", 4096),
        ("fs.protected_symlinks", 1),
        ("fs.protected_hardlinks", 1),
        ("fs.suid_dumpable", 0),
    ];
    each(see, wanted, |see, (name, least)| match setting(see, it, name)? {
        Some(1) if name == "fs.suid_dumpable" => fail(None, "has fs.suid_dumpable=1"),
        Some(value) if value < least => fail(None, format!("has {name}={value}, less than {least}")),
        Some(_) => pass(),
        None => not_applicable(),
    })
}
