//! Zip archives in memory: the list at their end, and single members unpacked within a limit.

use flate2::read::DeflateDecoder;
use std::io::Read;

/// A member of an archive.
pub(super) struct Member<'a> {
    /// Its path as it is written.
    pub(super) name: String,
    packed: &'a [u8],
    method: u16,
}

/// The most members that are looked at.
const MOST: usize = 200_000;

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?)))
}
fn long(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?) as usize)
}
fn wide(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?)).ok()
}

/// The members of an archive for which `wanted` holds.
///
/// # Errors
/// It is no whole archive.
pub(super) fn members(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Vec<Member<'_>>, &'static str> {
    list(bytes, wanted).ok_or("it is no whole zip archive")
}

fn list(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Option<Vec<Member<'_>>> {
    // Behind the end's head stands a comment of at most 64 KiB.
    let from = bytes.len().saturating_sub(65_557);
    // Its length leads to the end of the file, or another archive's end was found.
    let is_end = |at: &usize| {
        bytes[*at..].starts_with(b"PK\x05\x06") && short(bytes, at + 20) == Some(bytes.len() - at - 22)
    };
    let end = (from..bytes.len().checked_sub(21)?).rev().find(is_end)?;
    let (mut count, mut size, mut start) =
        (short(bytes, end + 10)?, long(bytes, end + 12)?, long(bytes, end + 16)?);
    let mut list_end = end;
    // Large archives have a second end before it.
    if (count == 0xffff || start == 0xffff_ffff || size == 0xffff_ffff)
        && let Some(locator) = end.checked_sub(20)
        && bytes[locator..].starts_with(b"PK\x06\x07")
    {
        let large = wide(bytes, locator + 8)?;
        if bytes.get(large..)?.starts_with(b"PK\x06\x06") {
            (count, size, start) =
                (wide(bytes, large + 32)?, wide(bytes, large + 40)?, wide(bytes, large + 48)?);
            list_end = large;
        }
    }
    // A program may stand before the archive; places count from the archive's own beginning.
    let shift = list_end.checked_sub(size)?.checked_sub(start)?;
    if shift > 0 && bytes.starts_with(b"PK\x03\x04") {
        // Before it stands no program, but an archive that was cut behind one inside of it.
        return None;
    }
    let mut at = start + shift;
    let mut out = Vec::new();
    for _ in 0..count.min(MOST) {
        let head = bytes.get(at..)?;
        if !head.starts_with(b"PK\x01\x02") {
            return None;
        }
        let (name_length, extra, comment) = (short(head, 28)?, short(head, 30)?, short(head, 32)?);
        let name = String::from_utf8_lossy(head.get(46..46 + name_length)?);
        if wanted(&name) {
            let local = long(head, 42)?.checked_add(shift)?;
            let file = bytes.get(local..)?;
            if !file.starts_with(b"PK\x03\x04") {
                return None;
            }
            let data = 30 + short(file, 26)? + short(file, 28)?;
            out.push(Member {
                name: name.into_owned(),
                packed: file.get(data..data.checked_add(long(head, 20)?)?)?,
                method: u16::try_from(short(head, 10)?).ok()?,
            });
        }
        at = at.checked_add(46 + name_length + extra + comment)?;
    }
    Some(out)
}

impl Member<'_> {
    /// What is in it.
    ///
    /// # Errors
    /// It is larger than `most` bytes, damaged, or packed in a way that is not known.
    pub(super) fn content(&self, most: u64) -> Result<Vec<u8>, &'static str> {
        let mut out = Vec::new();
        match self.method {
            0 => out.extend_from_slice(
                self.packed.get(..self.packed.len().min(most as usize + 1)).unwrap_or_default(),
            ),
            8 => {
                let unpacked = DeflateDecoder::new(self.packed).take(most + 1).read_to_end(&mut out);
                unpacked.map_err(|_| "a file in it is damaged")?;
            }
            _ => return Err("a file in it is packed in a way that is not known, or encrypted"),
        }
        if out.len() as u64 > most { Err("a file in it is too large") } else { Ok(out) }
    }
}
