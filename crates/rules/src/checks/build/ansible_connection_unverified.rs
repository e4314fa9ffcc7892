use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A playbook does not check who it talks to, or whose packages it installs.
    ///
    /// ## What it checks
    /// Ansible's `validate_certs: false`, `disable_gpg_check` and `allow_unauthenticated` of package managers,
    /// `gpgcheck: false` of repositories and `[trusted=yes]` in them, `host_key_checking = False` in `ansible.cfg`,
    /// connection arguments with `StrictHostKeyChecking=no`, `ansible_winrm_server_cert_validation: ignore`, and
    /// commands with such switches. Addresses of the machine itself are left out.
    /// ## Why it matters
    /// Whoever sits in the network gives another file, package or host, and takes the credentials that are sent to it;
    /// Ansible most often acts as root.
    /// ## Fix
    /// Install the certificate authority (`ca_path`), the key of the repository, or the host keys
    /// (`ansible.builtin.known_hosts`), and drop the switch.
    "ansible-connection-unverified",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["content-trust", "hash-artifacts", "lint-scripts"],
    ids: &["attack:T1557", "attack:T1195.002"],
    bad: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - ansible.builtin.get_url:
        url: https://downloads.example.com/tool
        dest: /usr/local/bin/tool
        checksum: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        validate_certs: no
"#)]),
        Example::Tree(&[("ansible.cfg", "[defaults]\nhost_key_checking = False\n")]),
        Example::Tree(&[("group_vars/all.yml", "ansible_ssh_common_args: '-o StrictHostKeyChecking=no'\n")]),
        Example::Tree(&[("roles/a/tasks/main.yml", r#"- name: Install
  yum: name=tool disable_gpg_check=yes
"#)]),
    ],
    good: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - ansible.builtin.uri:
        url: https://localhost:8443/health
        validate_certs: false
    - ansible.builtin.get_url:
        url: https://downloads.example.com/tool
        dest: /tool
        checksum: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    - ansible.builtin.dnf: {name: nginx, disable_gpg_check: false}
"#), ("ansible.cfg", "[defaults]\nhost_key_checking = True\n")]),
    ],
}

fn check(see: &See, it: &Playbook) -> Judged {
    let mut found = Vec::new();
    for task in see.get(&it.tasks)? {
        let says =
            |name: &str| task.arguments.get(name).and_then(|values| values.first()).map(|v| v.text.as_str());
        let own = ["localhost", "127.0.0.1", "[::1]"];
        let own = task.arguments.values().flatten().any(|value| {
            own.iter().any(|host| value.text.contains(&format!("://{host}")) || value.text == *host)
        });
        let what = if says("validate_certs").is_some_and(is_no) && !own {
            Some("does not check the server's certificate")
        } else if says("disable_gpg_check").is_some_and(is_yes)
            || says("allow_unauthenticated").is_some_and(is_yes)
        {
            Some("installs packages without a check of their signatures")
        } else if task.module == "yum_repository" && says("gpgcheck").is_some_and(is_no)
            || task.module == "apt_repository"
                && says("repo").is_some_and(|repo| repo.contains("trusted=yes"))
            || task.module == "deb822_repository" && says("trusted").is_some_and(is_yes)
        {
            Some("trusts a package repository without its signature")
        } else {
            None
        };
        found.extend(
            what.map(|what| Fault { what: format!("{what} ({})", task.module), at: Some(task.at.clone()) }),
        );
        if let Some(script) = &task.script
            && let Some(Ok(pipes)) = see.apart(|see| see.get(&script.pipelines))
        {
            found.extend(faulty::unverified(script, pipes));
        }
    }
    for (name, value) in see.get(&it.variables)? {
        let text = value.text.as_str();
        let last = name.rsplit('.').next().unwrap_or(name);
        let off = match last {
            "host_key_checking" | "ansible_host_key_checking" | "ansible_ssh_host_key_checking" => {
                is_no(text)
            }
            "ansible_winrm_server_cert_validation" => text == "ignore",
            "ssh_args" | "ssh_common_args" | "ansible_ssh_common_args" | "ansible_ssh_extra_args" => {
                text.replace(' ', "").contains("StrictHostKeyChecking=no")
            }
            "ANSIBLE_HOST_KEY_CHECKING" => is_no(text),
            _ => false,
        };
        if off {
            let what = format!("does not check the keys of hosts ({last})");
            found.push(Fault { what, at: value.at.clone() });
        }
    }
    faults(found)
}

fn is_no(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "false" | "no" | "off" | "0")
}

fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1")
}
