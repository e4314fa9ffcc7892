//! Faults of shell scripts that more than one kind of subject can have: script files and the steps of pipelines.

use crate::steps;
use tyrian_model::evidence::Fault;
use tyrian_model::fact::Pos;
use tyrian_model::script::{Command, Pipe, Script, Then};

/// Commands that test.
pub const TESTS: &[&str] = &[
    "pytest",
    "unittest",
    "tox",
    "nox",
    "npm test",
    "npm run test",
    "yarn test",
    "pnpm test",
    "go test",
    "cargo test",
    "cargo nextest",
    "mvn test",
    "mvn verify",
    "make test",
    "make check",
    "gradlew test",
    "gradle test",
    "ctest",
    "rspec",
    "phpunit",
    "jest",
    "vitest",
    "dotnet test",
    "rake test",
];
/// Commands that build, push and deploy.
const SHIPPING: &[&str] = &[
    "docker build",
    "docker push",
    "docker buildx",
    "compose build",
    "compose push",
    "podman build",
    "podman push",
    "kubectl apply",
    "kubectl set",
    "helm upgrade",
    "helm install",
    "terraform apply",
    "npm publish",
    "cargo publish",
    "twine upload",
    "ansible-playbook",
    "aws s3 cp",
    "aws s3 sync",
    "gcloud run deploy",
];
/// Commands whose failure in the first part of a pipeline matters.
const SOURCES: &[&str] =
    &["pg_dump", "pg_dumpall", "mysqldump", "mongodump", "docker save", "docker build", "kubectl apply"];

fn fault(what: impl Into<String>, at: &Pos) -> Fault {
    Fault { what: what.into(), at: Some(at.clone()) }
}

fn commands(pipes: &[Pipe]) -> impl Iterator<Item = &Command> {
    pipes.iter().flat_map(|pipe| &pipe.commands)
}

fn fetches(command: &Command) -> bool {
    matches!(command.program(), "curl" | "wget") && !is_local(command)
}

fn is_local(command: &Command) -> bool {
    let marks = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"];
    command.arguments().any(|word| marks.iter().any(|mark| word.contains(mark)))
}

fn interprets(command: &Command) -> bool {
    let mut words = command.words.iter().map(|word| word.text.as_str());
    let mut program = words.next().unwrap_or_default();
    if matches!(program, "sudo" | "env" | "exec") {
        program = words.find(|word| !word.starts_with('-') && !word.contains('=')).unwrap_or_default();
    }
    let name = program.rsplit('/').next().unwrap_or(program);
    let shell = matches!(name, "sh" | "bash" | "zsh" | "dash" | "ash" | "ksh");
    // An interpreter with a script of its own reads data.
    let rest: Vec<&str> = words.filter(|word| !word.starts_with('>')).collect();
    shell && !rest.contains(&"-c")
        || matches!(name, "python" | "python3" | "node" | "perl" | "ruby")
            && rest.iter().all(|word| *word == "-")
}

/// Downloads that a shell or interpreter runs at once.
pub fn piped_downloads(_: &Script, pipes: &[Pipe]) -> Vec<Fault> {
    let mut found = Vec::new();
    for pipe in pipes {
        let fetched = pipe.commands.iter().position(fetches);
        if let Some(first) = fetched
            && pipe.commands[first + 1..].iter().any(interprets)
        {
            found.push(fault("pipes a download into a shell", &pipe.at));
        }
        for command in &pipe.commands {
            let words: Vec<&str> = command.arguments().collect();
            let inline = words.iter().skip_while(|word| **word != "-c").nth(1).copied().unwrap_or_default();
            let shell = matches!(command.program(), "sh" | "bash" | "zsh" | "sudo");
            let taken = ["$(curl ", "$(wget ", "`curl ", "`wget "].iter().any(|mark| inline.contains(mark));
            let substituted =
                words.iter().any(|word| word.starts_with("<(curl ") || word.starts_with("<(wget "));
            if shell && (taken || substituted)
                || matches!(command.program(), "source" | "." | "eval") && substituted
            {
                found.push(fault("has a shell run a download", &command.at));
            }
        }
    }
    found
}

/// The name of a variable that says it is a secret.
fn is_secret_name(name: &str) -> bool {
    // By small letters go a script's own variables, and what a function returns by printing it.
    if name.bytes().any(|b| b.is_ascii_lowercase()) {
        return false;
    }
    let ends = [
        "TOKEN",
        "PASSWORD",
        "PASSWD",
        "SECRET",
        "API_KEY",
        "APIKEY",
        "PRIVATE_KEY",
        "SECRET_KEY",
        "ACCESS_KEY",
        "_PSW",
        "PASSPHRASE",
    ];
    ends.iter().any(|end| name.ends_with(end))
}

/// A variable or expression in a text that is a secret and is put in as it is.
fn secret_in(text: &str) -> Option<String> {
    for rest in text.split('$').skip(1) {
        let (name, whole) = match rest.strip_prefix("{{") {
            Some(inner) => {
                let name = inner.split("}}").next().unwrap_or_default().trim();
                // A secret of GitHub, or a variable of Groovy; outputs and inputs of steps are too many things.
                let short =
                    name.strip_prefix("secrets.").or_else(|| name.strip_prefix("env.")).unwrap_or(name);
                if name.starts_with("secrets.") || !short.contains('.') && is_secret_name(short) {
                    return Some(name.to_owned());
                }
                continue;
            }
            None => match rest.strip_prefix('{') {
                Some(inner) => {
                    let end =
                        inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
                    (&inner[..end], inner[end..].starts_with('}'))
                }
                None => {
                    let end =
                        rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                    (&rest[..end], true)
                }
            },
        };
        if whole && is_secret_name(name) {
            return Some(name.to_owned());
        }
    }
    None
}

/// Does another command take what this one prints, as in `ssh-add <(echo "$KEY")`? What stands in a substitution is a
/// pipeline of its own.
fn is_taken(pipes: &[Pipe], program: &str, name: &str) -> bool {
    let open = format!("({program} ");
    commands(pipes).any(|command| {
        let prints = matches!(command.program(), "echo" | "printf" | "print");
        let words = command.words.iter().chain(command.redirects.iter().map(|(_, target)| target));
        let set = command.assignments.iter().map(|(_, value)| value);
        !prints
            && words.chain(set).any(|word| {
                word.text
                    .split(open.as_str())
                    .skip(1)
                    .any(|inner| inner.split(')').next().is_some_and(|inner| inner.contains(name)))
            })
    })
}

/// Secrets that are printed to the terminal.
pub fn printed_secrets(_: &Script, pipes: &[Pipe]) -> Vec<Fault> {
    let mut found = Vec::new();
    for pipe in pipes.iter().filter(|pipe| pipe.commands.len() == 1 && !pipe.taken) {
        let command = &pipe.commands[0];
        let prints = matches!(command.program(), "echo" | "printf" | "print");
        // To the error stream is to the log as well.
        let elsewhere = command.redirects.iter().any(|(operator, target)| {
            operator.contains('>')
                && !matches!(target.text.as_str(), "2" | "1" | "/dev/stderr" | "/dev/stdout" | "/dev/tty")
        });
        if !prints || elsewhere || command.arguments().any(|word| word.contains("add-mask")) {
            continue;
        }
        if let Some(name) = command
            .words
            .iter()
            .skip(1)
            .filter(|word| word.expands || word.text.contains("${{"))
            .find_map(|word| secret_in(&word.text))
            && !is_taken(pipes, command.program(), &name)
        {
            found.push(fault(format!("prints {name}"), &command.at));
        }
    }
    found
}

/// Connections and packages whose other side is not checked.
pub fn unverified(_: &Script, pipes: &[Pipe]) -> Vec<Fault> {
    let mut found = Vec::new();
    for command in commands(pipes) {
        let words: Vec<&str> = command.arguments().collect();
        let has = |flags: &[&str]| words.iter().any(|word| flags.contains(word));
        let set = |name: &str, value: &str| {
            command.assignments.iter().any(|(n, v)| n == name && v.text == value)
                || command.program() == "export"
                    && words.iter().any(|word| *word == format!("{name}={value}"))
        };
        let named = words.iter().any(|word| {
            word.split_once("://").is_some_and(|(_, host)| {
                !host.starts_with(['$', '{', '`', '"']) && !host.split('/').next().unwrap_or("").contains('$')
            })
        });
        let insecure = |word: &&str| {
            *word == "--insecure"
                || word.starts_with('-') && !word.starts_with("--") && word.contains('k') && word.len() <= 6
        };
        let what = match command.program() {
            "curl" if named && !is_local(command) && words.iter().any(insecure) => {
                Some("curl does not check the server's certificate")
            }
            "wget" if named && !is_local(command) && has(&["--no-check-certificate"]) => {
                Some("wget does not check the server's certificate")
            }
            "ssh" | "scp" | "rsync" | "sftp"
                if words.iter().any(|word| word.contains("StrictHostKeyChecking=no")) =>
            {
                Some("ssh does not check the host's key")
            }
            "kubectl"
                if words.iter().any(|word| {
                    matches!(*word, "--insecure-skip-tls-verify" | "--insecure-skip-tls-verify=true")
                }) =>
            {
                Some("kubectl does not check the API server's certificate")
            }
            "apt-get" | "apt" if has(&["--allow-unauthenticated", "--force-yes"]) => {
                Some("apt does not check signatures")
            }
            "yum" | "dnf" | "zypper" if has(&["--nogpgcheck", "--no-gpg-checks", "--no-gpgcheck"]) => {
                Some("packages are installed without a check of their signatures")
            }
            "apk" if has(&["--allow-untrusted"]) => Some("apk does not check signatures"),
            "docker" if has(&["--disable-content-trust", "--disable-content-trust=true"]) => {
                Some("docker does not check signatures")
            }
            "eval" if words.iter().any(|word| word.contains("--insecure-skip-tls-verify ")) => {
                Some("kubectl does not check the API server's certificate")
            }
            _ if set("DOCKER_CONTENT_TRUST", "0") => Some("docker does not check signatures"),
            _ if set("GIT_SSL_NO_VERIFY", "true") || set("GIT_SSL_NO_VERIFY", "1") => {
                Some("git does not check the server's certificate")
            }
            _ if set("NODE_TLS_REJECT_UNAUTHORIZED", "0") => {
                Some("Node.js does not check the server's certificate")
            }
            _ => None,
        };
        found.extend(what.map(|what| fault(what, &command.at)));
    }
    found
}

/// What `set` switches on (true) or off in a command; nothing where it does not speak of it.
fn option(command: &Command, letter: char, name: &str) -> Option<bool> {
    if command.program() != "set" {
        return None;
    }
    let words: Vec<&str> = command.arguments().collect();
    for (n, word) in words.iter().enumerate() {
        let on = word.starts_with('-');
        if !on && !word.starts_with('+') {
            continue;
        }
        let letters = &word[1..];
        if letter != ' ' && letters.contains(letter)
            || letters.ends_with('o') && words.get(n + 1) == Some(&name)
        {
            return Some(on);
        }
    }
    None
}

/// Pipelines whose first part fails unseen.
pub fn lost_failures(script: &Script, pipes: &[Pipe]) -> Vec<Fault> {
    let mut pipefail = script.pipefail;
    let mut found = Vec::new();
    for pipe in pipes {
        for command in &pipe.commands {
            pipefail = option(command, ' ', "pipefail").unwrap_or(pipefail);
        }
        let [first, .., _] = &pipe.commands[..] else { continue };
        let matters = steps::runs(first, TESTS)
            || steps::runs(first, SOURCES)
            || steps::runs(first, SHIPPING)
            || steps::runs(first, steps::IMAGES)
            || steps::runs(first, steps::STATIC);
        if matters && !pipefail && !pipe.condition {
            found.push(fault(format!("hides whether {} has failed", first.program()), &pipe.at));
        }
    }
    found
}

/// Tests, scanners and deployments whose failure is thrown away.
pub fn ignored_failures(_: &Script, pipes: &[Pipe]) -> Vec<Fault> {
    let matters = |command: &Command| {
        [TESTS, SHIPPING, steps::IMAGES, steps::STATIC, steps::COMPOSITION, steps::SECRETS]
            .iter()
            .any(|names| steps::runs(command, names))
    };
    let ignores = |pipe: &Pipe| matches!(&pipe.commands[..], [one] if matches!(one.program(), "true" | ":" | "echo" | "printf"));
    let mut off: Option<Pos> = None;
    let mut found = Vec::new();
    for (n, pipe) in pipes.iter().enumerate() {
        for command in &pipe.commands {
            match option(command, 'e', "errexit") {
                Some(true) => off = None,
                Some(false) => off = Some(command.at.clone()),
                None => {}
            }
        }
        let Some(command) = pipe.commands.iter().find(|command| matters(command)) else { continue };
        // Whoever keeps what it says looks at that; and who has tests write down what they expect tests nothing.
        if pipe.taken || writes_expectations(command) {
            continue;
        }
        if command.redirects.iter().any(|(operator, file)| {
            operator.starts_with('>') && !operator.contains('&') && file.text != "/dev/null"
        }) {
            continue;
        }
        let next = pipes.get(n + 1);
        if pipe.then == Then::Or
            && next.is_some_and(ignores)
            && next.is_some_and(|next| next.then != Then::And)
        {
            found.push(fault(format!("goes on when {} fails", command.program()), &pipe.at));
        } else if let Some(at) = &off
            && pipe.then == Then::Next
            && !pipe.condition
            && !pipes[n + 1..]
                .iter()
                .take(2)
                .any(|next| commands(std::slice::from_ref(next)).any(mentions_status))
            && !found.iter().any(|f: &Fault| f.at.as_ref() == Some(at))
        {
            found.push(fault(
                format!("switches errors off, and goes on when {} fails", command.program()),
                at,
            ));
        }
    }
    found
}

/// Are these tests run only to write down anew what they expect?
fn writes_expectations(command: &Command) -> bool {
    const WORDS: [&str; 4] = ["UPDATE", "REGENERATE", "OVERWRITE", "RECORD"];
    let by_variable = |name: &str| WORDS.iter().any(|word| name.split('_').any(|part| part == *word));
    command.assignments.iter().any(|(name, _)| by_variable(name))
        || command.arguments().any(|word| {
            matches!(
                word,
                "-update"
                    | "--update"
                    | "-u"
                    | "--update-snapshots"
                    | "--updateSnapshot"
                    | "--snapshot-update"
            )
        }) && steps::runs(command, TESTS)
}

/// Does a command look at the outcome of the one before it?
fn mentions_status(command: &Command) -> bool {
    command
        .words
        .iter()
        .chain(command.assignments.iter().map(|(_, value)| value))
        .any(|word| word.text.contains("$?") || word.text.contains("PIPESTATUS"))
}

/// Passwords among the arguments of a login.
pub fn login_arguments(_: &Script, pipes: &[Pipe]) -> Vec<Fault> {
    let logs_in = |command: &&Command| {
        let words: Vec<&str> = command.arguments().collect();
        matches!(
            command.program(),
            "docker" | "podman" | "helm" | "oras" | "crane" | "skopeo" | "buildah" | "nerdctl" | "az"
        ) && words.iter().take(4).any(|word| *word == "login")
            && words
                .iter()
                .any(|word| *word == "-p" || *word == "--password" || word.starts_with("--password="))
    };
    commands(pipes)
        .filter(logs_in)
        .map(|c| fault(format!("gives {} a password on its command line", c.program()), &c.at))
        .collect()
}
