//! Paths of a host, and which of them are the sockets by which container engines are commanded.

/// Sockets by which a container engine is commanded, by the name of the file.
const SOCKETS: [&str; 9] = [
    "docker.sock",
    "docker.raw.sock",
    "containerd.sock",
    "containerd.sock.ttrpc",
    "crio.sock",
    "podman.sock",
    "cri-dockerd.sock",
    "dockershim.sock",
    "buildkitd.sock",
];
/// Directories that hold such a socket and little else.
const SOCKET_DIRECTORIES: [&str; 9] = [
    "/run/buildkit",
    "/run/containerd",
    "/run/cri-dockerd",
    "/run/crio",
    "/run/docker",
    "/run/k3s/containerd",
    "/run/k0s",
    "/run/podman",
    "/run/dockershim",
];

/// Does this mount give the socket of an engine?
pub fn is_engine_socket(source: &str, target: &str) -> bool {
    let file = |path: &str| path.rsplit('/').next().is_some_and(|name| SOCKETS.contains(&name));
    file(source) || file(target) || SOCKET_DIRECTORIES.contains(&plain(source).as_str())
}

/// A path without empty and dotted parts, `/run` for `/var/run`, `~` for a home.
pub fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    match parts[..] {
        ["var", "run", ref rest @ ..] => format!("/run/{}", rest.join("/")).trim_end_matches('/').to_owned(),
        ["~", ref rest @ ..] => format!("/root/{}", rest.join("/")).trim_end_matches('/').to_owned(),
        _ => format!("/{}", parts.join("/")),
    }
}
