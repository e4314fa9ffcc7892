use crate::checks::prelude::*;
use crate::dockerfile::shown;
use tyrian_model::image::FileKind;

check! {
    /// Everybody in an image may write to its files.
    ///
    /// ## What it checks
    /// Files and directories that everybody may write to; directories with the sticky bit (`/tmp`), devices,
    /// links, `/dev`, `/proc` and `/sys` are left out. At most ten are listed.
    /// ## Why it matters
    /// Whichever process is broken into can change what others run or read there: the user that the image runs
    /// as no longer limits anything.
    /// ## Fix
    /// `chmod o-w` on them in the Dockerfile; give what must be written to the user who writes it.
    "world-writable-in-image",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["attack:T1574", "nist:3.1.2", "nist:4.1.2"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/app/start.sh": {"kind": "regular", "mode": 511, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/data": {"kind": "directory", "mode": 511, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/tmp": {"kind": "directory", "mode": 1023, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/a": {"kind": "symlink", "mode": 511, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/b": {"kind": "regular", "mode": 509, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/dev/null": {"kind": "regular", "mode": 438, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Image) -> Judged {
    let mut found: Vec<String> = Vec::new();
    let mut folder: Option<&str> = None;
    for (path, file) in see.get(&it.files)? {
        let kind = match file.kind {
            FileKind::Regular => "the file",
            FileKind::Directory if file.mode & 0o1000 == 0 => "the directory",
            _ => continue,
        };
        let system = ["/dev/", "/proc/", "/sys/"].iter().any(|start| path.starts_with(start));
        // Of a directory that was found, what lies in it says nothing new.
        let inside =
            folder.is_some_and(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        if file.mode & 0o002 == 0 || system || inside {
            continue;
        }
        if file.kind == FileKind::Directory {
            folder = Some(path);
        }
        found.push(format!("lets everybody write to {kind} {}", shown(path)));
    }
    if found.len() > MOST {
        found.truncate(MOST);
        found.push("lets everybody write to more than is listed here".into());
    }
    faults(found.into_iter().map(|what| Fault { what, at: None }).collect())
}

const MOST: usize = 10;
