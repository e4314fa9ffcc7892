//! The report on a terminal: narrow and wide without colours, and with them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this file is test code")]

mod sample;

use tyrian_report::human::{Look, decision, render};

/// The text without escapes of colours, as it is where they are not wanted.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(|part| part.split_once('m').unwrap().1).collect::<String>()
}

#[test]
fn narrow() {
    let report = sample::report();
    let text = plain(&render(&report, &Look { columns: 80, all: false }));
    snapbox::assert_data_eq!(&text, snapbox::file!["snapshots/human-80.txt"].raw());
    assert!(text.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn wide() {
    let text = plain(&render(&sample::many(), &Look { columns: 200, all: false }));
    snapbox::assert_data_eq!(text, snapbox::file!["snapshots/human-200.txt"].raw());
}

#[test]
fn every_place() {
    let text = plain(&render(&sample::many(), &Look { columns: 80, all: true }));
    assert!(text.contains("container 11 ") && !text.contains("and 9 more"), "{text}");
    let short = plain(&render(&sample::many(), &Look { columns: 80, all: false }));
    assert!(!short.contains("container 11 ") && short.contains("… and 9 more"), "{short}");
    snapbox::assert_data_eq!(short, snapbox::file!["snapshots/human-many.txt"].raw());
}

#[test]
fn colours() {
    let text = render(&sample::report(), &Look { columns: 80, all: false });
    snapbox::assert_data_eq!(
        text.replace('\u{1b}', "ESC"),
        snapbox::file!["snapshots/human-colours.txt"].raw()
    );
}

#[test]
fn the_gate_says_why() {
    let text = plain(&decision(&sample::report(), 80));
    snapbox::assert_data_eq!(text, snapbox::file!["snapshots/gate-80.txt"].raw());
}

#[test]
fn hostile_names_stay_text() {
    let mut report = sample::report();
    for finding in &mut report.findings {
        let bad = "\u{1b}[2J\u{202e}\r";
        for text in [&mut finding.name, &mut finding.what, &mut finding.check] {
            text.push_str(bad);
        }
        for text in [&mut finding.why, &mut finding.fix] {
            *text = format!("{text}{bad}").into();
        }
        if let Some(place) = &mut finding.place {
            place.file.push_str("\u{1b}]0;x\u{7}");
        }
    }
    report.sources[0].target.push('\u{1b}');
    report.decision.reasons[0].push('\u{1b}');
    let text = plain(&render(&report, &Look { columns: 80, all: true }));
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\r', '\u{7}']), "{text:?}");
}
