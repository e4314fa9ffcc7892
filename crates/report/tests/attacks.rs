//! What attacks prove and break, as it is shown: on a page, on a terminal, and beside what was before.
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this file is test code")]

mod sample;

use tyrian_judge::attacks::{Proof, Says};
use tyrian_judge::matrix::{ControlKind, Grade, Matrix};
use tyrian_report::compare::{self, Pair};
use tyrian_report::{Report, html, matrix};

const DAY: i64 = 24 * 60 * 60;

fn proof(report: &Report, control: &str, says: Says, days: i64, lapsed: Option<&str>) -> Proof {
    Proof {
        threat: "container-breakout".into(),
        control: control.into(),
        subject: "engine/container:web".into(),
        says,
        attempt: "mount-file-system/fsopen".into(),
        run: "tyrian-1".into(),
        started: report.taken - days * DAY,
        lapsed: lapsed.map(str::to_owned),
    }
}

/// The sample after attacks: one control broken, one proven, one that detects, one whose proof has lapsed.
fn attacked() -> Report {
    let mut report = sample::report();
    report.matrix.controls[3].kind = ControlKind::Detects;
    let says = [
        (Grade::Broken, Says::Broken, 0, None),
        (Grade::Proven, Says::Prevented, 1, None),
        (Grade::Claimed, Says::Prevented, 40, Some("it was tried 40 days ago")),
        (Grade::Proven, Says::Detected, 3, None),
    ];
    for (n, (grade, says, days, lapsed)) in says.into_iter().enumerate() {
        let control = report.matrix.cells[n].control.clone();
        let proof = proof(&report, &control, says, days, lapsed);
        let cell = &mut report.matrix.cells[n];
        (cell.grade, cell.proofs) = (Some(grade), vec![proof]);
        cell.counts = [(grade, 1)].into();
    }
    report
}

#[test]
fn a_page_tells_proofs_apart_by_shape_sign_and_word() {
    let page = html::matrix(&attacked(), None);
    for (shape, what) in [
        ("<path class=\"broken\"", "an octagon"),
        ("<path class=\"proven\"", "a shield"),
        ("<circle class=\"detects\"", "a disc"),
        ("<circle class=\"lapsed\"", "a mark of a proof that counts no more"),
    ] {
        // One in the legend, and one in the picture.
        assert!(page.matches(shape).count() >= 2, "{what}: {shape}");
    }
    for words in [
        "container-breakout: broken",
        "container-breakout: proven",
        "container-breakout: detects",
        "went through on engine/container:web",
        "a day ago",
        "3 days ago",
        "counts no more: it was tried 40 days ago",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn a_terminal_of_80_columns_tells_the_same() {
    let text = plain(&matrix::render(&attacked().matrix, None, 80, attacked().taken));
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for words in
        ["D detects", "  taint-on-access            D", "  non-root                   P", "a day ago"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
}

fn side_by_side(before: &Matrix, after: &Report, columns: usize) -> String {
    plain(&compare::render(&Pair { before, after }, None, columns))
}

/// The text without colours.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[test]
fn what_became_better_and_what_became_worse_is_counted() {
    let (before, after) = (sample::report().matrix, attacked());
    let text = side_by_side(&before, &after, 80);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    // Absent became broken; unknown became proven; what was not judged is neither.
    assert!(text.contains("1 cell better, 1 worse, 1 that had no grade or have none"), "{text}");
    assert!(text.contains("worse: least-capability against container-breakout: absent → broken"), "{text}");
    assert!(text.contains("before   after"), "{text}");
    assert!(text.contains("least-capability            x         !"), "{text}");
    let page = html::comparison(&Pair { before: &before, after: &after }, None);
    assert!(page.contains("least-capability against container-breakout, before: absent"));
    assert!(page.contains("least-capability against container-breakout, after: broken"));
}

#[test]
fn what_did_not_change_is_no_change() {
    let report = sample::report();
    let text = side_by_side(&report.matrix, &report, 80);
    assert!(text.contains("0 cells better, 0 worse, 0 that"), "{text}");
}
