//! Writes the pods about which `judges/pod-security` asks the admission plugin of Kubernetes.
//!
//! `cargo run -p tyrian-rules --example pod_security -- 800`

use std::io::Write as _;

#[path = "../tests/pod_security/pods.rs"]
mod pods;

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(800);
    // A reader that went away is no failure.
    let _ = std::io::stdout().write_all(pods::text(count).as_bytes());
}
