use crate::checks::prelude::*;
use crate::known::{data_service, image_of_ports, is_on_host_network};
use tyrian_model::workload::Port;

check! {
    /// A container takes a privileged port of the host.
    ///
    /// ## What it checks
    /// Published ports and host ports below 1024, except 80 and 443 and, judged elsewhere, 22 and those of
    /// databases.
    /// ## Why it matters
    /// Low ports are trusted to be the system's own. A container on one takes the place of a service of the
    /// host, such as DNS or mail, and gets what was meant for it.
    /// ## Fix
    /// Publish it on a port above 1023 and let the proxy or load balancer in front do the rest.
    "privileged-host-port",
    layer: Layer::Runtime,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["network-least-privilege"],
    ids: &["attack:T1133", "nist:3.4.2", "cis-docker:5.8"],
    bad: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: bind, ports: ['10.0.0.1:53:53/udp']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: mail, ports: [{containerPort: 25, hostPort: 25}]}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {}, "HostConfig": {"PortBindings": {"389/tcp": [{"HostIp": "", "HostPort": "389"}]}, "PublishAllPorts": false, "NetworkMode": "bridge", "PidMode": "",
            "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "private", "UsernsMode": ""}, "State": {"Running": false}}], "daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
    good: &[
        Example::Tree(&[("compose.yaml", "services: {a: {image: nginx, ports: ['80:80', '8443:8443']}}")]),
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: mail, ports: [{containerPort: 25}]}]}")]),
        Example::Engine(r#"{"info": {"SecurityOptions": []}, "containers": [{"Name": "/a", "Config": {}, "HostConfig": {"PortBindings": {"8080/tcp": [{"HostIp": "", "HostPort": "8080"}]}, "PublishAllPorts": false, "NetworkMode": "bridge", "PidMode": "",
            "IpcMode": "private", "UTSMode": "", "CgroupnsMode": "private", "UsernsMode": ""}, "State": {"Running": false}}], "daemon_json": null, "command_line": ["dockerd"]}"#),
    ],
}

fn check(see: &See, it: &Container) -> Judged {
    let ports = see.get(&it.ports)?;
    let image = image_of_ports(see, it, ports)?;
    let is_low = |port: &&Port| {
        matches!(port.host, 1..=1023)
            && !matches!(port.host, 80 | 443)
            && port.container != 22
            && data_service(port, image).is_none()
    };
    if !ports.is_empty() && is_on_host_network(see, it)? {
        return not_applicable();
    }
    let mut found: Vec<Fault> = Vec::new();
    for port in ports.iter().filter(is_low) {
        let what = format!("takes port {}/{} of the host", port.host, port.protocol);
        if !found.iter().any(|fault| fault.what == what) {
            found.push(Fault { what, at: port.at.clone() });
        }
    }
    faults(found)
}
