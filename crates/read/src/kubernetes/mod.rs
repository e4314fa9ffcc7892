//! Manifests of Kubernetes, whether they stand in a tree, come from `kustomize build` or from a cluster.
//!
//! [`manifests`] takes a text apart into objects, [`add`] turns objects into the facts of one world, and
//! [`worlds`] does both for a whole tree and decides which objects belong together:
//!
//! - Each directory with a kustomization that no other one refers to is a world of its own, rendered
//!   ([`kustomize`]). Files that it uses are not judged by themselves.
//! - Each Helm chart is a world of its own, `chart-…`, of which nothing is known: its templates must be
//!   rendered.
//! - All other manifests are one world, `k8s`, unless two of them describe one object. Then the directories
//!   (or, in one directory, the files) that hold the two become worlds of their own, at the highest level that
//!   keeps the two apart; what stands in no such conflict stays together.
//!
//! A world is named after its directory, `k8s-deploy~overlays~prod`: `~` stands for `/`, and `k8s` is the root.
//! Manifests beside a kustomization that does not use them have the name of its world with a `~` at the end.

mod details;
pub mod kustomize;
mod pod;
mod pod_security;
mod policy;
mod rbac;
mod templates;
#[cfg(test)]
mod tests;

use crate::Input;
use crate::image_ref::image_ref;
use crate::secrets::Key;
use crate::yaml::{self, Node, Value, View, is_template, place};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tyrian_model::fact::{Gap, Known, Pos, Why};
use tyrian_model::facts::{Facts, World};
use tyrian_model::kubernetes::{Namespace, Object, Origin, ServiceAccount};
use tyrian_model::secret::Concealed;

/// An object or configuration file: a mapping with `apiVersion` and `kind`.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file it stands in, relative to the target.
    pub file: String,
    /// The mapping.
    pub node: Node,
}

impl Document {
    fn view(&self) -> View<'_> {
        View::new(&self.file, &self.node)
    }
    fn scalar(&self, path: &[&str]) -> Option<&str> {
        path.iter().try_fold(&self.node, |node, key| node.get(key)).and_then(Node::scalar)
    }
    fn kind(&self) -> &str {
        self.scalar(&["kind"]).unwrap_or_default()
    }
    fn api_version(&self) -> &str {
        self.scalar(&["apiVersion"]).unwrap_or_default()
    }
    /// The API group; empty for the core group.
    fn group(&self) -> &str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }
    fn origin(&self) -> Origin {
        Origin { file: self.file.clone(), at: Some(self.node.at.clone()) }
    }
}

/// The objects of a text, those of lists one by one. A text in which no document has `apiVersion` and `kind`
/// is no manifest and has none.
///
/// # Errors
/// It looks like a manifest and cannot be read. The gap says where, and what to do.
pub fn manifests(input: &Input) -> Result<Vec<Document>, Gap> {
    if !input.text.contains("apiVersion") || !input.text.contains("kind") {
        return Ok(Vec::new());
    }
    let starts = |key: &str| {
        input.text.lines().any(|line| line.trim_start_matches(['"', ' ', '\t', '{']).starts_with(key))
    };
    let nodes = match yaml::documents(input.path, input.text) {
        Ok(nodes) => nodes,
        Err(gap) if starts("apiVersion") && starts("kind") => {
            let template = input.text.contains("{{") && gap.why != Why::Unresolved;
            return Err(match template {
                true => Gap::new(
                    Why::Unresolved,
                    format!("{}: a template: render it and scan the output", gap.what),
                ),
                false => gap,
            });
        }
        Err(_) => return Ok(Vec::new()),
    };
    let mut documents = Vec::new();
    for node in nodes {
        unfold(input.path, node, &mut documents, 0)?;
    }
    Ok(documents)
}

/// The most nodes that the manifests of one tree hold, those that are rendered apart: some hundred megabytes of facts.
const MOST_NODES: usize = 2_000_000;

/// The documents, as long as they fit beside those before them.
fn within(left: &mut usize, path: &str, documents: Vec<Document>) -> Result<Vec<Document>, Gap> {
    let size: usize = documents.iter().map(|document| document.node.size()).sum();
    let Some(rest) = left.checked_sub(size) else {
        let what = format!(
            "{path}: left out, for the manifests before it hold nearly {MOST_NODES} values: scan parts of the tree"
        );
        return Err(Gap::new(Why::NotRead, what));
    };
    *left = rest;
    Ok(documents)
}

/// Lists in lists are followed that far.
const MOST_LISTS: usize = 8;

fn unfold(file: &str, node: Node, into: &mut Vec<Document>, depth: usize) -> Result<(), Gap> {
    let scalar = |key: &str| node.get(key).and_then(Node::scalar).map(str::to_owned);
    let (Some(version), Some(kind)) = (scalar("apiVersion"), scalar("kind")) else { return Ok(()) };
    if version.is_empty() || kind.is_empty() {
        return Ok(());
    }
    // How manifests are made is no object of a cluster.
    if version.starts_with("kustomize.config.k8s.io/") {
        return Ok(());
    }
    if is_template(&kind) {
        let what = format!("{}: the kind is filled in by a later stage", place(file, &node.at));
        return Err(Gap::new(Why::Unresolved, format!("{what}: render it and scan the output")));
    }
    let listed = kind.strip_suffix("List").filter(|_| node.get("items").is_some());
    let Some(listed) = listed else {
        into.push(Document { file: file.into(), node });
        return Ok(());
    };
    if depth == MOST_LISTS {
        let what = format!("{}: lists in lists in lists", place(file, &node.at));
        return Err(Gap::new(Why::Malformed, what));
    }
    let items = match node.get("items").map(|items| items.is.clone()) {
        Some(Value::List(items)) => items,
        Some(Value::Null) | None => Vec::new(),
        Some(Value::Bad(gap)) => return Err(gap),
        Some(_) => {
            let at = node.get("items").map_or(&node.at, |items| &items.at);
            let what = format!("{}: the items of a list are no list", place(file, at));
            return Err(Gap::new(Why::Malformed, what));
        }
    };
    for mut item in items {
        let Value::Map(entries) = &mut item.is else {
            let what = format!("{}: not an object", place(file, &item.at));
            return Err(Gap::new(Why::Malformed, what));
        };
        // The items of a typed list (`PodList`) need not say what they are.
        for (key, value) in [("apiVersion", version.as_str()), ("kind", listed)] {
            if !listed.is_empty() && !entries.iter().any(|(k, _)| k == key) {
                let text = Value::Scalar { text: value.into(), plain: true };
                entries.push((key.into(), Node::new(item.at.clone(), text)));
            }
        }
        unfold(file, item, into, depth + 1)?;
    }
    Ok(())
}

/// Kinds without a namespace, besides those that begin with `Cluster` or `Global`. Others are taken to have
/// one, as kustomize does, unless their definition is among the objects.
const CLUSTER_KINDS: [&str; 36] = [
    "APIService",
    "AdminNetworkPolicy",
    "BGPConfiguration",
    "BGPPeer",
    "BaselineAdminNetworkPolicy",
    "BlockAffinity",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ComponentStatus",
    "CustomResourceDefinition",
    "DeviceClass",
    "FelixConfiguration",
    "FlowSchema",
    "GatewayClass",
    "HostEndpoint",
    "IPAddress",
    "IPPool",
    "IngressClass",
    "Installation",
    "KubeControllersConfiguration",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceSlice",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];
const MORE_CLUSTER_KINDS: [&str; 9] = [
    "ClusterInformation",
    "SecurityContextConstraints",
    "SelfSubjectReview",
    "ServiceCIDR",
    "StorageVersionMigration",
    "SubjectAccessReview",
    "TokenReview",
    "VolumeAttachment",
    "VolumeAttributesClass",
];

/// Has a kind of Kubernetes or of a well-known addition no namespace?
fn is_cluster_kind(group: &str, kind: &str) -> bool {
    CLUSTER_KINDS.contains(&kind)
        || MORE_CLUSTER_KINDS.contains(&kind)
        || (kind.starts_with("Cluster") && group != "cluster.x-k8s.io")
        || kind.starts_with("Global")
}

/// Group and kind of the definitions among the objects that say `scope: Cluster`, or another scope.
fn scopes(documents: &[Document]) -> HashMap<(&str, &str), bool> {
    let definitions = documents.iter().filter(|document| document.kind() == "CustomResourceDefinition");
    definitions
        .filter_map(|document| {
            let kind = document.scalar(&["spec", "names", "kind"])?;
            let group = document.scalar(&["spec", "group"])?;
            Some(((group, kind), document.scalar(&["spec", "scope"])? == "Cluster"))
        })
        .collect()
}

/// What an object is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name {
    group: String,
    kind: String,
    /// Nothing for an object of the whole cluster and for configuration files.
    namespace: Option<String>,
    /// Empty for configuration files.
    name: String,
    /// The file, where that is all that tells it from others.
    file: String,
}

impl Name {
    /// The name of the object, and the gap where a part of it is filled in later.
    fn of(document: &Document, scopes: &HashMap<(&str, &str), bool>) -> Result<(Name, Option<Gap>), Gap> {
        let (group, kind) = (document.group(), document.kind());
        let meta = document.view().key("metadata");
        let mut gap = None;
        let mut part = |key: &str| -> Result<Option<String>, Gap> {
            let view = meta.key(key);
            let Some(node) = view.node()? else { return Ok(None) };
            let Some(text) = node.scalar() else { return Err(view.wrong(node, "a text")) };
            if is_template(text) {
                gap = Some(view.wrong(node, "a text"));
            }
            Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
        };
        let name = match part("name")? {
            Some(name) => Some(name),
            None => part("generateName")?.map(|name| format!("{name}*")),
        };
        let namespace = part("namespace")?;
        let cluster = scopes.get(&(group, kind)).copied().unwrap_or_else(|| is_cluster_kind(group, kind));
        let (namespace, file) = match &name {
            None => (None, document.file.clone()),
            Some(_) if cluster => (None, String::new()),
            Some(_) => (Some(namespace.unwrap_or_else(|| "default".into())), String::new()),
        };
        let (group, kind) = (group.to_owned(), kind.to_owned());
        Ok((Name { group, kind, namespace, name: name.unwrap_or_default(), file }, gap))
    }
    /// The name of its row, after what kind of thing it is (`role`, or with its group where two groups have
    /// such a kind, and objects of one name).
    fn row(&self, kind: &str) -> String {
        match &self.namespace {
            _ if self.name.is_empty() => format!("{kind}:{}", self.file),
            Some(namespace) => format!("{kind}:{namespace}/{}", self.name),
            None => format!("{kind}:{}", self.name),
        }
    }
    /// The namespace of what has one for certain.
    fn in_namespace(&self) -> String {
        self.namespace.clone().unwrap_or_else(|| "default".into())
    }
}

/// Adds what the objects say to a world. Every set that manifests speak of counts as asked for.
pub fn add(documents: &[Document], key: &Key, world: &mut World) {
    world.workloads.asked();
    world.roles.asked();
    world.bindings.asked();
    world.service_accounts.asked();
    world.network_policies.asked();
    world.namespaces.asked();
    world.objects.asked();
    let scopes = scopes(documents);
    let mut occurs: BTreeMap<String, Origin> = BTreeMap::new();
    let mut taken: HashMap<String, String> = HashMap::new();
    for document in documents {
        let view = document.view();
        let (name, gap) = match Name::of(document, &scopes) {
            Ok(named) => named,
            Err(gap) => {
                lacks_one(world, document, gap);
                continue;
            }
        };
        if let Some(gap) = gap {
            lacks_one(world, document, gap);
        }
        // Two groups can have one kind: then the second row is told apart by its group.
        let kind = name.kind.to_lowercase();
        let mut row = name.row(&kind);
        match taken.get(&row) {
            Some(group) if *group != name.group => row = name.row(&format!("{kind}.{}", name.group)),
            _ => {}
        }
        taken.entry(row.clone()).or_insert_with(|| name.group.clone());
        if let Some(namespace) = &name.namespace {
            occurs.entry(namespace.clone()).or_insert_with(|| document.origin());
        }
        match what(document) {
            What::Workload(path) => {
                let template = view.path(&path);
                let path = path.iter().chain(&["spec"]).copied().collect::<Vec<_>>().join(".");
                let whole = templates::Completed::No;
                let workload = pod::workload(document, &template, &path, whole, name.in_namespace(), key);
                world.workloads.add(row, workload);
            }
            What::Role => world.roles.add(row, rbac::role(document, name.namespace)),
            What::Binding => world.bindings.add(row, rbac::binding(document, name.namespace)),
            What::Policy => world.network_policies.add(row, policy::policy(document, name.namespace)),
            What::ServiceAccount => {
                let automount = flag(&view.key("automountServiceAccountToken"));
                let automount_token = settle(automount, true, &document.node.at);
                let namespace = name.in_namespace();
                let account = ServiceAccount { origin: document.origin(), namespace, automount_token };
                world.service_accounts.add(row, account);
            }
            What::Namespace => {
                let labels = concealed(&view.path(&["metadata", "labels"]), key, &document.node.at);
                let namespace = Namespace { origin: document.origin(), declared: true, labels };
                occurs.remove(&name.name);
                world.namespaces.add(row, namespace);
            }
            What::Object => {
                embedded(document, &name, &row, key, world);
                world.objects.add(row, object(document, &name, key));
            }
        }
    }
    for document in documents.iter().filter(|document| matches!(what(document), What::Namespace)) {
        occurs.remove(document.scalar(&["metadata", "name"]).unwrap_or_default());
    }
    for (name, origin) in occurs {
        let what = format!("the labels of the namespace {name}, which no manifest declares");
        let labels = Known::gap(Why::NotRead, what);
        world.namespaces.add(format!("namespace:{name}"), Namespace { origin, declared: false, labels });
    }
}

/// Adds the pods that an object of an unknown kind makes. They are named after it, and where it makes several, by
/// the keys that lead to each: `workflow:ci/build~spec~templates~compile`.
fn embedded(document: &Document, name: &Name, row: &str, key: &Key, world: &mut World) {
    let mut templates = templates::of(document);
    if templates.len() > templates::MOST_TEMPLATES {
        templates.truncate(templates::MOST_TEMPLATES);
        let what =
            format!("{}: too many pod templates in one object", place(&document.file, &document.node.at));
        world.workloads.lacks(Gap::new(Why::NotRead, what));
    }
    let alone = templates.len() == 1;
    for template in templates {
        let steps: Vec<&str> = template.path.iter().map(String::as_str).collect();
        let usual = matches!(
            steps[..],
            ["spec", "template", "spec"] | ["spec", "jobTemplate", "spec", "template", "spec"]
        );
        let own = if alone || usual { row.to_owned() } else { format!("{row}~{}", steps.join("~")) };
        let view = View::new(&document.file, &template.node);
        let workload = pod::workload(
            document,
            &view,
            &template.path.join("."),
            template.completed,
            name.in_namespace(),
            key,
        );
        world.workloads.add(own, workload);
    }
}

/// What an object becomes.
enum What {
    /// The path to its pod template, and none for a pod itself.
    Workload(Vec<&'static str>),
    Role,
    Binding,
    Policy,
    ServiceAccount,
    Namespace,
    Object,
}

fn what(document: &Document) -> What {
    let template = || vec!["spec", "template"];
    match (document.group(), document.kind()) {
        ("", "Pod") => What::Workload(Vec::new()),
        ("", "PodTemplate") => What::Workload(vec!["template"]),
        ("", "ReplicationController") | ("batch", "Job") => What::Workload(template()),
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            What::Workload(template())
        }
        ("batch", "CronJob") => What::Workload(vec!["spec", "jobTemplate", "spec", "template"]),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => What::Role,
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => What::Binding,
        ("", "ServiceAccount") => What::ServiceAccount,
        ("", "Namespace") => What::Namespace,
        ("networking.k8s.io" | "extensions", "NetworkPolicy") => What::Policy,
        ("projectcalico.org" | "crd.projectcalico.org", "NetworkPolicy" | "GlobalNetworkPolicy") => {
            What::Policy
        }
        _ => What::Object,
    }
}

/// Notes that one object of the document's set is missing or not certain.
fn lacks_one(world: &mut World, document: &Document, gap: Gap) {
    match what(document) {
        What::Workload(_) => world.workloads.lacks(gap),
        What::Role => world.roles.lacks(gap),
        What::Binding => world.bindings.lacks(gap),
        What::Policy => world.network_policies.lacks(gap),
        What::ServiceAccount => world.service_accounts.lacks(gap),
        What::Namespace => world.namespaces.lacks(gap),
        What::Object => world.objects.lacks(gap),
    }
}

/// Notes that objects of any kind can be missing.
pub(crate) fn lacks(world: &mut World, gap: &Gap) {
    world.workloads.lacks(gap.clone());
    world.roles.lacks(gap.clone());
    world.bindings.lacks(gap.clone());
    world.service_accounts.lacks(gap.clone());
    world.network_policies.lacks(gap.clone());
    world.namespaces.lacks(gap.clone());
    world.objects.lacks(gap.clone());
}

fn object(document: &Document, name: &Name, key: &Key) -> Object {
    let mut node = document.node.clone();
    redact(&mut node, is_encryption(document.kind()));
    Object {
        origin: document.origin(),
        api_version: document.api_version().to_owned(),
        kind: document.kind().to_owned(),
        namespace: name.namespace.clone(),
        name: name.name.clone(),
        body: node.tree(&document.file, key, ""),
    }
}

fn is_encryption(kind: &str) -> bool {
    matches!(kind, "EncryptionConfiguration" | "EncryptionConfig")
}

/// Takes the values out of secrets, wherever in the document they stand. The depth of a node is bounded by
/// the parser.
fn redact(node: &mut Node, keys: bool) {
    let kind = node.get("kind").and_then(Node::scalar).unwrap_or_default();
    let (secret, keys) = (kind == "Secret", keys || is_encryption(kind));
    match &mut node.is {
        Value::List(items) => items.iter_mut().for_each(|item| redact(item, keys)),
        Value::Map(entries) => {
            for (key, value) in entries {
                let applied = key == "kubectl.kubernetes.io/last-applied-configuration";
                match key.as_str() {
                    "data" | "stringData" if secret => hide(value),
                    "secret" if keys => hide(value),
                    _ if applied => hide(value),
                    // Large, deep, and nothing that anybody judges.
                    "openAPIV3Schema" => {
                        value.is = Value::Bad(Gap::new(Why::NotRead, "schemas are not kept"));
                    }
                    _ => redact(value, keys),
                }
            }
        }
        _ => {}
    }
}

fn hide(node: &mut Node) {
    match &mut node.is {
        Value::Null | Value::Bad(_) => {}
        Value::Map(entries) => entries.iter_mut().for_each(|(_, value)| hide(value)),
        Value::List(items) => items.iter_mut().for_each(hide),
        is => *is = Value::Scalar { text: "[secret]".into(), plain: false },
    }
}

/// A value and its place, nothing, or why it is not known.
type Got<T> = Result<Option<(T, Pos)>, Gap>;

fn got<'n, T>(view: &View<'n>, wanted: &str, make: impl FnOnce(&'n Node) -> Option<T>) -> Got<T> {
    let Some(node) = view.node()? else { return Ok(None) };
    match make(node) {
        Some(value) => Ok(Some((value, node.at.clone()))),
        None => Err(view.wrong(node, wanted)),
    }
}

fn text(view: &View) -> Got<String> {
    got(view, "a text", |node| node.scalar().filter(|text| !is_template(text)).map(str::to_owned))
}

fn flag(view: &View) -> Got<bool> {
    got(view, "true or false", |node| match &node.is {
        Value::Scalar { text, plain: true } => yaml::truth(text),
        _ => None,
    })
}

fn number(view: &View) -> Got<i64> {
    got(view, "a whole number", |node| match &node.is {
        Value::Scalar { text, plain: true } => text.parse().ok(),
        _ => None,
    })
}

/// The texts of a list; none where nothing is there.
fn texts(view: &View) -> Result<Vec<String>, Gap> {
    let items = view.items()?;
    let text = |item: &View| match text(item)? {
        Some((text, _)) => Ok(text),
        None => Err(Gap::new(Why::Malformed, "an empty item in a list of texts")),
    };
    items.iter().map(text).collect()
}

/// The first of two settings, or else the second.
fn first<T>(one: Got<T>, other: impl FnOnce() -> Got<T>) -> Got<T> {
    match one? {
        None => other(),
        one => Ok(one),
    }
}

/// The fact that holds: what is set, or the default at the place of the thing itself.
fn settle<T>(got: Got<T>, default: T, at: &Pos) -> Known<T> {
    match got {
        Ok(Some((value, at))) => Known::at(value, at),
        Ok(None) => Known::at(default, at.clone()),
        Err(gap) => gap.into(),
    }
}

fn known<T>(result: Result<T, Gap>, at: &Pos) -> Known<T> {
    match result {
        Ok(value) => Known::at(value, at.clone()),
        Err(gap) => gap.into(),
    }
}

/// A mapping of names to texts, such as labels.
fn concealed(view: &View, key: &Key, at: &Pos) -> Known<BTreeMap<String, Concealed>> {
    let read = || {
        let mut map = BTreeMap::new();
        for (name, value) in view.entries()? {
            let (text, at) = text(&value)?.unwrap_or_else(|| (String::new(), at.clone()));
            map.insert(name.to_owned(), crate::secrets::conceal(key, name, &text, Some(at)));
        }
        Ok(map)
    };
    known(read(), &view.pos().unwrap_or_else(|| at.clone()))
}

/// One file of a tree, read; its objects, or why there are none.
struct File<'a> {
    path: &'a str,
    objects: Result<Vec<(Name, Document)>, Gap>,
}

/// The facts of all manifests of a tree, world by world, and the gaps of files that could not be read.
///
/// A gap of a file is also in the world that the file belongs to.
pub fn worlds(inputs: &[Input]) -> (Facts, Vec<Gap>) {
    let (mut facts, mut gaps) = (Facts::default(), Vec::new());
    let Some(key) = inputs.first().map(|input| input.key) else { return (facts, gaps) };
    let mut inputs: Vec<&Input> = inputs.iter().collect();
    inputs.sort_by_key(|input| input.path);
    let charts = charts(&inputs);
    for chart in charts.iter().copied() {
        let path = if chart.is_empty() { "." } else { chart };
        let what =
            format!("{path}: a Helm chart: `helm template {path} | tyrian scan -` shows what it makes");
        let gap = Gap::new(Why::Unresolved, what);
        lacks(facts.world(&world_name("chart", chart)), &gap);
        gaps.push(gap);
    }
    inputs.retain(|input| !is_of_chart(&charts, input.path));
    let (rendered, used) = kustomize::render(&inputs);
    for rendered in rendered {
        let world = facts.world(&world_name("k8s", &rendered.dir));
        add(&rendered.documents, key, world);
        rendered.gaps.iter().for_each(|gap| lacks(world, gap));
        rendered.narrow.iter().for_each(|gap| world.objects.lacks(gap.clone()));
        gaps.extend(rendered.gaps.into_iter().chain(rendered.narrow));
    }
    let (mut files, mut left) = (Vec::new(), MOST_NODES);
    for input in inputs.iter().filter(|input| is_manifest(input.path) && !used.contains(input.path)) {
        let documents = manifests(input).and_then(|documents| within(&mut left, input.path, documents));
        if matches!(&documents, Ok(documents) if documents.is_empty()) {
            continue;
        }
        if let Err(gap) = &documents {
            gaps.push(gap.clone());
        }
        let named = |documents: Vec<Document>| {
            let scopes = HashMap::new();
            let name = |document: &Document| Name::of(document, &scopes).ok().map(|(name, _)| name);
            let nameless = Name {
                group: String::new(),
                kind: String::new(),
                namespace: None,
                name: String::new(),
                file: String::new(),
            };
            documents.into_iter().map(|d| (name(&d).unwrap_or_else(|| nameless.clone()), d)).collect()
        };
        files.push(File { path: input.path, objects: documents.map(named) });
    }
    part("", files, 0, &mut |dir, files| {
        let mut name = world_name("k8s", dir);
        if facts.worlds.contains_key(&name) {
            name.push('~');
        }
        let world = facts.world(&name);
        let (mut documents, mut broken) = (Vec::new(), Vec::new());
        for file in files {
            match file.objects {
                Ok(objects) => documents.extend(objects.into_iter().map(|(_, document)| document)),
                Err(gap) => broken.push(gap),
            }
        }
        add(&documents, key, world);
        broken.iter().for_each(|gap| lacks(world, gap));
    });
    (facts, gaps)
}

/// Can a file of that name be a manifest?
fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(ending, "yaml" | "yml" | "json" | "manifest" | "conf") || !name.contains('.')
}

/// The name of the world of a directory; two directories never have one.
fn world_name(kind: &str, dir: &str) -> String {
    let mut name = kind.to_owned();
    for (n, c) in dir.chars().enumerate() {
        if n == 0 {
            name.push('-');
        }
        match c {
            '/' => name.push('~'),
            '~' => name.push_str("%7E"),
            '%' => name.push_str("%25"),
            c => name.push(c),
        }
    }
    name
}

/// The directory of a path; empty for the root.
fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// What of the path stands below the directory.
fn below<'p>(dir: &str, path: &'p str) -> Option<&'p str> {
    match dir.is_empty() {
        true => Some(path),
        false => path.strip_prefix(dir)?.strip_prefix('/'),
    }
}

/// Every directory above a path, and the rest of the path below it.
fn above(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let inner = path.match_indices('/').map(|(n, _)| (&path[..n], &path[n + 1..]));
    std::iter::once(("", path)).chain(inner)
}

/// The directories of Helm charts with templates, without charts within charts.
fn charts<'a>(inputs: &[&Input<'a>]) -> BTreeSet<&'a str> {
    let mut filled = BTreeSet::new();
    for input in inputs {
        filled
            .extend(above(input.path).filter(|(_, rest)| rest.starts_with("templates/")).map(|(dir, _)| dir));
    }
    let mut charts: BTreeSet<&str> = BTreeSet::new();
    let chart = |input: &&Input<'a>| {
        let dir = directory(input.path);
        (input.path.rsplit('/').next() == Some("Chart.yaml") && filled.contains(dir)).then_some(dir)
    };
    charts.extend(inputs.iter().filter_map(chart));
    let outer = charts.clone();
    charts.retain(|dir| !is_of_chart(&outer, &format!("{dir}/")));
    charts
}

/// Does the file belong to what a chart fills in: its templates and inner charts?
fn is_of_chart(charts: &BTreeSet<&str>, path: &str) -> bool {
    above(path).any(|(dir, rest)| {
        (rest.starts_with("templates/") || rest.starts_with("charts/")) && charts.contains(dir)
    })
}

/// Directories are divided that deep.
const MOST_DIRECTORIES: usize = 64;

/// Divides the files of a directory into worlds, as the head of this module says.
fn part<'a>(dir: &str, files: Vec<File<'a>>, depth: usize, emit: &mut impl FnMut(&str, Vec<File<'a>>)) {
    if depth == MOST_DIRECTORIES {
        return emit(dir, files);
    }
    // The child, directory or file, in which each object is described; more than one is a conflict.
    let mut homes: BTreeMap<&Name, Vec<&str>> = BTreeMap::new();
    let child = |file: &File<'a>| -> &'a str {
        let rest = below(dir, file.path).unwrap_or(file.path);
        let end = rest.find('/').map_or(file.path.len(), |slash| file.path.len() - rest.len() + slash);
        &file.path[..end]
    };
    for file in &files {
        for (name, _) in file.objects.iter().flatten().filter(|(name, _)| !name.name.is_empty()) {
            homes.entry(name).or_default().push(child(file));
        }
    }
    let mut apart: BTreeSet<String> = BTreeSet::new();
    for homes in homes.values().filter(|homes| homes.len() > 1) {
        apart.extend(homes.iter().map(|home| (*home).to_owned()));
    }
    let (mut together, mut alone) = (Vec::new(), BTreeMap::<String, Vec<File>>::new());
    for file in files {
        match child(&file) {
            home if apart.contains(home) => alone.entry(home.to_owned()).or_default().push(file),
            _ => together.push(file),
        }
    }
    if !together.is_empty() {
        emit(dir, together);
    }
    for (home, files) in alone {
        // A file by itself is not divided further.
        match files.iter().all(|file| file.path == home) {
            true => emit(&home, files),
            false => part(&home, files, depth + 1, emit),
        }
    }
}
