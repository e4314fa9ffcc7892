//! Tests of the manifest reader.

use super::*;
use serde_json::{Value as Json, json};

pub(super) fn read(files: &[(&str, &str)]) -> (Json, Vec<Gap>) {
    let key = Key([7; 32]);
    let inputs: Vec<Input> = files.iter().map(|(path, text)| Input { path, text, key: &key }).collect();
    let (facts, gaps) = worlds(&inputs);
    (serde_json::to_value(facts).unwrap(), gaps)
}
fn names(facts: &Json) -> Vec<&str> {
    facts.as_object().unwrap().keys().map(String::as_str).collect()
}
/// The value of a fact, and its line where it has one.
fn is(fact: &Json) -> (&Json, Option<u64>) {
    match (fact.get("is"), fact.get("at")) {
        (Some(value), _) => (value, None),
        (_, Some(at)) => (&at[0], at[1]["line"].as_u64()),
        _ => panic!("a gap: {fact}"),
    }
}

const FULL: &str = include_str!("../../tests/kubernetes/full.yaml");

#[test]
fn what_is_not_set_gets_the_default_of_kubernetes() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    image: nginx\n";
    let (facts, gaps) = read(&[("p.yaml", pod)]);
    assert!(gaps.is_empty());
    let pod = &facts["k8s"]["workloads"]["rows"]["pod:default/p"];
    let container = &pod["containers"]["rows"]["c"];
    let held = &container["declared"];
    assert_eq!(is(&held["user"]), (&json!("unset"), Some(6)));
    assert_eq!(is(&held["no_new_privileges"]), (&json!(false), Some(6)));
    assert_eq!(is(&held["seccomp"]), (&json!("unconfined"), Some(6)));
    assert_eq!(is(&held["lsm"]).0, "runtime/default");
    assert_eq!(is(&held["host_namespaces"]).0, &json!(["user"]));
    assert_eq!(is(&held["capabilities"]).0, &json!(tyrian_model::workload::DEFAULT_CAPABILITIES));
    assert_eq!(is(&held["memory_limit"]).0, &json!(null));
    assert_eq!(held["pids_limit"]["gap"]["why"], "not_asked");
    assert_eq!(is(&pod["service_account"]).0, "default");
    assert_eq!(is(&container["image"]).1, Some(7));
    assert_eq!(facts["k8s"]["namespaces"]["rows"]["namespace:default"]["declared"], false);
}

#[test]
fn a_volume_that_is_filled_in_later_says_nothing_against_the_others() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes:\n  - {name: a, hostPath: {path: '${DIR}'}}\n\
        \x20 - {name: b, hostPath: {path: /etc}}\n  containers:\n  - name: c\n    image: i\n    volumeMounts:\n\
        \x20   - {name: a, mountPath: /a}\n    - {name: b, mountPath: /b}\n    - {name: none, mountPath: /c}\n\
        \x20 - {name: d, image: i, volumeMounts: [{name: b, mountPath: /b}]}\n";
    let (facts, _) = read(&[("p.yaml", pod)]);
    let containers = &facts["k8s"]["workloads"]["rows"]["pod:default/p"]["containers"]["rows"];
    let mounts = &containers["c"]["declared"]["mounts"]["part"];
    assert_eq!(mounts["of"].as_array().unwrap().len(), 1);
    assert_eq!(mounts["of"][0]["source"], "/etc");
    let whys: Vec<&Json> = mounts["lacks"].as_array().unwrap().iter().map(|gap| &gap["why"]).collect();
    assert_eq!(whys, ["unresolved", "malformed"]);
    assert_eq!(is(&containers["d"]["declared"]["mounts"]).0[0]["source"], "/etc");
}

#[test]
fn a_pod_says_that_no_module_holds_it_in_and_that_it_shares_processes() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  shareProcessNamespace: true\n  containers:\n\
        \x20 - {name: a, image: i, securityContext: {appArmorProfile: {type: Unconfined}}}\n\
        \x20 - {name: b, image: i, securityContext: {privileged: true}}\n";
    let (facts, _) = read(&[("p.yaml", pod)]);
    let containers = &facts["k8s"]["workloads"]["rows"]["pod:default/p"]["containers"]["rows"];
    for name in ["a", "b"] {
        let held = &containers[name]["declared"];
        assert_eq!(is(&held["lsm"]).0, "unconfined");
        assert_eq!(is(&held["joined_namespaces"]), (&json!({"pid": "the pod's other containers"}), Some(5)));
    }
}

#[test]
fn copies_in_directories_are_worlds_of_their_own_and_the_rest_stays_together() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n";
    let other = pod.replace("name: p", "name: q");
    let (facts, _) = read(&[("base/a.yaml", pod), ("dev/a.yaml", pod), ("prod/a.yaml", pod)]);
    assert_eq!(names(&facts), ["k8s-base", "k8s-dev", "k8s-prod"]);
    let (facts, _) = read(&[("a/p.yaml", pod), ("b/q.yaml", &other)]);
    assert_eq!(names(&facts), ["k8s"]);
    let (facts, _) =
        read(&[("a/x/p.yaml", pod), ("a/y/p.yaml", pod), ("b/q.yaml", &other), ("a/z/q.yaml", &other)]);
    assert_eq!(names(&facts), ["k8s-a", "k8s-a~x", "k8s-a~y", "k8s-b"]);
    let (facts, _) = read(&[("a/p1.yaml", pod), ("a/p2.yaml", pod), ("q.yaml", &other)]);
    assert_eq!(names(&facts), ["k8s", "k8s-a~p1.yaml", "k8s-a~p2.yaml"]);
}

#[test]
fn values_of_secrets_are_never_kept() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter2}\n\
        data: {a: aHVudGVyMg==, b: 'x hunter2 {{ y }}'}\nstringData: hunter2\n---\n\
        apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n\
        - resources: [secrets]\n  providers: [{aescbc: {keys: [{name: k, secret: hunter2}]}}]\n---\n\
        apiVersion: template.openshift.io/v1\nkind: Template\nmetadata: {name: t}\nobjects: [{kind: Secret, data: {a: hunter2}}]\n";
    let (facts, gaps) = read(&[("s.yaml", text)]);
    let all = facts.to_string();
    assert!(gaps.is_empty() && !all.contains("hunter2") && !all.contains("aHVu"), "{all}");
    let rows = facts["k8s"]["objects"]["rows"].as_object().unwrap();
    let keys: Vec<_> = rows.keys().collect();
    assert_eq!(keys, ["encryptionconfiguration:s.yaml", "secret:default/s", "template:default/t"]);
    assert!(all.contains("\"b\"") && all.contains("\"keys\""));
}

#[test]
fn what_cannot_be_read_is_said_and_what_is_no_manifest_is_not() {
    let (facts, gaps) = read(&[
        ("chart/Chart.yaml", "name: c\n"),
        ("chart/templates/a.yaml", "apiVersion: v1\nkind: Pod\n{{ if x }}\n"),
        ("chart/charts/b/Chart.yaml", "name: b\n"),
        ("chart/charts/b/templates/a.yaml", "{{"),
        ("broken.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n"),
        ("rendered-later.yaml", "apiVersion: v1\nkind: Pod\nspec: {{ x }}: y\n"),
        ("values.yaml", "a: [\n"),
        ("list.yaml", "apiVersion: v1\nkind: List\nitems: 7\n"),
    ]);
    let what: Vec<_> = gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(what.len(), 4, "{what:?}");
    assert!(what[0].starts_with("chart: a Helm chart") && what[1].starts_with("broken.yaml:"));
    assert!(what[2].starts_with("list.yaml:3:") && what[3].contains("render it"));
    assert_eq!(names(&facts), ["chart-chart", "k8s"]);
    assert_eq!(facts["k8s"]["network_policies"]["gaps"].as_array().unwrap().len(), 3);
}

#[test]
fn every_setting_of_the_full_pod_is_read() {
    let (facts, gaps) = read(&[("full.yaml", FULL)]);
    assert!(gaps.is_empty());
    let all = facts.to_string();
    let known = [
        "podPidsLimit",
        "web.json lies on the node",
        "which no manifest declares",
        "names no device",
        "who is in a container",
        "control group of a pod",
        "open files",
        "forbid to run",
        "for ever",
        "the users of a pod",
        "use of block devices",
    ];
    let found: Vec<usize> = known.iter().map(|what| all.matches(what).count()).collect();
    assert_eq!(found, [2, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
    assert_eq!(all.matches("\"gap\"").count(), 20, "{all}");
}

#[test]
fn values_of_a_wrong_type_are_gaps_and_never_not_set() {
    // Each setting of the full workload, and the fact that rests on it; nothing: no fact does.
    const TEMPLATE: [(&str, Option<&str>); 50] = [
        ("metadata/labels/app", Some("labels")),
        ("metadata/annotations/team", Some("annotations")),
        ("spec/serviceAccountName", Some("service_account")),
        ("spec/automountServiceAccountToken", Some("automount_token")),
        ("spec/runtimeClassName", Some("runtime")),
        ("spec/hostPID", Some("containers/rows/web/declared/host_namespaces")),
        ("spec/hostIPC", Some("containers/rows/web/declared/host_namespaces")),
        ("spec/hostNetwork", Some("containers/rows/web/declared/host_namespaces")),
        ("spec/hostUsers", Some("containers/rows/web/declared/host_namespaces")),
        ("spec/securityContext/runAsNonRoot", Some("containers/rows/proxy/declared/user")),
        ("spec/securityContext/seccompProfile/type", Some("containers/rows/proxy/declared/seccomp")),
        ("spec/securityContext/appArmorProfile/type", Some("containers/rows/proxy/declared/lsm")),
        ("spec/initContainers/0/name", Some("containers")),
        ("spec/initContainers/0/image", Some("containers/rows/proxy/image")),
        ("spec/initContainers/0/restartPolicy", Some("containers")),
        ("spec/containers/0/name", Some("containers")),
        ("spec/containers/0/image", Some("containers/rows/web/image")),
        ("spec/containers/0/command/0", Some("containers/rows/web/command")),
        ("spec/containers/0/args/0", Some("containers/rows/web/command")),
        ("spec/containers/0/args/1", Some("containers/rows/web/command")),
        ("spec/containers/0/env/0/name", Some("containers/rows/web/env")),
        ("spec/containers/0/env/0/value", Some("containers/rows/web/env")),
        ("spec/containers/0/ports/0/containerPort", Some("containers/rows/web/ports")),
        ("spec/containers/0/ports/0/hostPort", Some("containers/rows/web/ports")),
        ("spec/containers/0/ports/0/hostIP", Some("containers/rows/web/ports")),
        ("spec/containers/0/ports/0/protocol", Some("containers/rows/web/ports")),
        ("spec/containers/0/securityContext/privileged", Some("containers/rows/web/declared/privileged")),
        (
            "spec/containers/0/securityContext/allowPrivilegeEscalation",
            Some("containers/rows/web/declared/no_new_privileges"),
        ),
        (
            "spec/containers/0/securityContext/readOnlyRootFilesystem",
            Some("containers/rows/web/declared/read_only_root"),
        ),
        ("spec/containers/0/securityContext/runAsUser", Some("containers/rows/web/declared/user")),
        ("spec/containers/0/securityContext/procMount", Some("containers/rows/web/declared/masked_paths")),
        (
            "spec/containers/0/securityContext/capabilities/drop/0",
            Some("containers/rows/web/declared/capabilities"),
        ),
        (
            "spec/containers/0/securityContext/capabilities/add/0",
            Some("containers/rows/web/declared/capabilities"),
        ),
        (
            "spec/containers/0/securityContext/seccompProfile/type",
            Some("containers/rows/web/declared/seccomp"),
        ),
        (
            "spec/containers/0/securityContext/seccompProfile/localhostProfile",
            Some("containers/rows/web/declared/seccomp"),
        ),
        ("spec/containers/0/securityContext/appArmorProfile/type", Some("containers/rows/web/declared/lsm")),
        (
            "spec/containers/0/securityContext/appArmorProfile/localhostProfile",
            Some("containers/rows/web/declared/lsm"),
        ),
        ("spec/containers/0/resources/limits/memory", Some("containers/rows/web/declared/memory_limit")),
        ("spec/containers/0/resources/limits/cpu", Some("containers/rows/web/declared/cpu_limit")),
        ("spec/containers/0/livenessProbe/httpGet/path", None),
        ("spec/containers/0/livenessProbe/httpGet/port", None),
        ("spec/containers/0/volumeMounts/0/name", Some("containers/rows/web/declared/mounts")),
        ("spec/containers/0/volumeMounts/0/mountPath", Some("containers/rows/web/declared/mounts")),
        ("spec/containers/0/volumeMounts/0/readOnly", Some("containers/rows/web/declared/mounts")),
        ("spec/containers/0/volumeMounts/0/mountPropagation", Some("containers/rows/web/declared/mounts")),
        ("spec/containers/0/volumeMounts/1/name", Some("containers/rows/web/declared/mounts")),
        ("spec/containers/0/volumeMounts/1/mountPath", Some("containers/rows/web/declared/mounts")),
        ("spec/containers/0/volumeDevices/0/devicePath", None),
        ("spec/volumes/0/name", Some("containers/rows/web/declared/mounts")),
        ("spec/volumes/0/hostPath/path", Some("containers/rows/web/declared/mounts")),
    ];
    let document = manifests(&Input { path: "full.yaml", text: FULL, key: &Key([7; 32]) }).unwrap().remove(0);
    let facts_of = |document: &Document| {
        let mut world = World::default();
        add(std::slice::from_ref(document), &Key([7; 32]), &mut world);
        serde_json::to_value(world).unwrap()["workloads"]["rows"]["statefulset:shop/web"].clone()
    };
    let is_gap = |fact: &Json| {
        fact.get("gap").is_some()
            || fact.get("part").is_some()
            || fact["gaps"].as_array().is_some_and(|gaps| !gaps.is_empty())
    };
    let (mut scalars, mut others) = (Vec::new(), Vec::new());
    let template = document.node.get("spec").unwrap().get("template").unwrap();
    paths(template, String::new(), &mut scalars, &mut others);
    let at = || Pos::new(9, 9);
    let plain = |text: &str| Value::Scalar { text: text.into(), plain: true };
    for path in &scalars {
        let (_, fact) = TEMPLATE.iter().find(|(known, _)| known == path).unwrap_or_else(|| panic!("{path}"));
        for wrong in [
            Value::List(vec![Node::new(at(), plain("x"))]),
            Value::Map(vec![("x".into(), Node::new(at(), plain("x")))]),
            plain("{{ .Values.x }}"),
            plain("${X}"),
        ] {
            let mut document = document.clone();
            *at_path(&mut document.node, &format!("spec/template/{path}")) = Node::new(at(), wrong.clone());
            let facts = facts_of(&document);
            if let Some(fact) = fact {
                let found = facts.pointer(&format!("/{fact}")).unwrap();
                assert!(is_gap(found), "{path} {wrong:?}: {found}");
            }
        }
    }
    assert_eq!(scalars.len(), TEMPLATE.len());
    // A text where a mapping or list belongs.
    let gaps = |facts: &Json| {
        let facts = facts.to_string();
        let set = facts.matches("lies on the node").count() + facts.matches("not_asked").count();
        facts.matches("\"why\"").count() - set
    };
    let before = gaps(&facts_of(&document));
    for path in others
        .iter()
        .filter(|path| !path.is_empty() && !path.contains("httpGet") && !path.contains("volumeDevices"))
    {
        let mut document = document.clone();
        *at_path(&mut document.node, &format!("spec/template/{path}")) = Node::new(at(), plain("x"));
        let facts = facts_of(&document);
        let unread = is_gap(&facts["containers"]);
        assert!(unread || gaps(&facts) > before, "{path}");
    }
}

/// The paths to all scalars and to all else below a node.
fn paths(node: &Node, path: String, scalars: &mut Vec<String>, others: &mut Vec<String>) {
    let step = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}/{key}") };
    match &node.is {
        Value::List(items) => {
            items.iter().enumerate().for_each(|(n, item)| paths(item, step(&n.to_string()), scalars, others));
        }
        Value::Map(entries) => entries.iter().for_each(|(key, item)| paths(item, step(key), scalars, others)),
        _ => return scalars.push(path),
    }
    others.push(path);
}

fn at_path<'n>(node: &'n mut Node, path: &str) -> &'n mut Node {
    path.split('/').fold(node, |node, step| match &mut node.is {
        Value::List(items) => &mut items[step.parse::<usize>().unwrap()],
        Value::Map(entries) => &mut entries.iter_mut().find(|(key, _)| key == step).unwrap().1,
        _ => panic!("{path}"),
    })
}

#[test]
fn a_privileged_container_has_everything_whatever_else_is_said() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    image: i\n    \
        securityContext: {privileged: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, \
        seccompProfile: {type: RuntimeDefault}, procMount: Default}\n  - name: d\n    image: i\n    securityContext: \
        {allowPrivilegeEscalation: false, capabilities: {add: [CAP_SYS_ADMIN], drop: [all]}}\n";
    let (facts, _) = read(&[("p.yaml", pod)]);
    let containers = &facts["k8s"]["workloads"]["rows"]["pod:default/p"]["containers"]["rows"];
    let held = &containers["c"]["declared"];
    assert_eq!(is(&held["capabilities"]).0.as_array().unwrap().len(), 41);
    assert_eq!(is(&held["seccomp"]).0, "unconfined");
    assert_eq!(is(&held["no_new_privileges"]).0, false);
    assert_eq!(is(&held["masked_paths"]).0, false);
    assert_eq!(is(&held["lsm"]).0, "unconfined");
    let held = &containers["d"]["declared"];
    assert_eq!(is(&held["capabilities"]).0, &json!(["SYS_ADMIN"]));
    assert_eq!(is(&held["no_new_privileges"]).0, false);
}

#[test]
fn templates_in_resources_of_others_and_windows_are_known() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r, namespace: n}\n\
        spec: {template: {spec: {os: {name: windows}, containers: [{name: c, image: i}]}}}\n---\n\
        apiVersion: v1\nkind: PodList\nitems: [{metadata: {generateName: g-}, spec: {hostNetwork: true, \
        containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}}]\n";
    let (facts, gaps) = read(&[("p.yaml", text)]);
    assert!(gaps.is_empty());
    let rows = &facts["k8s"]["workloads"]["rows"];
    assert_eq!(rows["rollout:n/r"]["windows"], true);
    let pod = &rows["pod:default/g-*"]["containers"]["rows"]["c"];
    assert_eq!(is(&pod["ports"]).0[0]["host"], 80);
    assert_eq!(is(&pod["declared"]["host_namespaces"]).0, &json!(["net", "uts", "user"]));
}

#[test]
fn quantities_are_counted_in_whole_units_rounded_up() {
    for (text, wanted) in [
        ("1", Some(1.0)),
        ("500m", Some(0.5)),
        ("1.5Gi", Some(1.5 * 1_073_741_824.0)),
        ("2e3", Some(2000.0)),
        ("1E", Some(1e18)),
        ("3E2", Some(300.0)),
        ("100u", Some(1e-4)),
        ("12x", None),
        ("Mi", None),
        ("", None),
        ("1e99", None),
    ] {
        let found = pod::quantity(text);
        let near = found.zip(wanted).is_some_and(|(a, b)| (a - b).abs() <= b * 1e-12);
        assert!(near || found == wanted, "{text}: {found:?}");
    }
}

#[test]
fn roles_and_bindings() {
    let api = "apiVersion: rbac.authorization.k8s.io/v1\n";
    let text = format!(
        "{api}kind: Role\nmetadata: {{name: r, namespace: n}}\nrules:\n- {{apiGroups: [\"\"], resources: [secrets], verbs: [get]}}\n- {{nonResourceURLs: [/x], verbs: [get]}}\n---\n\
        {api}kind: ClusterRole\nmetadata: {{name: a}}\naggregationRule: {{}}\nrules: []\n---\n\
        {api}kind: RoleBinding\nmetadata: {{name: b, namespace: n}}\nroleRef: {{kind: ClusterRole, name: view}}\n\
        subjects: [{{kind: ServiceAccount, name: s}}, {{kind: Group, name: 'system:authenticated'}}, {{kind: User, name: 'system:serviceaccount:x:y'}}, {{kind: User, name: u}}]\n---\n\
        {api}kind: ClusterRoleBinding\nmetadata: {{name: c}}\nroleRef: {{kind: Role, name: r}}\nsubjects: [{{kind: ServiceAccount, name: s}}]\n"
    );
    let (facts, _) = read(&[("r.yaml", &text)]);
    let world = &facts["k8s"];
    let rules = is(&world["roles"]["rows"]["role:n/r"]["rules"]).0;
    assert_eq!((&rules[0]["groups"], &rules[0]["at"]["line"]), (&json!([""]), &json!(5)));
    assert_eq!(rules[1]["resources"], json!(["/x"]));
    assert_eq!(world["roles"]["rows"]["clusterrole:a"]["rules"]["gap"]["why"], "unresolved");
    let binding = &world["bindings"]["rows"]["rolebinding:n/b"];
    assert_eq!(is(&binding["role"]).0, "clusterrole:view");
    let whom = ["serviceaccount:n/s", "group:system:authenticated", "serviceaccount:x/y", "user:u"];
    assert_eq!(is(&binding["subjects"]).0, &json!(whom));
    let binding = &world["bindings"]["rows"]["clusterrolebinding:c"];
    assert!(binding["role"].get("gap").is_some() && binding["subjects"].get("gap").is_some());
}

#[test]
fn network_policies_of_kubernetes_and_calico() {
    let head = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: NAME, namespace: n}\nspec:";
    let calico = head.replace("networking.k8s.io/v1", "projectcalico.org/v3");
    let policies = [
        (head, "deny", " {podSelector: {}, policyTypes: [Ingress, Egress]}"),
        (
            head,
            "some",
            " {podSelector: {matchLabels: {a: b}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}, {ports: [{port: 1}]}]}",
        ),
        (head, "sets", " {podSelector: {matchExpressions: [{key: a, operator: Exists}]}, egress: [{}]}"),
        (head, "bad", " {podSelector: {}, ingress: [{from: [{}]}]}"),
        (
            &calico,
            "all",
            " {selector: all(), types: [Ingress], ingress: [{action: Deny}, {action: Allow, source: {nets: [10.0.0.0/8]}}]}",
        ),
        (
            &calico,
            "out",
            " {selector: \"a == 'b' && c == 'd'\", egress: [{action: Allow, destination: {ports: [80]}}]}",
        ),
        (&calico, "odd", " {selector: has(a), ingress: [{action: Pass}]}"),
    ];
    let text: String =
        policies.iter().map(|(head, name, spec)| head.replace("NAME", name) + spec + "\n").collect();
    let (facts, gaps) = read(&[("n.yaml", &text)]);
    assert!(gaps.is_empty());
    let policy = |name: &str| &facts["k8s"]["network_policies"]["rows"][format!("networkpolicy:n/{name}")];
    let value = |name: &str, fact: &str| is(&policy(name)[fact]).0.clone();
    assert_eq!(value("deny", "selects_all"), true);
    assert_eq!((value("deny", "ingress"), value("deny", "egress")), (json!([]), json!([])));
    assert_eq!(value("some", "selects"), json!({"a": "b"}));
    assert_eq!((value("some", "selects_all"), value("some", "egress")), (json!(false), json!(null)));
    let rules = value("some", "ingress");
    assert_eq!((&rules[0]["cidrs"], &rules[0]["any_peer"]), (&json!(["0.0.0.0/0"]), &json!(false)));
    assert_eq!(rules[0]["excepts"], json!(["169.254.169.254/32"]));
    assert_eq!((&rules[1]["any_peer"], &rules[1]["any_port"]), (&json!(true), &json!(false)));
    assert!(policy("sets")["selects"].get("gap").is_some());
    assert_eq!((value("sets", "selects_all"), value("sets", "ingress")), (json!(false), json!([])));
    assert_eq!(value("sets", "egress")[0]["any_peer"], true);
    assert!(policy("bad")["ingress"].get("gap").is_some());
    assert_eq!((value("all", "selects_all"), value("all", "egress")), (json!(true), json!(null)));
    let rules = value("all", "ingress");
    assert_eq!((rules.as_array().unwrap().len(), &rules[0]["cidrs"]), (1, &json!(["10.0.0.0/8"])));
    assert_eq!(value("out", "selects"), json!({"a": "b", "c": "d"}));
    assert_eq!(
        (value("out", "ingress"), &value("out", "egress")[0]["any_port"]),
        (json!(null), &json!(false))
    );
    assert!(policy("odd")["selects"].get("gap").is_some() && policy("odd")["ingress"].get("gap").is_some());
}

#[test]
fn a_rendered_overlay_says_where_each_value_stands() {
    let files = [
        ("base/kustomization.yaml", include_str!("../../tests/kubernetes/kustomize/base/kustomization.yaml")),
        ("base/web.yaml", include_str!("../../tests/kubernetes/kustomize/base/web.yaml")),
        ("base/access.yaml", include_str!("../../tests/kubernetes/kustomize/base/access.yaml")),
        (
            "component/kustomization.yaml",
            include_str!("../../tests/kubernetes/kustomize/component/kustomization.yaml"),
        ),
        (
            "overlays/prod/kustomization.yaml",
            include_str!("../../tests/kubernetes/kustomize/overlays/prod/kustomization.yaml"),
        ),
        (
            "overlays/prod/namespace.yaml",
            include_str!("../../tests/kubernetes/kustomize/overlays/prod/namespace.yaml"),
        ),
        (
            "overlays/prod/harden.yaml",
            include_str!("../../tests/kubernetes/kustomize/overlays/prod/harden.yaml"),
        ),
    ];
    let (facts, gaps) = read(&files);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_eq!(names(&facts), ["k8s-overlays~prod"]);
    let world = &facts["k8s-overlays~prod"];
    let web = &world["workloads"]["rows"]["deployment:shop/prod-web"];
    assert_eq!(web["file"], "base/web.yaml");
    let container = &web["containers"]["rows"]["web"];
    let place = |fact: &Json| {
        let at = &fact["at"][1];
        (at["file"].as_str().unwrap_or("").to_owned(), at["line"].as_u64().unwrap())
    };
    assert_eq!(place(&container["declared"]["read_only_root"]), ("overlays/prod/harden.yaml".into(), 11));
    assert_eq!(
        place(&container["declared"]["host_namespaces"]),
        ("overlays/prod/kustomization.yaml".into(), 25)
    );
    assert_eq!(container["declared"]["host_namespaces"]["at"][1]["column"], 16);
    assert_eq!(place(&container["declared"]["user"]), ("component/kustomization.yaml".into(), 12));
    assert_eq!(place(&container["image"]), ("overlays/prod/kustomization.yaml".into(), 15));
    assert_eq!(place(&container["declared"]["mounts"]), (String::new(), 24));
    assert_eq!(is(&container["image"]).0["written"], "registry.example.org/shop/web:1.4");
    assert_eq!(
        is(&world["bindings"]["rows"]["rolebinding:shop/prod-reader"]["subjects"]).0[0],
        "serviceaccount:shop/prod-web"
    );
}

#[test]
fn what_a_kustomization_asks_for_beyond_that_is_a_gap_of_its_world() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}\n";
    for (kustomization, says) in [
        ("resources: [https://example.org/x]", "is not fetched"),
        ("resources: [../../../etc]", "is not in the tree"),
        ("resources: [gone.yaml]", "is not in the tree"),
        ("resources: [../a]", "builds on itself"),
        ("helmCharts: [{name: x}]", "helmCharts of a kustomization is not followed"),
        ("transformers: [x.yaml]", "transformers of a kustomization is not followed"),
        ("patches: [{target: {name: '('}, patch: '{}'}]", "not understood"),
        ("patches: [{path: pod.yaml}]", "fits no object"),
        (
            "resources: [pod.yaml]\npatches: [{target: {kind: Pod}, patch: '[{op: remove, path: /x}]'}]",
            "there is no /x",
        ),
        ("resources: 7", "not a list"),
        ("resources: [", "a/kustomization.yaml:"),
    ] {
        let (facts, gaps) = read(&[("a/kustomization.yaml", kustomization), ("a/pod.yaml", pod)]);
        assert!(gaps.iter().any(|gap| gap.what.contains(says)), "{kustomization}: {gaps:?}");
        assert!(!facts["k8s-a"]["workloads"]["gaps"].as_array().unwrap().is_empty(), "{kustomization}");
    }
    let replaced = "resources: [pod.yaml]\nreplacements: [{source: {kind: X}, targets: [{select: {kind: Pod}, fieldPaths: ['spec.containers.[name=c].image']}]}]";
    let (facts, _) = read(&[("kustomization.yaml", replaced), ("pod.yaml", pod)]);
    let image = &facts["k8s"]["workloads"]["rows"]["pod:default/p"]["containers"]["rows"]["c"]["image"];
    assert_eq!(image["gap"]["why"], "unresolved");
}

#[test]
fn hostile_kustomizations_end() {
    // Each directory builds twice on the next.
    let names: Vec<(String, String)> = (0..60)
        .map(|n| (format!("{n}/kustomization.yaml"), format!("resources: [../{0}, ../{0}]", n + 1)))
        .collect();
    let files: Vec<(&str, &str)> = names.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (_, gaps) = read(&files);
    assert!(gaps.iter().any(|gap| gap.what.contains("too much to render")));
    // A JSON patch that doubles the object again and again.
    let copies = "{op: copy, from: '', path: /a}, {op: copy, from: /a, path: /a/b}, ".repeat(200);
    let doubling =
        format!("resources: [p.yaml]\npatches: [{{target: {{kind: Pod}}, patch: \"[{copies}]\"}}]");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";
    let (_, gaps) = read(&[("kustomization.yaml", &doubling), ("p.yaml", pod)]);
    assert!(!gaps.is_empty());
    // Directories as deep as a path can be, with one object in each of two.
    let deep = "a/".repeat(5000);
    let (facts, _) = read(&[
        (&format!("{deep}x.yaml"), pod),
        (&format!("{deep}y.yaml"), pod),
        ("same.yaml", pod),
        ("same.yaml", pod),
    ]);
    assert!(names_of(&facts) >= 2);
}

fn names_of(facts: &Json) -> usize {
    facts.as_object().unwrap().len()
}

#[test]
fn json_is_read_however_it_is_indented() {
    let text = "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"List\",\n\t\"items\": [\n\t\t{\"apiVersion\": \"v1\", \"kind\": \"ServiceAccount\",\n\t\t\"metadata\": {\"name\": \"s\"}}\n\t]\n}\n";
    let (facts, gaps) = read(&[("list.json", text)]);
    assert!(gaps.is_empty(), "{gaps:?}");
    let account = &facts["k8s"]["service_accounts"]["rows"]["serviceaccount:default/s"];
    assert_eq!(is(&account["automount_token"]), (&json!(true), Some(5)));
}

#[test]
fn worlds_of_two_directories_never_have_one_name() {
    let names = ["", "a", "a/b", "a~b", "a%7Eb", "a-b"].map(|dir| world_name("k8s", dir));
    assert_eq!(names, ["k8s", "k8s-a", "k8s-a~b", "k8s-a%7Eb", "k8s-a%257Eb", "k8s-a-b"]);
}

#[test]
fn a_container_that_the_mesh_fills_in_is_not_taken_at_its_word() {
    let container = |name: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: {name}, image: auto, securityContext: {{privileged: true}}}}]}}\n"
        );
        let (facts, gaps) = read(&[("pod.yaml", &text)]);
        assert!(gaps.is_empty(), "{gaps:?}");
        facts["k8s"]["workloads"]["rows"]["pod:default/a"]["containers"]["rows"][name].clone()
    };
    let filled_in = container("istio-proxy");
    assert_eq!(filled_in["image"]["gap"]["why"], "unresolved");
    assert_eq!(filled_in["declared"]["read_only_root"]["gap"]["why"], "unresolved");
    assert_eq!(filled_in["declared"]["privileged"]["at"][0], true);
    assert_eq!(container("auto")["declared"]["read_only_root"]["at"][0], false);
}

#[test]
fn what_a_tree_and_a_pod_may_hold_is_bounded() {
    let key = Key([0; 32]);
    let input = Input { path: "a.yaml", text: "kind: Pod\napiVersion: v1\nmetadata: {name: a}\n", key: &key };
    let mut left = 10;
    let documents = |left: &mut usize| within(left, "a.yaml", manifests(&input).unwrap());
    assert_eq!(documents(&mut left).unwrap().len(), 1);
    assert_eq!(left, 5, "the mapping, its two values, the inner mapping and its value");
    assert_eq!(documents(&mut left).unwrap().len(), 1);
    let gap = documents(&mut left).unwrap_err();
    assert!(gap.why == Why::NotRead && gap.what.starts_with("a.yaml: left out"), "{gap:?}");
    let containers: String = (0..1001).map(|n| format!("{{name: c{n}}}, ")).collect();
    let text =
        format!("kind: Pod\napiVersion: v1\nmetadata: {{name: a}}\nspec: {{containers: [{containers}]}}\n");
    let (facts, _) = worlds(&[Input { path: "a.yaml", text: &text, key: &key }]);
    let pod = serde_json::to_value(&facts.worlds["k8s"].workloads).unwrap()["rows"]["pod:default/a"].clone();
    assert_eq!(pod["containers"]["rows"].as_object().unwrap().len(), 1000);
    let gap = pod["containers"]["gaps"][0]["what"].as_str().unwrap();
    assert!(gap.ends_with("more than 1000 containers: those behind them are not read"), "{gap}");
}
