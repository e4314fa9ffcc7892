//! The packages that rpm has installed: headers of packages, in one of three databases.

use super::{File, Found, mark, sqlite};
use std::collections::HashSet;
use tyrian_model::packages::{Kind, Package, Source};

/// In SQLite: a table `Packages` of numbers and headers.
pub(super) fn sqlite(file: &File<'_>) -> Found {
    let mut found = Found::default();
    let read = sqlite::rows(file.bytes, "Packages", |row| {
        if let Some(blob) = row.get(1) {
            header(file, blob, &mut found);
        }
    });
    ended(file, read, found)
}

/// What SQLite has not put into the database yet.
pub(super) fn journal(file: &File<'_>) -> Found {
    // Thirty-two bytes are its head alone.
    match file.bytes.len() > 32 {
        true => {
            let what = "changes of the rpm database that are not in it yet; run `rpm --rebuilddb`, or any query as root";
            file.unresolved("", what).into()
        }
        false => Found::default(),
    }
}

/// In rpm's own form: slots of sixteen bytes that say where the headers lie, in blocks of sixteen bytes.
pub(super) fn ndb(file: &File<'_>) -> Found {
    let mut found = Found::default();
    let read = slots(file.bytes, |blob| header(file, blob, &mut found));
    ended(file, read, found)
}

fn slots(bytes: &[u8], mut blob: impl FnMut(&[u8])) -> Result<(), &'static str> {
    let number = |at: usize| four(bytes, at).map(u32::from_le_bytes).ok_or("it is cut");
    if !bytes.starts_with(b"RpmP") {
        return Err("it is no rpm database");
    }
    let pages = number(12)? as usize;
    let end = pages.saturating_mul(4096);
    if end > bytes.len() {
        return Err("it is cut");
    }
    let mut read = 0;
    // The head takes the room of two slots.
    for slot in (32..end).step_by(16) {
        if bytes.get(slot..slot + 4) != Some(b"Slot") {
            return Err("a slot is none");
        }
        let (index, block) = (number(slot + 4)?, number(slot + 8)? as usize);
        if index == 0 {
            continue;
        }
        let start = block.saturating_mul(16);
        if bytes.get(start..start.saturating_add(4)) != Some(b"BlbS") || number(start + 4)? != index {
            return Err("a slot points to no package");
        }
        let length = number(start + 12)? as usize;
        // Slots that all point to one large package do not multiply it.
        read += length;
        if read > bytes.len() {
            return Err("its packages overlap");
        }
        blob(bytes.get(start + 16..start.saturating_add(16 + length)).ok_or("it is cut")?);
    }
    Ok(())
}

/// In BerkeleyDB: a hash whose values lie on chains of pages.
pub(super) fn bdb(file: &File<'_>) -> Found {
    let mut found = Found::default();
    let read = pages(file.bytes, |blob| header(file, blob, &mut found));
    ended(file, read, found)
}

fn pages(bytes: &[u8], mut blob: impl FnMut(&[u8])) -> Result<(), &'static str> {
    const CUT: &str = "it is cut";
    // Numbers are in the order of the machine that wrote it.
    let little = match four(bytes, 12).map(u32::from_le_bytes) {
        Some(0x0006_1561) => true,
        Some(0x6115_0600) => false,
        _ => return Err("it is no hash of BerkeleyDB"),
    };
    let long = |bytes: &[u8], at: usize| {
        four(bytes, at).map(|four| if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    };
    let short = |bytes: &[u8], at: usize| {
        let two = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(usize::from(if little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) }))
    };
    let size = long(bytes, 20).ok_or(CUT)? as usize;
    if !size.is_power_of_two() || !(512..=65_536).contains(&size) {
        return Err("its pages have an impossible size");
    }
    let last = long(bytes, 32).ok_or(CUT)? as usize;
    if last >= bytes.len() / size {
        return Err(CUT);
    }
    let page = |number: usize| bytes.get(number.checked_mul(size)?..)?.get(..size);
    let mut seen = HashSet::new();
    for number in 0..=last {
        let one = page(number).ok_or(CUT)?;
        // Sorted and unsorted pages of a hash.
        if !matches!(one[25], 2 | 13) {
            continue;
        }
        let count = short(one, 20).ok_or(CUT)?;
        // Keys and values alternate.
        for value in (1..count).step_by(2) {
            let at = short(one, 26 + 2 * value).ok_or("a page has more entries than fit")?;
            let item = one.get(at..).ok_or("an entry lies outside of its page")?;
            if item.first() != Some(&3) {
                // A value that fits on the page is no header of a package: the count of them is one.
                continue;
            }
            let mut next = long(item, 4).ok_or(CUT)? as usize;
            let length = long(item, 8).ok_or(CUT)? as usize;
            if length > bytes.len() {
                return Err("an entry is larger than the file");
            }
            let mut whole = Vec::with_capacity(length);
            while next != 0 {
                if !seen.insert(next) {
                    return Err("its pages point to each other in a circle");
                }
                let page = page(next).ok_or("it points to a page that is not there")?;
                if page[25] != 7 {
                    return Err("an entry goes on in a page of another kind");
                }
                let used = short(page, 22).ok_or(CUT)?;
                whole.extend_from_slice(page.get(26..26 + used).ok_or("a page has more than fits")?);
                next = long(page, 16).ok_or(CUT)? as usize;
            }
            blob(whole.get(..length).ok_or("an entry is shorter than it says")?);
        }
    }
    Ok(())
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}

fn ended(file: &File<'_>, read: Result<(), &'static str>, mut found: Found) -> Found {
    if let Err(what) = read {
        found.gaps.push(file.malformed("", &format!("{what}; its packages are not all known")));
    }
    found.owned.sort_unstable();
    found
}

/// A package from its header: a list of tags, and their values behind it.
fn header(file: &File<'_>, blob: &[u8], found: &mut Found) {
    let Some(header) = Header::new(blob) else {
        found.gaps.push(file.malformed("", "the header of a package is broken"));
        return;
    };
    let (Some(name), Some(version), Some(release)) =
        (header.text(1000), header.text(1001), header.text(1002))
    else {
        found.gaps.push(file.malformed("", "a package without name, version or release"));
        return;
    };
    // Keys that packages are signed with stand among them.
    if name == "gpg-pubkey" {
        return;
    }
    let epoch = header.numbers(1003).next().filter(|epoch| *epoch != 0);
    let version = match epoch {
        Some(epoch) => format!("{epoch}:{version}-{release}"),
        None => format!("{version}-{release}"),
    };
    let owner = u32::try_from(found.owners.len()).unwrap_or(u32::MAX);
    let folders: Vec<String> = header.texts(1118).collect();
    let names = header.texts(1117).zip(header.numbers(1116));
    let paths = names.filter_map(|(name, folder)| {
        Some((mark(&format!("{}{name}", folders.get(folder as usize)?)), owner))
    });
    found.owned.extend(paths);
    found.owners.push(name.clone());
    let mut package = Package::new(Kind::Rpm, name, Some(version), file.path);
    package.architecture = header.text(1022);
    package.licence = header.text(1014);
    package.module = header.text(5096).filter(|module| !module.is_empty());
    package.source = header.text(1044).and_then(|source| {
        let stem = source.strip_suffix(".src.rpm").or_else(|| source.strip_suffix(".nosrc.rpm"))?;
        let mut parts = stem.rsplitn(3, '-');
        let (release, version, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Source { name: name.to_owned(), version: Some(format!("{version}-{release}")) })
    });
    found.packages.push(package);
}

/// The header of a package.
struct Header<'a> {
    index: &'a [[u8; 16]],
    data: &'a [u8],
}

impl<'a> Header<'a> {
    fn new(blob: &'a [u8]) -> Option<Self> {
        let count = u32::from_be_bytes(four(blob, 0)?) as usize;
        let length = u32::from_be_bytes(four(blob, 4)?) as usize;
        let end = count.checked_mul(16)?.checked_add(8)?;
        let index = blob.get(8..end)?.as_chunks::<16>().0;
        Some(Header { index, data: blob.get(end..end.checked_add(length)?)? })
    }
    /// The type of a tag's values, how many there are, and the data from their first on.
    fn entry(&self, tag: u32) -> Option<(u32, usize, &'a [u8])> {
        let word = |entry: &[u8; 16], at| four(entry, at).map(u32::from_be_bytes);
        let entry = self.index.iter().find(|entry| word(entry, 0) == Some(tag))?;
        let (kind, offset, count) = (word(entry, 4)?, word(entry, 8)?, word(entry, 12)?);
        Some((kind, count as usize, self.data.get(offset as usize..)?))
    }
    fn texts(&self, tag: u32) -> impl Iterator<Item = String> + use<'a> {
        let (count, data) = match self.entry(tag) {
            Some((6 | 8 | 9, count, data)) => (count, data),
            _ => (0, &[][..]),
        };
        let texts = data.split(|byte| *byte == 0).take(count);
        texts.map(|text| String::from_utf8_lossy(text).into_owned())
    }
    fn text(&self, tag: u32) -> Option<String> {
        self.texts(tag).next().filter(|text| text != "(none)")
    }
    fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> + use<'a> {
        let (count, data) = match self.entry(tag) {
            Some((4, count, data)) => (count, data),
            _ => (0, &[][..]),
        };
        data.as_chunks::<4>().0.iter().take(count).map(|four| u32::from_be_bytes(*four))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{bytes, labels};
    use super::*;

    /// A header with these tags: type 6 is a text, 4 a number, 8 texts.
    fn blob(tags: &[(u32, u32, &[u8], u32)]) -> Vec<u8> {
        let (mut index, mut data) = (Vec::new(), Vec::new());
        for (tag, kind, value, count) in tags {
            for word in [*tag, *kind, data.len() as u32, *count] {
                index.extend(word.to_be_bytes());
            }
            data.extend_from_slice(value);
        }
        let mut out = (tags.len() as u32).to_be_bytes().to_vec();
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(index);
        out.extend(data);
        out
    }
    fn bash() -> Vec<u8> {
        blob(&[
            (1000, 6, b"bash\0", 1),
            (1001, 6, b"5.1.8\0", 1),
            (1002, 6, b"6.el9\0", 1),
            (1003, 4, &[0, 0, 0, 2], 1),
            (1014, 6, b"GPLv3+\0", 1),
            (1022, 6, b"x86_64\0", 1),
            (1044, 6, b"bash-5.1.8-6.el9.src.rpm\0", 1),
            (1116, 4, &[0, 0, 0, 0], 1),
            (1117, 8, b"bash\0", 1),
            (1118, 8, b"/usr/bin/\0", 1),
            (5096, 6, b"shell:5:1\0", 1),
        ])
    }
    fn check(found: &Found) {
        assert_eq!((labels(found), &found.gaps[..]), (vec!["bash 2:5.1.8-6.el9".to_owned()], &[][..]));
        let package = &found.packages[0];
        assert_eq!(package.source.as_ref().unwrap().version.as_deref(), Some("5.1.8-6.el9"));
        assert_eq!(package.module.as_deref(), Some("shell:5:1"));
        assert_eq!(found.owned, [(mark("/bin/bash"), 0)]);
    }

    #[test]
    fn rpm_s_own_database_is_read() {
        let bash = bash();
        let mut file = vec![0; 4096];
        file[..4].copy_from_slice(b"RpmP");
        file[12..16].copy_from_slice(&1_u32.to_le_bytes());
        for slot in (32..4096).step_by(16) {
            file[slot..slot + 4].copy_from_slice(b"Slot");
        }
        file[36..40].copy_from_slice(&1_u32.to_le_bytes());
        file[40..44].copy_from_slice(&256_u32.to_le_bytes());
        file.extend(b"BlbS");
        for word in [1, 1, bash.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(&bash);
        check(&ndb(&bytes("/usr/lib/sysimage/rpm/Packages.db", &file)));
        file.truncate(4200);
        let cut = ndb(&bytes("/x", &file));
        assert!(cut.packages.is_empty() && cut.gaps.len() == 1);
        // All slots point to one package.
        for slot in (32..4096).step_by(16) {
            file.copy_within(32..48, slot);
        }
        assert_eq!(ndb(&bytes("/x", &file)).gaps.len(), 1);
    }

    #[test]
    fn a_database_of_berkeley_db_is_read() {
        let bash = bash();
        let mut file = vec![0; 512 * 4];
        file[12..16].copy_from_slice(&0x0006_1561_u32.to_le_bytes());
        file[20..24].copy_from_slice(&512_u32.to_le_bytes());
        file[32..36].copy_from_slice(&3_u32.to_le_bytes());
        file[25] = 8;
        let hash = 512;
        file[hash + 25] = 13;
        file[hash + 20..hash + 22].copy_from_slice(&2_u16.to_le_bytes());
        file[hash + 26..hash + 28].copy_from_slice(&500_u16.to_le_bytes());
        file[hash + 28..hash + 30].copy_from_slice(&480_u16.to_le_bytes());
        file[hash + 480] = 3;
        file[hash + 484..hash + 488].copy_from_slice(&2_u32.to_le_bytes());
        file[hash + 488..hash + 492].copy_from_slice(&(bash.len() as u32).to_le_bytes());
        let (first, second) = bash.split_at(100);
        for (page, part, next) in [(1024, first, 3_u32), (1536, second, 0)] {
            file[page + 25] = 7;
            file[page + 16..page + 20].copy_from_slice(&next.to_le_bytes());
            file[page + 22..page + 24].copy_from_slice(&(part.len() as u16).to_le_bytes());
            file[page + 26..page + 26 + part.len()].copy_from_slice(part);
        }
        check(&bdb(&bytes("/var/lib/rpm/Packages", &file)));
        // The second page leads back to the first.
        file[1536 + 16..1536 + 20].copy_from_slice(&2_u32.to_le_bytes());
        let circle = bdb(&bytes("/x", &file));
        assert!(circle.gaps[0].what.contains("circle"), "{:?}", circle.gaps);
    }

    #[test]
    fn changes_that_are_not_in_the_database_yet_are_a_gap() {
        assert!(journal(&bytes("/x", &[0; 32])).is_empty());
        assert_eq!(journal(&bytes("/x", &[0; 4000])).gaps.len(), 1);
    }
}
