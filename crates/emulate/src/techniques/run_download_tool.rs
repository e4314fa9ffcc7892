use crate::call::run;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// A tool of the image is used to fetch what the attacker needs, or to send away what he found.
    ///
    /// ## What it tries
    ///
    /// To start `curl`, `wget`, `scp`, `ftp` and `telnet` of the image and to let them say what they are. They connect
    /// to nobody: whether the network lets them out is tried by `system-program-egress`.
    ///
    /// ## Why it matters
    ///
    /// With them every later step of an attack is one line.
    ///
    /// ## What stops it
    ///
    /// An image without them, in which there is nothing to try.
    "run-download-tool",
    threats: &["process-hijack", "bloated-image"],
    controls: &["minimal-image"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1105"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let tool =
        |name, path, option: &str, reason| variant(name, run(path, &[name, option])).missing_file(reason);
    vec![
        tool("curl", "/usr/bin/curl", "--version", "the image has no /usr/bin/curl"),
        tool("wget", "/usr/bin/wget", "--version", "the image has no /usr/bin/wget"),
        tool("ftp", "/usr/bin/ftp", "-h", "the image has no /usr/bin/ftp"),
        tool("telnet", "/usr/bin/telnet", "-h", "the image has no /usr/bin/telnet"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}
