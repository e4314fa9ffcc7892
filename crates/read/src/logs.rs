//! Log files: whether their lines have a time, and what should not stand in them.
//!
//! Credentials and personal data are told by kind, place, length and keyed hash; their values are not kept.

use crate::Input;
use crate::secrets::{self, Hit, MOST, Place};
use regex::Regex;
use std::sync::LazyLock;
use tyrian_model::fact::{Known, Pos};
use tyrian_model::secret::LogSample;

/// How much of a line is looked at for its time, in bytes.
const HEAD: usize = 160;
/// How much of a line that is JSON is looked at for its time, in bytes.
const HEAD_OF_JSON: usize = 8 * 1024;
/// How many lines tell whether a text is a log.
const SAMPLE: usize = 50;

/// What stands in a log. Of places with control characters the first 200 lines are listed.
pub fn read(input: &Input) -> LogSample {
    let text = input.text;
    let mut lines = 0;
    let (mut timed, mut debug) = (0, 0);
    for line in text.lines() {
        lines += 1;
        timed += usize::from(is_timed(line));
        debug += usize::from(is_debug(line));
    }
    let mut hits = secrets::in_log(text);
    // The name of a service account, `system:serviceaccount:external-secrets:…`, is no key with its value.
    hits.retain(|hit| {
        let before = text.get(..hit.start).unwrap_or_default();
        let word = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',')).next();
        !word.is_some_and(|word| word.starts_with("system:serviceaccount:"))
    });
    let mut personal = personal_data(text);
    // What a secret covers, `ann:…@db.shop` in a URL, is no address.
    let covered = |hit: &Hit| {
        let after = hits.partition_point(|secret| secret.end <= hit.start);
        hits.get(after).is_some_and(|secret| secret.start < hit.end)
    };
    personal.retain(|hit| !covered(hit));
    hits.append(&mut personal);
    hits.sort_by_key(|hit| hit.start);
    LogSample {
        lines,
        sightings: Known::is(secrets::tell(input.key, text, hits)),
        timed_lines: Known::is(timed),
        debug_lines: Known::is(debug),
        control_characters: Known::is(control_characters(text)),
    }
}

/// Is a line's level DEBUG or TRACE? The level stands before the message, behind a time.
fn is_debug(line: &str) -> bool {
    let head = &line[..line.floor_char_boundary(HEAD.min(line.len()))];
    let words = head.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.take(12).any(|word| matches!(word, "DEBUG" | "TRACE" | "debug" | "trace"))
}

/// Is this a log: by its name (`app.log`, `app.log.1`), or because most of its lines begin with a time?
pub fn is_log(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    if extension == "log" || stem.ends_with(".log") && extension.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    // Tables and programs may begin their lines with times, too.
    if matches!(
        extension,
        "csv"
            | "tsv"
            | "sql"
            | "rs"
            | "go"
            | "py"
            | "js"
            | "ts"
            | "java"
            | "c"
            | "h"
            | "md"
            | "html"
            | "ics"
            | "svg"
    ) {
        return false;
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(SAMPLE).collect();
    let timed = lines
        .iter()
        .filter(|line| is_timed(line) && (line.starts_with('{') || begins_with_time(line)))
        .count();
    let least = if matches!(extension, "jsonl" | "ndjson") { 1 } else { 5 };
    timed >= least && timed * 10 >= lines.len() * 8
}

static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        // 2024-05-01T10:00:00, also with slashes and spaces.
        r"(?:\b[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}[T _,]+[0-9]{2}:[0-9]{2}(?::[0-9]{2})?",
        // 10/Oct/2000:13:55:36, 10-Oct-2000 13:55:36, 01/05/2024 10:00:00
        r"|\b[0-9]{1,2}[-/ ](?:[A-Z][a-z]{2}|[0-9]{2})[-/ ][0-9]{2,4}[: T]+[0-9]{2}:[0-9]{2}:[0-9]{2}",
        // Oct  1 13:55:36, Tue Oct  1 13:55:36 2024
        r"|\b[A-Z][a-z]{2} {1,2}[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
        // I0501 10:00:00.000000
        r"|^[IWEFD][0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}",
        // 20240501T100000, 20240501 10:00:00
        r"|\b20[0-9]{6}[T ][0-9]{2}:?[0-9]{2}:?[0-9]{2}",
        // 1714557600.123, [   12.345678], 10:00:00.123
        r"|^\[?\s*[0-9]{10}(?:[0-9]{3}|[0-9]{6}|[0-9]{9})?(?:\.[0-9]+)?[\] :,]",
        r"|^\[\s*[0-9]{1,8}\.[0-9]{3,6}\]|^\[?[0-9]{2}:[0-9]{2}:[0-9]{2}[ .,\]])",
    ))
    .ok()
});

static KEYED_TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s{,])"?(?:@?timestamp|time|ts|t|date|datetime|asctime|eventTime|requestReceivedTimestamp|stageTimestamp)"?\s*[:=]\s*"?[0-9{]"#).ok()
});

fn is_timed(line: &str) -> bool {
    let head = &line[..line.floor_char_boundary(HEAD.min(line.len()))];
    if TIME.as_ref().is_some_and(|time| time.is_match(head)) {
        return true;
    }
    let longer = &line[..line.floor_char_boundary(HEAD_OF_JSON.min(line.len()))];
    let keyed = if line.trim_start().starts_with('{') { longer } else { head };
    KEYED_TIME.as_ref().is_some_and(|time| time.is_match(keyed))
}

fn begins_with_time(line: &str) -> bool {
    let head = &line[..line.floor_char_boundary(HEAD.min(line.len()))];
    let first = |pattern: &LazyLock<Option<Regex>>| {
        pattern.as_ref().and_then(|time| time.find(head)).map(|found| found.start())
    };
    // A level, an address or a priority may stand before it.
    first(&TIME).or_else(|| first(&KEYED_TIME)).is_some_and(|at| at <= 48)
}

/// The first control character of each line that has any: escape sequences, carriage returns and NULs, and what
/// turns the direction of writing.
fn control_characters(text: &str) -> Vec<Pos> {
    let mut out = Vec::new();
    let mut place = Place::default();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let body = line.strip_suffix('\n').map_or(line, |body| body.strip_suffix('\r').unwrap_or(body));
        // Bytes below 0x80 that are none pass fast.
        let found = body.char_indices().find(|(_, c)| is_control(*c));
        if let Some((at, _)) = found {
            out.push(place.of(text, offset + at));
            if out.len() == MOST {
                break;
            }
        }
        offset += line.len();
    }
    out
}

fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

fn personal_data(text: &str) -> Vec<Hit> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() && out.len() <= MOST {
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let starts = !before.is_some_and(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+') || b >= 0x80
        });
        let found = match bytes[at] {
            b'@' => email(bytes, at),
            b'0'..=b'9' if starts => social_security(text, at).or_else(|| card(bytes, at)),
            b'A'..=b'Z' if starts => iban(bytes, at),
            _ => None,
        };
        match found {
            Some(hit) => {
                at = hit.end.max(at + 1);
                out.push(hit);
            }
            // A number that is none of these is passed over as a whole.
            None if bytes[at].is_ascii_digit() => {
                at += bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count()
            }
            None => at += 1,
        }
    }
    out
}

/// An address around the `@` at `at`. Names of machines, units and packages are none, nor are those of documents.
fn email(bytes: &[u8], at: usize) -> Option<Hit> {
    let local = bytes[..at]
        .iter()
        .rev()
        .take(64)
        .take_while(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(b))
        .count();
    let start = at - local;
    let name = &bytes[start..at];
    if name.is_empty()
        || name.starts_with(b".")
        || bytes[..start].ends_with(b"//")
        || matches!(name, b"git" | b"noreply" | b"no-reply")
    {
        return None;
    }
    let length = bytes[at + 1..]
        .iter()
        .take(253)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        .count();
    let domain = std::str::from_utf8(&bytes[at + 1..at + 1 + length]).ok()?.trim_end_matches(['.', '-']);
    let (rest, top) = domain.rsplit_once('.')?;
    let top = top.to_ascii_lowercase();
    const NONE: &str = "service socket target mount timer slice scope device local localdomain internal localhost lan svc test invalid example \
        png jpg jpeg gif svg js css html json yaml yml so py go rs";
    let fits = (2..=24).contains(&top.len())
        && top.bytes().all(|b| b.is_ascii_alphabetic())
        && !NONE.split(' ').any(|none| none == top)
        && rest.split('.').all(|label| (1..=63).contains(&label.len()) && !label.starts_with('-'))
        && !matches!(domain.to_ascii_lowercase().as_str(), "example.com" | "example.org" | "example.net");
    fits.then(|| Hit::form(start, at + 1 + domain.len(), "email-address"))
}

/// A card's number that begins at `at`: its digits alone or in the groups that are printed on it, with the prefix
/// and length of an issuer and the right check digit.
fn card(bytes: &[u8], at: usize) -> Option<Hit> {
    let mut digits: Vec<u8> = Vec::with_capacity(19);
    let mut groups = vec![0_usize];
    let mut separator = None;
    let mut end = at;
    for (offset, &b) in bytes[at..].iter().take(24).enumerate() {
        match b {
            b'0'..=b'9' => {
                digits.push(b - b'0');
                *groups.last_mut()? += 1;
                end = at + offset + 1;
            }
            b' ' | b'-'
                if separator.is_none_or(|known| known == b)
                    && bytes.get(at + offset + 1).is_some_and(u8::is_ascii_digit) =>
            {
                separator = Some(b);
                groups.push(0);
            }
            _ => break,
        }
    }
    let printed = matches!(groups[..], [_] | [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4]);
    let after = bytes.get(end).copied();
    if !printed
        || after.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        || fraction(bytes, end)
    {
        return None;
    }
    let prefix = |count: usize| digits.iter().take(count).fold(0_u32, |n, &d| n * 10 + u32::from(d));
    let issuer = match digits.len() {
        13 | 19 if digits[0] == 4 => true,
        14 => matches!(prefix(3), 300..=305) || matches!(prefix(2), 36 | 38),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            digits[0] == 4
                || matches!(prefix(2), 51..=55 | 62 | 65)
                || matches!(prefix(3), 644..=649)
                || matches!(prefix(4), 2221..=2720 | 6011 | 3528..=3589)
        }
        17..=19 => prefix(2) == 62,
        _ => false,
    };
    let varied = digits.iter().any(|d| *d != digits[0]);
    (issuer && varied && luhn(&digits)).then(|| Hit::form(at, end, "payment-card"))
}

/// Does a number go on behind a point?
fn fraction(bytes: &[u8], end: usize) -> bool {
    bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| match u32::from(digit) * if at % 2 == 1 { 2 } else { 1 } {
            value if value > 9 => value - 9,
            value => value,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// An IBAN that begins at `at`, alone or in groups of four, of a country's length and with the right check digits.
fn iban(bytes: &[u8], at: usize) -> Option<Hit> {
    const LENGTHS: &str = "AD24 AE23 AL28 AT20 BA20 BE16 BG22 BR29 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GE22 GI23 GR27 HR21 \
        HU28 IE22 IL23 IS26 IT27 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 \
        SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 XK20";
    let head = bytes.get(at..at + 4)?;
    if !(head[1].is_ascii_uppercase() && head[2].is_ascii_digit() && head[3].is_ascii_digit()) {
        return None;
    }
    let country = std::str::from_utf8(&head[..2]).ok()?;
    let wanted: usize = LENGTHS.split(' ').find_map(|entry| entry.strip_prefix(country))?.parse().ok()?;
    let mut text: Vec<u8> = Vec::with_capacity(34);
    let mut end = at;
    let spaced = bytes.get(at + 4) == Some(&b' ');
    while text.len() < wanted {
        let b = *bytes.get(end)?;
        if spaced && b == b' ' && text.len().is_multiple_of(4) {
            end += 1;
            continue;
        }
        if !(b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return None;
        }
        text.push(b);
        end += 1;
    }
    if bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        return None;
    }
    let rest = text[4..].iter().chain(&text[..4]).fold(0_u32, |rest, &b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b - b'A') + 10) % 97,
    });
    (rest == 1).then(|| Hit::form(at, end, "iban"))
}

/// `123-45-6789`, where the text before it says what it is.
fn social_security(text: &str, at: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let number = bytes.get(at..at + 11)?;
    let formed = number
        .iter()
        .enumerate()
        .all(|(at, b)| if matches!(at, 3 | 6) { *b == b'-' } else { b.is_ascii_digit() });
    if !formed || bytes.get(at + 11).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'-') {
        return None;
    }
    let never = number.starts_with(b"000")
        || number.starts_with(b"666")
        || number[0] == b'9'
        || &number[4..6] == b"00"
        || &number[7..] == b"0000";
    let start = text.ceil_char_boundary(at.saturating_sub(40));
    let context = text.get(start..at)?.to_ascii_lowercase();
    let said = context.contains("social security")
        || context.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "ssn");
    (said && !never).then(|| Hit::form(at, at + 11, "social-security-number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Key;

    fn log(text: &str) -> LogSample {
        read(&Input { path: "app.log", text, key: &Key([7; 32]) })
    }
    fn kinds(text: &str) -> Vec<String> {
        let value = serde_json::to_value(log(text).sightings).unwrap();
        value["is"].as_array().unwrap().iter().map(|seen| seen["kind"].as_str().unwrap().to_owned()).collect()
    }
    fn with_check_digit(start: &str) -> String {
        (0..10)
            .map(|last| format!("{start}{last}"))
            .find(|number| luhn(&number.bytes().map(|b| b - b'0').collect::<Vec<_>>()))
            .unwrap()
    }

    #[test]
    fn a_service_account_is_no_secret_and_debug_lines_are_counted() {
        let it =
            log("2025-11-20 09:00:00 DEBUG by system:serviceaccount:external-secrets:external-secrets\n\
            2025-11-20 09:00:01 INFO done\n");
        let world = tyrian_model::facts::World::default();
        let see = tyrian_model::fact::See::new(&world);
        assert!(see.get(&it.sightings).unwrap().is_empty());
        assert_eq!(*see.get(&it.debug_lines).unwrap(), 1);
    }

    #[test]
    fn lines_and_their_times_are_counted() {
        let times = [
            "2024-05-01T10:00:00Z started",
            "2024/05/01 10:00:00 [error] 7#7: *1 open() failed",
            "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200",
            "Oct  1 13:55:36 host sshd[1]: Accepted",
            "I0501 10:00:00.123456       1 main.go:1] hello",
            "{\"level\":\"info\",\"ts\":1714557600.1,\"msg\":\"hi\"}",
            "{\"msg\":\"hi\",\"@timestamp\":\"2024-05-01\"}",
            "level=info ts=2024-05-01T10:00:00Z msg=hi",
            "[   12.345678] usb 1-1: new device",
            "<34>1 2003-10-11T22:14:15.003Z host su - ID47",
            "1714557600.123 200 GET /",
        ];
        for line in times {
            assert!(is_timed(line), "{line}");
        }
        for line in [
            "    at com.shop.Cart.add(Cart.java:12)",
            "started on port 8080",
            "Traceback (most recent call last):",
            "version 2024-05-01",
            "",
        ] {
            assert!(!is_timed(line), "{line}");
        }
        let sample = log(&format!("{}\nno time here\n", times.join("\n")));
        assert_eq!(sample.lines, times.len() + 1);
        assert_eq!(sample.timed_lines, Known::is(times.len()));
    }

    #[test]
    fn control_characters_are_told_once_for_each_line() {
        let text =
            "plain\tline\r\nred \u{1b}[31m and \u{1b}[0m\nfake\rline\nnul \0\nbidi \u{202e}txt\nfine é\n";
        let expected = [(2, 5), (3, 5), (4, 5), (5, 6)].map(|(line, column)| Pos::new(line, column));
        assert_eq!(log(text).control_characters, Known::is(expected.to_vec()));
    }

    #[test]
    fn personal_data_and_credentials_are_told_by_kind() {
        let card = with_check_digit("453201511283036");
        let grouped = format!("{} {} {} {}", &card[..4], &card[4..8], &card[8..12], &card[12..]);
        let amex = with_check_digit("37828224631000");
        for (text, kind) in [
            ("user ann.lee@shop-mail.co.uk logged in".to_owned(), "email-address"),
            (format!("paid with {card}."), "payment-card"),
            (format!("card=\"{grouped}\""), "payment-card"),
            (format!("pan: {amex}"), "payment-card"),
            ("to DE89370400440532013000 now".to_owned(), "iban"),
            ("iban GB82 WEST 1234 5698 7654 32".to_owned(), "iban"),
            ("SSN: 078-05-1120".to_owned(), "social-security-number"),
            ("login user=ann password=hunter2 ok".to_owned(), "password"),
            ("GET /?access_token=q1w2e3 200".to_owned(), "token"),
            ("Authorization: Bearer q1w2e3r4t5".to_owned(), "bearer-token"),
            ("connect postgres://ann:hunter2@db.shop.net/x".to_owned(), "url-password"),
        ] {
            assert_eq!(kinds(&text), [kind], "{text}");
        }
    }

    #[test]
    fn numbers_names_and_hashes_are_no_personal_data() {
        let card = with_check_digit("453201511283036");
        let wrong = format!("{}{}", &card[..15], (card.as_bytes()[15] - b'0' + 1) % 10);
        for text in [
            wrong.as_str(),
            &format!("a{card}"),
            &format!("{card}1"),
            &format!("0.{card}"),
            &format!("{card}.5"),
            &format!("id-{card}"),
            "1714557600123456789",
            "0000000000000000 4444444444444444",
            "getty@tty1.service started",
            "status installed base-passwd:amd64 3.6.1",
            "Unpacking gir1.2-secret-1:amd64 (0.20.5-3) ...",
            "lodash@4.17.21 installed",
            "pull shop/web@sha256:abc",
            "clone git@github.com:a/b",
            "http://ann@shop.net/",
            "mail to me@example.com",
            "DE89370400440532013001",
            "phone 078-05-1120",
            "ssn 000-12-3456",
            "trace 4bf92f3577b34da6a3ce929d0e0e4736",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "password=*** token=[redacted] secret=${SECRET}",
        ] {
            assert!(kinds(text).is_empty(), "{text}: {:?}", kinds(text));
        }
    }

    #[test]
    fn values_are_not_kept() {
        let text = "2024-05-01T10:00:00Z ann@shop.net password=hunter2\n";
        let json = serde_json::to_string(&log(text)).unwrap();
        assert!(!json.contains("hunter2") && !json.contains("ann@"), "{json}");
    }

    #[test]
    fn logs_are_known_by_name_or_by_their_lines() {
        let timed = "2024-05-01T10:00:00Z a\n".repeat(6);
        assert!(is_log("var/app.log", ""));
        assert!(is_log("app.log.3", ""));
        assert!(is_log("out.txt", &timed));
        assert!(is_log("audit.jsonl", "{\"ts\":1,\"msg\":\"a\"}\n"));
        assert!(!is_log("data.jsonl", "{\"name\":\"a\"}\n"));
        assert!(!is_log("prices.csv", &timed));
        assert!(!is_log("notes.txt", "2024-05-01T10:00:00Z a\n"));
        assert!(!is_log("catalog", "a\nb\nc\nd\ne\n"));
        assert!(!is_log("app.log.gz", ""));
    }
}
