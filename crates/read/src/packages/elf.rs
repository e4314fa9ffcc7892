//! As much of an ELF program as says where its sections and segments lie.

/// A program.
pub(super) struct Elf<'a> {
    bytes: &'a [u8],
    wide: bool,
    little: bool,
    /// Its type: 2 a program, 3 a library or a program that may lie anywhere.
    pub(super) segments: Vec<Segment>,
    sections: Vec<Section>,
}

/// A part of the file that is loaded.
pub(super) struct Segment {
    address: u64,
    offset: u64,
    size: u64,
    /// May it be written to?
    pub(super) writable: bool,
}

struct Section {
    name: u64,
    offset: u64,
    size: u64,
    /// Has it no bytes in the file?
    empty: bool,
}

/// The most sections and segments that are looked at.
const MOST: u64 = 4096;

impl<'a> Elf<'a> {
    /// Nothing where it is no ELF file. What is missing of a cut one is as good as not there.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let head = bytes.strip_prefix(b"\x7fELF")?;
        let wide = match head.first()? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let little = *head.get(1)? == 1;
        let mut elf = Elf { bytes, wide, little, segments: Vec::new(), sections: Vec::new() };
        let at = |wide_at: usize, at: usize| if wide { wide_at } else { at };
        let segments = elf.word(at(0x20, 0x1c))?;
        let sections = elf.word(at(0x28, 0x20))?;
        let (segment_size, segment_count) = (elf.half(at(0x36, 0x2a))?, elf.half(at(0x38, 0x2c))?);
        let (section_size, section_count) = (elf.half(at(0x3a, 0x2e))?, elf.half(at(0x3c, 0x30))?);
        let of_names = elf.half(at(0x3e, 0x32))?;
        for number in 0..segment_count.min(MOST) {
            let Some(segment) = elf.segment(segments.saturating_add(number * segment_size)) else { break };
            elf.segments.extend(segment);
        }
        let mut list = Vec::new();
        for number in 0..section_count.min(MOST) {
            let Some(section) = elf.section_at(sections.saturating_add(number * section_size)) else { break };
            list.push(section);
        }
        // Names are texts in a section of their own.
        if let Some(names) = list.get(usize::try_from(of_names).ok()?) {
            let start = names.offset;
            list.iter_mut().for_each(|section| section.name = section.name.saturating_add(start));
            elf.sections = list;
        }
        Some(elf)
    }

    fn segment(&self, at: u64) -> Option<Option<Segment>> {
        let at = usize::try_from(at).ok()?;
        let loaded = self.number(at, 4)? == 1;
        let (flags, offset, address, size) = match self.wide {
            true => (at + 4, at + 8, at + 16, at + 32),
            false => (at + 24, at + 4, at + 8, at + 16),
        };
        Some(loaded.then_some(Segment {
            writable: self.number(flags, 4)? & 2 != 0,
            offset: self.word(offset)?,
            address: self.word(address)?,
            size: self.word(size)?,
        }))
    }
    fn section_at(&self, at: u64) -> Option<Section> {
        let at = usize::try_from(at).ok()?;
        let (offset, size) = if self.wide { (at + 24, at + 32) } else { (at + 16, at + 20) };
        Some(Section {
            name: self.number(at, 4)?,
            empty: self.number(at + 4, 4)? == 8,
            offset: self.word(offset)?,
            size: self.word(size)?,
        })
    }

    /// What stands in the section of that name.
    pub(super) fn section(&self, name: &str) -> Option<&'a [u8]> {
        let named = |section: &&Section| {
            let at = usize::try_from(section.name).ok();
            let text = at.and_then(|at| self.bytes.get(at..)?.strip_prefix(name.as_bytes()));
            text.is_some_and(|rest| rest.first() == Some(&0))
        };
        let section = self.sections.iter().filter(|section| !section.empty).find(named)?;
        self.range(section.offset, section.size)
    }
    /// What stands in the file of a segment.
    pub(super) fn content(&self, segment: &Segment) -> Option<&'a [u8]> {
        self.range(segment.offset, segment.size)
    }
    /// What is loaded to an address, up to the end of its segment.
    pub(super) fn loaded(&self, address: u64) -> Option<&'a [u8]> {
        let segment = self.segments.iter().find(|segment| {
            address.checked_sub(segment.address).is_some_and(|inside| inside < segment.size)
        })?;
        let inside = address - segment.address;
        self.range(segment.offset.checked_add(inside)?, segment.size - inside)
    }
    fn range(&self, offset: u64, size: u64) -> Option<&'a [u8]> {
        let (start, size) = (usize::try_from(offset).ok()?, usize::try_from(size).ok()?);
        self.bytes.get(start..start.checked_add(size)?)
    }
    fn half(&self, at: usize) -> Option<u64> {
        self.number(at, 2)
    }
    fn word(&self, at: usize) -> Option<u64> {
        self.number(at, if self.wide { 8 } else { 4 })
    }
    fn number(&self, at: usize, size: usize) -> Option<u64> {
        Some(number(self.bytes.get(at..at.checked_add(size)?)?, self.little))
    }
}

/// A number in one of the two orders of bytes.
pub(super) fn number(bytes: &[u8], little: bool) -> u64 {
    let join = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    if little { bytes.iter().rev().fold(0, join) } else { bytes.iter().fold(0, join) }
}
