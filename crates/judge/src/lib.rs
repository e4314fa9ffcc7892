//! Judging: what a check is, how checks run, how bad a finding is, the matrix and the gate. Pure.
//!
//! Start at [`check`], then [`run`].

pub mod attacks;
pub mod check;
pub mod finding;
pub mod group;
pub mod matrix;
pub mod mend;
pub mod policy;
pub mod run;
pub mod severity;
