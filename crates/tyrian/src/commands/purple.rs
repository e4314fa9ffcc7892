//! `tyrian purple …`: attacks on clones.

mod harden;
mod list;
mod plan;
mod run;
mod show;

use crate::Failure;
use crate::cli::PurpleCommand;

pub(crate) fn run(command: &PurpleCommand) -> Result<u8, Failure> {
    match command {
        PurpleCommand::List(args) => list::run(args),
        PurpleCommand::Run(args) => run::run(args),
        PurpleCommand::Harden(args) => harden::run(args),
        PurpleCommand::Show(args) => show::run(args),
        PurpleCommand::Clean(args) => run::clean(args),
    }
}
