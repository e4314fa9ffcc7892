//! The catalogue: checks, threats, controls. One check is one file of `checks/<layer>/`.

pub mod benchmark;
mod capabilities;
pub mod checks;
mod cloud;
mod dockerfile;
mod engine;
pub mod faulty;
mod host;
pub mod ids;
mod implied;
mod known;
mod mending;
pub mod mission;
pub mod pod_security;
pub mod steps;
mod support;
