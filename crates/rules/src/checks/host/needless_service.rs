use crate::checks::prelude::*;
use crate::host::{in_container, reached_from_outside};

check! {
    /// The host runs a network service that containers do not need.
    ///
    /// ## What it checks
    /// Sockets on addresses other than the loopback of programs for printing, file sharing, discovery, remote
    /// desktops and old logins.
    /// ## Why it matters
    /// Each of them is one more way onto the host, and none of them serves a container.
    /// ## Fix
    /// Remove the package, or stop and mask the service: `systemctl disable --now NAME`.
    "needless-service",
    layer: Layer::Host,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["minimal-host"],
    ids: &["attack:T1133", "nist:3.5.1"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"listening": {"is": [{"protocol": "tcp", "address": "0.0.0.0", "port": 111, "program": "rpcbind"}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"listening": {"is": [{"protocol": "tcp", "address": "127.0.0.1", "port": 631, "program": "cupsd"}, {"protocol": "tcp", "address": "::", "port": 10250, "program": "kubelet"}]}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    const NEEDLESS: &[&str] = &[
        "rpcbind",
        "cupsd",
        "cups-browsed",
        "avahi-daemon",
        "smbd",
        "nmbd",
        "vsftpd",
        "proftpd",
        "in.telnetd",
        "telnetd",
        "xinetd",
        "inetd",
        "snmpd",
        "Xvnc",
        "x11vnc",
        "xrdp",
        "exim4",
        "sendmail",
    ];
    let mut found = std::collections::BTreeMap::new();
    for socket in see.get(&it.listening)?.iter().filter(|socket| reached_from_outside(socket)) {
        if let Some(program) = socket.program.as_deref().filter(|program| NEEDLESS.contains(program)) {
            found.entry(program).or_insert(socket);
        }
    }
    let fault = |(program, socket): (&str, &tyrian_model::host::Listening)| Fault {
        what: format!("runs {program} on {} port {}", socket.address, socket.port),
        at: None,
    };
    faults(found.into_iter().map(fault).collect())
}
