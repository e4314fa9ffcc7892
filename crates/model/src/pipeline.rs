//! Pipelines and the repository they build.

use crate::fact::{Known, Pos};
use crate::script::Script;
use crate::secret::Concealed;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A pipeline of a continuous-integration system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Whose it is.
    pub system: System,
    /// What starts it: `push`, `pull_request_target`, `schedule`…; empty for a Jenkinsfile.
    #[serde(default)]
    pub triggers: Known<BTreeSet<String>>,
    /// Permissions of its token, scope → `read`, `write` or `none`; nothing where they are not set.
    /// `write-all` and `read-all` stand as the scope `*`.
    #[serde(default)]
    pub permissions: Known<Option<BTreeMap<String, String>>>,
    /// Its jobs or stages in order.
    #[serde(default)]
    pub jobs: Known<Vec<Job>>,
}

/// A continuous-integration system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// GitHub Actions.
    Github,
    /// Jenkins, declarative or scripted.
    Jenkins,
}

/// A job, or a stage of a Jenkinsfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its key or name.
    pub name: String,
    /// Where it begins.
    pub at: Pos,
    /// Permissions of its own; nothing: the pipeline's.
    #[serde(default)]
    pub permissions: Known<Option<BTreeMap<String, String>>>,
    /// The image that it runs in, and how it is run (`args '-v /var/run/docker.sock…'`); empty: the agent itself.
    #[serde(default)]
    pub container: Known<Vec<Concealed>>,
    /// A reusable workflow that it calls instead of steps of its own.
    #[serde(default)]
    pub uses: Known<Option<Concealed>>,
    /// Does its failure not count (`continue-on-error`)?
    #[serde(default)]
    pub may_fail: Known<bool>,
    /// Its steps in order.
    #[serde(default)]
    pub steps: Known<Vec<Step>>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name; nothing where it has none.
    pub name: Option<String>,
    /// Where it begins.
    pub at: Pos,
    /// An action (`actions/checkout@v4`), a shared library (`library 'x@main'`) or a plugin's step (`withCredentials`).
    #[serde(default)]
    pub uses: Known<Option<Concealed>>,
    /// The inputs of the action.
    #[serde(default)]
    pub with: Known<BTreeMap<String, Concealed>>,
    /// Environment of the step.
    #[serde(default)]
    pub env: Known<BTreeMap<String, Concealed>>,
    /// The script it runs; nothing where it uses an action.
    #[serde(default)]
    pub script: Known<Option<Script>>,
    /// Expressions (`${{ … }}`, Groovy's `${…}`) that are put into the script's text before a shell reads it.
    #[serde(default)]
    pub expressions: Known<Vec<(String, Pos)>>,
    /// Does its failure not count (`continue-on-error`, `catchError`)?
    #[serde(default)]
    pub may_fail: Known<bool>,
}

/// A source repository as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Repository {
    /// The files that say how it is worked on and what it is made of: CODEOWNERS, lock files, hooks, policy
    /// files of tools. Relative paths.
    pub landmarks: Known<BTreeSet<String>>,
    /// Hooks that run before a commit (`.pre-commit-config.yaml`): the ids of the hooks.
    pub commit_hooks: Known<BTreeSet<String>>,
    /// Dependencies that are declared, by the file that declares them.
    pub dependencies: Known<Vec<Dependencies>>,
    /// What scanners of vulnerabilities are told to pass over (`.trivyignore`, `osv-scanner.toml`).
    pub waivers: Known<Vec<Waiver>>,
    /// The lines of the `CODEOWNERS` that counts, in its order; none where there is no such file.
    pub code_owners: Known<Vec<OwnedPart>>,
}

/// A line of `CODEOWNERS`. The last one that a path matches says who owns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedPart {
    /// Which paths, as `.gitignore` writes them.
    pub pattern: String,
    /// Does it name anybody?
    pub owned: bool,
    /// Where it stands, with its file.
    pub at: Pos,
}

/// An exception that a scanner is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The file, relative to the target.
    pub file: String,
    /// What is passed over, `CVE-2024-1234`.
    pub id: String,
    /// Where it stands.
    pub at: Pos,
    /// Does it say why?
    pub reasoned: bool,
    /// Does it end?
    pub ends: bool,
}

/// What one file declares that it depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependencies {
    /// The file, relative to the target.
    pub file: String,
    /// `pypi`, `npm`, `go`, `cargo`…, as package URLs have them.
    pub ecosystem: String,
    /// Is there a lock file beside it, or does it pin each version itself?
    pub locked: bool,
    /// The dependencies that are not fixed to one version, and where they stand.
    pub floating: Vec<(String, Pos)>,
    /// Are the hashes of what is fetched checked?
    pub hashed: bool,
}
