//! A document as a tree: the form of facts for the many kinds of configuration that have no type of their
//! own (Terraform blocks, kubelet and audit configuration, mesh policies). Its leaves are facts like any
//! other, so it is read through [`See`] alone.

use crate::fact::{Gap, Pos, See, Unseen, Why};
use serde::{Deserialize, Serialize};

/// A node of a document, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    at: Pos,
    is: Kind,
}

/// What a node is. Readers build it; checks never match on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Set to nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number as it was written.
    Number(String),
    /// A text, or a scalar whose type the format leaves open.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// Keys in the order of the text. Of two equal keys none counts: that is a gap.
    Map(Vec<(String, Tree)>),
    /// Another thing's value by its name (`aws_s3_bucket.logs.id`), which only a later stage puts in. It is a gap
    /// to whoever asks for the value; [`See::reference`] gives the name, by which things are joined.
    Reference(String),
    /// What could not be read. A gap under the key `""` of a map says that keys may be missing from it.
    Gap(Gap),
}

impl Tree {
    /// A node from its parts.
    pub fn new(at: Pos, is: Kind) -> Self {
        Tree { at, is }
    }
    /// Where it stands.
    pub fn pos(&self) -> Pos {
        self.at.clone()
    }
}

impl See<'_> {
    /// The node below `tree` that `path` names, key by key; nothing where a key is not set or set to null.
    ///
    /// # Errors
    /// A gap on the way, keys that may be missing, or something on the way that is no mapping.
    pub fn child<'t>(&self, tree: &'t Tree, path: &[&str]) -> Result<Option<&'t Tree>, Unseen> {
        let mut node = tree;
        for key in path {
            let Kind::Map(entries) = &node.is else {
                return match &node.is {
                    Kind::Null => Ok(None),
                    _ => Err(self.wrong(node, "a mapping")),
                };
            };
            let mut found = entries.iter().filter(|(k, _)| k == key);
            node = match (found.next(), found.next()) {
                (Some((_, node)), None) => node,
                (Some((_, first)), Some(_)) => return Err(self.wrong(first, "set once")),
                (None, _) => match entries.iter().find(|(k, _)| k.is_empty()) {
                    Some((_, hole)) => return Err(self.wrong(hole, "readable")),
                    None => return Ok(None),
                },
            };
        }
        match &node.is {
            Kind::Null => Ok(None),
            Kind::Gap(gap) => Err(self.note(gap.clone())),
            _ => Ok(Some(node)),
        }
    }
    /// A scalar as text.
    ///
    /// # Errors
    /// It is a gap, a list or a mapping.
    pub fn text<'t>(&self, tree: &'t Tree) -> Result<&'t str, Unseen> {
        match &tree.is {
            Kind::Text(text) | Kind::Number(text) => Ok(text),
            Kind::Bool(true) => Ok("true"),
            Kind::Bool(false) => Ok("false"),
            _ => Err(self.wrong(tree, "a text")),
        }
    }
    /// A truth value.
    ///
    /// # Errors
    /// It is anything else.
    pub fn flag(&self, tree: &Tree) -> Result<bool, Unseen> {
        match &tree.is {
            Kind::Bool(value) => Ok(*value),
            Kind::Text(text) if text == "true" => Ok(true),
            Kind::Text(text) if text == "false" => Ok(false),
            _ => Err(self.wrong(tree, "true or false")),
        }
    }
    /// The name of what is referred to; nothing where the node is a value of its own.
    ///
    /// # Errors
    /// It is a gap.
    pub fn reference<'t>(&self, tree: &'t Tree) -> Result<Option<&'t str>, Unseen> {
        match &tree.is {
            Kind::Reference(name) => Ok(Some(name)),
            Kind::Gap(gap) => Err(self.note(gap.clone())),
            _ => Ok(None),
        }
    }
    /// The items of a list; a scalar counts as a list of one, as most formats have it.
    ///
    /// # Errors
    /// It is a gap.
    pub fn items<'t>(&self, tree: &'t Tree) -> Result<&'t [Tree], Unseen> {
        match &tree.is {
            Kind::List(items) => Ok(items),
            Kind::Null => Ok(&[]),
            Kind::Gap(gap) => Err(self.note(gap.clone())),
            Kind::Reference(_) => Err(self.wrong(tree, "a list")),
            _ => Ok(std::slice::from_ref(tree)),
        }
    }
    /// The keys and nodes of a mapping.
    ///
    /// # Errors
    /// It is anything else, or keys may be missing.
    pub fn entries<'t>(&self, tree: &'t Tree) -> Result<&'t [(String, Tree)], Unseen> {
        match &tree.is {
            Kind::Map(entries) => match entries.iter().find(|(key, _)| key.is_empty()) {
                Some((_, hole)) => Err(self.wrong(hole, "readable")),
                None => Ok(entries),
            },
            Kind::Null => Ok(&[]),
            _ => Err(self.wrong(tree, "a mapping")),
        }
    }
    /// The text at `path`, or nothing where it is not set.
    ///
    /// # Errors
    /// As [`See::child`] and [`See::text`].
    pub fn text_at<'t>(&self, tree: &'t Tree, path: &[&str]) -> Result<Option<&'t str>, Unseen> {
        self.child(tree, path)?.map(|node| self.text(node)).transpose()
    }
    /// The truth value at `path`, or nothing where it is not set.
    ///
    /// # Errors
    /// As [`See::child`] and [`See::flag`].
    pub fn flag_at(&self, tree: &Tree, path: &[&str]) -> Result<Option<bool>, Unseen> {
        self.child(tree, path)?.map(|node| self.flag(node)).transpose()
    }
    fn wrong(&self, node: &Tree, wanted: &str) -> Unseen {
        if let Kind::Gap(gap) = &node.is {
            return self.note(gap.clone());
        }
        let (line, column) = (node.at.line, node.at.column);
        let file = node.at.file.as_deref().map(|file| format!("{file}:")).unwrap_or_default();
        if let Kind::Reference(name) = &node.is {
            let what = format!("{file}{line}:{column}: the value of {name} is put in by a later stage");
            return self.note(Gap::new(Why::Unresolved, what));
        }
        self.note(Gap::new(Why::Malformed, format!("{file}{line}:{column}: not {wanted}")))
    }
}
