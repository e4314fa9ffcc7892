//! Targets: what a clone is to be made like.

pub mod runtime_default;
pub mod workload;
