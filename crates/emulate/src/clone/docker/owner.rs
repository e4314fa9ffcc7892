//! Which process a container of the lab belongs to, and whether that still runs.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// After so many seconds a run is over, wherever it was started: its limits are far below.
const A_DAY: u64 = 24 * 60 * 60;

/// This process, in one word: the machine's start, the process namespace, the number there, when it began, and the
/// time.
pub(super) fn own() -> String {
    let process = std::process::id();
    format!("{}.{}.{process}.{}.{}", machine(), namespace(), began(process).unwrap_or_default(), now())
}

/// Does that process still run? One of another machine or another process namespace is not seen from here, and counts
/// as running for a day.
pub(super) fn lives(owner: &str) -> bool {
    let [on, within, process, since, at] = owner.split('.').collect::<Vec<_>>()[..] else { return false };
    if (on, within) != (machine().as_str(), namespace().as_str()) {
        return at.parse::<u64>().is_ok_and(|at| now().saturating_sub(at) < A_DAY);
    }
    process.parse().ok().and_then(began).is_some_and(|began| began == since)
}

fn machine() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

fn namespace() -> String {
    let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy().chars().filter(char::is_ascii_digit).collect()
}

/// When a process began, in ticks since the machine's start: a number that is used again has another.
fn began(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    // A process that has ended and is not yet waited for holds nothing any more.
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_runs_lives_and_who_has_ended_does_not() {
        assert!(lives(&own()));
        let ended = std::process::Command::new("true").spawn().unwrap().wait_with_output().map(|_| ());
        ended.unwrap();
        let parts: Vec<String> = own().split('.').map(str::to_owned).collect();
        let other = |index: usize, with: &str| {
            let mut parts = parts.clone();
            with.clone_into(&mut parts[index]);
            lives(&parts.join("."))
        };
        assert!(!other(2, "4194305"), "no process has that number");
        assert!(!other(3, "1"), "another process had that number");
        assert!(other(0, "another-machine"));
        assert!(!lives(&format!("another-machine.1.1.1.{}", now() - A_DAY)));
        for nonsense in ["", "a", "....", "a.b.c.d.e.f"] {
            assert!(!lives(nonsense), "{nonsense:?}");
        }
    }
}
