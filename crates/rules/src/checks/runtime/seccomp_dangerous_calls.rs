use crate::checks::prelude::*;
use tyrian_model::workload::Seccomp;

check! {
    /// A seccomp profile lets through system calls that the default profile stops.
    ///
    /// ## What it checks
    /// What a profile of its own lets through whatever the arguments: mounting, namespaces (`unshare`, `setns`,
    /// `clone`), the keyring (`add_key`, `keyctl`, `request_key`), kernel modules, `kexec`, `bpf`,
    /// `perf_event_open`, `userfaultfd`, `io_uring` and others of that kind. A profile that allows by default
    /// lets through all that it does not name. `clone` and `unshare` count where their flags may ask for a new
    /// user namespace, whatever the form of the rule. `ptrace`, which the default profile allows too, is left to
    /// the capability SYS_PTRACE. What the default profile lets through for a capability that the
    /// container has is not counted.
    /// ## Why it matters
    /// That there is a profile says nothing. These calls reach parts of the kernel that know no containers, or
    /// in which holes were found again and again.
    /// ## Fix
    /// Make the profile of what the program does, with `defaultAction: SCMP_ACT_ERRNO`; take these calls out,
    /// or give them arguments. `clone` needs a mask that stops new namespaces.
    "seccomp-dangerous-calls",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["seccomp", "generated-profile"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.22"],
    bad: &[
        Example::Tree(&[
            ("compose.yaml", "services: {a: {image: nginx, security_opt: ['seccomp:web.json']}}"),
            ("web.json", r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount", "reboot"], "action": "SCMP_ACT_ERRNO"}]}"#),
        ]),
        Example::Engine(r#"{"version": {"Arch": "amd64", "KernelVersion": "6.1.0", "Version": "24.0.7"}, "containers": [{"Name": "/a", "HostConfig":
            {"Privileged": false, "CapAdd": null, "CapDrop": null, "SecurityOpt": ["seccomp={\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\", \"keyctl\", \"unshare\"], \"action\": \"SCMP_ACT_ALLOW\"}]}"]}}]}"#),
    ],
    good: &[
        Example::Tree(&[
            ("compose.yaml", "services: {a: {image: nginx, security_opt: ['seccomp:web.json']}, b: {image: nginx}}"),
            ("web.json", r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
                {"names": ["read", "write", "execve", "exit_group"], "action": "SCMP_ACT_ALLOW"},
                {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]}]}"#),
        ]),
        Example::Engine(r#"{"version": {"Arch": "amd64", "KernelVersion": "6.1.0", "Version": "24.0.7"}, "containers": [{"Name": "/a", "HostConfig":
            {"Privileged": false, "CapAdd": null, "CapDrop": null, "SecurityOpt": ["seccomp={\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\", \"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\"}, {\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\"]}}]}"]}}]}"#),
    ],
}

/// What they give, and the calls. None of them is open in the default profile of Docker or containerd without a
/// capability.
const DANGEROUS: [(&str, &[&str]); 8] = [
    (
        "mounting",
        &[
            "fsconfig",
            "fsmount",
            "fsopen",
            "fspick",
            "mount",
            "mount_setattr",
            "move_mount",
            "open_tree",
            "pivot_root",
            "umount",
            "umount2",
        ],
    ),
    ("new and others' namespaces", &["clone", "clone3", "setns", "unshare"]),
    ("the keyring of the kernel", &["add_key", "keyctl", "request_key"]),
    (
        "code in the kernel",
        &[
            "bpf",
            "create_module",
            "delete_module",
            "finit_module",
            "init_module",
            "kexec_file_load",
            "kexec_load",
        ],
    ),
    (
        "parts of the kernel with many holes",
        &["io_uring_enter", "io_uring_register", "io_uring_setup", "perf_event_open", "userfaultfd"],
    ),
    ("files past their paths", &["open_by_handle_at"]),
    ("ports and memory of devices", &["ioperm", "iopl", "vm86", "vm86old"]),
    (
        "the machine itself",
        &[
            "clock_settime",
            "clock_settime64",
            "reboot",
            "settimeofday",
            "stime",
            "swapoff",
            "swapon",
            "syslog",
        ],
    ),
];

fn check(see: &See, it: &Confinement) -> Judged {
    let Seccomp::Custom { allows, .. } = see.get(&it.seccomp)? else { return not_applicable() };
    let (through, held) = (see.get(allows)?, see.get(&it.capabilities)?);
    let open = |(gives, calls): &(&str, &[&str])| {
        let open: Vec<&str> = calls
            .iter()
            .copied()
            .filter(|call| {
                through.contains(*call) && !opened_by(call).iter().any(|name| held.contains(*name))
            })
            .collect();
        (!open.is_empty()).then(|| format!("{gives} ({})", open.join(", ")))
    };
    let open: Vec<String> = DANGEROUS.iter().filter_map(open).collect();
    if open.is_empty() {
        return pass();
    }
    fail(it.seccomp.pos(), format!("its seccomp profile lets through {}", open.join("; ")))
}

/// The capabilities with which the default profile lets a call through too: dangerous-capability and
/// added-capability speak of these.
fn opened_by(call: &str) -> &'static [&'static str] {
    match call {
        "add_key" | "keyctl" | "request_key" | "userfaultfd" => &[],
        "io_uring_enter" | "io_uring_register" | "io_uring_setup" => &[],
        "create_module" | "delete_module" | "finit_module" | "init_module" => &["SYS_MODULE"],
        "kexec_file_load" | "kexec_load" | "reboot" => &["SYS_BOOT"],
        "clock_settime" | "clock_settime64" | "settimeofday" | "stime" => &["SYS_TIME"],
        "vm86" | "vm86old" => &[],
        "ioperm" | "iopl" => &["SYS_RAWIO"],
        "open_by_handle_at" => &["DAC_READ_SEARCH"],
        "bpf" => &["SYS_ADMIN", "BPF"],
        "perf_event_open" => &["SYS_ADMIN", "PERFMON"],
        "syslog" => &["SYS_ADMIN", "SYSLOG"],
        _ => &["SYS_ADMIN"],
    }
}
