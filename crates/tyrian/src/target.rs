//! The grammar of targets, one for all commands.

use std::path::PathBuf;

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A directory, a file or an archive.
    Path(PathBuf),
    /// Manifests on standard input.
    Stdin,
    /// The host.
    Host,
    /// The Docker engine.
    Docker,
    /// One container of it.
    Container(String),
    /// An image of the engine.
    Image(String),
    /// The files of a container of it.
    Contents(String),
    /// An image of containerd's store, perhaps in a namespace.
    Containerd(String, Option<String>),
    /// An image of a registry.
    Registry(String),
    /// An image archive.
    Archive(PathBuf),
    /// An OCI layout.
    Oci(PathBuf),
    /// A directory that is the root of a system.
    Root(PathBuf),
    /// One service of a Compose file.
    Service(PathBuf, String),
    /// One workload of a manifest, by kind and name.
    Workload(PathBuf, String, String),
    /// A bill of materials.
    Sbom(PathBuf),
    /// A snapshot.
    Facts(PathBuf),
    /// The JSON report of an earlier scan, perhaps pinned by its digest.
    Report(PathBuf, Option<String>),
}

impl Target {
    /// Reads a target as a user writes it.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub(crate) fn parse(text: &str) -> Result<Target, String> {
        let Some((kind, rest)) = text.split_once(':') else {
            return Ok(match text {
                "-" => Target::Stdin,
                "host" => Target::Host,
                "docker" => Target::Docker,
                path => Target::Path(path.into()),
            });
        };
        let given = |what: &str| {
            if rest.is_empty() { Err(format!("{kind}: needs {what}, {kind}:…")) } else { Ok(()) }
        };
        let part = |what: &str| {
            rest.rsplit_once('#')
                .filter(|(file, part)| !file.is_empty() && !part.is_empty())
                .ok_or(format!("{text}: write it as {kind}:FILE#{what}"))
        };
        match kind {
            "container" => given("the name of a container").map(|()| Target::Container(rest.into())),
            "image" => given("a reference").map(|()| Target::Image(rest.into())),
            "contents" => given("the name of a container").map(|()| Target::Contents(rest.into())),
            "containerd" => given("a reference").map(|()| match rest.split_once('#') {
                Some((name, namespace)) => Target::Containerd(name.into(), Some(namespace.into())),
                None => Target::Containerd(rest.into(), None),
            }),
            "registry" => given("a reference").map(|()| Target::Registry(rest.into())),
            "archive" => given("a file").map(|()| Target::Archive(rest.into())),
            "oci" => given("a directory").map(|()| Target::Oci(rest.into())),
            "root" => given("a directory").map(|()| Target::Root(rest.into())),
            "sbom" => given("a file").map(|()| Target::Sbom(rest.into())),
            "facts" => given("a file").map(|()| Target::Facts(rest.into())),
            "report" => given("a file").map(|()| match rest.rsplit_once("@sha256:") {
                Some((file, digest)) => Target::Report(file.into(), Some(digest.to_lowercase())),
                None => Target::Report(rest.into(), None),
            }),
            "compose" => part("SERVICE").map(|(file, name)| Target::Service(file.into(), name.into())),
            "manifest" => {
                let (file, workload) = part("KIND/NAME")?;
                let (kind, name) =
                    workload.split_once('/').ok_or(format!("{text}: write it as {kind}:FILE#KIND/NAME"))?;
                Ok(Target::Workload(file.into(), kind.to_lowercase(), name.into()))
            }
            _ if std::path::Path::new(text).exists() => Ok(Target::Path(text.into())),
            _ => Err(format!(
                "{text}: there is no target of that kind, and no such file (see tyrian scan --help)"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Target::{self, *};

    #[test]
    fn one_grammar() {
        for (text, target) in [
            (".", Path(".".into())),
            ("-", Stdin),
            ("host", Host),
            ("./host", Path("./host".into())),
            ("image:nginx:1.27", Image("nginx:1.27".into())),
            ("image:localhost:5000/a@sha256:00", Image("localhost:5000/a@sha256:00".into())),
            ("contents:web", Contents("web".into())),
            ("containerd:nginx:1", Containerd("nginx:1".into(), None)),
            ("containerd:nginx#k8s.io", Containerd("nginx".into(), Some("k8s.io".into()))),
            ("registry:ghcr.io/a/b:1", Registry("ghcr.io/a/b:1".into())),
            ("root:/mnt", Root("/mnt".into())),
            ("sbom:a.json", Sbom("a.json".into())),
            ("report:a.json", Report("a.json".into(), None)),
            ("report:a.json@sha256:0A", Report("a.json".into(), Some("0a".into()))),
            ("compose:a/compose.yaml#web", Service("a/compose.yaml".into(), "web".into())),
            ("manifest:x.yaml#Deployment/web", Workload("x.yaml".into(), "deployment".into(), "web".into())),
        ] {
            assert_eq!(Target::parse(text), Ok(target), "{text}");
        }
        for text in ["image:", "compose:file", "manifest:f#web", "nonsense:thing"] {
            assert!(Target::parse(text).is_err(), "{text}");
        }
    }
}
