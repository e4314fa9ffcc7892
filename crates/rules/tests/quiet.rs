//! No check of the runtime layer has a word for what a careful team runs.

use std::collections::BTreeSet;
use tyrian_judge::run::judge;
use tyrian_model::evidence::{Layer, Verdict};
use tyrian_model::facts::Facts;
use tyrian_read::assemble;
use tyrian_read::secrets::Key;
use tyrian_rules::checks;

const KEY: Key = Key([7; 32]);

/// Two containers of an engine 20.10 as it answered: all dropped, read-only, limited, checked, bound to loopback.
const ENGINE: &str = include_str!("hardened-engine.json");

const COMPOSE: &str = "
services:
  web:
    image: registry.example.org/shop/web:2.1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    user: '65532:65532'
    read_only: true
    tmpfs: [/tmp]
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']
    mem_limit: 256m
    cpus: 0.5
    pids_limit: 100
    restart: on-failure:5
    environment: {DB_PASSWORD_FILE: /run/secrets/db, TZ: UTC}
    secrets: [db]
    volumes: ['data:/data', '/etc/localtime:/etc/localtime:ro']
    ports: ['127.0.0.1:8080:8080', '443:8443']
    healthcheck: {test: [CMD, /web, --check]}
volumes: {data: {}}
secrets: {db: {file: ./db.txt}}
";

const POD: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {prometheus.io/scrape: 'true'}}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      volumes: [{name: tmp, emptyDir: {sizeLimit: 64Mi}}, {name: db, secret: {secretName: db}}]
      containers:
      - name: web
        image: gcr.io/distroless/static@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        args: [--listen, ':8080']
        env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: 8080}}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
        resources: {limits: {memory: 256Mi, cpu: 500m}, requests: {memory: 128Mi}}
        volumeMounts: [{name: tmp, mountPath: /tmp}, {name: db, mountPath: /etc/db, readOnly: true}]
";

fn tree(path: &str, text: &str) -> Facts {
    let piece = assemble::glance(path, text.as_bytes().to_vec(), &KEY);
    let (facts, gaps) = assemble::facts("tree", piece.into_iter().collect(), &KEY);
    assert!(gaps.is_empty(), "{gaps:?}");
    facts
}

/// How many checks of the layer pass over containers, none failing or left open.
fn passes(facts: &Facts) -> usize {
    let runtime: Vec<_> = checks::all().into_iter().filter(|check| check.layer == Layer::Runtime).collect();
    let mut passed = BTreeSet::new();
    for evidence in judge(facts, &runtime) {
        // The engine itself may lack what no container can mend.
        if evidence.subject.id.ends_with("/engine:docker") {
            continue;
        }
        let (name, verdict) = (evidence.check.name, evidence.verdict);
        if verdict == Verdict::Pass {
            passed.insert(name);
        } else {
            assert_eq!(verdict, Verdict::NotApplicable, "{name} of {}", evidence.subject.id);
        }
    }
    passed.len()
}

#[test]
fn hardened_containers_of_an_engine() {
    assert!(passes(&tyrian_read::engine::example(ENGINE, &KEY)) >= 25);
}

#[test]
fn a_hardened_compose_service() {
    assert!(passes(&tree("compose.yaml", COMPOSE)) >= 25);
}

#[test]
fn a_restricted_pod() {
    assert!(passes(&tree("deploy.yaml", POD)) >= 25);
}

#[test]
fn an_image_of_ones_own_is_not_taken_for_an_official_one() {
    let check =
        checks::all().into_iter().find(|check| check.name == "dockerfile-root-user").expect("the check");
    let of = |base: &str| {
        let facts = tree("Dockerfile", &format!("FROM {base}\nCMD [\"a\"]\n"));
        judge(&facts, &[check]).remove(0).verdict
    };
    assert!(matches!(of("shop-base"), Verdict::Unknown(_)), "{:?}", of("shop-base"));
    assert!(matches!(of("python:3.13"), Verdict::Fail(..)));
    assert_eq!(of("kong:3"), Verdict::Pass);
}
