//! What advisories speak of: versions, their orders and ranges. Pure: no IO.

pub mod version;
