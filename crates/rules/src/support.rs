//! What checks share: one file for each kind of thing that is judged, and what is known of the world outside.

pub(crate) mod capabilities;
pub(crate) mod cloud;
pub(crate) mod dockerfile;
pub(crate) mod engine;
pub mod faulty;
pub(crate) mod host;
pub(crate) mod implied;
pub(crate) mod known;
pub(crate) mod kubernetes;
pub(crate) mod mending;
pub(crate) mod releases;
pub mod steps;
