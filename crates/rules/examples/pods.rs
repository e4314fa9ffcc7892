//! Measures judging alone: many pods of many kinds, as a busy cluster has them, through every check.
//!
//! `cargo run --release -p tyrian-rules --example pods -- make 10000 FILE` writes a snapshot of so many pods, always
//! the same; `… -- judge FILE` parses it, judges it, and prints how long each took.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;
use tyrian_judge::run;
use tyrian_model::evidence::Verdict;
use tyrian_model::fact::See;
use tyrian_model::snapshot::{FORMAT, Snapshot};
use tyrian_read::Input;
use tyrian_read::secrets::Key;
use tyrian_rules::checks;

/// A linear congruential generator: the same pods everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
    /// True so many times in a hundred.
    fn often(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// One pod of a busy cluster: some of them careful, most in between, a few that take everything.
fn pod(text: &mut String, number: u64, random: &mut Random) -> std::fmt::Result {
    let (space, app) = (random.below(60), random.below(400));
    write!(
        text,
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: app-{app}-{number:05}\n  namespace: team-{space}\n  labels:\n    app: app-{app}\n    tier: {}\n    app.kubernetes.io/version: \"1.{}\"\n  annotations:\n    prometheus.io/scrape: \"true\"\nspec:\n  serviceAccountName: app-{app}\n",
        ["web", "worker", "cache", "data"][random.below(4) as usize],
        random.below(30),
    )?;
    if random.often(60) {
        text.push_str("  automountServiceAccountToken: false\n");
    }
    for (key, percent) in [("hostNetwork", 3), ("hostPID", 2), ("hostIPC", 1)] {
        if random.often(percent) {
            writeln!(text, "  {key}: true")?;
        }
    }
    if random.often(70) {
        text.push_str("  securityContext:\n    runAsNonRoot: true\n    fsGroup: 2000\n    seccompProfile:\n      type: RuntimeDefault\n");
    }
    let host_path = random.often(5);
    text.push_str("  volumes:\n    - name: tmp\n      emptyDir: {}\n    - name: config\n      configMap:\n        name: settings\n    - name: tls\n      secret:\n        secretName: tls\n");
    if host_path {
        let path = ["/var/run/docker.sock", "/var/log", "/etc/ssl/certs", "/"][random.below(4) as usize];
        writeln!(text, "    - name: host\n      hostPath:\n        path: {path}")?;
    }
    if random.often(30) {
        text.push_str("  initContainers:\n    - name: migrate\n      image: registry.example/tools/migrate:3.2\n      command: [\"/bin/sh\", \"-c\", \"migrate up\"]\n");
    }
    text.push_str("  containers:\n");
    for container in 0..1 + random.below(3) {
        let name = ["main", "proxy", "metrics"][container as usize];
        let image = match random.below(10) {
            0 => format!("app-{app}:latest"),
            1..4 => format!("registry.example/team-{space}/app-{app}@sha256:{number:064x}"),
            _ => format!("registry.example/team-{space}/app-{app}:1.{}", random.below(30)),
        };
        write!(
            text,
            "    - name: {name}\n      image: {image}\n      args: [\"--listen=:8080\", \"--peers=a,b,c\", \"--log-level=info\"]\n      ports:\n        - containerPort: 8080\n          name: http\n      env:\n        - name: LOG_LEVEL\n          value: info\n        - name: UPSTREAM\n          value: http://app-{}.team-{space}.svc:8080/api\n        - name: POD_NAME\n          valueFrom:\n            fieldRef:\n              fieldPath: metadata.name\n        - name: DB_PASSWORD\n          valueFrom:\n            secretKeyRef:\n              name: db\n              key: password\n",
            random.below(400),
        )?;
        text.push_str("      volumeMounts:\n        - name: tmp\n          mountPath: /tmp\n        - name: config\n          mountPath: /etc/app\n        - name: tls\n          mountPath: /etc/tls\n          readOnly: true\n");
        if host_path {
            text.push_str("        - name: host\n          mountPath: /host\n");
        }
        if random.often(75) {
            text.push_str("      resources:\n        requests: {cpu: 100m, memory: 128Mi}\n        limits: {cpu: 500m, memory: 256Mi}\n");
        }
        if random.often(65) {
            text.push_str("      readinessProbe:\n        httpGet: {path: /ready, port: http}\n      livenessProbe:\n        httpGet: {path: /live, port: http}\n");
        }
        match random.below(20) {
            0 => text.push_str("      securityContext:\n        privileged: true\n"),
            1..4 => {}
            4..6 => text.push_str("      securityContext:\n        capabilities:\n          add: [NET_ADMIN]\n"),
            _ => text.push_str("      securityContext:\n        allowPrivilegeEscalation: false\n        readOnlyRootFilesystem: true\n        runAsUser: 1000\n        capabilities:\n          drop: [ALL]\n"),
        }
    }
    Ok(())
}

/// A snapshot of so many pods.
fn make(pods: u64) -> Result<Snapshot, std::fmt::Error> {
    let mut random = Random(1);
    let mut texts = Vec::new();
    for file in 0..pods.div_ceil(100) {
        let mut text = String::new();
        for number in file * 100..pods.min(file * 100 + 100) {
            pod(&mut text, number, &mut random)?;
        }
        texts.push((format!("pods-{file}.yaml"), text));
    }
    let key = Key([7; 32]);
    let inputs: Vec<Input> = texts.iter().map(|(path, text)| Input { path, text, key: &key }).collect();
    let (facts, _) = tyrian_read::kubernetes::worlds(&inputs);
    Ok(Snapshot { format: FORMAT, tool: "bench".into(), taken: 0, sources: Vec::new(), facts })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut out = std::io::stdout().lock();
    match arguments[..] {
        ["make", pods, file] => std::fs::write(file, serde_json::to_vec(&make(pods.parse()?)?)?)?,
        ["judge", file] => {
            let bytes = std::fs::read(file)?;
            let start = Instant::now();
            let snapshot = tyrian_model::snapshot::parse(&bytes)?;
            let parsed = start.elapsed();
            let checks = checks::all();
            let mut best = None;
            let mut verdicts = (0, 0);
            // The first round also fills caches; a program that judges a cluster again and again is in the others.
            for _ in 0..5 {
                let start = Instant::now();
                let evidence = run::judge(&snapshot.facts, &checks);
                let took = start.elapsed();
                best = Some(best.map_or(took, |best: std::time::Duration| best.min(took)));
                let failed = evidence.iter().filter(|item| matches!(item.verdict, Verdict::Fail(..))).count();
                verdicts = (evidence.len(), failed);
            }
            let pods: usize = snapshot
                .facts
                .worlds
                .values()
                .map(|world| See::new(world).rows(&world.workloads).len())
                .sum();
            writeln!(
                out,
                "{{\"pods\": {pods}, \"checks\": {}, \"verdicts\": {}, \"failed\": {}, \"parse_ms\": {:.1}, \"judge_ms\": {:.1}}}",
                checks.len(),
                verdicts.0,
                verdicts.1,
                parsed.as_secs_f64() * 1e3,
                best.unwrap_or_default().as_secs_f64() * 1e3,
            )?;
        }
        _ => return Err("usage: pods make NUMBER FILE | pods judge FILE".into()),
    }
    Ok(())
}
