//! JUnit XML, which every pipeline shows: one suite a layer, one case a finding.
//!
//! An open finding is a failure, an accepted one is skipped with its reason, and what could not be judged is an error,
//! so that nobody takes it for a pass. The first suite is the gate. Valid for the schemas of Ant and of Jenkins' xUnit.

use crate::Report;
use crate::group::title;
use crate::matrix::LAYERS;
use crate::text::{clean, cut, escape, word, words};
use std::fmt::Write;
use tyrian_judge::finding::Finding;

/// The most columns of a name; servers keep them in columns of a database.
const LONGEST: usize = 500;

/// One case: how it is called, and what it came to.
struct Case {
    class: String,
    name: String,
    /// The element, its `message`, its `type` and its text; nothing for a pass.
    came: Option<(&'static str, String, String, String)>,
}

/// The report as one document.
pub fn render(report: &Report) -> String {
    let mut suites = vec![("gate".to_owned(), gate(report))];
    for (layer, name) in LAYERS {
        let of_layer = report.findings.iter().filter(|finding| finding.layer == layer);
        let cases: Vec<Case> = of_layer.map(|finding| case(report, finding)).collect();
        if !cases.is_empty() {
            suites.push((name.to_owned(), cases));
        }
    }
    let unseen: Vec<Case> = report.unseen().into_iter().enumerate().map(unknown).collect();
    if !unseen.is_empty() {
        suites.push(("unknown".to_owned(), unseen));
    }
    // The schema of Ant has no attributes here; who reads them counts by itself.
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let time = jiff::Timestamp::from_second(report.taken).unwrap_or_default();
    let time = time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    for (n, (name, cases)) in suites.iter().enumerate() {
        suite(&mut out, n, name, &time, cases, &report.tool);
    }
    out + "</testsuites>\n"
}

fn count(cases: &[Case], element: &str) -> usize {
    cases.iter().filter(|case| case.came.as_ref().is_some_and(|came| came.0 == element)).count()
}

fn suite(out: &mut String, n: usize, name: &str, time: &str, cases: &[Case], tool: &str) {
    let _ = writeln!(
        out,
        "  <testsuite id=\"{n}\" name=\"{}\" package=\"tyrian\" hostname=\"localhost\" timestamp=\"{time}\" tests=\"{}\" \
         failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\">",
        escape(name),
        cases.len(),
        count(cases, "failure"),
        count(cases, "error"),
        count(cases, "skipped")
    );
    let _ =
        writeln!(out, "    <properties><property name=\"tool\" value=\"{}\"/></properties>", escape(tool));
    for case in cases {
        let (class, name) = (escape(&cut(&case.class, LONGEST)), escape(&cut(&case.name, LONGEST)));
        let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"0\"");
        match &case.came {
            None => out.push_str("/>\n"),
            // No schema of Ant knows a text in `skipped` beside its message.
            Some(("skipped", message, _, _)) => {
                let _ =
                    writeln!(out, "><skipped message=\"{}\"/></testcase>", escape(&cut(message, LONGEST)));
            }
            Some((element, message, kind, text)) => {
                let _ = writeln!(
                    out,
                    "><{element} type=\"{}\" message=\"{}\">{}</{element}></testcase>",
                    escape(kind),
                    escape(&cut(message, LONGEST)),
                    text.lines().map(escape).collect::<Vec<_>>().join("\n")
                );
            }
        }
    }
    out.push_str("    <system-out/>\n    <system-err/>\n  </testsuite>\n");
}

fn gate(report: &Report) -> Vec<Case> {
    let decision = &report.decision;
    let came = (!decision.passed).then(|| {
        let reasons = decision.reasons.iter().chain(&decision.refused).map(|reason| clean(reason));
        let text = reasons.collect::<Vec<_>>().join("\n");
        let first = decision.reasons.first().map_or("the gate fails", String::as_str);
        ("failure", first.to_owned(), "gate".to_owned(), text)
    });
    vec![Case { class: "tyrian.gate".into(), name: "the gate passes".into(), came }]
}

fn case(report: &Report, finding: &Finding) -> Case {
    let class = format!("tyrian.{}.{}", word(&finding.layer), finding.check);
    // No line stands in the name, so that a fault that moves stays the same case.
    let name = format!("{} {} [{}]", finding.name, finding.what, finding.id);
    if let Some(waived) = &finding.waived {
        let message = format!(
            "accepted until {} by {} (owner {}): {}",
            waived.expires, waived.approver, waived.owner, waived.reason
        );
        return Case { class, name, came: Some(("skipped", message, String::new(), String::new())) };
    }
    let at = match (report.path(finding), finding.place.as_ref().and_then(|place| place.line)) {
        (Some(path), Some(line)) => format!("{path}:{line}"),
        (Some(path), None) => path,
        (None, _) => finding.subject.clone(),
    };
    let text = [
        clean(&title(finding)) + ".",
        format!("At: {}", clean(&at)),
        format!("Why: {}", words(&finding.why)),
        format!("Fix: {}", words(&finding.fix)),
    ];
    let message = format!("{} {}, at {at}", finding.name, finding.what);
    Case { class, name, came: Some(("failure", message, word(&finding.severity), text.join("\n"))) }
}

fn unknown((n, what): (usize, String)) -> Case {
    let text = clean(&what);
    Case {
        class: "tyrian.unknown".into(),
        name: format!("{} [{}]", what, n + 1),
        came: Some(("error", what, "unknown".into(), text)),
    }
}
