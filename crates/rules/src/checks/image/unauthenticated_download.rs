use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, runs, stages};

check! {
    /// A build turns the check of certificates or signatures off.
    ///
    /// ## What it checks
    /// RUN with `curl -k`, `wget --no-check-certificate`, `git -c http.sslVerify=false`, `apt-get --allow-
    /// unauthenticated` or `[trusted=yes]`, `apk --allow-untrusted`, `yum --nogpgcheck`, `pip --trusted-host`,
    /// `npm config set strict-ssl false`, and ENV that says the same (`NODE_TLS_REJECT_UNAUTHORIZED=0`,
    /// `GIT_SSL_NO_VERIFY`, `PYTHONHTTPSVERIFY=0`). An address of the machine itself is left out, and so are
    /// packages that the build has made.
    /// ## Why it matters
    /// Anybody between the build and the server can put in what he likes, and it ends up in the image. Set by
    /// ENV it also holds for the program that runs there.
    /// ## Fix
    /// Install the certificate of your own authority (`update-ca-certificates`) or the key of the repository,
    /// and drop the option.
    "unauthenticated-download",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["content-trust", "cis-docker"],
    ids: &["attack:T1195.002", "attack:T1557", "nist:3.1.5", "cis-docker:4.11"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -ksSL https://example.com/a -o /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get install -y --allow-unauthenticated a
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
ENV NODE_TLS_REJECT_UNAUTHORIZED=0
")]),
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
RUN pip install --trusted-host pypi.org flask
")]),
    ],
    good: &[
        Example::Tree(&[(
            "Dockerfile",
            "FROM debian:12\nRUN echo \"deb [ trusted=yes ] file:///tmp/own ./\" > /etc/apt/sources.list.d/own.list",
        )]),
        Example::Tree(&[("Dockerfile", "FROM alpine:3.22\nRUN apk add --no-cache --allow-untrusted /tmp/own/a.apk")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsSL https://example.com/a -o /a && apt-get install -y a
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
ENV NODE_TLS_REJECT_UNAUTHORIZED=1
RUN curl -k https://localhost:8443/healthz
")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = stages(see, it)?;
    let mut found = Vec::new();
    for run in runs(see, &all) {
        for command in run.commands() {
            if let Some(what) = careless(command) {
                found.push(fault(&command.at, what));
            }
        }
    }
    for instruction in all.iter().flat_map(|stage| &stage.instructions).filter(|it| it.name == "ENV") {
        let What::Set(values) = &instruction.what else { continue };
        let Some(Ok(values)) = see.apart(|see| see.get(values)) else { continue };
        for (name, value) in values {
            let value = value.as_ref().map_or("", |value| value.text.as_str());
            let off = match name.as_str() {
                "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => value == "0",
                "GIT_SSL_NO_VERIFY" => !matches!(value, "" | "0" | "false"),
                "NPM_CONFIG_STRICT_SSL" | "npm_config_strict_ssl" => value == "false",
                _ => false,
            };
            if off {
                found.push(fault(&instruction.at, format!("sets {name}, for the build and for what runs")));
            }
        }
    }
    faults(found)
}

fn local_packages(arguments: &[&str]) -> bool {
    let mut packages = arguments.iter().filter(|a| !a.starts_with('-') && **a != "add").peekable();
    packages.peek().is_some()
        && packages.all(|a| !a.contains("://") && a.contains(['/', '*']) || a.ends_with(".apk"))
}

fn careless(command: &Command) -> Option<String> {
    let (program, arguments) = call(command);
    let has = |options: &[&str]| {
        arguments.iter().copied().find(|argument| options.contains(argument)).map(str::to_owned)
    };
    let own = arguments.iter().any(|argument| {
        ["://localhost", "://127.0.0.1", "://[::1]"].iter().any(|start| argument.contains(start))
    });
    let option = match program {
        "curl" if !own => arguments
            .iter()
            .copied()
            .find(|argument| {
                *argument == "--insecure"
                    || argument.len() < 9
                        && argument.starts_with('-')
                        && !argument.starts_with("--")
                        && argument
                            .bytes()
                            .skip(1)
                            .take_while(|b| !b"oHdXuAbeFmTwyEC".contains(b))
                            .any(|b| b == b'k')
            })
            .map(str::to_owned),
        "wget" if !own => has(&["--no-check-certificate"]),
        "apt-get" | "apt" => {
            has(&["--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"])
        }
        // Packages that lie in the build itself come from nowhere else.
        "apk" if !local_packages(&arguments) => has(&["--allow-untrusted"]),
        "yum" | "dnf" | "microdnf" => has(&["--nogpgcheck", "--no-gpgchecks"]),
        "zypper" => has(&["--no-gpg-checks"]),
        "pip" | "pip3" => {
            arguments.iter().find(|a| a.starts_with("--trusted-host")).map(|_| "--trusted-host".into())
        }
        "git" => arguments
            .iter()
            .position(|a| {
                a.eq_ignore_ascii_case("http.sslverify") || a.eq_ignore_ascii_case("http.sslverify=false")
            })
            .filter(|at| arguments[*at].contains('=') || arguments.get(at + 1) == Some(&"false"))
            .map(|_| "http.sslVerify=false".into()),
        "npm" | "yarn" => arguments
            .iter()
            .position(|a| a.starts_with("strict-ssl"))
            .filter(|at| arguments[*at].ends_with("=false") || arguments.get(at + 1) == Some(&"false"))
            .map(|_| "strict-ssl=false".into()),
        "echo" | "printf" => {
            let trusted = arguments
                .iter()
                .any(|a| (a.contains("[trusted=yes") || a.contains(" trusted=yes")) && !a.contains(" file:"));
            return trusted.then(|| "trusts a package repository without its signature".into());
        }
        _ => None,
    }?;
    Some(format!("has {program} check nothing ({option})"))
}

fn mend(spot: &Spot) -> Mend {
    let option = spot.fault.what.rsplit_once('(').and_then(|(_, option)| option.strip_suffix(')'));
    let then = "the download must have a certificate, or a signature, that holds";
    match option {
        Some(option @ ("--trusted-host" | "http.sslVerify=false" | "strict-ssl=false")) => {
            Mend::Person(format!("{option} has an argument that goes with it"))
        }
        Some(option) if option.starts_with("--") => {
            Mend::to_try(vec![spot.instruction(Rewrite::Word(option.into(), String::new()))], then)
        }
        // Letters of curl that stand together, `-ksSL`.
        Some(option) if option.starts_with('-') => {
            let rest = option.replacen('k', "", 1);
            let rest = if rest == "-" { String::new() } else { rest };
            Mend::to_try(vec![spot.instruction(Rewrite::Word(option.into(), rest))], then)
        }
        _ => Mend::Person("what it is fetched from decides what can be checked".into()),
    }
}
