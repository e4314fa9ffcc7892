//! Under which names the records of a package stand.

use super::Package;
use crate::version::Scheme;

/// What is asked of the database about a package.
pub(super) struct Asked<'a> {
    /// Ecosystems with their releases.
    pub(super) ecosystems: Vec<String>,
    /// Names.
    pub(super) names: Vec<String>,
    /// The version that the records speak of.
    pub(super) version: &'a str,
    /// Its order.
    pub(super) scheme: Option<Scheme>,
}

impl<'a> Asked<'a> {
    pub(super) fn of(package: &Package<'a>) -> Self {
        let (ecosystem, release) = package.place();
        let scheme = Scheme::of_ecosystem(ecosystem);
        let by_source = match scheme {
            Some(Scheme::Deb | Scheme::Apk) => true,
            // These name the packages that are installed; other RPM distributions name their sources.
            Some(Scheme::Rpm) => !matches!(ecosystem, "AlmaLinux" | "Red Hat"),
            _ => false,
        };
        let source = package.source.filter(|_| by_source);
        let mut names = vec![name(ecosystem, source.map_or(package.name, |source| source.name))];
        // Rocky's notices are about sources, and some about what is installed.
        if ecosystem == "Rocky Linux" && names[0] != package.name {
            names.push(package.name.to_owned());
        }
        Asked {
            ecosystems: ecosystems(ecosystem, release),
            names,
            version: source.and_then(|source| source.version).unwrap_or(package.version),
            scheme,
        }
    }
}

/// The repositories of Red Hat Enterprise Linux.
const RED_HAT: [&str; 14] = [
    "appstream",
    "baseos",
    "crb",
    "highavailability",
    "nfv",
    "realtime",
    "resilientstorage",
    "sap",
    "sap_hana",
    "supplementary",
    "server",
    "client",
    "computenode",
    "workstation",
];

/// With its release as the data names it.
fn ecosystems(ecosystem: &str, release: &str) -> Vec<String> {
    if release.is_empty() {
        return vec![ecosystem.to_owned()];
    }
    let major = release.split('.').next().unwrap_or(release);
    let minor = release.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    match ecosystem {
        "Ubuntu" => {
            let minor = minor.split(':').next().unwrap_or_default();
            vec![format!("Ubuntu:{minor}:LTS"), format!("Ubuntu:{minor}")]
        }
        "Alpine" if minor.starts_with(|c: char| c.is_ascii_digit()) => vec![format!("Alpine:v{minor}")],
        "Alpine" => vec![format!("Alpine:{release}")],
        // Each repository of a release by itself.
        "Red Hat" if major.starts_with(|c: char| c.is_ascii_digit()) => RED_HAT
            .iter()
            .map(|repository| format!("Red Hat:enterprise_linux:{major}::{repository}"))
            .chain([format!("Red Hat:{release}")])
            .collect(),
        "Debian" | "AlmaLinux" | "Rocky Linux" | "Mageia" => vec![format!("{ecosystem}:{major}")],
        "openSUSE" if minor.starts_with(|c: char| c.is_ascii_digit()) => {
            vec![format!("openSUSE:Leap {minor}")]
        }
        _ => vec![format!("{ecosystem}:{release}"), ecosystem.to_owned()],
    }
}

/// One way to write it, for the data and for packages.
pub(crate) fn name(ecosystem: &str, name: &str) -> String {
    match ecosystem {
        // PEP 503: case and separators do not count.
        "PyPI" => {
            let mut out = String::with_capacity(name.len());
            for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
                if !out.is_empty() {
                    out.push('-');
                }
                out.push_str(&part.to_ascii_lowercase());
            }
            out
        }
        "NuGet" | "Packagist" => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    }
}

/// The ecosystem of a distribution by `ID` of its os-release, and whether its data is told apart by release; nothing
/// for one that has no data in OSV.
pub fn of_distribution(id: &str) -> Option<(&'static str, bool)> {
    Some(match id {
        "debian" => ("Debian", true),
        "ubuntu" => ("Ubuntu", true),
        "alpine" => ("Alpine", true),
        "wolfi" => ("Wolfi", false),
        "chainguard" => ("Chainguard", false),
        "almalinux" => ("AlmaLinux", true),
        "rocky" => ("Rocky Linux", true),
        "rhel" => ("Red Hat", true),
        "opensuse-leap" => ("openSUSE", true),
        "openEuler" => ("openEuler", true),
        "mageia" => ("Mageia", true),
        "photon" => ("Photon OS", true),
        _ => return None,
    })
}
