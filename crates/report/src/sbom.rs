//! Bills of materials: what is inside, for other programs. One writer is one file.
//!
//! The same packages give the same bytes: what a document is known by is worked out from its content, and its time is
//! that of what it describes.

pub mod cyclonedx;
pub mod spdx;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tyrian_model::fact::Gap;
use tyrian_model::image::Distribution;
use tyrian_model::packages::Package;

/// What a bill is about.
#[derive(Clone, Debug)]
pub struct Bill<'a> {
    /// The program that writes it, and its version.
    pub tool: (&'a str, &'a str),
    /// What it describes, by name.
    pub name: &'a str,
    /// The digest of the image's configuration; nothing for a tree or a directory.
    pub digest: Option<&'a str>,
    /// Is it a source tree, which names packages, and not a system that holds them?
    pub tree: bool,
    /// When what it describes was made, in seconds since 1970.
    pub made: Option<i64>,
    /// The distribution.
    pub distribution: Option<&'a Distribution>,
    /// The packages, by the names of their rows.
    pub packages: Vec<(&'a str, &'a Package)>,
    /// What is not known of them.
    pub gaps: Vec<&'a Gap>,
}

/// A number of sixteen bytes that only this content has, in the form of a UUID.
fn uuid(content: &Value) -> String {
    let sum = Sha256::digest(content.to_string().as_bytes());
    let mut bytes: Vec<u8> = sum.iter().take(16).copied().collect();
    // Version 8: the bytes mean what the writer says.
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Seconds since 1970 as RFC 3339 has them.
fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// A licence that is one identifier of SPDX's list.
fn is_spdx_id(licence: &str) -> bool {
    const KNOWN: &[&str] = &[
        "0BSD",
        "AGPL-3.0-only",
        "AGPL-3.0-or-later",
        "Apache-2.0",
        "Artistic-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "BlueOak-1.0.0",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC0-1.0",
        "EPL-1.0",
        "EPL-2.0",
        "GPL-2.0-only",
        "GPL-2.0-or-later",
        "GPL-3.0-only",
        "GPL-3.0-or-later",
        "ISC",
        "LGPL-2.1-only",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "OpenSSL",
        "PSF-2.0",
        "Python-2.0",
        "Ruby",
        "Unicode-3.0",
        "Unlicense",
        "WTFPL",
        "X11",
        "Zlib",
    ];
    KNOWN.contains(&licence)
}
