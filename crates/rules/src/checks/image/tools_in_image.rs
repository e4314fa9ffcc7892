use crate::checks::prelude::*;

check! {
    /// An image has tools that help whoever breaks in.
    ///
    /// ## What it checks
    /// Compilers, tools that download, scan or listen, debuggers and package managers among the programs of the
    /// image. Shells are not counted.
    /// ## Why it matters
    /// Who gets in finds there what he would have to bring: a compiler for his exploit, a scanner for the
    /// network, a way to install the rest.
    /// ## Fix
    /// Build in another stage and copy the result into a base without them (`distroless`, `scratch`), or remove
    /// the packages in the RUN that installed them.
    "tools-in-image",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["minimal-image"],
    ids: &["attack:T1105", "attack:T1046", "nist:3.1.2", "nist:4.1.2", "cis-docker:4.3"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/usr/bin/gcc": {"kind": "regular", "mode": 493, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/usr/bin/apt-get": {"kind": "regular", "mode": 493, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "files": {"is": {"/app": {"kind": "regular", "mode": 493, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/bin/sh": {"kind": "regular", "mode": 493, "uid": 0, "gid": 0, "size": 1000, "layer": 0}, "/usr/share/gcc": {"kind": "directory", "mode": 493, "uid": 0, "gid": 0, "size": 1000, "layer": 0}}}}}, "gaps": []}}"#),
    ],
}

const TOOLS: [(&str, &[&str]); 4] = [
    ("compilers", &["gcc", "cc", "clang", "tcc", "rustc", "make", "javac"]),
    (
        "tools that download or reach other machines",
        &["curl", "wget", "nc", "ncat", "netcat", "socat", "nmap", "tcpdump", "telnet", "ftp"],
    ),
    ("debuggers", &["gdb", "strace", "ltrace", "lldb"]),
    ("package managers", &["apt-get", "apk", "dnf", "yum", "microdnf", "zypper", "pacman", "pip", "npm"]),
];

fn check(see: &See, it: &Image) -> Judged {
    let files = see.get(&it.files)?;
    let there = |tool: &&&str| {
        ["/usr/bin/", "/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/"].iter().any(|folder| {
            let file = files.get(&format!("{folder}{tool}"));
            file.is_some_and(|file| file.kind != tyrian_model::image::FileKind::Directory)
        })
    };
    let mut found = Vec::new();
    for (kind, tools) in TOOLS {
        let tools: Vec<&str> = tools.iter().filter(there).copied().collect();
        if !tools.is_empty() {
            found.push(Fault { what: format!("has {kind}: {}", tools.join(", ")), at: None });
        }
    }
    faults(found)
}
