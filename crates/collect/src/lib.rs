//! The world to bytes: files, the Docker engine, images, the host.

#[cfg(target_os = "linux")]
pub mod host;
