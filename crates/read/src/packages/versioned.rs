//! Files that stand beside a program and say its version: Java's `release`, Go's `VERSION`.

use super::{File, Found};
use tyrian_model::packages::{Kind, Package};

/// The program; nothing where the file is another's of that name.
pub(super) fn read(file: &File<'_>) -> Found {
    let text = String::from_utf8_lossy(file.bytes);
    let package = if file.path.ends_with("/VERSION") {
        let first = text.split_whitespace().next().unwrap_or_default();
        let version = first.strip_prefix("go").filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        version.map(|version| Package::new(Kind::Golang, "toolchain", Some(version.to_owned()), file.path))
    } else {
        let value = |key: &str| {
            let mut values = text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            values.next().map(|value| value.trim().trim_matches('"').to_owned()).filter(|it| !it.is_empty())
        };
        // `17.0.9+9` tells builds apart where the plain version does not.
        let version = value("JAVA_RUNTIME_VERSION").or_else(|| value("JAVA_VERSION"));
        version.map(|version| Package::new(Kind::Generic, "java", Some(version), file.path))
    };
    Found { packages: package.into_iter().collect(), ..Found::default() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, labels};
    use super::*;

    #[test]
    fn a_version_is_read_and_other_files_of_the_name_are_nothing() {
        let java = read(&file("/opt/java/openjdk/release", "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"17.0.9\"\n"));
        assert_eq!(labels(&java), ["java 17.0.9"]);
        let go = read(&file("/usr/local/go/VERSION", "go1.26.8\ntime 2026-01-01T00:00:00Z\n"));
        assert_eq!(labels(&go), ["toolchain 1.26.8"]);
        assert!(read(&file("/x/release", "1.0\n")).is_empty());
    }
}
