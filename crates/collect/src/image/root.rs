//! A directory that is the root of a system: an image that was unpacked, a container's file system, a mounted disk.

use super::{LARGE, MOST_FILES};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use tyrian_model::fact::{Gap, Why};
use tyrian_model::image::Image;
use tyrian_read::image::{self as read, LayerBuilder, Want, shown};
use tyrian_read::secrets::Key;
use tyrian_read::tar::{Entry, Kind};
use walkdir::WalkDir;

/// What the system below a directory holds, as an image without a configuration. No link is followed, nothing but
/// ordinary files is opened, and what other file systems are mounted there is left out.
///
/// # Errors
/// The directory cannot be read. What cannot be read in it is a gap of the image.
pub fn root(root: &Path, key: &Key) -> Result<Image, Gap> {
    let unreadable = |error: &io::Error| super::unreadable(root, error);
    if !std::fs::metadata(root).map_err(|error| unreadable(&error))?.is_dir() {
        return Err(Gap::new(Why::NotRead, format!("{}: it is no directory", root.display())));
    }
    // A link to the root itself is what was asked for.
    let start = root.canonicalize().map_err(|error| unreadable(&error))?;
    let mut builder = LayerBuilder::new(key);
    let walk = WalkDir::new(&start).follow_links(false).follow_root_links(false).same_file_system(true);
    for (number, entry) in walk.sort_by_file_name().into_iter().enumerate() {
        if number as u64 > MOST_FILES {
            builder.lacks(Gap::new(Why::NotRead, format!("{}: more than 2,000,000 files", root.display())));
            break;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path =
                    error.path().and_then(|path| path.strip_prefix(&start).ok()).unwrap_or(Path::new(""));
                let what = format!(
                    "/{} cannot be read; run as root to see all of it",
                    shown(&path.to_string_lossy())
                );
                builder.lacks(Gap::new(why(error.io_error()), what));
                continue;
            }
        };
        let path = entry.path().strip_prefix(&start).unwrap_or(entry.path());
        let Ok(meta) = entry.metadata() else { continue };
        let kind = match meta.file_type() {
            kind if kind.is_file() => Kind::Regular,
            kind if kind.is_dir() => Kind::Directory,
            kind if kind.is_symlink() => Kind::Symlink,
            _ => Kind::Other,
        };
        let link = match kind {
            Kind::Symlink => std::fs::read_link(entry.path()).unwrap_or_default(),
            _ => Default::default(),
        };
        let (path, wanted) = builder.entry(&Entry {
            path: path.to_string_lossy().into_owned(),
            link: link.to_string_lossy().into_owned(),
            kind,
            mode: meta.mode() & 0o7777,
            uid: meta.uid(),
            gid: meta.gid(),
            size: meta.len(),
            sparse: false,
            capabilities: if kind == Kind::Regular && meta.mode() & 0o111 != 0 {
                capabilities(entry.path())
            } else {
                0
            },
        });
        if wanted == Want::Nothing {
            continue;
        }
        let read = match wanted {
            Want::Large => open(entry.path()).and_then(|file| match file {
                Some(file) => builder.large(&path, file.take(meta.len())),
                None => Ok(()),
            }),
            _ => content(entry.path(), wanted, meta.len())
                .map(|bytes| bytes.iter().for_each(|bytes| builder.content(&path, wanted, bytes))),
        };
        match read {
            Ok(()) => {}
            Err(error) => {
                let what = format!("{} cannot be read: {error}", shown(&path));
                builder.lacks(Gap::new(why(Some(&error)), what));
            }
        }
    }
    Ok(read::directory(key, &root.to_string_lossy(), builder.finish()))
}

fn why(error: Option<&io::Error>) -> Why {
    match error.map(io::Error::kind) {
        Some(io::ErrorKind::PermissionDenied) => Why::Denied,
        _ => Why::NotRead,
    }
}

/// The capabilities that a program gets when it is run.
fn capabilities(path: &Path) -> u64 {
    let mut attribute = [0; 64];
    let length = rustix::fs::lgetxattr(path, "security.capability", &mut attribute).unwrap_or_default();
    tyrian_read::tar::capabilities(attribute.get(..length).unwrap_or_default())
}

/// An ordinary file; nothing of what is none any more.
fn open(path: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    Ok(file.metadata()?.is_file().then_some(file))
}

/// The content of an ordinary file; nothing also of one that is no program after all.
fn content(path: &Path, wanted: Want, size: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(mut file) = open(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    if wanted == Want::Program(false) {
        Read::by_ref(&mut file).take(4).read_to_end(&mut bytes)?;
        if !tyrian_read::packages::is_program(&bytes) {
            return Ok(None);
        }
    }
    let left = size.saturating_sub(bytes.len() as u64);
    bytes.reserve_exact(usize::try_from(left).unwrap_or_default().min(LARGE));
    file.take(left).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::io::{Seek, Write};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_directory_is_read_without_following_anything_out_of_it() {
        let dir = std::env::temp_dir().join(format!("tyrian-root-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        let write = |path: &str, text: &str| {
            let path = dir.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("outside/METADATA", "Name: outside\nVersion: 1\n");
        write("root/etc/os-release", "ID=alpine\nVERSION_ID=3.19.1\n");
        write("root/lib/apk/db/installed", "P:musl\nV:1.2.4-r2\nA:x86_64\n");
        write("root/srv/a.dist-info/METADATA", "Name: a\nVersion: 1\n");
        symlink("../../outside", dir.join("root/srv/b.dist-info")).unwrap();
        symlink("../../../outside/METADATA", dir.join("root/srv/c.egg-info")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, dir.join("root/srv/d.egg-info"), Mode::RUSR).unwrap();
        // A program of 66 MiB, most of which is a hole.
        write("root/bin/busybox", "\u{7f}ELF");
        let mut program = File::options().write(true).open(dir.join("root/bin/busybox")).unwrap();
        program.seek(io::SeekFrom::Start(66 << 20)).unwrap();
        program.write_all(b"BusyBox v1.36.1 ").unwrap();
        program.set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
        let image = serde_json::to_value(root(&dir.join("root"), &Key([7; 32])).unwrap()).unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
        let rows = image["software"]["rows"].as_object().unwrap();
        let names: Vec<&str> = rows.values().filter_map(|row| row["name"].as_str()).collect();
        assert_eq!(
            (names, &image["software"]["gaps"]),
            (vec!["busybox", "musl", "a"], &Value::Array(Vec::new()))
        );
        let musl = rows.values().find(|row| row["name"] == "musl").unwrap();
        assert_eq!((&musl["version"], &musl["ecosystem"]), (&"1.2.4-r2".into(), &"Alpine:v3.19".into()));
        assert!(super::root(&dir.join("gone"), &Key([7; 32])).is_err());
    }
}
