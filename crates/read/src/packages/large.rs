//! Programs that are too large to be held in memory, read as they pass by: what Go wrote into them, and what
//! well-known ones say of themselves.

use super::{File, Found, go_binary, program};
use regex::bytes::Regex;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::LazyLock;

/// How much is looked at at once, in bytes.
const WINDOW: usize = 4 << 20;
/// How much of it is looked at again with what follows, so that nothing is missed that lies across.
const OVERLAP: usize = 4096;

/// What the program tells.
///
/// # Errors
/// The source fails.
pub(super) fn read(path: &str, mut source: impl Read) -> io::Result<Found> {
    static MARKS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?-u)\xff Go buildinf:|\.dep-v0\x00").ok());
    let beside = BTreeMap::new();
    let file = File { path, bytes: &[], beside: &beside };
    let mut search = program::Search::new(path);
    let mut window = Vec::new();
    // Where the window begins in the file.
    let mut start = 0;
    let mut listed = false;
    loop {
        let wanted = WINDOW - window.len().min(WINDOW - 1);
        let count = (&mut source).take(wanted as u64).read_to_end(&mut window)?;
        if start == 0 && !super::is_program(&window) {
            io::copy(&mut source, &mut io::sink())?;
            return Ok(Found::default());
        }
        let mut from = 0;
        while let Some(mark) = MARKS.as_ref().and_then(|marks| marks.find_at(&window, from)) {
            let (at, end, of_rust) = (mark.start(), mark.end(), mark.as_bytes().starts_with(b".dep"));
            from = end;
            listed |= of_rust;
            // It lies at a multiple of sixteen. The text alone is also in programs that look for it.
            if of_rust || !(start + at).is_multiple_of(16) {
                continue;
            }
            let more = go_binary::LONGEST.saturating_sub(window.len() - at);
            (&mut source).take(more as u64).read_to_end(&mut window)?;
            if let Some(found) = go_binary::inline(&file, &window[at..]) {
                io::copy(&mut source, &mut io::sink())?;
                return Ok(found);
            }
        }
        search.look(&window);
        if count == 0 {
            break;
        }
        let kept = window.len().min(OVERLAP);
        start += window.len() - kept;
        window.drain(..window.len() - kept);
    }
    let mut found = Found::default();
    found.packages.extend(search.found(path));
    if listed {
        let what = "the program has a list of its crates, and is too large for it to be read";
        found.gaps.push(file.unresolved("", what));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::tests::labels;
    use super::*;

    #[test]
    fn what_lies_far_in_and_across_windows_is_found() {
        let list = "0123456789abcdefpath\ta\ndep\tb\tv1.2.3\n0123456789abcdef";
        let info = |list: &str| {
            let mut out = b"\xff Go buildinf:\x08\x02".to_vec();
            out.resize(32, 0);
            out.extend(b"\x08go1.26.8");
            out.push(list.len() as u8);
            out.extend(list.as_bytes());
            out
        };
        for (at, path, text) in [
            (WINDOW - 16, "/bin/x", info(list)),
            (3 * WINDOW, "/bin/x", info(list)),
            (WINDOW - 5, "/bin/busybox", b"BusyBox v1.36.1 ".to_vec()),
            (2 * WINDOW, "/bin/x", b"\0.dep-v0\0".to_vec()),
        ] {
            let mut program = b"\x7fELF".to_vec();
            // The text that is looked for stands in it once more, in vain.
            program.extend(b"0123456789ab\xff Go buildinf:");
            program.resize(at, b'.');
            program.extend(text);
            program.resize(at + WINDOW, 0);
            let found = read(path, &program[..]).unwrap();
            let labels = labels(&found);
            match path {
                _ if !found.gaps.is_empty() => {
                    assert!(found.gaps[0].what.contains("crates") && labels.is_empty())
                }
                "/bin/busybox" => assert_eq!(labels, ["busybox 1.36.1"]),
                _ => assert_eq!(labels, ["stdlib 1.26.8", "b v1.2.3"]),
            }
        }
        assert!(read("/x", &b"#!/bin/sh"[..]).unwrap().is_empty());
    }
}
