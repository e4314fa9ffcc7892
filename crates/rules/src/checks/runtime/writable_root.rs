use crate::checks::prelude::*;

check! {
    /// The root file system of a container can be written.
    ///
    /// ## What it checks
    /// `readOnlyRootFilesystem` of a pod, `read_only` of a Compose service, `--read-only` of a container of the
    /// engine, and how its root is mounted.
    /// ## Why it matters
    /// Whoever gets in can change the program, leave a tool or a web shell, and find it there again.
    /// ## Fix
    /// Set `readOnlyRootFilesystem: true` (`read_only: true`, `--read-only`), and mount an emptyDir or tmpfs
    /// where the program writes, such as /tmp.
    "writable-root",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["read-only-root"],
    ids: &["attack:T1554", "attack:T1505.003", "nist:3.4.3", "cis-docker:5.13"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"ReadonlyRootfs": false}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, read_only: true, tmpfs: [/tmp]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: shop/a:1, securityContext: {readOnlyRootFilesystem: true}}]}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"ReadonlyRootfs": true}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if *see.get(&it.read_only_root)? {
        pass()
    } else {
        fail(it.read_only_root.pos(), "its root file system can be written")
    }
}

fn mend(spot: &Spot) -> Mend {
    let path = ("securityContext readOnlyRootFilesystem", "read_only");
    match spot.set(path.0, path.1, Value::Flag(true), "--read-only --tmpfs /tmp") {
        Ok(edit) => {
            Mend::to_try(vec![edit], "folders that it writes to need a volume or tmpfs, /tmp above all")
        }
        Err(advice) => advice,
    }
}
