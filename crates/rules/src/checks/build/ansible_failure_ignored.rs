use crate::checks::prelude::*;
use crate::faulty;

check! {
    /// A playbook goes on when a task has failed, and nobody looks at it.
    ///
    /// ## What it checks
    /// Ansible's `ignore_errors: true` of a task, a block or a play, and commands that test, build or deploy followed
    /// by `|| true`. Left out are tasks whose result is kept by `register` and looked at in the same file, those that
    /// only ask or take something away (`stat`, `state: absent`), and `failed_when: false` where the result is kept.
    /// ## Why it matters
    /// A host whose hardening, firewall or update failed counts as done, and the run is green.
    /// ## Fix
    /// Say which failure is expected: `failed_when: result.rc not in [0, 2]`; or handle it in `rescue`.
    "ansible-failure-ignored",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["fail-unhealthy-builds", "lint-scripts"],
    ids: &["nist:4.1.1"],
    bad: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - name: Close the firewall
      ansible.builtin.iptables:
        chain: INPUT
        policy: DROP
      ignore_errors: true
"#)]),
        Example::Tree(&[("site.yml", r#"- hosts: web
  ignore_errors: yes
  tasks:
    - ansible.builtin.apt: {upgrade: dist}
"#)]),
        Example::Tree(&[("roles/web/tasks/main.yml", r#"- name: Test
  ansible.builtin.shell: make test || true
"#)]),
    ],
    good: &[
        Example::Tree(&[("site.yml", r#"- hosts: web
  tasks:
    - ansible.builtin.command: systemctl is-active nginx
      register: active
      ignore_errors: true
    - ansible.builtin.service: {name: nginx, state: started}
      when: active is failed
    - ansible.builtin.command: which docker
      register: docker
      failed_when: false
    - ansible.builtin.file: {path: /tmp/x, state: absent}
      ignore_errors: true
    - ansible.builtin.shell: rm -f /tmp/y || true
"#)]),
    ],
}

fn check(see: &See, it: &Playbook) -> Judged {
    let play = |at: &Pos| Fault { what: "goes on whatever fails in a play".into(), at: Some(at.clone()) };
    let mut found: Vec<Fault> = see.get(&it.careless_plays)?.iter().map(play).collect();
    for task in see.get(&it.tasks)? {
        let ignores = task.ignore_errors.as_deref().is_some_and(is_yes);
        if ignores && !task.looked_at && !is_harmless(task) {
            found.push(Fault {
                what: format!("goes on when {} fails", task.module),
                at: Some(task.at.clone()),
            });
        }
        if let Some(script) = &task.script
            && let Some(Ok(pipes)) = see.apart(|see| see.get(&script.pipelines))
        {
            found.extend(faulty::ignored_failures(script, pipes));
        }
    }
    faults(found)
}

fn is_yes(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1")
}

/// Does a task only ask for something, tell something, or take something away?
fn is_harmless(task: &Task) -> bool {
    const ASKS: [&str; 14] = [
        "stat",
        "debug",
        "assert",
        "fail",
        "setup",
        "find",
        "slurp",
        "wait_for",
        "wait_for_connection",
        "pause",
        "ping",
        "set_fact",
        "meta",
        "getent",
    ];
    let says = |name: &str, values: &[&str]| {
        task.arguments
            .get(name)
            .is_some_and(|given| given.iter().any(|value| values.contains(&value.text.as_str())))
    };
    ASKS.contains(&task.module.as_str())
        || task.module.ends_with("_info")
        || task.module.ends_with("_facts")
        || says("state", &["absent", "stopped", "unmounted"])
}
