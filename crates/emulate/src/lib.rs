//! Proves controls by attacking them, safely, on throwaway clones.
//!
//! A technique is data: system calls, in order ([`technique`], [`techniques`], [`program`]). A static probe makes them
//! inside a clone ([`probe`]). A clone is what a [`spec::Spec`] says, started by one of three drivers ([`clone`]).
//! Each [`setting`] of it can be relaxed; which of them stopped an attempt is found by trying ([`experiment`]).

pub mod attack;
pub mod call;
pub mod clone;
pub mod detector;
#[macro_use]
pub mod technique;
pub mod experiment;
pub mod harden;
pub mod here;
pub mod neighbour;
mod netlink;
pub mod probe;
pub mod program;
pub mod record;
pub mod seccomp;
pub mod setting;
pub mod spec;
pub mod target;
pub mod techniques;
pub mod ways;
