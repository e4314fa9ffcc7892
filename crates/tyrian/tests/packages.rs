//! Lists of packages are those that the package managers themselves tell, and a bill of materials loses nothing.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod real;

use real::output;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory of this test alone, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
    fn write(&self, path: &str, text: &[u8]) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The packages of a target: every world's, and what is missing from them.
fn packages(target: &str) -> (Vec<Value>, Vec<Value>) {
    let snapshot: Value = serde_json::from_slice(&output(&["facts", "collect", "--quiet", target])).unwrap();
    let (mut rows, mut gaps) = (Vec::new(), Vec::new());
    for world in snapshot["facts"].as_object().unwrap().values() {
        let images = world["images"]["rows"].as_object().into_iter().flat_map(|rows| rows.values());
        let sets = images.map(|image| &image["software"]).chain([&world["packages"]]);
        for set in sets {
            rows.extend(set["rows"].as_object().into_iter().flat_map(|rows| rows.values().cloned()));
            gaps.extend(set["gaps"].as_array().into_iter().flatten().cloned());
        }
    }
    (rows, gaps)
}

fn names(rows: &[Value], wanted: impl Fn(&Value) -> bool) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.iter().filter(|row| wanted(row)).map(|row| (text(&row["name"]), text(&row["version"]))).collect()
}

/// A program that judges; a machine without it can do without.
fn judge(test: &str, name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        tyrian_lab::elsewhere(test, &format!("{name} is not installed"));
    }
    found
}

/// What a program prints.
fn said(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_lock_file_of_cargo_names_what_cargo_metadata_names() {
    let root = tyrian_lab::checkout();
    let scratch = Scratch::new("cargo-lock");
    for file in ["Cargo.lock", "Cargo.toml"] {
        scratch.write(file, &std::fs::read(root.join(file)).unwrap());
    }
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--all-features", "--locked"])
        .current_dir(&root)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let expected = names(metadata["packages"].as_array().unwrap(), |_| true);
    let (rows, gaps) = packages(scratch.0.to_str().unwrap());
    assert!(gaps.is_empty() && expected.len() > 100, "{gaps:?}");
    assert_eq!(names(&rows, |row| row["kind"] == "cargo"), expected);
}

#[test]
fn a_go_program_names_what_go_version_names() {
    let Some(go) = judge("a_go_program_names_what_go_version_names", "go") else { return };
    let scratch = Scratch::new("go-program");
    scratch.write("own/go.mod", b"module shop.example/own\n\ngo 1.21\n\nrequire (\n\tshop.example/a v1.2.3\n\tshop.example/b v0.1.0\n)\n\nreplace shop.example/a => ../a\n\nreplace shop.example/b => ../b\n");
    scratch.write(
        "own/main.go",
        b"package main\n\nimport (\n\t_ \"shop.example/a\"\n\t_ \"shop.example/b\"\n)\n\nfunc main() {}\n",
    );
    for name in ["a", "b"] {
        scratch
            .write(&format!("{name}/go.mod"), format!("module shop.example/{name}\n\ngo 1.21\n").as_bytes());
        scratch.write(&format!("{name}/x.go"), format!("package {name}\n").as_bytes());
    }
    let system = scratch.0.join("root/bin/own");
    let built = Command::new(&go)
        .args(["build", "-o", system.to_str().unwrap(), "."])
        .current_dir(scratch.0.join("own"))
        .env("GOFLAGS", "-mod=mod")
        .env("GOPROXY", "off")
        .env("CGO_ENABLED", "0")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let text = said(&go, &["version", "-m", system.to_str().unwrap()]);
    let mut expected = BTreeSet::new();
    let version = text.split(": go").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    expected.insert(("stdlib".to_owned(), version.to_owned()));
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').skip(1).collect();
        // What a folder stands in for has no version of its own.
        if let ["mod" | "dep", path, ..] = fields[..] {
            expected.insert((path.to_owned(), String::new()));
        }
    }
    assert_eq!(expected.len(), 4, "{text}");
    let (rows, gaps) = packages(&format!("root:{}", scratch.0.join("root").display()));
    assert_eq!((names(&rows, |_| true), gaps), (expected, Vec::new()));
}

#[test]
fn installed_node_packages_are_those_that_npm_names() {
    let test = "installed_node_packages_are_those_that_npm_names";
    let Some(npm) = judge(test, "npm") else { return };
    let tree: Value = serde_json::from_str(&said(&npm, &["ls", "-g", "--all", "--json"])).unwrap();
    let mut expected = BTreeSet::new();
    let mut open = vec![&tree];
    while let Some(node) = open.pop() {
        for (name, child) in node["dependencies"].as_object().into_iter().flatten() {
            if let Some(version) = child["version"].as_str() {
                expected.insert((name.clone(), version.to_owned()));
            }
            open.push(child);
        }
    }
    if expected.len() < 20 {
        return tyrian_lab::elsewhere(test, "npm keeps its own packages somewhere else");
    }
    let (folder, scratch) = (said(&npm, &["root", "-g"]), Scratch::new("node"));
    let copied =
        Command::new("cp").args(["-R", folder.trim()]).arg(scratch.0.join("node_modules")).status().unwrap();
    assert!(copied.success());
    let (rows, _) = packages(&format!("root:{}", scratch.0.display()));
    // Below the packages of npm's tree lie some that were built into one and that it does not know of.
    let own = |row: &Value| {
        let place = row["place"].as_str().unwrap();
        let mut parts = place.trim_start_matches("/node_modules/").split("/node_modules/");
        row["kind"] == "npm" && parts.all(|part| part.split('/').count() <= 3)
    };
    let found = names(&rows, own);
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(missing.is_empty(), "npm alone names {missing:?}");
    let more: Vec<_> = found.difference(&expected).collect();
    assert!(more.is_empty(), "npm does not name {more:?}");
}

#[test]
fn installed_python_packages_are_those_that_python_names() {
    let Some(python) = tyrian_lab::tool("installed_python_packages_are_those_that_python_names", "python3")
    else {
        return;
    };
    let program = "import importlib.metadata as m, json, os, sys\n\
        for path in sys.path:\n\
        \x20if os.path.basename(path) in ('site-packages', 'dist-packages') and os.path.isdir(path):\n\
        \x20 print(json.dumps([path, sorted({(d.metadata['Name'], d.version) for d in m.distributions(path=[path])})]))";
    for line in said(&python, &["-I", "-c", program]).lines() {
        let (path, list): (String, BTreeSet<(String, String)>) = serde_json::from_str(line).unwrap();
        let (rows, gaps) = packages(&format!("root:{path}"));
        // What lies deeper was copied into a package, and is none of Python's.
        let own = |row: &Value| {
            let place = row["place"].as_str().unwrap();
            row["kind"] == "pypi" && place.matches('/').count() <= 2
        };
        assert_eq!(names(&rows, own), list, "{path}: {gaps:?}");
    }
}

#[test]
fn installed_rpms_are_those_that_rpm_names() {
    let test = "installed_rpms_are_those_that_rpm_names";
    let (Some(rpm), Some(build)) = (tyrian_lab::tool(test, "rpm"), tyrian_lab::tool(test, "rpmbuild")) else {
        return;
    };
    let scratch = Scratch::new("rpm");
    scratch.write("shop.spec", b"Name: shop\nVersion: 1.2.3\nRelease: 4.el9\nEpoch: 2\nSummary: x\nLicense: MIT\nBuildArch: noarch\n\
        %description\nx\n%package libs\nVersion: 9\nEpoch: 0\nSummary: y\n%description libs\ny\n%install\nmkdir -p %{buildroot}/opt/shop\n\
        for i in $(seq 1 400); do : > %{buildroot}/opt/shop/a-file-with-a-long-name-$i; done\n: > %{buildroot}/opt/libx\n\
        %files\n/opt/shop\n%files libs\n/opt/libx\n");
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(&scratch.0).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let top = format!("_topdir {}", scratch.0.join("top").display());
    run(&build, &["-bb", "--quiet", "--define", &top, "shop.spec"]);
    let database = scratch.0.join("root/var/lib/rpm");
    std::fs::create_dir_all(&database).unwrap();
    let database = database.to_str().unwrap();
    run(&rpm, &["--dbpath", database, "--initdb"]);
    let install = ["--dbpath", database, "-i", "--justdb", "--nodeps", "--force-debian"];
    run(
        &rpm,
        &[
            &install[..],
            &["top/RPMS/noarch/shop-1.2.3-4.el9.noarch.rpm", "top/RPMS/noarch/shop-libs-9-4.el9.noarch.rpm"],
        ]
        .concat(),
    );
    let query = "%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n";
    let list = run(&rpm, &["--dbpath", database, "-qa", "--qf", query]);
    // An epoch of zero is none.
    let expected = list.lines().map(|line| line.split_once(' ').unwrap());
    let expected: BTreeSet<_> = expected
        .map(|(name, version)| (name.to_owned(), version.trim_start_matches("0:").to_owned()))
        .collect();
    assert_eq!(expected.len(), 2, "{list}");
    let (rows, gaps) = packages(&format!("root:{}", scratch.0.join("root").display()));
    assert_eq!((names(&rows, |_| true), gaps), (expected, Vec::new()));
}

#[test]
fn a_bill_is_the_same_twice_and_loses_nothing() {
    let scratch = Scratch::new("bill");
    scratch.write("root/etc/os-release", b"ID=debian\nVERSION_ID=12\n");
    scratch.write(
        "root/var/lib/dpkg/status",
        b"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36-9)\nVersion: 2.36-9+b1\n",
    );
    scratch.write(
        "root/app/node_modules/@a/b/package.json",
        br#"{"name": "@a/b", "version": "1.0.0", "license": "see <b>LICENCE</b>"}"#,
    );
    scratch.write("root/srv/x-1.dist-info/METADATA", b"Name: x\nVersion: 1\nLicense: MIT\n");
    scratch.write("root/srv/y.jar", b"PK\x03\x04 cut");
    let target = format!("root:{}", scratch.0.join("root").display());
    let (rows, gaps) = packages(&target);
    assert_eq!((rows.len(), gaps.len()), (3, 1));
    for format in ["cyclonedx", "spdx"] {
        let bill = output(&["sbom", "--quiet", &target, "--format", format]);
        assert_eq!(bill, output(&["sbom", "--quiet", &target, "--format", format]));
        scratch.write("bill.json", &bill);
        let (again, said) = packages(&format!("sbom:{}", scratch.0.join("bill.json").display()));
        assert_eq!(again, rows, "{format}");
        assert_eq!(said.len(), 1, "{format}: that it is not complete is said");
    }
}
