use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, runs};

check! {
    /// A build sets the password of an account.
    ///
    /// ## What it checks
    /// RUN with `chpasswd`, `passwd --stdin` or `-d`, `useradd -p`, `usermod -p` in the stages that the image
    /// is made of.
    /// ## Why it matters
    /// The same password is in every container of the image, for everybody who can pull it, and cannot be
    /// changed without a new image.
    /// ## Fix
    /// Accounts in an image need no password: leave them locked. Who needs to log in uses `docker exec` or
    /// `kubectl exec` with rights of his own.
    "account-password-in-build",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cis-docker", "no-ssh-in-image"],
    ids: &["attack:T1078.003", "nist:3.1.4", "cis-docker:4.10"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN echo 'root:toor' | chpasswd
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN useradd -m -p x1y2z3 app
")]),
        Example::Tree(&[("Dockerfile", "
FROM alpine:3.22
RUN passwd -d root
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN useradd -r -u 10001 app && passwd -l app && usermod --lock root
")]),
        Example::Tree(&[("Dockerfile", "
FROM alpine:3.22
RUN adduser -D app
")]),
        Example::Tree(&[("Dockerfile", r#"
FROM alpine:3.22
RUN adduser -D git && echo "git:$(dd if=/dev/urandom bs=24 count=1 status=none | base64)" | chpasswd
"#)]),
    ],
}

/// Words of a password that nobody knows, made in the step itself.
const RANDOM: [&str; 4] = ["/dev/urandom", "/dev/random", "openssl rand", "pwgen"];

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &final_stages(see, it)?) {
        let made_up = run.commands().any(|command| {
            command.words.iter().any(|word| RANDOM.iter().any(|random| word.text.contains(random)))
        });
        for command in run.commands() {
            let (program, arguments) = call(command);
            let sets = match program {
                "chpasswd" => !made_up,
                "passwd" => arguments.iter().any(|a| matches!(*a, "--stdin" | "-d" | "--delete")),
                "useradd" | "usermod" => arguments
                    .iter()
                    .any(|a| matches!(*a, "-p" | "--password") || a.starts_with("--password=")),
                _ => false,
            };
            if sets {
                found.push(fault(&command.at, format!("sets a password or takes one away ({program})")));
            }
        }
    }
    faults(found)
}
