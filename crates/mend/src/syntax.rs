//! A YAML or JSON text as it is written: every value with the bytes that it takes, aliases left as they are.

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};
use std::collections::HashMap;

/// A value, by its number.
pub(crate) type Id = usize;

/// The most values of a text.
const MOST_NODES: usize = 1_000_000;
/// The most levels. A pod template nests fewer than twenty; what goes through a tree by itself stays shallow.
const MOST_DEPTH: usize = 128;

/// How a value is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Form {
    /// A scalar and its style.
    Scalar(String, ScalarStyle),
    /// A list: is it in brackets, and its items.
    List(bool, Vec<Id>),
    /// A mapping: is it in braces, and its keys and values.
    Map(bool, Vec<(Id, Id)>),
    /// Another value by its anchor.
    Alias(Id),
}

/// A value of a text.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it begins: line and column from 1, in characters.
    pub(crate) at: (u32, u32),
    /// Its bytes, without anchor and tag. Of what is not in brackets the end is that of its last line at the latest.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) form: Form,
    /// Has it a tag or an anchor?
    pub(crate) marked: bool,
    /// Does an alias refer to it?
    pub(crate) referred: bool,
    /// The list or mapping that it is in.
    pub(crate) parent: Option<Id>,
    tag: Option<String>,
}

/// A whole text.
#[derive(Debug)]
pub(crate) struct Syntax<'t> {
    pub(crate) text: &'t str,
    pub(crate) nodes: Vec<Node>,
    pub(crate) documents: Vec<Id>,
    places: HashMap<(u32, u32), Id>,
}

impl<'t> Syntax<'t> {
    /// Reads a text without a byte order mark.
    ///
    /// # Errors
    /// What is no YAML in it.
    pub(crate) fn read(text: &'t str) -> Result<Self, String> {
        struct Open {
            id: Id,
            key: Option<Id>,
        }
        let mut syntax = Syntax { text, nodes: Vec::new(), documents: Vec::new(), places: HashMap::new() };
        let (mut open, mut anchors) = (Vec::<Open>::new(), HashMap::<usize, Id>::new());
        for event in Parser::new_from_str(text) {
            let (event, span) =
                event.map_err(|error| format!("line {}: {}", error.marker().line(), error.info()))?;
            let (Some(start), Some(end)) = (span.start.byte_offset(), span.end.byte_offset()) else {
                return Err("the parser gives no places".into());
            };
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let at = (number(span.start.line()), number(span.start.col() + 1));
            let begins = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
            let (form, anchor, tag) = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    (Form::Scalar(text.into_owned(), style), anchor, tag)
                }
                Event::SequenceStart(style, anchor, tag) => {
                    (Form::List(style == StructureStyle::Flow, Vec::new()), anchor, tag)
                }
                Event::MappingStart(style, anchor, tag) => {
                    (Form::Map(style == StructureStyle::Flow, Vec::new()), anchor, tag)
                }
                Event::Alias(anchor) => match anchors.get(&anchor) {
                    Some(id) => (Form::Alias(*id), 0, None),
                    None => return Err(format!("line {}: an alias inside its own anchor", at.0)),
                },
                Event::SequenceEnd | Event::MappingEnd => {
                    if let Some(done) = open.pop() {
                        syntax.close(done.id, end);
                    }
                    continue;
                }
                Event::DocumentEnd => {
                    anchors.clear();
                    continue;
                }
                _ => continue,
            };
            let id = syntax.nodes.len();
            if id == MOST_NODES || open.len() > MOST_DEPTH {
                return Err(format!("line {}: too many values, or nested too deep", at.0));
            }
            if let Form::Alias(of) = form {
                syntax.nodes[of].referred = true;
            }
            let parent = open.last().map(|open| open.id);
            let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
            let marked = anchor != 0 || tag.is_some();
            syntax.nodes.push(Node { at, start, end, form, marked, referred: false, parent, tag });
            if anchor != 0 {
                anchors.insert(anchor, id);
            }
            let mut is_key = false;
            match open.last_mut() {
                None => syntax.documents.push(id),
                Some(parent) => match (&mut syntax.nodes[parent.id].form, parent.key.take()) {
                    (Form::List(_, items), _) => items.push(id),
                    (Form::Map(_, entries), Some(key)) => entries.push((key, id)),
                    (_, None) => {
                        parent.key = Some(id);
                        is_key = true;
                    }
                    _ => {}
                },
            }
            if !is_key {
                // A list that is not indented is said to begin with its first item, and the item is meant.
                syntax.places.insert(at, id);
            }
            if begins {
                open.push(Open { id, key: None });
            }
        }
        Ok(syntax)
    }
    /// A list or mapping ends: in brackets with these, else with its last value.
    fn close(&mut self, id: Id, end: usize) {
        let last = match &self.nodes[id].form {
            Form::List(false, items) => items.last().copied(),
            Form::Map(false, entries) => entries.last().map(|(_, value)| *value),
            _ => {
                self.nodes[id].end = end;
                return;
            }
        };
        if let Some(last) = last {
            self.nodes[id].end = self.end(last);
        }
    }
    /// The end of a value's own text: a block scalar takes the blank lines behind it as well.
    pub(crate) fn end(&self, id: Id) -> usize {
        let node = &self.nodes[id];
        match &node.form {
            Form::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded) => {
                let text = self.text.get(node.start..node.end).unwrap_or_default();
                node.start + text.trim_end().len()
            }
            // `key:` without a value ends with its colon.
            Form::Scalar(..) if node.start == node.end => self.colon(node.end).unwrap_or(node.end),
            _ => node.end,
        }
    }
    /// The byte after the colon that follows there, on the same line.
    pub(crate) fn colon(&self, from: usize) -> Option<usize> {
        let rest = self.text.get(from..)?;
        let skipped = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest[skipped..].starts_with(':').then_some(from + skipped + 1)
    }
    /// The value that begins there.
    pub(crate) fn at(&self, line: u32, column: u32) -> Option<Id> {
        self.places.get(&(line, column)).copied()
    }
    /// The text of a scalar.
    pub(crate) fn scalar(&self, id: Id) -> Option<&str> {
        if let Form::Scalar(text, _) = &self.nodes[id].form { Some(text) } else { None }
    }
    /// Is it nothing, `null` or `~`?
    pub(crate) fn is_null(&self, id: Id) -> bool {
        let node = &self.nodes[id];
        matches!(&node.form, Form::Scalar(text, ScalarStyle::Plain)
            if node.tag.is_none() && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
    /// The keys and values of a mapping.
    pub(crate) fn entries(&self, id: Id) -> &[(Id, Id)] {
        if let Form::Map(_, entries) = &self.nodes[id].form { entries } else { &[] }
    }
    /// The items of a list.
    pub(crate) fn items(&self, id: Id) -> &[Id] {
        if let Form::List(_, items) = &self.nodes[id].form { items } else { &[] }
    }
    /// The value under that key of a mapping, if it is written there itself.
    pub(crate) fn get(&self, id: Id, key: &str) -> Option<Id> {
        self.entries(id).iter().find(|(k, _)| self.scalar(*k) == Some(key)).map(|(_, value)| *value)
    }
    /// The same value with aliases followed.
    pub(crate) fn follow(&self, id: Id) -> Id {
        // An alias refers to what stands before it, so this ends.
        if let Form::Alias(of) = self.nodes[id].form { self.follow(of) } else { id }
    }
    /// Does a merge key put that key into a mapping? Nothing: the mapping merges nothing of that name.
    pub(crate) fn merged(&self, id: Id, key: &str) -> Option<Id> {
        let mut left = MOST_DEPTH;
        self.merged_in(id, key, &mut left)
    }
    fn merged_in(&self, id: Id, key: &str, left: &mut usize) -> Option<Id> {
        *left = left.checked_sub(1)?;
        let merge = self.follow(self.get(id, "<<")?);
        let parts = match &self.nodes[merge].form {
            Form::List(_, parts) => parts.clone(),
            _ => vec![merge],
        };
        parts.into_iter().find_map(|part| {
            let part = self.follow(part);
            self.get(part, key).or_else(|| self.merged_in(part, key, left))
        })
    }
    /// Where the line of a byte begins.
    pub(crate) fn line_start(&self, byte: usize) -> usize {
        self.text[..byte].rfind('\n').map_or(0, |n| n + 1)
    }
    /// Where the line of a byte ends, before its end of line.
    pub(crate) fn line_end(&self, byte: usize) -> usize {
        let end = self.text[byte..].find('\n').map_or(self.text.len(), |n| byte + n);
        if self.text[..end].ends_with('\r') && end > byte { end - 1 } else { end }
    }
    /// What a tag says.
    pub(crate) fn tag(&self, id: Id) -> Option<&str> {
        self.nodes[id].tag.as_deref()
    }
}
