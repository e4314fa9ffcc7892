//! Files of a host: each parser ends, whatever stands in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use tyrian_read::host;

fuzz_target!(|bytes: &[u8]| {
    let release = host::os_release(bytes);
    let _ = (host::distribution("os-release", &release), host::variant(&release), host::sysctl(bytes));
    let _ = (host::mounts("mountinfo", bytes), host::listening("tcp", bytes), host::cgroup_of_container(bytes));
    let _ = (host::accounts(bytes, Some(bytes), Ok(bytes)), host::other_account_sources(bytes));
    let _ = (host::apt_conf("apt.conf", bytes, &mut BTreeMap::new()), host::audit_rules("audit.rules", bytes));
    let _ = tyrian_read::git_index::paths(bytes);
    host::ini(bytes, &mut BTreeMap::new());
});
