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

use tyrian_model::fact::{Many, See};
use tyrian_model::facts::World;

/// The local name of a row. It is no fact that could be missing: whoever has the row has its name.
pub(crate) fn local<'f, T>(world: &'f World, many: &'f Many<T>, it: &T) -> &'f str {
    See::new(world).rows(many).iter().find(|(_, row)| std::ptr::eq(&***row, it)).map_or("", |(name, _)| name)
}
