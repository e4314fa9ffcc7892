//! Documents that are made of the code: `docs/`.

use crate::Files;
use std::fmt::Write;
use std::io;
use tyrian_emulate::techniques::TECHNIQUES;
use tyrian_judge::check::{Check, Example};
use tyrian_judge::matrix::ControlKind;
use tyrian_model::evidence::Layer;
use tyrian_report::benchmark::View;
use tyrian_report::matrix::LAYERS;
use tyrian_report::{Report, human};
use tyrian_rules::benchmark::{self, Item};
use tyrian_rules::{checks, mission::MISSION, pod_security::CONTROLS};

/// All of them.
///
/// # Errors
/// None in practice: they are written to memory.
pub fn files() -> io::Result<Files> {
    let mut files = Files::new();
    files.insert("docs/report.schema.json".into(), json(&schemars::schema_for!(Report))?);
    files.insert("docs/run.schema.json".into(), json(&schemars::schema_for!(tyrian_model::purple::Run))?);
    let diff = schemars::schema_for!(tyrian_report::difference::Difference);
    files.insert("docs/diff.schema.json".into(), json(&diff)?);
    files.insert("docs/config.schema.json".into(), json(&tyrian::config_schema())?);
    files.insert("docs/checks.md".into(), self::checks());
    files.insert("docs/controls.md".into(), controls());
    files.insert("docs/techniques.md".into(), techniques());
    files.insert("docs/pod-security.md".into(), pod_security());
    files.insert("docs/cis-docker.md".into(), cis_docker());
    files.insert("docs/benchmark.schema.json".into(), json(&schemars::schema_for!(View))?);
    completions(&mut files)?;
    man(&mut files)?;
    Ok(files)
}

fn json(schema: &schemars::Schema) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(schema)? + "\n")
}

fn completions(files: &mut Files) -> io::Result<()> {
    use clap_complete::Shell::{Bash, Fish, Zsh};
    for (shell, name) in [(Bash, "tyrian.bash"), (Zsh, "_tyrian"), (Fish, "tyrian.fish")] {
        let mut out = Vec::new();
        clap_complete::generate(shell, &mut tyrian::command(), "tyrian", &mut out);
        files.insert(format!("docs/completions/{name}"), text(out)?);
    }
    Ok(())
}

/// A page for the program and one for each command, `tyrian-facts-collect.1`.
fn man(files: &mut Files) -> io::Result<()> {
    let mut command = tyrian::command().disable_help_subcommand(true);
    command.build();
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        open.extend(command.get_subcommands().cloned());
        let man = clap_mangen::Man::new(command);
        let mut out = Vec::new();
        man.render(&mut out)?;
        files.insert(format!("docs/man/{}", man.get_filename()), text(out)?);
    }
    Ok(())
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(io::Error::other)
}

const WRITTEN: &str = "<!-- Written by `cargo xtask docs`. -->\n";

fn checks() -> String {
    let all = checks::all();
    let mut out = format!("# Checks\n{WRITTEN}\n`tyrian explain NAME` says the same on a terminal.\n\n");
    out.push_str("| Check | Severity | What is wrong |\n|---|---|---|\n");
    for check in &all {
        let (name, title) = (check.name, cell(check.title()));
        let _ = writeln!(out, "| [{name}](#{name}) | {} | {title} |", human::name(check.severity()));
    }
    for (layer, name) in LAYERS {
        let checks: Vec<&&Check> = all.iter().filter(|check| check.layer == layer).collect();
        if !checks.is_empty() {
            let _ = writeln!(out, "\n## Layer {name}");
        }
        checks.into_iter().for_each(|check| self::check(&mut out, check));
    }
    out
}

fn check(out: &mut String, check: &Check) {
    let _ = writeln!(out, "\n### {}\n", check.name);
    let _ = writeln!(out, "{}\n", cell(check.title()));
    let _ = writeln!(
        out,
        "Severity {} · layer {} · judges {} · {}\n",
        human::name(check.severity()),
        layer(check.layer),
        links(check.controls.iter().copied(), "controls.md"),
        check.ids.join(", ")
    );
    for heading in ["What it checks", "Why it matters", "Fix"] {
        let _ = writeln!(out, "**{heading}.** {}\n", check.section(heading));
    }
    for (word, examples) in [("Bad", check.bad), ("Good", check.good)] {
        if let Some(example) = examples.first() {
            let _ = writeln!(out, "{word}:");
            self::example(out, example);
        }
    }
}

fn example(out: &mut String, example: &Example) {
    match example {
        Example::Tree(files) => {
            for (path, text) in *files {
                let language = path.rsplit_once('.').map_or("", |(_, ending)| ending);
                let language = if language.contains('/') { "" } else { language };
                let _ = writeln!(out, "\n`{path}`");
                fenced(out, language, text);
            }
        }
        Example::Engine(text) | Example::Facts(text) => {
            out.push('\n');
            fenced(out, "json", text);
        }
    }
}

/// A block of code with a fence that its text does not hold.
fn fenced(out: &mut String, language: &str, text: &str) {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    let _ = writeln!(out, "{fence}{language}\n{}\n{fence}\n", text.trim_matches('\n'));
}

fn techniques() -> String {
    let mut out = format!("# Techniques\n{WRITTEN}\n");
    out.push_str(
        "`tyrian purple run` makes these attempts in throwaway clones of a workload: never in the workload, and never \
         against anything but the lab's own stand-ins. `tyrian explain NAME` says the same on a terminal.\n\n",
    );
    out.push_str("| Technique | What the attacker does | What should stop it |\n|---|---|---|\n");
    for technique in TECHNIQUES {
        let (name, title) = (technique.name, cell(technique.title()));
        let controls = links(technique.controls.iter().copied(), "controls.md");
        let _ = writeln!(out, "| [{name}](#{name}) | {title} | {controls} |");
    }
    for technique in TECHNIQUES {
        let _ = writeln!(out, "\n## {}\n\n{}\n", technique.name, cell(technique.title()));
        for heading in ["What it tries", "Why it matters", "What stops it"] {
            let _ = writeln!(out, "**{heading}.** {}\n", technique.section(heading));
        }
        let _ = write!(out, "Ways: {}", technique.ways().join(", "));
        if !technique.detections.is_empty() {
            let detections = links(technique.detections.iter().copied(), "controls.md");
            let _ = write!(out, " · noticed by {detections}");
        }
        let _ = writeln!(out, " · {}", technique.ids.join(", "));
    }
    out
}

fn controls() -> String {
    let mut out = format!("# Threats and controls\n{WRITTEN}\n## Threats\n\n");
    out.push_str("| Threat | What it is | Layers | Ids | Answered by |\n|---|---|---|---|---|\n");
    for threat in &MISSION.threats {
        let answers = MISSION.controls.iter().filter(|control| control.answers.contains(&threat.id));
        let _ = writeln!(
            out,
            "| <a id=\"{0}\"></a>{0} | {1} | {2} | {3} | {4} |",
            threat.id,
            cell(&threat.title),
            layers(&threat.layers),
            threat.ids.join(", "),
            links(answers.map(|control| control.id.as_str()), "")
        );
    }
    out.push_str("\n## Controls\n\nOne that only detects never counts as prevention.\n\n");
    out.push_str(
        "| Control | What it is | Layers | Kind | Answers | Judged by |\n|---|---|---|---|---|---|\n",
    );
    let all = checks::all();
    for control in &MISSION.controls {
        let serving = all.iter().filter(|check| check.controls.contains(&control.id.as_str()));
        let mut serving = links(serving.map(|check| check.name), "checks.md");
        if serving.is_empty() {
            serving = control.unserved.as_deref().map_or_else(|| "nothing yet".to_owned(), cell);
        }
        let kind = match control.kind {
            ControlKind::Prevents => "prevents",
            ControlKind::Detects => "detects",
            ControlKind::Process => "process",
        };
        let _ = writeln!(
            out,
            "| <a id=\"{0}\"></a>{0} | {1} | {2} | {kind} | {3} | {serving} |",
            control.id,
            cell(&control.title),
            layers(&control.layers),
            links(control.answers.iter().map(String::as_str), ""),
        );
    }
    out
}

const POD_SECURITY: &str = "\
`tyrian scan TARGET --benchmark pod-security` judges every pod and template of a pod against `baseline` and \
`restricted`, and says for each namespace which level it meets today, which it enforces, and what stands in the way \
of the other. `pod-security@v1.30` takes the standards as they stood in that release. Admission judges the fields \
below as they are written; so does this, control by control, under the names that the admission plugin has for them.

A pod whose own namespace would refuse it is also a finding ([refused-by-own-namespace]\
(checks.md#refused-by-own-namespace)). The checks of the runtime layer judge what *holds* in a container, whoever \
described it, and name the level of the standard in their ids.
";

fn pod_security() -> String {
    let mut out = format!("# Pod Security Standards\n{WRITTEN}\n{POD_SECURITY}\n");
    out.push_str("| Control | Level | Since | What to set | In the place of |\n|---|---|---|---|---|\n");
    for control in CONTROLS {
        let replaced = control.replaces.map(|id| format!("[{id}](#{})", id.to_lowercase()));
        let _ = writeln!(
            out,
            "| [{}](#{}) | {} | v1.{} | {} | {} |",
            control.title,
            control.id.to_lowercase(),
            control.level,
            control.since,
            cell(control.set),
            replaced.unwrap_or_default()
        );
    }
    for control in CONTROLS {
        let _ = writeln!(out, "\n## {}\n\n{}. {}", control.id, control.title, cell(control.doc));
    }
    out
}

/// Every id of CIS Docker: who answers it, or why nobody does.
fn cis_docker() -> String {
    let mut out = format!("# CIS Docker, id by id\n{WRITTEN}\n");
    out.push_str(
        "`tyrian scan docker host --benchmark cis-docker` prints this list for your engine and host; \
         `cis-docker-1.8` has the numbers of version 1.8. What is asked for is told in our own words. How the answers \
         come about, which rights they need, and where they differ from Docker Bench: \
         [docker-bench.md](docker-bench.md).\n",
    );
    let newer: Vec<Item> = benchmark::named("cis-docker-1.8")
        .into_iter()
        .flat_map(|all| all.sections)
        .flat_map(|s| s.items)
        .collect();
    let mut left = newer.iter().filter(|item| item.key.starts_with("cis-docker-1.8:")).peekable();
    for section in benchmark::named("cis-docker").into_iter().flat_map(|all| all.sections) {
        let _ = writeln!(out, "\n## {} {}\n", section.number, section.title);
        out.push_str("| 1.6, 1.7 | 1.8 | What it asks for | Answered by | Left to a person, or why not |\n|---|---|---|---|---|\n");
        for item in &section.items {
            let number =
                newer.iter().find(|other| other.key == item.key).map_or("", |other| other.id.as_str());
            if let Some(more) = left.next_if(|more| more.id == item.id) {
                row(&mut out, "", &more.id, more);
            }
            row(&mut out, &item.id, number, item);
        }
    }
    out
}

fn row(out: &mut String, older: &str, newer: &str, item: &Item) {
    let checks = links(item.checks.iter().map(|check| check.name), "checks.md");
    let left =
        [&item.cannot, &item.manual].into_iter().flatten().next().map_or_else(String::new, |text| cell(text));
    let _ = writeln!(out, "| {older} | {newer} | {} | {checks} | {left} |", cell(item.title));
}

/// Names as links to their places in a document.
fn links<'n>(names: impl Iterator<Item = &'n str>, document: &str) -> String {
    names.map(|name| format!("[{name}]({document}#{name})")).collect::<Vec<_>>().join(", ")
}

/// A text for one cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn layers(all: &[Layer]) -> String {
    all.iter().map(|one| layer(*one)).collect::<Vec<_>>().join(", ")
}

fn layer(layer: Layer) -> &'static str {
    LAYERS.iter().find(|(other, _)| *other == layer).map_or("", |(_, name)| name)
}
