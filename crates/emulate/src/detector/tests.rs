//! Detectors, from what their tools write.

use super::*;
use std::io::Write;
use std::os::unix::net::UnixListener;
use tyrian_model::purple::Outcome;

const MARK: &str = "tyrian-0a1b2c3d";
/// 2026-11-24T16:00:00Z in milliseconds since 1970.
const BEGAN: i64 = 1_795_536_000_000;
const SHORT: Duration = Duration::from_millis(300);

/// A mock: the form of an alert of Falco 0.4x as its documentation has it.
fn falco(rule: &str, time: &str, about: &str) -> String {
    format!(
        r#"{{"hostname":"node","output":"Notice {about}","output_fields":{{"container.name":"{about}","proc.cmdline":"probe"}},"priority":"Notice","rule":"{rule}","source":"syscall","tags":["container"],"time":"{time}"}}"#
    )
}

fn attempt(technique: &str) -> Attempt {
    Attempt {
        outcome: Outcome::Ran,
        detections: vec!["detect-shell".to_owned()],
        ..Attempt::untried(technique, "path")
    }
}

/// Three attempts in the clone 0, ten thousandths of a second apart; the last one makes no name.
fn attacked(began: i64) -> Attacked {
    Attacked {
        attempts: ["start-shell", "hide-file", "sniff-network"].map(attempt).to_vec(),
        began: vec![Some(began), Some(began + 10), Some(began + 20)],
        until: Some(began + 30),
        clones: vec![format!("{MARK}-0")],
        words: vec![vec![format!(": {MARK}-shell")], vec![format!("/etc/.{MARK}")], Vec::new()],
        count: 3,
    }
}

fn scratch(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tyrian-detector-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir(&path).unwrap();
    path
}

fn append(path: &Path, line: &str) {
    let mut file = File::options().append(true).create(true).open(path).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn source(kind: Kind, path: &Path) -> Source {
    Source { kind, path: path.to_owned() }
}

/// What comes of what was said, where nothing is made once more.
fn joined(said: &[Said]) -> (Vec<(usize, u64)>, usize) {
    let (joined, stray) = join(&attacked(BEGAN), MARK, said);
    (joined.into_iter().map(|(i, milliseconds, _)| (i, milliseconds)).collect(), stray)
}

fn said(line: &str, came: i64) -> Said {
    read(Kind::Falco, line, came).unwrap()
}

#[test]
fn a_source_is_a_name_and_a_path() {
    let path = PathBuf::from("/var/log/falco=1.json");
    assert_eq!(Source::parse("falco=/var/log/falco=1.json"), Ok(Source { kind: Kind::Falco, path }));
    for (text, says) in [("falco", "NAME=PATH"), ("x=/y", "no detector"), ("auditd=", "is missing")] {
        let error = Source::parse(text).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_mock_of_falco_is_read() {
    let line = falco("Terminal shell in container", "2026-11-24T16:00:00.012345678Z", "tyrian-0a1b2c3d-0");
    let said = said(&line, BEGAN + 500);
    assert_eq!(
        (said.rule.as_str(), said.alert, said.at),
        ("Terminal shell in container", true, Some(BEGAN + 12))
    );
    let line = r#"{"rule":"a\u001b[31mb","output_fields":{"evt.time":1795536000012345678}}"#;
    let said = read(Kind::Falco, line, 0).unwrap();
    assert_eq!((said.rule.as_str(), said.at), ("a [31mb", Some(BEGAN + 12)));
    assert_eq!(read(Kind::Falco, "Falco initialized", 0), None);
    assert_eq!(read(Kind::Falco, r#"{"rule":7}"#, 0), None);
    assert_eq!(read(Kind::Falco, &"[".repeat(100_000), 0), None);
}

#[test]
fn a_mock_of_tetragon_is_read() {
    let line = r#"{"process_exec":{"process":{"binary":"/.tyrian/probe","docker":"abc"}},"node_name":"n","time":"2026-11-24T16:00:00.012Z"}"#;
    let said = read(Kind::Tetragon, line, 0).unwrap();
    assert_eq!((said.rule.as_str(), said.alert, said.at), ("process_exec", false, Some(BEGAN + 12)));
    let line = r#"{"process_kprobe":{"process":{"binary":"/.tyrian/probe"},"function_name":"fd_install","policy_name":"sensitive-files"},"time":"2026-11-24T16:00:00.012Z"}"#;
    let said = read(Kind::Tetragon, line, 0).unwrap();
    assert_eq!((said.rule.as_str(), said.alert), ("sensitive-files", true));
    assert_eq!(read(Kind::Tetragon, r#"{"time":"x"}"#, 0), None);
}

/// Recorded from auditd 3.0.9 on Debian 12.
const AUDIT: [&str; 3] = [
    r#"type=SYSCALL msg=audit(1795536000.012:2): arch=c000003e syscall=83 success=yes exit=0 a0=7ffe a1=1ff items=2 ppid=20587 pid=20679 comm="mkdir" exe="/usr/bin/mkdir" key="made""#,
    r#"type=PATH msg=audit(1795536000.012:2): item=1 name="/etc/.tyrian-0a1b2c3d" inode=9996754 nametype=CREATE"#,
    "type=PROCTITLE msg=audit(1795536000.012:2): proctitle=6D6B646972002F6574632F2E74797269616E2D3061316232633364",
];

#[test]
fn the_lines_of_one_event_of_auditd_are_one() {
    let mut heard = Heard::default();
    for line in AUDIT {
        heard.line(Kind::Auditd, MARK, line.as_bytes());
    }
    let one = heard.said.first().unwrap();
    assert_eq!((heard.said.len(), one.rule.as_str(), one.at), (1, "made", Some(BEGAN + 12)));
    assert!(!one.alert);
    // What is written in hexadecimal is read too.
    let mut heard = Heard::default();
    heard.line(Kind::Auditd, MARK, AUDIT[2].as_bytes());
    assert_eq!(heard.said.len(), 1);
    assert_eq!(heard.said[0].rule, "PROCTITLE");
    for line in [
        "type=SYSCALL msg=audit(1.2:3): x",
        "audit(:):",
        "audit(99999999999999999999.123:4): x",
        "audit(1.+12:4): ",
    ] {
        assert_eq!(read(Kind::Auditd, line, 0), None, "{line}");
    }
}

#[test]
fn many_events_at_once_are_kept_apart() {
    let mut heard = Heard::default();
    let number = |line: &str, n: usize| line.replace(":2)", &format!(":{n})"));
    for line in AUDIT {
        for n in 0..100 {
            heard.line(Kind::Auditd, MARK, number(line, n).as_bytes());
        }
    }
    assert_eq!(heard.said.len(), 100);
    assert!(heard.said.iter().all(|said| said.rule == "made"));
}

#[test]
fn lines_of_the_kernel_are_read() {
    let line = "5,1234,987654321,-;audit: type=1326 audit(1795536000.012:45): comm=\"0a1b2c3d.1\" exe=\"/.tyrian/probe\" sig=31";
    let said = read(Kind::Kernel, line, 0).unwrap();
    assert_eq!(said.at, Some(BEGAN + 12));
    assert!(said.rule.starts_with("audit: type=1326"), "{}", said.rule);
    let line = "Nov 24 16:00:00 node kernel: [  987.654321] tyrian-0a1b2c3d: segfault";
    let said = read(Kind::Kernel, line, 0).unwrap();
    assert_eq!(said.rule, "tyrian-0a1b2c3d: segfault");
    assert!((said.at.unwrap() - started().unwrap() - 987_654).abs() < 1000);
    // A record of the kernel's log without a time of the day gets one from the start of the machine.
    let line = format!("6,1,{},-;hello", 1_000_000);
    let at = read(Kind::Kernel, &line, 0).unwrap().at.unwrap();
    assert!((at - started().unwrap() - 1000).abs() < 1000);
}

#[test]
fn an_alert_goes_to_the_attempt_at_its_time() {
    let line = falco("a", "2026-11-24T16:00:00.025Z", "tyrian-0a1b2c3d-0");
    assert_eq!(joined(&[said(&line, BEGAN + 900)]), (vec![(2, 5)], 0));
    // It came late, and its clock says when it happened.
    assert_eq!(joined(&[said(&line, BEGAN + 90_000)]), (vec![(2, 5)], 0));
}

#[test]
fn a_name_that_one_attempt_alone_makes_up_decides() {
    let line = falco("a", "2026-11-24T16:00:00.021Z", "/etc/.tyrian-0a1b2c3d");
    assert_eq!(joined(&[said(&line, BEGAN + 900)]), (vec![(1, 11)], 0));
    let without = falco("a", "", "tyrian-0a1b2c3d-0 /etc/.tyrian-0a1b2c3d");
    assert_eq!(joined(&[said(&without, BEGAN + 900)]), (vec![(1, 890)], 0));
    // Without a clock and without a name nobody can tell which one it is about.
    let neither = falco("a", "", "tyrian-0a1b2c3d-0");
    assert_eq!(joined(&[said(&neither, BEGAN + 900)]), (vec![], 1));
}

#[test]
fn the_name_of_the_process_tells_the_attempt() {
    let line =
        |comm: &str| format!("type=SYSCALL msg=audit(1795536000.008:9): comm=\"{comm}\" key=\"connects\"");
    let said = |comm| read(Kind::Auditd, &line(comm), BEGAN + 900).unwrap();
    // The kernel's clock for it goes in steps: it seems to have happened before the attempt began.
    assert_eq!(joined(&[said("0a1b2c3d.1")]), (vec![(1, 0)], 0));
    assert_eq!(joined(&[said("0a1b2c3d.0")]), (vec![(0, 8)], 0));
    for other in ["0a1b2c3d.11", "0a1b2c3d.", "0a1b2c3d", "0a1b2c3d.99999999999999999999999"] {
        assert_eq!(joined(&[said(other)]), (vec![], 1), "{other}");
    }
    assert_eq!(special("tyrian-0a1b2c3d-2"), "0a1b2c3d-2");
    assert!(crate::attack::process_name("tyrian-0a1b2c3d-2", 999).len() <= 15);
}

#[test]
fn alerts_about_twins_count_for_nobody() {
    for clone in ["tyrian-0a1b2c3d-1", "tyrian-0a1b2c3d-01", "tyrian-0a1b2c3d-12"] {
        let line = falco("a", "2026-11-24T16:00:00.005Z", clone);
        assert_eq!(joined(&[said(&line, BEGAN + 900)]), (vec![], 0), "{clone}");
    }
    // The clone is over by then: it is a twin's, whose name the tool does not tell.
    let line = falco("a", "2026-11-24T16:00:00.100Z", "/etc/.tyrian-0a1b2c3d");
    assert_eq!(joined(&[said(&line, BEGAN + 900)]), (vec![], 0));
}

#[test]
fn a_clock_that_lies_is_not_believed() {
    for time in ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "9999-99-99T00:00:00Z"] {
        let line = falco("a", time, "tyrian-0a1b2c3d-0");
        assert_eq!(joined(&[said(&line, BEGAN + 900)]), (vec![], 1), "{time}");
        let line = falco("a", time, "tyrian-0a1b2c3d-0 /etc/.tyrian-0a1b2c3d");
        assert_eq!(joined(&[said(&line, BEGAN + 900)]), (vec![(1, 890)], 0), "{time}");
        // It may as well be about a twin, in which the attempt went through.
        let line = falco("a", time, "/etc/.tyrian-0a1b2c3d");
        assert_eq!(joined(&[said(&line, BEGAN + 900)]), (vec![], 1), "{time}");
    }
    // It was said before the attempt was made.
    let line = falco("a", "", "tyrian-0a1b2c3d-0 /etc/.tyrian-0a1b2c3d");
    assert_eq!(joined(&[said(&line, BEGAN - 900)]), (vec![], 1));
}

/// A tool that writes to a file: what it says as soon as it hears of an attempt, and whether it still does so when the
/// attempt is made once more.
fn run(name: &str, first: &str, once_more: Option<&str>) -> (Attacked, Detector) {
    let folder = scratch(name);
    let path = folder.join("alerts");
    append(&path, "what stood there before");
    let mut attacked = attacked(now() - 1000);
    let ear = Ear::open(&source(Kind::Falco, &path), MARK);
    if !first.is_empty() {
        append(&path, first);
    }
    let detectors = conclude(vec![ear], &mut attacked, MARK, SHORT, &mut |_| {
        if let Some(line) = once_more {
            append(&path, line);
        }
    });
    std::fs::remove_dir_all(folder).unwrap();
    (attacked, detectors.into_iter().next().unwrap())
}

#[test]
fn a_tool_that_is_there_is_heard() {
    let line = falco("Hidden file", "", "tyrian-0a1b2c3d-0 /etc/.tyrian-0a1b2c3d");
    let (attacked, detector) = run("heard", &line, Some(&line));
    assert!(detector.heard && detector.remark.is_none(), "{detector:?}");
    let seen: Vec<_> = attacked.attempts.iter().map(|attempt| attempt.visibility).collect();
    assert_eq!(seen, [Visibility::None, Visibility::Alerted, Visibility::None]);
    let alerts = &attacked.attempts[1].alerts;
    assert_eq!(
        (alerts.len(), alerts[0].rule.as_str(), alerts[0].detector.as_str()),
        (1, "Hidden file", "falco")
    );
}

#[test]
fn a_tool_that_died_is_deaf_and_nothing_is_concluded_from_its_silence() {
    let line = falco("Hidden file", "", "tyrian-0a1b2c3d-0 /etc/.tyrian-0a1b2c3d");
    let (attacked, detector) = run("died", &line, None);
    assert!(!detector.heard && detector.remark.unwrap().contains("dead"));
    assert_eq!(attacked.attempts[1].visibility, Visibility::Alerted);
    let (_, detector) = run("silent", "", None);
    assert!(!detector.heard && detector.remark.unwrap().contains("nothing at all"));
    // It speaks, but never of this run: it is there, and noticed nothing.
    let (attacked, detector) = run("elsewhere", &falco("other", "", "nginx"), None);
    assert!(detector.heard, "{detector:?}");
    assert!(attacked.attempts.iter().all(|attempt| attempt.visibility == Visibility::None));
}

#[test]
fn what_cannot_be_opened_is_deaf() {
    let folder = scratch("missing");
    for path in [folder.join("nothing"), folder.clone()] {
        let ear = Ear::open(&source(Kind::Falco, &path), MARK);
        let detector = conclude(vec![ear], &mut attacked(now()), MARK, SHORT, &mut |_| {}).remove(0);
        assert!(!detector.heard && detector.remark.is_some(), "{detector:?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_socket_or_a_pipe_that_closes_in_the_middle_is_deaf_from_then_on() {
    let folder = scratch("closes");
    let socket = folder.join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let ear = Ear::open(&source(Kind::Falco, &socket), MARK);
    let (mut stream, _) = listener.accept().unwrap();
    let line = falco("a", "", "tyrian-0a1b2c3d-0 /etc/.tyrian-0a1b2c3d");
    stream.write_all(format!("{line}\n").as_bytes()).unwrap();
    drop(stream);
    let mut about = attacked(now() - 10);
    let detector = conclude(vec![ear], &mut about, MARK, SHORT, &mut |_| {}).remove(0);
    assert!(!detector.heard && detector.remark.unwrap().contains("closed"));
    assert_eq!(about.attempts[1].visibility, Visibility::Alerted);

    let pipe = folder.join("pipe");
    let path = std::ffi::CString::new(pipe.to_str().unwrap()).unwrap();
    // SAFETY: the path is a text that ends with zero.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    let ear = Ear::open(&source(Kind::Falco, &pipe), MARK);
    let detector = conclude(vec![ear], &mut attacked(now()), MARK, SHORT, &mut |_| {}).remove(0);
    assert!(!detector.heard && detector.remark.unwrap().contains("nobody wrote"));

    let ear = Ear::open(&source(Kind::Falco, &pipe), MARK);
    append(&pipe, &line);
    let mut about = attacked(now() - 10);
    let detector = conclude(vec![ear], &mut about, MARK, SHORT, &mut |_| {}).remove(0);
    assert!(!detector.heard && detector.remark.unwrap().contains("closed it"));
    assert_eq!(about.attempts[1].visibility, Visibility::Alerted);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_that_is_replaced_is_followed_and_one_that_is_cut_is_said_to_be() {
    let folder = scratch("replaced");
    let path = folder.join("alerts");
    append(&path, "before");
    let line = falco("a", "", "tyrian-0a1b2c3d-0 /etc/.tyrian-0a1b2c3d");
    let ear = Ear::open(&source(Kind::Falco, &path), MARK);
    std::fs::rename(&path, folder.join("old")).unwrap();
    append(&path, &line);
    assert!(ear.more_than(0, Duration::from_secs(10)));
    let mut about = attacked(now() - 10);
    let detector = conclude(vec![ear], &mut about, MARK, SHORT, &mut |_| append(&path, &line)).remove(0);
    assert!(detector.heard, "{detector:?}");

    append(&path, &"x".repeat(5000));
    let ear = Ear::open(&source(Kind::Falco, &path), MARK);
    std::fs::write(&path, format!("{line}\n")).unwrap();
    assert!(ear.more_than(0, Duration::from_secs(10)));
    let detector =
        conclude(vec![ear], &mut attacked(now() - 10), MARK, SHORT, &mut |_| append(&path, &line)).remove(0);
    assert!(!detector.heard && detector.remark.unwrap().contains("cut"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn floods_and_endless_lines_cost_no_more_than_their_bounds() {
    let mut heard = Heard::default();
    let line = falco("a", "", "tyrian-0a1b2c3d-0 /etc/.tyrian-0a1b2c3d");
    for _ in 0..ALERTS + 5 {
        heard.line(Kind::Falco, MARK, line.as_bytes());
    }
    assert!(heard.flooded && heard.said.len() == ALERTS);
    assert!(!judged("falco", &heard, 0, false).heard);

    let folder = scratch("endless");
    let path = folder.join("alerts");
    append(&path, "before");
    let ear = Ear::open(&source(Kind::Falco, &path), MARK);
    append(&path, &format!("{MARK}{}", "x".repeat(3 * LINE)));
    append(&path, &line);
    assert!(ear.more_than(0, Duration::from_secs(10)));
    assert_eq!(ear.count(), 1);
    drop(ear);
    std::fs::remove_dir_all(folder).unwrap();

    let mut attempt = attempt("start-shell");
    for number in 0..100 {
        note(&mut attempt, "falco", &Said { rule: format!("rule {number}"), ..said(&line, 0) }, 1);
    }
    assert_eq!(attempt.alerts.len(), PER_ATTEMPT);
}

#[test]
fn a_log_is_less_than_an_alert() {
    let mut attempt = attempt("start-shell");
    let line = falco("a", "", MARK);
    note(&mut attempt, "auditd", &Said { alert: false, ..said(&line, 0) }, 1);
    assert_eq!(attempt.visibility, Visibility::Logged);
    note(&mut attempt, "falco", &said(&line, 0), 1);
    note(&mut attempt, "auditd", &Said { alert: false, ..said(&line, 0) }, 1);
    assert_eq!((attempt.visibility, attempt.alerts.len()), (Visibility::Alerted, 2));
}
