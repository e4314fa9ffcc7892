//! Damaged texts: whatever comes in, the readers come back.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

use tyrian_read::{Input, assemble, compose, dockerfile, secrets::Key, shell};

const DOCKERFILE: &str = r#"# syntax=docker/dockerfile:1
# escape=\
ARG GO=1.24 BASE
FROM --platform=$BUILDPLATFORM golang:${GO}-alpine AS build
SHELL ["/bin/sh", "-eo", "pipefail", "-c"]
ENV A="b c" D='e' \
    # why
    F=${A:-${GO:+x}} PATH=$PATH:/é
ARG TARGETOS
RUN --mount=type=cache,target=/root/.cache apk add --no-cache git \
    && curl -fsSL "https://example.org/x?y=$(uname -m)" | tar xz -C /opt; \

    for i in a b; do echo "$i" >> /l; done
RUN <<EOF bash
set -e
echo `date` ${A%x}
EOF
COPY --chown=1000:1000 --link <<-"ONE" <<TWO /etc/
	1
	ONE
2
TWO
FROM ${BASE:-build}
HEALTHCHECK --interval=5s CMD curl -f http://localhost/ || exit 1
ONBUILD RUN make
LABEL a=b "c d"="e"
VOLUME ["/data"]
EXPOSE 80/tcp $PORT
USER ${UID:-1000}
ENTRYPOINT ["/x", "--password", "y"]
"#;

const SCRIPT: &str = r#"#!/usr/bin/env -S bash -eu
set -o pipefail
# é
f() { local a="$1" b=${2:-$(id -u)}; }
function g::h { [[ "$a" =~ ^x(y|z)$ && -n $b ]] || return 1; }
case "$1" in
  (a|"b c") f "$(cat <<EOF
x $(date) ${y}
EOF
)" ;;
  *) exit $(( $# + (2 << 1) )) ;;
esac
for i in {1..3} *.txt; do { echo "$i"; g::h & } 2>&1 | tee -a log; done
for ((i=0; i<n; i++)); do ((i++)); done
while read -r l; do ! [ -f "$l" ] && continue; done < <(find . -name '*.x')
if a=(1 "2 3" $(x)); then B=1 cmd --flag='v' ${{ github.sha }} {{ .Values.x }} <<< "$z"; fi
cat <<-'A' > /tmp/a <<B
	no $expansion
	A
`yes`
B
until x; do (cd /; y); done >/dev/null
"#;

/// A small generator of numbers: the same ones on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// What the syntax hangs on, to be put where it does not belong.
const PIECES: [&str; 30] = [
    "$(",
    ")",
    "`",
    "\"",
    "'",
    "${",
    "}",
    "<<E\n",
    "\nE\n",
    "\\",
    "\\\n",
    "((",
    "))",
    ";;",
    "case x in ",
    "esac",
    "\r\n",
    "\0",
    "é",
    "${{",
    "}}",
    "{{",
    "[[ ",
    "$((",
    " && ",
    "# ",
    "\u{1}",
    "\u{feff}",
    "FROM ",
    "[\"",
];

fn damaged(text: &str, numbers: &mut Numbers) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        let length = numbers.below(40).min(bytes.len() - at);
        match numbers.below(4) {
            0 => drop(bytes.drain(at..at + length)),
            1 => {
                let copy = bytes[at..at + length].to_vec();
                let to = numbers.below(bytes.len());
                bytes.splice(to..to, copy);
            }
            2 => {
                let piece = PIECES[numbers.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
            _ if at < bytes.len() => bytes[at] = numbers.below(256) as u8,
            _ => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Every text that is cut off, and thousands that are damaged, each read as both. How many come out whole is
/// counted, so that a reader that gives up on everything would be seen.
fn all_of(text: &str, read: impl Fn(&str) -> bool) -> (usize, usize) {
    let cuts = text.char_indices().map(|(at, _)| text[..at].to_string());
    let mut numbers = Numbers(1);
    let damages = (0..1000).map(|_| damaged(text, &mut numbers));
    let wholes: Vec<bool> = cuts.chain(damages).map(|text| read(&text)).collect();
    (wholes.iter().filter(|whole| **whole).count(), wholes.len())
}

#[test]
fn damaged_scripts_are_read_or_are_gaps() {
    let key = Key([0; 32]);
    let read = |text: &str| {
        let script = shell::file(&Input { path: "x.sh", text, key: &key });
        serde_json::to_value(script).unwrap()["pipelines"]["is"].is_array()
    };
    assert!(read(SCRIPT));
    let (whole, all) = all_of(SCRIPT, read);
    assert!(whole > all / 20 && whole < all, "{whole} of {all}");
    all_of(DOCKERFILE, read);
}

#[test]
fn damaged_dockerfiles_are_read_or_are_gaps() {
    let key = Key([0; 32]);
    let read = |text: &str| {
        let file = dockerfile::read(&Input { path: "Dockerfile", text, key: &key });
        serde_json::to_value(file).unwrap()["stages"]["is"].is_array()
    };
    assert!(read(DOCKERFILE));
    let (whole, all) = all_of(DOCKERFILE, read);
    assert!(whole > all / 20 && whole < all, "{whole} of {all}");
    all_of(SCRIPT, read);
}

/// Nothing may cost more than its size allows: each of these takes very long where a reader is quadratic.
#[test]
fn repeated_pieces_are_bounded() {
    let key = Key([0; 32]);
    for piece in PIECES.iter().chain(&[
        "$(a) ",
        "a|",
        "a;",
        "((a) ",
        "a=b ",
        "$a",
        "!",
        "if a; then ",
        "a <<E ",
        "f()",
    ]) {
        let text = piece.repeat(10_000 / piece.len());
        shell::file(&Input { path: "x.sh", text: &text, key: &key });
        for before in ["FROM x\nENV ", "FROM x\nRUN ", "FROM x\nCOPY "] {
            dockerfile::read(&Input { path: "Dockerfile", text: &format!("{before}{text}"), key: &key });
        }
    }
}

/// A stage begins with what its base stage has, and a value with those of others: a small file must not ask for
/// more than a machine has.
#[test]
fn what_stages_and_variables_add_up_to_is_bounded() {
    let key = Key([0; 32]);
    let read = |text: &str| {
        let file = dockerfile::read(&Input { path: "Dockerfile", text, key: &key });
        serde_json::to_string(&file).unwrap()
    };
    let chain: String = (1..1000).map(|n| format!("FROM s{} AS s{n}\nENV K{n}=v\n", n - 1)).collect();
    let whole = format!("FROM x AS s0\n{chain}");
    assert!(read(&whole).len() > 100_000);
    assert!(read(&format!("{whole}FROM s9\n")).contains("Dockerfile:2000:1: it has more than 1000 stages"));
    let variables: String = (0..2001).map(|n| format!("ENV K{n}=v\n")).collect();
    assert!(read(&format!("FROM x\n{variables}")).contains("more than 2000 variables"));
    let variables: String = (0..2001).map(|n| format!("ARG K{n}=v\n")).collect();
    assert!(read(&format!("{variables}FROM x\n")).contains("more than 2000 variables"));
    let double = "ENV A=$A$A\n".repeat(12);
    let labels: String = (0..20_000).map(|n| format!("LABEL l{n}=$A\n")).collect();
    let text = read(&format!("FROM x\nENV A=0123456789abcdef\n{double}{labels}"));
    assert!(text.contains("0123456789abcdef0123456789abcdef") && text.len() < 16 << 20, "{}", text.len());
}

/// Services take over what they extend, and rest on other files: a small tree must not ask for more than a machine has.
#[test]
fn what_services_take_over_is_bounded() {
    let services = |text: String| {
        let read = compose::read(&Input { path: "compose.yaml", text: &text, key: &Key([0; 32]) }, &|_| {
            compose::Found::Absent
        });
        serde_json::to_value(&read.worlds["compose"].workloads).unwrap()
    };
    let variables: String = (0..2000).map(|n| format!("      V{n}: a\n")).collect();
    let extended = |count: usize| {
        let small: String = (0..count).map(|n| format!("  s{n}: {{extends: big}}\n")).collect();
        services(format!("services:\n  big:\n    image: x:1\n    environment:\n{variables}{small}"))
    };
    let few = extended(20);
    assert_eq!(few["rows"].as_object().unwrap().len(), 21);
    let taken = &few["rows"]["service:s19"]["containers"]["rows"][""]["env"]["is"];
    assert_eq!(taken.as_object().unwrap().len(), 2000);
    let many = extended(120);
    assert_eq!(many["rows"], serde_json::json!({}));
    assert!(many["gaps"][0]["what"].as_str().unwrap().contains("more than 200000 values"), "{many}");
    let many: String = (0..10_001).map(|n| format!("  s{n}: {{image: x}}\n")).collect();
    let many = services(format!("services:\n{many}"));
    assert_eq!(many["rows"], serde_json::json!({}));
    assert!(many["gaps"][0]["what"].as_str().unwrap().contains("more than 10000 services"), "{many}");
}

#[test]
fn how_often_services_rest_on_a_large_file_is_bounded() {
    let key = Key([0; 32]);
    // A target alone is not read: this asks for the file, and costs nothing else.
    let asked: String =
        (0..80).map(|n| format!("  s{n:02}: {{build: {{context: ., target: a}}}}\n")).collect();
    let files = [
        ("compose.yaml", format!("services:\n  a: {{build: .}}\n{asked}  z: {{build: .}}\n")),
        ("Dockerfile", format!("FROM x:1\n# {}\nUSER 7\n", "x ".repeat(500_000))),
    ];
    let pieces = files.into_iter().filter_map(|(path, text)| assemble::glance(path, text.into_bytes(), &key));
    let (facts, _) = assemble::facts("tree", pieces.collect(), &key);
    let all = serde_json::to_value(&facts.worlds["compose"].workloads).unwrap();
    let user = |name: &str| all["rows"][name]["containers"]["rows"][""]["declared"]["user"].clone();
    assert_eq!(user("service:a")["at"][0], serde_json::json!({"id": 7}));
    assert_eq!(user("service:z")["gap"]["why"], "not_read");
}
