use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, runs, stages};

check! {
    /// A build turns the check of certificates or signatures off.
    ///
    /// ## What it checks
    /// RUN with `curl -k`, `wget --no-check-certificate`, `git -c http.sslVerify=false`, `apt-get --allow-
    /// unauthenticated` or `[trusted=yes]`, `apk --allow-untrusted`, `yum --nogpgcheck`, `pip --trusted-host`,
    /// `npm config set strict-ssl false`, `rpm --nosignature`, `sslverify=false` of yum, apt's
    /// `Acquire::https::Verify-Peer=false`, `ssh -o StrictHostKeyChecking=no`, and variables that say the same
    /// (`NODE_TLS_REJECT_UNAUTHORIZED=0`, `GIT_SSL_NO_VERIFY`, `PYTHONHTTPSVERIFY=0`, `PIP_TRUSTED_HOST`). An address of the machine itself is left out, and so are
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
        Example::Tree(&[("Dockerfile", "
FROM rockylinux:9
RUN rpm -i --nosignature https://example.com/a.rpm && yum --setopt=sslverify=false install -y b
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get -o Acquire::https::Verify-Peer=false update && GIT_SSL_NO_VERIFY=1 git clone https://example.com/a
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN echo 'StrictHostKeyChecking no' >> /etc/ssh/ssh_config && scp -o StrictHostKeyChecking=no a.example.com:/a /a
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
        Example::Tree(&[("Dockerfile", "
FROM rockylinux:9
RUN rpm -K a.rpm && rpm -q --nosignature curl && echo 'sslverify=true' >> /etc/yum.conf && apt-get -o Acquire::https::Verify-Peer=true update
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN mkdir -p ~/.ssh && ssh-keyscan example.com >> ~/.ssh/known_hosts && ssh -o StrictHostKeyChecking=yes example.com
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
            let exported = command.words.iter().filter(|_| command.program() == "export");
            let exported = exported.filter_map(|word| word.text.split_once('='));
            let set = command.assignments.iter().map(|(name, value)| (name.as_str(), value.text.as_str()));
            if let Some((name, _)) = set.chain(exported).find(|(name, value)| turns_off(name, value)) {
                found.push(fault(&command.at, format!("sets {name}, for this step")));
            }
        }
    }
    for instruction in all.iter().flat_map(|stage| &stage.instructions).filter(|it| it.name == "ENV") {
        let What::Set(values) = &instruction.what else { continue };
        let Some(Ok(values)) = see.apart(|see| see.get(values)) else { continue };
        for (name, value) in values {
            let value = value.as_ref().map_or("", |value| value.text.as_str());
            if turns_off(name, value) {
                found.push(fault(&instruction.at, format!("sets {name}, for the build and for what runs")));
            }
        }
    }
    faults(found)
}

/// Does a variable turn a check off?
fn turns_off(name: &str, value: &str) -> bool {
    match name {
        "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => value == "0",
        "GIT_SSL_NO_VERIFY" => !matches!(value, "" | "0" | "false"),
        "NPM_CONFIG_STRICT_SSL" | "npm_config_strict_ssl" => value == "false",
        "PIP_TRUSTED_HOST" => {
            !value.is_empty() && !["localhost", "127.", "$"].iter().any(|own| value.starts_with(own))
        }
        _ => false,
    }
}

fn local_packages(arguments: &[&str]) -> bool {
    let mut packages = arguments.iter().filter(|a| !a.starts_with('-') && **a != "add").peekable();
    packages.peek().is_some()
        && packages.all(|a| !a.contains("://") && a.contains(['/', '*']) || a.ends_with(".apk"))
}

fn says_no_host_key(argument: &str) -> bool {
    let plain = argument.to_ascii_lowercase().replace([' ', '='], "");
    plain.contains("stricthostkeycheckingno") || plain.contains("stricthostkeycheckingoff")
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
            has(&["--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"]).or_else(|| {
                let off = |option: &str| {
                    let (name, value) = option.trim_start_matches("-o").split_once('=').unwrap_or_default();
                    let value = value.trim_matches('"').to_ascii_lowercase();
                    match name.to_ascii_lowercase().as_str() {
                        "acquire::https::verify-peer" | "acquire::https::verify-host" => {
                            matches!(value.as_str(), "false" | "0" | "no")
                        }
                        "acquire::allowinsecurerepositories" | "apt::get::allowunauthenticated" => {
                            matches!(value.as_str(), "true" | "1" | "yes")
                        }
                        _ => false,
                    }
                };
                arguments.iter().find(|argument| off(argument)).map(|argument| (*argument).to_owned())
            })
        }
        "rpm"
            if arguments.iter().any(|a| {
                *a == "--install"
                    || *a == "--upgrade"
                    || !a.starts_with("--")
                        && a.starts_with('-')
                        && a.contains(['i', 'U'])
                        && !a.contains('q')
            }) =>
        {
            has(&["--nosignature", "--nodigest", "--noverify", "--nofiledigest"])
        }
        "ssh" | "scp" | "sftp" | "rsync" | "git" if arguments.iter().any(|a| says_no_host_key(a)) => {
            Some("StrictHostKeyChecking=no".into())
        }
        // Packages that lie in the build itself come from nowhere else.
        "apk" if !local_packages(&arguments) => has(&["--allow-untrusted"]),
        "yum" | "dnf" | "microdnf" => has(&["--nogpgcheck", "--no-gpgchecks"]).or_else(|| {
            let off = |a: &&&str| {
                let plain = a.trim_start_matches("--setopt=").to_ascii_lowercase();
                plain.ends_with("sslverify=false") || plain.ends_with("sslverify=0")
            };
            arguments.iter().find(off).map(|_| "sslverify=false".into())
        }),
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
            if arguments.iter().any(|a| says_no_host_key(a)) {
                return Some("has ssh check nothing (StrictHostKeyChecking no)".into());
            }
            let plain = |a: &&str| a.to_ascii_lowercase().replace(' ', "");
            if arguments
                .iter()
                .any(|a| plain(a).contains("sslverify=false") || plain(a).contains("sslverify=0"))
            {
                return Some("has the package manager check nothing (sslverify=false)".into());
            }
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
