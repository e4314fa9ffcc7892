//! Which readers take a file of a source tree: by its name and a glance at its content.
//!
//! A name alone misleads (a `docker-compose.yml` of a template, a `.sh` of another interpreter, a `services:` that
//! is a framework's), so where a name is open, the content must agree. What is named as plainly as `Dockerfile`
//! counts without it: its reader then says what is wrong.

use crate::{packages, repository};
use std::collections::BTreeSet;

/// What a file is to the readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// For `dockerfile`.
    Dockerfile,
    /// For `compose`.
    Compose,
    /// For `kubernetes`: manifests, and configuration with `apiVersion` and `kind`.
    Kubernetes,
    /// A manifest of a Helm chart that is not rendered yet.
    HelmTemplate,
    /// The root of a Kustomize overlay.
    Kustomization,
    /// For `pipeline::github`: a workflow or an action.
    Workflow,
    /// For `pipeline::jenkins`.
    Jenkinsfile,
    /// For `terraform`.
    Terraform,
    /// For `ansible`.
    Ansible,
    /// For `shell::file`.
    Shell,
    /// A log.
    Log,
    /// For `repository`: how the repository is worked on.
    Landmark,
    /// For `repository`: what is depended on.
    Dependencies,
    /// For `packages`: a lock file, or what one refers to.
    Packages,
    /// The configuration of the Docker daemon.
    DaemonJson,
    /// A text, in which secrets may stand.
    Text,
}

/// How much of a file a glance looks at, in bytes.
pub const GLANCE: usize = 64 << 10;
/// A NUL in so many bytes from the start makes a file binary.
const BINARY: usize = 8 << 10;

/// The readers that take the file at `path` (relative, with `/`), of which `head` is the beginning. A long comment
/// may stand before what tells one, so that only the whole file is sure to say it. Nothing for a binary file,
/// except that it may be a landmark.
pub fn kinds(path: &str, head: &[u8]) -> BTreeSet<Kind> {
    let mut kinds = BTreeSet::new();
    if repository::is_landmark(path) {
        kinds.insert(Kind::Landmark);
    }
    if head.iter().take(BINARY).any(|byte| *byte == 0) {
        return kinds;
    }
    kinds.insert(Kind::Text);
    if repository::is_dependencies(path) {
        kinds.insert(Kind::Dependencies);
    }
    if packages::is_of_tree(path) {
        kinds.insert(Kind::Packages);
    }
    let text = String::from_utf8_lossy(head);
    let file = File::new(path, text.strip_prefix('\u{feff}').unwrap_or(&text));
    let is = [
        (Kind::Dockerfile, file.is_dockerfile()),
        (Kind::Jenkinsfile, file.is_jenkinsfile()),
        (Kind::Terraform, file.is_terraform()),
        (Kind::Shell, file.is_shell()),
        (Kind::Log, file.is_log()),
        (Kind::DaemonJson, file.is_daemon_json()),
        (Kind::Ansible, file.is_ansible()),
    ];
    kinds.extend(is.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind));
    kinds.extend(file.document());
    kinds
}

/// Does the name alone say that a reader takes the file, or may? One that cannot be read is missing then, whatever
/// stands in it.
pub fn is_named(path: &str) -> bool {
    let file = File::new(path, "");
    // An editor's lock is a link to nowhere.
    if file.name.starts_with(".#") {
        return false;
    }
    matches!(file.extension.as_str(), "yaml" | "yml" | "tf" | "sh" | "bash" | "ksh" | "dash")
        || file.name.ends_with(".tf.json")
        || file.name == "daemon.json"
        || file.name == "jenkinsfile"
        || crate::dockerfile::is_dockerfile(path)
}

/// Is it named as a Compose file is?
pub fn is_compose_name(path: &str) -> bool {
    let file = File::new(path, "");
    matches!(file.extension.as_str(), "yaml" | "yml") && file.is_compose_name()
}

/// Does the path belong to tests, examples or documents, whose credentials are most often made up?
pub fn is_material(path: &str) -> bool {
    const PARTS: &[&str] = &[
        "test",
        "tests",
        "testing",
        "testdata",
        "fixture",
        "fixtures",
        "mock",
        "mocks",
        "example",
        "examples",
        "sample",
        "samples",
        "doc",
        "docs",
        "spec",
        "specs",
        "e2e",
        "integtest",
        "testutil",
        "testutils",
        "testcert",
        "testcerts",
        "testkeys",
        "testhelper",
        "testhelpers",
        // The test server of a well-known certificate authority.
        "pebble",
        "demo",
    ];
    let lower = path.to_ascii_lowercase();
    let (directory, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let words = |text: &str| text.split(['-', '_', '.']).any(|word| PARTS.contains(&word));
    // What integration tests are given.
    let given = ["integration/resources", "integration/fixtures", "integration/certs", "integration/assets"];
    given.iter().any(|part| directory.contains(part))
        || directory.split('/').any(words)
        || name.split('.').next().is_some_and(words)
        || [".md", ".rst", ".adoc"].iter().any(|end| name.ends_with(end))
}

struct File<'f> {
    path: &'f str,
    /// The directories, without the name.
    directory: &'f str,
    /// The name in lower case.
    name: String,
    /// What stands behind the last dot, in lower case.
    extension: String,
    text: &'f str,
}

/// Endings of documents about a thing, of sources that make it, and of templates of it.
const OTHERS: &[&str] = &[
    "md",
    "rst",
    "html",
    "adoc",
    "go",
    "py",
    "js",
    "ts",
    "rs",
    "java",
    "rb",
    "php",
    "cs",
    "json",
    "yml",
    "yaml",
    "toml",
    "j2",
    "jinja",
    "jinja2",
    "tmpl",
    "tpl",
    "erb",
    "mustache",
    "template",
    "in",
    "dockerignore",
    "patch",
    "diff",
    "orig",
    "bak",
    "svg",
    "png",
    "lock",
    "csv",
    "vim",
    "snap",
    "hash",
    "sha256",
    "license",
];

impl<'f> File<'f> {
    fn new(path: &'f str, text: &'f str) -> Self {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let name = name.to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_owned());
        File { path, directory, name, extension, text }
    }
    /// The name of the directory that it lies in.
    fn parent(&self) -> &str {
        self.directory.rsplit('/').next().unwrap_or_default()
    }
    /// `stem`, or `stem` with something before or behind that is no other kind of file.
    fn is_named(&self, stem: &str) -> bool {
        let rest = self.name.strip_prefix(stem);
        let behind = rest.is_some_and(|rest| rest.starts_with(['.', '-', '_']));
        let before = self.name.strip_suffix(stem).is_some_and(|rest| rest.ends_with(['.', '-', '_']));
        (behind || before) && !OTHERS.contains(&self.extension.as_str())
    }

    fn is_dockerfile(&self) -> bool {
        ["dockerfile", "containerfile"].iter().any(|stem| {
            self.name == *stem
                || self.is_named(stem) && {
                    let mut lines = self
                        .text
                        .lines()
                        .map(str::trim)
                        .filter(|line| !line.is_empty() && !line.starts_with('#'));
                    let first =
                        lines.next().unwrap_or_default().split_whitespace().next().unwrap_or_default();
                    first.eq_ignore_ascii_case("FROM") || first.eq_ignore_ascii_case("ARG")
                }
        })
    }

    fn is_jenkinsfile(&self) -> bool {
        if self.name == "jenkinsfile" {
            return true;
        }
        // `release_jenkinsfile.groovy` is one, too.
        if self.name.ends_with(".groovy") {
            let name = self.name.trim_end_matches(".groovy").to_owned();
            let inner = File { extension: String::new(), name, ..*self };
            return inner.is_jenkinsfile();
        }
        let steps = ["pipeline", "node", "stage", "@Library", "library", "steps"];
        let mut words = self.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '@'));
        self.is_named("jenkinsfile") && words.any(|word| steps.contains(&word))
    }

    fn is_terraform(&self) -> bool {
        if self.name.ends_with(".tf.json") {
            return self.text.trim_start().starts_with('{');
        }
        const BLOCKS: &[&str] = &[
            "resource",
            "data",
            "module",
            "provider",
            "variable",
            "output",
            "locals",
            "terraform",
            "moved",
            "import",
            "removed",
            "check",
            "ephemeral",
        ];
        let mut lines = self.text.lines().map(|line| line.trim_start_matches([' ', '\t']));
        self.extension == "tf"
            && lines.any(|line| {
                let word =
                    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
                BLOCKS.contains(&word) && line[word.len()..].trim_start().starts_with(['"', '{'])
            })
    }

    fn is_shell(&self) -> bool {
        let first = self.text.lines().next().unwrap_or_default();
        let named = matches!(self.extension.as_str(), "sh" | "bash" | "ksh" | "dash");
        let shell = match first.strip_prefix("#!") {
            Some(line) => {
                let mut words = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
                let program = words.find(|word| *word != "env" && !word.starts_with('-')).unwrap_or_default();
                matches!(program, "sh" | "bash" | "dash" | "ash" | "ksh" | "mksh" | "zsh")
            }
            None => named && !self.text.trim().is_empty(),
        };
        // What autoconf and the like write nobody reads, and nobody mends.
        let by_name = ["configure", "config.status", "config.guess", "config.sub", "libtool", "ltmain.sh"];
        let generated =
            ["Generated by GNU Autoconf", "Generated automatically by", "libtool - Provide generalized"];
        let is_generated = |line: &str| generated.iter().any(|mark| line.contains(mark));
        let written = by_name.contains(&self.name.as_str()) && self.text.lines().take(10).any(is_generated);
        shell && !OTHERS.contains(&self.extension.as_str()) && !written
    }

    /// A playbook, the tasks or handlers of a role, variables of groups and hosts, or `ansible.cfg`.
    fn is_ansible(&self) -> bool {
        if self.name == "ansible.cfg" {
            return true;
        }
        if !matches!(self.extension.as_str(), "yml" | "yaml") {
            return false;
        }
        if self.path.split('/').rev().skip(1).any(|part| matches!(part, "group_vars" | "host_vars")) {
            return true;
        }
        let mut lines = self.text.lines().map(str::trim_end);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with(['#', '%']) && *line != "---");
        if !first.is_some_and(|line| line.starts_with("- ") || line == "-") {
            return false;
        }
        // The keys of the items of the list at the top.
        let keys = || {
            let of = |line: &'f str| {
                line.strip_prefix("- ").or_else(|| line.strip_prefix("  ")).map(str::trim_end)
            };
            let plain = |line: &'f str| line.split_once(':').map(|(key, _)| key);
            self.text
                .lines()
                .filter_map(of)
                .filter(|line| !line.starts_with([' ', '#', '-']))
                .filter_map(plain)
        };
        let short = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
        let of_tasks = self.path.split('/').rev().skip(1).any(|part| matches!(part, "tasks" | "handlers"))
            || matches!(self.name.as_str(), "tasks.yml" | "tasks.yaml");
        let of_play = ["tasks", "roles", "pre_tasks", "post_tasks", "handlers", "gather_facts", "become"];
        keys().any(|key| short(key) == "import_playbook")
            || keys().any(|key| key == "hosts") && keys().any(|key| of_play.contains(&key))
            || of_tasks && keys().any(crate::ansible::is_word_of_task)
    }

    fn is_log(&self) -> bool {
        let rotated = self.name.split_once(".log").is_some_and(|(stem, rest)| {
            let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
            !stem.is_empty() && (rest.is_empty() || rest.starts_with(['.', '-']) && rest.chars().all(number))
        });
        let system = matches!(self.name.as_str(), "syslog" | "messages" | "auth.log" | "kern.log")
            && self.parent() == "log";
        (rotated || system) && !self.text.trim().is_empty()
    }

    fn is_daemon_json(&self) -> bool {
        const KEYS: &[&str] = &[
            "log-driver",
            "log-opts",
            "live-restore",
            "hosts",
            "insecure-registries",
            "registry-mirrors",
            "userns-remap",
            "icc",
            "storage-driver",
            "exec-opts",
            "data-root",
            "no-new-privileges",
            "default-ulimits",
            "runtimes",
            "default-runtime",
            "seccomp-profile",
            "authorization-plugins",
            "tlsverify",
            "iptables",
            "userland-proxy",
            "default-address-pools",
            "cgroup-parent",
        ];
        self.name == "daemon.json"
            && self.text.trim_start().starts_with('{')
            && (matches!(self.parent(), "docker" | ".docker")
                || KEYS.iter().any(|key| self.text.contains(&format!("\"{key}\""))))
    }

    /// What a YAML or JSON file is.
    fn document(&self) -> Option<Kind> {
        if !matches!(self.extension.as_str(), "yml" | "yaml" | "json") {
            return None;
        }
        let yaml = self.extension != "json";
        let stem = self.name.strip_suffix(&format!(".{}", self.extension)).unwrap_or_default();
        if yaml && stem == "kustomization" {
            return Some(Kind::Kustomization);
        }
        if yaml && self.parent() == "workflows" && self.path.contains(".github/workflows/") {
            return (self.has("jobs") || self.has("on")).then_some(Kind::Workflow);
        }
        if yaml && stem == "action" && self.has("runs") {
            return Some(Kind::Workflow);
        }
        if yaml && self.is_compose_name() && !self.has("apiVersion") {
            let keys = ["services", "include", "volumes", "networks"];
            return keys.iter().any(|key| self.has(key)).then_some(Kind::Compose);
        }
        if !self.is_manifest() {
            return None;
        }
        if self.text.lines().any(|line| line.trim_end() == "kind: Kustomization") {
            return Some(Kind::Kustomization);
        }
        let template = self.path.split('/').any(|part| part == "templates") && self.text.contains("{{");
        Some(if template { Kind::HelmTemplate } else { Kind::Kubernetes })
    }

    fn is_compose_name(&self) -> bool {
        let stem = self.name.strip_suffix(&format!(".{}", self.extension)).unwrap_or_default();
        stem == "docker-stack" || stem.split(['.', '-', '_']).any(|part| part == "compose")
    }

    /// Has a document that key at its top?
    fn has(&self, key: &str) -> bool {
        // Within braces, as JSON has it, keys stand anywhere.
        let flow = || {
            self.text.trim_start().starts_with('{')
                && self.text.match_indices(key).any(|(at, _)| {
                    let before = self.text[..at].trim_end_matches(['"', '\'']).trim_end();
                    let after = self.text[at + key.len()..].trim_start_matches(['"', '\'']).trim_start();
                    before.ends_with(['{', ',']) && after.starts_with(':')
                })
        };
        self.text.lines().any(|line| is_key(line, key)) || flow()
    }

    /// Has one document both `apiVersion` and `kind` at its top?
    fn is_manifest(&self) -> bool {
        if self.text.trim_start().starts_with('{') {
            // The order of keys is free, and the top is most often written out on lines or short.
            // Objects inside may have a `kind` of their own.
            let has = |key: &str, test: fn(&str) -> bool| {
                self.text.split(&format!("\"{key}\"")).skip(1).any(|rest| {
                    let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
                    value.and_then(|value| value.strip_prefix('"')).is_some_and(test)
                })
            };
            return has("apiVersion", |_| true)
                && has("kind", |kind| kind.starts_with(|c: char| c.is_ascii_uppercase()));
        }
        self.text.split("\n---").any(|document| {
            let version = document.lines().any(|line| is_key(line, "apiVersion"));
            version && document.lines().any(|line| is_key(line, "kind"))
        })
    }
}

/// Does the line begin with that key, plain or quoted?
fn is_key(line: &str, key: &str) -> bool {
    let line = line.trim_start_matches(['"', '\'']);
    line.strip_prefix(key)
        .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds besides that it is a text.
    fn of(path: &str, text: &str) -> Vec<Kind> {
        kinds(path, text.as_bytes()).into_iter().filter(|kind| *kind != Kind::Text).collect()
    }

    #[test]
    fn names_and_content_agree() {
        let manifest = "# x\napiVersion: v1\nkind: Pod\n";
        for (path, text, kind) in [
            ("Dockerfile", "", Kind::Dockerfile),
            ("api/Dockerfile.prod", "# syntax=x\n\nfrom a\n", Kind::Dockerfile),
            ("api/web.dockerfile", "ARG V=1\nFROM a:$V\n", Kind::Dockerfile),
            ("Containerfile", "FROM a", Kind::Dockerfile),
            ("docker-compose.yml", "services:\n  a: {}\n", Kind::Compose),
            ("compose.prod.yaml", "x-a: 1\nservices: {}\n", Kind::Compose),
            ("compose.yaml", "{\"name\": \"a\", \"services\": {\"a\": {}}}", Kind::Compose),
            ("compose.yml", "{ services: {a: {image: b}}}", Kind::Compose),
            ("deploy/pod.yaml", manifest, Kind::Kubernetes),
            ("deploy/pod.json", "{\"kind\": \"Pod\", \"apiVersion\": \"v1\"}", Kind::Kubernetes),
            ("a.yaml", "a: 1\n---\nkind: Pod\napiVersion: v1\n", Kind::Kubernetes),
            (
                "chart/templates/pod.yaml",
                "apiVersion: v1\nkind: Pod\nx: {{ .Values.x }}\n",
                Kind::HelmTemplate,
            ),
            ("o/kustomization.yaml", "resources: []\n", Kind::Kustomization),
            (".github/workflows/ci.yml", "on: push\njobs: {}\n", Kind::Workflow),
            ("act/action.yml", "name: x\nruns:\n  using: composite\n", Kind::Workflow),
            ("Jenkinsfile", "", Kind::Jenkinsfile),
            ("ci/Jenkinsfile.release", "node { }", Kind::Jenkinsfile),
            ("ci/x.jenkinsfile", "pipeline { }", Kind::Jenkinsfile),
            ("ci/arm_jenkinsfile.groovy", "node { }", Kind::Jenkinsfile),
            ("main.tf", "# x\nresource \"a\" \"b\" {}\n", Kind::Terraform),
            ("main.tf.json", "{}", Kind::Terraform),
            ("run.sh", "echo\n", Kind::Shell),
            ("bin/run", "#!/usr/bin/env -S bash -e\n", Kind::Shell),
            ("site.yml", "---\n# x\n- hosts: all\n  tasks:\n    - ping:\n", Kind::Ansible),
            ("roles/a/tasks/main.yml", "- name: x\n  ansible.builtin.ping:\n", Kind::Ansible),
            ("group_vars/all.yml", "a: 1\n", Kind::Ansible),
            ("ansible.cfg", "[defaults]\n", Kind::Ansible),
            ("logs/app.log", "x\n", Kind::Log),
            ("logs/app.log.1", "x\n", Kind::Log),
            ("web.Dockerfile.dockerignore", "x", Kind::Landmark),
            ("etc/docker/daemon.json", "{}", Kind::DaemonJson),
            ("daemon.json", "{\"icc\": false}", Kind::DaemonJson),
            (".github/CODEOWNERS", "", Kind::Landmark),
            ("Pipfile", "a\n", Kind::Dependencies),
            ("a.dist-info/METADATA", "Name: a\n", Kind::Packages),
        ] {
            assert_eq!(of(path, text), [kind], "{path}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_nothing() {
        for (path, text) in [
            ("docs/Dockerfile.md", "FROM here"),
            ("pkg/dockerfile.go", "package dockerfile"),
            ("Dockerfile.tmpl", "FROM {{ .Base }}"),
            ("x-dockerfile", "this is about FROM"),
            ("config/services.yaml", "services:\n  App\\A: ~\n"),
            ("compose.yaml", "a: 1\n"),
            ("compose.yaml", "{\"a\": \"services\", \"b\": [\"volumes: x\"]}"),
            ("values.yaml", "image: {apiVersion: 1}\n  kind: x\n"),
            ("Chart.yaml", "apiVersion: v2\nname: x\n"),
            ("a.yaml", "apiVersion: v1\n---\nkind: Pod\n"),
            ("schema.json", "{\"properties\": {\"kind\": {}, \"apiVersion\": {}}}"),
            (".github/workflows/sub/data.yml", "a: 1\n"),
            (".github/workflows/notes.yml", "a: 1\n"),
            ("action.yml", "a: 1\n"),
            ("Jenkinsfile.md", "pipeline"),
            ("x.tf", "This is some other file.\n"),
            ("x.sh", "#!/usr/bin/env python3\n"),
            ("x.sh", ""),
            ("configure", "#! /bin/sh\n# Guess values.\n# Generated by GNU Autoconf 2.69 for x.\n"),
            ("catalog.json", "{}"),
            ("servers.yml", "- hosts: a\n  port: 1\n"),
            ("tasks/list.yml", "- a\n- b: 1\n"),
            ("tasks.yml", "version: 3\ntasks:\n  a: {}\n"),
            ("daemon.json", "{\"name\": 1}"),
            ("blog.logic", "x"),
            ("node_modules/a/tsconfig.json", "{}"),
        ] {
            assert_eq!(of(path, text), [], "{path}");
        }
        assert!(kinds("run.sh", b"#!/bin/sh\n\0").is_empty());
        assert_eq!(of("web.Dockerfile.dockerignore", "x"), [Kind::Landmark], "no Dockerfile, but beside one");
        assert_eq!(kinds("bun.lockb", b"\0"), [Kind::Landmark].into());
    }
}
