//! `tyrian db` as a user meets it: import, update from a server of our own, and what is left behind by whoever is
//! killed.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::{Dir, command, run};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// A record of Debian 12: all versions of `name` before `fixed` are hit.
fn record(id: &str, name: &str, fixed: &str) -> String {
    format!(
        r#"{{"id":"DEBIAN-{id}","upstream":["{id}"],"modified":"2026-01-02T00:00:00Z","summary":"A fault","affected":[
        {{"package":{{"ecosystem":"Debian:12","name":"{name}"}},"ranges":[{{"type":"ECOSYSTEM",
        "events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
}

/// A zip of one stored file.
fn zip(name: &str, text: &str) -> Vec<u8> {
    let mut crc = !0_u32;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        (0..8).for_each(|_| crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 });
    }
    let (size, sum) = (u32::try_from(text.len()).unwrap().to_le_bytes(), (!crc).to_le_bytes());
    let name_size = u16::try_from(name.len()).unwrap().to_le_bytes();
    let shared = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &sum, &size, &size, &name_size, &[0, 0]].concat();
    let mut out = [b"PK\x03\x04", &shared[..], name.as_bytes(), text.as_bytes()].concat();
    let at = u32::try_from(out.len()).unwrap().to_le_bytes();
    let entry = [b"PK\x01\x02\x14\x00", &shared[..], &[0; 10], &[0; 4], name.as_bytes()].concat();
    let length = u32::try_from(entry.len()).unwrap().to_le_bytes();
    out.extend(entry);
    out.extend([b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &length[..], &at, &[0, 0]].concat());
    out
}

/// A world with one image that has these packages.
fn facts(packages: &str) -> String {
    format!(
        r#"{{"format": 1, "tool": "t", "taken": 0, "sources": [{{"target": "t", "kind": "image", "root": null, "worlds": ["w"], "read": 1, "gaps": []}}],
        "facts": {{"w": {{"images": {{"rows": {{"image:a": {{"names": ["a"],
        "distribution": {{"is": {{"id": "debian", "version": "12"}}}}, "packages": {{"is": {packages}}}}}}}, "gaps": []}}}}}}}}"#
    )
}

const CURL: &str = r#"{"libcurl4": {"version": "7.88.1-10", "architecture": "amd64", "source": "curl"}}"#;

fn report(dir: &Dir) -> Value {
    let out = run(dir, &["scan", "facts:facts.json", "-f", "json"]);
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
}

#[test]
fn a_vulnerable_package_is_a_finding_with_package_and_advisory() {
    let dir = Dir::new("db-finding");
    dir.put("facts.json", &facts(CURL));
    let silent = run(&dir, &["scan", "facts:facts.json", "-f", "json"]);
    let said = String::from_utf8_lossy(&silent.stderr).into_owned();
    assert!(said.contains("no advisory database") && said.lines().count() == 1, "{said}");
    dir.put("data/1.json", &record("CVE-2024-0001", "curl", "7.88.1-10+deb12u4"));
    dir.put("data/2.json", &record("CVE-2024-0002", "curl", "7.88.1-9"));
    let out = run(&dir, &["db", "import", "data", "-q"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let report = report(&dir);
    let found: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["check"] == "vulnerable-package")
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["severity"], "medium");
    assert_eq!(found[0]["package"]["source"], "curl");
    assert_eq!(found[0]["package"]["purl"], "pkg:deb/debian/libcurl4@7.88.1-10?arch=amd64&distro=debian-12");
    assert_eq!(found[0]["advisory"]["id"], "CVE-2024-0001");
    assert_eq!(found[0]["advisory"]["fixed"], "7.88.1-10+deb12u4");
    assert_eq!(found[0]["advisory"]["aliases"][0], "DEBIAN-CVE-2024-0001");
    // A package that nobody covers is unknown, never clean.
    dir.put("facts.json", &facts(r#"{"bash": {"version": "5", "architecture": "amd64", "source": null}}"#));
    let report = self::report(&dir);
    assert!(
        report["unknowns"].to_string().contains("1 of 1 packages of Debian:12 are not covered"),
        "{}",
        report["unknowns"]
    );
    let out = run(&dir, &["db", "import", "data", "-q", "--whole", "Debian"]);
    assert!(out.status.success());
    assert!(!self::report(&dir)["unknowns"].to_string().contains("not covered"));
}

#[test]
fn a_broken_source_changes_nothing_and_is_named() {
    let dir = Dir::new("db-broken");
    dir.put("good.json", &record("CVE-2024-0001", "curl", "2"));
    assert!(run(&dir, &["db", "import", "good.json", "-q"]).status.success());
    let file = dir.0.join("tyrian/advisories.db");
    let before = std::fs::read(&file).unwrap();
    dir.put("data/1.json", &record("CVE-2024-0002", "curl", "2"));
    dir.put("data/2.json", "{\"id\": \"A\", \"affected\": [");
    let out = run(&dir, &["db", "import", "data", "-q"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("data/2.json"));
    assert!(std::fs::read(&file).unwrap() == before);
    // A damaged database is refused, by the gate too.
    let mut flipped = before;
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    std::fs::write(&file, flipped).unwrap();
    assert_eq!(run(&dir, &["db", "status"]).status.code(), Some(2));
    // One that is named has to be there.
    dir.put("facts.json", &facts(CURL));
    let out = run(&dir, &["gate", "facts:facts.json", "--db", "none.db"]);
    assert_eq!(out.status.code(), Some(2), "{}", String::from_utf8_lossy(&out.stdout));
}

#[test]
fn the_bundle_of_one_machine_is_the_database_of_another() {
    let (dir, other) = (Dir::new("db-from"), Dir::new("db-to"));
    dir.put("own.json", &record("CVE-2024-0001", "curl", "2"));
    assert!(run(&dir, &["db", "import", "own.json", "-q", "--layer", "own"]).status.success());
    assert!(run(&dir, &["db", "export", "bundle.db"]).status.success());
    let bundle = dir.0.join("bundle.db");
    let out = run(&other, &["db", "import", bundle.to_str().unwrap(), "-q"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let out = run(&other, &["db", "status", "-f", "json"]);
    let status: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&status["parts"][0]["layer"], &status["parts"][0]["records"]), (&"own".into(), &1.into()));
}

/// Whoever is killed leaves the old file or the new one, whole, and the next one goes on.
#[test]
fn killed_at_any_moment_a_whole_file_is_there() {
    let dir = Dir::new("db-killed");
    for n in 0..400 {
        dir.put(&format!("data/{n:03}.json"), &record(&format!("CVE-2024-{n:04}"), "curl", "9"));
    }
    dir.put("first.json", &record("CVE-2023-0001", "curl", "9"));
    assert!(run(&dir, &["db", "import", "first.json", "-q"]).status.success());
    let mut outcomes = std::collections::BTreeSet::new();
    for n in 0..16_u64 {
        let mut child = command(&dir.0, &["db", "import", "data", "-q"]);
        let mut child = child.stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(n * n * 2));
        child.kill().unwrap();
        child.wait().unwrap();
        let out = run(&dir, &["db", "status", "-f", "json"]);
        let status: Value = serde_json::from_slice(&out.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)));
        outcomes.insert(status["advisories"].as_u64().unwrap());
    }
    assert!(run(&dir, &["db", "import", "data", "-q"]).status.success());
    // An import of its own ecosystem takes the place of the one before.
    assert!(outcomes.iter().all(|count| [1, 400].contains(count)), "{outcomes:?}");
}

#[test]
fn two_at_once_lose_nothing() {
    let dir = Dir::new("db-two");
    dir.put("a.json", &record("CVE-2024-0001", "curl", "2"));
    let kev =
        r#"{"catalogVersion":"1","vulnerabilities":[{"cveID":"CVE-2024-0001","dateAdded":"2026-01-01"}]}"#;
    dir.put("kev.json", kev);
    for _ in 0..4 {
        let _ = std::fs::remove_dir_all(dir.0.join("tyrian"));
        let start =
            |file| command(&dir.0, &["db", "import", file, "-q"]).stderr(Stdio::null()).spawn().unwrap();
        let (mut one, mut other) = (start("a.json"), start("kev.json"));
        assert!(one.wait().unwrap().success() && other.wait().unwrap().success());
        let out = run(&dir, &["db", "status", "-f", "json"]);
        let status: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(status["parts"].as_array().unwrap().len(), 2);
    }
}

/// What the server of a test has, and what it was asked.
#[derive(Default)]
struct Served {
    files: Vec<(String, Vec<u8>, String)>,
    /// Breaks off after so many bytes of the first answer.
    breaks_after: Option<usize>,
    asked: Vec<String>,
}

fn serve(served: Arc<Mutex<Served>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &served);
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream, served: &Mutex<Served>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let headers: Vec<String> =
        lines.map(|line| line.unwrap().to_lowercase()).take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        headers.iter().find_map(|line| line.strip_prefix(name).map(|rest| rest.trim().to_owned()))
    };
    let path = first.split(' ').nth(1).unwrap().to_owned();
    let mut served = served.lock().unwrap();
    let range = header("range:");
    served.asked.push(format!("{path} {}", range.as_deref().unwrap_or("whole")));
    let file = served.files.iter().find(|(name, _, _)| *name == path).cloned();
    let Some((_, bytes, etag)) = file else {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    };
    if header("if-none-match:").as_deref() == Some(&etag) {
        let _ = stream.write_all(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
        return;
    }
    let from: usize = range
        .and_then(|range| range.trim_start_matches("bytes=").trim_end_matches('-').parse().ok())
        .unwrap_or(0);
    let head = if from > 0 {
        format!("206 Partial Content\r\nContent-Range: bytes {from}-{}/{}", bytes.len() - 1, bytes.len())
    } else {
        "200 OK".to_owned()
    };
    let rest = &bytes[from..];
    let head = format!(
        "HTTP/1.1 {head}\r\nETag: {etag}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        rest.len()
    );
    let cut = served.breaks_after.take().unwrap_or(rest.len()).min(rest.len());
    let _ = stream.write_all(&[head.as_bytes(), &rest[..cut]].concat());
}

fn update(dir: &Dir, mirror: &str) -> std::process::Output {
    let args = ["db", "update", "-q", "--mirror", mirror, "--ecosystem", "Debian"];
    let mut command: Command = command(&dir.0, &args);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

#[test]
fn an_update_resumes_checks_and_does_not_fetch_what_it_has() {
    let dir = Dir::new("db-update");
    let bytes = zip("a.json", &record("CVE-2024-0001", "curl", "2"));
    let files = vec![("/Debian/all.zip".to_owned(), bytes.clone(), "\"one\"".to_owned())];
    let served = Arc::new(Mutex::new(Served { files, breaks_after: Some(100), asked: Vec::new() }));
    let mirror = serve(served.clone());
    let out = update(&dir, &mirror);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let asked = std::mem::take(&mut served.lock().unwrap().asked);
    assert_eq!(asked[..2], ["/Debian/all.zip whole", "/Debian/all.zip bytes=100-"]);
    // Unchanged.
    let out = update(&dir, &mirror);
    assert!(String::from_utf8_lossy(&out.stderr).contains("osv:Debian: as it was"), "{out:?}");
    // A new state with a sum that is another: the old data stays.
    let file = dir.0.join("tyrian/advisories.db");
    let before = std::fs::read(&file).unwrap();
    let newer = zip("a.json", &record("CVE-2024-0002", "curl", "2"));
    served.lock().unwrap().files = vec![
        ("/Debian/all.zip".into(), newer.clone(), "\"two\"".into()),
        ("/Debian/all.zip.sha256".into(), b"00  all.zip\n".to_vec(), "\"s\"".into()),
    ];
    let out = update(&dir, &mirror);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("SHA-256"), "{out:?}");
    assert!(std::fs::read(&file).unwrap() == before);
    // What the zip itself does not hold to is refused too, and what is asked for has to be there.
    let mut broken = newer;
    broken[60] ^= 1;
    served.lock().unwrap().files = vec![("/Debian/all.zip".into(), broken, "\"three\"".into())];
    assert_eq!(update(&dir, &mirror).status.code(), Some(2));
    served.lock().unwrap().files.clear();
    assert_eq!(update(&dir, &mirror).status.code(), Some(2));
    assert!(std::fs::read(&file).unwrap() == before);
}

/// A record of an ecosystem of a language: all versions before `fixed` are hit.
fn of_language(id: &str, ecosystem: &str, name: &str, fixed: &str) -> String {
    record(id, name, fixed).replace("Debian:12", ecosystem).replace("DEBIAN-", "X-")
}

const LOCK: &str = r#"{
  "name": "shop", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "shop", "version": "1.0.0", "dependencies": {"lodash": "^4"}, "devDependencies": {"mocha": "^9"}},
    "node_modules/lodash": {
      "version": "4.17.20"
    },
    "node_modules/mocha": {"version": "9.0.0", "dev": true},
    "node_modules/left": {"version": "1.0.0"}
  }
}
"#;

/// Findings of packages as (check, subject behind its world, place with line, package, advisory).
fn told(report: &Value) -> Vec<(String, String, Value, Value)> {
    let findings = report["findings"].as_array().unwrap().iter();
    let of_package = findings.filter(|finding| !finding["advisory"].is_null());
    let mut told: Vec<_> = of_package
        .map(|finding| {
            let what = finding["what"].as_str().unwrap().to_owned();
            let package = finding["package"].clone();
            (finding["check"].as_str().unwrap().to_owned(), what, package, finding["place"].clone())
        })
        .collect();
    told.sort_by_key(|one| one.1.clone());
    told
}

fn scanned(dir: &Dir, target: &str) -> Value {
    let out = run(dir, &["scan", target, "-f", "json", "--quiet"]);
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
}

#[test]
fn what_lock_files_name_is_compared_at_its_line() {
    let dir = Dir::new("db-lock");
    dir.put("web/package-lock.json", LOCK);
    dir.put("api/requirements.txt", "flask>=2\nJinja2==3.1.2\n");
    dir.put("data/1.json", &of_language("CVE-2021-23337", "npm", "lodash", "4.17.21"));
    dir.put("data/2.json", &of_language("CVE-2022-0002", "npm", "mocha", "9.1.0"));
    dir.put("data/3.json", &of_language("CVE-2022-0003", "npm", "shop", "9.1.0"));
    assert!(run(&dir, &["db", "import", "data", "-q", "--whole", "npm"]).status.success());
    let report = scanned(&dir, ".");
    let found: Vec<_> = told(&report);
    let texts: Vec<&str> = found.iter().map(|one| one.1.as_str()).collect();
    assert_eq!(
        texts,
        [
            "has lodash 4.17.20 with CVE-2021-23337; 4.17.21 mends it",
            "has mocha 9.0.0 (for development) with CVE-2022-0002; 9.1.0 mends it"
        ]
    );
    assert_eq!(
        (&found[0].0, &found[0].3["file"]),
        (&"vulnerable-dependency".into(), &"web/package-lock.json".into())
    );
    assert_eq!(found[0].3["line"], 5);
    assert_eq!(found[0].2["purl"], "pkg:npm/lodash@4.17.20");
    // What nobody covers, and what has no exact version, is unknown.
    let unknown = report["unknowns"].to_string();
    assert!(unknown.contains("nothing about packages of PyPI"), "{unknown}");
    assert!(unknown.contains("no exact version is named (flask)"), "{unknown}");
}

/// An Alpine and a Debian system below directories, with a package of a language of their own each.
fn systems(dir: &Dir) {
    let put = |path: &str, text: &str| drop(dir.put(path, text));
    put("debian/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    put(
        "debian/var/lib/dpkg/status",
        "Package: libcurl4\nStatus: install ok installed\nSource: curl (7.88.1-10)\nVersion: 7.88.1-10+b1\nArchitecture: amd64\n\n\
         Package: curl\nStatus: install ok installed\nVersion: 7.88.1-10\nArchitecture: amd64\n\n\
         Package: python3-flask\nStatus: install ok installed\nSource: flask\nVersion: 2.2.2-3\nArchitecture: all\n",
    );
    let info = "Metadata-Version: 2.1\nName: Flask\nVersion: 2.2.2\n";
    put("debian/usr/lib/python3/dist-packages/Flask-2.2.2.dist-info/METADATA", info);
    put(
        "debian/var/lib/dpkg/info/python3-flask.list",
        "/.\n/usr/lib/python3/dist-packages/Flask-2.2.2.dist-info/METADATA\n",
    );
    put("debian/srv/venv/lib/python3.11/site-packages/flask-2.2.2.dist-info/METADATA", info);
    put("debian/srv/package-lock.json", LOCK);
    put("alpine/etc/os-release", "ID=alpine\nVERSION_ID=3.19.1\n");
    put(
        "alpine/lib/apk/db/installed",
        "P:libcrypto3\nV:3.1.4-r1\nA:x86_64\no:openssl\n\nP:musl\nV:1.2.4-r2\nA:x86_64\no:musl\n\n",
    );
    put("alpine/app/node_modules/lodash/package.json", r#"{"name": "lodash", "version": "4.17.20"}"#);
    put("data/1.json", &record("CVE-2024-0001", "curl", "7.88.1-10+deb12u1"));
    put("data/2.json", &record("CVE-2024-0002", "flask", "1.0-1"));
    put("data/3.json", &of_language("CVE-2024-0003", "PyPI", "flask", "2.2.5"));
    put("data/4.json", &of_language("CVE-2021-23337", "npm", "lodash", "4.17.21"));
    put("data/5.json", &of_language("CVE-2024-0005", "Alpine:v3.19", "openssl", "3.1.4-r5"));
    put("data/6.json", &of_language("CVE-2024-0006", "Alpine:v3.19", "musl", "1.2.4-r2"));
    assert!(run(dir, &["db", "import", "data", "-q"]).status.success());
}

#[test]
fn every_kind_of_package_is_compared_and_a_bill_says_the_same() {
    let dir = Dir::new("db-kinds");
    systems(&dir);
    for (system, expected) in [
        (
            "debian",
            vec![
                "has Flask 2.2.2 in /srv/venv/lib/python3.11/site-packages/flask-2.2.2.dist-info/METADATA with CVE-2024-0003; 2.2.5 mends it",
                // One source is one finding, and its own version counts.
                "has curl 7.88.1-10 with CVE-2024-0001; 7.88.1-10+deb12u1 mends it",
            ],
        ),
        (
            "alpine",
            vec![
                "has libcrypto3 3.1.4-r1 (from openssl) with CVE-2024-0005; 3.1.4-r5 mends it",
                "has lodash 4.17.20 in /app/node_modules/lodash/package.json with CVE-2021-23337; 4.17.21 mends it",
            ],
        ),
    ] {
        let target = format!("root:{system}");
        let report = scanned(&dir, &target);
        let found = told(&report);
        let texts: Vec<&str> = found.iter().map(|one| one.1.as_str()).collect();
        assert_eq!(texts, expected, "{}", report["unknowns"]);
        assert!(found.iter().all(|one| one.0 == "vulnerable-package"));
        for format in ["cyclonedx", "spdx"] {
            let bill = format!("{system}.{format}.json");
            assert!(run(&dir, &["sbom", &target, "-f", format, "-o", &bill]).status.success());
            assert_eq!(told(&scanned(&dir, &format!("sbom:{bill}"))), found, "{bill}");
        }
    }
}

/// A safe list refuses by version, licence and day, whoever else allows it; what cannot be told is unknown.
#[test]
fn what_is_not_agreed_is_a_finding() {
    let dir = Dir::new("safe-list");
    dir.put(
        "web/package-lock.json",
        r#"{"name": "web", "version": "1.0.0", "lockfileVersion": 3, "packages": {
  "": {"name": "web", "version": "1.0.0"},
  "node_modules/lodash": {"version": "4.17.20", "license": "MIT", "resolved": "https://registry.example/lodash.tgz"},
  "node_modules/react": {"version": "18.2.0", "license": "MIT", "resolved": "https://registry.example/react.tgz"},
  "node_modules/strange": {"version": "1.0.0", "resolved": "https://registry.example/strange.tgz"}
}}"#,
    );
    dir.put("tyrian.toml", "[[package]]\npurl = \"pkg:npm/*\"\nverdict = \"allowed\"\n");
    dir.put(
        "organisation.toml",
        "[packages]\nothers = \"forbidden\"\n\n[[package]]\npurl = \"pkg:npm/lodash\"\nversions = \"<4.17.21\"\n\
         verdict = \"forbidden\"\nreason = \"CVE-2021-23337\"\ninstead = \"4.17.21\"\n\n[[package]]\n\
         purl = \"pkg:npm/*\"\nlicences = [\"MIT\"]\nverdict = \"allowed\"\n",
    );
    let args = ["scan", ".", "--quiet", "-f", "json", "--policy", "organisation.toml"];
    let report: Value = serde_json::from_slice(&run(&dir, &args).stdout).unwrap();
    let of_check = |list: &str| -> Vec<Value> {
        let all = report[list].as_array().unwrap().iter();
        all.filter(|it| it.to_string().contains("dependency-not-agreed")).cloned().collect()
    };
    let findings = of_check("findings");
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(
        finding["what"],
        "has lodash 4.17.20, which is forbidden (CVE-2021-23337); take 4.17.21 instead"
    );
    assert_eq!(finding["place"]["file"], "web/package-lock.json", "{finding}");
    let unknowns = of_check("unknowns");
    assert!(
        unknowns.iter().any(|it| it.to_string().contains("strange 1.0.0: it states no licence")),
        "{unknowns:?}"
    );
}

#[test]
fn the_nearest_version_that_nothing_hits_is_the_cure() {
    let dir = Dir::new("db-cure");
    dir.put("web/package-lock.json", LOCK);
    dir.put("data/1.json", &of_language("CVE-2021-0001", "npm", "lodash", "4.17.21"));
    dir.put("data/2.json", &of_language("CVE-2021-0002", "npm", "lodash", "4.17.21"));
    // Whoever goes from one to the next is hit by another that is mended later.
    let later = of_language("CVE-2021-0003", "npm", "lodash", "5.0.1");
    dir.put("data/3.json", &later.replace(r#""introduced":"0""#, r#""introduced":"4.17.21""#));
    let without = of_language("CVE-2021-0004", "npm", "lodash", "9").replace(r#",{"fixed":"9"}"#, "");
    dir.put("data/4.json", &without);
    assert!(run(&dir, &["db", "import", "data", "-q"]).status.success());
    let report = scanned(&dir, "web");
    let cures = report["cures"].as_array().unwrap();
    assert_eq!(cures.len(), 1, "{cures:?}");
    let cure = &cures[0];
    assert_eq!((&cure["from"], &cure["to"]), (&"4.17.20".into(), &"5.0.1".into()));
    assert_eq!(cure["mends"], serde_json::json!(["CVE-2021-0001", "CVE-2021-0002"]));
    assert_eq!((&cure["left"], &cure["major"]), (&1.into(), &true.into()));
    let out = run(&dir, &["scan", "web", "-f", "human", "--quiet"]);
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let line = "lodash 4.17.20 → 5.0.1: 2 vulnerabilities, 1 left, a new major version";
    assert!(text.contains(line), "{text}");
}

#[test]
fn data_that_is_old_is_a_finding_and_fails_the_gate_where_a_policy_says_so() {
    let dir = Dir::new("db-old");
    dir.put("facts.json", &facts(CURL));
    dir.put("1.json", &record("CVE-2024-0001", "curl", "7.88.1-9"));
    assert!(run(&dir, &["db", "import", "1.json", "-q", "--whole", "Debian"]).status.success());
    let report = report(&dir);
    let found = report["findings"].as_array().unwrap();
    let old: Vec<&Value> = found.iter().filter(|finding| finding["check"] == "old-advisory-data").collect();
    assert_eq!((old.len(), &old[0]["severity"]), (1, &"low".into()), "{found:?}");
    assert!(old[0]["what"].as_str().unwrap().contains("days old"), "{old:?}");
    // Other reasons stand beside it: this image says little of itself.
    let gate = |config: &str| {
        dir.put("tyrian.toml", config);
        let out =
            run(&dir, &["gate", "facts:facts.json", "--config", "tyrian.toml", "--quiet", "-f", "json"]);
        let report: Value = serde_json::from_slice(&out.stdout).unwrap();
        report["decision"]["reasons"].to_string().contains("the advisory data is")
    };
    assert!(!gate(""));
    assert!(gate("[gate]\nadvisory_days = 30\n"));
    // A repository that allows more than is usual hides nothing.
    assert!(gate("[gate]\nadvisory_days = 100000\n"));
}

#[test]
fn a_waiver_may_name_an_advisory_by_any_of_its_names() {
    let dir = Dir::new("db-waiver");
    dir.put("facts.json", &facts(CURL));
    dir.put("data/1.json", &record("CVE-2024-0001", "curl", "7.88.1-11"));
    dir.put("data/2.json", &record("CVE-2024-0002", "curl", "7.88.1-12"));
    assert!(run(&dir, &["db", "import", "data", "-q"]).status.success());
    dir.put(
        "tyrian.toml",
        "[[waiver]]\ncheck = \"vulnerable-package\"\nadvisory = \"DEBIAN-CVE-2024-0002\"\nowner = \"a\"\n\
         approver = \"b\"\nreason = \"not reached\"\nexpires = \"2999-01-01\"\n",
    );
    let report = report(&dir);
    let of_package = |finding: &&Value| !finding["advisory"].is_null();
    let waived: Vec<(&Value, bool)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(of_package)
        .map(|finding| (&finding["advisory"]["id"], !finding["waived"].is_null()))
        .collect();
    assert_eq!(waived, [(&"CVE-2024-0001".into(), false), (&"CVE-2024-0002".into(), true)]);
}

/// What a scan says can be answered by a VEX statement, as far as the organisation lets its author; the answer is
/// repeated in the next document, and a statement that matches nothing is said.
#[test]
fn a_vex_statement_excuses_what_it_is_about() {
    let dir = Dir::new("db-vex");
    dir.put("facts.json", &facts(CURL));
    dir.put("data/1.json", &record("CVE-2024-0001", "curl", "7.88.1-10+deb12u4"));
    assert!(run(&dir, &["db", "import", "data", "-q"]).status.success());
    let document = |args: &[&str]| -> Value {
        let out = run(&dir, &[&["scan", "facts:facts.json", "--quiet", "-f"], args].concat());
        serde_json::from_slice(&out.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
    };
    let mut said = document(&["openvex"]);
    let [statement] = said["statements"].as_array().unwrap().as_slice() else { panic!("{said}") };
    assert_eq!(
        (&statement["status"], &statement["vulnerability"]["name"]),
        (&"affected".into(), &"CVE-2024-0001".into())
    );
    assert_eq!(statement["action_statement"], "update libcurl4 to 7.88.1-10+deb12u4");
    assert!(statement["products"][0]["@id"].as_str().unwrap().starts_with("pkg:oci/a"), "{said}");

    // Somebody looks at it, and answers.
    said["author"] = "Ann".into();
    said["statements"][0]["status"] = "not_affected".into();
    said["statements"][0]["justification"] = "vulnerable_code_not_in_execute_path".into();
    let mut other = said["statements"][0].clone();
    other["vulnerability"] = serde_json::json!({"name": "CVE-2020-9999"});
    said["statements"].as_array_mut().unwrap().push(other);
    dir.put("vex.json", &said.to_string());
    let report = document(&["json", "--vex", "vex.json"]);
    let found = report["findings"].as_array().unwrap();
    let finding = found.iter().find(|finding| finding["check"] == "vulnerable-package").unwrap();
    assert_eq!(
        (&finding["waived"]["vex"], &finding["waived"]["approver"]),
        (&"not_affected".into(), &"Ann".into())
    );
    assert!(finding["waived"]["reason"].as_str().unwrap().contains("vulnerable code not in execute path"));
    let out = run(&dir, &["scan", "facts:facts.json", "--vex", "vex.json"]);
    let line = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(line.contains("vex.json: 1 of 2 statements match no finding: CVE-2020-9999"), "{line}");
    for format in ["openvex", "cyclonedx-vex"] {
        dir.put("again.json", &document(&[format, "--vex", "vex.json"]).to_string());
        let report = document(&["json", "--vex", "again.json"]);
        let finding =
            report["findings"].as_array().unwrap().iter().find(|it| it["check"] == "vulnerable-package");
        assert_eq!(finding.unwrap()["waived"]["vex"], "not_affected", "{format}");
    }

    // A repository's word does not reach as far as the organisation's.
    dir.put("strict.toml", "[allow]\naccept = \"low\"\n");
    let refused = document(&["json", "--vex", "vex.json", "--policy", "strict.toml"]);
    assert!(
        refused["decision"]["refused"].to_string().contains("VEX statement of Ann"),
        "{}",
        refused["decision"]
    );
    dir.put("strict.toml", "vex = [\"vex.json\"]\n\n[allow]\naccept = \"low\"\n");
    let report = document(&["json", "--policy", "strict.toml"]);
    let finding =
        report["findings"].as_array().unwrap().iter().find(|it| it["check"] == "vulnerable-package");
    assert_eq!(finding.unwrap()["waived"]["vex"], "not_affected");
    let broken = run(&dir, &["scan", "facts:facts.json", "--vex", "facts.json"]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("facts.json: neither an OpenVEX document"));
}
