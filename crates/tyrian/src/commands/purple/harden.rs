//! `tyrian purple harden`.

use super::plan::{chosen, victims};
use super::run::{Lab, allowed};
use crate::cli::{HardenArgs, PurpleFormat};
use crate::consent::leave;
use crate::progress::Progress;
use crate::target::Target;
use crate::{Failure, exit, output};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use tyrian_emulate::clone::Driver;
use tyrian_emulate::clone::docker::workload::Trial;
use tyrian_emulate::harden::{Failed, Hardened, harden, write};
use tyrian_emulate::spec::Spec;
use tyrian_model::purple::{Attempt, Prevention, Run};
use tyrian_report::text::{clean, hang};

pub(crate) fn run(args: &HardenArgs) -> Result<u8, Failure> {
    let [target] = args.run.target.as_slice() else {
        return Err(Failure::new(exit::USAGE, "one workload is hardened at a time: give one --target"));
    };
    let Ok(Target::Container(name)) = Target::parse(target) else {
        let what = format!("{target}: what is hardened is run, so it must be container:NAME of the engine");
        return Err(Failure::new(exit::USAGE, what));
    };
    let techniques = chosen(&args.run.technique, args.run.layer)?;
    let leave = leave(args.run.lab, args.run.scope.as_deref())?;
    let progress = Progress::new(args.run.quiet);
    let victim = victims(target, &args.run, &progress)?;
    let [victim] = victim.as_slice() else {
        return Err(Failure::new(exit::NOTHING, format!("{target}: it is not one container")));
    };
    allowed(victim, &techniques, &leave)?;
    let mut lab = Lab::start(victim, &args.run, &progress)?;
    let before = lab.attack(victim, &victim.spec, &techniques, false, &progress)?;
    let Driver::Docker(docker) = &lab.driver else {
        return Err(Failure::new(
            exit::USAGE,
            "a workload is hardened by a Docker engine: leave --driver out",
        ));
    };
    let failed = |what: String| Failure::new(exit::NOTHING, format!("{target}: {what}"));
    let inspected = docker.inspect(&name).map_err(|trouble| failed(trouble.to_string()))?;
    let trial = Trial { check: args.check.clone(), reload: args.reload.clone(), ..Trial::default() };
    let found = harden(docker, &inspected, &victim.spec, &trial, &|what| progress.now(what));
    let found = found.map_err(|why| match why {
        Failed::Sick(why) => {
            failed(format!("it does not live as it is, so nothing can be tried on it: {why}"))
        }
        Failed::Trouble(trouble) => failed(trouble.to_string()),
    })?;
    let after = lab.attack(victim, &found.spec, &techniques, true, &progress)?;
    drop(lab);
    drop(progress);
    if let Some(directory) = &args.output {
        save(directory, &name, &victim.spec, &found.spec)?;
    }
    let shown = match args.run.format {
        PurpleFormat::Human => human(&name, &victim.spec, &found, &before, &after),
        PurpleFormat::Json => {
            let report = json!({
                "target": target, "before": before, "after": after, "tried": found.tried, "runs": found.runs,
                "docker": { "flags": write::docker(&victim.spec, &found.spec), "without": write::without(&victim.spec, &found.spec) },
                "compose": write::compose(&name, &victim.spec, &found.spec),
                "pod": write::pod(&name, &victim.spec, &found.spec),
                "seccomp": write::profile(&found.spec),
                "settings": settings(&after),
            });
            let json = serde_json::to_string_pretty(&report);
            json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))? + "\n"
        }
    };
    output::print(&shown);
    Ok(0)
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
