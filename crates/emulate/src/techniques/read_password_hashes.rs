use crate::call::{exists, hard_link, open, part, primitive, reach, read, revert, symlink, unlink};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// The hashes of passwords are read.
    ///
    /// ## What it tries
    ///
    /// To read from `/etc/shadow` of the clone: by its path, by a path with detours, through `/proc/self/root`, through
    /// a symbolic link and through a second name. What is read goes nowhere.
    ///
    /// ## Why it matters
    ///
    /// Passwords are guessed from it in peace, and people use them more than once. And who reads it reads every file.
    ///
    /// ## What stops it
    ///
    /// A user other than root.
    "read-password-hashes",
    threats: &["process-hijack", "data-exfiltration"],
    controls: &["non-root"],
    detections: &["detect-sensitive-read"],
    ids: &["attack:T1003.008"],
}

const SHADOW: &str = "/etc/shadow";

fn variants(place: &Place) -> Vec<Variant> {
    let reads = |name, path: &str, before: Vec<Step>, after: Vec<Step>| {
        let mut steps = vec![part(exists(SHADOW))];
        steps.extend(before);
        steps.push(reach(open(path, libc::O_RDONLY)).named("file"));
        steps.push(primitive(read("file", "hashes", 64)));
        steps.extend(after);
        variant(name, steps).sharing("hashes", Memory::zeros(64)).missing_file("the image has no /etc/shadow")
    };
    let link = format!("/dev/shm/{}", place.named("link"));
    let name = format!("/tmp/{}", place.named("name"));
    vec![
        reads("path", SHADOW, Vec::new(), Vec::new()),
        reads("detour", "/etc/../etc/./shadow", Vec::new(), Vec::new()),
        reads("through-root-link", "/proc/self/root/etc/shadow", Vec::new(), Vec::new()),
        reads("symbolic-link", &link, vec![symlink(SHADOW, &link)], vec![revert(unlink(&link))]),
        reads("hard-link", &name, vec![part(hard_link(SHADOW, &name))], vec![revert(unlink(&name))]).missing(
            &[libc::ENOENT, libc::EXDEV],
            "the image has no /etc/shadow, or /tmp is another file system",
        ),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}
