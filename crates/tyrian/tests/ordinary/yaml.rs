//! A tree of YAML or JSON, and writing it down as different people do.

use super::Random;

/// A value that is not written down yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    /// A number or a Boolean: never in quotes.
    Bare(String),
    /// A string, in quotes where it has to be, or where the style wants it.
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    /// What has a name by which others take it over.
    Anchor(String, Box<Value>),
    /// What is taken over.
    Alias(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}
impl From<bool> for Value {
    fn from(it: bool) -> Value {
        Value::Bare(it.to_string())
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Bare(number.to_string())
    }
}
impl<const N: usize> From<[&str; N]> for Value {
    fn from(items: [&str; N]) -> Value {
        Value::List(items.map(Value::from).to_vec())
    }
}
impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items)
    }
}

/// `map! { "name": "web", "count": 3 }`
macro_rules! map {
    ($($key:literal : $value:expr),* $(,)?) => {
        $crate::ordinary::yaml::Value::Map(vec![$(($key.to_owned(), $crate::ordinary::yaml::Value::from($value))),*])
    };
}
pub(crate) use map;

impl Value {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let Value::Map(pairs) = self else { return None };
        pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let Value::Map(pairs) = self else { return None };
        pairs.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }
    /// The value of a key, an empty map where there was none.
    pub(crate) fn map_at(&mut self, key: &str) -> &mut Value {
        self.or(key, Value::Map(Vec::new()))
    }
    /// The list of a key, an empty one where there was none.
    pub(crate) fn list_at(&mut self, key: &str) -> &mut Vec<Value> {
        match self.or(key, Value::List(Vec::new())) {
            Value::List(items) => items,
            other => panic!("{key} is no list: {other:?}"),
        }
    }
    fn or(&mut self, key: &str, default: Value) -> &mut Value {
        if self.get(key).is_none() {
            self.set(key, default);
        }
        self.get_mut(key).unwrap()
    }
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        let Value::Map(pairs) = self else { panic!("{key}: no map") };
        let value = value.into();
        match pairs.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => pairs.push((key.to_owned(), value)),
        }
    }
    /// Takes a key away, and says whether it was there.
    pub(crate) fn remove(&mut self, key: &str) -> Option<()> {
        let Value::Map(pairs) = self else { return None };
        let before = pairs.len();
        pairs.retain(|(name, _)| name != key);
        (pairs.len() < before).then_some(())
    }
    pub(crate) fn items(&mut self) -> &mut [Value] {
        match self {
            Value::List(items) => items,
            other => panic!("no list: {other:?}"),
        }
    }
}

/// How somebody writes.
pub(crate) struct Style {
    step: usize,
    /// Are the items of a list further right than its key?
    lists_inside: bool,
    /// Are short lists written as `[a, b]`?
    flow: bool,
    quote: Option<char>,
    comments: bool,
    blank_lines: bool,
    carriage_returns: bool,
    head: bool,
}

impl Style {
    pub(crate) fn random(random: &mut Random) -> Style {
        Style {
            step: random.pick(&[2, 2, 2, 4]),
            lists_inside: random.chance(60),
            flow: random.chance(50),
            quote: random.pick(&[None, None, Some('"'), Some('\'')]),
            comments: random.chance(40),
            blank_lines: random.chance(30),
            carriage_returns: random.chance(8),
            head: random.chance(30),
        }
    }

    /// Documents of YAML.
    pub(crate) fn yaml(&self, documents: &[Value], random: &mut Random) -> String {
        let mut text = String::new();
        for (place, document) in documents.iter().enumerate() {
            if place > 0 || self.head {
                text.push_str("---\n");
            }
            if self.comments && random.chance(50) {
                text.push_str("# Changes need a review by the owners of this folder.\n");
            }
            self.block(document, 0, &mut text, random);
        }
        if self.carriage_returns { text.replace('\n', "\r\n") } else { text }
    }

    fn block(&self, value: &Value, indent: usize, text: &mut String, random: &mut Random) {
        let spaces = " ".repeat(indent);
        match value {
            Value::Map(pairs) => {
                for (place, (key, value)) in pairs.iter().enumerate() {
                    if self.blank_lines && place > 0 && indent == 0 {
                        text.push('\n');
                    }
                    if self.comments && random.chance(6) {
                        text.push_str(&format!("{spaces}# see the notes: {key}\n"));
                    }
                    text.push_str(&format!(
                        "{spaces}{}:",
                        if key == "<<" { key.clone() } else { scalar(key, None) }
                    ));
                    self.after_key(value, indent, text, random);
                }
            }
            Value::List(items) => {
                for item in items {
                    if let Some(short) = self.short(item) {
                        text.push_str(&format!("{spaces}- {short}\n"));
                        continue;
                    }
                    // The first key stands behind the dash.
                    let mut inner = String::new();
                    self.block(item, indent + 2, &mut inner, random);
                    let body = inner.trim_start();
                    let body = match inner.find(body).filter(|_| body.starts_with('#')) {
                        Some(_) => {
                            text.push_str(&format!("{spaces}-\n{inner}"));
                            continue;
                        }
                        None => body,
                    };
                    text.push_str(&format!("{spaces}- {body}"));
                }
            }
            other => text.push_str(&format!("{spaces}{}\n", self.short(other).unwrap())),
        }
    }

    fn after_key(&self, value: &Value, indent: usize, text: &mut String, random: &mut Random) {
        let value = match value {
            Value::Anchor(name, value) => {
                text.push_str(&format!(" &{name}"));
                value
            }
            value => value,
        };
        if let Some(short) = self.short(value) {
            let comment = if self.comments && random.chance(5) { "  # as agreed" } else { "" };
            text.push_str(&format!(" {short}{comment}\n"));
            return;
        }
        text.push('\n');
        let is_list = matches!(value, Value::List(_));
        let deeper = if is_list && !self.lists_inside { indent } else { indent + self.step };
        self.block(value, deeper, text, random);
    }

    /// What fits behind its key.
    fn short(&self, value: &Value) -> Option<String> {
        match value {
            Value::Bare(text) => Some(text.clone()),
            Value::Text(text) => Some(scalar(text, self.quote)),
            Value::Alias(name) => Some(format!("*{name}")),
            Value::List(items) if items.is_empty() => Some("[]".to_owned()),
            Value::Map(pairs) if pairs.is_empty() => Some("{}".to_owned()),
            Value::List(items) if self.flow => {
                let all: Option<Vec<String>> = items
                    .iter()
                    .map(|item| match item {
                        Value::Text(text) if text.contains(['{', '}', ',', '[', ']']) => {
                            Some(scalar(text, Some('"')))
                        }
                        Value::Bare(_) | Value::Text(_) => self.short(item),
                        _ => None,
                    })
                    .collect();
                all.map(|all| format!("[{}]", all.join(", "))).filter(|line| line.len() < 70)
            }
            _ => None,
        }
    }
}

/// A string, in quotes where it must be.
fn scalar(text: &str, quote: Option<char>) -> String {
    let plain = text.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || "/.$".contains(first))
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(['"', '\'', '\n', '\\', '{', '}', '[', ']', ','])
        && !text.ends_with(':')
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    match quote {
        Some('\'') if !text.contains(['\n', '\\']) => format!("'{}'", text.replace('\'', "''")),
        None if plain => text.to_owned(),
        _ => serde_json::to_string(text).unwrap(),
    }
}

/// JSON as people write it, in one line or in many.
pub(crate) fn json(value: &Value, random: &mut Random) -> String {
    let step = random.pick(&["  ", "  ", "    ", "\t", ""]);
    let mut text = String::new();
    write_json(value, step, 0, &mut text);
    if random.chance(80) {
        text.push('\n');
    }
    text
}

fn write_json(value: &Value, step: &str, depth: usize, text: &mut String) {
    let line =
        |depth: usize| if step.is_empty() { String::new() } else { format!("\n{}", step.repeat(depth)) };
    let (open, close, count) = match value {
        Value::Bare(bare) => return text.push_str(bare),
        Value::Text(string) => return text.push_str(&serde_json::to_string(string).unwrap()),
        Value::List(items) => ('[', ']', items.len()),
        Value::Map(pairs) => ('{', '}', pairs.len()),
        Value::Anchor(_, value) => return write_json(value, step, depth, text),
        Value::Alias(name) => panic!("JSON has no alias: {name}"),
    };
    text.push(open);
    for place in 0..count {
        text.push_str(if place > 0 { "," } else { "" });
        text.push_str(&line(depth + 1));
        match value {
            Value::List(items) => write_json(&items[place], step, depth + 1, text),
            Value::Map(pairs) => {
                let (key, value) = &pairs[place];
                text.push_str(&serde_json::to_string(key).unwrap());
                text.push_str(if step.is_empty() { ":" } else { ": " });
                write_json(value, step, depth + 1, text);
            }
            _ => {}
        }
    }
    if count > 0 {
        text.push_str(&line(depth));
    }
    text.push(close);
}
