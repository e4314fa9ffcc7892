//! `tyrian facts`: collect, show, diff.

use crate::cli::FactsCommand;
use crate::progress::Progress;
use crate::{Failure, exit, output, scan};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use tyrian_report::text::clean;

pub(crate) fn run(command: &FactsCommand) -> Result<u8, Failure> {
    match command {
        FactsCommand::Collect { targets, output } => {
            let progress = Progress::new(targets.quiet);
            let snapshot = scan::snapshot(targets, &progress)?;
            drop(progress);
            let text =
                serde_json::to_string(&snapshot).map_err(|e| Failure::new(exit::INTERNAL, e.to_string()))?;
            let text = tyrian_report::json::plain(text);
            match output {
                Some(file) => output::save(file, text.as_bytes())?,
                None => output::print(&(text + "\n")),
            }
        }
        FactsCommand::Show { file, subject } => {
            let mut out = String::new();
            for (path, value) in leaves(&load(file)?) {
                if subject.as_ref().is_none_or(|wanted| path.contains(wanted)) {
                    let _ = writeln!(out, "{} = {}", clean(&path), value);
                }
            }
            output::print(&out);
        }
        FactsCommand::Diff { before, after } => {
            let (before, after) = (leaves(&load(before)?), leaves(&load(after)?));
            let mut lines = Vec::new();
            for (path, value) in &before {
                match after.get(path) {
                    Some(new) if new == value => {}
                    Some(new) => lines.push(format!("~ {path}: {value} → {new}")),
                    None => lines.push(format!("- {path} = {value}")),
                }
            }
            let new = after.iter().filter(|(path, _)| !before.contains_key(*path));
            lines.extend(new.map(|(path, value)| format!("+ {path} = {value}")));
            let out: String = lines.iter().map(|line| clean(line) + "\n").collect();
            output::print(&out);
        }
    }
    Ok(0)
}

/// The facts of a snapshot as plain JSON, once it is known that this program reads its format.
fn load(file: &Path) -> Result<Value, Failure> {
    let snapshot = scan::load(file)?;
    serde_json::to_value(&snapshot.facts).map_err(|e| Failure::new(exit::INTERNAL, e.to_string()))
}

/// Every leaf by its path, without the wrapping that says where it was read.
fn leaves(value: &Value) -> std::collections::BTreeMap<String, String> {
    let mut out = std::collections::BTreeMap::new();
    let mut open = vec![(String::new(), value)];
    while let Some((path, value)) = open.pop() {
        let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path} {key}") };
        match value {
            Value::Object(entries) if entries.contains_key("rows") && entries.contains_key("gaps") => {
                open.push((path.clone(), &entries["rows"]));
                if entries["gaps"].as_array().is_some_and(|gaps| !gaps.is_empty()) {
                    out.insert(below("gaps"), entries["gaps"].to_string());
                }
            }
            Value::Object(entries) if entries.len() == 1 && entries.contains_key("is") => {
                open.push((path, &entries["is"]))
            }
            Value::Object(entries)
                if entries.len() == 1 && entries.contains_key("at") && entries["at"].is_array() =>
            {
                open.push((path, &entries["at"][0]));
            }
            Value::Object(entries) => open.extend(entries.iter().map(|(key, value)| (below(key), value))),
            leaf => drop(out.insert(path, leaf.to_string())),
        }
    }
    out
}
