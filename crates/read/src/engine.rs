//! A Docker engine: what its API, its settings and /proc say of it and of its containers.
//!
//! The engine always says its settings, so a key that is absent from an answer is a gap and never "not set".
//! The few that it leaves out when there is nothing to say are asked for by `get_or_null`, each with its reason.

mod daemon;
mod details;
mod observed;
pub(crate) mod said;
mod settings;
pub mod setup;
mod swarm;

use crate::image_ref::image_ref;
use crate::secrets::{Key, conceal};
use crate::{capabilities, cover, seccomp, time, user};
pub use daemon::read as daemon;
use said::{Heard, Said, gap, known};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use settings::{Settings, go_bool};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::details::Lifetime;
use tyrian_model::fact::{Gap, Known, Many, Why};
use tyrian_model::facts::Facts;
use tyrian_model::host::{Engine, EngineNetwork};
use tyrian_model::image::Image;
use tyrian_model::secret::Concealed;
use tyrian_model::workload::{
    Confinement, Container, ImageRef, Mount, MountKind, Namespace, Port, Role, Seccomp, Source, User, Volume,
    Workload,
};

/// The answers of an engine, as one JSON object.
///
/// `version` and `info` of the API; `containers`, `images`, `networks` and `volumes` as lists of inspect answers;
/// `history` by image id; `daemon_json`, which is null where there is no such file; `command_line` of dockerd,
/// its name first; `proc` by container id: the texts `status`, `uid_map`, `attr` and `mountinfo`, the links
/// `ns` and those of the engine's host as `host_ns`, the texts of the control group's files as `limits`, and
/// of the masked `paths` those that the host has; of a member of a swarm `secrets`, the list without what is in
/// them, and `swarm_state`, which is dockerd's own `swarm/docker-state.json`. A part that is absent was not asked for, and one that is
/// [`failure`] could not be read: a gap either way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub Map<String, Value>);

/// What stands in the place of an answer that could not be had.
pub fn failure(gap: &Gap) -> Value {
    said::failure(gap)
}

/// The paths that a runtime masks or makes read-only by default, of which `proc.paths` lists those that are there.
pub fn guarded_paths() -> impl Iterator<Item = &'static str> {
    observed::MASKED.into_iter().chain(observed::READ_ONLY)
}

/// The facts of answers that stand in a text, in the world `engine`; a text that is no JSON object is a gap.
///
/// What a fact needs must be there, as an engine says it: `host_namespaces` needs the five modes, `UsernsMode` and
/// `info.SecurityOptions`; `seccomp` and `lsm` need `Privileged`, `SecurityOpt` and `info.SecurityOptions`;
/// `mounts` needs the container's `Mounts`; `ports` needs `State.Running` and, of one that does not run,
/// `PortBindings` and `PublishAllPorts`.
pub fn example(json: &str, key: &Key) -> Facts {
    match serde_json::from_str(json) {
        Ok(answers) => facts("engine", &answers, key),
        Err(error) => {
            let mut facts = Facts::default();
            let world = facts.world("engine");
            let gap = Gap::new(Why::Malformed, format!("the engine's answers are no JSON object: {error}"));
            world.engines.lacks(gap.clone());
            world.workloads.lacks(gap.clone());
            world.images.lacks(gap.clone());
            world.networks.lacks(gap.clone());
            world.volumes.lacks(gap);
            facts
        }
    }
}

/// The facts of an engine's answers.
pub fn facts(world: &str, answers: &Answers, key: &Key) -> Facts {
    let part = |name: &str| match answers.0.get(name) {
        Some(value) => Said::is(value, format!("{name}: ")),
        None => Said::missing(
            Gap::new(Why::NotRead, format!("{name}: the engine was not asked for it")),
            format!("{name}: "),
        ),
    };
    let containers = part("containers");
    let all = Asked {
        version: part("version"),
        info: part("info"),
        settings: Settings::new(part("daemon_json"), &part("command_line")),
        networks: part("networks"),
        modes: modes(&containers),
        names: names(&containers),
        processes: part("proc"),
        history: part("history"),
        swarm_state: part("swarm_state"),
        secrets: part("secrets"),
        key,
    };
    let mut facts = Facts::default();
    let world = facts.world(world);
    if ["version", "info", "daemon_json", "command_line"].iter().any(|name| answers.0.contains_key(*name)) {
        world.engines.add("engine:docker", engine(&all));
    } else {
        world.engines.lacks(Gap::new(Why::NotRead, "the engine was not asked for its settings"));
    }
    containers.rows(&mut world.workloads, |rows, index, value| {
        row(rows, value, &format!("container {}", index + 1), |said| {
            let name = said.get("Name").text()?.trim_start_matches('/').to_owned();
            let said = said.called(format!("container {name}: "));
            Ok((format!("container:{name}"), workload(&all, &said)))
        });
    });
    part("images").rows(&mut world.images, |rows, index, value| {
        row(rows, value, &format!("image {}", index + 1), |said| image(&all, &said));
    });
    all.networks.rows(&mut world.networks, |rows, index, value| {
        row(rows, value, &format!("network {}", index + 1), |said| {
            let name = said.get("Name").text()?;
            let said = said.called(format!("network {name}: "));
            Ok((format!("network:{name}"), network(&said)))
        });
    });
    part("volumes").rows(&mut world.volumes, |rows, index, value| {
        row(rows, value, &format!("volume {}", index + 1), |said| {
            let name = said.get("Name").text()?;
            let said = said.called(format!("volume {name}: "));
            Ok((format!("volume:{name}"), volume(&said)))
        });
    });
    facts
}

/// Everything that was asked, for what needs more than its own answer.
struct Asked<'a> {
    version: Said<'a>,
    info: Said<'a>,
    settings: Settings<'a>,
    networks: Said<'a>,
    modes: Heard<BTreeMap<&'a str, Said<'a>>>,
    names: BTreeMap<&'a str, &'a str>,
    processes: Said<'a>,
    history: Said<'a>,
    swarm_state: Said<'a>,
    secrets: Said<'a>,
    key: &'a Key,
}

/// A row of a set, or why it could not be read.
fn row<'a, T>(
    rows: &mut Many<T>,
    value: &'a Value,
    at: &str,
    read: impl FnOnce(Said<'a>) -> Heard<(String, T)>,
) {
    let named = value.get("Name").and_then(Value::as_str).map(|name| name.trim_start_matches('/'));
    let at = named.map_or_else(|| format!("{at}: "), |name| format!("{}{name}: ", kind_of(at)));
    match read(Said::is(value, at)) {
        Ok((name, thing)) => rows.add(name, thing),
        Err(gap) => rows.lacks(gap),
    }
}

fn kind_of(at: &str) -> &str {
    at.split_inclusive(' ').next().unwrap_or_default()
}

/// The names of containers by their ids, as far as they were read.
fn names<'a>(containers: &Said<'a>) -> BTreeMap<&'a str, &'a str> {
    let pair = |container: &'a Value| {
        let text = |key: &str| container.get(key).and_then(Value::as_str);
        Some((text("Id")?, text("Name")?.trim_start_matches('/')))
    };
    containers.list().unwrap_or_default().iter().filter_map(pair).collect()
}

/// The host configurations by container id and by name, for those that join another's namespaces.
fn modes<'a>(containers: &Said<'a>) -> Heard<BTreeMap<&'a str, Said<'a>>> {
    let mut modes = BTreeMap::new();
    for container in containers.list()? {
        let said = Said::is(container, "container: ");
        let host = said.get("HostConfig");
        let id = said.get("Id").text().ok();
        let name = said.get("Name").text().ok().map(|name| name.trim_start_matches('/'));
        for name in id.into_iter().chain(name) {
            modes.insert(name, host.clone());
        }
    }
    Ok(modes)
}

// ---------------------------------------------------------------- the engine

impl<'a> Asked<'a> {
    /// `name=seccomp,profile=default` as (`seccomp`, `default`), `name=rootless` as (`rootless`, "").
    fn security_options(&self) -> Heard<Vec<(&'a str, &'a str)>> {
        let options = self.info.get("SecurityOptions").texts()?;
        let split = |option: &'a str| {
            let (name, rest) = option.split_once(',').unwrap_or((option, ""));
            (name.strip_prefix("name=").unwrap_or(name), rest.strip_prefix("profile=").unwrap_or(rest))
        };
        Ok(options.into_iter().map(split).collect())
    }

    fn has_option(&self, name: &str) -> Heard<bool> {
        Ok(self.security_options()?.iter().any(|(option, _)| *option == name))
    }

    /// The first number of its version; dates of the old numbering (`17.06`) are smaller than what matters.
    fn major(&self) -> Heard<u32> {
        let version =
            self.version.get("Version").text().or_else(|_| self.info.get("ServerVersion").text())?;
        let number = version.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        number
            .parse()
            .or_else(|_| gap(Why::Malformed, format!("the engine's version {version:?} is no number")))
    }

    fn kernel(&self) -> Heard<&'a str> {
        self.version.get("KernelVersion").text().or_else(|_| self.info.get("KernelVersion").text())
    }

    /// As Docker names it.
    fn architecture(&self) -> Heard<&'a str> {
        self.version.get("Arch").text().or_else(|_| {
            Ok(match self.info.get("Architecture").text()? {
                "x86_64" => "amd64",
                "aarch64" => "arm64",
                other => other,
            })
        })
    }

    /// Are users of containers other users of the host?
    fn remaps(&self) -> Heard<bool> {
        Ok(self.has_option("userns")? || self.has_option("rootless")?)
    }

    fn no_new_privileges(&self) -> Heard<bool> {
        // Engines before 23 do not say it in their info, so there its absence says nothing.
        match self.has_option("no-new-privileges") {
            Ok(true) => return Ok(true),
            Ok(false) if self.major().is_ok_and(|major| major >= 23) => return Ok(false),
            _ => {}
        }
        self.settings.bool("no-new-privileges", false)
    }

    /// The profile of containers that ask for none; nothing: there is no filter at all.
    fn seccomp(&self) -> Heard<Option<&'a str>> {
        let options = self.security_options()?;
        let profile = options.iter().find(|(name, _)| *name == "seccomp").map(|(_, profile)| *profile);
        Ok(profile
            .map(|profile| if profile == "builtin" || profile.is_empty() { "default" } else { profile }))
    }

    /// The name of a runtime's file; nothing where the runtime has none, or the engine knows no such runtime.
    fn runtime_file(&self, name: &str) -> Heard<Option<&'a str>> {
        let runtimes = self.info.get("Runtimes").map()?;
        let path = runtimes
            .iter()
            .find(|(runtime, _)| *runtime == name)
            .and_then(|(_, it)| it.get("path")?.as_str());
        Ok(path.and_then(|path| path.rsplit('/').next()))
    }
}

/// Podman speaks the engine's API and has neither dockerd nor its settings.
fn is_podman(all: &Asked) -> bool {
    let parts = all.version.get("Components").list().unwrap_or_default();
    parts.iter().any(|part| part.get("Name").and_then(Value::as_str) == Some("Podman Engine"))
}

fn engine(all: &Asked) -> Engine {
    let mut engine = docker(all);
    let unasked = |what: &str| Gap::new(Why::NotAsked, what);
    if is_podman(all) {
        let none = unasked("Podman starts no daemon, so it has no such setting");
        // Its numbers are its own, and it maps users container by container.
        engine.version = none.clone().into();
        engine.user_namespaces = none.clone().into();
        engine.rootless = none.clone().into();
        engine.no_new_privileges = none.clone().into();
        engine.live_restore = none.clone().into();
        engine.log_options = none.clone().into();
        engine.inter_container_traffic = none.clone().into();
        engine.listens = none.clone().into();
        engine.tls_verify = none.clone().into();
        engine.authorization = none.clone().into();
        engine.experimental = none.clone().into();
        engine.userland_proxy = none.clone().into();
        engine.iptables = none.clone().into();
        engine.log_level = none.clone().into();
        engine.default_ulimits = none.clone().into();
        engine.cgroup_parent = none.clone().into();
        engine.storage_options = none.clone().into();
        engine.contradictions = none.clone().into();
        engine.swarm = none.clone().into();
        engine.swarm_of = none.into();
    } else if all.info.get("OperatingSystem").text() == Ok("Docker Desktop") {
        engine.rootless = unasked("Docker Desktop keeps the engine in a machine of its own").into();
    }
    engine
}

fn docker(all: &Asked) -> Engine {
    let info = &all.info;
    let settings = &all.settings;
    let lsm = || -> Heard<BTreeSet<String>> {
        let named = all.security_options()?.into_iter().map(|(name, _)| name.to_owned());
        Ok(named.filter(|name| name == "apparmor" || name == "selinux").collect())
    };
    Engine {
        file: String::new(),
        version: known(all.version.get("Version").string().or_else(|_| info.get("ServerVersion").string())),
        components: known(components(all)),
        time: known(info.get("SystemTime").text().and_then(seconds)),
        kernel: known(all.kernel().map(str::to_owned)),
        rootless: known(all.has_option("rootless")),
        user_namespaces: known(all.remaps()),
        lsm: known(lsm()),
        seccomp: known(all.seccomp().map(|profile| profile.map(str::to_owned))),
        no_new_privileges: known(all.no_new_privileges()),
        live_restore: known(info.get("LiveRestoreEnabled").bool()),
        log_driver: known(info.get("LoggingDriver").string()),
        log_options: known(settings.text_map("log-opts").map(|options| {
            let hidden = |(name, value): (String, String)| {
                let value = conceal(all.key, &name, &value, None).text;
                (name, value)
            };
            options.into_iter().map(hidden).collect()
        })),
        insecure_registries: known(insecure_registries(&info.get("RegistryConfig"))),
        inter_container_traffic: known(default_bridge_traffic(all)),
        listens: known(settings.texts("hosts").map(|hosts| {
            let hosts = hosts.filter(|hosts| !hosts.is_empty());
            hosts.unwrap_or_else(|| vec!["unix:///var/run/docker.sock".to_owned()])
        })),
        tls_verify: known(settings.bool("tlsverify", false)),
        authorization: known(
            info.get("Plugins")
                .get("Authorization")
                .texts()
                .map(|names| names.into_iter().map(str::to_owned).collect()),
        ),
        experimental: known(info.get("ExperimentalBuild").bool()),
        swarm: known(info.get("Swarm.LocalNodeState").text().map(|state| !matches!(state, "" | "inactive"))),
        userland_proxy: known(settings.bool("userland-proxy", true)),
        iptables: known(settings.bool("iptables", true)),
        log_level: known(settings.log_level()),
        storage_driver: known(info.get("Driver").string()),
        cgroup_version: known(info.get("CgroupVersion").text().and_then(|version| match version {
            "1" => Ok(1),
            "2" => Ok(2),
            other => gap(Why::Malformed, format!("info: CgroupVersion is {other:?}")),
        })),
        default_ulimits: known(settings.keys("default-ulimits")),
        cgroup_parent: known(
            settings.text("cgroup-parent").map(|parent| parent.filter(|parent| !parent.is_empty())),
        ),
        storage_options: known(settings.texts("storage-opts").map(Option::unwrap_or_default)),
        stopped: known(info.get("ContainersStopped").number().and_then(|number| {
            u64::try_from(number).or_else(|_| gap(Why::Malformed, "info: ContainersStopped is negative"))
        })),
        contradictions: known(settings.contradictions()),
        swarm_of: known(swarm::of(info, &all.swarm_state, &all.secrets)),
    }
}

fn components(all: &Asked) -> Heard<BTreeMap<String, String>> {
    let mut components = BTreeMap::new();
    for (index, component) in all.version.get("Components").list()?.iter().enumerate() {
        let said = Said::is(component, format!("version: Components {}", index + 1));
        let (name, version) = (said.get("Name").text()?, said.get("Version").string()?);
        // The engine names its default runtime as its own settings do, which may be a wrapper of runc.
        if !matches!(name, "Engine" | "containerd" | "docker-init" | "runc")
            && all.runtime_file(name)?.is_some_and(|file| file == "runc" || file.starts_with("runc-"))
        {
            components.insert("runc".to_owned(), version.clone());
        }
        components.insert(name.to_owned(), version);
    }
    Ok(components)
}

fn insecure_registries(config: &Said) -> Heard<Vec<String>> {
    let ranges = config.get("InsecureRegistryCIDRs").texts()?;
    // The loopback ranges are always in it.
    let ranges = ranges.into_iter().filter(|range| *range != "127.0.0.0/8" && *range != "::1/128");
    let mut insecure: Vec<String> = ranges.map(str::to_owned).collect();
    for (name, registry) in config.get("IndexConfigs").map()? {
        if !Said::is(registry, format!("info: IndexConfigs.{name}")).get("Secure").bool()? {
            insecure.push(name.to_owned());
        }
    }
    Ok(insecure)
}

/// The bridge itself says what became of the setting; without it the setting decides.
fn default_bridge_traffic(all: &Asked) -> Heard<bool> {
    for network in all.networks.list().unwrap_or_default() {
        let said = Said::is(network, "network bridge: ");
        if said.get("Name").text().is_ok_and(|name| name == "bridge") && said.get("Options").there() {
            return bridge_traffic(&said);
        }
    }
    all.settings.bool("icc", true)
}

// ---------------------------------------------------------------- networks

fn bridge_traffic(network: &Said) -> Heard<bool> {
    let options = network.get("Options").text_map()?;
    match options.iter().find(|(name, _)| *name == "com.docker.network.bridge.enable_icc") {
        None => Ok(true),
        Some((name, value)) => go_bool(value)
            .map_or_else(|| gap(Why::Malformed, format!("{}{name} is {value:?}", network.at)), Ok),
    }
}

fn volume(said: &Said) -> Volume {
    let device = || {
        if said.get("Options").value()?.is_null() {
            return Ok(None);
        }
        let options = said.get("Options").text_map()?;
        let option = |key: &str| options.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
        let bind = option("o").is_some_and(|o| o.split(',').any(|o| matches!(o, "bind" | "rbind")));
        Ok(option("device").filter(|_| bind).map(str::to_owned))
    };
    let device = device();
    Volume { file: String::new(), at: None, host_path: known(device) }
}

fn network(said: &Said) -> EngineNetwork {
    let driver = said.get("Driver").text();
    let traffic = driver.clone().and_then(|driver| match driver {
        "bridge" => bridge_traffic(said),
        "host" | "null" => gap(Why::NotAsked, format!("{}it joins no containers", said.at)),
        _ => Ok(true),
    });
    let encrypted = driver.clone().and_then(|driver| match driver {
        "overlay" => {
            let options = said.get("Options").text_map()?;
            Ok(options.iter().any(|(name, value)| *name == "encrypted" && go_bool(value) != Some(false)))
        }
        _ => gap(Why::NotAsked, format!("{}only an overlay can be encrypted", said.at)),
    });
    EngineNetwork {
        driver: known(driver.map(str::to_owned)),
        internal: known(said.get("Internal").bool()),
        inter_container_traffic: known(traffic),
        containers: known(said.get("Containers").map().map(|containers| containers.len())),
        encrypted: known(encrypted),
    }
}

// ---------------------------------------------------------------- images

fn image(all: &Asked, said: &Said) -> Heard<(String, Image)> {
    let id = said.get("Id").text()?;
    // Newer engines leave out what an image does not have.
    let since = |major: u32, key: &str| {
        if all.major().is_ok_and(|has| has >= major) { said.get_or_null(key) } else { said.get(key) }
    };
    let (digests, created) = (since(29, "RepoDigests"), since(25, "Created"));
    let tags = since(29, "RepoTags").texts()?;
    let names: Vec<String> =
        tags.into_iter().filter(|tag| *tag != "<none>:<none>").map(str::to_owned).collect();
    let name = names.first().map_or(id, String::as_str).to_owned();
    let said = said.called(format!("image {name}: "));
    let not_opened = || format!("the engine tells the settings of {name} alone: open it with image:{name}");
    // The configuration of an image leaves out what is not set, and newer engines do so too.
    let config = said.get("Config");
    let history = || -> Heard<Vec<Concealed>> {
        let mut steps = Vec::new();
        for step in all.history.key(id).list()? {
            let step = Said::is(step, format!("history of {name}"));
            steps.push(conceal(all.key, "", step.get("CreatedBy").text()?, None));
        }
        steps.reverse();
        Ok(steps)
    };
    let image = Image {
        config_digest: known(Ok(id.to_owned())),
        repo_digests: known(digests.texts().map(|digests| {
            let digests = digests.into_iter().filter(|digest| *digest != "<none>@<none>");
            digests.map(str::to_owned).collect()
        })),
        created: known(created.value().and_then(|value| match value {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            _ => Ok(Some(seconds(created.text()?)?).filter(|time| *time > 0)),
        })),
        user: known(config.get_or_null("User").value().and_then(|user| {
            if user.is_null() {
                Ok(String::new())
            } else {
                Ok(cover::text(all.key, config.get("User").text()?))
            }
        })),
        env: known(environment(all.key, &config.get_or_null("Env"))),
        labels: known(concealed(all.key, &config.get_or_null("Labels"))),
        exposed_ports: known(config.get_or_null("ExposedPorts").keys()),
        health_check: known(health_check(&config)),
        history: known(history()),
        size: known(said.get("Size").number().and_then(|size| {
            u64::try_from(size).or_else(|_| gap(Why::Malformed, format!("{}Size is negative", said.at)))
        })),
        distribution: Known::gap(Why::NotAsked, not_opened()),
        files: Known::gap(Why::NotAsked, not_opened()),
        packages_before: Known::default(),
        software: Many::default(),
        unowned: Known::gap(Why::NotAsked, not_opened()),
        vulnerabilities: tyrian_model::vulnerability::unasked(),
        agreed: tyrian_model::agreement::unasked(),
        secrets: Known::gap(Why::NotAsked, not_opened()),
        names,
    };
    Ok((format!("image:{name}"), image))
}

// ---------------------------------------------------------------- containers

fn workload(all: &Asked, said: &Said) -> Workload {
    let (host, config) = (said.get("HostConfig"), said.get("Config"));
    let runtime = runtime(all, &host);
    let running = said.get("State.Running").bool();
    // A runtime with a kernel of its own shows the host's kernel nothing of what holds a process in.
    let own_kernel = runtime.clone().map(|(name, file)| {
        let sandbox = |text: &str| ["runsc", "gvisor", "kata"].iter().any(|sandbox| text.contains(sandbox));
        sandbox(name) || file.is_some_and(sandbox)
    });
    let named = runtime.clone().map(|(name, file)| {
        let plain = matches!(name, "" | "runc" | "io.containerd.runc.v2")
            || file.is_some_and(|file| file == "runc" || file.starts_with("runc-"));
        Some(name.to_owned()).filter(|_| !plain)
    });
    let process = said.get("Id").text().map(|id| all.processes.key(id));
    let observed = match (running.clone(), process) {
        // A process that was not looked at has no observed side; a part of one that was denied is a gap.
        (Ok(true), Ok(process)) if process.there() && own_kernel == Ok(false) => {
            let mut observed = observed::confinement(&process);
            if said.get("HostConfig.Privileged").bool() == Ok(true) {
                observed.privileged = Known::is(true);
            }
            Some(Box::new(observed))
        }
        _ => None,
    };
    let container = Container {
        role: Role::Main,
        image: known(image_of(said)).map(Some),
        pull_policy: Known::gap(Why::NotAsked, "the engine does not keep when an image was to be pulled"),
        declared: cover::confinement(all.key, declared(all, said)),
        observed,
        command: known(command(all.key, &config)),
        env: known(environment(all.key, &config.get("Env"))),
        ports: known(ports(all, said)),
        log_driver: known(host.get("LogConfig.Type").text().and_then(|driver| {
            if driver.is_empty() { all.info.get("LoggingDriver").string() } else { Ok(driver.to_owned()) }
        }))
        .map(Some),
        log_options: known(host.get("LogConfig.Config").text_map().map(|options| {
            let hidden = |(name, value)| (String::from(name), conceal(all.key, name, value, None).text);
            options.into_iter().map(hidden).collect()
        })),
        restart: known(restart(&host)).map(Some),
        health_check: known(health_check(&config)),
        // The engine says null where none runs.
        entered: known(said.get("ExecIDs").texts().map(|commands| !commands.is_empty())),
        started: known(running.and_then(|running| {
            if running { Ok(Some(seconds(said.get("State.StartedAt").text()?)?)) } else { Ok(None) }
        })),
    };
    Workload {
        source: Source::Docker,
        kind: "container".into(),
        namespace: String::new(),
        file: String::new(),
        at: None,
        windows: said.get("Platform").text().is_ok_and(|platform| platform == "windows"),
        labels: known(concealed(all.key, &config.get("Labels"))),
        annotations: Known::is(BTreeMap::new()),
        service_account: Known::is(None),
        automount_token: Known::is(None),
        runtime: known(named),
        own_nodes: Known::gap(Why::NotAsked, "only pods choose nodes"),
        pod_security: Known::gap(Why::NotAsked, "the Pod Security Standards speak of pods alone"),
        lifetime: Lifetime {
            deadline: Known::gap(Why::NotAsked, "a container is made to run for ever"),
            kept: Known::gap(Why::NotAsked, "a container is made to run for ever"),
        },
        networks: known(said.get("NetworkSettings.Networks").keys()),
        containers: Many::whole([(String::new(), container)]),
    }
}

/// The name of a container's runtime, and of its file where that matters.
fn runtime<'a>(all: &Asked<'a>, host: &Said<'a>) -> Heard<(&'a str, Option<&'a str>)> {
    match host.get("Runtime").text()? {
        name @ ("" | "runc" | "io.containerd.runc.v2") => Ok((name, None)),
        name => Ok((name, all.runtime_file(name)?)),
    }
}

/// What the options of `--security-opt` say; of two of a kind the last one counts.
#[derive(Default)]
struct Options<'a> {
    seccomp: Option<&'a str>,
    apparmor: Option<&'a str>,
    no_new_privileges: Option<bool>,
    label_disabled: bool,
    paths_open: bool,
}

fn options<'a>(host: &Said<'a>) -> Heard<Options<'a>> {
    let mut options = Options::default();
    for option in host.get("SecurityOpt").texts()? {
        // An old form separates by a colon; a profile of JSON has colons too, but after the equals sign.
        let (name, value) = option.split_once('=').or_else(|| option.split_once(':')).unwrap_or((option, ""));
        match name {
            "seccomp" => options.seccomp = Some(value),
            "apparmor" => options.apparmor = Some(value),
            "no-new-privileges" if value.is_empty() => options.no_new_privileges = Some(true),
            "no-new-privileges" => match go_bool(value) {
                Some(value) => options.no_new_privileges = Some(value),
                None => return gap(Why::Malformed, format!("{}SecurityOpt {option:?}", host.at)),
            },
            "label" => options.label_disabled |= value == "disable",
            "disable" => options.label_disabled = true,
            "systempaths" => options.paths_open |= value == "unconfined",
            _ => {}
        }
    }
    Ok(options)
}

fn declared(all: &Asked, said: &Said) -> Confinement {
    let host = said.get("HostConfig");
    let privileged = host.get("Privileged").bool();
    let options = options(&host);
    let capabilities = held(&host);
    let limit = |name: &str| {
        // 0, null and -1 are no limit.
        host.get(name).number().map(|number| u64::try_from(number).ok().filter(|number| *number > 0))
    };
    Confinement {
        // The engine has put in the image's USER by now, so nothing means root.
        user: known(said.get("Config.User").text().map(|text| user::user(text, User::Id(0)))),
        seccomp: known(seccomp_of(all, privileged.clone(), options.as_ref(), &capabilities)),
        no_new_privileges: known(
            options
                .as_ref()
                .map_err(Gap::clone)
                .and_then(|options| options.no_new_privileges.map_or_else(|| all.no_new_privileges(), Ok)),
        ),
        lsm: known(lsm(all, said, privileged.clone(), options.as_ref())),
        host_namespaces: known(host_namespaces(all, &host)),
        joined_namespaces: known(joined_namespaces(all, &host)),
        read_only_root: known(host.get("ReadonlyRootfs").bool()),
        mounts: known(mounts(said)),
        devices: known(devices(&host)),
        masked_paths: known(masked_paths(&host, privileged.clone(), options.as_ref())),
        memory_limit: known(limit("Memory")),
        pids_limit: known(limit("PidsLimit")),
        cpu_limit: known(cpu_limit(&host)),
        capabilities: known(capabilities),
        privileged: known(privileged),
        details: details::declared(all.key, said),
    }
}

fn held(host: &Said) -> Heard<BTreeSet<String>> {
    if host.get("Privileged").bool()? {
        return Ok(capabilities::all());
    }
    let names = |key: &str| -> Heard<BTreeSet<String>> {
        Ok(host.get(key).texts()?.into_iter().map(capabilities::name).collect())
    };
    Ok(capabilities::docker(names("CapAdd")?, &names("CapDrop")?))
}

fn seccomp_of(
    all: &Asked,
    privileged: Heard<bool>,
    options: Result<&Options, &Gap>,
    capabilities: &Heard<BTreeSet<String>>,
) -> Heard<Seccomp> {
    let own = options.map_err(Gap::clone)?.seccomp;
    if own == Some("unconfined") {
        return Ok(Seccomp::Unconfined);
    }
    if privileged? {
        // Before version 26 a privileged container had no filter even if it asked for one; since 27 it has.
        return match own {
            None => Ok(Seccomp::Unconfined),
            Some(profile) => match all.major()? {
                0..26 => Ok(Seccomp::Unconfined),
                26 => gap(Why::NotRead, "whether this engine filters a privileged container with a profile"),
                _ => Ok(profile_of(all, profile, capabilities)),
            },
        };
    }
    match own {
        Some(profile) => Ok(profile_of(all, profile, capabilities)),
        None => Ok(match all.seccomp()? {
            None | Some("unconfined") => Seccomp::Unconfined,
            Some("default") => Seccomp::RuntimeDefault,
            Some(file) => Seccomp::Custom {
                name: file.to_owned(),
                allows: Known::gap(
                    Why::NotRead,
                    format!("the engine's own seccomp profile {file} was not read"),
                ),
            },
        }),
    }
}

fn profile_of(all: &Asked, profile: &str, capabilities: &Heard<BTreeSet<String>>) -> Seccomp {
    if matches!(profile, "builtin" | "default") {
        return Seccomp::RuntimeDefault;
    }
    if !profile.trim_start().starts_with('{') {
        let name = cover::text(all.key, profile);
        let allows = Known::gap(Why::NotRead, format!("the seccomp profile {name} was not read"));
        return Seccomp::Custom { name, allows };
    }
    let on = seccomp::On {
        capabilities: capabilities.as_ref().map_err(Gap::clone),
        machine: Some((all.architecture(), all.kernel())),
    };
    // The engine keeps the text of the profile and not the name of its file.
    Seccomp::Custom { name: "a profile of its own".into(), allows: known(seccomp::allows(profile, &on)) }
}

/// The label that the engine says it puts on. Where the machine has no such module an `apparmor=…` is said,
/// and nothing is in force: that only the observed side shows.
fn lsm(
    all: &Asked,
    said: &Said,
    privileged: Heard<bool>,
    options: Result<&Options, &Gap>,
) -> Heard<Option<String>> {
    let options = options.map_err(Gap::clone)?;
    let text = |label: &str| Ok(Some(label.to_owned()));
    if let Some(profile) = options.apparmor.filter(|profile| !profile.is_empty()) {
        return text(profile);
    }
    let profile = said.get("AppArmorProfile").text();
    if let Ok(profile) = profile
        && !profile.is_empty()
    {
        return text(profile);
    }
    let privileged = privileged?;
    match (all.has_option("apparmor"), all.has_option("selinux")) {
        // Until its first start the engine has not said which.
        (Ok(true), _) => profile.and_then(|_| text(if privileged { "unconfined" } else { "docker-default" })),
        (_, Ok(true)) if privileged || options.label_disabled => text("unconfined"),
        (_, Ok(true)) => match said.get("ProcessLabel").text()? {
            "" => text("unconfined"),
            label => text(label),
        },
        (Ok(false), Ok(false)) => Ok(None),
        (Err(gap), _) | (_, Err(gap)) => Err(gap),
    }
}

fn host_namespaces(all: &Asked, host: &Said) -> Heard<BTreeSet<Namespace>> {
    let kinds = [
        ("NetworkMode", Namespace::Net),
        ("PidMode", Namespace::Pid),
        ("IpcMode", Namespace::Ipc),
        ("UTSMode", Namespace::Uts),
        ("CgroupnsMode", Namespace::Cgroup),
    ];
    let mut shared = BTreeSet::new();
    for (key, namespace) in kinds {
        if is_host(all, host, key, 8)? {
            shared.insert(namespace);
        }
    }
    if host.get("UsernsMode").text()? == "host" || !all.remaps()? {
        shared.insert(Namespace::User);
    }
    Ok(shared)
}

/// `container:ID` or `container:NAME`; the name tells more, and stays when the container is made anew.
fn joined_namespaces(all: &Asked, host: &Said) -> Heard<BTreeMap<Namespace, String>> {
    let mut joined = BTreeMap::new();
    for (key, namespace) in
        [("NetworkMode", Namespace::Net), ("PidMode", Namespace::Pid), ("IpcMode", Namespace::Ipc)]
    {
        if let Some(other) = host.get(key).text()?.strip_prefix("container:") {
            let name = all.names.get(other).unwrap_or(&other);
            joined.insert(namespace, format!("container {name}"));
        }
    }
    Ok(joined)
}

/// A container that joins another one is where that one is; `depth` bounds a circle of liars.
fn is_host(all: &Asked, host: &Said, key: &str, depth: u8) -> Heard<bool> {
    let mode = host.get(key).text()?;
    let Some(other) = mode.strip_prefix("container:") else { return Ok(mode == "host") };
    let modes = all.modes.clone()?;
    match modes.get(other) {
        Some(other) if depth > 0 => is_host(all, other, key, depth - 1),
        _ => gap(
            Why::NotRead,
            format!("{}.{key}: the container {other:?} that it joins was not read", host.at),
        ),
    }
}

fn masked_paths(host: &Said, privileged: Heard<bool>, options: Result<&Options, &Gap>) -> Heard<bool> {
    if privileged? || options.map_err(Gap::clone)?.paths_open {
        return Ok(false);
    }
    let (masked, read_only) = (host.get("MaskedPaths"), host.get("ReadonlyPaths"));
    // Null stands for the engine's own list, an empty list for none.
    let has = |list: &Said, paths: &[&str]| -> Heard<bool> {
        if list.value()?.is_null() {
            return Ok(true);
        }
        let listed = list.texts()?;
        Ok(paths.iter().all(|path| listed.contains(path)))
    };
    Ok(has(&masked, &observed::MASKED)? && has(&read_only, &observed::READ_ONLY)?)
}

fn cpu_limit(host: &Said) -> Heard<Option<u64>> {
    let nano = host.get("NanoCpus").number()?;
    if nano > 0 {
        return Ok(u64::try_from(nano / 1_000_000).ok());
    }
    let (quota, period) = (host.get("CpuQuota").number()?, host.get("CpuPeriod").number()?);
    let period = if period > 0 { period } else { 100_000 };
    Ok(u64::try_from(quota.saturating_mul(1000) / period).ok().filter(|limit| *limit > 0))
}

fn devices(host: &Said) -> Heard<Vec<String>> {
    let mut devices = Vec::new();
    for device in host.get("Devices").list()? {
        let device = Said::is(device, format!("{}.Devices", host.at));
        devices.push(device.get("PathOnHost").string()?);
    }
    for request in host.get("DeviceRequests").list()? {
        let request = Said::is(request, format!("{}.DeviceRequests", host.at));
        devices.push(format!("a device of the driver {:?}", request.get("Driver").text()?));
    }
    for rule in host.get("DeviceCgroupRules").texts()? {
        devices.push(format!("every device of the rule {rule:?}"));
    }
    Ok(devices)
}

fn mounts(said: &Said) -> Heard<Vec<Mount>> {
    let host = said.get("HostConfig");
    let mut mounts = Vec::new();
    for (index, mount) in said.get("Mounts").list()?.iter().enumerate() {
        mounts.push(mounted(&Said::is(mount, format!("{}mount {}", said.at, index + 1)))?);
    }
    // What was asked for by `--mount` says more than what became of it; it is left out where nothing was.
    for asked in host.get_or_null("Mounts").list()? {
        let asked = Said::is(asked, format!("{}.Mounts", host.at));
        let options = asked.get_or_null("TmpfsOptions");
        if !options.there() || options.value()?.is_null() {
            continue;
        }
        let options = options.get_or_null("Options").list()?;
        let runs = options.iter().any(|option| option.get(0).and_then(Value::as_str) == Some("exec"));
        let target = asked.get("Target").text()?;
        let mine = mounts.iter_mut().find(|mount| mount.kind == MountKind::Tmpfs && mount.target == target);
        if let Some(mount) = mine.filter(|_| runs) {
            mount.executable = Known::is(true);
        }
    }
    // The engine leaves Tmpfs out where there is none, and does not list it among the mounts.
    for (target, options) in host.get_or_null("Tmpfs").text_map()? {
        mounts.push(Mount {
            kind: MountKind::Tmpfs,
            source: String::new(),
            target: target.to_owned(),
            read_only: options.split(',').any(|option| option == "ro"),
            shared: false,
            executable: Known::is(options.split(',').any(|option| option == "exec")),
            at: None,
        });
    }
    Ok(mounts)
}

fn no_memory() -> Known<bool> {
    Known::gap(Why::NotAsked, "only memory that is mounted says whether programs run from it")
}

fn mounted(mount: &Said) -> Heard<Mount> {
    let (kind, source) = match mount.get("Type").text()? {
        "bind" => (MountKind::Bind, mount.get("Source").text()?),
        "volume" | "cluster" => (MountKind::Volume, mount.get("Name").text()?),
        "tmpfs" => (MountKind::Tmpfs, ""),
        _ => (MountKind::Other, mount.get("Source").text().unwrap_or_default()),
    };
    let shared = kind == MountKind::Bind && matches!(mount.get("Propagation").text()?, "shared" | "rshared");
    Ok(Mount {
        kind,
        source: source.to_owned(),
        target: mount.get("Destination").string()?,
        read_only: !mount.get("RW").bool()?,
        shared,
        executable: if kind == MountKind::Tmpfs { Known::is(false) } else { no_memory() },
        at: None,
    })
}

fn restart(host: &Said) -> Heard<String> {
    let policy = host.get("RestartPolicy");
    match policy.get("Name").text()? {
        "" => Ok("no".to_owned()),
        "on-failure" => match policy.get("MaximumRetryCount").number()? {
            count if count > 0 => Ok(format!("on-failure:{count}")),
            _ => Ok("on-failure".to_owned()),
        },
        name => Ok(name.to_owned()),
    }
}

/// The engine leaves Healthcheck out where there is none; the image's own is in it by then.
fn health_check(config: &Said) -> Heard<bool> {
    let check = config.get_or_null("Healthcheck");
    if check.value()?.is_null() {
        return Ok(false);
    }
    let test = check.get_or_null("Test").texts()?;
    Ok(test.first().is_some_and(|kind| *kind != "NONE"))
}

/// A running container's ports are those that the engine has opened; another's are those that it asks for.
fn ports(all: &Asked, said: &Said) -> Heard<Vec<Port>> {
    if said.get("State.Running").bool()? {
        return bindings(&said.get("NetworkSettings.Ports"), "0.0.0.0");
    }
    let host = said.get("HostConfig");
    let address = all.settings.text("ip").ok().flatten();
    let mut ports = bindings(&host.get("PortBindings"), address.as_deref().unwrap_or("0.0.0.0"))?;
    if host.get("PublishAllPorts").bool()? {
        // The engine leaves ExposedPorts out where there are none.
        for exposed in said.get("Config").get_or_null("ExposedPorts").keys()? {
            let (container, protocol) = port(&exposed, said)?;
            if !ports.iter().any(|port| port.container == container && port.protocol == protocol) {
                let address = address.clone().unwrap_or_else(|| "0.0.0.0".to_owned());
                ports.push(Port { address, host: 0, container, protocol, at: None });
            }
        }
    }
    Ok(ports)
}

/// `{"8080/tcp": [{"HostIp": "", "HostPort": "80"}], "9000/tcp": null}`.
fn bindings(said: &Said, everywhere: &str) -> Heard<Vec<Port>> {
    let mut ports = Vec::new();
    for (name, bound) in said.map()? {
        let (container, protocol) = port(name, said)?;
        for binding in Said::is(bound, format!("{}.{name}", said.at)).list()? {
            let binding = Said::is(binding, format!("{}.{name}", said.at));
            let address = binding.get("HostIp").text()?;
            let address = if address.is_empty() { everywhere } else { address }.to_owned();
            let host = match binding.get("HostPort").text()? {
                "" => 0,
                // Of a range the engine takes one.
                range if range.contains('-') => 0,
                number => match number.parse() {
                    Ok(number) => number,
                    Err(_) => return gap(Why::Malformed, format!("{}: HostPort {number:?}", binding.at)),
                },
            };
            ports.push(Port { address, host, container, protocol: protocol.clone(), at: None });
        }
    }
    Ok(ports)
}

fn port(text: &str, said: &Said) -> Heard<(u16, String)> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    match number.parse() {
        Ok(number) => Ok((number, protocol.to_owned())),
        Err(_) => gap(Why::Malformed, format!("{}: a port {text:?}", said.at)),
    }
}

// ---------------------------------------------------------------- texts

fn environment(key: &Key, list: &Said) -> Heard<BTreeMap<String, Concealed>> {
    let pairs = list.texts()?.into_iter().map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), conceal(key, name, value, None))
    });
    Ok(pairs.collect())
}

fn concealed(key: &Key, map: &Said) -> Heard<BTreeMap<String, Concealed>> {
    let hide = |(name, value): (&str, &str)| (name.to_owned(), conceal(key, name, value, None));
    Ok(map.text_map()?.into_iter().map(hide).collect())
}

/// Entry point and arguments. What follows a flag is concealed by that flag's name.
fn command(key: &Key, config: &Said) -> Heard<Vec<Concealed>> {
    let mut words = config.get("Entrypoint").texts()?;
    words.extend(config.get("Cmd").texts()?);
    let mut before = "";
    let mut command = Vec::new();
    for word in words {
        let flag = word.starts_with('-');
        command.push(match word.split_once('=').filter(|_| flag) {
            Some((name, value)) => {
                let hidden = conceal(key, name.trim_start_matches('-'), value, None);
                Concealed { text: format!("{name}={}", hidden.text), ..hidden }
            }
            None => conceal(key, before, word, None),
        });
        before = if flag { word.trim_start_matches('-') } else { "" };
    }
    Ok(command)
}

/// An image as a container names it: a reference, or the image's id or the beginning of it.
fn image_of(said: &Said) -> Heard<ImageRef> {
    let written = said.get("Config.Image").text()?;
    let id = said.get("Image").text().unwrap_or_default();
    let start = written.strip_prefix("sha256:").unwrap_or(written);
    let hex = !start.is_empty() && start.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex && id.strip_prefix("sha256:").is_some_and(|id| id.starts_with(start)) {
        let nothing = String::new();
        return Ok(ImageRef {
            written: written.to_owned(),
            registry: nothing.clone(),
            repository: nothing,
            tag: None,
            digest: Some(id.to_owned()),
        });
    }
    let wrong = || Gap::new(Why::Malformed, format!("{}{written:?} is no name of an image", said.at));
    image_ref(written).ok_or_else(wrong)
}

/// Seconds since 1970 of `2026-11-24T08:11:02.2Z` or with an offset.
fn seconds(text: &str) -> Heard<i64> {
    time::seconds(text).map_or_else(|| gap(Why::Malformed, format!("a time {text:?} that is none")), Ok)
}

#[cfg(test)]
mod tests;
