//! A YAML or JSON text as a tree that keeps its places, and a [`View`] by which readers turn it into facts.
//!
//! The parser bounds depth; this bounds size, and counts what aliases expand to before it copies them.
//! Merge keys (`<<`) are resolved. A key that is set twice, and what else has no certain meaning, becomes
//! [`Value::Bad`], and every fact that rests on it a gap.

use crate::secrets::{self, Key};
use granit_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::HashMap;
use tyrian_model::fact::{Gap, Known, Pos, Why};
use tyrian_model::tree::{Kind, Tree};

/// A node and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its place.
    pub at: Pos,
    /// What it is.
    pub is: Value,
    size: usize,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing, `null` or `~`.
    Null,
    /// A scalar; `plain` says that it stands without quotes, so that `true` may be a truth value.
    Scalar {
        /// The text.
        text: String,
        /// Without quotes?
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the text, each key once.
    Map(Vec<(String, Node)>),
    /// Something without a certain meaning.
    Bad(Gap),
}

/// The most levels of a [`Tree`]: JSON readers bound depth, and a level of it takes four of theirs.
const MOST_DEPTH: usize = 28;
/// So many bytes of text weigh as much as a node, for a long text can be copied by aliases as well.
const WEIGHT: usize = 64;
/// The most nodes of one text, aliases expanded.
const MOST_NODES: usize = 1_000_000;

impl Node {
    /// A node from its parts.
    pub fn new(at: Pos, is: Value) -> Self {
        let size = match &is {
            Value::List(nodes) => nodes.iter().map(|node| node.size).sum(),
            Value::Map(entries) => entries.iter().map(|(key, node)| node.size + key.len() / WEIGHT).sum(),
            Value::Scalar { text, .. } => text.len() / WEIGHT,
            _ => 0,
        };
        Node { at, is, size: size + 1 }
    }
    /// How many nodes it is, itself among them; a long text counts as several.
    pub(crate) fn size(&self) -> usize {
        self.size
    }
    /// The node under that key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let Value::Map(entries) = &self.is else { return None };
        entries.iter().find(|(k, _)| k == key).map(|(_, node)| node)
    }
    /// The text of a scalar, whatever its type.
    pub fn scalar(&self) -> Option<&str> {
        if let Value::Scalar { text, .. } = &self.is { Some(text) } else { None }
    }
    /// The node as a fact of its own, its secrets concealed. What is nested too deep for a snapshot is a gap.
    pub fn tree(&self, file: &str, key: &Key, name: &str) -> Tree {
        self.tree_at(file, key, name, 0)
    }
    fn tree_at(&self, file: &str, key: &Key, name: &str, depth: usize) -> Tree {
        let kind = match &self.is {
            Value::List(_) | Value::Map(_) if depth == MOST_DEPTH => {
                let at = format!("{file}:{}:{}", self.at.line, self.at.column);
                Kind::Gap(Gap::new(Why::NotRead, format!("{at}: nested deeper than {MOST_DEPTH} levels")))
            }
            Value::Null => Kind::Null,
            Value::Bad(gap) => Kind::Gap(gap.clone()),
            Value::List(nodes) => {
                Kind::List(nodes.iter().map(|node| node.tree_at(file, key, name, depth + 1)).collect())
            }
            Value::Map(entries) => Kind::Map(
                entries.iter().map(|(k, node)| (k.clone(), node.tree_at(file, key, k, depth + 1))).collect(),
            ),
            Value::Scalar { text, plain } => match truth(text) {
                Some(value) if *plain => Kind::Bool(value),
                _ if is_template(text) => Kind::Gap(unresolved(file, &self.at, text)),
                _ if *plain && text.parse::<f64>().is_ok() => Kind::Number(text.clone()),
                _ => Kind::Text(secrets::conceal(key, name, text, None).text),
            },
        };
        Tree::new(self.at.clone(), kind)
    }
}

/// Every document of a text.
///
/// # Errors
/// The first place that is no YAML, or that more nodes follow from it than fit; the text is then not read.
pub fn documents(file: &str, text: &str) -> Result<Vec<Node>, Gap> {
    struct Open {
        anchor: usize,
        at: Pos,
        list: Vec<Node>,
        map: Option<Vec<(String, Node)>>,
        key: Option<String>,
    }
    let malformed =
        |at: &Pos, what: &str| Gap::new(Why::Malformed, format!("{file}:{}:{}: {what}", at.line, at.column));
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut open, mut documents) = (Vec::<Open>::new(), Vec::new());
    let (mut anchors, mut nodes) = (HashMap::<usize, Node>::new(), 0);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let template = text.contains("{{");
            let what = if template {
                "a template, not YAML: render it (`helm template`, `kustomize build`) and scan the output"
            } else {
                &error.info()
            };
            let at = Pos::new(number(error.marker().line()), number(error.marker().col() + 1));
            let why = if template { Why::Unresolved } else { Why::Malformed };
            Gap { why, ..malformed(&at, what) }
        })?;
        let at = Pos::new(number(span.start.line()), number(span.start.col() + 1));
        let (anchor, mut node) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, Node::new(at, scalar(text, style, tag))),
            Event::Alias(id) => match anchors.get(&id) {
                Some(node) => (0, Node { at, ..node.clone() }),
                None => return Err(malformed(&at, "an alias inside its own anchor")),
            },
            Event::SequenceStart(_, anchor, _) => {
                open.push(Open { anchor, at, list: Vec::new(), map: None, key: None });
                continue;
            }
            Event::MappingStart(_, anchor, _) => {
                open.push(Open { anchor, at, list: Vec::new(), map: Some(Vec::new()), key: None });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(done) = open.pop() else { continue };
                let is = match done.map {
                    Some(entries) => merged(file, entries),
                    None => Value::List(done.list),
                };
                (done.anchor, Node::new(done.at, is))
            }
            Event::DocumentEnd => {
                anchors.clear();
                continue;
            }
            _ => continue,
        };
        nodes += node.size;
        if nodes > MOST_NODES {
            return Err(malformed(
                &node.at,
                &format!("more than {MOST_NODES} nodes once aliases are expanded"),
            ));
        }
        if anchor != 0 {
            anchors.insert(anchor, node.clone());
        }
        let Some(parent) = open.last_mut() else {
            documents.push(node);
            continue;
        };
        match (&mut parent.map, parent.key.take()) {
            (None, _) => parent.list.push(node),
            (Some(map), Some(key)) => map.push((key, node)),
            (Some(_), None) => match &mut node.is {
                Value::Scalar { text, .. } => parent.key = Some(std::mem::take(text)),
                Value::Null => parent.key = Some("null".into()),
                _ => return Err(malformed(&node.at, "a key that is not a scalar")),
            },
        }
    }
    Ok(documents)
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<Cow<'_, Tag>>) -> Value {
    let plain = style == ScalarStyle::Plain && tag.is_none();
    if plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") {
        return Value::Null;
    }
    Value::Scalar { text: text.into_owned(), plain }
}

/// Resolves `<<` and keys that are set twice.
fn merged(file: &str, entries: Vec<(String, Node)>) -> Value {
    let mut map: Vec<(String, Node)> = Vec::with_capacity(entries.len());
    let mut merges = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    for (key, node) in entries {
        if key == "<<" {
            merges.push(node);
        } else if let Some(first) = seen.get(&key) {
            let (_, first) = &mut map[*first];
            let what = format!("{file}:{}:{}: {key} is set twice", node.at.line, node.at.column);
            *first = Node::new(node.at, Value::Bad(Gap::new(Why::Malformed, what)));
        } else {
            seen.insert(key.clone(), map.len());
            map.push((key, node));
        }
    }
    for merge in merges {
        let parts = match merge.is {
            Value::List(parts) => parts,
            _ => vec![merge],
        };
        for part in parts {
            let Value::Map(entries) = part.is else {
                let what = format!("{file}:{}:{}: << takes a mapping", part.at.line, part.at.column);
                map.push((String::new(), Node::new(part.at, Value::Bad(Gap::new(Why::Malformed, what)))));
                continue;
            };
            for (key, node) in entries {
                if !seen.contains_key(&key) {
                    seen.insert(key.clone(), map.len());
                    map.push((key, node));
                }
            }
        }
    }
    Value::Map(map)
}

/// `file:line:column`, of the file that the place itself names where it does.
pub(crate) fn place(file: &str, at: &Pos) -> String {
    format!("{}:{}:{}", at.file.as_deref().unwrap_or(file), at.line, at.column)
}

/// Does something stand in the text that only a later stage fills in?
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("${")
}

fn unresolved(file: &str, at: &Pos, text: &str) -> Gap {
    // Only the name of what is filled in: the text around it, or its default, can be a secret.
    let start = text.find("{{").or_else(|| text.find("${")).unwrap_or(0);
    let end = |c: &char| c.is_ascii_alphanumeric() || "{$._ ".contains(*c);
    let short: String = text.get(start..).unwrap_or_default().chars().take_while(end).take(40).collect();
    let short = short.trim_end();
    Gap::new(Why::Unresolved, format!("{}: {short}… is filled in by a later stage", place(file, at)))
}

pub(crate) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// A place in a document on the way to a fact: something, nothing, or a gap. Steps never fail; what they lead
/// to says what became of them.
#[derive(Clone)]
pub struct View<'n> {
    file: &'n str,
    is: Result<Option<&'n Node>, Gap>,
}

impl<'n> View<'n> {
    /// A view of a whole document.
    pub fn new(file: &'n str, node: &'n Node) -> Self {
        View { file, is: View::checked(node) }
    }
    fn checked(node: &'n Node) -> Result<Option<&'n Node>, Gap> {
        match &node.is {
            Value::Null => Ok(None),
            Value::Bad(gap) => Err(gap.clone()),
            _ => Ok(Some(node)),
        }
    }
    /// What stands under that key; nothing where it is not set or null, a gap below what is no mapping.
    pub fn key(&self, key: &str) -> View<'n> {
        let is = match &self.is {
            Err(gap) => Err(gap.clone()),
            Ok(None) => Ok(None),
            Ok(Some(node)) => match &node.is {
                Value::Map(_) => match node.get(key).or_else(|| node.get("")) {
                    Some(node) => View::checked(node),
                    None => Ok(None),
                },
                _ => Err(self.wrong(node, "a mapping")),
            },
        };
        View { file: self.file, is }
    }
    /// What stands at the end of that path.
    pub fn path(&self, path: &[&str]) -> View<'n> {
        path.iter().fold(self.clone(), |view, key| view.key(key))
    }
    /// The node itself.
    ///
    /// # Errors
    /// The gap on the way to it.
    pub fn node(&self) -> Result<Option<&'n Node>, Gap> {
        self.is.clone()
    }
    /// Its place, where something is there.
    pub fn pos(&self) -> Option<Pos> {
        self.is.as_ref().ok().and_then(|node| node.map(|node| node.at.clone()))
    }
    /// Is something there, or may something be there?
    pub fn is_set(&self) -> bool {
        !matches!(self.is, Ok(None))
    }
    /// A fact made of the node, or nothing where nothing is there.
    pub fn fact<T>(&self, make: impl FnOnce(&'n Node) -> Result<T, Gap>) -> Known<Option<T>> {
        match &self.is {
            Err(gap) => gap.clone().into(),
            Ok(None) => Known::is(None),
            Ok(Some(node)) => match make(node) {
                Ok(value) => Known::at(Some(value), node.at.clone()),
                Err(gap) => gap.into(),
            },
        }
    }
    /// A truth value.
    pub fn flag(&self) -> Known<Option<bool>> {
        self.fact(|node| match &node.is {
            Value::Scalar { text, plain: true } if truth(text).is_some() => Ok(truth(text) == Some(true)),
            _ => Err(self.wrong(node, "true or false")),
        })
    }
    /// A text or any other scalar as text; a gap where a later stage fills something in.
    pub fn text(&self) -> Known<Option<String>> {
        self.fact(|node| match node.scalar() {
            Some(text) if !is_template(text) => Ok(text.to_owned()),
            _ => Err(self.wrong(node, "a text")),
        })
    }
    /// A whole number.
    pub fn number(&self) -> Known<Option<i64>> {
        self.fact(|node| {
            node.scalar()
                .and_then(|text| text.trim().parse().ok())
                .ok_or_else(|| self.wrong(node, "a whole number"))
        })
    }
    /// A list of scalars.
    pub fn texts(&self) -> Known<Option<Vec<String>>> {
        self.fact(|node| {
            let Value::List(items) = &node.is else { return Err(self.wrong(node, "a list")) };
            let text = |item: &Node| match item.scalar() {
                Some(text) if !is_template(text) => Ok(text.to_owned()),
                _ => Err(self.wrong(item, "a text")),
            };
            items.iter().map(text).collect()
        })
    }
    /// The items of a list; none where nothing is there.
    ///
    /// # Errors
    /// It is no list, or a gap.
    pub fn items(&self) -> Result<Vec<View<'n>>, Gap> {
        let Some(node) = self.is.clone()? else { return Ok(Vec::new()) };
        let Value::List(items) = &node.is else { return Err(self.wrong(node, "a list")) };
        Ok(items.iter().map(|item| View::new(self.file, item)).collect())
    }
    /// The entries of a mapping; none where nothing is there.
    ///
    /// # Errors
    /// It is no mapping, keys may be missing from it, or it is a gap.
    pub fn entries(&self) -> Result<Vec<(&'n str, View<'n>)>, Gap> {
        let Some(node) = self.is.clone()? else { return Ok(Vec::new()) };
        let Value::Map(entries) = &node.is else { return Err(self.wrong(node, "a mapping")) };
        if let Some(Node { is: Value::Bad(gap), .. }) = node.get("") {
            return Err(gap.clone());
        }
        Ok(entries.iter().map(|(key, item)| (key.as_str(), View::new(self.file, item))).collect())
    }
    /// The gap that says what should have been here.
    pub fn wrong(&self, node: &Node, wanted: &str) -> Gap {
        match &node.is {
            Value::Bad(gap) => gap.clone(),
            Value::Scalar { text, .. } if is_template(text) => unresolved(self.file, &node.at, text),
            _ => Gap::new(Why::Malformed, format!("{}: not {wanted}", place(self.file, &node.at))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Node {
        documents("f.yaml", text).unwrap().remove(0)
    }

    #[test]
    fn merge_keys_are_resolved_and_explicit_keys_win() {
        let node = one("base: &b {x: 1, y: 2}\nmore: &m {z: 3, y: 9}\nit:\n  <<: [*b, *m]\n  x: 7\n");
        let view = View::new("f.yaml", &node);
        let number = |key| view.path(&["it", key]).number();
        assert_eq!(number("x").map(|n| n.unwrap()), Known::at(7, Pos::new(5, 6)));
        assert_eq!(number("y").map(|n| n.unwrap()), Known::at(2, Pos::new(1, 20)));
        assert_eq!(number("z").map(|n| n.unwrap()), Known::at(3, Pos::new(2, 14)));
    }

    #[test]
    fn what_has_no_certain_meaning_is_a_gap() {
        for (text, key) in [
            ("a: {b: true, b: false}", "b"),
            ("a: {b: '{{ .Values.x }}'}", "b"),
            ("a: {b: [1]}", "b"),
            ("a: {b: maybe}", "b"),
            ("a: {b: 'true'}", "b"),
            ("a: {<<: 7}", "b"),
            ("a: 7", "b"),
        ] {
            let node = one(text);
            let flag = View::new("f.yaml", &node).key("a").key(key).flag();
            assert!(serde_json::to_value(&flag).unwrap().get("gap").is_some(), "{text}: {flag:?}");
        }
    }

    #[test]
    fn tabs_and_anchors_of_another_document_are_said_with_their_place() {
        for (text, line) in [("a:\n\tb: true\n", 2), ("a: &x {b: true}\n---\n\nc: *x\n", 4)] {
            let gap = documents("f.yaml", text).unwrap_err();
            assert!(gap.what.starts_with(&format!("f.yaml:{line}:")), "{gap:?}");
        }
    }

    #[test]
    fn several_documents_each_with_its_places() {
        let documents = documents("f", "a: 1\n---\n# nothing\n---\nb:\n  - c\n").unwrap();
        assert_eq!(documents.last().unwrap().get("b").unwrap().at, Pos::new(6, 3));
    }

    #[test]
    fn bombs_and_depths_are_refused() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..12 {
            let items = vec![format!("*a{}", n - 1); 10].join(",");
            bomb.push_str(&format!("a{n}: &a{n} [{items}]\n"));
        }
        assert!(documents("f", &bomb).unwrap_err().what.contains("nodes"));
        let long = format!("a: &a {}\nb: [{}]", "x".repeat(200_000), "*a, ".repeat(4000));
        assert!(documents("f", &long).unwrap_err().what.contains("nodes"));
        assert!(documents("f", &"[".repeat(20_000)).is_err());
        assert!(documents("f", "a: &a [*a]").is_err());
    }

    #[test]
    fn json_is_read_as_well() {
        let node = one("{\"a\": {\"b\": true, \"c\": \"x\\u0041\"}, \"n\": null}");
        assert_eq!(node.get("a").unwrap().get("c").unwrap().scalar(), Some("xA"));
        assert_eq!(node.get("n").unwrap().is, Value::Null);
    }
}
