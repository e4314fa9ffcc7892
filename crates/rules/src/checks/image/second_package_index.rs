use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, runs, shown, stages};

check! {
    /// A build asks a public package index beside its own, and takes the newer one.
    ///
    /// ## What it checks
    /// `pip --extra-index-url` and ENV `PIP_EXTRA_INDEX_URL`, `uv` with an unsafe `--index-strategy`, in every stage.
    /// Indexes that are public themselves (those of PyTorch, NVIDIA, piwheels and the like), indexes that a variable
    /// names as a whole, and `--require-hashes` are left out.
    /// ## Why it matters
    /// pip gives no index precedence: whoever registers the name of a private package in the public one with a higher
    /// version has his code run in the build (dependency confusion).
    /// ## Fix
    /// One index that holds both and decides by name: `--index-url https://packages.example.com/simple`; or hashes for
    /// everything (`--require-hashes`).
    "second-package-index",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["safe-libraries"],
    ids: &["attack:T1195.001", "nist:3.1.5"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
RUN pip install --extra-index-url https://packages.shop.example/simple shop-models==1.2.0
")]),
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
ENV PIP_EXTRA_INDEX_URL=https://packages.shop.example/simple
")]),
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
RUN uv pip install --index-strategy unsafe-best-match --index https://packages.shop.example/simple shop-models==1.2.0
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
RUN pip install --index-url https://packages.shop.example/simple shop-models==1.2.0
")]),
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
RUN pip install --extra-index-url https://download.pytorch.org/whl/cpu torch==2.9.0
")]),
        Example::Tree(&[("Dockerfile", "
FROM python:3.13
ARG MORE
RUN pip install --extra-index-url $MORE -r requirements.txt && pip install --require-hashes --extra-index-url https://packages.shop.example/simple -r locked.txt
")]),
    ],
}

/// Indexes that anybody can read, and that hold builds of public packages.
const PUBLIC: [&str; 14] = [
    "pypi.org",
    "test.pypi.org",
    "download.pytorch.org",
    "pypi.nvidia.com",
    "pypi.ngc.nvidia.com",
    "www.piwheels.org",
    "piwheels.org",
    "wheels.home-assistant.io",
    "alpine-wheels.github.io",
    "data.pyg.org",
    "storage.googleapis.com/jax-releases",
    "repo.radeon.com",
    "flashinfer.ai",
    "wheels.vllm.ai",
];

fn check(see: &See, it: &Dockerfile) -> Judged {
    let all = stages(see, it)?;
    let mut found = Vec::new();
    let what =
        |index: &str| format!("asks {} beside the public index, and takes the newer package", shown(index));
    for run in runs(see, &all) {
        for command in run.commands() {
            let (program, arguments) = call(command);
            let unsafe_uv = program == "uv" && arguments.iter().any(|it| it.contains("unsafe-"));
            let pip = program != "uv" && arguments.contains(&"install") && program != "apt-get";
            if !(pip || unsafe_uv) || arguments.contains(&"--require-hashes") {
                continue;
            }
            for index in values(
                &arguments,
                &["--extra-index-url", if unsafe_uv { "--index" } else { "--extra-index-url" }],
            ) {
                if is_private(index) {
                    found.push(fault(&command.at, what(index)));
                }
            }
        }
    }
    for instruction in all.iter().flat_map(|stage| &stage.instructions).filter(|it| it.name == "ENV") {
        let What::Set(values) = &instruction.what else { continue };
        let Some(Ok(values)) = see.apart(|see| see.get(values)) else { continue };
        let index = values.get("PIP_EXTRA_INDEX_URL").and_then(|value| value.as_ref());
        let indexes = index.map_or("", |value| value.text.as_str()).split_whitespace();
        found.extend(
            indexes.filter(|index| is_private(index)).map(|index| fault(&instruction.at, what(index))),
        );
    }
    faults(found)
}

/// The values of an option, written `--option value` or `--option=value`.
fn values<'a>(arguments: &[&'a str], options: &[&str]) -> Vec<&'a str> {
    let of = |(at, argument): (usize, &&'a str)| {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (*argument, None),
        };
        options.contains(&name).then(|| value.or_else(|| arguments.get(at + 1).copied())).flatten()
    };
    arguments.iter().enumerate().filter_map(of).collect()
}

fn is_private(index: &str) -> bool {
    let Some((_, rest)) = index.split_once("://") else { return false };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    !host.starts_with(['$', '[']) && !PUBLIC.iter().any(|public| host.starts_with(public))
}
