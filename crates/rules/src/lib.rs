//! The catalogue: checks, threats, controls. One check is one file of `checks/<layer>/`.

pub mod checks;
mod dockerfile;
mod engine;
mod known;
pub mod mission;
mod support;
