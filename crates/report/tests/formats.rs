//! The formats of pipelines: how a small report looks in each, and that nothing scanned gets out of its place.
//! Schemas and readers of others are asked by `judges/formats`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this file is test code")]

mod sample;

use serde_json::Value;
use tyrian_report::{Report, csv, gitlab_codequality, gitlab_sast, json, junit, markdown, warnings_ng};

fn all(report: &Report) -> Vec<(&'static str, String)> {
    vec![
        ("small.junit.xml", junit::render(report)),
        ("small.md", markdown::render(report)),
        ("small.gitlab-sast.json", gitlab_sast::render(report).unwrap()),
        ("small.gitlab-codequality.json", gitlab_codequality::render(report).unwrap()),
        ("small.warnings-ng.json", warnings_ng::render(report).unwrap()),
        ("small.csv", csv::render(report)),
    ]
}

#[test]
fn a_small_report_looks_so() {
    for (name, text) in all(&sample::report()) {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
        snapbox::assert_data_eq!(text, snapbox::Data::read_from(&file, None).raw());
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(all(&sample::many()), all(&sample::many()));
}

/// Texts that mean something to some reader.
const EVIL: [&str; 14] = [
    "<script>alert(1)</script>",
    "]]></failure><failure message=\"",
    "\"><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@everyone #1 !2 :tada: ~bug",
    "[a](javascript:alert(1)) ![b](http://a.example/b.png) <http://a.example>",
    "| a | b |\n| - | - |",
    "`` ` ``` code",
    "\\| \\\\| \\`",
    "\u{0}\u{8}\u{1b}[2J\u{202e}\u{ffff}\r\n",
    "/close",
    "&lt;script&gt; &#60;b&#62;",
    "a\n\n# head\n\n- item\n\n<details>",
    "www.a.example mailto:a@b.example deadbeefdeadbeef",
];

/// A report in which every text is one of these.
fn hostile(evil: &str) -> Report {
    let mut report = sample::report();
    report.tool = format!("tyrian {evil} 1");
    for finding in &mut report.findings {
        for text in [
            &mut finding.name,
            &mut finding.what,
            &mut finding.check,
            &mut finding.world,
            &mut finding.subject,
        ] {
            *text = evil.to_owned();
        }
        (finding.why, finding.fix) = (evil.into(), evil.into());
        finding.ids = finding.ids.iter().cloned().chain([format!("{evil}:{evil}")]).collect();
        finding.owner = Some(evil.to_owned());
        if let Some(place) = &mut finding.place {
            place.file = evil.to_owned();
        }
        if let Some(waived) = &mut finding.waived {
            waived.reason = evil.to_owned();
            waived.owner = evil.to_owned();
        }
    }
    for source in &mut report.sources {
        source.target = evil.to_owned();
        source.gaps.iter_mut().for_each(|gap| gap.what = evil.to_owned());
    }
    report.unknowns.iter_mut().for_each(|unknown| unknown.what = evil.to_owned());
    report.decision.reasons = vec![evil.to_owned()];
    report.decision.refused = vec![evil.to_owned()];
    report.count();
    report
}

#[test]
fn nothing_that_does_something_unseen_is_written() {
    for evil in EVIL {
        for (name, text) in all(&hostile(evil)) {
            let bad = text.chars().find(|c| {
                *c != '\n' && !(*c == '\r' && name.ends_with(".csv")) && tyrian_report::text::hidden(*c)
            });
            assert_eq!(bad, None, "{name} of {evil:?}");
            if name.ends_with(".json") {
                serde_json::from_str::<Value>(&text).unwrap();
            }
        }
    }
}

/// The elements of a document, and whether each is closed; markup of a text would be one more.
#[test]
fn no_text_is_an_element_of_the_junit_document() {
    let elements = |text: &str| {
        text.split('<')
            .skip(1)
            .map(|part| part.split([' ', '>', '/']).next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let calm = elements(&junit::render(&hostile("calm")));
    assert!(calm.iter().filter(|name| *name == "failure").count() >= 4, "{calm:?}");
    for evil in EVIL {
        assert_eq!(elements(&junit::render(&hostile(evil))), calm, "{evil:?}");
    }
}

#[test]
fn every_row_of_the_table_has_its_columns() {
    for evil in EVIL {
        let text = csv::render(&hostile(evil));
        let mut cells = 0;
        let mut quoted = false;
        for c in text.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells += 1,
                '\n' if !quoted => {
                    assert_eq!(cells, 21, "{evil:?}");
                    cells = 0;
                }
                '\n' | '\r' if quoted => panic!("a line end in a cell: {evil:?}"),
                _ => {}
            }
        }
        assert!(!quoted, "{evil:?}");
        for cell in text.split([',', '\n']).map(|cell| cell.trim_start_matches('"').trim_start()) {
            assert!(!cell.starts_with(['=', '+', '@']), "{evil:?}: {cell}");
        }
    }
}

#[test]
fn markdown_has_neither_html_nor_more_lines_than_its_own() {
    let calm = markdown::render(&hostile("calm")).lines().count();
    for evil in EVIL {
        let text = markdown::render(&hostile(evil));
        assert_eq!(text.lines().count(), calm, "{evil:?}: {text}");
        // What stands between code spans has no tag, link or mention.
        let mut outside = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find('`') {
            if rest[..at].ends_with('\\') {
                outside.push_str(&rest[..at]);
                rest = &rest[at + 1..];
                continue;
            }
            outside.push_str(&rest[..at]);
            let fence = rest[at..].len() - rest[at..].trim_start_matches('`').len();
            let inner = &rest[at + fence..];
            let end = inner
                .match_indices(&"`".repeat(fence))
                .map(|(end, _)| end)
                .find(|end| !inner[end + fence..].starts_with('`') && !inner[..*end].ends_with('`'));
            let end = end.unwrap_or_else(|| panic!("a code span without end: {evil:?}: {text}"));
            rest = &inner[end + fence..];
        }
        outside.push_str(rest);
        assert!(!outside.contains(['<', '>', '@']), "{evil:?}: {outside}");
        let links = outside.replace("\\]", "").contains("](");
        assert!(!links && !outside.contains("://"), "{evil:?}: {outside}");
    }
}

#[test]
fn markdown_is_short_whatever_is_found() {
    let mut report = sample::report();
    let one = report.findings[0].clone();
    for n in 0..3000 {
        let mut finding = one.clone();
        finding.check = format!("check-{n}-{}", "x".repeat(300));
        finding.name = "y".repeat(5000);
        finding.fix = "z ".repeat(5000).into();
        finding.place.as_mut().unwrap().file = format!("{}/{n}", "deep/".repeat(500));
        report.findings.push(finding);
    }
    report.unknowns = vec![report.unknowns[0].clone(); 500];
    report.decision.reasons = vec!["r".repeat(4000); 500];
    report.count();
    let text = markdown::render(&report);
    assert!(text.len() < 40_000, "{}", text.len());
    assert!(text.contains("further checks"), "{text}");
}

#[test]
fn what_was_not_seen_is_said_in_every_format() {
    let mut report = sample::report();
    report.findings.clear();
    report.count();
    for (name, text) in all(&report) {
        assert!(text.contains("is filled in later") && text.contains("/etc/shadow"), "{name}: {text}");
    }
    let suites = junit::render(&report);
    assert!(suites.contains("errors=\"2\""), "{suites}");
}

#[test]
fn a_blind_scan_is_no_success() {
    let mut report = sample::report();
    let status = |report: &Report| -> Value {
        serde_json::from_str::<Value>(&gitlab_sast::render(report).unwrap()).unwrap()["scan"]["status"]
            .clone()
    };
    assert_eq!(status(&report), "success");
    report.sources[1].read = 0;
    assert_eq!(status(&report), "failure");
}

#[test]
fn accepted_findings_are_no_failures() {
    let report = sample::report();
    let suites = junit::render(&report);
    assert!(suites.contains("<skipped message=\"accepted until 2027-01-31"), "{suites}");
    for (name, text) in all(&report) {
        let left_out = ["sast", "codequality", "warnings"].iter().any(|part| name.contains(part));
        assert!(!(left_out && text.contains("sample-writable")), "{name}");
    }
}

/// gitleaks/gitleaks#1355: what an accepted finding is known by must not break when lines move or a branch is rebased.
#[test]
fn complaint_fingerprints_survive_what_moves_lines() {
    let before = sample::report();
    let mut after = before.clone();
    for place in after.findings.iter_mut().filter_map(|finding| finding.place.as_mut()) {
        place.line = place.line.map(|line| line + 40);
        place.column = Some(1);
    }
    after.taken += 86_400;
    after.count();
    let prints = |report: &Report| {
        let of = |text: &str, list: &str, key: &str| -> Vec<Value> {
            let value: Value = serde_json::from_str(text).unwrap();
            let items = if list.is_empty() { &value } else { &value[list] };
            items.as_array().unwrap().iter().map(|item| item[key].clone()).collect()
        };
        (
            of(&gitlab_sast::render(report).unwrap(), "vulnerabilities", "id"),
            of(&gitlab_codequality::render(report).unwrap(), "", "fingerprint"),
            of(&warnings_ng::render(report).unwrap(), "issues", "fingerprint"),
            of(&json::render(report).unwrap(), "findings", "group"),
        )
    };
    assert_eq!(prints(&before), prints(&after));
    let names = |report: &Report| {
        junit::render(report)
            .lines()
            .filter_map(|line| Some(line.split_once(" name=\"")?.1.split_once('"')?.0.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&before), names(&after));
}

#[test]
fn files_are_named_from_where_one_stands() {
    let mut report = sample::report();
    report.sources[0].root = Some("deploy/shop".into());
    report.sources[0].worlds = vec!["compose-shop".into()];
    let mut all = all(&report);
    all.push(("sarif", tyrian_report::sarif::render(&report).unwrap()));
    for (name, text) in all {
        assert!(text.contains("deploy/shop/compose.yaml"), "{name}: {text}");
    }
}
