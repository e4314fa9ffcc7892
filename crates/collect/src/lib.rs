//! The world to bytes: files, the Docker engine, images, the host. IO and heavy clients are only here.

pub mod docker;
pub mod host;
pub mod tree;
mod unix;
