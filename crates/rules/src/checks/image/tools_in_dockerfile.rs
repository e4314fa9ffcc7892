use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, installs, runs};
use std::collections::BTreeSet;

check! {
    /// An image gets tools that help whoever breaks in.
    ///
    /// ## What it checks
    /// Packages with compilers, editors, debuggers and tools for the network (`gcc`, `build-essential`, `vim`,
    /// `gdb`, `nmap`, `netcat`, `net-tools`, `tcpdump` …) that are installed in the stages the image is made of
    /// and not removed in the same RUN.
    /// ## Why it matters
    /// Who gets in finds there what he would have to bring, and each of them has faults of its own that a
    /// scanner lists.
    /// ## Fix
    /// Build in another stage and copy the result; debug with a container of its own beside (`kubectl debug`,
    /// `docker run --network container:…`).
    "tools-in-dockerfile",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["minimal-image"],
    ids: &["attack:T1105", "attack:T1046", "nist:3.1.2", "nist:4.1.2", "cis-docker:4.3"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y vim net-tools gcc
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libpq5
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12 AS build
RUN apt-get install -y gcc
FROM debian:12
COPY --from=build /a /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM python:3.13-alpine
RUN apk add --no-cache --virtual .build gcc musl-dev && pip install a && apk del .build
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get install -y gcc && pip install a && apt-get purge -y --auto-remove gcc
")]),
    ],
}

const TOOLS: [&str; 29] = [
    "gcc",
    "g++",
    "build-essential",
    "build-base",
    "clang",
    "make",
    "cmake",
    "musl-dev",
    "vim",
    "vim-tiny",
    "nano",
    "emacs",
    "emacs-nox",
    "gdb",
    "strace",
    "ltrace",
    "nmap",
    "netcat",
    "netcat-openbsd",
    "netcat-traditional",
    "nmap-ncat",
    "ncat",
    "net-tools",
    "tcpdump",
    "telnet",
    "socat",
    "iputils-ping",
    "dnsutils",
    "bind-tools",
];

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &final_stages(see, it)?) {
        // Who marks what was there before, and then removes all else, keeps no tool.
        let marked = run.commands().any(|command| call(command).0 == "apt-mark");
        let rest = run.commands().any(|command| {
            let (program, arguments) = call(command);
            program.starts_with("apt")
                && arguments.iter().any(|a| matches!(*a, "--auto-remove" | "autoremove"))
        });
        if marked && rest {
            continue;
        }
        let removed: BTreeSet<&str> = run
            .commands()
            .map(call)
            .filter(|(_, arguments)| {
                arguments.iter().any(|a| matches!(*a, "del" | "purge" | "remove" | "autoremove" | "erase"))
            })
            .flat_map(|(_, arguments)| arguments)
            .collect();
        for command in run.commands() {
            let Some((_, packages)) = installs(command) else { continue };
            // What is installed as one named group goes with that name.
            let group = call(command).1.iter().any(|a| removed.contains(a) && a.starts_with('.'));
            let mut tools: Vec<&str> =
                packages.into_iter().filter(|name| TOOLS.contains(name) && !removed.contains(name)).collect();
            tools.dedup();
            if !tools.is_empty() && !group {
                found.push(fault(&command.at, format!("installs {}", tools.join(", "))));
            }
        }
    }
    faults(found)
}
