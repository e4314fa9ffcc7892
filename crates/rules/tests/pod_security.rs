//! The Pod Security Standards, judged as the API server judges them: by the fixtures of its admission plugin, in every
//! version, through the reader of manifests.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use tyrian_model::fact::{Gap, See};
use tyrian_model::facts::{Facts, World};
use tyrian_model::pod_security::PodSecurity;
use tyrian_read::Input;
use tyrian_read::assemble;
use tyrian_read::secrets::Key;
use tyrian_rules::pod_security::policy::By;
use tyrian_rules::pod_security::survey::survey;
use tyrian_rules::pod_security::{Breach, CONTROLS, Level, Version, breaches, controls};

const KEY: Key = Key([7; 32]);

fn facts(files: &[(&str, &str)]) -> Facts {
    let pieces =
        files.iter().filter_map(|(path, text)| assemble::glance(path, text.as_bytes().to_vec(), &KEY));
    let (facts, gaps) = assemble::facts("tree", pieces.collect(), &KEY);
    assert!(gaps.is_empty(), "{gaps:?}");
    facts
}

/// The one pod of a manifest.
fn pod(text: &str) -> PodSecurity {
    let documents = tyrian_read::kubernetes::manifests(&Input { path: "pod.yaml", text, key: &KEY }).unwrap();
    let mut world = World::default();
    tyrian_read::kubernetes::add(&documents, &KEY, &mut world);
    let see = See::new(&world);
    let workload = see.all(&world.workloads).unwrap().values().next().unwrap();
    (**see.get(&workload.pod_security).unwrap()).clone()
}

fn judge(pod: &PodSecurity, level: Level, version: Version) -> (Vec<Breach>, Vec<Gap>) {
    let world = World::default();
    let see = See::new(&world);
    let found = breaches(&see, pod, level, version);
    let gaps = see.gaps();
    (found, gaps.own.into_iter().chain(gaps.beside).collect())
}

/// A fixture: what is expected of it, and its text.
struct Fixture {
    path: String,
    level: Level,
    version: Version,
    passes: bool,
    text: String,
}

fn fixtures(test: &str) -> Option<Vec<Fixture>> {
    let folder = tyrian_lab::shared(test, "conformance")?;
    let file = std::fs::File::open(folder.join("pod-security-admission.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut fixtures = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let Some(rest) = path.split_once("testdata/").map(|(_, rest)| rest) else { continue };
        let parts: Vec<&str> = rest.split('/').collect();
        let [level, version, outcome, name] = parts[..] else { continue };
        if !name.ends_with(".yaml") {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        fixtures.push(Fixture {
            level: Level::parse(level).unwrap(),
            version: Version::parse(version).unwrap(),
            passes: match outcome {
                "pass" => true,
                "fail" => false,
                other => panic!("{other}"),
            },
            path,
            text,
        });
    }
    Some(fixtures)
}

/// The controls that a fixture is about, by the name of its file.
fn about(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap().trim_end_matches(".yaml");
    name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()
}

#[test]
fn every_fixture_is_judged_as_the_api_server_judges_it() {
    let Some(fixtures) = fixtures("every_fixture_is_judged_as_the_api_server_judges_it") else { return };
    let (mut wrong, mut versions) = (Vec::new(), BTreeSet::new());
    for fixture in &fixtures {
        let pod = pod(&fixture.text);
        let (found, gaps) = judge(&pod, fixture.level, fixture.version);
        versions.insert(fixture.version);
        let mut right = gaps.is_empty() && found.is_empty() == fixture.passes;
        // A fixture that fails is there for one control, and that one finds it.
        if let (false, Some(breach)) = (fixture.passes, found.first()) {
            let about = about(&fixture.path);
            let one = about.trim_end_matches("_baseline").trim_end_matches("_restricted").to_owned();
            right &= found.iter().any(|breach| {
                let control = breach.control.to_lowercase();
                let short = control.trim_end_matches("_baseline").trim_end_matches("_restricted");
                control == about || short == one || (one == "hostpathvolumes" && short == "restrictedvolumes")
            });
            right &= breach.field.starts_with("spec.") || breach.field.starts_with("metadata.");
        }
        // The newest version is that of the newest release.
        if fixture.version >= Version::NEWEST {
            let (latest, _) = judge(&pod, fixture.level, Version::LATEST);
            right &= latest == found;
        }
        right &= judge(&pod, Level::Privileged, fixture.version).0.is_empty();
        if !right {
            wrong.push(format!("{}: {found:?} {gaps:?}", fixture.path));
        }
    }
    println!("{} fixtures of {} versions, {} judged otherwise", fixtures.len(), versions.len(), wrong.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), fixtures.len(), wrong.join("\n"));
    // With the README beside them these are the 4,538 files of the archive.
    assert_eq!(fixtures.len(), 4537);
}

/// Every way to forget one fact of a pod.
fn forgettings(whole: &Value, at: &Value, path: &str, out: &mut Vec<Value>) {
    if let Value::Object(o) = at
        && o.len() == 1
        && (o.contains_key("is") || o.contains_key("at"))
    {
        let mut copy = whole.clone();
        *copy.pointer_mut(path).unwrap() = json!({"gap": {"why": "denied", "what": path}});
        out.push(copy);
    }
    match at {
        Value::Object(o) => o.iter().for_each(|(k, v)| forgettings(whole, v, &format!("{path}/{k}"), out)),
        Value::Array(a) => {
            a.iter().enumerate().for_each(|(i, v)| forgettings(whole, v, &format!("{path}/{i}"), out))
        }
        _ => {}
    }
}

/// Forgets each fact of the pod: what is found still was found before, and what was passed is not known.
fn forget(name: &str, pod: &PodSecurity, versions: &[Version]) -> usize {
    let whole = serde_json::to_value(pod).unwrap();
    let mut others = Vec::new();
    forgettings(&whole, &whole, "", &mut others);
    let mut tried = 0;
    for other in others {
        let less: PodSecurity = serde_json::from_value(other.clone()).unwrap();
        for (level, version) in [Level::Baseline, Level::Restricted]
            .into_iter()
            .flat_map(|level| versions.iter().map(move |version| (level, *version)))
        {
            let (before, _) = judge(pod, level, version);
            let (after, gaps) = judge(&less, level, version);
            let lawful = after == before || (!gaps.is_empty() && after.iter().all(|b| before.contains(b)));
            assert!(lawful, "{name} at {level} {version}: {before:?} became {after:?} {gaps:?} with {other}");
            tried += 1;
        }
    }
    tried
}

#[test]
fn to_forget_a_field_only_ever_makes_unknown() {
    let mut tried = forget("an open pod", &pod(OPEN), &[Version::minor(0), Version::LATEST]);
    tried += forget("a windows pod", &pod(WINDOWS), &[Version::minor(24), Version::LATEST]);
    if let Some(fixtures) = fixtures("to_forget_a_field_only_ever_makes_unknown") {
        let newest = fixtures.iter().filter(|fixture| fixture.version == Version::minor(37));
        for fixture in newest.filter(|fixture| fixture.level == Level::Restricted) {
            tried += forget(&fixture.path, &pod(&fixture.text), &[Version::LATEST]);
        }
    }
    assert!(tried > 200, "{tried}");
}

/// Everything that a control speaks of, asked for at once.
const OPEN: &str = "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-agents}
spec:
  template:
    metadata:
      annotations:
        container.apparmor.security.beta.kubernetes.io/agent: unconfined
        seccomp.security.alpha.kubernetes.io/pod: unconfined
        container.seccomp.security.alpha.kubernetes.io/agent: unconfined
        container.seccomp.security.alpha.kubernetes.io/other: unconfined
    spec:
      hostNetwork: true
      hostPID: true
      hostIPC: true
      securityContext:
        runAsUser: 0
        runAsNonRoot: false
        seccompProfile: {type: Unconfined}
        appArmorProfile: {}
        seLinuxOptions: {type: spc_t, user: system_u, role: system_r, level: 's0'}
        sysctls: [{name: kernel.msgmax, value: '1'}, {name: net.ipv4.tcp_rmem, value: '4096'}]
        windowsOptions: {hostProcess: true}
      initContainers:
      - name: prepare
        image: busybox
      containers:
      - name: agent
        image: agent
        ports: [{containerPort: 80}, {containerPort: 8080, hostPort: 8080}]
        livenessProbe: {httpGet: {host: 10.0.0.1, port: 80}}
        lifecycle: {preStop: {tcpSocket: {host: 10.0.0.2, port: 80}}}
        securityContext:
          privileged: true
          procMount: Unmasked
          capabilities: {add: [SYS_ADMIN, CHOWN, chown], drop: [all]}
      volumes:
      - {name: root, hostPath: {path: /}}
      - {name: share, nfs: {server: nas, path: /}}
      - {name: none}
";

const WINDOWS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  os: {name: windows}
  securityContext: {runAsNonRoot: true, windowsOptions: {hostProcess: false}}
  containers:
  - {name: iis, image: iis}
";

/// The fields that stand in the way, with their controls.
fn fields(text: &str, level: Level, version: Version) -> BTreeMap<String, &'static str> {
    let (found, gaps) = judge(&pod(text), level, version);
    assert!(gaps.is_empty(), "{gaps:?}");
    let lines = text.lines().count() as u32;
    for breach in &found {
        assert!(breach.at.as_ref().is_none_or(|at| (1..=lines).contains(&at.line)), "{breach:?}");
    }
    found.into_iter().map(|breach| (format!("{} = {}", breach.field, breach.value), breach.control)).collect()
}

#[test]
fn a_breach_names_its_field_its_value_and_its_place() {
    let found = fields(OPEN, Level::Restricted, Version::LATEST);
    let is = |field: &str, control: &str| {
        assert_eq!(found.get(field).copied(), Some(control), "{field} among {found:#?}");
    };
    let spec = "spec.template.spec";
    is(&format!("{spec}.hostPID = true"), "hostNamespaces");
    is(&format!("{spec}.containers[0].securityContext.privileged = true"), "privileged");
    is(
        &format!("{spec}.containers[0].securityContext.capabilities.add = SYS_ADMIN, CHOWN, chown"),
        "capabilities_restricted",
    );
    is(
        &format!("{spec}.containers[0].securityContext.capabilities.drop = all, not in capitals"),
        "capabilities_restricted",
    );
    is(
        &format!("{spec}.initContainers[0].securityContext.capabilities.drop = not set"),
        "capabilities_restricted",
    );
    is(&format!("{spec}.containers[0].ports[1].hostPort = 8080"), "hostPorts");
    is(&format!("{spec}.containers[0].livenessProbe.httpGet.host = 10.0.0.1"), "hostProbesAndHostLifecycle");
    is(
        &format!("{spec}.containers[0].lifecycle.preStop.tcpSocket.host = 10.0.0.2"),
        "hostProbesAndHostLifecycle",
    );
    is(&format!("{spec}.volumes[0].hostPath = set"), "restrictedVolumes");
    is(&format!("{spec}.volumes[1].nfs = set"), "restrictedVolumes");
    is(&format!("{spec}.securityContext.sysctls[0].name = kernel.msgmax"), "sysctls");
    is(&format!("{spec}.securityContext.runAsNonRoot = false"), "runAsNonRoot");
    is(&format!("{spec}.securityContext.appArmorProfile.type = "), "appArmorProfile");
    let annotation =
        "spec.template.metadata.annotations['container.apparmor.security.beta.kubernetes.io/agent']";
    is(&format!("{annotation} = unconfined"), "appArmorProfile");
    assert!(!found.keys().any(|field| field.contains("tcp_rmem") || field.contains("volumes[2]")));
    assert!(!found.keys().any(|field| field.contains("seccomp.security")), "annotations count no more");
    // What the pod says wrongly is said once, not again for each container.
    assert!(!found.contains_key(&format!("{spec}.containers[0].securityContext.runAsNonRoot = not set")));

    let old = fields(OPEN, Level::Baseline, Version::minor(18));
    let seccomp = old.iter().filter(|(_, control)| **control == "seccompProfile_baseline").count();
    assert_eq!(seccomp, 2, "the pod's and the container's, not that of a container that is none: {old:#?}");
    assert!(old.contains_key(&format!("{spec}.securityContext.sysctls[1].name = net.ipv4.tcp_rmem")));
    // Every control that holds somewhere finds something in this pod.
    let mut silent: BTreeSet<&str> = CONTROLS.iter().map(|control| control.id).collect();
    for (level, version) in [
        (Level::Baseline, Version::minor(0)),
        (Level::Baseline, Version::LATEST),
        (Level::Restricted, Version::LATEST),
    ] {
        fields(OPEN, level, version).values().for_each(|control| {
            silent.remove(control);
        });
    }
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn windows_and_user_namespaces_are_excused_from_their_versions_on() {
    let linux = ["allowPrivilegeEscalation", "capabilities_restricted", "seccompProfile_restricted"];
    let before: BTreeSet<_> = fields(WINDOWS, Level::Restricted, Version::minor(24)).into_values().collect();
    assert_eq!(before, BTreeSet::from(linux));
    assert!(fields(WINDOWS, Level::Restricted, Version::minor(25)).is_empty());

    let own_users = "
apiVersion: v1
kind: Pod
metadata: {name: build}
spec:
  hostUsers: false
  securityContext: {runAsUser: 0, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: build
    image: build
    securityContext: {procMount: Unmasked, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
";
    let controls =
        |level, minor| fields(own_users, level, Version::minor(minor)).into_values().collect::<BTreeSet<_>>();
    assert_eq!(controls(Level::Baseline, 34), BTreeSet::from(["procMount"]));
    assert!(controls(Level::Baseline, 35).is_empty());
    assert_eq!(controls(Level::Restricted, 34), BTreeSet::from(["procMount", "runAsNonRoot", "runAsUser"]));
    assert_eq!(controls(Level::Restricted, 35), BTreeSet::from(["procMount_restricted"]));
}

#[test]
fn what_cannot_be_read_is_unknown_and_hides_nothing_else() {
    let text = "
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostNetwork: '${HOST_NETWORK}'
  containers:
  - name: web
    image: web
    securityContext: {privileged: 'yes', allowPrivilegeEscalation: false, runAsUser: '0'}
  - name: sidecar
    image: sidecar
    securityContext: {privileged: true}
  volumes:
  - {name: odd, somethingNew: {}}
";
    let (found, gaps) = judge(&pod(text), Level::Baseline, Version::LATEST);
    assert_eq!(
        found.iter().map(|b| b.field.as_str()).collect::<Vec<_>>(),
        ["spec.containers[1].securityContext.privileged"]
    );
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    let (_, gaps) = judge(&pod(text), Level::Restricted, Version::LATEST);
    assert_eq!(gaps.len(), 4, "the user in quotes and the volume as well: {gaps:?}");
    assert!(gaps.iter().any(|gap| gap.what.contains("pod.yaml:6")), "{gaps:?}");
}

#[test]
fn a_pod_of_an_old_snapshot_is_unknown() {
    let (found, gaps) = judge(&serde_json::from_str("{}").unwrap(), Level::Restricted, Version::LATEST);
    assert!(found.is_empty() && !gaps.is_empty());
}

const SHOP: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/enforce-version: v1.30}}
---
apiVersion: v1
kind: Pod
metadata: {name: good, namespace: shop}
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
  - {name: a, image: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: plain, namespace: shop}
spec: {schedule: '@daily', jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: a}]}}}}}
---
apiVersion: v1
kind: Pod
metadata: {name: deep, namespace: tools}
spec: {hostPID: true, containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: later, namespace: odd}
spec: {hostPID: '${X}', securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: a, image: a, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: empty}
";

#[test]
fn a_survey_says_which_level_each_namespace_meets() {
    let survey = survey(&facts(&[("shop.yaml", SHOP)]), Version::LATEST, |_| true);
    let space = |name: &str| survey.namespaces.iter().find(|space| space.name == name).unwrap();
    let levels = |name: &str| (space(name).meets, space(name).may_meet);
    assert_eq!(levels("shop"), (Level::Baseline, Level::Baseline));
    assert_eq!(levels("tools"), (Level::Privileged, Level::Privileged));
    assert_eq!(levels("odd"), (Level::Privileged, Level::Restricted));
    assert_eq!(levels("empty"), (Level::Restricted, Level::Restricted));
    let enforces = space("shop").enforces.clone().unwrap();
    assert_eq!(
        (enforces.level, enforces.version, enforces.by),
        (Level::Baseline, Version::minor(30), By::Label)
    );
    assert!(space("tools").enforces.is_none(), "its labels are nowhere declared");
    assert_eq!(space("empty").enforces.clone().unwrap().by, By::Nobody);
    let plain = space("shop").pods.iter().find(|pod| pod.name == "cronjob shop/plain").unwrap();
    assert!(plain.baseline.is_empty() && plain.subject.ends_with("cronjob:shop/plain"));
    assert_eq!(plain.restricted.len(), 4, "{:?}", plain.restricted);
    assert!(plain.restricted.iter().all(|b| b.field.starts_with("spec.jobTemplate.spec.template.spec.")));
    for tally in &survey.controls {
        assert_eq!(tally.passed + tally.failed + tally.unknown, 4, "{tally:?}");
    }
    let host = survey.controls.iter().find(|tally| tally.id == "hostNamespaces").unwrap();
    assert_eq!((host.passed, host.failed, host.unknown), (2, 1, 1));
    // Both what the baseline asks and the stricter control in its place are counted.
    let held = controls(Level::Restricted, Version::LATEST).count();
    assert_eq!(survey.controls.len(), held + 4);
}

#[path = "pod_security/pods.rs"]
mod pods;

/// What the admission plugin itself says, as `judges/pod-security` recorded it.
const ANSWERS: &str = include_str!("pod_security/answers.txt");

#[test]
fn made_up_pods_are_judged_as_the_admission_plugin_judges_them() {
    let mut lines = ANSWERS.lines().skip(1);
    let versions: Vec<u32> = lines.next().unwrap().split(' ').map(|minor| minor.parse().unwrap()).collect();
    let mut sorted = CONTROLS;
    sorted.sort_by_key(|control| control.id);
    let text = pods::text(lines.clone().count());
    let documents = tyrian_read::kubernetes::manifests(&Input { path: "pods.yaml", text: &text, key: &KEY });
    let (world, mut answered) = (World::default(), 0);
    let mut found = BTreeMap::<&str, usize>::new();
    for (document, line) in documents.unwrap().iter().zip(lines) {
        let mut own = World::default();
        tyrian_read::kubernetes::add(std::slice::from_ref(document), &KEY, &mut own);
        let see = See::new(&own);
        let workload = see.all(&own.workloads).unwrap().values().next().unwrap();
        let pod = see.get(&workload.pod_security).unwrap();
        for (minor, answer) in versions.iter().zip(line.split(' ')) {
            let (version, see) = (Version::minor(*minor), See::new(&world));
            let mut missed = 0;
            for (bit, control) in sorted.iter().enumerate() {
                if version >= Version::minor(control.since)
                    && !control.breaches(&see, pod, version).is_empty()
                {
                    missed |= 1 << bit;
                    *found.entry(control.id).or_default() += 1;
                }
            }
            let mut admitted = 0;
            for (bit, level) in [Level::Baseline, Level::Restricted].into_iter().enumerate() {
                admitted |= usize::from(breaches(&see, pod, level, version).is_empty()) << bit;
            }
            let gaps = see.gaps();
            assert!(gaps.own.is_empty() && gaps.beside.is_empty(), "{gaps:?}");
            let ours = format!("{missed:x}/{admitted:x}");
            assert_eq!(ours, answer, "pod {answered} in v1.{minor}: {:?}", document.node);
        }
        answered += 1;
    }
    println!("{answered} pods in {} versions, each of {} controls alike", versions.len(), sorted.len());
    assert!(answered >= 800 && found.len() == sorted.len(), "{answered} {found:?}");
}

/// What a real API server says, as `judges/api-server/run` recorded it.
const SERVER: &str = include_str!("pod_security/server.txt");

#[test]
fn a_real_api_server_admits_the_same_pods() {
    let lines: Vec<&str> = SERVER.lines().filter(|line| !line.starts_with('#')).collect();
    let text = pods::text(lines.len());
    let documents = tyrian_read::kubernetes::manifests(&Input { path: "pods.yaml", text: &text, key: &KEY });
    let (mut asked, mut refused) = (0, 0);
    for (number, (document, line)) in documents.unwrap().iter().zip(lines).enumerate() {
        let mut own = World::default();
        tyrian_read::kubernetes::add(std::slice::from_ref(document), &KEY, &mut own);
        let see = See::new(&own);
        let workload = see.all(&own.workloads).unwrap().values().next().unwrap();
        let pod = see.get(&workload.pod_security).unwrap();
        let questions = [Level::Baseline, Level::Restricted]
            .into_iter()
            .flat_map(|level| [0, 24, 34, 36].map(|minor| (level, Version::minor(minor))));
        for ((level, version), answer) in questions.zip(line.chars()) {
            // What validation refuses never comes to admission.
            if answer == 'i' {
                continue;
            }
            let (found, gaps) = judge(pod, level, version);
            assert_eq!(
                found.is_empty(),
                answer == 'a',
                "pod {number} at {level} {version}: {found:?} {gaps:?}"
            );
            asked += 1;
            refused += usize::from(answer == 'r');
        }
    }
    assert!(asked > 3000 && refused > 1000, "{asked} {refused}");
}
