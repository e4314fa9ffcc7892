use crate::checks::prelude::*;
use crate::known::{HostPath, danger_of};

check! {
    /// A named volume is a path of the host by another name.
    ///
    /// ## What it checks
    /// Volumes of the local driver with `o: bind`, whose device is a path that the host or its engine lives from: /,
    /// /etc, /root, /var/lib/docker and their like.
    /// ## Why it matters
    /// Whoever mounts the volume mounts the host; nothing in the service or the container says so.
    /// ## Fix
    /// Take `device` and `o: bind` out, so that the engine keeps the volume's data, or name a directory that holds
    /// nothing but this data.
    "volume-of-host-path",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-capability", "quarantine"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.6"],
    bad: &[
        Example::Tree(&[("compose.yaml", "
services: {a: {image: nginx, volumes: ['all:/all']}}
volumes: {all: {driver: local, driver_opts: {type: none, o: 'bind', device: /etc}}}")]),
        Example::Engine(r#"{"volumes": [{"Name": "all", "Driver": "local", "Options": {"type": "none", "o": "rw,bind", "device": "/"}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "
services: {a: {image: nginx, volumes: ['data:/data']}}
volumes: {data: {}, nfs: {driver_opts: {type: nfs, o: 'addr=10.0.0.1,rw', device: ':/export'}}, own: {driver_opts: {type: none, o: bind, device: /srv/shop/data}}}")]),
        Example::Engine(r#"{"volumes": [{"Name": "data", "Driver": "local", "Options": null}]}"#),
    ],
}

fn check(see: &See, it: &Volume) -> Judged {
    let Some(path) = see.get(&it.host_path)? else { return pass() };
    match danger_of(path) {
        HostPath::Everything(gives) | HostPath::System(gives) | HostPath::Public(gives) => {
            fail(it.host_path.pos(), format!("is {path} of the host ({gives})"))
        }
        _ => pass(),
    }
}
