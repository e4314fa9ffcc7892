//! Every technique in namespaces that are thrown away, where nothing but the kernel itself can stop it.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::{Sandbox, every, names};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tyrian_emulate::experiment::{Came, How, came, errno_name};
use tyrian_emulate::probe::{Observed, Returned};
use tyrian_emulate::program::{Act, Program, Role, Step};
use tyrian_emulate::{call, seccomp};

/// The test can run here, or says why not.
fn can(test: &str) -> bool {
    tyrian_lab::root(test) && tyrian_lab::tool(test, "unshare").is_some()
}

#[test]
fn where_nothing_holds_it_in_every_attempt_goes_through_or_the_kernel_has_nothing_to_attack() {
    let test = "where_nothing_holds_it_in_every_attempt_goes_through_or_the_kernel_has_nothing_to_attack";
    if !can(test) {
        return;
    }
    let sandbox = Sandbox::new();
    let ways = every(&sandbox.place);
    let programs: Vec<_> = ways.iter().map(|(_, variant)| variant.program.clone()).collect();
    let report = sandbox.run(&programs, "");
    let (mut through, mut missing, mut wrong) = (0, 0, Vec::new());
    for ((technique, variant), seen) in ways.iter().zip(&report.programs) {
        let absent = variant.missing.map_or(&[][..], |(errors, _)| errors);
        match came(&variant.program, seen) {
            Came::Through(_) => through += 1,
            Came::Stopped { depth: None, how: How::Errno(error), .. }
            | Came::Unprepared { how: How::Errno(error), .. }
                if absent.contains(&error) =>
            {
                missing += 1
            }
            other => wrong.push(format!("{}/{}: {other:?}", technique.name, variant.name)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(through > 2 * missing, "only {through} went through; for {missing} there was nothing to attack");
    assert_eq!(sandbox.host_files(), ["canary"], "something was left behind");
}

#[test]
fn what_the_innocent_do_is_not_held_back_from_them() {
    let test = "what_the_innocent_do_is_not_held_back_from_them";
    if !can(test) || tyrian_lab::tool(test, "setpriv").is_none() {
        return;
    }
    let sandbox = Sandbox::new();
    let place = &sandbox.place;
    let techniques = tyrian_emulate::techniques::TECHNIQUES;
    let programs: Vec<Program> =
        techniques.iter().map(|t| Program { shared: Vec::new(), steps: (t.harmless)(place) }).collect();
    for before in ["", NOBODY] {
        let report = sandbox.run(&programs, before);
        for (technique, seen) in techniques.iter().zip(&report.programs) {
            let failed = seen.results.iter().find(|(_, result)| **result < 0);
            assert_eq!(failed, None, "{} as {before}", technique.name);
            assert!(!seen.results.is_empty(), "{}", technique.name);
        }
    }
}

/// What an independent observer saw of a call: its name, and how it was refused.
type Call = (String, Option<String>);

/// Nobody, without a right.
const NOBODY: &str =
    "setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set -all --";

/// Where nothing holds an attempt in, where it is nobody's without a right, and under a filter: an independent observer
/// sees the calls that each way of each technique states, each with the outcome that the probe reports, and no other.
#[test]
fn strace_sees_the_calls_that_a_technique_states_with_their_outcomes_and_no_other() {
    let test = "strace_sees_the_calls_that_a_technique_states_with_their_outcomes_and_no_other";
    if !can(test) || ["strace", "setpriv"].iter().any(|tool| tyrian_lab::tool(test, tool).is_none()) {
        return;
    }
    let profile = tyrian_emulate::target::runtime_default::profile(&BTreeSet::new());
    let filter = seccomp::memory(&seccomp::compile(&profile).unwrap());
    let filtered = vec![
        call::prctl(libc::PR_SET_NO_NEW_PRIVS, 1),
        call::call(
            "seccomp",
            libc::SYS_seccomp,
            vec![libc::SECCOMP_SET_MODE_FILTER.into(), 0.into(), filter.into()],
        ),
    ];
    let sandbox = Sandbox::new();
    let mut refused = Vec::new();
    for (name, before, first) in
        [("free", "", Vec::new()), ("nobody", NOBODY, Vec::new()), ("filtered", "", filtered)]
    {
        let ways = every(&sandbox.place);
        let programs: Vec<Program> = ways
            .iter()
            .map(|(_, variant)| Program {
                shared: variant.program.shared.clone(),
                steps: [&first[..], &variant.program.steps].concat(),
            })
            .collect();
        let (report, files) = sandbox.traced(&programs, before);
        let traces = traces(&files);
        let (_, probe) =
            traces.iter().find(|(_, lines)| lines.iter().any(|line| line.contains("/plan\""))).unwrap();
        let children: Vec<u32> = probe.iter().filter_map(|line| forked(line)).collect();
        assert_eq!(children.len(), programs.len());
        let (mut wrong, mut errors) = (Vec::new(), 0);
        for (((technique, variant), program), (seen, child)) in
            ways.iter().zip(&programs).zip(report.programs.iter().zip(&children))
        {
            let (mut observed, mut stated, mut lets) = (Vec::new(), Vec::new(), BTreeSet::new());
            observe(&traces, *child, &mut observed);
            state(&program.steps, &mut 0, seen, &mut stated, &mut lets);
            // What shows that the caller was let in is reported as a success.
            observed.iter_mut().filter(|call| lets.contains(*call)).for_each(|call| call.1 = None);
            observed.sort();
            stated.sort();
            errors += usize::from(stated.iter().any(|(_, refused)| refused.is_some()));
            if stated != observed {
                wrong.push(format!(
                    "{}/{}:\n  stated   {stated:?}\n  observed {observed:?}",
                    technique.name, variant.name
                ));
            }
        }
        assert!(wrong.is_empty(), "{name}: {}\n{}", wrong.len(), wrong.join("\n"));
        refused.push(errors);
    }
    println!("of {} ways, refused: free, nobody, filtered: {refused:?}", every(&sandbox.place).len());
    assert!(refused[1] > refused[0] + 50 && refused[2] > refused[0] + 20, "{refused:?}");
}

/// The lines of each process, by its number.
fn traces(files: &Path) -> BTreeMap<u32, Vec<String>> {
    let one = |name: &String| {
        let number = name.rsplit('.').next()?.parse().ok()?;
        let bytes = std::fs::read(files.join(name)).ok()?;
        Some((number, String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()))
    };
    names(files).iter().filter_map(one).collect()
}

/// The process that a line of strace tells the birth of.
fn forked(line: &str) -> Option<u32> {
    let is_clone = ["clone(", "clone3(", "vfork(", "fork("].iter().any(|name| line.starts_with(name));
    line.rsplit_once(" = ").filter(|_| is_clone)?.1.trim().parse().ok()
}

/// The calls of a process and of its children, but for those that every probe makes by itself. What a program does
/// that it becomes is not the probe's.
fn observe(traces: &BTreeMap<u32, Vec<String>>, process: u32, calls: &mut Vec<Call>) {
    for line in traces.get(&process).into_iter().flatten() {
        let Some((call, outcome)) = line.rsplit_once(" = ") else { continue };
        let Some((name, arguments)) = call.split_once('(') else { continue };
        let descriptor: Option<u32> = arguments.split([',', ')']).next().and_then(|text| text.parse().ok());
        let to_the_report = name == "write" && descriptor.is_some_and(|number| number >= 100);
        if to_the_report || ["setpgid", "setitimer", "exit_group"].contains(&name) {
            continue;
        }
        // It did not return: its process was ended while it waited.
        if outcome.starts_with('?') {
            continue;
        }
        let mut words = outcome.split(' ');
        let refused = words.next().is_some_and(|word| word == "-1").then(|| words.next().unwrap().to_owned());
        let started = name.starts_with("execve") && refused.is_none();
        calls.push((name.to_owned(), refused));
        if let Some(child) = forked(line) {
            observe(traces, child, calls);
        }
        if started {
            return;
        }
    }
}

/// The calls that a program states and that its results say were made.
fn state(steps: &[Step], index: &mut u8, seen: &Observed, calls: &mut Vec<Call>, lets: &mut BTreeSet<Call>) {
    // The first step that fails ends it, but for those that take back.
    let mut failed = false;
    for step in steps {
        let result = seen.results.get(index).copied();
        *index += 1;
        // Of a program that was started no result comes back; the wait for it tells that it was.
        let starts = matches!(&step.act, Act::Call { name, .. } if name.starts_with("execve"));
        let returned = result.map(Returned::of);
        let worked = matches!(returned, None | Some(Returned::Worked(_)));
        let refused = match returned {
            Some(Returned::Errno(number)) => Some(errno_name(number)),
            None if !starts || failed => {
                skip(step, index);
                continue;
            }
            _ => None,
        };
        failed |= !worked && step.role != Role::Revert;
        match &step.act {
            Act::Call { name, .. } => {
                calls.push(((*name).to_owned(), refused));
                lets.extend(
                    step.let_through.iter().map(|error| ((*name).to_owned(), Some(errno_name(*error)))),
                );
            }
            Act::Child(steps) => {
                calls.push(("clone".to_owned(), refused));
                state(steps, index, seen, calls, lets);
            }
            Act::Wait(_) => calls.push(("wait4".to_owned(), refused)),
            Act::Holds(..) => {}
            Act::Repeat(times, inner) => {
                // What each of them returned is not reported; where one fails, it is not repeated further.
                let name = if matches!(inner.act, Act::Child(_)) { "clone" } else { inner.label() };
                calls.extend((0..*times).filter(|_| refused.is_none()).map(|_| (name.to_owned(), None)));
                skip(step, index);
            }
        }
    }
}

/// Goes past the numbers of the steps inside.
fn skip(step: &Step, index: &mut u8) {
    match &step.act {
        Act::Child(steps) => steps.iter().for_each(|step| {
            *index += 1;
            skip(step, index);
        }),
        Act::Repeat(_, inner) => {
            *index += 1;
            skip(inner, index);
        }
        _ => {}
    }
}
