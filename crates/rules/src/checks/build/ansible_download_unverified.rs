use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A playbook installs a downloaded file whose content nobody compares.
    ///
    /// ## What it checks
    /// Ansible's `get_url` without `checksum`, `unarchive`, `apt` (`deb`) and `pip`-like installations of an address,
    /// and commands that pipe a download into a shell. Keys, lists and checksums are left out, and addresses of the
    /// machine itself; so are files in which something is compared with a checksum later on.
    /// ## Why it matters
    /// TLS says who the server is, not what it serves: a file that is replaced there is on every host after the next
    /// run, most often as root.
    /// ## Fix
    /// `get_url` with `checksum: sha256:…`, then `unarchive` or install the local file.
    "ansible-download-unverified",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["content-trust", "hash-artifacts"],
    ids: &["attack:T1195.002", "nist:3.1.5"],
    bad: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - ansible.builtin.get_url:
        url: https://downloads.example.com/tool
        dest: /usr/local/bin/tool
        mode: "0755"
"#)]),
        Example::Tree(&[("roles/a/tasks/main.yml", r#"- name: Unpack
  ansible.builtin.unarchive:
    src: https://downloads.example.com/tool-{{ version }}.tar.gz
    dest: /opt
    remote_src: true
"#)]),
        Example::Tree(&[("roles/a/tasks/main.yml", r#"- name: Install
  ansible.builtin.shell: curl -sSL https://get.example.com/install.sh | bash
"#)]),
    ],
    good: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - ansible.builtin.get_url:
        url: https://downloads.example.com/tool
        dest: /usr/local/bin/tool
        checksum: "sha256:{{ tool_sha256 }}"
    - ansible.builtin.get_url:
        url: https://downloads.example.com/key.asc
        dest: /etc/apt/keyrings/example.asc
    - ansible.builtin.unarchive: {src: /tmp/tool.tar.gz, dest: /opt, remote_src: true}
    - ansible.builtin.get_url: {url: "{{ internal }}/x", dest: /x}
"#)]),
    ],
}

fn check(see: &See, it: &Playbook) -> Judged {
    let tasks = see.get(&it.tasks)?;
    let mut found = Vec::new();
    let mut compared = false;
    for task in tasks {
        let given =
            |name: &str| task.arguments.get(name).and_then(|values| values.first()).map(|v| v.text.as_str());
        let url = match task.module.as_str() {
            "get_url" | "win_get_url" if given("checksum").is_none() && given("sha256sum").is_none() => {
                given("url")
            }
            "unarchive" => given("src"),
            "apt" => given("deb"),
            _ => None,
        };
        if let Some(url) = url.filter(|url| is_remote(url) && !is_key(url))
            && !given("dest").is_some_and(is_key)
        {
            let plain = url.split(['?', '#']).next().unwrap_or("");
            let shown: String = plain.chars().filter(|c| !c.is_control()).take(100).collect();
            let what = format!("fetches {shown} and compares it with nothing ({})", task.module);
            found.push(Fault { what, at: Some(task.at.clone()) });
        }
        // `stat` with a checksum that is asserted, or a program that compares.
        compared |= task.module == "stat" && given("checksum_algorithm").is_some();
        if let Some(script) = &task.script
            && let Some(pipes) = see.apart(|see| see.get(&script.pipelines)).and_then(Result::ok)
        {
            compared |= pipes.iter().flat_map(|pipe| &pipe.commands).any(crate::dockerfile::compares);
        }
    }
    if !found.is_empty() {
        // A command that could not be read may be the one that compares.
        for script in tasks.iter().filter_map(|task| task.script.as_ref()).filter(|_| !compared) {
            see.get(&script.pipelines)?;
        }
        if compared {
            found.clear();
        }
    }
    for script in tasks.iter().filter_map(|task| task.script.as_ref()) {
        if let Some(pipes) = see.apart(|see| see.get(&script.pipelines)).and_then(Result::ok) {
            found.extend(faulty::piped_downloads(script, pipes));
        }
    }
    faults(found)
}

/// An address off the machine, whose host stands there.
fn is_remote(url: &str) -> bool {
    let host = ["https://", "http://", "ftp://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    host.is_some_and(|host| !["localhost", "127.", "[::1]", "{{"].iter().any(|own| host.starts_with(own)))
}

/// Keys, lists and checksums: what is fetched so that something else is compared.
fn is_key(path: &str) -> bool {
    const ENDS: [&str; 13] = [
        ".asc",
        ".gpg",
        ".pub",
        ".sig",
        ".repo",
        ".list",
        ".sources",
        ".sha256",
        ".sha512",
        ".pem",
        ".crt",
        ".key",
        "SHA256SUMS",
    ];
    let plain = path.split(['?', '#']).next().unwrap_or("");
    ENDS.iter().any(|end| plain.ends_with(end)) || plain.ends_with("/gpg") || plain.contains("/keyrings/")
}
