use crate::checks::prelude::*;
use crate::dockerfile::shown;

check! {
    /// The engine has parts with known ways out of a container.
    ///
    /// ## What it checks
    /// Versions of runc, containerd and the engine against those in which such faults were mended:
    /// CVE-2019-5736, CVE-2021-30465, CVE-2024-21626, CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881 of
    /// runc, CVE-2020-15257 of containerd, CVE-2024-23651 to 23653 of the builder, CVE-2024-41110 where an
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

type Version = [u64; 3];
type Table = fn(Version) -> Vec<&'static str>;

fn check(see: &See, it: &Engine) -> Judged {
    let components = see.apart(|see| see.get(&it.components)).and_then(Result::ok);
    let version = |name: &str| components.and_then(|components| components.get(name)).map(String::as_str);
    let engine = see.apart(|see| see.get(&it.version)).and_then(Result::ok).map(String::as_str);
    let mut parts: Vec<(&str, &str, Table)> = Vec::new();
    parts.extend(version("runc").map(|version| ("runc", version, runc as Table)));
    parts.extend(version("containerd").map(|version| ("containerd", version, containerd as Table)));
    parts.extend(engine.map(|version| ("the engine", version, builder as Table)));
    // The fault of authorization plugins is none where there is no plugin.
    let plugins = see.apart(|see| see.get(&it.authorization).map(|plugins| !plugins.is_empty()));
    if let Some(Ok(true)) = plugins {
        parts.extend(engine.map(|version| ("the engine", version, plugin as Table)));
    }
    each(see, parts, |see, (name, version, faults_of)| {
        let known = numbers(version).map(faults_of);
        match known {
            None => Err(see.unclear(
                Why::Malformed,
                format!("the version of {name} is {}, which is no number", shown(version)),
            )),
            Some(known) if known.is_empty() => pass(),
            Some(known) if is_distributions(version) => Err(see.unclear(
                Why::NotRead,
                format!(
                    "{name} {} is a distribution's own build: look for {} in the change log of its package",
                    shown(version),
                    known.join(", ")
                ),
            )),
            Some(known) => fail(
                None,
                format!(
                    "{name} {} is open to {}, unless its packager has mended it under this number",
                    shown(version),
                    known.join(", ")
                ),
            ),
        }
    })
}

fn numbers(version: &str) -> Option<Version> {
    let mut parts = version.trim_start_matches('v').split(['.', '-', '+', '~']);
    let mut next = || parts.next().map(str::parse::<u64>);
    Some([next()?.ok()?, next()?.ok()?, next().and_then(Result::ok).unwrap_or(0)])
}

/// `1.1.5+ds1`, `1.1.12-0ubuntu3`, `1.1.12-1.el9`: not upstream's `1.3.0-rc.1`.
fn is_distributions(version: &str) -> bool {
    let rest = version.trim_start_matches('v').trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let own = ["-rc", "-beta", "-alpha", "-ce"].iter().any(|start| rest.starts_with(start));
    !rest.is_empty() && !own
}

fn runc(version: Version) -> Vec<&'static str> {
    let mut found = Vec::new();
    if version < [1, 0, 0] {
        found.extend(["CVE-2019-5736", "CVE-2021-30465"]);
    }
    if version < [1, 1, 12] {
        found.push("CVE-2024-21626");
    }
    if version < [1, 2, 8] || ([1, 3, 0]..[1, 3, 3]).contains(&version) {
        found.extend(["CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"]);
    }
    found
}

fn containerd(version: Version) -> Vec<&'static str> {
    let open = version < [1, 3, 9] || ([1, 4, 0]..[1, 4, 3]).contains(&version);
    if open { vec!["CVE-2020-15257"] } else { Vec::new() }
}

/// The builder that the engine has in it.
fn builder(version: Version) -> Vec<&'static str> {
    let open = version < [24, 0, 9] || ([25, 0, 0]..[25, 0, 2]).contains(&version);
    if open { vec!["CVE-2024-23651", "CVE-2024-23652", "CVE-2024-23653"] } else { Vec::new() }
}

fn plugin(version: Version) -> Vec<&'static str> {
    let open = version < [23, 0, 15]
        || ([24, 0, 0]..[25, 0, 6]).contains(&version)
        || ([26, 0, 0]..[26, 1, 5]).contains(&version)
        || ([27, 0, 0]..[27, 1, 1]).contains(&version);
    if open { vec!["CVE-2024-41110"] } else { Vec::new() }
}
