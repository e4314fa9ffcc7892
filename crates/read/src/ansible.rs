//! Ansible: playbooks, tasks and handlers of roles, files of variables, and `ansible.cfg`.
//!
//! Only structure is read. Nothing is filled in: a value keeps its `{{ … }}`, and what a task includes from another
//! file is read there. A key that a task does not have is not set, for Ansible takes nothing from elsewhere but from
//! the blocks and the play around it, whose `ignore_errors` and `no_log` are passed on.

use crate::Input;
use crate::secrets::conceal;
use crate::shell;
use crate::yaml::{self, Node, Value};
use std::collections::BTreeMap;
use tyrian_model::ansible::{Playbook, Task};
use tyrian_model::fact::{Gap, Known, Pos, Why};
use tyrian_model::script::Script;
use tyrian_model::secret::Concealed;

/// The longest file that is read, in bytes.
const LONGEST: usize = 1 << 20;
/// How deep blocks, and arguments of modules, may be nested.
const DEEPEST: usize = 16;
/// The most tasks, and the most variables, of one file.
const MOST: usize = 20_000;

/// The keys of a task that name no module, apart from `with_…`.
const WORDS: [&str; 50] = [
    "action",
    "any_errors_fatal",
    "args",
    "async",
    "become",
    "become_exe",
    "become_flags",
    "become_method",
    "become_user",
    "changed_when",
    "check_mode",
    "collections",
    "connection",
    "debugger",
    "delay",
    "delegate_facts",
    "delegate_to",
    "diff",
    "environment",
    "failed_when",
    "first_available_file",
    "ignore_errors",
    "ignore_unreachable",
    "listen",
    "local_action",
    "loop",
    "loop_control",
    "module_defaults",
    "name",
    "no_log",
    "notify",
    "poll",
    "port",
    "register",
    "remote_user",
    "retries",
    "run_once",
    "static",
    "sudo",
    "sudo_user",
    "su",
    "tags",
    "throttle",
    "timeout",
    "until",
    "vars",
    "when",
    "block",
    "rescue",
    "always",
];

/// Modules whose free text is a command.
const COMMANDS: [&str; 3] = ["shell", "command", "raw"];

/// Is that a key that the items of a list of tasks have?
pub(crate) fn is_word_of_task(key: &str) -> bool {
    WORDS.contains(&key)
        && !matches!(key, "port" | "args" | "timeout" | "tags" | "vars" | "environment" | "name" | "delay")
        || key.starts_with("ansible.builtin.")
        || key.starts_with("community.")
        || [
            "include_tasks",
            "import_tasks",
            "include_role",
            "import_role",
            "include",
            "set_fact",
            "template",
            "shell",
            "command",
            "apt",
            "yum",
            "dnf",
            "package",
            "service",
            "systemd",
            "file",
            "copy",
            "get_url",
            "lineinfile",
            "uri",
            "debug",
            "assert",
            "stat",
            "user",
        ]
        .contains(&key)
}

/// Reads a file of Ansible.
///
/// All of it is a gap where it is no YAML, too long, or no list where one is needed. What is no task inside a list of
/// tasks makes the tasks a gap.
pub fn read(input: &Input) -> Playbook {
    let mut found = Found::default();
    let result = match () {
        () if input.text.len() > LONGEST => Err(Gap::new(
            Why::NotRead,
            format!("{} has more than {LONGEST} bytes, the longest that is read", input.path),
        )),
        () if input.path.ends_with(".cfg") => {
            settings(input, &mut found);
            Ok(())
        }
        () => playbook(input, &mut found),
    };
    let gap = result.err();
    let known = |gap: &Option<Gap>| gap.clone();
    let mut tasks = found.tasks;
    let text = input.text;
    for task in &mut tasks {
        task.looked_at = task.register.as_deref().is_some_and(|name| mentions(text, name) > 1);
    }
    let molecule = input.path.split('/').any(|part| part == "molecule");
    Playbook {
        material: molecule || crate::tree::is_material(input.path),
        tasks: known(&gap).map_or_else(|| Known::is(tasks), Into::into),
        variables: known(&gap).map_or_else(|| Known::is(found.variables), Into::into),
        careless_plays: known(&gap).map_or_else(|| Known::is(found.careless), Into::into),
    }
}

#[derive(Default)]
struct Found {
    tasks: Vec<Task>,
    variables: Vec<(String, Concealed)>,
    careless: Vec<Pos>,
}

/// What a block or a play passes on to its tasks.
#[derive(Clone, Default)]
struct Around {
    ignore_errors: Option<String>,
    no_log: Option<String>,
}

/// How often a name occurs as a word.
fn mentions(text: &str, name: &str) -> usize {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    if name.is_empty() {
        return 0;
    }
    let hits = text.match_indices(name).filter(|(at, _)| {
        !word(text[..*at].chars().next_back()) && !word(text[at + name.len()..].chars().next())
    });
    hits.take(2).count()
}

/// The settings of an INI file.
fn settings(input: &Input, found: &mut Found) {
    let mut section = String::new();
    for (line, number) in input.text.lines().zip(1_u32..).take(MOST) {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.trim().chars().take(80).collect();
        } else if !line.starts_with(['#', ';'])
            && let Some((key, value)) = line.split_once('=')
        {
            let at = Pos::new(number, 1);
            let name = conceal(input.key, "", &format!("{section}.{}", key.trim()), None).text;
            found.variables.push((name, conceal(input.key, key.trim(), value.trim(), Some(at))));
        }
    }
}

fn playbook(input: &Input, found: &mut Found) -> Result<(), Gap> {
    for document in yaml::documents(input.path, input.text)? {
        match &document.is {
            Value::List(items) => {
                for item in items {
                    if item.get("hosts").is_some()
                        && !["block", "action"].iter().any(|key| item.get(key).is_some())
                    {
                        play(input, item, found)?;
                    } else {
                        task(input, item, &Around::default(), 0, found)?;
                    }
                }
            }
            Value::Map(entries) => {
                for (key, node) in entries {
                    variable(input, key, node, 0, found)?;
                }
            }
            Value::Bad(gap) => return Err(gap.clone()),
            Value::Null => {}
            // A whole file may be encrypted.
            Value::Scalar { text, .. } if text.starts_with("$ANSIBLE_VAULT") => {}
            Value::Scalar { .. } => {
                return Err(wrong(input, &document.at, "neither a list of plays or tasks nor variables"));
            }
        }
    }
    Ok(())
}

fn wrong(input: &Input, at: &Pos, what: &str) -> Gap {
    Gap::new(Why::Malformed, format!("{}:{}:{}: {what}", input.path, at.line, at.column))
}

fn play(input: &Input, node: &Node, found: &mut Found) -> Result<(), Gap> {
    let around = around(node, &Around::default());
    if around.ignore_errors.as_deref().is_some_and(is_yes) {
        found.careless.push(node.get("ignore_errors").map_or(node.at.clone(), |node| node.at.clone()));
    }
    if let Some(Value::Map(entries)) = node.get("vars").map(|vars| &vars.is) {
        for (key, value) in entries {
            variable(input, key, value, 0, found)?;
        }
    }
    // What the play says of errors was noted once.
    let passed = Around { ignore_errors: None, ..around };
    for key in ["pre_tasks", "tasks", "post_tasks", "handlers"] {
        list(input, node.get(key), &passed, 0, found)?;
    }
    Ok(())
}

/// Is that how YAML says yes?
fn is_yes(text: &str) -> bool {
    yaml::truth(text) == Some(true)
}

fn scalar(node: Option<&Node>) -> Option<String> {
    node.and_then(Node::scalar).map(str::to_owned)
}

fn around(node: &Node, outer: &Around) -> Around {
    Around {
        ignore_errors: scalar(node.get("ignore_errors")).or_else(|| outer.ignore_errors.clone()),
        no_log: scalar(node.get("no_log")).or_else(|| outer.no_log.clone()),
    }
}

fn list(
    input: &Input,
    node: Option<&Node>,
    outer: &Around,
    depth: usize,
    found: &mut Found,
) -> Result<(), Gap> {
    let Some(node) = node else { return Ok(()) };
    match &node.is {
        Value::List(items) => items.iter().try_for_each(|item| task(input, item, outer, depth, found)),
        Value::Null => Ok(()),
        Value::Bad(gap) => Err(gap.clone()),
        _ => Err(wrong(input, &node.at, "not a list of tasks")),
    }
}

fn task(input: &Input, node: &Node, outer: &Around, depth: usize, found: &mut Found) -> Result<(), Gap> {
    let entries = match &node.is {
        Value::Map(entries) => entries,
        Value::Null => return Ok(()),
        Value::Bad(gap) => return Err(gap.clone()),
        _ => return Err(wrong(input, &node.at, "not a task")),
    };
    if depth > DEEPEST || found.tasks.len() >= MOST {
        return Err(wrong(input, &node.at, "more tasks, or deeper ones, than are read"));
    }
    let inner = around(node, outer);
    if let Some(Value::Map(entries)) = node.get("vars").map(|vars| &vars.is) {
        for (key, value) in entries {
            variable(input, key, value, 0, found)?;
        }
    }
    if node.get("block").is_some() {
        for key in ["block", "rescue", "always"] {
            list(input, node.get(key), &inner, depth + 1, found)?;
        }
        return Ok(());
    }
    let text = |node: &Node, name: &str| node.scalar().map(|text| conceal(input.key, name, text, None).text);
    let is_module = |key: &&(String, Node)| !WORDS.contains(&key.0.as_str()) && !key.0.starts_with("with_");
    let (module, given) = match entries.iter().find(is_module) {
        Some((key, node)) => (key.clone(), Some(node)),
        None => match node.get("action").or_else(|| node.get("local_action")) {
            // `action: shell make`, or a mapping with `module`.
            Some(node) => match node.scalar() {
                Some(text) => (text.split_whitespace().next().unwrap_or("").to_owned(), Some(node)),
                None => (scalar(node.get("module")).unwrap_or_default(), Some(node)),
            },
            None => return Ok(()),
        },
    };
    let module: String = module.rsplit('.').next().unwrap_or("").chars().take(80).collect();
    let mut arguments = BTreeMap::new();
    let mut script = None;
    if let Some(given) = given {
        match given.scalar() {
            Some(free) if COMMANDS.contains(&module.as_str()) => {
                let free =
                    free.strip_prefix(module.as_str()).filter(|rest| rest.starts_with(' ')).unwrap_or(free);
                script = Some(command(input, free, &given.at));
            }
            Some(free) => pairs(input, free, &given.at, &mut arguments),
            None => flat(input, "", given, 0, &mut arguments),
        }
    }
    if let Some(more) = node.get("args") {
        flat(input, "", more, 0, &mut arguments);
    }
    if COMMANDS.contains(&module.as_str()) && script.is_none() {
        let given = given.and_then(|given| {
            given
                .get("cmd")
                .or_else(|| given.get("_raw_params"))
                .and_then(Node::scalar)
                .map(|text| (text.to_owned(), given))
        });
        let words = || {
            let words = arguments.get("argv")?.iter().map(|word| word.text.as_str()).collect::<Vec<_>>();
            Some(words.join(" "))
        };
        script = match (&given, words()) {
            (Some((text, node)), _) => Some(command(input, text, &node.at)),
            (None, Some(words)) => Some(command(input, &words, &node.at)),
            (None, None) => None,
        };
    }
    let each = entries.iter().find(|(key, _)| key == "loop" || key.starts_with("with_"));
    let register = node.get("register").and_then(|node| text(node, ""));
    found.tasks.push(Task {
        name: node.get("name").and_then(|node| text(node, "")).unwrap_or_default(),
        module: conceal(input.key, "", &module, None).text,
        at: node.at.clone(),
        arguments,
        script,
        ignore_errors: inner.ignore_errors.map(|text| conceal(input.key, "", &text, None).text),
        failed_when: node.get("failed_when").and_then(|node| text(node, "")),
        no_log: inner.no_log.map(|text| conceal(input.key, "", &text, None).text),
        register,
        looked_at: false,
        each: each.map(|(_, node)| text(node, "").unwrap_or_else(|| "a list".into())),
        labelled: node.get("loop_control").is_some_and(|control| control.get("label").is_some()),
    });
    Ok(())
}

/// A command, whose `{{ … }}` a shell sees as one word that expands. What a template decides as a whole is not read.
fn command(input: &Input, text: &str, at: &Pos) -> Script {
    if text.contains("{%") {
        let what = "a template decides what is run; read what it makes of it";
        let gap = Gap::new(Why::Unresolved, format!("{}:{}:{}: {what}", input.path, at.line, at.column));
        return Script { shell: String::new(), errexit: false, pipefail: false, pipelines: gap.into() };
    }
    // The reader of scripts knows expressions in GitHub's form.
    let text = text.replace("{{", "${{");
    let mut script = shell::script(input.key, &text, at.clone(), "sh", false, false);
    script.pipelines = script.pipelines.map(|mut pipes| {
        for pipe in &mut pipes {
            // YAML folds and indents: only where the text begins is certain.
            pipe.at = at.clone();
            pipe.commands.iter_mut().for_each(|command| command.at = at.clone());
        }
        pipes
    });
    script
}

/// `key=value` pairs in a line.
fn pairs(input: &Input, text: &str, at: &Pos, arguments: &mut BTreeMap<String, Vec<Concealed>>) {
    let mut rest = text.trim();
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.split_whitespace().next_back().unwrap_or("");
        let (value, next) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            _ => {
                // A value goes up to white space that stands in no `{{ … }}`.
                let mut depth = 0_usize;
                let end = after.char_indices().find(|(_, c)| {
                    match c {
                        '{' => depth += 1,
                        '}' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    c.is_whitespace() && depth == 0
                });
                after.split_at(end.map_or(after.len(), |(end, _)| end))
            }
        };
        let key = conceal(input.key, "", key, None).text;
        let value = conceal(input.key, &key, value, Some(at.clone()));
        arguments.entry(key).or_default().push(value);
        if arguments.len() > MOST {
            break;
        }
        rest = next;
    }
}

/// The scalars below a node, by the path of their keys.
fn flat(
    input: &Input,
    name: &str,
    node: &Node,
    depth: usize,
    arguments: &mut BTreeMap<String, Vec<Concealed>>,
) {
    if depth > DEEPEST {
        return;
    }
    match &node.is {
        Value::Map(entries) => {
            for (key, node) in entries {
                let path = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flat(input, &path, node, depth + 1, arguments);
            }
        }
        Value::List(items) => items.iter().for_each(|item| flat(input, name, item, depth + 1, arguments)),
        Value::Scalar { text, .. } if !text.starts_with("$ANSIBLE_VAULT") => {
            let last = name.rsplit('.').next().unwrap_or(name);
            let value = conceal(input.key, last, text, Some(node.at.clone()));
            arguments.entry(conceal(input.key, "", name, None).text).or_default().push(value);
        }
        _ => {}
    }
}

fn variable(input: &Input, name: &str, node: &Node, depth: usize, found: &mut Found) -> Result<(), Gap> {
    if depth > DEEPEST || found.variables.len() >= MOST {
        return Err(wrong(input, &node.at, "more variables, or deeper ones, than are read"));
    }
    match &node.is {
        Value::Map(entries) => entries
            .iter()
            .try_for_each(|(key, node)| variable(input, &format!("{name}.{key}"), node, depth + 1, found)),
        Value::List(items) => items.iter().try_for_each(|item| variable(input, name, item, depth + 1, found)),
        Value::Scalar { text, .. } if !text.starts_with("$ANSIBLE_VAULT") => {
            let last = name.rsplit('.').next().unwrap_or(name);
            let value = conceal(input.key, last, text, Some(node.at.clone()));
            found.variables.push((conceal(input.key, "", name, None).text, value));
            Ok(())
        }
        Value::Bad(gap) => Err(gap.clone()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Key;
    use serde_json::{Value as Json, json};

    const KEY: Key = Key([7; 32]);

    fn of(path: &str, text: &str) -> Json {
        serde_json::to_value(read(&Input { path, text, key: &KEY })).unwrap()
    }

    #[test]
    fn tasks_of_plays_and_blocks_are_read() {
        let found = of(
            "site.yml",
            "- hosts: all\n  ignore_errors: yes\n  vars: {db: {password: '{{ vault_db }}'}}\n  tasks:\n  - name: a\n    get_url: url=https://a.example/x dest='/x y'\n\
             \x20 - block:\n    - ansible.builtin.shell: |\n        set +e\n        curl {{ url }} | sh || true\n      register: out\n      no_log: \"{{ quiet }}\"\n\
             \x20   - {uri: {url: x, headers: {Authorization: y}}, with_items: [1], when: out is failed}\n    ignore_errors: true\n    no_log: true\n  handlers:\n  - command: {argv: [a, b]}\n",
        );
        let tasks = found["tasks"]["is"].as_array().unwrap();
        let modules: Vec<&Json> = tasks.iter().map(|task| &task["module"]).collect();
        assert_eq!(modules, ["get_url", "shell", "uri", "command"]);
        assert_eq!(tasks[0]["arguments"]["dest"][0]["text"], "/x y");
        assert_eq!(
            (&tasks[1]["ignore_errors"], &tasks[1]["no_log"]),
            (&json!("true"), &json!("{{ quiet }}"))
        );
        assert_eq!((&tasks[1]["register"], &tasks[1]["looked_at"]), (&json!("out"), &json!(true)));
        let pipes = tasks[1]["script"]["pipelines"]["is"].as_array().unwrap();
        assert_eq!(pipes[1]["commands"][0]["words"][1]["text"], "${{ url }}");
        assert_eq!(pipes[1]["then"], "or");
        assert_eq!((&tasks[2]["each"], &tasks[2]["no_log"]), (&json!("a list"), &json!("true")));
        assert_eq!(tasks[2]["arguments"]["headers.Authorization"][0]["text"], "y");
        assert_eq!(tasks[3]["script"]["pipelines"]["is"][0]["commands"][0]["words"][1]["text"], "b");
        assert_eq!(found["variables"]["is"][0][0], "db.password");
        assert_eq!(found["careless_plays"]["is"][0]["line"], 2);
    }

    #[test]
    fn encrypted_values_are_no_secrets() {
        let text = "a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6634\npassword: hunter2xyz\n";
        let found = of("group_vars/all.yml", text);
        let variables = found["variables"]["is"].as_array().unwrap();
        assert_eq!(variables.len(), 1);
        assert_eq!(variables[0][1]["text"], "[password]");
        assert_eq!(of("group_vars/all.yml", "$ANSIBLE_VAULT;1.1;AES256\n66\n")["variables"]["is"], json!([]));
    }

    #[test]
    fn settings_are_read() {
        let found = of("ansible.cfg", "[defaults]\n# x = 1\nhost_key_checking = False\n");
        assert_eq!(found["variables"]["is"][0][0], "defaults.host_key_checking");
        assert_eq!(found["variables"]["is"][0][1]["text"], "False");
    }

    #[test]
    fn what_is_no_playbook_is_a_gap() {
        for text in
            ["- hosts: a\n  tasks: x\n", "- hosts: a\n  tasks: [x]\n", "- a: [\n", "x", "- {a: 1, a: 2}\n"]
        {
            let gap = of("site.yml", text)["tasks"]["gap"]["why"].clone();
            assert!(gap == "malformed" || text.contains("a: 2"), "{text}: {gap}");
        }
        let deep = format!("{}x{}", "{block: [".repeat(40), "]}".repeat(40));
        assert!(of("site.yml", &format!("- {deep}"))["tasks"]["gap"].is_object());
        let long = format!("- shell: |\n    {}\n", "a ".repeat(600_000));
        assert_eq!(of("site.yml", &long)["tasks"]["gap"]["why"], "not_read");
        let template = of("site.yml", "- shell: 'a {% if x %} b {% endif %}'\n");
        assert_eq!(template["tasks"]["is"][0]["script"]["pipelines"]["gap"]["why"], "unresolved");
    }
}
