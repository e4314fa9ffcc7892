use crate::checks::prelude::*;
use crate::dockerfile::{call, env_is, fault, runs, stages};

check! {
    /// A build may install other libraries than the lock file names.
    ///
    /// ## What it checks
    /// RUN with `npm install` of the whole project, `yarn install` without `--immutable` or `--frozen-lockfile`,
    /// `pnpm install` without `--frozen-lockfile`, and `composer update`, `bundle update` or `poetry update`, in every
    /// stage. Where ENV says `CI`, yarn and pnpm keep to their lock files by themselves.
    /// ## Why it matters
    /// Where the lock file and the declaration differ, or there is none, these commands take what is newest and say
    /// nothing: what is released is not what was tested. The install scripts of whatever comes run in the build.
    /// ## Fix
    /// `npm ci`, `yarn install --immutable`, `pnpm install --frozen-lockfile`, `composer install`; with
    /// `--ignore-scripts` where no library needs to run code while it is installed.
    "unlocked-install-in-dockerfile",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["safe-libraries"],
    ids: &["attack:T1195.001", "nist:3.1.5"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
COPY package.json package-lock.json ./
RUN npm install --omit=dev
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22 AS build
RUN yarn && yarn build
FROM scratch
COPY --from=build /a /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM php:8.4
RUN composer update --no-dev
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN npm ci --omit=dev && npm install -g pnpm@10.1.0 && npm run install
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN yarn install --frozen-lockfile && yarn install --immutable && yarn build && pnpm i --frozen-lockfile
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
ENV CI=true
RUN pnpm install && composer install
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22
RUN cd lib && npm install ./a.tgz && npm install --package-lock-only=false --no-save mocha@11.0.1 && yarn --version
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = stages(see, it)?;
    let ci = env_is(see, &all, "CI", |value| !matches!(value, "" | "false" | "0"))?;
    let mut found = Vec::new();
    for run in runs(see, &all) {
        for command in run.commands() {
            if let Some(what) =
                unlocked(command, ci || command.assignments.iter().any(|(name, _)| name == "CI"))
            {
                found.push(fault(
                    &command.at,
                    format!("runs {what}, which may change what the lock file names"),
                ));
            }
        }
    }
    faults(found)
}

fn unlocked(command: &Command, ci: bool) -> Option<&'static str> {
    let (program, arguments) = call(command);
    let has =
        |options: &[&str]| arguments.iter().any(|it| options.iter().any(|option| it.starts_with(option)));
    const TAKES: [&str; 8] =
        ["--prefix", "--cwd", "--dir", "-C", "--registry", "--loglevel", "--network-timeout", "--cache"];
    let mut words = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if TAKES.contains(argument) {
            rest.next();
        } else if !argument.starts_with('-') {
            words.push(*argument);
        }
    }
    if has(&["--help", "--version", "-v", "--global", "-g"]) && program != "composer" {
        return None;
    }
    match (program, words.as_slice()) {
        ("npm", ["install" | "i"]) => Some("npm install"),
        ("yarn", [] | ["install"])
            if !ci && !has(&["--immutable", "--frozen-lockfile", "--pure-lockfile", "--offline"]) =>
        {
            Some("yarn install")
        }
        ("pnpm", ["install" | "i"]) if !ci && !has(&["--frozen-lockfile", "--offline"]) => {
            Some("pnpm install")
        }
        ("composer", ["update" | "u", ..]) => Some("composer update"),
        ("bundle", ["update", ..]) => Some("bundle update"),
        ("poetry", ["update", ..]) => Some("poetry update"),
        _ => None,
    }
}
