//! Jenkinsfiles, declarative and scripted.

use super::groovy::{Is, Token, expand, tokens};
use super::{Budget, Embedded, Env, MOST_BYTES, MOST_STEPS};
use crate::secrets::conceal;
use crate::{Input, yaml};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use tyrian_model::fact::{Gap, Known, Pos, Why};
use tyrian_model::pipeline::{Job, Pipeline, Step, System};
use tyrian_model::script::Script;
use tyrian_model::secret::Concealed;

/// A Jenkinsfile.
///
/// Its stages are the jobs, in the order of the text. What stands in no stage (scripted pipelines, functions,
/// `post` of the whole) is a job named `pipeline`. Steps are found wherever they stand: in closures, loops,
/// branches, functions. [`Step::uses`] is the name of the step and, behind a space, what it is given first:
/// `library x@main`, `git https://…`, `checkout scm`, `load x.groovy`, `docker.build web`, `bat`; its named
/// arguments are in [`Step::with`]. `sh` is run as Jenkins does, with `-e` unless the script begins with `#!`.
///
/// A text whose strings or brackets do not match makes the jobs a gap.
pub fn jenkins(input: &Input) -> Pipeline {
    let read = || -> Result<Vec<Job>, Gap> {
        let gap = |at: &Pos, what: &str| {
            Gap::new(Why::Malformed, format!("{}:{}:{}: {what}", input.path, at.line, at.column))
        };
        if input.text.len() > MOST_BYTES {
            return Err(gap(&Pos::new(1, 1), "larger than 4 MiB"));
        }
        let tokens = tokens(input.text).map_err(|(at, what)| gap(&at, what))?;
        let mut reader = Reader {
            input,
            tokens: &tokens,
            jobs: Vec::new(),
            current: None,
            whole: None,
            found: 0,
            budget: Budget::default(),
        };
        let all = 0..tokens.len();
        reader.walk(all, &Context::default());
        if reader.found > MOST_STEPS {
            return Err(gap(&Pos::new(1, 1), "more than 20000 steps"));
        }
        Ok(reader.jobs.into_iter().map(Building::done).collect())
    };
    Pipeline {
        system: System::Jenkins,
        triggers: Known::is(BTreeSet::new()),
        permissions: Known::is(None),
        jobs: match read() {
            Ok(jobs) => Known::is(jobs),
            Err(gap) => gap.into(),
        },
    }
}

type Container = Result<Vec<Concealed>, Gap>;

/// A job whose container may still be found.
struct Building {
    job: Job,
    container: Container,
    steps: Vec<Step>,
}

impl Building {
    fn done(self) -> Job {
        let container = match self.container {
            Ok(container) => Known::is(container),
            Err(gap) => gap.into(),
        };
        Job { container, steps: Known::is(self.steps), ..self.job }
    }
}

/// What surrounds a statement.
#[derive(Clone)]
struct Context {
    /// The index of the job; nothing outside of stages.
    job: Option<usize>,
    container: Rc<Container>,
    env: Rc<Env>,
    may_fail: bool,
    /// Does any call count as a step, or only `sh` and the like?
    steps: bool,
}

impl Default for Context {
    fn default() -> Self {
        Context {
            job: None,
            container: Rc::new(Ok(Vec::new())),
            env: Rc::new(Ok(BTreeMap::new())),
            may_fail: false,
            steps: true,
        }
    }
}

/// A call: `name args { … }`.
struct Call {
    /// Its arguments, without the brackets around them.
    args: Range<usize>,
    /// What stands in the braces behind them.
    body: Option<Range<usize>>,
    /// The token behind it all.
    end: usize,
}

/// Words that call nothing.
const KEYWORDS: &[&str] = &[
    "if",
    "else",
    "for",
    "while",
    "do",
    "switch",
    "case",
    "default",
    "return",
    "def",
    "final",
    "try",
    "catch",
    "finally",
    "throw",
    "new",
    "import",
    "package",
    "assert",
    "in",
    "as",
    "instanceof",
    "class",
    "enum",
    "interface",
    "extends",
    "implements",
    "static",
    "private",
    "public",
    "protected",
    "void",
    "true",
    "false",
    "null",
    "this",
    "super",
    "break",
    "continue",
    "it",
    "int",
    "boolean",
    "var",
    "String",
    "Map",
    "List",
    "_",
];

/// Steps that only surround others or speak, and sections that hold them.
const SURROUNDINGS: &[&str] = &[
    "pipeline",
    "stages",
    "steps",
    "script",
    "node",
    "ws",
    "dir",
    "timeout",
    "retry",
    "timestamps",
    "ansiColor",
    "wrap",
    "lock",
    "throttle",
    "waitUntil",
    "echo",
    "println",
    "print",
    "sleep",
    "error",
    "unstable",
    "matrix",
    "post",
    "always",
    "success",
    "failure",
    "unstable",
    "changed",
    "fixed",
    "regression",
    "aborted",
    "unsuccessful",
    "cleanup",
    "call",
    "deleteDir",
    "cleanWs",
    "milestone",
    "properties",
    "isUnix",
    "pwd",
    "fileExists",
    "readFile",
    "parallel",
];

/// Sections in which no step stands, or only under a condition.
const SETTINGS: &[&str] =
    &["options", "parameters", "triggers", "tools", "axes", "excludes", "when", "libraries", "properties"];

struct Reader<'i> {
    input: &'i Input<'i>,
    tokens: &'i [Token],
    jobs: Vec<Building>,
    /// The stage that the old form `stage 'x'` has opened.
    current: Option<usize>,
    /// The job of what stands in no stage.
    whole: Option<usize>,
    /// How many steps were found.
    found: usize,
    budget: Budget,
}

impl<'i> Reader<'i> {
    fn word(&self, n: usize) -> Option<&'i str> {
        match &self.tokens.get(n)?.is {
            Is::Word(word) => Some(word),
            _ => None,
        }
    }
    fn text(&self, n: usize) -> Option<&'i Embedded> {
        match &self.tokens.get(n)?.is {
            Is::Text(text) => Some(text),
            _ => None,
        }
    }
    fn mark(&self, n: usize, mark: u8) -> bool {
        matches!(self.tokens.get(n).map(|token| &token.is), Some(Is::Mark(m)) if *m == mark)
    }
    /// What stands between the bracket at `n` and the one that closes it, if it is of that kind.
    fn inside(&self, n: usize, kind: u8) -> Option<Range<usize>> {
        match self.tokens.get(n)?.is {
            Is::Open(k, close) if k == kind => Some(n + 1..close),
            _ => None,
        }
    }
    /// The token behind the one at `n`, or behind what it opens.
    fn next(&self, n: usize) -> usize {
        match self.tokens.get(n).map(|token| &token.is) {
            Some(Is::Open(_, close)) => close + 1,
            _ => n + 1,
        }
    }
    /// The text of the file from one token to another.
    fn source(&self, range: &Range<usize>) -> &'i str {
        match (self.tokens.get(range.start), range.end.checked_sub(1).and_then(|n| self.tokens.get(n))) {
            (Some(first), Some(last)) if range.start < range.end => {
                self.input.text.get(first.span.start..last.span.end).unwrap_or_default()
            }
            _ => "",
        }
    }
    fn at(&self, n: usize) -> Pos {
        self.tokens.get(n).map_or(Pos::new(1, 1), |token| token.at.clone())
    }
    fn concealed(&self, name: &str, text: &str, at: Pos) -> Concealed {
        let short: String = text.chars().take(LONGEST).collect();
        conceal(self.input.key, name, &short, Some(at))
    }
    fn unresolved(&self, at: &Pos, what: &str) -> Gap {
        Gap::new(Why::Unresolved, format!("{}:{}:{}: {what}", self.input.path, at.line, at.column))
    }

    /// The call whose name ends before the token at `n`; nothing where it is none.
    fn call(&self, n: usize, end: usize) -> Option<Call> {
        if let Some(body) = self.inside(n, b'{') {
            return Some(Call { args: n..n, end: body.end + 1, body: Some(body) });
        }
        if let Some(args) = self.inside(n, b'(') {
            let after = args.end + 1;
            let behind = self.inside(after, b'{');
            let end = behind.as_ref().map_or(after, |body| body.end + 1);
            return Some(match behind.or_else(|| self.last_closure(&args)) {
                // `withEnv([…], { … })`: the last argument is the body.
                Some(body) if body.end < args.end => {
                    Call { args: args.start..body.start - 1, body: Some(body), end }
                }
                body => Call { args, body, end },
            });
        }
        // Without brackets: up to the end of the statement, or a closure that ends it.
        match &self.tokens.get(n).filter(|_| n < end)?.is {
            Is::Text(_) => {}
            Is::Word(word) if !matches!(word.as_str(), "in" | "as" | "instanceof") => {}
            Is::Open(b'[', _) if self.tokens[n - 1].span.end < self.tokens[n].span.start => {}
            _ => return None,
        }
        let mut at = n;
        for _ in 0..LONGEST_STATEMENT {
            if at >= end {
                break;
            }
            match &self.tokens[at].is {
                Is::End | Is::Close => break,
                Is::Word(word) if word == "else" => break,
                Is::Open(b'{', close) if !self.mark(at - 1, b':') && !self.mark(at - 1, b',') => {
                    return Some(Call { args: n..at, body: Some(at + 1..*close), end: close + 1 });
                }
                _ => at = self.next(at),
            }
        }
        Some(Call { args: n..at.min(end), body: None, end: at.min(end) })
    }

    /// What stands in the closure that is the last of some arguments.
    fn last_closure(&self, args: &Range<usize>) -> Option<Range<usize>> {
        let (mut n, mut last) = (args.start, None);
        while n < args.end {
            last = Some(n);
            n = self.next(n);
        }
        let last = last.filter(|n| *n == args.start || self.mark(n - 1, b','))?;
        self.inside(last, b'{')
    }

    /// Does a statement begin at `n`, or is it a value (`x = sh(…)`)?
    fn begins(&self, n: usize) -> bool {
        match n.checked_sub(1).map(|n| &self.tokens[n].is) {
            None | Some(Is::End | Is::Open(b'{', _) | Is::Mark(b'>')) => true,
            Some(Is::Word(word)) => matches!(word.as_str(), "else" | "do"),
            // `if (x) step()`, `case 1: step()`, and the brace before a statement on its line.
            Some(Is::Close) => true,
            _ => false,
        }
    }

    /// Reads the statements of a range.
    fn walk(&mut self, range: Range<usize>, context: &Context) {
        let mut n = range.start;
        while n < range.end && self.found <= MOST_STEPS {
            n = self.statement(n, range.end, context).max(n + 1);
        }
    }

    /// Reads what begins at `n` and returns where to go on. What surrounds nothing is walked through flat, so
    /// that steps are found in it.
    fn statement(&mut self, n: usize, end: usize, context: &Context) -> usize {
        if self.mark(n, b'@') && self.word(n + 1) == Some("Library") {
            return self.annotation(n, context);
        }
        let Some(name) = self.word(n) else { return n + 1 };
        let dotted = n > 0 && self.mark(n - 1, b'.');
        let begins = self.begins(n);
        if matches!(name, "try")
            && let Some(body) = self.inside(n + 1, b'{')
        {
            return self.attempt(body, context);
        }
        if name == "docker" && !dotted && self.mark(n + 1, b'.') {
            return self.docker(n, end, context);
        }
        if self.mark(n + 1, b'.') || self.mark(n + 1, b':') || self.mark(n + 1, b'=') {
            // `environment` has assignments; they are read where it is.
            return n + 1;
        }
        let Some(call) = self.call(n + 1, end) else { return n + 1 };
        if dotted && (name != "sh" || call.args.is_empty()) {
            // A method. `x.each { … }` and the arguments are walked flat.
            return n + 1;
        }
        match name {
            "sh" if self.is_declared(n) => n + 1,
            "sh" => self.shell(n, &call, context),
            _ if !begins => n + 1,
            "stage" => self.stage(n, &call, context),
            "agent" => call.end,
            "environment" if call.body.is_some() => call.end,
            "withEnv" => self.with_env(&call, context),
            "catchError" | "warnError" => {
                let body = call.body.unwrap_or(call.args);
                self.walk(body, &Context { may_fail: true, ..context.clone() });
                call.end
            }
            "podTemplate" => {
                let container = Rc::new(self.pod(call.args.clone()));
                self.inner(&call, &Context { container, ..context.clone() })
            }
            "pipeline" => {
                let Some(body) = call.body else { return n + 1 };
                let inner = self.sections(&body, context);
                self.walk(body, &inner);
                call.end
            }
            "input" if call.body.is_some() && call.args.is_empty() => {
                self.step(n, &call, context);
                call.end
            }
            _ if SETTINGS.contains(&name) && call.body.is_some() => {
                self.inner(&call, &Context { steps: false, ..context.clone() })
            }
            _ if SURROUNDINGS.contains(&name) || KEYWORDS.contains(&name) => n + 1,
            // A declaration: `String name = …`, `Type name(…)`.
            _ if !context.steps || self.declares(n) => n + 1,
            _ => {
                self.step(n, &call, context);
                self.inner(&call, context)
            }
        }
    }

    /// Walks the arguments and the body of a call.
    fn inner(&mut self, call: &Call, context: &Context) -> usize {
        // Of the arguments only closures and values can hold steps.
        self.walk(call.args.clone(), context);
        if let Some(body) = call.body.clone() {
            self.walk(body, context);
        }
        call.end
    }

    /// Does a type stand before the name, as in `void sh(…) { … }`?
    fn is_declared(&self, n: usize) -> bool {
        let before = n.checked_sub(1).and_then(|n| self.word(n));
        before.is_some_and(|word| !matches!(word, "return" | "else" | "in" | "do" | "case"))
    }

    /// Is it the type of what is declared behind it?
    fn declares(&self, n: usize) -> bool {
        let type_name = self.word(n + 1).is_some();
        type_name
            && (self.mark(n + 2, b'=')
                || self.inside(n + 2, b'(').is_some() && {
                    let close = self.next(n + 2);
                    self.inside(close, b'{').is_some()
                })
    }

    fn annotation(&mut self, n: usize, context: &Context) -> usize {
        let Some(args) = self.inside(n + 2, b'(') else { return n + 1 };
        for at in args.clone().take(MOST_ARGUMENTS) {
            if let Some(text) = self.text(at) {
                let uses = self.concealed("library", &format!("library {}", text.text), self.at(at));
                let step = self.new_step(at, Some(uses), context);
                self.add(step, context);
            }
        }
        args.end + 1
    }

    /// `try { … } catch (e) { … }`: the failures of its steps do not count where no handler passes them on.
    fn attempt(&mut self, body: Range<usize>, context: &Context) -> usize {
        let (mut at, mut caught, mut passed) = (body.end + 1, false, false);
        loop {
            while matches!(self.tokens.get(at).map(|token| &token.is), Some(Is::End)) {
                at += 1;
            }
            if self.word(at) != Some("catch") || self.inside(at + 1, b'(').is_none() {
                break;
            }
            let Some(handler) = self.inside(self.next(at + 1), b'{') else { break };
            caught = true;
            let source = self.source(&handler);
            passed |= handler.clone().any(|n| matches!(self.word(n), Some("throw" | "error")))
                || source.contains("FAIL")
                || source.contains("currentBuild.result");
            at = handler.end + 1;
        }
        let may_fail = context.may_fail || caught && !passed;
        let end = body.end + 1;
        self.walk(body, &Context { may_fail, ..context.clone() });
        end
    }

    /// `docker.image('x').inside('args') { … }`, `docker.build('x')`, `docker.withRegistry('url') { … }`.
    fn docker(&mut self, n: usize, end: usize, context: &Context) -> usize {
        let Some(method) = self.word(n + 2) else { return n + 1 };
        let Some(call) = self.call(n + 3, end) else { return n + 1 };
        let image = match (method, call.args.len(), self.text(call.args.start)) {
            ("image", 1, Some(text)) if text.expressions.is_empty() => {
                Ok(self.concealed("image", &text.text, self.at(call.args.start)))
            }
            _ => Err(self.unresolved(&self.at(n), "which image it is, only Groovy says")),
        };
        let follows = self.mark(call.end, b'.').then(|| self.word(call.end + 1)).flatten();
        if let (None, Some("inside" | "withRun"), Some(run)) =
            (&call.body, follows, self.call(call.end + 2, end))
        {
            let args = self.arguments_of(&run.args);
            let container = Rc::new(image.map(|image| std::iter::once(image).chain(args).collect()));
            let body = run.body.clone().unwrap_or(run.args);
            if follows == Some("withRun") {
                // It runs beside the steps.
                self.docker_step(n, "docker.image", &call, context);
                self.walk(body, context);
                return run.end;
            }
            self.walk(body, &Context { container, ..context.clone() });
            return run.end;
        }
        self.docker_step(n, &format!("docker.{method}"), &call, context);
        if let Some(body) = call.body {
            self.walk(body, context);
        }
        call.end
    }

    fn docker_step(&mut self, n: usize, name: &str, call: &Call, context: &Context) {
        let uses = self.uses(name, call);
        let with = self.named(&call.args);
        let step = Step { with: Known::is(with), ..self.new_step(n, Some(uses), context) };
        self.add(step, context);
    }

    /// A text of arguments for a container, kept in the form that begins with a dash.
    fn arguments_of(&self, range: &Range<usize>) -> Option<Concealed> {
        let source = match self.text(range.start) {
            Some(text) if range.len() == 1 => text.text.trim(),
            _ => self.source(range),
        };
        if source.is_empty() {
            return None;
        }
        let text = if source.starts_with('-') { source.to_owned() } else { format!("--options={source}") };
        Some(self.concealed("args", &text, self.at(range.start)))
    }

    fn stage(&mut self, n: usize, call: &Call, context: &Context) -> usize {
        let name = match (self.text(call.args.start), call.args.len()) {
            (Some(text), 1) if text.expressions.is_empty() => text.text.clone(),
            _ => {
                let source = self.source(&call.args);
                source.trim_matches(['"', '\'']).chars().take(200).collect()
            }
        };
        let name = self.concealed("stage", &name, self.at(n)).text;
        let Some(body) = call.body.clone() else {
            // The old form `stage 'x'` opens a stage that goes on to the next.
            self.current = Some(self.open(n, name, context));
            return call.end;
        };
        let inner = self.sections(&body, context);
        let job = self.open(n, name, &inner);
        self.walk(body, &Context { job: Some(job), ..inner });
        call.end
    }

    fn open(&mut self, n: usize, name: String, context: &Context) -> usize {
        self.jobs.push(Building {
            job: Job {
                name,
                at: self.at(n),
                permissions: Known::is(None),
                container: Known::default(),
                uses: Known::is(None),
                may_fail: Known::is(context.may_fail),
                steps: Known::default(),
            },
            container: (*context.container).clone(),
            steps: Vec::new(),
        });
        self.jobs.len() - 1
    }

    /// What the sections `agent` and `environment` of a pipeline or stage say, wherever they stand in it.
    fn sections(&self, body: &Range<usize>, context: &Context) -> Context {
        let mut inner = context.clone();
        let mut n = body.start;
        while n < body.end {
            let call = self.begins(n).then(|| self.call(n + 1, body.end)).flatten();
            match (self.word(n), call) {
                (Some("agent"), Some(call)) => {
                    inner.container = Rc::new(self.agent(&call));
                    n = call.end;
                }
                (Some("environment"), Some(Call { body: Some(body), end, .. })) => {
                    inner.env = Rc::new(self.environment(body, &inner.env));
                    n = end;
                }
                _ => n = self.next(n),
            }
        }
        inner
    }

    fn environment(&self, body: Range<usize>, outer: &Env) -> Env {
        let mut env = self.budget.copy(self.input.path, outer)?;
        let mut n = body.start;
        while n < body.end {
            let end = (n..body.end).find(|n| matches!(self.tokens[*n].is, Is::End)).unwrap_or(body.end);
            if let (Some(name), true) = (self.word(n), self.mark(n + 1, b'=')) {
                let value = n + 2..end;
                env.insert(name.to_owned(), self.value(name, &value));
            }
            n = end + 1;
        }
        Ok(env)
    }

    /// A value: the text where it is one, else as it is written.
    fn value(&self, name: &str, range: &Range<usize>) -> Concealed {
        match self.text(range.start) {
            Some(text) if range.len() == 1 => self.concealed(name, &text.text, self.at(range.start)),
            _ => self.concealed(name, self.source(range), self.at(range.start)),
        }
    }

    /// `agent any`, `agent { docker { image 'x'; args '…' } }`…
    fn agent(&self, call: &Call) -> Container {
        let Some(body) = call.body.clone() else { return Ok(Vec::new()) };
        let mut n = body.start;
        while n < body.end {
            let Some(name) = self.word(n) else {
                n += 1;
                continue;
            };
            let Some(inner) = self.call(n + 1, body.end) else {
                n += 1;
                continue;
            };
            match name {
                "docker" | "dockerContainer" => {
                    let Some(settings) = inner.body.clone() else {
                        return self.image(&inner.args).map(|image| vec![image]);
                    };
                    let image = match self.setting(&settings, "image") {
                        Some(args) => self.image(&args)?,
                        None => return Err(self.unresolved(&self.at(n), "a docker agent without image")),
                    };
                    let args = self.setting(&settings, "args").and_then(|args| self.arguments_of(&args));
                    return Ok(std::iter::once(image).chain(args).collect());
                }
                "dockerfile" => {
                    // Its image is built from a Dockerfile, which is judged by itself.
                    let args = inner.body.and_then(|body| self.setting(&body, "args"));
                    return Ok(args.and_then(|args| self.arguments_of(&args)).into_iter().collect());
                }
                "kubernetes" => return self.pod(inner.body.unwrap_or(inner.args)),
                _ => n = inner.end,
            }
        }
        Ok(Vec::new())
    }

    /// The arguments of `name` among the settings of a block.
    fn setting(&self, body: &Range<usize>, name: &str) -> Option<Range<usize>> {
        let mut n = body.start;
        while n < body.end {
            if self.word(n) == Some(name) {
                if self.mark(n + 1, b':') || self.mark(n + 1, b'=') {
                    let end = (n + 2..body.end)
                        .find(|n| matches!(self.tokens[*n].is, Is::End) || self.mark(*n, b','));
                    return Some(n + 2..end.unwrap_or(body.end));
                }
                if let Some(call) = self.call(n + 1, body.end) {
                    return Some(call.args);
                }
            }
            n = self.next(n);
        }
        None
    }

    fn image(&self, args: &Range<usize>) -> Result<Concealed, Gap> {
        match self.text(args.start) {
            Some(text) if args.len() == 1 && text.expressions.is_empty() => {
                Ok(self.concealed("image", &text.text, self.at(args.start)))
            }
            _ => Err(self.unresolved(&self.at(args.start), "which image it is, only Groovy says")),
        }
    }

    /// The containers of the pod that an agent runs as.
    fn pod(&self, settings: Range<usize>) -> Container {
        let mut all = Vec::new();
        if let Some(text) = self.setting(&settings, "yaml") {
            let at = self.at(text.start);
            let text = self.text(text.start).filter(|_| text.len() == 1 || self.mark(text.start + 1, b'.'));
            let Some(text) = text.filter(|text| text.expressions.is_empty()) else {
                return Err(self.unresolved(&at, "the pod of the agent is put together by Groovy"));
            };
            let documents =
                yaml::documents(self.input.path, text.text.trim_start_matches('\n')).map_err(|gap| {
                    Gap::new(
                        gap.why,
                        format!("{}:{}: the pod of the agent: {}", self.input.path, at.line, gap.what),
                    )
                })?;
            for document in &documents {
                self.pod_containers(&yaml::View::new(self.input.path, document), &at, &mut all)?;
            }
        } else if self.setting(&settings, "yamlFile").is_some() {
            return Err(
                self.unresolved(&self.at(settings.start), "the pod of the agent is in a file of its own")
            );
        }
        // containerTemplate(name: …, image: 'x', privileged: true)
        for n in settings.clone() {
            if self.word(n) == Some("containerTemplate")
                && let Some(call) = self.call(n + 1, settings.end)
            {
                let inner = call.body.unwrap_or(call.args);
                match self.setting(&inner, "image") {
                    Some(args) => all.push(self.image(&args)?),
                    None => return Err(self.unresolved(&self.at(n), "a container without image")),
                }
                if self
                    .setting(&inner, "privileged")
                    .is_some_and(|args| self.word(args.start) == Some("true"))
                {
                    all.push(self.concealed("args", "--privileged", self.at(n)));
                }
            }
        }
        if all.len() > MOST_CONTAINERS {
            return Err(self.unresolved(&self.at(settings.start), "a pod of too many containers"));
        }
        if all.is_empty() {
            let what = "the pod of the agent is described in Jenkins itself";
            let at = self.at(settings.start);
            let what = format!("{}:{}:{}: {what}", self.input.path, at.line, at.column);
            return Err(Gap::new(Why::NotRead, what));
        }
        Ok(all)
    }

    fn pod_containers(&self, pod: &yaml::View, at: &Pos, all: &mut Vec<Concealed>) -> Result<(), Gap> {
        let spec = pod.key("spec");
        let inside = |pos: Option<Pos>| {
            let line = pos.map_or(0, |pos| pos.line.saturating_sub(1));
            Pos::new(at.line.saturating_add(line), 1)
        };
        let mut containers = spec.key("containers").items()?;
        containers.extend(spec.key("initContainers").items()?);
        for container in containers {
            let image = container.key("image");
            if let Some(node) = image.node()? {
                let text = node.scalar().filter(|text| !yaml::is_template(text));
                let text = text.ok_or_else(|| image.wrong(node, "the name of an image"))?;
                all.push(self.concealed("image", text, inside(image.pos())));
            }
            let privileged = container.path(&["securityContext", "privileged"]);
            if privileged.node()?.and_then(yaml::Node::scalar) == Some("true") {
                all.push(self.concealed("args", "--privileged", inside(privileged.pos())));
            }
        }
        for volume in spec.key("volumes").items()? {
            let path = volume.path(&["hostPath", "path"]);
            if let Some(text) = path.node()?.and_then(yaml::Node::scalar) {
                all.push(self.concealed("args", &format!("-v {text}"), inside(path.pos())));
            }
        }
        Ok(())
    }

    fn with_env(&mut self, call: &Call, context: &Context) -> usize {
        let mut env = self.budget.copy(self.input.path, &context.env);
        for n in call.args.clone() {
            if let (Some((name, value)), Ok(env)) =
                (self.text(n).and_then(|text| text.text.split_once('=')), &mut env)
            {
                env.insert(name.to_owned(), self.concealed(name, value, self.at(n)));
            }
        }
        let env = Rc::new(env);
        if let Some(body) = call.body.clone() {
            self.walk(body, &Context { env, ..context.clone() });
        }
        call.end
    }

    /// `sh 'x'`, `sh(script: "…", returnStatus: true)`.
    fn shell(&mut self, n: usize, call: &Call, context: &Context) -> usize {
        let args = call.args.clone();
        let named = (args.clone()).find(|n| self.word(*n) == Some("script") && self.mark(n + 1, b':'));
        let value = match named {
            Some(name) => {
                let mut end = name + 2;
                while end < args.end && !self.mark(end, b',') {
                    end = self.next(end);
                }
                name + 2..end.min(args.end)
            }
            None => args.clone(),
        };
        let returns = args.clone().any(|n| {
            self.word(n) == Some("returnStatus") && self.mark(n + 1, b':') && self.word(n + 2) == Some("true")
        });
        let mut step = self.new_step(n, None, context);
        let may_fail = context.may_fail || returns;
        step.may_fail = Known::is(may_fail);
        match self.script_text(&value) {
            Some(text) => {
                let (script, expressions) = self.script(text);
                step.script = Known::at(Some(script), self.at(value.start));
                step.expressions = Known::at(expressions, self.at(value.start));
            }
            None => {
                let at = self.at(value.start.min(self.tokens.len().saturating_sub(1)));
                let gap = self.unresolved(&at, "the script is put together by Groovy elsewhere");
                let source = self.concealed("", self.source(&value), at.clone()).text;
                step.script = gap.into();
                step.expressions = Known::at(vec![(source, at.clone())], at);
            }
        }
        self.add(step, context);
        call.end
    }

    /// The text of a script: one string, or several and values joined by `+`. Methods behind it such as
    /// `.stripIndent()` change nothing that counts.
    fn script_text(&self, value: &Range<usize>) -> Option<Embedded> {
        let mut all = Embedded::default();
        let (mut n, mut literal) = (value.start, false);
        while n < value.end {
            if let Some(text) = self.text(n) {
                literal = true;
                all.append(text);
                n += 1;
            } else if let Some(inner) = self.inside(n, b'(').filter(|inner| inner.end < value.end) {
                // Brackets around the whole or a part of it.
                literal = true;
                n = inner.end + 1;
                all.append(&self.script_text(&inner)?);
            } else {
                let (from, at) = (n, self.at(n));
                while n < value.end && !self.mark(n, b'+') {
                    n = self.next(n);
                }
                all.part(at.clone());
                expand(&mut all, self.source(&(from..n.min(value.end))), at);
            }
            while self.mark(n, b'.') && self.word(n + 1).is_some() {
                n = self.next(n + 2).max(n + 2);
            }
            if n < value.end && !self.mark(n, b'+') {
                return None;
            }
            n += 1;
        }
        literal.then_some(all)
    }

    fn script(&self, mut text: Embedded) -> (Script, Vec<(String, Pos)>) {
        // Jenkins runs `sh -xe`, or what the first line says.
        let (mut shell, mut errexit, mut pipefail) = ("sh".to_owned(), true, false);
        if let Some(line) = text.text.strip_prefix("#!").and_then(|rest| rest.lines().next()) {
            let mut words =
                line.split_whitespace().skip_while(|word| word.ends_with("/env") || *word == "-S");
            shell = words.next().and_then(|word| word.rsplit('/').next()).unwrap_or("sh").to_owned();
            let flags: Vec<&str> = words.collect();
            errexit = flags
                .iter()
                .any(|flag| flag.starts_with('-') && !flag.starts_with("--") && flag.contains('e'));
            pipefail = flags.contains(&"pipefail");
        }
        let script = text.script(self.input.key, self.input.path, &shell, errexit, pipefail);
        for (expression, _) in &mut text.expressions {
            *expression = self.concealed("", expression, Pos::new(1, 1)).text;
        }
        (script, text.expressions)
    }

    /// Any other step.
    fn step(&mut self, n: usize, call: &Call, context: &Context) {
        let name = self.word(n).unwrap_or_default();
        let uses = self.uses(name, call);
        let mut with = self.named(&call.args);
        if name.starts_with("with") && with.is_empty() && !call.args.is_empty() {
            let source = self.source(&call.args);
            with.insert("bindings".into(), self.concealed("bindings", source, self.at(call.args.start)));
        }
        if name == "withCredentials" {
            let source = self.source(&call.args);
            with.insert("bindings".into(), self.concealed("bindings", source, self.at(call.args.start)));
        }
        let step = Step { with: Known::is(with), ..self.new_step(n, Some(uses), context) };
        self.add(step, context);
    }

    /// The name of a step and what it is given first.
    fn uses(&self, name: &str, call: &Call) -> Concealed {
        let at = self.at(call.args.start.saturating_sub(1));
        let args = &call.args;
        let named = |wanted: &str| {
            args.clone().find(|n| self.word(*n) == Some(wanted) && self.mark(n + 1, b':')).map(|n| n + 2)
        };
        let first = match name {
            "library" => named("identifier"),
            "git" => named("url"),
            "input" => named("message"),
            // Texts in languages that are not read.
            "bat" | "powershell" | "pwsh" | "writeFile" => Some(args.end),
            "build" => named("job"),
            _ => None,
        };
        let first = first.unwrap_or(args.start);
        let first = match (self.text(first), self.word(first)) {
            _ if first >= args.end => "",
            (Some(text), _) => text.text.as_str(),
            (_, Some(word)) if !self.mark(first + 1, b':') => word,
            _ => "",
        };
        let text = if first.is_empty() { name.to_owned() } else { format!("{name} {first}") };
        self.concealed("uses", &text, at)
    }

    /// The named arguments of a call, at whatever depth; of equal names the later ones are numbered.
    fn named(&self, args: &Range<usize>) -> BTreeMap<String, Concealed> {
        let mut with = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for n in args.clone() {
            if with.len() >= MOST_ARGUMENTS {
                break;
            }
            let value = n + 2;
            let Some(name) = self.word(n).filter(|_| self.mark(n + 1, b':') && value < args.end) else {
                continue;
            };
            let value = match (self.text(value), self.word(value)) {
                (Some(text), _) => text.text.as_str(),
                (_, Some(word)) => word,
                _ => continue,
            };
            let count = counts.entry(name).or_default();
            *count += 1;
            let key = if *count == 1 { name.to_owned() } else { format!("{name} {count}") };
            with.insert(key, self.concealed(name, value, self.at(n + 2)));
        }
        with
    }

    fn new_step(&self, n: usize, uses: Option<Concealed>, context: &Context) -> Step {
        let at = self.at(n);
        Step {
            name: None,
            uses: Known::at(uses, at.clone()),
            with: Known::is(BTreeMap::new()),
            env: self.budget.copy(self.input.path, &context.env).map_or_else(Known::from, Known::is),
            script: Known::is(None),
            expressions: Known::is(Vec::new()),
            may_fail: Known::is(context.may_fail),
            at,
        }
    }

    /// Puts a step into the job of its surroundings.
    fn add(&mut self, step: Step, context: &Context) {
        self.found += 1;
        if self.found > MOST_STEPS {
            return;
        }
        let job = match context.job.or(self.current).or(self.whole) {
            Some(job) => job,
            None => {
                let surroundings = Context::default();
                let job = self.open(0, WHOLE.into(), &surroundings);
                self.jobs[job].job.at = step.at.clone();
                self.whole = Some(job);
                job
            }
        };
        let building = &mut self.jobs[job];
        // A container inside of the stage (`docker.image('x').inside`) is one that the job runs in.
        match (&mut building.container, &*context.container) {
            (Ok(all), Ok(more)) => {
                for one in more {
                    if !all.iter().any(|had| had.at == one.at) {
                        all.push(one.clone());
                    }
                }
                if all.len() > MOST_CONTAINERS {
                    let what =
                        format!("{}: a stage with more than {MOST_CONTAINERS} containers", self.input.path);
                    building.container = Err(Gap::new(Why::Malformed, what));
                }
            }
            (all @ Ok(_), Err(gap)) => *all = Err(gap.clone()),
            (Err(_), _) => {}
        }
        building.steps.push(step);
    }
}

/// The job of what stands in no stage.
const WHOLE: &str = "pipeline";
/// The longest text of an argument or value that is kept, in characters.
const LONGEST: usize = 4000;
/// The most containers of a stage, their arguments included.
const MOST_CONTAINERS: usize = 200;
/// The most tokens of a statement without brackets, what stands in brackets not counted.
const LONGEST_STATEMENT: usize = 200;
/// The most named arguments of a step that are kept.
const MOST_ARGUMENTS: usize = 100;
