//! What a value looks like: a reference, a placeholder, an everyday word, or what no person would invent.

use super::{base64, is_word, window};

/// Something that stands for a value, or nothing at all.
pub(super) fn is_reference(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'', ' ']);
    if value.is_empty() {
        return true;
    }
    let lower = window(value, 0, 200).to_ascii_lowercase();
    if is_one_of(
        &lower,
        "true false yes no on off 0 1 null none nil ~ undefined enabled disabled amd64 arm64 i386 armhf required \
            optional",
    ) {
        return true;
    }
    const STORES: &str = "vault:|ref+|op://|arn:aws|sm://|ssm:|gcp:|azurekeyvault|akv:|secret://|secretsmanager|keyring:|\
        enc[|$ansible_vault|!vault|file:|env:|http://|https://|kms:|sops:|{cipher}|projects/";
    if STORES.split('|').any(|store| lower.starts_with(store)) {
        return true;
    }
    // A call, `credentials('token')`, `os.environ("TOKEN")`.
    if let Some((name, _)) = value.strip_suffix(')').and_then(|value| value.split_once('('))
        && !name.is_empty()
        && name.bytes().all(|byte| is_word(byte) || byte == b'.')
    {
        return true;
    }
    // A path; base64 may begin with a slash, but has no second one so soon, and no dot.
    if value.starts_with(['/', '.', '~']) && value[1..].contains(['/', '.']) && !mixed(value, 0.35) {
        return true;
    }
    literal_of(value).chars().filter(|c| c.is_alphanumeric()).count() < 4
        && value.contains(['$', '{', '%', '<'])
}

/// A value without the references in it.
pub(super) fn literal_of(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let skip = [
            ("${{", "}}"),
            ("${", "}"),
            ("$(", ")"),
            ("{{", "}}"),
            ("<", ">"),
            ("%(", ")s"),
            ("#{", "}"),
            ("@{", "}"),
            ("{", "}"),
        ]
        .iter()
        .find_map(|(open, close)| {
            rest.strip_prefix(open)
                .map(|inner| inner.find(close).map_or(rest.len(), |at| open.len() + at + close.len()))
        });
        let skip = skip.or_else(|| {
            let inner = rest.strip_prefix(['$', '%'])?;
            let length = inner.bytes().take_while(|b| is_word(*b)).count();
            let named = inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            named.then(|| 1 + length + usize::from(c == '%' && inner[length..].starts_with('%')))
        });
        match skip {
            Some(length) => rest = &rest[length..],
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// Something that says "put your own here", or that is known to be public: the keys of Azure's emulators, the
/// tokens in the texts of the RFCs about OAuth.
pub(super) fn is_placeholder(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'', ' ']);
    let lower = window(value, 0, 300).to_ascii_lowercase();
    let marks =
        lower.chars().filter(|c| matches!(c, 'x' | '*' | '.' | '-' | '_' | '?' | '#' | '…' | '•')).count();
    if marks * 10 >= lower.chars().count() * 9 {
        return true;
    }
    const WORDS: &str = "your-|your_|your |<your|yourpass|yourtoken|yoursecret|yourapi|my-secret-here|-here|_here|\
        replace|placeholder|redacted|insert|todo|fixme|xxxx|****|change_this|change-this|example|dummy|\
        [password|[secret|[token|omitted|masked|hidden|...|\
        eby8vdm02xno|c2y6yddjf5|2yotnfzfejr1|tgzv3jokf0xg|czzcagrsa3f0|mf_9.b5f";
    WORDS.split('|').any(|word| lower.contains(word)) || value.starts_with('<') && value.ends_with('>')
}

/// Passwords and secrets that stand in every second document.
pub(super) fn everyday(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let letters: String = lower.chars().filter(char::is_ascii_alphabetic).collect();
    const WORDS: &str = "password passwd pass pwd pw secret secrets token test testing admin root user guest foo bar \
        foobar baz foobarbaz abc postgres mysql redis rabbitmq mongo changeme changeit letmein qwerty \
        hunter mypassword mysecret mypass mytoken testpassword testpass testsecret secretpassword \
        supersecret topsecret verysecret notasecret username login key apikey hello world value string \
        str some sometoken somepassword p passw pssword pssw passwrd ab xyz abcdef default docker \
        kubernetes minio minioadmin deadbeef cafebabe anoncvs pserveranoncvs anonymous";
    letters.is_empty() || is_one_of(&letters, WORDS) || runs(value)
}

/// A value that no person would invent: letters and digits in no order.
pub(super) fn strong(value: &str) -> bool {
    let plain = value.len() >= 12
        && value.len() <= 512
        && value.bytes().all(|b| b.is_ascii_graphic())
        && !value.contains(['(', ')', '<', '>', '{', '}', '[', ']', ' ', '"', '\'', '`', '\\', ';', ','])
        && !value.contains("://")
        && !value.starts_with(['/', '.', '$', '#', '@', '&'])
        && !value.contains("::");
    plain
        && random(value, if value.len() < 16 { 3.0 } else { 3.3 })
        && mixed(value, 0.3)
        && (value.bytes().filter(u8::is_ascii_digit).count() >= 2 || value.len() >= 24 && mixed(value, 0.4))
        && value.bytes().any(|b| b.is_ascii_alphabetic())
        && !everyday(value)
        // `WrongPassword@123` was not drawn by lot.
        && !["passw", "secret", "token"].iter().any(|word| value.to_ascii_lowercase().contains(word))
        && !is_uuid(value)
        && !is_reference(value)
        && !is_version(value)
        && !value.starts_with("sha256:")
        && !value.starts_with("sha512-")
}

pub(super) fn is_version(value: &str) -> bool {
    let body = value.trim_start_matches(['v', '^', '~', '=', '>']);
    body.starts_with(|c: char| c.is_ascii_digit())
        && body.split('.').take(2).all(|part| part.len() <= 4)
        && body.contains('.')
}

/// Is the word one of a list that is written with spaces between?
pub(super) fn is_one_of(word: &str, list: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

pub(super) fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value
            .bytes()
            .enumerate()
            .all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

pub(super) fn is_hex(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Has it at least so many bits for each character, and nothing that a person types for a made-up token?
pub(super) fn random(value: &str, bits: f64) -> bool {
    shannon(value.as_bytes()) >= bits && !runs(value) && !is_placeholder(value) && !repeats(value)
}

/// Six equal characters in a row, or six that count up or down (`abcdef`, `987654`).
pub(super) fn runs(value: &str) -> bool {
    let bytes = value.as_bytes();
    let (mut same, mut up, mut down) = (1, 1, 1);
    for pair in bytes.windows(2) {
        let (a, b) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        same = if a == b { same + 1 } else { 1 };
        up = if b == a.wrapping_add(1) { up + 1 } else { 1 };
        down = if a == b.wrapping_add(1) { down + 1 } else { 1 };
        if same >= 6 || up >= 6 || down >= 6 {
            return true;
        }
    }
    false
}

/// The same eight characters twice.
pub(super) fn repeats(value: &str) -> bool {
    let bytes = &value.as_bytes()[..value.len().min(160)];
    bytes.len() >= 20
        && (0..bytes.len() - 15).any(|at| bytes[at + 8..].windows(8).any(|part| part == &bytes[at..at + 8]))
}

/// Bits for each character.
pub(super) fn shannon(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    bytes.iter().for_each(|&b| counts[usize::from(b)] += 1);
    let total = bytes.len() as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / total)
        .map(|p| -p * p.log2())
        .sum()
}

/// Do its characters change between small, capital, digit and other at least at this share of the places? Words
/// and camel case do seldom, lots do often.
pub(super) fn mixed(value: &str, share: f64) -> bool {
    let class = |b: u8| match b {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        // What joins words is no change by itself.
        b'_' | b'-' | b'.' | b':' | b'/' => 4,
        _ => 3,
    };
    let changes = value
        .as_bytes()
        .windows(2)
        .map(|pair| (class(pair[0]), class(pair[1])))
        .filter(|(a, b)| a != b && *a != 4 && *b != 4)
        .count();
    changes as f64 >= share * (value.len().max(2) - 1) as f64
}

/// GitHub's check digits: the last six characters are the CRC-32 of those before, in base 62.
pub(super) fn github_sum(body: &str) -> bool {
    let Some((random, sum)) = body.len().checked_sub(6).and_then(|at| body.split_at_checked(at)) else {
        return false;
    };
    base62(crc32(random.as_bytes())) == sum
}

pub(super) fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = [b'0'; 6];
    for place in out.iter_mut().rev() {
        *place = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    out.iter().map(|&b| char::from(b)).collect()
}

pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

/// The check digits of a text in Bech32, as age's keys have them.
pub(super) fn bech32(text: &str) -> bool {
    const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let lower = text.to_ascii_lowercase();
    let Some((prefix, body)) = lower.rsplit_once('1') else { return false };
    let step = |sum: u32, value: u32| {
        let top = sum >> 25;
        let sum = (sum & 0x01ff_ffff) << 5 ^ value;
        [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3].iter().enumerate().fold(
            sum,
            |sum, (bit, with)| {
                if top >> bit & 1 == 1 { sum ^ with } else { sum }
            },
        )
    };
    let high = prefix.bytes().map(|b| u32::from(b) >> 5);
    let low = prefix.bytes().map(|b| u32::from(b) & 31);
    let head = high.chain([0]).chain(low).fold(1, step);
    let digits: Option<Vec<u32>> = body
        .bytes()
        .map(|b| DIGITS.iter().position(|d| *d == b).and_then(|at| u32::try_from(at).ok()))
        .collect();
    digits.is_some_and(|digits| digits.into_iter().fold(head, step) == 1)
}

/// A JSON web token whose parts decode, which is signed, and which is not the one of the documents.
pub(super) fn web_token(text: &str) -> bool {
    let mut parts = text.split('.').map(|part| base64(part.as_bytes()));
    let (Some(Some(header)), Some(Some(body))) = (parts.next(), parts.next()) else { return false };
    let Ok(serde_json::Value::Object(header)) = serde_json::from_slice(&header) else { return false };
    let Ok(serde_json::Value::Object(body)) = serde_json::from_slice(&body) else { return false };
    let signed =
        header.get("alg").and_then(|alg| alg.as_str()).is_some_and(|alg| !alg.eq_ignore_ascii_case("none"));
    let made_up = |text: &str| matches!(text, "1234567890" | "John Doe" | "foo" | "bar" | "test");
    signed && !body.values().any(|value| value.as_str().is_some_and(made_up))
}
