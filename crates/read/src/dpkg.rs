//! The packages that dpkg has installed, from its status file and from the directory `status.d` of images that were
//! made without dpkg.

use tyrian_model::fact::{Gap, Why};
use tyrian_model::image::Package;

/// The packages of a status file, by name; one that is installed for several architectures has all but the first
/// under `name:architecture`.
///
/// # Errors
/// An installed package has no name or version: the file is not what dpkg writes, and what it leaves out is not
/// known.
pub fn status(path: &str, text: &str) -> Result<Vec<(String, Package)>, Gap> {
    let mut out: Vec<(String, Package)> = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    let mut line = 1;
    for paragraph in paragraphs(text) {
        let begins = line;
        line += paragraph.len() + 1;
        let field = |name: &str| {
            paragraph.iter().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        if paragraph.iter().all(|line| line.trim().is_empty()) {
            continue;
        }
        // Its last word says whether it is installed; `status.d` has none, since there all of them are.
        let installed = field("Status").is_none_or(|status| {
            matches!(
                status.split_whitespace().last(),
                Some("installed" | "unpacked" | "half-configured" | "triggers-awaited" | "triggers-pending")
            )
        });
        if !installed {
            continue;
        }
        let (Some(name), Some(version)) = (field("Package"), field("Version")) else {
            return Err(Gap::new(
                Why::Malformed,
                format!("{path}:{begins}: a package without name or version"),
            ));
        };
        let architecture = field("Architecture").unwrap_or_default().to_owned();
        // `Source: glibc (2.36-9)`
        let source = field("Source")
            .and_then(|source| source.split_whitespace().next())
            .filter(|source| *source != name);
        let key =
            if names.insert(name.to_owned()) { name.to_owned() } else { format!("{name}:{architecture}") };
        out.push((
            key,
            Package { version: version.to_owned(), architecture, source: source.map(str::to_owned) },
        ));
    }
    Ok(out)
}

fn paragraphs(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let mut paragraph = Vec::new();
        let mut any = false;
        for line in lines.by_ref() {
            any = true;
            if line.trim().is_empty() {
                break;
            }
            paragraph.push(line);
        }
        any.then_some(paragraph)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_packages_are_read_and_removed_ones_are_not() {
        let text = "Package: libc6\nStatus: install ok installed\nSource: glibc (2.36-9)\nVersion: 2.36-9+deb12u1\n\
                    Architecture: amd64\nDescription: GNU C Library\n Version: of the text\n\n\
                    Package: old\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: all\n\n\
                    Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nArchitecture: i386\n\n\n\
                    Package: half\nStatus: install reinstreq half-configured\nVersion: 3\nArchitecture: all\n";
        let packages = status("var/lib/dpkg/status", text).unwrap();
        let names: Vec<&str> = packages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["libc6", "libc6:i386", "half"]);
        assert_eq!(packages[0].1.source.as_deref(), Some("glibc"));
        assert_eq!(
            (packages[0].1.version.as_str(), packages[0].1.architecture.as_str()),
            ("2.36-9+deb12u1", "amd64")
        );
    }

    #[test]
    fn a_package_without_version_is_a_gap_with_its_line() {
        let gap = status("status", "Package: a\nVersion: 1\n\nPackage: b\nStatus: install ok installed\n")
            .unwrap_err();
        assert!(gap.what.starts_with("status:4:"), "{}", gap.what);
    }
}
