//! The example shop: its mended form is silent, and its faulty form shows what its table of faults promises, as files
//! and as containers that run.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod real;

use real::{checks_of, endpoint, grave, scan, scan_tree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use tyrian_report::Report;

fn shop() -> PathBuf {
    tyrian_lab::checkout().join("examples/shop")
}

/// Both forms of the shop keep their state in one directory.
static TURN: Mutex<()> = Mutex::new(());

/// A running shop; it is taken away at its end.
struct Shop<'e> {
    form: &'static str,
    engine: &'e tyrian_lab::Docker,
}

impl Shop<'_> {
    /// False where the faulty shop cannot be built: it fetches packages while it is built, and not every machine's
    /// containers reach them.
    fn run(&self, verb: &str) -> bool {
        let output = Command::new(tyrian_lab::checkout().join("lab/shop"))
            .args([verb, self.form])
            .arg(&self.engine.socket)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let fetches = ["Temporary failure resolving", "Unable to locate package", "Failed to fetch", "E: "];
        if !output.status.success() && fetches.iter().any(|sign| said.contains(sign)) {
            let reason = "its build cannot fetch packages here";
            tyrian_lab::elsewhere("the_faulty_shop_runs_and_shows_its_faults", reason);
            return false;
        }
        assert!(output.status.success(), "{verb} {}: {said}", self.form);
        true
    }
}

impl Drop for Shop<'_> {
    fn drop(&mut self) {
        let _ = Command::new(tyrian_lab::checkout().join("lab/shop"))
            .args(["down", self.form])
            .arg(&self.engine.socket)
            .output();
    }
}

/// Starts the shop, buys something, and gives the report of the engine that it runs on.
fn started(form: &'static str, engine: &tyrian_lab::Docker) -> Option<Report> {
    let shop = Shop { form, engine };
    (shop.run("up") && shop.run("check")).then(|| scan(&["docker", "--docker-host", &endpoint(engine)]))
}

#[test]
fn the_fixed_shop_runs_and_is_silent() {
    let Some(engine) = tyrian_lab::docker("the_fixed_shop_runs_and_is_silent") else { return };
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let report = started("fixed", &engine).unwrap();
    let own = |id: &str| id.contains("shop-fixed") || id.contains("shop-front") || id.contains("shop-back");
    assert_eq!(grave(report.findings.iter().filter(|f| own(&f.subject))), Vec::<String>::new());
    let unknown: Vec<_> = report.unknowns.iter().filter(|u| u.subjects.iter().any(|id| own(id))).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    // Silence says nothing of what was not looked at.
    let proven = &report.matrix;
    let controls = ["least-capability", "non-root", "read-only-root", "seccomp", "resource-limits"];
    for control in controls {
        assert!(
            proven.cells.iter().any(|cell| cell.control == control && !cell.counts.is_empty()),
            "nothing was judged of {control}"
        );
    }
}

/// What runs of the faulty shop, and the checks that must fire on it.
const RUNNING: &[(&str, &[&str])] = &[
    (
        "container:shop-faulty-web",
        &[
            "dangerous-capability",
            "added-capability",
            "dangerous-host-path",
            "seccomp-unconfined",
            "mac-unconfined",
            "root-user",
            "writable-root",
            "privilege-escalation-allowed",
            "memory-unlimited",
            "cpu-unlimited",
            "pids-unlimited",
            "secret-in-container",
            "endless-restart",
            "health-check-missing",
        ],
    ),
    (
        "container:shop-faulty-metrics",
        &[
            "privileged-container",
            "host-pid-namespace",
            "host-network-namespace",
            "host-ipc-namespace",
            "dangerous-host-path",
        ],
    ),
    ("container:shop-faulty-updater", &["engine-socket-mounted"]),
    ("container:shop-faulty-db", &["secret-in-container", "secret-in-label", "ssh-server"]),
    (
        "container:shop-faulty-worker",
        &["secret-in-container", "log-driver-none", "key-agent-mounted", "executable-tmpfs"],
    ),
    (
        "image:shop/web:latest",
        &["image-root-user", "secret-in-image-settings", "large-image", "no-health-check-in-image"],
    ),
    ("image:shop/worker:latest", &["image-root-user", "secret-in-image-settings"]),
    ("image:shop/db:latest", &["image-root-user", "image-exposes-ssh", "secret-in-image-settings"]),
];

#[test]
fn the_faulty_shop_runs_and_shows_its_faults() {
    let Some(engine) = tyrian_lab::docker("the_faulty_shop_runs_and_shows_its_faults") else { return };
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(report) = started("faulty", &engine) else { return };
    for (subject, expected) in RUNNING {
        let found = checks_of(&report, &format!("/{subject}"));
        let missing: Vec<_> = expected.iter().filter(|check| !found.contains(**check)).collect();
        assert!(missing.is_empty(), "{subject}: {missing:?} are not among {found:?}");
    }
}

#[test]
fn the_files_of_the_fixed_shop_are_silent() {
    let report = scan_tree(&shop().join("fixed"));
    assert!(report.summary.passed > 500, "{:?}", report.summary);
    assert_eq!(grave(&report.findings), Vec::<String>::new());
    // Whoever applies the Terraform files puts this in; all else is known.
    let left: Vec<_> =
        report.unknowns.iter().filter(|unknown| !unknown.what.contains("var.office_cidr")).collect();
    assert!(left.is_empty(), "{left:#?}");
}

/// One row of the tables of faults: what is wrong, the files that show it, and the checks that find it.
struct Row {
    fault: String,
    files: BTreeSet<String>,
    /// Files of which only some show it.
    some: BTreeSet<String>,
    checks: BTreeSet<String>,
    /// Files in which no check finds it, and the table says so.
    silent: BTreeSet<String>,
}

/// What stands in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Paths of the faulty shop by their ordinary names in the table: `scripts/*.sh`, `a/{b,c}.yaml`.
fn expand(pattern: &str, all: &[String]) -> BTreeSet<String> {
    let alternatives = match (pattern.split_once('{'), pattern.split_once('}')) {
        (Some((before, _)), Some((inner, after))) => {
            let inner = inner.split_once('{').unwrap().1;
            inner.split(',').map(|part| format!("{before}{part}{after}")).collect()
        }
        _ => vec![pattern.to_owned()],
    };
    let matches = |path: &str, pattern: &str| match pattern.split_once('*') {
        None => path == pattern,
        Some((before, after)) => path
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|middle| !middle.contains('/')),
    };
    let wanted = |path: &&String| alternatives.iter().any(|pattern| matches(path, pattern));
    all.iter().filter(wanted).cloned().collect()
}

/// The rows of the tables, each of which ends with the checks that find the fault.
fn rows(table: &str, all: &[String]) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        // A `|` of a cell is written `\|`.
        let line = line.replace("\\|", "¦");
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if cells[0] == "fault" {
            continue;
        }
        let [fault, place, _, _, checks] = cells[..] else { panic!("{} cells: {line}", cells.len()) };
        let (mut files, mut some, mut folder) = (BTreeSet::new(), BTreeSet::new(), "");
        for name in quoted(place) {
            let mut named = expand(name, all);
            if named.is_empty() {
                named = expand(&format!("{folder}/{name}"), all);
            } else if let Some((parent, _)) = name.rsplit_once('/') {
                folder = parent;
            }
            // Of files that a pattern names some have the fault.
            if name.contains('*') {
                some.extend(named)
            } else {
                files.extend(named)
            }
            if name.starts_with("aws_")
                || name.starts_with("metadata_options")
                || name.starts_with("provider")
            {
                files.insert("terraform/main.tf".to_owned());
            }
        }
        let word = |word: &str| place.contains(word);
        if word("workflow") || word("both pipelines") {
            files.insert(".github/workflows/build.yml".to_owned());
        }
        if word("both pipelines") {
            files.insert("Jenkinsfile".to_owned());
        }
        if word("the Dockerfiles") {
            files.extend(expand("*/Dockerfile", all));
        }
        let (checks, silent) = checks.split_once("not in ").unwrap_or((checks, ""));
        let set = |cell| quoted(cell).map(str::to_owned).collect();
        rows.push(Row { fault: fault.to_owned(), files, some, checks: set(checks), silent: set(silent) });
    }
    rows
}

/// All files below a directory, by their paths in it.
fn files_of(root: &Path) -> Vec<String> {
    fn walk(root: &Path, directory: &Path, files: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(root, &path, files),
                false => files.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    let mut files = Vec::new();
    walk(root, root, &mut files);
    files
}

#[test]
fn every_fault_of_the_table_is_found_where_it_stands() {
    let root = shop().join("faulty");
    let readme = std::fs::read_to_string(shop().join("README.md")).unwrap();
    let (_, table) = readme.split_once("## The faults").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows = rows(table, &files_of(&root));
    assert!(rows.len() > 60, "{} rows", rows.len());

    let report = scan_tree(&root);
    // The files in which a check found something; the repository as a whole is the empty name.
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for finding in &report.findings {
        let file = finding.place.as_ref().map_or("", |place| place.file.as_str());
        found.entry(&finding.check).or_default().insert(file);
    }
    let nowhere = BTreeSet::new();
    let mut missed = Vec::new();
    for row in &rows {
        let hit = |check: &String| found.get(check.as_str()).unwrap_or(&nowhere);
        if row.checks.is_empty() && row.silent.is_empty() {
            missed.push(format!("{}: no check is named", row.fault));
        }
        let all = |file: &str| row.files.contains(file) || row.some.contains(file);
        let nowhere_said = row.files.is_empty() && row.some.is_empty();
        let of_row = |file: &str| file.is_empty() || nowhere_said || all(file);
        for check in &row.checks {
            if !hit(check).iter().any(|file| of_row(file)) {
                missed.push(format!("{}: {check} is not found in {:?}", row.fault, row.files));
            }
        }
        for file in &row.files {
            let found =
                row.checks.iter().any(|check| hit(check).contains(file.as_str()) || hit(check).contains(""));
            if found == row.silent.contains(file) {
                missed.push(format!("{}: {file}: found is {found}, and the table says otherwise", row.fault));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
