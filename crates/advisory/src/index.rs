//! The database: one immutable file over which look-ups are made without reading the rest.
//!
//! A head names the sections; a section is a list of blocks, each with its own sum. A look-up reads the block that it
//! needs and checks it, so that to open a file takes no longer the larger it is, and a damaged block is found when it
//! is used, never passed off as "nothing known". The last 32 bytes are the SHA-256 of all before them.

mod blocks;
mod build;

pub use build::Builder;
pub(crate) use build::settle;

use crate::affected::{Affected, Event, Kind, Range};
use crate::record::{End, Label, Of, Part, Record, Said};
use blocks::{Blocks, Reader, Section};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::fmt;

/// The first bytes of a file.
const MAGIC: &[u8; 8] = b"tyrianDB";
/// The version of the format.
const VERSION: u32 = 1;
/// Strings in a block.
const STRINGS: usize = 16;
/// Advisories in a block, and their texts in one.
const ADVISORIES: usize = 16;
const TEXTS: usize = 256;

/// Why a file, or a part of it, is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is no database.
    NotOne,
    /// It was made by a newer version of the program.
    Newer(u32),
    /// It is shorter or longer than it says.
    Cut,
    /// Bytes have changed: in the head, or in a block of a section.
    Damaged(&'static str),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::NotOne => f.write_str("no advisory database: its first bytes are others"),
            Refused::Newer(version) => write!(
                f,
                "its format {version} is newer than this program's {VERSION}: update tyrian, or import the data again"
            ),
            Refused::Cut => f.write_str("it is cut, or has grown: import or update it again"),
            Refused::Damaged(part) => write!(f, "it is damaged ({part}): import or update it again"),
        }
    }
}

impl std::error::Error for Refused {}

/// What stands once in a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Meta {
    parts: Vec<Part>,
    ends: Vec<(u32, End)>,
    advisories: u32,
}

/// An open database.
#[derive(Debug)]
pub struct Index<'a> {
    bytes: &'a [u8],
    meta: Meta,
    packages: Blocks<'a>,
    advisories: Blocks<'a>,
    texts: Blocks<'a>,
    strings: Blocks<'a>,
    ranks: Blocks<'a>,
}

/// What is known of an advisory beside its packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advisory<'a> {
    /// The part that it is from, as an index into [`Index::parts`].
    pub part: usize,
    /// Its id.
    pub id: &'a str,
    /// Other names.
    pub aliases: Vec<&'a str>,
    /// Vulnerabilities that it is about.
    pub about: Vec<&'a str>,
    /// How bad its source calls it.
    pub label: Option<Label>,
    /// CVSS vectors.
    pub vectors: Vec<&'a str>,
}

/// What an advisory says of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The advisory's number, for [`Index::advisory`] and [`Index::summary`].
    pub advisory: u32,
    /// What it says.
    pub of: Of,
}

/// What an advisory says of one package, as far as it has to be read to know whether a version is hit.
pub(crate) enum Named<'a> {
    /// All versions before one, of whatever architecture: what most say.
    Before { fixed: &'a str, said: Said, label: Option<Label> },
    /// Anything else.
    Whole(Of),
}

/// What is known of a CVE beside who is hit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rank {
    /// The day it became known that it is exploited; empty where the day is not said; nothing where none is known.
    pub exploited: Option<String>,
    /// How likely it is exploited in the next 30 days, in 1/65535.
    pub likely: Option<u16>,
    /// The worst CVSS score of all records that name it as an alias, in tenths.
    pub score: Option<u8>,
}

impl<'a> Index<'a> {
    /// Opens a database.
    ///
    /// # Errors
    /// If it is none, newer, cut, or its head is damaged.
    pub fn open(bytes: &'a [u8]) -> Result<Index<'a>, Refused> {
        let head = blocks::head(bytes)?;
        let section = |section: Section| Blocks::new(bytes, &head, section);
        let meta = section(Section::Meta)?;
        let meta: Meta =
            serde_json::from_slice(meta.block(0)?).map_err(|_| Refused::Damaged("the list of sources"))?;
        Ok(Index {
            bytes,
            meta,
            packages: section(Section::Packages)?,
            advisories: section(Section::Advisories)?,
            texts: section(Section::Texts)?,
            strings: section(Section::Strings)?,
            ranks: section(Section::Ranks)?,
        })
    }

    /// Checks every byte: takes time in proportion to the file.
    ///
    /// # Errors
    /// If any has changed.
    pub fn verify(&self) -> Result<(), Refused> {
        let (content, sum) = self.bytes.split_last_chunk::<32>().ok_or(Refused::Cut)?;
        if Sha256::digest(content)[..] == sum[..] {
            Ok(())
        } else {
            Err(Refused::Damaged("its sum is another"))
        }
    }

    /// The digest that the file names as its own, as hexadecimal.
    pub fn digest(&self) -> String {
        let sum = self.bytes.split_last_chunk::<32>().map_or(&[][..], |(_, sum)| &sum[..]);
        sum.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The sources that it is made of.
    pub fn parts(&self) -> &[Part] {
        &self.meta.parts
    }

    /// The ends of support that are known.
    pub fn ends(&self) -> impl Iterator<Item = &End> {
        self.meta.ends.iter().map(|(_, end)| end)
    }

    /// How many advisories there are.
    pub fn len(&self) -> u32 {
        self.meta.advisories
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.meta.advisories == 0
    }

    /// All that is said of a package; nothing where it is not named.
    ///
    /// # Errors
    /// If what is needed for it is damaged.
    pub fn package(&self, ecosystem: &str, name: &str) -> Result<Option<Vec<Entry>>, Refused> {
        let Some(bytes) = self.entries_of(ecosystem, name)? else { return Ok(None) };
        self.entries(ecosystem, name, bytes).map(Some)
    }

    /// Gives each thing that is said of a package with the number of its advisory; says whether it is named.
    pub(crate) fn each(
        &self,
        ecosystem: &str,
        name: &str,
        mut take: impl FnMut(u32, Named<'a>) -> Result<(), Refused>,
    ) -> Result<bool, Refused> {
        let Some(bytes) = self.entries_of(ecosystem, name)? else { return Ok(false) };
        self.each_of(ecosystem, name, bytes, &mut take)?;
        Ok(true)
    }

    fn entries_of(&self, ecosystem: &str, name: &str) -> Result<Option<&'a [u8]>, Refused> {
        let Some(bucket) = bucket(blocks::hash(&[ecosystem, name]), self.packages.len()) else {
            return Ok(None);
        };
        let mut reader = Reader::new(self.packages.block(bucket)?, "packages");
        while !reader.is_done() {
            let (of, named) = (reader.number()?, reader.number()?);
            let entries = reader.bytes()?;
            if self.string(named)? == name && self.string(of)? == ecosystem {
                return Ok(Some(entries));
            }
        }
        Ok(None)
    }

    fn entries(&self, ecosystem: &str, name: &str, bytes: &[u8]) -> Result<Vec<Entry>, Refused> {
        let mut out = Vec::new();
        self.each_of(ecosystem, name, bytes, &mut |advisory, named| {
            out.push(Entry { advisory, of: named.whole(ecosystem, name) });
            Ok(())
        })?;
        Ok(out)
    }

    fn each_of(
        &self,
        ecosystem: &str,
        name: &str,
        bytes: &[u8],
        take: &mut impl FnMut(u32, Named<'a>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let mut reader = Reader::new(bytes, "packages");
        let mut advisory = 0_u64;
        while !reader.is_done() {
            advisory = advisory.wrapping_add(reader.number()?);
            let number = u32::try_from(advisory).ok().filter(|number| *number < self.len());
            let number = number.ok_or(Refused::Damaged("packages"))?;
            let flags = reader.number()?;
            let said = said(flags & 7).ok_or(Refused::Damaged("packages"))?;
            let label = label(flags >> 3 & 7);
            let versions = if flags & 64 != 0 {
                // By far the most: everything before one version.
                let fixed = self.string(reader.number()?)?;
                if flags & 128 == 0 {
                    take(number, Named::Before { fixed, said, label })?;
                    continue;
                }
                before(fixed)
            } else {
                self.versions(&mut reader)?
            };
            let mut of = Of {
                ecosystem: ecosystem.to_owned(),
                name: name.to_owned(),
                versions,
                said,
                label,
                ..Of::default()
            };
            if flags & 128 != 0 {
                let module = self.owned(&mut reader)?;
                of.module = Some(module).filter(|module| !module.is_empty());
                of.architectures = self.list(&mut reader)?.into_iter().map(str::to_owned).collect();
                of.systems = self.list(&mut reader)?.into_iter().map(str::to_owned).collect();
            }
            take(number, Named::Whole(of))?;
        }
        Ok(())
    }

    fn versions(&self, reader: &mut Reader<'_>) -> Result<Affected, Refused> {
        let damaged = || Refused::Damaged("packages");
        let mut out = Affected::default();
        for _ in 0..reader.count()? {
            let kind = match reader.number()? {
                0 => Kind::Ecosystem,
                1 => Kind::Semver,
                2 => Kind::Git,
                3 => Kind::Other,
                _ => return Err(damaged()),
            };
            let mut events = Vec::new();
            for _ in 0..reader.count()? {
                let which = reader.number()?;
                let at = self.owned(reader)?;
                events.push(match which {
                    0 => Event::Introduced(at),
                    1 => Event::Fixed(at),
                    2 => Event::LastAffected(at),
                    3 => Event::Limit(at),
                    _ => return Err(damaged()),
                });
            }
            out.ranges.push(Range { kind, events });
        }
        for _ in 0..reader.count()? {
            out.versions.push(self.owned(reader)?);
        }
        Ok(out)
    }

    /// An advisory by its number.
    ///
    /// # Errors
    /// If it is damaged, or there is none of that number.
    pub fn advisory(&self, number: u32) -> Result<Advisory<'a>, Refused> {
        let number = number as usize;
        let mut reader = Reader::new(self.advisories.block(number / ADVISORIES)?, "advisories");
        for _ in 0..number % ADVISORIES {
            reader.bytes()?;
        }
        let mut reader = Reader::new(reader.bytes()?, "advisories");
        let part = reader.number()? as usize;
        if part >= self.meta.parts.len() {
            return Err(Refused::Damaged("advisories"));
        }
        Ok(Advisory {
            part,
            label: label(reader.number()?),
            id: self.string(reader.number()?)?,
            aliases: self.list(&mut reader)?,
            about: self.list(&mut reader)?,
            vectors: self.list(&mut reader)?,
        })
    }

    /// One line about an advisory, and the day it was last changed; both may be empty.
    ///
    /// # Errors
    /// If it is damaged, or there is none of that number.
    pub fn summary(&self, number: u32) -> Result<(String, String), Refused> {
        let number = number as usize;
        let text = self.text_block(number / TEXTS)?;
        text_of(&text, number % TEXTS)
    }

    fn text_block(&self, block: usize) -> Result<Vec<u8>, Refused> {
        use std::io::Read;
        let mut text = Vec::new();
        flate2::read::DeflateDecoder::new(self.texts.block(block)?)
            .take(TEXTS as u64 * 4096)
            .read_to_end(&mut text)
            .map_err(|_| Refused::Damaged("texts"))?;
        Ok(text)
    }

    /// What is known of a CVE beside who is hit.
    ///
    /// # Errors
    /// If what is needed for it is damaged.
    pub fn rank(&self, cve: &str) -> Result<Rank, Refused> {
        let (Some(key), count) = (cve_number(cve), self.ranks.len()) else { return Ok(Rank::default()) };
        let Some(bucket) = bucket(blocks::hash(&[cve]), count) else { return Ok(Rank::default()) };
        let mut reader = Reader::new(self.ranks.block(bucket)?, "ranks");
        while !reader.is_done() {
            let (other, rank) = self.rank_of(&mut reader, Some(key))?;
            if other == key {
                return Ok(rank);
            }
        }
        Ok(Rank::default())
    }

    fn ranks_of(&self, bucket: usize) -> Result<Vec<(u64, Rank)>, Refused> {
        let mut reader = Reader::new(self.ranks.block(bucket)?, "ranks");
        let mut out = Vec::new();
        while !reader.is_done() {
            out.push(self.rank_of(&mut reader, None)?);
        }
        Ok(out)
    }

    /// The next rank and whose it is; where one alone is looked for, the days of others are passed over.
    fn rank_of(&self, reader: &mut Reader<'_>, only: Option<u64>) -> Result<(u64, Rank), Refused> {
        let (key, flags) = (reader.number()?, reader.number()?);
        let mut rank = Rank::default();
        if flags & 1 != 0 {
            let day = reader.number()?;
            if only.is_none_or(|only| only == key) {
                rank.exploited = Some(self.string(day)?.to_owned());
            }
        }
        if flags & 2 != 0 {
            rank.likely = u16::try_from(reader.number()?).ok();
        }
        if flags & 4 != 0 {
            rank.score = u8::try_from(reader.number()?).ok();
        }
        Ok((key, rank))
    }

    /// All records with the number of their part, for another database to be made of: what [`Builder`] was given, but
    /// for listed versions that a range hits anyway.
    ///
    /// # Errors
    /// If anything in it is damaged.
    pub fn records(&self) -> Result<Vec<(usize, Record)>, Refused> {
        self.verify()?;
        let mut out = Vec::new();
        for block in 0..(self.len() as usize).div_ceil(TEXTS) {
            let text = self.text_block(block)?;
            for number in block * TEXTS..((block + 1) * TEXTS).min(self.len() as usize) {
                let number = u32::try_from(number).map_err(|_| Refused::Damaged("advisories"))?;
                let advisory = self.advisory(number)?;
                let (summary, modified) = text_of(&text, number as usize % TEXTS)?;
                let owned = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect();
                let record = Record {
                    id: advisory.id.to_owned(),
                    aliases: owned(advisory.aliases),
                    about: owned(advisory.about),
                    summary,
                    vectors: owned(advisory.vectors),
                    label: advisory.label,
                    modified,
                    affected: Vec::new(),
                };
                out.push((advisory.part, record));
            }
        }
        for bucket in 0..self.packages.len() {
            let mut reader = Reader::new(self.packages.block(bucket)?, "packages");
            while !reader.is_done() {
                let (ecosystem, name) = (self.string(reader.number()?)?, self.string(reader.number()?)?);
                for entry in self.entries(ecosystem, name, reader.bytes()?)? {
                    if let Some((_, record)) = out.get_mut(entry.advisory as usize) {
                        record.affected.push(entry.of);
                    }
                }
            }
        }
        Ok(out)
    }

    /// What is known of every CVE that is known to be exploited or more or less likely to be.
    fn all_ranks(&self) -> Result<Vec<(String, Rank)>, Refused> {
        let mut out = Vec::new();
        for bucket in 0..self.ranks.len() {
            let ranks = self.ranks_of(bucket)?.into_iter();
            out.extend(
                ranks.map(|(key, rank)| (format!("CVE-{}-{:04}", key >> 40, key & ((1 << 40) - 1)), rank)),
            );
        }
        Ok(out)
    }

    fn string(&self, number: u64) -> Result<&'a str, Refused> {
        let damaged = || Refused::Damaged("strings");
        let number = usize::try_from(number).map_err(|_| damaged())?;
        let mut reader = Reader::new(self.strings.block(number / STRINGS)?, "strings");
        for _ in 0..number % STRINGS {
            reader.bytes()?;
        }
        std::str::from_utf8(reader.bytes()?).map_err(|_| damaged())
    }

    fn owned(&self, reader: &mut Reader<'_>) -> Result<String, Refused> {
        self.string(reader.number()?).map(str::to_owned)
    }

    fn list(&self, reader: &mut Reader<'_>) -> Result<Vec<&'a str>, Refused> {
        (0..reader.count()?).map(|_| self.string(reader.number()?)).collect()
    }
}

impl Named<'_> {
    /// The same in full.
    pub(crate) fn whole(self, ecosystem: &str, name: &str) -> Of {
        match self {
            Named::Whole(of) => of,
            Named::Before { fixed, said, label } => Of {
                ecosystem: ecosystem.to_owned(),
                name: name.to_owned(),
                versions: before(fixed),
                said,
                label,
                ..Of::default()
            },
        }
    }
}

/// All versions before that one.
fn before(fixed: &str) -> Affected {
    let events = vec![Event::Introduced("0".into()), Event::Fixed(fixed.to_owned())];
    Affected { ranges: vec![Range { kind: Kind::Ecosystem, events }], versions: Vec::new() }
}

/// The lines about advisories, each block of which is unpacked once.
pub struct Summaries<'i, 'a> {
    index: &'i Index<'a>,
    blocks: HashMap<usize, Vec<u8>>,
}

impl<'i, 'a> Summaries<'i, 'a> {
    /// None unpacked so far.
    pub fn new(index: &'i Index<'a>) -> Self {
        Summaries { index, blocks: HashMap::new() }
    }

    /// As [`Index::summary`].
    ///
    /// # Errors
    /// If it is damaged, or there is none of that number.
    pub fn of(&mut self, number: u32) -> Result<(String, String), Refused> {
        let number = number as usize;
        let block = match self.blocks.entry(number / TEXTS) {
            Occupied(block) => block.into_mut(),
            Vacant(place) => place.insert(self.index.text_block(number / TEXTS)?),
        };
        text_of(block, number % TEXTS)
    }
}

/// Summary and day from an unpacked block of texts.
fn text_of(text: &[u8], nth: usize) -> Result<(String, String), Refused> {
    let damaged = |_| Refused::Damaged("texts");
    let mut reader = Reader::new(text, "texts");
    for _ in 0..nth * 2 {
        reader.bytes()?;
    }
    let mut one = || String::from_utf8(reader.bytes()?.to_vec()).map_err(damaged);
    Ok((one()?, one()?))
}

/// Which of so many buckets; nothing where there are none.
fn bucket(hash: u64, count: usize) -> Option<usize> {
    (count > 0).then(|| (hash % count as u64) as usize)
}

fn said(number: u64) -> Option<Said> {
    [Said::Versions, Said::NotAffected, Said::WillNotFix, Said::Investigating, Said::Unread]
        .into_iter()
        .find(|said| *said as u64 == number)
}

fn label(number: u64) -> Option<Label> {
    [Label::Negligible, Label::Low, Label::Medium, Label::High, Label::Critical]
        .into_iter()
        .find(|label| *label as u64 + 1 == number)
}

/// Year and number of a CVE in one; nothing for another name.
fn cve_number(name: &str) -> Option<u64> {
    let (year, number) = name.strip_prefix("CVE-")?.split_once('-')?;
    let is_plain = |text: &str, least: usize| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits && text.len() >= least && (text.len() == least || !text.starts_with('0'))
    };
    if !is_plain(year, 1) || !is_plain(number, 4) {
        return None;
    }
    let (year, number): (u64, u64) = (year.parse().ok()?, number.parse().ok()?);
    (year < 1 << 16 && number < 1 << 40).then_some(year << 40 | number)
}
