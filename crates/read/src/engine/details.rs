//! What the engine says of a container besides, and what of it the kernel shows.

use super::said::{Heard, Said, gap, known};
use crate::secrets::{Key, conceal};
use crate::user;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::details::{Details, Groups};
use tyrian_model::fact::{Known, Why};

/// As the engine's own configuration of the container says it.
pub(super) fn declared(key: &Key, said: &Said) -> Details {
    let host = said.get("HostConfig");
    Details {
        groups: known(groups(key, said)),
        sysctls: known(sysctls(key, &host)),
        ulimits: known(ulimits(&host)),
        cgroup_parent: known(host.get("CgroupParent").text().map(|parent| {
            let parent = conceal(key, "", parent, None).text;
            Some(parent).filter(|parent| !parent.is_empty())
        })),
        host_users: known(host.get("UsernsMode").text().map(|mode| mode == "host")),
        disk_limit: known(disk_limit(&host)),
        unsized_directories: Known::gap(Why::NotAsked, "only pods have directories on the node's disk"),
        io_limits: known(io_limits(key, &host)),
        tokens: Known::gap(Why::NotAsked, "only pods have service accounts"),
        host_process: Known::gap(Why::NotAsked, "the engine has no processes of the Windows host"),
    }
}

/// As /proc/PID/status shows it, in numbers of the host.
pub(super) fn observed(status: &Said) -> Details {
    Details {
        groups: known(groups_of(status)),
        sysctls: Known::gap(Why::NotAsked, "kernel settings are judged as the engine declares them"),
        ulimits: Known::gap(Why::NotAsked, "limits of processes are judged as the engine declares them"),
        cgroup_parent: Known::gap(Why::NotAsked, "the control group is judged as the engine declares it"),
        host_users: Known::gap(Why::NotAsked, "whether users are mapped is judged as the engine declares it"),
        disk_limit: Known::gap(Why::NotAsked, "the limit of the disk is judged as the engine declares it"),
        unsized_directories: Known::gap(Why::NotAsked, "only pods have directories on the node's disk"),
        io_limits: Known::gap(
            Why::NotAsked,
            "limits of block devices are judged as the engine declares them",
        ),
        tokens: Known::gap(Why::NotAsked, "only pods have service accounts"),
        host_process: Known::gap(Why::NotAsked, "only Windows has such processes"),
    }
}

fn groups(key: &Key, said: &Said) -> Heard<Groups> {
    let hide = |group: String| conceal(key, "", &group, None).text;
    // The engine says null where none is added.
    let more = said.get("HostConfig.GroupAdd").texts()?;
    Ok(Groups {
        main: user::group(said.get("Config.User").text()?).map(hide),
        more: more.into_iter().map(|group| hide(user::plain(group))).collect::<BTreeSet<_>>(),
    })
}

fn groups_of(status: &Said) -> Heard<Groups> {
    let line = |name: &str| -> Heard<Vec<String>> {
        let value = |line: &str| Some(line.strip_prefix(name)?.strip_prefix(':')?.to_owned());
        match status.text()?.lines().find_map(value) {
            Some(value) => Ok(value.split_whitespace().map(str::to_owned).collect()),
            None => gap(Why::NotRead, format!("{}: no line {name}", status.at)),
        }
    };
    let main = line("Gid")?.into_iter().nth(1);
    Ok(Groups {
        more: line("Groups")?.into_iter().filter(|group| Some(group) != main.as_ref()).collect(),
        main,
    })
}

/// The engine leaves Sysctls and StorageOpt out where there are none.
fn sysctls(key: &Key, host: &Said) -> Heard<BTreeMap<String, String>> {
    let settings = host.get_or_null("Sysctls").text_map()?.into_iter();
    Ok(settings.map(|(name, value)| (name.replace('/', "."), conceal(key, name, value, None).text)).collect())
}

fn ulimits(host: &Said) -> Heard<BTreeMap<String, i64>> {
    let mut limits = BTreeMap::new();
    for limit in host.get("Ulimits").list()? {
        let limit = Said::is(limit, format!("{}.Ulimits", host.at));
        limits.insert(limit.get("Name").string()?, limit.get("Hard").number()?);
    }
    Ok(limits)
}

fn io_limits(key: &Key, host: &Said) -> Heard<BTreeMap<String, u64>> {
    let mut limits = BTreeMap::new();
    let mut add =
        |name: String, limit: i64| limits.extend(u64::try_from(limit).ok().map(|limit| (name, limit)));
    // Zero is none.
    match host.get("BlkioWeight").number()? {
        0 => {}
        weight => add("weight".to_owned(), weight),
    }
    for (list, name, value) in [
        ("BlkioWeightDevice", "weight", "Weight"),
        ("BlkioDeviceReadBps", "read_bps", "Rate"),
        ("BlkioDeviceWriteBps", "write_bps", "Rate"),
        ("BlkioDeviceReadIOps", "read_iops", "Rate"),
        ("BlkioDeviceWriteIOps", "write_iops", "Rate"),
    ] {
        for device in host.get(list).list()? {
            let device = Said::is(device, format!("{}.{list}", host.at));
            let path = conceal(key, "", device.get("Path").text()?, None).text;
            add(format!("{name} {path}"), device.get(value).number()?);
        }
    }
    Ok(limits)
}

fn disk_limit(host: &Said) -> Heard<Option<u64>> {
    let options = host.get_or_null("StorageOpt").text_map()?;
    let Some((_, size)) = options.iter().find(|(name, _)| *name == "size") else { return Ok(None) };
    match crate::compose::bytes(size) {
        Some(size) => Ok(Some(size)),
        None => gap(Why::Malformed, format!("{}.StorageOpt: the size is {size:?}", host.at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_engine_says_besides_is_read() {
        let answer = json!({"Config": {"User": "101:0"}, "HostConfig": {"GroupAdd": ["root", "docker"],
            "Sysctls": {"net.ipv4.ip_forward": "1"}, "Ulimits": [{"Name": "nofile", "Hard": -1, "Soft": 5}],
            "BlkioWeight": 300, "BlkioWeightDevice": [], "BlkioDeviceReadBps": null, "BlkioDeviceReadIOps": null,
            "BlkioDeviceWriteBps": [{"Path": "/dev/sda", "Rate": 1048576}], "BlkioDeviceWriteIOps": null,
            "CgroupParent": "/x", "StorageOpt": {"size": "10G"}, "UsernsMode": "host"}});
        let it = declared(&Key([7; 32]), &Said::is(&answer, ""));
        let it = serde_json::to_value(it).unwrap();
        assert_eq!(it["groups"]["is"], json!({"main": "0", "more": ["0", "docker"]}));
        assert_eq!(it["sysctls"]["is"], json!({"net.ipv4.ip_forward": "1"}));
        assert_eq!(it["ulimits"]["is"], json!({"nofile": -1}));
        assert_eq!((&it["cgroup_parent"]["is"], &it["host_users"]["is"]), (&json!("/x"), &json!(true)));
        assert_eq!(it["disk_limit"]["is"], json!(10_u64 << 30));
        assert_eq!(it["io_limits"]["is"], json!({"weight": 300, "write_bps /dev/sda": 1 << 20}));
    }

    #[test]
    fn what_it_does_not_say_is_a_gap() {
        let it =
            serde_json::to_value(declared(&Key([7; 32]), &Said::is(&json!({"HostConfig": {}}), ""))).unwrap();
        for fact in ["groups", "ulimits", "cgroup_parent", "host_users"] {
            assert!(it[fact].get("gap").is_some(), "{fact}");
        }
        assert_eq!(
            (&it["sysctls"]["is"], &it["disk_limit"]["is"]),
            (&json!({}), &json!(null)),
            "left out where none is"
        );
    }

    #[test]
    fn the_kernel_shows_groups() {
        let status = json!("Name:\tsleep\nGid:\t0\t0\t0\t0\nGroups:\t0 6 44 \n");
        let groups = groups_of(&Said::is(&status, "status")).unwrap();
        assert_eq!(groups, Groups { main: Some("0".into()), more: ["6".to_owned(), "44".to_owned()].into() });
        assert!(groups_of(&Said::is(&json!("Name:\tx\n"), "status")).is_err());
    }
}
