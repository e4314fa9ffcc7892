//! Which level each namespace meets today, and what stands in the way of the others.

use super::policy::{Policy, enforced};
use super::{Breach, CONTROLS, Control, Level, Version, controls};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::fact::{Gap, Pos, See, Why};
use tyrian_model::facts::{Facts, World};
use tyrian_model::subject;
use tyrian_model::workload::{Source, Workload};

/// The pods of all worlds beside the standards in one version.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Survey {
    /// The version of the standards.
    pub version: Version,
    /// The controls that hold in that version at `restricted` or at `baseline`, and how many pods meet them.
    pub controls: Vec<Tally>,
    /// The namespaces, world by world.
    pub namespaces: Vec<Space>,
    /// Why pods of some world may be missing.
    pub missing: Vec<Gap>,
}

/// A control, and how many pods meet it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tally {
    /// Its name.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// The level at which it begins.
    pub level: Level,
    /// What to set where a pod does not meet it.
    pub set: &'static str,
    /// Pods that meet it.
    pub passed: usize,
    /// Pods that do not.
    pub failed: usize,
    /// Pods of which it is not known.
    pub unknown: usize,
}

/// A namespace and its pods.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Space {
    /// Its world.
    pub world: String,
    /// Its name.
    pub name: String,
    /// What it enforces; nothing where that is not known.
    pub enforces: Option<Policy>,
    /// The level that all of its pods meet for certain; `privileged` where pods may be missing from its world.
    pub meets: Level,
    /// The level that no pod is known to miss: above `meets` where something was not seen.
    pub may_meet: Level,
    /// Pods, and templates of pods, that were judged.
    pub pods: Vec<Pod>,
}

/// A pod or a template of one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pod {
    /// The id of the subject.
    pub subject: String,
    /// What a person calls it: `deployment shop/web`.
    pub name: String,
    /// The file it was read from, relative to the target; empty for what is live.
    pub file: String,
    /// Where it stands there.
    pub at: Option<Pos>,
    /// What `baseline` forbids of it.
    pub baseline: Vec<Breach>,
    /// What `restricted` forbids of it.
    pub restricted: Vec<Breach>,
    /// What was not seen for `baseline`.
    pub unseen_for_baseline: Vec<Gap>,
    /// What was not seen for `restricted`.
    pub unseen_for_restricted: Vec<Gap>,
}

impl Survey {
    /// How many answers of the controls of a level passed, failed and are unknown.
    pub fn answers(&self, level: Level) -> (usize, usize, usize) {
        let held: Vec<&str> = controls(level, self.version).map(|control| control.id).collect();
        let counted = self.controls.iter().filter(|tally| held.contains(&tally.id));
        counted
            .fold((0, 0, 0), |sum, tally| (sum.0 + tally.passed, sum.1 + tally.failed, sum.2 + tally.unknown))
    }
}

impl Pod {
    /// The level that it meets for certain, and the one that it is not known to miss.
    fn levels(&self) -> (Level, Level) {
        let level = |baseline: bool, restricted: bool| match (baseline, restricted) {
            (true, true) => Level::Restricted,
            (true, false) => Level::Baseline,
            (false, _) => Level::Privileged,
        };
        let (baseline, restricted) = (self.baseline.is_empty(), self.restricted.is_empty());
        let sure = level(
            baseline && self.unseen_for_baseline.is_empty(),
            restricted && self.unseen_for_restricted.is_empty(),
        );
        (sure, level(baseline, restricted))
    }
}

/// Judges every pod of every world against both levels; of pods those only whose subject is asked for.
pub fn survey(facts: &Facts, version: Version, asked: impl Fn(&str) -> bool) -> Survey {
    let holds = |control: &&'static Control| {
        [Level::Baseline, Level::Restricted]
            .into_iter()
            .any(|level| controls(level, version).any(|other| other.id == control.id))
    };
    let tally = |control: &'static Control| Tally {
        id: control.id,
        title: control.title,
        level: control.level,
        set: control.set,
        passed: 0,
        failed: 0,
        unknown: 0,
    };
    let mut tallies: Vec<Tally> = CONTROLS.into_iter().filter(holds).map(tally).collect();
    let mut namespaces = Vec::new();
    for (name, world) in &facts.worlds {
        namespaces.extend(of_world(name, world, version, &asked, &mut tallies));
    }
    let missing: BTreeSet<Gap> =
        facts.worlds.values().flat_map(|world| world.workloads.missing().cloned()).collect();
    Survey { version, controls: tallies, namespaces, missing: missing.into_iter().collect() }
}

fn of_world(
    name: &str,
    world: &World,
    version: Version,
    asked: impl Fn(&str) -> bool,
    tallies: &mut [Tally],
) -> Vec<Space> {
    let see = See::new(world);
    let whole = world.workloads.missing().next().is_none();
    let mut pods: BTreeMap<&str, Vec<Pod>> = BTreeMap::new();
    for (local, workload) in see.rows(&world.workloads) {
        if workload.source == Source::Pod && asked(&subject::id(name, local, None)) {
            let pod = pod(name, world, local, workload, version, tallies);
            pods.entry(&workload.namespace).or_default().push(pod);
        }
    }
    let mut policies = BTreeMap::new();
    for (local, namespace) in see.rows(&world.namespaces) {
        let space = local.strip_prefix("namespace:").unwrap_or(local);
        if namespace.declared {
            pods.entry(space).or_default();
        }
        let own = See::new(world);
        let policy = enforced(&own, namespace).ok().filter(|_| own.gaps().own.is_empty());
        policies.insert(space, policy);
    }
    let space = |(space, pods): (&str, Vec<Pod>)| {
        let levels = pods.iter().map(Pod::levels);
        let (sure, may_meet) = levels
            .fold((Level::Restricted, Level::Restricted), |all, one| (all.0.min(one.0), all.1.min(one.1)));
        Space {
            world: name.to_owned(),
            name: space.to_owned(),
            enforces: policies.get(space).cloned().flatten(),
            meets: if whole { sure } else { Level::Privileged },
            may_meet,
            pods,
        }
    };
    pods.into_iter().map(space).collect()
}

fn pod(
    world_name: &str,
    world: &World,
    local: &str,
    workload: &Workload,
    version: Version,
    tallies: &mut [Tally],
) -> Pod {
    let mut judged: BTreeMap<&str, (Vec<Breach>, Vec<Gap>)> = BTreeMap::new();
    for tally in tallies {
        let see = See::new(world);
        let control = super::control(tally.id);
        let found = match (see.get(&workload.pod_security), control) {
            (Ok(pod), Some(control)) => control.breaches(&see, pod, version),
            _ => Vec::new(),
        };
        let gaps = see.gaps();
        let gaps: Vec<Gap> =
            gaps.own.into_iter().chain(gaps.beside).filter(|gap| gap.why != Why::NotAsked).collect();
        match (found.is_empty(), gaps.is_empty()) {
            (false, _) => tally.failed += 1,
            (true, true) => tally.passed += 1,
            (true, false) => tally.unknown += 1,
        }
        judged.insert(tally.id, (found, gaps));
    }
    let at_level = |level| {
        let (mut breaches, mut unseen) = (Vec::new(), Vec::<Gap>::new());
        for control in controls(level, version) {
            let Some((found, gaps)) = judged.get(control.id) else { continue };
            breaches.extend(found.iter().cloned());
            for gap in gaps {
                if !unseen.contains(gap) {
                    unseen.push(gap.clone());
                }
            }
        }
        (breaches, unseen)
    };
    let (baseline, unseen_for_baseline) = at_level(Level::Baseline);
    let (restricted, unseen_for_restricted) = at_level(Level::Restricted);
    let name =
        local.split_once(':').map_or_else(|| local.to_owned(), |(kind, name)| format!("{kind} {name}"));
    Pod {
        subject: subject::id(world_name, local, None),
        name,
        file: workload.file.clone(),
        at: workload.at.clone(),
        baseline,
        restricted,
        unseen_for_baseline,
        unseen_for_restricted,
    }
}
