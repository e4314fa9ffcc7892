use crate::checks::prelude::*;

check! {
    /// A playbook shows a secret in its output.
    ///
    /// ## What it checks
    /// Tasks of Ansible without `no_log` that put a variable whose name is that of a secret (`{{ db_password }}`) on the
    /// command line of `shell`, `command` or `raw`, print it by `debug`, send it by `uri` in a header or body, keep it
    /// by `set_fact`, or go through a list whose items have one (`{{ item.password }}`) without a `label`. Modules hide
    /// their own password arguments by themselves, and are left out.
    /// ## Why it matters
    /// Ansible prints failed commands, items and facts, and whoever reads the log of the run has the secret. A command
    /// line can also be read by every process of the host.
    /// ## Fix
    /// `no_log: true` on the task; pass it by `environment:` or `stdin:`, and set `loop_control: {label: …}`.
    "ansible-secret-shown",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["scan-before-commit", "protect-build-environment"],
    ids: &["attack:T1552.001", "nist:3.1.4"],
    bad: &[
        Example::Tree(&[("roles/db/tasks/main.yml", r#"- name: Make the user
  ansible.builtin.shell: mysql -u root -p{{ mysql_root_password }} < /tmp/users.sql
"#)]),
        Example::Tree(&[("site.yml", r#"- hosts: db
  tasks:
    - ansible.builtin.debug:
        msg: "The password is {{ db_password }}"
"#)]),
        Example::Tree(&[("site.yml", r#"- hosts: db
  tasks:
    - community.mysql.mysql_user:
        name: "{{ item.name }}"
        password: "{{ item.password }}"
      loop: "{{ users }}"
"#)]),
        Example::Tree(&[("site.yml", r#"- hosts: db
  tasks:
    - ansible.builtin.uri:
        url: https://api.example.com/
        headers: {Authorization: "Bearer {{ api_token }}"}
"#)]),
    ],
    good: &[
        Example::Tree(&[("site.yml", r#"- hosts: db
  tasks:
    - ansible.builtin.shell: mysql -u root -p{{ mysql_root_password }} < /tmp/users.sql
      no_log: true
    - community.mysql.mysql_user:
        name: shop
        password: "{{ shop_password }}"
    - community.mysql.mysql_user:
        name: "{{ item.name }}"
        password: "{{ item.password }}"
      loop: "{{ users }}"
      loop_control: {label: "{{ item.name }}"}
    - ansible.builtin.command: mysql --defaults-extra-file={{ password_file }}
    - ansible.builtin.debug: {msg: "{{ db_password is defined }} {{ db_password | length }}"}
    - ansible.builtin.command: kubectl get secret {{ secret_name }}
    - ansible.builtin.shell: deploy {{ deploy_token }}
      no_log: "{{ hide }}"
"#)]),
    ],
}

fn check(see: &See, it: &Playbook) -> Judged {
    let mut found = Vec::new();
    for task in see.get(&it.tasks)? {
        if task
            .no_log
            .as_deref()
            .is_some_and(|text| !matches!(text.to_ascii_lowercase().as_str(), "false" | "no" | "off" | "0"))
        {
            continue;
        }
        let fault = |what: String| Fault { what, at: Some(task.at.clone()) };
        let given = |test: &dyn Fn(&str) -> bool| {
            let values = task.arguments.iter().filter(|(name, _)| test(name)).flat_map(|(_, values)| values);
            values.filter_map(|value| secret_in(&value.text)).next()
        };
        let on_line = task.script.as_ref().and_then(|script| {
            let pipes = see.apart(|see| see.get(&script.pipelines))?.ok()?;
            pipes
                .iter()
                .flat_map(|pipe| &pipe.commands)
                .flat_map(|command| &command.words)
                .find_map(|w| secret_in(&w.text))
        });
        if let Some(name) = on_line {
            found.push(fault(format!("puts {name} on a command line, without no_log")));
            continue;
        }
        let shown = match task.module.as_str() {
            "debug" => given(&|name| matches!(name, "msg")).map(|name| format!("prints {name}")),
            "uri" => given(&|name| name.starts_with("headers") || name.starts_with("body"))
                .map(|name| format!("sends {name} by a module that shows it, without no_log")),
            "set_fact" => given(&|name| name != "cacheable")
                .map(|name| format!("keeps {name} as a fact that is shown, without no_log")),
            _ => None,
        };
        if let Some(what) = shown {
            found.push(fault(what));
        } else if task.each.is_some()
            && !task.labelled
            && let Some(name) = given(&|_| true).filter(|name| name.starts_with("item."))
        {
            found.push(fault(format!("shows {name} of each item, without no_log or a label")));
        }
    }
    faults(found)
}

/// A variable of a secret whose value a text holds: by its name, and where nothing else is made of it.
fn secret_in(text: &str) -> Option<String> {
    for inner in text.split("{{").skip(1) {
        let inner = inner.split("}}").next().unwrap_or("").trim();
        let name: &str = inner.split('|').next().unwrap_or("").trim();
        let plain =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
        let last = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        // What is made of it: only that it is there, how long it is, or its hash.
        let made = inner.split('|').skip(1).any(|filter| {
            let filter = filter.trim();
            ["length", "hash", "password_hash", "bool", "type_debug", "checksum", "md5", "sha1"]
                .iter()
                .any(|name| filter.starts_with(name))
        });
        if plain && !made && is_secret_name(&last) {
            return Some(name.to_owned());
        }
    }
    None
}

fn is_secret_name(name: &str) -> bool {
    const ENDS: [&str; 11] = [
        "password",
        "passwd",
        "passphrase",
        "token",
        "secret",
        "secret_key",
        "api_key",
        "apikey",
        "private_key",
        "access_key",
        "client_secret",
    ];
    ENDS.iter()
        .any(|end| name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('_')))
}
