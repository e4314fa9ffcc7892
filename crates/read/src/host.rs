//! Host files and kernel tables to facts.
//!
//! The text of a host is hostile when its root is: control characters are spelled out, lines that the system
//! itself would skip are skipped, and what would change a judgement becomes a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use tyrian_model::fact::{Gap, Why};
use tyrian_model::host::{Account, HostMount, Listening, Password};
use tyrian_model::image::Distribution;

/// Bytes as text that can be shown: what is no UTF-8 is replaced, control characters are spelled out.
pub fn plain(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for c in String::from_utf8_lossy(bytes).chars() {
        if c.is_control() { text.extend(c.escape_default()) } else { text.push(c) }
    }
    text
}

fn malformed(path: &str, line: usize, what: &str) -> Gap {
    Gap::new(Why::Malformed, format!("{path}:{}: {what}", line + 1))
}

/// The assignments of an os-release file, later ones over earlier ones.
pub fn os_release(text: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(text);
    let mut map = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some((name, value)) = line.split_once('=') {
            map.insert(name.to_owned(), unquote(value));
        }
    }
    map
}

/// A value in the shell's quotes, as far as os-release may use them.
fn unquote(value: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// The distribution that an os-release file names.
///
/// # Errors
/// Its id or version is no name.
pub fn distribution(path: &str, release: &BTreeMap<String, String>) -> Result<Distribution, Gap> {
    // The format's own default of ID is `linux`.
    let id = release.get("ID").map_or("linux", String::as_str);
    let version = release.get("VERSION_ID").map_or("", String::as_str);
    if id.is_empty() || !word(id) || !word(version) {
        let what = format!("{path}: ID or VERSION_ID is no name; write them as os-release(5) says");
        return Err(Gap::new(Why::Malformed, what));
    }
    Ok(Distribution { id: id.to_owned(), version: version.to_owned() })
}

fn word(text: &str) -> bool {
    text.len() <= 128 && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-+~:".contains(c))
}

/// Systems made for containers that say so by their `ID`.
const CONTAINER_SYSTEMS: [&str; 14] = [
    "flatcar",
    "coreos",
    "bottlerocket",
    "talos",
    "cos",
    "rhcos",
    "rancheros",
    "k3os",
    "opensuse-microos",
    "sle-micro",
    "sl-micro",
    "ubuntu-core",
    "kairos",
    "burmilla",
];

/// `VARIANT_ID`, or the `ID` of a system made for containers.
pub fn variant(release: &BTreeMap<String, String>) -> Option<String> {
    let variant = release.get("VARIANT_ID").filter(|id| !id.is_empty() && word(id));
    let id = release.get("ID").filter(|id| CONTAINER_SYSTEMS.contains(&id.as_str()));
    variant.or(id).cloned()
}

/// The kernel settings that matter to the security of a host and its containers, or that these need.
pub const SYSCTLS: [&str; 72] = [
    "dev.tty.ldisc_autoload",
    "dev.tty.legacy_tiocsti",
    "fs.binfmt_misc.status",
    "fs.protected_fifos",
    "fs.protected_hardlinks",
    "fs.protected_regular",
    "fs.protected_symlinks",
    "fs.suid_dumpable",
    "fs.inotify.max_user_instances",
    "fs.inotify.max_user_watches",
    "kernel.apparmor_restrict_unprivileged_userns",
    "kernel.core_pattern",
    "kernel.core_uses_pid",
    "kernel.ctrl-alt-del",
    "kernel.dmesg_restrict",
    "kernel.io_uring_disabled",
    "kernel.kexec_load_disabled",
    "kernel.keys.root_maxbytes",
    "kernel.keys.root_maxkeys",
    "kernel.kptr_restrict",
    "kernel.modules_disabled",
    "kernel.oops_limit",
    "kernel.panic",
    "kernel.panic_on_oops",
    "kernel.perf_event_paranoid",
    "kernel.pid_max",
    "kernel.randomize_va_space",
    "kernel.sysrq",
    "kernel.tainted",
    "kernel.threads-max",
    "kernel.unprivileged_bpf_disabled",
    "kernel.unprivileged_userns_clone",
    "kernel.warn_limit",
    "kernel.yama.ptrace_scope",
    "net.bridge.bridge-nf-call-ip6tables",
    "net.bridge.bridge-nf-call-iptables",
    "net.core.bpf_jit_enable",
    "net.core.bpf_jit_harden",
    "net.ipv4.conf.all.accept_redirects",
    "net.ipv4.conf.all.accept_source_route",
    "net.ipv4.conf.all.forwarding",
    "net.ipv4.conf.all.log_martians",
    "net.ipv4.conf.all.route_localnet",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv4.conf.all.secure_redirects",
    "net.ipv4.conf.all.send_redirects",
    "net.ipv4.conf.default.accept_redirects",
    "net.ipv4.conf.default.accept_source_route",
    "net.ipv4.conf.default.log_martians",
    "net.ipv4.conf.default.rp_filter",
    "net.ipv4.conf.default.secure_redirects",
    "net.ipv4.conf.default.send_redirects",
    "net.ipv4.icmp_echo_ignore_broadcasts",
    "net.ipv4.icmp_ignore_bogus_error_responses",
    "net.ipv4.ip_forward",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_rfc1337",
    "net.ipv4.tcp_syncookies",
    "net.ipv6.conf.all.accept_ra",
    "net.ipv6.conf.all.accept_redirects",
    "net.ipv6.conf.all.accept_source_route",
    "net.ipv6.conf.all.disable_ipv6",
    "net.ipv6.conf.all.forwarding",
    "net.ipv6.conf.default.accept_ra",
    "net.ipv6.conf.default.accept_redirects",
    "net.ipv6.conf.default.accept_source_route",
    "user.max_user_namespaces",
    "vm.max_map_count",
    "vm.mmap_min_addr",
    "vm.overcommit_memory",
    "vm.unprivileged_userfaultfd",
];

/// The value of a kernel setting, its white space made single blanks.
pub fn sysctl(value: &[u8]) -> String {
    plain(String::from_utf8_lossy(value).split_ascii_whitespace().collect::<Vec<_>>().join(" ").as_bytes())
}

/// Mount options whose value is kept; of the others only the name is, for a value may be a password.
const OPTIONS_WITH_VALUE: [&str; 7] = ["hidepid", "subset", "gid", "uid", "mode", "size", "xino"];

/// What is mounted, from `/proc/self/mountinfo`. Of mounts over one another the top one counts.
///
/// # Errors
/// A line is not of that format.
pub fn mounts(path: &str, text: &[u8]) -> Result<BTreeMap<String, HostMount>, Gap> {
    let mut mounts = BTreeMap::new();
    for (number, line) in text.split(|b| *b == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        let fields: Vec<&[u8]> = line.split(|b| *b == b' ').collect();
        // Optional fields stand between the sixth field and a lone hyphen.
        let hyphen = fields.iter().skip(6).position(|field| *field == b"-").map(|at| at + 6);
        let (Some(point), Some(own), Some([kind, source, of_system, ..])) =
            (fields.get(4), fields.get(5), hyphen.and_then(|at| fields.get(at + 1..)))
        else {
            return Err(malformed(path, number, "this is no line of mountinfo"));
        };
        let mut options = BTreeSet::new();
        for option in [own, of_system].into_iter().flat_map(|list| list.split(|b| *b == b',')) {
            let option = plain(option);
            let (name, value) = option.split_once('=').unwrap_or((&option, ""));
            let whole = value.is_empty() || OPTIONS_WITH_VALUE.contains(&name);
            options.insert(if whole { option.clone() } else { name.to_owned() });
        }
        // The mount and its file system each say rw or ro, and it takes two to write.
        if options.contains("ro") {
            options.remove("rw");
        }
        let source = without_password(&plain(&octal(source)));
        mounts.insert(plain(&octal(point)), HostMount { source, kind: plain(kind), options });
    }
    Ok(mounts)
}

/// The kernel writes blanks, tabs, newlines and backslashes as octal escapes.
fn octal(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'\\'
            && let [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] = tail
        {
            out.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
            rest = after;
        } else {
            out.push(*first);
        }
    }
    out
}

/// A network source without the `user:password@` that may stand before its host.
fn without_password(source: &str) -> String {
    let (head, rest) = match source.find("//") {
        Some(at) => source.split_at(at + 2),
        None => ("", source),
    };
    match rest.split_once('@') {
        Some((user, host)) if user.contains(':') && !user.contains('/') => format!("{head}[password]@{host}"),
        _ => source.to_owned(),
    }
}

/// The version of the cgroup tree whose controllers limit containers: on a mixed system both trees are there,
/// and the one with the controllers counts. Nothing: no tree has them.
pub fn cgroup_version(own: &[u8], mounts: &BTreeMap<String, HostMount>) -> Option<u8> {
    let own = String::from_utf8_lossy(own);
    let old = own.lines().filter_map(|line| line.split(':').nth(1)).any(|controllers| {
        controllers.split(',').any(|name| ["memory", "cpu", "pids", "devices"].contains(&name))
    });
    if old {
        return Some(1);
    }
    let unified = mounts.get("/sys/fs/cgroup").is_some_and(|mount| mount.kind == "cgroup2");
    (unified && own.lines().any(|line| line.starts_with("0::"))).then_some(2)
}

/// Does this list of cgroups name a container?
pub fn cgroup_of_container(text: &[u8]) -> bool {
    const SIGNS: [&str; 8] = [
        "/docker/",
        "/docker-",
        "/kubepods",
        "/libpod-",
        "/lxc/",
        "/lxc.payload",
        "/crio-",
        "/cri-containerd-",
    ];
    let text = String::from_utf8_lossy(text);
    text.lines()
        .filter_map(|line| line.splitn(3, ':').nth(2))
        .any(|path| SIGNS.iter().any(|s| path.contains(s)))
}

/// The names of security modules by the numbers that the kernel's interface gives them.
pub fn lsm_name(id: u64) -> String {
    const NAMES: [&str; 14] = [
        "capability",
        "selinux",
        "smack",
        "tomoyo",
        "apparmor",
        "yama",
        "loadpin",
        "safesetid",
        "lockdown",
        "bpf",
        "landlock",
        "ima",
        "evm",
        "ipe",
    ];
    let index = id.checked_sub(100).and_then(|at| usize::try_from(at).ok());
    index.and_then(|at| NAMES.get(at)).map_or_else(|| format!("lsm-{id}"), |name| (*name).to_owned())
}

/// A socket of `/proc/net/{tcp,tcp6,udp,udp6}` that listens, and its inode; nothing for other lines.
pub fn listening(protocol: &str, line: &[u8]) -> Option<(Listening, u64)> {
    let line = std::str::from_utf8(line).ok()?;
    let fields: Vec<&str> = line.split_ascii_whitespace().take(10).collect();
    let (local, remote, state, inode) = (fields.get(1)?, fields.get(2)?, fields.get(3)?, fields.get(9)?);
    // 0A is LISTEN; a UDP socket receives from everybody when it has no peer.
    let far_end = remote.chars().all(|c| c == '0' || c == ':');
    if !(if protocol == "tcp" { *state == "0A" } else { *state == "07" && far_end }) {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    // Each 32-bit word is printed in the machine's byte order, while its bytes are in the network's.
    let mut bytes = Vec::new();
    for at in (0..address.len()).step_by(8) {
        bytes.extend(u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    }
    let address = match bytes.len() {
        4 => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).to_string(),
        16 => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string(),
        _ => return None,
    };
    Some((Listening { protocol: protocol.to_owned(), address, port, program: None }, inode.parse().ok()?))
}

/// A line of passwd.
struct PasswdLine {
    uid: u32,
    gid: u32,
    shell: String,
    secret: Vec<u8>,
}

/// Users at most who are in a group because it is their own, over all groups.
const MEMBERS: usize = 500_000;

/// The accounts of local files, and who is in which group.
pub struct Accounts {
    /// Accounts by name.
    pub users: BTreeMap<String, Account>,
    /// Members by group name, those with it as their own group among them.
    pub groups: Result<BTreeMap<String, BTreeSet<String>>, Gap>,
}

/// Accounts and groups from passwd, shadow and group. Without shadow nothing is said of the passwords in it.
///
/// # Errors
/// Two accounts go by one name.
pub fn accounts(passwd: &[u8], shadow: Option<&[u8]>, group: Result<&[u8], Gap>) -> Result<Accounts, Gap> {
    let mut lines: BTreeMap<String, PasswdLine> = BTreeMap::new();
    for (number, line) in passwd.split(|b| *b == b'\n').enumerate() {
        let fields: Vec<&[u8]> = line.split(|b| *b == b':').collect();
        // The C library skips lines that are no account, and so does this.
        let [name, secret, uid, gid, _, _, shell, ..] = fields[..] else { continue };
        let (Some(uid), Some(gid)) = (id(uid), id(gid)) else { continue };
        if name.is_empty() || matches!(name[0], b'+' | b'-' | b'#') {
            continue;
        }
        let row = PasswdLine { uid, gid, shell: plain(shell), secret: secret.to_vec() };
        if let Some(first) = lines.get(&plain(name)) {
            if first.uid != uid {
                let what = format!("a second {} with another id; take one of them out", plain(name));
                return Err(malformed("/etc/passwd", number, &what));
            }
            continue;
        }
        lines.insert(plain(name), row);
    }
    let shadow = shadow.map(|text| {
        let mut states = BTreeMap::new();
        for line in text.split(|b| *b == b'\n') {
            let mut fields = line.split(|b| *b == b':');
            if let (Some(name), Some(secret)) = (fields.next(), fields.next()) {
                states.entry(plain(name)).or_insert_with(|| password(secret));
            }
        }
        states
    });
    let mut by_gid: BTreeMap<u32, Vec<&String>> = BTreeMap::new();
    for (name, row) in &lines {
        by_gid.entry(row.gid).or_default().push(name);
    }
    let groups = group.and_then(|text| {
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut count = 0;
        for (number, line) in text.split(|b| *b == b'\n').enumerate() {
            let fields: Vec<&[u8]> = line.split(|b| *b == b':').collect();
            let [name, _, gid, members, ..] = fields[..] else { continue };
            let Some(gid) = id(gid) else { continue };
            let all = groups.entry(plain(name)).or_default();
            all.extend(members.split(|b| *b == b',').filter(|m| !m.is_empty()).map(plain));
            let own = by_gid.get(&gid).map_or(&[][..], |names| names);
            // Many groups of one id, each with many users, would grow without bound.
            count += own.len();
            if count > MEMBERS {
                return Err(malformed(
                    "/etc/group",
                    number,
                    "too many groups have one id; give each its own",
                ));
            }
            all.extend(own.iter().map(|name| (*name).clone()));
        }
        Ok(groups)
    });
    let users = lines.into_iter().map(|(name, row)| {
        let state = match (&row.secret[..], &shadow) {
            // An `x` points to shadow; one that shadow does not know lets nobody in.
            (b"x", Some(states)) => Some(states.get(&name).copied().unwrap_or(Password::Locked)),
            (b"x", None) => None,
            (secret, _) => Some(password(secret)),
        };
        (name, Account { uid: row.uid, shell: row.shell, password: state })
    });
    Ok(Accounts { users: users.collect(), groups })
}

fn id(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn password(secret: &[u8]) -> Password {
    match secret {
        [] => Password::Empty,
        // Every hash either names its method or has the length of the oldest one.
        [b'$' | b'_', ..] => Password::Set,
        [b'!' | b'*', ..] => Password::Locked,
        long if long.len() >= 13 => Password::Set,
        _ => Password::Locked,
    }
}

/// Sources of accounts, other than local files, that nsswitch.conf names.
pub fn other_account_sources(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().map(str::trim).find_map(|line| line.strip_prefix("passwd:")).unwrap_or("files");
    let line = line.split('#').next().unwrap_or("");
    let known = ["files", "systemd", "altfiles", "myhostname", "db", "compat"];
    line.split_ascii_whitespace()
        .filter(|source| !source.starts_with('[') && !known.contains(source) && word(source))
        .map(str::to_owned)
        .collect()
}

/// Counts the packages of a database that is read line by line, so that a large one takes no memory.
#[derive(Default)]
pub struct Packages {
    /// How many are installed.
    pub count: usize,
    /// The bytes that they say they take.
    pub bytes: u64,
    named: bool,
    installed: bool,
    takes: u64,
}

impl Packages {
    /// A line of dpkg's status file.
    pub fn dpkg(&mut self, line: &[u8]) {
        if line.is_empty() {
            self.end();
        } else if let Some(state) = line.strip_prefix(b"Status:") {
            let last = state.split(|b| *b == b' ').next_back().unwrap_or(b"").trim_ascii();
            self.installed = matches!(last, b"installed" | b"triggers-pending" | b"triggers-awaited");
        } else if line.starts_with(b"Package:") {
            self.named = true;
        } else if let Some(size) = line.strip_prefix(b"Installed-Size:") {
            self.takes = number(size).saturating_mul(1024);
        }
    }
    /// A line of a file of dpkg's status.d, in which every package is installed.
    pub fn dpkg_part(&mut self, line: &[u8]) {
        self.dpkg(line);
        self.installed |= self.named;
    }
    /// A line of apk's database.
    pub fn apk(&mut self, line: &[u8]) {
        if line.is_empty() {
            self.end();
        } else if line.starts_with(b"P:") {
            (self.named, self.installed) = (true, true);
        } else if let Some(size) = line.strip_prefix(b"I:") {
            self.takes = number(size);
        }
    }
    /// The end of a package, or of the file.
    pub fn end(&mut self) {
        if self.named && self.installed {
            self.count += 1;
            self.bytes = self.bytes.saturating_add(self.takes);
        }
        (self.named, self.installed, self.takes) = (false, false, 0);
    }
}

fn number(text: &[u8]) -> u64 {
    std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// What sshd takes as the value of a keyword.
enum Takes {
    /// One of these words, whatever their case.
    OneOf(&'static [&'static str]),
    Number,
    /// A span of time, kept in seconds.
    Time,
    Text,
}

const YES_NO: Takes = Takes::OneOf(&["yes", "no"]);
const FORWARDING: Takes = Takes::OneOf(&["yes", "no", "all", "local", "remote"]);

/// Keywords that matter here, and what OpenSSH does where nothing is said.
const SSHD: [(&str, &str, Takes); 40] = [
    ("allowagentforwarding", "yes", YES_NO),
    ("allowstreamlocalforwarding", "yes", FORWARDING),
    ("allowtcpforwarding", "yes", FORWARDING),
    ("authenticationmethods", "any", Takes::Text),
    ("authorizedkeyscommand", "none", Takes::Text),
    ("authorizedkeysfile", ".ssh/authorized_keys .ssh/authorized_keys2", Takes::Text),
    ("banner", "none", Takes::Text),
    ("chrootdirectory", "none", Takes::Text),
    ("clientalivecountmax", "3", Takes::Number),
    ("clientaliveinterval", "0", Takes::Time),
    ("compression", "yes", Takes::OneOf(&["yes", "no", "delayed"])),
    ("disableforwarding", "no", YES_NO),
    ("exposeauthinfo", "no", YES_NO),
    ("forcecommand", "none", Takes::Text),
    ("gatewayports", "no", Takes::OneOf(&["yes", "no", "clientspecified"])),
    ("hostbasedauthentication", "no", YES_NO),
    ("ignorerhosts", "yes", Takes::OneOf(&["yes", "no", "shosts-only"])),
    ("ignoreuserknownhosts", "no", YES_NO),
    ("kbdinteractiveauthentication", "yes", YES_NO),
    ("listenaddress", "0.0.0.0 ::", Takes::Text),
    ("logingracetime", "120", Takes::Time),
    ("loglevel", "INFO", Takes::Text),
    ("maxauthtries", "6", Takes::Number),
    ("maxsessions", "10", Takes::Number),
    ("maxstartups", "10:30:100", Takes::Text),
    ("passwordauthentication", "yes", YES_NO),
    ("permitemptypasswords", "no", YES_NO),
    (
        "permitrootlogin",
        "prohibit-password",
        Takes::OneOf(&["yes", "no", "prohibit-password", "without-password", "forced-commands-only"]),
    ),
    ("permittty", "yes", YES_NO),
    ("permittunnel", "no", Takes::OneOf(&["yes", "no", "point-to-point", "ethernet"])),
    ("permituserenvironment", "no", Takes::Text),
    ("permituserrc", "yes", YES_NO),
    ("port", "22", Takes::Text),
    ("pubkeyauthentication", "yes", YES_NO),
    ("strictmodes", "yes", YES_NO),
    ("syslogfacility", "AUTH", Takes::Text),
    ("tcpkeepalive", "yes", YES_NO),
    ("usedns", "no", YES_NO),
    ("usepam", "no", YES_NO),
    ("x11forwarding", "no", YES_NO),
];

/// Keywords of which each line adds to the ones before.
const SSHD_LISTS: [&str; 10] = [
    "port",
    "listenaddress",
    "hostkey",
    "acceptenv",
    "allowusers",
    "denyusers",
    "allowgroups",
    "denygroups",
    "subsystem",
    "setenv",
];

/// Files of an sshd configuration and patterns of such at most.
const SSHD_FILES: usize = 256;

/// A file of a configuration.
pub struct ConfigFile {
    /// Its path.
    pub path: String,
    /// What stands in it.
    pub text: Vec<u8>,
}

/// The configuration that sshd runs with, Match blocks aside: the first value of a keyword counts, and what is
/// not set has OpenSSH's default. `include` gives the files of an absolute pattern in the order of their names.
///
/// # Errors
/// A file is not readable, or sshd would refuse the value of a keyword that matters here.
pub fn sshd(
    first: ConfigFile,
    include: &mut dyn FnMut(&str) -> Result<Vec<ConfigFile>, Gap>,
) -> Result<BTreeMap<String, String>, Gap> {
    let mut sshd = Sshd { set: BTreeMap::new(), files: 0, include };
    sshd.read(&first, true, 0)?;
    for (keyword, default, _) in SSHD {
        sshd.set.entry(keyword.to_owned()).or_insert_with(|| default.to_owned());
    }
    Ok(sshd.set)
}

struct Sshd<'a> {
    set: BTreeMap<String, String>,
    files: usize,
    include: &'a mut dyn FnMut(&str) -> Result<Vec<ConfigFile>, Gap>,
}

impl Sshd<'_> {
    fn count(&mut self, path: &str, depth: usize) -> Result<(), Gap> {
        self.files += 1;
        // sshd itself stops at a depth of 16.
        if self.files > SSHD_FILES || depth > 16 {
            let what = format!("{path}: sshd's configuration includes too many files; look at `sshd -T`");
            return Err(Gap::new(Why::Malformed, what));
        }
        Ok(())
    }

    fn read(&mut self, file: &ConfigFile, outer: bool, depth: usize) -> Result<(), Gap> {
        self.count(&file.path, depth)?;
        // A Match block ends with the file that it is in.
        let mut active = outer;
        for (number, line) in String::from_utf8_lossy(&file.text).lines().enumerate() {
            let Some((keyword, values)) = sshd_line(line) else { continue };
            match keyword.as_str() {
                "match" => {
                    let all = values.len() == 1 && values[0].eq_ignore_ascii_case("all");
                    active = outer && all;
                }
                "include" if active => {
                    for pattern in values {
                        // A pattern costs a look at a directory, also where it means no file.
                        self.count(&file.path, depth)?;
                        let pattern =
                            if pattern.starts_with('/') { pattern } else { format!("/etc/ssh/{pattern}") };
                        for file in (self.include)(&pattern)? {
                            self.read(&file, active, depth + 1)?;
                        }
                    }
                }
                _ if active => self.keep(keyword, values).map_err(|what| {
                    malformed(&file.path, number, &format!("{what}; sshd -t shows what sshd takes"))
                })?,
                _ => {}
            }
        }
        Ok(())
    }

    fn keep(&mut self, keyword: String, values: Vec<String>) -> Result<(), String> {
        let keyword = match keyword.as_str() {
            "challengeresponseauthentication" | "skeyauthentication" => "kbdinteractiveauthentication".into(),
            "dsaauthentication" => "pubkeyauthentication".into(),
            "keepalive" => "tcpkeepalive".into(),
            _ if !word(&keyword) => return Err("this is no keyword".into()),
            _ => keyword,
        };
        if values.is_empty() {
            return Err(format!("{keyword} has no value"));
        }
        let value = values.join(" ");
        let value = match SSHD.iter().find(|(name, ..)| *name == keyword).map(|(.., takes)| takes) {
            Some(Takes::OneOf(words)) => {
                let lower = value.to_ascii_lowercase();
                if !words.contains(&lower.as_str()) {
                    return Err(format!("{keyword} is not one of {}", words.join(", ")));
                }
                match (keyword.as_str(), lower.as_str()) {
                    (_, "without-password") => "prohibit-password".into(),
                    (_, "all") | ("compression", "delayed") => "yes".into(),
                    _ => lower,
                }
            }
            Some(Takes::Number) => {
                value.parse::<u32>().map_err(|_| format!("{keyword} is no number"))?.to_string()
            }
            Some(Takes::Time) => {
                seconds(&value).ok_or_else(|| format!("{keyword} is no span of time"))?.to_string()
            }
            _ if keyword == "loglevel" || keyword == "syslogfacility" => value.to_ascii_uppercase(),
            _ => value,
        };
        let value = plain(value.as_bytes());
        match self.set.entry(keyword) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(value);
            }
            std::collections::btree_map::Entry::Occupied(mut earlier) => {
                if SSHD_LISTS.contains(&earlier.key().as_str()) {
                    let list = earlier.get_mut();
                    list.push(' ');
                    list.push_str(&value);
                }
            }
        }
        Ok(())
    }
}

/// The keyword of a line in lower case, and its values.
fn sshd_line(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.trim();
    let end = line.find(|c: char| c.is_whitespace() || c == '=' || c == '"').unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    if keyword.is_empty() || keyword.starts_with('#') {
        return None;
    }
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest);
    let mut values = Vec::new();
    let mut chars = rest.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        match chars.peek() {
            None | Some('#') => break,
            Some(_) => {}
        }
        let (mut value, mut quote) = (String::new(), None);
        while let Some(c) = chars.next_if(|c| quote.is_some() || !c.is_whitespace()) {
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if c == open => quote = None,
                (_, '\\') if matches!(chars.peek(), Some('"' | '\'' | '\\')) => value.extend(chars.next()),
                _ => value.push(c),
            }
        }
        values.push(value);
    }
    Some((keyword.to_ascii_lowercase(), values))
}

/// sshd's spans of time: `90`, `2m`, `1h30m`.
fn seconds(text: &str) -> Option<u64> {
    if text.eq_ignore_ascii_case("none") {
        return Some(0);
    }
    let (mut sum, mut number) = (0_u64, None);
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0_u64).checked_mul(10)?.checked_add(u64::from(digit))?);
            continue;
        }
        let unit = match c.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        sum = number.take()?.checked_mul(unit)?.checked_add(sum)?;
    }
    if text.is_empty() { None } else { number.unwrap_or(0).checked_add(sum) }
}

/// Settings of apt by lower-case name, `apt::periodic::enable`; call it for each file in order.
///
/// # Errors
/// The file is nested too deeply, or includes another.
pub fn apt_conf(path: &str, text: &[u8], set: &mut BTreeMap<String, String>) -> Result<(), Gap> {
    let text = String::from_utf8_lossy(text);
    let mut prefix: Vec<String> = Vec::new();
    let (mut key, mut value): (Option<String>, Option<String>) = (None, None);
    let mut chars = text.chars().peekable();
    let mut line = 0;
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            '#' | '/' if c == '#' || chars.peek() == Some(&'/') => {
                let mut rest = String::new();
                while let Some(c) = chars.next_if(|c| *c != '\n') {
                    rest.push(c);
                }
                if c == '#' && rest.starts_with("include") {
                    return Err(malformed(
                        path,
                        line,
                        "an include is not followed; look at `apt-config dump`",
                    ));
                }
                if c == '#'
                    && let Some(name) = rest.strip_prefix("clear")
                {
                    let name = name.trim().trim_end_matches(';').to_ascii_lowercase();
                    set.retain(|key, _| *key != name && !key.starts_with(&format!("{name}::")));
                }
            }
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                for c in chars.by_ref() {
                    line += usize::from(c == '\n');
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            '"' => {
                let mut text = String::new();
                for c in chars.by_ref() {
                    line += usize::from(c == '\n');
                    if c == '"' {
                        break;
                    }
                    text.push(c);
                }
                value = Some(text);
            }
            '{' => {
                if prefix.len() >= 32 {
                    return Err(malformed(path, line, "nested too deeply; look at `apt-config dump`"));
                }
                prefix.push(key.take().unwrap_or_default());
            }
            '}' => {
                prefix.pop();
            }
            ';' => {
                if let (Some(key), Some(value)) = (key.take(), value.take()) {
                    let mut name = prefix.clone();
                    name.push(key);
                    set.insert(name.join("::").to_ascii_lowercase(), plain(value.as_bytes()));
                }
                (key, value) = (None, None);
            }
            c if c.is_whitespace() => {}
            c => {
                let mut text = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !"{};\"".contains(*c)) {
                    text.push(c);
                }
                if key.is_none() { key = Some(text) } else { value = Some(text) }
            }
        }
    }
    Ok(())
}

/// Settings `Name=value` of an ini file, as systemd and dnf write them, later ones over earlier ones.
pub fn ini(text: &[u8], set: &mut BTreeMap<String, String>) {
    for line in String::from_utf8_lossy(text).lines().map(str::trim) {
        if !line.starts_with(['#', ';', '['])
            && let Some((name, value)) = line.split_once('=')
        {
            set.insert(name.trim().to_ascii_lowercase(), plain(value.trim().as_bytes()));
        }
    }
}

/// Audit rules, a line each, without comments.
///
/// # Errors
/// A line is longer than the kernel takes.
pub fn audit_rules(path: &str, text: &[u8]) -> Result<Vec<String>, Gap> {
    let mut rules = Vec::new();
    for (number, line) in text.split(|b| *b == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        if line.len() > RULE {
            return Err(malformed(path, number, "this is longer than a rule can be; take it out"));
        }
        let line = String::from_utf8_lossy(line);
        rules.push(plain(line.split_whitespace().collect::<Vec<_>>().join(" ").as_bytes()));
    }
    Ok(rules)
}

/// The names of groups by their numbers.
pub fn group_names(text: &[u8]) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    for line in text.split(|b| *b == b'\n') {
        let fields: Vec<&[u8]> = line.splitn(4, |b| *b == b':').collect();
        if let [name, _, number, ..] = fields[..]
            && let Some(number) = id(number)
        {
            names.entry(number).or_insert_with(|| plain(name));
        }
    }
    names
}

/// Do these rules record who writes to a file? It goes by several names where links lead to it. Of a `program` it is
/// enough that they record who runs it.
///
/// A rule of a directory holds for all that is below it. One that is narrowed to some users or results does not count,
/// nor does any where the kernel's audit is switched off at the end (`-e 0`).
pub fn audits(rules: &[String], names: &[&str], program: bool) -> bool {
    let mut found = false;
    for rule in rules {
        let words: Vec<&str> = rule.split_ascii_whitespace().collect();
        match words[..] {
            // All rules before are taken away.
            ["-D", ..] => found = false,
            ["-e", "0"] => return false,
            ["-w" | "-a" | "-A", ..] if records(&words, names, program) => found = true,
            _ => {}
        }
    }
    found
}

fn records(words: &[&str], names: &[&str], program: bool) -> bool {
    let (mut path, mut permissions, mut always, mut narrow) = (None, "rwxa", true, false);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let value =
            |rest: &mut std::slice::Iter<&'_ str>| rest.next().copied().unwrap_or_default().to_owned();
        match *word {
            "-w" => path = Some((value(&mut rest), true)),
            "-p" => {
                permissions = if value(&mut rest).contains(['w', 'a']) {
                    "w"
                } else if program {
                    "x"
                } else {
                    ""
                }
            }
            "-a" | "-A" => {
                let list = value(&mut rest);
                always = list.split(',').any(|part| part == "always")
                    && list.split(',').any(|part| part == "exit");
            }
            "-F" => {
                let field = value(&mut rest);
                match field.split_once('=') {
                    Some(("path", value)) => path = Some((value.to_owned(), false)),
                    Some(("dir", value)) => path = Some((value.to_owned(), true)),
                    Some(("perm", value)) => {
                        let counts = value.contains(['w', 'a']) || (program && value.contains('x'));
                        permissions = if counts { "w" } else { "" };
                    }
                    Some(("key" | "arch", _)) => {}
                    _ => narrow = true,
                }
            }
            // Of rules by call only those for all calls, as `auditctl -l` shows watches.
            "-S" => narrow |= value(&mut rest) != "all",
            _ => {}
        }
    }
    let Some((path, below)) =
        path.filter(|(path, _)| path.starts_with('/') && always && !narrow && !permissions.is_empty())
    else {
        return false;
    };
    let path = path.trim_end_matches('/');
    names.iter().any(|name| {
        *name == path || (below && name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    })
}

/// Bytes of an audit rule at most; its longest field is a path of 4096.
const RULE: usize = 8192;

/// Is `other` a newer release of the same kind of kernel? Nothing: these two cannot be compared.
pub fn newer_kernel(running: &str, other: &str) -> Option<bool> {
    // What follows the numbers, `cloud-amd64`, is another series of packages.
    fn series(release: &str) -> (Vec<&str>, &str) {
        let parts: Vec<&str> = release.split('-').collect();
        let digits = |part: &&&str| part.starts_with(|c: char| c.is_ascii_digit());
        let numbers = parts.iter().take_while(digits).count();
        let last = parts.get(numbers.wrapping_sub(1)).and_then(|part| part.rsplit('.').next());
        (parts[numbers..].to_vec(), last.filter(|part| part.parse::<u64>().is_err()).unwrap_or(""))
    }
    fn tokens(release: &str) -> Vec<Result<u64, &str>> {
        let mut out = Vec::new();
        let mut rest = release;
        while let Some(first) = rest.chars().next() {
            let digit = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(rest.len());
            let (token, tail) = rest.split_at(end);
            out.push(token.parse().map_err(|_| token));
            rest = tail;
        }
        out
    }
    if series(running) != series(other) {
        return None;
    }
    for (own, theirs) in tokens(running).iter().zip(&tokens(other)) {
        match (own, theirs) {
            (Ok(own), Ok(theirs)) if own != theirs => return Some(theirs > own),
            (own, theirs) if own != theirs => return None,
            _ => {}
        }
    }
    (running == other).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn os_release_values_lose_their_quotes() {
        let set = os_release(
            b"# c\nID=\"fedora\"\nVERSION_ID='40'\nVARIANT_ID=coreos\nNAME=\"a \\\"b\\\"\"\nID=x\\ y\n",
        );
        assert_eq!((&set["VERSION_ID"][..], &set["NAME"][..], &set["ID"][..]), ("40", "a \"b\"", "x y"));
        assert_eq!(variant(&set), Some("coreos".into()));
        assert_eq!(distribution("p", &set).unwrap_err().why, Why::Malformed);
        let set = os_release(b"NAME=Plain\nBUILD_ID=rolling\n");
        assert_eq!(distribution("p", &set).map(|d| (d.id, d.version)), Ok(("linux".into(), String::new())));
        assert_eq!(variant(&os_release(b"ID=debian")), None);
    }

    #[test]
    fn mounts_are_what_one_sees() {
        let text = b"1 0 8:1 / / rw,nosuid shared:1 master:2 - ext4 /dev/a rw\n\
            2 1 0:1 / /a\\040b rw,relatime - cifs //u:pw@srv/x rw,password=pw,uid=3\n\
            3 1 0:2 / /ro ro - xfs /dev/b rw\n\
            4 1 0:3 / /fs rw - xfs /dev/c ro\n\
            5 3 0:4 / /ro rw,noexec - tmpfs none rw\n";
        let mounts = mounts("mountinfo", text).unwrap();
        assert!(mounts["/"].options.contains("nosuid"));
        let share = &mounts["/a b"];
        assert_eq!(share.source, "//[password]@srv/x");
        assert!(share.options.contains("password") && share.options.contains("uid=3"));
        assert!(mounts["/fs"].options.contains("ro") && !mounts["/fs"].options.contains("rw"));
        assert_eq!(mounts["/ro"].kind, "tmpfs", "the upper one hides the lower one");
        let error = super::mounts("mountinfo", b"1 0 8:1 / / rw shared:1\n").unwrap_err();
        assert_eq!((error.why, &error.what[..12]), (Why::Malformed, "mountinfo:1:"));
    }

    #[test]
    fn the_cgroup_tree_with_the_controllers_counts() {
        let tree = |kind: &str| {
            let mount = HostMount { source: String::new(), kind: kind.into(), options: BTreeSet::new() };
            BTreeMap::from([("/sys/fs/cgroup".to_owned(), mount)])
        };
        assert_eq!(cgroup_version(b"0::/user.slice\n", &tree("cgroup2")), Some(2));
        assert_eq!(cgroup_version(b"4:memory:/x\n1:name=systemd:/\n0::/\n", &tree("tmpfs")), Some(1));
        assert_eq!(cgroup_version(b"3:cpu,cpuacct:/\n0::/\n", &tree("tmpfs")), Some(1));
        // A tree of an old kind with a controller that limits nothing is no matter.
        assert_eq!(cgroup_version(b"3:net_cls:/\n0::/\n", &tree("cgroup2")), Some(2));
        assert_eq!(cgroup_version(b"0::/\n", &BTreeMap::new()), None);
        assert!(cgroup_of_container(b"0::/system.slice/docker-3f.scope\n"));
        assert!(cgroup_of_container(b"4:memory:/kubepods/burstable/pod1\n"));
        assert!(!cgroup_of_container(b"0::/system.slice/docker.service\n"));
    }

    #[test]
    fn sockets_that_listen() {
        let end = "00000000:00000000 00:00000000 00000000 0 0 77 1 x";
        // The words are in the byte order of the machine that printed them.
        let word = u32::from_ne_bytes([127, 0, 0, 1]);
        let line = format!("0: {word:08X}:1F90 00000000:0000 0A {end}");
        let (socket, inode) = listening("tcp", line.as_bytes()).unwrap();
        assert_eq!((&socket.address[..], socket.port, inode), ("127.0.0.1", 8080, 77));
        assert!(listening("tcp", line.replace(" 0A ", " 01 ").as_bytes()).is_none());
        let last = u32::from_ne_bytes([0, 0, 0, 1]);
        let line = format!("0: {:024}{last:08X}:0035 {:032}:0000 07 {end}", 0, 0);
        assert_eq!(listening("udp", line.as_bytes()).unwrap().0.address, "::1");
        let line = format!("0: {word:08X}:0035 {word:08X}:0035 07 {end}");
        assert!(listening("udp", line.as_bytes()).is_none(), "it has a peer");
        assert!(listening("tcp", b"  sl  local_address rem_address   st").is_none());
    }

    #[test]
    fn passwords_are_states() {
        let passwd = b"set:x:1:1::/:/a\nlocked:x:2:2::/:/a\nempty:x:3:3::/:/a\nopen::4:4::/:/a\nstar:*:5:5::/:/a\n\
            old:abcdefghijklm:6:6::/:/a\nlost:x:7:1::/:/a\n+nis::0:0::/:/a\n#off:x:0:0::/:/a\nbad:x:y:0::/:/a\n";
        let shadow = b"set:$6$s$h:1:::::\nlocked:!$6$s$h:1:::::\nempty::1:::::\n";
        let found = accounts(passwd, Some(shadow), Ok(b"g:x:1:a,b\nempty:x:9:\n+\n")).unwrap();
        let states: BTreeMap<&str, Password> =
            found.users.iter().map(|(name, user)| (&name[..], user.password.unwrap())).collect();
        use Password::{Empty, Locked, Set};
        let wanted = [("set", Set), ("locked", Locked), ("empty", Empty), ("open", Empty), ("star", Locked)];
        assert_eq!(states, wanted.into_iter().chain([("old", Set), ("lost", Locked)]).collect());
        let groups = found.groups.unwrap();
        assert_eq!(groups["g"], ["a", "b", "lost", "set"].map(str::to_owned).into());
        assert!(groups["empty"].is_empty());
        // Two of one name: which of them counts is not known.
        let error = accounts(b"a:x:1:1::/:/a\na:x:0:0::/:/a\n", None, Ok(b"")).err().unwrap();
        assert!(error.what.starts_with("/etc/passwd:2:"), "{}", error.what);
        // The sum of members has a bound.
        let many: String = (0..2000).map(|n| format!("u{n}:x:{n}:5::/:/a\n")).collect();
        let groups: String = (0..2000).map(|n| format!("g{n}:x:5:\n")).collect();
        let found = accounts(many.as_bytes(), None, Ok(groups.as_bytes())).unwrap();
        assert_eq!(found.groups.unwrap_err().why, Why::Malformed);
        assert_eq!(found.users["u1"].password, None);
    }

    #[test]
    fn sources_of_accounts() {
        assert_eq!(other_account_sources(b"passwd: files systemd # x\n"), Vec::<String>::new());
        assert_eq!(other_account_sources(b"group: ldap\npasswd: files [NOTFOUND=return] sss\n"), ["sss"]);
        assert!(other_account_sources(b"").is_empty());
    }

    #[test]
    fn apt_settings() {
        let mut set = BTreeMap::new();
        let text = b"// a\nAPT { Periodic { Enable \"1\"; /* \"x; */ Unattended-Upgrade \"1\"; }; };\n\
            APT::Periodic::Update-Package-Lists 1; # b\nAPT::List:: \"x\";\n";
        apt_conf("f", text, &mut set).unwrap();
        for name in ["enable", "unattended-upgrade", "update-package-lists"] {
            assert_eq!(set[&format!("apt::periodic::{name}")], "1", "{set:?}");
        }
        apt_conf("g", b"APT::Periodic::Enable \"0\";\n#clear APT::Periodic::Unattended-Upgrade;\n", &mut set)
            .unwrap();
        assert_eq!(set["apt::periodic::enable"], "0");
        assert!(!set.contains_key("apt::periodic::unattended-upgrade"));
        assert!(apt_conf("h", b"\n#include \"/x\";", &mut set).unwrap_err().what.starts_with("h:2:"));
        assert!(apt_conf("h", &b"a{".repeat(1000), &mut set).is_err());
    }

    #[test]
    fn kernels_are_compared_within_their_series() {
        for (running, other, newer) in [
            ("6.1.0-18-amd64", "6.1.0-20-amd64", Some(true)),
            ("6.1.0-9-amd64", "6.1.0-18-amd64", Some(true)),
            ("6.1.0-20-amd64", "6.1.0-18-amd64", Some(false)),
            ("6.1.0-20-amd64", "6.1.0-20-amd64", Some(false)),
            ("6.1.0-18-amd64", "6.1.0-20-cloud-amd64", None),
            ("5.15.0-91-generic", "6.5.0-14-generic", Some(true)),
            ("5.14.0-362.8.1.el9_3.x86_64", "5.14.0-427.el9.x86_64", Some(true)),
            ("5.14.0-362.8.1.el9_3.x86_64", "5.14.0-362.24.1.el9_3.x86_64", Some(true)),
            ("6.9.1-arch1-1", "6.9.2-arch2-1", None),
            ("", "x", None),
        ] {
            assert_eq!(newer_kernel(running, other), newer, "{running} {other}");
        }
    }

    #[test]
    fn sshd_reads_the_first_value() {
        let file = |text: &str| ConfigFile { path: "/etc/ssh/sshd_config".into(), text: text.into() };
        let none = &mut |_: &str| Ok(Vec::new());
        let set =
            sshd(file("AllowUsers a\nAllowUsers b \"c d\"\nX11Forwarding=yes\nX11Forwarding no\n"), none)
                .unwrap();
        assert_eq!((&set["allowusers"][..], &set["x11forwarding"][..]), ("a b c d", "yes"));
        let mut asked = Vec::new();
        let include = &mut |pattern: &str| {
            asked.push(pattern.to_owned());
            Ok(Vec::new())
        };
        sshd(file("Include a/*.conf /b\nMatch User x\nInclude c\n"), include).unwrap();
        assert_eq!(asked, ["/etc/ssh/a/*.conf", "/b"]);
        let error = sshd(file("\nUsePAM perhaps\n"), none).unwrap_err();
        assert!(
            error.what.starts_with("/etc/ssh/sshd_config:2: usepam is not one of yes, no"),
            "{}",
            error.what
        );
        assert_eq!(
            (seconds("1h30m"), seconds("90"), seconds("1x"), seconds("m")),
            (Some(5400), Some(90), None, None)
        );
        assert_eq!(seconds("99999999999999999999w"), None);
    }

    #[test]
    fn rules_and_names() {
        let rules = audit_rules("p", b"# c\n\n-w  /etc/passwd -p wa\n  -e 2\n").unwrap();
        assert_eq!(rules, ["-w /etc/passwd -p wa", "-e 2"]);
        assert!(audit_rules("p", &[b'\n', 0].repeat(2)).is_ok());
        assert!(audit_rules("p", &[0; 9000]).unwrap_err().what.starts_with("p:1:"));
        assert_eq!([101, 104, 109, 113].map(lsm_name), ["selinux", "apparmor", "bpf", "ipe"]);
        assert_eq!([99, 114, u64::MAX].map(lsm_name), ["lsm-99", "lsm-114", "lsm-18446744073709551615"]);
        assert_eq!(sysctl(b"1\t0\n"), "1 0");
    }

    #[test]
    fn rules_record_what_they_name() {
        let names = ["/usr/lib/systemd/system/docker.service", "/lib/systemd/system/docker.service"];
        let holds = |rules: &[&str]| {
            audits(&rules.iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>(), &names, false)
        };
        for rule in [
            "-w /lib/systemd/system/docker.service -p wa -k docker",
            "-w /usr/lib/systemd/system/docker.service",
            "-w /usr/lib/systemd/ -p rwxa",
            "-a always,exit -S all -F path=/lib/systemd/system/docker.service -F perm=wa -F key=docker",
            "-a exit,always -F dir=/usr/lib/systemd -F perm=war",
        ] {
            assert!(holds(&[rule]), "{rule}");
        }
        for rule in [
            "-w /lib/systemd/system/docker.service -p r",
            "-w /lib/systemd/system/docker",
            "-a never,exit -F path=/lib/systemd/system/docker.service",
            "-a always,exit -F path=/usr/lib/systemd -F perm=wa",
            "-a always,exit -F path=/lib/systemd/system/docker.service -F auid=1000",
            "-a always,exit -S execve -F path=/lib/systemd/system/docker.service",
            "-w",
            "",
        ] {
            assert!(!holds(&[rule]), "{rule}");
        }
        let watch = "-w /usr/lib/systemd";
        assert!(!holds(&[watch, "-D"]) && !holds(&[watch, "-e 0"]) && holds(&["-D", watch, "-e 2"]));
        assert!(audits(&["-w /usr/bin/runc -p x".to_owned()], &["/usr/bin/runc"], true));
        assert!(!audits(&["-w /usr/bin/runc -p x".to_owned()], &["/usr/bin/runc"], false));
    }

    #[test]
    fn no_text_makes_a_reader_panic() {
        let seeds: [&[u8]; 6] = [
            b"1 0 8:1 / /a\\040 rw shared:1 - ext4 /dev/a rw,x=y\n",
            b"0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 77 1\n",
            b"root:x:0:0::/:/bin/sh\n+::::::\n",
            b"APT { Periodic { Enable \"1\"; }; };\n#clear APT;\n/* x */",
            b"Match all\nInclude \"a b\"\nPort = 22 # c\nLoginGraceTime 1h2m\n\\",
            b"Package: a\nStatus: install ok installed\nInstalled-Size: 9\n\nP:a\nI:1\nID='a\\\"\n",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        };
        for round in 0..6000 {
            let mut text = seeds[round % seeds.len()].to_vec();
            for _ in 0..=random(6) {
                let at = random(text.len());
                match random(3) {
                    0 => text[at] = u8::try_from(random(256)).unwrap(),
                    1 => text.insert(at, b"\n\"'\\{};=:#*\xff"[random(12)]),
                    _ => text.truncate(at.max(1)),
                }
            }
            let _ = mounts("p", &text).map(|mounts| cgroup_version(&text, &mounts));
            let _ = accounts(&text, Some(&text), Ok(&text));
            let _ = apt_conf("p", &text, &mut BTreeMap::new());
            let _ = distribution("p", &os_release(&text));
            let again = ConfigFile { path: "p".into(), text: text.clone() };
            let include = &mut |_: &str| Ok(vec![ConfigFile { path: "q".into(), text: text.clone() }]);
            let _ = sshd(again, include);
            let mut packages = Packages::default();
            for line in text.split(|b| *b == b'\n') {
                listening("udp", line);
                packages.dpkg(line);
                packages.apk(line);
            }
            let shown = String::from_utf8_lossy(&text).into_owned();
            newer_kernel(&shown, "6.1.0-18-amd64");
            other_account_sources(&text);
            let _ = audit_rules("p", &text);
            assert!(!plain(&text).chars().any(char::is_control));
        }
    }
}
