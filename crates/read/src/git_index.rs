//! The index of a Git repository: which paths it tracks.

/// The bytes of an entry before its path: times, device, inode, mode, owner, size, SHA-1 and flags.
const HEAD: usize = 62;

/// The tracked paths of an index of version 2, 3 or 4, sorted; nothing where it is none, or is cut off.
pub fn paths(bytes: &[u8]) -> Option<Vec<String>> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (version, count) = (number(4)?, number(8)?);
    if !bytes.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let (mut at, mut paths, mut last) = (12, Vec::new(), Vec::new());
    for _ in 0..count {
        let start = at;
        let extended = bytes.get(at + HEAD - 2)? & 0x40 != 0;
        at += HEAD + if extended && version > 2 { 2 } else { 0 };
        if version == 4 {
            // So many bytes are taken from the end of the path before.
            let (less, next) = number_of_any_length(bytes, at)?;
            last.truncate(last.len().checked_sub(less)?);
            at = next;
        } else {
            last.clear();
        }
        let length = bytes.get(at..)?.iter().position(|byte| *byte == 0)?;
        last.extend_from_slice(&bytes[at..at + length]);
        at += length + 1;
        if version < 4 {
            at = start + (at - start).next_multiple_of(8);
        }
        // What is written once can be meant by every entry after it.
        if last.len() > MOST_PATH {
            return None;
        }
        paths.push(String::from_utf8_lossy(&last).into_owned());
    }
    paths.sort();
    Some(paths)
}

/// The longest path, in bytes: no file of Linux has a longer one.
const MOST_PATH: usize = 4096;

/// A number as Git writes an offset: seven bits a byte, each byte but the last with its highest bit set.
fn number_of_any_length(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = usize::from(bytes.get(at)? & 0x7f);
    while bytes.get(at)? & 0x80 != 0 {
        at += 1;
        value = value.checked_add(1)?.checked_mul(128)? | usize::from(bytes.get(at)? & 0x7f);
    }
    Some((value, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index as Git writes it, of version 2.
    fn index(paths: &[&str]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend((paths.len() as u32).to_be_bytes());
        for path in paths {
            let start = bytes.len();
            bytes.extend([0; HEAD - 2]);
            bytes.extend((path.len() as u16).to_be_bytes());
            bytes.extend(path.bytes());
            let length = (bytes.len() - start + 1).next_multiple_of(8);
            bytes.resize(start + length, 0);
        }
        bytes
    }

    #[test]
    fn tracked_paths_are_read() {
        let bytes = index(&["a", "dir/file.yaml", "z/12345678"]);
        assert_eq!(paths(&bytes).unwrap(), ["a", "dir/file.yaml", "z/12345678"]);
        for end in 0..bytes.len() {
            let read = paths(&bytes[..end]);
            assert!(read.is_none_or(|read| read.len() == 3), "cut at {end}");
        }
        let mut four = b"DIRC\0\0\0\x04\0\0\0\x02".to_vec();
        for (less, path) in [(0, "dir/file.yaml"), (9, "other")] {
            four.extend([0; HEAD]);
            four.push(less);
            four.extend(path.bytes().chain([0]));
        }
        assert_eq!(paths(&four).unwrap(), ["dir/file.yaml", "dir/other"]);
        four[12 + HEAD] = 0xff;
        assert_eq!(paths(&four), None);
        assert_eq!(paths(b"DIRC\0\0\0\x02\xff\xff\xff\xff"), None);
    }
}
