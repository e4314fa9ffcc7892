//! Keeps secrets out of what holds a container in, whoever described it: names and paths are free text there.

use crate::secrets::{Key, conceal};
use tyrian_model::workload::{Confinement, Mount, Seccomp, User};

/// A text that goes by no name of its own, as it may enter the facts.
pub(crate) fn text(key: &Key, text: &str) -> String {
    conceal(key, "", text, None).text
}

/// A confinement as it may enter the facts.
pub(crate) fn confinement(key: &Key, it: Confinement) -> Confinement {
    let mount =
        |mount: Mount| Mount { source: text(key, &mount.source), target: text(key, &mount.target), ..mount };
    Confinement {
        user: it.user.map(|user| match user {
            User::Name(name) => User::Name(text(key, &name)),
            user => user,
        }),
        seccomp: it.seccomp.map(|filter| match filter {
            Seccomp::Custom { name, allows } => Seccomp::Custom { name: text(key, &name), allows },
            filter => filter,
        }),
        lsm: it.lsm.map(|label| label.map(|label| text(key, &label))),
        joined_namespaces: it.joined_namespaces.map(|joined| {
            joined.into_iter().map(|(namespace, whose)| (namespace, text(key, &whose))).collect()
        }),
        mounts: it.mounts.map(|mounts| mounts.into_iter().map(mount).collect()),
        devices: it.devices.map(|devices| devices.iter().map(|device| text(key, device)).collect()),
        ..it
    }
}
