use crate::checks::prelude::*;
use crate::dockerfile::{fault, stages};
use tyrian_model::secret::{Concealed, Sighting};

check! {
    /// A Dockerfile holds a secret.
    ///
    /// ## What it checks
    /// Values of ENV, ARG and LABEL, the words of RUN, CMD and ENTRYPOINT: what has the form of a credential,
    /// or is a literal under the name of one.
    /// ## Why it matters
    /// It is in the source tree, and in the image's configuration and history for everybody who can pull it; a
    /// later instruction does not take it out.
    /// ## Fix
    /// Take it out and change it, for it is known by now. A build gets it by `RUN --mount=type=secret`, a
    /// container by a mounted file.
    "secret-in-dockerfile",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::Medium,
    controls: &["cis-docker", "scan-before-commit"],
    ids: &["attack:T1552.001", "nist:3.1.4", "nist:4.1.4", "cis-docker:4.10"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM postgres:17
ENV POSTGRES_PASSWORD=Winter2024!
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
ARG NPM_TOKEN=npm_WWw9b7juESoK7MydPq3gOH1diIKk07PwZcok
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN export DB_PASSWORD=Winter2024! && ./migrate
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM postgres:17
ENV POSTGRES_PASSWORD_FILE=/run/secrets/db PGDATA=/data
RUN --mount=type=secret,id=npm NPM_TOKEN=$(cat /run/secrets/npm) npm ci
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
ARG NPM_TOKEN
ENV TOKEN_LIFETIME=300
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = stages(see, it)?;
    let mut found = Vec::new();
    let mut add = |text: &Concealed, name: &str, at: &Pos| {
        for secret in &text.secrets {
            let in_name = if name.is_empty() { String::new() } else { format!(" in {name}") };
            found.push(fault(at, format!("holds a secret{in_name} ({})", secret.kind)));
        }
    };
    for instruction in all.iter().flat_map(|stage| &stage.instructions) {
        match &instruction.what {
            What::Set(values) => {
                let Some(Ok(values)) = see.apart(|see| see.get(values)) else { continue };
                for (name, value) in values {
                    if let Some(value) = value {
                        add(value, name, value.at.as_ref().unwrap_or(&instruction.at));
                    }
                }
            }
            What::Exec(words) => {
                let Some(Ok(words)) = see.apart(|see| see.get(words)) else { continue };
                words.iter().for_each(|word| add(word, "", &instruction.at));
            }
            What::Shell(script) => {
                let Some(Ok(pipes)) = see.apart(|see| see.get(&script.pipelines)) else { continue };
                // A pattern that is looked for or replaced is no value.
                let patterns =
                    |command: &&Command| matches!(command.program(), "sed" | "grep" | "awk" | "perl");
                for command in pipes.iter().flat_map(|pipe| &pipe.commands).filter(|it| !patterns(it)) {
                    let texts =
                        command.words.iter().chain(command.assignments.iter().map(|(_, value)| value));
                    let hidden = texts
                        .chain(command.redirects.iter().map(|(_, target)| target))
                        .find_map(|it| taken_out(&it.text));
                    found_in(&mut add, hidden, &command.at);
                }
            }
            _ => {}
        }
    }
    faults(found)
}

/// Passes on a secret of a script, whose words keep no more of it than its kind.
fn found_in(add: &mut impl FnMut(&Concealed, &str, &Pos), kind: Option<&str>, at: &Pos) {
    let Some(kind) = kind else { return };
    let sighting = Sighting { kind: kind.to_owned(), length: 0, hash: String::new(), at: None };
    add(&Concealed { text: String::new(), secrets: vec![sighting], at: None }, "a command", at);
}

/// The kind of a secret that was taken out of this text.
fn taken_out(text: &str) -> Option<&str> {
    const KINDS: [&str; 8] = [
        "password",
        "token",
        "secret",
        "api-key",
        "secret-key",
        "private-key",
        "bearer-token",
        "url-password",
    ];
    text.match_indices('[').find_map(|(at, _)| {
        // No kind is longer, so that brackets without an end cost no more than their number.
        let rest = &text.as_bytes()[at + 1..];
        let kind = rest.iter().take(80).take_while(|byte| **byte != b']').count();
        let kind = text.get(at + 1..at + 1 + kind)?;
        let long = kind.contains('-')
            && kind.len() > 8
            && ["-token", "-key", "-key-id", "-password", "-secret", "-url", "-webhook"]
                .iter()
                .any(|end| kind.ends_with(end))
            && kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        (KINDS.contains(&kind) || long).then_some(kind)
    })
}
