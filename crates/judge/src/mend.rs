//! What can be done about each finding: the `fn mend` of its check, asked once for each fault.

use crate::check::Subject;
use crate::finding::faults;
use crate::run::Evidence;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tyrian_model::dockerfile::Dockerfile;
use tyrian_model::evidence::Fault;
use tyrian_model::fact::{Pos, See};
use tyrian_model::facts::{Facts, World};
use tyrian_model::host::{Engine, GuardedFile, Host};
use tyrian_model::mend::{Change, Edit, Mend, Rewrite, Scope, Value, What};
use tyrian_model::subject;
use tyrian_model::workload::{Container, Source, Workload};

/// A fault that is to be mended, and what it is a fault of.
pub struct Spot<'f> {
    /// The door to the facts around it.
    pub see: See<'f>,
    /// Of what it is a fault.
    pub subject: &'f Subject,
    /// What is wrong, and where.
    pub fault: &'f Fault,
    thing: Thing<'f>,
}

#[derive(Clone, Copy)]
enum Thing<'f> {
    Workload(&'f Workload, Option<(&'f str, &'f Container)>),
    Engine(&'f Engine),
    Host(&'f Host),
    Dockerfile(&'f Dockerfile),
    Guarded(&'f GuardedFile),
    Other,
}

/// What a check can do about one of its faults.
pub type Mender = fn(&Spot) -> Mend;

impl Spot<'_> {
    /// The workload, of it or of its container.
    pub fn workload(&self) -> Option<&Workload> {
        if let Thing::Workload(workload, _) = self.thing { Some(workload) } else { None }
    }
    /// The container.
    pub fn container(&self) -> Option<&Container> {
        if let Thing::Workload(_, Some((_, container))) = self.thing { Some(container) } else { None }
    }
    /// The container's name; empty for what has one container only.
    pub fn container_name(&self) -> &str {
        if let Thing::Workload(_, Some((name, _))) = self.thing { name } else { "" }
    }
    /// The engine.
    pub fn engine(&self) -> Option<&Engine> {
        if let Thing::Engine(engine) = self.thing { Some(engine) } else { None }
    }
    /// The host.
    pub fn host(&self) -> Option<&Host> {
        if let Thing::Host(host) = self.thing { Some(host) } else { None }
    }
    /// The Dockerfile.
    pub fn dockerfile(&self) -> Option<&Dockerfile> {
        if let Thing::Dockerfile(dockerfile) = self.thing { Some(dockerfile) } else { None }
    }
    /// The file of the host.
    pub fn guarded(&self) -> Option<&GuardedFile> {
        if let Thing::Guarded(file) = self.thing { Some(file) } else { None }
    }
    /// Who described the workload.
    pub fn source(&self) -> Option<Source> {
        self.workload().map(|workload| workload.source)
    }
    /// The file that the fault's place names, or else that of its subject.
    pub fn file(&self) -> &str {
        let at = self.fault.at.as_ref().or(self.subject.at.as_ref());
        let named = at.and_then(|at| at.file.as_deref());
        named.or(self.subject.file.as_deref()).unwrap_or_default()
    }
    /// Where the object begins, in its own file alone.
    fn object(&self) -> Option<Pos> {
        let workload = self.workload()?;
        workload.at.clone().filter(|at| workload.file == self.file() && at.file.is_none())
    }
    /// A change of a value; the keys are parted by spaces.
    fn value(&self, scope: Scope, path: &str, change: Change) -> Edit {
        let path = path.split(' ').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        Edit { file: self.file().to_owned(), what: What::Value(scope, path, change) }
    }
    /// A change in the container of a pod, or in a Compose service; the keys are parted by spaces.
    pub fn in_container(&self, path: &str, change: Change) -> Edit {
        let scope = match self.workload() {
            Some(workload) if workload.source == Source::Compose => {
                let other = self.fault.at.clone().filter(|_| workload.file != self.file());
                Scope::Service(self.service().to_owned(), other)
            }
            _ => Scope::Container(self.object(), self.container_name().to_owned()),
        };
        self.value(scope, path, change)
    }
    /// A change in the `spec` of a pod.
    pub fn in_pod(&self, path: &str, change: Change) -> Edit {
        let container = Some(self.container_name().to_owned()).filter(|name| !name.is_empty());
        self.value(Scope::Pod(self.object(), container), path, change)
    }
    /// A change of the file that is the subject.
    pub fn in_file(&self, path: &str, change: Change) -> Edit {
        self.value(Scope::Root, path, change)
    }
    /// A change of the value that stands there.
    pub fn at(&self, at: &Pos, path: &str, change: Change) -> Edit {
        let mut edit = self.value(Scope::At(at.clone()), path, change);
        if let Some(file) = &at.file {
            edit.file = (**file).to_owned();
        }
        edit
    }
    /// A change of the instruction in which the fault is.
    pub fn instruction(&self, rewrite: Rewrite) -> Edit {
        let at = self.fault.at.clone().unwrap_or_else(|| Pos::new(1, 1));
        Edit { file: self.file().to_owned(), what: What::Instruction(at, rewrite) }
    }
    /// A change of the instruction that begins there.
    pub fn instruction_at(&self, at: &Pos, rewrite: Rewrite) -> Edit {
        Edit { file: self.file().to_owned(), what: What::Instruction(at.clone(), rewrite) }
    }
    /// Permission bits of a file of the host.
    pub fn mode(&self, path: &str, mode: u32) -> Edit {
        Edit { file: path.to_owned(), what: What::Mode(mode) }
    }
    fn service(&self) -> &str {
        self.subject.name.strip_prefix("service ").unwrap_or(&self.subject.name)
    }
    /// What the container of an engine is to be started with; the rest of it is its owner's.
    pub fn flags(&self, flags: &str) -> Mend {
        let name = self.subject.name.strip_prefix("container ").unwrap_or(&self.subject.name);
        Mend::Advice(format!("start {name} again with `docker run {flags} …`"))
    }
    /// A flag of a container: in the pod by that path, in the Compose service by that one, for the engine by these
    /// flags.
    pub fn set(&self, pod: &str, compose: &str, value: Value, flags: &str) -> Result<Edit, Mend> {
        match self.source() {
            Some(Source::Pod) => Ok(self.in_container(pod, Change::Set(value))),
            Some(Source::Compose) => Ok(self.in_container(compose, Change::Set(value))),
            _ => Err(self.flags(flags)),
        }
    }
}

/// What can be done about each finding of a check that knows it, by the finding's fingerprint.
pub fn mends(facts: &Facts, evidence: &[Evidence]) -> BTreeMap<String, Mend> {
    let mut mends = BTreeMap::new();
    let mut things: HashMap<String, (&World, Thing)> = HashMap::new();
    for (name, world) in &facts.worlds {
        let see = See::new(world);
        let mut add = |local: &str, container: Option<&str>, thing| {
            things.insert(subject::id(name, local, container), (world, thing));
        };
        for (local, workload) in see.rows(&world.workloads) {
            add(local, None, Thing::Workload(workload, None));
            for (container_name, container) in see.rows(&workload.containers) {
                // The one container of a Compose service or an engine is named as the whole is.
                let of = Some((container_name.as_str(), &**container));
                add(local, Some(container_name), Thing::Workload(workload, of));
            }
        }
        see.rows(&world.engines).iter().for_each(|(local, engine)| add(local, None, Thing::Engine(engine)));
        see.rows(&world.hosts).iter().for_each(|(local, host)| add(local, None, Thing::Host(host)));
        let guarded = see.rows(&world.guarded);
        guarded.iter().for_each(|(local, file)| add(local, None, Thing::Guarded(file)));
        let files = see.rows(&world.dockerfiles);
        files.iter().for_each(|(local, file)| add(local, None, Thing::Dockerfile(file)));
    }
    let nowhere = World::default();
    for (item, fault, fingerprint) in faults(evidence) {
        let Some(mend) = item.check.mend else { continue };
        let subject: &Arc<Subject> = &item.subject;
        let (world, thing) = things.get(&subject.id).copied().unwrap_or((&nowhere, Thing::Other));
        let spot = Spot { see: See::new(world), subject, fault, thing };
        mends.entry(fingerprint).or_insert_with(|| mend(&spot));
    }
    mends
}
