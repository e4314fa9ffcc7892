//! The world to bytes: files, the Docker engine, images, the host. IO and heavy clients are only here.

#[cfg(target_os = "linux")]
pub mod containerd;
pub mod docker;
#[cfg(target_os = "linux")]
pub mod host;
pub mod image;
pub mod registry;
pub mod tree;
pub mod unix;
pub mod wire;
