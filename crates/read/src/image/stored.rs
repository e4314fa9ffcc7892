//! What was read of a layer as bytes, so that it need not be read again: paths in their order, each without what it has
//! in common with the one before.
//!
//! Whoever keeps them says by which program they were written and that they are whole; what is damaged all the same is
//! refused, in bounded memory.

use super::{File, FileKind, Layer, Node};
use crate::packages::{self, Found};
use crate::secrets::{self, Key};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

impl Layer {
    /// The layer as bytes; nothing of one that was not read whole. No secret is in them: what looks like one is taken
    /// out of what packages say of themselves.
    pub fn to_bytes(&self, key: &Key) -> Option<Vec<u8>> {
        if self.broken.is_some() || !self.unread.is_empty() {
            return None;
        }
        let mut out = Writer::default();
        let nodes: BTreeMap<&String, &Node> = self.nodes.iter().collect();
        out.number(nodes.len() as u64);
        let mut last = "";
        for (path, node) in nodes {
            let common = last.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
            out.number(common as u64);
            out.bytes(&path.as_bytes()[common..]);
            let File { kind, mode, uid, gid, size, layer: _, capabilities } = node.file;
            let kind = match kind {
                FileKind::Regular => 0,
                FileKind::Directory => 1,
                FileKind::Symlink => 2,
                FileKind::Other => 3,
            };
            let numbers = [u64::from(mode), u64::from(uid), u64::from(gid), size, capabilities];
            out.number(kind | u64::from(node.target.is_some()) << 2);
            numbers.into_iter().for_each(|number| out.number(number));
            if let Some(target) = &node.target {
                out.bytes(target.as_bytes());
            }
            last = path;
        }
        for list in [&self.whiteouts, &self.opaque] {
            out.number(list.len() as u64);
            list.iter().for_each(|path| out.bytes(path.as_bytes()));
        }
        out.number(self.programs.len() as u64);
        self.programs.iter().for_each(|path| out.bytes(path.as_bytes()));
        out.json(&self.texts.iter().collect::<BTreeMap<_, _>>())?;
        out.json(&self.secrets)?;
        out.number(self.size);
        out.number(self.found.len() as u64);
        for (path, found) in self.found.iter().collect::<BTreeMap<_, _>>() {
            out.bytes(path.as_bytes());
            let mut told = found.packages.clone();
            told.iter_mut().for_each(|package| packages::settle(key, package, None));
            match told.is_empty() && found.gaps.is_empty() {
                true => out.bytes(b""),
                false => out.json(&(told, &found.gaps))?,
            }
            out.number(found.owned.len() as u64);
            for (mark, owner) in &found.owned {
                out.0.extend(mark.to_le_bytes());
                out.number(u64::from(*owner));
            }
            out.number(found.owners.len() as u64);
            found.owners.iter().for_each(|owner| out.bytes(owner.as_bytes()));
        }
        Some(out.0)
    }

    /// The layer that these are the bytes of; nothing where they are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Layer> {
        let mut from = Reader(bytes);
        let mut layer = Layer::default();
        let count = from.count(8)?;
        layer.nodes.reserve(count);
        let mut last = String::new();
        for _ in 0..count {
            let common = usize::try_from(from.number()?).ok()?;
            let rest = from.text()?;
            let path = last.get(..common)?.to_owned() + rest;
            let kind = from.number()?;
            let mut small = || u32::try_from(from.number()?).ok();
            let (mode, uid, gid) = (small()?, small()?, small()?);
            let (size, capabilities) = (from.number()?, from.number()?);
            let target = if kind & 4 == 0 { None } else { Some(from.text()?.into()) };
            let kind = match kind & !4 {
                0 => FileKind::Regular,
                1 => FileKind::Directory,
                2 => FileKind::Symlink,
                3 => FileKind::Other,
                _ => return None,
            };
            let file = File { kind, mode, uid, gid, size, layer: 0, capabilities };
            last.clone_from(&path);
            layer.nodes.insert(path, Node { file, target, origin: None });
        }
        layer.whiteouts = from.texts()?;
        layer.opaque = from.texts()?;
        layer.programs = from.texts()?.into_iter().collect();
        layer.texts = from.json()?;
        layer.secrets = from.json()?;
        layer.size = from.number()?;
        for _ in 0..from.count(4)? {
            let path = from.text()?.to_owned();
            let told = from.bytes()?;
            let (packages, gaps) = match told.is_empty() {
                true => Default::default(),
                false => serde_json::from_slice(told).ok()?,
            };
            let count = from.count(9)?;
            let mut owned = Vec::with_capacity(count);
            for _ in 0..count {
                let (mark, rest) = from.0.split_first_chunk()?;
                from.0 = rest;
                owned.push((u64::from_le_bytes(*mark), u32::try_from(from.number()?).ok()?));
            }
            let owners = from.texts()?;
            layer.found.insert(path, Found { packages, gaps, owned, owners });
        }
        from.0.is_empty().then_some(layer)
    }

    /// Gives the hashes of its secrets the key of a snapshot: they were made with another one, that of whoever keeps the
    /// layer.
    pub fn rekey(&mut self, key: &Key) {
        for (_, sighting) in self.secrets.iter_mut().filter(|(_, sighting)| !sighting.hash.is_empty()) {
            sighting.hash = secrets::hash(key, &sighting.hash);
        }
    }
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }
    fn json(&mut self, value: &impl Serialize) -> Option<()> {
        self.bytes(&serde_json::to_vec(value).ok()?);
        Some(())
    }
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
    /// How many things follow, each of which takes at least so many bytes.
    fn count(&mut self, each: usize) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len() / each).then_some(count)
    }
    fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
    fn text(&mut self) -> Option<&'b str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
    fn texts(&mut self) -> Option<Vec<String>> {
        let count = self.count(1)?;
        (0..count).map(|_| self.text().map(str::to_owned)).collect()
    }
    fn json<T: DeserializeOwned>(&mut self) -> Option<T> {
        serde_json::from_slice(self.bytes()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{LayerBuilder, Want, image};
    use crate::tar::{Entry, Kind};
    use std::sync::Arc;
    use tyrian_model::fact::Known;

    const KEY: Key = Key([7; 32]);

    fn layer() -> Layer {
        let mut builder = LayerBuilder::new(&KEY);
        let program = [b"\x7fELF\x02\x01", &[0; 5000][..], b"BusyBox v1.36.1 "].concat();
        for (path, kind, link, content) in [
            ("etc/os-release", Kind::Regular, "", &b"ID=debian\nVERSION_ID=12\nSECRET=x\n"[..]),
            (
                "var/lib/dpkg/status",
                Kind::Regular,
                "",
                b"Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n",
            ),
            ("var/lib/dpkg/info/a.list", Kind::Regular, "", b"/.\n/bin/x\n"),
            ("srv/package-lock.json", Kind::Regular, "", b"{"),
            ("srv/.env", Kind::Regular, "", b"DB_PASSWORD=correcthorse9\n"),
            ("bin/busybox", Kind::Regular, "", &program),
            ("bin/x", Kind::HardLink, "bin/busybox", b""),
            ("bin/below", Kind::HardLink, "bin/lower", b""),
            ("bin/y", Kind::Symlink, "busybox", b""),
            ("dev/null", Kind::Other, "", b""),
            ("d/", Kind::Directory, "", b""),
            ("gone/.wh.a", Kind::Regular, "", b""),
            ("d/.wh..wh..opq", Kind::Regular, "", b""),
        ] {
            let entry = Entry {
                path: path.to_owned(),
                link: link.to_owned(),
                kind,
                mode: 0o4755,
                uid: 1,
                gid: 70_000,
                size: content.len() as u64,
                sparse: false,
                capabilities: 1 << 40,
            };
            let (path, wanted) = builder.entry(&entry);
            if wanted != Want::Nothing {
                builder.content(&path, wanted, content);
            }
        }
        builder.finish()
    }
    fn facts(layer: Layer) -> String {
        let below = crate::image::tests::plain(&KEY, "bin/lower");
        let layers = vec![Arc::new(below), Arc::new(layer)];
        let image = image(&KEY, Vec::new(), b"{}", Known::is(String::new()), Ok(layers));
        serde_json::to_string(&image).unwrap()
    }

    #[test]
    fn a_layer_comes_back_as_it_was_and_its_secrets_do_not() {
        let bytes = layer().to_bytes(&KEY).unwrap();
        let mut back = Layer::from_bytes(&bytes).unwrap();
        assert_eq!(back.to_bytes(&KEY).unwrap(), bytes, "one form for one layer");
        let before = facts(layer());
        assert!(before.contains("busybox") && before.contains("\"capabilities\":1099511627776"), "{before}");
        assert_eq!(facts(Layer::from_bytes(&bytes).unwrap()), before);
        for secret in ["correcthorse9", "SECRET"] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }
        back.rekey(&Key([8; 32]));
        let hash = |text: &str| text.split("\"hash\":\"").nth(1).unwrap()[..16].to_owned();
        assert_ne!(hash(&facts(back)), hash(&before));
    }

    #[test]
    fn damaged_bytes_are_refused_or_another_layer_and_never_a_panic() {
        let bytes = layer().to_bytes(&KEY).unwrap();
        for cut in 0..bytes.len() {
            assert!(Layer::from_bytes(&bytes[..cut]).is_none(), "{cut}");
        }
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut wrong = bytes.clone();
                wrong[at] ^= flip;
                let _ = Layer::from_bytes(&wrong);
            }
        }
        assert!(Layer::from_bytes(&[0xff; 40]).is_none());
    }
}
