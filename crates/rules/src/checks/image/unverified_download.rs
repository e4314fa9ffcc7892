use crate::checks::prelude::*;
use crate::dockerfile::{address, all_runs, call, compares, downloads, fault, keeps, shown, stages};

check! {
    /// A build uses a downloaded file whose content nobody compares.
    ///
    /// ## What it checks
    /// RUN that saves or unpacks what `curl` or `wget` fetches, in a stage in which nothing is compared with a
    /// checksum or a signature afterwards (`sha256sum`, `gpg --verify`, `cosign` …), and `ADD` of an address
    /// without `--checksum`. Keys for package managers and what is only read are left out.
    /// ## Why it matters
    /// TLS says who the server is, not what it serves: a file that is replaced there is in the image, and
    /// nothing shows that it is another one.
    /// ## Fix
    /// Write the checksum down: `ADD --checksum=sha256:… https://…`, or `echo "HASH  FILE" | sha256sum -c` in
    /// the same RUN.
    "unverified-download",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["content-trust", "cis-docker"],
    ids: &["attack:T1195.002", "nist:3.1.5", "cis-docker:4.11"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsSL -o /usr/bin/a https://example.com/a && chmod +x /usr/bin/a
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ADD https://example.com/a.tar.gz /tmp/
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN wget -qO- https://example.com/a.tgz | tar xz
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsSLo a https://example.com/a && echo \"0123  a\" | sha256sum -c -
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef https://example.com/a /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsSL https://example.com/k.asc | gpg --dearmor -o /etc/apt/keyrings/a.gpg
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsS https://example.com/version
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ADD https://github.com/a/b.git#0123456789abcdef0123456789abcdef01234567 /src
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for stage in stages(see, it)? {
        found.extend(see.apart(|see| of_stage(see, stage)).and_then(Result::ok).into_iter().flatten());
        for instruction in stage.instructions.iter().filter(|instruction| instruction.name.ends_with("ADD")) {
            found.extend(see.apart(|see| added(see, instruction)).and_then(Result::ok).into_iter().flatten());
        }
    }
    faults(found)
}

fn of_stage(see: &See, stage: &Stage) -> Result<Vec<Fault>, tyrian_model::fact::Unseen> {
    let runs = all_runs(see, stage)?;
    let compared = runs.iter().flat_map(|run| run.commands()).any(compares);
    let saved = |pipe: &Pipe| -> Option<Fault> {
        let at = pipe.commands.iter().position(downloads)?;
        let (_, arguments) = call(&pipe.commands[at]);
        let url = address(&arguments)?;
        let after = &pipe.commands[at + 1..];
        let kept = keeps(&pipe.commands[at]);
        let unpacked = after.iter().any(|command| {
            matches!(
                call(command).0,
                "tar" | "unzip" | "bsdtar" | "cpio" | "gunzip" | "zcat" | "dpkg" | "tee" | "unxz"
            )
        });
        let name = url.split(['?', '#']).next().unwrap_or("");
        let written = arguments.iter().chain([&name]).any(|word| is_key(word))
            || after.iter().any(|it| call(it).0.contains("gpg"));
        (!written && (unpacked || after.is_empty() && kept))
            .then(|| fault(&pipe.at, format!("downloads {} and compares it with nothing", shown(url))))
    };
    if compared {
        return Ok(Vec::new());
    }
    Ok(runs.iter().flat_map(|run| run.pipes).filter_map(saved).collect())
}

/// Keys and lists of package managers, checksums and signatures: what is fetched so that something else is compared.
fn is_key(word: &str) -> bool {
    const ENDS: [&str; 12] = [
        ".asc", ".gpg", ".pub", ".sig", ".repo", ".list", ".sources", ".sha256", ".sha512", ".pem", ".crt",
        ".minisig",
    ];
    ENDS.iter().any(|end| word.ends_with(end))
        || word.ends_with("/gpg")
        || word.contains("/etc/apk/keys/")
        || word.contains("sha256sum")
}

fn added(see: &See, instruction: &Instruction) -> Result<Vec<Fault>, tyrian_model::fact::Unseen> {
    let What::Copy { sources, .. } = &instruction.what else { return Ok(Vec::new()) };
    if instruction.flags.iter().any(|(name, value)| name == "checksum" && !value.is_empty()) {
        return Ok(Vec::new());
    }
    let fixed = |source: &str| {
        let reference =
            source.rsplit_once('#').map_or("", |(_, reference)| reference.split(':').next().unwrap_or(""));
        let query = source.split_once('?').is_some_and(|(_, query)| query.contains("checksum="));
        query || reference.len() == 40 && reference.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let remote = |source: &&String| {
        source.starts_with("http://") || source.starts_with("https://") || source.starts_with("git@")
    };
    let of = |source: &String| {
        fault(&instruction.at, format!("adds {} and compares it with nothing", shown(source)))
    };
    Ok(see.get(sources)?.iter().filter(remote).filter(|s| !fixed(s) && !is_key(s)).map(of).collect())
}
