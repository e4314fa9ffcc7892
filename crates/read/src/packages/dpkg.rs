//! The packages that dpkg has installed, from its status file and from the directory `status.d` of images that were
//! made without dpkg; and which files they have.

use super::{File, Found, mark};
use tyrian_model::packages::{Kind, Package, Source};

/// The packages of a status file.
///
/// An installed package without name or version is a gap: the file is not what dpkg writes.
pub(super) fn status(file: &File<'_>) -> Found {
    let text = String::from_utf8_lossy(file.bytes);
    let mut found = Found::default();
    let mut line = 1;
    for paragraph in paragraphs(&text) {
        let begins = line;
        line += paragraph.len() + 1;
        if paragraph.iter().all(|line| line.trim().is_empty()) {
            continue;
        }
        let field = |name: &str| {
            let value = paragraph.iter().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim())
            });
            value.filter(|value| !value.is_empty())
        };
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
            found.gaps.push(file.malformed(&begins.to_string(), "a package without name or version"));
            continue;
        };
        let mut package = Package::new(Kind::Deb, name, Some(version.to_owned()), file.path);
        package.architecture = field("Architecture").map(str::to_owned);
        package.line = u32::try_from(begins).ok();
        // `Source: glibc (2.36-9)`
        package.source = field("Source").map(|source| {
            let (name, rest) = source.split_once(char::is_whitespace).unwrap_or((source, ""));
            let version = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            Source { name: name.to_owned(), version: version.map(str::to_owned) }
        });
        found.packages.push(package);
    }
    found
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

/// The files of one package: `info/NAME.list` has a path on each line, `status.d/NAME.md5sums` a sum before each.
pub(super) fn files(file: &File<'_>) -> Found {
    let text = String::from_utf8_lossy(file.bytes);
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let sums = name.ends_with(".md5sums");
    let name = name.trim_end_matches(".list").trim_end_matches(".md5sums");
    let name = name.split(':').next().unwrap_or(name);
    let path = |line: &str| match sums {
        true => line.split_once(char::is_whitespace).map(|(_, path)| mark(path.trim())),
        false => Some(mark(line)),
    };
    let mut owned: Vec<(u64, u32)> =
        text.lines().filter(|line| line.len() > 2).filter_map(|line| Some((path(line)?, 0))).collect();
    owned.sort_unstable();
    Found { owned, owners: vec![name.to_owned()], ..Found::default() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn installed_packages_are_read_and_removed_ones_are_not() {
        let text = "Package: libc6\nStatus: install ok installed\nSource: glibc (2.36-9)\nVersion: 2.36-9+deb12u1\n\
                    Architecture: amd64\nDescription: GNU C Library\n Version: of the text\n\n\
                    Package: old\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: all\n\n\
                    Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nArchitecture: i386\n\n\n\
                    Package: half\nStatus: install reinstreq half-configured\nVersion: 3\nArchitecture: all\n";
        let found = status(&file("/var/lib/dpkg/status", text));
        let names: Vec<String> = found.packages.iter().map(Package::label).collect();
        assert_eq!(names, ["libc6 2.36-9+deb12u1", "libc6 2.36-9", "half 3"]);
        let source = found.packages[0].source.as_ref().unwrap();
        assert_eq!((source.name.as_str(), source.version.as_deref()), ("glibc", Some("2.36-9")));
        assert_eq!(found.packages[1].architecture.as_deref(), Some("i386"));
        assert!(found.gaps.is_empty() && found.packages[2].line == Some(20));
    }

    #[test]
    fn a_package_without_version_is_a_gap_with_its_line_and_the_others_stand() {
        let found =
            status(&file("status", "Package: a\nVersion: 1\n\nPackage: b\nStatus: install ok installed\n"));
        assert_eq!(found.packages.len(), 1);
        assert!(found.gaps[0].what.starts_with("status:4:"), "{:?}", found.gaps);
    }

    #[test]
    fn files_belong_to_their_package() {
        let list = files(&file("/var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib\n/lib/x.so\n"));
        let sums = files(&file("/var/lib/dpkg/status.d/libc6.md5sums", "00ff  usr/lib/x.so\n"));
        for found in [list, sums] {
            assert_eq!(found.owners, ["libc6"]);
            assert!(found.owned.iter().any(|(path, _)| *path == mark("/usr/lib/x.so")));
        }
    }
}
