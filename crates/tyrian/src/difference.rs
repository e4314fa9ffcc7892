//! What two images differ in, from their facts and their findings.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_advisory::version::Scheme;
use tyrian_judge::finding::Finding;
use tyrian_model::fact::{Gap, Known};
use tyrian_model::image::{File, FileKind, Image};
use tyrian_model::packages::{Kind, Package};
use tyrian_model::workload::CAPABILITIES;
use tyrian_report::difference::{
    Change, Changed, Counts, Difference, FileChange, FolderChange, PackageChange, Setting,
};

/// One of the two.
pub(crate) struct Of<'a> {
    /// The image.
    pub(crate) image: &'a Image,
    /// Its packages, whole or not.
    pub(crate) packages: Vec<&'a Package>,
    /// Its findings that nobody accepted.
    pub(crate) findings: Vec<&'a Finding>,
}

/// The most folders whose change of size is told.
const MOST_FOLDERS: usize = 20;

/// Fills in what the two differ in.
pub(crate) fn fill(out: &mut Difference, before: &Of<'_>, after: &Of<'_>) {
    // What is missing for the same reason is told together.
    let mut missing: Vec<(&str, String, Vec<String>)> = Vec::new();
    let mut part = |what: &str, sides: [Vec<String>; 2]| {
        for (side, gaps) in ["first", "second"].into_iter().zip(sides) {
            for gap in gaps.into_iter().take(5) {
                match missing.iter_mut().find(|(of, why, _)| *of == side && *why == gap) {
                    Some((_, _, parts)) => parts.push(what.to_owned()),
                    None => missing.push((side, gap, vec![what.to_owned()])),
                }
            }
        }
    };
    let (a, b) = (before.image, after.image);
    let gaps_of = |image: &Image| {
        let mut gaps: Vec<String> = image.software.missing().map(|gap| gap.what.clone()).collect();
        if !image.software.is_asked() {
            gaps.push("nobody looked into it; name it as image:REF".into());
        }
        gaps
    };
    part("packages", [gaps_of(a), gaps_of(b)]);
    if a.software.is_asked() && b.software.is_asked() {
        out.packages = Some(packages(&before.packages, &after.packages));
    }
    match pair(&a.files, &b.files) {
        Ok((left, right)) => {
            let none = BTreeSet::new();
            let unowned = pair(&a.unowned, &b.unowned).unwrap_or((none.clone(), none));
            out.files = Some(files(&left, &right, &unowned));
            out.file_counts = Some(counts(&left, &right));
            out.folders = Some(folders(&left, &right));
        }
        Err(gaps) => part("files", gaps),
    }
    let mut settings = Vec::new();
    let mut keep = |name: &str, read: Result<(Values, Values), [Vec<String>; 2]>| match read {
        Ok((left, right)) => settings.extend(differing(left, right)),
        Err(gaps) => part(name, gaps),
    };
    let one = |name: &str, value: String| Values::from([(name.to_owned(), value)]);
    let user = |user: String| one("user", if user.is_empty() { "root (none is set)".into() } else { user });
    keep("the user", both(&a.user, &b.user, user));
    keep(
        "the environment",
        both(&a.env, &b.env, |env| {
            env.into_iter().map(|(name, value)| (format!("env {name}"), value.text)).collect()
        }),
    );
    keep(
        "the labels",
        both(&a.labels, &b.labels, |labels| {
            labels.into_iter().map(|(name, value)| (format!("label {name}"), value.text)).collect()
        }),
    );
    keep(
        "the ports",
        both(&a.exposed_ports, &b.exposed_ports, |ports| {
            ports.into_iter().map(|port| (format!("port {port}"), "exposed".into())).collect()
        }),
    );
    keep(
        "the health check",
        both(&a.health_check, &b.health_check, |there| {
            one("health check", if there { "set" } else { "none" }.into())
        }),
    );
    keep(
        "the history",
        both(&a.history, &b.history, |steps| {
            (1..).zip(steps).map(|(number, step)| (format!("step {number:03}"), step.text)).collect()
        }),
    );
    out.configuration = settings;
    let told = |(side, gap, parts): &(&str, String, Vec<String>)| {
        format!("{} of the {side} image: {gap}", parts.join(", "))
    };
    out.not_compared = missing.iter().map(told).collect();
    findings(out, &before.findings, &after.findings);
}

/// Both facts, or why not.
fn pair<T: Clone>(a: &Known<T>, b: &Known<T>) -> Result<(T, T), [Vec<String>; 2]> {
    match (opened(a), opened(b)) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => {
            let said = |side: Result<T, Gap>| side.err().map(|gap| gap.what).into_iter().collect();
            Err([said(a), said(b)])
        }
    }
}

/// A fact that is compared, not judged.
fn opened<T: Clone>(known: &Known<T>) -> Result<T, Gap> {
    let world = tyrian_model::facts::World::default();
    let see = tyrian_model::fact::See::new(&world);
    let value = see.get(known).ok().cloned();
    value.ok_or_else(|| see.gaps().own.swap_remove(0))
}

/// Settings by their names.
type Values = BTreeMap<String, String>;

fn both<T: Clone>(
    a: &Known<T>,
    b: &Known<T>,
    values: impl Fn(T) -> Values,
) -> Result<(Values, Values), [Vec<String>; 2]> {
    pair(a, b).map(|(a, b)| (values(a), values(b)))
}

fn differing(before: Values, mut after: Values) -> Vec<Setting> {
    let mut out = Vec::new();
    for (name, value) in before {
        let new = after.remove(&name);
        if new.as_ref() != Some(&value) {
            out.push(Setting { name, before: Some(value), after: new });
        }
    }
    out.extend(after.into_iter().map(|(name, value)| Setting { name, before: None, after: Some(value) }));
    out
}

fn packages(before: &[&Package], after: &[&Package]) -> Vec<PackageChange> {
    type Versions = BTreeMap<(Kind, String), BTreeSet<Option<String>>>;
    let of = |list: &[&Package]| {
        let mut out = Versions::new();
        for package in list {
            out.entry((package.kind, package.name.clone())).or_default().insert(package.version.clone());
        }
        out
    };
    let (before, after) = (of(before), of(after));
    let names: BTreeSet<&(Kind, String)> = before.keys().chain(after.keys()).collect();
    let none = BTreeSet::new();
    let mut out = Vec::new();
    for key in names {
        let (left, right) = (before.get(key).unwrap_or(&none), after.get(key).unwrap_or(&none));
        let (gone, new): (Vec<_>, Vec<_>) =
            (left.difference(right).cloned().collect(), right.difference(left).cloned().collect());
        let change = |change, before: Option<String>, after: Option<String>| PackageChange {
            change,
            kind: key.0.word().to_owned(),
            name: key.1.clone(),
            before,
            after,
        };
        match (&gone[..], &new[..]) {
            ([old], [new]) => {
                let how = match (old, new) {
                    (Some(old), Some(new)) => order(key.0, old, new),
                    _ => Change::Changed,
                };
                out.push(change(how, old.clone(), new.clone()));
            }
            _ => {
                out.extend(gone.into_iter().map(|version| change(Change::Removed, version, None)));
                out.extend(new.into_iter().map(|version| change(Change::Added, None, version)));
            }
        }
    }
    out.sort();
    out
}

/// Which of two versions is higher, by the rules of its kind.
fn order(kind: Kind, before: &str, after: &str) -> Change {
    let scheme = match kind {
        Kind::Deb => Some(Scheme::Deb),
        Kind::Apk => Some(Scheme::Apk),
        Kind::Rpm => Some(Scheme::Rpm),
        _ => kind.ecosystem().and_then(Scheme::of_ecosystem),
    };
    match scheme.map(|scheme| scheme.compare(before, after)) {
        Some(Ok(Ordering::Less)) => Change::Up,
        Some(Ok(Ordering::Greater)) => Change::Down,
        _ => Change::Changed,
    }
}

/// What rights a file gives.
fn rights(file: Option<&File>) -> Vec<String> {
    let Some(file) = file else { return Vec::new() };
    let mut out = Vec::new();
    if file.kind == FileKind::Regular {
        for (bit, name) in [(0o4000, "setuid"), (0o2000, "setgid")] {
            if file.mode & bit != 0 {
                out.push(name.to_owned());
            }
        }
        let caps = CAPABILITIES.iter().enumerate().filter(|(bit, _)| file.capabilities >> bit & 1 == 1);
        out.extend(caps.map(|(_, name)| format!("cap_{}", name.to_lowercase())));
    }
    // Of links the mode says nothing; in a sticky directory everybody has files of their own.
    let open = file.mode & 0o002 != 0 && file.mode & 0o1000 == 0;
    if open && matches!(file.kind, FileKind::Regular | FileKind::Directory) {
        out.push("world-writable".to_owned());
    }
    out
}

type Files = BTreeMap<String, File>;

fn files(before: &Files, after: &Files, unowned: &(BTreeSet<String>, BTreeSet<String>)) -> Vec<FileChange> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let side = |files: &Files, unowned: &BTreeSet<String>, path: &String| {
        let mut out = rights(files.get(path));
        if unowned.contains(path) {
            out.push("program of no package".into());
        }
        out
    };
    let changes = paths.into_iter().filter_map(|path| {
        let (left, right) = (side(before, &unowned.0, path), side(after, &unowned.1, path));
        (left != right).then(|| FileChange { path: path.clone(), before: left, after: right })
    });
    changes.collect()
}

fn counts(before: &Files, after: &Files) -> Counts {
    // In which layer it lies is no difference of the file.
    let same = |a: &File, b: &File| File { layer: 0, ..*a } == File { layer: 0, ..*b };
    let mut out = Counts::default();
    for (path, file) in before {
        match after.get(path) {
            None => out.removed += 1,
            Some(new) if !same(file, new) => out.changed += 1,
            Some(_) => {}
        }
    }
    out.added = after.keys().filter(|path| !before.contains_key(*path)).count();
    out
}

fn folders(before: &Files, after: &Files) -> Vec<FolderChange> {
    let mut sizes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let folder = |path: &str| {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let depth = parts.len().saturating_sub(1).min(3);
        format!("/{}", parts.get(..depth).unwrap_or_default().join("/"))
    };
    for (path, file) in before {
        let sum = &mut sizes.entry(folder(path)).or_default().0;
        *sum = sum.saturating_add(file.size);
    }
    for (path, file) in after {
        let sum = &mut sizes.entry(folder(path)).or_default().1;
        *sum = sum.saturating_add(file.size);
    }
    let mut out: Vec<FolderChange> = sizes
        .into_iter()
        .filter(|(_, (before, after))| before != after)
        .map(|(folder, (before, after))| FolderChange { folder, before, after })
        .collect();
    out.sort_by_key(|change| std::cmp::Reverse(change.before.abs_diff(change.after)));
    out.truncate(MOST_FOLDERS);
    out
}

/// Findings are the same where a check says the same of both.
fn findings(out: &mut Difference, before: &[&Finding], after: &[&Finding]) {
    let mut left: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in before {
        *left.entry((&finding.check, &finding.what)).or_default() += 1;
    }
    let changed = |finding: &Finding| Changed {
        check: finding.check.clone(),
        severity: finding.severity,
        what: finding.what.clone(),
    };
    for finding in after {
        match left.get_mut(&(finding.check.as_str(), finding.what.as_str())) {
            Some(count) if *count > 0 => {
                *count -= 1;
                out.same_findings += 1;
            }
            _ => out.new_findings.push(changed(finding)),
        }
    }
    for finding in before {
        if let Some(count) = left.get_mut(&(finding.check.as_str(), finding.what.as_str()))
            && *count > 0
        {
            *count -= 1;
            out.gone_findings.push(changed(finding));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(kind: Kind, name: &str, version: &str) -> Package {
        Package::new(kind, name, Some(version.to_owned()), "/x")
    }

    #[test]
    fn packages_go_up_and_down_by_the_rules_of_their_kind() {
        let before = [
            package(Kind::Deb, "a", "1.10-1"),
            package(Kind::Deb, "b", "1:1.0"),
            package(Kind::Npm, "c", "1.0.0"),
            package(Kind::Npm, "c", "2.0.0"),
            package(Kind::Generic, "d", "1"),
            package(Kind::Pypi, "same", "1"),
            package(Kind::Pypi, "gone", "1"),
        ];
        let after = [
            package(Kind::Deb, "a", "1.9-1"),
            package(Kind::Deb, "b", "1:1.0+deb12u1"),
            package(Kind::Npm, "c", "3.0.0"),
            package(Kind::Generic, "d", "2"),
            package(Kind::Pypi, "same", "1"),
        ];
        let found = packages(&before.iter().collect::<Vec<_>>(), &after.iter().collect::<Vec<_>>());
        let lines: Vec<(Change, &str)> = found.iter().map(|one| (one.change, one.name.as_str())).collect();
        assert_eq!(
            lines,
            [
                (Change::Added, "c"),
                (Change::Removed, "c"),
                (Change::Removed, "c"),
                (Change::Removed, "gone"),
                (Change::Up, "b"),
                (Change::Down, "a"),
                (Change::Changed, "d")
            ]
        );
    }

    #[test]
    fn files_that_give_rights_are_told() {
        let file = |mode, capabilities, layer| File {
            kind: FileKind::Regular,
            mode,
            uid: 0,
            gid: 0,
            size: 10,
            layer,
            capabilities,
        };
        let one = |path: &str, file| Files::from([(path.to_owned(), file)]);
        let none = || (BTreeSet::new(), BTreeSet::new());
        let changes = files(&one("/a", file(0o4755, 0, 0)), &one("/a", file(0o755, 1 << 13, 1)), &none());
        assert_eq!(
            (&changes[0].before[..], &changes[0].after[..]),
            (&["setuid".to_owned()][..], &["cap_net_raw".to_owned()][..])
        );
        assert_eq!(counts(&one("/a", file(0o755, 0, 0)), &one("/a", file(0o755, 0, 5))), Counts::default());
        assert!(files(&one("/a", file(0o755, 0, 0)), &one("/b", file(0o755, 0, 0)), &none()).is_empty());
        let moved = folders(&one("/usr/lib/x/y/z", file(0o644, 0, 0)), &one("/z", file(0o644, 0, 0)));
        assert_eq!(moved.iter().map(|one| one.folder.as_str()).collect::<Vec<_>>(), ["/", "/usr/lib/x"]);
    }
}
