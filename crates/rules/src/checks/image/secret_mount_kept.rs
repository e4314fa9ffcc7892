use crate::checks::prelude::*;
use crate::dockerfile::{Run, call, fault, final_stages, runs, shown};
use std::collections::BTreeSet;

check! {
    /// A build writes a mounted secret into the image.
    ///
    /// ## What it checks
    /// RUN that copies a file of `/run/secrets/`, or writes it, or the variable that holds it (`env=`, `X=$(cat
    /// /run/secrets/x)`), into a file that it does not remove again in the same RUN, also by `npm config set`, `git config
    /// --global` and the like, or shows it by `echo`; in the stages that the image is made of.
    /// ## Why it matters
    /// A secret mount keeps the secret out of the layers; this puts it back, for everybody who can pull the
    /// image.
    /// ## Fix
    /// Read it where it is needed and nowhere else: `NPM_TOKEN=$(cat /run/secrets/npm) npm ci`, or mount it
    /// where the program looks for it with `target=`.
    "secret-mount-kept",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker", "scan-before-commit"],
    ids: &["attack:T1552.001", "nist:3.1.4", "nist:4.1.4", "cis-docker:4.10"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npmrc cp /run/secrets/npmrc /root/.npmrc && npm ci
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=k cat /run/secrets/k > /etc/app.key
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npm,env=NPM_TOKEN echo \"//registry.example.com/:_authToken=${NPM_TOKEN}\" > .npmrc && npm ci
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npm TOKEN=$(cat /run/secrets/npm) && npm config set //registry.example.com/:_authToken=$TOKEN && npm ci
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npm,env=NPM_TOKEN echo \"token is $NPM_TOKEN\" && npm ci
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npm NPM_TOKEN=$(cat /run/secrets/npm) npm ci
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npmrc cp /run/secrets/npmrc /root/.npmrc && npm ci && rm /root/.npmrc
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN --mount=type=secret,id=npm,env=NPM_TOKEN echo \"//registry.example.com/:_authToken=${NPM_TOKEN}\" > .npmrc && npm ci && rm -f .npmrc
RUN --mount=type=secret,id=npm,env=NPM_TOKEN npm config set //registry.example.com/:_authToken '${NPM_TOKEN}' && npm ci && npm config delete //registry.example.com/:_authToken
RUN --mount=type=secret,id=pw,env=PW echo \"$PW\" | login --password-stdin && echo \"${PW:+set}\"
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &final_stages(see, it)?) {
        let removed: BTreeSet<&str> =
            run.commands().filter(|it| call(it).0 == "rm").flat_map(|it| call(it).1).collect();
        for command in run.commands() {
            let (program, arguments) = call(command);
            let names = variables(&run);
            let holds = |text: &str| {
                names.iter().any(|name| has_variable(text, name)) || text.contains("(cat /run/secrets/")
            };
            let shown_by = matches!(program, "echo" | "printf") && arguments.iter().any(|it| holds(it));
            let heredoc = program == "cat"
                && command.redirects.iter().any(|(how, text)| how.starts_with("<<") && holds(&text.text));
            if shown_by || heredoc {
                let target = command.redirects.iter().find(|(how, _)| how.starts_with('>'));
                match target {
                    Some((_, target))
                        if !removed.contains(target.text.as_str()) && !target.text.starts_with("/dev/") =>
                    {
                        let what = format!("writes a secret of the build to {}", shown(&target.text));
                        found.push(fault(&command.at, what));
                    }
                    // What another command reads is not shown.
                    None if shown_by && alone(&run, command) => {
                        found.push(fault(&command.at, "shows a secret of the build in its output"));
                    }
                    _ => {}
                }
                continue;
            }
            let configures = match program {
                "npm" | "yarn" | "pnpm" | "pip" | "pip3" | "poetry" | "bundle" | "composer" => {
                    arguments.contains(&"config") && !arguments.contains(&"--location=project")
                }
                "git" => {
                    arguments.contains(&"config")
                        && arguments.iter().any(|it| matches!(*it, "--global" | "--system"))
                }
                _ => false,
            };
            if configures && arguments.iter().any(|it| holds(it)) && !unsets(&run, program) {
                found.push(fault(
                    &command.at,
                    format!("has {program} keep a secret of the build in its settings"),
                ));
                continue;
            }
            if !arguments.iter().any(|argument| argument.starts_with("/run/secrets/")) {
                continue;
            }
            let target = match program {
                "cp" | "install" | "mv" => arguments.last().copied(),
                "cat" => command
                    .redirects
                    .iter()
                    .find(|(how, _)| how.starts_with('>'))
                    .map(|(_, target)| target.text.as_str()),
                _ => None,
            };
            if let Some(target) =
                target.filter(|target| !target.starts_with("/dev/") && !removed.contains(target))
            {
                found.push(fault(&command.at, format!("writes a secret of the build to {}", shown(target))));
            }
        }
    }
    faults(found)
}

/// The variables of a step that hold a mounted secret.
fn variables(run: &Run) -> Vec<String> {
    let mounts =
        run.instruction.flags.iter().filter(|(name, value)| name == "mount" && value.contains("type=secret"));
    let by_mount =
        mounts.flat_map(|(_, value)| value.split(',')).filter_map(|part| part.strip_prefix("env="));
    let read = |text: &str| text.contains("/run/secrets/");
    let set = run.commands().flat_map(|command| &command.assignments).filter(|(_, value)| read(&value.text));
    let exported =
        run.commands().filter(|command| command.program() == "export").flat_map(|command| &command.words);
    let exported = exported.filter_map(|word| word.text.split_once('=')).filter(|(_, value)| read(value));
    by_mount
        .map(str::to_owned)
        .chain(set.map(|(name, _)| name.clone()))
        .chain(exported.map(|(name, _)| name.to_owned()))
        .collect()
}

/// Does the shell put that variable's value in? `${X:+…}` asks only whether there is one.
fn has_variable(text: &str, name: &str) -> bool {
    text.split('$').skip(1).any(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.strip_prefix(name).is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                && !rest.starts_with([':', '+'])
        })
    })
}

/// Does a command stand alone, so that its output goes to the log?
fn alone(run: &Run, command: &Command) -> bool {
    run.pipes.iter().any(|pipe| pipe.commands.len() == 1 && std::ptr::eq(&pipe.commands[0], command))
        && !run.commands().any(|other| {
            let mut texts = other.words.iter().chain(other.assignments.iter().map(|(_, value)| value));
            !std::ptr::eq(other, command)
                && texts.any(|word| word.text.contains("$(echo ") || word.text.contains("$(printf "))
        })
}

/// Does a step take its setting out again?
fn unsets(run: &Run, program: &str) -> bool {
    run.commands().any(|command| {
        let (other, arguments) = call(command);
        other == program
            && arguments.iter().any(|it| {
                matches!(*it, "delete" | "unset" | "rm" | "--unset" | "--unset-all" | "--remove-section")
            })
            || other == "rm"
                && arguments.iter().any(|it| {
                    [".npmrc", ".gitconfig", ".yarnrc", "pip.conf"].iter().any(|end| it.contains(end))
                })
    })
}
