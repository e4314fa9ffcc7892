//! Tar archives as a stream, without unpacking: what layers and saved images are made of.
//!
//! Old, POSIX (ustar, pax) and GNU forms. Whatever comes in, memory stays bounded: a header says how long a name
//! is, and a hostile one says much.

use std::io::{self, Read, Seek, SeekFrom};

/// Bytes of a block.
const BLOCK: usize = 512;
/// The most that is read of a long name or a pax header, in bytes.
const LONGEST_HEADER: u64 = 1024 * 1024;
/// The most long names and pax headers that one entry may have.
const MOST_HEADERS: usize = 16;

/// A tar archive that is read from front to back.
pub struct Tar<R> {
    source: R,
    /// Bytes of the present entry's data that were not read yet.
    left: u64,
    /// What fills its last block.
    padding: u64,
    ended: bool,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary file.
    Regular,
    /// Another name of the file that `link` names.
    HardLink,
    /// A symbolic link to `link`.
    Symlink,
    /// A directory.
    Directory,
    /// A device, a pipe.
    Other,
}

/// The head of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path as it was written, lossy where it is no UTF-8.
    pub path: String,
    /// What a link points to, as it was written.
    pub link: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// The owner's id.
    pub uid: u32,
    /// The group's id.
    pub gid: u32,
    /// The size of the file in bytes; for a sparse file its size with the holes.
    pub size: u64,
    /// Is the data in the archive that of a sparse file: only what is between its holes?
    pub sparse: bool,
    /// The capabilities that a program gets when it is run, one bit each; 0 for none.
    pub capabilities: u64,
}

#[derive(Default)]
struct Long {
    path: Option<String>,
    link: Option<String>,
    size: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
    real_size: Option<u64>,
    sparse: bool,
    capabilities: u64,
}

impl<R: Read> Tar<R> {
    /// An archive that begins where `source` stands.
    pub fn new(source: R) -> Self {
        Tar { source, left: 0, padding: 0, ended: false }
    }

    /// What the archive was read from; it stands behind the last block that was read.
    pub fn into_source(self) -> R {
        self.source
    }

    /// The next entry, or nothing at the end. What was not read of the last one's data is passed over.
    ///
    /// # Errors
    /// The source fails or ends too soon, or what stands there is no header.
    pub fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        let mut long = Long::default();
        for _ in 0..MOST_HEADERS {
            self.skip()?;
            let Some(head) = self.block()? else { return Ok(None) };
            let size = number(&head[124..136])?;
            match head[156] {
                b'L' => long.path = Some(self.name(size)?),
                b'K' => long.link = Some(self.name(size)?),
                b'x' => {
                    let text = self.payload(size)?;
                    long.pax(&text)?;
                }
                // Global headers carry comments and times.
                b'g' => {
                    self.payload(size)?;
                }
                _ => return self.entry(&head, size, long).map(Some),
            }
        }
        Err(bad("too many headers before one entry"))
    }

    fn entry(&mut self, head: &[u8; BLOCK], size: u64, long: Long) -> io::Result<Entry> {
        let path = long.path.unwrap_or_else(|| {
            let name = text(&head[..100]);
            // GNU's old form has other things where POSIX has the front part of a long path.
            let prefix = if &head[257..263] == b"ustar\0" { text(&head[345..500]) } else { String::new() };
            if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
        });
        let kind = match head[156] {
            b'1' => Kind::HardLink,
            b'2' => Kind::Symlink,
            b'3' | b'4' | b'6' => Kind::Other,
            b'5' => Kind::Directory,
            b'0' | 0 if path.ends_with('/') => Kind::Directory,
            _ => Kind::Regular,
        };
        let stored = match kind {
            Kind::Regular => long.size.unwrap_or(size),
            _ => 0,
        };
        self.left = stored;
        self.padding = padding(stored);
        let mut real = stored;
        let mut sparse = long.sparse;
        if head[156] == b'S' {
            sparse = true;
            real = number(&head[483..495])?;
            // Lists of holes that go on in blocks of their own.
            let mut more = head[482] != 0;
            while more {
                let mut block = [0; BLOCK];
                self.source.read_exact(&mut block)?;
                more = block[504] != 0;
            }
        }
        Ok(Entry {
            path,
            link: long.link.unwrap_or_else(|| text(&head[157..257])),
            kind,
            mode: u32::try_from(number(&head[100..108])? & 0o7777).unwrap_or_default(),
            uid: long.uid.map_or_else(|| id(&head[108..116]), Ok)?,
            gid: long.gid.map_or_else(|| id(&head[116..124]), Ok)?,
            size: long.real_size.unwrap_or(real),
            sparse,
            capabilities: long.capabilities,
        })
    }

    /// A header; nothing at the end of the archive, which is a block of zeros or the end of the source.
    fn block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        if self.ended {
            return Ok(None);
        }
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.source.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => {
                    self.ended = true;
                    return Ok(None);
                }
                Ok(0) => return Err(bad("it ends in the middle of a header")),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if block.iter().all(|&b| b == 0) {
            self.ended = true;
            return Ok(None);
        }
        if !is_header(&block) {
            return Err(bad("what stands where a header should be is none"));
        }
        Ok(Some(block))
    }

    fn payload(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > LONGEST_HEADER {
            return Err(bad("a name or header in it is longer than 1 MiB"));
        }
        (self.left, self.padding) = (size, padding(size));
        let mut bytes = Vec::new();
        Read::by_ref(self).take(size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(bad("it ends in the middle of a name"));
        }
        Ok(bytes)
    }

    fn name(&mut self, size: u64) -> io::Result<String> {
        self.payload(size).map(|bytes| text(&bytes))
    }

    fn skip(&mut self) -> io::Result<()> {
        let wanted = self.left.saturating_add(self.padding);
        let skipped = io::copy(&mut (&mut self.source).take(wanted), &mut io::sink())?;
        if skipped < self.left {
            return Err(bad("it ends in the middle of a file"));
        }
        (self.left, self.padding) = (0, 0);
        Ok(())
    }
}

impl<R: Read + Seek> Tar<R> {
    /// Passes over the present entry's data without reading it, and says where in the source it began.
    ///
    /// # Errors
    /// The source cannot be moved. That it ends too soon is not seen.
    pub fn pass(&mut self) -> io::Result<u64> {
        let start = self.source.stream_position()?;
        let most = || bad("a file in it is too large");
        let wanted = self.left.checked_add(self.padding).and_then(|wanted| i64::try_from(wanted).ok());
        self.source.seek(SeekFrom::Current(wanted.ok_or_else(most)?))?;
        (self.left, self.padding) = (0, 0);
        Ok(start)
    }
}

/// The data of the present entry, as it is stored.
impl<R: Read> Read for Tar<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.source.read(&mut into[..most])?;
        if count == 0 && most > 0 {
            return Err(bad("it ends in the middle of a file"));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

impl Long {
    /// The records of a pax header: `LENGTH KEY=VALUE\n`.
    fn pax(&mut self, mut rest: &[u8]) -> io::Result<()> {
        while !rest.is_empty() {
            let space = rest
                .iter()
                .take(20)
                .position(|&b| b == b' ')
                .ok_or_else(|| bad("a pax header has no length"))?;
            let length: usize = std::str::from_utf8(&rest[..space])
                .ok()
                .and_then(|digits| digits.parse().ok())
                .filter(|&length| length > space + 1 && length <= rest.len())
                .ok_or_else(|| bad("a pax header has a wrong length"))?;
            let record = &rest[space + 1..length - 1];
            rest = &rest[length..];
            let Some(equals) = record.iter().position(|&b| b == b'=') else { continue };
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            let number = || std::str::from_utf8(value).ok().and_then(|digits| digits.parse::<u64>().ok());
            let known = |number: Option<u64>| {
                number.ok_or_else(|| bad("a pax header has no number where one should be"))
            };
            let id = |number: Option<u64>| {
                known(number).and_then(|id| u32::try_from(id).map_err(|_| bad("an owner's id is too large")))
            };
            match key {
                b"path" if !self.sparse => self.path = Some(text(value)),
                b"GNU.sparse.name" => (self.path, self.sparse) = (Some(text(value)), true),
                b"GNU.sparse.realsize" | b"GNU.sparse.size" => {
                    (self.real_size, self.sparse) = (Some(known(number())?), true)
                }
                b"linkpath" => self.link = Some(text(value)),
                b"size" => self.size = Some(known(number())?),
                b"uid" => self.uid = Some(id(number())?),
                b"gid" => self.gid = Some(id(number())?),
                b"SCHILY.xattr.security.capability" => self.capabilities = capabilities(value),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The permitted capabilities of an extended attribute `security.capability`: those that the program gets, one bit
/// each. What is no such attribute is taken for none, as the kernel does.
pub fn capabilities(attribute: &[u8]) -> u64 {
    let word =
        |at: usize| attribute.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let Some(version) = word(0).map(|magic| magic >> 24) else { return 0 };
    match (version, attribute.len()) {
        (1, 12) => u64::from(word(4).unwrap_or_default()),
        (2, 20) | (3, 24) => {
            u64::from(word(12).unwrap_or_default()) << 32 | u64::from(word(4).unwrap_or_default())
        }
        _ => 0,
    }
}

/// Does a tar archive begin with this block?
pub fn is_header(block: &[u8]) -> bool {
    let (Some(block), Some(Ok(sum))) = (block.get(..BLOCK), block.get(148..156).map(number)) else {
        return false;
    };
    let spaced = |b: (usize, &u8)| if (148..156).contains(&b.0) { b' ' } else { *b.1 };
    let plain: u64 = block.iter().enumerate().map(|b| u64::from(spaced(b))).sum();
    // Some old programs added the bytes up as signed ones.
    let signed: i64 = block.iter().enumerate().map(|b| i64::from(spaced(b) as i8)).sum();
    sum == plain || i64::try_from(sum) == Ok(signed)
}

fn padding(size: u64) -> u64 {
    (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|&b| b == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// A number in octal, or in GNU's binary form.
fn number(field: &[u8]) -> io::Result<u64> {
    if field[0] & 0x80 != 0 {
        return field
            .iter()
            .enumerate()
            .try_fold(0_u64, |number, (at, &b)| {
                let digit = if at == 0 { b & 0x7f } else { b };
                number.checked_mul(256).map(|n| n | u64::from(digit)).filter(|n| *n <= i64::MAX as u64)
            })
            .ok_or_else(|| bad("a number in a header is too large"));
    }
    let digits = field.iter().copied().skip_while(|b| *b == b' ').take_while(|b| *b != 0 && *b != b' ');
    digits
        .into_iter()
        .try_fold(0_u64, |number, b| match b {
            b'0'..=b'7' => Some(number << 3 | u64::from(b - b'0')),
            _ => None,
        })
        .ok_or_else(|| bad("a number in a header is none"))
}

fn id(field: &[u8]) -> io::Result<u32> {
    u32::try_from(number(field)?).map_err(|_| bad("an owner's id is too large"))
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with the fields that matter, and its sum.
    fn head(name: &str, kind: u8, size: u64) -> [u8; BLOCK] {
        let mut head = [0; BLOCK];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[100..107].copy_from_slice(b"0000644");
        head[108..115].copy_from_slice(b"0001750");
        head[116..123].copy_from_slice(b"0000001");
        head[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        head[156] = kind;
        head[257..263].copy_from_slice(b"ustar\0");
        head[148..156].copy_from_slice(b"        ");
        let sum: u32 = head.iter().map(|&b| u32::from(b)).sum();
        head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        head
    }
    fn padded(bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        out.resize(bytes.len().div_ceil(BLOCK) * BLOCK, 0);
        out
    }

    #[test]
    fn long_names_sizes_and_owners_of_pax_and_gnu_are_read() {
        let name = "a/".repeat(150) + "b";
        assert_eq!(capabilities(b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\x01\0\0\0\0\0\0\0"), 1 << 13 | 1 << 32);
        assert_eq!((capabilities(b""), capabilities(b"\x01\0\0\x02\xff\xff")), (0, 0));
        let mut record = format!("NNN path={name}\n");
        let length = record.len();
        record = record.replace("NNN", &length.to_string());
        record.push_str("15 uid=123456\n".replace("15", "14").as_str());
        let mut bytes = head("x", b'x', record.len() as u64).to_vec();
        bytes.extend(padded(record.as_bytes()));
        bytes.extend(head("short", b'0', 3));
        bytes.extend(padded(b"abc"));
        bytes.extend(head("l", b'L', 201));
        bytes.extend(padded(&[b"z".repeat(200), vec![0]].concat()));
        bytes.extend(head("short", b'5', 7));
        bytes.extend([0; 1024]);
        let mut tar = Tar::new(&bytes[..]);
        let first = tar.next_entry().unwrap().unwrap();
        assert_eq!(
            (first.path.as_str(), first.uid, first.gid, first.mode, first.size),
            (name.as_str(), 123_456, 1, 0o644, 3)
        );
        let mut data = String::new();
        tar.read_to_string(&mut data).unwrap();
        assert_eq!(data, "abc");
        let second = tar.next_entry().unwrap().unwrap();
        assert_eq!((second.path, second.kind, second.size), ("z".repeat(200), Kind::Directory, 0));
        assert_eq!(tar.next_entry().unwrap(), None);
        assert_eq!(tar.next_entry().unwrap(), None);
    }

    #[test]
    fn hostile_archives_are_refused_in_bounded_memory() {
        let huge = head("l", b'L', 1 << 32);
        assert!(Tar::new(&huge[..]).next_entry().is_err());
        let cut = head("f", b'0', 100_000);
        let mut tar = Tar::new(&cut[..]);
        assert!(tar.next_entry().unwrap().is_some());
        assert!(tar.next_entry().is_err());
        let loop_of_headers: Vec<u8> = (0..50).flat_map(|_| head("g", b'g', 0)).collect();
        assert!(Tar::new(&loop_of_headers[..]).next_entry().is_err());
        let mut wrong = head("f", b'0', 0);
        wrong[0] = b'g';
        assert!(Tar::new(&wrong[..]).next_entry().is_err());
        let mut pax = head("x", b'x', 6).to_vec();
        pax.extend(padded(b"99 a=b"));
        assert!(Tar::new(&pax[..]).next_entry().is_err());
    }
}
