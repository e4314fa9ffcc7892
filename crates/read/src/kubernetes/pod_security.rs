//! The fields of a pod that the Pod Security Standards speak of, as they are written.
//!
//! Nothing is filled in: what is not set stays not set, and a null is not set, as the API server has it.

use super::{Got, flag, number, text};
use crate::secrets::{Key, conceal};
use crate::yaml::{Value, View, place};
use tyrian_model::fact::{Gap, Known, Pos, Why};
use tyrian_model::pod_security::{
    Annotation, HostPort, PodContainer, PodSecurity, PodVolume, ProbedHost, Said, Security,
};

/// Before the fields: the profile of the pod, of a container by its name, and AppArmor's of a container.
const ANNOTATIONS: [&str; 3] = [
    "seccomp.security.alpha.kubernetes.io/pod",
    "container.seccomp.security.alpha.kubernetes.io/",
    "container.apparmor.security.beta.kubernetes.io/",
];

/// The fields of the pod whose specification stands at `path` in its object; `here` is the place of the object.
pub(super) fn fields(
    file: &str,
    path: &str,
    template: &View,
    here: &Pos,
    key: &Key,
) -> Known<Box<PodSecurity>> {
    let spec = template.key("spec");
    let at = match spec.node() {
        Err(gap) => return gap.into(),
        Ok(None) => {
            let what = format!("{}: a pod without spec", place(file, here));
            return Known::gap(Why::Malformed, what);
        }
        Ok(Some(node)) => node.at.clone(),
    };
    let reader = Reader { file, key };
    let containers = match spec.key("containers").is_set() {
        true => reader.containers(&spec.key("containers")),
        false => Err(Gap::new(Why::Malformed, format!("{}: a pod without containers", place(file, &at)))),
    };
    let pod = PodSecurity {
        path: path.to_owned(),
        os: reader.said(&spec.path(&["os", "name"])),
        host_network: put(flag(&spec.key("hostNetwork"))),
        host_pid: put(flag(&spec.key("hostPID"))),
        host_ipc: put(flag(&spec.key("hostIPC"))),
        host_users: put(flag(&spec.key("hostUsers"))),
        security: reader.security(&spec.key("securityContext")),
        sysctls: known(reader.sysctls(&spec.path(&["securityContext", "sysctls"]))),
        annotations: known(reader.annotations(&template.path(&["metadata", "annotations"]))),
        volumes: known(reader.volumes(&spec.key("volumes"))),
        init_containers: known(reader.containers(&spec.key("initContainers"))),
        containers: known(containers),
        ephemeral_containers: known(reader.containers(&spec.key("ephemeralContainers"))),
    };
    Known::at(Box::new(pod), at)
}

/// What is set, at its place, or that nothing is.
fn put<T>(got: Got<T>) -> Known<Option<T>> {
    match got {
        Ok(Some((value, at))) => Known::at(Some(value), at),
        Ok(None) => Known::is(None),
        Err(gap) => gap.into(),
    }
}

fn known<T>(read: Result<T, Gap>) -> Known<T> {
    read.map_or_else(Known::from, Known::is)
}

struct Reader<'a> {
    file: &'a str,
    key: &'a Key,
}

impl Reader<'_> {
    /// A text as it may enter the facts. What stands before `/` in a profile decides, so it is kept.
    fn clean(&self, text: &str) -> String {
        match text.split_once('/') {
            Some(("localhost", rest)) => {
                format!("localhost/{}", conceal(self.key, "", rest, None).text)
            }
            _ => conceal(self.key, "", text, None).text,
        }
    }
    fn said(&self, view: &View) -> Known<Option<String>> {
        put(text(view).map(|got| got.map(|(text, at)| (self.clean(&text), at))))
    }
    /// The type of a profile; empty where there is a profile without type.
    fn profile(&self, view: &View) -> Known<Option<String>> {
        match view.node() {
            Err(gap) => gap.into(),
            Ok(None) => Known::is(None),
            Ok(Some(node)) => match text(&view.key("type")) {
                Err(gap) => gap.into(),
                Ok(Some((kind, at))) => Known::at(Some(self.clean(&kind)), at),
                Ok(None) => Known::at(Some(String::new()), node.at.clone()),
            },
        }
    }
    fn security(&self, view: &View) -> Security {
        let se_linux = view.key("seLinuxOptions");
        Security {
            se_linux_type: self.said(&se_linux.key("type")),
            se_linux_user: self.said(&se_linux.key("user")),
            se_linux_role: self.said(&se_linux.key("role")),
            seccomp: self.profile(&view.key("seccompProfile")),
            app_armor: self.profile(&view.key("appArmorProfile")),
            run_as_non_root: put(flag(&view.key("runAsNonRoot"))),
            run_as_user: put(number(&view.key("runAsUser"))),
            host_process: put(flag(&view.path(&["windowsOptions", "hostProcess"]))),
        }
    }
    fn containers(&self, list: &View) -> Result<Vec<PodContainer>, Gap> {
        list.items()?.iter().map(|item| self.container(item)).collect()
    }
    fn container(&self, view: &View) -> Result<PodContainer, Gap> {
        let at = view.pos();
        let Some((name, _)) = text(&view.key("name"))? else {
            let here = at.unwrap_or_else(|| Pos::new(1, 1));
            let what = format!("{}: a container without a name", place(self.file, &here));
            return Err(Gap::new(Why::Malformed, what));
        };
        let own = view.key("securityContext");
        Ok(PodContainer {
            name,
            at,
            security: self.security(&own),
            privileged: put(flag(&own.key("privileged"))),
            allow_privilege_escalation: put(flag(&own.key("allowPrivilegeEscalation"))),
            proc_mount: self.said(&own.key("procMount")),
            capabilities_added: known(self.list(&own.path(&["capabilities", "add"]))),
            capabilities_dropped: known(self.list(&own.path(&["capabilities", "drop"]))),
            host_ports: known(host_ports(&view.key("ports"))),
            probed_hosts: known(self.probed_hosts(view)),
        })
    }
    fn list(&self, list: &View) -> Result<Vec<Said>, Gap> {
        let items = list.items()?;
        let said = |item: &View| {
            Ok(match text(item)? {
                Some((text, at)) => Said { text: self.clean(&text), at: Some(at) },
                None => Said { text: String::new(), at: item.pos() },
            })
        };
        items.iter().map(said).collect()
    }
    fn sysctls(&self, list: &View) -> Result<Vec<Said>, Gap> {
        let items = list.items()?;
        let said = |item: &View| {
            Ok(match text(&item.key("name"))? {
                Some((name, at)) => Said { text: self.clean(&name), at: Some(at) },
                None => Said { text: String::new(), at: item.pos() },
            })
        };
        items.iter().map(said).collect()
    }
    fn annotations(&self, map: &View) -> Result<Vec<Annotation>, Gap> {
        let mut found = Vec::new();
        for (key, value) in map.entries()? {
            if !ANNOTATIONS.iter().any(|known| key.starts_with(known)) {
                continue;
            }
            let (value, at) = match text(&value)? {
                Some((value, at)) => (self.clean(&value), Some(at)),
                None => (String::new(), None),
            };
            found.push(Annotation { key: key.to_owned(), value, at });
        }
        Ok(found)
    }
    fn volumes(&self, list: &View) -> Result<Vec<PodVolume>, Gap> {
        let mut volumes = Vec::new();
        for item in list.items()? {
            let name = text(&item.key("name"))?.map(|(name, _)| name).unwrap_or_default();
            let (mut types, mut at) = (Vec::new(), item.pos());
            for (key, value) in item.entries()? {
                let Some(node) = value.node()? else { continue };
                if key == "name" {
                    continue;
                }
                if !matches!(node.is, Value::Map(_)) {
                    return Err(value.wrong(node, "a mapping"));
                }
                if types.is_empty() {
                    at = Some(node.at.clone());
                }
                types.push(self.clean(key));
            }
            volumes.push(PodVolume { name, types, at });
        }
        Ok(volumes)
    }
    fn probed_hosts(&self, container: &View) -> Result<Vec<ProbedHost>, Gap> {
        let mut found = Vec::new();
        let askers = [
            &["livenessProbe"][..],
            &["readinessProbe"],
            &["startupProbe"],
            &["lifecycle", "postStart"],
            &["lifecycle", "preStop"],
        ];
        for asker in askers {
            let asked = container.path(asker);
            if !asked.is_set() {
                continue;
            }
            for way in ["httpGet", "tcpSocket"] {
                if let Some((host, at)) = text(&asked.path(&[way, "host"]))?
                    && !host.is_empty()
                {
                    let field = format!("{}.{way}.host", asker.join("."));
                    found.push(ProbedHost { field, host: self.clean(&host), at: Some(at) });
                }
            }
        }
        Ok(found)
    }
}

fn host_ports(list: &View) -> Result<Vec<HostPort>, Gap> {
    let mut found = Vec::new();
    for (index, item) in list.items()?.iter().enumerate() {
        if let Some((port, at)) = number(&item.key("hostPort"))?
            && port != 0
        {
            found.push(HostPort { index, port, at: Some(at) });
        }
    }
    Ok(found)
}
