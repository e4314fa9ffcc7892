//! What a run is to do: which techniques, on which subjects, of what a clone is made.

use crate::cli::{DbPlace, Layer, RunArgs, Targets};
use crate::progress::Progress;
use crate::target::Target;
use crate::{Failure, exit, proof, scan};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tyrian_emulate::spec::{Image, Profile, Spec};
use tyrian_emulate::target::docker;
use tyrian_emulate::target::workload::{ImageUser, Unlike, spec};
use tyrian_emulate::technique::Technique;
use tyrian_emulate::techniques::TECHNIQUES;
use tyrian_judge::policy::matches;
use tyrian_model::fact::See;
use tyrian_model::subject;
use tyrian_model::workload::Role;

/// What stands for the values of a workload's variables.
const CANARY: &str = "tyrian-canary";

/// The techniques of these names and of this layer; no names are all.
///
/// # Errors
/// A name that is none's.
pub(super) fn chosen(names: &[String], layer: Option<Layer>) -> Result<Vec<&'static Technique>, Failure> {
    for name in names {
        if !TECHNIQUES.iter().any(|technique| matches(name, technique.name)) {
            let what = format!("{name}: there is no such technique (tyrian purple list names them)");
            return Err(Failure::new(exit::USAGE, what));
        }
    }
    let layer = layer.map(tyrian_model::evidence::Layer::from);
    let wanted = |technique: &&&Technique| {
        let named = names.is_empty() || names.iter().any(|name| matches(name, technique.name));
        named && layer.is_none_or(|layer| technique.layer == layer)
    };
    Ok(TECHNIQUES.iter().filter(wanted).copied().collect())
}

/// A workload whose clone is attacked.
pub(super) struct Victim {
    /// The target as it was written.
    pub(super) target: String,
    /// The subject's id, as every report has it.
    pub(super) subject: String,
    /// Labels, and the namespace under `namespace`.
    pub(super) labels: BTreeMap<String, String>,
    /// What the clone is made of.
    pub(super) spec: Spec,
    /// The image, as evidence names it.
    pub(super) image: String,
    /// The hash over what holds it in.
    pub(super) configuration: String,
    /// What is to be said of the clone: where it is not quite like the workload.
    pub(super) remarks: Vec<String>,
}

/// The workloads of one target: a pod has as many as containers.
///
/// # Errors
/// There is none of that name, or no clone can be made like it.
pub(super) fn victims(text: &str, args: &RunArgs, progress: &Progress) -> Result<Vec<Victim>, Failure> {
    let target = Target::parse(text).map_err(|what| Failure::new(exit::USAGE, what))?;
    let directory = match &target {
        Target::Image(reference) => return Ok(vec![like_image(text, reference, args)?]),
        Target::Container(_) => PathBuf::new(),
        Target::Service(file, _) | Target::Workload(file, _, _) => {
            file.parent().map(Path::to_owned).unwrap_or_default()
        }
        _ => {
            let what = format!(
                "{text}: a clone is made like container:NAME, image:REF, compose:FILE#SERVICE or manifest:FILE#KIND/NAME"
            );
            return Err(Failure::new(exit::USAGE, what));
        }
    };
    let targets = Targets {
        targets: vec![text.to_owned()],
        root: None,
        docker_host: args.docker_host.clone(),
        platform: None,
        no_cache: false,
        advisories: DbPlace { db: None },
        strict: false,
        quiet: args.quiet,
    };
    let snapshot = scan::snapshot(&targets, progress)?;
    let focus = scan::focus(&targets);
    let named = |id: &str| focus.iter().any(|name| matches(&format!("*{name}"), id));
    let mut victims = Vec::new();
    for (name, world) in &snapshot.facts.worlds {
        let see = See::new(world);
        for (local, workload) in see.rows(&world.workloads) {
            if !named(&subject::id(name, local, None)) {
                continue;
            }
            for (container_name, container) in see.rows(&workload.containers) {
                if container.role != Role::Main {
                    continue;
                }
                let subject = subject::id(name, local, Some(container_name));
                let profile = |name: &str| read_profile(&directory, name);
                let (image, of_image, unknown) = root_file_system(args, &proof::image(&see, container))?;
                let (spec, remarks) = match &target {
                    // The engine itself knows more of it than the facts do.
                    Target::Container(name) => like_container(args, name, image)?,
                    _ => {
                        let see = See::new(world);
                        match spec(&see, workload, container, image, &of_image, &profile) {
                            Ok((spec, remarks)) => (spec, [unknown, remarks].concat()),
                            Err(Unlike(why)) => {
                                let mut what = format!("{subject}: {why}");
                                let gaps = see.gaps().own;
                                gaps.iter().for_each(|gap| what.push_str(&format!("\n  {}", gap.what)));
                                return Err(Failure::new(exit::NOTHING, what));
                            }
                        }
                    }
                };
                let labels = see.get(&workload.labels).ok().into_iter().flatten();
                let mut labels: BTreeMap<String, String> =
                    labels.map(|(key, value)| (key.clone(), value.text.clone())).collect();
                if !workload.namespace.is_empty() {
                    labels.insert("namespace".into(), workload.namespace.clone());
                }
                victims.push(Victim {
                    target: text.to_owned(),
                    subject,
                    labels,
                    spec,
                    image: proof::image(&see, container),
                    configuration: proof::configuration(workload, container),
                    remarks,
                });
            }
        }
    }
    if victims.is_empty() {
        let mut what = format!("{text}: there is none of that name");
        let gaps = snapshot.sources.iter().flat_map(|source| &source.gaps);
        gaps.take(20).for_each(|gap| what.push_str(&format!("\n  {}", gap.what)));
        return Err(Failure::new(exit::NOTHING, what));
    }
    Ok(victims)
}

/// What a clone of a running container is made of, and where it is not quite like it.
fn like_container(args: &RunArgs, name: &str, image: Image) -> Result<(Spec, Vec<String>), Failure> {
    let endpoint =
        scan::endpoint(args.docker_host.as_deref()).map_err(|gap| Failure::new(exit::NOTHING, gap.what))?;
    let like = docker::container(&endpoint, name, CANARY)
        .map_err(|trouble| Failure::new(exit::NOTHING, trouble.to_string()))?;
    let mut spec = like.spec;
    if let Image::Directory(_) = image {
        spec.image = image;
    }
    Ok((spec, like.remarks))
}

/// An image as the engine runs it by default.
fn like_image(text: &str, reference: &str, args: &RunArgs) -> Result<Victim, Failure> {
    let endpoint =
        scan::endpoint(args.docker_host.as_deref()).map_err(|gap| Failure::new(exit::NOTHING, gap.what))?;
    let target = docker::image(&endpoint, reference, CANARY)
        .map_err(|trouble| Failure::new(exit::NOTHING, format!("{text}: {trouble}")))?;
    let settings = serde_json::to_vec(&target.spec).unwrap_or_default();
    Ok(Victim {
        target: text.to_owned(),
        subject: subject::id("image", &format!("image:{reference}"), None),
        labels: target.labels,
        spec: target.spec,
        image: target.image,
        configuration: Sha256::digest(&settings).iter().map(|byte| format!("{byte:02x}")).collect(),
        remarks: target.remarks,
    })
}

/// Where the clone's root file system comes from, whom the image runs as, and what of that is not known.
fn root_file_system(args: &RunArgs, image: &str) -> Result<(Image, ImageUser, Vec<String>), Failure> {
    let root = "whom its image runs as is not to be seen here: the clone runs as root unless the workload says another";
    let unknown = vec![root.to_owned()];
    match &args.root_fs {
        Some(directory) if directory.is_dir() => {
            Ok((Image::Directory(directory.clone()), ImageUser::default(), unknown))
        }
        Some(directory) => {
            Err(Failure::new(exit::USAGE, format!("{}: not a directory", directory.display())))
        }
        None if image.is_empty() => Ok((Image::Empty, ImageUser::default(), unknown)),
        None => {
            let endpoint =
                scan::endpoint(args.docker_host.as_deref()).ok().filter(|endpoint| endpoint.is_there());
            let seen = endpoint.and_then(|endpoint| docker::image(&endpoint, image, CANARY).ok());
            let (user, unknown) = match seen {
                Some(target) => (Some(target.spec.user), Vec::new()),
                None => (None, unknown),
            };
            let of_image = ImageUser { user, ..ImageUser::default() };
            Ok((Image::Engine(image.to_owned()), of_image, unknown))
        }
    }
}

/// A seccomp profile by the name that a workload gives it: a file beside the workload's own.
fn read_profile(directory: &Path, name: &str) -> Result<Profile, String> {
    let file = directory.join(name);
    let failed = |what: String| format!("its seccomp profile {}: {what}", file.display());
    let bytes = scan::bytes(&file, 1 << 20).map_err(failed)?;
    serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))
}
