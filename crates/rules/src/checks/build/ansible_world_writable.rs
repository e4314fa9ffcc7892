use crate::checks::prelude::*;

check! {
    /// A playbook lets everybody on the host write to a file.
    ///
    /// ## What it checks
    /// `mode` of Ansible's modules with the bit 2 in its last digit (`0777`, `0666`), or with `o+w` and `a+w`.
    /// Directories with the sticky bit (`1777`) are left out.
    /// ## Why it matters
    /// Whichever account is broken into changes what others run or read there, also root.
    /// ## Fix
    /// Name owner and group, and a mode that fits: `mode: "0750"`.
    "ansible-world-writable",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["lint-scripts"],
    ids: &["attack:T1574"],
    bad: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - ansible.builtin.file: {path: /srv/shop, state: directory, mode: '0777'}
"#)]),
        Example::Tree(&[("roles/a/tasks/main.yml", r#"- name: Settings
  copy: src=a.conf dest=/etc/a.conf mode=a+rwx
"#)]),
    ],
    good: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - ansible.builtin.file: {path: /srv/shop, state: directory, mode: '0755'}
    - ansible.builtin.file: {path: /srv/tmp, state: directory, mode: '1777'}
    - ansible.builtin.file: {path: /srv/own, mode: u=rwX,go=rX}
    - ansible.builtin.file: {path: /srv/own, mode: "{{ mode }}"}
"#)]),
    ],
}

fn check(see: &See, it: &Playbook) -> Judged {
    let mut found = Vec::new();
    for task in see.get(&it.tasks)? {
        for name in ["mode", "directory_mode"] {
            for mode in task.arguments.get(name).into_iter().flatten() {
                if opens(&mode.text) {
                    let shown: String = mode.text.chars().take(20).collect();
                    let what = format!("lets everybody write ({name} {shown})");
                    found.push(Fault { what, at: Some(mode.at.clone().unwrap_or_else(|| task.at.clone())) });
                }
            }
        }
    }
    faults(found)
}

fn opens(mode: &str) -> bool {
    let digits = mode.trim_start_matches("0o");
    if let Ok(bits) = u32::from_str_radix(digits, 8) {
        return digits.len() >= 3 && bits & 0o002 != 0 && bits & 0o1000 == 0;
    }
    mode.split(',').any(|part| {
        let Some(at) = part.find(['+', '=']) else { return false };
        let (who, what) = part.split_at(at);
        who.bytes().all(|b| b"ugoa".contains(&b))
            && who.contains(['o', 'a'])
            && what[1..].bytes().all(|b| b"rwxXst".contains(&b))
            && what.contains('w')
            && !what.contains('t')
    })
}
