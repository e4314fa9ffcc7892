//! Kustomizations, rendered as far as facts go.
//!
//! A directory is built as `kustomize build` does it: resources and bases, generators, components, then
//! strategic merges and other patches, namespace, prefix and suffix, labels, annotations, JSON patches, images;
//! at last names that refer to renamed objects. Whatever else a kustomization asks for is a gap of its world.
//!
//! A value that comes from another file than its object (a patch, the kustomization itself) has a place that
//! names that file. What a generator makes has a name and no values, and no hash in its name.

use super::{
    Document, What, directory, is_cluster_kind, manifests, place, text, texts, unfold, what as kind_of,
};
use crate::Input;
use crate::yaml::{self, Node, Value, View};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tyrian_model::fact::{Gap, Pos, Why};

/// A directory that was rendered.
pub(super) struct Rendered {
    pub(super) dir: String,
    pub(super) documents: Vec<Document>,
    /// What can touch any object.
    pub(super) gaps: Vec<Gap>,
    /// What can touch only objects without facts of their own.
    pub(super) narrow: Vec<Gap>,
}

/// Every directory with a kustomization that no other one refers to, and the files that were used for them.
pub(super) fn render<'a>(inputs: &[&Input<'a>]) -> (Vec<Rendered>, BTreeSet<String>) {
    let files: HashMap<&str, &Input> = inputs.iter().map(|input| (input.path, *input)).collect();
    let mut dirs = BTreeMap::new();
    for input in inputs {
        let name = input.path.rsplit('/').next().unwrap_or_default();
        if matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization") {
            dirs.insert(directory(input.path).to_owned(), input.path);
        }
    }
    let mut referred = BTreeSet::new();
    for (dir, path) in &dirs {
        let Some(input) = files.get(path) else { continue };
        let Some(node) = kustomization(input).ok().flatten() else { continue };
        let view = View::new(path, &node);
        for key in ["resources", "bases", "components"] {
            let entries = view.key(key).items().unwrap_or_default();
            let paths = entries.iter().filter_map(|entry| text(entry).ok().flatten());
            let paths = paths.filter_map(|(entry, _)| join(dir, &entry));
            referred.extend(paths.filter(|path| path != dir && dirs.contains_key(path)));
        }
    }
    let mut used = BTreeSet::new();
    let mut rendered = Vec::new();
    let mut left = MOST_BYTES_OF_ALL;
    let mut build = |root: &str, used: &mut BTreeSet<String>| {
        let mut build = Build {
            files: &files,
            dirs: &dirs,
            used,
            gaps: Vec::new(),
            narrow: Vec::new(),
            builds: 0,
            bytes: 0,
            most_bytes: left.min(MOST_BYTES),
            said_full: false,
        };
        let mut items = build.directory(root, &mut Vec::new(), Vec::new());
        follow_names(&mut items);
        left = left.saturating_sub(build.bytes);
        let gaps = std::mem::take(&mut build.gaps);
        let documents = items.into_iter().map(|item| item.document).collect();
        let narrow = std::mem::take(&mut build.narrow);
        rendered.push(Rendered { dir: root.to_owned(), documents, gaps, narrow });
    };
    for dir in dirs.keys().filter(|dir| !referred.contains(*dir)) {
        build(dir, &mut used);
    }
    // Those that only refer to each other.
    for (dir, path) in &dirs {
        if !used.contains(*path) {
            build(dir, &mut used);
        }
    }
    (rendered, used)
}

fn kustomization(input: &Input) -> Result<Option<Node>, Gap> {
    Ok(yaml::documents(input.path, input.text)?.into_iter().next())
}

/// Directories that are built for one world, bytes of files that are read for it, and for all worlds.
const MOST_BUILDS: usize = 4096;
const MOST_BYTES: usize = 32 << 20;
const MOST_BYTES_OF_ALL: usize = 256 << 20;
/// Bases of bases.
const MOST_DEPTH: usize = 64;

struct Build<'b, 'a> {
    files: &'b HashMap<&'a str, &'b Input<'a>>,
    dirs: &'b BTreeMap<String, &'a str>,
    used: &'b mut BTreeSet<String>,
    gaps: Vec<Gap>,
    narrow: Vec<Gap>,
    builds: usize,
    bytes: usize,
    most_bytes: usize,
    said_full: bool,
}

/// An object on its way, and what it was called before.
struct Item {
    document: Document,
    before: Vec<Called>,
    affixes: Vec<String>,
}

#[derive(Clone, PartialEq)]
struct Called {
    namespace: Option<String>,
    name: String,
}

impl Item {
    fn new(document: Document) -> Self {
        let mut item = Item { document, before: Vec::new(), affixes: Vec::new() };
        item.remember();
        item
    }
    fn called(&self) -> Called {
        let part = |key: &str| self.document.scalar(&["metadata", key]).map(str::to_owned);
        let namespace = part("namespace").filter(|namespace| !namespace.is_empty());
        Called { namespace, name: part("name").unwrap_or_default() }
    }
    /// Keeps the name that it has now among those by which others may refer to it.
    fn remember(&mut self) {
        let called = self.called();
        if !self.before.contains(&called) {
            self.before.push(called);
        }
    }
    fn is_namespaced(&self) -> bool {
        !is_cluster_kind(self.document.group(), self.document.kind())
    }
    /// Is it of Kubernetes itself, so that kustomize knows its lists and references?
    fn is_built_in(&self) -> bool {
        let group = self.document.group();
        !group.contains('.') || group.ends_with(".k8s.io")
    }
}

/// Which objects a patch is for.
struct Target {
    parts: Vec<(&'static str, Regex)>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

struct Requirement {
    key: String,
    values: Option<Vec<String>>,
    not: bool,
}

impl Target {
    /// Does it choose the object? A patch asks for the first name or the last, a replacement for any.
    fn matches(&self, item: &Item, between: bool) -> bool {
        let document = &item.document;
        let version = document.api_version().rsplit('/').next().unwrap_or_default();
        let now = item.called();
        let before = if between { &item.before[..] } else { &item.before[..item.before.len().min(1)] };
        let names = || before.iter().chain([&now]);
        let spaces = |called: &Called| called.namespace.clone().unwrap_or_else(|| "default".into());
        self.parts.iter().all(|(part, regex)| match *part {
            "group" => regex.is_match(document.group()),
            "version" => regex.is_match(version),
            "kind" => regex.is_match(document.kind()),
            "name" => names().any(|called| regex.is_match(&called.name)),
            _ => names().any(|called| regex.is_match(&spaces(called))),
        }) && self.labels.iter().all(|one| one.holds(document, "labels"))
            && self.annotations.iter().all(|one| one.holds(document, "annotations"))
    }
}

impl Requirement {
    fn holds(&self, document: &Document, map: &str) -> bool {
        let value = document.scalar(&["metadata", map, &self.key]);
        let has = match (&self.values, value) {
            (None, value) => value.is_some(),
            (Some(values), Some(value)) => values.iter().any(|v| v == value),
            (Some(_), None) => false,
        };
        has != self.not
    }
    /// `a=b,c!=d,e in (f,g),!h`.
    fn parse(text: &str) -> Option<Vec<Requirement>> {
        let (mut terms, mut depth, mut start) = (Vec::new(), 0_usize, 0);
        for (n, c) in text.char_indices() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1)?,
                ',' if depth == 0 => {
                    terms.push(&text[start..n]);
                    start = n + 1;
                }
                _ => {}
            }
        }
        terms.push(&text[start..]);
        let one = |term: &str| {
            let term = term.trim();
            let is = |key: &str, values: &[&str], not| {
                let values = values.iter().map(|value| value.trim().to_owned()).collect();
                Some(Requirement { key: key.trim().to_owned(), values: Some(values), not })
            };
            if let Some((key, value)) = term.split_once("!=") {
                return is(key, &[value], true);
            }
            if let Some((key, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
                return is(key, &[value], false);
            }
            if let Some(list) = term.strip_suffix(')') {
                let (head, list) = list.split_once('(')?;
                let list: Vec<&str> = list.split(',').collect();
                return match head.trim().rsplit_once(' ')? {
                    (key, "in") => is(key, &list, false),
                    (key, "notin") => is(key, &list, true),
                    _ => None,
                };
            }
            let (key, not) = match term.strip_prefix('!') {
                Some(key) => (key, true),
                None => (term, false),
            };
            (!key.is_empty() && !key.contains(' ')).then(|| Requirement {
                key: key.to_owned(),
                values: None,
                not,
            })
        };
        terms.into_iter().map(one).collect()
    }
}

impl Build<'_, '_> {
    fn gap(&mut self, file: &str, at: &Pos, what: &str) {
        let gap = Gap::new(Why::Unresolved, format!("{}: {what}", place(file, at)));
        self.gaps.push(gap);
    }
    /// Notes the gap of a setting that could not be read.
    fn read<T>(&mut self, result: Result<T, Gap>) -> Option<T> {
        result.map_err(|gap| self.gaps.push(gap)).ok()
    }
    /// The file of that path, counted.
    fn file(&mut self, path: &str) -> Option<Input<'_>> {
        let input = **self.files.get(path)?;
        self.used.insert(path.to_owned());
        self.bytes += input.text.len();
        Some(input)
    }
    /// Is so much read and written that no more is? That is said once.
    fn is_full(&mut self, path: &str) -> bool {
        let full = self.bytes >= self.most_bytes;
        if full && !std::mem::replace(&mut self.said_full, true) {
            let what = "too much to render: `kustomize build` it and scan the output";
            self.gap(path, &Pos::new(1, 1), what);
        }
        full
    }
    /// Builds a directory on top of what there is (of a component's user; nothing otherwise).
    fn directory(&mut self, dir: &str, open: &mut Vec<String>, mut items: Vec<Item>) -> Vec<Item> {
        let Some(path) = self.dirs.get(dir).copied() else { return items };
        self.builds += 1;
        let start = Pos::new(1, 1);
        if open.iter().any(|one| one == dir) || open.len() == MOST_DEPTH {
            self.used.insert(path.to_owned());
            self.gap(path, &start, "a kustomization that builds on itself");
            return items;
        }
        if self.builds > MOST_BUILDS || self.is_full(path) {
            self.used.insert(path.to_owned());
            self.bytes = self.most_bytes;
            self.is_full(path);
            return items;
        }
        let node = match self.file(path).map(|input| kustomization(&input)) {
            Some(Ok(Some(node))) => node,
            Some(Err(gap)) => {
                self.gaps.push(gap);
                return items;
            }
            _ => return items,
        };
        let view = View::new(path, &node);
        open.push(dir.to_owned());
        self.unknown_fields(dir, path, &view);
        for key in ["resources", "bases"] {
            for (entry, at) in self.entries(&view.key(key)) {
                self.resource(dir, path, &entry, &at, open, &mut items);
            }
        }
        for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            self.generate(dir, path, &view.key(key), kind, &mut items);
        }
        for (entry, at) in self.entries(&view.key("components")) {
            match join(dir, &entry).filter(|path| self.dirs.contains_key(path)) {
                Some(component) => items = self.directory(&component, open, items),
                None => self.gap(path, &at, &missing(&entry)),
            }
        }
        self.transform(dir, path, &view, &mut items);
        open.pop();
        items
    }
    fn entries(&mut self, view: &View) -> Vec<(String, Pos)> {
        let items = self.read(view.items()).unwrap_or_default();
        items.iter().filter_map(|item| self.read(text(item)).flatten()).collect()
    }
    fn resource(
        &mut self,
        dir: &str,
        path: &str,
        entry: &str,
        at: &Pos,
        open: &mut Vec<String>,
        items: &mut Vec<Item>,
    ) {
        let Some(found) = join(dir, entry) else { return self.gap(path, at, &missing(entry)) };
        if self.dirs.contains_key(&found) && !self.files.contains_key(found.as_str()) {
            let built = self.directory(&found, open, Vec::new());
            items.extend(built);
            return;
        }
        if self.is_full(path) {
            return;
        }
        match self.file(&found).map(|input| manifests(&input)) {
            Some(Ok(documents)) => items.extend(documents.into_iter().map(Item::new)),
            Some(Err(gap)) => self.gaps.push(gap),
            None => self.gap(path, at, &missing(entry)),
        }
    }
    fn unknown_fields(&mut self, dir: &str, path: &str, view: &View) {
        const KNOWN: [&str; 28] = [
            "apiVersion",
            "kind",
            "metadata",
            "resources",
            "bases",
            "components",
            "namespace",
            "namePrefix",
            "nameSuffix",
            "labels",
            "commonLabels",
            "commonAnnotations",
            "images",
            "patches",
            "patchesStrategicMerge",
            "patchesJson6902",
            "configMapGenerator",
            "secretGenerator",
            "generatorOptions",
            // These change nothing that is a fact, or refuse the whole.
            "replicas",
            "buildMetadata",
            "sortOptions",
            "validators",
            "crds",
            "inventory",
            "commonMetadata",
            "replacements",
            "$schema",
        ];
        for (field, value) in self.read(view.entries()).unwrap_or_default() {
            if let Some(at) = value.pos()
                && !KNOWN.contains(&field)
            {
                let narrow = field == "configurations" && self.is_narrow(dir, &value);
                let dir = if dir.is_empty() { "." } else { dir };
                let how = format!("`kustomize build {dir} | tyrian scan -` shows what it makes");
                self.gap(path, &at, &format!("{field} of a kustomization is not followed: {how}"));
                if narrow {
                    self.narrow.extend(self.gaps.pop());
                }
            }
        }
    }
    /// Do these configurations only say where more names and namespaces stand? Those of kinds with facts of
    /// their own are known without them.
    fn is_narrow(&mut self, dir: &str, view: &View) -> bool {
        let entries = self.entries(view);
        entries.iter().all(|(entry, _)| {
            let input = join(dir, entry).and_then(|path| self.file(&path));
            let nodes = input.and_then(|input| yaml::documents(input.path, input.text).ok());
            let known = ["nameReference", "varReference", "namespace", "namePrefix", "nameSuffix"];
            nodes.is_some_and(|nodes| {
                nodes.iter().all(|node| match &node.is {
                    Value::Map(entries) => entries.iter().all(|(key, _)| known.contains(&key.as_str())),
                    other => *other == Value::Null,
                })
            })
        })
    }
    fn generate(&mut self, dir: &str, path: &str, view: &View, kind: &str, items: &mut Vec<Item>) {
        for one in self.read(view.items()).unwrap_or_default() {
            let at = one.pos().unwrap_or_else(|| Pos::new(1, 1));
            for key in ["files", "envs"] {
                for (entry, _) in self.entries(&one.key(key)) {
                    let file = entry.split_once('=').map_or(entry.as_str(), |(_, file)| file);
                    self.used.extend(join(dir, file));
                }
            }
            let Some((name, name_at)) = self.read(text(&one.key("name"))).flatten() else {
                self.gap(path, &at, "a generator without a name");
                continue;
            };
            let behavior = self.read(text(&one.key("behavior"))).flatten();
            if behavior.is_some_and(|(behavior, _)| behavior != "create") {
                continue;
            }
            let namespace = self.read(text(&one.key("namespace"))).flatten();
            let what = format!("{}: a generator makes the values", place(path, &at));
            let values = Value::Bad(Gap::new(Why::NotRead, what));
            let mut meta = vec![("name".to_owned(), scalar(&name, name_at))];
            meta.extend(namespace.map(|(text, at)| ("namespace".to_owned(), scalar(&text, at))));
            let entries = vec![
                ("apiVersion".to_owned(), scalar("v1", at.clone())),
                ("kind".to_owned(), scalar(kind, at.clone())),
                ("metadata".to_owned(), Node::new(at.clone(), Value::Map(meta))),
                ("data".to_owned(), Node::new(at.clone(), values)),
            ];
            let node = Node::new(at, Value::Map(entries));
            items.push(Item::new(Document { file: path.to_owned(), node }));
        }
    }
    fn transform(&mut self, dir: &str, path: &str, view: &View, items: &mut Vec<Item>) {
        let file: Arc<str> = path.into();
        for entry in self.read(view.key("patchesStrategicMerge").items()).unwrap_or_default() {
            if let Some((entry, at)) = self.read(text(&entry)).flatten() {
                let inline = entry.contains('\n');
                let patches = match inline {
                    true => self.inline(path, &entry, &at),
                    false => self.patch_file(dir, path, &entry, &at),
                };
                self.patch(path, &at, patches, None, items);
            }
        }
        self.patches(dir, path, &view.key("patches"), items);
        if let Some((namespace, at)) = self.read(text(&view.key("namespace"))).flatten() {
            for item in items.iter_mut() {
                set_namespace(item, &namespace, &at, &file);
            }
        }
        for (key, before) in [("namePrefix", true), ("nameSuffix", false)] {
            if let Some((affix, _)) = self.read(text(&view.key(key))).flatten() {
                items.iter_mut().for_each(|item| affix_name(item, &affix, before));
            }
        }
        self.labels(path, view, &file, items);
        let annotations = self.pairs(&view.key("commonAnnotations"));
        for item in items.iter_mut() {
            self.bytes += annotations.len() * BYTES_OF_NODE;
            if self.is_full(path) {
                break;
            }
            let built_in = item.is_built_in();
            let mut paths: Vec<Vec<&str>> = vec![vec!["metadata", "annotations"]];
            if let What::Workload(template) = kind_of(&item.document)
                && built_in
                && !template.is_empty()
            {
                paths.push([&template[..], &["metadata", "annotations"]].concat());
            }
            for path in paths {
                set_pairs(&mut item.document, &path, &annotations, &file, true);
            }
        }
        self.patches(dir, path, &view.key("patchesJson6902"), items);
        self.images(path, view, &file, items);
        self.replacements(dir, path, view, items);
    }
    /// Entries of `patches` and `patchesJson6902`.
    fn patches(&mut self, dir: &str, path: &str, view: &View, items: &mut Vec<Item>) {
        for entry in self.read(view.items()).unwrap_or_default() {
            let at = entry.pos().unwrap_or_else(|| Pos::new(1, 1));
            if let Ok(Some(node)) = entry.node()
                && let Some(file) = node.scalar()
            {
                let patches = self.patch_file(dir, path, file, &at);
                self.patch(path, &at, patches, None, items);
                continue;
            }
            let (inline, named) =
                (self.read(text_as_is(&entry.key("patch"))), self.read(text(&entry.key("path"))));
            let patches = match (inline.flatten(), named.flatten()) {
                (Some((text, at)), _) => self.inline(path, &text, &at),
                (None, Some((file, at))) => self.patch_file(dir, path, &file, &at),
                (None, None) => {
                    self.gap(path, &at, "a patch without patch or path");
                    continue;
                }
            };
            if entry.key("options").entries().is_ok_and(|options| !options.is_empty()) {
                self.gap(path, &at, "options of a patch are not followed");
            }
            let target = match entry.key("target").is_set() {
                true => match target(&entry.key("target")) {
                    Ok(Some(target)) => Some(target),
                    Ok(None) => {
                        self.gap(path, &at, "the target of a patch is not understood");
                        continue;
                    }
                    Err(gap) => {
                        self.gaps.push(gap);
                        continue;
                    }
                },
                false => None,
            };
            self.patch(path, &at, patches, target, items);
        }
    }
    fn patch_file(&mut self, dir: &str, path: &str, entry: &str, at: &Pos) -> Vec<Node> {
        let Some(found) = join(dir, entry) else {
            self.gap(path, at, &missing(entry));
            return Vec::new();
        };
        if self.is_full(path) {
            return Vec::new();
        }
        let read = self.file(&found).map(|input| yaml::documents(input.path, input.text));
        match read {
            Some(Ok(mut nodes)) => {
                let file: Arc<str> = found.as_str().into();
                nodes.iter_mut().for_each(|node| stamp(node, &file, &|_| {}));
                nodes
            }
            Some(Err(gap)) => {
                self.gaps.push(gap);
                Vec::new()
            }
            None => {
                self.gap(path, at, &missing(entry));
                Vec::new()
            }
        }
    }
    /// A patch that stands in a text of the kustomization.
    fn inline(&mut self, path: &str, patch: &str, at: &Pos) -> Vec<Node> {
        let mut nodes = match yaml::documents(path, patch) {
            Ok(nodes) => nodes,
            Err(gap) => {
                self.gap(path, at, &format!("the patch here is not YAML ({})", gap.what));
                return Vec::new();
            }
        };
        // The place of a block is that of its first line, which is indented in the file; a flow scalar has
        // no lines of its own.
        let block = patch.contains('\n');
        let whole = self.files.get(path).map_or("", |input| input.text);
        let first = whole.lines().nth((at.line as usize).saturating_sub(1)).unwrap_or_default();
        let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let indent = spaces(first).saturating_sub(spaces(patch.lines().next().unwrap_or_default()));
        let indent = u32::try_from(indent).unwrap_or(0);
        let moved = |inner: &mut Pos| {
            *inner = match block {
                true => Pos::new(
                    at.line.saturating_add(inner.line).saturating_sub(1),
                    inner.column.saturating_add(indent),
                ),
                false => Pos::new(at.line, at.column),
            };
        };
        let file: Arc<str> = path.into();
        nodes.iter_mut().for_each(|node| stamp(node, &file, &moved));
        nodes
    }
    fn patch(
        &mut self,
        path: &str,
        at: &Pos,
        patches: Vec<Node>,
        target: Option<Target>,
        items: &mut Vec<Item>,
    ) {
        let patches = patches.into_iter().flat_map(|node| match node.is {
            Value::Null => Vec::new(),
            Value::Map(_) if node.get("kind").and_then(Node::scalar).is_some_and(|k| k.ends_with("List")) => {
                let mut documents = Vec::new();
                match unfold(path, node.clone(), &mut documents, 0) {
                    Ok(()) => documents.into_iter().map(|document| document.node).collect(),
                    Err(_) => vec![node],
                }
            }
            _ => vec![node],
        });
        for patch in patches.collect::<Vec<_>>() {
            let chosen: Vec<usize> = match &target {
                Some(target) => (0..items.len()).filter(|n| target.matches(&items[*n], false)).collect(),
                None => self.named(path, at, &patch, items),
            };
            let mut gone = Vec::new();
            let size = measure(&patch).0 * BYTES_OF_NODE;
            for n in chosen {
                self.bytes += size;
                if self.is_full(path) {
                    return;
                }
                let item = &mut items[n];
                match &patch.is {
                    Value::List(operations) => {
                        for operation in operations {
                            if self.bytes >= self.most_bytes {
                                break;
                            }
                            if let Err(what) = json_patch(&mut item.document.node, operation, &mut self.bytes)
                            {
                                let at = operation.at.clone();
                                self.gap(path, &at, &format!("this operation of a JSON patch fails: {what}"));
                            }
                        }
                    }
                    Value::Map(_) => {
                        if patch.get("$patch").and_then(Node::scalar) == Some("delete") {
                            gone.push(n);
                            continue;
                        }
                        let keyed = item.is_built_in();
                        let mut patch = patch.clone();
                        // What it is called is what it was found by.
                        remove(&mut patch, "apiVersion");
                        remove(&mut patch, "kind");
                        if let Some(meta) = get_mut(&mut patch, "metadata") {
                            remove(meta, "name");
                            remove(meta, "namespace");
                        }
                        merge(&mut item.document.node, patch, "", keyed);
                    }
                    _ => self.gap(path, at, "a patch that is neither a mapping nor a list"),
                }
                items[n].remember();
            }
            gone.iter().rev().for_each(|n| {
                items.remove(*n);
            });
        }
    }
    /// The object that a strategic merge names itself.
    fn named(&mut self, path: &str, at: &Pos, patch: &Node, items: &[Item]) -> Vec<usize> {
        if matches!(patch.is, Value::List(_)) {
            self.gap(path, at, "a JSON patch without a target");
            return Vec::new();
        }
        let patch = Document { file: path.to_owned(), node: patch.clone() };
        let (name, namespace) =
            (patch.scalar(&["metadata", "name"]), patch.scalar(&["metadata", "namespace"]));
        let same = |item: &Item, called: &Called| {
            let document = &item.document;
            document.kind() == patch.kind()
                && document.group() == patch.group()
                && Some(called.name.as_str()) == name
                && namespace.is_none_or(|one| called.namespace.as_deref().unwrap_or("default") == one)
        };
        let found: Vec<usize> = (0..items.len())
            .filter(|n| items[*n].before.iter().any(|called| same(&items[*n], called)))
            .collect();
        if found.len() != 1 {
            let many = if found.is_empty() { "no object" } else { "more than one object" };
            let what = format!("the patch for {} {} fits {many}", patch.kind(), name.unwrap_or_default());
            let at = patch.node.at.clone();
            self.gap(path, &at, &what);
            return Vec::new();
        }
        found
    }
    fn pairs(&mut self, view: &View) -> Vec<(String, String, Pos)> {
        let mut pairs = Vec::new();
        for (key, value) in self.read(view.entries()).unwrap_or_default() {
            if let Some((value, at)) = self.read(text_as_is(&value)).flatten() {
                pairs.push((key.to_owned(), value, at));
            }
        }
        pairs
    }
    fn labels(&mut self, path: &str, view: &View, file: &Arc<str>, items: &mut [Item]) {
        let mut sets = vec![(self.pairs(&view.key("commonLabels")), true, true)];
        for entry in self.read(view.key("labels").items()).unwrap_or_default() {
            let mut is = |key: &str| {
                let set = self.read(super::flag(&entry.key(key))).flatten();
                set.is_some_and(|(set, _)| set)
            };
            let (selectors, templates) = (is("includeSelectors"), is("includeTemplates"));
            let pairs = self.pairs(&entry.key("pairs"));
            sets.push((pairs, selectors, selectors || templates));
            if let Some(at) = entry.key("fields").pos() {
                self.gap(path, &at, "fields of labels are not followed");
            }
        }
        for (pairs, selectors, templates) in sets.into_iter().filter(|(pairs, _, _)| !pairs.is_empty()) {
            for item in items.iter_mut() {
                self.bytes += pairs.len() * BYTES_OF_NODE;
                if self.is_full(path) {
                    return;
                }
                let built_in = item.is_built_in();
                let kind = shape(item.document.kind(), built_in);
                let mut set =
                    |path: &[&str], create| set_pairs(&mut item.document, path, &pairs, file, create);
                set(&["metadata", "labels"], true);
                if templates {
                    match kind {
                        Shape::Controller | Shape::Replication | Shape::Job => {
                            set(&["spec", "template", "metadata", "labels"], true);
                        }
                        Shape::CronJob => {
                            set(&["spec", "jobTemplate", "metadata", "labels"], true);
                            set(&["spec", "jobTemplate", "spec", "template", "metadata", "labels"], true);
                        }
                        _ => {}
                    }
                }
                if selectors {
                    match kind {
                        Shape::Controller => set(&["spec", "selector", "matchLabels"], true),
                        Shape::Replication | Shape::Service => set(&["spec", "selector"], true),
                        Shape::Job => set(&["spec", "selector", "matchLabels"], false),
                        Shape::Policy => set(&["spec", "podSelector", "matchLabels"], false),
                        _ => {}
                    }
                }
            }
        }
    }
    fn images(&mut self, path: &str, view: &View, file: &Arc<str>, items: &mut [Item]) {
        for entry in self.read(view.key("images").items()).unwrap_or_default() {
            let mut part = |key: &str| self.read(text(&entry.key(key))).flatten();
            let (name, new_name) = (part("name"), part("newName"));
            let (tag, digest, suffix) = (part("newTag"), part("digest"), part("tagSuffix"));
            let at = entry.pos().unwrap_or_else(|| Pos::new(1, 1));
            let Some((name, _)) = name else {
                self.gap(path, &at, "an image without a name");
                continue;
            };
            let mut at = [&digest, &tag, &new_name]
                .into_iter()
                .flatten()
                .map(|(_, at)| at.clone())
                .next()
                .unwrap_or(at);
            at.file = Some(file.clone());
            let change = |image: &str| -> Option<String> {
                let rest = image.strip_prefix(name.as_str())?;
                if !(rest.is_empty() || rest.starts_with([':', '@'])) || rest.contains('/') {
                    return None;
                }
                let mut changed = new_name.as_ref().map_or(name.as_str(), |(name, _)| name).to_owned();
                let (old_tag, old_digest) = rest.split_once('@').unwrap_or((rest, ""));
                match (&tag, &digest, &suffix) {
                    (tag, Some((digest, _)), _) => {
                        if let Some((tag, _)) = tag {
                            changed = format!("{changed}:{tag}");
                        }
                        changed = format!("{changed}@{digest}");
                    }
                    (Some((tag, _)), None, _) => changed = format!("{changed}:{tag}"),
                    (None, None, Some((suffix, _))) => changed = format!("{changed}{old_tag}{suffix}"),
                    (None, None, None) => {
                        changed.push_str(old_tag);
                        if !old_digest.is_empty() {
                            changed = format!("{changed}@{old_digest}");
                        }
                    }
                }
                Some(changed)
            };
            for item in items.iter_mut().filter(|item| item.document.kind() != "CustomResourceDefinition") {
                let own: &str = &item.document.file;
                let at = if own == path { Pos::new(at.line, at.column) } else { at.clone() };
                set_images(&mut item.document.node, &at, &change);
            }
        }
    }
    /// The fields that replacements fill in are known to be filled in, and no more.
    fn replacements(&mut self, dir: &str, path: &str, view: &View, items: &mut [Item]) {
        for entry in self.read(view.key("replacements").items()).unwrap_or_default() {
            let at = entry.pos().unwrap_or_else(|| Pos::new(1, 1));
            if let Some((file, at)) = self.read(text(&entry.key("path"))).flatten() {
                for node in self.patch_file(dir, path, &file, &at) {
                    let view = View::new(path, &node);
                    let entries = match &node.is {
                        Value::List(_) => self.read(view.items()).unwrap_or_default(),
                        _ => vec![view],
                    };
                    entries.iter().for_each(|entry| self.replacement(path, &at, entry, items));
                }
                continue;
            }
            self.replacement(path, &at, &entry, items);
        }
    }
    fn replacement(&mut self, path: &str, at: &Pos, entry: &View, items: &mut [Item]) {
        for goal in self.read(entry.key("targets").items()).unwrap_or_default() {
            let chosen = match target(&goal.key("select")) {
                Ok(Some(chosen)) => chosen,
                Ok(None) => {
                    self.gap(path, at, "the target of a replacement is not understood");
                    continue;
                }
                Err(gap) => {
                    self.gaps.push(gap);
                    continue;
                }
            };
            let mut fields = self.read(texts(&goal.key("fieldPaths"))).unwrap_or_default();
            if fields.is_empty() {
                fields.push("metadata.name".into());
            }
            let what = format!("{}: a replacement of the kustomization fills it in", place(path, at));
            let gap = Gap::new(Why::Unresolved, what);
            for item in items.iter_mut().filter(|item| chosen.matches(item, true)) {
                for field in &fields {
                    let steps = field_steps(field);
                    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
                    blot(&mut item.document.node, &steps, &gap);
                }
            }
        }
    }
}

/// `a.b\.c.[name=x].d` as steps.
fn field_steps(field: &str) -> Vec<String> {
    let (mut steps, mut step, mut escaped, mut depth) = (Vec::new(), String::new(), false, 0);
    for c in field.chars() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '.' if !escaped && depth == 0 => steps.push(std::mem::take(&mut step)),
            _ => {
                depth += i32::from(c == '[') - i32::from(c == ']');
                step.push(c);
            }
        }
        escaped = false;
    }
    steps.push(step);
    steps
}

/// Puts a gap at the end of the path, or as deep as it leads.
fn blot(node: &mut Node, steps: &[&str], gap: &Gap) {
    let [step, rest @ ..] = steps else {
        node.is = Value::Bad(gap.clone());
        return;
    };
    match &mut node.is {
        Value::List(items) => {
            let chosen = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
            let chosen = chosen.and_then(|step| step.split_once('='));
            for (n, item) in items.iter_mut().enumerate() {
                let fits = match chosen {
                    Some((key, value)) => item.get(key).and_then(Node::scalar) == Some(value),
                    None => *step == "*" || step.parse() == Ok(n),
                };
                if fits {
                    blot(item, rest, gap);
                }
            }
        }
        Value::Map(entries) => match entries.iter_mut().find(|(key, _)| key == step) {
            Some((_, value)) => blot(value, rest, gap),
            None => entries.push(((*step).to_owned(), Node::new(node.at.clone(), Value::Bad(gap.clone())))),
        },
        is => *is = Value::Bad(gap.clone()),
    }
}

#[derive(Clone, Copy)]
enum Shape {
    Controller,
    Replication,
    Job,
    CronJob,
    Service,
    Policy,
    Other,
}

fn shape(kind: &str, built_in: bool) -> Shape {
    match kind {
        _ if !built_in => Shape::Other,
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => Shape::Controller,
        "ReplicationController" => Shape::Replication,
        "Job" => Shape::Job,
        "CronJob" => Shape::CronJob,
        "Service" => Shape::Service,
        "NetworkPolicy" => Shape::Policy,
        _ => Shape::Other,
    }
}

/// The text even where it looks like a template: in a patch, that is the patched value's own matter.
fn text_as_is(view: &View) -> super::Got<String> {
    super::got(view, "a text", |node| node.scalar().map(str::to_owned))
}

fn missing(entry: &str) -> String {
    match entry.contains("://") || entry.contains("?ref=") || entry.starts_with("git@") {
        true => format!("{entry} is not fetched: `kustomize build` it and scan the output"),
        false => format!("{entry} is not in the tree that was read"),
    }
}

/// The path from a directory, if it stays in the tree.
fn join(dir: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn target(view: &View) -> Result<Option<Target>, Gap> {
    let mut target = Target { parts: Vec::new(), labels: Vec::new(), annotations: Vec::new() };
    view.entries()?;
    for part in ["group", "version", "kind", "name", "namespace"] {
        if let Some((pattern, _)) = text(&view.key(part))?.filter(|(pattern, _)| !pattern.is_empty()) {
            let Ok(regex) = Regex::new(&format!("^(?:{pattern})$")) else { return Ok(None) };
            target.parts.push((part, regex));
        }
    }
    for (key, into) in
        [("labelSelector", &mut target.labels), ("annotationSelector", &mut target.annotations)]
    {
        if let Some((selector, _)) = text(&view.key(key))?.filter(|(selector, _)| !selector.is_empty()) {
            let Some(requirements) = Requirement::parse(&selector) else { return Ok(None) };
            *into = requirements;
        }
    }
    Ok(Some(target))
}

fn scalar(text: &str, at: Pos) -> Node {
    Node::new(at, Value::Scalar { text: text.to_owned(), plain: false })
}

/// Says of every place in a node which file it is in.
fn stamp(node: &mut Node, file: &Arc<str>, moved: &impl Fn(&mut Pos)) {
    moved(&mut node.at);
    node.at.file = Some(file.clone());
    match &mut node.is {
        Value::List(items) => items.iter_mut().for_each(|item| stamp(item, file, moved)),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, item)| stamp(item, file, moved)),
        _ => {}
    }
}

fn get_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let Value::Map(entries) = &mut node.is else { return None };
    entries.iter_mut().find(|(k, _)| k == key).map(|(_, node)| node)
}

fn remove(node: &mut Node, key: &str) -> Option<Node> {
    let Value::Map(entries) = &mut node.is else { return None };
    let n = entries.iter().position(|(k, _)| k == key)?;
    Some(entries.remove(n).1)
}

fn set(node: &mut Node, key: &str, value: Node) {
    if let Some(old) = get_mut(node, key) {
        *old = value;
    } else if let Value::Map(entries) = &mut node.is {
        entries.push((key.to_owned(), value));
    }
}

/// A place as it is to be written into an object of a file.
fn from_file(document: &Document, at: &Pos, file: &Arc<str>) -> Pos {
    let file = Some(file.clone()).filter(|file| **file != *document.file);
    Pos { file, ..at.clone() }
}

/// Sets texts in the mapping at that path, which is made where `create` says so.
fn set_pairs(
    document: &mut Document,
    path: &[&str],
    pairs: &[(String, String, Pos)],
    file: &Arc<str>,
    create: bool,
) {
    let Some((_, _, first)) = pairs.first() else { return };
    let first = from_file(document, first, file);
    let pairs: Vec<(&str, Node)> = pairs
        .iter()
        .map(|(key, value, at)| (key.as_str(), scalar(value, from_file(document, at, file))))
        .collect();
    let mut node = &mut document.node;
    for step in path {
        if !node.get(step).is_some_and(|node| node.is != Value::Null) {
            if !create || !matches!(node.is, Value::Map(_)) {
                return;
            }
            set(node, step, Node::new(first.clone(), Value::Map(Vec::new())));
        }
        let Some(next) = get_mut(node, step) else { return };
        node = next;
    }
    pairs.into_iter().for_each(|(key, value)| set(node, key, value));
}

fn set_namespace(item: &mut Item, namespace: &str, at: &Pos, file: &Arc<str>) {
    let pair = |key: &str| vec![(key.to_owned(), namespace.to_owned(), at.clone())];
    if item.document.kind() == "Namespace" && item.document.group().is_empty() {
        set_pairs(&mut item.document, &["metadata"], &pair("name"), file, true);
    } else if item.is_namespaced() {
        set_pairs(&mut item.document, &["metadata"], &pair("namespace"), file, true);
    }
    // The account that every namespace has, which nothing declares.
    if item.document.kind().ends_with("RoleBinding") {
        let at = from_file(&item.document, at, file);
        let subjects = get_mut(&mut item.document.node, "subjects");
        if let Some(Node { is: Value::List(subjects), .. }) = subjects {
            for subject in subjects {
                let is = |key: &str, value: &str| subject.get(key).and_then(Node::scalar) == Some(value);
                if is("kind", "ServiceAccount") && is("name", "default") {
                    set(subject, "namespace", scalar(namespace, at.clone()));
                }
            }
        }
    }
    item.remember();
}

fn affix_name(item: &mut Item, affix: &str, before: bool) {
    let document = &mut item.document;
    let exempt = matches!(
        (document.group(), document.kind()),
        ("apiextensions.k8s.io", "CustomResourceDefinition")
            | ("apiregistration.k8s.io", "APIService")
            | ("", "Namespace")
    );
    if exempt {
        return;
    }
    let name = get_mut(&mut document.node, "metadata").and_then(|meta| get_mut(meta, "name"));
    if let Some(Node { is: Value::Scalar { text, .. }, .. }) = name {
        *text = if before { format!("{affix}{text}") } else { format!("{text}{affix}") };
    }
    item.affixes.push(affix.to_owned());
    item.remember();
}

fn set_images(node: &mut Node, at: &Pos, change: &impl Fn(&str) -> Option<String>) {
    match &mut node.is {
        Value::List(items) => items.iter_mut().for_each(|item| set_images(item, at, change)),
        Value::Map(entries) => {
            for (key, value) in entries {
                if let ("containers" | "initContainers", Value::List(items)) = (key.as_str(), &mut value.is) {
                    for item in items {
                        let image = item.get("image").and_then(Node::scalar).and_then(change);
                        if let Some(image) = image {
                            set(item, "image", scalar(&image, at.clone()));
                        }
                    }
                } else {
                    set_images(value, at, change);
                }
            }
        }
        _ => {}
    }
}

/// The keys by which the items of a list are told apart, where they are merged one by one.
fn merge_keys(field: &str, item: &Node) -> Option<&'static [&'static str]> {
    Some(match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets"
        | "webhooks"
        | "resourceClaims" => &["name"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "ports" if item.get("containerPort").is_some() => &["containerPort", "protocol"],
        "ports" if item.get("port").is_some() => &["port", "protocol"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey", "whenUnsatisfiable"],
        _ => return None,
    })
}

/// A strategic merge. The depth of both is bounded by the parser.
fn merge(target: &mut Node, patch: Node, field: &str, keyed: bool) {
    match (&mut target.is, patch.is) {
        (Value::Map(_), Value::Map(mut entries)) => {
            let directive = entries.iter().position(|(key, _)| key == "$patch").map(|n| entries.remove(n).1);
            if directive.as_ref().and_then(Node::scalar) == Some("replace") {
                *target = plain(Node::new(patch.at, Value::Map(entries)));
                return;
            }
            for (key, value) in entries {
                let deletes = value.get("$patch").and_then(Node::scalar) == Some("delete");
                match get_mut(target, &key) {
                    _ if value.is == Value::Null || deletes => {
                        remove(target, &key);
                    }
                    Some(old) => merge(old, value, &key, keyed),
                    None => set(target, &key, plain(value)),
                }
            }
        }
        (Value::List(old), Value::List(items)) => {
            let key = |item: &Node| merge_keys(field, item).filter(|_| keyed);
            let directive = |item: &Node| item.get("$patch").and_then(Node::scalar).map(str::to_owned);
            let alone = |item: &Node| matches!(&item.is, Value::Map(entries) if entries.len() == 1);
            let replaces = items.iter().any(|item| directive(item).is_some() && alone(item));
            let merges = !replaces && !items.is_empty() && items.iter().all(|item| key(item).is_some());
            if !merges {
                let at = patch.at;
                let items = items.into_iter().filter(|item| directive(item).is_none()).collect();
                *target = plain(Node::new(at, Value::List(items)));
                return;
            }
            let mut fresh = Vec::new();
            for item in items {
                let Some(keys) = key(&item) else { continue };
                let same = old
                    .iter()
                    .position(|one| key_of(one, keys).is_some() && key_of(one, keys) == key_of(&item, keys));
                let found = same.map(|n| old.remove(n));
                match (directive(&item).as_deref(), found) {
                    (Some("delete"), _) => {}
                    (_, Some(mut one)) => {
                        merge(&mut one, item, "", keyed);
                        fresh.push(one);
                    }
                    (_, None) => fresh.push(plain(item)),
                }
            }
            // What the patch names comes first, in its order: a JSON patch counts on it.
            fresh.append(old);
            *old = fresh;
        }
        (_, is) => *target = plain(Node::new(patch.at, is)),
    }
}

/// What tells an item of a list apart; a port without protocol is one of TCP.
fn key_of(item: &Node, keys: &[&str]) -> Option<Vec<String>> {
    let (first, rest) = keys.split_first()?;
    let mut found = vec![item.get(first)?.scalar()?.to_owned()];
    for key in rest {
        let default = if *key == "protocol" { "TCP" } else { "" };
        found.push(item.get(key).and_then(Node::scalar).unwrap_or(default).to_owned());
    }
    Some(found)
}

/// What is left of a part of a patch that meets nothing to merge with.
fn plain(mut node: Node) -> Node {
    match &mut node.is {
        Value::Map(entries) => {
            entries.retain(|(key, value)| key != "$patch" && value.is != Value::Null);
            for (_, value) in entries {
                let taken = std::mem::replace(value, Node::new(Pos::new(1, 1), Value::Null));
                *value = plain(taken);
            }
        }
        Value::List(items) => {
            items.retain(|item| item.get("$patch").is_none());
            for value in items {
                let taken = std::mem::replace(value, Node::new(Pos::new(1, 1), Value::Null));
                *value = plain(taken);
            }
        }
        _ => {}
    }
    node
}

/// What a node weighs when patches multiply it.
const BYTES_OF_NODE: usize = 16;

/// How many nodes a node has, and how deep it is.
fn measure(node: &Node) -> (usize, usize) {
    let of = |parts: &mut dyn Iterator<Item = &Node>| {
        parts.map(measure).fold((1, 1), |(size, depth), part| (size + part.0, depth.max(part.1 + 1)))
    };
    match &node.is {
        Value::List(items) => of(&mut items.iter()),
        Value::Map(entries) => of(&mut entries.iter().map(|(_, item)| item)),
        _ => (1, 1),
    }
}

/// One operation of a JSON patch (RFC 6902).
fn json_patch(node: &mut Node, operation: &Node, bytes: &mut usize) -> Result<(), String> {
    let part = |key: &str| operation.get(key).and_then(Node::scalar);
    let (Some(op), Some(path)) = (part("op"), part("path")) else {
        return Err("it needs op and path".into());
    };
    let value =
        || operation.get("value").cloned().unwrap_or_else(|| Node::new(operation.at.clone(), Value::Null));
    match op {
        "add" => put(node, path, value(), true),
        "replace" => put(node, path, value(), false),
        "remove" => take(node, path).map(|_| ()),
        "test" => match find(node, path) {
            Some(found) if same(found, &value()) => Ok(()),
            _ => Err(format!("{path} is not what it is tested for")),
        },
        "copy" | "move" => {
            let from = part("from").ok_or("it needs from")?;
            let (size, depth) = find(node, from).map(measure).ok_or_else(|| format!("there is no {from}"))?;
            if depth > MOST_DEPTH {
                return Err(format!("{from} is too deep"));
            }
            *bytes += size * BYTES_OF_NODE;
            let value = match op {
                "copy" => find(node, from).cloned().ok_or_else(|| format!("there is no {from}"))?,
                _ => take(node, from)?,
            };
            put(node, path, value, true)
        }
        _ => Err(format!("{op} is no operation")),
    }
}

/// Are two nodes the same, wherever they stand?
fn same(left: &Node, right: &Node) -> bool {
    match (&left.is, &right.is) {
        (Value::Scalar { text: left, .. }, Value::Scalar { text: right, .. }) => left == right,
        (Value::Null, Value::Null) => true,
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Map(entries), Value::Map(others)) => {
            entries.len() == others.len()
                && entries.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => false,
    }
}

fn pointer(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

fn find<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    pointer(path).iter().try_fold(node, |node, step| match &node.is {
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => node.get(step),
    })
}

fn parent<'n>(node: &'n mut Node, path: &str) -> Result<(&'n mut Node, String), String> {
    let mut steps = pointer(path);
    if steps.len() > MOST_DEPTH {
        return Err(format!("{path} is too deep"));
    }
    let last = steps.pop().ok_or_else(|| format!("{path} is no path"))?;
    let mut node = node;
    for step in steps {
        node = match &mut node.is {
            Value::List(items) => step.parse::<usize>().ok().and_then(|n| items.get_mut(n)),
            Value::Map(entries) => entries.iter_mut().find(|(key, _)| *key == step).map(|(_, node)| node),
            _ => None,
        }
        .ok_or_else(|| format!("there is no {path}"))?;
    }
    Ok((node, last))
}

fn put(node: &mut Node, path: &str, value: Node, add: bool) -> Result<(), String> {
    if path.is_empty() {
        *node = value;
        return Ok(());
    }
    let (node, last) = parent(node, path)?;
    let none = || format!("there is no {path}");
    let is_there = node.get(&last).is_some();
    match &mut node.is {
        Value::List(items) if last == "-" && add => items.push(value),
        Value::List(items) => {
            let n: usize = last.parse().map_err(|_| none())?;
            match add {
                true if n <= items.len() => items.insert(n, value),
                false if n < items.len() => items[n] = value,
                _ => return Err(none()),
            }
        }
        Value::Map(_) if add || is_there => set(node, &last, value),
        _ => return Err(none()),
    }
    Ok(())
}

fn take(node: &mut Node, path: &str) -> Result<Node, String> {
    let (node, last) = parent(node, path)?;
    let found = match &mut node.is {
        Value::List(items) => last.parse().ok().filter(|n| *n < items.len()).map(|n: usize| items.remove(n)),
        _ => remove(node, &last),
    };
    found.ok_or_else(|| format!("there is no {path}"))
}

/// Makes references to objects that were renamed, or moved to another namespace, follow them.
fn follow_names(items: &mut [Item]) {
    struct Known {
        now: Called,
        affixes: Vec<String>,
        namespaced: bool,
    }
    let mut index: HashMap<(String, String), Vec<usize>> = HashMap::new();
    let mut known = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let mut names: Vec<&str> = item.before.iter().map(|called| called.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            index.entry((item.document.kind().to_owned(), name.to_owned())).or_default().push(n);
        }
        let namespaced = item.is_namespaced();
        known.push(Known { now: item.called(), affixes: item.affixes.clone(), namespaced });
    }
    for item in items.iter_mut().filter(|item| item.is_built_in()) {
        let (here, affixes) = (item.called().namespace, item.affixes.clone());
        let find = |kind: &str, name: &str, anywhere: bool| -> Option<&Called> {
            let all = index.get(&(kind.to_owned(), name.to_owned()))?;
            let near = |n: &&usize| anywhere || !known[**n].namespaced || known[**n].now.namespace == here;
            let mut found: Vec<&Known> = all.iter().filter(near).map(|n| &known[*n]).collect();
            if found.len() > 1 {
                found.retain(|one| one.affixes == affixes);
            }
            match &found[..] {
                [one] => Some(&one.now),
                _ => None,
            }
        };
        refer(&mut item.document.node, &find);
    }
}

/// Follows the references in a node, by the keys that they have in the kinds of Kubernetes.
fn refer<'k>(node: &mut Node, find: &impl Fn(&str, &str, bool) -> Option<&'k Called>) {
    let rename = |node: &mut Node, kind: &str| {
        if let Value::Scalar { text, .. } = &mut node.is
            && let Some(called) = find(kind, text, false)
        {
            *text = called.name.clone();
        }
    };
    let below = |node: &mut Node, kind: &str| {
        if let Some(name) = get_mut(node, "name") {
            rename(name, kind);
        }
    };
    match &mut node.is {
        Value::List(items) => items.iter_mut().for_each(|item| refer(item, find)),
        Value::Map(entries) => {
            for (key, value) in entries {
                match key.as_str() {
                    "secretName" => rename(value, "Secret"),
                    "serviceAccountName" | "serviceAccount" => rename(value, "ServiceAccount"),
                    "claimName" => rename(value, "PersistentVolumeClaim"),
                    "serviceName" => rename(value, "Service"),
                    "configMapKeyRef" | "configMapRef" | "configMap" => below(value, "ConfigMap"),
                    "secretKeyRef" | "secretRef" | "secret" => below(value, "Secret"),
                    "imagePullSecrets" | "secrets" => {
                        if let Value::List(items) = &mut value.is {
                            items.iter_mut().for_each(|item| below(item, "Secret"));
                        }
                    }
                    "roleRef" | "scaleTargetRef" => {
                        if let Some(kind) = value.get("kind").and_then(Node::scalar).map(str::to_owned) {
                            below(value, &kind);
                        }
                    }
                    "service" => relocate(value, "Service", find),
                    "subjects" => {
                        if let Value::List(items) = &mut value.is {
                            for item in items {
                                if item.get("kind").and_then(Node::scalar) == Some("ServiceAccount") {
                                    relocate(item, "ServiceAccount", find);
                                }
                            }
                        }
                    }
                    _ => {}
                }
                // What volumes and the like hold is looked through in any case.
                refer(value, find);
            }
        }
        _ => {}
    }
}

/// A reference with a namespace of its own.
fn relocate<'k>(node: &mut Node, kind: &str, find: &impl Fn(&str, &str, bool) -> Option<&'k Called>) {
    let Some(name) = node.get("name").and_then(Node::scalar) else { return };
    let Some(called) = find(kind, name, true) else { return };
    if let Some(Node { is: Value::Scalar { text, .. }, .. }) = get_mut(node, "name") {
        *text = called.name.clone();
    }
    let Some(namespace) = &called.namespace else { return };
    if let Some(Node { is: Value::Scalar { text, .. }, .. }) = get_mut(node, "namespace") {
        *text = namespace.clone();
    } else if kind == "ServiceAccount" {
        set(node, "namespace", scalar(namespace, node.at.clone()));
    }
}
