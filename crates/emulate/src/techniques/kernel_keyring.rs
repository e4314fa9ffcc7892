use crate::call::{call, open, primitive};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};

technique! {
    /// A process uses the keyrings of the kernel.
    ///
    /// ## What it tries
    ///
    /// To add a key to a keyring of the process itself, to ask for that keyring, and to ask for a key that
    /// cannot exist. The keyring ends with the process.
    ///
    /// ## Why it matters
    ///
    /// Keyrings know no containers: keys of the same user are seen from all, and holes in them led to root.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile.
    "kernel-keyring",
    threats: &["kernel-vulnerability", "shared-kernel"],
    controls: &["seccomp"],
    ids: &["attack:T1068"],
}

fn variants(place: &Place) -> Vec<Variant> {
    const GET_KEYRING: i32 = 0;
    const OF_THE_PROCESS: i32 = -2;
    let key = place.named("key");
    let add = vec!["user".into(), key.as_str().into(), "x".into(), 1.into(), OF_THE_PROCESS.into()];
    let request = vec!["user".into(), key.as_str().into(), 0.into(), 0.into()];
    let get = vec![GET_KEYRING.into(), OF_THE_PROCESS.into(), 1.into()];
    let ways = vec![
        variant("add-key", vec![primitive(call("add_key", libc::SYS_add_key, add))]),
        variant("keyctl", vec![primitive(call("keyctl", libc::SYS_keyctl, get))]),
        variant(
            "request-key",
            vec![
                primitive(call("request_key", libc::SYS_request_key, request))
                    .let_through_by(&[libc::ENOKEY]),
            ],
        ),
    ];
    ways.into_iter().map(|way| way.missing(&[libc::ENOSYS], "this kernel has no keyrings")).collect()
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}
