//! What the Go compiler writes into a program: its own version, and every module that is in it.

use super::elf::{Elf, number};
use super::{File, Found};
use tyrian_model::packages::{Kind, Package};

/// What stands before it.
const MAGIC: &[u8] = b"\xff Go buildinf:";
/// How far into the data of a program it is looked for, in bytes, where no section names it.
const FARTHEST: usize = 1 << 20;
/// The longest list of modules, in bytes.
pub(super) const LONGEST: usize = 16 << 20;

/// The modules of a Go program; nothing where it is none.
pub(super) fn read(file: &File<'_>, elf: &Elf<'_>) -> Option<Found> {
    let data = elf.section(".go.buildinfo").or_else(|| {
        let mut writable = elf.segments.iter().filter(|segment| segment.writable);
        writable.find_map(|segment| elf.content(segment).filter(|data| start(data).is_some()))
    })?;
    let info = &data[start(data)?..];
    let Some((version, modules)) = texts(elf, info) else {
        let what = "what Go wrote into the program is broken; its modules are not known";
        return Some(file.malformed("", what).into());
    };
    Some(told(file, &version, &modules))
}

/// The modules where both texts stand behind the head, as they do since Go 1.18; nothing where they do not.
pub(super) fn inline(file: &File<'_>, info: &[u8]) -> Option<Found> {
    if info.get(15)? & 2 == 0 {
        return None;
    }
    let (version, rest) = counted(info.get(32..)?)?;
    if !version.starts_with(b"go") && !version.starts_with(b"devel") {
        return None;
    }
    let modules = without_marks(counted(rest)?.0);
    Some(told(file, std::str::from_utf8(version).ok()?, &String::from_utf8_lossy(modules)))
}

fn told(file: &File<'_>, version: &str, modules: &str) -> Found {
    let mut found = Found { packages: vec![standard_library(file, version)], ..Found::default() };
    let list = self::modules(file, modules);
    let path = modules.lines().find_map(|line| line.strip_prefix("path\t")).unwrap_or_default();
    // Only programs of Go itself are made of the standard library alone without being a module.
    if list.is_empty() && !path.starts_with("cmd/") {
        let what = "the program was built without its list of modules; build it with Go modules";
        found.gaps.push(file.unresolved("", what));
    }
    found.packages.extend(list);
    found
}

/// Sixteen bytes on each side mark where the list is in memory.
fn without_marks(modules: &[u8]) -> &[u8] {
    match modules.len() {
        33.. if modules[modules.len() - 17] == b'\n' => &modules[16..modules.len() - 16],
        _ => &[],
    }
}

/// Where it begins; it lies at a multiple of sixteen.
fn start(data: &[u8]) -> Option<usize> {
    let data = &data[..data.len().min(FARTHEST)];
    (0..data.len()).step_by(16).find(|at| data[*at..].starts_with(MAGIC))
}

/// The version of Go, and the list of modules.
fn texts(elf: &Elf<'_>, info: &[u8]) -> Option<(String, String)> {
    let (size, flags) = (usize::from(*info.get(14)?), *info.get(15)?);
    let (version, modules) = if flags & 2 != 0 {
        // Both stand behind the head, each with its length before it.
        let (version, rest) = counted(info.get(32..)?)?;
        (version, counted(rest)?.0)
    } else {
        // Two pointers to texts of Go, which are a pointer and a length.
        if !matches!(size, 4 | 8) {
            return None;
        }
        let little = flags & 1 == 0;
        let text = |at: usize| {
            let pointer = number(info.get(at..at + size)?, little);
            let head = elf.loaded(pointer)?.get(..2 * size)?;
            let length = usize::try_from(number(&head[size..], little)).ok().filter(|it| *it <= LONGEST)?;
            match length {
                0 => Some(&[][..]),
                length => elf.loaded(number(&head[..size], little))?.get(..length),
            }
        };
        (text(16)?, text(16 + size)?)
    };
    let version = std::str::from_utf8(version).ok()?.to_owned();
    let modules = without_marks(modules);
    Some((version, String::from_utf8_lossy(modules).into_owned()))
}

fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_usize;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return (length <= LONGEST).then(|| bytes[at + 1..].split_at_checked(length))?;
        }
    }
    None
}

/// The standard library, by the version of Go: `go1.22.1 X:nocoverageredesign`.
pub(super) fn standard_library(file: &File<'_>, version: &str) -> Package {
    let first = version.split_whitespace().next().unwrap_or_default();
    let number = first.strip_prefix("go").filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    Package::new(Kind::Golang, "stdlib", number.map(str::to_owned), file.path)
}

/// The lines `mod` and `dep`: path, version, sum; a line `=>` says what stood in for the one before.
fn modules(file: &File<'_>, text: &str) -> Vec<Package> {
    let mut packages: Vec<Package> = Vec::new();
    let mut main = String::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (word, path, version) = (fields.next(), fields.next(), fields.next().unwrap_or_default());
        let (Some(word), Some(path)) = (word, path) else { continue };
        // What lies in a folder, or was not committed, has no version.
        let version = Some(version).filter(|version| !matches!(*version, "" | "(devel)")).map(str::to_owned);
        match word {
            "mod" | "dep" => {
                let mut package = Package::new(Kind::Golang, path, version, file.path);
                if word == "mod" {
                    main = package.label();
                } else if !main.is_empty() {
                    package.why = vec![main.clone()];
                }
                packages.push(package);
            }
            "=>" => {
                if let Some(last) = packages.last_mut() {
                    // A folder stands in for it: what is in it is not known by a version.
                    let folder = version.is_none();
                    if !folder {
                        last.name = path.to_owned();
                    }
                    last.version = version;
                }
            }
            _ => {}
        }
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::super::tests::{bytes, file, labels};
    use super::*;

    #[test]
    fn lines_are_modules_and_what_stands_in_for_them() {
        let text = "path\ta/cmd\nmod\ta\t(devel)\t\ndep\tb\tv1.0.0\th1:x=\ndep\tc\tv1.0.0\n=>\tfork/c\tv1.0.1\th1:y=\n\
                    dep\td\tv2.0.0\n=>\t./d\t\nbuild\t-compiler=gc\n";
        let packages = modules(&file("/a", ""), text);
        let labels: Vec<String> = packages.iter().map(Package::label).collect();
        assert_eq!(labels, ["a", "b v1.0.0", "fork/c v1.0.1", "d"]);
        assert_eq!(packages[1].why, ["a"]);
    }

    #[test]
    fn both_forms_are_read() {
        let sentinel = "0123456789abcdef";
        let list = format!("{sentinel}path\ta\ndep\tb\tv1.2.3\th1:x=\n{sentinel}");
        // A file that is one segment of data from its beginning on, loaded to the address 0x1000.
        let program = |info: &[u8]| {
            let mut out = vec![0_u8; 128];
            out[..6].copy_from_slice(b"\x7fELF\x02\x01");
            out[0x20] = 64;
            out[0x36] = 56;
            out[0x38] = 1;
            out[64] = 1;
            out[68] = 6;
            out[80..88].copy_from_slice(&0x1000_u64.to_le_bytes());
            out.extend_from_slice(info);
            let size = out.len() as u64;
            out[96..104].copy_from_slice(&size.to_le_bytes());
            out
        };
        let mut inline = MAGIC.to_vec();
        inline.extend([8, 2]);
        inline.resize(32, 0);
        inline.push(8);
        inline.extend(b"go1.26.8");
        inline.push(list.len() as u8);
        inline.extend(list.as_bytes());
        let mut pointers = MAGIC.to_vec();
        pointers.extend([8, 0]);
        let (text, version) = (0x1000 + 128 + 64, b"go1.17.1");
        for pointer in [0x1000 + 128 + 32, 0x1000 + 128 + 48, text, version.len(), text + 8, list.len()] {
            pointers.extend((pointer as u64).to_le_bytes());
        }
        pointers.extend(version);
        pointers.extend(list.as_bytes());
        for (info, version) in [(inline, "stdlib 1.26.8"), (pointers, "stdlib 1.17.1")] {
            let program = program(&info);
            let found = read(&bytes("/a", &program), &Elf::new(&program).unwrap()).unwrap();
            assert_eq!(labels(&found), [version, "b v1.2.3"]);
            for end in 0..program.len() {
                if let Some(elf) = Elf::new(&program[..end]) {
                    let _ = read(&bytes("/a", &program[..end]), &elf);
                }
            }
        }
    }
}
