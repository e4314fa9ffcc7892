use crate::checks::prelude::*;
use tyrian_model::workload::Source;
check! {
    /// The Kubernetes dashboard lets people in without a login.
    ///
    /// ## What it checks
    /// The flags `--enable-skip-login`, `--disable-settings-authorizer` and `--enable-insecure-login` of a
    /// container of the Kubernetes dashboard.
    /// ## Why it matters
    /// Whoever reaches the page acts with the rights of the dashboard's own account, which is often that of an
    /// administrator.
    /// ## Fix
    /// Remove the flags; better, remove the dashboard.
    "dashboard-without-login",
    layer: Layer::Cluster,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["dashboard-off"],
    ids: &["attack:T1133", "nist:3.3.1"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubernetes-dashboard, namespace: shop}
spec:
  template:
    metadata: {labels: {app: kubernetes-dashboard}}
    spec:
      containers: [{name: kubernetes-dashboard, image: 'kubernetesui/dashboard:v2.7.0', args: [--namespace=kubernetes-dashboard, --enable-skip-login]}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubernetes-dashboard, namespace: shop}
spec:
  template:
    metadata: {labels: {app: kubernetes-dashboard}}
    spec:
      containers: [{name: kubernetes-dashboard, image: 'kubernetesui/dashboard:v2.7.0', args: [--namespace=kubernetes-dashboard]}]
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    if it.source != Source::Pod {
        return not_applicable();
    }
    const FLAGS: [&str; 3] =
        ["--enable-skip-login", "--disable-settings-authorizer", "--enable-insecure-login"];
    each(see, see.rows(&it.containers).values(), |see, container| {
        let Some(image) = see.get(&container.image)? else { return not_applicable() };
        if !image.repository.contains("dashboard") {
            return not_applicable();
        }
        let mut found = Vec::new();
        for word in see.get(&container.command)? {
            let (flag, value) = word.text.split_once('=').unwrap_or((&word.text, "true"));
            if FLAGS.contains(&flag) && value == "true" {
                found.push(Fault { what: format!("is started with {flag}"), at: container.command.pos() });
            }
        }
        faults(found)
    })
}
