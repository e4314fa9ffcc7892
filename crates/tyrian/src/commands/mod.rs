//! The commands, one file each.

mod baseline;
mod db;
mod db_update;
mod diff;
mod explain;
mod facts;
mod fix;
mod gate;
mod matrix;
mod purple;
mod sbom;
mod scan;
mod watch;

use crate::Failure;
use crate::cli::{Cli, Command};

/// Runs a command and says with which code to exit.
pub(crate) fn run(cli: Cli) -> Result<u8, Failure> {
    match cli.command {
        Command::Scan(args) => scan::run(&args),
        Command::Gate(args) => gate::run(&args),
        Command::Baseline(args) => baseline::run(&args),
        Command::Matrix(args) => matrix::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Fix(args) => fix::run(&args),
        Command::Sbom(args) => sbom::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Purple(command) => purple::run(&command),
        Command::Facts(command) => facts::run(&command),
        Command::Db(command) => db::run(&command),
    }
}
