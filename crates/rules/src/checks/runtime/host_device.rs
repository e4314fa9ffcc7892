use crate::checks::prelude::*;
use crate::implied::by_privileged;
use crate::known::{Device, kind_of_device};
use crate::mending::without_device;

check! {
    /// A container has a device of the host.
    ///
    /// ## What it checks
    /// Devices that are handed in, besides those that every container has (/dev/null and its like) and those
    /// that dangerous-device speaks of.
    /// ## Why it matters
    /// Each device is a driver of the kernel that can be reached from the container, and no namespace divides
    /// it.
    /// ## Fix
    /// Hand in only what the program works with, `r` alone where it only reads: `/dev/ttyUSB0:/dev/ttyUSB0:r`.
    "host-device",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["least-capability"],
    ids: &["attack:T1611", "nist:3.4.3", "cis-docker:5.18"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: media, devices: ['/dev/dri:/dev/dri']}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "DeviceRequests": null, "DeviceCgroupRules": null, "Devices": [{"PathOnHost": "/dev/ttyUSB0"}]}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx}}")]),
        Example::Engine(r#"{"containers": [{"Name": "/a", "HostConfig": {"Privileged": false, "DeviceRequests": null, "DeviceCgroupRules": null, "Devices": [{"PathOnHost": "/dev/null"}]}}]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Confinement) -> Judged {
    if by_privileged(see, it)? {
        return not_applicable();
    }
    let devices = see.get(&it.devices)?;
    let found = devices.iter().filter(|device| kind_of_device(device) == Device::Plain);
    let fault = |device: &String| Fault { what: format!("has {device} of the host"), at: it.devices.pos() };
    faults(found.map(fault).collect())
}

fn mend(spot: &Spot) -> Mend {
    without_device(spot)
}
