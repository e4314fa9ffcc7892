//! Network policies of Kubernetes and Calico.

use super::{Document, Got, known, settle, text, texts};
use crate::yaml::View;
use crate::yaml::place;
use std::collections::BTreeMap;
use tyrian_model::fact::{Gap, Pos, Why};
use tyrian_model::kubernetes::{NetworkPolicy, PolicyRule};

pub(super) fn policy(document: &Document, namespace: Option<String>) -> NetworkPolicy {
    let spec = document.view().key("spec");
    if document.group().ends_with("projectcalico.org") {
        calico(document, namespace, &spec)
    } else {
        kubernetes(document, namespace, &spec)
    }
}

/// It is understood, but such selectors and rules are more than the facts have words for.
fn beyond(document: &Document, at: &Pos, what: &str) -> Gap {
    Gap { why: Why::NotRead, ..malformed(document, at, what) }
}

fn malformed(document: &Document, at: &Pos, what: &str) -> Gap {
    Gap::new(Why::Malformed, format!("{}: {what}", place(&document.file, at)))
}

fn kubernetes(document: &Document, namespace: Option<String>, spec: &View) -> NetworkPolicy {
    let here = &document.node.at;
    let selector = spec.key("podSelector");
    let (selects_all, selects) = (
        selector.entries().and_then(|_| {
            let labels = selector.key("matchLabels").entries()?;
            Ok(labels.is_empty() && selector.key("matchExpressions").items()?.is_empty())
        }),
        selector.key("matchExpressions").items().and_then(|expressions| match expressions.first() {
            Some(one) => {
                let at = one.pos().unwrap_or_else(|| here.clone());
                Err(beyond(document, &at, "set expressions of a pod selector are not followed"))
            }
            None => labels(&selector.key("matchLabels")),
        }),
    );
    let types = || -> Result<(bool, bool), Gap> {
        let types = texts(&spec.key("policyTypes"))?;
        if let Some(other) = types.iter().find(|one| *one != "Ingress" && *one != "Egress") {
            return Err(malformed(document, here, &format!("{other} is no type of policy")));
        }
        let has = |one: &str| types.iter().any(|t| t == one);
        match types.is_empty() {
            true => Ok((true, !spec.key("egress").items()?.is_empty())),
            false => Ok((has("Ingress"), has("Egress"))),
        }
    };
    let rules = |key: &str, peers: &str, speaks: Result<bool, Gap>| {
        let read = || match speaks? {
            false => Ok(None),
            true => {
                let rules = spec.key(key).items()?;
                rules
                    .iter()
                    .map(|rule| kubernetes_rule(document, rule, peers))
                    .collect::<Result<_, _>>()
                    .map(Some)
            }
        };
        known(read(), &spec.key(key).pos().unwrap_or_else(|| here.clone()))
    };
    let at = selector.pos().unwrap_or_else(|| here.clone());
    NetworkPolicy {
        origin: document.origin(),
        namespace,
        selects_all: known(selects_all, &at),
        selects: known(selects, &at),
        ingress: rules("ingress", "from", types().map(|(ingress, _)| ingress)),
        egress: rules("egress", "to", types().map(|(_, egress)| egress)),
    }
}

fn labels(view: &View) -> Result<BTreeMap<String, String>, Gap> {
    view.entries()?
        .into_iter()
        .map(|(key, value)| Ok((key.to_owned(), text(&value)?.map(|(text, _)| text).unwrap_or_default())))
        .collect()
}

fn kubernetes_rule(document: &Document, rule: &View, peers: &str) -> Result<PolicyRule, Gap> {
    // An empty rule, `{}` or nothing after the dash, lets everything through.
    rule.entries()?;
    let (peers, ports) = (rule.key(peers).items()?, rule.key("ports").items()?);
    let (mut cidrs, mut excepts) = (Vec::new(), Vec::new());
    for peer in &peers {
        if peer.entries()?.is_empty() {
            let at = peer.pos().unwrap_or_else(|| document.node.at.clone());
            return Err(malformed(document, &at, "a peer that names nothing"));
        }
        for key in ["podSelector", "namespaceSelector", "ipBlock"] {
            peer.key(key).entries()?;
        }
        if peer.key("ipBlock").is_set() {
            match text(&peer.key("ipBlock").key("cidr"))? {
                Some((cidr, _)) => {
                    cidrs.push(cidr);
                    excepts.extend(texts(&peer.key("ipBlock").key("except"))?);
                }
                None => {
                    let at = peer.pos().unwrap_or_else(|| document.node.at.clone());
                    return Err(malformed(document, &at, "an ipBlock without cidr"));
                }
            }
        }
    }
    Ok(PolicyRule { cidrs, excepts, any_peer: peers.is_empty(), any_port: ports.is_empty(), at: rule.pos() })
}

fn calico(document: &Document, namespace: Option<String>, spec: &View) -> NetworkPolicy {
    let here = &document.node.at;
    // Whatever else narrows the selection down.
    let narrowed = || -> Result<bool, Gap> {
        for key in ["namespaceSelector", "serviceAccountSelector"] {
            if let Some((selector, _)) = text(&spec.key(key))?
                && !is_all(&selector)
            {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let selector: Got<String> = text(&spec.key("selector"));
    let all = selector.clone().and_then(|selector| {
        let everything = selector.as_ref().is_none_or(|(text, _)| is_all(text)) && !narrowed()?;
        Ok(Some((everything, selector.map_or_else(|| here.clone(), |(_, at)| at))))
    });
    let selects = selector.and_then(|selector| {
        let (text, at) = selector.unwrap_or_else(|| (String::new(), here.clone()));
        match (narrowed()?, equalities(&text)) {
            (false, Some(labels)) => Ok(Some((labels, at))),
            _ => Err(beyond(document, &at, "selectors other than `key == 'value' && …` are not followed")),
        }
    });
    let types = || -> Result<(bool, bool), Gap> {
        let types = texts(&spec.key("types"))?;
        let has = |one: &str| types.iter().any(|t| t.eq_ignore_ascii_case(one));
        if !types.is_empty() {
            return Ok((has("Ingress"), has("Egress")));
        }
        let egress = !spec.key("egress").items()?.is_empty();
        Ok((!egress || !spec.key("ingress").items()?.is_empty(), egress))
    };
    let rules = |key: &str, peer: &str, speaks: Result<bool, Gap>| {
        let read = || match speaks? {
            false => Ok(None),
            true => {
                let mut admits = Vec::new();
                for rule in spec.key(key).items()? {
                    admits.extend(calico_rule(document, &rule, peer)?);
                }
                Ok(Some(admits))
            }
        };
        known(read(), &spec.key(key).pos().unwrap_or_else(|| here.clone()))
    };
    NetworkPolicy {
        origin: document.origin(),
        namespace,
        selects_all: settle(all, false, here),
        selects: settle(selects, BTreeMap::new(), here),
        ingress: rules("ingress", "source", types().map(|(ingress, _)| ingress)),
        egress: rules("egress", "destination", types().map(|(_, egress)| egress)),
    }
}

fn is_all(selector: &str) -> bool {
    matches!(selector.trim(), "" | "all()")
}

/// `a == 'b' && c == "d"` as labels.
fn equalities(selector: &str) -> Option<BTreeMap<String, String>> {
    if is_all(selector) {
        return Some(BTreeMap::new());
    }
    let equality = |term: &str| {
        let (key, value) = term.split_once("==")?;
        let (key, value) = (key.trim(), value.trim());
        let quote = value.chars().next().filter(|c| "'\"".contains(*c))?;
        let value = value.strip_prefix(quote)?.strip_suffix(quote)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        (!key.is_empty() && key.chars().all(plain) && value.chars().all(plain))
            .then(|| (key.to_owned(), value.to_owned()))
    };
    selector.split("&&").map(equality).collect()
}

/// What a rule admits; nothing for one that denies or only logs.
fn calico_rule(document: &Document, rule: &View, peer: &str) -> Result<Option<PolicyRule>, Gap> {
    let at = rule.pos().unwrap_or_else(|| document.node.at.clone());
    match text(&rule.key("action"))?.map(|(action, _)| action.to_ascii_lowercase()).as_deref() {
        Some("allow") => {}
        Some("deny" | "log") => return Ok(None),
        Some("pass") => {
            return Err(beyond(document, &at, "a rule that passes to the next tier is not followed"));
        }
        _ => return Err(malformed(document, &at, "a rule needs an action: Allow, Deny, Log or Pass")),
    }
    let peer = rule.key(peer);
    let mut any_peer = true;
    for key in ["selector", "namespaceSelector", "notSelector"] {
        any_peer &= text(&peer.key(key))?.is_none_or(|(text, _)| text.is_empty());
    }
    for key in ["serviceAccounts", "services"] {
        any_peer &= peer.key(key).entries()?.is_empty();
    }
    let cidrs = texts(&peer.key("nets"))?;
    let excepts = texts(&peer.key("notNets"))?;
    any_peer &= excepts.is_empty() && texts(&peer.key("domains"))?.is_empty();
    let destination = rule.key("destination");
    let ports = destination.key("ports").items()?.len() + destination.key("notPorts").items()?.len();
    Ok(Some(PolicyRule {
        any_peer: any_peer && cidrs.is_empty(),
        cidrs,
        excepts,
        any_port: ports == 0,
        at: rule.pos(),
    }))
}
