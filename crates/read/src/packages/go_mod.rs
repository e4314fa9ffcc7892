//! `go.mod`: since Go 1.17 it names every module of the build; before, `go.sum` beside it has the rest.

use super::{File, Found, locked};
use std::collections::BTreeMap;
use tyrian_model::packages::{Evidence, Kind, Package};

/// The modules, with what replaces them.
pub(super) fn read(file: &File<'_>) -> Found {
    let text = match file.text() {
        Ok(text) => text,
        Err(gap) => return gap.into(),
    };
    let mut found = Found::default();
    let (mut block, mut module, mut go) = (None, String::new(), (1, 0));
    let mut replaced: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let (plain, comment) = line.split_once("//").unwrap_or((line, ""));
        let words: Vec<String> = plain.split_whitespace().map(unquoted).collect();
        let mut words = &words[..];
        let verb = match block {
            Some(_) if words.first().map(String::as_str) == Some(")") => {
                block = None;
                continue;
            }
            Some(verb) => verb,
            None => {
                let Some((first, rest)) = words.split_first() else { continue };
                words = rest;
                let verb = match first.as_str() {
                    "require" => "require",
                    "replace" => "replace",
                    "module" => "module",
                    "go" => "go",
                    _ => "other",
                };
                if words.first().map(String::as_str) == Some("(") {
                    block = Some(verb);
                    continue;
                }
                verb
            }
        };
        match (verb, words) {
            ("module", [path]) => module.clone_from(path),
            ("go", [version]) => {
                let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
                go = (parts.next().unwrap_or(1), parts.next().unwrap_or(0));
            }
            ("require", [path, version]) => {
                let mut package = locked(Kind::Golang, path, version, file);
                package.line = super::line(number);
                if !comment.trim_start().starts_with("indirect") {
                    package.why = vec![module.clone()];
                }
                found.packages.push(package);
            }
            ("replace", words) => {
                if let Some(at) = words.iter().position(|word| word == "=>") {
                    replaced.push((words[..at].to_vec(), words[at + 1..].to_vec()));
                }
            }
            ("require" | "module" | "go", [_, ..]) => {
                found.gaps.push(file.malformed(&(number + 1).to_string(), "it is no line of a go.mod"));
            }
            _ => {}
        }
    }
    if module.is_empty() && !text.trim().is_empty() {
        found.gaps.push(file.malformed("", "it names no module"));
    }
    if go < (1, 17) {
        sums(file, &mut found);
    }
    for package in &mut found.packages {
        replace(package, &replaced);
    }
    found
}

fn unquoted(word: &str) -> String {
    word.trim_matches(['"', '`']).to_owned()
}

fn replace(package: &mut Package, replaced: &[(Vec<String>, Vec<String>)]) {
    let fits = |(old, _): &&(Vec<String>, Vec<String>)| {
        old.first() == Some(&package.name)
            && old.get(1).is_none_or(|version| package.version.as_ref() == Some(version))
    };
    // One with a version counts before one for all.
    let Some((_, new)) = replaced.iter().filter(fits).max_by_key(|(old, _)| old.len()) else { return };
    match &new[..] {
        [path, version] => {
            package.name.clone_from(path);
            package.version = Some(version.clone());
        }
        // A folder: what is in it goes by no version.
        _ => (package.version, package.ecosystem) = (None, None),
    }
}

/// What the sums name beyond the modules of the file; where it has several versions of one, which is taken is not
/// said there.
fn sums(file: &File<'_>, found: &mut Found) {
    let Some(text) = file.sibling("go.sum").and_then(|path| file.beside.get(path.as_str())) else {
        if !found.packages.is_empty() {
            let what = "before Go 1.17 it names direct modules alone; run `go mod tidy` with `go 1.17` in it";
            found.gaps.push(file.unresolved("", what));
        }
        return;
    };
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let (Some(path), Some(version)) = (words.next(), words.next())
            && !version.ends_with("/go.mod")
        {
            versions.entry(path).or_default().push(version);
        }
    }
    for package in &found.packages {
        versions.remove(package.name.as_str());
    }
    for (path, list) in versions {
        let mut package = locked(Kind::Golang, path, list[0], file);
        if list.len() > 1 {
            (package.version, package.evidence) = (None, Evidence::Requested);
        }
        found.packages.push(package);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, labels};
    use super::*;

    #[test]
    fn modules_and_replacements() {
        let text = "module shop.example/api // x\n\ngo 1.22.1\n\nrequire a.b/c v1.0.0\nrequire (\n\t\"d.e/f\" v0.2.0 // indirect\n\
                    \tg.h/i v1.0.0\n\tj.k/l v3.0.0\n)\nreplace a.b/c => fork/c v1.0.9\nreplace (\n\tg.h/i v1.0.0 => ./i\n\tj.k/l v2.0.0 => x v9\n)\n";
        let found = read(&file("go.mod", text));
        assert_eq!(labels(&found), ["fork/c v1.0.9", "d.e/f v0.2.0", "g.h/i", "j.k/l v3.0.0"]);
        assert_eq!(found.packages[0].why, ["shop.example/api"]);
        assert!(
            found.packages[1].why.is_empty() && found.gaps.is_empty() && found.packages[2].line == Some(8)
        );
    }

    #[test]
    fn old_files_need_their_sums() {
        let old = "module m\ngo 1.16\nrequire a v1\n";
        assert_eq!(read(&file("x/go.mod", old)).gaps.len(), 1);
        let beside = BTreeMap::from([(
            "x/go.sum",
            "a v1 h1:x=\na v1/go.mod h1:x=\nb v2 h1:x=\nb v3/go.mod h1:=\nc v1 h1:=\nc v2 h1:=\n",
        )]);
        let found = read(&File { path: "x/go.mod", bytes: old.as_bytes(), beside: &beside });
        assert_eq!(labels(&found), ["a v1", "b v2", "c"]);
        assert!(found.gaps.is_empty());
    }
}
