//! The runner: every check over every subject.

use crate::check::{Check, Judged, Subject, Verdicts};
use crate::policy::Marks;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use tyrian_model::agreement::Agreement;
use tyrian_model::ansible::Playbook;
use tyrian_model::dockerfile::Dockerfile;
use tyrian_model::evidence::{Basis, Verdict};
use tyrian_model::fact::{Gap, Gaps, Many, Pos, See, Why};
use tyrian_model::facts::{Facts, Ignore, Resource, World};
use tyrian_model::host::{Engine, EngineNetwork, GuardedFile, Host};
use tyrian_model::image::Image;
use tyrian_model::kubernetes::{Binding, Namespace, NetworkPolicy, Object, Role, ServiceAccount};
use tyrian_model::pipeline::{Pipeline, Repository};
use tyrian_model::script::Script;
use tyrian_model::secret::{LogSample, SourceFile};
use tyrian_model::subject;
use tyrian_model::vulnerability::Lock;
use tyrian_model::workload::{Confinement, Container, Volume, Workload};

/// A verdict of a check over a subject; that a check does not apply is no evidence.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The check.
    pub check: &'static Check,
    /// The subject.
    pub subject: Arc<Subject>,
    /// What it says.
    pub verdict: Verdict,
}

/// How many subjects every check judges before the next ones come: so few that their facts stay in the
/// processor's cache from the first check to the last.
const BLOCK: usize = 64;

/// Runs the checks over all worlds. The order of the result is that of worlds, checks and subjects.
pub fn judge(facts: &Facts, checks: &[&'static Check]) -> Vec<Evidence> {
    let lineups: Vec<Lineup> =
        facts.worlds.par_iter().map(|(name, world)| Lineup::new(name, world)).collect();
    let blocks_of = |lineup: &Lineup| lineup.longest() / BLOCK + 1;
    let rounds: Vec<(&Lineup, usize)> =
        lineups.iter().flat_map(|lineup| (0..blocks_of(lineup)).map(move |block| (lineup, block))).collect();
    let of_round = |(lineup, block): &(&Lineup, usize)| -> Vec<Verdicts> {
        checks.iter().map(|check| (check.judge)(lineup, *block)).collect()
    };
    let mut parts: Vec<Vec<Verdicts>> = rounds.par_iter().map(of_round).collect();
    // A million verdicts are moved once, into a place that has room for all of them.
    let mut all = Vec::with_capacity(parts.iter().flatten().map(Vec::len).sum());
    let mut rest = parts.as_mut_slice();
    for lineup in &lineups {
        let (blocks, others) = rest.split_at_mut(blocks_of(lineup));
        for (n, check) in checks.iter().enumerate() {
            let verdicts = blocks.iter_mut().flat_map(|block| std::mem::take(&mut block[n]));
            all.extend(verdicts.map(|(subject, verdict)| Evidence { check, subject, verdict }));
        }
        rest = others;
    }
    all
}

/// The subjects of one kind, and what is missing from them.
type Row<'f, T> = (Vec<(Arc<Subject>, &'f T)>, Vec<Gap>);

macro_rules! lineup {
    ($($field:ident: $kind:ty),+ $(,)?) => {
        /// The subjects of a world, named once for all checks.
        pub struct Lineup<'f> {
            world: &'f World,
            name: &'f str,
            $($field: Row<'f, $kind>,)+
            containers: Row<'f, Container>,
            confinements: Row<'f, Confinement>,
        }
        impl<'f> Lineup<'f> {
            /// Names every subject of a world.
            pub fn new(name: &'f str, world: &'f World) -> Self {
                let (containers, confinements) = containers(name, world);
                Lineup { $($field: row(name, world, &world.$field),)+ containers, confinements, world, name }
            }
            /// How many subjects the longest row has.
            fn longest(&self) -> usize {
                let rows = [$(self.$field.0.len(),)+ self.containers.0.len(), self.confinements.0.len()];
                rows.into_iter().max().unwrap_or_default()
            }
        }
        $(impl Judgeable for $kind {
            fn row<'l, 'f>(lineup: &'l Lineup<'f>) -> &'l Row<'f, Self> {
                &lineup.$field
            }
        })+
    };
}

lineup! {
    workloads: Workload,
    images: Image,
    dockerfiles: Dockerfile,
    pipelines: Pipeline,
    scripts: Script,
    playbooks: Playbook,
    resources: Resource,
    repositories: Repository,
    files: SourceFile,
    locks: Lock,
    agreements: Agreement,
    logs: LogSample,
    roles: Role,
    bindings: Binding,
    service_accounts: ServiceAccount,
    network_policies: NetworkPolicy,
    namespaces: Namespace,
    objects: Object,
    engines: Engine,
    networks: EngineNetwork,
    volumes: Volume,
    hosts: Host,
    guarded: GuardedFile,
}

/// A kind of thing that checks judge one by one.
pub trait Judgeable: Sized + 'static {
    /// All of a world.
    fn row<'l, 'f>(lineup: &'l Lineup<'f>) -> &'l Row<'f, Self>;
}

impl Judgeable for Container {
    fn row<'l, 'f>(lineup: &'l Lineup<'f>) -> &'l Row<'f, Self> {
        &lineup.containers
    }
}

impl Judgeable for Confinement {
    fn row<'l, 'f>(lineup: &'l Lineup<'f>) -> &'l Row<'f, Self> {
        &lineup.confinements
    }
}

/// What a kind of thing can say of its own place and basis.
trait Placed {
    fn file<'s>(&'s self, local: &'s str) -> Option<&'s str>;
    fn at(&self) -> Option<Pos> {
        None
    }
    fn basis(&self) -> Basis {
        Basis::Declared
    }
}

/// A thing that is a file: its local name is `file:PATH`.
macro_rules! files {
    ($($kind:ty),+) => {
        $(impl Placed for $kind {
            fn file<'s>(&'s self, local: &'s str) -> Option<&'s str> {
                local.strip_prefix("file:")
            }
        })+
    };
}
files!(Dockerfile, Pipeline, Script, Playbook, SourceFile, Lock, Agreement, LogSample, Repository);

macro_rules! manifests {
    ($($kind:ty),+) => {
        $(impl Placed for $kind {
            fn file<'s>(&'s self, _: &'s str) -> Option<&'s str> {
                Some(self.origin.file.as_str()).filter(|file| !file.is_empty())
            }
            fn at(&self) -> Option<Pos> {
                self.origin.at.clone()
            }
        })+
    };
}
manifests!(Role, Binding, ServiceAccount, NetworkPolicy, Namespace, Object);

macro_rules! live {
    ($($kind:ty),+) => {
        $(impl Placed for $kind {
            fn file<'s>(&'s self, _: &'s str) -> Option<&'s str> {
                None
            }
            fn basis(&self) -> Basis {
                Basis::Observed
            }
        })+
    };
}
live!(Host, EngineNetwork, GuardedFile, Image);

impl Placed for Engine {
    fn file<'s>(&'s self, _: &'s str) -> Option<&'s str> {
        Some(self.file.as_str()).filter(|file| !file.is_empty())
    }
    fn basis(&self) -> Basis {
        if self.file.is_empty() { Basis::Observed } else { Basis::Declared }
    }
}

impl Placed for Workload {
    fn file<'s>(&'s self, _: &'s str) -> Option<&'s str> {
        Some(self.file.as_str()).filter(|file| !file.is_empty())
    }
    fn at(&self) -> Option<Pos> {
        self.at.clone()
    }
}

impl Placed for Volume {
    fn file<'s>(&'s self, _: &'s str) -> Option<&'s str> {
        Some(self.file.as_str()).filter(|file| !file.is_empty())
    }
    fn at(&self) -> Option<Pos> {
        self.at.clone()
    }
}

impl Placed for Resource {
    fn file<'s>(&'s self, _: &'s str) -> Option<&'s str> {
        Some(&self.file)
    }
    fn at(&self) -> Option<Pos> {
        Some(self.body.pos())
    }
}

fn subject<T: Placed>(world: &str, local: &str, container: Option<&str>, thing: &T) -> Subject {
    let mut name = local.replacen(':', " ", 1);
    if let Some(container) = container.filter(|name| !name.is_empty()) {
        name.push_str(", container ");
        name.push_str(container);
    }
    Subject {
        id: subject::id(world, local, container),
        world: world.to_owned(),
        name,
        file: thing.file(local).map(str::to_owned),
        at: thing.at(),
        basis: thing.basis(),
    }
}

fn row<'f, T: Placed>(name: &str, world: &'f World, many: &'f Many<T>) -> Row<'f, T> {
    let see = See::new(world);
    let rows = see
        .rows(many)
        .iter()
        .map(|(local, thing)| (Arc::new(subject(name, local, None, &**thing)), &**thing));
    let rows = rows.collect();
    (rows, see.gaps().beside)
}

fn containers<'f>(name: &str, world: &'f World) -> (Row<'f, Container>, Row<'f, Confinement>) {
    let see = See::new(world);
    let (mut containers, mut confinements) = (Vec::new(), Vec::new());
    for (local, workload) in see.rows(&world.workloads) {
        for (container_name, container) in see.rows(&workload.containers) {
            let declared = Arc::new(subject(name, local, Some(container_name), &**workload));
            if workload.windows {
                // It has an image, variables and ports, and none of what holds a process of Linux in.
                containers.push((declared, &**container));
                continue;
            }
            if let Some(observed) = &container.observed {
                let subject = Subject { basis: Basis::Observed, ..(*declared).clone() };
                confinements.push((Arc::new(subject), &**observed));
            }
            confinements.push((declared.clone(), &container.declared));
            containers.push((declared, &**container));
        }
    }
    let gaps = see.gaps().beside;
    ((containers, gaps.clone()), (confinements, gaps))
}

/// Every comment by which a scanned file asks to ignore a finding.
pub fn ignores(facts: &Facts) -> Vec<Ignore> {
    let of_world = |world: &World| {
        See::new(world).rows(&world.ignores).values().map(|ignore| (**ignore).clone()).collect::<Vec<_>>()
    };
    facts.worlds.values().flat_map(of_world).collect()
}

/// Labels and images of workloads and their containers, by the subject's id.
pub fn marks(facts: &Facts) -> BTreeMap<String, Marks> {
    let mut marks = BTreeMap::new();
    for (name, world) in &facts.worlds {
        let see = See::new(world);
        for (local, workload) in see.rows(&world.workloads) {
            let labels = see.get(&workload.labels).ok().into_iter().flatten();
            let labels: BTreeMap<String, String> = labels.map(|(k, v)| (k.clone(), v.text.clone())).collect();
            let mut all = Marks { labels: labels.clone(), images: Vec::new() };
            for (container_name, container) in see.rows(&workload.containers) {
                let image = see.get(&container.image).ok().and_then(|image| image.as_ref());
                let images: Vec<String> = image.map(|image| image.written.clone()).into_iter().collect();
                all.images.extend(images.clone());
                let id = subject::id(name, local, Some(container_name));
                marks.insert(id, Marks { labels: labels.clone(), images });
            }
            marks.insert(subject::id(name, local, None), all);
        }
    }
    marks
}

/// Judges each thing of a block by itself, and leaves out what a check does not apply to. What was read while
/// judging decides: a gap makes it Unknown. The block in which the row ends also says what is missing from the row.
pub fn each_subject<T: Judgeable>(lineup: &Lineup, block: usize, check: fn(&See, &T) -> Judged) -> Verdicts {
    let (rows, missing) = T::row(lineup);
    let start = block * BLOCK;
    let Some(rest) = rows.get(start..) else { return Vec::new() };
    let mut verdicts: Verdicts = rest
        .iter()
        .take(BLOCK)
        .filter_map(|(subject, thing)| {
            let see = See::new(lineup.world);
            let judged = check(&see, thing);
            let verdict = match judged {
                Ok(verdict) if see.missed_nothing() => verdict,
                judged => settle(judged, see.gaps()),
            };
            (verdict != Verdict::NotApplicable).then(|| (subject.clone(), verdict))
        })
        .collect();
    if rest.len() >= BLOCK {
        return verdicts;
    }
    let missing: Vec<Gap> = missing.iter().filter(|gap| gap.why != Why::NotAsked).cloned().collect();
    if !missing.is_empty() {
        let rest = Subject {
            id: format!("{}/*", subject::id(lineup.name, "", None).trim_end_matches('/')),
            world: lineup.name.to_owned(),
            name: "what could not be read".into(),
            file: None,
            at: None,
            basis: Basis::Declared,
        };
        verdicts.push((Arc::new(rest), Verdict::Unknown(missing)));
    }
    verdicts
}

/// The verdict, given what was not seen on the way to it.
///
/// A gap in what it rests on makes it Unknown, whatever the check returned. A source that has no such setting
/// ([`Why::NotAsked`]) makes it not applicable. Gaps beside leave faults standing and take a pass away.
fn settle(judged: Judged, gaps: Gaps) -> Verdict {
    let own: Vec<Gap> = gaps.own.iter().filter(|gap| gap.why != Why::NotAsked).cloned().collect();
    let beside: Vec<Gap> = gaps.beside.into_iter().filter(|gap| gap.why != Why::NotAsked).collect();
    match judged {
        _ if !own.is_empty() => Verdict::Unknown(own.into_iter().chain(beside).collect()),
        _ if !gaps.own.is_empty() => Verdict::NotApplicable,
        Ok(Verdict::Fail(faults, _)) => Verdict::Fail(faults, beside),
        Ok(_) if !beside.is_empty() => Verdict::Unknown(beside),
        Ok(verdict) => verdict,
        Err(_) => Verdict::Unknown(Vec::new()),
    }
}
