//! The Pod Security Standards: what a pod may ask for at each level and in each version, judged as the admission
//! plugin of the API server judges it.
//!
//! One control of the standard is one file. A control reads the fields of a pod as they are written
//! ([`PodSecurity`]) through [`See`] alone, so that a field that was not seen makes it unknown and nothing else.
//! [`survey`] puts the pods of a namespace together, [`policy`] reads what a namespace enforces.
//!
//! A pod is judged as its manifest says it. The API server sees it after the mutating webhooks and its own
//! defaults; of these only one matters here, that a volume without a type is an empty directory.

/// `control! { /// doc … "id", field: value, … }` makes the `CONTROL` of a file; `fn judge` stands below it.
macro_rules! control {
    ($(#[doc = $doc:literal])+ $id:literal, $($field:ident: $value:expr),+ $(,)?) => {
        #[doc = concat!("The control `", $id, "`.")]
        pub(super) static CONTROL: $crate::pod_security::Control = $crate::pod_security::Control {
            id: $id,
            doc: concat!($($doc, "\n"),+),
            judge,
            $($field: $value),+
        };
    };
}

mod allow_privilege_escalation;
mod app_armor;
mod capabilities;
mod capabilities_dropped;
mod host_namespaces;
mod host_path_volumes;
mod host_ports;
mod host_probes;
mod host_process;
pub mod policy;
mod privileged;
mod proc_mount;
mod proc_mount_masked;
mod run_as_non_root;
mod run_as_user;
mod se_linux;
mod seccomp;
mod seccomp_set;
pub mod survey;
mod sysctls;
mod volume_types;

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use tyrian_model::fact::{Known, Pos, See, Unseen};
use tyrian_model::pod_security::{PodContainer, PodSecurity, Security};

/// A level of the standards, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Everything is allowed.
    Privileged,
    /// What is known to lead out of a container is not.
    Baseline,
    /// What a hardened pod does without is not, either.
    Restricted,
}

impl Level {
    /// The level of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "privileged" => Level::Privileged,
            "baseline" => Level::Baseline,
            "restricted" => Level::Restricted,
            _ => return None,
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        })
    }
}

/// A version of the standards: that of the minor release of Kubernetes, or the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u32);

impl Version {
    /// The newest release that changed the standards: later ones are judged like it.
    pub const NEWEST: Version = Version(37);
    /// Whatever is newest.
    pub const LATEST: Version = Version(u32::MAX);

    /// `latest`, `v1.0`, `v1.36`; nothing for what the API server does not take, either.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "latest" {
            return Some(Version::LATEST);
        }
        let minor = text.strip_prefix("v1.")?;
        let plain =
            minor.bytes().all(|byte| byte.is_ascii_digit()) && (minor == "0" || !minor.starts_with('0'));
        minor.parse().ok().filter(|minor| plain && *minor < u32::MAX).map(Version)
    }
    /// `v1.N`.
    pub const fn minor(minor: u32) -> Self {
        Version(minor)
    }
    /// Is it that of the minor release, or a later one?
    pub(crate) fn is_from(self, minor: u32) -> bool {
        self.0 >= minor
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if *self == Version::LATEST { f.write_str("latest") } else { write!(f, "v1.{}", self.0) }
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// One control of the standards.
#[derive(Debug)]
pub struct Control {
    /// Its name, as the admission plugin has it.
    pub id: &'static str,
    /// What it is about, in two or three words.
    pub title: &'static str,
    /// Which fields it speaks of, what they may be, and since when.
    pub doc: &'static str,
    /// The level at which it begins.
    pub level: Level,
    /// The minor release with which it began.
    pub since: u32,
    /// The control of the level below whose place it takes.
    pub replaces: Option<&'static str>,
    /// What to set where a pod does not meet it.
    pub set: &'static str,
    judge: fn(&See, &PodSecurity, Version) -> Result<Vec<Breach>, Unseen>,
}

impl Control {
    /// Everything in the pod that this control forbids. What could not be seen is noted beside.
    pub fn breaches(&'static self, see: &See, pod: &PodSecurity, version: Version) -> Vec<Breach> {
        let judged = see.apart(|see| (self.judge)(see, pod, version));
        let mut found = judged.and_then(Result::ok).unwrap_or_default();
        found.iter_mut().for_each(|breach| breach.control = self.id);
        found
    }
}

/// Every control in the order of the standards, those of the baseline first.
pub static CONTROLS: [&Control; 19] = [
    &host_namespaces::CONTROL,
    &privileged::CONTROL,
    &capabilities::CONTROL,
    &host_path_volumes::CONTROL,
    &host_ports::CONTROL,
    &host_probes::CONTROL,
    &app_armor::CONTROL,
    &se_linux::CONTROL,
    &proc_mount::CONTROL,
    &seccomp::CONTROL,
    &sysctls::CONTROL,
    &host_process::CONTROL,
    &volume_types::CONTROL,
    &allow_privilege_escalation::CONTROL,
    &run_as_non_root::CONTROL,
    &run_as_user::CONTROL,
    &seccomp_set::CONTROL,
    &capabilities_dropped::CONTROL,
    &proc_mount_masked::CONTROL,
];

/// The control of that name.
pub fn control(id: &str) -> Option<&'static Control> {
    CONTROLS.into_iter().find(|control| control.id == id)
}

/// What holds at a level in a version. A stricter control of `restricted` takes the place of the one below it.
pub fn controls(level: Level, version: Version) -> impl Iterator<Item = &'static Control> {
    let applies = move |control: &Control| control.level <= level && version.is_from(control.since);
    let replaced = move |control: &Control| {
        CONTROLS.iter().any(|other| applies(other) && other.replaces == Some(control.id))
    };
    CONTROLS.into_iter().filter(move |control| applies(control) && !replaced(control))
}

/// Everything in the pod that the level forbids. The pod is admitted where there is nothing, and where nothing
/// that was not seen is noted beside.
pub fn breaches(see: &See, pod: &PodSecurity, level: Level, version: Version) -> Vec<Breach> {
    controls(level, version).flat_map(|control| control.breaches(see, pod, version)).collect()
}

/// A field of a pod that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// The control's name.
    pub control: &'static str,
    /// The container; nothing where it is the pod's own field.
    pub container: Option<String>,
    /// The path of the field in its object, `spec.template.spec.containers[0].securityContext.privileged`.
    pub field: String,
    /// The field without the path of the pod or container.
    #[serde(skip)]
    pub below: String,
    /// What it is: a value, or `not set`.
    pub value: String,
    /// What it may be.
    pub wanted: &'static str,
    /// Where it stands, or where it is missing from.
    pub at: Option<Pos>,
}

/// What is written where nothing is.
const NOT_SET: &str = "not set";

/// A pod or one of its containers, as whose field something is named.
struct Spot<'p> {
    spec: &'p str,
    list: Option<(&'static str, usize, &'p PodContainer)>,
}

impl Spot<'_> {
    fn pod(pod: &PodSecurity) -> Spot<'_> {
        Spot { spec: &pod.path, list: None }
    }
    /// A breach in a field below the pod's spec or the container.
    fn breach(&self, field: &str, value: impl Into<String>, wanted: &'static str, at: Option<Pos>) -> Breach {
        let (container, path, at) = match self.list {
            None => (None, self.spec.to_owned(), at),
            Some((list, index, container)) => {
                let path = format!("{}.{list}[{index}]", self.spec);
                (Some(container.name.clone()), path, at.or_else(|| container.at.clone()))
            }
        };
        let (field, below) = (format!("{path}.{field}"), field.to_owned());
        Breach { control: "", container, field, below, value: value.into(), wanted, at }
    }
    /// A breach where the fact is one that the control forbids.
    fn forbid<T: ToString>(
        &self,
        see: &See,
        fact: &Known<Option<T>>,
        field: &str,
        wanted: &'static str,
        forbidden: impl Fn(&T) -> bool,
    ) -> Result<Option<Breach>, Unseen> {
        let value = see.get(fact)?.as_ref().filter(|value| forbidden(value));
        Ok(value.map(|value| self.breach(field, value.to_string(), wanted, fact.pos())))
    }
}

/// Judges each container of the three lists by itself.
fn containers<'f, B: IntoIterator<Item = Breach>>(
    see: &See<'f>,
    pod: &PodSecurity,
    judge: impl Fn(&See<'f>, &Spot, &PodContainer) -> Result<B, Unseen>,
) -> Vec<Breach> {
    let mut found = Vec::new();
    let lists = [
        ("initContainers", &pod.init_containers),
        ("containers", &pod.containers),
        ("ephemeralContainers", &pod.ephemeral_containers),
    ];
    for (name, list) in lists {
        let containers = see.apart(|see| see.get(list)).and_then(Result::ok).into_iter().flatten();
        for (index, container) in containers.enumerate() {
            let spot = Spot { spec: &pod.path, list: Some((name, index, container)) };
            let judged = see.apart(|see| judge(see, &spot, container)).and_then(Result::ok);
            found.extend(judged.into_iter().flatten());
        }
    }
    found
}

/// Judges what the pod says for itself and what each container says, each by itself.
fn settings<'f, B: IntoIterator<Item = Breach>>(
    see: &See<'f>,
    pod: &PodSecurity,
    judge: impl Fn(&See<'f>, &Spot, &Security) -> Result<B, Unseen>,
) -> Vec<Breach> {
    let own = see.apart(|see| judge(see, &Spot::pod(pod), &pod.security)).and_then(Result::ok);
    let mut found: Vec<Breach> = own.into_iter().flatten().collect();
    found.extend(containers(see, pod, |see, spot, container| judge(see, spot, &container.security)));
    found
}

/// Is the pod for Windows, which has none of the Linux settings? Only `spec.os` says it to the standards.
fn is_windows(see: &See, pod: &PodSecurity) -> Result<bool, Unseen> {
    Ok(see.get(&pod.os)?.as_deref() == Some("windows"))
}

/// Has the pod a user namespace of its own, so that its root is nobody on the host?
fn has_own_users(see: &See, pod: &PodSecurity) -> Result<bool, Unseen> {
    Ok(*see.get(&pod.host_users)? == Some(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_what_the_api_server_takes() {
        for (text, minor) in [("v1.0", 0), ("v1.9", 9), ("v1.36", 36), ("v1.200", 200)] {
            assert_eq!(Version::parse(text), Some(Version::minor(minor)));
            assert_eq!(Version::minor(minor).to_string(), text);
        }
        assert_eq!(Version::parse("latest"), Some(Version::LATEST));
        for text in ["", "1.20", "v1", "v1.", "v1.01", "v1.+5", "v2.0", "v1.20.1", "Latest", "v1.99999999999"]
        {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_stricter_control_takes_the_place_of_the_one_below() {
        let ids = |level, version| controls(level, version).map(|c| c.id).collect::<Vec<_>>();
        assert!(ids(Level::Privileged, Version::LATEST).is_empty());
        assert_eq!(ids(Level::Baseline, Version::minor(0)).len(), 11);
        assert_eq!(ids(Level::Baseline, Version::LATEST).len(), 12);
        let newest = ids(Level::Restricted, Version::LATEST);
        assert!(newest.contains(&"capabilities_restricted") && !newest.contains(&"capabilities_baseline"));
        assert!(newest.contains(&"procMount_restricted") && !newest.contains(&"procMount"));
        assert!(ids(Level::Restricted, Version::minor(34)).contains(&"procMount"));
        let oldest = ids(Level::Restricted, Version::minor(0));
        assert!(oldest.contains(&"seccompProfile_baseline") && !oldest.contains(&"runAsUser"), "{oldest:?}");
    }

    #[test]
    fn every_control_is_documented() {
        for control in CONTROLS {
            assert!(control.doc.len() > 80 && control.doc.contains('`'), "{}", control.id);
            assert!(!control.title.is_empty() && control.set.len() > 10, "{}", control.id);
            let below = control.replaces.map(|id| super::control(id).unwrap());
            assert!(below.is_none_or(|below| below.level < control.level), "{}", control.id);
        }
    }
}
