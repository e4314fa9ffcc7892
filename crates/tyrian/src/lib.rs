//! The command line, configuration, progress. What the program does is done in the other crates.
//!
//! This is a library so that documents can be made of the one definition of the command line; its only other user is
//! the binary.

mod agreed;
mod assess;
mod benchmark;
mod change;
mod cli;
mod commands;
mod config;
mod consent;
mod database;
mod difference;
mod earlier;
mod fetch;
mod output;
mod patch;
mod progress;
mod proof;
mod scan;
mod state;
mod target;
mod vex;
mod vulnerable;

use clap::{CommandFactory, Parser};
use std::process::ExitCode;

/// What went wrong, for a person, and the exit code that says of which kind it is.
pub(crate) struct Failure {
    code: u8,
    message: String,
}

/// Exit codes; 0 is success.
pub(crate) mod exit {
    /// The gate failed, for any reason.
    pub(crate) const GATE: u8 = 1;
    /// The command line or the configuration is wrong.
    pub(crate) const USAGE: u8 = 2;
    /// There was nothing to scan.
    pub(crate) const NOTHING: u8 = 3;
    /// Something could not be read, and `--strict` was given.
    pub(crate) const INCOMPLETE: u8 = 4;
    /// The program itself is at fault.
    pub(crate) const INTERNAL: u8 = 70;
}

impl Failure {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Failure { code, message: message.into() }
    }
}

/// The definition of the command line, for man pages and completions.
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// The schema of `tyrian.toml` and of the organisation's policy.
#[cfg(feature = "schema")]
pub fn config_schema() -> schemars::Schema {
    schemars::schema_for!(config::Written)
}

/// Runs the program with the arguments of the process, and says how to exit.
pub fn run() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { exit::USAGE } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let ran = std::panic::catch_unwind(|| commands::run(cli));
    match ran {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(failure)) => {
            anstream::eprintln!(
                "tyrian: {}",
                tyrian_report::text::clean(&failure.message).replace("\\u{a}", "\n")
            );
            ExitCode::from(failure.code)
        }
        Err(_) => ExitCode::from(exit::INTERNAL),
    }
}
