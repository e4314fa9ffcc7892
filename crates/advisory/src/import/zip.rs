//! Zip archives as exports have them: stored and deflated entries, by the list at the end (APPNOTE.TXT 4.3).

use super::{MOST_BYTES, MOST_RECORD};
use flate2::{Decompress, FlushDecompress, Status};

/// A file of an archive, still packed.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    method: u64,
    sum: u64,
    size: usize,
    data: &'a [u8],
}

/// The files of an archive in its order.
///
/// # Errors
/// The archive is cut, lies about sizes or places, or has what is not read here.
pub(super) fn list(bytes: &[u8]) -> Result<Vec<Entry<'_>>, String> {
    let broken = |what: &str| format!("broken zip: {what}");
    let (mut at, count) = directory(bytes).ok_or_else(|| broken("no list of its files"))?;
    let (mut total, mut seen, mut out) = (0_usize, 0_u64, Vec::new());
    while number(bytes, at, 4) == Some(0x0201_4b50) {
        let field = |offset: usize, size| number(bytes, at + offset, size).ok_or_else(|| broken("cut"));
        let (flags, method, sum) = (field(8, 2)?, field(10, 2)?, field(16, 4)?);
        let (packed, size) = (field(20, 4)? as usize, field(24, 4)? as usize);
        let (name_size, extra, comment) =
            (field(28, 2)? as usize, field(30, 2)? as usize, field(32, 2)? as usize);
        let local = field(42, 4)? as usize;
        let name = bytes.get(at + 46..at + 46 + name_size).ok_or_else(|| broken("cut"))?;
        let name = String::from_utf8_lossy(name).into_owned();
        at += 46 + name_size + extra + comment;
        seen += 1;
        if name.ends_with('/') {
            continue;
        }
        if flags & 1 != 0 {
            return Err(format!("{name}: encrypted"));
        }
        if packed == 0xFFFF_FFFF || size == 0xFFFF_FFFF || size > MOST_RECORD {
            return Err(format!("{name}: larger than {} MiB", MOST_RECORD >> 20));
        }
        total = total.saturating_add(size);
        if total > MOST_BYTES {
            return Err(format!("unpacks to more than {} MiB", MOST_BYTES >> 20));
        }
        let skip = number(bytes, local + 26, 2).zip(number(bytes, local + 28, 2));
        let (named, more) = skip.ok_or_else(|| broken("cut"))?;
        let data = local.saturating_add(30 + named as usize + more as usize);
        let data = bytes.get(data..data.saturating_add(packed)).ok_or_else(|| broken("cut"))?;
        out.push(Entry { name, method, sum, size, data });
    }
    if seen != count {
        return Err(broken(&format!("{seen} files where its end says {count}")));
    }
    Ok(out)
}

/// Unpacks files one after the other.
pub(super) struct Unpacker {
    inflate: Decompress,
    buffer: Vec<u8>,
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Unpacker { inflate: Decompress::new(false), buffer: Vec::new() }
    }

    /// The content of a file.
    ///
    /// # Errors
    /// Its bytes are not those that were packed.
    pub(super) fn content<'u>(&'u mut self, entry: &'u Entry<'_>) -> Result<&'u [u8], String> {
        let Entry { name, method, sum, size, data } = entry;
        let content = match method {
            0 => data,
            8 => {
                self.buffer.clear();
                self.buffer.reserve(size + 1);
                self.inflate.reset(false);
                let end = self.inflate.decompress_vec(data, &mut self.buffer, FlushDecompress::Finish);
                if !matches!(end, Ok(Status::StreamEnd)) {
                    return Err(format!("{name}: broken, or larger than it says"));
                }
                &self.buffer[..]
            }
            other => return Err(format!("{name}: packed in a way that is not read here ({other})")),
        };
        let mut crc = flate2::Crc::new();
        crc.update(content);
        if content.len() != *size || u64::from(crc.sum()) != *sum {
            return Err(format!("{name}: its bytes are not those that were packed"));
        }
        Ok(content)
    }
}

/// Where the list of files begins, and how many it has.
fn directory(bytes: &[u8]) -> Option<(usize, u64)> {
    let last = bytes.len().checked_sub(22)?;
    let end =
        (last.saturating_sub(65_536)..=last).rev().find(|at| number(bytes, *at, 4) == Some(0x0605_4b50))?;
    let (count, start) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    if count != 0xFFFF && start != 0xFFFF_FFFF {
        return Some((usize::try_from(start).ok()?, count));
    }
    // With more than 65,535 files or 4 GiB the numbers stand in a second end, which a locator points to.
    let locator = end.checked_sub(20)?;
    if number(bytes, locator, 4)? != 0x0706_4b50 {
        return (count == 0xFFFF && start != 0xFFFF_FFFF).then_some((usize::try_from(start).ok()?, count));
    }
    let wide = usize::try_from(number(bytes, locator + 8, 8)?).ok()?;
    (number(bytes, wide, 4)? == 0x0606_4b50).then_some(())?;
    Some((
        usize::try_from(number(bytes, wide.checked_add(48)?, 8)?).ok()?,
        number(bytes, wide.checked_add(32)?, 8)?,
    ))
}

/// A number of that many bytes, the smallest first.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(size)?)?;
    Some(field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
