//! References to images, as the distribution reference grammar splits them.

use tyrian_model::workload::ImageRef;

/// Splits a reference such as `nginx`, `ghcr.io/a/b:1@sha256:…`; nothing where it is not valid.
///
/// What stands before the first `/` is a registry where it has a `.` or `:`, is `localhost` or has upper case;
/// else the registry is `docker.io`, and a single name there is in `library/`.
pub fn image_ref(written: &str) -> Option<ImageRef> {
    let (named, digest) = match written.split_once('@') {
        Some((named, digest)) if is_digest(digest) => (named, Some(digest.to_string())),
        Some(_) => return None,
        None => (written, None),
    };
    let after_path = named.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match named[after_path..].find(':') {
        Some(colon) => {
            let tag = &named[after_path + colon + 1..];
            if !is_tag(tag) {
                return None;
            }
            (&named[..after_path + colon], Some(tag.to_string()))
        }
        None => (named, None),
    };
    let is_registry = |first: &str| {
        first.contains(['.', ':'])
            || first == "localhost"
            || first.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    let (registry, path) = match name.split_once('/') {
        Some((first, path)) if is_registry(first) => (first, path),
        _ => ("docker.io", name),
    };
    let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
    if !is_host(registry) || !path.split('/').all(is_component) || path.len() > 255 {
        return None;
    }
    // 64 hexadecimal digits are the id of an image, not its name.
    if name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let repository = match (registry, path.contains('/')) {
        ("docker.io", false) => format!("library/{path}"),
        _ => path.to_string(),
    };
    Some(ImageRef { written: written.into(), registry: registry.into(), repository, tag, digest })
}

/// A host with an optional port: names, an IPv4 address or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => (&host[..colon], Some(&host[colon + 1..])),
        _ => (host, None),
    };
    let port_fits =
        port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let name_fits = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => {
            !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':')
        }
        None => name.split('.').all(label),
    };
    port_fits && name_fits
}

/// Lower case letters and digits, parted by `.`, `_`, `__` or any number of `-`.
fn is_component(component: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends = bytes.first().zip(bytes.last()).is_some_and(|(first, last)| plain(*first) && plain(*last));
    ends && component
        .split(|char: char| char.is_ascii_lowercase() || char.is_ascii_digit())
        .all(|between| matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-'))
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= 128
        && tag.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hash)) = digest.split_once(':') else { return false };
    let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    match algorithm {
        "sha256" => hash.len() == 64 && hash.bytes().all(lower),
        "sha384" => hash.len() == 96 && hash.bytes().all(lower),
        "sha512" => hash.len() == 128 && hash.bytes().all(lower),
        _ => {
            hash.len() >= 32
                && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
                && algorithm.split(['-', '_', '+', '.']).all(|part| {
                    part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
                        && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
                })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_split() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (written, registry, repository, tag, with_digest) in [
            ("nginx", "docker.io", "library/nginx", None, false),
            ("nginx:1.27-alpine", "docker.io", "library/nginx", Some("1.27-alpine"), false),
            ("grafana/loki", "docker.io", "grafana/loki", None, false),
            ("ghcr.io/a/b/c:v1", "ghcr.io", "a/b/c", Some("v1"), false),
            ("localhost/a", "localhost", "a", None, false),
            ("localhost:5000/a:b", "localhost:5000", "a", Some("b"), false),
            ("10.0.0.1:80/a", "10.0.0.1:80", "a", None, false),
            ("[::1]:5000/a", "[::1]:5000", "a", None, false),
            ("index.docker.io/nginx", "docker.io", "library/nginx", None, false),
            ("Host/a", "Host", "a", None, false),
            ("a/b__c-d.e:_x", "docker.io", "a/b__c-d.e", Some("_x"), false),
            (&format!("quay.io/a/b:1@{digest}"), "quay.io", "a/b", Some("1"), true),
            (&format!("a@{digest}"), "docker.io", "library/a", None, true),
        ] {
            let found = image_ref(written).unwrap_or_else(|| panic!("{written}"));
            assert_eq!(
                (found.registry.as_str(), found.repository.as_str()),
                (registry, repository),
                "{written}"
            );
            assert_eq!(found.tag.as_deref(), tag, "{written}");
            assert_eq!(found.digest, with_digest.then(|| digest.clone()), "{written}");
            assert_eq!(found.written, written);
        }
    }

    #[test]
    fn what_is_no_reference_is_none() {
        let id = "0".repeat(64);
        for written in [
            "",
            ":a",
            "/a",
            "a/",
            "a//b",
            "Nginx",
            "a:",
            "a:b:c",
            "a@",
            "a@sha256:12",
            "a___b",
            "a..b",
            "-a",
            "a-",
            "a b",
            "${X}",
            "a.io:x/b",
            "a.io/B",
            "-a.io/b",
            "a:-x",
            "é",
            &id,
            "[/a",
            "a@sha256:é",
        ] {
            assert_eq!(image_ref(written), None, "{written}");
        }
    }
}
