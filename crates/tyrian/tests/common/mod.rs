//! What the tests of the command line share.

#![allow(dead_code)] // each file of tests takes what it needs

pub(crate) mod daemon;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory of its own for a test, gone at its end.
pub(crate) struct Dir(pub(crate) PathBuf);

impl Dir {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tyrian-test-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Dir(path)
    }
    pub(crate) fn put(&self, file: &str, text: &str) -> PathBuf {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The program in that directory, without what the one who runs the tests has set for it.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tyrian"));
    command.args(args).current_dir(dir).stdin(Stdio::null());
    command.env_remove("DOCKER_HOST").env_remove("TYRIAN_POLICY").env_remove("COLUMNS");
    command.env_remove("TYRIAN_DB").env("XDG_DATA_HOME", dir).env("XDG_CACHE_HOME", dir.join(".cache"));
    command
}

pub(crate) fn run(dir: &Dir, args: &[&str]) -> Output {
    command(&dir.0, args).output().unwrap()
}
