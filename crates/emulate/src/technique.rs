//! What a technique is: a safe attempt at one step of an attack.

use crate::program::{Memory, Program, Role, Step};
use crate::spec::{Mount, Namespace, Network, Spec};
use std::net::Ipv4Addr;
use std::path::Path;
use tyrian_model::evidence::Layer;

/// A safe attempt at one step of an attack. One file of `techniques` is one technique.
#[derive(Debug)]
pub struct Technique {
    /// Its name in kebab-case, for ever.
    pub name: &'static str,
    /// Its documentation: a first sentence that says what the attacker does, then the sections `## What it tries`,
    /// `## Why it matters` and `## What stops it`.
    pub doc: &'static str,
    /// Its file.
    pub file: &'static str,
    /// The layer that it attacks.
    pub layer: Layer,
    /// What comes of it, in the mission's words.
    pub threats: &'static [&'static str],
    /// What should stop it, in the mission's words: each of these, where it is in force as it is by default or by
    /// common advice, is expected to. One that is in force and lets the attempt through is broken.
    pub controls: &'static [&'static str],
    /// The capabilities that give the right to it, without `CAP_`. Who holds one of them was given that right on
    /// purpose: neither the lack of capabilities nor an engine's filter, which follows them, is expected to stop it.
    pub capabilities: &'static [&'static str],
    /// What should notice it, in the mission's words.
    pub detections: &'static [&'static str],
    /// Ids of frameworks: `attack:T1611`.
    pub ids: &'static [&'static str],
    /// Does it use up what other attempts need, so that it runs in a clone of its own?
    pub alone: bool,
    /// The attempts: the same step by several ways.
    pub variants: fn(&Place) -> Vec<Variant>,
    /// The same act done innocently. It must pass wherever the workload itself can run, and no detection may fire.
    pub harmless: fn(&Place) -> Vec<Step>,
}

/// One way to attempt it.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its name in kebab-case, for ever: the call, the path or the program that makes the difference.
    pub name: &'static str,
    /// What is done.
    pub program: Program,
    /// What must be true for it to mean anything here; what is missing makes it not applicable, with this reason.
    pub needs: Option<&'static str>,
    /// Errors by which the *weakened twin* shows that what is attempted does not exist here, and what that is. It is
    /// not applicable then, rather than inconclusive: `/bin/sh` is not there in an image without a shell.
    pub missing: Option<(&'static [i32], &'static str)>,
    /// What the clone must be like for it to say anything of the technique's controls.
    pub conditions: Vec<Condition>,
}

/// What a clone must be like for a variant to say anything of the controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing is mounted at this path or above it: it lies in the root file system.
    InRoot(String),
    /// No limit of processes is as high as the attempt itself goes.
    Processes(u64),
    /// No limit of memory, in bytes, is as high as the attempt itself goes.
    Memory(u64),
    /// It does not run as root: what would be gained is not there yet.
    NotRoot,
    /// Its first process is its own.
    OwnProcesses,
    /// The neighbour stands for the world outside. Where containers do not reach one another, it does not: they may
    /// reach the world all the same.
    Outside,
}

impl Condition {
    /// Why the variant says nothing of such a clone; nothing: it does.
    pub fn unmet(&self, spec: &Spec) -> Option<String> {
        match self {
            Condition::InRoot(path) => {
                let over = |mount: &&Mount| Path::new(path).starts_with(&mount.target);
                let mount = spec.mounts.iter().find(over)?;
                Some(format!("{path} is not in the root file system: {} is a mount", mount.target))
            }
            Condition::Processes(_) if spec.processes_untold && spec.limits.pids.is_none() => Some(
                "its description does not tell how many processes it may start: whoever runs it limits them"
                    .into(),
            ),
            Condition::Processes(tried) => (spec.limits.pids? >= *tried)
                .then(|| format!("its limit of processes is above the {tried} that are tried")),
            Condition::Memory(tried) => (spec.limits.memory? >= *tried)
                .then(|| format!("its limit of memory is above the {} MiB that are tried", tried >> 20)),
            Condition::NotRoot => (spec.user.uid == 0).then(|| "it runs as root already".to_owned()),
            Condition::OwnProcesses => (!spec.namespaces.contains(&Namespace::Pid)).then(|| {
                "it has no process namespace of its own, and the first process there is another's".to_owned()
            }),
            Condition::Outside => (spec.network == Network::Isolated).then(|| {
                "containers of its network do not reach one another, and what lies outside is not tried"
                    .to_owned()
            }),
        }
    }
}

/// The surroundings of an attempt: what the lab has put there for it. Everything outside the clone is the
/// *neighbour*, a second throwaway container that stands for the host, other containers and the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A word that no other run uses. It stands in every name that an attempt makes up, so that an alert can be told
    /// to be about it.
    pub mark: String,
    /// What canaries hold.
    pub canary: String,
    /// The directory, inside the clone, of the probe and of what belongs to it. It cannot be written to.
    pub probe: &'static str,
    /// The process id of the neighbour as the clone sees it where they share a process namespace; else of a process
    /// that is not there.
    pub neighbour_process: i32,
    /// The neighbour's address on the lab's network; an address that nobody has where the clone has no network.
    pub neighbour: Ipv4Addr,
    /// Where the clone or its weakened twin sees a directory that stands for one of the host.
    pub host_directory: String,
    /// Where the clone or its weakened twin sees the stub of a runtime's socket.
    pub runtime_socket: String,
}

/// The port that the neighbour listens on.
pub const NEIGHBOUR_PORT: u16 = 7411;
/// The port where the neighbour stands for an engine that listens without a password.
pub const NEIGHBOUR_ENGINE_PORT: u16 = 2375;
/// The abstract name where the neighbour stands for the shim of a container.
pub const NEIGHBOUR_SHIM: &str = "\0/containerd-shim/tyrian.sock";
/// The key of the neighbour's System V shared memory, which holds the canary.
pub const NEIGHBOUR_MEMORY: i32 = 0x7479_7269;

impl Place {
    /// Surroundings in which nothing is attempted, to look at what would be.
    pub fn nowhere() -> Place {
        Place {
            mark: "tyrian".to_owned(),
            canary: "canary".to_owned(),
            probe: crate::clone::PROBE_DIRECTORY,
            neighbour_process: crate::attack::NEIGHBOUR_PROCESS,
            neighbour: Ipv4Addr::LOCALHOST,
            host_directory: crate::setting::HOST_DIRECTORY.to_owned(),
            runtime_socket: crate::setting::RUNTIME_SOCKET.to_owned(),
        }
    }
    /// The path of the probe itself, which does nothing when it is told `true`.
    pub fn program(&self) -> String {
        format!("{}/probe", self.probe)
    }
    /// The path of a copy of the probe that belongs to root and has the setuid bit.
    pub fn setuid_program(&self) -> String {
        format!("{}/setuid", self.probe)
    }
    /// A name with the mark in it, for a file that an attempt makes.
    pub fn named(&self, what: &str) -> String {
        format!("{}-{what}", self.mark)
    }
}

/// One way, by its name and its steps.
pub fn variant(name: &'static str, steps: Vec<Step>) -> Variant {
    let program = Program { shared: Vec::new(), steps };
    Variant { name, program, needs: None, missing: None, conditions: Vec::new() }
}

impl Variant {
    /// With memory that its steps share.
    #[must_use]
    pub fn sharing(mut self, name: &'static str, memory: Memory) -> Variant {
        self.program.shared.push((name, memory));
        self
    }
    /// Not applicable, for that reason, where the condition does not hold.
    #[must_use]
    pub fn only_if(mut self, holds: bool, reason: &'static str) -> Variant {
        if !holds {
            self.needs = Some(reason);
        }
        self
    }
    /// Not applicable, for that reason, where these errors end it in the weakened twin too.
    #[must_use]
    pub fn missing(mut self, errors: &'static [i32], reason: &'static str) -> Variant {
        self.missing = Some((errors, reason));
        self
    }
    /// Not applicable where the file or directory that it is about is not there.
    #[must_use]
    pub fn missing_file(self, reason: &'static str) -> Variant {
        self.missing(&[libc::ENOENT, libc::ENOTDIR], reason)
    }
    /// Only on clones like that.
    #[must_use]
    pub fn on(mut self, condition: Condition) -> Variant {
        self.conditions.push(condition);
        self
    }
    /// Why it says nothing of such a clone; nothing: it does.
    pub fn not_applicable(&self, spec: &Spec) -> Option<String> {
        let needs = self.needs.map(str::to_owned);
        needs.or_else(|| self.conditions.iter().find_map(|condition| condition.unmet(spec)))
    }
}

impl Technique {
    /// What should stop it in such a clone, if it is in force there.
    pub fn expected(&self, spec: &Spec) -> Vec<&'static str> {
        let held = self.capabilities.iter().any(|name| spec.capabilities.effective.contains(*name));
        let follows = |control: &str| ["seccomp", "least-capability"].contains(&control);
        self.controls.iter().copied().filter(|control| !(held && follows(control))).collect()
    }
    /// Its documentation as Markdown.
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.doc.lines().map(str::trim).collect();
        lines.join("\n").trim().to_owned()
    }
    /// The text under a heading of its documentation, without the heading, on one line.
    pub fn section(&self, heading: &str) -> String {
        let text = self.doc.split("## ").find_map(|part| part.strip_prefix(heading)).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
    /// The names of its ways.
    pub fn ways(&self) -> Vec<&'static str> {
        (self.variants)(&Place::nowhere()).iter().map(|variant| variant.name).collect()
    }
    /// The first sentence of its documentation.
    pub fn title(&self) -> &'static str {
        self.doc.split("\n\n").next().unwrap_or_default().trim()
    }
}

/// Does a program attempt anything at all?
pub fn attempts(program: &Program) -> bool {
    program.steps.iter().any(|step| matches!(step.role, Role::Attempt(_)))
}

/// What stands in a technique that does not say it.
pub const BLANK: Technique = Technique {
    name: "",
    doc: "",
    file: "",
    layer: Layer::Runtime,
    threats: &[],
    controls: &[],
    capabilities: &[],
    detections: &[],
    ids: &[],
    alone: false,
    variants: |_| Vec::new(),
    harmless: |_| Vec::new(),
};

/// `technique! { /// doc … "name", field: value, … }` makes the `TECHNIQUE` of a file; what it does are the plain
/// `fn variants` and `fn harmless` below it.
macro_rules! technique {
    ($(#[doc = $doc:literal])+ $name:literal, $($field:ident: $value:expr),+ $(,)?) => {
        #[doc = concat!("The technique `", $name, "`.")]
        pub(super) static TECHNIQUE: $crate::technique::Technique = $crate::technique::Technique {
            name: $name,
            doc: concat!($($doc, "\n"),+),
            file: file!(),
            variants,
            harmless,
            $($field: $value,)+
            ..$crate::technique::BLANK
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Limits, MountKind};

    #[test]
    fn the_documentation_comes_in_parts() {
        let doc = " It attacks.\n\n ## What it tries\n\n One\n thing.\n\n ## Why it matters\n\n So.\n";
        let technique = Technique { doc, ..BLANK };
        assert_eq!(technique.title(), "It attacks.");
        assert_eq!(technique.section("What it tries"), "One thing.");
        assert_eq!(technique.section("Why it matters"), "So.");
        assert!(technique.text().starts_with("It attacks.\n\n## What it tries\n\nOne\nthing."));
    }

    #[test]
    fn who_holds_the_capability_is_not_expected_to_be_stopped_by_its_lack() {
        let technique = Technique {
            controls: &["seccomp", "least-capability", "non-root"],
            capabilities: &["SYS_ADMIN"],
            ..BLANK
        };
        let mut spec = Spec::default();
        assert_eq!(technique.expected(&spec), ["seccomp", "least-capability", "non-root"]);
        spec.capabilities.effective.insert("SYS_ADMIN".to_owned());
        assert_eq!(technique.expected(&spec), ["non-root"]);
    }

    #[test]
    fn a_variant_says_nothing_of_a_clone_that_its_controls_do_not_speak_of() {
        let tmpfs = |target: &str| Mount {
            kind: MountKind::Tmpfs(None),
            target: target.to_owned(),
            read_only: false,
            executable: true,
            setuid: false,
        };
        let way = || variant("path", Vec::new()).on(Condition::InRoot("/var/www/html".to_owned()));
        let mounted = |target| Spec { mounts: vec![tmpfs(target)], ..Spec::default() };
        assert_eq!(way().not_applicable(&Spec::default()), None);
        assert_eq!(way().not_applicable(&mounted("/var/www/ht")), None);
        assert_eq!(way().not_applicable(&mounted("/var/www/html/deeper")), None);
        let reason = way().not_applicable(&mounted("/var/www")).unwrap();
        assert!(reason.contains("/var/www is a mount"), "{reason}");
        let limited = |pids, memory| Spec { limits: Limits { pids, memory, cpu: None }, ..Spec::default() };
        assert!(Condition::Processes(300).unmet(&limited(Some(300), None)).is_some());
        assert!(Condition::Processes(300).unmet(&limited(Some(299), None)).is_none());
        assert!(Condition::Processes(300).unmet(&limited(None, Some(1 << 30))).is_none());
        assert!(Condition::Memory(256 << 20).unmet(&limited(None, Some(1 << 30))).is_some());
        assert!(Condition::NotRoot.unmet(&Spec::default()).is_some());
        assert!(Condition::OwnProcesses.unmet(&Spec::default()).is_some());
        let own = Spec { namespaces: [Namespace::Pid].into(), ..Spec::default() };
        assert!(Condition::OwnProcesses.unmet(&own).is_none());
        assert!(Condition::Outside.unmet(&Spec { network: Network::Isolated, ..Spec::default() }).is_some());
        assert!(Condition::Outside.unmet(&Spec { network: Network::Lab, ..Spec::default() }).is_none());
        assert_eq!(way().only_if(false, "no").not_applicable(&Spec::default()), Some("no".to_owned()));
    }
}
