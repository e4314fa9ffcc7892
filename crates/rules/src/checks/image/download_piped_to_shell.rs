use crate::checks::prelude::*;
use crate::dockerfile::{address, call, downloads, fault, runs, shown, stages};

check! {
    /// A build runs what it downloads, unseen.
    ///
    /// ## What it checks
    /// RUN with `curl … | sh` and the like: a download whose output an interpreter reads, also as `sh -c
    /// "$(curl …)"` and `bash <(curl …)`.
    /// ## Why it matters
    /// Whoever holds that server, its name or the way to it runs commands in the build, and can answer
    /// differently to a build than to a person who looks.
    /// ## Fix
    /// Download to a file, compare it with a checksum that stands in the Dockerfile, then run it; or use a
    /// package that is signed.
    "download-piped-to-shell",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["content-trust", "cis-docker"],
    ids: &["attack:T1195.002", "nist:3.1.5", "cis-docker:4.11"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y curl && curl -sSL https://get.example.com/i.sh | sh
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN wget -qO- https://example.com/setup | sudo -E bash -
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN bash -c \"$(curl -fsSL https://example.com/i.sh)\"
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -sSL https://install.example.com | python3 -
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsSL https://example.com/a.json | jq .version
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsSL https://example.com/k.asc | gpg --dearmor -o /k.gpg && curl -fsSLo a.sh https://example.com/a.sh && echo \"0123  a.sh\" | sha256sum -c && sh a.sh
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN echo \"import os\" | python3
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &stages(see, it)?) {
        for pipe in run.pipes {
            let Some(at) = pipe.commands.iter().position(downloads) else {
                found.extend(
                    pipe.commands
                        .iter()
                        .filter(|command| substituted(command))
                        .map(|command| fault(&command.at, "runs what it downloads in the same breath")),
                );
                continue;
            };
            if let Some(reader) = pipe.commands[at + 1..].iter().find(|command| reads_code(command)) {
                let arguments = call(&pipe.commands[at]).1;
                let from = address(&arguments).map(|url| format!(" from {}", shown(url))).unwrap_or_default();
                found.push(fault(&pipe.at, format!("pipes a download{from} into {}", call(reader).0)));
            }
        }
    }
    faults(found)
}

fn is_interpreter(program: &str) -> bool {
    let plain = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    matches!(
        plain,
        "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" | "python" | "perl" | "ruby" | "node" | "php"
    )
}

/// Does it run its standard input?
fn reads_code(command: &Command) -> bool {
    let (program, arguments) = call(command);
    let shell = program.ends_with("sh");
    let mut plain = arguments.iter();
    is_interpreter(program)
        && match plain.find(|argument| !argument.starts_with('-') || **argument == "-") {
            None => {
                shell
                    || !arguments
                        .iter()
                        .any(|a| matches!(*a, "-c" | "-e" | "-m" | "-ne" | "-pe" | "-r" | "-p"))
            }
            Some(&"-" | &"/dev/stdin") => true,
            // `sh -s -- x` and `bash -x` read it; a file or the text after -c is something else.
            Some(_) => shell && arguments.iter().any(|a| a.starts_with("-s") || *a == "-es" || *a == "-xs"),
        }
}

fn substituted(command: &Command) -> bool {
    let (program, arguments) = call(command);
    let ready = is_interpreter(program) || matches!(program, "eval" | "source" | ".");
    ready
        && arguments.iter().any(|argument| {
            ["$(curl ", "$(wget ", "<(curl ", "<(wget ", "`curl ", "`wget "]
                .iter()
                .any(|start| argument.starts_with(start))
        })
}
