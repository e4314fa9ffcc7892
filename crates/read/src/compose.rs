//! Compose files: merge keys, `extends`, the override file, `.env`; each project is a world of its own.
//!
//! A key that is absent was read and is not set, and then the engine's default holds. `${X}` is filled in from
//! `.env` and from defaults; what is left is a gap, for the shell that starts the project may set it.

mod details;

use crate::secrets::conceal;
use crate::yaml::{self, Node, Value, View};
use crate::{Input, capabilities, cover, dockerfile, image_ref, seccomp, user};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tyrian_model::details::Lifetime;
use tyrian_model::dockerfile::{Base, Stage, What};
use tyrian_model::fact::{Gap, Known, Many, Pos, Why};
use tyrian_model::facts::Facts;
use tyrian_model::secret::Concealed;
use tyrian_model::workload::{
    Confinement, Container, Mount, MountKind, Namespace, Port, Role, Seccomp, Source, User, Volume, Workload,
};

/// The most bytes that variables add to all values of a file.
const MOST_FILLED: usize = 4 << 20;
/// How deep `extends` may lead.
const MOST_EXTENDS: usize = 16;
/// The most nodes that services take over from those that they extend.
const MOST_EXTENDED: usize = 200_000;
/// The most services of a project. A few bytes of text make a few thousand of facts.
const MOST_SERVICES: usize = 10_000;

/// Another file of the tree, as it was found.
#[derive(Clone, Copy)]
pub enum Found<'t> {
    /// Its text.
    There(&'t str),
    /// The tree has none of that name.
    Absent,
    /// There is one, or may be one, and it could not be read.
    Unread(&'t Gap),
}

impl<'t> Found<'t> {
    /// The text, where there is one.
    ///
    /// # Errors
    /// Why it could not be read.
    fn text(self) -> Result<Option<&'t str>, Gap> {
        match self {
            Found::There(text) => Ok(Some(text)),
            Found::Absent => Ok(None),
            Found::Unread(gap) => Err(gap.clone()),
        }
    }
}

/// Gives another file of the tree by its path.
pub type Files<'t> = dyn Fn(&str) -> Found<'t> + 't;

/// What variables are known to be.
struct Variables {
    values: BTreeMap<String, String>,
    /// Are these all that the project's files set? Otherwise a default may not be what holds.
    whole: bool,
}

/// Is it the override file that belongs to another Compose file beside it?
fn overridden(path: &str) -> Option<String> {
    [".override.yaml", ".override.yml"].iter().find_map(|end| path.strip_suffix(end)).map(str::to_owned)
}

/// The world of a Compose file: `compose-DIRECTORY`, with the file's own name where it is not the usual one.
fn world_of(path: &str) -> String {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut world = "compose".to_owned();
    for part in [dir, if matches!(stem, "compose" | "docker-compose") { "" } else { stem }] {
        if !part.is_empty() {
            world.push('-');
            world.push_str(&part.replace('/', "-"));
        }
    }
    world
}

/// Reads a Compose file. `file` gives another file of the tree, by its path.
///
/// An override file is read with the file it belongs to, and gives nothing by itself.
pub fn read<'t>(input: &Input<'t>, file: &Files<'t>) -> Facts {
    let mut facts = Facts::default();
    if let Some(stem) = overridden(input.path)
        && [".yaml", ".yml"].iter().any(|end| matches!(file(&format!("{stem}{end}")), Found::There(_)))
    {
        return facts;
    }
    let world = facts.world(&world_of(input.path));
    match project(input, file) {
        Ok((workloads, volumes)) => (world.workloads, world.volumes) = (Many::whole(workloads), volumes),
        Err(gap) => {
            world.workloads = Many::none(gap.why, gap.what.clone());
            world.volumes = Many::none(gap.why, gap.what);
        }
    }
    facts
}

/// The named volumes of a project: those of the local driver can be a path of the host by another name.
fn volumes(path: &str, root: &Node) -> Result<Many<Volume>, Gap> {
    let volume = |(name, view): (&str, View)| {
        let option = |key: &str| view.path(&["driver_opts", key]).text();
        let host_path = option("o").zip(option("device")).map(|(options, device)| {
            let bind = |options: String| options.split(',').any(|option| matches!(option, "bind" | "rbind"));
            device.filter(|_| options.is_some_and(bind))
        });
        (format!("volume:{name}"), Volume { file: path.to_owned(), at: view.pos(), host_path })
    };
    Ok(Many::whole(View::new(path, root).key("volumes").entries()?.into_iter().map(volume)))
}

/// The services of a project by their subject, and its named volumes.
type Project = (Vec<(String, Workload)>, Many<Volume>);

fn project<'t>(input: &Input<'t>, file: &Files<'t>) -> Result<Project, Gap> {
    let variables = variables(input.path, file);
    let mut root = load(input.path, input.text, &variables)?;
    if let Some((path, text)) = base_of(input.path, file)? {
        let mut base = load(&path, text, &variables)?;
        if adds_nothing(&root, &base) {
            place(&mut base, &Arc::from(path.as_str()));
            root = merge(base, root);
        }
    }
    let stem = input.path.rsplit_once('.').map_or(input.path, |(stem, _)| stem);
    for end in [".override.yaml", ".override.yml"] {
        let path = format!("{stem}{end}");
        if let Some(text) = file(&path).text()? {
            let mut over = load(&path, text, &variables)?;
            place(&mut over, &Arc::from(path.as_str()));
            root = merge(root, over);
        }
    }
    if View::new(input.path, &root).key("include").is_set() {
        let what =
            format!("{}: include is not followed: scan the output of `docker compose config`", input.path);
        return Err(Gap::new(Why::NotRead, what));
    }
    let mut rows = Vec::new();
    let services = View::new(input.path, &root).key("services").entries()?;
    if services.len() > MOST_SERVICES {
        let what = format!("{}: more than {MOST_SERVICES} services: scan parts of it", input.path);
        return Err(Gap::new(Why::NotRead, what));
    }
    let mut extends = Extends { file, variables: &variables, loaded: BTreeMap::new(), left: MOST_EXTENDED };
    for (name, service) in services {
        let Some(node) = service.node()? else { continue };
        let node = extends.service(input.path, input.text, name, node.clone(), 0)?;
        rows.push((format!("service:{name}"), workload(input, &root, &node, file)));
    }
    Ok((rows, volumes(input.path, &root)?))
}

/// The file beside `compose.prod.yaml` that it is laid over by `-f compose.yaml -f compose.prod.yaml`.
fn base_of<'t>(path: &str, file: &Files<'t>) -> Result<Option<(String, &'t str)>, Gap> {
    let Some((stem, _)) = path.rsplit_once('.') else { return Ok(None) };
    let (directory, name) = stem.rsplit_once('/').map_or(("", stem), |(directory, name)| (directory, name));
    let Some(end) = name
        .rfind(['.', '-', '_'])
        .filter(|_| !matches!(name, "docker-compose" | "podman-compose" | "container-compose"))
    else {
        return Ok(None);
    };
    for ending in [".yaml", ".yml"] {
        let base = format!("{}{ending}", &name[..end]);
        let base = if directory.is_empty() { base } else { format!("{directory}/{base}") };
        if let Some(text) = file(&base).text()? {
            return Ok(Some((base, text)));
        }
    }
    Ok(None)
}

/// Has the file only services that the other one has too?
fn adds_nothing(over: &Node, base: &Node) -> bool {
    let (Some(over), Some(base)) = (over.get("services"), base.get("services")) else { return false };
    let Value::Map(services) = &over.is else { return false };
    services.iter().all(|(name, _)| base.get(name).is_some())
}

fn load(path: &str, text: &str, variables: &Variables) -> Result<Node, Gap> {
    let mut documents = yaml::documents(path, text)?;
    if documents.is_empty() {
        documents.push(Node::new(Pos::new(1, 1), Value::Map(Vec::new())));
    }
    let mut root = documents.remove(0);
    fill_in(&mut root, variables, &mut { MOST_FILLED });
    Ok(root)
}

/// `.env` beside the file, as Compose reads it.
fn variables<'t>(path: &str, file: &Files<'t>) -> Variables {
    let (text, whole) = match file(&beside(path, ".env")) {
        Found::There(text) => (text, true),
        Found::Absent => ("", true),
        Found::Unread(_) => ("", false),
    };
    let line = |line: &str| {
        let (name, value) = line.trim().strip_prefix("export ").unwrap_or(line.trim()).split_once('=')?;
        let name = name.trim();
        let plain = !name.is_empty() && !name.starts_with('#');
        let value = value.trim();
        let quoted = value
            .strip_prefix('"')
            .and_then(|v| v.strip_suffix('"'))
            .or_else(|| value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')));
        let value = quoted.unwrap_or_else(|| value.split(" #").next().unwrap_or("").trim());
        plain.then(|| (name.to_owned(), value.to_owned()))
    };
    Variables { values: text.lines().filter_map(line).collect(), whole }
}

/// The path of a file that is named relative to the directory of another.
fn beside(path: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// `left` is how many bytes values may still add: a file names a long one as often as it likes.
fn fill_in(node: &mut Node, variables: &Variables, left: &mut usize) {
    match &mut node.is {
        Value::Scalar { text, .. } if text.contains('$') => *text = interpolate(text, variables, left),
        Value::List(items) => items.iter_mut().for_each(|item| fill_in(item, variables, left)),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, item)| fill_in(item, variables, left)),
        _ => {}
    }
}

/// Fills in `$X`, `${X}`, `${X:-default}`, `${X-default}`, `${X:+other}`, `${X+other}`; `$$` is a dollar.
/// What cannot be filled in stays as `${X}`, which every reader takes for a gap.
fn interpolate(text: &str, variables: &Variables, left: &mut usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Where nothing closes any more, nothing is looked for.
    let last = text.rfind('}').unwrap_or(0);
    let mut room = |value: &str| match left.checked_sub(value.len()) {
        Some(less) => {
            *left = less;
            true
        }
        None => false,
    };
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if text.len() - rest.len() <= last
            && let Some((inner, after)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'))
        {
            let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
            let (name, operation) = inner.split_at(end);
            let value = variables.values.get(name);
            let filled = value.filter(|value| !value.is_empty());
            let sign = operation.strip_prefix(':').unwrap_or(operation);
            let sign = operation.len() - sign.len() + sign.chars().next().map_or(0, char::len_utf8);
            let known = match operation.split_at(sign) {
                ("", _) | ("?", _) => value.cloned(),
                (":?", _) => filled.cloned(),
                (":-", default) => filled.cloned().or_else(|| Some(default.to_owned())),
                ("-", default) => value.cloned().or_else(|| Some(default.to_owned())),
                (":+", other) => value.map(|value| if value.is_empty() { "" } else { other }.to_owned()),
                ("+", other) => value.map(|_| other.to_owned()),
                _ => None,
            };
            // A default that itself holds a variable is left to whoever fills it in.
            match known.filter(|known| variables.whole && !known.contains('$') && room(known)) {
                Some(known) => out.push_str(&known),
                None => out.push_str(&format!("${{{inner}}}")),
            }
            rest = after;
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            match variables.values.get(&rest[..end]).filter(|value| room(value)) {
                Some(value) => out.push_str(value),
                None if end > 0 => out.push_str(&format!("${{{}}}", &rest[..end])),
                None => out.push('$'),
            }
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

/// Says of every node that it stands in that file.
fn place(node: &mut Node, file: &Arc<str>) {
    if node.at.file.is_none() {
        node.at.file = Some(file.clone());
    }
    match &mut node.is {
        Value::List(items) => items.iter_mut().for_each(|item| place(item, file)),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, item)| place(item, file)),
        _ => {}
    }
}

/// Keys of a service whose lists a later file replaces rather than adds to.
const REPLACED: [&str; 3] = ["command", "entrypoint", "test"];

/// Joins two files as Compose does: mappings by key, lists one after the other, the rest replaced.
fn merge(base: Node, over: Node) -> Node {
    let at = over.at.clone();
    match (base.is, over.is) {
        (Value::Map(mut entries), Value::Map(more)) => {
            let places: HashMap<String, usize> =
                entries.iter().enumerate().map(|(index, (key, _))| (key.clone(), index)).collect();
            for (key, node) in more {
                match places.get(&key).copied() {
                    Some(index) if !REPLACED.contains(&key.as_str()) => {
                        let old =
                            std::mem::replace(&mut entries[index].1, Node::new(at.clone(), Value::Null));
                        entries[index].1 = merge(old, node);
                    }
                    Some(index) => entries[index].1 = node,
                    None => entries.push((key, node)),
                }
            }
            Node::new(base.at, Value::Map(entries))
        }
        (Value::List(mut items), Value::List(more)) => {
            items.extend(more);
            Node::new(base.at, Value::List(items))
        }
        (_, is) => Node::new(at, is),
    }
}

/// What services take over from others.
struct Extends<'x, 't> {
    file: &'x Files<'t>,
    variables: &'x Variables,
    /// Files that were read for it: many services extend one of the same file.
    loaded: BTreeMap<String, Node>,
    /// So many nodes more may be taken over.
    left: usize,
}

impl Extends<'_, '_> {
    /// The service with what it extends.
    fn service(
        &mut self,
        path: &str,
        text: &str,
        name: &str,
        service: Node,
        depth: usize,
    ) -> Result<Node, Gap> {
        let view = View::new(path, &service);
        let extends = view.key("extends");
        let Some(node) = extends.node()? else { return Ok(service) };
        let gap =
            |what: &str| Gap::new(Why::NotRead, format!("{path}:{}: {name} extends {what}", node.at.line));
        if depth == MOST_EXTENDS {
            return Err(gap("in a circle"));
        }
        let (other, of) = match node.scalar() {
            Some(of) => (None, of.to_owned()),
            None => {
                let text = |key| node.get(key).and_then(Node::scalar).map(str::to_owned);
                (text("file"), text("service").ok_or_else(|| gap("no service"))?)
            }
        };
        let (other_path, other_text) = match &other {
            None => (path.to_owned(), text),
            Some(other) => {
                let other = beside(path, other);
                let text = (self.file)(&other)
                    .text()?
                    .ok_or_else(|| gap(&format!("{other}, which is not in what was scanned")))?;
                (other, text)
            }
        };
        let root = match self.loaded.entry(other_path.clone()) {
            Entry::Occupied(root) => root.into_mut(),
            Entry::Vacant(place) => place.insert(load(&other_path, other_text, self.variables)?),
        };
        let base = root.get("services").and_then(|services| services.get(&of));
        let base = base.ok_or_else(|| gap(&format!("{of}, which is not in {other_path}")))?;
        let left = self.left.checked_sub(base.size());
        self.left =
            left.ok_or_else(|| gap(&format!("{of}: more than {MOST_EXTENDED} values are taken over")))?;
        let mut base = base.clone();
        if other.is_some() {
            place(&mut base, &Arc::from(other_path.as_str()));
        }
        let base = self.service(&other_path, other_text, &of, base, depth + 1)?;
        Ok(merge(base, without(service, "extends")))
    }
}

fn without(mut node: Node, key: &str) -> Node {
    if let Value::Map(entries) = &mut node.is {
        entries.retain(|(k, _)| k != key);
    }
    node
}

fn workload<'t>(input: &Input, root: &Node, node: &Node, file: &Files<'t>) -> Workload {
    let service = View::new(input.path, node);
    let partial = !service.key("image").is_set() && !service.key("build").is_set();
    let container = if partial {
        let what = format!(
            "{}:{}: neither image nor build: it is laid over another file; scan the output of `docker compose config`",
            input.path, node.at.line
        );
        Many::none(Why::Unresolved, what)
    } else {
        Many::whole([(String::new(), container(input, root, &service, file))])
    };
    Workload {
        source: Source::Compose,
        kind: "service".into(),
        namespace: String::new(),
        file: input.path.to_owned(),
        at: Some(node.at.clone()),
        windows: false,
        labels: pairs(input, &service.key("labels")).map(|labels| labels.into_iter().collect()),
        annotations: Known::is(BTreeMap::new()),
        service_account: Known::is(None),
        automount_token: Known::gap(Why::NotAsked, "Compose has no service accounts"),
        runtime: service.key("runtime").text(),
        own_nodes: Known::gap(Why::NotAsked, "only pods choose nodes"),
        pod_security: Known::gap(Why::NotAsked, "the Pod Security Standards speak of pods alone"),
        lifetime: Lifetime {
            deadline: Known::gap(Why::NotAsked, "a service is made to run for ever"),
            kept: Known::gap(Why::NotAsked, "a service is made to run for ever"),
        },
        networks: networks(&service),
        containers: container,
    }
}

fn networks(service: &View) -> Known<BTreeSet<String>> {
    let networks = service.key("networks");
    if !networks.is_set() {
        let mode = service.key("network_mode").text();
        return mode.map(|mode| match mode.as_deref() {
            // The engine's own bridge, which all projects share.
            Some("bridge") => BTreeSet::from(["bridge".into()]),
            Some(_) => BTreeSet::new(),
            None => BTreeSet::from(["default".into()]),
        });
    }
    match networks.entries() {
        Ok(entries) => Known::is(entries.into_iter().map(|(name, _)| own_network(name)).collect()),
        Err(_) => networks
            .texts()
            .map(|names| names.unwrap_or_default().iter().map(|name| own_network(name)).collect()),
    }
}

/// A network of the project by its name; one that is named like the engine's own bridge is another one.
fn own_network(name: &str) -> String {
    if name == "bridge" { "bridge of the project".to_owned() } else { name.to_owned() }
}

/// A list of `NAME=value` or a mapping, secrets concealed; a name without a value has the empty one.
fn pairs(input: &Input, view: &View) -> Known<BTreeMap<String, Concealed>> {
    let Ok(node) = view.node() else {
        return view.fact(|_| Ok(BTreeMap::new())).map(Option::unwrap_or_default);
    };
    let mut pairs = BTreeMap::new();
    let mut add = |name: &str, value: &str, at: &Pos| {
        pairs.insert(name.to_owned(), conceal(input.key, name, value, Some(at.clone())));
    };
    match node.map(|node| &node.is) {
        None => {}
        Some(Value::Map(entries)) => {
            for (name, value) in entries {
                match &value.is {
                    Value::Null => add(name, "", &value.at),
                    Value::Scalar { text, .. } => add(name, text, &value.at),
                    _ => return view.wrong(value, "a text").into(),
                }
            }
        }
        Some(Value::List(items)) => {
            for item in items {
                let Some(text) = item.scalar() else { return view.wrong(item, "NAME=value").into() };
                let (name, value) = text.split_once('=').unwrap_or((text, ""));
                add(name, value, &item.at);
            }
        }
        Some(_) => {
            return view
                .fact(|node| Err::<BTreeMap<_, _>, _>(view.wrong(node, "a mapping")))
                .map(Option::unwrap_or_default);
        }
    }
    Known::is(pairs)
}

fn container<'t>(input: &Input, root: &Node, service: &View, file: &Files<'t>) -> Container {
    let image = service.key("image");
    let health = service.key("healthcheck");
    let health_check = match (health.key("disable").flag(), health.is_set()) {
        (disabled, true) => disabled.map(|disabled| disabled != Some(true)),
        (_, false) => Known::is(false),
    };
    let logging = service.key("logging");
    let restart = match service.key("restart") {
        own if own.is_set() => own.text(),
        _ => {
            let policy = service.path(&["deploy", "restart_policy"]);
            let most = policy.key("max_attempts").text();
            policy.key("condition").text().zip(most).map(|(condition, most)| {
                condition.map(|condition| match most {
                    Some(most) if condition == "on-failure" => format!("on-failure:{most}"),
                    _ => condition,
                })
            })
        }
    };
    Container {
        role: Role::Main,
        image: image.text().and_then(|text| {
            match text.as_deref().map(|text| (text, image_ref::image_ref(text))) {
                None => Known::is(None),
                // The name is then that of what is built here.
                Some((_, Some(_))) if service.key("build").is_set() => Known::is(None),
                Some((_, Some(reference))) => Known::is(Some(reference)),
                Some((text, None)) => {
                    Known::gap(Why::Malformed, format!("{}: {text} is no image", input.path))
                }
            }
        }),
        pull_policy: service
            .key("pull_policy")
            .text()
            .map(|policy| policy.map(|policy| pull_policy(&policy))),
        declared: cover::confinement(input.key, confinement(input, root, service, file)),
        observed: None,
        command: command(input, service),
        env: pairs(input, &service.key("environment")),
        ports: ports(service),
        log_driver: logging.key("driver").text(),
        log_options: match logging.key("options").entries() {
            Err(gap) => gap.into(),
            Ok(entries) => {
                let option = |(name, view): (&str, View)| {
                    let value = view.node().ok().flatten().and_then(Node::scalar).unwrap_or_default();
                    (name.to_owned(), conceal(input.key, name, value, None).text)
                };
                Known::is(entries.into_iter().map(option).collect())
            }
        },
        restart: restart.map(|policy| policy.map(|policy| cover::text(input.key, &policy))),
        health_check,
        entered: Known::gap(Why::NotAsked, "a file does not show who is in a container"),
        started: Known::is(None),
    }
}

/// In the words of Kubernetes; `build` and `daily` are none of them and stay.
fn pull_policy(written: &str) -> String {
    match written {
        "always" => "Always",
        "never" => "Never",
        "missing" | "if_not_present" => "IfNotPresent",
        other => other,
    }
    .to_owned()
}

fn command(input: &Input, service: &View) -> Known<Vec<Concealed>> {
    let mut words = Vec::new();
    for key in ["entrypoint", "command"] {
        let view = service.key(key);
        match view.node() {
            Err(gap) => return gap.into(),
            Ok(None) => {}
            Ok(Some(node)) => {
                let items = if let Value::List(items) = &node.is {
                    items.as_slice()
                } else {
                    std::slice::from_ref(node)
                };
                for item in items {
                    let Some(text) = item.scalar() else { return view.wrong(item, "a text").into() };
                    words.push(conceal(input.key, "", text, Some(item.at.clone())));
                }
            }
        }
    }
    Known::is(words)
}

fn confinement<'t>(input: &Input, root: &Node, service: &View, file: &Files<'t>) -> Confinement {
    let flag = |key: &str| service.key(key).flag().map(|flag| flag.unwrap_or(false));
    let privileged = flag("privileged");
    let options = security_options(service);
    let capabilities = capabilities(service, &privileged);
    let limits = service.path(&["deploy", "resources", "limits"]);
    let limit = |own: &str, deployed: &str, parse: fn(&str) -> Option<u64>| {
        let own = service.key(own);
        let view = if own.is_set() { own } else { limits.key(deployed) };
        view.fact(|node| node.scalar().and_then(parse).ok_or_else(|| view.wrong(node, "a limit")))
            .map(|limit| limit.filter(|limit| *limit > 0))
    };
    Confinement {
        user: user_of(input, service, file),
        seccomp: privileged.clone().zip(options.clone()).map(|(privileged, options)| {
            match options.iter().find_map(|o| o.strip_prefix("seccomp=")) {
                _ if privileged => Seccomp::Unconfined,
                Some("unconfined") => Seccomp::Unconfined,
                Some("builtin") | None => Seccomp::RuntimeDefault,
                Some(name) => Seccomp::Custom {
                    name: name.to_owned(),
                    allows: profile(input, name, &capabilities, file),
                },
            }
        }),
        no_new_privileges: options.clone().map(|options| {
            let on = |o: &String| matches!(o.as_str(), "no-new-privileges" | "no-new-privileges=true");
            options.iter().any(on)
        }),
        lsm: privileged.clone().zip(options.clone()).map(|(privileged, options)| {
            Some(match options.iter().find_map(|o| o.strip_prefix("apparmor=")) {
                Some(profile) => profile.to_owned(),
                None => match selinux(&options) {
                    Some(label) => label,
                    None if privileged => "unconfined".into(),
                    None => "runtime/default".into(),
                },
            })
        }),
        capabilities,
        privileged,
        host_namespaces: host_namespaces(service),
        joined_namespaces: joined_namespaces(service),
        read_only_root: flag("read_only"),
        mounts: mounts(root, service),
        devices: devices(service),
        masked_paths: options.map(|options| !options.iter().any(|o| o == "systempaths=unconfined")),
        memory_limit: limit("mem_limit", "memory", bytes),
        pids_limit: limit("pids_limit", "pids", |text| {
            text.parse::<i64>().ok().map(|n| n.max(0).unsigned_abs())
        }),
        cpu_limit: limit("cpus", "cpus", |text| {
            let cores = text.parse::<f64>().ok().filter(|cores| cores.is_finite() && *cores >= 0.0)?;
            Some((cores * 1000.0) as u64)
        }),
        details: details::details(service, input.key),
    }
}

/// The label of SELinux that the options make: `user:role:type:level`, with nothing for a part that is not named.
fn selinux(options: &[String]) -> Option<String> {
    let said: Vec<&str> = options.iter().filter_map(|option| option.strip_prefix("label=")).collect();
    if said.is_empty() {
        return None;
    }
    if said.contains(&"disable") {
        return Some("unconfined".into());
    }
    let part = |name: &str| {
        said.iter().rev().find_map(|said| said.strip_prefix(name)?.strip_prefix(':')).unwrap_or_default()
    };
    Some(["user", "role", "type", "level"].map(part).join(":"))
}

/// The devices that are handed in by their paths, and the rules that open more of them.
fn devices(service: &View) -> Known<Vec<String>> {
    let named = service.key("devices").fact(|node| {
        let Value::List(items) = &node.is else { return Err(service.wrong(node, "a list")) };
        let device = |item: &Node| {
            let path = item.scalar().or_else(|| item.get("source").and_then(Node::scalar));
            let path = path
                .filter(|path| !yaml::is_template(path))
                .ok_or_else(|| service.wrong(item, "a device"))?;
            Ok(path.split(':').next().unwrap_or(path).to_owned())
        };
        items.iter().map(device).collect::<Result<Vec<_>, _>>()
    });
    let rules = service.key("device_cgroup_rules");
    let at = named.pos().or_else(|| rules.is_set().then(|| rules.pos()).flatten());
    let all = named.zip(rules.texts()).map(|(named, rules)| {
        let rules =
            rules.unwrap_or_default().into_iter().map(|rule| format!("every device of the rule {rule:?}"));
        named.unwrap_or_default().into_iter().chain(rules).collect()
    });
    match at {
        Some(at) => all.and_then(|devices| Known::at(devices, at)),
        None => all,
    }
}

/// A size as Compose writes it: `512m`, `1.5gb`, `1073741824`.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = text[..digits].parse::<f64>().ok().filter(|number| number.is_finite())?;
    let scale = match text[digits..].trim().trim_end_matches('b').trim_end_matches('i') {
        "" => 1u64,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return None,
    };
    Some((number * scale as f64) as u64)
}

fn user_of<'t>(input: &Input, service: &View, file: &Files<'t>) -> Known<User> {
    let own = service.key("user");
    if own.is_set() {
        return own.text().map(|user| user::user(user.as_deref().unwrap_or_default(), User::Unset));
    }
    let build = service.key("build");
    let Ok(Some(node)) = build.node() else {
        let what = format!(
            "{}:{}: the image decides the user: set `user:`, or scan the image too",
            input.path,
            service.pos().map_or(0, |at| at.line)
        );
        return Known::gap(Why::NotRead, what);
    };
    let text = |key: &str| node.get(key).and_then(Node::scalar);
    let context = node.scalar().or_else(|| text("context")).unwrap_or(".");
    let path = beside(input.path, &format!("{context}/{}", text("dockerfile").unwrap_or("Dockerfile")));
    match file(&path) {
        Found::There(dockerfile_text) if text("target").is_none() => {
            let input = Input { path: &path, text: dockerfile_text, key: input.key };
            let stages = dockerfile::read(&input).stages;
            stages.and_then(|stages| final_user(&path, &stages, stages.len().checked_sub(1)))
        }
        _ => Known::gap(
            Why::NotRead,
            format!("{path}: the Dockerfile or its stage decides the user, and was not read"),
        ),
    }
}

/// The user that a stage ends with: its last USER, or that of the stage it is built on.
fn final_user(path: &str, stages: &[Stage], index: Option<usize>) -> Known<User> {
    let Some((index, stage)) = index.and_then(|index| Some((index, stages.get(index)?))) else {
        return Known::is(User::Unset);
    };
    let here = |at: &Pos| Pos { file: Some(Arc::from(path)), ..at.clone() };
    let last = stage.instructions.iter().rev().find(|instruction| instruction.name == "USER");
    match last.map(|instruction| (&instruction.what, &instruction.at)) {
        Some((What::Text(user), at)) => {
            let at = here(at);
            user.clone().and_then(|user| Known::at(user::user(&user, User::Unset), at))
        }
        Some(_) => Known::gap(Why::Malformed, "a USER without a name"),
        None => stage.base.clone().and_then(|base| match base {
            // An earlier stage alone can be meant, so this ends.
            Base::Stage(earlier) if earlier < index => final_user(path, stages, Some(earlier)),
            Base::Image(image) if image.written.contains("nonroot") => Known::gap(
                Why::NotRead,
                format!("the base {} sets a user of its own: name it by USER", image.written),
            ),
            _ => Known::at(User::Unset, here(&stage.at)),
        }),
    }
}

fn capabilities(service: &View, privileged: &Known<bool>) -> Known<BTreeSet<String>> {
    let list = |key: &str| {
        let names = |names: Vec<String>| names.iter().map(|name| capabilities::name(name)).collect();
        service.key(key).texts().map(|written| names(written.unwrap_or_default()))
    };
    let (add, drop): (Known<BTreeSet<String>>, Known<BTreeSet<String>>) = (list("cap_add"), list("cap_drop"));
    privileged.clone().and_then(|privileged| {
        if privileged {
            return Known::is(capabilities::all());
        }
        let at = drop.pos().or_else(|| add.pos());
        let set = add.zip(drop).map(|(add, drop)| capabilities::docker(add, &drop));
        match at {
            Some(at) => set.and_then(|set| Known::at(set, at)),
            None => set,
        }
    })
}

/// `security_opt`, with `=` between name and value whatever was written.
fn security_options(service: &View) -> Known<Vec<String>> {
    service.key("security_opt").texts().map(|options| {
        let same = |option: String| match option.find(['=', ':']) {
            Some(at) => format!("{}={}", &option[..at], &option[at + 1..]),
            None => option,
        };
        options.unwrap_or_default().into_iter().map(same).collect()
    })
}

fn profile<'t>(
    input: &Input,
    name: &str,
    capabilities: &Known<BTreeSet<String>>,
    file: &Files<'t>,
) -> Known<BTreeSet<String>> {
    let path = beside(input.path, name);
    match file(&path) {
        Found::There(text) => capabilities.clone().and_then(|held| {
            // On which machine it will run stands nowhere in the file.
            let on = seccomp::On { capabilities: Ok(&held), machine: None };
            match seccomp::allows(text, &on) {
                Ok(calls) => Known::is(calls),
                Err(gap) => Known::gap(gap.why, format!("{path}: {}", gap.what)),
            }
        }),
        Found::Absent | Found::Unread(_) => {
            let path = cover::text(input.key, &path);
            Known::gap(Why::NotRead, format!("{path}: the seccomp profile was not read"))
        }
    }
}

fn host_namespaces(service: &View) -> Known<BTreeSet<Namespace>> {
    let mut set = Known::is(BTreeSet::new());
    for (key, namespace) in [
        ("pid", Namespace::Pid),
        ("ipc", Namespace::Ipc),
        ("uts", Namespace::Uts),
        ("network_mode", Namespace::Net),
        ("cgroup", Namespace::Cgroup),
        ("userns_mode", Namespace::User),
    ] {
        let mode = service.key(key).text();
        let at = mode.pos();
        let joined = set.zip(mode).map(|(mut set, mode): (BTreeSet<_>, _)| {
            if mode.as_deref() == Some("host") {
                set.insert(namespace);
            }
            set
        });
        set = match at {
            Some(at) => joined.and_then(|set| Known::at(set, at)),
            None => joined,
        };
    }
    // Users are shared unless the engine maps them, and a file cannot say that it does.
    set.map(|mut set| {
        set.insert(Namespace::User);
        set
    })
}

/// `service:NAME` and `container:NAME`.
fn joined_namespaces(service: &View) -> Known<BTreeMap<Namespace, String>> {
    let mut joined = Known::is(BTreeMap::new());
    for (key, namespace) in
        [("network_mode", Namespace::Net), ("pid", Namespace::Pid), ("ipc", Namespace::Ipc)]
    {
        let mode = service.key(key).text();
        let at = mode.pos();
        let with = joined.zip(mode).map(|(mut joined, mode): (BTreeMap<_, _>, Option<String>)| {
            let other = mode.as_deref().and_then(|mode| mode.split_once(':'));
            if let Some((kind @ ("service" | "container"), name)) = other {
                joined.insert(namespace, format!("{kind} {name}"));
            }
            joined
        });
        joined = match at {
            Some(at) => with.and_then(|joined| Known::at(joined, at)),
            None => with,
        };
    }
    joined
}

fn mounts(root: &Node, service: &View) -> Known<Vec<Mount>> {
    let volumes = service.key("volumes");
    let mut all: Vec<Result<Mount, Gap>> = Vec::new();
    match volumes.node() {
        Ok(None) => {}
        Ok(Some(Node { is: Value::List(items), .. })) => {
            all.extend(items.iter().map(|it| mount(service, it)))
        }
        Ok(Some(node)) => return service.wrong(node, "a list").into(),
        Err(gap) => return gap.into(),
    }
    match service.key("tmpfs").node() {
        Ok(None) => {}
        Ok(Some(Node { is: Value::List(items), .. })) => {
            all.extend(items.iter().map(|it| memory(service, it)))
        }
        Ok(Some(node)) => all.push(memory(service, node)),
        Err(gap) => return gap.into(),
    }
    // One that cannot be told says nothing against the others.
    let (mut mounts, mut lacks) = (Vec::new(), Vec::new());
    for mount in all {
        match mount {
            Ok(mount) => mounts.push(mount),
            Err(gap) => lacks.push(gap),
        }
    }
    for (kind, key) in [(MountKind::Secret, "secrets"), (MountKind::Config, "configs")] {
        let listed = service.key(key).items().unwrap_or_else(|gap| {
            lacks.push(gap);
            Vec::new()
        });
        for item in listed.iter().filter_map(|item| item.node().ok().flatten()) {
            let name =
                item.scalar().or_else(|| item.get("source").and_then(Node::scalar)).unwrap_or_default();
            let target = item.get("target").and_then(Node::scalar).unwrap_or(name);
            let file = root.get(key).and_then(|all| all.get(name)).is_some();
            mounts.push(Mount {
                kind: if file { kind } else { MountKind::Other },
                source: name.to_owned(),
                target: if target.starts_with('/') {
                    target.to_owned()
                } else {
                    format!("/run/secrets/{target}")
                },
                read_only: true,
                shared: false,
                executable: no_memory(),
                at: Some(item.at.clone()),
            });
        }
    }
    Known::listed(mounts, volumes.pos(), lacks)
}

/// One item of `tmpfs`.
fn memory(service: &View, item: &Node) -> Result<Mount, Gap> {
    let Some(text) = item.scalar().filter(|text| !yaml::is_template(text)) else {
        return Err(service.wrong(item, "a path[:options]"));
    };
    Ok(Mount {
        kind: MountKind::Tmpfs,
        source: String::new(),
        target: text.split(':').next().unwrap_or("").to_owned(),
        read_only: text.split([':', ',']).skip(1).any(|option| option == "ro"),
        shared: false,
        // Without a word the engine forbids it.
        executable: Known::is(text.split([':', ',']).skip(1).any(|option| option == "exec")),
        at: None,
    })
}

fn no_memory() -> Known<bool> {
    Known::gap(Why::NotAsked, "only memory that is mounted says whether programs run from it")
}

/// One item of `volumes`, in its short or its long form.
fn mount(service: &View, item: &Node) -> Result<Mount, Gap> {
    let text = |key: &str| item.get(key).and_then(Node::scalar);
    if let Some(short) = item.scalar() {
        // Only where the whole path is unknown it cannot be told what is mounted.
        let parts: Vec<&str> = match short.strip_prefix("${SSH_AUTH_SOCK}") {
            // Whatever path it stands for, it is the socket of whoever starts the project.
            Some(rest) if !rest.contains("${") => {
                std::iter::once("$SSH_AUTH_SOCK").chain(rest.split(':').skip(1)).collect()
            }
            _ if short.contains("${") => vec![],
            _ => short.split(':').collect(),
        };
        let (source, target, options) = match parts[..] {
            [target] => ("", target, ""),
            [source, target] => (source, target, ""),
            [source, target, options] => (source, target, options),
            _ => return Err(service.wrong(item, "source:target[:options]")),
        };
        let path = source.starts_with(['/', '.', '~', '$']);
        return Ok(Mount {
            kind: if path { MountKind::Bind } else { MountKind::Volume },
            source: source.to_owned(),
            target: target.to_owned(),
            read_only: options.split(',').any(|option| option == "ro"),
            shared: options.split(',').any(|option| matches!(option, "shared" | "rshared")),
            executable: no_memory(),
            at: Some(item.at.clone()),
        });
    }
    let (Some(kind), Some(target)) = (text("type"), text("target")) else {
        return Err(service.wrong(item, "a volume with type and target"));
    };
    let source = match text("source").unwrap_or_default() {
        "${SSH_AUTH_SOCK}" => "$SSH_AUTH_SOCK",
        source => source,
    };
    if yaml::is_template(source) || yaml::is_template(target) {
        return Err(service.wrong(item.get("source").unwrap_or(item), "a path"));
    }
    let view = View::new("", item);
    let read_only = view.key("read_only").node()?.and_then(Node::scalar) == Some("true");
    let propagation = view.path(&["bind", "propagation"]).node()?.and_then(Node::scalar);
    Ok(Mount {
        kind: match kind {
            "bind" => MountKind::Bind,
            "volume" => MountKind::Volume,
            "tmpfs" => MountKind::Tmpfs,
            _ => MountKind::Other,
        },
        source: source.to_owned(),
        target: target.to_owned(),
        read_only,
        shared: matches!(propagation, Some("shared" | "rshared")),
        // The long form has no such option, and the engine forbids it.
        executable: if kind == "tmpfs" { Known::is(false) } else { no_memory() },
        at: Some(item.at.clone()),
    })
}

fn ports(service: &View) -> Known<Vec<Port>> {
    let fact = service.key("ports").fact(|node| {
        let Value::List(items) = &node.is else { return Err(service.wrong(node, "a list")) };
        let mut ports = Vec::new();
        for item in items {
            let bad = || service.wrong(item, "a port");
            let text = |key: &str| item.get(key).and_then(Node::scalar);
            let (address, host, container, protocol) = match item.scalar() {
                Some(short) => {
                    let (short, protocol) = short.split_once('/').unwrap_or((short, "tcp"));
                    let (rest, container) = short.rsplit_once(':').unwrap_or(("", short));
                    let (address, host) = match rest.rsplit_once(':') {
                        Some((address, host)) => (address, host),
                        None => ("", rest),
                    };
                    (address, host, container, protocol)
                }
                None => {
                    let target = text("target").ok_or_else(bad)?;
                    let published = text("published").unwrap_or("");
                    (text("host_ip").unwrap_or(""), published, target, text("protocol").unwrap_or("tcp"))
                }
            };
            if yaml::is_template(address) {
                return Err(bad());
            }
            let first = |range: &str| match range.split('-').next().unwrap_or("") {
                "" => Ok(0),
                // A port that is filled in later is published all the same.
                part if yaml::is_template(part) => Ok(0),
                part => part.parse::<u16>().map_err(|_| bad()),
            };
            ports.push(Port {
                address: if address.is_empty() {
                    "0.0.0.0".into()
                } else {
                    address.trim_matches(['[', ']']).to_owned()
                },
                host: first(host)?,
                container: first(container)?,
                protocol: protocol.to_owned(),
                at: Some(item.at.clone()),
            });
        }
        Ok(ports)
    });
    fact.map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests;
