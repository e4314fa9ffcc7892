//! Versions, their orders and ranges, and whether an advisory hits one. Pure: no IO.

pub mod affected;
pub mod version;
