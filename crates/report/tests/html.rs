//! The page against hostile names, by an independent parser; its bounds; and a small report as it looks.
#![allow(clippy::unwrap_used, clippy::panic, reason = "all of this file is test code")]

mod sample;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_report::compare::Pair;
use tyrian_report::{Report, html};

const HOSTILE: &str =
    "<script>alert(1)</script>\"'&\u{202e}\u{1b}[31m</style></title><img src=x onerror=alert(1)>`a";

/// What a parser sees: tags and their attributes, what is open, and what is wrong.
#[derive(Default)]
struct Seen {
    tags: RefCell<BTreeMap<String, usize>>,
    attributes: RefCell<BTreeSet<(String, String)>>,
    links: RefCell<Vec<(String, String)>>,
    ids: RefCell<BTreeSet<String>>,
    open: RefCell<Vec<String>>,
    errors: RefCell<Vec<String>>,
}

const VOID: [&str; 6] = ["meta", "br", "input", "rect", "circle", "path"];

impl TokenSink for Seen {
    type Handle = ();
    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => {
                let name = tag.name.to_string();
                if tag.kind == TagKind::EndTag {
                    let open = self.open.borrow_mut().pop();
                    if open.as_deref() != Some(&name) {
                        self.errors.borrow_mut().push(format!("line {line}: </{name}> closes {open:?}"));
                    }
                    return TokenSinkResult::Continue;
                }
                *self.tags.borrow_mut().entry(name.clone()).or_insert(0) += 1;
                for attribute in &tag.attrs {
                    let (key, value) = (attribute.name.local.to_string(), attribute.value.to_string());
                    match key.as_str() {
                        "id" => drop(self.ids.borrow_mut().insert(value)),
                        "href" => self.links.borrow_mut().push((name.clone(), value)),
                        _ => {}
                    }
                    self.attributes.borrow_mut().insert((name.clone(), key));
                }
                if !VOID.contains(&name.as_str()) {
                    self.open.borrow_mut().push(name.clone());
                }
                match name.as_str() {
                    "script" => TokenSinkResult::RawData(html5ever::tokenizer::states::ScriptData),
                    "style" => TokenSinkResult::RawData(html5ever::tokenizer::states::Rawtext),
                    "title" if self.open.borrow().iter().all(|tag| tag != "svg") => {
                        TokenSinkResult::RawData(html5ever::tokenizer::states::Rcdata)
                    }
                    _ => TokenSinkResult::Continue,
                }
            }
            Token::ParseError(error) => {
                self.errors.borrow_mut().push(format!("line {line}: {error}"));
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

fn parse(text: &str) -> Seen {
    let tokenizer =
        Tokenizer::new(Seen::default(), TokenizerOpts { exact_errors: true, ..Default::default() });
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(text));
    while let html5ever::TokenizerResult::Script(()) = tokenizer.feed(&queue) {}
    tokenizer.end();
    tokenizer.sink
}

/// Puts the hostile text behind every string.
fn poison(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => text.push_str(HOSTILE),
        serde_json::Value::Array(items) => items.iter_mut().for_each(poison),
        serde_json::Value::Object(entries) => entries.values_mut().for_each(poison),
        _ => {}
    }
}

/// The sample with hostile texts in every string that is not one of the program's own words.
fn hostile() -> Report {
    let clean = serde_json::to_value(sample::report()).unwrap();
    let mut poisoned = clean.clone();
    poison(&mut poisoned);
    restore(&clean, &mut poisoned, "");
    // The kind of a source is a free text, unlike that of a control.
    poisoned["sources"].as_array_mut().unwrap().iter_mut().for_each(|source| poison(&mut source["kind"]));
    let control = poisoned["matrix"]["controls"][0]["id"].as_str().unwrap().to_owned();
    let duty = poisoned["duties"].as_object_mut().unwrap();
    let value = duty.values().next().unwrap().clone();
    duty.insert(control, value);
    serde_json::from_value(poisoned).unwrap()
}

/// Puts the words back that a type of the program knows.
fn restore(clean: &serde_json::Value, poisoned: &mut serde_json::Value, key: &str) {
    use serde_json::Value;
    let words = ["severity", "confidence", "layer", "layers", "basis", "grade", "kind", "why"];
    match (clean, poisoned) {
        (Value::String(word), poisoned)
            if words.contains(&key) && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') =>
        {
            *poisoned = Value::String(word.clone());
        }
        (Value::Array(clean), Value::Array(poisoned)) => {
            clean.iter().zip(poisoned).for_each(|(clean, poisoned)| restore(clean, poisoned, key));
        }
        (Value::Object(clean), Value::Object(poisoned)) => {
            clean.iter().for_each(|(key, clean)| restore(clean, &mut poisoned[key], key));
        }
        _ => {}
    }
}

#[test]
fn hostile_names_are_no_markup() {
    let report = hostile();
    for (render, plain) in [
        (html::render(&report), html::render(&sample::report())),
        (html::matrix(&report, None), html::matrix(&sample::report(), None)),
        (compared(&report), compared(&sample::report())),
    ] {
        let (seen, plain) = (parse(&render), parse(&plain));
        assert_eq!(seen.errors.take(), Vec::<String>::new());
        assert_eq!(seen.open.take(), Vec::<String>::new(), "all that opens closes");
        let tags = seen.tags.take();
        assert_eq!(tags["script"], 1);
        assert!(!tags.contains_key("img"), "{tags:?}");
        let attributes = seen.attributes.take();
        assert!(attributes.is_subset(&plain.attributes.take()), "{attributes:?}");
        assert!(!render.contains('\u{202e}') && !render.contains('\u{1b}'));
        assert!(render.contains("\\u{202e}"));
    }
}

/// The page of a report beside one in which nothing was judged.
fn compared(report: &Report) -> String {
    let mut before = report.matrix.clone();
    before.cells.iter_mut().for_each(|cell| cell.grade = None);
    html::comparison(&Pair { before: &before, after: report }, None)
}

#[test]
fn nothing_is_loaded_and_every_link_leads_somewhere() {
    let seen = parse(&html::render(&sample::report()));
    assert_eq!(seen.errors.take(), Vec::<String>::new());
    let ids = seen.ids.take();
    let links = seen.links.take();
    assert!(links.len() > 20);
    for (tag, target) in links {
        assert_eq!(tag, "a");
        match target.strip_prefix('#') {
            Some(id) => assert!(ids.contains(id), "#{id} is nowhere"),
            None => assert!(target.starts_with("https://attack.mitre.org/techniques/T"), "{target}"),
        }
    }
    let attributes = seen.attributes.take();
    assert!(attributes.iter().all(|(_, name)| name != "src" && name != "style" && !name.starts_with("on")));
}

#[test]
fn the_policy_of_the_page_knows_its_script() {
    let page = html::render(&sample::report());
    let script = page.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    let hash = base64(&Sha256::digest(script));
    assert!(page.contains(&format!("script-src 'sha256-{hash}'")), "SCRIPT_HASH in html.rs is to be {hash}");
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let all = three.iter().chain([&0, &0]).take(3).fold(0u32, |all, byte| all << 8 | u32::from(*byte));
        for n in 0..4 {
            let letter = char::from(LETTERS[(all >> (18 - 6 * n) & 63) as usize]);
            out.push(if n > three.len() { '=' } else { letter });
        }
    }
    out
}

#[test]
fn a_flood_of_findings_stays_a_page() {
    let mut report = sample::report();
    let one = report.findings[0].clone();
    for n in 0..50_000 {
        let mut finding = one.clone();
        finding.check = format!("check-{}", n % 1000);
        finding.what = "x".repeat(100_000 / (1 + n));
        finding.name = format!("{n}");
        report.findings.push(finding);
    }
    report.count();
    let page = html::render(&report);
    assert!(page.len() < 8 << 20, "{} bytes", page.len());
    assert!(page.contains("more: see JSON"));
}

#[test]
fn a_small_report_looks_so() {
    let page = html::render(&sample::report());
    let (head, rest) = page.split_once("<style>").unwrap();
    let body = rest.split_once("</style>").unwrap().1.split_once("<script>").unwrap().0;
    snapbox::assert_data_eq!(format!("{head}<style/>{body}"), snapbox::file!["snapshots/small.html"].raw());
}
