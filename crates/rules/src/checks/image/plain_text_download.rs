use crate::checks::prelude::*;
use crate::dockerfile::{address, all_runs, call, compares, downloads, fault, keeps, shown, stages};

check! {
    /// A build fetches something over a connection that anybody on the way can change.
    ///
    /// ## What it checks
    /// `curl`, `wget` and ADD of an `http://` address that is kept or passed on, `git clone` of `http://` or `git://`,
    /// and `pip`, `npm` or `gem` with such an index, in a stage in which nothing is compared with a checksum or a
    /// signature. Addresses of the machine itself and the sources of apt, which are signed, are left out.
    /// ## Why it matters
    /// Without TLS nobody knows who answered: whoever sits between the build and the server puts in what he likes, and
    /// it is in the image.
    /// ## Fix
    /// Write `https://`; where a server has none, compare what comes with a checksum that stands in the Dockerfile.
    "plain-text-download",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["content-trust", "cis-docker"],
    ids: &["attack:T1557", "attack:T1195.002", "nist:3.1.5", "cis-docker:4.11"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN wget http://downloads.example.com/a.tar.gz && tar xzf a.tar.gz
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN git clone --depth 1 http://git.example.com/a.git
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ADD http://downloads.example.com/a.tar.gz /tmp/
")]),
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
RUN pip install --index-url http://packages.example.com/simple shop==1.0.0
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsSL http://example.com/key.asc | apt-key add -
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN wget https://downloads.example.com/a.tar.gz && git clone https://git.example.com/a.git && pip install --index-url https://packages.example.com/simple a==1
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN wget http://downloads.example.com/a.tar.gz && echo '0123  a.tar.gz' | sha256sum -c
ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef http://downloads.example.com/b /b
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN echo 'deb http://deb.debian.org/debian bookworm main' > /etc/apt/sources.list && curl -fs http://localhost:8080/health -o /dev/null && curl http://example.com
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for stage in stages(see, it)? {
        found.extend(see.apart(|see| of_stage(see, stage)).and_then(Result::ok).into_iter().flatten());
        for instruction in stage.instructions.iter().filter(|it| it.name.ends_with("ADD")) {
            found.extend(see.apart(|see| added(see, instruction)).and_then(Result::ok).into_iter().flatten());
        }
    }
    faults(found)
}

fn of_stage(see: &See, stage: &Stage) -> Result<Vec<Fault>, tyrian_model::fact::Unseen> {
    let runs = all_runs(see, stage)?;
    if runs.iter().flat_map(|run| run.commands()).any(compares) {
        return Ok(Vec::new());
    }
    let plain = |pipe: &Pipe| {
        let mut found = Vec::new();
        for (at, command) in pipe.commands.iter().enumerate() {
            let (program, arguments) = call(command);
            let used = match program {
                _ if downloads(command) => at + 1 < pipe.commands.len() || keeps(command),
                "git" => arguments.contains(&"clone"),
                "pip" | "pip3" | "npm" | "yarn" | "gem" => {
                    arguments.iter().any(|it| matches!(*it, "install" | "i" | "ci" | "add" | "config"))
                }
                _ => false,
            };
            if used && let Some(url) = address(&arguments).filter(|url| is_plain(url)) {
                found.push(fault(&command.at, format!("has {program} fetch {} without TLS", shown(url))));
            }
        }
        found
    };
    Ok(runs.iter().flat_map(|run| run.pipes).flat_map(plain).collect())
}

fn added(see: &See, instruction: &Instruction) -> Result<Vec<Fault>, tyrian_model::fact::Unseen> {
    let What::Copy { sources, .. } = &instruction.what else { return Ok(Vec::new()) };
    if instruction.flags.iter().any(|(name, value)| name == "checksum" && !value.is_empty()) {
        return Ok(Vec::new());
    }
    let of = |source: &String| fault(&instruction.at, format!("adds {} without TLS", shown(source)));
    Ok(see.get(sources)?.iter().filter(|source| is_plain(source)).map(of).collect())
}

/// An address without TLS that leads off the machine. It may stand behind the name of an option.
fn is_plain(url: &str) -> bool {
    let Some(at) = url.find("http://").or_else(|| url.find("git://")) else { return false };
    let host = url[at..].split_once("://").map_or("", |(_, rest)| rest);
    let before = &url[..at];
    (before.is_empty() || before.ends_with(['=', '+']))
        && !["localhost", "127.", "[::1]", "0.0.0.0", "$", "host.docker.internal"]
            .iter()
            .any(|own| host.starts_with(own))
}
