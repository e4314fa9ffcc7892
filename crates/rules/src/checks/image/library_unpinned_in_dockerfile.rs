use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, runs, stages};

check! {
    /// A build installs a library or tool in whatever version is newest.
    ///
    /// ## What it checks
    /// RUN with `pip install`, `npm install`, `yarn add`, `gem install`, `cargo install` of a name without a version,
    /// `go get` of one, and `go install` or `npx` of `@latest`, in every stage. The project itself, files of requirements, constraints,
    /// addresses, what a variable names, and pip's own tools are left out.
    /// ## Why it matters
    /// Whoever takes over the account of one maintainer is in the next build, and runs there: these packages run code
    /// while they are installed, and nobody signs them for you.
    /// ## Fix
    /// Name the version: `pip install flask==3.1.2`, `npm install -g pnpm@10.1.0`, `go install example.com/a@v1.2.3`,
    /// `gem install rake:13.3.0`, `cargo install --locked cross@0.2.5`; better, install from a lock file with hashes.
    "library-unpinned-in-dockerfile",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["safe-libraries", "cis-docker"],
    ids: &["attack:T1195.001", "nist:3.1.5"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
RUN pip install --no-cache-dir flask 'requests>=2'
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22 AS build
RUN npm install -g pnpm@latest
FROM scratch
COPY --from=build /a /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM golang:1.25
RUN go install golang.org/x/tools/cmd/goimports@latest && go get github.com/a/b
")]),
        Example::Tree(&[("Dockerfile", "
FROM ruby:3.4
RUN gem install rake
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
ARG VERSION=1.0
RUN pip install --upgrade pip && pip install -r requirements.txt . './lib[all]' flask==3.1.2 \"a==$VERSION\" $MORE && pip install -c constraints.txt requests && pip install https://example.com/a-1.0-py3-none-any.whl dist/*.whl
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN npm install -g pnpm@10.1.0 @scope/tool@1.2.3 && npm ci && npm install && npm run install web
")]),
        Example::Tree(&[("Dockerfile", "
FROM golang:1.25
RUN go get ./... && go get -d -v && go get github.com/a/b@v1.0.0 && go install ./cmd/a && go install golang.org/x/tools/cmd/goimports@v0.30.0 && go install example.com/own/cmd/b
")]),
        Example::Tree(&[("Dockerfile", "
FROM rust:1.90
RUN cargo install --path . && cargo install --locked --version 0.2.5 cross && gem install rake -v 13.3.0 && gem install bundler:2.7.1
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &stages(see, it)?) {
        for command in run.commands() {
            let open = open(command);
            if let Some(first) = open.first() {
                let first: String = first.chars().take(80).collect();
                let more = match open.len() {
                    1 => String::new(),
                    n => format!(" and {} more", n - 1),
                };
                found.push(fault(
                    &command.at,
                    format!("installs {first}{more} in whatever version is newest"),
                ));
            }
        }
    }
    faults(found)
}

/// What a command installs without a version.
fn open(command: &Command) -> Vec<&str> {
    let (program, arguments) = call(command);
    let plain = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let after = |verbs: &[&str], takes: &[&str]| names(&arguments, verbs, takes);
    let floats = |name: &&str| {
        let tag = name.get(1..).and_then(|name| name.rsplit_once('@')).map(|(_, tag)| tag);
        matches!(tag, None | Some("latest" | "next" | ""))
    };
    match plain {
        "pip" => pip(&arguments),
        "python" | "pypy" if arguments.first() == Some(&"-m") && arguments.get(1) == Some(&"pip") => {
            pip(&arguments[2..])
        }
        "uv" if arguments.first() == Some(&"pip") => pip(&arguments[1..]),
        "pipx" => after(&["install"], &["--python", "--pip-args", "--index-url", "-i"])
            .into_iter()
            .filter(|name| is_open_requirement(name))
            .collect(),
        "npm" => after(&["install", "i", "add"], &["--prefix", "--registry", "--loglevel"])
            .into_iter()
            .filter(is_package)
            .filter(floats)
            .collect(),
        "yarn" | "pnpm" | "bun" => after(&["add"], &["--cwd", "--registry", "-C", "--dir"])
            .into_iter()
            .filter(is_package)
            .filter(floats)
            .collect(),
        "npx" => arguments
            .iter()
            .copied()
            .find(|it| !it.starts_with('-'))
            .filter(|it| it.ends_with("@latest"))
            .into_iter()
            .collect(),
        "gem" => {
            let versioned = arguments.iter().any(|it| {
                matches!(*it, "-v" | "--version") || it.starts_with("--version=") || it.starts_with("-v")
            });
            after(&["install", "i"], &["-i", "-n", "--source", "--install-dir", "--bindir", "-P"])
                .into_iter()
                .filter(|name| !versioned && !name.contains([':', '/']) && !name.ends_with(".gem"))
                .collect()
        }
        // Outside of a module that names it, this takes the newest as well.
        "go" if arguments.first() == Some(&"get") => after(&["get"], &["-ldflags", "-tags", "-mod"])
            .into_iter()
            .filter(|name| {
                let remote =
                    name.split('/').next().is_some_and(|host| host.contains('.') && !host.starts_with('.'));
                remote && (!name.contains('@') || name.ends_with("@latest"))
            })
            .collect(),
        "go" => after(&["install"], &["-ldflags", "-tags", "-mod", "-gcflags", "-o"])
            .into_iter()
            .filter(|name| {
                ["@latest", "@upgrade", "@main", "@master", "@HEAD"].iter().any(|end| name.ends_with(end))
            })
            .collect(),
        "cargo" => {
            let own = arguments.iter().any(|it| {
                matches!(*it, "--path" | "--git" | "--version" | "--vers")
                    || ["--path=", "--git=", "--version=", "--vers="]
                        .iter()
                        .any(|start| it.starts_with(start))
            });
            after(
                &["install"],
                &["--root", "--features", "-F", "--target", "--profile", "-j", "--bin", "--index"],
            )
            .into_iter()
            .filter(|name| !own && !name.contains('@'))
            .collect()
        }
        _ => Vec::new(),
    }
}

/// The names after that word, without options, the values of those that take one, and what a variable holds.
fn names<'a>(arguments: &[&'a str], verbs: &[&str], takes: &[&str]) -> Vec<&'a str> {
    let Some(at) = arguments.iter().position(|it| !it.starts_with(['-', '+'])) else {
        return Vec::new();
    };
    let verb = |at: usize| arguments.get(at).is_some_and(|word| verbs.contains(word));
    // `yarn global add`
    if !(verb(at) || arguments[at] == "global" && verb(at + 1)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut rest = arguments[at + 1..].iter();
    while let Some(argument) = rest.next() {
        if takes.contains(argument) {
            rest.next();
        } else if !argument.starts_with('-')
            && !argument.contains(['$', '`'])
            && !argument.is_empty()
            && !verbs.contains(argument)
        {
            found.push(*argument);
        }
    }
    found
}

fn pip<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    // A list of constraints or hashes fixes what is installed.
    let fixed = arguments.iter().any(|it| {
        matches!(*it, "-c" | "--constraint" | "--require-hashes" | "--no-index")
            || it.starts_with("--constraint=")
            || it.starts_with("-c") && it.len() > 2
    });
    if fixed {
        return Vec::new();
    }
    let takes = [
        "-r",
        "--requirement",
        "-e",
        "--editable",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "-t",
        "--target",
        "--prefix",
        "--root",
        "--trusted-host",
        "--timeout",
        "--retries",
        "--python",
        "--proxy",
        "--cert",
        "--cache-dir",
        "--platform",
        "--abi",
        "--implementation",
        "--only-binary",
        "--no-binary",
        "--progress-bar",
        "--global-option",
        "--install-option",
        "--src",
        "--log",
        "--upgrade-strategy",
        "--config-settings",
        "-C",
        "--group",
        "--index-strategy",
        "--python-version",
        "--use-feature",
    ];
    names(arguments, &["install"], &takes).into_iter().filter(|name| is_open_requirement(name)).collect()
}

fn is_open_requirement(name: &str) -> bool {
    const OWN: [&str; 5] = ["pip", "setuptools", "wheel", "virtualenv", "uv"];
    let end = |c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c));
    let plain = name.split(end).next().unwrap_or("");
    let file = name.contains('/')
        || name.starts_with('.')
        || [".whl", ".gz", ".zip", ".txt"].iter().any(|it| name.ends_with(it));
    !file && !name.contains("==") && !name.contains('@') && !OWN.contains(&plain)
}

/// Is that the name of a package, rather than a folder, an archive or an address?
fn is_package(name: &&str) -> bool {
    !name.starts_with(['.', '/', '~'])
        && !name.contains("://")
        && !name.ends_with(".tgz")
        && !name.ends_with(".tar.gz")
        && !name.ends_with(".git")
        && (name.starts_with('@') || !name.contains('/'))
        && !name.contains(':')
}
