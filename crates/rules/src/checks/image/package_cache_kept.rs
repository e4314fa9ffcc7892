use crate::checks::prelude::*;
use crate::dockerfile::{call, env_is, fault, final_stages, installs, runs, whole_chain};

check! {
    /// A build leaves the caches of its package manager in the image.
    ///
    /// ## What it checks
    /// `apt-get install` without the removal of `/var/lib/apt/lists` in the same RUN, `apk add` without `--no-
    /// cache`, `yum`, `dnf` and `zypper install` without `clean`, `pip install` without `--no-cache-dir` or
    /// `PIP_NO_CACHE_DIR`, `yarn install` without `cache clean`, in the stages that the image is made of. Cache mounts
    /// are seen.
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
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
RUN pip install -r requirements.txt
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
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
ENV PIP_NO_CACHE_DIR=1
RUN pip install -r requirements.txt
")]),
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
RUN pip install --no-cache-dir -r requirements.txt && pip --no-cache-dir install . && yarn install --immutable && yarn cache clean
RUN pip3 install . && rm -rf ~/.cache && zypper -n install curl && zypper clean --all
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
        let removed_cache = says(&|program, arguments| {
            program == "rm" && arguments.iter().any(|a| a.contains(".cache") || a.contains("cache/"))
                || matches!(program, "pip" | "pip3") && arguments.contains(&"purge")
        });
        let pip_set = run.commands().any(|command| {
            let set = |word: &str| word.starts_with("PIP_NO_CACHE_DIR");
            command.assignments.iter().any(|(name, _)| set(name))
                || command.words.iter().any(|word| set(&word.text))
        });
        let dnf = cache
            || says(&|program, arguments| program.ends_with(['f', 'm']) && arguments.contains(&"clean"));
        for command in run.commands() {
            let Some(program) = installs(command).map(|(program, _)| program).or_else(|| libraries(command))
            else {
                continue;
            };
            let clean = match program {
                "apt-get" | "apt" | "aptitude" => apt,
                "apk" => cache || call(command).1.iter().any(|a| matches!(*a, "--no-cache" | "--no-network")),
                "yum" | "dnf" | "microdnf" | "tdnf" => dnf,
                "zypper" => {
                    says(&|program, arguments| {
                        program == "zypper" && arguments.iter().any(|a| matches!(*a, "clean" | "cc"))
                    }) || removes("/var/cache")
                }
                "yarn" => {
                    says(&|program, arguments| program == "yarn" && arguments.contains(&"clean"))
                        || removed_cache
                }
                "pip" => {
                    call(command).1.iter().any(|a| a.starts_with("--no-cache")) || pip_set || removed_cache
                }
                _ => true,
            };
            if !clean {
                let what = format!("leaves the caches of {program} in the image");
                found.push((program == "pip", fault(&run.instruction.at, what)));
                break;
            }
        }
    }
    if found.iter().any(|(pip, _)| *pip) {
        let chain = whole_chain(see, it)?.unwrap_or_default();
        let set = |value: &str| !matches!(value, "" | "0" | "off" | "no");
        if env_is(see, &chain, "PIP_NO_CACHE_DIR", set)? {
            found.retain(|(pip, _)| !pip);
        }
    }
    faults(found.into_iter().map(|(_, fault)| fault).collect())
}

/// The package manager of a language by which a command installs into the image.
fn libraries(command: &Command) -> Option<&'static str> {
    let (program, arguments) = call(command);
    match program {
        "pip" | "pip3" if arguments.contains(&"install") => Some("pip"),
        "yarn" if matches!(arguments.first(), None | Some(&"install" | &"add")) => Some("yarn"),
        _ => None,
    }
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
