use crate::checks::prelude::*;
use crate::dockerfile::shown;
use tyrian_model::escapes::{self, Escape};

check! {
    /// The engine has parts with known ways out of a container.
    ///
    /// ## What it checks
    /// Versions of runc, containerd and the engine against those in which such faults were mended:
    /// CVE-2019-5736, CVE-2021-30465, CVE-2024-21626, CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881 of
    /// runc, CVE-2020-15257 and CVE-2022-23648 of containerd, CVE-2024-23651 to 23653 of the builder, CVE-2024-41110 where an
    /// authorization plugin is used. A version that a distribution has made its own may have the fix under an
    /// old number: where its name shows that, the verdict is left open.
    /// ## Why it matters
    /// An image, or what runs in a container, gets out and owns the host. Programs that do it are public.
    /// ## Fix
    /// Update the engine and its parts: runc 1.2.8, 1.3.3 or later, the engine 25.0.6, 26.1.5, 27.1.1 or later.
    /// For a package of a distribution look for the CVE in its change log (`apt changelog runc`).
    "engine-known-escapes",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["cis-docker", "patch-host"],
    ids: &["attack:T1611", "nist:3.4.1", "nist:4.4.1", "cis-docker:1.2.2"],
    bad: &[
        Example::Engine(r#"{"version": {"Version": "28.5.1", "Components": [{"Name": "runc", "Version": "1.1.11"}, {"Name": "containerd", "Version": "1.7.29"}]}, "info": {"Plugins": {"Authorization": null}, "Runtimes": {}}}"#),
        Example::Engine(r#"{"version": {"Version": "20.10.24", "Components": [{"Name": "containerd", "Version": "1.7.29"}]}, "info": {"Plugins": {"Authorization": null}, "Runtimes": {}}}"#),
        Example::Engine(r#"{"version": {"Version": "28.5.1", "Components": [{"Name": "runc", "Version": "1.3.2"}]}, "info": {"Plugins": {"Authorization": null}, "Runtimes": {}}}"#),
    ],
    good: &[
        Example::Engine(r#"{"version": {"Version": "28.5.2", "Components": [{"Name": "runc", "Version": "1.3.3"}, {"Name": "containerd", "Version": "v2.1.5"}]}, "info": {"Plugins": {"Authorization": null}, "Runtimes": {}}}"#),
        Example::Engine(r#"{"version": {"Version": "29.0.0", "Components": [{"Name": "runc", "Version": "1.2.8"}]}, "info": {"Plugins": {"Authorization": null}, "Runtimes": {}}}"#),
    ],
}

type Table = fn(&str) -> Option<Vec<&'static Escape>>;

fn check(see: &See, it: &Engine) -> Judged {
    let components = see.apart(|see| see.get(&it.components)).and_then(Result::ok);
    let version = |name: &str| components.and_then(|components| components.get(name)).map(String::as_str);
    let engine = see.apart(|see| see.get(&it.version)).and_then(Result::ok).map(String::as_str);
    let mut parts: Vec<(&str, &str, Table)> = Vec::new();
    let runc: Table = |version| escapes::of("github.com/opencontainers/runc", version);
    let containerd: Table = |version| escapes::of("github.com/containerd/containerd", version);
    let plugin: Table = |version| escapes::of("github.com/moby/moby", version);
    parts.extend(version("runc").map(|version| ("runc", version, runc)));
    parts.extend(version("containerd").map(|version| ("containerd", version, containerd)));
    parts.extend(engine.map(|version| ("the engine", version, escapes::of_builder as Table)));
    // The fault of authorization plugins is none where there is no plugin.
    let plugins = see.apart(|see| see.get(&it.authorization).map(|plugins| !plugins.is_empty()));
    if let Some(Ok(true)) = plugins {
        parts.extend(engine.map(|version| ("the engine", version, plugin)));
    }
    each(see, parts, |see, (name, version, faults_of)| {
        let told = |known: &[&Escape]| known.iter().map(|escape| escape.id).collect::<Vec<_>>().join(", ");
        if let Some(known) = faults_of(version) {
            return match &known[..] {
                [] => pass(),
                known => fail(
                    None,
                    format!(
                        "{name} {} is open to {}, unless its packager has mended it under this number",
                        shown(version),
                        told(known)
                    ),
                ),
            };
        }
        // A distribution's own build: `1.1.5+ds1`, `1.1.12-0ubuntu3`.
        match faults_of(version.split(['-', '+', '~']).next().unwrap_or(version)) {
            None => Err(see.unclear(
                Why::Malformed,
                format!("the version of {name} is {}, which is no number", shown(version)),
            )),
            Some(known) if known.is_empty() => pass(),
            Some(known) => Err(see.unclear(
                Why::NotRead,
                format!(
                    "{name} {} is a distribution's own build: look for {} in the change log of its package",
                    shown(version),
                    told(&known)
                ),
            )),
        }
    })
}
