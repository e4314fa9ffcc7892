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
        host_process: Known::gap(Why::NotAsked, "the engine has no processes of the Windows host"),
    }
}

/// As /proc/PID/status shows it, in numbers of the host.
pub(super) fn observed(status: &Said) -> Details {
    let nobody = |what: &str| Known::gap(Why::NotAsked, what);
    Details {
        groups: known(groups_of(status)),
        sysctls: Known::gap(Why::NotAsked, "kernel settings are judged as the engine declares them"),
        ulimits: Known::gap(Why::NotAsked, "limits of processes are judged as the engine declares them"),
        cgroup_parent: Known::gap(Why::NotAsked, "the control group is judged as the engine declares it"),
        host_users: Known::gap(Why::NotAsked, "whether users are mapped is judged as the engine declares it"),
        disk_limit: Known::gap(Why::NotAsked, "the limit of the disk is judged as the engine declares it"),
        unsized_directories: Known::gap(Why::NotAsked, "only pods have directories on the node's disk"),
        host_process: nobody("only Windows has such processes"),
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

fn disk_limit(host: &Said) -> Heard<Option<u64>> {
    let options = host.get_or_null("StorageOpt").text_map()?;
    let Some((_, size)) = options.iter().find(|(name, _)| *name == "size") else { return Ok(None) };
    match crate::compose::bytes(size) {
        Some(size) => Ok(Some(size)),
        None => gap(Why::Malformed, format!("{}.StorageOpt: the size is {size:?}", host.at)),
    }
}
