//! What a Compose service says besides: groups, kernel settings, limits of processes and of the disk.

use super::bytes;
use crate::secrets::{Key, conceal};
use crate::user;
use crate::yaml::{Node, Value, View};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::details::{Details, Groups};
use tyrian_model::fact::{Known, Why};

pub(super) fn details(service: &View, key: &Key) -> Details {
    Details {
        groups: groups(service, key),
        sysctls: sysctls(service, key),
        ulimits: ulimits(service),
        cgroup_parent: service
            .key("cgroup_parent")
            .text()
            .map(|parent| parent.map(|parent| conceal(key, "", &parent, None).text)),
        host_users: service.key("userns_mode").text().map(|mode| mode.as_deref() == Some("host")),
        disk_limit: {
            let size = service.path(&["storage_opt", "size"]);
            size.fact(|node| {
                node.scalar().and_then(bytes).ok_or_else(|| size.wrong(node, "a size such as 10G"))
            })
        },
        unsized_directories: Known::gap(Why::NotAsked, "only pods have directories on the node's disk"),
        io_limits: io_limits(service, key),
        tokens: Known::gap(Why::NotAsked, "only pods have service accounts"),
        host_process: Known::gap(Why::NotAsked, "Compose has no processes of the Windows host"),
    }
}

fn groups(service: &View, key: &Key) -> Known<Groups> {
    let own = service.key("user").text();
    let added = service.key("group_add").texts();
    let at = added.pos().or_else(|| own.pos());
    let groups = own.zip(added).map(|(own, added)| {
        let hide = |group: String| conceal(key, "", &group, None).text;
        Groups {
            main: own.as_deref().and_then(user::group).map(hide),
            more: added
                .unwrap_or_default()
                .iter()
                .map(|group| hide(user::plain(group)))
                .collect::<BTreeSet<_>>(),
        }
    });
    match at {
        Some(at) => groups.and_then(|groups| Known::at(groups, at)),
        None => groups,
    }
}

/// A mapping, or a list of `name=value`.
fn sysctls(service: &View, key: &Key) -> Known<BTreeMap<String, String>> {
    let view = service.key("sysctls");
    let fact = view.fact(|node| {
        let mut settings = BTreeMap::new();
        let mut add = |name: &str, value: &str| {
            settings.insert(name.replace('/', "."), conceal(key, name, value, None).text);
        };
        match &node.is {
            Value::Map(_) => {
                for (name, value) in view.entries()? {
                    match value.node()? {
                        Some(node) => match node.scalar() {
                            Some(text) => add(name, text),
                            None => return Err(view.wrong(node, "a value")),
                        },
                        None => add(name, ""),
                    }
                }
            }
            Value::List(items) => {
                for item in items {
                    let pair = item.scalar().and_then(|text| text.split_once('='));
                    let (name, value) = pair.ok_or_else(|| view.wrong(item, "name=value"))?;
                    add(name, value);
                }
            }
            _ => return Err(view.wrong(node, "a mapping")),
        }
        Ok(settings)
    });
    fact.map(Option::unwrap_or_default)
}

/// `nofile: 1024`, or `nofile: {soft: 1024, hard: 2048}`.
fn ulimits(service: &View) -> Known<BTreeMap<String, i64>> {
    let view = service.key("ulimits");
    let fact = view.fact(|_| {
        let mut limits = BTreeMap::new();
        for (name, limit) in view.entries()? {
            let Some(node) = limit.node()? else { continue };
            let hard = match &node.is {
                Value::Map(_) => node.get("hard").or_else(|| node.get("soft")).unwrap_or(node),
                _ => node,
            };
            let number = hard.scalar().and_then(|text| text.trim().parse().ok());
            limits.insert(name.to_owned(), number.ok_or_else(|| view.wrong(hard, "a whole number"))?);
        }
        Ok(limits)
    });
    fact.map(Option::unwrap_or_default)
}

/// `weight: 300`, and lists of devices with `weight` or `rate`.
fn io_limits(service: &View, key: &Key) -> Known<BTreeMap<String, u64>> {
    let view = service.key("blkio_config");
    let fact = view.fact(|_| {
        let mut limits = BTreeMap::new();
        let weight = view.key("weight");
        if let Some(node) = weight.node()? {
            let number = node.scalar().and_then(|text| text.trim().parse().ok());
            limits.insert("weight".to_owned(), number.ok_or_else(|| weight.wrong(node, "a whole number"))?);
        }
        for (list, name, value) in [
            ("weight_device", "weight", "weight"),
            ("device_read_bps", "read_bps", "rate"),
            ("device_write_bps", "write_bps", "rate"),
            ("device_read_iops", "read_iops", "rate"),
            ("device_write_iops", "write_iops", "rate"),
        ] {
            for device in view.key(list).items()? {
                let Some(node) = device.node()? else { continue };
                let text = |key: &str| node.get(key).and_then(Node::scalar);
                let limit = text("path").zip(text(value).and_then(bytes));
                let (path, limit) =
                    limit.ok_or_else(|| device.wrong(node, "a device with its path and a number"))?;
                limits.insert(format!("{name} {}", conceal(key, "", path, None).text), limit);
            }
        }
        Ok(limits)
    });
    fact.map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use crate::Input;
    use crate::secrets::Key;
    use serde_json::{Value, json};

    fn service(text: &str) -> Value {
        let text = format!("services: {{a: {{image: b, {text}}}}}");
        let key = Key([7; 32]);
        let facts = crate::compose::read(&Input { path: "compose.yaml", text: &text, key: &key }, &|_| {
            crate::compose::Found::Absent
        });
        let facts = serde_json::to_value(&facts).unwrap();
        facts["compose"]["workloads"]["rows"]["service:a"].clone()
    }

    #[test]
    fn what_a_service_says_besides_is_read() {
        let it = service(
            "user: 'web:root', group_add: [docker, 044], sysctls: [net.core.somaxconn=1024], ulimits: {nofile: {soft: 1, hard: -1}, core: 0}, cgroup_parent: /x, blkio_config: {weight: 300, device_write_bps: [{path: /dev/sda, rate: 1mb}], device_read_iops: [{path: /dev/sdb, rate: 120}]}, userns_mode: host, storage_opt: {size: 10G}, tmpfs: ['/t:exec,size=1m', /u], pull_policy: never, network_mode: bridge",
        );
        let container = &it["containers"]["rows"][""];
        let declared = &container["declared"];
        let details = &declared["details"];
        assert_eq!(details["groups"]["at"][0], json!({"main": "0", "more": ["44", "docker"]}));
        assert_eq!(details["sysctls"]["at"][0], json!({"net.core.somaxconn": "1024"}));
        assert_eq!(details["ulimits"]["at"][0], json!({"nofile": -1, "core": 0}));
        assert_eq!(details["cgroup_parent"]["at"][0], "/x");
        assert_eq!(details["host_users"]["at"][0], true);
        assert_eq!(details["disk_limit"]["at"][0], json!(10_u64 << 30));
        let limits = json!({"weight": 300, "write_bps /dev/sda": 1 << 20, "read_iops /dev/sdb": 120});
        assert_eq!(details["io_limits"]["at"][0], limits);
        let mounts = &declared["mounts"];
        let mounts = mounts["is"].as_array().or_else(|| mounts["at"][0].as_array()).unwrap();
        let runs: Vec<&Value> = mounts.iter().map(|mount| &mount["executable"]["is"]).collect();
        assert_eq!(runs, [true, false]);
        assert_eq!(container["pull_policy"]["at"][0], "Never");
        assert_eq!(it["networks"]["at"][0], json!(["bridge"]));
    }

    #[test]
    fn what_is_not_set_or_not_readable_is_said() {
        let details = service("read_only: true")["containers"]["rows"][""]["declared"]["details"].clone();
        assert_eq!(details["groups"]["is"], json!({"main": null, "more": []}));
        assert_eq!((&details["ulimits"]["is"], &details["sysctls"]["is"]), (&json!({}), &json!({})));
        for (text, fact) in [
            ("group_add: ['${G}']", "groups"),
            ("sysctls: 7", "sysctls"),
            ("sysctls: [net.core.somaxconn]", "sysctls"),
            ("ulimits: {nofile: many}", "ulimits"),
            ("ulimits: [nofile]", "ulimits"),
            ("cgroup_parent: [x]", "cgroup_parent"),
            ("userns_mode: '${M}'", "host_users"),
            ("storage_opt: {size: big}", "disk_limit"),
            ("blkio_config: {weight: much}", "io_limits"),
            ("blkio_config: {device_read_bps: [{path: /dev/sda}]}", "io_limits"),
            ("blkio_config: {device_read_bps: [{path: /dev/sda, rate: '${R}'}]}", "io_limits"),
        ] {
            let details = service(text)["containers"]["rows"][""]["declared"]["details"].clone();
            assert!(details[fact].get("gap").is_some(), "{text}: {details}");
        }
    }

    #[test]
    fn the_socket_of_an_agent_is_known_by_its_variable() {
        let it = service("volumes: ['${SSH_AUTH_SOCK}:/agent']");
        let mounts = &it["containers"]["rows"][""]["declared"]["mounts"];
        assert_eq!(mounts["at"][0][0]["source"], "$SSH_AUTH_SOCK", "{mounts}");
        let it = service("volumes: ['${DATA}:/data']");
        assert!(it["containers"]["rows"][""]["declared"]["mounts"].get("part").is_some());
    }
}
