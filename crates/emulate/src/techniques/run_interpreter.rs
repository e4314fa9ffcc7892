use crate::call::run;
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// An interpreter of the image runs the attacker's lines, which are in no file.
    ///
    /// ## What it tries
    ///
    /// To start Python, Perl, Node.js, Ruby, PHP and Lua with a line on the command line that does nothing but name the
    /// attempt.
    ///
    /// ## Why it matters
    ///
    /// It does what a shell does where there is no shell, and the service itself may well be written in it.
    ///
    /// ## What stops it
    ///
    /// An image without interpreters, in which there is nothing to try. No setting of a container stops it, so it is
    /// there to be noticed.
    "run-interpreter",
    threats: &["process-hijack"],
    detections: &["detect-unexpected-child"],
    ids: &["attack:T1059.006"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let text = format!("'{}';", place.mark);
    let remark = format!("-- {}", place.mark);
    let within = |name, path, options: &[&str], text: &str, reason| {
        let arguments: Vec<&str> = [name].iter().chain(options).copied().chain([text]).collect();
        variant(name, run(path, &arguments)).missing_file(reason)
    };
    let line = |name, path, options, reason| within(name, path, options, &text, reason);
    vec![
        line("python3", "/usr/bin/python3", &["-S", "-c"], "the image has no /usr/bin/python3"),
        line(
            "python3-local",
            "/usr/local/bin/python3",
            &["-S", "-c"],
            "the image has no /usr/local/bin/python3",
        ),
        line("perl", "/usr/bin/perl", &["-e"], "the image has no /usr/bin/perl"),
        line("node", "/usr/bin/node", &["-e"], "the image has no /usr/bin/node"),
        line("node-local", "/usr/local/bin/node", &["-e"], "the image has no /usr/local/bin/node"),
        line("ruby", "/usr/bin/ruby", &["--disable=gems", "-e"], "the image has no /usr/bin/ruby"),
        line("php", "/usr/bin/php", &["-n", "-r"], "the image has no /usr/bin/php"),
        within("lua", "/usr/bin/lua", &["-e"], &remark, "the image has no /usr/bin/lua"),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}
