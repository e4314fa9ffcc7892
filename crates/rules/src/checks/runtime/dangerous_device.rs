use crate::checks::prelude::*;
use crate::implied::by_privileged;
use crate::known::{Device, kind_of_device};
use crate::mending::without_device;

check! {
    /// A container has a device by which the host is taken.
    ///
    /// ## What it checks
    /// Devices that are handed in: disks and their partitions, memory, ports, the kernel's log, and rules that
    /// open every device.
    /// ## Why it matters
    /// Who writes the disk of the host writes its files, whatever is mounted; who writes its memory writes its
    /// kernel.
    /// ## Fix
    /// Take the device out. Storage goes in as a volume.
    "dangerous-device",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["least-capability"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.18"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: smart, devices: ['/dev/sda:/dev/sda']}}")]),
        Example::Tree(&[("compose.yaml", "services: {a: {image: smart, device_cgroup_rules: ['a *:* rwm']}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "Devices": [], "DeviceRequests": null, "DeviceCgroupRules": ["a *:* rwm"]}}]}"#),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "DeviceRequests": null, "DeviceCgroupRules": null, "Devices": [{"PathOnHost": "/dev/mem"}]}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: media, devices: ['/dev/dri:/dev/dri'], device_cgroup_rules: ['c 188:* rmw']}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "DeviceRequests": null, "DeviceCgroupRules": null, "Devices": [{"PathOnHost": "/dev/null"}, {"PathOnHost": "/dev/ttyUSB0"}]}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if by_privileged(see, it)? {
        return not_applicable();
    }
    let devices = see.get(&it.devices)?;
    let found = devices.iter().filter(|device| kind_of_device(device) == Device::Dangerous);
    let fault = |device: &String| Fault {
        what: format!("has {device}, by which the host is taken"),
        at: it.devices.pos(),
    };
    faults(found.map(fault).collect())
}

fn mend(spot: &Spot) -> Mend {
    without_device(spot)
}
