use crate::checks::prelude::*;
use crate::known::{data_service, image_of_ports, is_loopback, is_on_host_network};
use crate::mending::loopback;
use tyrian_model::workload::Port;

check! {
    /// A database or another inner service is published on the host.
    ///
    /// ## What it checks
    /// Published ports, or host ports of a pod, by the number that they have in the container: databases,
    /// caches, queues, search engines, key stores, remote desktops and the ports of engines and kubelets, on
    /// any address but loopback.
    /// ## Why it matters
    /// Such services were made for a network of friends. Many ask no password, and those that do are tried day
    /// and night.
    /// ## Fix
    /// Do not publish it: services of one Compose project or cluster reach each other without. For maintenance
    /// bind it to `127.0.0.1`.
    "data-service-published",
    layer: Layer::Runtime,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["network-least-privilege", "quarantine"],
    ids: &["attack:T1133", "attack:T1190", "nist:3.4.2", "cis-docker:5.14"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {db: {image: postgres, ports: ['5432:5432']}}")]),
        Example::Tree(&[("compose.yaml", "services: {a: {image: 'hashicorp/consul:1.21', ports: ['8500:8500']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: redis, ports: [{containerPort: 6379, hostPort: 6379}]}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {}, "HostConfig": {"PortBindings": {"3306/tcp": [{"HostIp": "0.0.0.0", "HostPort": "13306"}]}, "PublishAllPorts": false, "NetworkMode": "bridge", "PidMode": "",
            "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "private", "UsernsMode": ""}, "State": {"Running": false}}], "daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: coldfusion, ports: ['8500:8500']}}")]),
        Example::Tree(&[("compose.yaml", "services: {db: {image: postgres, ports: ['127.0.0.1:5432:5432'], expose: [5432]}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: redis, ports: [{containerPort: 6379}]}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {}, "HostConfig": {"PortBindings": {"8080/tcp": [{"HostIp": "", "HostPort": "8080"}]}, "PublishAllPorts": false, "NetworkMode": "bridge", "PidMode": "",
            "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "private", "UsernsMode": ""}, "State": {"Running": false}}], "daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Container) -> Judged {
    let ports = see.get(&it.ports)?;
    if !ports.is_empty() && is_on_host_network(see, it)? {
        return not_applicable();
    }
    let image = image_of_ports(see, it, ports)?;
    let fault = |port: &Port| {
        let name = data_service(port, image).filter(|_| !is_loopback(&port.address))?;
        // The same port by IPv6 is the same fault.
        let twin = |other: &Port| other.address == "0.0.0.0" && other.container == port.container;
        if port.address == "::" && ports.iter().any(twin) {
            return None;
        }
        let address = match port.address.as_str() {
            "0.0.0.0" | "::" => "every address of the host".to_owned(),
            address => address.to_owned(),
        };
        Some(Fault {
            what: format!("publishes port {} ({name}) on {address}", port.container),
            at: port.at.clone(),
        })
    };
    faults(ports.iter().filter_map(fault).collect())
}

fn mend(spot: &Spot) -> Mend {
    loopback(spot)
}
