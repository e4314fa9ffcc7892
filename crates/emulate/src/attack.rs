//! One run: techniques against a clone, from the plan to the record of each attempt.

use crate::call;
use crate::clone::{Driver, Job, Neighbour, PROBE_DIRECTORY, Trouble};
use crate::experiment::{self, Came, Clone, Finding, How, Ran, controls, experiment};
use crate::here;
use crate::probe::{LONGEST, Observed, Report};
use crate::program::{Act, Arg, LONGEST_PLAN, Memory, Pointer, Program, Step, encode};
use crate::setting::{SETTINGS, Setting, host_directory, runtime_socket};
use crate::spec::{Filter, Rule, Spec};
use crate::technique::{Place, Technique, Variant};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tyrian_model::purple::{self, Attempt, Outcome};

/// How many clones run beside one another.
const AT_ONCE: usize = 4;
/// How long one attempt may take, in seconds.
const ATTEMPT: u32 = 5;
/// How long one clone may run.
const CLONE: Duration = Duration::from_secs(60);
/// The process id of the neighbour in its own process namespace.
pub const NEIGHBOUR_PROCESS: i32 = 4242;

/// What is to be attempted, on what.
pub struct Request<'r> {
    /// What the clone is made of.
    pub spec: &'r Spec,
    /// The techniques.
    pub techniques: &'r [&'static Technique],
    /// Is what stopped each attempt to be found?
    pub attribute: bool,
    /// The word of this run, in kebab-case: every name that it makes up begins with it.
    pub mark: &'r str,
    /// What canaries hold.
    pub canary: &'r str,
    /// The capabilities that a weakened twin can have.
    pub capabilities: &'r BTreeSet<String>,
    /// Set from outside, it ends the run.
    pub stop: &'r AtomicBool,
    /// Does somebody listen? Then the clone that is like the workload is alone while attempts are made in it.
    pub listening: bool,
    /// Is told what is being done.
    pub progress: &'r (dyn Fn(&str) + Sync),
}

/// What a run came to.
#[derive(Debug)]
pub struct Attacked {
    /// The attempts, in the order of the techniques.
    pub attempts: Vec<Attempt>,
    /// When each attempt was made in the clone that is like the workload, in milliseconds since 1970; nothing where
    /// it was not.
    pub began: Vec<Option<i64>>,
    /// When the last of them was over, in milliseconds since 1970; nothing where none was made.
    pub until: Option<i64>,
    /// The names of the clones in which they were made: alerts about others are about twins.
    pub clones: Vec<String>,
    /// What each attempt makes up, in the order of the attempts: texts with the mark in them.
    pub words: Vec<Vec<String>>,
    /// How many clones were run.
    pub count: usize,
}

/// Runs the techniques against clones of the driver, whose neighbour runs already.
pub fn attack(driver: &Driver, neighbour: &Neighbour, request: &Request) -> Attacked {
    attack_between(driver, neighbour, request, &mut |clones, run| run(clones))
}

/// Runs clones, all of one call beside one another.
pub type Run<'r> = dyn FnMut(Vec<Clone>) -> Vec<Ran> + 'r;

/// The same, with somebody between the experiment and its clones, who is given the clones of each round and how they are
/// run. Runs over settings that have most clones in common need not run each of these anew.
pub fn attack_between(
    driver: &Driver,
    neighbour: &Neighbour,
    request: &Request,
    between: &mut dyn FnMut(Vec<Clone>, &mut Run) -> Vec<Ran>,
) -> Attacked {
    let run = |job: &Job| driver.run(job);
    through(&run, neighbour.address, request, between)
}

/// The same, with whoever runs one clone.
fn through(
    run: &(dyn Fn(&Job) -> Result<Vec<u8>, Trouble> + Sync),
    neighbour: Ipv4Addr,
    request: &Request,
    between: &mut dyn FnMut(Vec<Clone>, &mut Run) -> Vec<Ran>,
) -> Attacked {
    let place = place(neighbour, request);
    let mut variants: Vec<(&'static Technique, Variant)> = request
        .techniques
        .iter()
        .flat_map(|technique| (technique.variants)(&place).into_iter().map(|variant| (*technique, variant)))
        .collect();
    let applies = |(_, variant): &(_, Variant)| variant.not_applicable(request.spec).is_none();
    let applicable: Vec<usize> =
        (0..variants.len()).filter(|&i| variants.get(i).is_some_and(applies)).collect();
    // Somebody who listens is told by the name of the process which attempt it is.
    if request.listening {
        for (number, (_, variant)) in variants.iter_mut().enumerate() {
            variant.program.steps.splice(0..0, called(&process_name(request.mark, number)));
        }
    }
    // Attempts that use up what others need come last.
    let mut order = applicable.clone();
    order.sort_by_key(|&i| variants.get(i).is_some_and(|(technique, _)| technique.alone));
    let programs: Vec<Program> =
        order.iter().filter_map(|&i| variants.get(i).map(|(_, variant)| variant.program.clone())).collect();

    let clones = Clones { run, request, count: AtomicUsize::new(0), like: Mutex::default() };
    (request.progress)("making every attempt in a clone, and in its weakened twin");
    let findings =
        experiment(request.spec, &programs, request.capabilities, request.attribute, &mut |batch| {
            between(batch, &mut |batch| clones.run_all(batch))
        });
    let like = clones.like.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let stopped = request.stop.load(Ordering::Relaxed);
    let mut attempts: Vec<Attempt> =
        variants.iter().map(|(technique, variant)| not_tried(technique, variant, request.spec)).collect();
    let mut began = vec![None; variants.len()];
    for (n, (&i, finding)) in order.iter().zip(&findings).enumerate() {
        let (Some(attempt), Some((technique, variant)), Some(began)) =
            (attempts.get_mut(i), variants.get(i), began.get_mut(i))
        else {
            continue;
        };
        fill(attempt, &technique.expected(request.spec), finding, request.attribute);
        if let (Some(reason), true) = (&mut attempt.reason, is_refused_to_all(finding)) {
            reason.push_str(&here::who_else_refuses());
        }
        if let Some(why) = missing(variant, finding) {
            attempt.outcome = Outcome::NotApplicable;
            attempt.reason = Some(why.to_owned());
        }
        if stopped && attempt.outcome == Outcome::Inconclusive {
            attempt.outcome = Outcome::NotRun;
            attempt.reason = Some("the run was stopped".into());
        }
        *began = like.began.get(n).copied().flatten();
    }
    Attacked {
        attempts,
        began,
        until: like.until,
        clones: like.names,
        words: variants.iter().map(|(_, variant)| words(&variant.program.steps, &place.mark)).collect(),
        count: clones.count.load(Ordering::Relaxed),
    }
}

/// Makes one attempt again, in a clone that is like the workload: the one with that number among the attempts of the
/// run. What comes of it is of no interest, but that it is made.
pub fn once_more(driver: &Driver, neighbour: &Neighbour, request: &Request, number: usize) {
    let place = place(neighbour.address, request);
    let mut variants = request.techniques.iter().flat_map(|technique| (technique.variants)(&place));
    let Some(mut variant) = variants.nth(number) else { return };
    variant.program.steps.splice(0..0, called(&process_name(request.mark, number)));
    if let Ok(plan) = encode(&[variant.program], ATTEMPT) {
        let name = format!("{}-again", request.mark);
        let plan = replaced(plan, &place.mark, &clone_name(request.mark, LAST_CLONE));
        // A clone that is not made lets the tool appear dead, which is the careful side.
        let _ = driver.run(&Job { name, spec: request.spec.clone(), plan, limit: CLONE });
    }
}

/// What the process of an attempt is called while somebody listens: what is special about the mark, and the number of
/// the attempt. The kernel keeps 15 bytes of it.
pub fn process_name(mark: &str, number: usize) -> String {
    format!("{}.{number}", special(mark))
}

/// What is special about a mark, short enough for the name of a process.
pub(crate) fn special(mark: &str) -> &str {
    let short = mark.strip_prefix("tyrian-").unwrap_or(mark);
    short.get(short.len().saturating_sub(10)..).unwrap_or(short)
}

/// Gives the process a name, by no call but those that the probe makes itself; where it cannot be given, nothing is
/// lost but the name.
fn called(name: &str) -> Vec<Step> {
    vec![
        call::revert(call::open("/proc/self/comm", libc::O_WRONLY)).named("name"),
        call::revert(call::write("name", name.as_bytes())),
        call::revert(call::close("name")),
    ]
}

/// The surroundings of the attempts.
fn place(neighbour: Ipv4Addr, request: &Request) -> Place {
    Place {
        mark: clone_name(request.mark, 0),
        canary: request.canary.to_owned(),
        probe: PROBE_DIRECTORY,
        neighbour_process: NEIGHBOUR_PROCESS,
        neighbour,
        host_directory: host_directory(request.spec).to_owned(),
        runtime_socket: runtime_socket(request.spec).to_owned(),
    }
}

/// The texts with the mark in them that steps give to the kernel.
fn words(steps: &[Step], mark: &str) -> Vec<String> {
    fn within(memory: &Memory, mark: &str, found: &mut Vec<String>) {
        for text in memory.bytes.split(|byte| *byte == 0) {
            if let Ok(text) = std::str::from_utf8(text)
                && text.contains(mark)
                && text != mark
            {
                found.push(text.trim().to_owned());
            }
        }
        for (_, pointer) in &memory.pointers {
            if let Pointer::To(memory) = pointer {
                within(memory, mark, found);
            }
        }
    }
    let mut found = Vec::new();
    for step in steps {
        match &step.act {
            Act::Call { arguments, .. } => {
                for argument in arguments {
                    if let Arg::Memory(memory) = argument {
                        within(memory, mark, &mut found);
                    }
                }
            }
            Act::Child(steps) => found.extend(words(steps, mark)),
            Act::Repeat(_, step) => found.extend(words(std::slice::from_ref(step), mark)),
            Act::Wait(_) | Act::Holds(..) => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// An attempt before it was made; one that means nothing here is not applicable.
fn not_tried(technique: &Technique, variant: &Variant, spec: &Spec) -> Attempt {
    let reason = variant.not_applicable(spec);
    let strings = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Attempt {
        outcome: if reason.is_some() { Outcome::NotApplicable } else { Outcome::NotRun },
        reason,
        threats: strings(technique.threats),
        detections: strings(technique.detections),
        ..Attempt::untried(technique.name, variant.name)
    }
}

/// Why an attempt that cannot be told of was none: the weakened twin shows that what it is about is not there.
fn missing(variant: &Variant, finding: &Finding) -> Option<&'static str> {
    let (errors, why) = variant.missing?;
    match finding.twin {
        Came::Stopped { depth: None, how: How::Errno(error), .. }
        | Came::Unprepared { how: How::Errno(error), .. }
            if finding.prevention.is_none() =>
        {
            errors.contains(&error).then_some(why)
        }
        _ => None,
    }
}

/// Was the weakened twin refused it as well, although it works where nobody forbids it?
fn is_refused_to_all(finding: &Finding) -> bool {
    let refused = |came: &Came| {
        matches!(came, Came::Stopped { depth: None, how: How::Errno(libc::EPERM | libc::EACCES), .. })
    };
    finding.prevention.is_none() && refused(&finding.came) && refused(&finding.twin)
}

/// What an experiment found of an attempt that those controls are expected to stop.
fn fill(attempt: &mut Attempt, expected: &[&str], finding: &Finding, attributed: bool) {
    let name = |setting: &Setting| setting.control().to_owned();
    let names = |settings: &[Setting]| controls(settings).into_iter().map(str::to_owned).collect::<Vec<_>>();
    attempt.outcome = if finding.prevention.is_some() { Outcome::Ran } else { Outcome::Inconclusive };
    attempt.prevention = finding.prevention;
    attempt.reason.clone_from(&finding.reason);
    match &finding.came {
        Came::Through(depth) => attempt.depth = Some(*depth),
        Came::Stopped { depth, step, how } => {
            attempt.depth = *depth;
            attempt.errno = Some(how.text());
            attempt.step = Some((*step).to_owned());
        }
        Came::Unprepared { step, how: How::Errno(number) } => {
            attempt.errno = Some(experiment::errno_name(*number));
            attempt.step = Some((*step).to_owned());
        }
        Came::Unprepared { .. } | Came::Lost(_) => {}
    }
    attempt.controls = names(&finding.in_force);
    attempt.controls.retain(|control| expected.contains(&control.as_str()));
    if !matches!(finding.prevention, Some(purple::Prevention::Blocked | purple::Prevention::Partial)) {
        return;
    }
    attempt.stopper = finding.stopper.as_ref().map(name);
    if let [only] = controls(&finding.needed).as_slice() {
        attempt.sole = Some((*only).to_owned());
    }
    attempt.sufficient = names(&finding.sufficient);
    attempt.capabilities.clone_from(&finding.capabilities);
    let tried = names(&finding.tried_alone);
    let known = |control: &String| {
        attempt.stopper.as_ref() == Some(control)
            || attempt.sufficient.contains(control)
            || tried.contains(control)
    };
    attempt.masked = attempt.controls.iter().filter(|control| !known(control)).cloned().collect();
    if attributed {
        let of_interest = |setting: &&Setting| {
            finding.needed.contains(setting)
                || finding.sufficient.contains(setting)
                || finding.stopper == Some(**setting)
                || expected.contains(&setting.control())
        };
        attempt.settings = finding
            .in_force
            .iter()
            .filter(of_interest)
            .map(|setting| purple::Setting {
                name: setting.name().to_owned(),
                control: name(setting),
                needed: finding.needed.contains(setting),
                suffices: finding.tried_alone.contains(setting).then(|| finding.sufficient.contains(setting)),
            })
            .collect();
    }
}

/// The name of a clone, and the mark of what it makes up: clones that share a directory do not meet in it.
fn clone_name(mark: &str, number: usize) -> String {
    format!("{mark}-{:04}", number % (LAST_CLONE + 1))
}

/// The last number that a clone can have. It is that of an attempt that is made once more.
const LAST_CLONE: usize = 9999;

/// A text with the name of every clone replaced by that of the first, as it stands in the words of the attempts.
pub(crate) fn of_first_clone(text: &str, mark: &str, clones: &[&str]) -> String {
    let first = clone_name(mark, 0);
    clones.iter().fold(text.to_owned(), |text, name| text.replace(name, &first))
}

/// The bytes, with one word in the place of another that is as long.
fn replaced(mut bytes: Vec<u8>, word: &str, with: &str) -> Vec<u8> {
    let (word, with) = (word.as_bytes(), with.as_bytes());
    let mut at = 0;
    while word.len() == with.len()
        && let Some(place) = bytes.get_mut(at..at + word.len())
    {
        if place == word {
            place.copy_from_slice(with);
            at += word.len();
        } else {
            at += 1;
        }
    }
    bytes
}

/// The first of these programs, as many as fit into one plan.
fn fitting(programs: &[Program]) -> &[Program] {
    let mut length = 0;
    let fit = programs.iter().take_while(|program| {
        length += encode(std::slice::from_ref(program), ATTEMPT).map_or(0, |plan| plan.len());
        length <= LONGEST_PLAN
    });
    let count = fit.count().max(1).min(programs.len());
    programs.get(..count).unwrap_or_default()
}

/// The clones in which the attempts were made that alerts are compared with.
#[derive(Default)]
struct Like {
    names: Vec<String>,
    began: Vec<Option<i64>>,
    until: Option<i64>,
}

/// Runs clones, a few beside one another.
struct Clones<'c> {
    run: &'c (dyn Fn(&Job) -> Result<Vec<u8>, Trouble> + Sync),
    request: &'c Request<'c>,
    count: AtomicUsize,
    like: Mutex<Like>,
}

impl Clones<'_> {
    /// Runs them all; what came of each stands in its place.
    fn run_all(&self, batch: Vec<Clone>) -> Vec<Ran> {
        let total = batch.len();
        if total > 3 {
            (self.request.progress)(&format!("{total} clones, each with one control relaxed or alone"));
        }
        let results: Vec<Mutex<Option<Ran>>> = batch.iter().map(|_| Mutex::new(None)).collect();
        // The first clone of all is the one that tells when attempts were made.
        let first = self.count.load(Ordering::Relaxed) == 0;
        let next = AtomicUsize::new(0);
        if first
            && self.request.listening
            && let (Some(clone), Some(slot)) = (batch.first(), results.first())
        {
            next.store(1, Ordering::Relaxed);
            *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(self.one(clone, true));
        }
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(total) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let (Some(clone), Some(slot)) = (batch.get(index), results.get(index)) else {
                            return;
                        };
                        let ran = self.one(clone, first && index == 0);
                        *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(ran);
                    }
                });
            }
        });
        let taken = results.into_iter().map(|slot| slot.into_inner().ok().flatten());
        taken.map(|ran| ran.unwrap_or_else(|| Err("the clone was not run".into()))).collect()
    }

    /// One clone. Where it ends in the middle, what is behind that goes on in another one.
    fn one(&self, clone: &Clone, tells: bool) -> Ran {
        let mut seen: Vec<Observed> = Vec::new();
        while seen.len() < clone.programs.len() {
            let rest = fitting(clone.programs.get(seen.len()..).unwrap_or_default());
            let (more, whole) = self.part(&clone.spec, rest, seen.len(), tells)?;
            let done = more.iter().take_while(|program| program.end.is_some()).count();
            // The one in which the clone ended is lost, and counts as done.
            let take = if whole { more.len() } else { done + 1 };
            seen.extend(more.into_iter().take(take));
        }
        Ok(seen)
    }

    fn part(
        &self,
        spec: &Spec,
        programs: &[Program],
        offset: usize,
        tells: bool,
    ) -> Result<(Vec<Observed>, bool), String> {
        if self.request.stop.load(Ordering::Relaxed) {
            return Err(Trouble::Stopped.to_string());
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let name = clone_name(self.request.mark, number);
        let plan = encode(programs, ATTEMPT).map_err(|error| error.to_string())?;
        let plan = replaced(plan, &clone_name(self.request.mark, 0), &name);
        let job = Job { name: name.clone(), spec: spec.clone(), plan, limit: CLONE };
        let text = (self.run)(&job).map_err(|trouble| trouble.to_string())?;
        if text.len() > LONGEST {
            return Err("the clone wrote far more than the probe does".into());
        }
        let report = Report::read(&text, programs.len());
        if let Some(error) = report.failed
            && report.programs.iter().all(|program| program.end.is_none())
        {
            let why = if error < 0 {
                experiment::errno_name(i32::try_from(-error).unwrap_or(0))
            } else {
                "its plan".into()
            };
            return Err(format!("the probe cannot work in this clone: {why}"));
        }
        if report.programs.iter().all(|program| program.began.is_none()) && !report.whole {
            return Err("the probe did not start in this clone".into());
        }
        if tells {
            let mut like = self.like.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            like.names.push(name);
            like.until = Some(now());
            let length = like.began.len().max(offset + programs.len());
            like.began.resize(length, None);
            for (n, program) in report.programs.iter().enumerate() {
                if let Some(slot) = like.began.get_mut(offset + n) {
                    *slot = slot.or(program.began);
                }
            }
        }
        Ok((report.programs, report.whole))
    }
}

/// Now, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The system calls that the probe itself cannot do without.
const OF_THE_PROBE: [&str; 17] = [
    "clock_gettime",
    "clone",
    "close",
    "dup3",
    "execve",
    "exit_group",
    "fcntl",
    "geteuid",
    "kill",
    "openat",
    "ppoll",
    "prctl",
    "read",
    "setitimer",
    "setpgid",
    "wait4",
    "write",
];

/// The spec with what the probe needs in its filter, where it has one of its own that refuses that. More is let through,
/// so what is blocked there is blocked by the filter as it is, too.
pub fn for_probe(spec: &Spec) -> Spec {
    let mut spec = spec.clone();
    if let Filter::Profile(profile) = &mut spec.seccomp
        && profile.default_action != "SCMP_ACT_ALLOW"
    {
        // A rule that names a call, perhaps with conditions, is what the profile is about, and stays as it is.
        let named =
            |name: &str| profile.syscalls.iter().any(|rule| rule.names.iter().any(|known| known == name));
        let missing: Vec<String> =
            OF_THE_PROBE.iter().filter(|name| !named(name)).map(|name| (*name).to_owned()).collect();
        if !missing.is_empty() {
            profile.syscalls.push(Rule {
                names: missing,
                action: "SCMP_ACT_ALLOW".into(),
                ..Rule::default()
            });
        }
    }
    spec
}

/// The settings in force in a spec.
pub fn in_force(spec: &Spec, capabilities: &BTreeSet<String>) -> Vec<Setting> {
    let loose = crate::setting::loosest(spec, capabilities);
    SETTINGS.into_iter().filter(|setting| setting.in_force(spec, &loose)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::techniques::TECHNIQUES;

    /// What comes of one technique where each attempt, in every clone, is refused with that error.
    fn refused(name: &str, error: i32, spec: &Spec) -> Attempt {
        let technique = *TECHNIQUES.iter().find(|technique| technique.name == name).unwrap();
        let request = Request {
            spec,
            techniques: &[technique],
            attribute: false,
            mark: "m",
            canary: "c",
            capabilities: &BTreeSet::new(),
            stop: &AtomicBool::new(false),
            listening: false,
            progress: &|_| {},
        };
        let run =
            |_: &Job| Ok(format!("0 0 -{error}\n0 end 256\n1 0 -{error}\n1 end 256\ndone\n").into_bytes());
        through(&run, Ipv4Addr::LOCALHOST, &request, &mut |clones, run| run(clones)).attempts.swap_remove(0)
    }

    #[test]
    fn what_is_not_there_in_the_weakened_twin_either_is_not_applicable() {
        let spec = Spec { user: crate::spec::User { uid: 1, ..Default::default() }, ..Spec::default() };
        let attempt = refused("kernel-modprobe-path", libc::ENOENT, &spec);
        assert_eq!(attempt.outcome, Outcome::NotApplicable, "{attempt:?}");
        assert_eq!(attempt.reason.as_deref(), Some("this kernel has no modules"));
        let attempt = refused("kernel-modprobe-path", libc::EPERM, &spec);
        assert_eq!(attempt.outcome, Outcome::Inconclusive, "{attempt:?}");
    }

    #[test]
    fn each_clone_has_a_mark_of_its_own() {
        let (first, second) = (clone_name("m", 0), clone_name("m", 12));
        assert_eq!((first.as_str(), second.as_str()), ("m-0000", "m-0012"));
        let text = b"/tmp/m-0000-file m-00 m-0000m-0000 m-000".to_vec();
        assert_eq!(replaced(text, &first, &second), b"/tmp/m-0012-file m-00 m-0012m-0012 m-000");
        assert_eq!(replaced(b"m-0000".to_vec(), &first, "longer-than-that"), b"m-0000");
        assert_eq!(
            of_first_clone("open /tmp/m-0012-file by m-0012", "m", &["m-0012"]),
            "open /tmp/m-0000-file by m-0000"
        );
    }

    #[test]
    fn what_does_not_fit_into_one_plan_goes_on_in_the_next_clone() {
        let long =
            || Program { shared: vec![("m", crate::program::Memory::zeros(200 << 10))], steps: Vec::new() };
        let programs: Vec<Program> = (0..25).map(|_| long()).collect();
        let mut rest = programs.as_slice();
        let mut plans = 0;
        while !rest.is_empty() {
            let now = fitting(rest);
            assert!(encode(now, ATTEMPT).unwrap().len() <= LONGEST_PLAN);
            rest = &rest[now.len()..];
            plans += 1;
        }
        assert_eq!(plans, 3);
    }

    #[test]
    fn what_says_nothing_of_such_a_clone_is_not_made_in_it() {
        let attempt = refused("setuid-program", libc::EPERM, &Spec::default());
        assert_eq!(attempt.outcome, Outcome::NotApplicable, "{attempt:?}");
        assert_eq!(attempt.reason.as_deref(), Some("it runs as root already"));
    }
}
