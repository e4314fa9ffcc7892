//! The words of tyrian as data, and the file formats. No IO.
//!
//! Start at [`fact`] (what was read and what was not), then [`facts`] (what a world holds).

pub mod agreement;
pub mod ansible;
pub mod details;
pub mod dockerfile;
pub mod escapes;
pub mod evidence;
pub mod fact;
pub mod facts;
pub mod host;
pub mod host_path;
pub mod image;
pub mod kubernetes;
pub mod mend;
pub mod packages;
pub mod pipeline;
pub mod pod_security;
pub mod purple;
pub mod script;
pub mod secret;
pub mod snapshot;
pub mod subject;
pub mod tree;
pub mod vulnerability;
pub mod workload;
