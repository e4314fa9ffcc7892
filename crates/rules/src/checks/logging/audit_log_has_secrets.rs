use crate::checks::prelude::*;

check! {
    /// The audit policy writes the values of secrets into the log.
    ///
    /// ## What it checks
    /// The first rule of an audit policy that takes secrets: the levels `Request` and `RequestResponse`.
    /// ## Why it matters
    /// The audit log goes to people and systems that may read none of the cluster's secrets.
    /// ## Fix
    /// Put a rule `level: Metadata` for `secrets`, `configmaps` and `tokenreviews` before the others.
    "audit-log-has-secrets",
    layer: Layer::Logging,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["owasp-logging"],
    ids: &["attack:T1552.001", "cis-kubernetes:3.2.2"],
    bad: &[
        Example::Tree(&[("audit-policy.yaml", r#"apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: RequestResponse
"#)]),
    ],
    good: &[
        Example::Tree(&[("audit-policy.yaml", r#"apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Metadata
    resources: [{group: "", resources: [secrets]}]
  - level: RequestResponse
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "Policy" || !it.api_version.starts_with("audit.k8s.io/") {
        return not_applicable();
    }
    let rules = match see.child(&it.body, &["rules"])? {
        Some(rules) => see.items(rules)?,
        None => &[],
    };
    for rule in rules {
        // A rule for some users, verbs or namespaces does not take all secrets, but what it takes it writes.
        let limited = ["users", "userGroups", "verbs", "namespaces"];
        let mut part = false;
        for key in limited {
            part |= match see.child(rule, &[key])? {
                Some(node) => !see.items(node)?.is_empty(),
                None => false,
            };
        }
        let takes = match see.child(rule, &["resources"])? {
            None => see.child(rule, &["nonResourceURLs"])?.is_none(),
            Some(groups) => {
                let mut takes = false;
                for group in see.items(groups)? {
                    if !see.text_at(group, &["group"])?.unwrap_or("").is_empty() {
                        continue;
                    }
                    takes |= match see.child(group, &["resources"])? {
                        None => true,
                        Some(names) => {
                            let mut found = false;
                            for name in see.items(names)? {
                                found |= matches!(see.text(name)?, "secrets" | "*");
                            }
                            found
                        }
                    };
                }
                takes
            }
        };
        if !takes {
            continue;
        }
        if matches!(see.text_at(rule, &["level"])?, Some("Request" | "RequestResponse")) {
            return fail(Some(rule.pos()), "writes the values of secrets into the audit log");
        }
        if !part {
            break;
        }
    }
    pass()
}
