//! The host under the containers: the one that runs here, or a file system below another root.
//!
//! Every path is walked component by component below the root, so that no link leads out of it: an absolute
//! link starts at the root again, and `..` stops there. Only regular files are opened for reading.

mod guarded;
mod processes;
mod root;

use processes::{pids, programs};
use root::{NAMES, Root};
use rustix::fs::FileType;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use tyrian_model::fact::{Gap, Known, Many, Why};
use tyrian_model::host::{Engine, GuardedFile, Host, HostMount, Listening};
use tyrian_read::host::{self as read, Accounts, ConfigFile, Packages};
use tyrian_read::secrets::Key;

/// Directories of units that a target wants, at most.
const WANTS: usize = 1000;
/// Files that one Include of sshd may mean.
const INCLUDED: usize = 256;

/// Programs that record, and the services that start them.
const LOGGERS: [(&str, &str); 20] = [
    ("auditd", "auditd"),
    ("rsyslogd", "rsyslog"),
    ("syslog-ng", "syslog-ng"),
    ("syslogd", "syslog"),
    ("metalog", "metalog"),
    ("fluent-bit", "fluent-bit"),
    ("fluentd", "fluentd"),
    ("td-agent", "td-agent"),
    ("vector", "vector"),
    ("filebeat", "filebeat"),
    ("auditbeat", "auditbeat"),
    ("journalbeat", "journalbeat"),
    ("promtail", "promtail"),
    ("alloy", "alloy"),
    ("otelcol", "otelcol"),
    ("splunkd", "splunk"),
    ("datadog-agent", "datadog-agent"),
    ("amazon-cloudwatch-agent", "amazon-cloudwatch-agent"),
    ("systemd-journal-upload", "systemd-journal-upload"),
    ("systemd-journal-remote", "systemd-journal-remote"),
];

const JOURNAL: &str = "systemd-journald";

/// A name as the kernel keeps it.
fn cut(name: &str) -> &str {
    name.get(..15).unwrap_or(name)
}

const ELSEWHERE: &str =
    "what only a running system can tell (/proc, /sys, /run) is not below another root; scan `host` on it";

/// What is read of a host.
pub struct Found {
    /// The host itself.
    pub host: Host,
    /// The files that decide what runs as root.
    pub guarded: Many<GuardedFile>,
    /// The Docker engine that would start, where none runs: what its units and its daemon.json make of it.
    pub engines: Many<Engine>,
    /// The gaps of all of it, and what more rights would show.
    pub gaps: Vec<Gap>,
}

/// Reads the host at `root`; `/` is the one that runs here.
pub fn read(root: &Path, key: &Key) -> Found {
    let reader = Reader { root: Root::open(root), gaps: RefCell::default(), wants: OnceCell::new() };
    let found = reader.engines();
    let host = reader.host(&found);
    let (mut guarded, mut engines) = (Many::default(), Many::default());
    // The files of a container are not those of the host under it.
    if matches!(reader.in_container(), Ok(false)) {
        guarded = reader.guarded(&found);
        if let Ok(found) = &found {
            match reader.planned_engine(found, key) {
                Ok(None) => {}
                Ok(Some((name, engine))) => engines.add(name, engine),
                Err(gap) => engines.lacks(gap),
            }
        }
    }
    Found { host, guarded, engines, gaps: reader.gaps.into_inner() }
}

/// The host itself alone, with the gaps of its facts.
pub fn host(root: &Path) -> (Host, Vec<Gap>) {
    let reader = Reader { root: Root::open(root), gaps: RefCell::default(), wants: OnceCell::new() };
    let found = reader.engines();
    let host = reader.host(&found);
    (host, reader.gaps.into_inner())
}

fn missing(path: &str, then: &str) -> Gap {
    Gap::new(Why::NotRead, format!("{path} is not there; {then}"))
}

struct Reader {
    root: Root,
    gaps: RefCell<Vec<Gap>>,
    /// The directories of units that targets want, once they were looked up.
    wants: OnceCell<Result<Vec<String>, Gap>>,
}

/// The path of os-release, and what it sets.
type Release = Option<(&'static str, BTreeMap<String, String>)>;

impl Reader {
    fn host(&self, engines: &Result<guarded::Engines, Gap>) -> Host {
        let release = self.release();
        let name = |found: Release| found.map(|(path, set)| read::distribution(path, &set)).transpose();
        let kernel = self.kernel();
        let mounts = self.mounts();
        let cgroup_version = self.cgroup_version(&mounts);
        let packages = self.packages();
        let managers = self.package_managers();
        let restart_required = self.restart_required(&kernel, &managers);
        let (users, groups) = match self.accounts() {
            Ok(accounts) => (Ok(accounts.users), accounts.groups),
            Err(gap) => (Err(gap.clone()), Err(gap)),
        };
        Host {
            distribution: self.keep(release.clone().and_then(name)),
            variant: self.keep(release.map(|found| found.and_then(|(_, set)| read::variant(&set)))),
            kernel: self.keep(kernel),
            sysctls: self.keep(self.sysctls()),
            mounts: self.keep(mounts),
            lsms: self.keep(self.lsms()),
            cpu_faults: self.keep(self.cpu_faults()),
            cgroup_version: self.keep(cgroup_version),
            sshd: self.keep(self.sshd()),
            listening: self.keep(self.listening()),
            users: self.keep(users),
            groups: self.keep(groups),
            installed_size: self.keep(packages.clone().map(|found| found.map(|(_, bytes)| bytes))),
            packages: self.keep(packages.map(|found| found.map_or(0, |(count, _)| count))),
            package_managers: self.keep(managers),
            automatic_updates: self.keep(self.automatic_updates()),
            restart_required: self.keep(restart_required),
            loggers: self.keep(self.loggers()),
            audit_rules: self.keep(self.audit_rules()),
            tpm: self.keep(self.tpm()),
            secure_boot: self.keep(self.secure_boot()),
            in_container: self.keep(self.in_container()),
            data_roots: self.keep(self.data_roots(engines)),
        }
    }

    fn keep<T>(&self, found: Result<T, Gap>) -> Known<T> {
        found.map_or_else(
            |gap| {
                self.note(gap.clone());
                gap.into()
            },
            Known::is,
        )
    }

    fn note(&self, gap: Gap) {
        let mut gaps = self.gaps.borrow_mut();
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }

    fn running(&self) -> Result<&Root, Gap> {
        self.root.top()?;
        if self.root.live { Ok(&self.root) } else { Err(Gap::new(Why::NotRead, ELSEWHERE)) }
    }

    /// A file that only a running system has.
    fn now(&self, path: &str, then: &str) -> Result<Vec<u8>, Gap> {
        self.running()?.read(path)?.ok_or_else(|| missing(path, then))
    }

    fn release(&self) -> Result<Release, Gap> {
        for path in ["/etc/os-release", "/usr/lib/os-release"] {
            if let Some(text) = self.root.read(path)? {
                return Ok(Some((path, read::os_release(&text))));
            }
        }
        Ok(None)
    }

    fn kernel(&self) -> Result<String, Gap> {
        let text = self.now("/proc/sys/kernel/osrelease", "mount proc at /proc")?;
        Ok(read::plain(text.trim_ascii()))
    }

    fn sysctls(&self) -> Result<BTreeMap<String, String>, Gap> {
        let root = self.running()?;
        if !root.has("/proc/sys/kernel")? {
            return Err(missing("/proc/sys", "mount proc at /proc"));
        }
        let mut set = BTreeMap::new();
        for name in read::SYSCTLS {
            // The map says of an absent one that the kernel does not have it, so one that is denied takes all.
            if let Some(value) = root.read(&format!("/proc/sys/{}", name.replace('.', "/")))? {
                set.insert(name.to_owned(), read::sysctl(&value));
            }
        }
        Ok(set)
    }

    fn mounts(&self) -> Result<BTreeMap<String, HostMount>, Gap> {
        let path = "/proc/self/mountinfo";
        read::mounts(path, &self.now(path, "mount proc at /proc")?)
    }

    fn cgroup_version(&self, mounts: &Result<BTreeMap<String, HostMount>, Gap>) -> Result<u8, Gap> {
        let own = self.now("/proc/self/cgroup", "the kernel has no cgroups, or /proc is not mounted")?;
        let mounts = mounts.as_ref().map_err(Clone::clone)?;
        read::cgroup_version(&own, mounts)
            .ok_or_else(|| missing("/sys/fs/cgroup", "mount a cgroup tree there"))
    }

    fn lsms(&self) -> Result<Vec<String>, Gap> {
        let path = "/sys/kernel/security/lsm";
        if let Some(text) = self.running()?.read(path)? {
            let text = read::plain(text.trim_ascii());
            return Ok(text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect());
        }
        match active_lsms() {
            Some(ids) => Ok(ids.into_iter().map(read::lsm_name).collect()),
            None => Err(missing(path, "mount it: `mount -t securityfs none /sys/kernel/security`")),
        }
    }

    fn cpu_faults(&self) -> Result<BTreeMap<String, String>, Gap> {
        let directory = "/sys/devices/system/cpu/vulnerabilities";
        let root = self.running()?;
        let names = root.list(directory)?;
        let names =
            names.ok_or_else(|| missing(directory, "the kernel does not tell, or sysfs is not mounted"))?;
        let mut faults = BTreeMap::new();
        for name in names {
            if let Some(text) = root.read(&format!("{directory}/{name}"))? {
                faults.insert(read::plain(name.as_bytes()), read::plain(text.trim_ascii()));
            }
        }
        Ok(faults)
    }

    fn sshd(&self) -> Result<Option<BTreeMap<String, String>>, Gap> {
        let root = &self.root;
        let programs = ["/usr/sbin/sshd", "/usr/bin/sshd", "/sbin/sshd", "/usr/local/sbin/sshd"];
        if root.first(&programs)?.is_none() {
            return Ok(None);
        }
        let paths = ["/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config"];
        let path = root.first(&paths)?.ok_or_else(|| {
            missing(
                "/etc/ssh/sshd_config",
                "sshd does not start without it: take sshd off, or look at `sshd -T`",
            )
        })?;
        // What its service adds on the command line goes before the file.
        for (path, name) in [("/etc/default/ssh", "SSHD_OPTS"), ("/etc/sysconfig/sshd", "OPTIONS")] {
            let set = root.read(path)?.map(|text| read::os_release(&text)).unwrap_or_default();
            let options = set.get(name).map_or("", String::as_str);
            if options.split_whitespace().any(|word| ["-o", "-f", "-p"].iter().any(|o| word.starts_with(o))) {
                let what =
                    format!("{path}: {name} overrides sshd_config; move it there, or look at `sshd -T`");
                return Err(Gap::new(Why::Unresolved, what));
            }
        }
        let text = root.read(path)?.unwrap_or_default();
        let mut include = |pattern: &str| {
            let mut files = Vec::new();
            for path in glob(root, pattern)? {
                if let Some(text) = root.read(&path)? {
                    files.push(ConfigFile { path, text });
                }
            }
            Ok(files)
        };
        read::sshd(ConfigFile { path: path.to_owned(), text }, &mut include).map(Some)
    }

    fn listening(&self) -> Result<Vec<Listening>, Gap> {
        let root = self.running()?;
        if !root.has("/proc/self/net")? {
            return Err(missing("/proc/self/net", "mount proc at /proc"));
        }
        let mut sockets = Vec::new();
        for table in ["tcp", "tcp6", "udp", "udp6"] {
            // A kernel without IPv6 has no table of it.
            let each = |line: &[u8]| sockets.extend(read::listening(table.trim_end_matches('6'), line));
            root.lines(&format!("/proc/self/net/{table}"), each)?;
        }
        let mut wanted: HashMap<u64, Option<String>> =
            sockets.iter().map(|(_, inode)| (*inode, None)).collect();
        wanted.remove(&0);
        let denied = programs(root, &mut wanted)?;
        let unnamed = wanted.values().any(Option::is_none);
        let mut listening: Vec<Listening> = sockets
            .into_iter()
            .map(|(socket, inode)| Listening { program: wanted.get(&inode).cloned().flatten(), ..socket })
            .collect();
        listening.sort();
        listening.dedup();
        if denied && unnamed {
            let what =
                "/proc/*/fd: which programs listen is not seen in full; run as root, with CAP_SYS_PTRACE";
            self.note(Gap::new(Why::Denied, what));
        }
        Ok(listening)
    }

    fn accounts(&self) -> Result<Accounts, Gap> {
        let passwd = self.root.read("/etc/passwd")?.unwrap_or_default();
        let group = self.root.read("/etc/group").map(Option::unwrap_or_default);
        let shadow = self.root.read("/etc/shadow");
        for source in read::other_account_sources(&self.root.read("/etc/nsswitch.conf")?.unwrap_or_default())
        {
            let what = format!("/etc/nsswitch.conf: accounts that come from {source} are not read");
            self.note(Gap::new(Why::NotRead, what));
        }
        let states = shadow.as_ref().ok().and_then(Option::as_deref);
        let accounts = read::accounts(&passwd, states, group.as_deref().map_err(Clone::clone))?;
        if accounts.users.values().any(|account| account.password.is_none()) {
            self.note(match shadow {
                Err(gap) => gap,
                Ok(_) => missing("/etc/shadow", "whether accounts have passwords is not known"),
            });
        }
        Ok(accounts)
    }

    /// How many packages are installed and the bytes that they take; nothing without a package database.
    fn packages(&self) -> Result<Option<(usize, u64)>, Gap> {
        let root = &self.root;
        let mut found = Packages::default();
        let mut any = root.lines("/var/lib/dpkg/status", |line| found.dpkg(line))?;
        found.end();
        // Images without a package manager keep a file for each package.
        for path in root.ending("/var/lib/dpkg/status.d", "")? {
            if !path.ends_with(".md5sums") {
                any |= root.lines(&path, |line| found.dpkg_part(line))?;
                found.end();
            }
        }
        for path in ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"] {
            // `/lib` may be a link to `/usr/lib`.
            if root.lines(path, |line| found.apk(line))? {
                any = true;
                found.end();
                break;
            }
        }
        if found.count > 0 {
            return Ok(Some((found.count, found.bytes)));
        }
        let others = [
            ("/var/lib/rpm/rpmdb.sqlite", "rpm"),
            ("/var/lib/rpm/Packages", "rpm"),
            ("/var/lib/rpm/Packages.db", "rpm"),
            ("/usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm"),
            ("/usr/lib/sysimage/rpm/Packages.db", "rpm"),
            ("/usr/share/rpm/rpmdb.sqlite", "rpm"),
            ("/var/lib/pacman/local", "pacman"),
            ("/var/db/pkg", "portage"),
            ("/var/lib/xbps", "xbps"),
            ("/nix/store", "nix"),
        ];
        for (path, name) in others {
            if root.has(path)? {
                let what =
                    format!("{path}: the {name} database is not read; ask {name} itself what is installed");
                return Err(Gap::new(Why::NotRead, what));
            }
        }
        Ok(any.then_some((0, 0)))
    }

    fn package_managers(&self) -> Result<BTreeSet<String>, Gap> {
        const PROGRAMS: [(&str, &str); 19] = [
            ("apt", "apt"),
            ("apt-get", "apt"),
            ("dpkg", "dpkg"),
            ("dnf", "dnf"),
            ("dnf5", "dnf"),
            ("yum", "yum"),
            ("microdnf", "microdnf"),
            ("tdnf", "tdnf"),
            ("rpm", "rpm"),
            ("rpm-ostree", "rpm-ostree"),
            ("zypper", "zypper"),
            ("apk", "apk"),
            ("pacman", "pacman"),
            ("emerge", "emerge"),
            ("snap", "snap"),
            ("flatpak", "flatpak"),
            ("nix-env", "nix"),
            ("opkg", "opkg"),
            ("xbps-install", "xbps"),
        ];
        let mut found = BTreeSet::new();
        for (program, name) in PROGRAMS {
            if !found.contains(name) && self.program(program)?.is_some() {
                found.insert(name.to_owned());
            }
        }
        Ok(found)
    }

    /// Where a program lies.
    fn program(&self, name: &str) -> Result<Option<String>, Gap> {
        for directory in ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin"] {
            let path = format!("{directory}/{name}");
            let stat = self.root.stat(&path)?;
            if stat.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile) {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    fn wants(&self) -> Result<Vec<String>, Gap> {
        let mut wants = Vec::new();
        for directory in ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"] {
            wants.extend(self.root.ending(directory, ".wants")?);
        }
        if wants.len() > WANTS {
            let what = format!("/etc/systemd/system: more than {WANTS} directories of wanted units");
            return Err(Gap::new(Why::Malformed, what));
        }
        Ok(wants)
    }

    /// Does the system start this unit? Links are looked at, not followed: they lead to the unit.
    fn enabled(&self, unit: &str) -> Result<bool, Gap> {
        let root = &self.root;
        if root.link(&format!("/etc/systemd/system/{unit}"))?.is_some_and(|target| target == "/dev/null") {
            return Ok(false);
        }
        for wants in self.wants.get_or_init(|| self.wants()).as_ref().map_err(Clone::clone)? {
            if root.walk(&format!("{wants}/{unit}"), false)?.is_some() {
                return Ok(true);
            }
        }
        let Some(service) = unit.strip_suffix(".service") else { return Ok(false) };
        if root.walk(&format!("/etc/runlevels/default/{service}"), false)?.is_some() {
            return Ok(true);
        }
        // Without systemd the links of the run levels start it.
        if root.first(&["/usr/lib/systemd/systemd", "/lib/systemd/systemd"])?.is_some() {
            return Ok(false);
        }
        let starts = root.list("/etc/rc2.d")?.unwrap_or_default();
        Ok(starts.iter().any(|name| name.starts_with('S') && name.get(3..) == Some(service)))
    }

    fn automatic_updates(&self) -> Result<bool, Gap> {
        let root = &self.root;
        if self.program("unattended-upgrade")?.is_some() {
            let mut set = BTreeMap::new();
            let parts = root.list("/etc/apt/apt.conf.d")?.unwrap_or_default();
            // apt takes only names of this form, without an ending or with this one.
            let taken = |name: &String| {
                let stem = name.strip_suffix(".conf").unwrap_or(name);
                stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            };
            let parts = parts.into_iter().filter(taken).map(|name| format!("/etc/apt/apt.conf.d/{name}"));
            for path in parts.chain(["/etc/apt/apt.conf".to_owned()]) {
                if let Some(text) = root.read(&path)? {
                    read::apt_conf(&path, &text, &mut set)?;
                }
            }
            let on = |name: &str, default: &str| {
                let value = set.get(&format!("apt::periodic::{name}")).map_or(default, String::as_str);
                !matches!(value, "0" | "" | "false" | "no")
            };
            let set = on("enable", "1") && on("unattended-upgrade", "0") && on("update-package-lists", "0");
            if set && (self.enabled("apt-daily-upgrade.timer")? || root.has("/etc/cron.daily/apt-compat")?) {
                return Ok(true);
            }
        }
        let applies = |path: &str, name: &str, values: &[&str]| -> Result<bool, Gap> {
            let mut set = BTreeMap::new();
            read::ini(&root.read(path)?.unwrap_or_default(), &mut set);
            Ok(set.get(name).is_some_and(|value| values.contains(&value.to_ascii_lowercase().as_str())))
        };
        let yes = ["yes", "true", "1", "on"];
        for timer in ["dnf-automatic-install.timer", "transactional-update.timer", "zincati.service"] {
            if self.enabled(timer)? {
                return Ok(true);
            }
        }
        for (unit, path, name, values) in [
            ("dnf-automatic.timer", "/etc/dnf/automatic.conf", "apply_updates", &yes[..]),
            ("dnf5-automatic.timer", "/etc/dnf/automatic.conf", "apply_updates", &yes[..]),
            ("yum-cron.service", "/etc/yum/yum-cron.conf", "apply_updates", &yes[..]),
            (
                "rpm-ostreed-automatic.timer",
                "/etc/rpm-ostreed.conf",
                "automaticupdatepolicy",
                &["apply", "stage"],
            ),
        ] {
            if self.enabled(unit)? && applies(path, name, values)? {
                return Ok(true);
            }
        }
        self.enabled("update-engine.service")
    }

    fn restart_required(
        &self,
        kernel: &Result<String, Gap>,
        managers: &Result<BTreeSet<String>, Gap>,
    ) -> Result<bool, Gap> {
        let root = self.running()?;
        let marks = ["/run/reboot-required", "/var/run/reboot-required", "/run/reboot-needed"];
        if root.first(&marks)?.is_some() {
            return Ok(true);
        }
        let kernel = kernel.as_ref().map_err(Clone::clone)?;
        let mut installed = BTreeSet::new();
        for name in root.list("/boot")?.unwrap_or_default() {
            installed
                .extend(name.strip_prefix("vmlinuz-").filter(|r| !r.contains("rescue")).map(str::to_owned));
        }
        for directory in ["/lib/modules", "/usr/lib/modules"] {
            for name in root.list(directory)?.unwrap_or_default() {
                // A removed kernel may leave its directory behind, without this list.
                if root.has(&format!("{directory}/{name}/modules.dep"))? {
                    installed.insert(name);
                }
            }
        }
        if installed.iter().any(|other| read::newer_kernel(kernel, other) == Some(true)) {
            return Ok(true);
        }
        if !installed.is_empty() && !installed.contains(kernel) {
            let what =
                format!("/lib/modules: not the kernel that runs ({kernel}); see by hand whether to restart");
            return Err(Gap::new(Why::Unresolved, what));
        }
        // Only Debian's way leaves a mark for other updates than the kernel's.
        if managers.as_ref().map_err(Clone::clone)?.iter().any(|name| name == "rpm")
            && root.has("/var/lib/rpm")?
            && !root.has("/var/lib/dpkg/status")?
        {
            let what =
                "a restart for other updates than the kernel's leaves no mark; ask `needs-restarting -r`";
            return Err(Gap::new(Why::NotRead, what));
        }
        Ok(false)
    }

    /// Those of the loggers that run, by the 15 bytes of a name that the kernel keeps; nothing where the processes
    /// of others cannot be seen.
    fn running_loggers(&self) -> Option<BTreeSet<String>> {
        let root = self.running().ok()?;
        // Where /proc hides the processes of others, the first one is hidden too.
        root.read("/proc/1/comm").ok().flatten()?;
        let mut names = BTreeSet::new();
        for pid in pids(root).ok()? {
            let Ok(Some(name)) = root.read(&format!("/proc/{pid}/comm")) else { continue };
            let name = read::plain(name.trim_ascii());
            if !LOGGERS.iter().any(|(program, _)| cut(program) == name) && name != cut(JOURNAL) {
                continue;
            }
            // What a container records are its own matters.
            let cgroup = root.read(&format!("/proc/{pid}/cgroup")).ok().flatten().unwrap_or_default();
            if !read::cgroup_of_container(&cgroup) {
                names.insert(name);
            }
        }
        Some(names)
    }

    /// Programs that are set up to record: on a running system those that run, elsewhere those that would start.
    fn loggers(&self) -> Result<BTreeSet<String>, Gap> {
        let running = self.running_loggers();
        let runs = |program: &str| running.as_ref().map(|names| names.contains(cut(program)));
        let mut found = BTreeSet::new();
        for (program, service) in LOGGERS {
            let on = match runs(program) {
                Some(runs) => runs,
                None => self.enabled(&format!("{service}.service"))?,
            };
            if on {
                found.insert(program.to_owned());
            }
        }
        let journald = ["/usr/lib/systemd/systemd-journald", "/lib/systemd/systemd-journald"];
        let there = self.root.first(&journald)?.is_some();
        // Cut to 15 bytes the uploader and the receiver have the same name as the journal itself.
        if runs(JOURNAL).is_some() {
            for service in ["systemd-journal-upload", "systemd-journal-remote"] {
                if !self.enabled(&format!("{service}.service"))? {
                    found.remove(service);
                }
            }
        }
        if there && runs(JOURNAL) != Some(false) && self.journal_is_kept()? {
            found.insert("systemd-journald".to_owned());
        }
        Ok(found)
    }

    /// Does the journal outlive a restart, or go on to a log program?
    fn journal_is_kept(&self) -> Result<bool, Gap> {
        let root = &self.root;
        let mut set = BTreeMap::new();
        let main = ["/etc/systemd/journald.conf", "/usr/lib/systemd/journald.conf"];
        let mut paths: Vec<String> = root.first(&main)?.map(str::to_owned).into_iter().collect();
        let mut parts = BTreeMap::new();
        for directory in ["/usr/lib/systemd/journald.conf.d", "/etc/systemd/journald.conf.d"] {
            for name in root.list(directory)?.unwrap_or_default() {
                if name.ends_with(".conf") {
                    parts.insert(name.clone(), format!("{directory}/{name}"));
                }
            }
        }
        paths.extend(parts.into_values());
        for path in paths {
            // A link to /dev/null takes a part away.
            if root.link(&path)?.is_some_and(|target| target == "/dev/null") {
                continue;
            }
            read::ini(&root.read(&path)?.unwrap_or_default(), &mut set);
        }
        let is = |name: &str, value: &str| set.get(name).is_some_and(|set| set.eq_ignore_ascii_case(value));
        let kept = match set.get("storage").map(String::as_str) {
            Some("persistent") => true,
            Some("volatile" | "none") => false,
            _ => root.has("/var/log/journal")?,
        };
        Ok(kept || is("forwardtosyslog", "yes") || is("forwardtosyslog", "true"))
    }

    fn audit_rules(&self) -> Result<Vec<String>, Gap> {
        let root = &self.root;
        // The parts are made into audit.rules when auditd starts, so they count before it.
        let mut paths = root.ending("/etc/audit/rules.d", ".rules")?;
        if paths.is_empty() {
            paths.push("/etc/audit/audit.rules".to_owned());
        }
        let mut rules = Vec::new();
        for path in paths {
            rules.extend(read::audit_rules(&path, &root.read(&path)?.unwrap_or_default())?);
            if rules.len() > NAMES {
                return Err(Gap::new(
                    Why::Malformed,
                    format!("{path}: more than {NAMES} rules with those before"),
                ));
            }
        }
        Ok(rules)
    }

    fn tpm(&self) -> Result<bool, Gap> {
        let root = self.running()?;
        if !root.has("/sys/class")? {
            return Err(missing("/sys/class", "mount sysfs at /sys"));
        }
        let devices = root.list("/sys/class/tpm")?.unwrap_or_default();
        // The firmware's table is there without a driver as well.
        Ok(!devices.is_empty() || root.has("/sys/firmware/acpi/tables/TPM2")?)
    }

    fn secure_boot(&self) -> Result<Option<bool>, Gap> {
        let root = self.running()?;
        if !root.has("/sys/firmware")? {
            return Err(missing("/sys/firmware", "mount sysfs at /sys"));
        }
        if !root.has("/sys/firmware/efi")? {
            return Ok(None);
        }
        let path = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
        let value = root
            .read(path)?
            .ok_or_else(|| missing(path, "mount it: `mount -t efivarfs none /sys/firmware/efi/efivars`"))?;
        // Four bytes of attributes stand before the value.
        match value[..] {
            [_, _, _, _, on] => Ok(Some(on == 1)),
            _ => Err(Gap::new(
                Why::Malformed,
                format!("{path}: not five bytes long; see `mokutil --sb-state`"),
            )),
        }
    }

    /// A container leaves marks in its file system and its cgroup. A machine whose disk was made from an image
    /// has such marks too, but its processes are in the kernel's first namespaces.
    fn in_container(&self) -> Result<bool, Gap> {
        // Whoever names another root means the system in it.
        self.root.top()?;
        let Ok(root) = self.running() else { return Ok(false) };
        let cgroup = root.read("/proc/1/cgroup").ok().flatten().unwrap_or_default();
        let marks = ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"];
        let Some(mark) =
            root.first(&marks)?.or(read::cgroup_of_container(&cgroup).then_some("/proc/1/cgroup"))
        else {
            return Ok(false);
        };
        // The kernel fixes the numbers of its first namespaces; that of the mounts only since 6.18.
        let own = root.link("/proc/self/ns/pid")?;
        if own.is_none_or(|own| own != "pid:[4026531836]") {
            return Ok(true);
        }
        let own = root.link("/proc/self/ns/mnt")?;
        if own.as_deref() == Some("mnt:[4026531832]") {
            return Ok(false);
        }
        let first = root.link("/proc/1/ns/mnt").map_err(|gap| {
            Gap::new(
                gap.why,
                format!("{mark} is there, and whether it is a left-over cannot be told; {}", gap.what),
            )
        })?;
        Ok(own != first)
    }
}

/// The files that a pattern of sshd_config means, in order.
fn glob(root: &Root, pattern: &str) -> Result<Vec<String>, Gap> {
    let mut paths = vec![String::new()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for base in paths {
            if !part.contains(['*', '?', '[', '\\', '%', '~', '{']) {
                next.push(format!("{base}/{part}"));
                continue;
            }
            if part.contains(['[', '\\', '%', '~', '{']) {
                let what =
                    format!("Include {}: this pattern is not understood", read::plain(pattern.as_bytes()));
                return Err(Gap::new(Why::Unresolved, format!("{what}; look at `sshd -T`")));
            }
            let names = root.list(if base.is_empty() { "/" } else { &base })?.unwrap_or_default();
            let hidden = part.starts_with('.');
            let fits = |name: &&String| (hidden || !name.starts_with('.')) && fits(part, name);
            next.extend(names.iter().filter(fits).map(|name| format!("{base}/{name}")));
            if next.len() > INCLUDED {
                let what =
                    format!("Include {}: too many files; look at `sshd -T`", read::plain(pattern.as_bytes()));
                return Err(Gap::new(Why::Malformed, what));
            }
        }
        paths = next;
    }
    paths.sort_unstable();
    Ok(paths)
}

/// Does a name fit a pattern of `*` and `?`? One step back to the last `*` is enough, so this is never slow.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The numbers of the active security modules, in order. The kernel tells them to anybody since 6.8, also where
/// securityfs is not mounted.
fn active_lsms() -> Option<Vec<u64>> {
    use std::ffi::{c_int, c_long};
    unsafe extern "C" {
        // The C library has no function for this call of its own.
        fn syscall(number: c_long, ...) -> c_long;
    }
    const LSM_LIST_MODULES: c_long = 461;
    let mut ids = [0_u64; 64];
    let mut size = u32::try_from(size_of_val(&ids)).ok()?;
    let none: c_int = 0;
    // SAFETY: the call writes at most `size` bytes to `ids`, which has that many, and the new size to `size`;
    // both outlive it. A kernel without it, or a filter, answers with an error.
    let count = unsafe { syscall(LSM_LIST_MODULES, ids.as_mut_ptr(), &raw mut size, none) };
    let count = usize::try_from(count).ok().filter(|count| (1..=ids.len()).contains(count))?;
    Some(ids[..count].to_vec())
}

#[cfg(test)]
mod tests;
