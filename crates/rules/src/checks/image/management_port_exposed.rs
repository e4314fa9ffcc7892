use crate::checks::prelude::*;
use crate::dockerfile::{fault, final_stages};

check! {
    /// An image offers a port by which others control it.
    ///
    /// ## What it checks
    /// EXPOSE of ports of remote control and debuggers, in the stages that the image is made of: Telnet (23), rlogin and
    /// rsh (512 to 514 by TCP), the Docker engine without TLS (2375), remote desktops (3389, 5900, 5901),
    /// debuggers of Java (5005) and Node.js (9229). SSH is another check's.
    /// ## Why it matters
    /// `docker run -P` and tools that read the image publish what it exposes. Whoever reaches such a port runs commands,
    /// most often without a password.
    /// ## Fix
    /// Take it out of the image that is released; debug by `docker exec` or `kubectl port-forward`.
    "management-port-exposed",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["minimal-image", "cis-docker"],
    ids: &["attack:T1133", "nist:3.1.2"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
EXPOSE 8080 9229
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
EXPOSE 2375/tcp
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
EXPOSE 5899-5905
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
EXPOSE 80 443/tcp 514/udp 8000-8010
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22 AS debug
EXPOSE 9229
FROM node:22
EXPOSE 8080
")]),
    ],
}

const PORTS: [(u16, &str); 11] = [
    (23, "Telnet"),
    (512, "rexec"),
    (513, "rlogin"),
    (514, "rsh"),
    (2375, "the Docker engine without TLS"),
    (3389, "a remote desktop"),
    (5005, "the port of Java's debugger"),
    (5900, "a remote desktop"),
    (5901, "a remote desktop"),
    (5985, "Windows remote management without TLS"),
    (9229, "the debugger of Node.js"),
];

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = final_stages(see, it)?;
    let exposed = all.iter().flat_map(|stage| &stage.instructions).filter(|it| it.name == "EXPOSE");
    each(see, exposed, |see, it| {
        let What::List(ports) = &it.what else { return not_applicable() };
        let mut found = Vec::new();
        for port in see.get(ports)?.iter().filter(|port| !port.ends_with("/udp")) {
            let (from, to) = range(port);
            let control = PORTS.iter().filter(|(number, _)| (from..=to).contains(number));
            found.extend(
                control.map(|(number, what)| fault(&it.at, format!("exposes port {number}, {what}"))),
            );
        }
        found.dedup();
        faults(found)
    })
}

/// A port, or a range of few; whoever opens thousands means none of them.
fn range(port: &str) -> (u16, u16) {
    let plain = port.split('/').next().unwrap_or("");
    let (from, to) = plain.split_once('-').unwrap_or((plain, plain));
    match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) if to < u16::MAX && to >= from && to - from < 100 => (from, to),
        _ => (0, 0),
    }
}
