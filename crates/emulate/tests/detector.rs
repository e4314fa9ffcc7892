//! A real auditd notices an attempt, is read, and is killed.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;

use common::{Sandbox, Scratch};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tyrian_emulate::attack::Attacked;
use tyrian_emulate::detector::{Ear, Kind, Source, conclude};
use tyrian_emulate::program::Program;
use tyrian_emulate::techniques::TECHNIQUES;
use tyrian_model::purple::{Attempt, Outcome, Visibility};

const TEST: &str = "a_real_auditd_is_heard_until_it_is_killed";
const RULE: [&str; 9] =
    ["always,exit", "-F", "arch=b64", "-S", "mkdirat", "-F", "success=1", "-k", "tyrian-test-directory"];

/// An auditd with a log of its own, and one rule. Both are taken back.
struct Auditd {
    daemon: Child,
    enabled: String,
}

impl Auditd {
    fn start(folder: &Path) -> Option<Auditd> {
        let status = auditctl(&["-s"]);
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().to_owned())
        };
        let (Some(enabled), Some(pid)) = (field("enabled "), field("pid ")) else {
            tyrian_lab::elsewhere(TEST, "the kernel has no audit system here");
            return None;
        };
        if pid != "0" {
            tyrian_lab::elsewhere(TEST, "an auditd runs already");
            return None;
        }
        let configuration = format!(
            "log_file = {}\nlog_format = RAW\nflush = NONE\nmax_log_file_action = IGNORE\n\
             space_left = 2\nadmin_space_left = 1\nspace_left_action = IGNORE\n\
             admin_space_left_action = IGNORE\ndisk_full_action = IGNORE\ndisk_error_action = IGNORE\n",
            folder.join("audit.log").display()
        );
        std::fs::write(folder.join("auditd.conf"), configuration).unwrap();
        let mut daemon = Command::new(tyrian_lab::tool(TEST, "auditd")?);
        daemon.args(["-n", "-s", "disable", "-c"]).arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
        let auditd = Auditd { daemon: daemon.spawn().unwrap(), enabled };
        let until = Instant::now() + Duration::from_secs(10);
        let started = || std::fs::read_to_string(folder.join("audit.log")).unwrap_or_default();
        while !started().contains("DAEMON_START") {
            if Instant::now() > until {
                tyrian_lab::elsewhere(TEST, "auditd does not start here");
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        auditctl(&[&["-a"], &RULE[..]].concat());
        auditctl(&["-e", "1"]);
        Some(auditd)
    }

    fn kill(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

impl Drop for Auditd {
    fn drop(&mut self) {
        auditctl(&[&["-d"], &RULE[..]].concat());
        auditctl(&["-e", &self.enabled]);
        self.kill();
    }
}

fn auditctl(arguments: &[&str]) -> String {
    let output = Command::new("/usr/sbin/auditctl").args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn attempt() -> Attempt {
    Attempt {
        outcome: Outcome::Ran,
        detections: vec!["detect-dev-write".into()],
        ..Attempt::untried("hide-file", "directory")
    }
}

#[test]
fn a_real_auditd_is_heard_until_it_is_killed() {
    let tools = ["unshare", "ip", "auditd", "auditctl"];
    if !tyrian_lab::root(TEST) || tools.iter().any(|tool| tyrian_lab::tool(TEST, tool).is_none()) {
        return;
    }
    let folder = Scratch::new();
    let Some(mut auditd) = Auditd::start(&folder.0) else { return };
    let sandbox = Sandbox::new();
    let mark = sandbox.place.mark.clone();
    let technique = TECHNIQUES.iter().find(|technique| technique.name == "hide-file").unwrap();
    let variants = (technique.variants)(&sandbox.place);
    let program: Program = variants.into_iter().find(|way| way.name == "directory").unwrap().program;
    let source = Source { kind: Kind::Auditd, path: folder.0.join("audit.log") };
    let make = || sandbox.run(std::slice::from_ref(&program), "").programs[0].began;
    let attacked = |began: Option<i64>| Attacked {
        attempts: vec![attempt()],
        began: vec![began],
        until: began.map(|began| began + 50),
        clones: vec![format!("{mark}-0")],
        words: vec![vec![format!("/... {mark}")]],
        count: 1,
    };
    let patience = Duration::from_secs(5);

    let ear = Ear::open(&source, &mark);
    let mut about = attacked(make());
    let detector = conclude(vec![ear], &mut about, &mark, patience, &mut |_| {
        make();
    })
    .remove(0);
    assert!(detector.heard, "{detector:?}");
    let attempt = &about.attempts[0];
    assert_eq!(attempt.visibility, Visibility::Logged, "{detector:?}");
    assert_eq!(attempt.alerts[0].rule, "tyrian-test-directory");

    let short = Duration::from_millis(500);
    // It dies after it noticed the attempt.
    let ear = Ear::open(&source, &mark);
    let mut about = attacked(make());
    let mut killed = false;
    let detector = conclude(vec![ear], &mut about, &mark, short, &mut |_| {
        auditd.kill();
        killed = true;
        make();
    })
    .remove(0);
    assert!(killed && !detector.heard, "{detector:?}");
    assert_eq!(about.attempts[0].visibility, Visibility::Logged);

    // It is dead before.
    let ear = Ear::open(&source, &mark);
    let mut about = attacked(make());
    let detector = conclude(vec![ear], &mut about, &mark, short, &mut |_| {
        make();
    })
    .remove(0);
    assert!(!detector.heard, "{detector:?}");
    assert_eq!(about.attempts[0].visibility, Visibility::None);
}
