//! Clones: throwaway containers in which attempts are made, by three drivers that make the same of the same spec.

mod cgroup;
pub mod docker;
mod local;
pub mod namespaces;
pub mod runc;
mod stub;

use crate::spec::Spec;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The directory, inside every clone, of the probe (`probe`), its setuid copy (`setuid`) and its plan, which has the
/// name of the clone: so an alert about any process of the probe can be told to be about this clone.
pub const PROBE_DIRECTORY: &str = "/.tyrian";

/// The label of everything that a driver makes, with the word of the run as its value: leftovers are found by it.
pub const LABEL: &str = "tyrian.purple";

/// Who makes the clones.
#[derive(Debug)]
pub enum Driver {
    /// A Docker engine, by its API, also a remote one.
    Docker(Box<docker::Docker>),
    /// The OCI runtime `runc`.
    Runc(runc::Runc),
    /// Namespaces of our own making, where neither is there.
    Namespaces(namespaces::Namespaces),
}

/// What is run in a clone.
#[derive(Clone, Debug)]
pub struct Job {
    /// The name of the clone, which no other has: the mark of the run and a number.
    pub name: String,
    /// What it is made of.
    pub spec: Spec,
    /// The plan, as [`crate::program::encode`] writes it.
    pub plan: Vec<u8>,
    /// How long it may run; it is ended after that.
    pub limit: Duration,
}

impl Job {
    /// The path of the plan inside the clone.
    pub fn plan_path(&self) -> String {
        format!("{PROBE_DIRECTORY}/{}", self.name)
    }
}

/// A clone that could not be made or did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The driver cannot make a clone with such a setting: what it lacks.
    CannotReproduce(String),
    /// It did not start: what happened, to what, what to do.
    DidNotStart(String),
    /// It ran for too long and was ended.
    TooLong,
    /// The run was stopped from outside.
    Stopped,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::CannotReproduce(what) => write!(f, "this driver cannot reproduce {what}"),
            Trouble::DidNotStart(why) => write!(f, "the clone did not start: {why}"),
            Trouble::TooLong => write!(f, "the clone ran for too long and was ended"),
            Trouble::Stopped => write!(f, "the run was stopped"),
        }
    }
}

/// The second throwaway container of a run, which stands for everything outside of a clone. It runs until the driver
/// is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its process id on this machine; nothing with a remote engine.
    pub process: Option<u32>,
    /// Its address on the lab's network.
    pub address: std::net::Ipv4Addr,
}

impl Driver {
    /// The driver's name: `docker`, `runc`, `namespaces`.
    pub fn name(&self) -> &'static str {
        match self {
            Driver::Docker(_) => "docker",
            Driver::Runc(_) => "runc",
            Driver::Namespaces(_) => "namespaces",
        }
    }
    /// Does it hold the neighbour's standard input, so that the neighbour ends with it?
    pub fn holds_neighbour(&self) -> bool {
        !matches!(self, Driver::Docker(_))
    }
    /// The version of what runs the clones.
    pub fn version(&self) -> String {
        match self {
            Driver::Docker(driver) => driver.version(),
            Driver::Runc(driver) => driver.version().to_owned(),
            Driver::Namespaces(_) => "namespaces of its own making".to_owned(),
        }
    }
    /// The capabilities that a clone can have.
    ///
    /// # Errors
    /// The engine cannot be asked.
    pub fn capabilities(&self) -> Result<BTreeSet<String>, Trouble> {
        match self {
            Driver::Docker(driver) => driver.capabilities(),
            Driver::Runc(_) | Driver::Namespaces(_) => Ok(crate::here::capabilities()),
        }
    }
    /// Starts the neighbour, once, and the lab's network: the plan is one program, which the probe is told to
    /// `enter`. Its spec is that of a clone; it has namespaces of its own throughout.
    ///
    /// # Errors
    /// It did not start.
    pub fn start_neighbour(&mut self, job: &Job) -> Result<Neighbour, Trouble> {
        match self {
            Driver::Docker(driver) => driver.start_neighbour(job),
            Driver::Runc(driver) => driver.start_neighbour(job),
            Driver::Namespaces(driver) => driver.start_neighbour(job),
        }
    }
    /// Runs one clone to its end and returns what the probe wrote. Nothing of the clone is left behind, whatever
    /// happened. May be called from several threads at once.
    ///
    /// # Errors
    /// The clone was not made, or was ended.
    pub fn run(&self, job: &Job) -> Result<Vec<u8>, Trouble> {
        match self {
            Driver::Docker(driver) => driver.run(job),
            Driver::Runc(driver) => driver.run(job),
            Driver::Namespaces(driver) => driver.run(job),
        }
    }
}

/// Removes what killed runs have left on this machine that made clones without an engine, and says what that was. What
/// belongs to a run that goes on stays.
pub fn leftovers() -> Vec<String> {
    local::leftovers().into_iter().map(|mark| format!("directory {mark}")).collect()
}

/// A directory of this run, for drivers that need one; removed with what is in it when the driver is dropped.
fn state_directory(mark: &str) -> PathBuf {
    std::env::temp_dir().join(mark)
}
