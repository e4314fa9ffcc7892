//! `tyrian purple harden`.

use super::plan::{Victim, chosen, victims};
use super::run::{Lab, allowed, keep};
use crate::cli::{HardenArgs, PurpleFormat};
use crate::consent::leave;
use crate::progress::Progress;
use crate::target::Target;
use crate::{Failure, exit, output, proof, scan};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use tyrian_emulate::clone::docker::workload::Trial;
use tyrian_emulate::clone::{Driver, Trouble};
use tyrian_emulate::harden::{Failed, Hardened, harden, write};
use tyrian_emulate::spec::Spec;
use tyrian_emulate::target;
use tyrian_emulate::technique::Technique;
use tyrian_model::purple::{Attempt, Prevention, Run};
use tyrian_report::text::{clean, hang};

/// How many workloads are hardened beside one another: they mostly wait.
const AT_ONCE: usize = 3;

pub(crate) fn run(args: &HardenArgs) -> Result<u8, Failure> {
    let names = names(&args.run.target)?;
    let checks = checks(args)?;
    let techniques = chosen(&args.run.technique, args.run.layer)?;
    let leave = leave(args.run.lab, args.run.scope.as_deref())?;
    let progress = Progress::new(args.run.quiet);
    let mut jobs = Vec::new();
    for ((target, name), check) in args.run.target.iter().zip(names).zip(checks) {
        let mut victims = victims(target, &args.run, &progress)?;
        let (Some(victim), true) = (victims.pop(), victims.is_empty()) else {
            return Err(Failure::new(exit::NOTHING, format!("{target}: it is not one container")));
        };
        allowed(&victim, &techniques, &leave)?;
        jobs.push(Job { name, check, victim });
    }
    let results: Vec<Mutex<Option<Result<Done, Failure>>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(jobs.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(job), Some(slot)) = (jobs.get(index), results.get(index)) else { return };
                    let own =
                        if jobs.len() > 1 { progress.about(&job.name) } else { progress.about_itself() };
                    let done = one(job, args, &techniques, &own);
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
                }
            });
        }
    });
    let mut all = Vec::new();
    for (slot, job) in results.into_iter().zip(jobs) {
        let done = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        let lost = || Err(Failure::new(exit::INTERNAL, format!("{}: its thread ended", job.name)));
        let done = done.unwrap_or_else(lost)?;
        all.push((job, done));
    }
    progress.now("reading what is declared");
    let snapshots = scan::containers(args.run.docker_host.as_deref(), &changes(&all))?;
    let proposed = proof::configurations(&snapshots[1]);
    for (job, done) in &mut all {
        done.after.proposed = true;
        if let Some(configuration) = proposed.get(&job.victim.subject) {
            done.after.basis.configuration.clone_from(configuration);
            keep(&done.after)?;
        }
    }
    drop(progress);
    if let Some(directory) = &args.output {
        let several = all.len() > 1;
        for (job, done) in &all {
            let own = if several { directory.join(&job.name) } else { directory.clone() };
            save(&own, &job.name, &job.victim.spec, &done.found.spec)?;
        }
        for (snapshot, file) in snapshots.iter().zip(["before.facts.json", "after.facts.json"]) {
            let json = serde_json::to_vec_pretty(snapshot);
            let json = json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))?;
            output::save(&directory.join(file), &json)?;
        }
    }
    let shown = match args.run.format {
        PurpleFormat::Human => {
            let shown = all
                .iter()
                .map(|(job, it)| human(&job.name, &job.victim.spec, &it.found, &it.before, &it.after));
            shown.collect::<Vec<_>>().join("\n")
        }
        PurpleFormat::Json => {
            let reports: Vec<serde_json::Value> = all.iter().map(|(job, done)| report(job, done)).collect();
            // One target is one report; several are a list of them.
            let json = match reports.as_slice() {
                [report] => serde_json::to_string_pretty(report),
                reports => serde_json::to_string_pretty(reports),
            };
            json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))? + "\n"
        }
    };
    output::print(&shown);
    Ok(0)
}

/// The names of the containers, none of them twice.
fn names(targets: &[String]) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for target in targets {
        let Ok(Target::Container(name)) = Target::parse(target) else {
            let what =
                format!("{target}: what is hardened is run, so it must be container:NAME of the engine");
            return Err(Failure::new(exit::USAGE, what));
        };
        if names.contains(&name) {
            return Err(Failure::new(exit::USAGE, format!("{target} is given twice")));
        }
        names.push(name);
    }
    Ok(names)
}

/// The check of each target, in their order.
fn checks(args: &HardenArgs) -> Result<Vec<Option<String>>, Failure> {
    let (checks, targets) = (&args.check, args.run.target.len());
    if !checks.is_empty() && checks.len() != targets {
        let what = format!(
            "{targets} targets and {} checks: give each target its own, in their order, an empty one where there is none",
            checks.len()
        );
        return Err(Failure::new(exit::USAGE, what));
    }
    let of = |n: usize| checks.get(n).filter(|check| !check.trim().is_empty()).cloned();
    Ok((0..targets).map(of).collect())
}

/// One workload to harden.
struct Job {
    name: String,
    check: Option<String>,
    victim: Victim,
}

/// What came of it.
struct Done {
    before: Run,
    found: Hardened,
    after: Run,
    /// What the engine says of the container.
    inspected: serde_json::Value,
}

fn one(
    job: &Job,
    args: &HardenArgs,
    techniques: &[&'static Technique],
    progress: &Progress,
) -> Result<Done, Failure> {
    let Job { name, check, victim } = job;
    let mut lab = Lab::start(victim, &args.run, progress)?;
    let before = lab.attack(victim, &victim.spec, techniques, args.run.attribute, progress)?;
    keep(&before)?;
    let Driver::Docker(docker) = &lab.driver else {
        return Err(Failure::new(
            exit::USAGE,
            "a workload is hardened by a Docker engine: leave --driver out",
        ));
    };
    let failed = |what: String| Failure::new(exit::NOTHING, format!("{}: {what}", victim.target));
    let trouble = |trouble: Trouble| failed(trouble.to_string());
    let inspected = docker.inspect(name).map_err(trouble)?;
    for other in args.beside.iter().filter(|other| *other != name) {
        progress.now(&format!("starting one like {other} beside it"));
        let endpoint = scan::endpoint(args.run.docker_host.as_deref()).map_err(|gap| failed(gap.what))?;
        // It needs its settings to live, the values of its variables among them.
        let like = target::docker::container(&endpoint, other, "").map_err(trouble)?;
        let seen = docker.inspect(other).map_err(trouble)?;
        docker.beside(&seen, &like.spec, &aliases(&inspected, &seen)).map_err(trouble)?;
    }
    let trial = Trial {
        check: check.clone(),
        reload: args.reload.clone(),
        waits: args.beside.iter().any(|other| other != name),
        ..Trial::default()
    };
    let found = harden(docker, &inspected, &victim.spec, &trial, &|what| progress.now(what));
    let found = found.map_err(|why| match why {
        Failed::Sick(why) => {
            failed(format!("it does not live as it is, so nothing can be tried on it: {why}"))
        }
        Failed::Trouble(it) => trouble(it),
    })?;
    let after = lab.attack(victim, &found.spec, techniques, true, progress)?;
    Ok(Done { before, found, after, inspected })
}

/// The names by which one container finds another: its name, its names in networks, and those of links.
fn aliases(of: &serde_json::Value, other: &serde_json::Value) -> Vec<String> {
    let name = other["Name"].as_str().unwrap_or_default().trim_start_matches('/');
    let mut names = BTreeSet::from([name.to_owned()]);
    for network in other["NetworkSettings"]["Networks"].as_object().into_iter().flatten().map(|(_, it)| it) {
        let all = network["Aliases"].as_array().into_iter().flatten();
        names.extend(all.filter_map(|alias| alias.as_str()).map(str::to_owned));
    }
    // `/shop-db:/shop-web/db`
    for link in of["HostConfig"]["Links"].as_array().into_iter().flatten().filter_map(|link| link.as_str()) {
        if let Some((source, alias)) = link.split_once(':')
            && source.trim_start_matches('/') == name
        {
            names.extend(alias.rsplit('/').next().map(str::to_owned));
        }
    }
    names.retain(|name| !name.is_empty());
    names.into_iter().collect()
}

/// What the settings that were found make of the engine's answer, by the container's name.
fn changes(all: &[(Job, Done)]) -> BTreeMap<String, scan::Change<'_>> {
    let of = |(job, done): &'_ (Job, Done)| -> (String, scan::Change<'_>) {
        let (before, after) = (job.victim.spec.clone(), done.found.spec.clone());
        let name = done.inspected["Name"].as_str().unwrap_or(&job.name).trim_start_matches('/').to_owned();
        (name, Box::new(move |today| write::inspected(today, &before, &after)))
    };
    all.iter().map(of).collect()
}

/// Everything, for programs.
fn report(job: &Job, done: &Done) -> serde_json::Value {
    let (name, was, is) = (&job.name, &job.victim.spec, &done.found.spec);
    json!({
        "target": job.victim.target, "before": done.before, "after": done.after, "tried": done.found.tried,
        "runs": done.found.runs,
        "docker": { "flags": write::docker(was, is), "without": write::without(was, is) },
        "compose": write::compose(name, was, is),
        "pod": write::pod(name, was, is),
        "seccomp": write::profile(is),
        "settings": settings(&done.after),
    })
}

/// Writes the profile and the patches.
fn save(directory: &Path, name: &str, before: &Spec, after: &Spec) -> Result<(), Failure> {
    std::fs::create_dir_all(directory)
        .map_err(|error| Failure::new(exit::USAGE, format!("{}: {error}", directory.display())))?;
    let pretty = |value: &serde_json::Value| format!("{value:#}\n").into_bytes();
    if let Some(profile) = write::profile(after) {
        output::save(&directory.join(write::PROFILE), &pretty(&json!(profile)))?;
    }
    output::save(&directory.join("compose.override.yaml"), write::compose(name, before, after).as_bytes())?;
    output::save(&directory.join("pod.patch.json"), &pretty(&write::pod(name, before, after)))?;
    let flags = write::docker(before, after).join(" \\\n  ");
    output::save(&directory.join("docker-run.flags"), format!("{flags}\n").as_bytes())
}

/// For each setting in force: the attempts that it stops, and what else would stop each.
fn settings(run: &Run) -> BTreeMap<String, Vec<serde_json::Value>> {
    let mut stops: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    for attempt in run.attempts.iter().filter(|attempt| attempt.prevention == Some(Prevention::Blocked)) {
        for setting in attempt.settings.iter().filter(|it| it.needed || it.suffices == Some(true)) {
            let others: Vec<&str> = attempt
                .settings
                .iter()
                .filter(|other| other.suffices == Some(true) && other.name != setting.name)
                .map(|other| other.name.as_str())
                .collect();
            stops.entry(setting.name.clone()).or_default().push(json!({
                "attempt": format!("{}/{}", attempt.technique, attempt.variant), "alternatives": others,
            }));
        }
    }
    stops
}

fn human(name: &str, as_it_is: &Spec, found: &Hardened, before: &Run, after: &Run) -> String {
    let columns = output::terminal_columns();
    let mut out = String::new();
    let count = |run: &Run, wanted| run.attempts.iter().filter(|a| a.prevention == Some(wanted)).count();
    let through = |run: &Run| -> BTreeSet<(String, String)> {
        let open = run.attempts.iter().filter(|a| a.prevention == Some(Prevention::NotBlocked));
        open.map(|a| (a.technique.clone(), a.variant.clone())).collect()
    };
    let now_blocked: Vec<&Attempt> = after
        .attempts
        .iter()
        .filter(|a| a.prevention == Some(Prevention::Blocked))
        .filter(|a| through(before).contains(&(a.technique.clone(), a.variant.clone())))
        .collect();
    let twice =
        now_blocked.iter().filter(|a| a.settings.iter().filter(|s| s.suffices == Some(true)).count() > 1);
    let _ = writeln!(
        out,
        "{}: {} attempts went through before, {} do now; {} of them are stopped by it, {} of these by two settings each",
        clean(name),
        count(before, Prevention::NotBlocked),
        count(after, Prevention::NotBlocked),
        now_blocked.len(),
        twice.count()
    );
    let _ = writeln!(out, "the workload was run {} times\n", found.runs);
    for tried in &found.tried {
        let line = match &tried.refused {
            None => format!("kept  {}", tried.change),
            Some(why) => format!("not   {}: {why}", tried.change),
        };
        out.push_str(&hang(&clean(&line), columns, "  ", "        "));
    }
    let without = write::without(as_it_is, &found.spec);
    if !without.is_empty() {
        out.push_str("\nleave out\n");
        without.iter().for_each(|what| out.push_str(&hang(&clean(what), columns, "  ", "    ")));
    }
    out.push_str("\ndocker run\n");
    for flag in write::docker(as_it_is, &found.spec) {
        let _ = writeln!(out, "  {}", clean(&flag));
    }
    out.push_str("\nwhat each setting stops\n");
    for (setting, attempts) in settings(after) {
        let alone =
            attempts.iter().filter(|it| it["alternatives"].as_array().is_some_and(Vec::is_empty)).count();
        let _ = writeln!(out, "  {setting:<20} {:>3} attempts, {alone} of them alone", attempts.len());
    }
    let open: BTreeSet<String> = through(after).into_iter().map(|(technique, _)| technique).collect();
    if !open.is_empty() {
        let list = open.into_iter().collect::<Vec<_>>().join(", ");
        out.push_str(&hang(&format!("still open: {list}"), columns, "\n", "  "));
    }
    out
}
