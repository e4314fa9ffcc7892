use crate::call::run;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// What was brought in as text is turned into a program by tools of the image.
    ///
    /// ## What it tries
    ///
    /// To start the image's `base64`, `openssl` and `xxd` so that they decode nothing at all.
    ///
    /// ## Why it matters
    ///
    /// Text passes filters that programs do not pass, through a form field or a line of a log.
    ///
    /// ## What stops it
    ///
    /// An image without them, in which there is nothing to try. No setting of a container stops it, so it is there to be
    /// noticed.
    "decode-payload",
    threats: &["process-hijack"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1140"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let tool =
        |name, path, arguments: &[&str], reason| variant(name, run(path, arguments)).missing_file(reason);
    vec![
        tool("base64", "/usr/bin/base64", &["base64", "-d", "/dev/null"], "the image has no /usr/bin/base64"),
        tool("base64-in-bin", "/bin/base64", &["base64", "-d", "/dev/null"], "the image has no /bin/base64"),
        tool(
            "openssl",
            "/usr/bin/openssl",
            &["openssl", "base64", "-d", "-in", "/dev/null"],
            "the image has no /usr/bin/openssl",
        ),
        tool("xxd", "/usr/bin/xxd", &["xxd", "-r", "-p", "/dev/null"], "the image has no /usr/bin/xxd"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}
