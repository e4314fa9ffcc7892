//! Each rule of hadolint and checkov that fires on real Dockerfiles is answered by checks of ours, or has its reason.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::collections::{BTreeMap, BTreeSet};
use tyrian_judge::run::judge;
use tyrian_model::evidence::Verdict;
use tyrian_read::secrets::Key;
use tyrian_rules::checks;

const CLASSES: &str = include_str!("../../../judges/dockerfiles-classes.tsv");
const RECORDED: &str = include_str!("../../../judges/dockerfiles.tsv");
const PAGE: &str = include_str!("../../../docs/dockerfiles.md");

fn rows<const N: usize>(text: &'static str) -> Vec<[&'static str; N]> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{line}")))
        .collect()
}

/// By judge and rule: our checks, and why.
fn classes() -> BTreeMap<(&'static str, &'static str), (Vec<&'static str>, &'static str)> {
    let of = |[judge, rule, ours, why]: [&'static str; 4]| {
        ((judge, rule), (ours.split(' ').filter(|it| !it.is_empty()).collect(), why))
    };
    let all: Vec<_> = rows(CLASSES).into_iter().map(of).collect();
    let count = all.len();
    let map: BTreeMap<_, _> = all.into_iter().collect();
    assert_eq!(map.len(), count, "a rule stands there twice");
    map
}

#[test]
fn every_rule_of_the_others_is_ours_or_has_a_reason() {
    let names: BTreeSet<&str> = checks::all().iter().map(|check| check.name).collect();
    let classes = classes();
    for ((judge, rule), (ours, why)) in &classes {
        assert!(!ours.is_empty() || why.len() > 10, "{judge} {rule} is not ours and has no reason");
        for check in ours {
            assert!(names.contains(check), "{judge} {rule}: there is no check {check}");
        }
        assert!(
            PAGE.contains(&format!("| {judge} {rule} |")),
            "docs/dockerfiles.md does not have {judge} {rule}"
        );
    }
    let recorded = rows::<4>(RECORDED);
    assert!(recorded.len() > 30, "judges/dockerfiles was not run over enough");
    for [judge, rule, ..] in recorded {
        assert!(classes.contains_key(&(judge, rule)), "{judge} {rule} fires on real files and has no class");
    }
}

#[test]
fn what_is_ours_is_found_where_they_find_it_or_has_a_reason() {
    let files: usize = RECORDED.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(files >= 60, "{files}");
    let classes = classes();
    for [judge, rule, theirs, both] in rows::<4>(RECORDED) {
        let (ours, why) = &classes[&(judge, rule)];
        let (theirs, both): (usize, usize) = (theirs.parse().unwrap(), both.parse().unwrap());
        let explained = both == theirs || why.len() > 10;
        assert!(
            ours.is_empty() || explained,
            "{judge} {rule}: in {theirs} files, ours in {both} of them, and no reason"
        );
    }
}

#[test]
fn the_page_is_made_of_the_tables() {
    let recorded: BTreeMap<_, _> = rows::<4>(RECORDED)
        .into_iter()
        .map(|[judge, rule, theirs, both]| ((judge, rule), (theirs, both)))
        .collect();
    let row = |((judge, rule), (ours, why)): (_, (Vec<&str>, _))| {
        let (theirs, both) = recorded.get(&(judge, rule)).copied().unwrap_or(("0", "0"));
        let names: Vec<String> = ours.iter().map(|check| format!("`{check}`")).collect();
        let (names, both) =
            if ours.is_empty() { ("—".to_owned(), "—") } else { (names.join(", "), both) };
        format!("| {judge} {rule} | {names} | {theirs} | {both} | {why} |")
    };
    let made: Vec<String> = classes().into_iter().map(row).collect();
    let page: Vec<&str> = PAGE.lines().skip_while(|line| !line.starts_with("|---")).skip(1).collect();
    assert_eq!(page, made);
}

/// What a check makes of a Dockerfile.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    Fault,
    Nothing,
    Unknown,
}
use Says::{Fault, Nothing, Unknown};

/// A reason of the page, one of the checks that it speaks of, and Dockerfiles that show it.
type Shown = (&'static str, &'static str, &'static [(&'static str, Says)]);

const IN_BUILD: &str = "in the stages that the image is made of";

/// The same step in a stage that is thrown away, and in the image.
macro_rules! stages {
    ($step:literal) => {
        &[
            (
                concat!(
                    "FROM debian:12 AS build\nRUN ",
                    $step,
                    "\nFROM debian:12\nCOPY --from=build /a /a\n"
                ),
                Nothing,
            ),
            (concat!("FROM debian:12\nRUN ", $step, "\n"), Fault),
        ]
    };
}

const SHOWN: &[Shown] = &[
    (IN_BUILD, "package-cache-kept", stages!("apt-get update && apt-get install -y tini")),
    (IN_BUILD, "system-package-unpinned", stages!("apt-get update && apt-get install -y tini")),
    (IN_BUILD, "sudo-in-dockerfile", stages!("apt-get update && apt-get install -y sudo")),
    (IN_BUILD, "account-password-in-build", stages!("echo 'root:marble-otter-2291' | chpasswd")),
    (
        "in the stages that the image is made of; a build stage leaves no package behind",
        "system-package-unpinned",
        stages!("apt-get update && apt-get install -y tini"),
    ),
    (
        "in the stages that the image is made of, and not where apt is configured so",
        "recommended-packages-installed",
        &[
            (
                "FROM debian:12 AS build\nRUN apt-get install -y tini\nFROM debian:12\nCOPY --from=build /a /a\n",
                Nothing,
            ),
            (
                "FROM debian:12\nRUN echo 'APT::Install-Recommends \"false\";' > /etc/apt/apt.conf.d/99x\nRUN apt-get install -y tini\n",
                Nothing,
            ),
            ("FROM debian:12\nRUN apt-get install -y tini\n", Fault),
        ],
    ),
    (
        "in the stages that the image is made of, and not where ENV says it",
        "package-cache-kept",
        &[
            ("FROM python:3.13\nENV PIP_NO_CACHE_DIR=1\nRUN pip install flask==3.1.0\n", Nothing),
            ("FROM python:3.13\nRUN pip install flask==3.1.0\n", Fault),
        ],
    ),
    (
        "where the base decides and is not known, that is Unknown",
        "dockerfile-root-user",
        &[("FROM shop.example/base:1\nCMD [\"a\"]\n", Unknown), ("FROM debian:12\nCMD [\"a\"]\n", Fault)],
    ),
    (
        "also without any USER, for the last stage alone, and not where the command steps down",
        "dockerfile-root-user",
        &[
            ("FROM debian:12\nCMD [\"a\"]\n", Fault),
            ("FROM debian:12 AS build\nUSER root\nFROM debian:12\nUSER 7\n", Nothing),
            ("FROM debian:12\nUSER root\nENTRYPOINT [\"gosu\", \"app\", \"run\"]\n", Nothing),
        ],
    ),
    (
        "a name is no fault by itself; the fix asks for a number, which Kubernetes needs for runAsNonRoot",
        "dockerfile-root-user",
        &[("FROM debian:12\nUSER app\n", Nothing)],
    ),
    (
        "that a step calls such a program harms nothing; that the image has it does",
        "ssh-server-in-dockerfile",
        &[
            ("FROM debian:12\nRUN ssh build@shop.example true\n", Nothing),
            ("FROM debian:12\nRUN apt-get install -y openssh-server\n", Fault),
        ],
    ),
    (
        "pip's own tools are left out",
        "library-unpinned-in-dockerfile",
        &[
            ("FROM python:3.13\nRUN pip install --upgrade pip setuptools wheel\n", Nothing),
            ("FROM python:3.13\nRUN pip install flask\n", Fault),
        ],
    ),
    (
        "`go install` without a version takes that of go.mod; `@latest` is found",
        "library-unpinned-in-dockerfile",
        &[
            ("FROM golang:1.25\nRUN go install shop.example/tool\n", Nothing),
            ("FROM golang:1.25\nRUN go install shop.example/tool@latest\n", Fault),
        ],
    ),
    (
        "packages that lie in the build itself are left out, and a file for a preprocessor is Unknown",
        "unauthenticated-download",
        &[
            ("FROM alpine:3.22\nRUN apk add --allow-untrusted ./tool.apk\n", Nothing),
            ("FROM alpine:3.22\nRUN apk add --allow-untrusted tool\n", Fault),
            ("ARG ALPINE=3.22\nimport(common.docker)\nFROM alpine:3.22\n", Unknown),
        ],
    ),
    (
        "only where a lost failure ends up in the image: downloads that are piped on",
        "download-failure-hidden",
        &[
            ("FROM debian:12\nRUN ls /etc | grep host\n", Nothing),
            ("FROM debian:12\nRUN curl -fsSL https://shop.example/a | tee /etc/a\n", Fault),
        ],
    ),
    (
        "of the command that counts, the last one of the image; where a shell is needed (several commands, redirections) or `exec` stands there, it is no fault",
        "shell-form-command",
        &[
            ("FROM debian:12\nCMD node server.js\n", Fault),
            ("FROM debian:12\nCMD node server.js\nCMD [\"node\", \"server.js\"]\n", Nothing),
            ("FROM debian:12\nCMD prepare && node server.js\n", Nothing),
            ("FROM debian:12\nCMD exec node server.js\n", Nothing),
        ],
    ),
    (
        "of an image that runs something: not of one without a command, nor of a file of stages for a build",
        "no-health-check-in-dockerfile",
        &[("FROM debian:12\nRUN true\n", Nothing), ("FROM debian:12\nCMD [\"a\"]\n", Fault)],
    ),
    (
        "not where the same step installs by other means, nor in a stage that is thrown away",
        "package-index-alone",
        &[
            ("FROM debian:12\nRUN apt-get update && ./install-everything.sh\n", Nothing),
            (
                "FROM debian:12 AS build\nRUN apt-get update\nFROM debian:12\nCOPY --from=build /a /a\n",
                Nothing,
            ),
            ("FROM debian:12\nRUN apt-get update\n", Fault),
        ],
    ),
    (
        "an image is named by its digest, or it is found; a bare name may be a context of the build",
        "floating-base-image",
        &[
            ("FROM debian:12\nCOPY --from=shop.example/a:latest /a /a\n", Fault),
            ("FROM debian:12\nCOPY --from=assets /a /a\n", Nothing),
        ],
    ),
    (
        "an earlier stage and `scratch` are no images; a variable without a default is Unknown",
        "floating-base-image",
        &[
            ("FROM debian:12 AS a\nFROM a\n", Nothing),
            ("FROM scratch\n", Nothing),
            ("ARG BASE\nFROM $BASE\n", Unknown),
            ("FROM debian\n", Fault),
        ],
    ),
    (
        "a name before FROM without a tag may be an earlier stage or a variable without a default: that is Unknown",
        "floating-base-image",
        &[("ARG BASE\nFROM $BASE\n", Unknown), ("FROM debian:12 AS a\nFROM a\n", Nothing)],
    ),
    (
        "an archive, an address with a checksum and a repository at a commit are what ADD is for",
        "add-instead-of-copy",
        &[("FROM debian:12\nADD a.tar.gz /\n", Nothing), ("FROM debian:12\nADD a.txt /\n", Fault)],
    ),
    (
        "an archive, an address with a checksum and a repository at a commit are what ADD is for",
        "unverified-download",
        &[
            (
                "FROM debian:12\nADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef https://shop.example/a /a\n",
                Nothing,
            ),
            (
                "FROM debian:12\nADD https://shop.example/a.git#0123456789abcdef0123456789abcdef01234567 /a\n",
                Nothing,
            ),
            ("FROM debian:12\nADD https://shop.example/a /a\n", Fault),
        ],
    ),
    (
        "an archive is what ADD is for; of a variable it is not known",
        "add-instead-of-copy",
        &[
            ("FROM debian:12\nADD a.tar.gz /\n", Nothing),
            ("FROM debian:12\nARG FILE\nADD $FILE /\n", Unknown),
        ],
    ),
    (
        "a name alone is no secret: found are literal values, and arguments that end like a credential",
        "secret-in-dockerfile",
        &[
            ("FROM debian:12\nENV DB_PASSWORD_FILE=/run/secrets/db\n", Nothing),
            ("FROM debian:12\nENV DB_PASSWORD=marble-otter-2291\n", Fault),
        ],
    ),
    (
        "a name alone is no secret: found are literal values, and arguments that end like a credential",
        "build-argument-secret",
        &[("FROM debian:12\nARG TOKEN_SERVICE\n", Nothing), ("FROM debian:12\nARG NPM_TOKEN\n", Fault)],
    ),
];

fn says(name: &str, dockerfile: &str) -> Says {
    let key = Key([7; 32]);
    let check = checks::all().iter().copied().find(|check| check.name == name).unwrap();
    let file = tyrian_read::assemble::glance("Dockerfile", dockerfile.as_bytes().to_vec(), &key);
    let (facts, _) = tyrian_read::assemble::facts("tree", file.into_iter().collect(), &key);
    let verdicts: Vec<Verdict> =
        judge(&facts, &[check]).into_iter().map(|evidence| evidence.verdict).collect();
    if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Fail(..))) {
        Fault
    } else if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Unknown(..))) {
        Unknown
    } else {
        Nothing
    }
}

#[test]
fn each_reason_holds() {
    for ((judge, rule), (ours, why)) in classes() {
        let shown = |check: &&str| SHOWN.iter().any(|(reason, name, _)| *reason == why && name == check);
        assert!(
            ours.is_empty() || why.is_empty() || ours.iter().any(shown),
            "{judge} {rule}: nothing shows: {why}"
        );
    }
    let mut wrong = Vec::new();
    for (why, check, files) in SHOWN {
        assert!(
            classes().values().any(|(ours, reason)| reason == why && ours.contains(check)),
            "{check}: {why}"
        );
        for (text, expected) in *files {
            let said = says(check, text);
            if said != *expected {
                wrong.push(format!(
                    "{check} says {said:?}, not {expected:?}, of\n{text}for it is judged {why}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
