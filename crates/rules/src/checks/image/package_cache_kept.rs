use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, installs, runs};

check! {
    /// A build leaves the caches of its package manager in the image.
    ///
    /// ## What it checks
    /// `apt-get install` without the removal of `/var/lib/apt/lists` in the same RUN, `apk add` without `--no-
    /// cache`, `yum` and `dnf install` without `clean all`, in the stages that the image is made of. Cache
    /// mounts are seen.
    /// ## Why it matters
    /// Megabytes that nobody needs, and a list of what can be installed for whoever gets in.
    /// ## Fix
    /// `rm -rf /var/lib/apt/lists/*` at the end of the same RUN, `apk add --no-cache`, `dnf clean all`; or `RUN
    /// --mount=type=cache,target=/var/lib/apt/lists`.
    "package-cache-kept",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["minimal-image"],
    ids: &["nist:3.1.2", "nist:4.1.2"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y curl
")]),
        Example::Tree(&[("Dockerfile", "
FROM alpine:3.22
RUN apk update && apk add curl
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
")]),
        Example::Tree(&[("Dockerfile", "
FROM alpine:3.22
RUN apk add --no-cache curl
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN --mount=type=cache,target=/var/lib/apt/lists apt-get update && apt-get install -y curl
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12 AS b
RUN apt-get update && apt-get install -y gcc
FROM scratch
COPY --from=b /a /a
")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &final_stages(see, it)?) {
        if run
            .instruction
            .flags
            .iter()
            .any(|(name, value)| name == "mount" && (value.contains("cache") || value.contains("tmpfs")))
        {
            continue;
        }
        let says = |test: &dyn Fn(&str, &[&str]) -> bool| {
            run.commands().any(|command| {
                let (program, arguments) = call(command);
                test(program, &arguments)
            })
        };
        let removes = |folder: &str| {
            says(&|program, arguments| {
                matches!(program, "rm" | "find") && arguments.iter().any(|a| a.starts_with(folder))
            })
        };
        // Asked once, for a step may have very many commands.
        let cache = removes("/var/cache");
        let apt = removes("/var/lib/apt")
            || removes("/var/lib/{apt")
            || says(&|_, arguments| arguments.iter().any(|a| matches!(*a, "dist-clean" | "distclean")))
            || !says(&|program, arguments| program.starts_with("apt") && arguments.contains(&"update"));
        let dnf = cache
            || says(&|program, arguments| program.ends_with(['f', 'm']) && arguments.contains(&"clean"));
        for command in run.commands() {
            let Some((program, _)) = installs(command) else { continue };
            let clean = match program {
                "apt-get" | "apt" | "aptitude" => apt,
                "apk" => cache || call(command).1.iter().any(|a| matches!(*a, "--no-cache" | "--no-network")),
                "yum" | "dnf" | "microdnf" | "tdnf" => dnf,
                _ => true,
            };
            if !clean {
                found
                    .push(fault(&run.instruction.at, format!("leaves the caches of {program} in the image")));
                break;
            }
        }
    }
    faults(found)
}

fn mend(spot: &Spot) -> Mend {
    let program = spot.fault.what.trim_start_matches("leaves the caches of ");
    let rewrite = match program.split(' ').next().unwrap_or_default() {
        "apt-get" | "apt" | "aptitude" => Rewrite::Then("rm -rf /var/lib/apt/lists/*".into()),
        "apk" => Rewrite::Then("rm -rf /var/cache/apk/*".into()),
        name @ ("yum" | "dnf" | "microdnf" | "tdnf") => Rewrite::Then(format!("{name} clean all")),
        _ => return Mend::Person("how that package manager cleans up is not known here".into()),
    };
    Mend::safe(vec![spot.instruction(rewrite)])
}
