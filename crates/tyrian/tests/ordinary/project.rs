//! Two small projects of this checkout, and faults in those of their files that describe no container.

use super::{Faulty, Files, Ordinary, Random};
use std::path::Path;

/// A kind of fault: in which files, how, and the checks of which one must find it.
struct Kind {
    name: &'static str,
    files: fn(&str) -> bool,
    put: fn(&Text) -> Vec<String>,
    checks: &'static [&'static str],
}

/// The projects, each with all kinds of faults that the seed puts into it.
pub(crate) fn all(random: &mut Random) -> Vec<Ordinary> {
    let roots = [
        tyrian_lab::checkout().join("examples/shop/fixed"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/healthy"),
    ];
    let mut all: Vec<Ordinary> = roots
        .iter()
        .map(|root| {
            let mut healthy = Files::new();
            gather(root, "", &mut healthy);
            healthy.sort();
            Ordinary { healthy, faulty: Vec::new() }
        })
        .collect();
    for kind in KINDS {
        let mut places = Vec::new();
        for (project, ordinary) in all.iter().enumerate() {
            for (file, (path, text)) in ordinary.healthy.iter().enumerate() {
                if (kind.files)(path) {
                    let changed =
                        (kind.put)(&Text(text)).into_iter().filter(|new| new.trim_end() != text.trim_end());
                    places.extend(changed.map(|new| (project, file, new)));
                }
            }
        }
        assert!(!places.is_empty(), "{}: there is no place for it", kind.name);
        let (project, file, new) = places.swap_remove(random.below(places.len()));
        let mut files = all[project].healthy.clone();
        files[file].1 = new;
        all[project].faulty.push(Faulty { name: kind.name, checks: kind.checks, files });
    }
    all
}

/// The text files of a folder; installed dependencies are not the project's own.
fn gather(from: &Path, below: &str, files: &mut Files) {
    for entry in std::fs::read_dir(from.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if !entry.file_type().unwrap().is_dir() {
            files.extend(std::fs::read_to_string(entry.path()).ok().map(|text| (path, text)));
        } else if name != "vendor" && name != "node_modules" {
            gather(from, &path, files);
        }
    }
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
    /// One word for another.
    fn swap(&self, old: &str, new: &str) -> Vec<String> {
        let places = self.0.match_indices(old).map(|(place, _)| place);
        places.map(|place| format!("{}{new}{}", &self.0[..place], &self.0[place + old.len()..])).collect()
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
}

/// Each line with that indentation.
fn indented(indent: &str, text: &str) -> String {
    text.lines().map(|line| format!("{indent}{line}")).collect::<Vec<_>>().join("\n")
}

/// A token that is the same in every text.
fn token() -> String {
    Random::new(77).token()
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
fn source(path: &str) -> bool {
    // Material of tests is left out on purpose.
    (path.ends_with(".py") || path.ends_with(".js")) && !path.contains("test")
}

const KINDS: &[Kind] = &[
    Kind {
        name: "cluster-admin",
        files: |path| path.ends_with("rbac.yaml") || path.ends_with("access.yaml"),
        checks: &["cluster-admin-binding"],
        put: |t| {
            t.document("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: quick-fix\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: cluster-admin\nsubjects:\n  - kind: ServiceAccount\n    name: default\n    namespace: shop\n")
        },
    },
    Kind {
        name: "secrets for an account",
        files: |path| path.ends_with("rbac.yaml") || path.ends_with("access.yaml"),
        checks: &["secrets-of-namespace-readable"],
        put: |t| {
            t.document("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: reader\n  namespace: shop\nrules:\n  - apiGroups: [\"\"]\n    resources: [secrets]\n    verbs: [get, list]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: reader\n  namespace: shop\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: reader\nsubjects:\n  - kind: ServiceAccount\n    name: default\n    namespace: shop\n")
        },
    },
    Kind {
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
    Kind {
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
    Kind {
        name: "a policy that admits everybody",
        files: |path| path.ends_with("network.yaml") || path == "cluster/namespace.yaml",
        checks: &["policy-admits-everybody", "egress-to-everywhere"],
        put: |t| [t.after("ingress:", "  - {}"), t.after("egress:", "  - {}")].concat(),
    },
    Kind {
        name: "ingress in plain text",
        files: manifest,
        checks: &["ingress-without-tls"],
        put: |t| t.swap("  tls:\n    - hosts: [shop.example]\n      secretName: shop-tls\n", ""),
    },
    Kind {
        name: "mesh in plain text",
        files: manifest,
        checks: &["mesh-plain-text"],
        put: |t| t.swap("mode: STRICT", "mode: PERMISSIVE"),
    },
    Kind {
        name: "mesh admits everybody",
        files: manifest,
        checks: &["mesh-admits-everybody"],
        put: |t| t.swap("spec: {}", "spec:\n  rules:\n    - {}"),
    },
    Kind {
        name: "namespace admits anything",
        files: manifest,
        checks: &["pod-security-not-enforced"],
        put: |t| t.swap("kubernetes.io/enforce: restricted", "kubernetes.io/enforce: privileged"),
    },
    Kind {
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
    Kind {
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
    Kind {
        name: "anonymous kubelet",
        files: |path| path.ends_with("kubelet.yaml"),
        checks: &["kubelet-anonymous"],
        put: |t| t.swap("anonymous:\n    enabled: false", "anonymous:\n    enabled: true"),
    },
    Kind {
        name: "kubelet that allows all",
        files: |path| path.ends_with("kubelet.yaml"),
        checks: &["kubelet-always-allow"],
        put: |t| t.swap("mode: Webhook", "mode: AlwaysAllow"),
    },
    Kind {
        name: "read-only port",
        files: |path| path.ends_with("kubelet.yaml"),
        checks: &["kubelet-read-only-port"],
        put: |t| t.swap("readOnlyPort: 0", "readOnlyPort: 10255"),
    },
    Kind {
        name: "secrets stored as they are",
        files: |path| path.ends_with("encryption-config.yaml"),
        checks: &["secrets-not-encrypted"],
        put: |t| t.after("providers:", "  - identity: {}"),
    },
    Kind {
        name: "API server that allows all",
        files: |path| path.ends_with("kube-apiserver.yaml"),
        checks: &["apiserver-always-allow"],
        put: |t| t.swap("--authorization-mode=Node,RBAC", "--authorization-mode=AlwaysAllow"),
    },
    Kind {
        name: "action by tag",
        files: workflow,
        checks: &["unpinned-action", "unpinned-platform-action"],
        put: |t| {
            t.line("- uses:", |indent, line| format!("{indent}{}@v4", line.split('@').next().unwrap_or(line)))
        },
    },
    Kind {
        name: "every permission",
        files: workflow,
        checks: &["excess-token-permissions"],
        put: |t| t.instead("permissions: {}", "permissions: write-all"),
    },
    Kind {
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
    Kind {
        name: "curl into a shell of a workflow",
        files: workflow,
        checks: &["piped-download-in-pipeline"],
        put: |t| t.before("- name:", "- run: curl -sSL https://get.tool.example/install.sh | bash"),
    },
    Kind {
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
    Kind {
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
    Kind {
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
    Kind {
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
    Kind {
        name: "library by branch",
        files: jenkinsfile,
        checks: &["unpinned-shared-library"],
        put: |t| t.swap("shop-ci@4f2c9d07be1a3c58d6e09f7ab2416c35d80e97fa", "shop-ci@main"),
    },
    Kind {
        name: "agent by latest",
        files: jenkinsfile,
        checks: &["unpinned-job-image"],
        put: |t| {
            t.swap("@sha256:d15e0350d438a0d731bcfc96df7a61d8b0425f8088ac709a7a23235a526b3f42", ":latest")
        },
    },
    Kind {
        name: "privileged agent",
        files: jenkinsfile,
        checks: &["privileged-build-agent"],
        put: |t| t.swap("args '--cap-drop ALL", "args '--privileged"),
    },
    Kind {
        name: "curl into a shell of a script",
        files: script,
        checks: &["piped-download-in-script"],
        put: |t| t.after("set -euo pipefail", "curl -sSL https://get.tool.example/install.sh | bash"),
    },
    Kind {
        name: "certificates not checked",
        files: script,
        checks: &["unverified-connection-in-script"],
        put: |t| t.after("set -euo pipefail", "curl -k -o /dev/null https://api.tool.example/ready"),
    },
    Kind {
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
    Kind {
        name: "a token in source",
        files: source,
        checks: &["secret-in-source"],
        put: |t| vec![format!("{}\nAPI_TOKEN = \"{}\"\n", t.0.trim_end(), token())],
    },
    Kind {
        name: "a private key in source",
        files: source,
        checks: &["secret-in-source"],
        put: |t| {
            // A key is told from text by its form: a sequence of the length that it says, with version 0 first.
            let mut key = vec![0x30, 0x82, 0x02, 0x5d, 0x02, 0x01, 0x00];
            key.extend(Random::new(5).letters(0x25d - 3).bytes());
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
    Kind {
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
    Kind {
        name: "metadata without a token",
        files: terraform,
        checks: &["metadata-without-token"],
        put: |t| t.line("http_tokens", |indent, _| format!("{indent}http_tokens = \"optional\"")),
    },
    Kind {
        name: "metadata over many hops",
        files: terraform,
        checks: &["metadata-hop-limit"],
        put: |t| {
            t.line("http_put_response_hop_limit", |indent, _| {
                format!("{indent}http_put_response_hop_limit = 64")
            })
        },
    },
    Kind {
        name: "a bucket for the world",
        files: terraform,
        checks: &["public-access-not-blocked", "public-bucket"],
        put: |t| t.line("block_public_acls", |indent, _| format!("{indent}block_public_acls = false")),
    },
    Kind {
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
    Kind {
        name: "a cluster open to the world",
        files: terraform,
        checks: &["cluster-endpoint-open"],
        put: |t| {
            t.line("endpoint_public_access ", |indent, _| format!("{indent}endpoint_public_access  = true"))
        },
    },
];
