//! GitHub Actions: workflows, and the steps of composite actions.

use super::{Budget, Embedded, Env, MOST_BYTES, MOST_STEPS};
use crate::Input;
use crate::secrets::{Key, conceal};
use crate::yaml::{self, Node, Value, View};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::fact::{Gap, Known, Pos, Why};
use tyrian_model::pipeline::{Job, Pipeline, Step, System};
use tyrian_model::secret::Concealed;

/// A workflow (`.github/workflows/*.yml`), or an action of its own (`action.yml`) as a pipeline of one job
/// `runs` without triggers.
///
/// The shell of a step is what GitHub takes: `bash -e` where nothing is said, `bash -eo pipefail` for
/// `shell: bash`; on runners that are Windows, and for Python and the like, there is no shell script to read.
/// Where only a later stage says what the runner is, the script of a step without `shell` is a gap.
pub fn github(input: &Input) -> Pipeline {
    let broken = |gap: Gap| Pipeline {
        system: System::Github,
        triggers: gap.clone().into(),
        permissions: gap.clone().into(),
        jobs: gap.into(),
    };
    if input.text.len() > MOST_BYTES {
        return broken(Gap::new(Why::Malformed, format!("{}:1: larger than 4 MiB", input.path)));
    }
    let document = match yaml::documents(input.path, input.text) {
        Ok(mut documents) if documents.len() == 1 => documents.remove(0),
        Ok(documents) => {
            let what = format!("{}:1: {} documents, where a workflow is one", input.path, documents.len());
            return broken(Gap::new(Why::Malformed, what));
        }
        Err(gap) => return broken(gap),
    };
    let reader =
        Reader { input, lines: input.text.lines().collect(), budget: Budget::default(), steps: Cell::new(0) };
    let root = View::new(input.path, &document);
    if document.get("runs").is_some() && document.get("jobs").is_none() {
        return reader.action(&root.key("runs"));
    }
    Pipeline {
        system: System::Github,
        triggers: reader.triggers(&root),
        permissions: reader.permissions(&root.key("permissions")),
        jobs: reader.jobs(&root),
    }
}

struct Reader<'i> {
    input: &'i Input<'i>,
    lines: Vec<&'i str>,
    budget: Budget,
    /// How many steps were read.
    steps: Cell<usize>,
}

/// What runs the scripts of a step.
enum Shell {
    /// A shell: its name, errexit, pipefail.
    Is(String, bool, bool),
    /// Something that reads no shell script.
    Other,
    /// Only a later stage says it.
    Unclear(Gap),
}

impl Reader<'_> {
    fn gap(&self, why: Why, at: &Pos, what: &str) -> Gap {
        Gap::new(why, format!("{}:{}:{}: {what}", self.input.path, at.line, at.column))
    }
    fn key(&self) -> &Key {
        self.input.key
    }
    /// A scalar as it stands, its secrets concealed. Expressions in it stay.
    fn concealed(&self, name: &str, view: &View) -> Result<Option<Concealed>, Gap> {
        let Some(node) = view.node()? else { return Ok(None) };
        let text = node.scalar().ok_or_else(|| view.wrong(node, "a text"))?;
        Ok(Some(conceal(self.key(), name, text, Some(node.at.clone()))))
    }

    fn triggers(&self, root: &View) -> Known<BTreeSet<String>> {
        let view = root.key("on");
        let read = || -> Result<BTreeSet<String>, Gap> {
            let Some(node) = view.node()? else {
                return Err(Gap::new(Why::Malformed, format!("{}:1: on is not set", self.input.path)));
            };
            match &node.is {
                Value::Scalar { text, .. } if !yaml::is_template(text) => Ok([text.clone()].into()),
                Value::List(items) => items
                    .iter()
                    .map(|item| match item.scalar() {
                        Some(text) if !yaml::is_template(text) => Ok(text.to_owned()),
                        _ => Err(view.wrong(item, "the name of an event")),
                    })
                    .collect(),
                Value::Map(_) => Ok(view.entries()?.into_iter().map(|(name, _)| name.to_owned()).collect()),
                _ => Err(view.wrong(node, "an event, a list or a mapping of events")),
            }
        };
        known(read(), view.pos())
    }

    fn permissions(&self, view: &View) -> Known<Option<BTreeMap<String, String>>> {
        let read = || -> Result<Option<BTreeMap<String, String>>, Gap> {
            let Some(node) = view.node()? else {
                // `permissions:` with nothing behind it is not a way of giving none.
                return Ok(None);
            };
            match node.scalar() {
                Some("read-all") => return Ok(Some([("*".into(), "read".into())].into())),
                Some("write-all") => return Ok(Some([("*".into(), "write".into())].into())),
                Some(_) => return Err(view.wrong(node, "read-all, write-all or a mapping")),
                None => {}
            }
            let scope = |(scope, view): (&str, View)| -> Result<(String, String), Gap> {
                match view.node()?.map(|node| (node, node.scalar())) {
                    Some((_, Some(access @ ("read" | "write" | "none")))) => {
                        Ok((scope.into(), access.into()))
                    }
                    Some((node, _)) => Err(view.wrong(node, "read, write or none")),
                    None => {
                        Err(self.gap(Why::Malformed, &node.at, "a permission without read, write or none"))
                    }
                }
            };
            view.entries()?.into_iter().map(scope).collect::<Result<_, _>>().map(Some)
        };
        known(read(), view.pos())
    }

    fn jobs(&self, root: &View) -> Known<Vec<Job>> {
        let view = root.key("jobs");
        let read = || -> Result<Vec<Job>, Gap> {
            if view.node()?.is_none() {
                let what = format!("{}:1: no jobs: is this a workflow?", self.input.path);
                return Err(Gap::new(Why::Malformed, what));
            }
            let env = self.env(&Ok(BTreeMap::new()), &root.key("env"));
            let shell = root.path(&["defaults", "run", "shell"]);
            Ok(view.entries()?.into_iter().map(|(name, job)| self.job(name, &job, &env, &shell)).collect())
        };
        known(read(), view.pos())
    }

    fn job(&self, name: &str, view: &View, env: &Env, outer: &View) -> Job {
        let at = view.pos().unwrap_or(Pos::new(1, 1));
        let env = self.env(env, &view.key("env"));
        let uses = view.key("uses");
        let own = view.path(&["defaults", "run", "shell"]);
        let shell = if own.is_set() { own } else { outer.clone() };
        let steps = view.key("steps");
        let steps = match (steps.items(), steps.is_set() || uses.is_set()) {
            (Ok(_), false) => self.gap(Why::Malformed, &at, "a job with neither steps nor uses").into(),
            (Ok(items), true) if self.steps.get() + items.len() > MOST_STEPS => {
                self.gap(Why::Malformed, &at, "more than 20000 steps in the file").into()
            }
            (Ok(items), true) => {
                self.steps.set(self.steps.get() + items.len());
                let default = self.runner(view);
                Known::is(items.iter().map(|step| self.step(step, &env, &shell, &default)).collect())
            }
            (Err(gap), _) => gap.into(),
        };
        Job {
            name: name.into(),
            at,
            permissions: self.permissions(&view.key("permissions")),
            container: known(self.containers(view), view.key("container").pos()),
            uses: known(self.concealed("uses", &uses), uses.pos()),
            may_fail: view.key("continue-on-error").flag().map(|flag| flag.unwrap_or(false)),
            steps,
        }
    }

    /// The image of the job and those of its services, each followed by its arguments.
    fn containers(&self, job: &View) -> Result<Vec<Concealed>, Gap> {
        let mut all = Vec::new();
        self.container(&job.key("container"), &mut all)?;
        for (_, service) in job.key("services").entries()? {
            self.container(&service, &mut all)?;
        }
        Ok(all)
    }
    fn container(&self, view: &View, all: &mut Vec<Concealed>) -> Result<(), Gap> {
        let Some(node) = view.node()? else { return Ok(()) };
        let image = if node.scalar().is_some() { view.clone() } else { view.key("image") };
        match image.node()? {
            Some(node) if node.scalar().is_none_or(yaml::is_template) => {
                return Err(image.wrong(node, "the name of an image"));
            }
            Some(node) if node.scalar() == Some("") => return Ok(()),
            Some(_) => all.extend(self.concealed("image", &image)?),
            None => return Err(self.gap(Why::Malformed, &node.at, "a container without image")),
        }
        if node.scalar().is_some() {
            return Ok(());
        }
        let options = view.key("options");
        if let Some(node) = options.node()? {
            let text = node.scalar().ok_or_else(|| options.wrong(node, "a text"))?.trim();
            // Keeps the rule that an argument begins with a dash.
            let text = if text.starts_with('-') { text.to_owned() } else { format!("--options={text}") };
            all.push(conceal(self.key(), "options", &text, Some(node.at.clone())));
        }
        for volume in view.key("volumes").items()? {
            if let Some(node) = volume.node()? {
                let text = node.scalar().ok_or_else(|| volume.wrong(node, "a volume"))?;
                all.push(conceal(self.key(), "volumes", &format!("-v {text}"), Some(node.at.clone())));
            }
        }
        Ok(())
    }

    fn env(&self, outer: &Env, view: &View) -> Env {
        let mut env = self.budget.copy(self.input.path, outer)?;
        for (name, value) in view.entries()? {
            let value = self.concealed(name, &value)?.unwrap_or_default();
            env.insert(name.to_owned(), value);
        }
        Ok(env)
    }

    fn step(&self, view: &View, env: &Env, outer: &View, default: &Shell) -> Step {
        let at = view.pos().unwrap_or(Pos::new(1, 1));
        let uses = view.key("uses");
        let run = view.key("run");
        let name = view.key("name").node().ok().flatten().and_then(Node::scalar);
        let own = view.key("shell");
        let shell = if own.is_set() { &own } else { outer };
        let mut step = Step {
            name: name.map(|name| conceal(self.key(), "name", name, None).text),
            uses: known(self.concealed("uses", &uses), uses.pos()),
            with: known(self.env(&Ok(BTreeMap::new()), &view.key("with")), view.key("with").pos()),
            env: known(self.env(env, &view.key("env")), view.key("env").pos()),
            script: Known::is(None),
            expressions: Known::is(Vec::new()),
            may_fail: view.key("continue-on-error").flag().map(|flag| flag.unwrap_or(false)),
            at,
        };
        let run = match run.node() {
            Ok(Some(node)) => match node.scalar() {
                Some(text) => Ok((node, text)),
                None => Err(run.wrong(node, "a script")),
            },
            Ok(None) if !uses.is_set() => {
                Err(self.gap(Why::Malformed, &step.at, "a step with neither run nor uses"))
            }
            Ok(None) => return step,
            Err(gap) => Err(gap),
        };
        let (node, text) = match run {
            Ok(run) => run,
            Err(gap) => {
                (step.script, step.expressions) = (gap.clone().into(), gap.into());
                return step;
            }
        };
        let text = self.embedded(node, text);
        step.script = match self.shell(shell).as_ref().unwrap_or(default) {
            Shell::Is(shell, errexit, pipefail) => {
                let script = text.script(self.key(), self.input.path, shell, *errexit, *pipefail);
                Known::at(Some(script), node.at.clone())
            }
            Shell::Other => Known::is(None),
            Shell::Unclear(gap) => gap.clone().into(),
        };
        step.expressions = Known::at(text.expressions, node.at.clone());
        step
    }

    /// The shell that is asked for; nothing where it is left to the runner.
    fn shell(&self, view: &View) -> Option<Shell> {
        let node = match view.node() {
            Ok(node) => node?,
            Err(gap) => return Some(Shell::Unclear(gap)),
        };
        Some(match node.scalar() {
            Some(text) if !yaml::is_template(text) => named_shell(text),
            _ => Shell::Unclear(view.wrong(node, "the name of a shell")),
        })
    }

    /// The shell where nothing is said: what the runner has.
    fn runner(&self, job: &View) -> Shell {
        let bash = Shell::Is("bash".into(), true, false);
        let view = job.key("runs-on");
        let node = match view.node() {
            Ok(Some(node)) => node,
            Ok(None) => return bash,
            Err(gap) => return Shell::Unclear(gap),
        };
        let labels: Vec<&Node> = match &node.is {
            Value::List(items) => items.iter().collect(),
            Value::Map(entries) => entries
                .iter()
                .flat_map(|(_, node)| match &node.is {
                    Value::List(items) => items.iter().collect(),
                    _ => vec![node],
                })
                .collect(),
            _ => vec![node],
        };
        let windows = |text: &str| text.to_ascii_lowercase().contains("windows");
        let literal = |node: &&&Node| node.scalar().is_some_and(|text| !yaml::is_template(text));
        if labels.iter().filter(literal).any(|node| node.scalar().is_some_and(windows)) {
            return Shell::Other;
        }
        for label in labels {
            let Some(text) = label.scalar().filter(|text| yaml::is_template(text)) else { continue };
            let mut candidates = Vec::new();
            candidates_of(text, job, &mut candidates);
            // One leg with a Unix shell is enough for the text to be a shell script.
            if candidates.is_empty() {
                let what = "which runner, and so which shell, only a later stage says: set shell";
                return Shell::Unclear(self.gap(Why::Unresolved, &label.at, what));
            }
            if candidates.iter().all(|text| windows(text)) {
                return Shell::Other;
            }
        }
        bash
    }

    fn action(&self, runs: &View) -> Pipeline {
        let at = runs.pos().unwrap_or(Pos::new(1, 1));
        let bash = Shell::Is("bash".into(), true, false);
        let image = runs.key("image");
        let nothing = View::new(self.input.path, &NOTHING).key("shell");
        let steps = match (runs.key("steps").items(), runs.key("using").text()) {
            (Ok(items), _) if items.len() > MOST_STEPS => {
                self.gap(Why::Malformed, &at, "more than 20000 steps in the file").into()
            }
            (Ok(items), using) => using.map(|_| {
                items.iter().map(|step| self.step(step, &Ok(BTreeMap::new()), &nothing, &bash)).collect()
            }),
            (Err(gap), _) => gap.into(),
        };
        let container = || -> Result<Vec<Concealed>, Gap> {
            let image = self.concealed("image", &image)?;
            // Any other image is a Dockerfile beside it.
            let image = image.and_then(|image| {
                let text = image.text.strip_prefix("docker://")?.to_owned();
                Some(Concealed { text, ..image })
            });
            Ok(image.into_iter().collect())
        };
        let job = Job {
            name: "runs".into(),
            at,
            permissions: Known::is(None),
            container: known(container(), image.pos()),
            uses: Known::is(None),
            may_fail: Known::is(false),
            steps,
        };
        Pipeline {
            system: System::Github,
            triggers: Known::is(BTreeSet::new()),
            permissions: Known::is(None),
            jobs: Known::is(vec![job]),
        }
    }

    /// The text of `run` with the place of each of its lines, and the expressions in it.
    fn embedded(&self, node: &Node, text: &str) -> Embedded {
        let places = self.places(node, text);
        let mut embedded = Embedded { text: text.into(), ..Embedded::default() };
        let mut offset = 0;
        for (line, text) in text.split('\n').enumerate() {
            let at = places.get(line).or(places.last()).unwrap_or(&node.at).clone();
            embedded.parts.push((offset, at));
            offset += text.len() + 1;
        }
        let mut from = 0;
        while let Some(start) = text[from..].find("${{").map(|n| n + from) {
            let Some(end) = text[start..].find("}}").map(|n| n + start) else { break };
            let part = embedded.parts.partition_point(|(offset, _)| *offset <= start).saturating_sub(1);
            let (offset, line) = &embedded.parts[part];
            // The column on a very long line is that of its start: to count it each time would cost the square.
            let before = text.get(*offset..start).filter(|before| before.len() < LONGEST_LINE);
            let column = u32::try_from(before.map_or(0, |before| before.chars().count())).unwrap_or(u32::MAX);
            let at = Pos { column: line.column.saturating_add(column), ..line.clone() };
            let inner = text[start + 3..end].trim();
            embedded.expressions.push((conceal(self.key(), "", inner, None).text, at));
            from = end + 2;
        }
        embedded
    }

    /// Where each line of a scalar begins in the file. Exact for literal blocks and for what stands on one
    /// line; elsewhere a line is looked for by its first word.
    fn places(&self, node: &Node, text: &str) -> Vec<Pos> {
        let source = |n: u32| self.lines.get(n as usize - 1).copied().unwrap_or_default();
        let first = source(node.at.line);
        let alone = first.chars().take(node.at.column as usize - 1).all(char::is_whitespace);
        let style = match node.is {
            Value::Scalar { plain: false, .. } if alone => self.block_style(node.at.line),
            _ => None,
        };
        // The place of a block is that of its first line with something on it.
        let blank = u32::try_from(text.len() - text.trim_start_matches('\n').len()).unwrap_or(0);
        if style == Some('|') {
            let top = node.at.line.saturating_sub(blank).max(1);
            return (top..).zip(text.lines()).map(|(line, _)| Pos::new(line, node.at.column)).collect();
        }
        let quoted = style.is_none() && !matches!(node.is, Value::Scalar { plain: true, .. });
        let mut places = vec![Pos::new(node.at.line, node.at.column + u32::from(quoted))];
        let mut at = node.at.line;
        for line in text.lines().skip(1) {
            let Some(word) = line.split_whitespace().next() else {
                places.push(Pos::new(at, node.at.column));
                continue;
            };
            // Not far: a text of many lines must not cost the square of them.
            let near = |n: &u32| source(*n).len() < LONGEST_LINE && source(*n).contains(word);
            at = (at + 1..at.saturating_add(20)).find(near).unwrap_or(at);
            let found = source(at).get(..LONGEST_LINE.min(source(at).len())).and_then(|line| line.find(word));
            let column = found.map_or(0, |byte| source(at)[..byte].chars().count());
            places.push(Pos::new(at, u32::try_from(column + 1).unwrap_or(1)));
        }
        places
    }

    /// `|` or `>`, where a block begins above that line.
    fn block_style(&self, line: u32) -> Option<char> {
        let above = self.lines.get(..line as usize - 1)?;
        let head = above.iter().rev().take(1000).find(|line| !line.trim().is_empty())?;
        let head = head.split(" #").next().unwrap_or(head).trim_end();
        head.trim_end_matches(|c: char| c.is_ascii_digit() || c == '+' || c == '-')
            .chars()
            .next_back()
            .filter(|c| matches!(c, '|' | '>'))
    }
}

/// The longest line in which words are looked for, in bytes.
const LONGEST_LINE: usize = 10_000;

static NOTHING: std::sync::LazyLock<Node> =
    std::sync::LazyLock::new(|| Node::new(Pos::new(1, 1), Value::Map(Vec::new())));

fn known<T>(read: Result<T, Gap>, at: Option<Pos>) -> Known<T> {
    match (read, at) {
        (Ok(value), Some(at)) => Known::at(value, at),
        (Ok(value), None) => Known::is(value),
        (Err(gap), _) => gap.into(),
    }
}

fn named_shell(text: &str) -> Shell {
    match text.trim() {
        "bash" => return Shell::Is("bash".into(), true, true),
        "sh" => return Shell::Is("sh".into(), true, false),
        _ => {}
    }
    // A command line of its own: `bash -eo pipefail {0}`, `nix develop -c bash -e {0}`.
    let mut words = text.split_whitespace();
    let name = words.find_map(|word| {
        let name = word.rsplit('/').next().unwrap_or(word);
        matches!(name, "bash" | "sh" | "dash" | "ash" | "zsh" | "ksh").then_some(name)
    });
    let Some(name) = name else { return Shell::Other };
    let (mut errexit, mut pipefail, mut option) = (false, false, false);
    for word in words {
        if option {
            errexit |= word == "errexit";
            pipefail |= word == "pipefail";
        }
        let flags = word.strip_prefix('-').filter(|flags| !flags.starts_with('-')).unwrap_or_default();
        errexit |= flags.contains('e');
        option = flags.ends_with('o');
    }
    Shell::Is(name.into(), errexit, pipefail)
}

/// How many runners are looked at; a matrix has 256 legs at most.
const MOST_CANDIDATES: usize = 512;

/// What an expression of `runs-on` may come to, as far as it can be told: the texts in it, and the values of
/// the matrix that it names.
fn candidates_of(text: &str, job: &View, candidates: &mut Vec<String>) {
    let texts = text.split('\'').skip(1).step_by(2).filter(|text| !text.is_empty());
    candidates.extend(texts.take(MOST_CANDIDATES).map(str::to_owned));
    let matrix = job.path(&["strategy", "matrix"]);
    for part in text.split("matrix.").skip(1).take(8) {
        let path: Vec<&str> = part
            .split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
            .next()
            .unwrap_or_default()
            .split('.')
            .collect();
        let Ok(Some(node)) = matrix.node() else { continue };
        let values = node.get(path[0]).into_iter().chain(
            match node.get("include").map(|node| &node.is) {
                Some(Value::List(items)) => items.as_slice(),
                _ => &[],
            }
            .iter()
            .filter_map(|item| item.get(path[0])),
        );
        for value in values.take(MOST_CANDIDATES) {
            let items = if let Value::List(items) = &value.is {
                items.as_slice()
            } else {
                std::slice::from_ref(value)
            };
            for item in items.iter().take(MOST_CANDIDATES) {
                if candidates.len() >= MOST_CANDIDATES {
                    return;
                }
                let end = path[1..].iter().try_fold(item, |node, key| node.get(key));
                match end.map(|node| &node.is) {
                    Some(Value::Scalar { text, .. }) if !yaml::is_template(text) => {
                        candidates.push(text.clone())
                    }
                    Some(Value::List(labels)) => {
                        let labels: Vec<&str> = labels.iter().filter_map(Node::scalar).collect();
                        candidates.push(labels.join(" "));
                    }
                    _ => {}
                }
            }
        }
    }
}
