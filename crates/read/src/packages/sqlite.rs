//! The rows of one table of an SQLite database, without SQLite: pages are read as they lie in the file. No page is
//! looked at twice, so that a file that points to itself ends, and no more is read than there is.

use std::collections::HashSet;

struct Pages<'a> {
    bytes: &'a [u8],
    size: usize,
    /// Bytes of a page that are used.
    usable: usize,
    seen: HashSet<u32>,
}

/// A row's columns; a value that is neither a text nor a blob is empty.
pub(super) type Row<'r> = Vec<&'r [u8]>;

/// Calls `row` for every row of the table.
///
/// # Errors
/// What is wrong with the file; rows up to there were handed over.
pub(super) fn rows(bytes: &[u8], table: &str, mut row: impl FnMut(&Row<'_>)) -> Result<(), &'static str> {
    if !bytes.starts_with(b"SQLite format 3\0") || bytes.len() < 512 {
        return Err("it is no SQLite database");
    }
    let size = match u16::from_be_bytes([bytes[16], bytes[17]]) {
        1 => 65_536,
        size if size.is_power_of_two() && size >= 512 => usize::from(size),
        _ => return Err("its pages have an impossible size"),
    };
    let usable = size.checked_sub(usize::from(bytes[20])).filter(|usable| *usable >= 480);
    let usable = usable.ok_or("its pages have an impossible size")?;
    if u32::from_be_bytes([bytes[56], bytes[57], bytes[58], bytes[59]]) > 1 {
        return Err("its texts are no UTF-8");
    }
    let mut pages = Pages { bytes, size, usable, seen: HashSet::new() };
    // The first page is the list of tables: type, name, table, root page, statement.
    let mut root = None;
    pages.walk(1, &mut |payload| {
        let types = integers(payload);
        if let Some(columns) = columns(payload)
            && columns.first() == Some(&&b"table"[..])
            && columns.get(1) == Some(&table.as_bytes())
        {
            root = types.get(3).copied().flatten();
        }
    })?;
    let root = root.and_then(|root| u32::try_from(root).ok()).ok_or("it has no such table")?;
    pages.walk(root, &mut |payload| {
        if let Some(columns) = columns(payload) {
            row(&columns);
        }
    })
}

impl<'a> Pages<'a> {
    fn page(&mut self, number: u32) -> Result<&'a [u8], &'static str> {
        if !self.seen.insert(number) {
            return Err("its pages point to each other in a circle");
        }
        let start = (number as usize).checked_sub(1).and_then(|index| index.checked_mul(self.size));
        let start = start.ok_or("it points to a page that is not there")?;
        self.bytes
            .get(start..start.saturating_add(self.size))
            .map(|page| &page[..self.usable])
            .ok_or("it points to a page that is not there; it may be cut")
    }

    /// Hands over the payload of each cell of a table, from its root page on.
    fn walk(&mut self, root: u32, cell: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
        let mut open = vec![root];
        while let Some(number) = open.pop() {
            let page = self.page(number)?;
            // On the first page stands the file's own header before it.
            let head = if number == 1 { 100 } else { 0 };
            let kind = page[head];
            let count = usize::from(u16::from_be_bytes([page[head + 3], page[head + 4]]));
            let array = head + if kind == 5 { 12 } else { 8 };
            let pointers = page.get(array..array + 2 * count).ok_or("a page has more cells than fit")?;
            let pointers =
                pointers.as_chunks::<2>().0.iter().map(|two| usize::from(u16::from_be_bytes(*two)));
            match kind {
                5 => {
                    let mut children = Vec::new();
                    for at in pointers {
                        children.push(number_at(page, at)?);
                    }
                    children.push(number_at(page, head + 8)?);
                    open.extend(children.into_iter().rev());
                }
                13 => {
                    for at in pointers {
                        let rest = page.get(at..).ok_or("a cell lies outside of its page")?;
                        let payload = self.payload(rest)?;
                        cell(&payload);
                    }
                }
                _ => return Err("a page of a table is of another kind"),
            }
        }
        Ok(())
    }

    fn payload(&mut self, cell: &'a [u8]) -> Result<std::borrow::Cow<'a, [u8]>, &'static str> {
        const CUT: &str = "a cell is cut";
        let (length, cell) = varint(cell).ok_or(CUT)?;
        let (_, cell) = varint(cell).ok_or(CUT)?;
        let length = usize::try_from(length).map_err(|_| CUT)?;
        if length > self.bytes.len() {
            return Err("a row is larger than the file");
        }
        let (most, usable) = (self.usable - 35, self.usable);
        if length <= most {
            return cell.get(..length).map(Into::into).ok_or(CUT);
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let wished = least + (length - least) % (usable - 4);
        let local = if wished <= most { wished } else { least };
        let mut whole = cell.get(..local).ok_or(CUT)?.to_vec();
        let mut next = number_at(cell, local)?;
        while whole.len() < length {
            let page = self.page(next)?;
            next = number_at(page, 0)?;
            let wanted = (length - whole.len()).min(usable - 4);
            whole.extend_from_slice(&page[4..4 + wanted]);
        }
        Ok(whole.into())
    }
}

fn number_at(bytes: &[u8], at: usize) -> Result<u32, &'static str> {
    let four = bytes.get(at..at.saturating_add(4)).and_then(|four| four.try_into().ok());
    four.map(u32::from_be_bytes).ok_or("a cell lies outside of its page")
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        if at == 8 {
            return Some((value << 8 | u64::from(*byte), &bytes[9..]));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

/// The types of a record's columns, and what follows them.
fn types(record: &[u8]) -> Option<(Vec<u64>, &[u8])> {
    let (length, rest) = varint(record)?;
    let length = usize::try_from(length).ok()?;
    let mut head = rest.get(..length.checked_sub(record.len() - rest.len())?)?;
    let mut types = Vec::new();
    while !head.is_empty() {
        let (kind, more) = varint(head)?;
        types.push(kind);
        head = more;
    }
    Some((types, &record[length..]))
}

fn size(kind: u64) -> usize {
    match kind {
        1..=4 => usize::try_from(kind).unwrap_or(0),
        5 => 6,
        6 | 7 => 8,
        12.. => usize::try_from((kind - 12) / 2).unwrap_or(usize::MAX),
        _ => 0,
    }
}

fn columns(record: &[u8]) -> Option<Row<'_>> {
    let (types, mut body) = types(record)?;
    types
        .into_iter()
        .map(|kind| {
            let (value, rest) = body.split_at_checked(size(kind))?;
            body = rest;
            Some(if kind >= 12 { value } else { &[] })
        })
        .collect()
}

fn integers(record: &[u8]) -> Vec<Option<u64>> {
    let Some((types, mut body)) = types(record) else { return Vec::new() };
    let mut out = Vec::new();
    for kind in types {
        let Some((value, rest)) = body.split_at_checked(size(kind)) else { break };
        body = rest;
        out.push(match kind {
            1..=6 => Some(value.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))),
            8 => Some(0),
            9 => Some(1),
            _ => None,
        });
    }
    out
}
