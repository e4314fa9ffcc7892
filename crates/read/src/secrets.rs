//! Finds what looks like a secret, and keeps it out of the facts.
//!
//! A secret is known by its *form* (a token with a prefix of its own, a private key, a URL with a password) or by
//! the *name* it goes by (`DB_PASSWORD=…`). Forms are checked as far as they can be: check digits, a header that
//! decodes, a key whose encoding is whole. Names prove little, so what they count for depends on who asks:
//!
//! | asked by | forms | names |
//! |---|---|---|
//! | [`sightings`] | yes | no |
//! | [`sightings_in`] (a file of a tree or an image) | yes | only values that no person would invent |
//! | [`conceal`] (a value on its way into the facts) | yes, also broken ones | any literal, weak ones too |
//!
//! One pass of an automaton looks for the literal beginnings of all forms; only at a hit is anything else done.

mod forms;
mod key_block;
mod name;
mod value;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input as Haystack, MatchKind, automaton::OverlappingState};
use forms::{FORMS, LONGEST, pattern};
use hmac::{Hmac, Mac};
use key_block::{encoded_key_block, key_block};
pub use name::{NAME_OF_CREDENTIALS, kind_of_name};
use name::{assignment, kind_of_value, literal_parts, trimmed};
use regex::Regex;
use sha2::Sha256;
use std::fmt::Write;
use std::sync::LazyLock;
use tyrian_model::fact::Pos;
use tyrian_model::secret::{Concealed, Sighting};
use value::{everyday, is_hex, is_one_of, is_placeholder, is_reference, mixed, random, strong};

/// The key of the hashes by which one secret in two places is seen to be one.
pub struct Key(pub [u8; 32]);

/// How many sightings of one text are kept. A last one of the kind [`MORE`] says that there were more.
pub const MOST: usize = 200;

/// The kind of the note that a text has more secrets than are listed; it stands where the first one left out is.
pub const MORE: &str = "more-not-listed";

/// The longest private key that is looked at, in bytes of text.
const LONGEST_KEY: usize = 32 * 1024;

/// What looks like a secret in a text, by its form alone, in the order of the text: at most [`MOST`] and a note.
pub fn sightings(key: &Key, text: &str) -> Vec<Sighting> {
    tell(key, text, find(text, &Ask { names: Names::No, eager: false, weak: true }))
}

/// What looks like a secret in the file `path` of a tree or an image, by its form or its name.
///
/// In tests and documents only what a machine can recognise for certain counts: there, made-up passwords and
/// tokens are the rule. Of names, only values that look as if drawn by lot count, save in files that hold nothing
/// but settings (`.env`, `*.tfvars`, `.netrc`).
pub fn sightings_in(key: &Key, path: &str, text: &str) -> Vec<Sighting> {
    let about = Path::of(path);
    let names = match about {
        // The modules of Ansible carry their documents, with passwords for example, in the code.
        _ if path.ends_with(".py") && text.contains("\nEXAMPLES = ") => Names::No,
        Path { made_up: true, .. } | Path { generated: true, .. } => Names::No,
        Path { settings: true, .. } => Names::Settings,
        Path { config: true, .. } => Names::Config,
        _ => Names::Code,
    };
    let mut hits = find(text, &Ask { names, eager: false, weak: !about.made_up });
    if path.ends_with(".py") && hits.iter().any(|hit| hit.named) {
        let documents = docstrings(text);
        hits.retain(|hit| !hit.named || !documents.iter().any(|range| range.contains(&hit.start)));
    }
    tell(key, text, hits)
}

/// Where the documents of a Python file stand: strings in three quotes that begin a line. What they show are examples.
fn docstrings(text: &str) -> Vec<std::ops::Range<usize>> {
    const DOUBLE: &str = "\"\"\"";
    const SINGLE: &str = "'''";
    let (mut found, mut at) = (Vec::new(), 0);
    let mut open: Option<(usize, &str)> = None;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start().trim_start_matches(['r', 'R']);
        let quote = [DOUBLE, SINGLE].into_iter().find(|quote| content.starts_with(quote));
        match (open, quote) {
            (Some((start, quote)), _) if line.contains(quote) => {
                found.push(start..at + line.len());
                open = None;
            }
            (None, Some(quote)) if !content[3..].contains(quote) => open = Some((at, quote)),
            (None, Some(_)) => found.push(at..at + line.len()),
            _ => {}
        }
        at += line.len();
    }
    found
}

/// A value as it may enter the facts: what looks like a secret, by its form or by the name that it goes by, is
/// replaced by `[kind]`. Each sighting stands at `at`.
///
/// A literal is a secret by its name even where it is a weak one (`changeme`). A reference (`${X}`, `$(…)`,
/// `{{ … }}`, a path, the name of a secret store's entry) is none, nor is an evident placeholder
/// (`<your-token>`, `xxxx`).
pub fn conceal(key: &Key, name: &str, text: &str, at: Option<Pos>) -> Concealed {
    let mut hits = find(text, &Ask { names: Names::Any, eager: true, weak: true });
    if let Some(kind) = kind_of_name(name) {
        let (start, end) = trimmed(text);
        let named = |(start, end)| Hit::named(start, end, kind_of_value(kind, &text[start..end]));
        hits.extend(literal_parts(text, start, end).map(named));
    }
    join(&mut hits, true);
    let mut out = String::with_capacity(text.len());
    let mut secrets = Vec::new();
    let mut done = 0;
    for hit in hits {
        let value = &text[hit.start..hit.end];
        out.push_str(&text[done..hit.start]);
        let _ = write!(out, "[{}]", hit.kind);
        done = hit.end;
        if secrets.len() < MOST && !hit.doubted {
            secrets.push(Sighting {
                kind: hit.kind.into(),
                length: value.len(),
                hash: hash(key, value),
                at: at.clone(),
            });
        }
    }
    out.push_str(&text[done..]);
    Concealed { text: out, secrets, at }
}

/// The keyed hash of a value: the first 16 hexadecimal digits of its HMAC-SHA256.
pub fn hash(key: &Key, value: &str) -> String {
    let mut out = String::with_capacity(16);
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) {
        mac.update(value.as_bytes());
        for byte in &mac.finalize().into_bytes()[..8] {
            let _ = write!(out, "{byte:02x}");
        }
    }
    out
}

/// Secrets of a log, weak ones too: in a log, `password=hunter2` is somebody's password.
pub(crate) fn in_log(text: &str) -> Vec<Hit> {
    find(text, &Ask { names: Names::Any, eager: false, weak: true })
}

/// A place in a text that looks like a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: &'static str,
    named: bool,
    /// Has it only the form of a token, with check digits that are wrong or nothing random in it? It is kept out of
    /// the facts then, and is no sighting.
    doubted: bool,
}

impl Hit {
    pub(crate) fn form(start: usize, end: usize, kind: &'static str) -> Self {
        Hit { start, end, kind, named: false, doubted: false }
    }
    fn named(start: usize, end: usize, kind: &'static str) -> Self {
        Hit { start, end, kind, named: true, doubted: false }
    }
}

/// Sightings of hits that stand in the order of the text.
pub(crate) fn tell(key: &Key, text: &str, hits: Vec<Hit>) -> Vec<Sighting> {
    let mut place = Place::default();
    let mut out = Vec::new();
    for (count, hit) in hits.into_iter().enumerate() {
        let at = Some(place.of(text, hit.start));
        let value = &text[hit.start..hit.end];
        if count == MOST {
            out.push(Sighting { kind: MORE.into(), length: 0, hash: String::new(), at });
            break;
        }
        out.push(Sighting { kind: hit.kind.into(), length: value.len(), hash: hash(key, value), at });
    }
    out
}

/// Lines and columns of places that are asked for in the order of the text, each character counted once.
pub(crate) struct Place {
    seen: usize,
    line: u32,
    column: u32,
}

impl Default for Place {
    fn default() -> Self {
        Place { seen: 0, line: 1, column: 1 }
    }
}

impl Place {
    pub(crate) fn of(&mut self, text: &str, at: usize) -> Pos {
        let part = text.get(self.seen..at).unwrap_or_default();
        let lines = part.bytes().filter(|&b| b == b'\n').count();
        let last = match part.rfind('\n') {
            Some(end) => {
                self.column = 1;
                &part[end + 1..]
            }
            None => part,
        };
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.column = self.column.saturating_add(u32::try_from(last.chars().count()).unwrap_or(u32::MAX));
        self.seen = self.seen.max(at);
        Pos::new(self.line, self.column)
    }
}

/// What is asked of the search.
struct Ask {
    names: Names,
    /// Forms that are broken or cut off count as well.
    eager: bool,
    /// Forms that are often made up (URLs with passwords, JSON web tokens) count.
    weak: bool,
}

/// What a name counts for.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    /// Nothing.
    No,
    /// Quoted values that look as if drawn by lot.
    Code,
    /// The same, and they need no quotes.
    Config,
    /// Any literal that is no placeholder and no everyday word.
    Settings,
    /// Any literal, also in commands.
    Any,
}

/// What a path tells about a file.
struct Path {
    made_up: bool,
    generated: bool,
    settings: bool,
    config: bool,
}

impl Path {
    fn of(path: &str) -> Self {
        let path = path.to_ascii_lowercase();
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let part_of_tests = |word: &str| {
            word.starts_with("test")
                || word
                    .strip_suffix('s')
                    .unwrap_or(word)
                    .strip_suffix("test")
                    .is_some_and(|rest| !is_one_of(rest, "la at con pro grea fas"))
                || is_one_of(
                    word.strip_suffix("data").or_else(|| word.strip_suffix('s')).unwrap_or(word),
                    "spec fuzz fuzzer fixture example sample mock demo fake stub e2e snapshot doc i18n locale tutorial changelog mirage molecule",
                )
        };
        let words = |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(part_of_tests);
        Path {
            made_up: words(folders)
                || words(name)
                || is_one_of(name, "metadata pkg-info readme copyright changes")
                || is_one_of(extension, "md rst adoc mdx html htm dist template tmpl po"),
            generated: matches!(extension, "lock" | "sum" | "map" | "svg" | "ipynb")
                || name.contains(".min.")
                || folders.split('/').any(|folder| folder == ".yarn")
                || matches!(name, "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml"),
            settings: name == ".env"
                || name.starts_with(".env.")
                || matches!(extension, "env" | "tfvars")
                || matches!(name, ".netrc" | "_netrc" | ".npmrc" | ".pypirc" | ".my.cnf"),
            config: is_one_of(extension, "yml yaml json toml ini cfg conf cnf properties config xml tf")
                || matches!(extension, "sh" | "bash")
                || name.starts_with("dockerfile")
                || matches!(name, "config" | "credentials"),
        }
    }
}

/// Beginnings of what is no plain token.
const KEY_BLOCK: &str = "-----BEGIN ";
const KEY_BLOCK_ENCODED: &[&str] = &["LS0tLS1CRUdJTi", "0tLS0tQkVHSU4g", "tLS0tLUJFR0lOI"];
const URL: &str = "://";
const HEADERS: &[&str] = &["earer ", "asic ", "EARER ", "ASIC "];
const AUTH: &str = "\"auth\"";
const MAILGUN: &str = "key-";
/// Names without their first letter, which may be a capital.
const NAMES: &str = "assword ASSWORD asswd ASSWD assphrase ASSPHRASE ecret ECRET oken OKEN pi_key PI_KEY piKey PIKey \
        pikey PIKEY pi-key PI-KEY pi-Key _pwd _PWD _pass _PASS Pwd ccess_key CCESS_KEY ccessKey \
        ccess-key rivate_key RIVATE_KEY rivateKey ncryption_key NCRYPTION_KEY ncryptionKey igning_key \
        IGNING_KEY igningKey aster_key ASTER_KEY ccount_key CCOUNT_KEY ccountKey uth_key UTH_KEY uthKey \
        APP_KEY redential REDENTIAL";
/// Commands that take a password as an argument.
const COMMANDS: &[&str] =
    &["chpasswd", "sshpass", "curl ", "mysql", "login ", "redis-cli", "--user", "htpasswd"];

#[derive(Clone, Copy)]
enum Anchor {
    Form(usize),
    KeyBlock,
    KeyBlockEncoded,
    Url,
    Header,
    Auth,
    Mailgun,
    Name,
    Command,
}

static ANCHORS: LazyLock<(Vec<Anchor>, Option<AhoCorasick>)> = LazyLock::new(|| {
    let mut anchors = Vec::new();
    let mut texts: Vec<&str> = Vec::new();
    let mut add = |list: &[&'static str], anchor: Anchor| {
        texts.extend(list);
        anchors.extend(list.iter().map(|_| anchor));
    };
    for (index, form) in FORMS.iter().enumerate() {
        add(form.anchors, Anchor::Form(index));
    }
    add(&[KEY_BLOCK], Anchor::KeyBlock);
    add(KEY_BLOCK_ENCODED, Anchor::KeyBlockEncoded);
    add(&[URL], Anchor::Url);
    add(HEADERS, Anchor::Header);
    add(&[AUTH], Anchor::Auth);
    add(&[MAILGUN], Anchor::Mailgun);
    NAMES.split(' ').for_each(|name| add(&[name], Anchor::Name));
    add(COMMANDS, Anchor::Command);
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(&texts)
        .ok();
    (anchors, automaton)
});

fn find(text: &str, ask: &Ask) -> Vec<Hit> {
    let mut hits = Vec::new();
    let (anchors, Some(automaton)) = &*ANCHORS else { return hits };
    let mut state = OverlappingState::start();
    // Up to where the text was looked at already, by what: a hostile text is not read over and over.
    let (mut named, mut encoded, mut tokens) = (0, 0, [0; FORMS.len()]);
    loop {
        automaton.find_overlapping(Haystack::new(text), &mut state);
        let Some(found) = state.get_match() else { break };
        let (start, end) = (found.start(), found.end());
        match anchors[found.pattern().as_usize()] {
            Anchor::Form(index) => {
                if start >= tokens[index] {
                    tokens[index] = token(text, index, start, ask, &mut hits);
                }
            }
            Anchor::KeyBlock => key_block(text, start, ask, &mut hits),
            Anchor::KeyBlockEncoded => {
                if start >= encoded {
                    encoded = encoded_key_block(text, start, &mut hits);
                }
            }
            Anchor::Url => url_password(text, start, end, ask, &mut hits),
            Anchor::Header => header(text, start, end, ask, &mut hits),
            Anchor::Auth => registry_auth(text, end, ask, &mut hits),
            Anchor::Mailgun => mailgun(text, start, end, &mut hits),
            Anchor::Name => {
                if ask.names != Names::No && end > named {
                    named = assignment(text, start, end, ask.names, &mut hits);
                }
            }
            Anchor::Command => {
                if ask.names == Names::Any {
                    command(text, start, &mut hits);
                }
            }
        }
        // More than is ever listed; the order of discovery is nearly that of the text.
        if !ask.eager && hits.len() > 4 * MOST {
            break;
        }
    }
    beside_ids(text, &mut hits);
    join(&mut hits, ask.eager);
    hits
}

/// Puts hits into the order of the text and lets none overlap. What goes by a name gives way to what has a form;
/// where `all` is set, what is covered by either stays covered.
fn join(hits: &mut Vec<Hit>, all: bool) {
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end), hit.named));
    let mut out: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits.drain(..) {
        match out.last_mut() {
            Some(last) if hit.start < last.end => {
                let replaces = last.named && !hit.named;
                if all {
                    last.end = last.end.max(hit.end);
                    last.doubted &= hit.doubted;
                    if replaces {
                        (last.kind, last.named) = (hit.kind, false);
                    }
                } else if replaces {
                    *last = hit;
                }
            }
            _ => out.push(hit),
        }
    }
    *hits = out;
}

fn window(text: &str, start: usize, length: usize) -> &str {
    let end = text.floor_char_boundary(start.saturating_add(length).min(text.len()));
    &text[start.min(end)..end]
}

fn before(text: &str, at: usize, length: usize) -> &str {
    &text[text.ceil_char_boundary(at.saturating_sub(length)).min(at)..at]
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Does a token begin at `start`, or is this the middle of a longer word? An escape before it (`\n`, `%3D`, a
/// terminal's colour) is no part of it.
fn begins(text: &str, start: usize) -> bool {
    let past = &text.as_bytes()[..start];
    match past {
        [.., b'\\', b'n' | b't' | b'r'] | [] => true,
        [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => true,
        [.., b'm'] => {
            let digits = past[..past.len() - 1]
                .iter()
                .rev()
                .take(12)
                .take_while(|b| b.is_ascii_digit() || **b == b';')
                .count();
            past[..past.len() - 1 - digits].ends_with(b"\x1b[")
        }
        [.., last] => {
            !is_word(*last) && *last != b'+' && *last != b'/' || (*last == b'/' && !in_base64(past))
        }
    }
}

/// Is the slash at the end of `past` one of a path or a URL, or of a long run of base64?
fn in_base64(past: &[u8]) -> bool {
    past.iter().rev().take(40).take_while(|b| is_word(**b) || matches!(b, b'+' | b'/')).count() == 40
}

fn ends(text: &str, end: usize) -> bool {
    !text.as_bytes().get(end).copied().is_some_and(is_word)
}

/// A token of this form around the anchor; says up to where the text has been looked at.
fn token(text: &str, index: usize, anchor: usize, ask: &Ask, hits: &mut Vec<Hit>) -> usize {
    let form = &FORMS[index];
    let web = form.kind == "json-web-token";
    if web && (!ask.weak || text[..anchor].ends_with('-')) {
        return anchor;
    }
    if form.back == 0 && form.kind != "password-hash" && !begins(text, anchor) {
        return anchor;
    }
    let telegram = form.kind == "telegram-bot-token";
    let within = |b: &u8| b.is_ascii_digit() || !telegram && (is_word(*b) || matches!(b, b'~' | b'.' | b'-'));
    let from =
        anchor - text.as_bytes()[..anchor].iter().rev().take(form.back).take_while(|b| within(b)).count();
    let part = window(text, from, LONGEST);
    let Some(found) = pattern(index).and_then(|pattern| pattern.captures(part)) else { return anchor };
    let Some(whole) = found.get(0) else { return anchor };
    let value = found.get(1).unwrap_or(whole);
    let (first, start, end) = (from + whole.start(), from + value.start(), from + value.end());
    let fits = match form.kind {
        _ if telegram => !text.as_bytes()[..first].last().is_some_and(u8::is_ascii_digit),
        "password-hash" => user_at_line_start(text, anchor),
        "azure-sas-signature" => {
            before_line(text, anchor).contains("sv=20") || window(text, anchor, 400).contains("sv=20")
        }
        // The id in a signature that was sent; it tells nothing.
        "aws-access-key-id" => !text[end..].starts_with("/2") && !text[end..].starts_with("%2F2"),
        _ => form.back == 0 || begins(text, first),
    };
    if fits && first <= anchor && anchor < end && ends(text, end) {
        let doubted = !(form.check)(value.as_str());
        // A person may have mistyped a token, or shown all but its end.
        if !doubted || ask.eager && !is_placeholder(value.as_str()) {
            hits.push(Hit { doubted, ..Hit::form(start, end, form.kind) });
        }
    }
    end
}

/// What stands before `at` in its line, at most 2 KiB of it.
fn before_line(text: &str, at: usize) -> &str {
    let part = before(text, at, 2048);
    part.rfind('\n').map_or(part, |end| &part[end + 1..])
}

fn user_at_line_start(text: &str, colon: usize) -> bool {
    let user = before_line(text, colon);
    !user.is_empty()
        && user.len() <= 64
        && user.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'-' | b'@'))
}

/// The secrets that stand beside an id: AWS's secret key beside the key's id, Twilio's token beside the account.
fn beside_ids(text: &str, hits: &mut Vec<Hit>) {
    static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("[A-Za-z0-9/+]{40,}").ok());
    let Some(secret) = &*SECRET else { return };
    let ids: Vec<usize> =
        hits.iter().filter(|hit| hit.kind == "aws-access-key-id").take(MOST).map(|hit| hit.end).collect();
    for id in ids {
        let from = text.ceil_char_boundary(id.saturating_sub(220));
        let part = window(text, from, 440);
        let found = secret.find_iter(part).find(|found| {
            found.len() == 40
                && random(found.as_str(), 4.1)
                && mixed(found.as_str(), 0.35)
                && !is_hex(found.as_str())
        });
        if let Some(found) = found {
            hits.push(Hit::form(from + found.start(), from + found.end(), "aws-secret-access-key"));
        }
    }
}

fn url_password(text: &str, start: usize, end: usize, ask: &Ask, hits: &mut Vec<Hit>) {
    if !ask.weak || !text.as_bytes()[..start].last().is_some_and(u8::is_ascii_alphanumeric) {
        return;
    }
    let part = window(text, end, 400);
    let stop = part.find(|c: char| c.is_whitespace() || "\"'`<>\\/?#,".contains(c)).unwrap_or(part.len());
    let Some(at) = part[..stop].rfind('@') else { return };
    let Some(colon) = part[..at].find(':') else { return };
    let (user, password, host) = (&part[..colon], &part[colon + 1..at], &part[at + 1..stop]);
    if password.is_empty() || host.is_empty() || is_reference(password) || is_placeholder(password) {
        return;
    }
    let guess = |value: &str| {
        everyday(value)
            || value.to_ascii_lowercase().contains("passw")
            || value.eq_ignore_ascii_case(user)
            || value.contains(['{', '}', '(', ')', '[', '$', '*', '%', '|'])
    };
    if !ask.eager && (guess(password) || everyday_host(host) || password.len() < 6) && ask.names != Names::Any
    {
        return;
    }
    hits.push(Hit::form(end + colon + 1, end + at, "url-password"));
}

/// Hosts of documents and tests.
fn everyday_host(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let name = host.trim_end_matches('.');
    ["example.com", "example.org", "example.net", ".example", ".test", ".invalid", "domain.com"]
        .iter()
        .any(|known| name.ends_with(known))
        || is_one_of(name, "localhost 127.0.0.1 host hostname server example 0.0.0.0 foo foo.com site.com")
        || name.contains(['{', '$', '%', '(', '['])
}

/// `Authorization: Bearer …` and `Basic …`.
fn header(text: &str, start: usize, end: usize, ask: &Ask, hits: &mut Vec<Hit>) {
    if !ask.weak || !before(text, start, 40).to_ascii_lowercase().contains("authorization") {
        return;
    }
    let part = window(text, end, 4096);
    let length = part.bytes().take_while(|b| is_word(*b) || b"-.~+/=".contains(b)).count();
    let value = &part[..length];
    let basic = text[start..end].eq_ignore_ascii_case("asic ");
    let fits = if basic {
        base64(value.as_bytes()).is_some_and(|bytes| {
            value.len() >= 8
                && !is_placeholder(value)
                && bytes.contains(&b':')
                && bytes.iter().all(|b| (0x20..0x7f).contains(b))
                && (ask.eager
                    || ask.names == Names::Any
                    || !bytes
                        .rsplit(|&b| b == b':')
                        .next()
                        .is_some_and(|p| everyday(&String::from_utf8_lossy(p))))
        })
    } else if ask.eager || ask.names == Names::Any {
        value.len() >= 6 && !is_placeholder(value)
    } else {
        value.len() >= 20 && strong(value)
    };
    if fits {
        hits.push(Hit::form(end, end + length, if basic { "basic-credentials" } else { "bearer-token" }));
    }
}

/// `"auth": "…"` of a Docker configuration: base64 of `user:password`.
fn registry_auth(text: &str, end: usize, ask: &Ask, hits: &mut Vec<Hit>) {
    if !ask.weak {
        return;
    }
    let part = window(text, end, 2048);
    let rest =
        part.trim_start().strip_prefix(':').map(str::trim_start).and_then(|rest| rest.strip_prefix('"'));
    let Some(rest) = rest else { return };
    let Some(value) = rest.find('"').map(|length| &rest[..length]) else { return };
    let fits = value.len() >= 12
        && value.len() % 4 == 0
        && base64(value.as_bytes()).is_some_and(|bytes| {
            bytes.iter().all(|b| (0x20..0x7f).contains(b))
                && bytes
                    .split(|&b| b == b':')
                    .nth(1)
                    .is_some_and(|p| p.len() >= 3 && !everyday(&String::from_utf8_lossy(p)))
        });
    if fits {
        let start = end + part.len() - rest.len();
        hits.push(Hit::form(start, start + value.len(), "registry-auth"));
    }
}

fn mailgun(text: &str, start: usize, end: usize, hits: &mut Vec<Hit>) {
    let length = text.as_bytes()[end..].iter().take(40).take_while(|b| b.is_ascii_hexdigit()).count();
    let near = |part: &str| part.to_ascii_lowercase().contains("mailgun");
    if length == 32
        && begins(text, start)
        && ends(text, end + length)
        && random(&text[end..end + length], 3.0)
        && (near(before(text, start, 300)) || near(window(text, end, 300)))
    {
        hits.push(Hit::form(start, end + length, "mailgun-key"));
    }
}

/// Passwords in the arguments of well-known commands.
fn command(text: &str, start: usize, hits: &mut Vec<Hit>) {
    static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(?:sshpass\s+(?:-\S+\s+)*?-p\s*['"]?([^\s'"]+)"#,
            r#"|curl\b[^|;&\n]{0,300}?\s(?:-u|--user)[\s=]*['"]?[^\s:'"]+:([^\s'"]+)"#,
            r#"|(?:mysql|mysqladmin|mysqldump)\b[^|;&\n]{0,200}?\s-p['"]?([^\s'"=-][^\s'"]*)"#,
            r#"|login\b[^|;&\n]{0,200}?\s-p[\s=]*['"]?([^\s'"-][^\s'"]*)"#,
            r#"|redis-cli\b[^|;&\n]{0,200}?\s-a[\s=]*['"]?([^\s'"]+)"#,
            r#"|htpasswd\s+-[a-zA-Z]*b[a-zA-Z]*\s+(?:\S+\s+)?[^\s-]\S*\s+['"]?([^\s'"|;&>]+)"#,
            r#"|--user[\s=]+['"]?[^\s:'"]+:([^\s'"]+))"#,
        ))
        .ok()
    });
    static CHPASSWD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"[\s'"][a-z_][a-z0-9_-]{0,31}:([^\s'"|]+)['"]?(?:\\n)?['"]?\s*\|\s*(?:sudo\s+)?$"#).ok()
    });
    let mut add = |start: usize, value: &str| {
        if !is_reference(value) && !is_placeholder(value) {
            hits.push(Hit::named(start, start + value.len(), "password"));
        }
    };
    if text[start..].starts_with("chpasswd") {
        let part = before(text, start, 300);
        // The path before the command, `/usr/sbin/`.
        let part = part.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '/');
        if let Some(value) =
            CHPASSWD.as_ref().and_then(|pattern| pattern.captures(part)).and_then(|found| found.get(1))
        {
            add(start - (before(text, start, 300).len() - value.start()), value.as_str());
        }
        return;
    }
    let part = window(text, start, 600);
    let Some(found) = COMMAND.as_ref().and_then(|pattern| pattern.captures(part)) else { return };
    if found.get(0).is_none_or(|whole| whole.start() > 0) {
        return;
    }
    if let Some(value) = found.iter().skip(1).flatten().next() {
        add(start + value.start(), value.as_str());
    }
}

/// The bytes of base64, of either alphabet, with or without padding; nothing where it is none.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0);
    let end = text.iter().rposition(|&b| b != b'=').map_or(0, |at| at + 1);
    if text.len() - end > 2 {
        return None;
    }
    for &byte in &text[..end] {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests;
