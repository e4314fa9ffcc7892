use crate::call::{call, effect, exists, holds, open, part, primitive, reach, read, result, shared};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// Secrets are read that an engine or a cluster mounts into a container.
    ///
    /// ## What it tries
    ///
    /// To list `/run/secrets` and to read what stands there; in the clone it is a canary.
    ///
    /// ## Why it matters
    ///
    /// A secret that is a file is read by whoever takes over the program that needs it.
    ///
    /// ## What stops it
    ///
    /// A secret that the program fetches for itself and that ends soon. No setting of the container does: who runs as
    /// the program may read what the program may, so it is there to be noticed.
    "read-mounted-secrets",
    threats: &["secret-theft", "data-exfiltration"],
    detections: &["detect-sensitive-read"],
    ids: &["attack:T1552.001"],
}

const DIRECTORY: &str = "/run/secrets";
const NONE: &str = "no secrets are mounted at /run/secrets";

fn variants(place: &Place) -> Vec<Variant> {
    let canary = format!("{DIRECTORY}/canary");
    let listed =
        call("getdents64", libc::SYS_getdents64, vec![result("directory"), shared("names"), 2048.into()]);
    let list = vec![
        part(exists(DIRECTORY)),
        reach(open(DIRECTORY, libc::O_RDONLY | libc::O_DIRECTORY)).named("directory"),
        primitive(listed),
    ];
    let take = vec![
        part(exists(&canary)),
        reach(open(&canary, libc::O_RDONLY)).named("secret"),
        primitive(read("secret", "text", place.canary.len())),
        effect(holds("text", place.canary.as_bytes())),
    ];
    vec![
        variant("list", list).sharing("names", Memory::zeros(2048)).missing_file(NONE),
        variant("read", take).sharing("text", Memory::zeros(place.canary.len())).missing_file(NONE),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}
