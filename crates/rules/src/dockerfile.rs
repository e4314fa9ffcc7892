//! What checks over Dockerfiles share: which stages make the image, and what its commands do.

use tyrian_model::dockerfile::{Base, Dockerfile, Instruction, Stage, What};
use tyrian_model::evidence::Fault;
use tyrian_model::fact::{Pos, See, Unseen};
use tyrian_model::script::{Command, Pipe, Script};

/// The stages that the image is made of, the last one first: that one, and those that it is built on. Where it is
/// not known what a stage is built on, that is noted beside.
pub(crate) fn final_stages<'a>(see: &See, it: &'a Dockerfile) -> Result<Vec<&'a Stage>, Unseen> {
    let stages = see.get(&it.stages)?;
    let mut found = Vec::new();
    let mut rest = stages.as_slice();
    while let Some((stage, before)) = rest.split_last() {
        found.push(stage);
        // Only what stands before a stage can be below it, whatever a forged snapshot says.
        rest = match see.apart(|see| see.get(&stage.base)) {
            Some(Ok(Base::Stage(earlier))) => before.get(..=*earlier).unwrap_or_default(),
            _ => &[],
        };
    }
    Ok(found)
}

/// The stages that the image is made of, all of them, the last one first; nothing where there is none.
pub(crate) fn whole_chain<'a>(see: &See, it: &'a Dockerfile) -> Result<Option<Vec<&'a Stage>>, Unseen> {
    let stages = see.get(&it.stages)?;
    let mut found = Vec::new();
    let mut rest = stages.as_slice();
    while let Some((stage, before)) = rest.split_last() {
        found.push(stage);
        rest = match see.get(&stage.base)? {
            Base::Stage(earlier) => before.get(..=*earlier).unwrap_or_default(),
            _ => &[],
        };
    }
    Ok(Some(found).filter(|found| !found.is_empty()))
}

/// Every stage.
pub(crate) fn stages<'a>(see: &See, it: &'a Dockerfile) -> Result<Vec<&'a Stage>, Unseen> {
    Ok(see.get(&it.stages)?.iter().collect())
}

/// A RUN in its shell form.
pub(crate) struct Run<'a> {
    /// The instruction.
    pub(crate) instruction: &'a Instruction,
    /// Its script.
    pub(crate) script: &'a Script,
    /// The pipelines of that script.
    pub(crate) pipes: &'a [Pipe],
}

impl<'a> Run<'a> {
    /// All of its commands.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &'a Command> + use<'a> {
        self.pipes.iter().flat_map(|pipe| &pipe.commands)
    }
}

fn script(instruction: &Instruction) -> Option<&Script> {
    match &instruction.what {
        What::Shell(script) if instruction.name.trim_start_matches("ONBUILD ") == "RUN" => Some(script),
        _ => None,
    }
}

/// The RUNs of these stages; one that could not be read is noted beside.
pub(crate) fn runs<'a>(see: &See, stages: &[&'a Stage]) -> Vec<Run<'a>> {
    let of = |instruction: &'a Instruction| {
        let script = script(instruction)?;
        let pipes = see.apart(|see| see.get(&script.pipelines))?.ok()?;
        Some(Run { instruction, script, pipes })
    };
    stages.iter().flat_map(|stage| &stage.instructions).filter_map(of).collect()
}

/// The RUNs of a stage, all of them.
pub(crate) fn all_runs<'a>(see: &See, stage: &'a Stage) -> Result<Vec<Run<'a>>, Unseen> {
    let mut found = Vec::new();
    for instruction in &stage.instructions {
        if let Some(script) = script(instruction) {
            found.push(Run { instruction, script, pipes: see.get(&script.pipelines)? });
        }
    }
    Ok(found)
}

/// The program that a command runs in the end, without `sudo` and the like before it, and its arguments.
pub(crate) fn call(command: &Command) -> (&str, Vec<&str>) {
    const BEFORE: [&str; 9] =
        ["sudo", "exec", "env", "command", "time", "nice", "eatmydata", "nohup", "xargs"];
    let name = |word: &'_ str| word.rsplit('/').next().unwrap_or("").to_owned();
    let mut words = command.words.iter().map(|word| word.text.as_str()).peekable();
    while words.peek().is_some_and(|word| BEFORE.contains(&name(word).as_str())) {
        words.next();
        while words.peek().is_some_and(|word| word.starts_with('-') || word.contains('=')) {
            words.next();
        }
    }
    let program = words.next().map_or("", |word| word.rsplit('/').next().unwrap_or(""));
    (program, words.collect())
}

/// The package manager that a command installs with, and the packages as far as they are named; versions and
/// architectures are cut off.
pub(crate) fn installs(command: &Command) -> Option<(&str, Vec<&str>)> {
    let (program, arguments) = call(command);
    let words: &[&str] = match program {
        "apt-get" | "apt" | "aptitude" | "yum" | "dnf" | "microdnf" | "tdnf" => &["install"],
        "zypper" => &["install", "in"],
        "apk" => &["add"],
        "pacman" => &["-S", "-Sy", "-Syu"],
        _ => return None,
    };
    let at = arguments.iter().position(|argument| words.contains(argument))?;
    let mut packages = Vec::new();
    let mut rest = arguments[at + 1..].iter();
    while let Some(argument) = rest.next() {
        match *argument {
            // The name of a group of packages, a release or an option follows.
            "-t" | "--virtual" | "--repository" | "-X" | "-o" | "-c" | "--target-release" => {
                rest.next();
            }
            argument if argument.starts_with(['-', '$', '/', '.']) => {}
            argument => packages.push(argument.split(['=', ':', '~', '<', '>']).next().unwrap_or(argument)),
        }
    }
    Some((program, packages))
}

/// The programs that download.
pub(crate) fn downloads(command: &Command) -> bool {
    matches!(call(command).0, "curl" | "wget" | "aria2c")
}

/// The first address in the arguments of a command.
pub(crate) fn address<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    arguments.iter().copied().find(|argument| argument.contains("://"))
}

/// The address without what stands after its path, short enough to be shown.
pub(crate) fn shown(address: &str) -> String {
    let plain = address.split(['?', '#']).next().unwrap_or("");
    let mut shown: String = plain.chars().filter(|c| !c.is_control()).take(100).collect();
    if plain.chars().count() > 100 {
        shown.push('…');
    }
    shown
}

/// A fault at a place.
pub(crate) fn fault(at: &Pos, what: impl Into<String>) -> Fault {
    Fault { what: what.into(), at: Some(at.clone()) }
}

/// Does a stage say what its image runs?
pub(crate) fn has_command(stages: &[&Stage]) -> bool {
    let command = |instruction: &Instruction| matches!(instruction.name.as_str(), "CMD" | "ENTRYPOINT");
    stages.iter().flat_map(|stage| &stage.instructions).any(command)
}
