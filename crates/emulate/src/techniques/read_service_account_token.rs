use crate::call::{exists, open, part, primitive, reach, read};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// The token is read by which a pod speaks to the API server.
    ///
    /// ## What it tries
    ///
    /// To read from what is mounted for the service account, by both names of the directory. In the clone a canary is
    /// there instead of the token; it goes nowhere.
    ///
    /// ## Why it matters
    ///
    /// Whatever the account may do, whoever has the token may do, from elsewhere too.
    ///
    /// ## What stops it
    ///
    /// A pod without the token, in which there is nothing to try.
    "read-service-account-token",
    threats: &["service-account-abuse", "token-replay"],
    controls: &["no-token-automount"],
    detections: &["detect-sensitive-read"],
    ids: &["attack:T1528", "attack:T1552.001"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let reads = |name, path: &str| {
        let steps = vec![
            part(exists(path)),
            reach(open(path, libc::O_RDONLY)).named("file"),
            primitive(read("file", "token", 64)),
        ];
        variant(name, steps)
            .sharing("token", Memory::zeros(64))
            .missing_file("no token of a service account is mounted")
    };
    vec![
        reads("token", "/var/run/secrets/kubernetes.io/serviceaccount/token"),
        reads("canary", "/var/run/secrets/kubernetes.io/serviceaccount/canary"),
        reads("run", "/run/secrets/kubernetes.io/serviceaccount/canary"),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}
