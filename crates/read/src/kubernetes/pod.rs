//! Pods and the templates of their controllers, with the defaults of Kubernetes filled in.
//!
//! What a pod cannot say stays out of it: the limit of processes is the kubelet's, so it is a gap of the kind
//! "nobody asked", on which no check of a pod rests.

use super::templates::Completed;
use super::{
    Document, Got, concealed, details, first, flag, image_ref, known, number, pod_security, settle, text,
    texts,
};
use crate::secrets::{Key, conceal};
use crate::yaml::{View, place};
use crate::{capabilities, cover};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tyrian_model::fact::{Gap, Known, Many, Pos, Why};
use tyrian_model::secret::Concealed;
use tyrian_model::workload::{
    Confinement, Container, ImageRef, Mount, MountKind, Namespace, Port, Role, Seccomp, Source, User,
    Workload,
};

/// The workload of an object that makes pods by that template, whose `spec` stands at `path`. Of one that is partial, what is not set is not known:
/// somebody else completes it.
pub(super) fn workload(
    document: &Document,
    template: &View,
    path: &str,
    by: Completed,
    namespace: String,
    key: &Key,
) -> Workload {
    let object = document.view();
    let here = &document.node.at;
    let (meta, spec) = (template.key("metadata"), template.key("spec"));
    let pod = Pod {
        is_windows: is_windows(&spec),
        file: &document.file,
        key,
        volumes: volumes(&document.file, &spec, &object),
        security: spec.key("securityContext"),
        annotations: meta.key("annotations"),
        spec: spec.clone(),
    };
    let completed = (by != Completed::No).then(|| {
        let kind = crate::secrets::conceal(key, "", document.kind(), None).text;
        let what = format!("what makes pods of this {kind} completes them: scan the pods that it makes");
        pod.gap(Why::Unresolved, here, &what)
    });
    let account = first(text(&spec.key("serviceAccountName")), || text(&spec.key("serviceAccount")));
    let account = account.map(|account| account.filter(|(text, _)| !text.is_empty()));
    let mut workload = Workload {
        source: Source::Pod,
        kind: document.kind().to_owned(),
        namespace,
        file: document.file.clone(),
        at: Some(here.clone()),
        windows: pod.is_windows,
        labels: concealed(&meta.key("labels"), key, here),
        annotations: concealed(&meta.key("annotations"), key, here),
        service_account: settle(account.map(some), Some("default".into()), here),
        automount_token: settle(flag(&spec.key("automountServiceAccountToken")).map(some), None, here),
        runtime: settle(text(&spec.key("runtimeClassName")).map(some), None, here),
        own_nodes: known(own_nodes(&spec), here),
        pod_security: pod_security::fields(&document.file, path, template, here, key),
        lifetime: details::lifetime(document, &object),
        networks: Known::is(BTreeSet::new()),
        containers: pod.containers(template, completed.as_ref().map(|gap| (by, gap)), here),
    };
    if let Some(gap) = completed {
        for fact in [&mut workload.service_account, &mut workload.runtime] {
            *fact = gap.clone().into();
        }
        workload.automount_token = gap.clone().into();
        workload.pod_security = gap.clone().into();
        workload.own_nodes = gap.into();
    }
    workload
}

fn is_windows(spec: &View) -> bool {
    let says = |view: View| matches!(text(&view), Ok(Some((text, _))) if text == "windows");
    let process =
        |view: &View| matches!(flag(&view.path(&["windowsOptions", "hostProcess"])), Ok(Some((true, _))));
    let containers = ["containers", "initContainers"].map(|key| spec.key(key).items());
    says(spec.path(&["os", "name"]))
        || says(spec.path(&["nodeSelector", "kubernetes.io/os"]))
        || process(&spec.key("securityContext"))
        || containers.into_iter().flatten().flatten().any(|c| process(&c.key("securityContext")))
}

/// The label of the operating system, which every node has, chooses no nodes.
fn own_nodes(spec: &View) -> Result<bool, Gap> {
    let selector = spec.key("nodeSelector").entries()?;
    let affinity = spec.path(&["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    let common =
        ["kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch"];
    let chooses = selector.iter().any(|(key, _)| !common.contains(key));
    Ok(chooses || !affinity.entries()?.is_empty() || spec.key("nodeName").is_set())
}

fn some<T>(got: Option<(T, Pos)>) -> Option<(Option<T>, Pos)> {
    got.map(|(value, at)| (Some(value), at))
}

pub(super) struct Pod<'a> {
    is_windows: bool,
    file: &'a str,
    pub(super) key: &'a Key,
    pub(super) spec: View<'a>,
    pub(super) security: View<'a>,
    annotations: View<'a>,
    volumes: Result<Volumes, Gap>,
}

/// What a volume gives to the containers that mount it.
struct Volume {
    kind: MountKind,
    source: String,
    read_only: bool,
}

/// The most containers of one list of a pod. A few bytes of text make a few thousand of facts.
const MOST_CONTAINERS: usize = 1000;

impl<'a> Pod<'a> {
    pub(super) fn gap(&self, why: Why, at: &Pos, what: &str) -> Gap {
        Gap::new(why, format!("{}: {what}", place(self.file, at)))
    }
    fn containers(
        &self,
        template: &View,
        completed: Option<(Completed, &Gap)>,
        here: &Pos,
    ) -> Many<Container> {
        let mut many = Many::whole([]);
        match self.spec.node() {
            Ok(None) => {
                let at = template.pos().unwrap_or_else(|| here.clone());
                many.lacks(self.gap(
                    Why::Malformed,
                    &at,
                    "a pod without spec: nothing is known of its containers",
                ));
            }
            Ok(Some(_)) if !self.spec.key("containers").is_set() => {
                let at = self.spec.pos().unwrap_or_else(|| here.clone());
                many.lacks(self.gap(Why::Malformed, &at, "a pod without containers"));
            }
            _ => {}
        }
        let lists = [
            ("containers", Role::Main),
            ("initContainers", Role::Init),
            ("ephemeralContainers", Role::Ephemeral),
        ];
        for (list, role) in lists {
            let items = self.spec.key(list).items().unwrap_or_else(|gap| {
                many.lacks(gap);
                Vec::new()
            });
            if items.len() > MOST_CONTAINERS {
                let what = format!("more than {MOST_CONTAINERS} {list}: those behind them are not read");
                many.lacks(self.gap(Why::NotRead, here, &what));
            }
            for item in items.into_iter().take(MOST_CONTAINERS) {
                let at = item.pos().unwrap_or_else(|| here.clone());
                let name = match text(&item.key("name")) {
                    Ok(Some((name, _))) => name,
                    Ok(None) => {
                        many.lacks(self.gap(Why::Malformed, &at, "a container without a name"));
                        continue;
                    }
                    Err(gap) => {
                        many.lacks(gap);
                        continue;
                    }
                };
                // An init container that is always restarted runs beside the others.
                let role = match (role, text(&item.key("restartPolicy"))) {
                    (Role::Init, Ok(Some((policy, _)))) if policy == "Always" => Role::Main,
                    (Role::Init, Err(gap)) => {
                        many.lacks(gap);
                        role
                    }
                    _ => role,
                };
                let mut container = self.container(&name, role, &item, &at);
                if let Some((by, gap)) = completed {
                    self.forget(&mut container, &item, by, gap);
                }
                if name == "istio-proxy"
                    && matches!(text(&item.key("image")), Ok(Some((image, _))) if image == "auto")
                {
                    let what =
                        "the mesh fills this container in when its pod starts: scan what it makes of it";
                    let gap = self.gap(Why::Unresolved, &at, what);
                    self.forget(&mut container, &item, Completed::Overrides, &gap);
                    container.image = gap.clone().into();
                    container.pull_policy = gap.into();
                }
                many.add(name, container);
            }
        }
        many
    }
    /// Of a container that somebody else completes, what is set stays, and the rest is not known.
    fn forget(&self, container: &mut Container, view: &View, by: Completed, gap: &Gap) {
        fn unless<T>(set: bool, fact: &mut Known<T>, gap: &Gap) {
            if !set {
                *fact = gap.clone().into();
            }
        }
        let own = view.key("securityContext");
        let set = |key: &str| own.key(key).is_set();
        let here = |key: &str| set(key) || self.security.key(key).is_set();
        let it = &mut container.declared;
        unless(here("runAsUser") || here("runAsNonRoot"), &mut it.user, gap);
        unless(here("seccompProfile"), &mut it.seccomp, gap);
        unless(here("appArmorProfile") || here("seLinuxOptions"), &mut it.lsm, gap);
        let limits = view.path(&["resources", "limits"]);
        unless(limits.key("memory").is_set(), &mut it.memory_limit, gap);
        unless(limits.key("cpu").is_set(), &mut it.cpu_limit, gap);
        unless(false, &mut it.details.groups, gap);
        unless(false, &mut it.details.disk_limit, gap);
        if by == Completed::Defaults {
            let what = "the health of a step is not checked: it ends";
            container.health_check = Known::gap(Why::NotAsked, what);
            return;
        }
        unless(set("privileged"), &mut it.privileged, gap);
        unless(set("allowPrivilegeEscalation"), &mut it.no_new_privileges, gap);
        unless(set("readOnlyRootFilesystem"), &mut it.read_only_root, gap);
        unless(set("procMount"), &mut it.masked_paths, gap);
        unless(set("capabilities"), &mut it.capabilities, gap);
        // To a list others may be added. What is shared with the host has a field of its own in such kinds.
        unless(false, &mut it.mounts, gap);
        unless(false, &mut it.details.sysctls, gap);
        unless(false, &mut it.details.unsized_directories, gap);
        unless(false, &mut it.details.host_process, gap);
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
        unless(probes.iter().any(|probe| view.key(probe).is_set()), &mut container.health_check, gap);
        // With an image it is a container beside the operator's own, and what it says of itself is the whole.
        if view.key("image").is_set() {
            return;
        }
        unless(false, &mut container.image, gap);
        unless(view.key("imagePullPolicy").is_set(), &mut container.pull_policy, gap);
        unless(view.key("command").is_set() || view.key("args").is_set(), &mut container.command, gap);
        unless(view.key("env").is_set(), &mut container.env, gap);
        unless(view.key("ports").is_set(), &mut container.ports, gap);
    }
    fn container(&self, name: &str, role: Role, view: &View, at: &Pos) -> Container {
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(|probe| view.key(probe));
        let health = probes.iter().try_fold(None, |found, probe| {
            probe.entries()?;
            Ok(found.or(probe.pos().map(|at| (true, at))))
        });
        Container {
            role,
            image: self.image(view, at),
            pull_policy: settle(
                text(&view.key("imagePullPolicy"))
                    .map(|policy| some(policy.filter(|(text, _)| !text.is_empty()))),
                None,
                at,
            ),
            declared: cover::confinement(self.key, self.confinement(name, view, at)),
            observed: None,
            command: known(self.command(view), &view.key("command").pos().unwrap_or_else(|| at.clone())),
            env: known(self.env(view), &view.key("env").pos().unwrap_or_else(|| at.clone())),
            ports: known(self.ports(view), &view.key("ports").pos().unwrap_or_else(|| at.clone())),
            log_driver: Known::is(None),
            log_options: Known::is(BTreeMap::new()),
            restart: Known::is(None),
            health_check: match text(&self.spec.key("restartPolicy")) {
                Err(gap) => gap.into(),
                Ok(Some((policy, _))) if policy != "Always" && matches!(health, Ok(None)) => {
                    Known::gap(Why::NotAsked, "nobody checks the health of a pod that is made to end")
                }
                Ok(_) => settle(health, false, at),
            },
            entered: Known::gap(Why::NotAsked, "a manifest does not show who is in a container"),
            started: Known::is(None),
        }
    }
    fn image(&self, view: &View, at: &Pos) -> Known<Option<ImageRef>> {
        match text(&view.key("image")) {
            // Tekton, Argo and OpenShift put parameters in so.
            Ok(Some((image, at))) if image.contains("$(") => {
                self.gap(Why::Unresolved, &at, "the image is filled in by a later stage").into()
            }
            Ok(Some((image, at))) => match image_ref(&image) {
                Some(image) => Known::at(Some(image), at),
                None => self.gap(Why::Malformed, &at, "not a reference to an image").into(),
            },
            Ok(None) => {
                self.gap(Why::NotRead, at, "the container names no image: something else fills it in").into()
            }
            Err(gap) => gap.into(),
        }
    }
    fn command(&self, view: &View) -> Result<Vec<Concealed>, Gap> {
        let mut words: Vec<Concealed> = Vec::new();
        let (mut flag, mut shell) = (String::new(), false);
        for key in ["command", "args"] {
            let list = view.key(key);
            for item in list.items()? {
                let Some(node) = item.node()? else { continue };
                let Some(text) = node.scalar() else { return Err(item.wrong(node, "a text")) };
                if words.is_empty() {
                    let program = text.rsplit('/').next().unwrap_or_default();
                    shell = matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "busybox");
                }
                // In a script `${x}` is the shell's own.
                if text.contains("{{") || (text.contains("${") && !shell) {
                    return Err(item.wrong(node, "a text"));
                }
                words.push(conceal(self.key, &flag, text, Some(node.at.clone())));
                flag = match text.starts_with('-') && !text.contains('=') {
                    true => text.trim_start_matches('-').to_owned(),
                    false => String::new(),
                };
            }
        }
        Ok(words)
    }
    fn env(&self, view: &View) -> Result<BTreeMap<String, Concealed>, Gap> {
        let mut env = BTreeMap::new();
        for item in view.key("env").items()? {
            let name = text(&item.key("name"))?.map(|(name, _)| name).unwrap_or_default();
            item.key("valueFrom").entries()?;
            if let Some((value, at)) = text(&item.key("value"))? {
                let value = conceal(self.key, &name, &value, Some(at));
                env.insert(name, value);
            }
        }
        Ok(env)
    }
    fn ports(&self, view: &View) -> Result<Vec<Port>, Gap> {
        let ports = view.key("ports").items()?;
        let on_host = if ports.is_empty() { None } else { flag(&self.spec.key("hostNetwork"))? };
        let on_host = on_host.is_some_and(|(on, _)| on);
        let mut published = Vec::new();
        for port in ports {
            let number = |key: &str| match number(&port.key(key))? {
                None => Ok(None),
                Some((number, at)) => match u16::try_from(number) {
                    Ok(number) => Ok(Some(number)),
                    Err(_) => Err(self.gap(Why::Malformed, &at, "no port number")),
                },
            };
            let container = number("containerPort")?.unwrap_or(0);
            let host = number("hostPort")?.filter(|host| *host != 0).or(on_host.then_some(container));
            let protocol =
                text(&port.key("protocol"))?.map_or_else(|| "tcp".into(), |(p, _)| p.to_lowercase());
            let address = text(&port.key("hostIP"))?.map(|(address, _)| address).filter(|a| !a.is_empty());
            let Some(host) = host else { continue };
            let address = address.unwrap_or_else(|| "0.0.0.0".into());
            published.push(Port { address, host, container, protocol, at: port.pos() });
        }
        Ok(published)
    }
    fn confinement(&self, name: &str, view: &View, at: &Pos) -> Confinement {
        let own = view.key("securityContext");
        if self.is_windows {
            return self.windows_confinement(view, &own, at);
        }
        let privileged = flag(&own.key("privileged"));
        let is_privileged = privileged.clone().map(|privileged| privileged.is_some_and(|(value, _)| value));
        // What a privileged container has whatever else is said.
        let unless = |value, otherwise: Known<_>| match &privileged {
            Err(gap) => gap.clone().into(),
            Ok(Some((true, at))) => Known::at(value, at.clone()),
            Ok(_) => otherwise,
        };
        let proc_mount = text(&own.key("procMount")).and_then(|mount| match mount {
            None => Ok(None),
            Some((mount, at)) => match mount.as_str() {
                "Default" | "" => Ok(Some((true, at))),
                "Unmasked" => Ok(Some((false, at))),
                _ => Err(self.gap(Why::Malformed, &at, "procMount is Default or Unmasked")),
            },
        });
        let seccomp = match &is_privileged {
            Err(gap) => gap.clone().into(),
            Ok(true) => settle(
                privileged.clone().map(|p| p.map(|(_, at)| (Seccomp::Unconfined, at))),
                Seccomp::Unconfined,
                at,
            ),
            Ok(false) => settle(self.seccomp(name, &own), Seccomp::Unconfined, at),
        };
        let limit = |resource: &str, scale: f64| self.limit(view, resource, scale, at);
        let capabilities = self.capabilities(&own, at);
        Confinement {
            user: self.user(&own, at),
            privileged: settle(privileged.clone(), false, at),
            no_new_privileges: self.no_new_privileges(&own, &privileged, at),
            capabilities: match &privileged {
                Err(gap) => gap.clone().into(),
                Ok(Some((true, at))) => Known::at(capabilities::all(), at.clone()),
                Ok(_) => capabilities,
            },
            seccomp,
            lsm: self.lsm(name, &own, is_privileged, at),
            host_namespaces: self.host_namespaces(at),
            joined_namespaces: self.joined_namespaces(at),
            read_only_root: settle(flag(&own.key("readOnlyRootFilesystem")), false, at),
            mounts: self.mounts(view, at),
            devices: Known::gap(
                Why::NotAsked,
                "a pod names no device of its host: volumeDevices are claims, and plugins give the others",
            ),
            masked_paths: unless(false, settle(proc_mount, true, at)),
            memory_limit: limit("memory", 1.0),
            pids_limit: Known::gap(
                Why::NotAsked,
                "a pod cannot limit its processes: podPidsLimit of the kubelet does",
            ),
            cpu_limit: limit("cpu", 1000.0),
            details: self.details(view, at),
        }
    }
    fn limit(&self, view: &View, resource: &str, scale: f64, at: &Pos) -> Known<Option<u64>> {
        let limit = first(self.quantity(&view.path(&["resources", "limits", resource]), scale), || {
            self.quantity(&self.spec.path(&["resources", "limits", resource]), scale)
        });
        // Nought is no limit to the kubelet.
        settle(limit.map(|limit| limit.map(|(n, at)| (Some(n).filter(|n| *n > 0), at))), None, at)
    }
    /// What Linux alone has is nothing that anybody could set on Windows.
    fn windows_confinement(&self, view: &View, own: &View, at: &Pos) -> Confinement {
        fn none<T>() -> Known<T> {
            Known::gap(Why::NotAsked, "Windows has no such setting")
        }
        let name = |security: &View| text(&security.path(&["windowsOptions", "runAsUserName"]));
        let user = first(name(own), || name(&self.security));
        Confinement {
            user: match user {
                Ok(Some((name, at))) => Known::at(User::Name(conceal(self.key, "", &name, None).text), at),
                Ok(None) => Known::gap(Why::NotAsked, "the image decides the user of a Windows container"),
                Err(gap) => gap.into(),
            },
            privileged: none(),
            capabilities: none(),
            seccomp: none(),
            no_new_privileges: none(),
            lsm: none(),
            host_namespaces: none(),
            joined_namespaces: none(),
            read_only_root: none(),
            mounts: self.mounts(view, at),
            devices: none(),
            masked_paths: none(),
            memory_limit: self.limit(view, "memory", 1.0, at),
            pids_limit: none(),
            cpu_limit: self.limit(view, "cpu", 1000.0, at),
            details: self.details(view, at),
        }
    }
    fn user(&self, own: &View, at: &Pos) -> Known<User> {
        let id = first(number(&own.key("runAsUser")), || number(&self.security.key("runAsUser")));
        let not_root = first(flag(&own.key("runAsNonRoot")), || flag(&self.security.key("runAsNonRoot")));
        let user = id.and_then(|id| match id {
            Some((id, at)) => match u32::try_from(id) {
                Ok(id) => Ok(Some((User::Id(id), at))),
                Err(_) => Err(self.gap(Why::Malformed, &at, "no user id")),
            },
            None => Ok(not_root?.filter(|(not_root, _)| *not_root).map(|(_, at)| (User::NotRoot, at))),
        });
        settle(user, User::Unset, at)
    }
    fn no_new_privileges(&self, own: &View, privileged: &Got<bool>, at: &Pos) -> Known<bool> {
        match flag(&own.key("allowPrivilegeEscalation")) {
            Err(gap) => gap.into(),
            Ok(Some((false, at))) => match (privileged, texts(&own.path(&["capabilities", "add"]))) {
                (Err(gap), _) => gap.clone().into(),
                (Ok(Some((true, at))), _) => Known::at(false, at.clone()),
                (_, Err(gap)) => gap.into(),
                (_, Ok(added)) => {
                    let admin =
                        |name: &String| matches!(capabilities::name(name).as_str(), "SYS_ADMIN" | "ALL");
                    Known::at(!added.iter().any(admin), at)
                }
            },
            Ok(other) => Known::at(false, other.map_or_else(|| at.clone(), |(_, at)| at)),
        }
    }
    /// As the runtime does it: first `ALL` is added, then dropped, then single ones are added, then dropped.
    fn capabilities(&self, own: &View, at: &Pos) -> Known<BTreeSet<String>> {
        let view = own.key("capabilities");
        let read = || {
            let names = |key: &str| -> Result<Vec<String>, Gap> {
                Ok(texts(&view.key(key))?.iter().map(|name| capabilities::name(name)).collect())
            };
            let (add, drop) = (names("add")?, names("drop")?);
            let all = |list: &[String]| list.iter().any(|name| name == "ALL");
            let mut set: BTreeSet<String> = match (all(&add), all(&drop)) {
                (_, true) => BTreeSet::new(),
                (true, false) => capabilities::all(),
                (false, false) => capabilities::default(),
            };
            set.extend(add.into_iter().filter(|name| name != "ALL"));
            drop.iter().for_each(|name| {
                set.remove(name);
            });
            Ok(set)
        };
        known(read(), &view.pos().unwrap_or_else(|| at.clone()))
    }
    fn seccomp(&self, name: &str, own: &View) -> Got<Seccomp> {
        let profile = |security: &View| -> Got<Seccomp> {
            let view = security.key("seccompProfile");
            let Some(node) = view.node()? else { return Ok(None) };
            let Some((kind, at)) = text(&view.key("type"))? else {
                return Err(self.gap(Why::Malformed, &node.at, "a seccomp profile without type"));
            };
            let profile = match kind.as_str() {
                "Unconfined" => Seccomp::Unconfined,
                "RuntimeDefault" => Seccomp::RuntimeDefault,
                "Localhost" => match text(&view.key("localhostProfile"))? {
                    Some((name, _)) => {
                        let what = format!("{} lies on the node", cover::text(self.key, &name));
                        Seccomp::Custom { allows: self.gap(Why::NotRead, &at, &what).into(), name }
                    }
                    None => return Err(self.gap(Why::Malformed, &at, "Localhost needs localhostProfile")),
                },
                _ => return Err(self.gap(Why::Malformed, &at, "no type of a seccomp profile")),
            };
            Ok(Some((profile, at)))
        };
        let found = first(profile(own), || profile(&self.security))?;
        if found.is_some() {
            return Ok(found);
        }
        // Up to Kubernetes 1.26 annotations counted; now they say what nobody obeys.
        let container = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
        for annotation in [container.as_str(), "seccomp.security.alpha.kubernetes.io/pod"] {
            if let Some((value, at)) = text(&self.annotations.key(annotation))? {
                if value == "unconfined" {
                    return Ok(Some((Seccomp::Unconfined, at)));
                }
                let what =
                    "Kubernetes 1.27 and later ignore the annotation: set securityContext.seccompProfile";
                return Err(self.gap(Why::Unresolved, &at, what));
            }
        }
        Ok(None)
    }
    fn lsm(&self, name: &str, own: &View, privileged: Result<bool, Gap>, at: &Pos) -> Known<Option<String>> {
        // Nothing within: the runtime's own choice.
        let field = |security: &View| -> Got<Option<String>> {
            let view = security.key("appArmorProfile");
            let Some(node) = view.node()? else { return Ok(None) };
            let Some((kind, at)) = text(&view.key("type"))? else {
                return Err(self.gap(Why::Malformed, &node.at, "an AppArmor profile without type"));
            };
            let profile = match kind.as_str() {
                "Unconfined" => Some("unconfined".to_owned()),
                "RuntimeDefault" => None,
                "Localhost" => match text(&view.key("localhostProfile"))? {
                    Some((name, _)) => Some(name),
                    None => return Err(self.gap(Why::Malformed, &at, "Localhost needs localhostProfile")),
                },
                _ => return Err(self.gap(Why::Malformed, &at, "no type of an AppArmor profile")),
            };
            Ok(Some((profile, at)))
        };
        let annotation = || -> Got<Option<String>> {
            let annotation = format!("container.apparmor.security.beta.kubernetes.io/{name}");
            let Some((value, at)) = text(&self.annotations.key(&annotation))? else { return Ok(None) };
            let profile = match value.as_str() {
                "runtime/default" | "" => None,
                "unconfined" => Some("unconfined".into()),
                other => match other.strip_prefix("localhost/") {
                    Some(name) => Some(name.to_owned()),
                    None => return Err(self.gap(Why::Malformed, &at, "no AppArmor profile")),
                },
            };
            Ok(Some((profile, at)))
        };
        let selinux = |security: &View| -> Got<Option<String>> {
            let view = security.key("seLinuxOptions");
            let mut parts = Vec::new();
            for part in ["user", "role", "type", "level"] {
                parts.push(text(&view.key(part))?.map(|(text, _)| text).unwrap_or_default());
            }
            let at = view.pos().unwrap_or_else(|| at.clone());
            Ok((parts.iter().any(|part| !part.is_empty())).then(|| (Some(parts.join(":")), at)))
        };
        let read = || -> Got<Option<String>> {
            let apparmor = first(field(own), || first(field(&self.security), annotation))?;
            let selinux = first(selinux(own), || selinux(&self.security))?;
            let privileged = privileged?;
            let (profile, at) = match (apparmor, selinux) {
                (Some((Some(profile), at)), _) => (Some(profile), at),
                (_, Some((label, at))) => (label, at),
                (Some((None, at)), None) => (None, at),
                (None, None) => (None, at.clone()),
            };
            Ok(Some(match profile.as_deref() {
                Some(_) => (profile, at),
                None if privileged => (Some("unconfined".into()), at),
                None => (Some("runtime/default".into()), at),
            }))
        };
        settle(read(), None, at)
    }
    fn host_namespaces(&self, at: &Pos) -> Known<BTreeSet<Namespace>> {
        let read = || -> Result<(BTreeSet<Namespace>, Pos), Gap> {
            let (mut shared, mut first) = (BTreeSet::new(), None);
            for (key, namespaces) in [
                ("hostPID", &[Namespace::Pid][..]),
                ("hostNetwork", &[Namespace::Net, Namespace::Uts]),
                ("hostIPC", &[Namespace::Ipc]),
            ] {
                if let Some((true, at)) = flag(&self.spec.key(key))? {
                    shared.extend(namespaces);
                    first = first.or(Some(at));
                }
            }
            if flag(&self.spec.key("hostUsers"))?.is_none_or(|(shared, _)| shared) {
                shared.insert(Namespace::User);
            }
            Ok((shared, first.unwrap_or_else(|| at.clone())))
        };
        match read() {
            Ok((shared, at)) => Known::at(shared, at),
            Err(gap) => gap.into(),
        }
    }
    /// Containers of a pod share net and IPC always; processes only where it says so.
    fn joined_namespaces(&self, at: &Pos) -> Known<BTreeMap<Namespace, String>> {
        let shares = flag(&self.spec.key("shareProcessNamespace")).map(|shares| {
            let other = "the pod's other containers".to_owned();
            shares
                .filter(|(shares, _)| *shares)
                .map(|(_, at)| (BTreeMap::from([(Namespace::Pid, other)]), at))
        });
        settle(shares, BTreeMap::new(), at)
    }
    fn mounts(&self, view: &View, at: &Pos) -> Known<Vec<Mount>> {
        let list = view.key("volumeMounts");
        let items = match list.items() {
            Ok(items) => items,
            Err(gap) => return gap.into(),
        };
        // One that cannot be told says nothing against the others.
        let (mut mounts, mut lacks) = (Vec::new(), Vec::new());
        for item in &items {
            match self.mount(item) {
                Ok(mount) => mounts.push(mount),
                Err(gap) => lacks.push(gap),
            }
        }
        Known::listed(mounts, Some(list.pos().unwrap_or_else(|| at.clone())), lacks)
    }
    fn mount(&self, item: &View) -> Result<Mount, Gap> {
        let at = item.pos();
        let here = at.clone().unwrap_or_else(|| Pos::new(1, 1));
        let (Some((name, _)), Some((target, _))) = (text(&item.key("name"))?, text(&item.key("mountPath"))?)
        else {
            return Err(self.gap(Why::Malformed, &here, "a mount needs name and mountPath"));
        };
        let volumes = self.volumes.as_ref().map_err(Gap::clone)?;
        let Some(volume) = volumes.get(&name) else {
            let what = format!("no volume is named {name}");
            return Err(self.gap(Why::Malformed, &here, &what));
        };
        let volume = volume.as_ref().map_err(Gap::clone)?;
        let sub_path = text(&item.key("subPath"))?.map(|(path, _)| path).filter(|path| !path.is_empty());
        let source = match (volume.kind, sub_path) {
            (MountKind::Bind, Some(path)) => format!("{}/{path}", volume.source.trim_end_matches('/')),
            _ => volume.source.clone(),
        };
        let propagation = text(&item.key("mountPropagation"))?;
        let read_only = flag(&item.key("readOnly"))?.is_some_and(|(value, _)| value);
        Ok(Mount {
            kind: volume.kind,
            source,
            target,
            read_only: read_only || volume.read_only,
            shared: propagation.is_some_and(|(text, _)| text == "Bidirectional"),
            executable: Known::gap(Why::NotAsked, "a pod cannot forbid to run what lies in a directory"),
            at,
        })
    }
    /// A quantity in parts of one, rounded up.
    pub(super) fn quantity(&self, view: &View, scale: f64) -> Got<u64> {
        let Some((text, at)) = text(view)? else { return Ok(None) };
        match quantity(&text).map(|n| (n * scale).ceil()) {
            Some(n) if (0.0..1.8e19).contains(&n) => Ok(Some((n as u64, at))),
            _ => Err(self.gap(Why::Malformed, &at, "not a quantity such as 500m or 2Gi")),
        }
    }
}

/// The volumes of a pod by name, with those that a stateful set claims; what one of them is may not be known.
type Volumes = HashMap<String, Result<Volume, Gap>>;

fn volumes(file: &str, spec: &View, object: &View) -> Result<Volumes, Gap> {
    let mut volumes = Volumes::new();
    for item in spec.key("volumes").items()? {
        let at = item.pos().unwrap_or_else(|| Pos::new(1, 1));
        let Some((name, _)) = text(&item.key("name"))? else {
            return Err(Gap::new(Why::Malformed, format!("{}: a volume without a name", place(file, &at))));
        };
        let volume = volume(file, &item, &at, &name);
        if volumes.insert(name.clone(), volume).is_some() {
            let what = format!("{}: two volumes are named {name}", place(file, &at));
            return Err(Gap::new(Why::Malformed, what));
        }
    }
    // What a stateful set claims comes before a volume of the same name.
    for claim in object.path(&["spec", "volumeClaimTemplates"]).items()? {
        if let Some((name, _)) = text(&claim.path(&["metadata", "name"]))? {
            let volume = Volume { kind: MountKind::Volume, source: name.clone(), read_only: false };
            volumes.insert(name, Ok(volume));
        }
    }
    Ok(volumes)
}

/// One item of `volumes`.
fn volume(file: &str, item: &View, at: &Pos, name: &str) -> Result<Volume, Gap> {
    let mut sources = item.entries()?.into_iter().filter(|(key, value)| *key != "name" && value.is_set());
    let Some((kind, source)) = sources.next() else {
        // Nothing said is an empty directory.
        return Ok(Volume { kind: MountKind::Tmpfs, source: String::new(), read_only: false });
    };
    if sources.next().is_some() {
        let what = format!("{}: a volume with two sources", place(file, at));
        return Err(Gap::new(Why::Malformed, what));
    }
    source.entries()?;
    let of = |key: &str| -> Result<String, Gap> {
        match text(&source.key(key))? {
            Some((text, _)) => Ok(text),
            None => {
                let what = format!("{}: a {kind} volume without {key}", place(file, at));
                Err(Gap::new(Why::Malformed, what))
            }
        }
    };
    let read_only = flag(&source.key("readOnly"))?.is_some_and(|(value, _)| value);
    let (kind, source, read_only) = match kind {
        "hostPath" => (MountKind::Bind, of("path")?, false),
        "secret" => (MountKind::Secret, of("secretName")?, true),
        "configMap" => (MountKind::Config, of("name")?, true),
        "emptyDir" => (MountKind::Tmpfs, String::new(), false),
        "projected" => (MountKind::Projected, name.to_owned(), true),
        "persistentVolumeClaim" => (MountKind::Volume, of("claimName")?, read_only),
        "ephemeral" => (MountKind::Volume, name.to_owned(), read_only),
        "downwardAPI" => (MountKind::Other, kind.to_owned(), true),
        "csi" => (MountKind::Other, of("driver")?, read_only),
        _ => (MountKind::Other, kind.to_owned(), read_only),
    };
    Ok(Volume { kind, source, read_only })
}

/// A quantity of Kubernetes: `1.5`, `500m`, `2Gi`, `3e6`.
pub(super) fn quantity(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let number: f64 = number.parse().ok()?;
    let scale = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => f64::from(1 << 20),
        "Gi" => f64::from(1 << 30),
        "Ti" => (1_u64 << 40) as f64,
        "Pi" => (1_u64 << 50) as f64,
        "Ei" => (1_u64 << 60) as f64,
        exponent => {
            let exponent: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            if !(-30..=30).contains(&exponent) {
                return None;
            }
            10_f64.powi(exponent)
        }
    };
    Some(number * scale).filter(|n| n.is_finite())
}
