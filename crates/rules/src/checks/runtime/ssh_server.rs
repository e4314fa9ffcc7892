use crate::checks::prelude::*;

check! {
    /// An SSH server runs in a container.
    ///
    /// ## What it checks
    /// Port 22 of a container that is published, a command that starts sshd or dropbear, and images of SSH
    /// servers. Servers of Git, which speak SSH without giving a shell, are left out.
    /// ## Why it matters
    /// It is a second door with passwords and keys of its own, which nobody rotates and no log of the engine
    /// shows; what is changed through it is in no image.
    /// ## Fix
    /// Take it out. Who must look inside uses `docker exec` or `kubectl debug`, which are recorded; where SSH
    /// is unavoidable it goes through a bastion.
    "ssh-server",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["no-ssh-in-image"],
    ids: &["attack:T1021.004", "nist:3.1.2", "cis-docker:5.7"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: 'shop/web:1', ports: ['2222:22']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: 'shop/web:1', command: [/usr/sbin/sshd, -D]}]}")]),
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "images": [], "containers": [{"Name": "/a", "Config": {"Image": "shop/web:1", "Entrypoint": null, "Cmd": ["sh", "-c", "service ssh start && exec web"]}, "State": {"Running": false},
            "HostConfig": {"PublishAllPorts": false, "PortBindings": {}}}], "daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: 'shop/web:1', ports: ['8080:8080']}, git: {image: 'gitea/gitea:1.22', ports: ['2222:22']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: 'shop/web:1', command: [/web]}]}")]),
        Example::Engine(r#"{"version": {"Version": "24.0.7"}, "images": [], "containers": [{"Name": "/a", "Config": {"Image": "shop/web:1", "Entrypoint": null, "Cmd": ["nginx"]}, "State": {"Running": false},
            "HostConfig": {"PublishAllPorts": false, "PortBindings": {"8080/tcp": [{"HostIp": "", "HostPort": "80"}]}}}], "daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
}

/// Parts of the names of images that serve Git or files by SSH and give no shell.
const NO_SHELL: [&str; 8] =
    ["bitbucket", "forgejo", "gerrit", "gitea", "gitlab", "gogs", "sftp", "soft-serve"];

fn check(see: &See, it: &Container) -> Judged {
    let image = see.get(&it.image)?.as_ref().map_or("", |image| image.repository.as_str());
    let judged =
        if speaks_ssh(image) && ["openssh-server", "sshd", "dropbear"].iter().any(|x| image.contains(x)) {
            fail(it.image.pos(), "its image is that of an SSH server")
        } else {
            let parts: [fn(&See, &Container) -> Judged; 2] = [by_port, by_command];
            each(see, parts, |see, part| part(see, it))
        };
    match judged {
        Ok(Verdict::Fail(..)) if NO_SHELL.iter().any(|name| image.contains(name)) => not_applicable(),
        judged => judged,
    }
}

/// The quick question, to which nearly every text says no.
fn speaks_ssh(text: &str) -> bool {
    text.contains("ssh") || text.contains("dropbear")
}

fn by_port(see: &See, it: &Container) -> Judged {
    match see.get(&it.ports)?.iter().find(|port| port.container == 22) {
        Some(port) => fail(port.at.clone(), "publishes port 22"),
        None => pass(),
    }
}

fn by_command(see: &See, it: &Container) -> Judged {
    let words = see.get(&it.command)?;
    let program = words.first().and_then(|word| word.text.rsplit('/').next()).unwrap_or_default();
    let starts = |text: &str| {
        if !speaks_ssh(text) {
            return false;
        }
        let ends = ["/sshd", "/dropbear"].iter().any(|part| text.ends_with(part));
        let holds = ["/sshd ", "sshd -D", "service ssh start", "service sshd start", "/dropbear "];
        ends || holds.iter().any(|part| text.contains(part))
    };
    if matches!(program, "sshd" | "dropbear") || words.iter().any(|word| starts(&word.text)) {
        fail(it.command.pos(), "its command starts an SSH server")
    } else {
        pass()
    }
}
