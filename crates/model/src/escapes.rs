//! Known ways out of a container, in the programs that hold it in: a small set that is always there.
//!
//! It is partial by its nature, and no replacement for advisory data. Versions are those of the projects themselves; what
//! a distribution has built under an old number may be mended, and is not judged by it. Sources: the projects' own
//! security advisories, by their ids.

/// A way out of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escape {
    /// The CVE.
    pub id: &'static str,
    /// The project's own advisory.
    pub advisory: &'static str,
    /// The Go modules that have it, the first by its usual name.
    pub modules: &'static [&'static str],
    /// The versions that have it, each from one on and before another.
    pub ranges: &'static [(&'static str, &'static str)],
    /// The CVSS score in tenths.
    pub score: u8,
    /// One line about it.
    pub title: &'static str,
}

const RUNC: &[&str] = &["github.com/opencontainers/runc"];
const CONTAINERD: &[&str] = &["github.com/containerd/containerd", "github.com/containerd/containerd/v2"];
const ENGINE: &[&str] = &["github.com/docker/docker", "github.com/moby/moby"];
const BUILDKIT: &[&str] = &["github.com/moby/buildkit"];
const CRIO: &[&str] = &["github.com/cri-o/cri-o"];
const KUBERNETES: &[&str] = &["k8s.io/kubernetes"];

const fn escape(
    id: &'static str,
    advisory: &'static str,
    modules: &'static [&'static str],
    ranges: &'static [(&'static str, &'static str)],
    score: u8,
    title: &'static str,
) -> Escape {
    Escape { id, advisory, modules, ranges, score, title }
}

/// Mended in the three lines of runc at once.
const OF_2025: &[(&str, &str)] = &[("0", "1.2.8"), ("1.3.0-rc.1", "1.3.3"), ("1.4.0-rc.1", "1.4.0-rc.3")];

/// All of them, by program and age.
pub const ESCAPES: &[Escape] = &[
    escape(
        "CVE-2019-5736",
        "GHSA-gxmr-w5mj-v8hh",
        RUNC,
        &[("0", "1.0.0-rc7")],
        86,
        "a process in a container overwrites the runc of the host",
    ),
    escape(
        "CVE-2021-30465",
        "GHSA-c3xm-pvg7-gh7r",
        RUNC,
        &[("0", "1.0.0-rc95")],
        85,
        "links that change while a mount is made lead it out of the container",
    ),
    escape(
        "CVE-2024-21626",
        "GHSA-xr7r-f8xq-vfvv",
        RUNC,
        &[("1.0.0-rc93", "1.1.12")],
        86,
        "a descriptor of the host's file system stays open in the container",
    ),
    escape(
        "CVE-2025-31133",
        "GHSA-9493-h29p-rfm2",
        RUNC,
        OF_2025,
        78,
        "a link in place of /dev/null makes masked files of the host writable",
    ),
    escape(
        "CVE-2025-52565",
        "GHSA-qw9x-cqr3-wc7r",
        RUNC,
        &[("1.0.0-rc3", "1.2.8"), ("1.3.0-rc.1", "1.3.3"), ("1.4.0-rc.1", "1.4.0-rc.3")],
        84,
        "a link in place of the console leads its mount to files of the kernel",
    ),
    escape(
        "CVE-2025-52881",
        "GHSA-cgrx-mc8f-2prm",
        RUNC,
        OF_2025,
        75,
        "writes to the kernel's files about a process are led to others",
    ),
    escape(
        "CVE-2020-15257",
        "GHSA-36xw-fx78-c5r4",
        CONTAINERD,
        &[("0", "1.3.9"), ("1.4.0", "1.4.3")],
        52,
        "a container in the host's network reaches the socket of the shim",
    ),
    escape(
        "CVE-2022-23648",
        "GHSA-crp2-qrr5-8pq7",
        CONTAINERD,
        &[("0", "1.4.13"), ("1.5.0", "1.5.10"), ("1.6.0", "1.6.1")],
        75,
        "a volume of an image gives the container files of the host to read",
    ),
    escape(
        "CVE-2024-41110",
        "GHSA-v23v-6jw2-98fq",
        ENGINE,
        &[("0", "23.0.15"), ("24.0.0", "25.0.6"), ("26.0.0", "26.1.5"), ("27.0.0", "27.1.1")],
        99,
        "a request without its body passes the authorization plugin",
    ),
    escape(
        "CVE-2024-23651",
        "GHSA-m3r6-h7wv-7xxv",
        BUILDKIT,
        &[("0", "0.12.5")],
        74,
        "two build steps that share a cache reach files of the host",
    ),
    escape(
        "CVE-2024-23652",
        "GHSA-4v98-7qmw-rqr8",
        BUILDKIT,
        &[("0", "0.12.5")],
        91,
        "what is cleaned up after a build step can be a file of the host",
    ),
    escape(
        "CVE-2024-23653",
        "GHSA-wr6v-9f75-vh2g",
        BUILDKIT,
        &[("0", "0.12.5")],
        98,
        "a builder's interface runs a privileged step without being asked to allow it",
    ),
    escape(
        "CVE-2022-0811",
        "GHSA-6x2m-w449-qwx7",
        CRIO,
        &[
            ("1.19.0", "1.19.6"),
            ("1.20.0", "1.20.7"),
            ("1.21.0", "1.21.6"),
            ("1.22.0", "1.22.3"),
            ("1.23.0", "1.23.2"),
        ],
        88,
        "a pod sets any setting of the host's kernel",
    ),
    escape(
        "CVE-2021-25741",
        "GHSA-f5f7-6478-qm6p",
        KUBERNETES,
        &[("0", "1.19.15"), ("1.20.0", "1.20.11"), ("1.21.0", "1.21.5"), ("1.22.0", "1.22.2")],
        81,
        "links that change while a subpath is mounted lead out of the volume",
    ),
];

/// The engine's own version is that of the builder in it, too: from and before which it has the faults of BuildKit.
pub const BUILDER_OF_ENGINE: &[(&str, &str)] = &[("0", "24.0.9"), ("25.0.0", "25.0.2")];

/// What is known against a version of a module; nothing for one that is no number of the project's own: a build of a
/// distribution, a commit.
pub fn of(module: &str, version: &str) -> Option<Vec<&'static Escape>> {
    let version = order(version)?;
    let has = |escape: &&Escape| escape.modules.contains(&module) && is_within(version, escape.ranges);
    Some(ESCAPES.iter().filter(has).collect())
}

/// The faults of the builder in an engine of that version; nothing where that is no number of the project's own.
pub fn of_builder(version: &str) -> Option<Vec<&'static Escape>> {
    let is_open = is_within(order(version)?, BUILDER_OF_ENGINE);
    Some(ESCAPES.iter().filter(|escape| escape.modules == BUILDKIT && is_open).collect())
}

/// The first version of the same line that does not have it.
pub fn fixed(escape: &Escape, version: &str) -> Option<&'static str> {
    let version = order(version)?;
    let line = escape.ranges.iter().find(|range| is_within(version, &[**range]));
    line.map(|(_, fixed)| *fixed)
}

fn is_within(version: [u64; 5], ranges: &[(&str, &str)]) -> bool {
    let before = |text: &str| order(text).is_some_and(|at| version < at);
    ranges.iter().any(|(from, to)| (*from == "0" || !before(from)) && before(to))
}

/// Three numbers, and the kind and number of a pre-release, which sorts before the release. `-ce` is Docker's name for a
/// release, `+incompatible` Go's for one of a module without its own file.
fn order(version: &str) -> Option<[u64; 5]> {
    let version = version.trim_start_matches('v').trim_end_matches("+incompatible");
    let (core, rest) = version.split_at(version.find(['-', '+', '~']).unwrap_or(version.len()));
    let mut numbers = core.split('.').map(|part| part.parse::<u64>().ok());
    let (major, minor, patch) = (numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(0))?);
    if numbers.next().is_some() {
        return None;
    }
    let pre = |word: &str| {
        let number = rest.strip_prefix(word)?.trim_start_matches('.');
        if number.is_empty() { Some(0) } else { number.parse::<u64>().ok() }
    };
    let (kind, number) = match rest {
        "" | "-ce" => (3, 0),
        _ => ["-alpha", "-beta", "-rc"].iter().zip(0..).find_map(|(word, kind)| Some((kind, pre(word)?)))?,
    };
    Some([major, minor, patch, kind, number])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(module: &str, version: &str) -> Option<Vec<&'static str>> {
        Some(of(module, version)?.into_iter().map(|escape| escape.id).collect())
    }

    #[test]
    fn versions_are_held_against_the_lines_of_a_project() {
        let runc = "github.com/opencontainers/runc";
        let of_2025 = ["CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"];
        for version in ["1.1.12", "v1.2.7", "1.3.0-rc.1", "1.3.2", "1.4.0-rc.2"] {
            assert_eq!(ids(runc, version).unwrap(), of_2025, "{version}");
        }
        for version in ["1.2.8", "1.3.3", "1.4.0-rc.3", "1.4.0", "2.0.0"] {
            assert_eq!(ids(runc, version).unwrap(), [""; 0], "{version}");
        }
        assert_eq!(ids(runc, "1.0.0-rc6").unwrap()[..2], ["CVE-2019-5736", "CVE-2021-30465"]);
        assert!(!ids(runc, "1.0.0-rc10").unwrap().contains(&"CVE-2019-5736"));
        assert!(ids(runc, "1.0.0-rc93").unwrap().contains(&"CVE-2024-21626"));
        assert!(ids("github.com/cri-o/cri-o", "1.18.9").unwrap().is_empty());
        assert_eq!(ids("github.com/moby/moby", "v25.0.5+incompatible").unwrap(), ["CVE-2024-41110"]);
        assert_eq!(of_builder("25.0.1").unwrap().len(), 3);
        assert_eq!(of_builder("25.0.2").unwrap().len(), 0);
        assert_eq!(fixed(of(runc, "1.3.1").unwrap()[0], "1.3.1"), Some("1.3.3"));
    }

    #[test]
    fn what_a_distribution_or_nobody_has_numbered_is_not_judged() {
        for version in [
            "1.1.5+ds1",
            "1.1.12-0ubuntu3",
            "1.1.12-1.el9",
            "(devel)",
            "",
            "v1.0.0-20190930145003-cad42f6e0932",
        ] {
            assert_eq!(of("github.com/opencontainers/runc", version), None, "{version}");
        }
    }

    #[test]
    fn every_range_has_an_order() {
        for escape in ESCAPES {
            for (from, to) in escape.ranges.iter().chain(BUILDER_OF_ENGINE) {
                assert!(
                    *from == "0" || order(from).unwrap() < order(to).unwrap(),
                    "{}: {from} {to}",
                    escape.id
                );
            }
        }
    }
}
