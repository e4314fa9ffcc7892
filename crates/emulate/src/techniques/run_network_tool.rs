use crate::call::run;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// A tool of the image is used to look at the network, or to open a way through it.
    ///
    /// ## What it tries
    ///
    /// To start `nmap`, `nc`, `ncat`, `socat` and `tcpdump` of the image and to let them say what they are. They connect
    /// to nobody and listen to nothing.
    ///
    /// ## Why it matters
    ///
    /// What a container reaches is what the attacker goes for next.
    ///
    /// ## What stops it
    ///
    /// An image without them, in which there is nothing to try.
    "run-network-tool",
    threats: &["process-hijack", "port-scan", "bloated-image"],
    controls: &["minimal-image"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1046", "attack:T1095"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let tool =
        |name, path, option: &str, reason| variant(name, run(path, &[name, option])).missing_file(reason);
    vec![
        tool("nmap", "/usr/bin/nmap", "--version", "the image has no /usr/bin/nmap"),
        tool("nc", "/usr/bin/nc", "-h", "the image has no /usr/bin/nc"),
        tool("nc-in-bin", "/bin/nc", "-h", "the image has no /bin/nc"),
        tool("ncat", "/usr/bin/ncat", "--version", "the image has no /usr/bin/ncat"),
        tool("socat", "/usr/bin/socat", "-V", "the image has no /usr/bin/socat"),
        tool("tcpdump", "/usr/bin/tcpdump", "--version", "the image has no /usr/bin/tcpdump"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}
