//! A source repository as a whole: how it is worked on, and what it declares that it depends on.
//!
//! When a version counts as fixed:
//! - Where a lock file lies beside the file or above it (a workspace), everything is.
//! - A library (`pyproject.toml` with a build system, `Cargo.toml` without a program, `Gemfile` with `gemspec`)
//!   leaves versions open on purpose, since whoever uses it locks them: nothing of it is called floating.
//! - `go.mod` and `pom.xml` name versions themselves; ranges, `LATEST`, `RELEASE` and snapshots are floating.
//!
//! What is somebody else's (`node_modules`, `vendor`) or material of tests (`testdata`) is left out.

use crate::secrets::{Key, conceal};
use crate::yaml::{self, Node, Value, View};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tyrian_model::fact::{Gap, Known, Pos, Why};
use tyrian_model::pipeline::{Dependencies, OwnedPart, Repository, Waiver};

/// Files at any depth that say how a repository is worked on, or what it is made of.
const LANDMARKS: &[&str] = &[
    // Who answers for what.
    "CODEOWNERS",
    "OWNERS",
    "SECURITY.md",
    "SECURITY.rst",
    "SECURITY.txt",
    "security.txt",
    // What runs before a commit.
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".husky.json",
    ".overcommit.yml",
    ".lintstagedrc",
    ".lintstagedrc.json",
    // Updates.
    "dependabot.yml",
    "dependabot.yaml",
    "renovate.json",
    "renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    // Scanners and linters.
    ".gitleaks.toml",
    ".gitleaksignore",
    ".secrets.baseline",
    ".trufflehog.yml",
    ".talismanrc",
    ".git-secrets",
    ".semgrep.yml",
    ".semgrep.yaml",
    "semgrep.yml",
    "semgrep.yaml",
    ".semgrepignore",
    "sonar-project.properties",
    ".snyk",
    ".trivyignore",
    "trivy.yaml",
    ".grype.yaml",
    ".hadolint.yaml",
    ".hadolint.yml",
    ".shellcheckrc",
    ".bandit",
    "bandit.yaml",
    ".checkov.yaml",
    ".checkov.yml",
    ".tfsec.yml",
    ".tflint.hcl",
    ".kube-linter.yaml",
    ".golangci.yml",
    ".golangci.yaml",
    ".brakeman.yml",
    "codeql-config.yml",
    "osv-scanner.toml",
    "deny.toml",
    "clippy.toml",
    "zizmor.yml",
    "actionlint.yaml",
    "conftest.toml",
    ".regal.yaml",
    "tyrian.toml",
    // What may enter an image or a repository.
    ".dockerignore",
    ".gitignore",
    ".gitattributes",
    // Ways of shipping.
    ".goreleaser.yml",
    ".goreleaser.yaml",
    // Locks.
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pylock.toml",
    "Pipfile.lock",
    "go.sum",
    "Cargo.lock",
    "Gemfile.lock",
    "composer.lock",
    "gradle.lockfile",
    "flake.lock",
    ".terraform.lock.hcl",
    "Chart.lock",
    "packages.lock.json",
    "mix.lock",
    "pubspec.lock",
];

/// Does that path belong to somebody else, or is it material of tests?
fn is_left_out(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "node_modules" | "vendor" | "testdata" | ".git"))
}

/// Is it a file that says how the repository is worked on or what it is made of? Its text may be needed too.
pub(crate) fn is_landmark(path: &str) -> bool {
    if is_left_out(path) {
        return false;
    }
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    LANDMARKS.contains(&name)
        || name.ends_with(".dockerignore")
        || name.ends_with(".rego")
        || matches!(directory, ".husky") && !name.starts_with('_')
        || path.starts_with(".semgrep/")
        || is_attack_test(path)
}

/// Does the name of a test say that it tries an attack?
fn is_attack_test(path: &str) -> bool {
    const ATTACKS: &[&str] =
        &["attack", "attacks", "security", "injection", "xss", "csrf", "traversal", "fuzz", "sanitize"];
    let lower = path.to_ascii_lowercase();
    let code = ["py", "js", "ts", "go", "rs", "java", "kt", "rb", "php", "cs", "sh"];
    let parts: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let test = parts.iter().any(|part| matches!(*part, "test" | "tests" | "spec" | "fuzz"));
    test && parts.last().is_some_and(|ending| code.contains(ending))
        && parts.iter().any(|part| ATTACKS.contains(part))
}

/// Is it a file that declares dependencies?
pub(crate) fn is_dependencies(path: &str) -> bool {
    !is_left_out(path) && ecosystem(path).is_some()
}

fn ecosystem(path: &str) -> Option<&'static str> {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let requirements = name.ends_with(".txt")
        && (name.starts_with("requirements")
            || name.ends_with("requirements.txt")
            || directory == "requirements"
            || directory.ends_with("/requirements"));
    Some(match name {
        "package.json" => "npm",
        "pyproject.toml" | "Pipfile" => "pypi",
        "go.mod" => "golang",
        "Cargo.toml" => "cargo",
        "Gemfile" => "gem",
        "composer.json" => "composer",
        "pom.xml" => "maven",
        _ if requirements => "pypi",
        _ => return None,
    })
}

/// The repository that these files make up: paths relative to its root with their texts. Of files that are only
/// looked for (locks without hashes in question, `src/main.rs`) the text may be empty.
pub fn read(key: &Key, files: &[(&str, &str)]) -> Repository {
    let files: BTreeMap<&str, &str> = files.iter().filter(|(path, _)| !is_left_out(path)).copied().collect();
    let reader = Reader { key, files: &files };
    let landmarks = files.keys().filter(|path| is_landmark(path)).map(|path| (*path).to_owned()).collect();
    let dependencies: Result<Vec<Option<Dependencies>>, Gap> = files
        .iter()
        .filter_map(|(path, text)| Some((*path, *text, ecosystem(path)?)))
        .map(|(path, text, ecosystem)| match reader.dependencies(path, text, ecosystem) {
            // What stands there to be broken or filled in says nothing of the repository.
            Err(_) if is_material(path) => Ok(None),
            other => other,
        })
        .collect();
    Repository {
        landmarks: Known::is(landmarks),
        commit_hooks: known(reader.commit_hooks()),
        dependencies: known(dependencies.map(|all| all.into_iter().flatten().collect())),
        waivers: known(reader.waivers()),
        code_owners: Known::is(reader.code_owners()),
    }
}

fn known<T>(read: Result<T, Gap>) -> Known<T> {
    match read {
        Ok(value) => Known::is(value),
        Err(gap) => gap.into(),
    }
}

/// Directories of tests, examples and templates.
fn is_material(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|part| {
        part.contains("{{")
            || matches!(
                part.trim_matches('_'),
                "test"
                    | "tests"
                    | "fixtures"
                    | "fixture"
                    | "example"
                    | "examples"
                    | "templates"
                    | "template"
                    | "mocks"
            )
    })
}

fn malformed(path: &str, what: &str) -> Gap {
    Gap::new(Why::Malformed, format!("{path}:1: {what}"))
}

struct Reader<'f> {
    key: &'f Key,
    files: &'f BTreeMap<&'f str, &'f str>,
}

/// A dependency as it is declared: its name, what is said of its version, its place.
type Declared = (String, String, Pos);

impl Reader<'_> {
    /// The lines of the file that forges take, where there are several.
    fn code_owners(&self) -> Vec<OwnedPart> {
        let paths = [".github/CODEOWNERS", "CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS"];
        let found = paths.iter().find_map(|path| Some((*path, *self.files.get(path)?)));
        let Some((path, text)) = found else { return Vec::new() };
        let file: Arc<str> = Arc::from(path);
        // GitLab names owners of a whole section in its head.
        let (mut of_section, mut parts) = (false, Vec::new());
        for (line, number) in text.lines().zip(1..) {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let is_owner = |word: &str| word.contains('@');
            if line.starts_with(['[', '^']) {
                of_section = line.rsplit(']').next().unwrap_or_default().split_whitespace().any(is_owner);
                continue;
            }
            let line = line.replace("\\ ", "\u{0}");
            let mut words = line.split_whitespace();
            let pattern = words.next().unwrap_or_default().replace('\u{0}', " ");
            let excluded = pattern.starts_with('!');
            parts.push(OwnedPart {
                pattern: conceal(self.key, "", pattern.trim_start_matches('!'), None).text,
                owned: !excluded && (of_section || words.any(is_owner)),
                at: Pos { file: Some(file.clone()), ..Pos::new(number, 1) },
            });
        }
        parts
    }

    fn waivers(&self) -> Result<Vec<Waiver>, Gap> {
        let mut all = Vec::new();
        for (path, text) in self.files.iter().filter(|(path, _)| !is_material(path)) {
            match path.rsplit('/').next() {
                Some(".trivyignore") => all.extend(self.trivyignore(path, text)),
                Some("osv-scanner.toml") => all.extend(self.osv_scanner(path, text)?),
                _ => {}
            }
        }
        Ok(all)
    }

    /// A line is an id, an end behind `exp:`, and a comment; a comment above it counts as well.
    fn trivyignore(&self, path: &str, text: &str) -> Vec<Waiver> {
        let (mut above, mut all) = (false, Vec::new());
        for (line, number) in text.lines().zip(1..) {
            let (entry, comment) = line.split_once('#').unwrap_or((line, ""));
            let mut words = entry.split_whitespace();
            let Some(id) = words.next() else {
                above = !comment.trim().is_empty();
                continue;
            };
            all.push(Waiver {
                file: path.to_owned(),
                id: conceal(self.key, "", id, None).text,
                at: Pos::new(number, 1),
                reasoned: above || !comment.trim().is_empty(),
                ends: words.any(|word| word.starts_with("exp:")),
            });
        }
        all
    }

    fn osv_scanner(&self, path: &str, text: &str) -> Result<Vec<Waiver>, Gap> {
        let table = toml_of(path, text)?;
        let entries = table.get("IgnoredVulns").and_then(toml::Value::as_array).into_iter().flatten();
        let waiver = |entry: &toml::Value| {
            let id = entry.get("id")?.as_str()?;
            let line = text.lines().position(|line| line.contains(id)).unwrap_or(0);
            let reason = entry.get("reason").and_then(toml::Value::as_str).unwrap_or_default();
            Some(Waiver {
                file: path.to_owned(),
                id: conceal(self.key, "", id, None).text,
                at: Pos::new(u32::try_from(line + 1).unwrap_or(u32::MAX), 1),
                reasoned: !reason.trim().is_empty(),
                ends: entry.get("ignoreUntil").is_some(),
            })
        };
        Ok(entries.filter_map(waiver).collect())
    }

    /// The first of these files beside `path`, or above it where that is asked for.
    fn beside(&self, path: &str, names: &[&str], above: bool) -> Option<&str> {
        let mut directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        loop {
            for name in names {
                let path =
                    if directory.is_empty() { (*name).to_owned() } else { format!("{directory}/{name}") };
                if let Some(text) = self.files.get(path.as_str()) {
                    return Some(text);
                }
            }
            if directory.is_empty() || !above {
                return None;
            }
            directory = directory.rsplit_once('/').map_or("", |(directory, _)| directory);
        }
    }

    fn floating(&self, declared: Vec<Declared>, is_fixed: impl Fn(&str) -> bool) -> Vec<(String, Pos)> {
        let open = declared.into_iter().filter(|(_, version, _)| !is_fixed(version));
        open.map(|(name, _, at)| (conceal(self.key, "", &name, None).text, at)).collect()
    }

    fn dependencies(&self, path: &str, text: &str, ecosystem: &str) -> Result<Option<Dependencies>, Gap> {
        if text.len() > MOST_BYTES {
            return Err(malformed(path, "larger than 4 MiB"));
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let (locked, hashed, floating) = match name {
            "package.json" => {
                let declared =
                    json_declared(path, text, &["dependencies", "devDependencies", "optionalDependencies"])?;
                if declared.is_empty() {
                    return Ok(None);
                }
                let locks = [
                    "package-lock.json",
                    "npm-shrinkwrap.json",
                    "yarn.lock",
                    "pnpm-lock.yaml",
                    "bun.lock",
                    "bun.lockb",
                ];
                match self.beside(path, &locks, true) {
                    Some(lock) => {
                        (true, ["integrity", "checksum:"].iter().any(|word| lock.contains(word)), Vec::new())
                    }
                    None => {
                        let floating = self.floating(declared, is_fixed_npm);
                        (floating.is_empty(), false, floating)
                    }
                }
            }
            "composer.json" => {
                let mut declared = json_declared(path, text, &["require", "require-dev"])?;
                // The language and its extensions belong to the machine.
                declared.retain(|(name, ..)| name.contains('/'));
                if declared.is_empty() {
                    return Ok(None);
                }
                match self.beside(path, &["composer.lock"], false) {
                    Some(lock) => {
                        (true, lock.contains("\"shasum\": \"") && !only_empty_sums(lock), Vec::new())
                    }
                    None => {
                        let floating =
                            self.floating(declared, |version| is_exact(version.trim_start_matches('v')));
                        (floating.is_empty(), false, floating)
                    }
                }
            }
            "pyproject.toml" => return self.pyproject(path, text),
            "Pipfile" => {
                let table = toml_of(path, text)?;
                let declared = ["packages", "dev-packages"]
                    .iter()
                    .filter_map(|name| table.get(*name)?.as_table())
                    .flat_map(|table| table_declared(text, table))
                    .collect::<Vec<_>>();
                if declared.is_empty() {
                    return Ok(None);
                }
                match self.beside(path, &["Pipfile.lock"], false) {
                    Some(_) => (true, true, Vec::new()),
                    None => {
                        let floating = self.floating(declared, is_fixed_python);
                        (floating.is_empty(), false, floating)
                    }
                }
            }
            "Cargo.toml" => return self.cargo(path, text),
            "go.mod" => {
                // Versions in go.mod are exact, and the newest that anything asks for is what is taken.
                let any = text.lines().any(|line| line.trim_start().starts_with("require"));
                if !any {
                    return Ok(None);
                }
                (true, self.beside(path, &["go.sum"], false).is_some(), Vec::new())
            }
            "Gemfile" => {
                let declared = gems(text);
                if declared.is_empty() {
                    return Ok(None);
                }
                let library = text.lines().any(|line| line.trim_start().starts_with("gemspec"));
                match self.beside(path, &["Gemfile.lock"], false) {
                    Some(lock) => (true, lock.contains("\nCHECKSUMS\n"), Vec::new()),
                    None if library => (false, false, Vec::new()),
                    None => {
                        let floating = self.floating(declared, is_exact);
                        (floating.is_empty(), false, floating)
                    }
                }
            }
            "pom.xml" => {
                let floating = self.floating(maven(text), |version| {
                    let range = version.starts_with(['[', '(']);
                    !range && !matches!(version, "LATEST" | "RELEASE") && !version.ends_with("-SNAPSHOT")
                });
                (floating.is_empty(), false, floating)
            }
            _ => return Ok(self.requirements(path, text)),
        };
        Ok(Some(Dependencies { file: path.into(), ecosystem: ecosystem.into(), locked, floating, hashed }))
    }

    fn requirements(&self, path: &str, text: &str) -> Option<Dependencies> {
        let constraints: BTreeSet<String> = requirement_lines(text)
            .filter(|(line, _)| line.starts_with("-c") || line.starts_with("--constraint"))
            .take(20)
            .filter_map(|(line, _)| {
                let file = line.strip_prefix("-c").or_else(|| line.strip_prefix("--constraint"))?;
                let file = file.trim_start_matches('=').trim();
                let text = self.beside(path, &[file], false)?;
                Some(
                    requirement_lines(text)
                        .filter_map(|(line, at)| requirement(&line, at))
                        .collect::<Vec<_>>(),
                )
            })
            .flatten()
            .filter(|(_, version, _)| is_fixed_python(version))
            .map(|(name, ..)| name.to_ascii_lowercase())
            .collect();
        let (mut all, mut hashes, mut declared) = (0, 0, Vec::new());
        for (line, at) in requirement_lines(text) {
            let Some(one) = requirement(&line, at) else { continue };
            all += 1;
            hashes += usize::from(line.contains("--hash"));
            if !constraints.contains(&one.0.to_ascii_lowercase()) {
                declared.push(one);
            }
        }
        if all == 0 {
            return None;
        }
        let floating = self.floating(declared, is_fixed_python);
        Some(Dependencies {
            file: path.into(),
            ecosystem: "pypi".into(),
            locked: floating.is_empty(),
            hashed: hashes == all,
            floating,
        })
    }

    fn pyproject(&self, path: &str, text: &str) -> Result<Option<Dependencies>, Gap> {
        let table = toml_of(path, text)?;
        let listed = table.get("project").and_then(|project| project.get("dependencies"));
        let mut declared: Vec<Declared> = listed
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(toml::Value::as_str)
            .filter_map(|line| requirement(line, place_of(text, line)))
            .collect();
        let poetry = table.get("tool").and_then(|tool| tool.get("poetry"));
        if let Some(dependencies) = poetry.and_then(|poetry| poetry.get("dependencies")?.as_table()) {
            declared
                .extend(table_declared(text, dependencies).into_iter().filter(|(name, ..)| name != "python"));
        }
        if declared.is_empty() {
            return Ok(None);
        }
        let locks = ["poetry.lock", "uv.lock", "pdm.lock", "pylock.toml"];
        let lock = self.beside(path, &locks, true);
        let package_mode = poetry.and_then(|poetry| poetry.get("package-mode")?.as_bool()).unwrap_or(true);
        let library = table.contains_key("build-system") && package_mode;
        let floating = match lock {
            None if !library => self.floating(declared, is_fixed_python),
            _ => Vec::new(),
        };
        Ok(Some(Dependencies {
            file: path.into(),
            ecosystem: "pypi".into(),
            locked: lock.is_some() || !library && floating.is_empty(),
            hashed: lock.is_some_and(|lock| lock.contains("sha256:")),
            floating,
        }))
    }

    fn cargo(&self, path: &str, text: &str) -> Result<Option<Dependencies>, Gap> {
        let table = toml_of(path, text)?;
        let declared: Vec<Declared> = ["dependencies", "build-dependencies", "dev-dependencies"]
            .iter()
            .filter_map(|name| table.get(*name)?.as_table())
            .flat_map(|table| table_declared(text, table))
            .collect();
        if declared.is_empty() {
            return Ok(None);
        }
        let lock = self.beside(path, &["Cargo.lock"], true);
        let program = table.contains_key("bin") || self.beside(path, &["src/main.rs"], false).is_some();
        let floating = match lock {
            None if program => self.floating(declared, |version| {
                version.strip_prefix('=').is_some_and(|version| is_exact(version.trim()))
                    || is_commit(version)
            }),
            _ => Vec::new(),
        };
        Ok(Some(Dependencies {
            file: path.into(),
            ecosystem: "cargo".into(),
            locked: lock.is_some() || program && floating.is_empty(),
            hashed: lock.is_some_and(|lock| lock.contains("checksum = ")),
            floating,
        }))
    }

    /// What runs before a commit: the ids of hooks, those of other repositories also as `repository#id`, and the
    /// commands of husky and lefthook.
    fn commit_hooks(&self) -> Result<BTreeSet<String>, Gap> {
        let mut hooks = BTreeSet::new();
        for (path, text) in self.files {
            let documents = |path: &str| -> Result<Vec<Node>, Gap> {
                let documents = yaml::documents(path, text)?;
                Ok(documents.into_iter().filter(|node| node.is != Value::Null).collect())
            };
            match *path {
                ".pre-commit-config.yaml" | ".pre-commit-config.yml" => {
                    for document in documents(path)? {
                        for repository in View::new(path, &document).key("repos").items()? {
                            let from = scalar(&repository.key("repo"))?.unwrap_or_default();
                            for hook in repository.key("hooks").items()? {
                                let Some(id) = scalar(&hook.key("id"))? else { continue };
                                if !matches!(from, "local" | "meta" | "") {
                                    hooks.insert(self.shown(&format!("{from}#{id}")));
                                }
                                hooks.insert(self.shown(id));
                            }
                        }
                    }
                }
                "lefthook.yml" | "lefthook.yaml" | ".lefthook.yml" | ".lefthook.yaml" => {
                    for document in documents(path)? {
                        let hook = View::new(path, &document).key("pre-commit");
                        for (_, command) in hook.key("commands").entries()? {
                            hooks.extend(scalar(&command.key("run"))?.map(|run| self.shown(run)));
                        }
                    }
                }
                ".husky/pre-commit" => {
                    let lines =
                        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
                    hooks
                        .extend(lines.filter(|line| !line.contains("husky.sh")).map(|line| self.shown(line)));
                }
                "package.json" => {
                    let Ok(documents) = documents(path) else { continue };
                    for document in &documents {
                        let husky = View::new(path, document).path(&["husky", "hooks", "pre-commit"]);
                        hooks.extend(scalar(&husky).ok().flatten().map(|run| self.shown(run)));
                    }
                }
                _ => {}
            }
        }
        Ok(hooks)
    }
    fn shown(&self, text: &str) -> String {
        let short: String = text.chars().take(300).collect();
        conceal(self.key, "", &short, None).text
    }
}

/// The largest file that is read, in bytes; locks are only searched.
const MOST_BYTES: usize = 4 << 20;

fn scalar<'n>(view: &View<'n>) -> Result<Option<&'n str>, Gap> {
    let Some(node) = view.node()? else { return Ok(None) };
    node.scalar().map(Some).ok_or_else(|| view.wrong(node, "a text"))
}

fn toml_of(path: &str, text: &str) -> Result<toml::Table, Gap> {
    text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |text| text.matches('\n').count() + 1);
        Gap::new(Why::Malformed, format!("{path}:{line}: no TOML"))
    })
}

/// The first place of a text in a file, at the beginning of a line or behind a quote.
fn place_of(text: &str, wanted: &str) -> Pos {
    // To look through a long text for each of many would cost the square.
    if text.len() > 100_000 {
        return Pos::new(1, 1);
    }
    let found = text.lines().enumerate().find_map(|(n, line)| {
        let indent = line.len() - line.trim_start_matches([' ', '\t', '"', '\'']).len();
        line[indent..].starts_with(wanted).then_some((n, indent))
    });
    let number = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
    found.map_or(Pos::new(1, 1), |(line, column)| Pos::new(number(line), number(column)))
}

/// The entries of a table of dependencies; what is in this repository is left out.
fn table_declared(text: &str, table: &toml::Table) -> Vec<Declared> {
    let one = |(name, value): (&String, &toml::Value)| {
        let version = match value {
            toml::Value::String(version) => version.clone(),
            toml::Value::Table(table) => {
                if table.contains_key("path") || table.get("workspace").is_some() {
                    return None;
                }
                let fixed = ["rev", "ref", "version"].iter().find_map(|key| table.get(*key)?.as_str());
                fixed.unwrap_or("*").to_owned()
            }
            _ => "*".to_owned(),
        };
        Some((name.clone(), version, Pos::new(1, 1)))
    };
    // One pass over the text: a search for each name would cost the square.
    let mut places = BTreeMap::new();
    for (n, line) in text.lines().enumerate() {
        let name = line.split(['=', ' ', '\t']).next().unwrap_or_default().trim_matches('"');
        places.entry(name).or_insert_with(|| Pos::new(u32::try_from(n + 1).unwrap_or(u32::MAX), 1));
    }
    let mut all: Vec<Declared> = table.iter().filter_map(one).collect();
    for (name, _, at) in &mut all {
        *at = places.get(name.as_str()).cloned().unwrap_or(Pos::new(1, 1));
    }
    all
}

fn json_declared(path: &str, text: &str, keys: &[&str]) -> Result<Vec<Declared>, Gap> {
    let documents = yaml::documents(path, text)?;
    let Some(document) = documents.first() else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for key in keys {
        for (name, view) in View::new(path, document).key(key).entries()? {
            let Some(node) = view.node()? else { continue };
            let version = node.scalar().ok_or_else(|| view.wrong(node, "a version"))?;
            let here = ["file:", "link:", "workspace:", "portal:", "./", "../"];
            if !here.iter().any(|prefix| version.starts_with(prefix)) {
                all.push((name.to_owned(), version.to_owned(), node.at.clone()));
            }
        }
    }
    Ok(all)
}

/// One version and no other: `1.2.3`, `=1.2.3`, `1.0.0-rc.1+x`.
fn is_exact(version: &str) -> bool {
    let version = version.trim().trim_start_matches('=').trim();
    version.starts_with(|c: char| c.is_ascii_digit())
        && version.split(['-', '+']).next().is_some_and(|main| main.split('.').count() >= 2)
        && !version.contains(['*', 'x', ' ', '|', '<', '>', ',', '^', '~'])
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_fixed_npm(version: &str) -> bool {
    let version = version.strip_prefix("npm:").and_then(|alias| alias.rsplit('@').next()).unwrap_or(version);
    is_exact(version.trim_start_matches('v')) || version.rsplit('#').next().is_some_and(is_commit)
}

/// `==1.2`, `===x`, an address with a hash or a commit. What stands without an operator (Pipfile, Poetry) is a
/// range there.
fn is_fixed_python(version: &str) -> bool {
    let version =
        version.split(';').next().unwrap_or_default().split(" --").next().unwrap_or_default().trim();
    if version.contains("sha256=") || version.contains("sha512=") {
        return true;
    }
    let commit = version.split(['@', '#']).any(|part| is_commit(part.trim()));
    commit || version.starts_with("==") && !version.contains(['*', ',']) && version.len() > 2
}

/// The lines of a requirements file, joined where they go on, without comments.
fn requirement_lines(text: &str) -> impl Iterator<Item = (String, Pos)> {
    let mut lines = text.lines().enumerate();
    std::iter::from_fn(move || {
        let (n, first) = lines.next()?;
        let mut line = first.to_owned();
        while line.ends_with('\\') {
            line.pop();
            let Some((_, next)) = lines.next() else { break };
            line.push_str(next);
        }
        let line =
            if line.trim_start().starts_with('#') { "" } else { line.split(" #").next().unwrap_or("") };
        Some((line.trim().to_owned(), Pos::new(u32::try_from(n + 1).unwrap_or(u32::MAX), 1)))
    })
}

/// A requirement of Python: nothing for options, and for what is in this repository.
fn requirement(line: &str, at: Pos) -> Option<Declared> {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if line.starts_with("git+") || line.contains("://") && !rest.trim_start().starts_with(['[', '@']) {
        let name = line.rsplit("#egg=").next().unwrap_or(line).split('&').next().unwrap_or(line);
        return Some((name.to_owned(), line.to_owned(), at));
    }
    if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || rest.starts_with('/') {
        return None;
    }
    let rest = rest.trim_start();
    let version =
        if rest.starts_with('[') { rest.split_once(']').map_or("", |(_, rest)| rest) } else { rest };
    let version = version.trim();
    let version = version.strip_prefix('(').map_or(version, |inner| inner.split(')').next().unwrap_or(inner));
    Some((name.to_owned(), version.trim().to_owned(), at))
}

/// The gems of a Gemfile; those of a path are in this repository.
fn gems(text: &str) -> Vec<Declared> {
    let one = |(n, line): (usize, &str)| {
        let rest = line.trim_start().strip_prefix("gem")?.trim_start_matches([' ', '(']);
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (name, rest) = rest[1..].split_once(quote)?;
        if rest.contains("path:") || rest.contains(":path") {
            return None;
        }
        let version = rest.trim_start_matches([',', ' ']);
        let version =
            version.strip_prefix(['\'', '"']).and_then(|text| text.split(['\'', '"']).next()).unwrap_or("");
        let reference = rest.split(['\'', '"']).find(|part| is_commit(part));
        let version = if reference.is_some() { "0.0" } else { version };
        Some((name.to_owned(), version.to_owned(), Pos::new(u32::try_from(n + 1).unwrap_or(u32::MAX), 1)))
    };
    text.lines().enumerate().filter_map(one).collect()
}

/// The dependencies, plugins and parents of a `pom.xml` whose version is written out. Properties (`${…}`) and
/// managed versions are set elsewhere.
fn maven(text: &str) -> Vec<Declared> {
    let mut all = Vec::new();
    let mut artifact = None;
    let mut inside = 0_usize;
    for (n, line) in text.lines().enumerate() {
        for tag in ["dependency", "plugin", "extension"] {
            inside += line.matches(&format!("<{tag}>")).count();
        }
        if let Some(name) = element(line, "artifactId") {
            artifact = Some(name);
        }
        if inside > 0
            && let (Some(name), Some(version)) = (artifact, element(line, "version"))
            && !version.contains("${")
        {
            let column = line.find("<version>").map_or(0, |byte| line[..byte].chars().count());
            let number = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
            all.push((name.to_owned(), version.to_owned(), Pos::new(number(n), number(column))));
        }
        for tag in ["dependency", "plugin", "extension"] {
            inside = inside.saturating_sub(line.matches(&format!("</{tag}>")).count());
        }
    }
    all
}

fn element<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (_, rest) = line.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0.trim())
}

fn only_empty_sums(lock: &str) -> bool {
    lock.matches("\"shasum\": \"").count() == lock.matches("\"shasum\": \"\"").count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tyrian_model::fact::See;
    use tyrian_model::facts::World;

    fn repository(files: &[(&str, &str)]) -> Repository {
        read(&Key([1; 32]), files)
    }
    /// What is floating, and its line.
    type Open = Vec<(String, u32)>;

    /// File, locked, hashed, and what is floating with its line.
    fn dependencies(files: &[(&str, &str)]) -> Vec<(String, bool, bool, Open)> {
        let (it, world) = (repository(files), World::default());
        let all = See::new(&world).get(&it.dependencies).unwrap().clone();
        all.into_iter()
            .map(|one| {
                let floating = one.floating.into_iter().map(|(name, at)| (name, at.line)).collect();
                (one.file, one.locked, one.hashed, floating)
            })
            .collect()
    }
    fn one(files: &[(&str, &str)]) -> (bool, bool, Open) {
        let mut all = dependencies(files);
        assert_eq!(all.len(), 1, "{all:?}");
        let (_, locked, hashed, floating) = all.remove(0);
        (locked, hashed, floating)
    }
    fn open(name: &str, line: u32) -> (String, u32) {
        (name.to_owned(), line)
    }

    #[test]
    fn waivers_say_why_and_until_when() {
        let it = read(
            &Key([7; 32]),
            &[
                (".trivyignore", "# not reachable\nCVE-2024-1 exp:2030-01-01\n\nCVE-2024-2\n"),
                ("osv-scanner.toml", "[[IgnoredVulns]]\nid = \"GHSA-1\"\nreason = \"not called\"\n"),
            ],
        );
        let world = tyrian_model::facts::World::default();
        let see = tyrian_model::fact::See::new(&world);
        let all: Vec<_> = see
            .get(&it.waivers)
            .unwrap()
            .iter()
            .map(|w| (w.id.as_str(), w.at.line, w.reasoned, w.ends))
            .collect();
        assert_eq!(
            all,
            [("CVE-2024-1", 2, true, true), ("CVE-2024-2", 4, false, false), ("GHSA-1", 2, true, false)]
        );
    }

    #[test]
    fn requirements_are_fixed_by_two_equal_signs() {
        let text = "# x\nflask==2.0 # y\nrequests>=2\nDjango[argon2] ~= 4.0 ; python_version > '3'\nboto3\n-r more.txt\n-e .\n./local\nx==1.*\npkg @ git+https://h/x@0123456789012345678901234567890123456789\n";
        let floating = vec![open("requests", 3), open("Django", 4), open("boto3", 5), open("x", 9)];
        assert_eq!(one(&[("requirements.txt", text)]), (false, false, floating));
        let hashed = "a==1 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\nb==2 --hash=sha256:22\n";
        assert_eq!(one(&[("requirements/prod.txt", hashed)]), (true, true, vec![]));
        let files = [
            ("requirements-dev.txt", "-c constraints.txt\npytest\nmypy\n"),
            ("constraints.txt", "Pytest==7.0\n"),
        ];
        assert_eq!(one(&files), (false, false, vec![open("mypy", 3)]));
        assert_eq!(dependencies(&[("requirements.txt", "-r x\n")]), []);
    }

    #[test]
    fn a_lock_beside_or_above_fixes_everything() {
        let package = "{\"dependencies\": {\n\"a\": \"^1.0.0\",\n\"b\": \"1.2.3\", \"c\": \"file:../c\", \"d\": \"latest\"}}";
        assert_eq!(one(&[("web/package.json", package)]), (false, false, vec![open("a", 2), open("d", 3)]));
        let lock = "{\"integrity\": \"sha512-x\"}";
        assert_eq!(one(&[("web/package.json", package), ("package-lock.json", lock)]), (true, true, vec![]));
        assert!(!one(&[("package.json", package), ("web/yarn.lock", "")]).0);
        assert_eq!(dependencies(&[("package.json", "{\"name\": \"x\"}")]), []);
        let pip = "[packages]\na = \"*\"\nb = \"==1.0\"\n";
        assert_eq!(one(&[("Pipfile", pip)]), (false, false, vec![open("a", 2)]));
        assert_eq!(one(&[("Pipfile", pip), ("Pipfile.lock", "{}")]), (true, true, vec![]));
        let composer = "{\"require\": {\"php\": \">=8\", \"a/b\": \"^1\"}}";
        assert_eq!(one(&[("composer.json", composer)]), (false, false, vec![open("a/b", 1)]));
        let gems = "gem 'rails', '~> 7'\ngem \"rack\", \"3.0.1\"\ngem 'own', path: 'x'\n";
        assert_eq!(one(&[("Gemfile", gems)]), (false, false, vec![open("rails", 1)]));
        assert_eq!(one(&[("Gemfile", gems), ("Gemfile.lock", "GEM\n")]), (true, false, vec![]));
    }

    #[test]
    fn libraries_leave_versions_open_on_purpose() {
        let library =
            "[build-system]\nrequires = []\n[project]\nname = 'x'\ndependencies = [\n  \"a>=1\",\n]\n";
        assert_eq!(one(&[("pyproject.toml", library)]), (false, false, vec![]));
        let program = "[project]\ndependencies = [\n  \"a>=1\",\n  \"b==1.0\",\n]\n";
        assert_eq!(one(&[("pyproject.toml", program)]), (false, false, vec![open("a", 3)]));
        assert_eq!(
            one(&[("pyproject.toml", program), ("uv.lock", "hash = \"sha256:0\"")]),
            (true, true, vec![])
        );
        let cargo = "[dependencies]\nserde = \"1\"\nown = { path = \"x\" }\nexact = \"=1.2.3\"\n";
        assert_eq!(one(&[("c/Cargo.toml", cargo)]), (false, false, vec![]));
        assert_eq!(
            one(&[("c/Cargo.toml", cargo), ("c/src/main.rs", "")]),
            (false, false, vec![open("serde", 2)])
        );
        let lock = "checksum = \"0\"";
        assert_eq!(
            one(&[("c/Cargo.toml", cargo), ("c/src/main.rs", ""), ("Cargo.lock", lock)]),
            (true, true, vec![])
        );
    }

    #[test]
    fn modules_and_poms_name_versions_themselves() {
        let module = "module x\nrequire a v1.0.0\n";
        assert_eq!(one(&[("go.mod", module)]), (true, false, vec![]));
        assert_eq!(one(&[("go.mod", module), ("go.sum", "")]), (true, true, vec![]));
        let pom = "<project>\n<version>1-SNAPSHOT</version>\n<dependency>\n<artifactId>a</artifactId>\n<version>[1,2)</version>\n</dependency>\n<dependency><artifactId>b</artifactId><version>1.0</version></dependency>\n<plugin><artifactId>c</artifactId>\n<version>LATEST</version></plugin></project>\n";
        assert_eq!(one(&[("pom.xml", pom)]), (false, false, vec![open("a", 5), open("c", 9)]));
    }

    #[test]
    fn what_belongs_to_others_is_left_out_and_what_is_broken_is_a_gap() {
        assert_eq!(
            dependencies(&[("node_modules/a/package.json", "{"), ("x/testdata/requirements.txt", "a\n")]),
            []
        );
        assert_eq!(dependencies(&[("tests/fixtures/package.json", "{")]), []);
        let (it, world) = (repository(&[("package.json", "{")]), World::default());
        assert!(See::new(&world).get(&it.dependencies).is_err());
        assert!(See::new(&world).get(&repository(&[("Cargo.toml", "= 1")]).dependencies).is_err());
    }

    #[test]
    fn hooks_and_landmarks() {
        let config = "repos:\n- repo: https://github.com/gitleaks/gitleaks\n  rev: v8\n  hooks: [{id: gitleaks}]\n- repo: local\n  hooks: [{id: own}]\n";
        let it = repository(&[
            (".pre-commit-config.yaml", config),
            (".husky/pre-commit", "#!/bin/sh\n. \"$(dirname $0)/_/husky.sh\"\nnpx lint-staged\n"),
            ("lefthook.yml", "pre-commit: {commands: {a: {run: make lint}}}\n"),
            (".github/CODEOWNERS", "* @a\n"),
            ("vendor/x/CODEOWNERS", "* @b\n"),
            ("main.c", ""),
        ]);
        let world = World::default();
        let see = See::new(&world);
        let hooks: Vec<&str> = see.get(&it.commit_hooks).unwrap().iter().map(String::as_str).collect();
        let all = [
            "gitleaks",
            "https://github.com/gitleaks/gitleaks#gitleaks",
            "make lint",
            "npx lint-staged",
            "own",
        ];
        assert_eq!(hooks, all);
        let landmarks: Vec<&str> = see.get(&it.landmarks).unwrap().iter().map(String::as_str).collect();
        assert_eq!(
            landmarks,
            [".github/CODEOWNERS", ".husky/pre-commit", ".pre-commit-config.yaml", "lefthook.yml"]
        );
        let broken = repository(&[(".pre-commit-config.yaml", "repos: 7")]);
        assert!(see.get(&broken.commit_hooks).is_err());
    }

    #[test]
    fn no_text_makes_it_panic() {
        let names = [
            "requirements.txt",
            "package.json",
            "pyproject.toml",
            "Cargo.toml",
            "Gemfile",
            "pom.xml",
            "go.mod",
            "Pipfile",
        ];
        let seeds = [
            "a[b]==1 \\\n --hash=x ; é\n",
            "{\"dependencies\": {\"é\": \"^1\"}}",
            "[project]\ndependencies = [\"é>1\"]\n[dependencies]\nx = {rev = \"1\"}\n",
            "gem 'é', \"1\"\n<dependency><artifactId>é</artifactId><version>1</version>",
        ];
        let mut state = 99_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        for _ in 0..3000 {
            let mut text: Vec<char> = seeds[random(seeds.len())].chars().collect();
            for _ in 0..=random(3) {
                let at = random(text.len() + 1);
                match random(3) {
                    0 => text.truncate(at),
                    1 => text.insert(at, ['"', '\'', '[', '\\', '@', '=', '\n', 'é'][random(8)]),
                    _ => drop(text.splice(at..(at + random(5)).min(text.len()), [])),
                }
            }
            let text: String = text.into_iter().collect();
            let it = repository(&[(names[random(names.len())], &text), (".husky/pre-commit", &text)]);
            assert!(serde_json::to_string(&it).is_ok());
        }
    }
}
