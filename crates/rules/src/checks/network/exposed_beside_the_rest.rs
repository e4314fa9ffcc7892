use crate::checks::kubernetes as k8s;
use crate::checks::prelude::*;
use tyrian_model::fact::Unseen;
use tyrian_model::workload::Source;
check! {
    /// A workload that faces the outside has no nodes or kernel of its own.
    ///
    /// ## What it checks
    /// Pods that a Service of type LoadBalancer or NodePort, or an Ingress, leads to, and that choose no nodes
    /// (`nodeSelector` or required node affinity, other than by operating system) and have no runtime class. A
    /// cluster that is a DMZ as a whole does not show in manifests: then waive this.
    /// ## Why it matters
    /// What faces the internet is broken into first. On shared nodes and a shared kernel, one escape is enough
    /// to be beside the databases.
    /// ## Fix
    /// Set `runtimeClassName` to a sandbox (gVisor, Kata), or a `nodeSelector` for nodes that are tainted for
    /// what faces the internet; or keep only the ingress itself outside.
    "exposed-beside-the-rest",
    layer: Layer::Network,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["separate-dmz"],
    ids: &["attack:T1190", "attack:T1611", "nist:3.3.4"],
    bad: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
"#)]),
    ],
    good: &[
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      runtimeClassName: gvisor
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80}]
"#)]),
        Example::Tree(&[("k8s.yaml", r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {zone: dmz}
      containers: [{name: web, image: 'registry.example/web:1'}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{port: 80}]
"#)]),
    ],
}

fn check(see: &See, it: &Workload) -> Judged {
    if it.source != Source::Pod || k8s::is_system(&it.namespace) {
        return not_applicable();
    }
    let objects = &see.world.objects;
    let exposed = see.any(objects, |see, service| {
        if service.kind != "Service" || service.api_version != "v1" || !selects(see, service, it)? {
            return Ok(false);
        }
        if matches!(see.text_at(&service.body, &["spec", "type"])?, Some("LoadBalancer" | "NodePort")) {
            return Ok(true);
        }
        Ok(see.any(objects, |see, ingress| leads_to(see, ingress, service))?.is_some())
    })?;
    if exposed.is_none() || see.get(&it.runtime)?.is_some() || *see.get(&it.own_nodes)? {
        return pass();
    }
    fail(None, "faces the outside and shares nodes and kernel with the rest")
}

fn selects(see: &See, service: &Object, it: &Workload) -> Result<bool, Unseen> {
    if service.namespace.as_deref() != Some(it.namespace.as_str()) {
        return Ok(false);
    }
    let Some(selector) = see.child(&service.body, &["spec", "selector"])? else { return Ok(false) };
    let (selector, labels) = (see.entries(selector)?, see.get(&it.labels)?);
    for (key, value) in selector {
        if labels.get(key).is_none_or(|label| see.text(value).map_or(true, |text| text != label.text)) {
            return Ok(false);
        }
    }
    Ok(!selector.is_empty())
}

fn leads_to(see: &See, ingress: &Object, service: &Object) -> Result<bool, Unseen> {
    if ingress.kind != "Ingress" || ingress.namespace != service.namespace {
        return Ok(false);
    }
    let names = |backend| Ok(see.text_at(backend, &["service", "name"])? == Some(service.name.as_str()));
    if let Some(backend) = see.child(&ingress.body, &["spec", "defaultBackend"])?
        && names(backend)?
    {
        return Ok(true);
    }
    let Some(rules) = see.child(&ingress.body, &["spec", "rules"])? else { return Ok(false) };
    for rule in see.items(rules)? {
        let Some(paths) = see.child(rule, &["http", "paths"])? else { continue };
        for path in see.items(paths)? {
            if let Some(backend) = see.child(path, &["backend"])?
                && names(backend)?
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
