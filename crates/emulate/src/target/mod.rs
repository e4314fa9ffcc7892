//! Targets: what a clone is to be made like.

pub mod workload;
