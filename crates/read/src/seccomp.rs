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
    let mut calls: BTreeSet<String> =
        if default { SYSCALLS.split_whitespace().map(str::to_owned).collect() } else { BTreeSet::new() };
    let rules = profile.get_or_null("syscalls");
    for (index, rule) in rules.list()?.iter().enumerate() {
        let rule = Said::is(rule, format!("the seccomp profile: rule {}", index + 1));
        let holds = holds(&rule, on)?;
        if holds == Holds::No {
            continue;
        }
        let through = lets_through(rule.get("action").text()?)?;
        let conditional = holds == Holds::Perhaps || !rule.get_or_null("args").list()?.is_empty();
        let mut names = rule.get_or_null("names").texts()?;
        if let Ok(name) = rule.get("name").text() {
            names.push(name);
        }
        for name in names {
            if default && !through {
                calls.remove(name);
            } else if !default && through && !conditional {
                calls.insert(name.to_owned());
            }
        }
    }
    Ok(calls)
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
    fn a_profile_that_allows_by_default_names_what_it_lets_through() {
        let text = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["mount"], "action": "SCMP_ACT_ERRNO"},
            {"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "5.0"}}]}"#;
        let calls = through(text, &[]);
        assert!(calls.contains(&"bpf".to_owned()));
        assert!(!calls.iter().any(|call| call == "mount" || call == "unshare"));
    }
}
