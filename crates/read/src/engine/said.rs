//! Answers of an engine, asked by path: what it did not say is a gap, and so is what it said wrongly.

use serde_json::{Map, Value};
use std::collections::BTreeSet;
use tyrian_model::fact::{Gap, Known, Many, Why};

/// What was heard, or why it was not.
pub(crate) type Heard<T> = Result<T, Gap>;

/// As a fact.
pub(crate) fn known<T>(heard: Heard<T>) -> Known<T> {
    heard.map_or_else(Known::from, Known::is)
}

/// A gap instead of a value.
pub(crate) fn gap<T>(why: Why, what: impl Into<String>) -> Heard<T> {
    Err(Gap::new(why, what))
}

/// A part of an answer and its path as a person reads it, or why there is none.
#[derive(Clone)]
pub(crate) struct Said<'a> {
    value: Heard<&'a Value>,
    pub(crate) at: String,
}

impl<'a> Said<'a> {
    pub(crate) fn is(value: &'a Value, at: impl Into<String>) -> Self {
        Said { value: failed(value).map_or(Ok(value), Err), at: at.into() }
    }

    pub(crate) fn missing(gap: Gap, at: impl Into<String>) -> Self {
        Said { value: Err(gap), at: at.into() }
    }

    /// What stands under a path of keys, `State.Running`.
    pub(crate) fn get(&self, path: &str) -> Said<'a> {
        path.split('.').fold(self.clone(), |said, key| said.key(key))
    }

    /// The same under another name.
    pub(crate) fn called(&self, at: String) -> Said<'a> {
        Said { value: self.value.clone(), at }
    }

    /// What stands under one key, dots and all.
    pub(crate) fn key(&self, key: &str) -> Said<'a> {
        let joint = if self.at.ends_with(": ") || self.at.is_empty() { "" } else { "." };
        let at = format!("{}{joint}{key}", self.at);
        let value = match &self.value {
            Ok(Value::Object(map)) => match map.get(key) {
                Some(value) => failed(value).map_or(Ok(value), Err),
                None => Err(Gap::new(Why::NotRead, format!("{at}: the engine did not say it"))),
            },
            Ok(Value::Null) => Err(Gap::new(Why::NotRead, format!("{at}: the engine did not say it"))),
            Ok(other) => {
                Err(Gap::new(Why::Malformed, format!("{}: {}, not an object", self.at, kind(other))))
            }
            Err(gap) => Err(gap.clone()),
        };
        Said { value, at }
    }

    /// The same, where the engine leaves a key out when there is nothing to say: then it is null.
    pub(crate) fn get_or_null(&self, key: &str) -> Said<'a> {
        match &self.value {
            Ok(Value::Object(map)) if !map.contains_key(key) => {
                Said { value: Ok(&Value::Null), at: format!("{}.{key}", self.at) }
            }
            _ => self.key(key),
        }
    }

    /// Was it said?
    pub(crate) fn there(&self) -> bool {
        self.value.is_ok()
    }

    pub(crate) fn value(&self) -> Heard<&'a Value> {
        self.value.clone()
    }

    fn as_kind<T>(&self, what: &str, take: impl FnOnce(&'a Value) -> Option<T>) -> Heard<T> {
        let value = self.value()?;
        take(value)
            .ok_or_else(|| Gap::new(Why::Malformed, format!("{}: {}, not {what}", self.at, kind(value))))
    }

    pub(crate) fn text(&self) -> Heard<&'a str> {
        self.as_kind("a text", Value::as_str)
    }

    pub(crate) fn string(&self) -> Heard<String> {
        self.text().map(str::to_owned)
    }

    pub(crate) fn bool(&self) -> Heard<bool> {
        self.as_kind("true or false", Value::as_bool)
    }

    /// A whole number; null is 0.
    pub(crate) fn number(&self) -> Heard<i64> {
        self.as_kind("a whole number", |value| if value.is_null() { Some(0) } else { value.as_i64() })
    }

    /// A list; null is an empty one.
    pub(crate) fn list(&self) -> Heard<&'a [Value]> {
        self.as_kind("a list", |value| match value {
            Value::Null => Some(&[][..]),
            Value::Array(list) => Some(list),
            _ => None,
        })
    }

    /// A list of texts; null is an empty one.
    pub(crate) fn texts(&self) -> Heard<Vec<&'a str>> {
        self.as_kind("a list of texts", |value| match value {
            Value::Null => Some(Vec::new()),
            Value::Array(list) => list.iter().map(Value::as_str).collect(),
            _ => None,
        })
    }

    /// An object; null is an empty one.
    pub(crate) fn map(&self) -> Heard<Vec<(&'a str, &'a Value)>> {
        self.as_kind("an object", |value| match value {
            Value::Null => Some(Vec::new()),
            Value::Object(map) => Some(map.iter().map(|(key, value)| (key.as_str(), value)).collect()),
            _ => None,
        })
    }

    /// An object of texts; null is an empty one.
    pub(crate) fn text_map(&self) -> Heard<Vec<(&'a str, &'a str)>> {
        self.as_kind("an object of texts", |value| match value {
            Value::Null => Some(Vec::new()),
            Value::Object(map) => {
                map.iter().map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
            }
            _ => None,
        })
    }

    /// The keys of an object, or the texts of a list; null is empty.
    pub(crate) fn keys(&self) -> Heard<BTreeSet<String>> {
        self.as_kind("an object", |value| match value {
            Value::Null => Some(BTreeSet::new()),
            Value::Object(map) => Some(map.keys().cloned().collect()),
            _ => None,
        })
    }

    /// Every element of a list as a row of a set, or why there is no set.
    pub(crate) fn rows<T>(&self, many: &mut Many<T>, mut row: impl FnMut(&mut Many<T>, usize, &'a Value)) {
        match &self.value {
            Ok(Value::Array(list)) => {
                many.asked();
                list.iter().enumerate().for_each(|(index, value)| row(many, index, value));
            }
            Ok(Value::Null) => many.asked(),
            Ok(other) => {
                many.lacks(Gap::new(Why::Malformed, format!("{}: {}, not a list", self.at, kind(other))));
            }
            Err(gap) => many.lacks(gap.clone()),
        }
    }
}

/// An error that stands in place of an answer: `{"error": "…", "why": "denied"}`.
pub(crate) fn failed(value: &Value) -> Option<Gap> {
    let map = value.as_object()?;
    let text = map.get("error")?.as_str()?;
    if map.keys().any(|key| key != "error" && key != "why") {
        return None;
    }
    let why = match map.get("why").and_then(Value::as_str) {
        Some("denied") => Why::Denied,
        Some("malformed") => Why::Malformed,
        _ => Why::NotRead,
    };
    Some(Gap::new(why, text))
}

/// The error that [`failed`] reads.
pub(crate) fn failure(gap: &Gap) -> Value {
    let why = match gap.why {
        Why::Denied => "denied",
        Why::Malformed => "malformed",
        _ => "not_read",
    };
    let parts = [("error", gap.what.as_str()), ("why", why)];
    Value::Object(parts.map(|(key, value)| (key.to_owned(), value.into())).into_iter().collect::<Map<_, _>>())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
