//! Pod templates in kinds that are not Kubernetes' own, wherever they stand in them.
//!
//! A mapping with a list `containers` is the specification of a pod. Where it stands under `template.spec` or
//! `podSpec` and each of its containers has an image, it is taken for the whole. Everywhere else the operator of
//! that kind completes it: what is set then counts, and of what is not set nothing is known.
//!
//! Workflows of Argo and tasks of Tekton write their containers in forms of their own, which are put into that of
//! a pod first. Policies, patches and values of charts look like pods and are none.

use super::Document;
use crate::yaml::{Node, Value};
use tyrian_model::fact::Pos;

/// A pod template that was found.
#[derive(Debug)]
pub(super) struct Template {
    /// The keys that lead to it.
    pub(super) path: Vec<String>,
    /// It, in the form of Kubernetes: a mapping with `metadata` and `spec`.
    pub(super) node: Node,
    /// Who else has a say.
    pub(super) completed: Completed,
}

/// Who completes a pod template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completed {
    /// Nobody: what is not set is not set.
    No,
    /// Its controller puts in defaults (users, profiles, limits) for a step of a workflow or task.
    Defaults,
    /// An operator lays it over a pod of its own.
    Overrides,
}

/// Templates are looked for that deep.
const MOST_KEYS: usize = 24;
/// That many of one object are judged.
pub(super) const MOST_TEMPLATES: usize = 256;

/// Groups whose objects hold patterns of pods, and no pods.
const NO_PODS: &[&str] = &[
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "autoscaling.k8s.io",
    "helm.toolkit.fluxcd.io",
    "kyverno.io",
    "metrics.k8s.io",
    "mutations.gatekeeper.sh",
    "constraints.gatekeeper.sh",
    "policy",
    "policy.open-cluster-management.io",
    "templates.gatekeeper.sh",
    "tests.testkube.io",
    "wgpolicyk8s.io",
];

/// What hangs below such a key is no pod that is made: what was seen, or what is laid over others.
fn is_no_pod(key: &str) -> bool {
    matches!(
        key,
        "" | "metadata" | "status" | "values" | "valuesObject" | "openAPIV3Schema" | "overrides" | "overlays"
    ) || key.starts_with("patch")
}

/// Parts of kinds whose operator makes such a thing by itself and lays what stands below over it.
const LAID_OVER: [&str; 7] =
    ["daemonSet", "daemonset", "deployment", "podTemplate", "podTemplates", "statefulSet", "statefulset"];

/// Is the pod specification at the end of that path the whole of a pod, if its containers have images?
fn is_whole(path: &[String], parent: Option<&Node>) -> bool {
    // An object in an object stands for itself.
    if parent.is_some_and(|parent| parent.get("kind").is_some() && parent.get("apiVersion").is_some()) {
        return true;
    }
    let keys: Vec<&str> = path.iter().map(String::as_str).collect();
    let usual = matches!(keys[..], [.., "template", "spec"] | [.., _, "podSpec"]);
    usual && !keys.iter().any(|key| LAID_OVER.contains(key))
}

/// The pod templates of an object, in the order of its text; one more than [`MOST_TEMPLATES`] where there are more.
pub(super) fn of(document: &Document) -> Vec<Template> {
    let group = document.group();
    let is_of = |known: &str| {
        group.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let mut found = Vec::new();
    if NO_PODS.iter().any(|known| is_of(known)) {
        return found;
    }
    let mut search = Search { group, found: &mut found, path: Vec::new() };
    let Value::Map(entries) = &document.node.is else { return found };
    for (key, node) in entries.iter().filter(|(key, _)| !is_no_pod(key)) {
        search.below(key, node, None);
    }
    found
}

struct Search<'a> {
    group: &'a str,
    found: &'a mut Vec<Template>,
    path: Vec<String>,
}

impl Search<'_> {
    fn below(&mut self, key: &str, node: &Node, parent: Option<&Node>) {
        if self.path.len() == MOST_KEYS || self.found.len() > MOST_TEMPLATES {
            return;
        }
        self.path.push(key.to_owned());
        match &node.is {
            Value::Map(_) if self.take(node, parent) => {}
            Value::Map(entries) => {
                for (key, inner) in entries.iter().filter(|(key, _)| !is_no_pod(key)) {
                    self.below(key, inner, Some(node));
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let name = item.get("name").and_then(Node::scalar).filter(|name| name.len() <= 63);
                    match name {
                        Some(name) => self.below(name, item, None),
                        None => self.below(&index.to_string(), item, None),
                    }
                }
            }
            _ => {}
        }
        self.path.pop();
    }

    /// Takes a mapping for a pod, if it is one.
    fn take(&mut self, node: &Node, parent: Option<&Node>) -> bool {
        if self.group == "argoproj.io"
            && let Some(spec) = workflow_step(node)
        {
            let node = map(&node.at, vec![("spec", spec)]);
            self.found.push(Template { path: self.path.clone(), node, completed: Completed::Defaults });
            return true;
        }
        if self.group == "tekton.dev"
            && let Some(spec) = task(node)
        {
            let node = map(&node.at, vec![("spec", spec)]);
            self.found.push(Template { path: self.path.clone(), node, completed: Completed::Defaults });
            return true;
        }
        let Some(Value::List(containers)) = node.get("containers").map(|list| &list.is) else { return false };
        let is_container = |item: &Node| {
            matches!(item.is, Value::Map(_)) && (item.get("image").is_some() || item.get("name").is_some())
        };
        if containers.is_empty() || !containers.iter().all(is_container) {
            return false;
        }
        let key = self.path.last().map_or("", String::as_str);
        let is_of_root = self.path.len() == 1;
        let knative = self.group == "serving.knative.dev";
        let whole = containers.iter().all(|item| item.get("image").is_some())
            && (knative || is_whole(&self.path, parent));
        let spec = if knative { named(node.clone(), "user-container") } else { node.clone() };
        let mut parts = vec![("spec", spec)];
        if key == "spec"
            && !is_of_root
            && let Some(meta) = parent.and_then(|parent| parent.get("metadata"))
        {
            parts.push(("metadata", meta.clone()));
        }
        let node = map(&node.at, parts);
        let completed = if whole { Completed::No } else { Completed::Overrides };
        self.found.push(Template { path: self.path.clone(), node, completed });
        true
    }
}

fn map(at: &Pos, entries: Vec<(&str, Node)>) -> Node {
    Node::new(at.clone(), Value::Map(entries.into_iter().map(|(key, node)| (key.to_owned(), node)).collect()))
}

/// The pod with a name for each container that has none.
fn named(mut pod: Node, name: &str) -> Node {
    let Value::Map(entries) = &mut pod.is else { return pod };
    let containers = entries.iter_mut().find(|(key, _)| key == "containers").map(|(_, list)| &mut list.is);
    let Some(Value::List(items)) = containers else { return pod };
    for (index, item) in items.iter_mut().enumerate() {
        let text = if index == 0 { name.to_owned() } else { format!("{name}-{index}") };
        name_it(item, &text);
    }
    pod
}

fn name_it(container: &mut Node, name: &str) {
    let at = container.at.clone();
    if let Value::Map(entries) = &mut container.is
        && !entries.iter().any(|(key, _)| key == "name")
    {
        entries
            .push(("name".to_owned(), Node::new(at, Value::Scalar { text: name.to_owned(), plain: false })));
    }
}

/// What a list of containers of the pod is made of.
fn list(at: &Pos, items: Vec<Node>) -> Node {
    Node::new(at.clone(), Value::List(items))
}

/// A template of an Argo workflow: one container or script, or a set of them, beside others.
fn workflow_step(node: &Node) -> Option<Node> {
    node.get("name")?;
    let mut main = Vec::new();
    for key in ["container", "script"] {
        if let Some(one) = node.get(key).filter(|one| one.get("image").is_some()) {
            let mut one = one.clone();
            name_it(&mut one, "main");
            main.push(one);
        }
    }
    if let Some(Value::List(set)) =
        node.get("containerSet").and_then(|set| set.get("containers")).map(|n| &n.is)
    {
        main.extend(set.iter().cloned());
    }
    if main.is_empty() {
        return None;
    }
    if let Some(Value::List(beside)) = node.get("sidecars").map(|list| &list.is) {
        main.extend(beside.iter().cloned());
    }
    let mut parts = vec![("containers", list(&node.at, main))];
    for key in ["initContainers", "securityContext", "volumes", "hostAliases", "serviceAccountName"] {
        parts.extend(node.get(key).map(|part| (key, part.clone())));
    }
    Some(map(&node.at, parts))
}

/// The steps of a Tekton task, with what they have in common put into each.
fn task(node: &Node) -> Option<Node> {
    let Some(Value::List(steps)) = node.get("steps").map(|list| &list.is) else { return None };
    if !steps.iter().any(|step| step.get("image").is_some() || step.get("script").is_some()) {
        return None;
    }
    let common = node.get("stepTemplate");
    let mut containers = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let mut step = step.clone();
        if let (Value::Map(own), Some(Value::Map(shared))) = (&mut step.is, common.map(|common| &common.is)) {
            for (key, value) in shared {
                if !own.iter().any(|(known, _)| known == key) {
                    own.push((key.clone(), value.clone()));
                }
            }
        }
        name_it(&mut step, &format!("unnamed-{index}"));
        if let Value::Map(own) = &mut step.is {
            // A pod has another word for them.
            own.iter_mut()
                .filter(|(key, _)| key == "computeResources")
                .for_each(|(key, _)| *key = "resources".to_owned());
        }
        containers.push(step);
    }
    if let Some(Value::List(beside)) = node.get("sidecars").map(|list| &list.is) {
        containers.extend(beside.iter().cloned());
    }
    let mut parts = vec![("containers", list(&node.at, containers))];
    parts.extend(node.get("volumes").map(|volumes| ("volumes", volumes.clone())));
    Some(map(&node.at, parts))
}

#[cfg(test)]
mod tests {
    use crate::kubernetes::tests::read;

    /// The rows of workloads, each with its containers and whether they are partial.
    fn rows(text: &str) -> Vec<(String, Vec<String>, bool)> {
        let (facts, gaps) = read(&[("crd.yaml", text)]);
        assert!(gaps.is_empty(), "{gaps:?}");
        let rows = facts["k8s"]["workloads"]["rows"].as_object().unwrap();
        rows.iter()
            .map(|(name, row)| {
                let containers = row["containers"]["rows"].as_object().unwrap();
                let open = containers.values().any(|c| c["declared"]["seccomp"].get("gap").is_some());
                (name.clone(), containers.keys().cloned().collect(), open)
            })
            .collect()
    }

    fn row(name: &str, containers: &[&str], partial: bool) -> (String, Vec<String>, bool) {
        (name.to_owned(), containers.iter().map(|name| (*name).to_owned()).collect(), partial)
    }

    #[test]
    fn templates_of_other_kinds_are_found_where_they_stand() {
        for (text, name, containers) in [
            (
                "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web, namespace: shop}\nspec: {template: {spec: {containers: [{name: web, image: a}]}}}",
                "rollout:shop/web",
                &["web"][..],
            ),
            (
                "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: f}\nspec: {template: {spec: {containers: [{image: a}]}}}",
                "service:default/f",
                &["user-container"],
            ),
            (
                "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nmetadata: {name: j}\nspec: {jobTargetRef: {template: {spec: {containers: [{name: c, image: a}]}}}}",
                "scaledjob:default/j",
                &["c"],
            ),
            (
                "apiVersion: example.org/v1\nkind: Farm\nmetadata: {name: f}\nspec: {workload: {podSpec: {containers: [{name: c, image: a}], hostPID: true}}}",
                "farm:default/f",
                &["c"],
            ),
            (
                "apiVersion: apps.kruise.io/v1alpha1\nkind: BroadcastJob\nmetadata: {name: b}\nspec: {template: {spec: {containers: [{name: c, image: a}]}}}",
                "broadcastjob:default/b",
                &["c"],
            ),
            (
                "apiVersion: work.open-cluster-management.io/v1\nkind: ManifestWork\nmetadata: {name: m}\nspec: {workload: {manifests: [{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: a}]}}]}}",
                "manifestwork:default/m",
                &["c"],
            ),
        ] {
            assert_eq!(rows(text), [row(name, containers, false)], "{text}");
        }
    }

    #[test]
    fn several_templates_are_told_apart_by_their_keys() {
        let text = "
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: build, namespace: ci}
spec:
  entrypoint: all
  templates:
  - {name: all, steps: [[{name: a, template: compile}]]}
  - {name: compile, container: {image: gcc, securityContext: {privileged: true}}, sidecars: [{name: db, image: postgres}]}
  - {name: test, script: {image: python, source: print()}}
";
        let expected = [
            row("workflow:ci/build~spec~templates~compile", &["db", "main"], true),
            row("workflow:ci/build~spec~templates~test", &["main"], true),
        ];
        assert_eq!(rows(text), expected);
        let (facts, _) = read(&[("crd.yaml", text)]);
        let compile = &facts["k8s"]["workloads"]["rows"]["workflow:ci/build~spec~templates~compile"];
        assert_eq!(compile["containers"]["rows"]["main"]["declared"]["privileged"]["at"][0], true);
        let db = &compile["containers"]["rows"]["db"];
        assert!(
            db["declared"]["user"].get("gap").is_some()
                && db["declared"]["memory_limit"].get("gap").is_some()
        );
        assert_eq!(db["declared"]["privileged"]["at"][0], false, "nobody makes it privileged");
    }

    #[test]
    fn what_an_operator_completes_is_not_taken_for_not_set() {
        let text = "
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main}
spec: {containers: [{name: prometheus, securityContext: {privileged: true}}, {name: proxy, image: proxy}]}
---
apiVersion: postgresql.cnpg.io/v1
kind: Pooler
metadata: {name: p}
spec: {template: {spec: {containers: [{name: pgbouncer, resources: {limits: {memory: 1Gi}}}]}}}
---
apiVersion: grafana.integreatly.org/v1beta1
kind: Grafana
metadata: {name: g}
spec: {deployment: {spec: {template: {spec: {containers: [{name: grafana, image: g}]}}}}}
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec: {stepTemplate: {env: [{name: A, value: b}]}, steps: [{image: gcc, script: make}, {name: push, image: $(params.image)}]}
";
        let expected = [
            row("grafana:default/g", &["grafana"], true),
            row("pooler:default/p", &["pgbouncer"], true),
            row("prometheus:default/main", &["prometheus", "proxy"], true),
            row("task:default/t", &["push", "unnamed-0"], true),
        ];
        assert_eq!(rows(text), expected);
        let (facts, _) = read(&[("crd.yaml", text)]);
        let of = |row: &str, container: &str| {
            facts["k8s"]["workloads"]["rows"][row]["containers"]["rows"][container].clone()
        };
        let prometheus = of("prometheus:default/main", "prometheus");
        assert_eq!(prometheus["declared"]["privileged"]["at"][0], true);
        for unset in ["user", "capabilities", "seccomp", "read_only_root", "memory_limit", "mounts"] {
            assert!(prometheus["declared"][unset].get("gap").is_some(), "{unset}");
        }
        assert!(prometheus["command"].get("gap").is_some() && prometheus["image"].get("gap").is_some());
        assert!(
            of("prometheus:default/main", "proxy")["command"].get("at").is_some(),
            "a container of its own"
        );
        let task = of("task:default/t", "unnamed-0");
        assert_eq!(task["env"]["at"][0]["A"]["text"], "b", "from the step template");
        assert!(of("task:default/t", "push")["image"].get("gap").is_some());
    }

    #[test]
    fn what_only_looks_like_a_pod_is_none() {
        for text in [
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec: {rules: [{validate: {pattern: {spec: {containers: [{name: '*', image: '!*:latest'}]}}}}]}",
            "apiVersion: metrics.k8s.io/v1beta1\nkind: PodMetrics\nmetadata: {name: p}\ncontainers: [{name: a, usage: {cpu: 1}}]",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: p}\nspec: {values: {pod: {containers: [{name: a, image: b}]}}}",
            "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: p}\nspec: {patches: [{spec: {containers: [{name: a, image: b}]}}]}",
            "apiVersion: example.org/v1\nkind: Ship\nmetadata: {name: p}\nspec: {cargo: {containers: [{size: 40}, {size: 20}]}}",
            "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: p}\nstatus: {pod: {containers: [{name: a, image: b}]}}",
            "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: v}\nspec: {template: {spec: {domain: {devices: {}}}}}",
        ] {
            assert_eq!(rows(text), [], "{text}");
        }
    }

    #[test]
    fn one_object_does_not_make_workloads_without_end() {
        let one = "{name: N, template: {spec: {containers: [{name: a, image: b}]}}}";
        let all: Vec<String> = (0..400).map(|n| one.replace('N', &format!("n{n}"))).collect();
        let text = format!(
            "apiVersion: example.org/v1\nkind: Many\nmetadata: {{name: m}}\nspec: {{all: [{}]}}",
            all.join(", ")
        );
        let (facts, _) = read(&[("crd.yaml", &text)]);
        let workloads = &facts["k8s"]["workloads"];
        assert_eq!(workloads["rows"].as_object().unwrap().len(), super::MOST_TEMPLATES);
        assert_eq!(workloads["gaps"].as_array().unwrap().len(), 1);
    }
}
