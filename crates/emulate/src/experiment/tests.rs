//! The experiment against a kernel of a few rules, so that what stops what is known.

use super::*;
use crate::call::{open, primitive, reach};
use crate::spec::{Capabilities, Namespace, Network, Profile, User};
use std::cell::Cell;

/// What the toy kernel says to the one call of a program.
fn kernel(spec: &Spec, program: &Program) -> Observed {
    let (name, number) = match &program.steps.last().unwrap().act {
        Act::Call { name, number, .. } => (*name, *number),
        _ => unreachable!(),
    };
    let given_up: Vec<&str> = program.steps.iter().filter_map(dropped).collect();
    let can = |name: &str| spec.capabilities.effective.contains(name) && !given_up.contains(&name);
    let filter = match &spec.seccomp {
        Filter::Profile(profile) => Some(profile.default_action.as_str()),
        _ => None,
    };
    let filtered = ["mount", "keyctl"].contains(&name);
    let refused = match name {
        _ if filtered && filter == Some("SCMP_ACT_TRAP") => Some(-6031),
        _ if filtered && filter.is_some() => Some(-1),
        "mount" if !can("SYS_ADMIN") => Some(-1),
        "keyctl" => None,
        "core_pattern" if spec.user.uid != 0 => Some(-13),
        "core_pattern" if !spec.read_only_paths.is_empty() => Some(-30),
        // Of either owner or capability one is enough.
        "shadow" if spec.user.uid != 0 && !can("DAC_OVERRIDE") => Some(-13),
        "init_module" => Some(-38),
        _ => None,
    };
    let mut seen = Observed { end: Some(End::Exit(0)), ..Observed::default() };
    for index in 0..program.steps.len() - 1 {
        seen.results.insert(index as u8, 0);
    }
    seen.results.insert((program.steps.len() - 1) as u8, refused.unwrap_or(0));
    if refused == Some(-6031) {
        seen.results.remove(&((program.steps.len() - 1) as u8));
        seen.end = Some(End::Signal(libc::SIGSYS));
    }
    let _ = number;
    seen
}

fn dropped(step: &Step) -> Option<&'static str> {
    match &step.act {
        Act::Call { name: "prctl", arguments, .. } => match arguments.get(1) {
            Some(crate::program::Arg::Int(number)) => CAPABILITIES.get(*number as usize).copied(),
            _ => None,
        },
        _ => None,
    }
}

fn attempt(name: &'static str) -> Program {
    Program { shared: Vec::new(), steps: vec![primitive(call::call(name, 0, Vec::new()))] }
}

fn all() -> BTreeSet<String> {
    CAPABILITIES.iter().filter(|name| **name != "SYS_RESOURCE").map(|name| (*name).to_owned()).collect()
}

/// As Docker runs a container by default.
fn by_default() -> Spec {
    Spec {
        capabilities: Capabilities::of_root(&["CHOWN", "NET_RAW"].map(str::to_owned).into()),
        seccomp: Filter::Profile(Profile { default_action: "SCMP_ACT_ERRNO".into(), ..Profile::default() }),
        read_only_paths: vec!["/proc/sys".into()],
        namespaces: [Namespace::Pid].into(),
        network: Network::Lab,
        ..Spec::default()
    }
}

fn hardened() -> Spec {
    let user = User { uid: 65534, gid: 65534, groups: Vec::new() };
    Spec { capabilities: Capabilities::of_user(&BTreeSet::new()), user, read_only_root: true, ..by_default() }
}

fn try_(spec: &Spec, names: &[&'static str]) -> Vec<Finding> {
    let programs: Vec<Program> = names.iter().map(|name| attempt(name)).collect();
    experiment(spec, &programs, &all(), true, &mut |clones| {
        let one =
            |clone: Clone| Ok(clone.programs.iter().map(|program| kernel(&clone.spec, program)).collect());
        clones.into_iter().map(one).collect()
    })
}

#[test]
fn mount_is_stopped_by_seccomp_and_would_be_by_the_lack_of_one_capability() {
    let found = try_(&by_default(), &["mount"]).remove(0);
    assert_eq!(found.prevention, Some(Prevention::Blocked));
    assert_eq!(found.stopper, Some(Setting::Seccomp));
    assert_eq!(found.needed, []);
    assert_eq!(found.sufficient, [Setting::Seccomp, Setting::Capabilities]);
    assert_eq!(found.capabilities, ["SYS_ADMIN"]);
}

#[test]
fn what_only_one_setting_stops_needs_it() {
    let found = try_(&by_default(), &["keyctl", "core_pattern"]);
    assert_eq!((found[0].stopper, &found[0].needed[..]), (Some(Setting::Seccomp), &[Setting::Seccomp][..]));
    assert_eq!(
        (found[1].stopper, &found[1].needed[..]),
        (Some(Setting::MaskedPaths), &[Setting::MaskedPaths][..])
    );
}

#[test]
fn of_two_that_suffice_the_first_is_told_by_its_refusal() {
    let found = try_(&hardened(), &["core_pattern"]).remove(0);
    assert_eq!(
        found.came,
        Came::Stopped { depth: None, step: "core_pattern", how: How::Errno(libc::EACCES) }
    );
    assert_eq!(found.sufficient, [Setting::User, Setting::MaskedPaths]);
    assert_eq!(found.stopper, Some(Setting::User));
}

#[test]
fn what_the_kernel_lacks_is_not_blocked() {
    let found = try_(&by_default(), &["init_module"]).remove(0);
    assert_eq!(found.prevention, None);
    assert_eq!(
        found.reason.as_deref(),
        Some("it does not work here even with every control relaxed: init_module: ENOSYS")
    );
}

#[test]
fn what_goes_through_is_not_blocked() {
    let found = try_(&by_default(), &["shadow"]).remove(0);
    assert_eq!((found.prevention, found.stopper), (Some(Prevention::NotBlocked), None));
}

#[test]
fn an_attempt_that_comes_out_differently_is_tried_again_and_then_given_up() {
    let count = Cell::new(0);
    let mut flaky = |clones: Vec<Clone>| -> Vec<Ran> {
        let one = |clone: Clone| {
            count.set(count.get() + 1);
            let errno = if count.get() % 2 == 0 { -1 } else { -13 };
            let errno = if count.get() == 4 { -38 } else { errno };
            Ok(clone
                .programs
                .iter()
                .map(|_| Observed { results: [(0, errno)].into(), end: Some(End::Exit(0)), began: None })
                .collect())
        };
        clones.into_iter().map(one).collect()
    };
    let found = experiment(&by_default(), &[attempt("mount")], &all(), true, &mut flaky).remove(0);
    assert_eq!(found.prevention, None);
    assert!(found.reason.unwrap().starts_with("the same attempt came out in different ways"));
}

#[test]
fn a_clone_that_does_not_start_blocks_nothing() {
    let found = experiment(&by_default(), &[attempt("mount")], &all(), true, &mut |clones| {
        clones.iter().map(|_| Err("the engine went away".into())).collect()
    });
    assert_eq!((found[0].prevention, found[0].reason.as_deref()), (None, Some("the engine went away")));
}

#[test]
fn experiments_that_contradict_one_another_attribute_nothing() {
    // Whatever is relaxed, it passes; whatever is kept, it is stopped.
    let spec = hardened();
    let loose = loosest(&spec, &all());
    let found = experiment(&spec, &[attempt("mount")], &all(), true, &mut |clones| {
        let one = |clone: Clone| {
            let kept = SETTINGS.iter().filter(|setting| setting.in_force(&clone.spec, &loose)).count();
            let in_force = SETTINGS.iter().filter(|setting| setting.in_force(&spec, &loose)).count();
            let refused = kept == 1 || kept == in_force;
            let result = if refused { -1 } else { 0 };
            Ok(clone
                .programs
                .iter()
                .map(|_| Observed { results: [(0, result)].into(), end: None, began: None })
                .collect())
        };
        clones.into_iter().map(one).collect()
    })
    .remove(0);
    assert_eq!(found.prevention, Some(Prevention::Blocked));
    assert_eq!((found.needed.as_slice(), found.sufficient.as_slice()), (&[][..], &[][..]));
    assert!(found.reason.unwrap().contains("contradict"));
}

#[test]
fn an_attempt_that_comes_half_way_is_partly_prevented() {
    let program = Program {
        shared: Vec::new(),
        steps: vec![
            reach(open("/proc/sys/kernel/core_pattern", libc::O_WRONLY)),
            primitive(call::call("write", 1, Vec::new())),
        ],
    };
    let seen = Observed { results: [(0, 3), (1, -1)].into(), end: Some(End::Exit(1)), began: None };
    let half = came(&program, &seen);
    assert_eq!(
        half,
        Came::Stopped { depth: Some(Depth::Reach), step: "write", how: How::Errno(libc::EPERM) }
    );
    let whole = verdict(half.clone(), Some(&Came::Through(Depth::Primitive)), &[]);
    assert_eq!(whole.prevention, Some(Prevention::Partial));
    assert_eq!(verdict(half.clone(), Some(&half), &[]).prevention, Some(Prevention::NotBlocked));
}

#[test]
fn a_child_that_could_not_run_its_program_says_why() {
    use crate::call::{child, exec, wait};
    let steps = vec![child(vec![exec("/bin/sh", &["sh"])]).named("shell"), primitive(wait("shell"))];
    let program = Program { shared: Vec::new(), steps };
    let seen =
        Observed { results: [(0, 17), (1, -2), (2, -5001)].into(), end: Some(End::Exit(1)), began: None };
    assert_eq!(
        came(&program, &seen),
        Came::Stopped { depth: None, step: "wait4", how: How::Errno(libc::ENOENT) }
    );
}

#[test]
fn programs_of_the_image_run_in_no_weakened_clone() {
    use crate::call::{child, exec, wait};
    let shell = |path: &str| Program {
        shared: Vec::new(),
        steps: vec![child(vec![exec(path, &["sh"])]).named("shell"), primitive(wait("shell"))],
    };
    assert!(shell("/bin/sh").runs_image());
    assert!(!shell("/.tyrian/probe").runs_image() && !shell("/tmp/tyrian-1a-nc").runs_image());
    let spec = by_default();
    let programs = [shell("/bin/sh"), attempt("mount")];
    let mut seen = Vec::new();
    let found = experiment(&spec, &programs, &all(), true, &mut |clones| {
        let one = |clone: Clone| {
            let weaker = clone.spec != spec;
            seen.push((weaker, clone.programs.iter().any(Program::runs_image)));
            let refused = |program: &Program| Observed {
                results: if program.runs_image() {
                    [(0, 7), (1, -13), (2, -5001)].into()
                } else {
                    [(0, -1)].into()
                },
                end: Some(End::Exit(1)),
                began: None,
            };
            Ok(clone.programs.iter().map(refused).collect())
        };
        clones.into_iter().map(one).collect()
    });
    assert!(seen.contains(&(false, true)) && !seen.contains(&(true, true)), "{seen:?}");
    assert_eq!(found[0].prevention, None);
    assert!(found[0].reason.as_deref().unwrap().contains("in no weakened clone"));
}
