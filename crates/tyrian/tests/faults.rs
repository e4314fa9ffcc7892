//! Faults put blindly into ordinary files: each must be found.
//!
//! The files are the example shop's mended form and a small project beside this file. A seed draws thirty kinds of
//! faults and, for each, a file and a place in it. What the program found before is compared with what it finds
//! after: there must be a new finding, in that file, of one of the checks that the fault is for.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod real;

use real::{grave, line, scan_tree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tyrian_report::Report;

/// A kind of fault: in which files, how, and the checks of which one must find it.
struct Fault {
    name: &'static str,
    files: fn(&str) -> bool,
    put: fn(&Text) -> Vec<String>,
    checks: &'static [&'static str],
}

/// The text of a file, and the ways to change it in one place. Each gives one new text for each place there is.
struct Text<'t>(&'t str);

impl Text<'_> {
    /// What is written for one line of text that begins with `start`, whatever its indentation.
    fn line(&self, start: &str, write: impl Fn(&str, &str) -> String) -> Vec<String> {
        let lines: Vec<&str> = self.0.lines().collect();
        let places = lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with(start));
        let changed = places.map(|(place, line)| {
            let indent = &line[..line.len() - line.trim_start().len()];
            let new = write(indent, line.trim_start());
            let mut all: Vec<&str> = lines.clone();
            all[place] = &new;
            all.retain(|line| *line != "\0");
            all.join("\n") + "\n"
        });
        changed.collect()
    }
    /// The line is another.
    fn instead(&self, start: &str, new: &str) -> Vec<String> {
        self.line(start, |indent, _| indented(indent, new))
    }
    /// More lines before it, with its own indentation.
    fn before(&self, start: &str, new: &str) -> Vec<String> {
        self.line(start, |indent, line| format!("{}\n{indent}{line}", indented(indent, new)))
    }
    /// More lines behind it.
    fn after(&self, start: &str, new: &str) -> Vec<String> {
        self.line(start, |indent, line| format!("{indent}{line}\n{}", indented(indent, new)))
    }
    /// The line is gone.
    fn without(&self, start: &str) -> Vec<String> {
        self.line(start, |_, _| "\0".to_owned())
    }
    /// One word for another.
    fn swap(&self, old: &str, new: &str) -> Vec<String> {
        let places = self.0.match_indices(old).map(|(place, _)| place);
        places.map(|place| format!("{}{new}{}", &self.0[..place], &self.0[place + old.len()..])).collect()
    }
    /// A digest behind an image's name gives way to a tag.
    fn unpin(&self, before: &str, tag: &str) -> Vec<String> {
        let mut changed = self.line(before, |indent, line| match line.split_once('@') {
            Some((name, rest)) if rest.starts_with("sha256:") => {
                // `FROM x:1@sha256:… AS build` keeps what stands behind.
                let behind = rest.split_once(' ').map_or(String::new(), |(_, behind)| format!(" {behind}"));
                let slash = name.rfind('/').unwrap_or(0);
                let name = name
                    .rfind(':')
                    .filter(|colon| *colon > slash && name.as_bytes()[colon + 1] != b' ')
                    .map_or(name, |colon| &name[..colon]);
                format!("{indent}{name}{tag}{behind}")
            }
            _ => format!("{indent}{line}"),
        });
        changed.retain(|text| text.trim_end() != self.0.trim_end());
        changed
    }
    /// A document of a manifest is gone.
    fn without_document(&self, with: &str) -> Vec<String> {
        let documents: Vec<&str> = self.0.split("\n---\n").collect();
        let gone = documents.iter().enumerate().filter(|(_, document)| document.contains(with));
        let left = gone.map(|(place, _)| {
            let others = documents.iter().enumerate().filter(|(other, _)| *other != place);
            others.map(|(_, document)| *document).collect::<Vec<_>>().join("\n---\n")
        });
        left.collect()
    }
    /// One more document of a manifest.
    fn document(&self, new: &str) -> Vec<String> {
        vec![format!("{}\n---\n{new}", self.0.trim_end())]
    }
    /// A host path for a container: a mount behind `volumeMounts:`, its volume behind the next `volumes:`.
    fn host_path(&self, path: &str) -> Vec<String> {
        let mounts = self.after("volumeMounts:", &format!("  - name: planted\n    mountPath: {path}"));
        let volume = |text: String| {
            let place = text.find("name: planted")?;
            let from = text[place..].find("\n      ").map(|_| place)?;
            let volumes = text[from..].lines().find(|line| line.trim() == "volumes:")?.to_owned();
            let indent = &volumes[..volumes.len() - "volumes:".len()];
            let new =
                indented(indent, &format!("volumes:\n  - name: planted\n    hostPath:\n      path: {path}"));
            Some(format!("{}{}", &text[..from], text[from..].replacen(&volumes, &new, 1)))
        };
        mounts.into_iter().filter_map(volume).collect()
    }
}

/// Each line with that indentation.
fn indented(indent: &str, text: &str) -> String {
    text.lines().map(|line| format!("{indent}{line}")).collect::<Vec<_>>().join("\n")
}

/// A token of the right form that opens nothing. It is made here so that no file of the checkout holds one.
fn token() -> String {
    format!("{}{}", ["gh", "p_"].concat(), words_of(36, 77))
}

/// So many letters and digits without any pattern.
fn words_of(length: usize, seed: u64) -> String {
    let mut random = Random(seed);
    let letters = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    (0..length).map(|_| char::from(letters[random.below(letters.len())])).collect()
}

/// Without padding, for lengths that need none.
fn base64(bytes: &[u8]) -> String {
    const SET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let of = |group: &[u8]| group.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
    let letters = |group: &[u8]| {
        let number = of(group);
        [18, 12, 6, 0].map(|shift| char::from(SET[number >> shift & 63]))
    };
    bytes.chunks_exact(3).flat_map(letters).collect()
}

fn manifest(path: &str) -> bool {
    (path.starts_with("deploy/base/") || path.starts_with("cluster/")) && path.ends_with(".yaml")
}
fn compose(path: &str) -> bool {
    path == "compose.yaml"
}
fn dockerfile(path: &str) -> bool {
    path.ends_with("/Dockerfile")
}
fn workflow(path: &str) -> bool {
    path.starts_with(".github/workflows/")
}
fn jenkinsfile(path: &str) -> bool {
    path == "Jenkinsfile"
}
fn script(path: &str) -> bool {
    path.ends_with(".sh")
}
fn terraform(path: &str) -> bool {
    path.ends_with(".tf")
}
fn daemon(path: &str) -> bool {
    path.ends_with("daemon.json")
}
fn source(path: &str) -> bool {
    // Material of tests is left out on purpose.
    (path.ends_with(".py") || path.ends_with(".js")) && !path.contains("test")
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "privileged",
        files: manifest,
        checks: &["privileged-container"],
        put: |t| {
            t.instead("allowPrivilegeEscalation: false", "privileged: true\nallowPrivilegeEscalation: true")
        },
    },
    Fault {
        name: "privileges can be gained",
        files: manifest,
        checks: &["privilege-escalation-allowed"],
        put: |t| t.instead("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"),
    },
    Fault {
        name: "writable root",
        files: manifest,
        checks: &["writable-root"],
        put: |t| t.swap("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    },
    Fault {
        name: "SYS_ADMIN",
        files: manifest,
        checks: &["dangerous-capability"],
        put: |t| t.after("drop: [\"ALL\"]", "add: [\"SYS_ADMIN\"]"),
    },
    Fault {
        name: "capabilities kept",
        files: manifest,
        checks: &["capabilities-not-dropped"],
        put: |t| t.swap("drop: [\"ALL\"]", "drop: []"),
    },
    Fault {
        name: "hostPID",
        files: manifest,
        checks: &["host-pid-namespace"],
        put: |t| t.before("containers:", "hostPID: true"),
    },
    Fault {
        name: "hostNetwork",
        files: manifest,
        checks: &["host-network-namespace"],
        put: |t| t.before("containers:", "hostNetwork: true"),
    },
    Fault {
        name: "hostIPC",
        files: manifest,
        checks: &["host-ipc-namespace"],
        put: |t| t.before("containers:", "hostIPC: true"),
    },
    Fault {
        name: "no seccomp",
        files: manifest,
        checks: &["seccomp-unconfined"],
        put: |t| t.swap("type: RuntimeDefault", "type: Unconfined"),
    },
    Fault {
        name: "root in a pod",
        files: manifest,
        checks: &["root-user"],
        put: |t| {
            t.instead("runAsNonRoot: true", "runAsNonRoot: false")
                .iter()
                .flat_map(|text| Text(text).instead("runAsUser:", "runAsUser: 0"))
                .collect()
        },
    },
    Fault {
        name: "the engine's socket in a pod",
        files: manifest,
        checks: &["engine-socket-mounted"],
        put: |t| t.host_path("/var/run/docker.sock"),
    },
    Fault {
        name: "the host's /etc in a pod",
        files: manifest,
        checks: &["dangerous-host-path"],
        put: |t| t.host_path("/etc"),
    },
    Fault {
        name: "latest in a pod",
        files: manifest,
        checks: &["latest-image"],
        put: |t| t.unpin("image:", ":latest"),
    },
    Fault {
        name: "tag in a pod",
        files: manifest,
        checks: &["mutable-image"],
        put: |t| t.unpin("image:", ":1.0"),
    },
    Fault {
        name: "no memory limit",
        files: manifest,
        checks: &["memory-unlimited"],
        put: |t| {
            t.0.split("limits:")
                .nth(1)
                .and_then(|rest| rest.lines().find(|l| l.trim().starts_with("memory:")))
                .map_or(Vec::new(), |line| {
                    let at = t.0.find("limits:").unwrap_or(0);
                    vec![format!("{}{}", &t.0[..at], t.0[at..].replacen(&format!("{line}\n"), "", 1))]
                })
        },
    },
    Fault {
        name: "cluster-admin",
        files: |path| path.ends_with("rbac.yaml") || path.ends_with("access.yaml"),
        checks: &["cluster-admin-binding"],
        put: |t| {
            t.document("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: quick-fix\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: cluster-admin\nsubjects:\n  - kind: ServiceAccount\n    name: default\n    namespace: shop\n")
        },
    },
    Fault {
        name: "secrets for an account",
        files: |path| path.ends_with("rbac.yaml") || path.ends_with("access.yaml"),
        checks: &["secrets-of-namespace-readable"],
        put: |t| {
            t.document("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: reader\n  namespace: shop\nrules:\n  - apiGroups: [\"\"]\n    resources: [secrets]\n    verbs: [get, list]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: reader\n  namespace: shop\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: reader\nsubjects:\n  - kind: ServiceAccount\n    name: default\n    namespace: shop\n")
        },
    },
    Fault {
        name: "a verb for everything",
        files: manifest,
        checks: &["wildcard-rule", "wildcard-role", "secrets-of-namespace-readable"],
        put: |t| {
            t.instead("resources: [pods, pods/log", "resources: [\"*\"]")
                .iter()
                .flat_map(|text| Text(text).after("resources: [\"*\"]", "verbs: [\"*\"]"))
                .map(|text| {
                    text.replacen("verbs: [\"*\"]\n    verbs: [get, list, watch]", "verbs: [\"*\"]", 1)
                })
                .collect()
        },
    },
    Fault {
        name: "no default deny",
        files: manifest,
        checks: &["no-default-deny-ingress", "no-default-deny-egress"],
        put: |t| {
            t.without_document("policyTypes: [Ingress, Egress]\n---")
                .into_iter()
                .chain(t.without_document("  podSelector: {}\n  policyTypes: [Ingress, Egress]"))
                .collect()
        },
    },
    Fault {
        name: "a policy that admits everybody",
        files: |path| path.ends_with("network.yaml") || path == "cluster/namespace.yaml",
        checks: &["policy-admits-everybody", "egress-to-everywhere"],
        put: |t| [t.after("ingress:", "  - {}"), t.after("egress:", "  - {}")].concat(),
    },
    Fault {
        name: "ingress in plain text",
        files: manifest,
        checks: &["ingress-without-tls"],
        put: |t| t.swap("  tls:\n    - hosts: [shop.example]\n      secretName: shop-tls\n", ""),
    },
    Fault {
        name: "mesh in plain text",
        files: manifest,
        checks: &["mesh-plain-text"],
        put: |t| t.swap("mode: STRICT", "mode: PERMISSIVE"),
    },
    Fault {
        name: "mesh admits everybody",
        files: manifest,
        checks: &["mesh-admits-everybody"],
        put: |t| t.swap("spec: {}", "spec:\n  rules:\n    - {}"),
    },
    Fault {
        name: "namespace admits anything",
        files: manifest,
        checks: &["pod-security-not-enforced"],
        put: |t| t.swap("kubernetes.io/enforce: restricted", "kubernetes.io/enforce: privileged"),
    },
    Fault {
        name: "a token in each pod",
        files: manifest,
        checks: &["token-automount"],
        put: |t| {
            t.line("automountServiceAccountToken: false", |indent, line| {
                // Of a pod: that of an account is overruled by its pods.
                if indent.is_empty() {
                    line.to_owned()
                } else {
                    format!("{indent}automountServiceAccountToken: true")
                }
            })
            .into_iter()
            .filter(|text| text.trim_end() != t.0.trim_end())
            .collect()
        },
    },
    Fault {
        name: "open on every node",
        files: manifest,
        checks: &["service-open-to-all", "inner-port-exposed"],
        put: |t| {
            t.swap("kind: Service\n", "kind: Service\n#")
                .into_iter()
                .map(|text| {
                    let at = text.find("kind: Service\n#").unwrap_or(0);
                    format!(
                        "{}{}",
                        &text[..at],
                        text[at..].replacen("\n#", "\n", 1).replacen(
                            "spec:\n",
                            "spec:\n  type: NodePort\n",
                            1
                        )
                    )
                })
                .filter(|text| text.contains("type: NodePort"))
                .collect()
        },
    },
    Fault {
        name: "a password in a pod",
        files: manifest,
        checks: &["secret-in-container", "secret-in-source"],
        put: |t| {
            t.after("env:", "  - name: API_TOKEN\n    value: TOKEN")
                .into_iter()
                .map(|text| text.replace("value: TOKEN", &format!("value: {}", token())))
                .collect()
        },
    },
    Fault {
        name: "anonymous kubelet",
        files: |path| path.ends_with("kubelet.yaml"),
        checks: &["kubelet-anonymous"],
        put: |t| t.swap("anonymous:\n    enabled: false", "anonymous:\n    enabled: true"),
    },
    Fault {
        name: "kubelet that allows all",
        files: |path| path.ends_with("kubelet.yaml"),
        checks: &["kubelet-always-allow"],
        put: |t| t.swap("mode: Webhook", "mode: AlwaysAllow"),
    },
    Fault {
        name: "read-only port",
        files: |path| path.ends_with("kubelet.yaml"),
        checks: &["kubelet-read-only-port"],
        put: |t| t.swap("readOnlyPort: 0", "readOnlyPort: 10255"),
    },
    Fault {
        name: "secrets stored as they are",
        files: |path| path.ends_with("encryption-config.yaml"),
        checks: &["secrets-not-encrypted"],
        put: |t| t.after("providers:", "  - identity: {}"),
    },
    Fault {
        name: "API server that allows all",
        files: |path| path.ends_with("kube-apiserver.yaml"),
        checks: &["apiserver-always-allow"],
        put: |t| t.swap("--authorization-mode=Node,RBAC", "--authorization-mode=AlwaysAllow"),
    },
    Fault {
        name: "privileged service",
        files: compose,
        checks: &["privileged-container"],
        put: |t| t.after("user:", "privileged: true"),
    },
    Fault {
        name: "service in the host's processes",
        files: compose,
        checks: &["host-pid-namespace"],
        put: |t| t.after("user:", "pid: host"),
    },
    Fault {
        name: "the engine's socket in a service",
        files: compose,
        checks: &["engine-socket-mounted"],
        put: |t| {
            t.line("mem_limit:", |indent, line| {
                format!(
                    "{indent}volumes:\n{indent}  - /var/run/docker.sock:/var/run/docker.sock\n{indent}{line}"
                )
            })
            .into_iter()
            .filter(|text| text.matches("volumes:\n      - ").count() == 1 || !text.contains("data:/var/lib"))
            .collect()
        },
    },
    Fault {
        name: "published to the world",
        files: compose,
        checks: &["port-on-all-addresses"],
        put: |t| t.swap("\"127.0.0.1:", "\""),
    },
    Fault {
        name: "root in a service",
        files: compose,
        checks: &["root-user"],
        put: |t| t.instead("user:", "user: root"),
    },
    Fault {
        name: "no seccomp in a service",
        files: compose,
        checks: &["seccomp-unconfined"],
        put: |t| t.after("- no-new-privileges:true", "- seccomp:unconfined"),
    },
    Fault {
        name: "no AppArmor in a service",
        files: compose,
        checks: &["mac-unconfined"],
        put: |t| t.after("- no-new-privileges:true", "- apparmor:unconfined"),
    },
    Fault {
        name: "no logs of a service",
        files: compose,
        checks: &["log-driver-none"],
        put: |t| {
            t.line("driver: json-file", |indent, _| format!("{indent}driver: none"))
                .into_iter()
                .chain(t.swap("driver: local", "driver: none"))
                .collect()
        },
    },
    Fault {
        name: "latest in a service",
        files: compose,
        checks: &["latest-image"],
        put: |t| t.unpin("image:", ":latest"),
    },
    Fault {
        name: "no memory limit in a service",
        files: compose,
        checks: &["memory-unlimited"],
        put: |t| t.without("mem_limit:"),
    },
    Fault {
        name: "no USER",
        files: dockerfile,
        checks: &["dockerfile-root-user"],
        put: |t| t.without("USER ").into_iter().filter(|_| !t.0.contains(":nonroot")).collect(),
    },
    Fault {
        name: "USER root",
        files: dockerfile,
        checks: &["dockerfile-root-user"],
        put: |t| t.instead("USER ", "USER root"),
    },
    Fault {
        name: "base by latest",
        files: dockerfile,
        checks: &["floating-base-image"],
        put: |t| t.unpin("FROM ", ":latest"),
    },
    Fault {
        name: "base by tag",
        files: dockerfile,
        checks: &["base-image-by-tag"],
        put: |t| t.unpin("FROM ", ":12"),
    },
    Fault {
        name: "curl into a shell of a build",
        files: dockerfile,
        checks: &["download-piped-to-shell"],
        put: |t| t.before("USER ", "RUN curl -fsSL https://get.tool.example/install.sh | sh"),
    },
    Fault {
        name: "token in ENV",
        files: dockerfile,
        checks: &["secret-in-dockerfile"],
        put: |t| {
            t.before("USER ", "ENV GITHUB_TOKEN=")
                .into_iter()
                .map(|text| text.replace("GITHUB_TOKEN=", &format!("GITHUB_TOKEN={}", token())))
                .collect()
        },
    },
    Fault {
        name: "chmod 777",
        files: dockerfile,
        checks: &["world-writable-in-dockerfile"],
        put: |t| t.before("USER ", "RUN chmod -R 777 /srv"),
    },
    Fault {
        name: "ADD of a URL",
        files: dockerfile,
        checks: &["unverified-download"],
        put: |t| t.before("USER ", "ADD https://downloads.tool.example/tool.tar.gz /opt/tool.tar.gz"),
    },
    Fault {
        name: "SSH server",
        files: dockerfile,
        checks: &["ssh-server-in-dockerfile"],
        put: |t| {
            t.before("USER ", "RUN apt-get update && apt-get install -y --no-install-recommends openssh-server && rm -rf /var/lib/apt/lists/*")
        },
    },
    Fault {
        name: "action by tag",
        files: workflow,
        checks: &["unpinned-action", "unpinned-platform-action"],
        put: |t| {
            t.line("- uses:", |indent, line| format!("{indent}{}@v4", line.split('@').next().unwrap_or(line)))
        },
    },
    Fault {
        name: "every permission",
        files: workflow,
        checks: &["excess-token-permissions"],
        put: |t| t.instead("permissions: {}", "permissions: write-all"),
    },
    Fault {
        name: "a title in a script",
        files: workflow,
        checks: &["expression-injection"],
        put: |t| {
            t.before("- name:", "- run: echo \"${{ github.event.pull_request.title }}\"")
                .into_iter()
                .filter(|text| text.contains("- run: echo"))
                .collect()
        },
    },
    Fault {
        name: "curl into a shell of a workflow",
        files: workflow,
        checks: &["piped-download-in-pipeline"],
        put: |t| t.before("- name:", "- run: curl -sSL https://get.tool.example/install.sh | bash"),
    },
    Fault {
        name: "tests that do not count",
        files: workflow,
        checks: &["ignored-failure-in-pipeline", "security-step-may-fail"],
        put: |t| {
            t.swap("run: npm --prefix worker test", "run: npm --prefix worker test || true")
                .into_iter()
                .chain(t.swap("run: go test ./...", "run: go test ./... || true"))
                .collect()
        },
    },
    Fault {
        name: "a scan that does not count",
        files: workflow,
        checks: &["security-step-may-fail", "ignored-failure-in-pipeline"],
        put: |t| {
            t.swap("run: govulncheck ./...", "continue-on-error: true\n        run: govulncheck ./...")
                .into_iter()
                .chain(t.swap("- name: Bandit\n", "- name: Bandit\n        continue-on-error: true\n"))
                .collect()
        },
    },
    Fault {
        name: "a token in a workflow",
        files: workflow,
        checks: &["secret-in-pipeline", "secret-in-source"],
        put: |t| {
            t.after("permissions: {}", "env:\n  API_TOKEN: TOKEN")
                .into_iter()
                .filter(|text| text.matches("\nenv:").count() == 1)
                .map(|text| text.replace("API_TOKEN: TOKEN", &format!("API_TOKEN: {}", token())))
                .collect()
        },
    },
    Fault {
        name: "curl into a shell of Jenkins",
        files: jenkinsfile,
        checks: &["piped-download-in-pipeline"],
        put: |t| {
            t.before(
                "sh 'npm --prefix worker test'",
                "sh 'curl -sSL https://get.tool.example/install.sh | sh'",
            )
        },
    },
    Fault {
        name: "library by branch",
        files: jenkinsfile,
        checks: &["unpinned-shared-library"],
        put: |t| t.swap("shop-ci@4f2c9d07be1a3c58d6e09f7ab2416c35d80e97fa", "shop-ci@main"),
    },
    Fault {
        name: "agent by latest",
        files: jenkinsfile,
        checks: &["unpinned-job-image"],
        put: |t| {
            t.swap("@sha256:d15e0350d438a0d731bcfc96df7a61d8b0425f8088ac709a7a23235a526b3f42", ":latest")
        },
    },
    Fault {
        name: "privileged agent",
        files: jenkinsfile,
        checks: &["privileged-build-agent"],
        put: |t| t.swap("args '--cap-drop ALL", "args '--privileged"),
    },
    Fault {
        name: "curl into a shell of a script",
        files: script,
        checks: &["piped-download-in-script"],
        put: |t| t.after("set -euo pipefail", "curl -sSL https://get.tool.example/install.sh | bash"),
    },
    Fault {
        name: "certificates not checked",
        files: script,
        checks: &["unverified-connection-in-script"],
        put: |t| t.after("set -euo pipefail", "curl -k -o /dev/null https://api.tool.example/ready"),
    },
    Fault {
        name: "a token in a script",
        files: script,
        checks: &["secret-in-source"],
        put: |t| {
            t.after("set -euo pipefail", "export API_TOKEN=TOKEN")
                .into_iter()
                .map(|text| text.replace("API_TOKEN=TOKEN", &format!("API_TOKEN={}", token())))
                .collect()
        },
    },
    Fault {
        name: "a token in source",
        files: source,
        checks: &["secret-in-source"],
        put: |t| vec![format!("{}\nAPI_TOKEN = \"{}\"\n", t.0.trim_end(), token())],
    },
    Fault {
        name: "a private key in source",
        files: source,
        checks: &["secret-in-source"],
        put: |t| {
            // A key is told from text by its form: a sequence of the length that it says, with version 0 first.
            let mut key = vec![0x30, 0x82, 0x02, 0x5d, 0x02, 0x01, 0x00];
            key.extend(words_of(0x25d - 3, 5).bytes());
            let body: Vec<String> = base64(&key)
                .as_bytes()
                .chunks(64)
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect();
            let body = body.join("\n") + "\n";
            let dashes = "-".repeat(5);
            vec![format!(
                "{}\nKEY = \"\"\"{dashes}BEGIN RSA PRIVATE KEY{dashes}\n{body}{dashes}END RSA PRIVATE KEY{dashes}\n\"\"\"\n",
                t.0.trim_end()
            )]
        },
    },
    Fault {
        name: "open to the world",
        files: terraform,
        checks: &["open-security-group"],
        put: |t| {
            t.swap("cidr_blocks = [\"10.20.0.0/24\"]", "cidr_blocks = [\"0.0.0.0/0\"]")
                .into_iter()
                .chain(t.swap(
                    "  ingress {\n    description = \"HTTPS from the network\"",
                    "  ingress {\n    description = \"HTTPS\"",
                ))
                .collect()
        },
    },
    Fault {
        name: "metadata without a token",
        files: terraform,
        checks: &["metadata-without-token"],
        put: |t| t.line("http_tokens", |indent, _| format!("{indent}http_tokens = \"optional\"")),
    },
    Fault {
        name: "metadata over many hops",
        files: terraform,
        checks: &["metadata-hop-limit"],
        put: |t| {
            t.line("http_put_response_hop_limit", |indent, _| {
                format!("{indent}http_put_response_hop_limit = 64")
            })
        },
    },
    Fault {
        name: "a bucket for the world",
        files: terraform,
        checks: &["public-access-not-blocked", "public-bucket"],
        put: |t| t.line("block_public_acls", |indent, _| format!("{indent}block_public_acls = false")),
    },
    Fault {
        name: "a role that may do everything",
        files: terraform,
        checks: &["iam-everything-allowed"],
        put: |t| {
            t.swap("[\"sqs:ReceiveMessage\", \"sqs:DeleteMessage\"]", "[\"*\"]")
                .into_iter()
                .map(|text| text.replace("[\"arn:aws:sqs:eu-central-1:111122223333:queue-jobs\"]", "[\"*\"]"))
                .collect()
        },
    },
    Fault {
        name: "a cluster open to the world",
        files: terraform,
        checks: &["cluster-endpoint-open"],
        put: |t| {
            t.line("endpoint_public_access ", |indent, _| format!("{indent}endpoint_public_access  = true"))
        },
    },
    Fault {
        name: "engine on the network",
        files: daemon,
        checks: &["engine-tcp-without-tls"],
        put: |t| {
            t.after("{", "  \"hosts\": [\"unix:///var/run/docker.sock\", \"tcp://0.0.0.0:2375\"],")
                .into_iter()
                .take(1)
                .collect()
        },
    },
    Fault {
        name: "registry without TLS",
        files: daemon,
        checks: &["insecure-registry"],
        put: |t| {
            t.after("{", "  \"insecure-registries\": [\"registry.queue.example:5000\"],")
                .into_iter()
                .take(1)
                .collect()
        },
    },
    Fault {
        name: "containers reach each other",
        files: daemon,
        checks: &["default-bridge-open"],
        put: |t| t.swap("\"icc\": false", "\"icc\": true"),
    },
    Fault {
        name: "privileges can be gained by default",
        files: daemon,
        checks: &["no-new-privileges-not-default"],
        put: |t| t.swap("\"no-new-privileges\": true", "\"no-new-privileges\": false"),
    },
];

/// A linear congruential generator: the same seed draws the same faults everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// An ordinary tree: its files as they are in the checkout, copied where they can be changed.
struct Tree {
    root: PathBuf,
    files: Vec<String>,
    /// What is found before any fault.
    before: BTreeSet<String>,
}

impl Tree {
    fn copy(from: &Path, name: &str) -> Tree {
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        let mut files = Vec::new();
        copy(from, &root, "", &mut files);
        files.sort();
        let report = scan_tree(&root);
        assert_eq!(grave(&report.findings), Vec::<String>::new(), "{name} is ordinary");
        Tree { before: found(&report), root, files }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn copy(from: &Path, to: &Path, below: &str, files: &mut Vec<String>) {
    std::fs::create_dir_all(to.join(below)).unwrap();
    for entry in std::fs::read_dir(from.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if entry.file_type().unwrap().is_dir() {
            if name != "vendor" && name != "node_modules" {
                copy(from, to, &path, files);
            }
        } else {
            std::fs::copy(entry.path(), to.join(&path)).unwrap();
            files.push(path);
        }
    }
}

/// Findings by what does not change when lines move.
fn found(report: &Report) -> BTreeSet<String> {
    report.findings.iter().map(|finding| finding.fingerprint.clone()).collect()
}

/// Puts one fault of a kind somewhere, and says what is wrong if it is not found.
fn plant(fault: &Fault, trees: &[Tree], random: &mut Random) -> Result<(), String> {
    let mut places = Vec::new();
    for tree in trees {
        for file in tree.files.iter().filter(|file| (fault.files)(file)) {
            let text = std::fs::read_to_string(tree.root.join(file)).unwrap();
            let changed =
                (fault.put)(&Text(&text)).into_iter().filter(|new| new.trim_end() != text.trim_end());
            places.extend(changed.map(|new| (tree, file, text.clone(), new)));
        }
    }
    if places.is_empty() {
        return Err(format!("{}: there is no place for it", fault.name));
    }
    let (tree, file, old, new) = &places[random.below(places.len())];
    std::fs::write(tree.root.join(file), new).unwrap();
    let report = scan_tree(&tree.root);
    std::fs::write(tree.root.join(file), old).unwrap();
    let fresh: Vec<_> = report.findings.iter().filter(|f| !tree.before.contains(&f.fingerprint)).collect();
    if fresh.iter().any(|finding| fault.checks.contains(&finding.check.as_str())) {
        return Ok(());
    }
    let place = new.lines().zip(old.lines()).take_while(|(new, old)| new == old).count() + 1;
    let fresh: Vec<String> = fresh.into_iter().map(line).collect();
    let unknown: Vec<_> = report.unknowns.iter().map(|unknown| &unknown.what).collect();
    Err(format!("{}: not found in {file}:{place}; new: {fresh:?}; unknown: {unknown:?}", fault.name))
}

#[test]
fn thirty_faults_of_thirty_are_found() {
    let trees = [
        Tree::copy(&tyrian_lab::checkout().join("examples/shop/fixed"), "faults-shop"),
        Tree::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/healthy"), "faults-healthy"),
    ];
    let mut missed = Vec::new();
    for seed in 1..=6 {
        let mut random = Random(seed);
        let mut kinds: Vec<&Fault> = FAULTS.iter().collect();
        for _ in 0..30 {
            let fault = kinds.swap_remove(random.below(kinds.len()));
            if let Err(miss) = plant(fault, &trees, &mut random) {
                missed.push(format!("seed {seed}: {miss}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} missed\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn every_kind_of_fault_has_places() {
    let roots = [
        tyrian_lab::checkout().join("examples/shop/fixed"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/healthy"),
    ];
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("places-{}", std::process::id()));
    for fault in FAULTS {
        let mut places = 0;
        for root in &roots {
            let mut files = Vec::new();
            copy(root, &scratch, "", &mut files);
            for file in files.iter().filter(|file| (fault.files)(file)) {
                let text = std::fs::read_to_string(root.join(file)).unwrap();
                places +=
                    (fault.put)(&Text(&text)).iter().filter(|new| new.trim_end() != text.trim_end()).count();
            }
        }
        assert!(places > 0, "{}: there is no place for it", fault.name);
    }
    std::fs::remove_dir_all(scratch).unwrap();
}
