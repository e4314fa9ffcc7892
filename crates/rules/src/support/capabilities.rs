//! What each capability of Linux gives to whoever has taken a container.

use std::collections::BTreeSet;

/// How far a capability reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Out of the container, without a hole in the kernel.
    Host,
    /// Into what the container shares with others.
    Beside,
    /// No further than the container, but few programs of the many that have it by default need it.
    Spare,
    /// No further than the container. Runtimes give it by default, or it gives an attacker next to nothing.
    Own,
}

/// Every capability, how far it reaches, and what it gives.
const GIVES: [(&str, Reach, &str); 41] = [
    ("AUDIT_CONTROL", Reach::Beside, "turns the audit of the kernel off"),
    ("AUDIT_READ", Reach::Beside, "reads the audit records of the host"),
    ("AUDIT_WRITE", Reach::Own, "writes records into the audit of the kernel"),
    ("BLOCK_SUSPEND", Reach::Own, "keeps the machine awake"),
    ("BPF", Reach::Host, "loads programs into the kernel"),
    ("CHECKPOINT_RESTORE", Reach::Host, "takes over the state of processes"),
    ("CHOWN", Reach::Own, "gives files to others"),
    ("DAC_OVERRIDE", Reach::Own, "reads and writes files whatever their mode"),
    ("DAC_READ_SEARCH", Reach::Host, "opens any file of the host's file system by its handle"),
    ("FOWNER", Reach::Own, "changes files of others as if they were its own"),
    ("FSETID", Reach::Own, "keeps setuid on files that it changes"),
    ("IPC_LOCK", Reach::Own, "keeps memory from being swapped out"),
    ("IPC_OWNER", Reach::Beside, "reads and writes the shared memory of others"),
    ("KILL", Reach::Own, "sends signals to the processes of others that it sees"),
    ("LEASE", Reach::Own, "is told before others open a file"),
    ("LINUX_IMMUTABLE", Reach::Beside, "makes files that nobody can mend or delete"),
    ("MAC_ADMIN", Reach::Host, "changes the rules of AppArmor and SELinux"),
    ("MAC_OVERRIDE", Reach::Beside, "passes by Smack"),
    ("MKNOD", Reach::Spare, "makes devices"),
    ("NET_ADMIN", Reach::Beside, "changes addresses, routes and filters of its network"),
    ("NET_BIND_SERVICE", Reach::Own, "listens on ports below 1024"),
    ("NET_BROADCAST", Reach::Own, "nothing that the kernel asks for"),
    ("NET_RAW", Reach::Spare, "forges packets and listens to its neighbours"),
    ("PERFMON", Reach::Host, "observes the kernel and all processes"),
    ("SETFCAP", Reach::Own, "gives capabilities to files"),
    ("SETGID", Reach::Own, "becomes any group"),
    ("SETPCAP", Reach::Own, "passes its capabilities on"),
    ("SETUID", Reach::Own, "becomes any user"),
    ("SYSLOG", Reach::Beside, "reads the kernel's log and addresses"),
    ("SYS_ADMIN", Reach::Host, "mounts, enters namespaces, and nearly all else that root can do"),
    ("SYS_BOOT", Reach::Beside, "restarts the machine or loads another kernel"),
    ("SYS_CHROOT", Reach::Own, "changes its root directory"),
    ("SYS_MODULE", Reach::Host, "loads code into the kernel"),
    ("SYS_NICE", Reach::Own, "puts itself before others at the processor"),
    ("SYS_PACCT", Reach::Own, "turns the accounting of processes on and off"),
    ("SYS_PTRACE", Reach::Host, "reads and changes every process that it sees"),
    ("SYS_RAWIO", Reach::Host, "reads and writes memory and devices past the kernel"),
    ("SYS_RESOURCE", Reach::Beside, "passes by limits and quotas"),
    ("SYS_TIME", Reach::Beside, "sets the clock of the host"),
    ("SYS_TTY_CONFIG", Reach::Own, "hangs up terminals"),
    ("WAKE_ALARM", Reach::Own, "wakes the machine up"),
];

/// Those of that reach among the capabilities that are held, each with what it gives.
pub(crate) fn held(
    capabilities: &BTreeSet<String>,
    reach: Reach,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    GIVES
        .iter()
        .filter(move |(name, of, _)| *of == reach && capabilities.contains(*name))
        .map(|(name, _, gives)| (*name, *gives))
}

/// What a fault says of a capability that is held.
pub(crate) fn said(name: &str, gives: &str) -> String {
    format!("has the capability {name}, which {gives}")
}

/// The capability of which a fault says that; none where it speaks of another thing.
pub(crate) fn named(fault: &str) -> Option<&'static str> {
    GIVES.iter().find(|(name, _, gives)| said(name, gives) == fault).map(|(name, ..)| *name)
}

/// Are these all that there are? A machine may have taken some from everybody.
pub(crate) fn is_everything(capabilities: &BTreeSet<String>) -> bool {
    ["SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"].iter().all(|name| capabilities.contains(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tyrian_model::workload::{CAPABILITIES, DEFAULT_CAPABILITIES};

    #[test]
    fn every_capability_of_the_kernel_stands_once() {
        let mut named: Vec<&str> = GIVES.iter().map(|(name, ..)| *name).collect();
        assert!(named.is_sorted(), "the table is read by people");
        named.dedup();
        let kernel: BTreeSet<&str> = CAPABILITIES.into();
        assert_eq!(named.into_iter().collect::<BTreeSet<_>>(), kernel);
    }

    #[test]
    fn nothing_of_the_default_set_leads_out() {
        let default: BTreeSet<String> = DEFAULT_CAPABILITIES.map(str::to_owned).into();
        assert_eq!(held(&default, Reach::Host).count() + held(&default, Reach::Beside).count(), 0);
        assert_eq!(
            held(&default, Reach::Spare).map(|(name, _)| name).collect::<Vec<_>>(),
            ["MKNOD", "NET_RAW"]
        );
        assert!(!is_everything(&default));
    }
}
