//! Files of a host: each parser ends, whatever stands in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use tyrian_read::engine::setup;
use tyrian_read::{host, service};

fuzz_target!(|bytes: &[u8]| {
    let release = host::os_release(bytes);
    let _ = (host::distribution("os-release", &release), host::variant(&release), host::sysctl(bytes));
    let _ =
        (host::mounts("mountinfo", bytes), host::listening("tcp", bytes), host::cgroup_of_container(bytes));
    let _ = (host::accounts(bytes, Some(bytes), Ok(bytes)), host::other_account_sources(bytes));
    let _ =
        (host::apt_conf("apt.conf", bytes, &mut BTreeMap::new()), host::audit_rules("audit.rules", bytes));
    let _ = tyrian_read::git_index::paths(bytes);
    host::ini(bytes, &mut BTreeMap::new());
    let unit = service::service(&[host::ConfigFile { path: "docker.service".into(), text: bytes.to_vec() }]);
    let environment: BTreeMap<String, String> =
        service::environment(bytes).into_iter().chain(unit.environment).collect();
    for command in &unit.commands {
        if let Ok(arguments) = service::arguments("docker.service", command, &environment) {
            let _ = setup::setup(&arguments, Ok(Some(bytes)), None);
        }
    }
    let _ = host::audits(&[String::from_utf8_lossy(bytes).into_owned()], &["/etc/docker"], false);
});
