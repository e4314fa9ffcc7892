//! What is known by name: images that watch or scan, runtimes with a kernel of their own.

use tyrian_model::fact::{See, Unseen};
pub(crate) use tyrian_model::host_path::{is_engine_socket, plain};
use tyrian_model::kubernetes::Namespace;
use tyrian_model::workload::{self, Container, ImageRef, Port};

/// Images of sensors that see what processes in containers do, by the end of their repository.
pub(crate) const SENSORS: &[&str] = &[
    "aquasec/enforcer",
    "aquasec/tracee",
    "crowdstrike/falcon-sensor",
    "falcon-sensor",
    "falcosecurity/falco",
    "falcosecurity/falco-no-driver",
    "kubearmor/kubearmor",
    "lacework/datacollector",
    "neuvector/enforcer",
    "stackrox/collector",
    "stackrox-io/collector",
    "sysdig/agent",
    "sysdig/agent-slim",
    "cilium/tetragon",
];

/// The programs of Kubernetes itself that are on the network of the host by their nature, likewise.
pub(crate) const PLATFORM: &[&str] =
    &["etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"];

/// Images of programs that scan what runs for vulnerabilities, likewise.
pub(crate) const SCANNERS: &[&str] = &[
    "anchore/k8s-inventory",
    "aquasecurity/starboard-operator",
    "aquasecurity/trivy-operator",
    "armosec/kubevuln",
    "kubescape/kubevuln",
    "kubescape/operator",
    "neuvector/scanner",
    "stackrox/scanner",
    "stackrox-io/scanner",
    "sysdig/vuln-runtime-scanner",
];

/// Is the repository one of those, in whatever registry or mirror it lies?
pub(crate) fn is_one(image: &ImageRef, known: &[&str]) -> bool {
    known.iter().any(|end| {
        image.repository.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    })
}

/// Does a container of this world run such an image?
pub(crate) fn runs(see: &See, known: &[&str]) -> Result<bool, Unseen> {
    let of = |see: &See, container: &Container| {
        Ok(see.get(&container.image)?.as_ref().is_some_and(|image| is_one(image, known)))
    };
    let found = see.any(&see.world.workloads, |see, workload| {
        Ok(see.any(&workload.containers, |see, container| of(see, container))?.is_some())
    })?;
    Ok(found.is_some())
}

/// Was the image built on this engine and never in a registry, so that it has no digest to be named by?
///
/// Only an engine can tell; elsewhere it is taken to come from a registry.
pub(crate) fn is_built_here(see: &See, image: &ImageRef) -> Result<bool, Unseen> {
    if !see.world.images.is_asked() {
        return Ok(false);
    }
    let with_tag = format!("{}:latest", image.written);
    let found = see.any(&see.world.images, |see, row| {
        let named = row.names.iter().any(|name| *name == image.written || *name == with_tag);
        Ok(named && see.get(&row.repo_digests)?.is_empty())
    })?;
    Ok(found.is_some())
}

/// What a runtime, or a class of runtimes, gives a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// The host's.
    Hosts,
    /// One of its own.
    Own,
    /// The name does not say it.
    Unclear,
}

/// By the name of the runtime.
pub(crate) fn kernel_of(runtime: Option<&str>) -> Kernel {
    let Some(name) = runtime.map(str::to_ascii_lowercase) else { return Kernel::Hosts };
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&["gvisor", "runsc", "kata", "firecracker", "hyperv", "peerpod"]) {
        Kernel::Own
    } else if has(&["runc", "crun", "youki", "nvidia", "sysbox"]) {
        Kernel::Hosts
    } else {
        Kernel::Unclear
    }
}

/// Does this namespace stand for a live cluster as a whole? Of a tree of manifests none does.
pub(crate) fn is_live_cluster(see: &See, it: &Namespace) -> Result<bool, Unseen> {
    if !it.origin.file.is_empty() || !it.declared {
        return Ok(false);
    }
    // The API server puts this label on every namespace.
    let name = see.get(&it.labels)?.get("kubernetes.io/metadata.name");
    Ok(name.is_some_and(|name| name.text == "kube-system"))
}

/// The name of a container's image, where one of its ports does not tell by itself whose it is; else nothing.
pub(crate) fn image_of_ports<'a>(see: &See, it: &'a Container, ports: &[Port]) -> Result<&'a str, Unseen> {
    if !ports.iter().any(|port| port.container == 8500) {
        return Ok("");
    }
    Ok(see.get(&it.image)?.as_ref().map_or("", |image| image.repository.as_str()))
}

/// The service that listens on such a port of a container and that is made for a network of friends.
pub(crate) fn data_service(port: &Port, image: &str) -> Option<&'static str> {
    if port.protocol != "tcp" && port.container != 11211 {
        return None;
    }
    Some(match port.container {
        1433 => "SQL Server",
        1521 => "Oracle",
        2049 => "NFS",
        2181 => "ZooKeeper",
        2375 | 2376 => "the Docker engine",
        2379 | 2380 => "etcd",
        3306 => "MySQL",
        3389 => "remote desktop",
        5432 => "PostgreSQL",
        5672 => "RabbitMQ",
        5900 => "VNC",
        5984 => "CouchDB",
        6379 => "Redis",
        // ColdFusion and others listen there as well.
        8500 if image.contains("consul") => "Consul",
        9042 => "Cassandra",
        9092 => "Kafka",
        9200 | 9300 => "Elasticsearch",
        10250 | 10255 => "the kubelet",
        11211 => "memcached",
        27017 => "MongoDB",
        _ => return None,
    })
}

/// Is it on the network of the host itself, so that it publishes nothing and every port is open?
pub(crate) fn is_on_host_network(see: &See, it: &Container) -> Result<bool, Unseen> {
    Ok(see.get(&it.declared.host_namespaces)?.contains(&workload::Namespace::Net))
}

/// Is this address all of them?
pub(crate) fn is_everywhere(address: &str) -> bool {
    matches!(address, "" | "0.0.0.0" | "::")
}

/// Is this address the machine itself and nothing else?
pub(crate) fn is_loopback(address: &str) -> bool {
    address.starts_with("127.") || address == "::1" || address == "localhost"
}

/// Is this the socket of an agent that signs with a person's keys?
pub(crate) fn is_key_agent(source: &str) -> bool {
    let source = source.to_ascii_lowercase();
    let parts: Vec<&str> = source.split('/').filter(|part| !part.is_empty()).collect();
    let Some((name, before)) = parts.split_last() else { return false };
    let directory = before.last().copied().unwrap_or_default();
    // OpenSSH makes /tmp/ssh-XXXXXXXXXX/agent.PID.
    (directory.starts_with("ssh-") && name.starts_with("agent."))
        || name.contains("ssh_auth_sock")
        || ["ssh-agent", "ssh-auth", "s.gpg-agent", "gpg-agent"].iter().any(|agent| {
            name.strip_prefix(agent).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
        })
        || (directory == "keyring" && *name == "ssh")
}

/// What a path of the host gives to whoever has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostPath {
    /// The socket of an engine lies in it, so that to read it is to command the host.
    Everything(&'static str),
    /// To write it is to command the host, and to read it is to learn secrets.
    System(&'static str),
    /// To write it is to command the host; everybody may read it.
    Public(&'static str),
    /// Nothing of the host's own.
    Harmless,
}

/// What that path gives.
pub(crate) fn danger_of(path: &str) -> HostPath {
    use HostPath::{Everything, Harmless, Public, System};
    if !path.starts_with(['/', '~']) {
        return Harmless;
    }
    let path = plain(path);
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts[..] {
        [""] => Everything("all its files, and the engine's socket"),
        ["run" | "var"] => Everything("the engine's socket lies there"),
        ["run", "systemd", ..] => System("systemd takes commands there"),
        ["run", "dbus", ..] => System("the services of the host take commands there"),
        ["run", "user"] => System("sockets and keys of every user that is logged in"),
        ["run", "secrets"] => System("secrets of the host"),
        ["etc"] => System("password hashes, keys, and what is run at the start"),
        ["etc", "shadow" | "gshadow" | "sudoers" | "sudoers.d" | "ssh" | "kubernetes" | "rancher", ..] => {
            System("credentials of the host")
        }
        ["etc", "passwd" | "group" | "pam.d" | "ld.so.preload" | "ld.so.conf" | "ld.so.conf.d", ..] => {
            Public("it decides who is root and what programs load")
        }
        ["etc", "systemd" | "init.d" | "rc.local" | "profile" | "profile.d" | "apt" | "yum.repos.d", ..] => {
            Public("the host runs what stands there")
        }
        ["etc", name, ..] if name.starts_with("cron") => Public("the host runs what stands there"),
        ["etc", "docker" | "containerd" | "cni" | "crio", ..] => {
            Public("the engine and the network plugin run what stands there")
        }
        ["opt", "cni"] | ["opt", "cni", "bin", ..] => Public("the engine runs what lies there as root"),
        ["usr"] | ["usr", "bin" | "sbin" | "lib" | "lib64" | "libexec", ..] | ["usr", "local"] => {
            Public("the programs of the host")
        }
        ["usr", "local", "bin" | "sbin" | "lib", ..] | ["bin" | "sbin" | "lib" | "lib64", ..] => {
            Public("the programs of the host")
        }
        ["boot", ..] => Public("the kernel that starts next"),
        ["dev"] => System("every device"),
        ["dev", ..] if kind_of_device(&path) == Device::Dangerous => {
            System("a device by which the host is taken")
        }
        ["proc"] => System("the processes and settings of the host"),
        ["proc", "1" | "sys" | "sysrq-trigger" | "kcore", ..] => {
            System("the processes and settings of the host")
        }
        ["sys"] | ["sys", "fs" | "kernel" | "module" | "firmware", ..] => {
            Public("the settings of the kernel")
        }
        ["home" | "root"] | ["home", _] => System("homes, with the keys in them"),
        [
            "root",
            ".ssh" | ".aws" | ".azure" | ".docker" | ".gnupg" | ".kube" | ".config" | ".bashrc" | ".profile",
            ..,
        ]
        | [
            "home",
            _,
            ".ssh" | ".aws" | ".azure" | ".docker" | ".gnupg" | ".kube" | ".bashrc" | ".profile",
            ..,
        ] => System("keys and credentials of a user"),
        // Storage and device plug-ins have directories of their own there.
        ["var", "lib", "kubelet", "plugins" | "plugins_registry" | "device-plugins", ..] => Harmless,
        ["var", "lib"] | ["var", "lib", "kubelet" | "etcd" | "rancher", ..] => {
            System("tokens and secrets of every pod")
        }
        ["var", "lib", "docker" | "containerd" | "containers" | "crio", ..] => {
            System("files and settings of every container")
        }
        ["var", "spool", "cron", ..] => System("the host runs what stands there"),
        _ => Harmless,
    }
}

/// What a device gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    /// Every container has it.
    Common,
    /// It is the host's disk, memory, or all there are.
    Dangerous,
    /// Anything else.
    Plain,
}

/// The kind of a device, by its path on the host or what the reader says of a whole group.
pub(crate) fn kind_of_device(device: &str) -> Device {
    let Some(name) = device.strip_prefix("/dev/") else {
        // A rule of the engine: of a whole kind, or every disk.
        let all = device == "/dev"
            || device.contains("*:*")
            || device.contains("rule \"a")
            || device.contains("rule \"b");
        return if all { Device::Dangerous } else { Device::Plain };
    };
    let is = |names: &[&str]| names.contains(&name);
    let of = |kinds: &[&str], digits: bool| {
        kinds.iter().any(|kind| {
            name.strip_prefix(kind).is_some_and(|rest| {
                rest.chars()
                    .next()
                    .is_some_and(|c| if digits { c.is_ascii_digit() } else { c.is_ascii_lowercase() })
            })
        })
    };
    if is(&["null", "zero", "full", "random", "urandom", "tty", "ptmx", "shm", "stdin", "stdout", "stderr"]) {
        Device::Common
    } else if is(&["mem", "kmem", "port", "loop-control", "mapper", "disk", ""])
        || of(&["sd", "hd", "vd", "xvd"], false)
        || of(&["nvme", "mmcblk", "dm-", "md", "loop"], true)
        || ["mapper/", "disk/", "block/"].iter().any(|kind| name.starts_with(kind))
        || (name.starts_with("cpu/") && name.ends_with("/msr"))
    {
        Device::Dangerous
    } else {
        Device::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_known_in_any_registry_and_no_other_is() {
        let image = |repository: &str| ImageRef {
            written: repository.into(),
            registry: "docker.io".into(),
            repository: repository.into(),
            tag: None,
            digest: None,
        };
        assert!(is_one(&image("falcosecurity/falco"), SENSORS));
        assert!(is_one(&image("mirror/falcosecurity/falco"), SENSORS));
        assert!(!is_one(&image("falcosecurity/falcosidekick"), SENSORS));
        assert!(!is_one(&image("notfalcosecurity/falco"), SENSORS));
    }

    #[test]
    fn a_runtime_is_known_by_its_name() {
        assert_eq!(kernel_of(None), Kernel::Hosts);
        assert_eq!(kernel_of(Some("io.containerd.kata.v2")), Kernel::Own);
        assert_eq!(kernel_of(Some("gVisor")), Kernel::Own);
        assert_eq!(kernel_of(Some("nvidia")), Kernel::Hosts);
        assert_eq!(kernel_of(Some("untrusted")), Kernel::Unclear);
    }

    #[test]
    fn paths_are_told_apart_by_what_they_give() {
        let is = |path: &str| match danger_of(path) {
            HostPath::Everything(_) => "everything",
            HostPath::System(_) => "system",
            HostPath::Public(_) => "public",
            HostPath::Harmless => "harmless",
        };
        for path in ["/", "//", "/var/run/", "/run", "/srv/.."] {
            assert_eq!(is(path), "everything", "{path}");
        }
        for path in
            ["/etc", "/proc", "/home/ann", "~/.ssh", "/var/lib/kubelet/pods", "/dev", "/dev/sda1", "/root"]
        {
            assert_eq!(is(path), "system", "{path}");
        }
        for path in ["/usr", "/lib/modules", "/sys/fs/cgroup", "/etc/cron.d", "/boot"] {
            assert_eq!(is(path), "public", "{path}");
        }
        for path in [
            "/etc/localtime",
            "/etc/nginx",
            "/home/ann/shop/data",
            "/srv",
            "./etc",
            "/dev/shm",
            "/dev/net/tun",
            "/var/log",
            "/usr/share/zoneinfo",
            "/var/lib/kubelet/plugins/csi",
            "/var/lib/mysql",
        ] {
            assert_eq!(is(path), "harmless", "{path}");
        }
    }

    #[test]
    fn sockets_of_engines_are_known_by_file_and_directory() {
        assert!(is_engine_socket("/run/user/1000/podman/podman.sock", "/s"));
        assert!(is_engine_socket("/tmp/x.sock", "/var/run/docker.sock"));
        assert!(is_engine_socket("/var/run/containerd/", "/c"));
        assert!(is_engine_socket("/run/buildkit/buildkitd.sock", "/b"));
        assert!(!is_engine_socket("/run/mysqld/mysqld.sock", "/s"));
    }

    #[test]
    fn agents_are_known_by_their_sockets() {
        for path in [
            "/tmp/ssh-abcDEF/agent.77",
            "/run/host-services/ssh-auth.sock",
            "/run/user/1000/gnupg/S.gpg-agent.ssh",
            "/run/user/1000/keyring/ssh",
            "/home/ann/.ssh/ssh-agent.sock",
        ] {
            assert!(is_key_agent(path), "{path}");
        }
        for path in ["/srv/agent", "/opt/ssh-agents/readme", "/etc/ssh", "", "/", "/var/lib/gitlab-ssh/agent"]
        {
            assert!(!is_key_agent(path), "{path}");
        }
    }

    #[test]
    fn devices_are_told_apart() {
        for name in [
            "/dev/sda",
            "/dev/nvme0n1",
            "/dev/mem",
            "/dev/cpu/0/msr",
            "every device of the rule \"b 8:* rwm\"",
        ] {
            assert_eq!(kind_of_device(name), Device::Dangerous, "{name}");
        }
        for name in ["/dev/dri", "/dev/sdr", "/dev/ttyUSB0", "/dev/md", "a device of the driver \"nvidia\""] {
            assert_eq!(kind_of_device(name) == Device::Plain, name != "/dev/sdr", "{name}");
        }
        assert_eq!(kind_of_device("/dev/null"), Device::Common);
    }
}
