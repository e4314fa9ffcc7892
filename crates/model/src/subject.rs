//! The ids of things that are judged.

use std::fmt::Write;

/// The id of a subject: `world/kind:namespace/name` or `world/kind:namespace/name#container`.
///
/// Whatever is not a letter, a digit or one of `-._~:/@+#` is percent-encoded, so an id is one word, has no
/// control characters, and two names never make one id.
pub fn id(world: &str, local: &str, container: Option<&str>) -> String {
    let container = container.filter(|name| !name.is_empty());
    let mut id = String::with_capacity(world.len() + local.len() + container.map_or(0, str::len) + 2);
    encode(&mut id, world, b"");
    id.push('/');
    encode(&mut id, local, b"/:@+");
    if let Some(container) = container {
        id.push('#');
        encode(&mut id, container, b"");
    }
    id
}

fn encode(out: &mut String, text: &str, also: &[u8]) {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || also.contains(byte);
    // Nearly every name is plain as a whole.
    if text.as_bytes().iter().all(plain) {
        return out.push_str(text);
    }
    for byte in text.bytes() {
        if plain(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::id;

    #[test]
    fn ids_are_one_word_and_never_collide() {
        assert_eq!(id("k8s-prod", "pod:shop/cart", Some("web")), "k8s-prod/pod:shop/cart#web");
        assert_eq!(id("engine-web1", "container:db", Some("")), "engine-web1/container:db");
        assert_eq!(id("tree", "file:a b\u{1b}[31m.sh", None), "tree/file:a%20b%1B%5B31m.sh");
        assert_ne!(id("a/b", "c", None), id("a", "b/c", None));
        assert_ne!(id("w", "pod:a#b", None), id("w", "pod:a", Some("b")));
    }
}
