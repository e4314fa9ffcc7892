//! The processes that run: which there are, and who has a socket open.

use super::root::{Node, Root, names};
use rustix::fs::readlinkat;
use rustix::io::Errno;
use std::collections::HashMap;
use std::os::fd::AsFd;
use tyrian_model::fact::{Gap, Why};
use tyrian_read::host as read;

pub(super) fn pids(root: &Root) -> Result<Vec<String>, Gap> {
    let mut pids = root.list("/proc")?.unwrap_or_default();
    pids.retain(|name| name.bytes().all(|b| b.is_ascii_digit()));
    Ok(pids)
}

/// Finds the programs that have these sockets open. Says whether some could not be looked at.
pub(super) fn programs(root: &Root, wanted: &mut HashMap<u64, Option<String>>) -> Result<bool, Gap> {
    let mut left = wanted.len();
    let mut denied = false;
    for pid in pids(root)? {
        if left == 0 {
            break;
        }
        let path = format!("/proc/{pid}/fd");
        // A process may end while it is looked at.
        let Ok(Some(Node::Directory { fd, .. })) = root.walk(&path, true) else { continue };
        let (fd, names) = match names(&path, fd.as_fd()) {
            Ok(found) => found,
            Err(gap) => {
                denied |= gap.why == Why::Denied;
                continue;
            }
        };
        let mut program = None;
        for name in names {
            let target = match readlinkat(&fd, name.as_str(), Vec::new()) {
                Ok(target) => target,
                Err(error) => {
                    denied |= matches!(error, Errno::ACCESS | Errno::PERM);
                    continue;
                }
            };
            let inode =
                target.to_str().ok().and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']'));
            if let Some(slot) = inode.and_then(|inode| wanted.get_mut(&inode.parse().ok()?))
                && slot.is_none()
            {
                *slot = program.get_or_insert_with(|| program_of(root, &pid)).clone();
                left -= usize::from(slot.is_some());
            }
        }
    }
    Ok(denied)
}

/// The name of a process's program file, or what the process calls itself.
fn program_of(root: &Root, pid: &str) -> Option<String> {
    let file = root.link(&format!("/proc/{pid}/exe")).ok().flatten();
    let file =
        file.map(|path| path.trim_end_matches(" (deleted)").rsplit('/').next().unwrap_or("").to_owned());
    let comm =
        || root.read(&format!("/proc/{pid}/comm")).ok().flatten().map(|name| read::plain(name.trim_ascii()));
    file.filter(|name| !name.is_empty()).or_else(comm)
}
