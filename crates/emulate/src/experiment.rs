//! Which control stopped an attempt, found by trying.
//!
//! Every attempt is made in clones that differ in one thing:
//!
//! 1. the clone as it is, twice; and its weakened twin, in which every setting is relaxed. What does not succeed
//!    there was not blocked here: something else is in its way, and the outcome is inconclusive;
//! 2. the clone with a *marked* filter, whose refusals end the process: what dies of it was stopped by seccomp first;
//! 3. for each setting in force, the clone with that one *relaxed*: an attempt that then succeeds needed it;
//! 4. for each setting in force, the twin with that one *kept*: an attempt that is still stopped has it as a control
//!    that suffices alone;
//! 5. the twin once more, with one capability less at a time: which one it is.
//!
//! The experiments are independent: each runs in a clone of its own, each attempt in a process of its own. A setting
//! that suffices alone while another is needed contradicts itself; those clones run once more, and if the
//! contradiction stays, nothing is attributed.

use crate::call;
use crate::probe::{End, Observed, Returned};
use crate::program::{Act, Depth, Memory, Program, Role, Step};
use crate::setting::{SETTINGS, Setting, loosest};
use crate::spec::{Filter, Spec};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::purple::Prevention;
use tyrian_model::workload::CAPABILITIES;

/// What one program came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// Every step of the attempt worked: so deep.
    Through(Depth),
    /// A step of the attempt was refused.
    Stopped {
        /// How deep it came before that.
        depth: Option<Depth>,
        /// The step.
        step: &'static str,
        /// How.
        how: How,
    },
    /// A step that makes the attempt possible did not work.
    Unprepared {
        /// The step.
        step: &'static str,
        /// How.
        how: How,
    },
    /// It cannot be told: why.
    Lost(String),
}

/// How a step was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// The kernel refused with that error number.
    Errno(i32),
    /// The process was ended by that signal.
    Signal(i32),
    /// The canary was not there.
    Differs,
    /// A program that was started ended with that status.
    Status(i32),
}

impl How {
    /// As a person reads it: `EPERM`, `signal 9`.
    pub fn text(self) -> String {
        match self {
            How::Errno(number) => errno_name(number),
            How::Signal(libc::SIGSYS) => "ended by seccomp (SIGSYS)".into(),
            How::Signal(number) => format!("ended by signal {number}"),
            How::Differs => "the canary was not there".into(),
            How::Status(status) => format!("ended with status {status}"),
        }
    }
}

/// What a program came to, from what was seen of it.
pub fn came(program: &Program, seen: &Observed) -> Came {
    let mut depth = None;
    let mut next = 0u8;
    for step in &program.steps {
        let index = next;
        next = next.saturating_add(size(step));
        if step.role == Role::Revert {
            continue;
        }
        let how = match seen.results.get(&index).map(|number| Returned::of(*number)) {
            Some(Returned::Worked(_)) => {
                if let Role::Attempt(shown) = step.role {
                    depth = depth.max(Some(shown));
                }
                continue;
            }
            Some(Returned::Errno(number)) => How::Errno(number),
            Some(Returned::Differs) => How::Differs,
            Some(Returned::Killed(signal)) => How::Signal(signal),
            // What a child did tells more than that it did not come to its end.
            Some(Returned::Status(status)) => inner(seen, index).unwrap_or(How::Status(status)),
            None => match seen.end {
                Some(End::Signal(libc::SIGALRM)) => {
                    return Came::Lost(format!("{} took longer than an attempt may", step.label()));
                }
                Some(End::Signal(signal)) => How::Signal(signal),
                Some(End::Exit(_)) => return Came::Lost("the probe did not go through its steps".into()),
                None => return Came::Lost("the clone ended before the attempt did".into()),
            },
        };
        let step_name = step.label();
        return match step.role {
            Role::Prepare => Came::Unprepared { step: step_name, how },
            _ => Came::Stopped { depth, step: step_name, how },
        };
    }
    depth.map_or_else(|| Came::Lost("nothing was attempted".into()), Came::Through)
}

/// How many numbers a step takes, its own and those of its children.
fn size(step: &Step) -> u8 {
    match &step.act {
        Act::Child(steps) => steps.iter().fold(1, |sum, step| sum.saturating_add(size(step))),
        Act::Repeat(_, step) => size(step).saturating_add(1),
        _ => 1,
    }
}

/// The last refusal of a step before this one: that of the child which it waited for.
fn inner(seen: &Observed, before: u8) -> Option<How> {
    let last = seen.results.range(..before).next_back().map(|(_, number)| Returned::of(*number));
    match last {
        Some(Returned::Errno(number)) => Some(How::Errno(number)),
        Some(Returned::Differs) => Some(How::Differs),
        _ => None,
    }
}

/// What was found of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it came to in the clone as it is.
    pub came: Came,
    /// What it came to in the weakened twin.
    pub twin: Came,
    /// Blocked, partial or not; nothing where it cannot be told, and `reason` says why.
    pub prevention: Option<Prevention>,
    /// Why it cannot be told, or what else a reader should know.
    pub reason: Option<String>,
    /// Settings in force in the clone.
    pub in_force: Vec<Setting>,
    /// The setting that stopped it first, where an experiment shows it.
    pub stopper: Option<Setting>,
    /// Settings without which it succeeds.
    pub needed: Vec<Setting>,
    /// Settings that stop it alone.
    pub sufficient: Vec<Setting>,
    /// How each of these refuses.
    pub refusals: BTreeMap<Setting, How>,
    /// Settings that were tried alone.
    pub tried_alone: Vec<Setting>,
    /// The capabilities of which each is needed, where their lack suffices.
    pub capabilities: Vec<String>,
}

/// A clone to run, and which of the programs to run in it.
#[derive(Clone, Debug)]
pub struct Clone {
    /// What it is made of.
    pub spec: Spec,
    /// The programs.
    pub programs: Vec<Program>,
}

/// What came of a clone: each program as it was seen, or why the clone was not run.
pub type Ran = Result<Vec<Observed>, String>;

/// Makes every attempt, and finds what stopped those that were.
///
/// `run` runs clones, all of one call beside one another, and returns what came of each in their order. With
/// `attribute` off, only the first two experiments of the list above are made. `capabilities` are those that a
/// weakened twin can have on this machine.
pub fn experiment(
    spec: &Spec,
    programs: &[Program],
    capabilities: &BTreeSet<String>,
    attribute: bool,
    run: &mut dyn FnMut(Vec<Clone>) -> Vec<Ran>,
) -> Vec<Finding> {
    let loose = loosest(spec, capabilities);
    let all: Vec<usize> = (0..programs.len()).collect();
    let mut lab = Lab { base: spec, programs, run };
    let mut first = lab.run(&[spec, spec, &loose], &all).into_iter();
    let mut next = || first.next().unwrap_or_default();
    let (base, again, twin) = (next(), next(), next());
    let in_force: Vec<Setting> =
        SETTINGS.into_iter().filter(|setting| setting.in_force(spec, &loose)).collect();

    // What does not come out twice in the same way is tried a third time: the majority counts, or nothing does.
    let unsteady: Vec<usize> =
        all.iter().copied().filter(|&i| differs(base.get(&i), again.get(&i))).collect();
    let third = if unsteady.is_empty() { Outcomes::new() } else { lab.run(&[spec], &unsteady).remove(0) };
    let mut findings: Vec<Finding> = all
        .iter()
        .map(|i| {
            let came = steady(base.get(i), again.get(i), third.get(i));
            if programs.get(*i).is_some_and(Program::runs_image) {
                return of_image(came, &in_force);
            }
            verdict(came, twin.get(i), &in_force)
        })
        .collect();

    let stopped: Vec<usize> = (0..findings.len()).filter(|&i| is_stopped(&findings, i)).collect();
    if !stopped.is_empty() {
        mark(&mut lab, spec, &stopped, &mut findings);
        if attribute {
            ablate(&mut lab, spec, &loose, &in_force, &stopped, &mut findings);
            exact_capabilities(&mut lab, spec, &loose, &stopped, &mut findings);
            stoppers(&stopped, &mut findings);
        }
    }
    findings
}

/// What attempts came to in one clone, by the number of the attempt.
type Outcomes = BTreeMap<usize, Came>;

/// The programs, and who runs clones.
struct Lab<'l> {
    base: &'l Spec,
    programs: &'l [Program],
    run: &'l mut dyn FnMut(Vec<Clone>) -> Vec<Ran>,
}

impl Lab<'_> {
    /// Runs these programs in a clone of each spec. An image is hostile: its own programs run where the workload's would,
    /// and in no clone that holds them in less.
    fn run(&mut self, specs: &[&Spec], which: &[usize]) -> Vec<Outcomes> {
        let of = |spec: &Spec| -> Vec<usize> {
            let may =
                |i: &usize| spec == self.base || !self.programs.get(*i).is_some_and(Program::runs_image);
            which.iter().copied().filter(may).collect()
        };
        let which: Vec<Vec<usize>> = specs.iter().map(|spec| of(spec)).collect();
        let clones = specs.iter().zip(&which).map(|(spec, which)| {
            let programs = which.iter().filter_map(|&i| self.programs.get(i).cloned()).collect();
            Clone { spec: (*spec).clone(), programs }
        });
        let mut ran = (self.run)(clones.collect());
        ran.resize_with(specs.len(), || Err("the clone was not run".into()));
        let read = |(ran, which): (Ran, &Vec<usize>)| match ran {
            Ok(seen) => {
                let programs = which.iter().filter_map(|&i| self.programs.get(i).map(|program| (i, program)));
                programs.zip(&seen).map(|((i, program), seen)| (i, came(program, seen))).collect()
            }
            Err(why) => which.iter().map(|&i| (i, Came::Lost(why.clone()))).collect(),
        };
        ran.into_iter().zip(&which).map(read).collect()
    }
}

/// The verdict over an attempt that runs a program of the image: it has no weakened twin.
fn of_image(came: Came, in_force: &[Setting]) -> Finding {
    let twin = came.clone();
    let mut finding = verdict(came, Some(&twin), in_force);
    if matches!(finding.came, Came::Stopped { .. }) && finding.prevention.is_none() {
        let why =
            "what stopped it cannot be told, since an image's own programs are run in no weakened clone";
        finding.reason = Some(format!("{}; {why}", text(&finding.came)));
    }
    finding
}

/// Do two runs of the same disagree?
fn differs(one: Option<&Came>, other: Option<&Came>) -> bool {
    one != other
}

fn steady(one: Option<&Came>, two: Option<&Came>, three: Option<&Came>) -> Came {
    let lost = || Came::Lost("it was not run".into());
    match (one, two, three) {
        (Some(one), Some(two), _) if one == two => one.clone(),
        (Some(one), _, Some(three)) if one == three => one.clone(),
        (_, Some(two), Some(three)) if two == three => two.clone(),
        // A clone that was lost says nothing against one that was not.
        (Some(one), Some(Came::Lost(_)), Some(Came::Lost(_))) => one.clone(),
        (Some(one), Some(two), _) => {
            Came::Lost(format!("the same attempt came out in different ways: {}; {}", text(one), text(two)))
        }
        (one, two, three) => one.or(two).or(three).cloned().unwrap_or_else(lost),
    }
}

/// What an attempt came to, for a person.
fn text(came: &Came) -> String {
    match came {
        Came::Through(_) => "it went through".into(),
        Came::Stopped { step, how, .. } => format!("{step}: {}", how.text()),
        Came::Unprepared { step, how } => format!("its preparation failed, {step}: {}", how.text()),
        Came::Lost(why) => why.clone(),
    }
}

/// How deep an attempt came.
fn depth(came: &Came) -> Option<Depth> {
    match came {
        Came::Through(depth) => Some(*depth),
        Came::Stopped { depth, .. } => *depth,
        Came::Unprepared { .. } | Came::Lost(_) => None,
    }
}

/// The verdict over an attempt, from what it came to in the clone and in the twin.
fn verdict(came: Came, twin: Option<&Came>, in_force: &[Setting]) -> Finding {
    let twin = twin.cloned().unwrap_or_else(|| Came::Lost("the weakened twin was not run".into()));
    let (prevention, reason) = match (&came, &twin) {
        (Came::Lost(why), _) => (None, Some(why.clone())),
        (Came::Through(_), _) => (Some(Prevention::NotBlocked), None),
        (Came::Unprepared { .. }, _) => (None, Some(text(&came))),
        (Came::Stopped { .. }, Came::Lost(why)) => (None, Some(format!("in the weakened twin, {why}"))),
        (Came::Stopped { .. }, Came::Unprepared { .. }) => {
            (None, Some(format!("in the weakened twin, {}", text(&twin))))
        }
        (Came::Stopped { .. }, Came::Through(_) | Came::Stopped { .. }) => {
            match (depth(&came), depth(&twin)) {
                (here, there) if here < there && here.is_none() => (Some(Prevention::Blocked), None),
                (here, there) if here < there => (Some(Prevention::Partial), None),
                (Some(_), _) => (Some(Prevention::NotBlocked), None),
                (None, _) => (
                    None,
                    Some(format!("it does not work here even with every control relaxed: {}", text(&twin))),
                ),
            }
        }
    };
    Finding {
        came,
        twin,
        prevention,
        reason,
        in_force: in_force.to_vec(),
        stopper: None,
        needed: Vec::new(),
        sufficient: Vec::new(),
        refusals: BTreeMap::new(),
        tried_alone: Vec::new(),
        capabilities: Vec::new(),
    }
}

fn is_stopped(findings: &[Finding], index: usize) -> bool {
    findings
        .get(index)
        .is_some_and(|finding| matches!(finding.prevention, Some(Prevention::Blocked | Prevention::Partial)))
}

/// The filter, with refusals that end the process; nothing where there is none that can be read.
fn marked(spec: &Spec) -> Option<Spec> {
    let Filter::Profile(profile) = &spec.seccomp else { return None };
    let mut profile = profile.clone();
    let trap = |action: &mut String, errno: &mut Option<u32>| {
        if action == "SCMP_ACT_ERRNO" {
            *action = "SCMP_ACT_TRAP".into();
            *errno = None;
        }
    };
    trap(&mut profile.default_action, &mut profile.default_errno_ret);
    for rule in &mut profile.syscalls {
        trap(&mut rule.action, &mut rule.errno_ret);
    }
    Some(Spec { seccomp: Filter::Profile(profile), ..spec.clone() })
}

/// Seccomp comes before every other check of the kernel: what dies of the marked filter was stopped by it.
fn mark(lab: &mut Lab, spec: &Spec, stopped: &[usize], findings: &mut [Finding]) {
    let marked = marked(spec).map(|spec| lab.run(&[&spec], stopped).remove(0)).unwrap_or_default();
    for &i in stopped {
        let Some(finding) = findings.get_mut(i) else { continue };
        let by_filter =
            |came: Option<&Came>| matches!(came, Some(Came::Stopped { how: How::Signal(libc::SIGSYS), .. }));
        if by_filter(Some(&finding.came)) || by_filter(marked.get(&i)) {
            finding.stopper = Some(Setting::Seccomp);
        }
    }
}

/// Relaxes each setting, and keeps each alone.
fn ablate(
    lab: &mut Lab,
    spec: &Spec,
    loose: &Spec,
    in_force: &[Setting],
    stopped: &[usize],
    findings: &mut [Finding],
) {
    let mut which = stopped.to_vec();
    // Once more for what contradicts itself.
    for last in [false, true] {
        let relaxed = in_force.iter().map(|setting| with(spec, *setting, loose));
        let kept = in_force.iter().map(|setting| with(loose, *setting, spec));
        let specs: Vec<Spec> = relaxed.chain(kept).collect();
        let mut ran = lab.run(&specs.iter().collect::<Vec<_>>(), &which);
        let kept = ran.split_off(in_force.len().min(ran.len()));
        for &i in &which {
            let Some(finding) = findings.get_mut(i) else { continue };
            let deep = depth(&finding.came);
            let tell = |came: Option<&Came>| match came {
                Some(came @ (Came::Through(_) | Came::Stopped { .. })) => Some(depth(came) > deep),
                _ => None,
            };
            let each = |ran: &[Outcomes], passes: bool| -> Vec<Setting> {
                let told = in_force.iter().zip(ran).filter(|(_, ran)| tell(ran.get(&i)) == Some(passes));
                told.map(|(setting, _)| *setting).collect()
            };
            finding.needed = each(&ran, true);
            finding.sufficient = each(&kept, false);
            finding.tried_alone = [finding.sufficient.clone(), each(&kept, true)].concat();
            finding.tried_alone.sort_unstable();
            let refusals = in_force.iter().zip(&kept).filter_map(|(setting, ran)| match ran.get(&i) {
                Some(Came::Stopped { how, .. }) => Some((*setting, *how)),
                _ => None,
            });
            finding.refusals = refusals.filter(|(setting, _)| finding.sufficient.contains(setting)).collect();
        }
        which.retain(|&i| findings.get(i).is_some_and(contradicts));
        if which.is_empty() {
            return;
        }
        if last {
            for &i in &which {
                let Some(finding) = findings.get_mut(i) else { continue };
                finding.reason = Some("the experiments on what stopped it contradict one another".into());
                (finding.needed, finding.sufficient, finding.tried_alone) =
                    (Vec::new(), Vec::new(), Vec::new());
            }
        }
    }
}

/// A setting stops it alone, and yet another one is needed beside it.
fn contradicts(finding: &Finding) -> bool {
    let mut needed = finding.needed.iter();
    needed.any(|setting| finding.sufficient.iter().any(|other| other != setting))
}

/// A spec with one setting of another.
fn with(spec: &Spec, setting: Setting, of: &Spec) -> Spec {
    let mut changed = spec.clone();
    setting.copy(of, &mut changed);
    changed
}

/// Where the lack of capabilities suffices: which of them, by giving up one at a time in the weakened twin.
fn exact_capabilities(lab: &mut Lab, spec: &Spec, loose: &Spec, stopped: &[usize], findings: &mut [Finding]) {
    let of_interest =
        |i: &usize| findings.get(*i).is_some_and(|f| f.sufficient.contains(&Setting::Capabilities));
    let which: Vec<usize> = stopped.iter().copied().filter(of_interest).collect();
    let lacking: Vec<(u32, &str)> =
        (0u32..).zip(CAPABILITIES).filter(|(_, name)| !spec.capabilities.bounding.contains(*name)).collect();
    let mut tries = Vec::new();
    for &i in &which {
        for &(number, name) in &lacking {
            let Some(program) = lab.programs.get(i) else { continue };
            let mut program = program.clone();
            program.steps.splice(0..0, without(number, &loose.capabilities.bounding));
            tries.push((i, name, program));
        }
    }
    if tries.is_empty() {
        return;
    }
    let programs = tries.iter().map(|(_, _, program)| program.clone()).collect();
    let ran = (lab.run)(vec![Clone { spec: loose.clone(), programs }]);
    let Some(Ok(seen)) = ran.into_iter().next() else { return };
    for ((i, name, program), seen) in tries.iter().zip(&seen) {
        let Some(finding) = findings.get_mut(*i) else { continue };
        let stopped = matches!(came(program, seen), came @ Came::Stopped { .. } if depth(&came) <= depth(&finding.came));
        if stopped {
            finding.capabilities.push((*name).to_owned());
        }
    }
}

/// Gives up one of these capabilities, for this process and the programs that it becomes.
fn without(number: u32, of: &BTreeSet<String>) -> Vec<Step> {
    const VERSION_3: u32 = 0x2008_0522;
    let kept = (0u32..).zip(CAPABILITIES).filter(|(other, name)| *other != number && of.contains(*name));
    let mask = kept.fold(0u64, |mask, (other, _)| mask | 1 << other);
    let (low, high) = (mask as u32, (mask >> 32) as u32);
    let header = Memory::new().u32(VERSION_3).u32(0);
    // Effective, permitted, inheritable: the low words, then the high ones.
    let data = Memory::new().u32(low).u32(low).u32(0).u32(high).u32(high).u32(0);
    vec![
        call::prctl(libc::PR_CAPBSET_DROP, number.into()),
        call::call("capset", libc::SYS_capset, vec![header.into(), data.into()]),
    ]
}

/// The setting that stopped each attempt first: seccomp where it is marked; else the only one that is needed, the only
/// one that suffices, or the only one that suffices and refuses in the same way.
fn stoppers(stopped: &[usize], findings: &mut [Finding]) {
    for &i in stopped {
        let Some(finding) = findings.get_mut(i) else { continue };
        if finding.stopper.is_some() || finding.reason.is_some() {
            continue;
        }
        let Came::Stopped { how, .. } = finding.came else { continue };
        // The filter is in force and did not stop it: then it was not first.
        let others = finding.refusals.iter().filter(|(setting, _)| **setting != Setting::Seccomp);
        let others: Vec<Setting> =
            others.filter(|(_, other)| **other == how).map(|(setting, _)| *setting).collect();
        finding.stopper = match (finding.needed.as_slice(), others.as_slice()) {
            ([only], _) | (_, [only]) => Some(*only),
            _ => None,
        };
    }
}

/// The controls of settings, each once.
pub fn controls(settings: &[Setting]) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    settings.iter().map(|setting| setting.control()).filter(|control| seen.insert(*control)).collect()
}

/// The name of an error number.
pub fn errno_name(number: i32) -> String {
    let known = [
        (libc::EPERM, "EPERM"),
        (libc::ENOENT, "ENOENT"),
        (libc::ESRCH, "ESRCH"),
        (libc::EINTR, "EINTR"),
        (libc::EIO, "EIO"),
        (libc::ENXIO, "ENXIO"),
        (libc::E2BIG, "E2BIG"),
        (libc::ENOEXEC, "ENOEXEC"),
        (libc::EBADF, "EBADF"),
        (libc::ECHILD, "ECHILD"),
        (libc::EAGAIN, "EAGAIN"),
        (libc::ENOMEM, "ENOMEM"),
        (libc::EACCES, "EACCES"),
        (libc::EFAULT, "EFAULT"),
        (libc::EBUSY, "EBUSY"),
        (libc::EEXIST, "EEXIST"),
        (libc::EXDEV, "EXDEV"),
        (libc::ENODEV, "ENODEV"),
        (libc::ENOTDIR, "ENOTDIR"),
        (libc::EISDIR, "EISDIR"),
        (libc::EINVAL, "EINVAL"),
        (libc::ENFILE, "ENFILE"),
        (libc::EMFILE, "EMFILE"),
        (libc::ENOTTY, "ENOTTY"),
        (libc::ETXTBSY, "ETXTBSY"),
        (libc::EFBIG, "EFBIG"),
        (libc::ENOSPC, "ENOSPC"),
        (libc::EROFS, "EROFS"),
        (libc::EMLINK, "EMLINK"),
        (libc::EPIPE, "EPIPE"),
        (libc::ELOOP, "ELOOP"),
        (libc::ENOSYS, "ENOSYS"),
        (libc::EOPNOTSUPP, "EOPNOTSUPP"),
        (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
        (libc::EPROTONOSUPPORT, "EPROTONOSUPPORT"),
        (libc::EADDRINUSE, "EADDRINUSE"),
        (libc::EADDRNOTAVAIL, "EADDRNOTAVAIL"),
        (libc::ENETUNREACH, "ENETUNREACH"),
        (libc::EHOSTUNREACH, "EHOSTUNREACH"),
        (libc::ECONNREFUSED, "ECONNREFUSED"),
        (libc::ECONNRESET, "ECONNRESET"),
        (libc::ETIMEDOUT, "ETIMEDOUT"),
        (libc::EINPROGRESS, "EINPROGRESS"),
        (libc::EDQUOT, "EDQUOT"),
        (libc::ENOKEY, "ENOKEY"),
        (libc::EKEYREJECTED, "EKEYREJECTED"),
        (libc::ESTALE, "ESTALE"),
        (libc::EOVERFLOW, "EOVERFLOW"),
    ];
    known
        .iter()
        .find(|(known, _)| *known == number)
        .map_or_else(|| format!("error {number}"), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests;
