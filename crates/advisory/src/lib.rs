//! Vulnerability data and what it says of packages: versions with their orders and ranges, sources of advisories, the
//! database made of them, and matching. Pure: no IO.

pub mod affected;
pub mod cvss;
pub mod import;
pub mod index;
pub mod matching;
pub mod record;
pub mod safe_list;
pub mod version;
pub mod vex;
