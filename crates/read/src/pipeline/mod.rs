//! Pipelines of continuous-integration systems: GitHub Actions and Jenkins.
//!
//! What both readers agree on:
//! - [`Job::container`](tyrian_model::pipeline::Job): images, each followed by how it is run; what begins with
//!   `-` is an argument (`-v /var/run/docker.sock:…`, `--privileged`), everything else an image. The job's own
//!   image comes first, those of its services follow.
//! - [`Step::env`](tyrian_model::pipeline::Step) is what the step sees: the environment of the pipeline and of
//!   the job with its own laid over it. Each value keeps its place.
//! - An expression that a later stage puts into a script stands in its words as `${{ … }}`, Groovy's too; the
//!   expression itself is in [`Step::expressions`](tyrian_model::pipeline::Step).

mod github;
mod groovy;
mod jenkins;

pub use github::github;
pub use jenkins::jenkins;

use crate::secrets::Key;
use crate::shell::{self, Places};
use std::cell::Cell;
use std::collections::BTreeMap;
use tyrian_model::fact::{Gap, Pos, Why};
use tyrian_model::script::Script;
use tyrian_model::secret::Concealed;

/// The largest text that is read, in bytes.
const MOST_BYTES: usize = 4 << 20;

/// The most steps of a file; of those that people write the longest has some hundreds.
const MOST_STEPS: usize = 20_000;

/// A text that stands inside another file.
#[derive(Clone, Debug, Default, PartialEq)]
struct Embedded {
    text: String,
    /// Where its parts stand in the file: offsets in bytes, ascending, the first one 0; never empty.
    parts: Vec<(usize, Pos)>,
    /// The expressions in it and their places.
    expressions: Vec<(String, Pos)>,
}

impl Embedded {
    /// What is added from here on stands at that place.
    fn part(&mut self, at: Pos) {
        self.parts.push((self.text.len(), at));
    }
    /// Adds a text behind this one.
    fn append(&mut self, other: &Embedded) {
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.parts.extend(other.parts.iter().map(|(offset, at)| (start + offset, at.clone())));
        self.expressions.extend(other.expressions.iter().cloned());
    }
    /// The text as a script, its places those of the file.
    fn script(&self, key: &Key, path: &str, shell: &str, errexit: bool, pipefail: bool) -> Script {
        let places = Places { text: &self.text, parts: self.parts.clone().into() };
        shell::placed(key, &places, path, shell, errexit, pipefail)
    }
}

/// Variables, or why they are not known.
type Env = Result<BTreeMap<String, Concealed>, Gap>;

/// How much of the outer environments may still be copied into inner ones, in bytes: many variables around many
/// steps must not cost their product.
struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Self {
        Budget(Cell::new(32 << 20))
    }
}

impl Budget {
    fn copy(&self, path: &str, env: &Env) -> Env {
        let env = env.as_ref().map_err(Gap::clone)?;
        let cost: usize = env.iter().map(|(name, value)| name.len() + value.text.len() + 100).sum();
        match self.0.get().checked_sub(cost) {
            Some(left) => {
                self.0.set(left);
                Ok(env.clone())
            }
            None => {
                self.0.set(0);
                let what = format!("{path}: too many variables around too many steps");
                Err(Gap::new(Why::Malformed, what))
            }
        }
    }
}

#[cfg(test)]
mod tests;
