//! Private keys in PEM, plain or in base64 once more.

use super::value::shannon;
use super::{Ask, Hit, KEY_BLOCK, LONGEST_KEY, Names, base64, before, window};

pub(super) fn key_block(text: &str, start: usize, ask: &Ask, hits: &mut Vec<Hit>) {
    const END: &str = "-----END ";
    let part = window(text, start, LONGEST_KEY);
    let Some(label_end) = part[KEY_BLOCK.len()..].find("-----").filter(|&length| length <= 40) else {
        return;
    };
    let label = &part[KEY_BLOCK.len()..KEY_BLOCK.len() + label_end];
    let pgp = label == "PGP PRIVATE KEY BLOCK";
    if !(label.ends_with("PRIVATE KEY") || pgp) {
        return;
    }
    let body_start = KEY_BLOCK.len() + label_end + 5;
    let rest = &part[body_start..];
    let rest = &rest[..rest.find(KEY_BLOCK).unwrap_or(rest.len())];
    let (body, end) = match rest.find(END) {
        Some(at) => {
            let tail = at + END.len() + label.len() + 5;
            (&rest[..at], rest.floor_char_boundary(tail.min(rest.len())))
        }
        // Cut off: what still looks like the body of a key.
        None if ask.eager => {
            let length = rest.find(|c: char| {
                !(c.is_ascii_alphanumeric() || c.is_whitespace() || "+/=\\\"',:-".contains(c))
            });
            let length = length.unwrap_or(rest.len());
            (&rest[..length], length)
        }
        None => return,
    };
    let encrypted = label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED");
    let clean = key_body(body);
    if !ask.eager && !whole_key(&clean, label, encrypted) {
        return;
    }
    if clean.len() < 24 && !ask.eager || clean.is_empty() {
        return;
    }
    let kind = if encrypted {
        "encrypted-private-key"
    } else if before(text, start, 600).contains("service_account") {
        "google-service-account-key"
    } else {
        "private-key"
    };
    hits.push(Hit::form(start, start + body_start + end, kind));
}

/// The base64 of a key's body: without headers, escapes, quotes and what joins strings in source code.
fn key_body(body: &str) -> String {
    let mut clean = String::with_capacity(body.len());
    let body = body.replace("\\n", "\n").replace("\\r", "\n").replace("\\t", " ");
    for line in body.lines() {
        let line = line.trim().trim_matches(|c: char| !(c.is_ascii_alphanumeric() || "/=+".contains(c)));
        let line = line.trim_end_matches(|c: char| c == '+' && !clean.is_empty() && line.contains('"'));
        // `Proc-Type: 4,ENCRYPTED`, `Version: …`; and the sum at the end of a PGP block.
        if line.contains(':') || line.len() == 5 && line.starts_with('=') {
            continue;
        }
        clean.extend(line.chars().filter(|c| !c.is_whitespace() && !"\"'\\,".contains(*c)));
    }
    clean
}

/// Is it the base64 of a whole key: one DER sequence, OpenSSH's own form or an OpenPGP packet?
fn whole_key(clean: &str, label: &str, encrypted: bool) -> bool {
    let Some(bytes) = base64(clean.as_bytes()) else { return false };
    if bytes.len() < 40 || bytes.iter().all(|&b| b == bytes[0]) {
        return false;
    }
    if label.starts_with("OPENSSH") {
        return bytes.starts_with(b"openssh-key-v1\0") && bytes.len() > 100;
    }
    if label.starts_with("PGP") {
        // A secret-key packet, old (tag 5) or new format.
        return bytes[0] & 0xfc == 0x94 || bytes[0] == 0xc5;
    }
    if label.starts_with("SSH2") {
        return true;
    }
    // Encrypted in the old way: not DER any more, but whole blocks.
    let der = match bytes[..] {
        [0x30, length, ..] if length < 0x80 => usize::from(length) + 2,
        [0x30, 0x81, length, ..] => usize::from(length) + 3,
        [0x30, 0x82, high, low, ..] => usize::from(high) * 256 + usize::from(low) + 4,
        _ => return encrypted && bytes.len().is_multiple_of(8) && shannon(&bytes) > 5.0,
    };
    bytes.len() >= der && bytes.len() <= der + 2
}

/// A private key in base64 within base64, as in a kubeconfig; says up to where the text has been looked at.
pub(super) fn encoded_key_block(text: &str, start: usize, hits: &mut Vec<Hit>) -> usize {
    // The three phases of base64: the text may begin in the middle of a group.
    let is64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    let bytes = text.as_bytes();
    let from = start - bytes[..start].iter().rev().take(3).take_while(|b| is64(b)).count();
    let to = from + bytes[from..].iter().take(LONGEST_KEY).take_while(|b| is64(b)).count();
    let decoded = base64(&bytes[from..to]).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(decoded) = decoded else { return to };
    let Some(begin) = decoded.find(KEY_BLOCK) else { return to };
    let mut inner = Vec::new();
    // A bundle may have certificates before the key.
    let blocks = decoded[begin..].match_indices(KEY_BLOCK).take(16);
    for (at, _) in blocks {
        key_block(&decoded, begin + at, &Ask { names: Names::No, eager: false, weak: false }, &mut inner);
    }
    if let Some(hit) = inner.first() {
        hits.push(Hit::form(from, to, hit.kind));
    }
    to
}
