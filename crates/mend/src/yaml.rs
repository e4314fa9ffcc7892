//! Changes of YAML and JSON: which values they mean, and the fewest bytes that make them.
//!
//! A change is given out only if the new text reads as the old one with that change and no other.

use crate::Splice;
use crate::syntax::{Form, Id, Syntax};
use granit_parser::ScalarStyle;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::fact::Pos;
use tyrian_model::mend::{Change, Scope, Value};

/// What is to become of a text; changes of one place come together here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    set: BTreeMap<Id, Value>,
    /// New entries of mappings.
    insert: BTreeMap<Id, Vec<(String, Value)>>,
    /// New items of lists.
    add: BTreeMap<Id, Vec<Value>>,
    /// Values of mappings and items that go, and the value up to which emptied ones go with them.
    gone: BTreeMap<Id, Id>,
}

/// The value from which a change counts its keys.
///
/// # Errors
/// It is not there, or there are several.
pub(crate) fn resolve(syntax: &Syntax, scope: &Scope) -> Result<Id, String> {
    let root = |syntax: &Syntax| syntax.documents.first().copied().ok_or("the file is empty".to_owned());
    match scope {
        Scope::Root => root(syntax),
        Scope::At(pos) => {
            syntax.at(pos.line, pos.column).ok_or(format!("nothing stands at line {} any more", pos.line))
        }
        Scope::Service(name, at) => {
            let services = syntax.get(root(syntax)?, "services");
            let around = |at: &Pos| {
                let holds = |(key, value): &&(Id, Id)| {
                    let end = syntax.line_end(syntax.end(*value));
                    let last = syntax.text[..end].matches('\n').count() + 1;
                    syntax.nodes[*key].at.0 <= at.line && at.line as usize <= last
                };
                syntax.entries(services?).iter().find(holds).map(|(_, value)| *value)
            };
            let named = || services.and_then(|services| syntax.get(services, name));
            let service = at.as_ref().and_then(around).or_else(named);
            service.ok_or(format!("the service {name} is not written in this file"))
        }
        Scope::Container(at, name) => {
            let objects = objects(syntax, at.as_ref().map(|at| (at.line, at.column)))?;
            let mut found = Vec::new();
            for pod in objects.into_iter().flat_map(|object| pods(syntax, object)) {
                found.extend(containers(syntax, pod, name));
            }
            one(&found, &format!("container named {name}"))
        }
        Scope::Pod(at, name) => {
            let objects = objects(syntax, at.as_ref().map(|at| (at.line, at.column)))?;
            let holds = |pod: &Id| {
                name.as_deref()
                    .is_none_or(|name| !name.is_empty() && !containers(syntax, *pod, name).is_empty())
            };
            let found: Vec<Id> =
                objects.into_iter().flat_map(|object| pods(syntax, object)).filter(holds).collect();
            one(&found, "pod template")
        }
    }
}

fn one(found: &[Id], what: &str) -> Result<Id, String> {
    match found {
        [one] => Ok(*one),
        [] => Err(format!("there is no {what} in this file")),
        _ => Err(format!("there is more than one {what} in this file")),
    }
}

fn objects(syntax: &Syntax, at: Option<(u32, u32)>) -> Result<Vec<Id>, String> {
    match at {
        None => Ok(syntax.documents.clone()),
        Some((line, column)) => match syntax.at(line, column) {
            Some(id) => Ok(vec![id]),
            None => Err(format!("no object begins at line {line} any more")),
        },
    }
}

/// The mappings with a list of containers below a value, itself among them.
fn pods(syntax: &Syntax, id: Id) -> Vec<Id> {
    let mut found = Vec::new();
    let mut left = vec![id];
    while let Some(id) = left.pop() {
        if let Some(list) = syntax.get(id, "containers")
            && syntax.items(list).iter().any(|item| syntax.get(*item, "name").is_some())
        {
            found.push(id);
            continue;
        }
        left.extend(syntax.entries(id).iter().map(|(_, value)| *value));
        left.extend(syntax.items(id));
    }
    found.sort_unstable();
    found
}

fn containers<'s>(syntax: &'s Syntax, pod: Id, name: &'s str) -> Vec<Id> {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let items = lists.iter().filter_map(|list| syntax.get(pod, list)).flat_map(|list| syntax.items(list));
    let named = |item: &&Id| syntax.get(**item, "name").and_then(|id| syntax.scalar(id)) == Some(name);
    items.filter(named).copied().collect()
}

impl Plan {
    /// Takes a change in.
    ///
    /// # Errors
    /// Why it cannot be made here; nothing is taken in then.
    pub(crate) fn take(
        &mut self,
        syntax: &Syntax,
        scope: Id,
        path: &[String],
        change: &Change,
    ) -> Result<(), String> {
        let mut id = scope;
        let mut above = syntax.nodes[id].parent;
        while let Some(around) = above {
            self.open(syntax, around)?;
            above = syntax.nodes[around].parent;
        }
        if !path.is_empty() {
            self.open(syntax, id)?;
        }
        for (depth, key) in path.iter().enumerate() {
            let (rest, last) = (&path[depth + 1..], depth + 1 == path.len());
            if let Some(next) = syntax.get(id, key) {
                if self.gone.contains_key(&next) {
                    return match (last, change) {
                        (true, Change::Unset(_) | Change::Drop(_)) => Ok(()),
                        _ => Err(format!("{key} goes and is to be changed as well")),
                    };
                }
                if last {
                    return self.change(syntax, scope, next, key, change);
                }
                if let Some(value) = self.set.get_mut(&next) {
                    return deepen(value, rest, change, key);
                }
                if syntax.is_null(next) || syntax.nodes[next].form == Form::Map(true, Vec::new()) {
                    return match made(rest, change) {
                        Some(value) => self.replace(syntax, next, value, key),
                        None => Ok(()),
                    };
                }
                self.open(syntax, next)?;
                if !matches!(syntax.nodes[next].form, Form::Map(..)) {
                    return Err(format!("{key} (line {}) is no mapping", syntax.nodes[next].at.0));
                }
                id = next;
                continue;
            }
            // The key is not written here.
            if !matches!(syntax.nodes[id].form, Form::Map(..)) {
                return Err(format!("line {}: not a mapping", syntax.nodes[id].at.0));
            }
            if let Some(from) = syntax.merged(id, key) {
                let line = syntax.nodes[from].at.0;
                let whole = match change {
                    Change::Set(value) | Change::Unset(value) if last => Some(value.clone()),
                    _ => None,
                };
                return match whole {
                    Some(value) => self.put(id, key, value),
                    None => Err(format!(
                        "a merge key puts {key} in (line {line}), and others may get it from there too: change it there"
                    )),
                };
            }
            if let Some((_, value)) =
                self.insert.get_mut(&id).and_then(|new| new.iter_mut().find(|(k, _)| k == key))
            {
                return deepen(value, rest, change, key);
            }
            return match made(rest, change) {
                Some(value) => self.put(id, key, value),
                None => Ok(()),
            };
        }
        // No keys: the value itself.
        self.change(syntax, scope, id, "the value", change)
    }
    /// Is that a value to change, for this place alone?
    fn open(&self, syntax: &Syntax, id: Id) -> Result<(), String> {
        let node = &syntax.nodes[id];
        if let Form::Alias(of) = node.form {
            let line = syntax.nodes[of].at.0;
            return Err(format!(
                "line {} is an alias: what stands at line {line} counts for others too, so change it there",
                node.at.0
            ));
        }
        if node.referred {
            return Err(format!(
                "others refer to line {} by its anchor: a change would count for them too",
                node.at.0
            ));
        }
        if let Some(value) = self.set.get(&id) {
            return match value {
                Value::Map(_) => Ok(()),
                _ => Err(format!("line {} changes already", node.at.0)),
            };
        }
        Ok(())
    }
    fn put(&mut self, id: Id, key: &str, value: Value) -> Result<(), String> {
        self.insert.entry(id).or_default().push((key.to_owned(), value));
        Ok(())
    }
    fn replace(&mut self, syntax: &Syntax, id: Id, value: Value, key: &str) -> Result<(), String> {
        let node = &syntax.nodes[id];
        if node.marked || node.referred {
            return Err(format!("{key} (line {}) has an anchor or a tag", node.at.0));
        }
        match self.set.get(&id) {
            Some(other) if *other != value => {
                return Err(format!("{key} (line {}) changes already", node.at.0));
            }
            _ => {}
        }
        let written = match &node.form {
            Form::Scalar(_, style) => !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded),
            Form::Alias(_) => true,
            Form::List(flow, _) | Form::Map(flow, _) => *flow,
        };
        if !written {
            return Err(format!("{key} (line {}) spans several lines", node.at.0));
        }
        self.set.insert(id, value);
        Ok(())
    }
    fn change(
        &mut self,
        syntax: &Syntax,
        scope: Id,
        id: Id,
        key: &str,
        change: &Change,
    ) -> Result<(), String> {
        let node = &syntax.nodes[id];
        match change {
            Change::Set(value) => {
                if let Form::Scalar(text, _) = &node.form
                    && node.tag_free()
                    && written(value).is_some_and(|wanted| wanted == *text)
                    && !matches!(value, Value::Text(_))
                {
                    return Ok(());
                }
                self.replace(syntax, id, value.clone(), key)
            }
            Change::Loopback => match &node.form {
                Form::Scalar(text, _) => self.replace(syntax, id, Value::Text(loopback(text)?), key),
                _ => {
                    let path = ["host_ip".to_owned()];
                    self.take(syntax, id, &path, &Change::Set("127.0.0.1".into()))
                }
            },
            Change::Unset(_) => {
                if node.referred {
                    return Err(format!("others refer to {key} (line {}) by its anchor", node.at.0));
                }
                if self.set.contains_key(&id) {
                    return Err(format!("{key} (line {}) changes already", node.at.0));
                }
                self.gone.insert(id, scope);
                Ok(())
            }
            Change::Add(value) => {
                if syntax.is_null(id) || matches!(&node.form, Form::List(true, items) if items.is_empty()) {
                    return match self.set.get_mut(&id) {
                        Some(Value::List(items)) => {
                            if !items.contains(value) {
                                items.push(value.clone());
                            }
                            Ok(())
                        }
                        _ => self.replace(syntax, id, Value::List(vec![value.clone()]), key),
                    };
                }
                self.open(syntax, id)?;
                let Form::List(_, items) = &node.form else {
                    return Err(format!("{key} (line {}) is no list", node.at.0));
                };
                let there = |item: &Id| {
                    syntax.scalar(*item).is_some() && written(value).as_deref() == syntax.scalar(*item)
                };
                let new = self.add.entry(id).or_default();
                if !items.iter().any(there) && !new.contains(value) {
                    new.push(value.clone());
                }
                Ok(())
            }
            Change::Drop(texts) => {
                self.open(syntax, id)?;
                if !matches!(node.form, Form::List(..)) {
                    return Err(format!("{key} (line {}) is no list", node.at.0));
                }
                let is =
                    |item: &&Id| syntax.scalar(**item).is_some_and(|text| texts.iter().any(|t| t == text));
                let found: Vec<Id> = syntax.items(id).iter().filter(is).copied().collect();
                if let Some(marked) = found.iter().find(|item| syntax.nodes[**item].referred) {
                    return Err(format!("others refer to line {} by its anchor", syntax.nodes[*marked].at.0));
                }
                self.gone.extend(found.into_iter().map(|item| (item, scope)));
                Ok(())
            }
        }
    }
    /// Mappings and lists that are left empty go with what they held, up to where the change began.
    fn settle(&mut self, syntax: &Syntax) {
        loop {
            let mut more = BTreeMap::new();
            for (id, scope) in &self.gone {
                let Some(parent) = syntax.nodes[*id].parent else { continue };
                if parent == *scope || self.gone.contains_key(&parent) || syntax.nodes[parent].referred {
                    continue;
                }
                let all_gone = match &syntax.nodes[parent].form {
                    Form::Map(_, entries) => entries.iter().all(|(_, value)| self.gone.contains_key(value)),
                    Form::List(_, items) => items.iter().all(|item| self.gone.contains_key(item)),
                    _ => false,
                };
                let in_map = syntax.nodes[parent]
                    .parent
                    .is_some_and(|above| matches!(syntax.nodes[above].form, Form::Map(..)));
                let nothing_new = !self.insert.contains_key(&parent) && !self.add.contains_key(&parent);
                if all_gone && in_map && nothing_new {
                    more.insert(parent, *scope);
                }
            }
            if more.is_empty() {
                return;
            }
            self.gone.extend(more);
        }
    }
}

/// `8080:80` as `127.0.0.1:8080:80`.
fn loopback(port: &str) -> Result<String, String> {
    let all = ["0.0.0.0:", "[::]:"].iter().find_map(|all| port.strip_prefix(all));
    let rest = all.unwrap_or(port);
    let known = |c: char| c.is_ascii_digit() || "-/:tcpuds".contains(c);
    match rest.matches(':').count() {
        _ if !rest.starts_with(|c: char| c.is_ascii_digit()) || !rest.chars().all(known) => {
            Err(format!("the port {port} is written in a way that this program does not change"))
        }
        0 if all.is_none() => Ok(format!("127.0.0.1::{rest}")),
        1 => Ok(format!("127.0.0.1:{rest}")),
        _ => Err(format!("the port {port} has an address already")),
    }
}

impl crate::syntax::Node {
    fn tag_free(&self) -> bool {
        !self.marked
    }
}

/// A scalar's text as it is written.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// The value that a change makes where nothing is; nothing where it takes away only.
fn made(path: &[String], change: &Change) -> Option<Value> {
    let last = match change {
        Change::Set(value) => value.clone(),
        Change::Add(value) => Value::List(vec![value.clone()]),
        Change::Unset(_) | Change::Drop(_) | Change::Loopback => return None,
    };
    Some(path.iter().rev().fold(last, |value, key| Value::Map(vec![(key.clone(), value)])))
}

/// Makes a change in a value that is new itself.
fn deepen(value: &mut Value, path: &[String], change: &Change, name: &str) -> Result<(), String> {
    let clash = || Err(format!("{name} changes already, to something else"));
    let Some((key, rest)) = path.split_first() else {
        return match (value, change) {
            (value, Change::Set(wanted)) if value == wanted => Ok(()),
            (Value::List(items), Change::Add(wanted)) => {
                if !items.contains(wanted) {
                    items.push(wanted.clone());
                }
                Ok(())
            }
            (_, Change::Unset(_) | Change::Drop(_)) => Ok(()),
            _ => clash(),
        };
    };
    let Value::Map(entries) = value else { return clash() };
    match entries.iter_mut().find(|(k, _)| k == key) {
        Some((_, value)) => deepen(value, rest, change, key),
        None => {
            if let Some(value) = made(rest, change) {
                entries.push((key.clone(), value));
            }
            Ok(())
        }
    }
}

/// What the text means, as far as it can be told by how it is written.
#[derive(Debug, PartialEq)]
enum Meaning {
    /// A scalar, whether it is a text (not a number or a truth value), and its tag.
    Scalar(String, bool, Option<String>),
    Null,
    List(Vec<Meaning>),
    Map(Vec<(Meaning, Meaning)>),
    /// The so manieth anchored value.
    Alias(String),
}

fn meaning(syntax: &Syntax, id: Id, plan: &Plan) -> Meaning {
    if let Some(value) = plan.set.get(&id) {
        let mut value = meant(value);
        if let (Meaning::Map(entries), Some(new)) = (&mut value, plan.insert.get(&id)) {
            entries.extend(new.iter().map(|(key, value)| (meant(&Value::Text(key.clone())), meant(value))));
        }
        return value;
    }
    if syntax.is_null(id) {
        return Meaning::Null;
    }
    match &syntax.nodes[id].form {
        Form::Scalar(text, style) => {
            let is_text = *style != ScalarStyle::Plain || !is_typed(text);
            Meaning::Scalar(text.clone(), is_text, syntax.tag(id).map(str::to_owned))
        }
        Form::Alias(of) => {
            // By the first word below it: the number of a value changes with what is put before it.
            let mut of = *of;
            while let Some(first) =
                syntax.entries(of).first().map(|(key, _)| *key).or_else(|| syntax.items(of).first().copied())
            {
                of = first;
            }
            Meaning::Alias(syntax.scalar(of).unwrap_or_default().to_owned())
        }
        Form::List(_, items) => {
            let kept = items.iter().filter(|item| !plan.gone.contains_key(item));
            let mut list: Vec<Meaning> = kept.map(|item| meaning(syntax, *item, plan)).collect();
            list.extend(plan.add.get(&id).into_iter().flatten().map(meant));
            Meaning::List(list)
        }
        Form::Map(_, entries) => {
            let kept = entries.iter().filter(|(_, value)| !plan.gone.contains_key(value));
            let mut map: Vec<_> = kept
                .map(|(key, value)| (meaning(syntax, *key, plan), meaning(syntax, *value, plan)))
                .collect();
            let new = plan.insert.get(&id).into_iter().flatten();
            map.extend(new.map(|(key, value)| (meant(&Value::Text(key.clone())), meant(value))));
            Meaning::Map(map)
        }
    }
}

fn meant(value: &Value) -> Meaning {
    match value {
        Value::List(items) => Meaning::List(items.iter().map(meant).collect()),
        Value::Map(entries) => {
            Meaning::Map(entries.iter().map(|(k, v)| (meant(&Value::Text(k.clone())), meant(v))).collect())
        }
        scalar => {
            let is_text = matches!(scalar, Value::Text(_));
            Meaning::Scalar(written(scalar).unwrap_or_default(), is_text, None)
        }
    }
}

/// Is a plain scalar of that text something else than a text?
fn is_typed(text: &str) -> bool {
    const WORDS: [&str; 11] = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let lower = text.to_ascii_lowercase();
    WORDS.contains(&lower.as_str())
        || text.parse::<f64>().is_ok()
        || text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
            && text.chars().all(|c| c.is_ascii_hexdigit() || "xXoO_:.+-TtZz ".contains(c))
}

/// The bytes that make the changes, and that they make no other.
///
/// # Errors
/// The text is written so that they cannot be made without touching something else.
pub(crate) fn splices(syntax: &Syntax, plan: &Plan) -> Result<Vec<Splice>, String> {
    let splices = written_as(syntax, plan)?;
    let mut plan = plan.clone();
    plan.settle(syntax);
    let new = crate::spliced(syntax.text, &splices);
    let again = Syntax::read(&new).map_err(|what| format!("the result would be no YAML: {what}"))?;
    let none = Plan::default();
    let whole = syntax.documents.len() == again.documents.len()
        && syntax
            .documents
            .iter()
            .zip(&again.documents)
            .all(|(old, new)| meaning(syntax, *old, &plan) == meaning(&again, *new, &none));
    if whole { Ok(splices) } else { Err("it is written in a way that this program does not change".into()) }
}

/// The bytes that make the changes.
///
/// # Errors
/// The text is written so that this program does not know how.
pub(crate) fn written_as(syntax: &Syntax, plan: &Plan) -> Result<Vec<Splice>, String> {
    let mut plan = plan.clone();
    plan.settle(syntax);
    let plan = &plan;
    let ink = Ink::of(syntax);
    let mut ranked: Vec<(Splice, Id)> = Vec::new();
    // What goes takes the changes inside it along.
    let lost = |id: Id| {
        let mut above = Some(id);
        while let Some(id) = above {
            if plan.gone.contains_key(&id) || plan.set.contains_key(&id) {
                return true;
            }
            above = syntax.nodes[id].parent;
        }
        false
    };
    for (id, value) in &plan.set {
        if !syntax.nodes[*id].parent.is_some_and(lost) && !plan.gone.contains_key(id) {
            ranked.push((ink.replaced(*id, value, plan)?, *id));
        }
    }
    let mut parents: BTreeSet<Id> = plan.insert.keys().chain(plan.add.keys()).copied().collect();
    parents.extend(plan.gone.keys().filter_map(|id| syntax.nodes[*id].parent));
    for parent in parents {
        if !lost(parent) {
            let mut splices = Vec::new();
            ink.changed(parent, plan, &mut splices)?;
            ranked.extend(splices.into_iter().map(|splice| (splice, parent)));
        }
    }
    // Of lines that are put behind the same line, those of what stands inside come first.
    ranked.sort_by_key(|(splice, id)| (splice.start, splice.end, std::cmp::Reverse(*id)));
    let splices: Vec<Splice> = ranked.into_iter().map(|(splice, _)| splice).collect();
    if splices.windows(2).any(|pair| pair[0].end > pair[1].start) {
        return Err("the changes lie too close together".into());
    }
    Ok(splices)
}

/// How the text is written, and how new parts of it are to be.
struct Ink<'s, 't> {
    syntax: &'s Syntax<'t>,
    newline: &'static str,
    /// Spaces of a level.
    step: usize,
    /// Spaces before the dash of a list below a key.
    dash: usize,
    /// Is the whole text in braces, with keys in quotes?
    json: bool,
}

impl<'s, 't> Ink<'s, 't> {
    fn of(syntax: &'s Syntax<'t>) -> Self {
        let (mut step, mut dash, mut json) = (None, None, false);
        for (id, node) in syntax.nodes.iter().enumerate() {
            match &node.form {
                Form::Map(true, entries) if node.parent.is_none() => {
                    json |= entries.iter().all(|(key, _)| {
                        matches!(syntax.nodes[*key].form, Form::Scalar(_, ScalarStyle::DoubleQuoted))
                    });
                }
                Form::Map(false, entries) => {
                    for (key, value) in entries {
                        let (at, below) = (syntax.nodes[*key].at.1, syntax.nodes[*value].at.1);
                        match &syntax.nodes[*value].form {
                            Form::Map(false, _) if below > at => step = step.or(Some((below - at) as usize)),
                            // Where the list itself begins is not told for one that is not indented.
                            Form::List(false, items) if !items.is_empty() => {
                                let line = syntax.line_start(syntax.nodes[items[0]].start);
                                let spaces = syntax.text[line..].bytes().take_while(|b| *b == b' ').count();
                                dash = dash.or(spaces.checked_sub(at as usize - 1));
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
            if step.is_some() && dash.is_some() && id > 1000 {
                break;
            }
        }
        let newline = if syntax.text.find('\n').is_some_and(|n| syntax.text[..n].ends_with('\r')) {
            "\r\n"
        } else {
            "\n"
        };
        let step = step.unwrap_or(2);
        Ink { syntax, newline, step, dash: dash.unwrap_or(step), json }
    }
    /// A scalar as it is written here.
    fn scalar(&self, value: &Value, quoted: bool) -> String {
        let Value::Text(text) = value else { return written(value).unwrap_or_default() };
        let plain = !quoted
            && !is_typed(text)
            && text.starts_with(|c: char| c.is_ascii_alphanumeric() || "/._".contains(c))
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "/._:@=+-".contains(c))
            && !text.ends_with(':');
        if plain { text.clone() } else { quote(text) }
    }
    fn flow(&self, value: &Value, quoted: bool) -> String {
        match value {
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.flow(item, quoted)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|entry| self.flow_entry(entry, quoted)).collect();
                format!("{{{}}}", entries.join(", "))
            }
            scalar => self.scalar(scalar, quoted),
        }
    }
    fn flow_entry(&self, (key, value): &(String, Value), quoted: bool) -> String {
        let key = self.scalar(&Value::Text(key.clone()), quoted);
        format!("{key}: {}", self.flow(value, quoted))
    }
    /// An entry of a mapping in lines of their own, indented by so much.
    fn entry_lines(&self, key: &str, value: &Value, indent: usize, lines: &mut Vec<String>) {
        let pad = " ".repeat(indent);
        let key = self.scalar(&Value::Text(key.to_owned()), false);
        match value {
            Value::Map(entries) if !entries.is_empty() => {
                lines.push(format!("{pad}{key}:"));
                self.below(value, indent, lines);
            }
            Value::List(items) if !items.is_empty() => {
                lines.push(format!("{pad}{key}:"));
                self.below(value, indent, lines);
            }
            value => lines.push(format!("{pad}{key}: {}", self.flow(value, false))),
        }
    }
    /// What stands below a key that is indented by so much.
    fn below(&self, value: &Value, indent: usize, lines: &mut Vec<String>) {
        match value {
            Value::Map(entries) => {
                entries
                    .iter()
                    .for_each(|(key, value)| self.entry_lines(key, value, indent + self.step, lines));
            }
            Value::List(items) => {
                items.iter().for_each(|item| self.item_lines(item, indent + self.dash, lines));
            }
            _ => {}
        }
    }
    fn item_lines(&self, item: &Value, indent: usize, lines: &mut Vec<String>) {
        let pad = " ".repeat(indent);
        match item {
            Value::Map(entries) if !entries.is_empty() => {
                let from = lines.len();
                entries.iter().for_each(|(key, value)| self.entry_lines(key, value, indent + 2, lines));
                let first = lines[from][indent + 2..].to_owned();
                lines[from] = format!("{pad}- {first}");
            }
            item => lines.push(format!("{pad}- {}", self.flow(item, false))),
        }
    }
    /// Does the value stand in braces or brackets, itself or something around it?
    fn in_flow(&self, id: Id) -> bool {
        let mut above = Some(id);
        while let Some(id) = above {
            if matches!(self.syntax.nodes[id].form, Form::Map(true, _) | Form::List(true, _)) {
                return true;
            }
            above = self.syntax.nodes[id].parent;
        }
        false
    }
    /// Are the keys around it in quotes, as JSON has them?
    fn quoted(&self, id: Id) -> bool {
        let mut above = Some(id);
        while let Some(id) = above {
            if let Form::Map(true, entries) = &self.syntax.nodes[id].form
                && let Some((key, _)) = entries.first()
            {
                return matches!(self.syntax.nodes[*key].form, Form::Scalar(_, ScalarStyle::DoubleQuoted));
            }
            above = self.syntax.nodes[id].parent;
        }
        self.json
    }
    /// The key of a value of a mapping.
    fn key_of(&self, id: Id) -> Option<Id> {
        let parent = self.syntax.nodes[id].parent?;
        self.syntax.entries(parent).iter().find(|(_, value)| *value == id).map(|(key, _)| *key)
    }
    /// Lines that stand after the line of that byte.
    fn lines_after(&self, byte: usize, lines: &[String]) -> Splice {
        let text = self.syntax.text;
        match text[byte..].find('\n') {
            Some(n) => {
                let at = byte + n + 1;
                Splice { start: at, end: at, text: lines.join(self.newline) + self.newline }
            }
            None => Splice {
                start: text.len(),
                end: text.len(),
                text: format!("{}{}", self.newline, lines.join(self.newline)),
            },
        }
    }
    /// The last byte that belongs to what ends there: comments below it that are indented deeper than that many
    /// columns are of it.
    fn with_comments(&self, end: usize, indent: usize) -> usize {
        let text = self.syntax.text;
        let mut last = self.syntax.line_end(end);
        let mut at = last;
        while let Some(n) = text[at..].find('\n') {
            let start = at + n + 1;
            let stop = self.syntax.line_end(start);
            let line = &text[start..stop];
            let spaces = line.len() - line.trim_start_matches(' ').len();
            if line[spaces..].starts_with('#') && spaces > indent {
                last = stop;
            } else if !line.trim().is_empty() {
                break;
            }
            at = stop;
        }
        last
    }
    fn replaced(&self, id: Id, value: &Value, plan: &Plan) -> Result<Splice, String> {
        let node = &self.syntax.nodes[id];
        let mut value = value.clone();
        if let (Value::Map(entries), Some(new)) = (&mut value, plan.insert.get(&id)) {
            entries.extend(new.iter().cloned());
        }
        let flow = node.parent.is_some_and(|parent| self.in_flow(parent)) || node.parent.is_none();
        let quoted = self.quoted(id)
            || matches!(node.form, Form::Scalar(_, ScalarStyle::DoubleQuoted)) && written(&value).is_some();
        let collection = matches!(&value, Value::Map(entries) if !entries.is_empty())
            || matches!(&value, Value::List(items) if !items.is_empty());
        let empty = node.start == node.end;
        if collection
            && !flow
            && let Some(key) = self.key_of(id)
        {
            let mut lines = Vec::new();
            self.below(&value, self.syntax.nodes[key].at.1 as usize - 1, &mut lines);
            let after = self.lines_after(node.end, &lines);
            if empty {
                return Ok(after);
            }
            // What was there goes, and a comment behind it stays on the line of the key.
            let colon = self.syntax.colon(self.syntax.nodes[key].end).ok_or("a key without its colon")?;
            let rest = &self.syntax.text[node.end..after.start];
            return Ok(Splice { start: colon, end: after.start, text: format!("{rest}{}", after.text) });
        }
        let text = match &node.form {
            // The same quotes as before, where there were some.
            Form::Scalar(_, ScalarStyle::SingleQuoted) if matches!(value, Value::Text(_)) => {
                format!("'{}'", written(&value).unwrap_or_default().replace('\'', "''"))
            }
            _ => self.flow(&value, quoted),
        };
        if empty {
            let colon = self.syntax.colon(node.end).ok_or("a key without its colon")?;
            return Ok(Splice { start: colon, end: colon, text: format!(" {text}") });
        }
        Ok(Splice { start: node.start, end: node.end, text })
    }
    /// The splices for what is new in a list or mapping, and for what goes from it.
    fn changed(&self, id: Id, plan: &Plan, splices: &mut Vec<Splice>) -> Result<(), String> {
        let node = &self.syntax.nodes[id];
        // Each part as (first byte, last byte, does it go).
        let end = |value: Id| self.syntax.end(value);
        let (flow, parts): (bool, Vec<(usize, usize, bool)>) = match &node.form {
            Form::Map(flow, entries) => {
                let part = |(key, value): &(Id, Id)| {
                    (
                        self.begin(*key),
                        end(*value).max(self.syntax.nodes[*key].end),
                        plan.gone.contains_key(value),
                    )
                };
                (*flow, entries.iter().map(part).collect())
            }
            Form::List(flow, items) => {
                (*flow, items.iter().map(|i| (self.begin(*i), end(*i), plan.gone.contains_key(i))).collect())
            }
            _ => return Err(format!("line {}: neither a list nor a mapping", node.at.0)),
        };
        let (new_entries, new_items) = (plan.insert.get(&id), plan.add.get(&id));
        if flow {
            let quoted = self.quoted(id);
            let entries = new_entries.into_iter().flatten().map(|entry| self.flow_entry(entry, quoted));
            let items = new_items.into_iter().flatten().map(|item| self.flow(item, quoted));
            return self.changed_flow(id, &parts, entries.chain(items).collect(), splices);
        }
        let Some(last) = parts.last() else { return Err(format!("line {}: empty", node.at.0)) };
        let mut lines = Vec::new();
        let indent = match &node.form {
            Form::Map(..) => {
                let (key, _) = self.syntax.entries(id)[0];
                let start = self.syntax.nodes[key].start;
                let before = &self.syntax.text[self.syntax.line_start(start)..start];
                if before.chars().any(|c| !matches!(c, ' ' | '-')) {
                    return Err(format!("line {}: this program does not add to it", node.at.0));
                }
                before.len()
            }
            _ => self.dash_of(self.syntax.items(id)[0])?.1,
        };
        for (key, value) in new_entries.into_iter().flatten() {
            self.entry_lines(key, value, indent, &mut lines);
        }
        for item in new_items.into_iter().flatten() {
            self.item_lines(item, indent, &mut lines);
        }
        if !lines.is_empty() {
            splices.push(self.lines_after(self.with_comments(last.1, indent), &lines));
        }
        for (n, (start, stop, gone)) in parts.iter().enumerate() {
            if !gone {
                continue;
            }
            let start = match &node.form {
                Form::List(..) => self.dash_of(self.syntax.items(id)[n])?.0,
                _ => *start,
            };
            splices.push(self.without_lines(
                start,
                *stop,
                parts.get(n + 1).filter(|next| !next.2).map(|n| n.0),
            )?);
        }
        Ok(())
    }
    /// The first byte of a value, its anchor, tag and quotes counted.
    fn begin(&self, id: Id) -> usize {
        let node = &self.syntax.nodes[id];
        if !node.marked {
            return node.start;
        }
        let line = self.syntax.line_start(node.start);
        let before = &self.syntax.text[line..node.start];
        before.find(['&', '!']).map_or(node.start, |n| line + n)
    }
    /// The byte of an item's dash, and its column from 0.
    fn dash_of(&self, item: Id) -> Result<(usize, usize), String> {
        let start = self.begin(item);
        let line = self.syntax.line_start(start);
        let before = &self.syntax.text[line..start];
        let dash = before.trim_end_matches(' ');
        if !dash.ends_with('-') || dash[..dash.len() - 1].chars().any(|c| c != ' ') {
            return Err(format!(
                "line {}: this program does not change how this list is written",
                self.syntax.nodes[item].at.0
            ));
        }
        Ok((line + dash.len() - 1, dash.len() - 1))
    }
    /// Takes the lines of a part away; `next` is where the part behind it begins.
    fn without_lines(&self, start: usize, stop: usize, next: Option<usize>) -> Result<Splice, String> {
        let text = self.syntax.text;
        let line = self.syntax.line_start(start);
        let before = &text[line..start];
        if before.trim().is_empty() {
            let stop = self.syntax.line_end(stop);
            let end = text[stop..].find('\n').map(|n| stop + n + 1);
            return Ok(match end {
                Some(end) => Splice { start: line, end, text: String::new() },
                // The last line of a text without a newline at its end.
                None => {
                    let start = line.saturating_sub(1);
                    let start = start - usize::from(text[..start].ends_with('\r'));
                    Splice { start, end: text.len(), text: String::new() }
                }
            });
        }
        // It begins behind a dash: what comes next takes its place.
        match next {
            Some(next) if !text[stop..next].contains('#') => {
                Ok(Splice { start, end: next, text: String::new() })
            }
            _ => Err("it is the first of several on one line".into()),
        }
    }
    fn changed_flow(
        &self,
        id: Id,
        parts: &[(usize, usize, bool)],
        new: Vec<String>,
        splices: &mut Vec<Splice>,
    ) -> Result<(), String> {
        let (text, node) = (self.syntax.text, &self.syntax.nodes[id]);
        if !text[..node.end].ends_with(['}', ']']) {
            return Err(format!("line {}: a pair without braces", node.at.0));
        }
        let close = node.end - 1;
        let kept = parts.iter().rposition(|part| !part.2);
        let Some(last) = parts.last() else {
            splices.push(Splice { start: node.start + 1, end: close, text: new.join(", ") });
            return Ok(());
        };
        if kept.is_none() {
            splices.push(Splice { start: parts[0].0, end: last.1, text: new.join(", ") });
            return Ok(());
        }
        let first_kept = parts.iter().position(|part| !part.2).unwrap_or(0);
        for (n, (start, stop, gone)) in parts.iter().enumerate() {
            if !gone {
                continue;
            }
            let (from, to) = if n < first_kept { (*start, parts[n + 1].0) } else { (parts[n - 1].1, *stop) };
            if text[from..to].contains('#') && text[from..to].contains('\n') {
                return Err(format!("line {}: comments stand between", node.at.0));
            }
            splices.push(Splice { start: from, end: to, text: String::new() });
        }
        if new.is_empty() {
            return Ok(());
        }
        // Behind the comma that may stand at the end, on a line of its own where the others have one each.
        let rest = &text[last.1..close];
        let comma = rest.trim_start().starts_with(',');
        let at = last.1 + if comma { rest.find(',').map_or(0, |n| n + 1) } else { 0 };
        let line = self.syntax.line_start(last.0);
        let own_line = text[line..last.0].trim().is_empty()
            && text[self.syntax.line_start(close)..close].trim().is_empty()
            && self.syntax.line_start(close) != line;
        let between =
            if own_line { format!("{}{}", self.newline, &text[line..last.0]) } else { " ".to_owned() };
        let mut out = String::new();
        for (n, part) in new.iter().enumerate() {
            if n > 0 || !comma {
                out.push(',');
            }
            out.push_str(&between);
            out.push_str(part);
        }
        if comma {
            out.push(',');
        }
        splices.push(Splice { start: at, end: at, text: out });
        Ok(())
    }
}

/// A text in double quotes, as YAML and JSON have it.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
