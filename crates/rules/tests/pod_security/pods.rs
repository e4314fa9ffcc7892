//! Pods of every kind, the same everywhere: for each field that the standards speak of a value that is allowed, one
//! that is not, a strange one, or none.

use std::fmt::Write as _;

/// A linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % bound as u64) as usize
    }
    fn often(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

/// So many pods as one text of YAML, one document each.
pub(crate) fn text(count: usize) -> String {
    let mut random = Random(2026);
    let mut out = String::new();
    for number in 0..count {
        // Most pods are meek in most fields, so that single faults show.
        let wild = [3, 3, 10, 40][random.below(4)];
        let _ = pod(&mut out, number, &mut random, wild);
    }
    out
}

fn pod(out: &mut String, number: usize, random: &mut Random, wild: usize) -> std::fmt::Result {
    write!(
        out,
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-{number}\n  annotations:\n    a: b\n"
    )?;
    for key in [
        "seccomp.security.alpha.kubernetes.io/pod",
        "container.seccomp.security.alpha.kubernetes.io/main-0",
        "container.seccomp.security.alpha.kubernetes.io/none",
        "container.apparmor.security.beta.kubernetes.io/main-0",
        "container.apparmor.security.beta.kubernetes.io/none",
    ] {
        if random.often(wild) {
            let value = random.one(&[
                "unconfined",
                "runtime/default",
                "docker/default",
                "localhost/a",
                "",
                "localhost",
            ]);
            writeln!(out, "    {key}: '{value}'")?;
        }
    }
    out.push_str("spec:\n");
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if random.often(wild) {
            writeln!(out, "  {key}: {}", random.one(&["true", "false", "null"]))?;
        }
    }
    if random.often(15) {
        writeln!(out, "  hostUsers: {}", random.one(&["false", "false", "true", "null"]))?;
    }
    if random.often(15) {
        writeln!(out, "  os: {}", random.one(&["{name: windows}", "{name: linux}", "{}", "null"]))?;
    }
    out.push_str("  securityContext:\n    fsGroup: 2000\n");
    security(out, "    ", random, wild)?;
    if random.often(wild) {
        out.push_str("    sysctls:\n");
        for _ in 0..=random.below(3) {
            let name = random.one(&[
                "kernel.shm_rmid_forced",
                "net.ipv4.ip_local_reserved_ports",
                "net.ipv4.tcp_fin_timeout",
                "net.ipv4.tcp_rmem",
                "net.ipv4.tcp_notsent_lowat",
                "net.ipv4.ip_unprivileged_port_start",
                "kernel.msgmax",
            ]);
            writeln!(out, "    - {{name: {name}, value: '1'}}")?;
        }
    }
    if random.often(50) {
        out.push_str("  volumes:\n");
        for number in 0..=random.below(2) {
            let fine = ["emptyDir: {}", "configMap: {name: c}", "csi: {driver: d}", "image: {reference: i}"];
            let rest = [
                "hostPath: {path: /}",
                "nfs: {server: s, path: /}",
                "gitRepo: {repository: r}",
                "hostPath: null",
                "hostPath: {}",
                "iscsi: {targetPortal: t, iqn: i, lun: 0}",
            ];
            let source = if random.often(wild) { random.one(&rest) } else { random.one(&fine) };
            writeln!(out, "  - name: v{number}\n    {source}")?;
        }
    }
    for (list, name, percent) in
        [("containers", "main", 100), ("initContainers", "init", 30), ("ephemeralContainers", "debug", 5)]
    {
        if random.often(percent) {
            writeln!(out, "  {list}:")?;
            for number in 0..=random.below(2) {
                container(out, &format!("{name}-{number}"), random, wild)?;
            }
        }
    }
    Ok(())
}

/// What pods and containers can say alike.
fn security(out: &mut String, indent: &str, random: &mut Random, wild: usize) -> std::fmt::Result {
    if random.often(70) {
        let fine = ["true"];
        let value = if random.often(wild) { random.one(&["false", "null"]) } else { random.one(&fine) };
        writeln!(out, "{indent}runAsNonRoot: {value}")?;
    }
    if random.often(20) {
        let value = if random.often(wild) { "0" } else { random.one(&["1000", "null", "65534"]) };
        writeln!(out, "{indent}runAsUser: {value}")?;
    }
    if random.often(75) {
        let fine = ["{type: RuntimeDefault}", "{type: Localhost, localhostProfile: a.json}"];
        let rest = ["{type: Unconfined}", "null", "{}", "{type: runtimeDefault}"];
        let value = if random.often(wild) { random.one(&rest) } else { random.one(&fine) };
        writeln!(out, "{indent}seccompProfile: {value}")?;
    }
    if random.often(wild) {
        let values = [
            "{type: RuntimeDefault}",
            "{type: Localhost, localhostProfile: a}",
            "{type: Unconfined}",
            "{}",
            "null",
        ];
        writeln!(out, "{indent}appArmorProfile: {}", random.one(&values))?;
    }
    if random.often(wild) {
        let values = [
            "{type: container_t}",
            "{type: container_engine_t}",
            "{type: spc_t}",
            "{type: ''}",
            "{level: 's0:c1,c2'}",
            "{user: system_u}",
            "{role: system_r}",
            "{}",
            "null",
        ];
        writeln!(out, "{indent}seLinuxOptions: {}", random.one(&values))?;
    }
    if random.often(wild) {
        let values = ["{hostProcess: true}", "{hostProcess: false}", "{hostProcess: null}", "{}", "null"];
        writeln!(out, "{indent}windowsOptions: {}", random.one(&values))?;
    }
    Ok(())
}

fn container(out: &mut String, name: &str, random: &mut Random, wild: usize) -> std::fmt::Result {
    writeln!(out, "  - name: {name}\n    image: example/{name}:1")?;
    if random.often(30) {
        out.push_str("    ports:\n    - containerPort: 8080\n");
        if random.often(wild) {
            writeln!(out, "      hostPort: {}", random.one(&["8080", "0", "null"]))?;
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if random.often(wild) {
            let host = random.one(&["host: 10.0.0.1, ", "host: '', ", "host: 127.0.0.1, ", ""]);
            let way = random.one(&["httpGet", "tcpSocket"]);
            writeln!(out, "    {probe}: {{{way}: {{{host}port: 80}}}}")?;
        }
    }
    if random.often(wild) {
        let handlers = [
            "{preStop: {httpGet: {host: example.org, port: 80}}}",
            "{postStart: {tcpSocket: {host: example.org, port: 80}}}",
            "{postStart: {exec: {command: [ls]}}}",
            "null",
        ];
        writeln!(out, "    lifecycle: {}", random.one(&handlers))?;
    }
    if random.often(wild) && random.often(20) {
        return Ok(());
    }
    out.push_str("    securityContext:\n      readOnlyRootFilesystem: true\n");
    if !random.often(wild) {
        out.push_str("      allowPrivilegeEscalation: false\n");
    } else if random.often(50) {
        writeln!(out, "      allowPrivilegeEscalation: {}", random.one(&["true", "null"]))?;
    }
    if random.often(wild) {
        writeln!(out, "      privileged: {}", random.one(&["true", "false", "null"]))?;
    }
    if random.often(wild) {
        writeln!(out, "      procMount: {}", random.one(&["Unmasked", "Default", "null", "Other"]))?;
    }
    let capabilities = if random.often(wild) {
        random.one(&[
            "{drop: [all]}",
            "{drop: [NET_RAW]}",
            "{add: [NET_BIND_SERVICE], drop: [ALL]}",
            "{add: [SYS_ADMIN], drop: [ALL]}",
            "{add: [CAP_CHOWN], drop: [ALL]}",
            "{add: [CHOWN, KILL]}",
            "{add: [NET_RAW]}",
            "{add: [ALL]}",
            "{add: [], drop: []}",
            "{add: null, drop: null}",
            "null",
        ])
    } else {
        "{drop: [ALL]}"
    };
    writeln!(out, "      capabilities: {capabilities}")?;
    if random.often(40) {
        security(out, "      ", random, wild)?;
    }
    Ok(())
}
