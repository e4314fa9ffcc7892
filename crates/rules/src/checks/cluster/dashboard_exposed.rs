use crate::checks::prelude::*;

check! {
    /// The Kubernetes dashboard is open beyond the cluster.
    ///
    /// ## What it checks
    /// A Service of type NodePort or LoadBalancer, or an Ingress, whose name or selector is that of the
    /// Kubernetes dashboard.
    /// ## Why it matters
    /// Only the login stands between everybody who reaches the nodes and the rights of the dashboard.
    /// ## Fix
    /// Use `type: ClusterIP` and reach it through `kubectl port-forward`; better, remove it.
    "dashboard-exposed",
    layer: Layer::Cluster,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["dashboard-off", "restrict-api-access"],
    ids: &["attack:T1133", "nist:3.3.1"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: kubernetes-dashboard, namespace: shop}
spec:
  type: NodePort
  selector: {k8s-app: kubernetes-dashboard}
  ports: [{port: 80}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: v1
kind: Service
metadata: {name: kubernetes-dashboard, namespace: shop}
spec:
  selector: {k8s-app: kubernetes-dashboard}
  ports: [{port: 80}]
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    let ours = it.name.contains("kubernetes-dashboard");
    match it.kind.as_str() {
        "Ingress" if ours => fail(None, "leads to the Kubernetes dashboard from outside"),
        "Service" => {
            let mut dashboard = ours;
            if let Some(selector) = see.child(&it.body, &["spec", "selector"])? {
                for (_, value) in see.entries(selector)? {
                    dashboard |= see.text(value)?.contains("kubernetes-dashboard");
                }
            }
            if !dashboard {
                return not_applicable();
            }
            match see.child(&it.body, &["spec", "type"])? {
                Some(kind) if matches!(see.text(kind)?, "NodePort" | "LoadBalancer") => {
                    fail(Some(kind.pos()), format!("opens the Kubernetes dashboard as {}", see.text(kind)?))
                }
                _ => pass(),
            }
        }
        _ => not_applicable(),
    }
}
