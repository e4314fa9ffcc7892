//! The user's own folder for what outlives a run.

use crate::{Failure, exit};
use std::path::{Path, PathBuf};

/// The folder, `$XDG_STATE_HOME/tyrian` or `~/.local/state/tyrian`; it may not be there yet.
///
/// # Errors
/// Neither is set: `what` says what cannot be kept.
pub(crate) fn directory(what: &str) -> Result<PathBuf, Failure> {
    let state = std::env::var_os("XDG_STATE_HOME").filter(|dir| Path::new(dir).is_absolute());
    let home = std::env::var_os("HOME").filter(|dir| Path::new(dir).is_absolute());
    let state = state.map(PathBuf::from).or(home.map(|home| Path::new(&home).join(".local/state")));
    let none = format!("no folder to keep {what} in: set HOME or XDG_STATE_HOME");
    state.map(|state| state.join("tyrian")).ok_or(Failure::new(exit::USAGE, none))
}
