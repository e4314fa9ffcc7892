//! Sections of blocks with sums, and the numbers in them.

use super::{MAGIC, Refused, VERSION};
use std::sync::atomic::{AtomicU64, Ordering};

/// The parts of a file, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Meta,
    Packages,
    Advisories,
    Texts,
    Strings,
    Ranks,
}

impl Section {
    pub(super) const ALL: [Section; 6] = [
        Section::Meta,
        Section::Packages,
        Section::Advisories,
        Section::Texts,
        Section::Strings,
        Section::Ranks,
    ];

    const fn name(self) -> &'static str {
        match self {
            Section::Meta => "the list of sources",
            Section::Packages => "packages",
            Section::Advisories => "advisories",
            Section::Texts => "texts",
            Section::Strings => "strings",
            Section::Ranks => "ranks",
        }
    }
}

/// Magic, version, sum of the head, length of the file; then where each section begins and how many blocks it has.
const HEAD: usize = 8 + 4 + 4 + 8 + Section::ALL.len() * 16;

/// Where the sections begin, and how many blocks each has.
pub(super) type Head = [(u64, u64); Section::ALL.len()];

/// Reads the head of a file.
pub(super) fn head(bytes: &[u8]) -> Result<Head, Refused> {
    if bytes.get(..8) != Some(&MAGIC[..]) {
        return Err(Refused::NotOne);
    }
    let four =
        |at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
    let eight =
        |at: usize| bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map(u64::from_le_bytes);
    let version = four(8).ok_or(Refused::Cut)?;
    if version > VERSION {
        return Err(Refused::Newer(version));
    }
    let rest = bytes.get(16..HEAD).ok_or(Refused::Cut)?;
    if four(12) != Some(sum(version as usize, u64::MAX, rest)) {
        return Err(Refused::Damaged("its head"));
    }
    if eight(16) != Some(bytes.len() as u64) {
        return Err(Refused::Cut);
    }
    let mut head = Head::default();
    for (number, place) in head.iter_mut().enumerate() {
        let at = 24 + number * 16;
        *place = eight(at).zip(eight(at + 8)).ok_or(Refused::Cut)?;
    }
    Ok(head)
}

/// Puts a file together.
pub(super) fn file(sections: [Vec<Vec<u8>>; Section::ALL.len()]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let content: usize = sections.iter().flatten().map(|block| block.len() + 12).sum();
    let mut out = Vec::with_capacity(HEAD + content + 8 * sections.len() + 32);
    out.resize(HEAD, 0);
    let mut head = Vec::new();
    for (section, blocks) in Section::ALL.into_iter().zip(sections) {
        head.extend((out.len() as u64).to_le_bytes());
        head.extend((blocks.len() as u64).to_le_bytes());
        // Where the blocks begin, counted from the end of this list, and where the last one ends.
        let mut end = 0_u32;
        out.extend(end.to_le_bytes());
        for block in &blocks {
            end = end.saturating_add(u32::try_from(block.len() + 4).unwrap_or(u32::MAX));
            out.extend(end.to_le_bytes());
        }
        for (number, block) in blocks.into_iter().enumerate() {
            out.extend(sum(section as usize, number as u64, &block).to_le_bytes());
            out.extend(block);
        }
    }
    let mut rest = ((out.len() + 32) as u64).to_le_bytes().to_vec();
    rest.extend(head);
    out[..8].copy_from_slice(MAGIC);
    out[8..12].copy_from_slice(&VERSION.to_le_bytes());
    out[12..16].copy_from_slice(&sum(VERSION as usize, u64::MAX, &rest).to_le_bytes());
    out[16..HEAD].copy_from_slice(&rest);
    let digest = Sha256::digest(&out);
    out.extend(digest);
    out
}

/// The sum of a block: over its place too, so that no block stands for another.
fn sum(section: usize, number: u64, block: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(&(section as u64).to_le_bytes());
    crc.update(&number.to_le_bytes());
    crc.update(block);
    crc.sum()
}

/// The blocks of a section. Each is checked when it is first used.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    section: Section,
    ends: &'a [u8],
    content: &'a [u8],
    count: usize,
    // One bit a block.
    checked: Vec<AtomicU64>,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(bytes: &'a [u8], head: &Head, section: Section) -> Result<Self, Refused> {
        let (start, count) = head[section as usize];
        let damaged = Refused::Damaged(section.name());
        let place = usize::try_from(start).ok().zip(usize::try_from(count).ok());
        let (start, count) = place.filter(|(_, count)| *count <= bytes.len() / 4).ok_or(damaged.clone())?;
        let rest = bytes.get(start..).ok_or(damaged.clone())?;
        let (ends, content) = rest.split_at_checked((count + 1) * 4).ok_or(damaged)?;
        let checked = (0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Ok(Blocks { section, ends, content, count, checked })
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn block(&self, number: usize) -> Result<&'a [u8], Refused> {
        let damaged = || Refused::Damaged(self.section.name());
        if number >= self.count {
            return Err(damaged());
        }
        let end = |at: usize| {
            let four = self.ends.get(at * 4..at * 4 + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(four) as usize)
        };
        let (from, to) = end(number).zip(end(number + 1)).ok_or_else(damaged)?;
        let (written, block) = self
            .content
            .get(from..to)
            .and_then(|block| block.split_first_chunk::<4>())
            .ok_or_else(damaged)?;
        let (word, bit) = (&self.checked[number / 64], 1 << (number % 64));
        if word.load(Ordering::Relaxed) & bit == 0 {
            if u32::from_le_bytes(*written) != sum(self.section as usize, number as u64, block) {
                return Err(damaged());
            }
            word.fetch_or(bit, Ordering::Relaxed);
        }
        Ok(block)
    }
}

/// Reads what a block holds.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    name: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], name: &'static str) -> Self {
        Reader { bytes, name }
    }

    pub(super) fn is_done(&self) -> bool {
        self.bytes.is_empty()
    }

    /// A number, seven bits a byte, the lowest first.
    pub(super) fn number(&mut self) -> Result<u64, Refused> {
        let mut number = 0_u64;
        for shift in (0..63).step_by(7) {
            let Some((byte, rest)) = self.bytes.split_first() else { break };
            self.bytes = rest;
            number |= u64::from(byte & 127) << shift;
            if byte & 128 == 0 {
                return Ok(number);
            }
        }
        Err(Refused::Damaged(self.name))
    }

    /// A number of things that follow, each of at least one byte.
    pub(super) fn count(&mut self) -> Result<usize, Refused> {
        let count = self.number()?;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= self.bytes.len())
            .ok_or(Refused::Damaged(self.name))
    }

    /// Bytes behind their number.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Refused> {
        let size = self.count()?;
        let (bytes, rest) = self.bytes.split_at_checked(size).ok_or(Refused::Damaged(self.name))?;
        self.bytes = rest;
        Ok(bytes)
    }
}

/// Writes a number as [`Reader::number`] reads it.
pub(super) fn push_number(to: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        to.push((number & 127) as u8 | 128);
        number >>= 7;
    }
    to.push(number as u8);
}

/// Writes bytes behind their number.
pub(super) fn push_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    push_number(to, bytes.len() as u64);
    to.extend(bytes);
}

/// A hash of texts (FNV-1a, mixed), the same on every machine.
pub(super) fn hash(texts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in texts.iter().flat_map(|text| text.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}
