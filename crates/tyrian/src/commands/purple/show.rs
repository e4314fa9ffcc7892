//! `tyrian purple show`.

use crate::cli::{PurpleFormat, ShowArgs};
use crate::{Failure, exit, output, state};
use std::fmt::Write;
use tyrian_emulate::record;
use tyrian_model::purple::{Prevention, Run};
use tyrian_report::purple;
use tyrian_report::text::{clean, cut};

pub(crate) fn run(args: &ShowArgs) -> Result<u8, Failure> {
    let record = record::read(&record::file(&state::directory("the record of runs")?));
    for remark in &record.remarks {
        anstream::eprintln!("tyrian: {}", clean(remark));
    }
    let columns = output::terminal_columns();
    let found = match args.run.as_deref() {
        None => None,
        Some("last") => Some(record.runs.last()),
        Some(id) => Some(record.runs.iter().rev().find(|run| run.id == id)),
    };
    let text = match (found, args.format) {
        (None, PurpleFormat::Human) => list(&record.runs, columns),
        (None, PurpleFormat::Json) => json(&record.runs)?,
        (Some(Some(run)), PurpleFormat::Human) => purple::render(run, args.all, columns),
        (Some(Some(run)), PurpleFormat::Json) => json(run)?,
        (Some(None), _) => {
            let what = match args.run.as_deref() {
                Some(id) if id != "last" => {
                    format!("{id}: no such run on record (tyrian purple show lists them)")
                }
                _ => "no run is on record: tyrian purple run makes one".to_owned(),
            };
            return Err(Failure::new(exit::NOTHING, what));
        }
    };
    output::print(&text);
    Ok(0)
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value);
    Ok(json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))? + "\n")
}

/// One line a run, the newest first.
fn list(runs: &[Run], columns: usize) -> String {
    let mut out = String::new();
    if runs.is_empty() {
        return "no run is on record: tyrian purple run makes one\n".into();
    }
    for run in runs.iter().rev() {
        let count = |wanted| run.attempts.iter().filter(|a| a.prevention == Some(wanted)).count();
        let when =
            jiff::Timestamp::from_second(run.started).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
        let line = format!(
            "{}  {}  {:>3} blocked {:>3} not  {}",
            run.id,
            when.unwrap_or_default(),
            count(Prevention::Blocked),
            count(Prevention::NotBlocked),
            run.target
        );
        let _ = writeln!(out, "{}", cut(&clean(&line), columns));
    }
    out
}
