use crate::checks::prelude::*;
use crate::host::{in_container, setting};

check! {
    /// The host believes strangers about routes, or falls to a flood of connections.
    ///
    /// ## What it checks
    /// `accept_source_route` and `accept_redirects` of all interfaces, and `net.ipv4.tcp_syncookies`. Forwarding is
    /// not judged: containers need it.
    /// ## Why it matters
    /// Who sits in the network sends packets around filters or through himself.
    /// ## Fix
    /// Set `net.ipv4.conf.all.accept_source_route=0`, `net.ipv4.conf.all.accept_redirects=0`, the same below
    /// `net.ipv6`, and `net.ipv4.tcp_syncookies=1`.
    "network-settings-weak",
    layer: Layer::Host,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["quarantine"],
    ids: &["attack:T1557", "nist:3.5.1"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"net.ipv4.conf.all.accept_source_route": "1"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"net.ipv4.tcp_syncookies": "0"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"sysctls": {"is": {"net.ipv4.conf.all.accept_source_route": "0", "net.ipv4.conf.all.accept_redirects": "0", "net.ipv4.tcp_syncookies": "1", "net.ipv4.ip_forward": "1"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let wrong = [
        ("net.ipv4.conf.all.accept_source_route", 1),
        ("net.ipv6.conf.all.accept_source_route", 1),
        ("net.ipv4.conf.all.accept_redirects", 1),
        ("net.ipv4.tcp_syncookies", 0),
    ];
    each(see, wrong, |see, (name, wrong)| match setting(see, it, name)? {
        Some(value) if value == wrong => fail(None, format!("has {name}={value}")),
        Some(_) => pass(),
        None => not_applicable(),
    })
}
