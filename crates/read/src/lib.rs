//! Bytes to facts, pure: no IO, no clock, no panic, bounded in size and depth whatever comes in.
//!
//! Each reader decides what an absent key means in its format. A value of the wrong type, an unresolved
//! variable or a construct that is not understood becomes a gap, never "not set".

pub mod ansible;
pub mod assemble;
pub mod bolt;
mod capabilities;
pub mod compose;
mod cover;
pub mod dockerfile;
pub mod engine;
pub mod git_index;
pub mod host;
pub mod image;
pub mod image_ref;
pub mod kubernetes;
pub mod logs;
pub mod packages;
pub mod pipeline;
pub mod repository;
pub mod sbom;
mod seccomp;
pub mod secrets;
pub mod service;
pub mod shell;
pub mod tar;
pub mod terraform;
mod time;
pub mod tree;
mod user;
pub mod yaml;

/// One text of a source, and what every reader needs to know of it.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Its path relative to the target.
    pub path: &'a str,
    /// What stands in it.
    pub text: &'a str,
    /// The key of this program's hashes of secrets.
    pub key: &'a secrets::Key,
}
