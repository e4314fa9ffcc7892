//! What the engine was told: daemon.json and its command line, joined as dockerd joins them.
//!
//! dockerd refuses to start with a setting in both, so one of the two is enough where it has the setting, and
//! the default holds only where both are known not to have it.

use super::said::{Heard, Said, gap};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use tyrian_model::fact::Why;

/// Flags by their name in daemon.json. A list or a map has its singular as flag.
const FLAGS: [(&str, &str, Shape); 29] = [
    ("host", "hosts", Shape::List),
    ("insecure-registry", "insecure-registries", Shape::List),
    ("authorization-plugin", "authorization-plugins", Shape::List),
    ("log-opt", "log-opts", Shape::Map),
    ("log-driver", "log-driver", Shape::Text),
    ("ip", "ip", Shape::Text),
    ("log-level", "log-level", Shape::Text),
    ("icc", "icc", Shape::Bool),
    ("iptables", "iptables", Shape::Bool),
    ("debug", "debug", Shape::Bool),
    ("tls", "tls", Shape::Bool),
    ("tlsverify", "tlsverify", Shape::Bool),
    ("userland-proxy", "userland-proxy", Shape::Bool),
    ("no-new-privileges", "no-new-privileges", Shape::Bool),
    ("default-ulimit", "default-ulimits", Shape::Map),
    ("storage-opt", "storage-opts", Shape::List),
    ("storage-driver", "storage-driver", Shape::Text),
    ("cgroup-parent", "cgroup-parent", Shape::Text),
    ("data-root", "data-root", Shape::Text),
    ("exec-root", "exec-root", Shape::Text),
    ("graph", "data-root", Shape::Text),
    ("config-file", "config-file", Shape::Text),
    ("tlscacert", "tlscacert", Shape::Text),
    ("tlscert", "tlscert", Shape::Text),
    ("tlskey", "tlskey", Shape::Text),
    ("userns-remap", "userns-remap", Shape::Text),
    ("seccomp-profile", "seccomp-profile", Shape::Text),
    ("live-restore", "live-restore", Shape::Bool),
    ("experimental", "experimental", Shape::Bool),
];

/// Flags that stand under another name in daemon.json, those of [`FLAGS`] aside.
const PLURALS: [(&str, &str); 10] = [
    ("label", "labels"),
    ("exec-opt", "exec-opts"),
    ("dns-opt", "dns-opts"),
    ("registry-mirror", "registry-mirrors"),
    ("node-generic-resource", "node-generic-resources"),
    ("default-address-pool", "default-address-pools"),
    ("default-network-opt", "default-network-opts"),
    ("host-gateway-ip", "host-gateway-ips"),
    ("cluster-store-opt", "cluster-store-opts"),
    ("feature", "features"),
];

/// Flags by their letters.
const LETTERS: [(char, &str); 8] = [
    ('H', "host"),
    ('D', "debug"),
    ('l', "log-level"),
    ('s', "storage-driver"),
    ('g', "graph"),
    ('G', "group"),
    ('b', "bridge"),
    ('p', "pidfile"),
];

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    List,
    Map,
    Text,
    Bool,
}

pub(super) struct Settings<'a> {
    file: Said<'a>,
    line: Heard<Map<String, Value>>,
    /// The names that the flags of the command line have in daemon.json.
    named: Heard<BTreeSet<String>>,
}

impl<'a> Settings<'a> {
    pub(super) fn new(file: Said<'a>, line: &Said<'a>) -> Self {
        let args = line.texts();
        Settings {
            file,
            named: args.clone().map(|args| named(&args)),
            line: args.and_then(|args| flags(&args)),
        }
    }

    /// Settings that stand in both places. dockerd does not start with one, whatever the values: only the runtimes
    /// of both are joined.
    pub(super) fn contradictions(&self) -> Heard<BTreeSet<String>> {
        let named = self.named.clone()?;
        match self.file.value()? {
            Value::Null => Ok(BTreeSet::new()),
            Value::Object(map) => Ok(named.into_iter().filter(|name| map.contains_key(name)).collect()),
            _ => gap(Why::Malformed, "daemon.json is not an object: dockerd would not start"),
        }
    }

    /// A setting by its name in daemon.json; nothing: neither place has it.
    pub(super) fn get(&self, name: &str) -> Heard<Option<Value>> {
        let file = self.file.value().and_then(|value| match value {
            Value::Null => Ok(None),
            Value::Object(map) => Ok(map.get(name).cloned()),
            _ => gap(Why::Malformed, "daemon.json is not an object: dockerd would not start"),
        });
        let line = self.line.clone().map(|flags| flags.get(name).cloned());
        match (line, file) {
            (Ok(Some(value)), _) | (_, Ok(Some(value))) => Ok(Some(value)),
            (Ok(None), Ok(None)) => Ok(None),
            (Err(gap), _) | (_, Err(gap)) => Err(gap),
        }
    }

    /// A setting of the shape that `take` takes; the gap says which it should be.
    fn shaped<T>(&self, name: &str, what: &str, take: impl FnOnce(Value) -> Option<T>) -> Heard<Option<T>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        match take(value) {
            Some(value) => Ok(Some(value)),
            None => gap(Why::Malformed, format!("the engine's setting {name} is not {what}")),
        }
    }

    pub(super) fn bool(&self, name: &str, default: bool) -> Heard<bool> {
        Ok(self.shaped(name, "true or false", |value| value.as_bool())?.unwrap_or(default))
    }

    pub(super) fn texts(&self, name: &str) -> Heard<Option<Vec<String>>> {
        self.shaped(name, "a list of texts", |value| {
            value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        })
    }

    pub(super) fn text(&self, name: &str) -> Heard<Option<String>> {
        self.shaped(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    /// The level of the engine's own log, where `debug` outweighs it.
    pub(super) fn log_level(&self) -> Heard<String> {
        if self.bool("debug", false)? {
            return Ok("debug".to_owned());
        }
        Ok(self.text("log-level")?.unwrap_or_else(|| "info".to_owned()))
    }

    pub(super) fn text_map(&self, name: &str) -> Heard<Vec<(String, String)>> {
        let map = self.shaped(name, "an object of texts", |value| {
            let texts = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
            value.as_object()?.iter().map(texts).collect()
        })?;
        Ok(map.unwrap_or_default())
    }

    /// The keys of an object.
    pub(super) fn keys(&self, name: &str) -> Heard<BTreeSet<String>> {
        let keys = self.shaped(name, "an object", |value| {
            Some(value.as_object()?.keys().cloned().collect::<BTreeSet<_>>())
        })?;
        Ok(keys.unwrap_or_default())
    }
}

/// A flag by its name and the value that is joined to it; nothing for what is no flag.
fn flag(arg: &str) -> Option<(&str, Option<&str>)> {
    if let Some(long) = arg.strip_prefix("--") {
        return Some(long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value))));
    }
    let rest = arg.strip_prefix('-')?;
    let letter = rest.chars().next()?;
    let (_, name) = LETTERS.iter().find(|(of, _)| *of == letter)?;
    let value = &rest[letter.len_utf8()..];
    Some((name, Some(value.strip_prefix('=').unwrap_or(value)).filter(|value| !value.is_empty())))
}

/// The names in daemon.json of all flags of a command line.
fn named(args: &[&str]) -> BTreeSet<String> {
    let key = |name: &str| {
        let other = FLAGS.iter().map(|(flag, key, _)| (*flag, *key)).chain(PLURALS);
        other.into_iter().find(|(flag, _)| *flag == name).map_or(name, |(_, key)| key).to_owned()
    };
    let names = args.iter().skip(1).filter_map(|arg| flag(arg)).map(|(name, _)| key(name));
    names.filter(|name| !name.is_empty()).collect()
}

/// The flags of a command line that matter here, by their names in daemon.json.
fn flags(args: &[&str]) -> Heard<Map<String, Value>> {
    let mut found: Map<String, Value> = Map::new();
    let mut args = args.iter().skip(1).peekable();
    while let Some(arg) = args.next() {
        let Some((name, mut value)) = flag(arg) else { continue };
        let Some((_, key, shape)) = FLAGS.iter().find(|(flag, ..)| *flag == name) else { continue };
        if value.is_none() && *shape != Shape::Bool {
            value = args.next().copied();
        }
        let wrong = || gap(Why::Malformed, format!("dockerd's flag --{name} has no value that it takes"));
        match (shape, value) {
            (Shape::Bool, None) => {
                found.insert((*key).into(), true.into());
            }
            (Shape::Bool, Some(value)) => {
                let Some(value) = go_bool(value) else { return wrong() };
                found.insert((*key).into(), value.into());
            }
            (Shape::Text, Some(value)) => {
                found.insert((*key).into(), value.into());
            }
            (Shape::List, Some(value)) => {
                let list = found.entry(*key).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.push(value.into());
                }
            }
            (Shape::Map, Some(value)) => {
                let Some((name, value)) = value.split_once('=') else { return wrong() };
                let map = found.entry(*key).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(map) = map {
                    map.insert(name.into(), value.into());
                }
            }
            (_, None) => return wrong(),
        }
    }
    Ok(found)
}

/// A truth value as Go's flags and options take it.
pub(super) fn go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
