//! The world to bytes: files, the Docker engine, images, the host.

pub mod image;
