use crate::checks::prelude::*;

check! {
    /// A playbook holds a secret.
    ///
    /// ## What it checks
    /// Variables, arguments of modules and commands in files of Ansible: what has the form of a credential, or is a
    /// literal under the name of one. Encrypted values (`!vault`), `{{ … }}`, look-ups and empty values are none;
    /// material of tests and examples is left out.
    /// ## Why it matters
    /// Whoever has a clone has it, and it opens every host that the playbook is for; the history keeps it after it is
    /// removed.
    /// ## Fix
    /// Change it, for it is known by now; then `ansible-vault encrypt_string`, or a look-up in a secret store.
    "ansible-secret-written",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::Medium,
    controls: &["scan-before-commit"],
    ids: &["attack:T1552.001", "nist:3.1.4"],
    bad: &[
        Example::Tree(&[("group_vars/all.yml", "db_password: Winter2024abc\n")]),
        Example::Tree(&[("site.yml", r#"- hosts: all
  tasks:
    - community.mysql.mysql_user: {name: shop, password: Winter2024abc}
"#)]),
        Example::Tree(&[("site.yml", r#"- hosts: all
  vars: {mysql: {root_password: Winter2024abc}}
  tasks: []
"#)]),
    ],
    good: &[
        Example::Tree(&[("group_vars/all.yml", r#"db_password: "{{ vault_db_password }}"
api_token: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  66346336343265623530
other_password: ""
password_file: /etc/shop/password
token: "{{ lookup('env', 'TOKEN') }}"
"#)]),
        Example::Tree(&[("site.yml", r#"- hosts: all
  tasks:
    - ansible.builtin.user: {name: shop, password: "!", update_password: always, password_lock: true}
    - ansible.builtin.user: {name: shop, password: "*"}
"#)]),
        Example::Tree(&[("group_vars/all.yml", "switches: >\n  {{ all | combine({'password': 'x' ~ own}) }}\n"), ("roles/a/tests/vars.yml", "a: 1\n")]),
    ],
}

fn check(see: &See, it: &Playbook) -> Judged {
    if it.material {
        return not_applicable();
    }
    let mut found = Vec::new();
    let mut add = |name: &str, value: &tyrian_model::secret::Concealed, at: Option<&Pos>| {
        // An expression is no value; and this argument says when to set a password, not which.
        let none = value.text.contains("{{") || name.rsplit('.').next() == Some("update_password");
        // `!` and `*` lock an account.
        for secret in value.secrets.iter().filter(|secret| !none && secret.length > 2) {
            let what = format!("holds a secret in {name} ({})", secret.kind);
            found.push(Fault { what, at: value.at.as_ref().or(at).cloned() });
        }
    };
    for (name, value) in see.get(&it.variables)? {
        add(name, value, None);
    }
    for task in see.get(&it.tasks)? {
        for (name, values) in &task.arguments {
            values.iter().for_each(|value| add(name, value, Some(&task.at)));
        }
    }
    faults(found)
}
