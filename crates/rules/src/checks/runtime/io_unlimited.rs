use crate::checks::prelude::*;

check! {
    /// A container has no limit of disk I/O beside others that have one.
    ///
    /// ## What it checks
    /// `blkio_config` of Compose, `--blkio-weight`, `--device-read-bps` and the like of a container, where another
    /// one of the same project or engine has such a setting. Where nobody limits I/O it says nothing: nearly nobody
    /// does, and one disk for each service or a fast one is an answer as well. Pods have no such setting. Projects
    /// and engines of more than three hundred containers are not compared.
    /// ## Why it matters
    /// Who limits the I/O of one container has neighbours on the same disk in mind. The one that was forgotten takes
    /// what the others leave, and a program that writes without end makes all of them wait.
    /// ## Fix
    /// Set `blkio_config` (`--device-write-bps DEVICE:RATE`, `--blkio-weight`) for it as for the others, by what it
    /// needs under load.
    "io-unlimited",
    layer: Layer::Runtime,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &["resource-limits"],
    ids: &["attack:T1499", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("compose.yaml", "
services:
  db: {image: postgres, blkio_config: {device_write_bps: [{path: /dev/sda, rate: 20mb}]}}
  worker: {image: worker}")]),
        Example::Engine(r#"{"containers": [
            {"Id": "1", "Name": "/a", "HostConfig": {"BlkioWeight": 300,
                "BlkioWeightDevice": [], "BlkioDeviceReadBps": null, "BlkioDeviceWriteBps": null, "BlkioDeviceReadIOps": null, "BlkioDeviceWriteIOps": null}},
            {"Id": "2", "Name": "/b", "HostConfig": {"BlkioWeight": 0,
                "BlkioWeightDevice": [], "BlkioDeviceReadBps": null, "BlkioDeviceWriteBps": null, "BlkioDeviceReadIOps": null, "BlkioDeviceWriteIOps": null}}]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "
services:
  db: {image: postgres, blkio_config: {device_write_bps: [{path: /dev/sda, rate: 20mb}]}}
  worker: {image: worker, blkio_config: {weight: 100}}")]),
        Example::Engine(r#"{"containers": [
            {"Id": "1", "Name": "/a", "HostConfig": {"BlkioWeight": 300,
                "BlkioWeightDevice": [], "BlkioDeviceReadBps": null, "BlkioDeviceWriteBps": null, "BlkioDeviceReadIOps": null, "BlkioDeviceWriteIOps": null}},
            {"Id": "2", "Name": "/b", "HostConfig": {"BlkioWeight": 200,
                "BlkioWeightDevice": [], "BlkioDeviceReadBps": null, "BlkioDeviceWriteBps": null, "BlkioDeviceReadIOps": null, "BlkioDeviceWriteIOps": null}}]}"#),
    ],
}

/// Each container is compared with all of its world, so a world has to end somewhere.
const MOST: usize = 300;

fn check(see: &See, it: &Confinement) -> Judged {
    let Some(own) = see.asked(&it.details.io_limits)? else { return not_applicable() };
    if !own.is_empty() {
        return pass();
    }
    let workloads = &see.world.workloads;
    if workloads.read() > MOST {
        return not_applicable();
    }
    let limited = |see: &See, container: &Container| {
        Ok(see.asked(&container.declared.details.io_limits)?.is_some_and(|limits| !limits.is_empty()))
    };
    let beside = |see: &See, workload: &Workload| Ok(see.any(&workload.containers, limited)?.is_some());
    match see.any(workloads, beside)? {
        Some(_) => {
            fail(it.details.io_limits.pos(), "has no limit of disk I/O, and others beside it have one")
        }
        None => not_applicable(),
    }
}
