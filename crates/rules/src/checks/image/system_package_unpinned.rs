use crate::checks::prelude::*;
use crate::dockerfile::{fault, final_stages, packages, runs, says};

check! {
    /// A build installs packages of the system in whatever version is newest.
    ///
    /// ## What it checks
    /// RUN with `apt-get install`, `apk add`, `yum`, `dnf` or `zypper install` of names without a version, in the
    /// stages that the image is made of. Local files, what a variable names, and sources that stand still
    /// (`snapshot.debian.org`, `snapshot.ubuntu.com`) are left out.
    /// ## Why it matters
    /// The same Dockerfile makes another image tomorrow. These packages are signed and mended by the distribution,
    /// so this is a matter of knowing what was released, no more.
    /// ## Fix
    /// Name versions (`curl=7.88.*`, `curl~=8.14`), or install from a snapshot of the distribution and record what
    /// is in the image in a bill of materials.
    "system-package-unpinned",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "total-image-hash"],
    ids: &["nist:3.1.5"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl ca-certificates
")]),
        Example::Tree(&[("Dockerfile", "
FROM alpine:3.22
RUN apk add --no-cache curl
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y curl=7.88.1-10+deb12u14 ./own.deb
")]),
        Example::Tree(&[("Dockerfile", "
FROM alpine:3.22
RUN apk add --no-cache --virtual .run 'curl~=8.14' && dnf install -y nginx-1.28.0 $MORE
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN echo 'deb https://snapshot.debian.org/archive/debian/20260101T000000Z bookworm main' > /etc/apt/sources.list && apt-get update && apt-get install -y curl
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12 AS build
RUN apt-get update && apt-get install -y gcc
FROM debian:12
COPY --from=build /a /a
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &final_stages(see, it)?) {
        let open = |command: &Command| {
            let (program, packages) = packages(command)?;
            let open: Vec<String> =
                packages.into_iter().filter(|it| !is_pinned(program, it)).map(str::to_owned).collect();
            (!open.is_empty()).then_some((command.at.clone(), open))
        };
        let open: Vec<(Pos, Vec<String>)> = run.commands().filter_map(open).collect();
        let names: Vec<String> = open.iter().flat_map(|(_, names)| names.clone()).collect();
        if let (Some((at, _)), Some(first)) = (open.first(), names.first()) {
            let first: String = first.chars().take(80).collect();
            let more = match names.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            found.push(fault(at, format!("installs {first}{more} in whatever version is newest")));
        }
    }
    let still = |it: &Command| {
        let marks = ["snapshot.debian.org", "snapshot.ubuntu.com"];
        it.words.iter().any(|word| marks.iter().any(|mark| word.text.contains(mark)))
    };
    if !found.is_empty() && says(see, it, still)? {
        return pass();
    }
    faults(found)
}

fn is_pinned(program: &str, package: &str) -> bool {
    match program {
        // A version is part of the name: `nginx-1.28.0-1.el9`.
        "yum" | "dnf" | "microdnf" | "tdnf" => {
            package.split('-').skip(1).any(|part| part.starts_with(|c: char| c.is_ascii_digit()))
                || package.starts_with('@')
                || package.contains('$')
        }
        _ => package.contains(['=', '~', '<', '>', '$', '*']) || package.starts_with(['!', '.']),
    }
}
