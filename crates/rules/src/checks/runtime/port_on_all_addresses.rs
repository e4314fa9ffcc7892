use crate::checks::prelude::*;
use crate::known::{data_service, image_of_ports, is_everywhere, is_on_host_network};
use crate::mending::loopback;
use tyrian_model::workload::Port;

check! {
    /// A port is published on every address of the host.
    ///
    /// ## What it checks
    /// Published ports of Compose and the engine, and host ports of a pod, that name no address. What is on the
    /// network of the host itself is judged by host-network-namespace. 80 and 443, which are made to be
    /// reached, are left out; databases and their like are judged by data-service-published, port 22 by
    /// ssh-server.
    /// ## Why it matters
    /// Docker opens its ports past the firewall of the host. What was meant for a proxy beside it, or for the
    /// one who develops it, is reached by whoever reaches the machine.
    /// ## Fix
    /// Name the address: `127.0.0.1:8080:8080` for what a proxy on the host serves, `hostIP` in a pod. In a
    /// cluster a Service is nearly always better than a host port.
    "port-on-all-addresses",
    layer: Layer::Runtime,
    gain: Gain::Reach,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["network-least-privilege", "quarantine"],
    ids: &["attack:T1133", "nist:3.4.2", "cis-docker:5.14", "cis-kubernetes:5.2.13"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, ports: ['8080:8080']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx, ports: [{containerPort: 8080, hostPort: 8080}]}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {}, "HostConfig": {"PortBindings": {"8080/tcp": [{"HostIp": "", "HostPort": "8080"}]}, "PublishAllPorts": false, "NetworkMode": "bridge", "PidMode": "",
            "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "private", "UsernsMode": ""}, "State": {"Running": false}}], "daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, ports: ['127.0.0.1:8080:8080', '443:8443']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: nginx, ports: [{containerPort: 8080}]}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {}, "HostConfig": {"PortBindings": {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}, "PublishAllPorts": false, "NetworkMode": "bridge", "PidMode": "",
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
    let is_open = |port: &&Port| {
        let meant =
            matches!(port.host, 80 | 443) || port.container == 22 || data_service(port, image).is_some();
        // Of one port that is open by IPv4 and by IPv6 only the first counts.
        let twin = |other: &Port| {
            other.address != port.address
                && is_everywhere(&other.address)
                && (other.host, other.container, &other.protocol)
                    == (port.host, port.container, &port.protocol)
        };
        is_everywhere(&port.address) && !meant && !(port.address == "::" && ports.iter().any(twin))
    };
    let fault = |port: &Port| {
        let host = match port.host {
            0 => "a port that is chosen later".to_owned(),
            number => format!("port {number}"),
        };
        let what =
            format!("publishes {}/{} on every address of the host, as {host}", port.container, port.protocol);
        Fault { what, at: port.at.clone() }
    };
    faults(ports.iter().filter(is_open).map(fault).collect())
}

fn mend(spot: &Spot) -> Mend {
    loopback(spot)
}
