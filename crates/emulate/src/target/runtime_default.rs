//! A filter that stands for the runtime's own default one, where that cannot be read: it refuses the calls that
//! runtimes refuse by default, and lets all others through.
//!
//! Source: "Seccomp security profiles for Docker", the table of significant calls that its profile blocks; the calls
//! that came to Linux after it are refused like those that they replace.

use crate::seccomp;
use crate::spec::{Argument, Profile, Rule};

/// Refused whoever asks.
const REFUSED: [&str; 18] = [
    "add_key",
    "get_kernel_syms",
    "get_mempolicy",
    "keyctl",
    "mbind",
    "move_pages",
    "nfsservctl",
    "personality",
    "query_module",
    "request_key",
    "set_mempolicy",
    "sysfs",
    "_sysctl",
    "uselib",
    "userfaultfd",
    "ustat",
    "vm86",
    "vm86old",
];

/// Refused to who lacks the capability.
const BY_CAPABILITY: [(&str, &[&str]); 10] = [
    (
        "SYS_ADMIN",
        &[
            "bpf",
            "fanotify_init",
            "fsconfig",
            "fsmount",
            "fsopen",
            "fspick",
            "lookup_dcookie",
            "mount",
            "mount_setattr",
            "move_mount",
            "open_tree",
            "perf_event_open",
            "quotactl",
            "setdomainname",
            "sethostname",
            "setns",
            "swapoff",
            "swapon",
            "umount",
            "umount2",
            "unshare",
        ],
    ),
    ("DAC_READ_SEARCH", &["open_by_handle_at"]),
    ("SYS_BOOT", &["kexec_file_load", "kexec_load", "reboot"]),
    ("SYS_CHROOT", &["chroot"]),
    ("SYS_MODULE", &["create_module", "delete_module", "finit_module", "init_module"]),
    ("SYS_PACCT", &["acct"]),
    ("SYS_PTRACE", &["kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev"]),
    ("SYS_RAWIO", &["ioperm", "iopl"]),
    ("SYS_TIME", &["clock_settime", "settimeofday", "stime"]),
    ("SYSLOG", &["syslog"]),
];

/// `clone` with any of these flags makes namespaces.
const NAMESPACES: u64 = 0x7e02_0000;

/// The filter, for a container with these capabilities.
pub fn profile(capabilities: &std::collections::BTreeSet<String>) -> Profile {
    let mut names: Vec<&str> = REFUSED.to_vec();
    for (capability, calls) in BY_CAPABILITY {
        if !capabilities.contains(capability) {
            names.extend(calls);
        }
    }
    let refuse = |names: Vec<&str>, errno: u32, args: Vec<Argument>| Rule {
        names: names.into_iter().map(str::to_owned).collect(),
        action: "SCMP_ACT_ERRNO".into(),
        errno_ret: Some(errno),
        args,
    };
    let mut syscalls = vec![refuse(names, 1, Vec::new())];
    if !capabilities.contains("SYS_ADMIN") {
        // One rule a flag: any of them is enough.
        for flag in (0..64).map(|bit| 1u64 << bit).filter(|flag| NAMESPACES & flag != 0) {
            let set = Argument { index: 0, value: flag, value_two: flag, op: "SCMP_CMP_MASKED_EQ".into() };
            syscalls.push(refuse(vec!["clone"], 1, vec![set]));
        }
        // Its flags lie in memory, which no filter sees: a C library takes `clone` when it is not there.
        syscalls.push(refuse(vec!["clone3"], 38, Vec::new()));
    }
    Profile {
        default_action: "SCMP_ACT_ALLOW".into(),
        architectures: vec![seccomp::architecture().to_owned()],
        syscalls,
        ..Profile::default()
    }
}
