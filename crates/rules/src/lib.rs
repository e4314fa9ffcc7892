//! The catalogue: checks, threats, controls. One check is one file of `checks/<layer>/`.

pub mod benchmark;
pub mod checks;
pub mod ids;
pub mod mission;
pub mod pod_security;
mod support;

use support::{capabilities, cloud, dockerfile, engine, host, implied, known, mending};
pub use support::{faulty, steps};
