//! What checks over Dockerfiles share: which stages make the image, and what its commands do.

use tyrian_model::dockerfile::{Base, Dockerfile, Instruction, Stage, What};
use tyrian_model::evidence::Fault;
use tyrian_model::fact::{Pos, See, Unseen};
use tyrian_model::script::{Command, Pipe, Script};

/// The stages that the image is made of, the last one first: that one, those that it is built on, and those whose
/// whole filesystem is copied into it (`COPY --from=build / /`). Where it is not known what a stage is built on, that
/// is noted beside.
pub(crate) fn final_stages<'a>(see: &See, it: &'a Dockerfile) -> Result<Vec<&'a Stage>, Unseen> {
    let stages = see.get(&it.stages)?;
    let mut found = Vec::new();
    let mut taken = vec![false; stages.len()];
    let mut next: Vec<usize> = stages.len().checked_sub(1).into_iter().collect();
    while let Some(index) = next.pop() {
        let Some(stage) = stages.get(index).filter(|_| !std::mem::replace(&mut taken[index], true)) else {
            continue;
        };
        found.push(stage);
        let copied = stage.instructions.iter().filter(|it| copies_everything(see, it));
        next.extend(copied.filter_map(|it| stage_of(&stages[..index], from(it)?)));
        // Only what stands before a stage can be below it, whatever a forged snapshot says.
        if let Some(Ok(Base::Stage(earlier))) = see.apart(|see| see.get(&stage.base))
            && *earlier < index
        {
            next.push(*earlier);
        }
    }
    Ok(found)
}

/// The stage or image that an instruction copies from.
pub(crate) fn from(instruction: &Instruction) -> Option<&str> {
    instruction.flags.iter().find(|(name, _)| name == "from").map(|(_, value)| value.as_str())
}

/// The stage of that name or number among those before an instruction.
pub(crate) fn stage_of(before: &[Stage], from: &str) -> Option<usize> {
    let named = before.iter().rposition(|s| s.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(from)));
    named.or_else(|| from.parse().ok().filter(|number| *number < before.len()))
}

fn copies_everything(see: &See, instruction: &Instruction) -> bool {
    let What::Copy { sources, .. } = &instruction.what else { return false };
    let whole =
        |sources: &Vec<String>| sources.iter().any(|source| matches!(source.as_str(), "/" | "/." | "/*"));
    from(instruction).is_some() && see.apart(|see| see.get(sources)).and_then(Result::ok).is_some_and(whole)
}

/// The images that an instruction takes files from, besides stages: `COPY --from=` and `RUN --mount=…,from=`. A bare
/// name may be a build context that the command line gives, and is left out.
pub(crate) fn images_of<'a>(stages: &[Stage], instruction: &'a Instruction) -> Vec<&'a str> {
    let of_flag = |(name, value): &'a (String, String)| match name.as_str() {
        "from" => Some(value.as_str()),
        "mount" => value.split(',').find_map(|part| part.strip_prefix("from=")),
        _ => None,
    };
    let image = |from: &&str| {
        from.contains(['/', ':', '@']) && !from.contains('$') && stage_of(stages, from).is_none()
    };
    instruction.flags.iter().filter_map(of_flag).filter(image).collect()
}

/// Is a variable set by an ENV of these stages to something for which `test` holds?
///
/// # Errors
/// It is not, as far as can be read, and some ENV cannot.
pub(crate) fn env_is(
    see: &See,
    stages: &[&Stage],
    name: &str,
    test: impl Fn(&str) -> bool,
) -> Result<bool, Unseen> {
    let sets = || stages.iter().flat_map(|stage| &stage.instructions).filter(|it| it.name == "ENV");
    let is = |see: &See, it: &Instruction| -> Result<bool, Unseen> {
        let What::Set(values) = &it.what else { return Ok(false) };
        let value = see.get(values)?.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        Ok(value.is_some_and(|(_, value)| test(value.as_ref().map_or("", |value| value.text.as_str()))))
    };
    if sets().any(|it| matches!(is(&See::new(see.world), it), Ok(true))) {
        return Ok(true);
    }
    for it in sets() {
        is(see, it)?;
    }
    Ok(false)
}

/// Does a command of the stages that the image is built on say something? What excuses a fault must not hang on what
/// could be read.
///
/// # Errors
/// None does, as far as can be read, and something cannot.
pub(crate) fn says(see: &See, it: &Dockerfile, test: impl Fn(&Command) -> bool) -> Result<bool, Unseen> {
    let chain = whole_chain(see, it)?.unwrap_or_default();
    let found = |see: &See, stage: &'_ Stage| -> Result<bool, Unseen> {
        Ok(all_runs(see, stage)?.iter().flat_map(Run::commands).any(&test))
    };
    let seen = runs(&See::new(see.world), &chain);
    if seen.iter().flat_map(Run::commands).any(&test) {
        return Ok(true);
    }
    for stage in chain {
        found(see, stage)?;
    }
    Ok(false)
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
    let (program, packages) = packages(command)?;
    let plain = |it: &'_ str| it.find(['=', ':', '~', '<', '>']).unwrap_or(it.len());
    Some((program, packages.into_iter().map(|package| &package[..plain(package)]).collect()))
}

/// The package manager that a command installs with, and the packages as they are written; files, addresses and what
/// a variable holds are left out.
pub(crate) fn packages(command: &Command) -> Option<(&str, Vec<&str>)> {
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
            argument if argument.starts_with(['-', '$', '/', '.', '`']) || argument.contains("://") => {}
            argument => packages.push(argument),
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

/// Does a command save what it downloads, rather than show it?
pub(crate) fn keeps(command: &Command) -> bool {
    let (program, arguments) = call(command);
    let devices = |target: &str| target.starts_with("/dev/");
    if command
        .redirects
        .iter()
        .any(|(operator, target)| matches!(operator.as_str(), ">" | ">>" | "1>") && !devices(&target.text))
    {
        return true;
    }
    let short = |argument: &str, letter: char| {
        argument.starts_with('-') && !argument.starts_with("--") && argument.contains(letter)
    };
    match program {
        "wget" => {
            let output = arguments.iter().position(|a| short(a, 'O') || a.starts_with("--output-document"));
            let nothing = output.is_some_and(|at| {
                let next = arguments.get(at + 1).copied().unwrap_or("");
                arguments[at].ends_with("O-")
                    || arguments[at].ends_with("=-")
                    || next == "-"
                    || devices(next)
                    || arguments[at].contains("/dev/")
            });
            !nothing && !arguments.contains(&"--spider")
        }
        "curl" => {
            let at = arguments.iter().position(|a| short(a, 'o') || a.starts_with("--output"));
            let named = at.is_some_and(|at| {
                let next = arguments.get(at + 1).copied().unwrap_or("");
                !(next == "-" || devices(next) || arguments[at].contains("/dev/"))
            });
            named
                || arguments
                    .iter()
                    .any(|a| short(a, 'O') || *a == "--remote-name" || *a == "--remote-name-all")
        }
        _ => true,
    }
}

/// Does a command compare a file with a checksum or a signature?
pub(crate) fn compares(command: &Command) -> bool {
    let (program, arguments) = call(command);
    match program {
        "sha256sum" | "sha512sum" | "sha384sum" | "sha1sum" | "shasum" | "b2sum" | "md5sum" | "gpgv"
        | "cosign" | "minisign" | "signify" | "rhash" | "slsa-verifier" | "sq" => true,
        "gpg" | "gpg2" => arguments.iter().any(|argument| argument.contains("verify")),
        "openssl" => {
            arguments.first().is_some_and(|first| first.starts_with("dgst") || first.starts_with("sha"))
        }
        "gh" => arguments.first() == Some(&"attestation"),
        _ => false,
    }
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
