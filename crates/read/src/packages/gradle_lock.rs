//! `gradle.lockfile`: one line for each artifact, `group:artifact:version=configuration,…`.

use super::{File, Found, locked};
use tyrian_model::packages::Kind;

/// The artifacts. The file does not say who needs which.
pub(super) fn read(file: &File<'_>) -> Found {
    let text = match file.text() {
        Ok(text) => text,
        Err(gap) => return gap.into(),
    };
    let mut found = Found::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
            continue;
        }
        let (coordinates, configurations) = line.split_once('=').unwrap_or((line, ""));
        let parts: Vec<&str> = coordinates.split(':').collect();
        let [group, artifact, version] = parts[..] else {
            found.gaps.push(file.malformed(&(number + 1).to_string(), "it is no line of a gradle.lockfile"));
            continue;
        };
        let mut package = locked(Kind::Maven, &format!("{group}:{artifact}"), version, file);
        package.line = super::line(number);
        package.dev = !configurations.is_empty()
            && configurations.split(',').all(|name| name.starts_with("test") || name.contains("Test"));
        found.packages.push(package);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, labels};
    use super::*;

    #[test]
    fn lines_are_artifacts() {
        let text = "# c\norg.a:b:1.0=compileClasspath,testCompileClasspath\norg.j:unit:5=testRuntimeClasspath\nwhat\nempty=annotationProcessor\n";
        let found = read(&file("gradle.lockfile", text));
        assert_eq!(labels(&found), ["org.a:b 1.0", "org.j:unit 5"]);
        assert_eq!((found.packages[0].dev, found.packages[1].dev, found.gaps.len()), (false, true, 1));
    }
}
