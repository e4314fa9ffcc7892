//! What the steps of pipelines run: tools are recognised by the name of an action, of a shared step, or of a command.

use tyrian_judge::check::{Judged, fail, not_applicable, pass};
use tyrian_model::fact::{See, Unseen, Why};
use tyrian_model::pipeline::{Job, Pipeline, Repository, Step};
use tyrian_model::script::{Command, Pipe};

/// Tools that look for faults in source code.
pub const STATIC: &[&str] = &[
    "codeql-action",
    "codeql",
    "semgrep",
    "bandit",
    "gosec",
    "sonarqube",
    "sonarcloud",
    "sonar-scanner",
    "sonar:sonar",
    "withSonarQubeEnv",
    "brakeman",
    "njsscan",
    "snyk code",
    "spotbugs",
    "findsecbugs",
    "psalm",
    "checkmarx",
    "veracode",
    "fortify",
    "megalinter",
    "super-linter",
    "opengrep",
    "horusec",
    "bearer",
    "coverity",
    "zizmor",
    "eslint-plugin-security",
];
/// Tools that compare libraries with known vulnerabilities.
pub const COMPOSITION: &[&str] = &[
    "trivy",
    "trivy-action",
    "grype",
    "scan-action",
    "osv-scanner",
    "osv-scanner-action",
    "snyk",
    "npm audit",
    "yarn audit",
    "yarn npm audit",
    "pnpm audit",
    "pip-audit",
    "gh-action-pip-audit",
    "safety",
    "cargo audit",
    "cargo-audit",
    "cargo deny",
    "cargo-deny",
    "cargo-deny-action",
    "audit-check",
    "govulncheck",
    "govulncheck-action",
    "dependency-check",
    "dependencyCheck",
    "dependency-review-action",
    "bundle audit",
    "bundler-audit",
    "composer audit",
    "nancy",
    "fossa",
    "mend",
    "whitesource",
    "blackduck",
    "docker scout",
    "scout-action",
    "audit-ci",
    "better-npm-audit",
];
/// Tools that attack a running system.
pub const DYNAMIC: &[&str] = &[
    "zaproxy",
    "zap",
    "zap-baseline.py",
    "zap-full-scan.py",
    "zap-api-scan.py",
    "nuclei",
    "nuclei-action",
    "nikto",
    "wapiti",
    "arachni",
    "dastardly",
    "stackhawk",
    "hawkscan-action",
    "schemathesis",
    "restler",
    "w3af",
    "sqlmap",
    "burp",
    "purple",
];
/// Tools that look for secrets.
pub const SECRETS: &[&str] = &[
    "gitleaks",
    "gitleaks-action",
    "trufflehog",
    "detect-secrets",
    "detect-secrets-hook",
    "ggshield",
    "gitguardian",
    "talisman",
    "git-secrets",
    "detect-private-key",
    "detect-aws-credentials",
    "ripsecrets",
    "secretlint",
    "kingfisher",
    "noseyparker",
];
/// Tools that look into images.
pub const IMAGES: &[&str] = &[
    "trivy",
    "trivy-action",
    "grype",
    "scan-action",
    "snyk container",
    "docker scout",
    "scout-action",
    "clair",
    "clairctl",
    "anchore",
    "prisma",
    "twistcli",
    "sysdig",
    "inspector",
    "aquaMicroscanner",
    "xray",
    "wizcli",
];
/// Tools that sign or attest.
pub const SIGNING: &[&str] = &[
    "cosign sign",
    "cosign attest",
    "cosign sign-blob",
    "sign-images.sh",
    "notation sign",
    "notation-action",
    "attest-build-provenance",
    "attest",
    "attest-sbom",
    "slsa-github-generator",
    "generator_container_slsa3.yml",
    "generator_generic_slsa3.yml",
    "gpg",
    "minisign",
    "signtool",
    "sigstore",
    "gh-action-sigstore-python",
    "rekor-cli",
    "docker trust",
    "in-toto-run",
    "goreleaser",
    "gh-action-pypi-publish",
    "provenance",
    "witness",
];
/// Steps that hash what was made, or check its hash.
pub const HASHING: &[&str] = &[
    "sha256sum",
    "sha512sum",
    "shasum",
    "b2sum",
    "b3sum",
    "slsa-github-generator",
    "attest-build-provenance",
    "attest",
    "hashFile",
    "cosign sign-blob",
    "gh-action-pypi-publish",
    "goreleaser",
    "fingerprint",
];
/// Steps that may say no to a build as a whole.
pub const GATES: &[&str] = &[
    "tyrian gate",
    "conftest",
    "opa",
    "waitForQualityGate",
    "sonarqube-quality-gate-action",
    "kyverno",
    "polaris",
    "dependency-review-action",
    "checkov",
    "input",
    "terrascan",
    "kubescape",
    "regula",
    "alls-green",
];
/// Steps by which something leaves the build: images, packages, deployments.
pub const PUBLISHING: &[&str] = &[
    "docker push",
    "podman push",
    "compose push",
    "build-push-action",
    "docker.push",
    "npm publish",
    "cargo publish",
    "twine upload",
    "gh-action-pypi-publish",
    "goreleaser",
    "skopeo copy",
    "helm push",
    "kubectl apply",
    "kubectl set",
    "helm upgrade",
    "gem push",
    "mvn deploy",
    "buildah push",
    "crane push",
    "ko publish",
];
/// Steps by which an image leaves the build.
pub const PUSHING: &[&str] = &[
    "docker push",
    "podman push",
    "compose push",
    "build-push-action",
    "docker.push",
    "skopeo copy",
    "buildah push",
    "crane push",
    "ko publish",
];
/// Programs that run another one that is named among their arguments.
const RUNNERS: &[&str] = &[
    "docker",
    "podman",
    "nerdctl",
    "npx",
    "bunx",
    "pnpm",
    "yarn",
    "npm",
    "uv",
    "uvx",
    "pipx",
    "poetry",
    "pdm",
    "hatch",
    "tox",
    "nox",
    "python",
    "python3",
    "py",
    "go",
    "cargo",
    "make",
    "gmake",
    "just",
    "task",
    "mvn",
    "mvnw",
    "gradle",
    "gradlew",
    "bundle",
    "composer",
    "php",
    "java",
    "sudo",
    "env",
    "xargs",
    "timeout",
    "time",
    "nice",
    "pre-commit",
    "pytest",
    "prek",
    "bash",
    "sh",
    "dotnet",
    "exec",
    "ddev",
    "mise",
    "nix",
    "tyrian",
    "gh",
    "helm",
    "kubectl",
    "cosign",
    "notation",
    "skopeo",
    "snyk",
];
/// Arguments that fetch a tool and do not run it.
const FETCHES: &[&str] =
    &["install", "add", "download", "pull", "get", "ci", "--version", "version", "--help"];

/// Does the name stand in the text as a word of its own?
pub fn has_word(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_ascii_lowercase(), name.to_ascii_lowercase());
    text.match_indices(name.as_str()).any(|(at, _)| {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
        edge(text[..at].chars().next_back()) && edge(text[at + name.len()..].chars().next())
    })
}

/// Options before the word that says what to do, whose value is the next word: `npm --prefix web test`,
/// `make -C web test`, `kubectl -n shop apply`.
const PLACES: &[&str] = &[
    "--prefix",
    "-C",
    "--cwd",
    "--dir",
    "--directory",
    "--workspace",
    "--filter",
    "--manifest-path",
    "-f",
    "--file",
    "-p",
    "--project-name",
    "-n",
    "--namespace",
    "--context",
    "--kubeconfig",
];

/// Does a command run one of these tools? A name of two words is a program and what it is told to do.
pub fn runs(command: &Command, names: &[&str]) -> bool {
    let program = command.program();
    let runner = RUNNERS.contains(&program);
    let fetches = command.arguments().take(4).any(|word| FETCHES.contains(&word));
    let joined = || {
        let mut words = vec![program];
        let mut arguments = command.arguments();
        while let Some(word) = arguments.next() {
            if PLACES.contains(&word) {
                arguments.next();
            } else if !word.starts_with('-') {
                words.push(word);
            }
        }
        words.truncate(12);
        words.join(" ")
    };
    names.iter().any(|name| {
        if name.contains(' ') {
            return has_word(&joined(), name);
        }
        !fetches && (program == *name || runner && command.arguments().any(|word| has_word(word, name)))
    })
}

/// The pipelines of a step's script; none where it has no script.
///
/// # Errors
/// The script is a gap.
pub fn pipes<'s>(see: &See, step: &'s Step) -> Result<&'s [Pipe], Unseen> {
    Ok(match see.get(&step.script)? {
        Some(script) => see.get(&script.pipelines)?,
        None => &[],
    })
}

/// Does a step use one of these tools?
///
/// # Errors
/// What it uses or runs is a gap.
pub fn uses(see: &See, step: &Step, names: &[&str]) -> Result<bool, Unseen> {
    if let Some(uses) = see.get(&step.uses)? {
        let text = &uses.text;
        let sets_up = ["installer", "setup-", "/init"].iter().any(|mark| text.contains(mark));
        if !sets_up && names.iter().any(|name| has_word(text, name)) {
            return Ok(true);
        }
        // The arguments of a shared step say what it does; the inputs of an action say with what.
        if !text.contains('/')
            && see.get(&step.with)?.values().any(|v| names.iter().any(|n| has_word(&v.text, n)))
        {
            return Ok(true);
        }
    }
    Ok(pipes(see, step)?.iter().flat_map(|pipe| &pipe.commands).any(|command| runs(command, names)))
}

/// Does one of the steps of a pipeline use one of these tools? What cannot be read elsewhere does not matter once
/// one is found.
///
/// # Errors
/// None was found, and something could not be read.
pub fn uses_any(see: &See, pipeline: &Pipeline, names: &[&str]) -> Result<bool, Unseen> {
    let jobs = see.get(&pipeline.jobs)?;
    let of_job = |see: &See, job: &Job| -> Result<bool, Unseen> {
        if let Some(called) = see.get(&job.uses)? {
            if names.iter().any(|name| has_word(&called.text, name)) {
                return Ok(true);
            }
            if !called.text.starts_with("./") {
                return Err(
                    see.unclear(Why::NotRead, format!("{} stands in another repository", called.text))
                );
            }
        }
        for step in see.get(&job.steps)? {
            let alone = See::new(see.world);
            if matches!(uses(&alone, step, names), Ok(true)) {
                return Ok(true);
            }
        }
        for step in see.get(&job.steps)? {
            uses(see, step, names)?;
        }
        Ok(false)
    };
    if jobs.iter().any(|job| matches!(of_job(&See::new(see.world), job), Ok(true))) {
        return Ok(true);
    }
    for job in jobs {
        of_job(see, job)?;
    }
    Ok(false)
}

/// Does any pipeline of the world use one of these tools?
///
/// # Errors
/// As [`uses_any`].
pub fn world_uses(see: &See, names: &[&str]) -> Result<bool, Unseen> {
    Ok(see.any(&see.world.pipelines, |see, pipeline| uses_any(see, pipeline, names))?.is_some())
}

/// Judges that a repository with pipelines uses one of these tools: in a pipeline, before a commit, or by a file that
/// only its users have.
pub fn wanted(see: &See, it: &Repository, names: &[&str], landmarks: &[&str], what: &str) -> Judged {
    if see.all(&see.world.pipelines)?.is_empty() {
        return not_applicable();
    }
    let named = |path: &String| landmarks.iter().any(|mark| path.rsplit('/').next() == Some(mark));
    if see.get(&it.landmarks)?.iter().any(named) {
        return pass();
    }
    if see.get(&it.commit_hooks)?.iter().any(|hook| names.iter().any(|name| has_word(hook, name))) {
        return pass();
    }
    if world_uses(see, names)? { pass() } else { fail(None, what) }
}
