use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, runs};

check! {
    /// A build gives a program the rights of its owner.
    ///
    /// ## What it checks
    /// `chmod u+s`, `g+s` on programs, `4755` and the like, and `--chmod` of COPY and ADD, in the stages that
    /// the image is made of.
    /// ## Why it matters
    /// Everybody in the container can run it as its owner, most often root: one fault in it, and the user that
    /// the image runs as means nothing.
    /// ## Fix
    /// Give the one capability that is needed (`setcap cap_net_bind_service=+ep`), or do the work before USER.
    "setuid-set-in-dockerfile",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker", "no-new-privileges"],
    ids: &["attack:T1548.001", "nist:3.1.2", "cis-docker:4.8"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
COPY a /a
RUN chmod u+s /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN chmod 4755 /usr/bin/a
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN chmod 0755 /a && chmod u-s /usr/bin/su && chmod g+s /srv/shared/
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN find / -perm /6000 -type f -exec chmod a-s {} +
")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let stages = final_stages(see, it)?;
    let mut found = Vec::new();
    for run in runs(see, &stages) {
        for command in run.commands() {
            let (program, arguments) = call(command);
            let mode = arguments.iter().copied().find(|argument| !argument.starts_with('-')).unwrap_or("");
            if program == "chmod" && lends(mode) {
                found.push(fault(&command.at, format!("sets the setuid bit (chmod {mode})")));
            }
        }
    }
    for instruction in stages.iter().flat_map(|stage| &stage.instructions) {
        for (name, mode) in &instruction.flags {
            if name == "chmod" && lends(mode) {
                found.push(fault(&instruction.at, format!("sets the setuid bit (--chmod={mode})")));
            }
        }
    }
    faults(found)
}

/// The setgid bit alone is most often a directory's, whose files then get its group.
fn lends(mode: &str) -> bool {
    if let Ok(bits) = u32::from_str_radix(mode, 8) {
        return bits & 0o4000 != 0;
    }
    mode.split(',').any(|part| {
        let Some((who, what)) = part.split_once(['+', '=']) else { return false };
        who.bytes().all(|b| b"ugoa".contains(&b))
            && (who.is_empty() || who.contains(['u', 'a']))
            && what.contains('s')
            && what.bytes().all(|b| b"rwxXst".contains(&b))
    })
}
