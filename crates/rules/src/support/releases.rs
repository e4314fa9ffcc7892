//! Until when releases are cared for in public, as of 2026-01-01. A check has no clock: what ended after that
//! date is not in the table, and is not found.

use tyrian_model::workload::ImageRef;

const LAST: u32 = u32::MAX;

type Release = (u32, u32);

/// Distributions by their `ID` and official images by their name: releases from and to, both counted, and the
/// month in which public support of the last of them ended.
const ENDED: &[(&str, Release, Release, &str)] = &[
    ("debian", (1, 0), (8, LAST), "2020-06"),
    ("debian", (9, 0), (9, LAST), "2022-06"),
    ("debian", (10, 0), (10, LAST), "2024-06"),
    ("ubuntu", (4, 0), (14, LAST), "2019-04"),
    ("ubuntu", (15, 0), (16, 4), "2021-04"),
    ("ubuntu", (16, 5), (18, 4), "2023-05"),
    ("ubuntu", (18, 5), (20, 4), "2025-05"),
    ("ubuntu", (20, 5), (21, LAST), "2022-07"),
    ("ubuntu", (22, 10), (23, LAST), "2024-07"),
    ("ubuntu", (24, 10), (24, 10), "2025-07"),
    ("alpine", (2, 0), (3, 15), "2023-11"),
    ("alpine", (3, 16), (3, 16), "2024-05"),
    ("alpine", (3, 17), (3, 17), "2024-11"),
    ("alpine", (3, 18), (3, 18), "2025-05"),
    ("alpine", (3, 19), (3, 19), "2025-11"),
    ("fedora", (1, 0), (39, LAST), "2024-11"),
    ("fedora", (40, 0), (40, LAST), "2025-05"),
    ("fedora", (41, 0), (41, LAST), "2025-12"),
    ("centos", (1, 0), (6, LAST), "2020-11"),
    ("centos", (7, 0), (7, LAST), "2024-06"),
    ("centos", (8, 0), (8, LAST), "2024-05"),
    ("rhel", (1, 0), (6, LAST), "2020-11"),
    ("rhel", (7, 0), (7, LAST), "2024-06"),
    ("ol", (1, 0), (6, LAST), "2021-03"),
    ("ol", (7, 0), (7, LAST), "2024-12"),
    ("amzn", (1, 0), (1, LAST), "2023-12"),
    ("amzn", (2010, 0), (2018, LAST), "2023-12"),
    ("opensuse-leap", (42, 0), (42, LAST), "2019-07"),
    ("opensuse-leap", (15, 0), (15, 4), "2023-12"),
    ("opensuse-leap", (15, 5), (15, 5), "2024-12"),
    ("python", (1, 0), (2, LAST), "2020-01"),
    ("python", (3, 0), (3, 8), "2024-10"),
    ("python", (3, 9), (3, 9), "2025-10"),
    ("node", (0, 0), (16, LAST), "2023-09"),
    ("node", (17, 0), (18, LAST), "2025-04"),
    ("node", (19, 0), (19, LAST), "2023-06"),
    ("node", (21, 0), (21, LAST), "2024-06"),
    ("node", (23, 0), (23, LAST), "2025-06"),
    ("php", (4, 0), (8, 0), "2023-11"),
    ("php", (8, 1), (8, 1), "2025-12"),
    ("ruby", (1, 0), (3, 0), "2024-04"),
    ("ruby", (3, 1), (3, 1), "2025-03"),
    ("golang", (1, 0), (1, 22), "2025-02"),
    ("golang", (1, 23), (1, 23), "2025-08"),
    ("postgres", (8, 0), (12, LAST), "2024-11"),
    ("postgres", (13, 0), (13, LAST), "2025-11"),
    ("mysql", (5, 0), (5, LAST), "2023-10"),
    ("mongo", (2, 0), (5, LAST), "2024-10"),
    ("mongo", (6, 0), (6, LAST), "2025-07"),
];

/// Code names in tags of official images.
const NAMES: &[(&str, &str, &str)] = &[
    ("wheezy", "debian", "7"),
    ("jessie", "debian", "8"),
    ("stretch", "debian", "9"),
    ("buster", "debian", "10"),
    ("trusty", "ubuntu", "14.04"),
    ("xenial", "ubuntu", "16.04"),
    ("bionic", "ubuntu", "18.04"),
    ("focal", "ubuntu", "20.04"),
];

/// The month in which public support of a release ended; nothing where it goes on, or the table does not know it.
pub(crate) fn ended(id: &str, version: &str) -> Option<&'static str> {
    let mut numbers = version.split(['.', '-', '_']);
    let major: u32 = numbers.next()?.parse().ok()?;
    // A tag without a minor number is the newest of its kind.
    let minor = numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(LAST);
    let holds = |row: &&(&str, Release, Release, &'static str)| {
        row.0 == id && row.1 <= (major, minor) && (major, minor) <= row.2
    };
    ENDED.iter().find(holds).map(|row| row.3)
}

/// What in the name of a base image is out of support, and since when.
pub(crate) fn ended_base(image: &ImageRef) -> Option<(String, &'static str)> {
    let tag = image.tag.as_deref().unwrap_or("");
    let name = image.repository.rsplit('/').next().unwrap_or("");
    let official = image.registry == "docker.io" && image.repository.starts_with("library/");
    let leap = image.registry == "docker.io" && image.repository == "opensuse/leap";
    let red_hat = image.registry == "registry.access.redhat.com" || image.registry == "registry.redhat.io";
    if red_hat {
        // `ubi9/ubi`, `ubi10/ubi-minimal`, `rhel7`.
        let rest = image.repository.trim_start_matches("ubi").trim_start_matches("rhel");
        let major: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let from_name = image.repository.starts_with("ubi") || image.repository.starts_with("rhel");
        return ended("rhel", &major).filter(|_| from_name).map(|when| (format!("RHEL {major}"), when));
    }
    if official && name == "centos" && (tag.is_empty() || tag == "latest" || tag.starts_with("centos")) {
        let version = tag.trim_start_matches("centos");
        let version = if version.is_empty() || version == "latest" { "8" } else { version };
        return ended("centos", version).map(|when| (format!("CentOS {version}"), when));
    }
    if !official && !leap {
        return None;
    }
    // These two are not made any more, whatever the tag.
    match name {
        "java" => return Some(("the image java".into(), "2016-12")),
        "openjdk" if !tag.contains("-ea") => return Some(("the image openjdk".into(), "2022-07")),
        _ => {}
    }
    let id = match name {
        "amazonlinux" => "amzn",
        "oraclelinux" => "ol",
        "leap" => "opensuse-leap",
        name => name,
    };
    let version = tag.split('-').next().unwrap_or("");
    if let Some(when) = ended(id, version) {
        return Some((format!("{name} {version}"), when));
    }
    tag.split('-').find_map(|part| {
        if let Some(version) = part.strip_prefix("alpine").filter(|version| version.contains('.')) {
            return ended("alpine", version).map(|when| (format!("alpine {version}"), when));
        }
        let (name, id, version) = NAMES.iter().find(|(name, ..)| *name == part)?;
        ended(id, version).map(|when| (format!("{id} {version} ({name})"), when))
    })
}

#[cfg(test)]
mod tests {
    use super::{ended, ended_base};
    use tyrian_model::workload::ImageRef;

    fn base(name: &str) -> Option<String> {
        let (repository, tag) = name.split_once(':').map_or((name, None), |(r, t)| (r, Some(t.to_owned())));
        let image = ImageRef {
            written: name.into(),
            registry: "docker.io".into(),
            repository: format!("library/{repository}"),
            tag,
            digest: None,
        };
        ended_base(&image).map(|(what, _)| what)
    }

    #[test]
    fn releases_that_ended_are_told_from_those_that_live() {
        for (id, version) in [
            ("debian", "9"),
            ("debian", "10"),
            ("ubuntu", "18.04"),
            ("ubuntu", "20.04"),
            ("ubuntu", "23.10"),
            ("alpine", "3.15.4"),
            ("centos", "7"),
            ("amzn", "2018.03"),
        ] {
            assert!(ended(id, version).is_some(), "{id} {version}");
        }
        for (id, version) in [
            ("debian", "12"),
            ("debian", ""),
            ("ubuntu", "22.04"),
            ("ubuntu", "24.04"),
            ("alpine", "3.22.1"),
            ("alpine", "edge"),
            ("amzn", "2"),
            ("amzn", "2023"),
            ("centos", "9"),
            ("arch", "1"),
        ] {
            assert!(ended(id, version).is_none(), "{id} {version}");
        }
    }

    #[test]
    fn bases_are_told_by_their_tags() {
        for name in [
            "python:3.8-slim",
            "python:2",
            "node:14",
            "debian:buster-slim",
            "centos",
            "centos:7",
            "centos:centos7",
            "node:20-buster",
            "python:3.12-alpine3.15",
            "ubuntu:bionic",
            "golang:1.19-alpine",
            "amazonlinux:1",
            "openjdk:8-jre",
        ] {
            assert!(base(name).is_some(), "{name}");
        }
        for name in [
            "python:3",
            "python:3.13",
            "python",
            "node:20-bookworm-slim",
            "debian:stable",
            "golang:1",
            "alpine",
            "alpine:3",
            "amazonlinux:2",
            "redis:5",
            "node:lts-alpine",
            "postgres:16",
        ] {
            assert!(base(name).is_none(), "{name}");
        }
    }
}
