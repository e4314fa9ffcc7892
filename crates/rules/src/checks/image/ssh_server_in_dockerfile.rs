use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, installs, runs};

check! {
    /// An image gets an SSH server.
    ///
    /// ## What it checks
    /// The packages `openssh-server` and `dropbear`, commands that run `sshd`, and `EXPOSE 22`, in the stages
    /// that the image is made of.
    /// ## Why it matters
    /// A second way in that neither the engine nor the cluster sees: accounts and keys of its own, a process
    /// that listens, and changes in a running container that nobody records.
    /// ## Fix
    /// Take it out. `docker exec` and `kubectl exec` need no server, ask for rights and leave a record.
    "ssh-server-in-dockerfile",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["no-ssh-in-image", "minimal-image"],
    ids: &["attack:T1021.004", "attack:T1133", "nist:3.1.2", "nist:4.1.2", "cis-docker:5.7"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y openssh-server
")]),
        Example::Tree(&[("Dockerfile", "
FROM alpine:3.22
EXPOSE 22
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
CMD [\"/usr/sbin/sshd\", \"-D\"]
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y openssh-client git
EXPOSE 8022
CMD [\"app\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12 AS test
RUN apt-get install -y openssh-server
FROM debian:12
EXPOSE 80/tcp
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let stages = final_stages(see, it)?;
    let mut found = Vec::new();
    for run in runs(see, &stages) {
        for command in run.commands() {
            if let Some((_, packages)) = installs(command) {
                let server =
                    packages.iter().find(|name| matches!(**name, "openssh-server" | "dropbear" | "tinysshd"));
                found.extend(server.map(|name| fault(&command.at, format!("installs {name}"))));
            } else if is_server(call(command).0) {
                found.push(fault(&command.at, "starts an SSH server"));
            }
        }
    }
    for instruction in stages.iter().flat_map(|stage| &stage.instructions) {
        let judged = see.apart(|see| judge(see, instruction));
        found.extend(judged.and_then(Result::ok).flatten().map(|what| fault(&instruction.at, what)));
    }
    faults(found)
}

fn is_server(program: &str) -> bool {
    matches!(program, "sshd" | "dropbear")
}

fn judge(see: &See, it: &Instruction) -> Result<Option<&'static str>, tyrian_model::fact::Unseen> {
    const RUNS: &str = "runs an SSH server";
    Ok(match (it.name.as_str(), &it.what) {
        ("EXPOSE", What::List(ports)) => see
            .get(ports)?
            .iter()
            .any(|port| matches!(port.as_str(), "22" | "22/tcp"))
            .then_some("exposes port 22"),
        ("CMD" | "ENTRYPOINT", What::Exec(words)) => {
            let server = |text: &str| is_server(text.rsplit('/').next().unwrap_or(""));
            see.get(words)?.iter().any(|word| server(&word.text)).then_some(RUNS)
        }
        ("CMD" | "ENTRYPOINT", What::Shell(script)) => {
            let mut commands = see.get(&script.pipelines)?.iter().flat_map(|pipe| &pipe.commands);
            commands.any(|command| is_server(call(command).0)).then_some(RUNS)
        }
        _ => None,
    })
}
