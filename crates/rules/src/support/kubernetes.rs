//! What the checks over Kubernetes share: names of rows, what a binding grants, flags of the control plane,
//! who is covered by network policies, which service is open to the outside, and which versions are mended.

use crate::checks::prelude::*;
use std::borrow::Cow;
use tyrian_model::fact::Unseen;
use tyrian_model::kubernetes::{PolicyRule, Rule};
use tyrian_model::workload::{self, Source};

pub(crate) use super::local;

/// Is it a namespace of Kubernetes itself?
pub(crate) fn is_system(namespace: &str) -> bool {
    matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease")
}

/// The group of an `apiVersion`; empty for the core group.
pub(crate) fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// How far a binding reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A ClusterRoleBinding: every namespace.
    Cluster,
    /// A RoleBinding: one namespace.
    Namespace,
}

impl Scope {
    /// The scope of a binding.
    pub(crate) fn of(binding: &Binding) -> Self {
        if binding.namespace.is_none() { Scope::Cluster } else { Scope::Namespace }
    }
}

/// Is it a role of Kubernetes itself, for its own parts?
pub(crate) fn is_system_role(role: &str) -> bool {
    role.strip_prefix("clusterrole:")
        .or_else(|| role.strip_prefix("role:").and_then(|role| role.split_once('/')).map(|(_, name)| name))
        .is_some_and(|name| name.starts_with("system:"))
}

fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Rule {
    let own = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    Rule { verbs: own(verbs), groups: own(groups), resources: own(resources), names: Vec::new(), at: None }
}

/// The rights of the roles that every cluster has for people, as far as checks ask for them.
fn built_in(role: &str) -> Option<Vec<Rule>> {
    const WRITE: [&str; 4] = ["create", "update", "patch", "delete"];
    const ALL: [&str; 7] = ["get", "list", "watch", "create", "update", "patch", "delete"];
    let edit = || {
        vec![
            rule(&[""], &["pods", "secrets", "configmaps", "services", "replicationcontrollers"], &ALL),
            rule(
                &[""],
                &["pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token"],
                &["create"],
            ),
            rule(&[""], &["serviceaccounts"], &["impersonate"]),
            rule(&["apps"], &["deployments", "statefulsets", "daemonsets", "replicasets"], &ALL),
            rule(&["batch"], &["jobs", "cronjobs"], &ALL),
            rule(&["networking.k8s.io"], &["networkpolicies"], &WRITE),
        ]
    };
    match role {
        "clusterrole:cluster-admin" => Some(vec![rule(&["*"], &["*"], &["*"])]),
        "clusterrole:admin" => {
            let mut rules = edit();
            rules.push(rule(&["rbac.authorization.k8s.io"], &["roles", "rolebindings"], &ALL));
            Some(rules)
        }
        "clusterrole:edit" => Some(edit()),
        "clusterrole:view" => Some(vec![rule(&[""], &["pods", "services"], &["get", "list", "watch"])]),
        _ => None,
    }
}

/// The rules that a binding grants.
///
/// # Errors
/// The role is not known: its own gap, or nobody declares it.
pub(crate) fn granted<'f>(see: &See<'f>, role: &str) -> Result<Cow<'f, [Rule]>, Unseen> {
    match see.find(&see.world.roles, role)? {
        Some(role) => see.get(&role.rules).map(|rules| Cow::Borrowed(rules.as_slice())),
        None => match built_in(role) {
            Some(rules) => Ok(Cow::Owned(rules)),
            None => Err(see.unclear(
                Why::NotRead,
                format!(
                    "the rules of {role}, which is bound and not declared: scan what declares it as well"
                ),
            )),
        },
    }
}

/// Does the rule allow everything, at least in the core group?
pub(crate) fn is_wild(rule: &Rule) -> bool {
    let has = |list: &[String], one: &str| list.iter().any(|x| x == one);
    has(&rule.verbs, "*") && has(&rule.resources, "*") && (has(&rule.groups, "*") || has(&rule.groups, ""))
}

/// The subjects beyond the parts of Kubernetes itself. Groups that are as wide as the cluster count.
pub(crate) fn others(subjects: &[String]) -> Vec<&str> {
    let own = |subject: &str| {
        // The client certificate by which the API server speaks to kubelets.
        if matches!(subject, "user:kube-apiserver" | "user:kube-apiserver-kubelet-client") {
            return true;
        }
        let system = subject.strip_prefix("user:system:").or_else(|| subject.strip_prefix("group:system:"));
        system.is_some_and(|name| {
            !matches!(name, "anonymous" | "unauthenticated" | "authenticated")
                && name != "serviceaccounts"
                && !name.starts_with("serviceaccounts:")
        })
    };
    subjects.iter().map(String::as_str).filter(|subject| !own(subject)).collect()
}

/// Subjects as a person reads them, three at most.
pub(crate) fn people(subjects: &[&str]) -> String {
    let mut names: Vec<String> = subjects
        .iter()
        .take(3)
        .map(|subject| match subject.split_once(':') {
            Some(("serviceaccount", name)) => format!("the service account {name}"),
            Some((kind, name)) => format!("the {kind} {name}"),
            None => (*subject).to_owned(),
        })
        .collect();
    if subjects.len() > 3 {
        names.push(format!("{} more", subjects.len() - 3));
    }
    match names.len() {
        0 => "nobody".to_owned(),
        1 => names.swap_remove(0),
        n => format!("{} and {}", names[..n - 1].join(", "), names[n - 1]),
    }
}

/// Judges one right that a binding may grant to somebody beyond Kubernetes itself.
///
/// Roles that allow everything have a check of their own, so a binding of one says nothing here; nor do the roles for
/// people (`admin`, `edit`, `view`) inside one namespace, for that is what they are for. `what` completes "lets X …".
pub(crate) fn right(
    see: &See,
    it: &Binding,
    wanted: &[Scope],
    who: impl Fn(&str) -> bool,
    test: impl Fn(&Rule) -> bool,
    what: &str,
) -> Judged {
    let scope = Scope::of(it);
    if !wanted.contains(&scope) {
        return not_applicable();
    }
    let role = see.get(&it.role)?;
    let for_people = scope == Scope::Namespace
        && matches!(
            role.as_str(),
            "clusterrole:cluster-admin" | "clusterrole:admin" | "clusterrole:edit" | "clusterrole:view"
        );
    if is_system_role(role) || for_people {
        return not_applicable();
    }
    let rules = granted(see, role)?;
    if rules.iter().any(is_wild) {
        return not_applicable();
    }
    if !rules.iter().any(test) {
        return pass();
    }
    let subjects = see.get(&it.subjects)?;
    let whom: Vec<&str> = others(subjects).into_iter().filter(|subject| who(subject)).collect();
    if whom.is_empty() {
        return pass();
    }
    // What only a ClusterRoleBinding can give says itself how far it reaches.
    let far = if scope == Scope::Cluster && wanted.len() > 1 { ", in every namespace" } else { "" };
    fail(it.role.pos(), format!("lets {} {what}{far}", people(&whom)))
}

/// Kinds that become pods, with their groups.
const WORKLOAD_KINDS: [(&str, &str); 8] = [
    ("", "pods"),
    ("", "replicationcontrollers"),
    ("apps", "deployments"),
    ("apps", "daemonsets"),
    ("apps", "statefulsets"),
    ("apps", "replicasets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
];

/// Can the rule make workloads, or change what controllers start, whatever their names? A pod that runs takes hardly any
/// change.
pub(crate) fn makes_workloads(rule: &Rule) -> bool {
    let may = |(group, kind): &(&str, &str)| {
        let changes =
            *kind != "pods" && ["update", "patch"].iter().any(|verb| rule.allows(verb, group, kind));
        changes || rule.allows("create", group, kind)
    };
    rule.names.is_empty() && WORKLOAD_KINDS.iter().any(may)
}

/// The flags that a program of the control plane is started with.
pub(crate) struct Flags<'c> {
    words: Vec<&'c str>,
    whole: bool,
    program: &'static str,
    /// Where the command stands.
    pub(crate) at: Option<Pos>,
}

impl<'c> Flags<'c> {
    /// The value of a flag; nothing where it is not given. A flag without a value is `true`.
    ///
    /// # Errors
    /// A script or a variable puts in what is missing.
    pub(crate) fn get(&self, see: &See, name: &str) -> Result<Option<&'c str>, Unseen> {
        let unresolved = || {
            see.unclear(
                Why::Unresolved,
                format!("--{name} of {}, which a script or a variable puts in", self.program),
            )
        };
        let mut value = None;
        for (n, word) in self.words.iter().enumerate() {
            let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
            let (flag, own) = flag.split_once('=').map_or((flag, None), |(flag, own)| (flag, Some(own)));
            // The components take `_` for `-`.
            if flag.len() != name.len()
                || !flag.chars().zip(name.chars()).all(|(a, b)| a == b || (a == '_' && b == '-'))
            {
                continue;
            }
            let next = self.words.get(n + 1).copied().filter(|next| !next.starts_with('-'));
            value = Some(own.or(next).unwrap_or("true"));
        }
        match value {
            Some(value) if value.contains("$") || value.contains("{{") => Err(unresolved()),
            None if !self.whole => Err(unresolved()),
            value => Ok(value.map(|value| value.trim_matches(['"', '\'']))),
        }
    }
    /// A flag that is on or off.
    ///
    /// # Errors
    /// As [`Flags::get`], or it is neither.
    pub(crate) fn on(&self, see: &See, name: &str, default: bool) -> Result<bool, Unseen> {
        match self.get(see, name)?.map(str::to_ascii_lowercase).as_deref() {
            None => Ok(default),
            Some("true" | "1" | "t") => Ok(true),
            Some("false" | "0" | "f") => Ok(false),
            Some(_) => Err(see
                .unclear(Why::Malformed, format!("--{name} of {} is neither true nor false", self.program))),
        }
    }
    /// Does the list that the flag holds have this item?
    ///
    /// # Errors
    /// As [`Flags::get`].
    pub(crate) fn lists(&self, see: &See, name: &str, item: &str) -> Result<bool, Unseen> {
        Ok(self.get(see, name)?.is_some_and(|list| list.split(',').any(|one| one.trim() == item)))
    }
}

/// Is the last part of a path that name? Asked of every container for every program: nothing is copied.
pub(crate) fn names(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

fn is_shell(path: &str) -> bool {
    path.ends_with("sh") && ["sh", "bash", "ash", "dash"].iter().any(|shell| names(path, shell))
}

/// The flags of `program` where the container runs it.
fn flags<'c>(
    see: &See,
    container: &'c Container,
    program: &'static str,
) -> Result<Option<Flags<'c>>, Unseen> {
    let command = see.get(&container.command)?;
    let first = command.first().map(|word| word.text.as_str());
    let shell = first.is_some_and(is_shell);
    // Nearly every container runs something else, and none is copied to find that out.
    if !shell && !command.iter().take(2).any(|word| names(&word.text, program)) {
        // Another program, unless only flags are given and the image is the program's own.
        if first.is_some_and(|first| !first.starts_with('-')) {
            return Ok(None);
        }
        let image = see.get(&container.image)?;
        if image.as_ref().is_none_or(|image| !names(&image.repository, program)) {
            return Ok(None);
        }
    }
    let mut words: Vec<&str> = command.iter().map(|word| word.text.as_str()).collect();
    let mut whole = true;
    if shell {
        let Some(script) = words.iter().find(|word| word.split_whitespace().any(|word| names(word, program)))
        else {
            return Ok(None);
        };
        words = script.split_whitespace().skip_while(|word| !names(word, program)).collect();
        whole =
            !words.iter().any(|word| !word.starts_with("--") && (word.contains('$') || word.contains("{{")));
    }
    Ok(Some(Flags { words, whole, program, at: container.command.pos() }))
}

/// Judges the containers of a pod that run `program`.
pub(crate) fn component(
    see: &See,
    it: &Workload,
    program: &'static str,
    judge: impl Fn(&See, &Container, &Flags) -> Judged,
) -> Judged {
    let containers = see.rows(&it.containers);
    if it.source != Source::Pod || it.windows || containers.is_empty() {
        return not_applicable();
    }
    let mains = containers.values().filter(|container| container.role == workload::Role::Main);
    each(see, mains, |see, container| match flags(see, container, program)? {
        Some(flags) => judge(see, container, &flags),
        None => not_applicable(),
    })
}

/// The way of the traffic that a policy speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Into the pods.
    Ingress,
    /// Out of the pods.
    Egress,
}

/// The rules of a policy for one way; nothing where it does not speak of it.
///
/// # Errors
/// They are a gap.
pub(crate) fn rules<'p>(
    see: &See,
    policy: &'p NetworkPolicy,
    way: Way,
) -> Result<Option<&'p [PolicyRule]>, Unseen> {
    let rules = match way {
        Way::Ingress => see.get(&policy.ingress)?,
        Way::Egress => see.get(&policy.egress)?,
    };
    Ok(rules.as_deref())
}

/// Is it every address?
pub(crate) fn is_everybody(cidr: &str) -> bool {
    matches!(cidr, "0.0.0.0/0" | "::/0")
}

/// Does the rule let everybody through to every port? One with exceptions does not.
pub(crate) fn is_open(rule: &PolicyRule) -> bool {
    let everybody = rule.excepts.is_empty() && rule.cidrs.iter().any(|cidr| is_everybody(cidr));
    rule.any_port && (rule.any_peer || everybody)
}

/// Is the pod in the network of its node, where policies do not hold?
///
/// # Errors
/// It is not known.
pub(crate) fn in_host_network(see: &See, it: &Workload) -> Result<bool, Unseen> {
    let host = |see: &See, container: &Container| {
        Ok(see.get(&container.declared.host_namespaces)?.contains(&workload::Namespace::Net))
    };
    Ok(see.any(&it.containers, host)?.is_some())
}

/// Does a policy close every pod of a namespace in that direction?
pub(crate) fn default_deny(see: &See, it: &Namespace, way: Way, what: &str) -> Judged {
    let name = local(see.world, &see.world.namespaces, it).trim_start_matches("namespace:");
    if is_system(name) {
        return not_applicable();
    }
    match uncovered(see, name, way)? {
        None => pass(),
        // Not named, so that the finding stays the same when others come.
        Some(_) => fail(None, what),
    }
}

/// A workload of the namespace that no policy closes for this way, by its local name.
///
/// # Errors
/// Something that it rests on was not seen.
pub(crate) fn uncovered<'f>(see: &See<'f>, namespace: &str, way: Way) -> Result<Option<&'f str>, Unseen> {
    let world = see.world;
    let other_policies = see.any(&world.objects, |_, object| {
        Ok(matches!(group(&object.api_version), "policy.networking.k8s.io" | "crd.antrea.io"))
    })?;
    if let Some((name, _)) = other_policies {
        return Err(see.unclear(Why::NotRead, format!("whom {name} covers: such policies are not followed")));
    }
    if cilium_covers(see, namespace, way)? {
        return Ok(None);
    }
    let open = see.any(&world.workloads, |see, workload| {
        if workload.source != Source::Pod
            || workload.namespace != namespace
            || in_host_network(see, workload)?
        {
            return Ok(false);
        }
        let closed = see.any(&world.network_policies, |see, policy| {
            if policy.namespace.as_deref().is_some_and(|one| one != namespace) {
                return Ok(false);
            }
            let Some(rules) = rules(see, policy, way)? else { return Ok(false) };
            if rules.iter().any(is_open) {
                return Ok(false);
            }
            if *see.get(&policy.selects_all)? {
                return Ok(true);
            }
            let labels = see.get(&workload.labels)?;
            let selects = see.get(&policy.selects)?;
            Ok(selects.iter().all(|(key, value)| labels.get(key).is_some_and(|label| label.text == *value)))
        })?;
        Ok(closed.is_none())
    })?;
    Ok(open.map(|(name, _)| name))
}

/// Does a policy of Cilium that selects every pod of the namespace speak of this way?
fn cilium_covers(see: &See, namespace: &str, way: Way) -> Result<bool, Unseen> {
    let (allow, deny) = match way {
        Way::Ingress => ("ingress", "ingressDeny"),
        Way::Egress => ("egress", "egressDeny"),
    };
    let covers = see.any(&see.world.objects, |see, object| {
        let applies = match object.kind.as_str() {
            "CiliumClusterwideNetworkPolicy" => true,
            "CiliumNetworkPolicy" => object.namespace.as_deref() == Some(namespace),
            _ => false,
        };
        if !applies {
            return Ok(false);
        }
        let Some(spec) = see.child(&object.body, &["spec"])? else { return Ok(false) };
        let Some(selector) = see.child(spec, &["endpointSelector"])? else { return Ok(false) };
        let mut all = true;
        for key in ["matchLabels", "matchExpressions"] {
            if let Some(part) = see.child(selector, &[key])? {
                all &= if key == "matchLabels" {
                    see.entries(part)?.is_empty()
                } else {
                    see.items(part)?.is_empty()
                };
            }
        }
        Ok(all && (see.child(spec, &[allow])?.is_some() || see.child(spec, &[deny])?.is_some()))
    })?;
    Ok(covers.is_some())
}

/// The providers of the first entry that covers secrets, in order: the first of them writes.
pub(crate) fn providers<'t>(see: &See, it: &'t Object) -> Result<Option<Vec<(&'t str, Pos)>>, Unseen> {
    let Some(resources) = see.child(&it.body, &["resources"])? else { return Ok(None) };
    for entry in see.items(resources)? {
        let Some(kinds) = see.child(entry, &["resources"])? else { continue };
        let mut covers = false;
        for kind in see.items(kinds)? {
            covers |= matches!(see.text(kind)?, "secrets" | "*." | "*.*");
        }
        let Some(list) = see.child(entry, &["providers"])?.filter(|_| covers) else { continue };
        let mut providers = Vec::new();
        for provider in see.items(list)? {
            if let Some((name, _)) = see.entries(provider)?.first() {
                providers.push((name.as_str(), provider.pos()));
            }
        }
        return Ok(Some(providers));
    }
    Ok(None)
}

/// The oldest minor version that Kubernetes still mended on 1 July 2026; 1.33 ended on 28 June 2026.
pub(crate) const OLDEST_MINOR: u32 = 34;

/// The minor version of a tag or version such as `v1.24.3`.
pub(crate) fn minor(version: &str) -> Option<u32> {
    let rest = version.trim_start_matches('v').strip_prefix("1.")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// Does the provider keep the load balancer inside the network?
fn is_internal(see: &See, it: &Object) -> Result<bool, Unseen> {
    const MARKS: [(&str, &str); 8] = [
        ("service.beta.kubernetes.io/aws-load-balancer-internal", ""),
        ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
        ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
        ("networking.gke.io/load-balancer-type", "internal"),
        ("cloud.google.com/load-balancer-type", "internal"),
        ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"),
        ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
        ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"),
    ];
    for (key, value) in MARKS {
        if let Some(text) = see.text_at(&it.body, &["metadata", "annotations", key])?
            && text != "false"
            && (value.is_empty() || text.eq_ignore_ascii_case(value))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The type, where it opens the service beyond the cluster to whoever asks.
pub(crate) fn opened<'o>(see: &See, it: &'o Object) -> Result<Option<(&'o str, Pos)>, Unseen> {
    let Some(node) = see.child(&it.body, &["spec", "type"])? else { return Ok(None) };
    let kind = see.text(node)?;
    let open = match kind {
        "NodePort" => true,
        "LoadBalancer" => {
            let mut limited = false;
            if let Some(ranges) = see.child(&it.body, &["spec", "loadBalancerSourceRanges"])? {
                let ranges = see.items(ranges)?;
                limited = !ranges.is_empty();
                for range in ranges {
                    limited &= !is_everybody(see.text(range)?);
                }
            }
            !limited && !is_internal(see, it)?
        }
        _ => false,
    };
    Ok(open.then(|| (kind, node.pos())))
}
