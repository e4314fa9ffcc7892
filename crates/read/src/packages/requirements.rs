//! `requirements.txt` of pip: pins, ranges, hashes, markers, and files that it includes.

use super::{File, Found, locked};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::packages::{Evidence, Kind, normal_pypi};

/// How deep files may include each other.
const DEEPEST: usize = 8;

/// Is it named like one?
pub(super) fn is_named(folder: &str, name: &str) -> bool {
    name.ends_with(".txt")
        && (name.starts_with("requirements")
            || name.ends_with("requirements.txt")
            || folder.rsplit('/').next() == Some("requirements"))
}

/// The packages; one that is not pinned has no version.
pub(super) fn read(file: &File<'_>) -> Found {
    let mut found = Found::default();
    let mut pins = BTreeMap::new();
    requirements(file, &mut found, &mut pins, &mut BTreeSet::new(), DEEPEST);
    // Constraints choose a version, and ask for nothing themselves.
    for package in &mut found.packages {
        if package.version.is_none()
            && let Some(version) = pins.get(&normal_pypi(&package.name))
        {
            (package.version, package.evidence) = (Some(version.clone()), Evidence::Locked);
        }
    }
    let name = file.path.rsplit('/').next().unwrap_or_default().to_lowercase();
    if name
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| matches!(word, "dev" | "develop" | "test" | "tests" | "docs" | "lint"))
    {
        found.packages.iter_mut().for_each(|package| package.dev = true);
    }
    found
}

fn requirements(
    file: &File<'_>,
    found: &mut Found,
    pins: &mut BTreeMap<String, String>,
    seen: &mut BTreeSet<String>,
    depth: usize,
) {
    let text = match file.text() {
        Ok(text) => text,
        Err(gap) => return found.gaps.push(gap),
    };
    for (number, line) in lines(text) {
        let at = (number + 1).to_string();
        let words = line.split_whitespace().collect::<Vec<_>>();
        let option = |short: &str, long: &str| {
            let first = *words.first()?;
            match first.strip_prefix(long) {
                Some(rest) => {
                    rest.strip_prefix('=').or_else(|| words.get(1).copied().filter(|_| rest.is_empty()))
                }
                None => first.strip_prefix(short).and_then(|rest| match rest {
                    "" => words.get(1).copied(),
                    rest => (!first.starts_with("--")).then_some(rest),
                }),
            }
        };
        let included = option("-r", "--requirement").map(|name| (name, false));
        if let Some((name, constraint)) = included.or_else(|| Some((option("-c", "--constraint")?, true))) {
            include(file, name, constraint, &at, found, pins, seen, depth);
            continue;
        }
        if let Some(what) = option("-e", "--editable") {
            // A folder is the project itself; an address has a name behind it where it has one.
            if let Some((_, name)) = what.split_once("#egg=") {
                let name = name.split(['&', '[']).next().unwrap_or_default();
                push(file, found, name, None, number);
            }
            continue;
        }
        if line.starts_with('-') {
            continue;
        }
        if line.contains("${") {
            found.gaps.push(file.unresolved(&at, "a variable in a requirement is filled in by pip"));
            continue;
        }
        match requirement(&line) {
            Some((name, version, windows)) => {
                push(file, found, name, version, number);
                if windows && let Some(last) = found.packages.last_mut() {
                    last.evidence = Evidence::Requested;
                }
            }
            // An address or a folder: which package is in it is not said.
            None if line.contains("://") || line.starts_with(['.', '/']) || line.ends_with(".whl") => {
                found
                    .gaps
                    .push(file.unresolved(&at, "an address or a folder, which does not say its package"));
            }
            None => found.gaps.push(file.malformed(&at, "it is no requirement")),
        }
    }
}

fn push(file: &File<'_>, found: &mut Found, name: &str, version: Option<&str>, number: usize) {
    let mut package = locked(Kind::Pypi, name, version.unwrap_or_default(), file);
    if version.is_none() {
        (package.version, package.evidence) = (None, Evidence::Requested);
    }
    package.line = super::line(number);
    found.packages.push(package);
}

#[expect(clippy::too_many_arguments, reason = "the state of one walk")]
fn include(
    file: &File<'_>,
    name: &str,
    constraint: bool,
    at: &str,
    found: &mut Found,
    pins: &mut BTreeMap<String, String>,
    seen: &mut BTreeSet<String>,
    depth: usize,
) {
    let path = file.sibling(name).filter(|_| !name.contains("://"));
    let Some((path, text)) = path.and_then(|path| file.beside.get_key_value(path.as_str())) else {
        return found.gaps.push(file.unresolved(at, "it includes a file that is not here"));
    };
    // By its own name it is read for itself as well.
    let (folder, own) = path.rsplit_once('/').unwrap_or(("", path));
    if !constraint && is_named(folder, own) || !seen.insert((*path).to_owned()) {
        return;
    }
    if depth == 0 {
        return found.gaps.push(file.malformed(at, "files include each other too deep"));
    }
    let other = File { path, bytes: text.as_bytes(), beside: file.beside };
    if constraint {
        let mut inner = Found::default();
        requirements(&other, &mut inner, pins, seen, depth - 1);
        let pinned =
            inner.packages.into_iter().filter_map(|one| Some((normal_pypi(&one.name), one.version?)));
        pins.extend(pinned);
    } else {
        requirements(&other, found, pins, seen, depth - 1);
    }
}

/// The lines with what goes on behind a backslash, without comments, and the index of the first of each.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        let comment = if line.trim_start().starts_with('#') {
            Some(0)
        } else {
            line.find(" #").or_else(|| line.find("\t#"))
        };
        let plain = comment.map_or(line, |at| &line[..at]);
        let goes_on = comment.is_none() && plain.trim_end().ends_with('\\');
        let part = plain.trim_end().trim_end_matches('\\').trim();
        match out.last_mut().filter(|_| open) {
            Some((_, whole)) => {
                whole.push(' ');
                whole.push_str(part);
            }
            None => out.push((number, part.to_owned())),
        }
        open = goes_on;
    }
    out.retain(|(_, line)| !line.trim().is_empty());
    out
}

/// Name, pinned version, and whether it is for Windows alone.
fn requirement(line: &str) -> Option<(&str, Option<&str>, bool)> {
    let line = line.split(" --").next()?.trim();
    let (line, marker) = line.split_once(';').unwrap_or((line, ""));
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || name.ends_with(".whl")
        || rest.starts_with(['/', ':'])
    {
        return None;
    }
    let mut rest = rest.trim();
    if let Some(extras) = rest.strip_prefix('[') {
        rest = extras.split_once(']')?.1.trim();
    }
    if !rest.is_empty() && !rest.starts_with(['=', '<', '>', '!', '~', '@', '(']) {
        return None;
    }
    let rest = rest.trim_start_matches('(').trim_end_matches(')').trim();
    let pin = rest.strip_prefix("===").or_else(|| rest.strip_prefix("=="));
    let pin = pin.map(str::trim).filter(|pin| !pin.contains([',', '*', ' ']) && !pin.is_empty());
    let marker: String =
        marker.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '\'' { '"' } else { c }).collect();
    let windows = ["sys_platform==\"win32\"", "platform_system==\"Windows\"", "os_name==\"nt\""];
    Some((name, pin, windows.contains(&marker.as_str())))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, labels};
    use super::*;

    #[test]
    fn pins_ranges_hashes_and_markers() {
        let text = "# c\n--index-url https://x/simple\nFlask[async]==3.0.2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n\
            a >= 1 , < 2 # why\nb==1.*\nc==2.0; python_version < '3.9'\nd (==4)\npywin32==1 ; sys_platform == 'win32'\n\
            e @ https://user:secret@host/e.whl\nf~=${V}\n./local\n-e git+https://x/y#egg=g&x=1\nhttps://host/h.whl\n";
        let found = read(&file("requirements.txt", text));
        assert_eq!(labels(&found), ["Flask 3.0.2", "a", "b", "c 2.0", "d 4", "pywin32 1", "e", "g"]);
        assert_eq!(found.packages[3].line, Some(8));
        assert_eq!(found.packages[5].evidence, Evidence::Requested);
        let at: Vec<&str> = found.gaps.iter().map(|gap| gap.what.split(':').nth(1).unwrap()).collect();
        assert_eq!(at, ["12", "13", "15"]);
        assert!(!format!("{found:?}").contains("secret"));
    }

    #[test]
    fn included_files_and_constraints_count() {
        let beside = BTreeMap::from([
            ("a/base.in", "x==1\n-r base.in\n-r ../gone.in\n"),
            ("a/pins.txt", "Y==2\nz==3\n"),
        ]);
        let text = "-r base.in\n-cpins.txt\ny\n-r https://x/y.txt\n";
        let found = read(&File { path: "a/requirements-dev.txt", bytes: text.as_bytes(), beside: &beside });
        assert_eq!(labels(&found), ["x 1", "y 2"]);
        assert!(found.gaps.len() == 2 && found.packages[0].dev, "{:?}", found.gaps);
        assert_eq!(found.packages[0].place, "a/base.in");
    }
}
