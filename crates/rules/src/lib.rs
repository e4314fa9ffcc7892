//! The catalogue: checks, threats, controls. One check is one file of `checks/<layer>/`.

pub mod checks;
pub mod faulty;
pub mod mission;
pub mod steps;
