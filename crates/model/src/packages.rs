//! Packages: what is installed in an image or a root directory, and what lock files ask for.

use crate::fact::{Gap, Many};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// Who names and numbers a package. In JSON its word is the type of a package URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Debian and its descendants.
    Deb,
    /// Alpine, Wolfi.
    Apk,
    /// Red Hat, SUSE and their descendants.
    Rpm,
    /// Go modules.
    Golang,
    /// Rust crates.
    Cargo,
    /// Python distributions.
    Pypi,
    /// Node packages.
    Npm,
    /// Ruby gems.
    Gem,
    /// PHP packages.
    Composer,
    /// Java artifacts.
    Maven,
    /// .NET packages.
    Nuget,
    /// What came without a package manager.
    Generic,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 12] = [
        Kind::Deb,
        Kind::Apk,
        Kind::Rpm,
        Kind::Golang,
        Kind::Cargo,
        Kind::Pypi,
        Kind::Npm,
        Kind::Gem,
        Kind::Composer,
        Kind::Maven,
        Kind::Nuget,
        Kind::Generic,
    ];
    /// The type of a package URL.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Deb => "deb",
            Kind::Apk => "apk",
            Kind::Rpm => "rpm",
            Kind::Golang => "golang",
            Kind::Cargo => "cargo",
            Kind::Pypi => "pypi",
            Kind::Npm => "npm",
            Kind::Gem => "gem",
            Kind::Composer => "composer",
            Kind::Maven => "maven",
            Kind::Nuget => "nuget",
            Kind::Generic => "generic",
        }
    }
    /// Is it a distribution's, so that its versions carry the distribution's own mends?
    pub fn is_distribution(self) -> bool {
        matches!(self, Kind::Deb | Kind::Apk | Kind::Rpm)
    }
    /// The ecosystem's name in OSV; nothing where there is none, or where it depends on the distribution.
    pub fn ecosystem(self) -> Option<&'static str> {
        match self {
            Kind::Golang => Some("Go"),
            Kind::Cargo => Some("crates.io"),
            Kind::Pypi => Some("PyPI"),
            Kind::Npm => Some("npm"),
            Kind::Gem => Some("RubyGems"),
            Kind::Composer => Some("Packagist"),
            Kind::Maven => Some("Maven"),
            Kind::Nuget => Some("NuGet"),
            Kind::Deb | Kind::Apk | Kind::Rpm | Kind::Generic => None,
        }
    }
}

/// How sure it is that the package is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Its files are there.
    #[default]
    Installed,
    /// A lock file says exactly which one is taken.
    Locked,
    /// A file asks for it, and leaves open which one is taken.
    Requested,
}

/// The package that a distribution's package was built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its version; nothing where the database does not say, and then it is most often the package's own.
    pub version: Option<String>,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Who names and numbers it.
    pub kind: Kind,
    /// The ecosystem as OSV names it, with the release for distributions: `Debian:12`, `Alpine:v3.19`, `PyPI`. Nothing
    /// where there is none, or where the image does not say which distribution it is.
    #[serde(default)]
    pub ecosystem: Option<String>,
    /// The name as the ecosystem writes it in full: `libc6`, `@babel/core`, `org.slf4j:slf4j-api`, a module's path.
    pub name: String,
    /// The version as the package manager writes it, with the epoch where it is not zero. Nothing where it is not
    /// said, or left open.
    pub version: Option<String>,
    /// What it was built from, where that has another name or version.
    #[serde(default)]
    pub source: Option<Source>,
    /// The architecture, of a distribution's package.
    #[serde(default)]
    pub architecture: Option<String>,
    /// The module stream of a package of Red Hat's, `nodejs:18:8060020220`.
    #[serde(default)]
    pub module: Option<String>,
    /// The licence as the package states it.
    #[serde(default)]
    pub licence: Option<String>,
    /// Its package URL.
    pub purl: String,
    /// The file that says so: absolute in an image, relative to the target in a tree. A file inside an archive stands
    /// behind `!`.
    pub place: String,
    /// Where in the file it is named, from 1; nothing where that is not known.
    #[serde(default)]
    pub line: Option<u32>,
    /// How sure it is that it is there.
    #[serde(default)]
    pub evidence: Evidence,
    /// Is it for development alone, as far as the file says?
    #[serde(default)]
    pub dev: bool,
    /// Why it is here: the chain from what belongs to the project down to the one that needs it, each with its
    /// version. Empty where the file does not say.
    #[serde(default)]
    pub why: Vec<String>,
    /// The distribution's package that owns the place, which then mends it too.
    #[serde(default)]
    pub owner: Option<String>,
    /// The layer that brought it in this version, from 0.
    #[serde(default)]
    pub layer: Option<u32>,
    /// The instruction that made the layer: its index in the image's history.
    #[serde(default)]
    pub instruction: Option<u32>,
    /// Does it come from the base image? Nothing where that cannot be told.
    #[serde(default)]
    pub base: Option<bool>,
}

impl Package {
    /// A package that is there, of which no more is known.
    pub fn new(
        kind: Kind,
        name: impl Into<String>,
        version: Option<String>,
        place: impl Into<String>,
    ) -> Self {
        Package {
            kind,
            ecosystem: kind.ecosystem().map(str::to_owned),
            name: name.into(),
            version,
            source: None,
            architecture: None,
            module: None,
            licence: None,
            purl: String::new(),
            place: place.into(),
            line: None,
            evidence: Evidence::Installed,
            dev: false,
            why: Vec::new(),
            owner: None,
            layer: None,
            instruction: None,
            base: None,
        }
    }
    /// The name of its row: one package at one place.
    pub fn row(&self) -> String {
        format!("package:{}#{}", self.place, self.purl)
    }
    /// `name version`, as it stands in a chain.
    pub fn label(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.name),
            None => self.name.clone(),
        }
    }
}

/// A distribution as package URLs and OSV know it.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// `ID` of os-release.
    pub id: &'a str,
    /// `VERSION_ID` of os-release.
    pub version: &'a str,
}

impl Release<'_> {
    /// The name of its ecosystem in OSV; nothing where OSV has none for it, or it has no release.
    pub fn ecosystem(&self) -> Option<String> {
        let parts = |count: usize| {
            let parts: Vec<&str> = self.version.split('.').take(count).collect();
            (!parts[0].is_empty()).then(|| parts.join("."))
        };
        Some(match self.id {
            "debian" => format!("Debian:{}", parts(1)?),
            // Long-term releases have it in their names.
            "ubuntu" => {
                let version = parts(2)?;
                let (year, month) = version.split_once('.')?;
                let even = year.parse::<u32>().is_ok_and(|year| year % 2 == 0);
                let lts = if even && month == "04" { ":LTS" } else { "" };
                format!("Ubuntu:{version}{lts}")
            }
            "alpine" => format!("Alpine:v{}", parts(2)?),
            "wolfi" => "Wolfi".into(),
            "chainguard" => "Chainguard".into(),
            "almalinux" => format!("AlmaLinux:{}", parts(1)?),
            "rocky" => format!("Rocky Linux:{}", parts(1)?),
            "rhel" => format!("Red Hat:{}", parts(1)?),
            "opensuse-leap" => format!("openSUSE:Leap {}", parts(2)?),
            "opensuse-tumbleweed" => "openSUSE:Tumbleweed".into(),
            "mageia" => format!("Mageia:{}", parts(1)?),
            "openEuler" => format!("openEuler:{}", self.version),
            "photon" => format!("Photon OS:{}", parts(2)?),
            _ => return None,
        })
    }
}

/// The package URL of an image by its reference, `shop/web:1.0` or `registry.example/shop/web@sha256:…`.
pub fn oci(reference: &str) -> String {
    let (rest, digest) =
        reference.split_once('@').map_or((reference, None), |(rest, digest)| (rest, Some(digest)));
    let (repository, tag) = match rest.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (rest, None),
    };
    let name = repository.rsplit('/').next().unwrap_or(repository).to_lowercase();
    let mut out = String::from("pkg:oci/");
    encode(&mut out, &name, "");
    if let Some(digest) = digest {
        out.push('@');
        encode(&mut out, digest, "");
    }
    out.push_str("?repository_url=");
    encode(&mut out, repository, "");
    if let Some(tag) = tag {
        out.push_str("&tag=");
        encode(&mut out, tag, "");
    }
    out
}

/// The package URL of a package; a distribution's carries the distribution where that is known.
pub fn purl(package: &Package, release: Option<Release<'_>>) -> String {
    let Package { kind, name, version, .. } = package;
    let mut out = format!("pkg:{}/", kind.word());
    let distribution = release.filter(|release| kind.is_distribution() && !release.id.is_empty());
    if let Some(release) = distribution {
        encode(&mut out, &release.id.to_lowercase(), "");
        out.push('/');
    }
    let name = match kind {
        // By PEP 503, as the registry does.
        Kind::Pypi => normal_pypi(name),
        Kind::Deb | Kind::Apk => name.to_lowercase(),
        Kind::Composer => name.to_lowercase(),
        Kind::Maven => name.replacen(':', "/", 1),
        _ => name.clone(),
    };
    // Slashes part the segments of a namespace; only these kinds have one.
    let parted = matches!(kind, Kind::Golang | Kind::Npm | Kind::Composer | Kind::Maven | Kind::Generic);
    let segments: Vec<&str> =
        if parted { name.split('/').filter(|part| !part.is_empty()).collect() } else { vec![&name] };
    for (number, segment) in segments.iter().enumerate() {
        if number > 0 {
            out.push('/');
        }
        encode(&mut out, segment, "");
    }
    if let Some(version) = version.as_deref().filter(|version| !version.is_empty()) {
        // The epoch of an rpm has its own place.
        let (epoch, version) = match version.split_once(':') {
            Some((epoch, rest)) if *kind == Kind::Rpm => (Some(epoch), rest),
            _ => (None, version),
        };
        out.push('@');
        encode(&mut out, version, "");
        let arch = package.architecture.as_deref().filter(|arch| !arch.is_empty());
        let distro = distribution.filter(|release| !release.version.is_empty());
        let distro = distro.map(|release| format!("{}-{}", release.id.to_lowercase(), release.version));
        let qualifiers = [("arch", arch), ("distro", distro.as_deref()), ("epoch", epoch)];
        let mut mark = '?';
        for (key, value) in qualifiers {
            if let Some(value) = value {
                out.push(mark);
                out.push_str(key);
                out.push('=');
                encode(&mut out, value, "");
                mark = '&';
            }
        }
    }
    out
}

/// A package URL as kind, name in full, and version. Nothing where it is none, or of a kind that is not known.
pub fn parse_purl(text: &str) -> Option<(Kind, String, Option<String>)> {
    let rest = text.strip_prefix("pkg:")?.trim_start_matches('/');
    let rest = rest.split('#').next().unwrap_or(rest);
    let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    let (word, rest) = rest.split_once('/')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word))?;
    // An npm scope begins with @, which some leave as it is.
    let at = rest.rfind('@').filter(|at| *at > 0 && !rest[*at..].contains('/'));
    let (path, version) = match at {
        Some(at) => (&rest[..at], Some(decode(&rest[at + 1..])?)),
        None => (rest, None),
    };
    let segments: Vec<String> =
        path.split('/').filter(|part| !part.is_empty()).map(decode).collect::<Option<_>>()?;
    let name = match kind {
        // Before the name stands the distribution.
        Kind::Deb | Kind::Apk | Kind::Rpm => segments.last()?.clone(),
        Kind::Maven => segments.join(":"),
        _ => segments.join("/"),
    };
    let epoch = qualifiers.split('&').find_map(|pair| pair.strip_prefix("epoch=")).filter(|it| *it != "0");
    let version = match (kind, epoch, version) {
        (Kind::Rpm, Some(epoch), Some(version)) if !version.contains(':') => {
            Some(format!("{epoch}:{version}"))
        }
        (_, _, version) => version,
    };
    (!name.is_empty()).then_some((kind, name, version.filter(|version| !version.is_empty())))
}

/// The value of a qualifier of a package URL.
pub fn qualifier(purl: &str, key: &str) -> Option<String> {
    let (_, qualifiers) = purl.split('#').next()?.split_once('?')?;
    qualifiers.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name == key).then(|| decode(value))?
    })
}

/// A Python name as the registry compares them: lower case, runs of `-`, `_` and `.` as one `-`.
pub fn normal_pypi(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

fn encode(out: &mut String, text: &str, also: &str) {
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric()
            || matches!(c, '-' | '.' | '_' | '~' | ':')
            || byte < 128 && also.contains(c)
        {
            out.push(c);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, more)) = rest.split_first() {
        rest = more;
        if byte == b'%' {
            let (digits, more) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = more;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// A set of packages from what was found; of equal ones the first counts.
pub fn many(packages: Vec<Package>, gaps: Vec<Gap>) -> Many<Package> {
    let mut rows = std::collections::BTreeMap::new();
    for package in packages {
        rows.entry(package.row()).or_insert(package);
    }
    let mut many = Many::whole(rows);
    gaps.into_iter().for_each(|gap| many.lacks(gap));
    many
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_urls_are_written_and_read_back() {
        let debian = Release { id: "debian", version: "12" };
        let mut libc = Package::new(Kind::Deb, "libstdc++6", Some("1:2.36-9+deb12u1".into()), "/x");
        libc.architecture = Some("amd64".into());
        let mut bash = Package::new(Kind::Rpm, "bash", Some("1:5.1-2.el9".into()), "/x");
        bash.architecture = Some("x86_64".into());
        let plain = |kind, name: &str, version: &str| Package::new(kind, name, Some(version.into()), "/x");
        for (package, release, url) in [
            (
                libc,
                Some(debian),
                "pkg:deb/debian/libstdc%2B%2B6@1:2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12",
            ),
            (bash, None, "pkg:rpm/bash@5.1-2.el9?arch=x86_64&epoch=1"),
            (plain(Kind::Npm, "@babel/core", "7.0.0"), None, "pkg:npm/%40babel/core@7.0.0"),
            (plain(Kind::Golang, "github.com/a/b/v2", "v2.0.1"), None, "pkg:golang/github.com/a/b/v2@v2.0.1"),
            (plain(Kind::Maven, "org.slf4j:slf4j-api", "2.0"), None, "pkg:maven/org.slf4j/slf4j-api@2.0"),
            (plain(Kind::Pypi, "zope-interface", "5"), None, "pkg:pypi/zope-interface@5"),
        ] {
            assert_eq!(purl(&package, release), url);
            assert_eq!(parse_purl(url), Some((package.kind, package.name, package.version)), "{url}");
        }
        assert_eq!(parse_purl("pkg:npm/@a/b").unwrap().1, "@a/b");
        for wrong in ["", "pkg:", "pkg:npm", "pkg:npm/", "pkg:what/a@1", "pkg:npm/a%zz@1", "pkg:npm/a%"] {
            assert_eq!(parse_purl(wrong), None, "{wrong}");
        }
        assert_eq!(qualifier("pkg:deb/a@1?arch=amd64&distro=debian%2D12", "distro").unwrap(), "debian-12");
    }

    #[test]
    fn ecosystems_are_named_as_osv_names_them() {
        let of = |id, version| Release { id, version }.ecosystem();
        for (id, version, name) in [
            ("debian", "12", Some("Debian:12")),
            ("debian", "", None),
            ("ubuntu", "22.04", Some("Ubuntu:22.04:LTS")),
            ("ubuntu", "23.10", Some("Ubuntu:23.10")),
            ("alpine", "3.19.1", Some("Alpine:v3.19")),
            ("almalinux", "9.4", Some("AlmaLinux:9")),
            ("wolfi", "20230201", Some("Wolfi")),
            ("arch", "", None),
        ] {
            assert_eq!(of(id, version).as_deref(), name, "{id}");
        }
    }
}
