use crate::checks::prelude::*;

check! {
    /// A playbook starts a container that is as mighty as its host.
    ///
    /// ## What it checks
    /// Ansible's `docker_container` and `podman_container` with `privileged: true`, with the engine's socket or the
    /// host's root among its `volumes`, or in the host's process namespace. Whatever else a container may lack is seen
    /// where it runs: scan the engine.
    /// ## Why it matters
    /// Who breaks into the container has the host.
    /// ## Fix
    /// Drop it; give the capability or the device that is needed: `capabilities: [NET_ADMIN]`, `devices`.
    "ansible-container-privileged",
    layer: Layer::Build,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-capability"],
    ids: &["attack:T1611", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - community.docker.docker_container: {name: a, image: a:1, privileged: true}
"#)]),
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - community.docker.docker_container:
        name: a
        image: a:1
        volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
"#)]),
    ],
    good: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - community.docker.docker_container: {name: a, image: a:1, privileged: false, volumes: ["data:/data", "/srv/a:/a"]}
    - community.docker.docker_container: {name: a, state: absent, privileged: true}
"#)]),
    ],
}

fn check(see: &See, it: &Playbook) -> Judged {
    let mut found = Vec::new();
    for task in see.get(&it.tasks)? {
        if !matches!(task.module.as_str(), "docker_container" | "podman_container") {
            continue;
        }
        let says = |name: &str, values: &[&str]| {
            let given = task.arguments.get(name).into_iter().flatten();
            given.into_iter().any(|value| values.contains(&value.text.to_ascii_lowercase().as_str()))
        };
        if says("state", &["absent", "stopped"]) {
            continue;
        }
        let mut add = |what: &str| found.push(Fault { what: what.into(), at: Some(task.at.clone()) });
        if says("privileged", &["true", "yes", "on", "1"]) {
            add("starts a privileged container");
        }
        if says("pid_mode", &["host"]) || says("pid", &["host"]) {
            add("starts a container that sees the processes of the host");
        }
        for volume in ["volumes", "volume", "mounts.source"]
            .iter()
            .filter_map(|name| task.arguments.get(*name))
            .flatten()
        {
            let path = volume.text.split(':').next().unwrap_or("").trim_end_matches('/');
            if path.is_empty() && volume.text.starts_with('/') {
                add("starts a container with the whole filesystem of the host");
            } else if ["docker.sock", "containerd.sock", "podman.sock", "crio.sock"]
                .iter()
                .any(|end| path.ends_with(end))
            {
                add("starts a container with the socket of the engine");
            }
        }
    }
    faults(found)
}
