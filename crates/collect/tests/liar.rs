//! Engines that lie: whatever answers at the socket, a collection ends, and what was not heard is a gap.
#![allow(clippy::unwrap_used)] // helpers of tests are tests

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tyrian_collect::docker::{Collected, Endpoint, Limits, collect, save};
use tyrian_model::fact::{Gap, See, Why};
use tyrian_model::facts::{Facts, World};
use tyrian_read::engine;
use tyrian_read::secrets::Key;

/// What a lie answers to a path; nothing: it hangs until the other side goes.
type Lie = fn(&str) -> Option<Vec<u8>>;

/// A socket at which a lie answers, in a directory that goes with it.
struct Liar {
    endpoint: Endpoint,
    directory: PathBuf,
}

impl Drop for Liar {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A directory of its own for each test's socket.
fn directory() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let directory = std::env::temp_dir().join(format!("tyrian-liar-{}-{next}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

fn liar(lie: Lie) -> Liar {
    let directory = directory();
    let socket = directory.join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || speak(stream.unwrap(), lie));
        }
    });
    Liar { endpoint: Endpoint::Unix(socket), directory }
}

/// Answers one request and closes.
fn speak(mut stream: UnixStream, lie: Lie) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return,
        }
    }
    let request = String::from_utf8(request).unwrap();
    assert!(request.starts_with("GET "), "only GET is asked: {request}");
    let path = request.split(' ').nth(1).unwrap();
    let path = path.strip_prefix("/v1.41").unwrap_or(path);
    match lie(path) {
        Some(answer) => drop(stream.write_all(&answer)),
        None => drop(stream.read(&mut byte)),
    }
}

/// An honest answer.
fn says(status: &str, body: &str) -> Option<Vec<u8>> {
    let length = body.len();
    Some(
        format!(
            "HTTP/1.1 {status}\r\nApi-Version: 1.41\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .into_bytes(),
    )
}

fn ok(body: &str) -> Option<Vec<u8>> {
    says("200 OK", body)
}

/// An engine with two containers and nothing else, for lies to differ from.
fn honest(path: &str) -> Option<Vec<u8>> {
    match path {
        "/_ping" => ok("OK"),
        "/containers/json?all=true" => ok(r#"[{"Id": "aaaa"}, {"Id": "bbbb"}]"#),
        "/containers/aaaa/json" => ok(r#"{"Id": "aaaa", "Name": "/a", "HostConfig": {"Privileged": false}}"#),
        "/containers/bbbb/json" => ok(r#"{"Id": "bbbb", "Name": "/b", "HostConfig": {"Privileged": true}}"#),
        "/images/json" | "/networks" => ok("[]"),
        "/volumes" => ok(r#"{"Volumes": null}"#),
        _ => ok("{}"),
    }
}

const SHORT: Limits = Limits {
    connect: Duration::from_millis(300),
    answer: Duration::from_millis(300),
    whole: Duration::from_millis(1500),
    size: 64 << 10,
    total: 128 << 10,
};

/// Far more than the bounds, far less than for ever: a machine may be slow.
const PATIENCE: Duration = Duration::from_secs(30);

fn ask(lie: Lie) -> Result<Collected, Gap> {
    let liar = liar(lie);
    let started = Instant::now();
    let collected = collect(&liar.endpoint, &SHORT);
    assert!(started.elapsed() < PATIENCE, "it must not hang");
    collected
}

fn facts(collected: &Collected) -> Facts {
    engine::facts("w", &collected.answers, &Key([7; 32]))
}

/// The names of the containers, and the gaps of their set.
fn containers(facts: &Facts) -> (Vec<String>, Vec<Gap>) {
    let see = See::new(&facts.worlds["w"]);
    let names = see.rows(&facts.worlds["w"].workloads).keys().cloned().collect();
    (names, see.gaps().beside)
}

/// The gaps of every set of an engine about which nothing at all could be heard but who it is.
fn nothing_heard(lie: Lie, why: Why, said: &str) {
    let facts = facts(&ask(lie).unwrap());
    let world: &World = &facts.worlds["w"];
    let see = See::new(world);
    assert!(see.all(&world.workloads).is_err());
    assert!(see.all(&world.images).is_err());
    assert!(see.all(&world.networks).is_err());
    let engine = see.rows(&world.engines)["engine:docker"].clone();
    assert!(see.get(&engine.swarm).is_err());
    assert!(see.get(&engine.version).is_err());
    for gap in see.gaps().own {
        assert_eq!(gap.why, why, "{}", gap.what);
        assert!(gap.what.contains(said), "{:?} does not say {said:?}", gap.what);
    }
}

#[test]
fn an_honest_engine_is_heard() {
    let collected = ask(honest).unwrap();
    assert_eq!(collected.remarks, []);
    let (names, gaps) = containers(&facts(&collected));
    assert_eq!((names.as_slice(), gaps), (&["container:a".to_owned(), "container:b".to_owned()][..], vec![]));
}

#[test]
fn a_chunked_answer_is_heard() {
    let collected = ask(|path| match path {
        "/containers/json?all=true" => {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
            Some(format!("{head}5\r\n[{{\"Id\r\nb\r\n\": \"aaaa\"}}]\r\n0\r\n\r\n").into_bytes())
        }
        _ => honest(path),
    });
    assert_eq!(containers(&facts(&collected.unwrap())), (vec!["container:a".to_owned()], vec![]));
}

#[test]
fn who_does_not_answer_as_an_engine_is_refused() {
    let refused = |lie: Lie| ask(lie).unwrap_err();
    assert!(refused(|_| None).what.contains("did not answer in time"));
    assert_eq!(refused(|_| Some(vec![0xff; 4096])).why, Why::Malformed);
    assert!(!refused(|_| Some(Vec::new())).what.is_empty());
    assert_eq!(
        refused(|_| Some(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK".to_vec())).why,
        Why::Malformed
    );
    let redirect = refused(|path| match path {
        "/_ping" => {
            Some(b"HTTP/1.1 302 Found\r\nLocation: http://docker/other\r\nContent-Length: 0\r\n\r\n".to_vec())
        }
        _ => honest(path),
    });
    assert_eq!(redirect.why, Why::Malformed, "a redirect is not followed");
    let old =
        refused(|_| Some(b"HTTP/1.1 200 OK\r\nApi-Version: 1.24\r\nContent-Length: 2\r\n\r\nOK".to_vec()));
    assert!(old.what.contains("1.24") && old.what.contains("1.41"), "{}", old.what);
    assert_eq!(refused(|_| says("403 Forbidden", "no")).why, Why::Denied);
    let endless = refused(|_| Some([b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'a'; 4 << 20]].concat()));
    assert!(!endless.what.is_empty(), "headers have an end");
}

#[test]
fn no_engine_at_all_is_a_gap_that_says_where() {
    let directory = directory();
    let missing = collect(&Endpoint::Unix(directory.join("none.sock")), &SHORT).unwrap_err();
    assert_eq!(missing.why, Why::NotRead);
    assert!(missing.what.contains("there is no socket unix://"), "{}", missing.what);
    let abandoned = directory.join("old.sock");
    drop(UnixListener::bind(&abandoned).unwrap());
    let refused = collect(&Endpoint::Unix(abandoned), &SHORT).unwrap_err();
    assert!(refused.what.contains("nobody listens"), "{}", refused.what);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_queue_that_nobody_serves_does_not_hold_us() {
    let directory = directory();
    let socket = directory.join("full.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    // Fill the queue from another thread: at its end a plain connect blocks.
    let filler = socket.clone();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    thread::spawn(move || {
        let mut held = Vec::new();
        while let Ok(stream) = UnixStream::connect(&filler) {
            held.push(stream);
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let started = Instant::now();
    let mut before = 0;
    while started.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(200));
        let now = count.load(Ordering::Relaxed);
        if now > 0 && now == before {
            break;
        }
        before = now;
    }
    let started = Instant::now();
    let gap = collect(&Endpoint::Unix(socket), &SHORT).unwrap_err();
    assert!(started.elapsed() < PATIENCE);
    assert!(gap.what.contains("did not answer in time"), "{}", gap.what);
    drop(listener);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn an_engine_that_hangs_after_its_greeting_costs_gaps() {
    nothing_heard(|path| if path == "/_ping" { honest(path) } else { None }, Why::NotRead, "");
}

#[test]
fn garbage_is_malformed() {
    nothing_heard(
        |path| if path == "/_ping" { honest(path) } else { ok("<html>") },
        Why::Malformed,
        "no JSON",
    );
    nothing_heard(
        |path| if path == "/_ping" { honest(path) } else { Some(vec![0xff; 4096]) },
        Why::Malformed,
        "does not speak HTTP",
    );
    let deep = |path: &str| if path == "/_ping" { honest(path) } else { ok(&"[".repeat(5_000)) };
    nothing_heard(deep, Why::Malformed, "no JSON");
}

#[test]
fn half_an_answer_is_none() {
    nothing_heard(
        |path| match path {
            "/_ping" => honest(path),
            // It would be valid JSON, were the length true.
            _ => Some(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[]".to_vec()),
        },
        Why::NotRead,
        "",
    );
    nothing_heard(
        |path| match path {
            "/_ping" => honest(path),
            _ => Some(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n".to_vec()),
        },
        Why::NotRead,
        "",
    );
}

#[test]
fn an_answer_that_is_longer_than_it_says_is_cut_and_malformed() {
    nothing_heard(
        |path| match path {
            "/_ping" => honest(path),
            _ => Some(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n[]".to_vec()),
        },
        Why::Malformed,
        "no JSON",
    );
}

#[test]
fn a_huge_answer_is_a_gap() {
    nothing_heard(
        |path| if path == "/_ping" { honest(path) } else { ok(&format!("[{}]", " ".repeat(1 << 20))) },
        Why::NotRead,
        "larger than",
    );
}

#[test]
fn all_answers_together_are_bounded() {
    let collected = ask(|path| match path {
        "/containers/json?all=true" => {
            let ids: Vec<String> = (0..20).map(|id| format!(r#"{{"Id": "c{id}"}}"#)).collect();
            ok(&format!("[{}]", ids.join(",")))
        }
        path if path.starts_with("/containers/") => {
            let id = path.split('/').nth(2).unwrap_or_default();
            ok(&format!(r#"{{"Id": "{id}", "Name": "/{id}", "Fill": "{}"}}"#, "x".repeat(30_000)))
        }
        _ => honest(path),
    });
    let (names, gaps) = containers(&facts(&collected.unwrap()));
    assert!(!names.is_empty() && names.len() < 20, "{}", names.len());
    assert_eq!(names.len() + gaps.len(), 20);
    assert!(gaps[0].what.contains("larger than"), "{}", gaps[0].what);
}

#[test]
fn an_error_of_the_engine_is_a_gap_of_that_row() {
    let collected = ask(|path| match path {
        "/containers/bbbb/json" => says("500 Internal Server Error", r#"{"message": "dead"}"#),
        _ => honest(path),
    })
    .unwrap();
    let (names, gaps) = containers(&facts(&collected));
    assert_eq!(names, ["container:a"]);
    assert_eq!(gaps, [Gap::new(Why::NotRead, "container bbbb: the engine answered with status 500")]);
    let hangs = ask(|path| if path == "/containers/bbbb/json" { None } else { honest(path) }).unwrap();
    let (names, gaps) = containers(&facts(&hangs));
    assert_eq!((names.len(), gaps.len()), (1, 1));
    assert!(gaps[0].what.contains("did not answer in time"));
    let denied = ask(|path| match path {
        "/info" => says("403 Forbidden", "{}"),
        _ => honest(path),
    })
    .unwrap();
    let facts = facts(&denied);
    let see = See::new(&facts.worlds["w"]);
    assert!(see.get(&see.rows(&facts.worlds["w"].engines)["engine:docker"].swarm).is_err());
    assert_eq!(see.gaps().own[0].why, Why::Denied);
}

#[test]
fn a_container_that_is_gone_is_left_out_with_a_remark() {
    let collected = ask(|path| match path {
        "/containers/bbbb/json" => says("404 Not Found", r#"{"message": "No such container"}"#),
        _ => honest(path),
    })
    .unwrap();
    assert_eq!(containers(&facts(&collected)), (vec!["container:a".to_owned()], vec![]));
    assert_eq!(collected.remarks, [Gap::new(Why::NotRead, "container bbbb: the engine has it no more")]);
}

#[test]
fn ids_are_not_pasted_into_paths() {
    let collected = ask(|path| match path {
        "/containers/json?all=true" => ok(r#"[{"Id": "aaaa"}, {"Id": "../../info?x="}, {"Id": 5}, {}, 7]"#),
        "/images/json" => ok(r#"{"Id": "no list"}"#),
        path if path.contains("..") => panic!("asked for {path}"),
        _ => honest(path),
    })
    .unwrap();
    let facts = facts(&collected);
    let (names, gaps) = containers(&facts);
    assert_eq!((names.len(), gaps.len()), (1, 4));
    assert!(gaps.iter().all(|gap| gap.why == Why::Malformed));
    assert!(See::new(&facts.worlds["w"]).all(&facts.worlds["w"].images).is_err());
}

#[test]
fn a_saved_image_may_be_long_and_may_not_stand_still() {
    let long = liar(|path| match path {
        "/images/shop/web:1/get" => {
            Some([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec(), vec![7; 1 << 20]].concat())
        }
        _ => honest(path),
    });
    let mut bytes = Vec::new();
    save(&long.endpoint, "shop/web:1", &SHORT).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), 1 << 20);
    let still = liar(|path| if path == "/_ping" { honest(path) } else { None });
    let started = Instant::now();
    assert!(save(&still.endpoint, "shop/web:1", &SHORT).is_err());
    assert!(started.elapsed() < PATIENCE);
}

#[test]
fn addresses_that_are_not_spoken_say_so() {
    assert_eq!(Endpoint::parse("unix:///s"), Ok(Endpoint::Unix("/s".into())));
    assert_eq!(Endpoint::parse("tcp://127.0.0.1:2375"), Ok(Endpoint::Tcp("127.0.0.1:2375".into())));
    assert_eq!(Endpoint::parse("tcp://[::1]:2375/"), Ok(Endpoint::Tcp("[::1]:2375".into())));
    for other in
        ["tcp://10.0.0.1:2375", "tcp://127.0.0.1:2376", "ssh://me@host", "npipe://x", "tcp://localhost", ""]
    {
        assert_eq!(Endpoint::with_keys(other, None).unwrap_err().why, Why::NotRead, "{other}");
    }
    let ssh = Endpoint::with_keys("ssh://me@host", None).unwrap_err().what;
    assert!(ssh.contains("ssh -nNT -L"), "{ssh}");
    let far = Endpoint::with_keys("tcp://10.0.0.1:2376", None).unwrap_err().what;
    assert!(far.contains("DOCKER_TLS_VERIFY=1"), "{far}");
    let nowhere = Path::new("/nowhere/at/all");
    let keys = Endpoint::with_keys("tcp://10.0.0.1:2376", Some(nowhere)).unwrap_err().what;
    assert!(keys.contains("/nowhere/at/all/ca.pem"), "{keys}");
}
