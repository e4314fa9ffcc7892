//! The host, judged by its own tools, and hostile roots.

use super::root::LINE;
use super::*;
use rustix::fs::{CWD, Mode};
use std::fs::{File, create_dir_all, write};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use tyrian_model::fact::See;
use tyrian_model::facts::World;
use tyrian_model::host::Password;

fn value<T: Clone>(fact: &Known<T>) -> Result<T, Gap> {
    let world = World::default();
    let see = See::new(&world);
    let value = see.get(fact).cloned();
    value.map_err(|_| see.gaps().own.remove(0))
}

/// A directory that goes away with the test.
struct Dir(PathBuf);
impl Dir {
    fn new(name: &str) -> Dir {
        let path = std::env::temp_dir().join(format!("tyrian-host-{}-{name}", std::process::id()));
        create_dir_all(path.join("root/etc")).unwrap();
        Dir(path)
    }
    fn root(&self) -> PathBuf {
        self.0.join("root")
    }
    fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        create_dir_all(path.parent().unwrap()).unwrap();
        write(path, text).unwrap();
    }
    fn host(&self) -> Host {
        host(&self.root()).0
    }
}
impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a tool prints; nothing where it is missing.
fn judge(test: &str, program: &str, arguments: &[&str]) -> Option<String> {
    let program = if program.starts_with('/') { program.into() } else { tyrian_lab::tool(test, program)? };
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn no_link_leads_out_of_the_root() {
    let dir = Dir::new("links");
    create_dir_all(dir.0.join("outside/sshd_config.d")).unwrap();
    let canary = dir.0.join("outside/canary");
    write(&canary, "ID=canary\ncanary:$y$canary:0:0::/:/canary\n-w /canary\nPackage: canary\n").unwrap();
    write(dir.0.join("outside/sshd_config.d/a.conf"), "Banner /canary\n").unwrap();
    let absolute = canary.to_str().unwrap().to_owned();
    let up = format!("{}{absolute}", "../".repeat(30));
    let beside = "../../outside/canary".to_owned();
    let magic = format!("/proc/self/root{absolute}");
    for target in [absolute, up, beside, magic] {
        let root = dir.root();
        std::fs::remove_dir_all(&root).unwrap();
        create_dir_all(root.join("etc/audit")).unwrap();
        create_dir_all(root.join("var/lib/dpkg")).unwrap();
        create_dir_all(root.join("etc/ssh")).unwrap();
        for name in ["etc/os-release", "etc/passwd", "etc/shadow", "etc/group", "etc/audit/audit.rules"] {
            symlink(&target, root.join(name)).unwrap();
        }
        symlink(&target, root.join("var/lib/dpkg/status")).unwrap();
        dir.put("usr/sbin/sshd", "");
        dir.put("etc/ssh/sshd_config", format!("Include sshd_config.d/*.conf\nInclude {target}\n"));
        symlink(dir.0.join("outside/sshd_config.d"), root.join("etc/ssh/sshd_config.d")).unwrap();
        let (host, gaps) = host(&root);
        let json = serde_json::to_string(&host).unwrap() + &format!("{gaps:?}");
        assert!(!json.contains("canary"), "{target}: {json}");
        assert_eq!(value(&host.distribution), Ok(None));
        assert_eq!(value(&host.packages), Ok(0));
    }
}

#[test]
fn links_inside_the_root_are_followed() {
    let dir = Dir::new("inside");
    dir.put("usr/lib/os-release", "ID=flatcar\nVERSION_ID='1.2'\n");
    symlink("/usr/lib/os-release", dir.root().join("etc/os-release")).unwrap();
    // A link that goes up too far ends at the root, as it would on that system.
    dir.put("usr/share/accounts", "web:x:7:7::/:/bin/sh\n");
    symlink("../../../../usr/share/accounts", dir.root().join("etc/passwd")).unwrap();
    let host = dir.host();
    assert_eq!(value(&host.distribution).unwrap().unwrap().version, "1.2");
    assert_eq!(value(&host.variant), Ok(Some("flatcar".into())));
    let web = value(&host.users).unwrap()["web"].clone();
    assert_eq!((web.uid, web.password), (7, None), "without shadow nothing is known of passwords");
}

#[test]
fn circles_pipes_and_giants_are_gaps() {
    let dir = Dir::new("hostile");
    let root = dir.root();
    symlink("passwd2", root.join("etc/passwd")).unwrap();
    symlink("/etc/passwd", root.join("etc/passwd2")).unwrap();
    mknod(&root.join("etc/os-release"), FileType::Fifo);
    create_dir_all(root.join("var/lib/dpkg")).unwrap();
    let status = File::create(root.join("var/lib/dpkg/status")).unwrap();
    status.set_len(1 << 30).unwrap();
    create_dir_all(root.join("etc/audit")).unwrap();
    File::create(root.join("etc/audit/audit.rules")).unwrap().set_len(1 << 30).unwrap();
    // A path that grows with each link.
    create_dir_all(root.join("usr")).unwrap();
    symlink("bin/bin/bin/bin/x", root.join("usr/bin")).unwrap();
    let host = dir.host();
    assert!(value(&host.users).unwrap_err().what.contains("/etc/passwd: its links lead in a circle"));
    assert!(value(&host.groups).is_err());
    assert!(value(&host.distribution).unwrap_err().what.contains("no regular file"));
    assert!(value(&host.packages).unwrap_err().what.contains("64 MiB"));
    assert!(value(&host.audit_rules).unwrap_err().what.contains("4 MiB"));
    assert_eq!(value(&host.package_managers).unwrap_err().why, Why::Malformed);
}

fn mknod(path: &Path, kind: FileType) {
    rustix::fs::mknodat(CWD, path, kind, Mode::from_raw_mode(0o644), 0).unwrap();
}

#[test]
fn a_line_without_end_takes_no_memory() {
    let dir = Dir::new("line");
    create_dir_all(dir.root().join("var/lib/dpkg")).unwrap();
    let status = File::create(dir.root().join("var/lib/dpkg/status")).unwrap();
    status.set_len(1 << 20).unwrap();
    let root = Root::open(&dir.root());
    let mut longest = 0;
    assert_eq!(root.lines("/var/lib/dpkg/status", |line| longest = longest.max(line.len())), Ok(true));
    assert_eq!(longest, LINE);
}

#[test]
fn many_files_have_one_bound() {
    let dir = Dir::new("many");
    let root = Root::open(&dir.root());
    root.left_by_lines.set(10);
    dir.put("a", "123456");
    root.left.set(10);
    assert_eq!(root.read("/a"), Ok(Some(b"123456".to_vec())));
    assert!(root.read("/a").unwrap_err().what.contains("too many or too large"));
    assert_eq!(root.lines("/a", |_| {}), Ok(true));
    assert!(root.lines("/a", |_| {}).unwrap_err().what.contains("too many or too large"));
    let dir = Dir::new("many-includes");
    dir.put("usr/sbin/sshd", "");
    dir.put("etc/ssh/sshd_config", "Include */*\n");
    for n in 0..20 {
        (0..20).for_each(|m| dir.put(&format!("etc/ssh/{n}/{m}"), ""));
    }
    assert!(value(&dir.host().sshd).unwrap_err().what.contains("too many files"));
}

#[test]
fn strange_text_stays_harmless() {
    let dir = Dir::new("text");
    dir.put("etc/os-release", b"NAME=\"\xff\xfe\"\nID=\xff\n");
    dir.put("etc/passwd", b"ro\x1b[2Jot:x:0:0::/:/bin/\x07sh\nb\xffd:x:1:1::/:/x\nbroken\n:x:0:0::/:/\n");
    dir.put("etc/shadow", "b\u{fffd}d::1:::::\n");
    let host = dir.host();
    assert_eq!(value(&host.distribution).unwrap_err().why, Why::Malformed);
    let users = value(&host.users).unwrap();
    assert_eq!(users.len(), 2);
    assert_eq!(users["ro\\u{1b}[2Jot"].shell, "/bin/\\u{7}sh");
    assert!(!serde_json::to_string(&host).unwrap().chars().any(char::is_control));
}

#[test]
fn another_root_does_not_borrow_from_the_host_that_runs() {
    let dir = Dir::new("offline");
    // These look like facts of a running system and are none.
    dir.put("proc/sys/kernel/osrelease", "9.9.9\n");
    dir.put("proc/self/mountinfo", "1 1 0:1 / / rw - ext4 /dev/x rw\n");
    dir.put("sys/kernel/security/lsm", "apparmor\n");
    dir.put("etc/sysctl.d/10.conf", "kernel.sysrq=0\n");
    dir.put("run/reboot-required", "");
    let (host, gaps) = host(&dir.root());
    for gap in [
        value(&host.kernel).map(drop),
        value(&host.sysctls).map(drop),
        value(&host.mounts).map(drop),
        value(&host.lsms).map(drop),
        value(&host.cpu_faults).map(drop),
        value(&host.cgroup_version).map(drop),
        value(&host.listening).map(drop),
        value(&host.tpm).map(drop),
        value(&host.secure_boot).map(drop),
        value(&host.restart_required).map(drop),
    ] {
        assert_eq!(gap, Err(Gap::new(Why::NotRead, ELSEWHERE)));
    }
    assert_eq!(gaps.iter().filter(|gap| gap.what == ELSEWHERE).count(), 1, "one gap, one line");
    assert_eq!(value(&host.sshd), Ok(None));
}

#[test]
fn what_is_no_root_tells_nothing() {
    let dir = Dir::new("empty");
    std::fs::remove_dir_all(dir.root().join("etc")).unwrap();
    for path in [dir.root(), dir.0.join("nowhere")] {
        let (host, gaps) = host(&path);
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        let Ok(serde_json::Value::Object(facts)) = serde_json::to_value(&host) else { panic!() };
        assert_eq!(facts.len(), 24);
        assert!(facts.values().all(|fact| fact.get("gap").is_some()), "{facts:?}");
    }
}

#[test]
fn a_file_that_may_not_be_read_is_denied() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new("denied");
    dir.put("etc/passwd", "a:x:1:1::/:/bin/sh\n");
    dir.put("etc/shadow", "a:$y$x:1:::::\n");
    dir.put("etc/audit/audit.rules", "-D\n");
    for path in ["etc/shadow", "etc/audit/audit.rules"] {
        std::fs::set_permissions(dir.root().join(path), PermissionsExt::from_mode(0o000)).unwrap();
    }
    if File::open(dir.root().join("etc/shadow")).is_ok() {
        tyrian_lab::elsewhere("a_file_that_may_not_be_read_is_denied", "root may read everything");
        return;
    }
    let (host, gaps) = host(&dir.root());
    assert_eq!(value(&host.audit_rules).unwrap_err().why, Why::Denied);
    assert_eq!(value(&host.users).unwrap()["a"].password, None);
    assert!(gaps.iter().any(|gap| gap.why == Why::Denied && gap.what.starts_with("/etc/shadow")));
}

#[test]
fn package_databases_are_told_apart() {
    let dir = Dir::new("packages");
    assert_eq!(value(&dir.host().installed_size), Ok(None));
    dir.put("var/lib/rpm/rpmdb.sqlite", "SQLite");
    let host = dir.host();
    assert!(value(&host.installed_size).unwrap_err().what.contains("rpm database is not read"));
    assert!(value(&host.packages).is_err());
    dir.put("lib/apk/db/installed", "P:musl\nV:1\nI:1000\n\nP:zlib\nI:24\n");
    let host = dir.host();
    assert_eq!((value(&host.packages), value(&host.installed_size)), (Ok(2), Ok(Some(1024))));
    let dir = Dir::new("packages2");
    let gone = "Package: b\nStatus: deinstall ok config-files\nInstalled-Size: 9\n";
    dir.put(
        "var/lib/dpkg/status",
        format!("Package: a\nStatus: install ok installed\nInstalled-Size: 2\n\n{gone}"),
    );
    dir.put("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nInstalled-Size: 3\n");
    let host = dir.host();
    assert_eq!((value(&host.packages), value(&host.installed_size)), (Ok(2), Ok(Some(5 * 1024))));
}

#[test]
fn updates_and_loggers_of_a_tree() {
    let dir = Dir::new("services");
    let root = dir.root();
    dir.put("usr/bin/unattended-upgrade", "");
    dir.put("etc/apt/apt.conf.d/20auto-upgrades", "APT::Periodic { Update-Package-Lists \"1\"; };\n");
    dir.put("etc/apt/apt.conf.d/50x", "APT::Periodic::Unattended-Upgrade \"1\";\n");
    assert_eq!(value(&dir.host().automatic_updates), Ok(false), "nothing starts it");
    create_dir_all(root.join("etc/systemd/system/timers.target.wants")).unwrap();
    let timer = "apt-daily-upgrade.timer";
    symlink(
        format!("/lib/systemd/system/{timer}"),
        root.join(format!("etc/systemd/system/timers.target.wants/{timer}")),
    )
    .unwrap();
    assert_eq!(value(&dir.host().automatic_updates), Ok(true));
    // apt passes over a file with such a name.
    dir.put("etc/apt/apt.conf.d/60off.bak", "APT::Periodic::Enable \"0\";\n");
    assert_eq!(value(&dir.host().automatic_updates), Ok(true));
    symlink("/dev/null", root.join(format!("etc/systemd/system/{timer}"))).unwrap();
    assert_eq!(value(&dir.host().automatic_updates), Ok(false), "it is masked");

    dir.put("usr/lib/systemd/systemd-journald", "");
    assert_eq!(value(&dir.host().loggers), Ok(BTreeSet::new()));
    create_dir_all(root.join("var/log/journal")).unwrap();
    dir.put("etc/systemd/system/multi-user.target.wants/rsyslog.service", "");
    let both = ["rsyslogd".to_owned(), "systemd-journald".to_owned()];
    assert_eq!(value(&dir.host().loggers), Ok(both.clone().into()));
    dir.put("etc/systemd/journald.conf.d/a.conf", "[Journal]\nStorage=volatile\n");
    assert_eq!(value(&dir.host().loggers), Ok(both[..1].iter().cloned().collect()));
}

#[test]
fn patterns_of_names() {
    for (pattern, name, fit) in [
        ("*.conf", "a.conf", true),
        ("*.conf", "a.conf.bak", false),
        ("a?c*", "abc", true),
        ("a?c", "ac", false),
        ("*a*b*", "xxaxxbxx", true),
        ("*", "", true),
    ] {
        assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
    }
    assert!(!fits(&"*a".repeat(40), &"a".repeat(39)));
}

#[test]
fn sysctl_agrees() {
    let Some(text) = judge("sysctl_agrees", "sysctl", &["-a"]) else { return };
    let theirs: HashMap<&str, String> = text
        .lines()
        .filter_map(|line| line.split_once(" = ").or(line.strip_suffix(" =").map(|name| (name, ""))))
        .map(|(name, value)| (name, value.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
    let Ok(ours) = value(&host(Path::new("/")).0.sysctls) else {
        tyrian_lab::elsewhere("sysctl_agrees", "not all settings may be read");
        return;
    };
    assert!(ours.len() > 20, "{ours:?}");
    for name in read::SYSCTLS {
        assert_eq!(ours.get(name), theirs.get(name), "{name}");
    }
}

#[test]
fn ss_agrees() {
    let sockets = || judge("ss_agrees", "ss", &["-lntuH"]).map(|text| seen_by_ss(&text));
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let six = std::net::TcpListener::bind("[::1]:0").ok();
    let Some(before) = sockets() else { return };
    let ours = value(&host(Path::new("/")).0.listening).unwrap();
    let Some(after) = sockets() else { return };
    let names: BTreeSet<_> = ours.iter().map(|s| (s.protocol.clone(), s.address.clone(), s.port)).collect();
    for socket in before.intersection(&after) {
        assert!(names.contains(socket), "{socket:?} is missing in {names:?}");
    }
    let mut own = vec![("tcp", tcp.local_addr().unwrap()), ("udp", udp.local_addr().unwrap())];
    own.extend(six.map(|six| ("tcp", six.local_addr().unwrap())));
    for (protocol, address) in own {
        let found = ours.iter().find(|s| s.protocol == protocol && s.port == address.port()).unwrap();
        assert_eq!(found.address, address.ip().to_string());
        let program = std::env::current_exe().unwrap();
        assert_eq!(found.program.as_deref(), program.file_name().and_then(|name| name.to_str()));
    }
}

/// Protocol, address and port of each line of `ss`.
fn seen_by_ss(text: &str) -> BTreeSet<(String, String, u16)> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (address, port) = fields.get(4)?.rsplit_once(':')?;
        let address = address.split('%').next()?.trim_matches(['[', ']']).replace('*', "::");
        Some(((*fields.first()?).to_owned(), address, port.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

#[test]
fn findmnt_agrees() {
    let table = || judge("findmnt_agrees", "findmnt", &["-rn", "-o", "TARGET,FSTYPE,OPTIONS"]);
    let Some(before) = table() else { return };
    let ours = value(&host(Path::new("/")).0.mounts).unwrap();
    let Some(after) = table() else { return };
    let after: BTreeSet<&str> = after.lines().collect();
    let mut top = BTreeMap::new();
    for line in before.lines().filter(|line| after.contains(line) && !line.contains('\\')) {
        let fields: Vec<&str> = line.split(' ').collect();
        top.insert(fields[0], (fields[1], fields[2]));
    }
    assert!(top.contains_key("/"), "{top:?}");
    for (point, (kind, options)) in top {
        let mount = &ours[point];
        assert_eq!(mount.kind, kind, "{point}");
        for option in ["ro", "rw", "nosuid", "nodev", "noexec"] {
            let theirs = options.split(',').any(|name| name == option);
            assert_eq!(mount.options.contains(option), theirs, "{point} {option}");
        }
    }
}

#[test]
fn dpkg_query_agrees() {
    let format = "${db:Status-Status} ${Installed-Size}\\n";
    let ask = || {
        let text = judge("dpkg_query_agrees", "dpkg-query", &["-W", "-f", format])?;
        let installed = text.lines().filter_map(|line| line.strip_prefix("installed "));
        let sizes: Vec<u64> = installed.map(|size| size.parse().unwrap_or(0)).collect();
        Some((Ok(sizes.len()), Ok(Some(sizes.iter().sum::<u64>() * 1024))))
    };
    let Some(before) = ask() else { return };
    let host = host(Path::new("/")).0;
    let Some(after) = ask() else { return };
    let ours = (value(&host.packages), value(&host.installed_size));
    assert!(ours == before || ours == after, "{ours:?} {before:?} {after:?}");
}

#[test]
fn getent_agrees() {
    let Some(passwd) = judge("getent_agrees", "getent", &["passwd"]) else { return };
    let Some(group) = judge("getent_agrees", "getent", &["group"]) else { return };
    let host = host(Path::new("/")).0;
    let (users, groups) = (value(&host.users).unwrap(), value(&host.groups).unwrap());
    assert!(users.contains_key("root"));
    let theirs: HashMap<&str, Vec<&str>> =
        passwd.lines().map(|line| line.split(':').collect()).map(|f: Vec<&str>| (f[0], f)).collect();
    for (name, account) in &users {
        let fields = &theirs[name.as_str()];
        assert_eq!(
            (account.uid.to_string(), &account.shell[..]),
            (fields[2].to_owned(), fields[6]),
            "{name}"
        );
    }
    let mut known = 0;
    for fields in group.lines().map(|line| line.split(':').collect::<Vec<_>>()) {
        // getent leaves out those who have the group as their own.
        if let Some(ours) = groups.get(fields[0]) {
            known += 1;
            let listed = fields[3].split(',').filter(|name| !name.is_empty()).map(str::to_owned);
            let own = theirs.iter().filter(|(_, f)| f[3] == fields[2]).map(|(name, _)| (*name).to_owned());
            assert_eq!(*ours, listed.chain(own).collect::<BTreeSet<_>>(), "{}", fields[0]);
        }
    }
    assert_eq!(known, groups.len());
}

#[test]
fn sshd_agrees() {
    let dir = Dir::new("sshd");
    let key = dir.0.join("key").to_str().unwrap().to_owned();
    let make = ["-q", "-t", "ed25519", "-N", "", "-f", &key];
    if judge("sshd_agrees", "ssh-keygen", &make).is_none() {
        return;
    }
    let Some(sshd) = tyrian_lab::tool("sshd_agrees", "sshd") else { return };
    let sshd = sshd.to_str().unwrap();
    if tyrian_lab::root("sshd_agrees") {
        create_dir_all("/run/sshd").unwrap(); // it does not even print its settings without
    }
    dir.put("usr/sbin/sshd", "");
    dir.put("etc/ssh/a.d/10-first.conf", "X11Forwarding yes\nPort 2222\nMatch User x\n PermitTTY no\n");
    dir.put("etc/ssh/a.d/20-second.conf", "X11Forwarding no\nMaxAuthTries 3\nPermitTTY yes\n");
    dir.put("etc/ssh/b.d/a.conf", "X11Forwarding yes\nMatch all\n MaxAuthTries 1\n");
    dir.put("etc/ssh/a.d/.hidden.conf", "MaxSessions 1\n");
    let mut tried = 0;
    for config in [
        "",
        "PermitRootLogin without-password\nPasswordAuthentication=no\nLoginGraceTime 1m30s\n",
        "permitrootlogin \"yes\" # always\n\tMaxAuthTries = 4\nMaxAuthTries 9\nPort 22\nPort 2022\n",
        "Include ETC/a.d/*.conf\nMaxAuthTries 7\nClientAliveInterval 5m\nLogLevel verbose\n",
        "MaxSessions 2\nMatch Address 10.0.0.0/8\n PasswordAuthentication no\n Include ETC/b.d/*.conf\n",
        "Match User nobody\n PermitTTY no\nMatch all\n MaxAuthTries 2\n X11Forwarding yes\n",
        "ChallengeResponseAuthentication no\nAllowTcpForwarding local\nGatewayPorts clientspecified\n",
        "AllowStreamLocalForwarding all\nCompression delayed\nBanner \"/etc/issue net\"\nMaxStartups 5:50:20\n",
        "Include ETC/a.d/*.conf ETC/none/*.conf\nPermitTunnel point-to-point\nStrictModes no\nUsePAM yes\n",
    ] {
        let outside = dir.0.join("config");
        write(&outside, config.replace("ETC", dir.root().join("etc/ssh").to_str().unwrap())).unwrap();
        dir.put("etc/ssh/sshd_config", config.replace("ETC", "/etc/ssh"));
        let arguments = ["-T", "-f", outside.to_str().unwrap(), "-h", &key];
        let Some(text) = judge("sshd_agrees", sshd, &arguments) else { return };
        let mut theirs: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in text.lines().filter_map(|line| line.split_once(' ')) {
            let all = theirs.entry(name.to_owned()).or_default();
            *all = format!("{all} {value}").trim().replace("without-password", "prohibit-password");
        }
        let ours = value(&dir.host().sshd).unwrap().unwrap();
        for (name, value) in &ours {
            // sshd adds a port to each address, and does not print what it has no value for.
            if name != "listenaddress"
                && let Some(theirs) = theirs.get(name)
            {
                tried += 1;
                assert_eq!(value, theirs, "{name} of {config:?}");
            }
        }
    }
    assert!(tried > 250, "{tried}");
    // What sshd refuses is no value.
    for config in ["PermitRootLogin maybe\n", "MaxAuthTries many\n", "LoginGraceTime 1y\n", "Port\n"] {
        let outside = dir.0.join("config");
        write(&outside, config).unwrap();
        dir.put("etc/ssh/sshd_config", config);
        let refused = Command::new(sshd).args(["-t", "-f", outside.to_str().unwrap(), "-h", &key]).output();
        assert!(!refused.unwrap().status.success(), "{config}");
        assert_eq!(value(&dir.host().sshd).unwrap_err().why, Why::Malformed, "{config}");
    }
}

#[test]
fn sshd_options_beside_the_file_are_a_gap() {
    let dir = Dir::new("sshd-options");
    dir.put("usr/sbin/sshd", "");
    assert!(value(&dir.host().sshd).unwrap_err().what.contains("sshd_config is not there"));
    dir.put("etc/ssh/sshd_config", "PermitRootLogin no\nInclude /etc/ssh/*\n");
    assert!(value(&dir.host().sshd).unwrap_err().what.contains("too many files"), "it includes itself");
    dir.put("etc/ssh/sshd_config", "PermitRootLogin no\n");
    assert_eq!(value(&dir.host().sshd).unwrap().unwrap()["permitrootlogin"], "no");
    dir.put("etc/default/ssh", "SSHD_OPTS=\"-oPermitRootLogin=yes\"\n");
    assert_eq!(value(&dir.host().sshd).unwrap_err().why, Why::Unresolved);
}

#[test]
fn the_running_host_is_read() {
    let (host, gaps) = host(Path::new("/"));
    println!("{}\n{gaps:#?}", serde_json::to_string(&host).unwrap());
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert_eq!(value(&host.kernel), Ok(release.trim().to_owned()));
    if let Ok(list) = std::fs::read_to_string("/sys/kernel/security/lsm") {
        assert_eq!(value(&host.lsms).unwrap().join(","), list.trim());
    } else if let Some(ids) = active_lsms() {
        assert_eq!(value(&host.lsms).unwrap().len(), ids.len());
    }
    let faults = std::fs::read_dir("/sys/devices/system/cpu/vulnerabilities").map_or(0, Iterator::count);
    assert_eq!(value(&host.cpu_faults).map_or(0, |faults| faults.len()), faults);
    // No hash of a password is in the facts.
    if let Ok(shadow) = std::fs::read_to_string("/etc/shadow") {
        let json = serde_json::to_string(&host).unwrap();
        for secret in shadow.lines().filter_map(|line| line.split(':').nth(1)).filter(|s| s.len() > 8) {
            assert!(!json.contains(secret));
        }
        assert!(
            value(&host.users).unwrap()["root"].password != Some(Password::Empty)
                || shadow.contains("root::")
        );
    }
}

fn guarded(dir: &Dir) -> BTreeMap<String, tyrian_model::host::GuardedFile> {
    let found = read(&dir.root(), &Key([1; 32]));
    let world = World::default();
    let see = See::new(&world);
    see.all(&found.guarded).unwrap().iter().map(|(path, file)| (path.clone(), (**file).clone())).collect()
}

#[test]
fn files_of_an_engine_that_does_not_run_are_found_by_its_unit() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new("engines");
    dir.put("usr/sbin/dockerd", "");
    dir.put(
        "usr/lib/systemd/system/docker.service",
        "[Service]\nEnvironmentFile=-/etc/default/docker\nExecStart=/usr/sbin/dockerd $OPTS\n",
    );
    dir.put(
        "etc/systemd/system/docker.service.d/10-own.conf",
        "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd --config-file /srv/d.json $OPTS --icc=false\n",
    );
    dir.put("etc/systemd/system/multi-user.target.wants/docker.service", "");
    dir.put("etc/default/docker", "OPTS=\"--tlskey=/srv/key.pem --live-restore\"\n");
    dir.put("srv/d.json", r#"{"data-root": "/srv/data", "icc": true, "log-level": "debug"}"#);
    dir.put("srv/key.pem", "");
    dir.put("srv/data/x", "");
    dir.put("etc/audit/rules.d/a.rules", "-w /srv -p wa\n");
    let mode = PermissionsExt::from_mode(0o640);
    std::fs::set_permissions(dir.root().join("srv/key.pem"), mode).unwrap();
    let files = guarded(&dir);
    for name in [
        "program:/usr/sbin/dockerd",
        "unit:/usr/lib/systemd/system/docker.service",
        "unit:/etc/systemd/system/docker.service.d/10-own.conf",
        "settings:/etc/default/docker",
        "settings:/srv/d.json",
        "data-root:/srv/data",
        "tls-key:/srv/key.pem",
    ] {
        assert!(files.contains_key(name), "{name} is not among {:?}", files.keys());
    }
    assert_eq!(value(&files["tls-key:/srv/key.pem"].mode).unwrap().mode, 0o640);
    assert_eq!(value(&files["settings:/srv/d.json"].audited), Ok(true), "the rule of a directory");
    assert_eq!(value(&files["settings:/etc/default/docker"].audited), Ok(false));
    assert_eq!(value(&files["tls-key:/srv/key.pem"].audited).unwrap_err().why, Why::NotAsked);

    let found = read(&dir.root(), &Key([1; 32]));
    let world = World::default();
    let see = See::new(&world);
    let engine = &see.all(&found.engines).unwrap()["engine:docker"];
    assert_eq!(value(&engine.log_level).as_deref(), Ok("debug"));
    assert_eq!(value(&engine.live_restore), Ok(true));
    assert_eq!(value(&engine.contradictions).unwrap().into_iter().collect::<Vec<_>>(), ["icc"]);
    assert_eq!(value(&found.host.data_roots).unwrap().into_iter().collect::<Vec<_>>(), ["/srv/data"]);
}

#[test]
fn files_of_a_node_and_of_registries_are_guarded_without_an_engine_that_runs() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new("node");
    dir.put("usr/bin/dockerd", "");
    dir.put("usr/lib/systemd/system/docker.service", "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n");
    dir.put("etc/docker/certs.d/hub:5000/ca.crt", "");
    dir.put("etc/kubernetes/manifests/etcd.yaml", "");
    dir.put("etc/kubernetes/admin.conf", "");
    let mode = PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(dir.root().join("etc/kubernetes/admin.conf"), mode).unwrap();
    let files = guarded(&dir);
    assert_eq!(value(&files["node-file:/etc/kubernetes/admin.conf"].mode).unwrap().mode, 0o644);
    assert!(files.contains_key("node-file:/etc/kubernetes/manifests/etcd.yaml"));
    assert!(files.contains_key("registry-certificate:/etc/docker/certs.d/hub:5000/ca.crt"));
    assert!(!files.contains_key("settings:/etc/default/docker"), "there is none");
}

#[test]
fn an_engine_that_nobody_starts_has_files_and_no_settings() {
    let dir = Dir::new("idle");
    dir.put("usr/bin/dockerd", "");
    dir.put("usr/lib/systemd/system/docker.service", "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n");
    assert!(guarded(&dir).contains_key("unit:/usr/lib/systemd/system/docker.service"));
    assert_eq!(read(&dir.root(), &Key([1; 32])).engines.read(), 0);
    // Without any engine nothing is there, and that is known.
    let bare = Dir::new("bare");
    assert!(guarded(&bare).is_empty());
}

#[test]
fn a_unit_that_only_systemd_can_fill_in_is_a_gap() {
    let dir = Dir::new("specifier");
    dir.put("usr/bin/dockerd", "");
    dir.put(
        "usr/lib/systemd/system/docker.service",
        "[Service]\nExecStart=/usr/bin/dockerd --data-root /srv/%i\n",
    );
    let found = read(&dir.root(), &Key([1; 32]));
    let gaps: Vec<&Gap> = found.guarded.missing().collect();
    assert!(
        gaps.iter().any(|gap| gap.why == Why::Unresolved && gap.what.contains("systemctl show")),
        "{gaps:?}"
    );
    assert!(found.guarded.read() > 0, "what is found without it still counts");
    assert_eq!(value(&found.host.data_roots).unwrap_err().why, Why::Unresolved);
}
