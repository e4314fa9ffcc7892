//! What a seccomp profile in Docker's form lets through.

use crate::capabilities;
use crate::engine::said::{Heard, Said, gap};
use serde_json::Value;
use std::collections::BTreeSet;
use tyrian_model::fact::Why;

/// The system calls of x86-64 Linux, for a profile that allows what it does not name. Other architectures have
/// fewer old ones; those are harmless to list.
const SYSCALLS: &str = "\
    _sysctl accept accept4 access acct add_key adjtimex afs_syscall alarm arch_prctl bind bpf brk \
    cachestat capget capset chdir chmod chown chroot clock_adjtime clock_getres clock_gettime \
    clock_nanosleep clock_settime clone clone3 close close_range connect copy_file_range creat \
    create_module delete_module dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old \
    epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group \
    faccessat faccessat2 fadvise64 fallocate fanotify_init fanotify_mark fchdir fchmod fchmodat \
    fchmodat2 fchown fchownat fcntl fdatasync fgetxattr file_getattr file_setattr finit_module \
    flistxattr flock fork fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstat fstatfs fsync \
    ftruncate futex futex_requeue futex_wait futex_waitv futex_wake futimesat get_kernel_syms \
    get_mempolicy get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid geteuid \
    getgid getgroups getitimer getpeername getpgid getpgrp getpid getpmsg getppid getpriority getrandom \
    getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid \
    getxattr getxattrat init_module inotify_add_watch inotify_init inotify_init1 inotify_rm_watch \
    io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit io_uring_enter io_uring_register \
    io_uring_setup ioctl ioperm iopl ioprio_get ioprio_set kcmp kexec_file_load kexec_load keyctl kill \
    landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat listen \
    listmount listxattr listxattrat llistxattr lookup_dcookie lremovexattr lseek lsetxattr \
    lsm_get_self_attr lsm_list_modules lsm_set_self_attr lstat madvise map_shadow_stack mbind membarrier \
    memfd_create memfd_secret migrate_pages mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall \
    mmap modify_ldt mount mount_setattr move_mount move_pages mprotect mq_getsetattr mq_notify mq_open \
    mq_timedreceive mq_timedsend mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock \
    munlockall munmap name_to_handle_at nanosleep newfstatat nfsservctl open open_by_handle_at open_tree \
    open_tree_attr openat openat2 pause perf_event_open personality pidfd_getfd pidfd_open \
    pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 \
    preadv preadv2 prlimit64 process_madvise process_mrelease process_vm_readv process_vm_writev \
    pselect6 ptrace putpmsg pwrite64 pwritev pwritev2 query_module quotactl quotactl_fd read readahead \
    readlink readlinkat readv reboot recvfrom recvmmsg recvmsg remap_file_pages removexattr \
    removexattrat rename renameat renameat2 request_key restart_syscall rmdir rseq rt_sigaction \
    rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait \
    rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr \
    sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr \
    sched_setparam sched_setscheduler sched_yield seccomp security select semctl semget semop semtimedop \
    sendfile sendmmsg sendmsg sendto set_mempolicy set_mempolicy_home_node set_robust_list \
    set_thread_area set_tid_address setdomainname setfsgid setfsuid setgid setgroups sethostname \
    setitimer setns setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid \
    setsockopt settimeofday setuid setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack \
    signalfd signalfd4 socket socketpair splice stat statfs statmount statx swapoff swapon symlink \
    symlinkat sync sync_file_range syncfs sysfs sysinfo syslog tee tgkill time timer_create timer_delete \
    timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times \
    tkill truncate tuxcall umask umount2 uname unlink unlinkat unshare uselib userfaultfd ustat utime \
    utimensat utimes vfork vhangup vmsplice vserver wait4 waitid write writev";

/// Calls that only machines of 32 bits have, or the programs of 32 bits of another machine, and that do what others
/// do by another name.
const SYSCALLS_32: &str = "\
    _llseek _newselect clock_adjtime64 clock_settime64 ipc nice socketcall \
    stime umount vm86 vm86old";

/// The architectures of a profile, and whether they have calls of 32 bits.
const ARCHITECTURES: [(&str, bool); 23] = [
    ("AARCH64", false),
    ("ARM", true),
    ("LOONGARCH64", false),
    ("M68K", true),
    ("MIPS", true),
    ("MIPS64", false),
    ("MIPS64N32", true),
    ("MIPSEL", true),
    ("MIPSEL64", false),
    ("MIPSEL64N32", true),
    ("NATIVE", false),
    ("PARISC", true),
    ("PARISC64", false),
    ("PPC", true),
    ("PPC64", false),
    ("PPC64LE", false),
    ("RISCV64", false),
    ("S390", true),
    ("S390X", false),
    ("SH", true),
    ("SHEB", true),
    ("X32", true),
    ("X86_64", false),
];

/// What a rule's conditions are held against.
pub(crate) struct On<'a> {
    /// The capabilities that the container can have.
    pub(crate) capabilities: Heard<&'a BTreeSet<String>>,
    /// The architecture as Docker names it, `amd64`, and the kernel's release; nothing where the machine is not
    /// known yet. A rule that asks for one is then taken for a rule with a condition.
    pub(crate) machine: Option<(Heard<&'a str>, Heard<&'a str>)>,
}

/// Does a rule apply?
#[derive(PartialEq)]
enum Holds {
    Yes,
    No,
    /// That depends on the machine.
    Perhaps,
}

/// The system calls that a profile lets through without a condition, all by name. Where rules contradict one
/// another a call counts as let through by a profile that forbids by default, and as stopped by one that allows
/// by default only if a rule names it.
///
/// # Errors
/// The text is no profile, or it asks for something of the container that is a gap.
pub(crate) fn allows(profile: &str, on: &On) -> Heard<BTreeSet<String>> {
    let profile: Value = match serde_json::from_str(profile) {
        Ok(profile @ Value::Object(_)) => profile,
        _ => return gap(Why::Malformed, "the seccomp profile is not a JSON object"),
    };
    let profile = Said::is(&profile, "the seccomp profile: ");
    let default = lets_through(profile.get("defaultAction").text()?)?;
    let narrow = has_narrow(&profile)?;
    let mut calls = BTreeSet::new();
    if default {
        calls.extend(SYSCALLS.split_whitespace().map(str::to_owned));
        if narrow {
            calls.extend(SYSCALLS_32.split_whitespace().map(str::to_owned));
        }
    }
    let mut namespaces = NEW_USERS.map(|(call, values)| (call, values.map(|value| (value, default))));
    let rules = profile.get_or_null("syscalls");
    for (index, rule) in rules.list()?.iter().enumerate() {
        let rule = Said::is(rule, format!("the seccomp profile: rule {}", index + 1));
        let holds = holds(&rule, on)?;
        if holds == Holds::No {
            continue;
        }
        let through = lets_through(rule.get("action").text()?)?;
        let arguments = rule.get_or_null("args").list()?;
        let conditional = holds == Holds::Perhaps || !arguments.is_empty();
        let mut names = rule.get_or_null("names").texts()?;
        if let Ok(name) = rule.get("name").text() {
            names.push(name);
        }
        for name in names {
            if let Some((_, values)) = namespaces.iter_mut().find(|(call, _)| *call == name) {
                for (value, passes) in values {
                    // What may or may not apply is no permission, and no hole.
                    let applies = matches(arguments, *value)?.map(|yes| yes && holds == Holds::Yes);
                    match (default, through) {
                        (false, true) if applies == Some(true) => *passes = true,
                        (true, false) if applies != Some(false) || holds == Holds::Perhaps => *passes = false,
                        _ => {}
                    }
                }
            } else if default && !through {
                calls.remove(name);
            } else if !default && through && !conditional {
                calls.insert(name.to_owned());
            }
        }
    }
    for (call, values) in namespaces {
        if values.iter().any(|(_, passes)| *passes) {
            calls.insert(call.to_owned());
        } else {
            calls.remove(call);
        }
    }
    Ok(calls)
}

/// The two calls whose first argument says which namespaces are made, and values of it that make one of users: that
/// alone needs no right, and gives every other kind.
const NEW_USERS: [(&str, [u64; 4]); 2] = [
    (
        "clone",
        [NEW_USER | CHILD, NEW_USER, NEW_USER | NEW_MOUNTS | CHILD, NEW_USER | NEW_MOUNTS | NEW_NET | CHILD],
    ),
    ("unshare", [NEW_USER, NEW_USER | NEW_MOUNTS, NEW_USER | NEW_NET, NEW_USER | NEW_MOUNTS | NEW_NET]),
];
const NEW_MOUNTS: u64 = 0x0002_0000;
const NEW_USER: u64 = 0x1000_0000;
const NEW_NET: u64 = 0x4000_0000;
/// The signal that tells of the end of a child.
const CHILD: u64 = 17;

/// Do a rule's conditions hold for a call with that first argument? Nothing: they ask for other arguments too.
fn matches(arguments: &[Value], first: u64) -> Heard<Option<bool>> {
    let mut others = false;
    let mut seen: Option<bool> = None;
    for argument in arguments {
        let argument = Said::is(argument, "the seccomp profile: an argument");
        if argument.get("index").number()? != 0 {
            others = true;
            continue;
        }
        let number = |key: &str| -> Heard<u64> {
            match argument.get_or_null(key).value()? {
                Value::Null => Ok(0),
                Value::Number(number) if number.as_u64().is_some() => Ok(number.as_u64().unwrap_or_default()),
                _ => gap(Why::Malformed, format!("{}: {key} is no number", argument.at)),
            }
        };
        let (value, two) = (number("value")?, number("valueTwo")?);
        let holds = match argument.get("op").text()? {
            "SCMP_CMP_NE" => first != value,
            "SCMP_CMP_LT" => first < value,
            "SCMP_CMP_LE" => first <= value,
            "SCMP_CMP_EQ" => first == value,
            "SCMP_CMP_GE" => first >= value,
            "SCMP_CMP_GT" => first > value,
            "SCMP_CMP_MASKED_EQ" => first & value == two,
            other => {
                return gap(Why::Malformed, format!("{}: an op {other:?} that is not known", argument.at));
            }
        };
        // Of several conditions on one argument one is enough: the runtime makes a rule of each.
        seen = Some(seen.unwrap_or(false) || holds);
    }
    Ok(match (seen, others) {
        (Some(false), _) => Some(false),
        (_, true) => None,
        (seen, false) => Some(seen.unwrap_or(true)),
    })
}

/// Has the profile architectures of 32 bits? With one that is not known no runtime takes it.
fn has_narrow(profile: &Said) -> Heard<bool> {
    let mut named = profile.get_or_null("architectures").texts()?;
    for entry in profile.get_or_null("archMap").list()? {
        let entry = Said::is(entry, "the seccomp profile: archMap");
        named.push(entry.get("architecture").text()?);
        named.extend(entry.get_or_null("subArchitectures").texts()?);
    }
    let mut narrow = false;
    for name in named {
        let short = name.strip_prefix("SCMP_ARCH_").unwrap_or(name);
        match ARCHITECTURES.iter().find(|(known, _)| *known == short) {
            Some((_, is_narrow)) => narrow |= is_narrow,
            None if short == "X86" => narrow = true,
            None => {
                let what = format!("the seccomp profile has an architecture {name:?} that is not known");
                return gap(Why::Malformed, what);
            }
        }
    }
    Ok(narrow)
}

fn lets_through(action: &str) -> Heard<bool> {
    match action {
        "SCMP_ACT_ALLOW" | "SCMP_ACT_LOG" => Ok(true),
        "SCMP_ACT_ERRNO"
        | "SCMP_ACT_KILL"
        | "SCMP_ACT_KILL_THREAD"
        | "SCMP_ACT_KILL_PROCESS"
        | "SCMP_ACT_TRAP"
        | "SCMP_ACT_TRACE"
        | "SCMP_ACT_NOTIFY" => Ok(false),
        other => {
            gap(Why::Malformed, format!("the seccomp profile has an action {other:?} that is not known"))
        }
    }
}

/// Does a rule apply to this container on this machine?
fn holds(rule: &Said, on: &On) -> Heard<Holds> {
    let mut result = Holds::Yes;
    for (clause, wanted) in [("includes", true), ("excludes", false)] {
        let clause = rule.get_or_null(clause);
        if !clause.there() || clause.map()?.is_empty() {
            continue;
        }
        let capabilities = clause.get_or_null("caps").texts()?;
        if !capabilities.is_empty() {
            let held = on.capabilities.clone()?;
            let has = |name: &&str| held.contains(&capabilities::name(name));
            let rest = if wanted { capabilities.iter().all(has) } else { !capabilities.iter().any(has) };
            if !rest {
                return Ok(Holds::No);
            }
        }
        let architectures = clause.get_or_null("arches").texts()?;
        let kernel = clause.get_or_null("minKernel");
        let kernel = if matches!(kernel.value(), Ok(Value::Null)) { None } else { Some(kernel) };
        let Some((architecture, release_of)) = &on.machine else {
            if !architectures.is_empty() || kernel.is_some() {
                result = Holds::Perhaps;
            }
            continue;
        };
        if !architectures.is_empty() && architectures.contains(&architecture.clone()?) != wanted {
            return Ok(Holds::No);
        }
        if let Some(kernel) = kernel {
            let least = kernel.text()?;
            let (Some(least), Some(has)) = (release(least), release(release_of.clone()?)) else {
                return gap(Why::Malformed, format!("{}: a kernel version that is none", kernel.at));
            };
            if (has >= least) != wanted {
                return Ok(Holds::No);
            }
        }
    }
    Ok(result)
}

/// The first two numbers of a kernel's release.
fn release(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str, held: &[&str]) -> Vec<String> {
        let held = held.iter().map(|name| (*name).to_owned()).collect();
        allows(text, &On { capabilities: Ok(&held), machine: None }).unwrap().into_iter().collect()
    }

    #[test]
    fn conditions_are_not_taken_for_permission() {
        let text = r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
            {"names": ["read", "keyctl"], "action": "SCMP_ACT_ALLOW"},
            {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]},
            {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
            {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}},
            {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}"#;
        assert_eq!(through(text, &["CHOWN"]), ["keyctl", "read"]);
        assert_eq!(through(text, &["SYS_ADMIN"]), ["bpf", "keyctl", "read"]);
        let held = BTreeSet::new();
        assert!(allows("{}", &On { capabilities: Ok(&held), machine: None }).is_err());
    }

    #[test]
    fn new_namespaces_are_told_from_new_processes() {
        let rule = |text: &str| format!(r#"{{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{text}]}}"#);
        let passes = |text: &str| !through(&rule(text), &[]).is_empty();
        // As runtimes have it: no bit of a namespace may be set.
        assert!(!passes(
            r#"{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}"#
        ));
        // A mask that forgets the bit of users.
        assert!(passes(
            r#"{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1845624832, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]}"#
        ));
        assert!(passes(
            r#"{"names": ["unshare"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 268435456, "op": "SCMP_CMP_EQ"}]}"#
        ));
        assert!(passes(r#"{"names": ["unshare"], "action": "SCMP_ACT_LOG"}"#));
        // On another argument, as the order of one architecture asks for it.
        assert!(!passes(
            r#"{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]}"#
        ));
        let open = |text: &str| {
            let text = format!(r#"{{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{text}]}}"#);
            through(&text, &[]).contains(&"unshare".to_owned())
        };
        assert!(open(r#"{"names": ["mount"], "action": "SCMP_ACT_ERRNO"}"#));
        // Exactly one value is stopped, and any other bit beside it passes.
        assert!(open(
            r#"{"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 268435456, "op": "SCMP_CMP_EQ"}]}"#
        ));
        assert!(!open(
            r#"{"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]}"#
        ));
    }

    #[test]
    fn profiles_that_no_runtime_takes_are_gaps() {
        let held = BTreeSet::new();
        let read = |text: &str| allows(text, &On { capabilities: Ok(&held), machine: None });
        for text in [
            r#"{"defaultAction": "SCMP_ACT_PRAY"}"#,
            r#"{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_VAX"]}"#,
            r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_ODD"}]}]}"#,
            r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": -1, "op": "SCMP_CMP_EQ"}]}]}"#,
            r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": {}}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn programs_of_32_bits_have_calls_of_their_own() {
        let with = |architectures: &str| {
            let text = format!(
                r#"{{"defaultAction": "SCMP_ACT_ALLOW", "architectures": [{architectures}], "syscalls": [{{"names": ["umount2", "settimeofday"], "action": "SCMP_ACT_ERRNO"}}]}}"#
            );
            through(&text, &[]).contains(&"stime".to_owned())
        };
        assert!(!with(r#""SCMP_ARCH_X86_64""#));
        assert!(with(r#""SCMP_ARCH_X86_64", "SCMP_ARCH_X86""#));
    }

    #[test]
    fn a_hundred_thousand_rules_are_read() {
        let rule = r#"{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": []},"#;
        let last = r#"{"names": ["bpf"], "action": "SCMP_ACT_ALLOW"}"#;
        let text =
            format!(r#"{{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{}{last}]}}"#, rule.repeat(100_000));
        assert_eq!(through(&text, &[]), ["bpf", "read", "write"]);
    }

    #[test]
    fn a_profile_that_allows_by_default_names_what_it_lets_through() {
        let text = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["mount"], "action": "SCMP_ACT_ERRNO"},
            {"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "5.0"}}]}"#;
        let calls = through(text, &[]);
        assert!(calls.contains(&"bpf".to_owned()));
        assert!(!calls.iter().any(|call| call == "mount" || call == "unshare"));
    }
}
