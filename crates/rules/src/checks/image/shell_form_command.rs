use crate::checks::prelude::*;
use crate::dockerfile::{call, whole_chain};

check! {
    /// An image starts its program through a shell.
    ///
    /// ## What it checks
    /// The last ENTRYPOINT, or the last CMD where there is none, in its shell form with a single command that does not
    /// begin with `exec`. What needs a shell (several commands, pipes, redirections) and images for Windows are left
    /// out.
    /// ## Why it matters
    /// The shell is process 1: it does not pass signals on, so that the program is killed instead of ended, and it puts
    /// the environment's values into a command line. The image needs a shell for it, as does whoever breaks in.
    /// ## Fix
    /// The exec form: `CMD ["app", "--port", "8080"]`; where variables are needed, `exec` before the command.
    "shell-form-command",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["minimal-image"],
    ids: &["nist:3.1.2"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
CMD app --port 8080
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ENTRYPOINT /entrypoint.sh
CMD [\"app\"]
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ENTRYPOINT [\"/entrypoint.sh\"]
CMD [\"app\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
CMD exec app --port $PORT
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
CMD migrate && exec app
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let Some(chain) = whole_chain(see, it)? else { return not_applicable() };
    let instructions = || chain.iter().flat_map(|stage| stage.instructions.iter().rev());
    let main = instructions()
        .find(|it| it.name == "ENTRYPOINT")
        .or_else(|| instructions().find(|it| it.name == "CMD"));
    let Some(main) = main else { return not_applicable() };
    let What::Shell(script) = &main.what else { return pass() };
    if !matches!(script.shell.as_str(), "" | "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh") {
        return not_applicable();
    }
    match see.get(&script.pipelines)?.as_slice() {
        [Pipe { commands, .. }] => match commands.as_slice() {
            [one] if one.program() != "exec" && one.redirects.is_empty() && !call(one).0.is_empty() => {
                fail(Some(main.at.clone()), format!("starts its program through {}", shell(script)))
            }
            _ => pass(),
        },
        _ => pass(),
    }
}

fn shell(script: &Script) -> &str {
    if script.shell.is_empty() { "a shell" } else { &script.shell }
}
