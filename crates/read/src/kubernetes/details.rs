//! What a pod says besides: groups, kernel settings, its share of the disk, its end, and what Windows alone has.

use super::pod::Pod;
use super::{Document, first, flag, known, number, settle, text};
use crate::yaml::View;
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::details::{Details, Groups, Lifetime, Token};
use tyrian_model::fact::{Gap, Known, Pos, Why};

impl Pod<'_> {
    pub(super) fn details(&self, container: &View, at: &Pos) -> Details {
        let own = container.key("securityContext");
        let process = |view: &View| flag(&view.path(&["windowsOptions", "hostProcess"]));
        let groups = own.key("runAsGroup").pos().or_else(|| self.security.pos());
        Details {
            groups: known(self.groups(&own), &groups.unwrap_or_else(|| at.clone())),
            sysctls: known(self.sysctls(), &self.security.key("sysctls").pos().unwrap_or_else(|| at.clone())),
            ulimits: Known::gap(Why::NotAsked, "a pod cannot limit its open files: the runtime does"),
            cgroup_parent: Known::gap(Why::NotAsked, "the kubelet chooses the control group of a pod"),
            host_users: Known::gap(
                Why::NotAsked,
                "the users of a pod are the host's unless it says otherwise",
            ),
            disk_limit: {
                let limits = container.path(&["resources", "limits", "ephemeral-storage"]);
                let limit = self.quantity(&limits, 1.0);
                settle(limit.map(|limit| limit.map(|(n, at)| (Some(n).filter(|n| *n > 0), at))), None, at)
            },
            unsized_directories: known(self.unlimited_directories(container), at),
            io_limits: Known::gap(
                Why::NotAsked,
                "a pod cannot limit its use of block devices: the runtime does",
            ),
            tokens: known(self.tokens(container), at),
            host_process: settle(first(process(&own), || process(&self.security)), false, at),
        }
    }
    fn groups(&self, own: &View) -> Result<Groups, Gap> {
        let security = &self.security;
        let id = |view: &View| match number(view)? {
            None => Ok(None),
            Some((id, _)) if u32::try_from(id).is_ok() => Ok(Some(id.to_string())),
            Some((_, at)) => Err(self.gap(Why::Malformed, &at, "no group id")),
        };
        let main = match id(&own.key("runAsGroup"))? {
            None => id(&security.key("runAsGroup"))?,
            main => main,
        };
        let mut more: BTreeSet<String> = id(&security.key("fsGroup"))?.into_iter().collect();
        for item in security.key("supplementalGroups").items()? {
            more.extend(id(&item)?);
        }
        Ok(Groups { main, more })
    }
    fn sysctls(&self) -> Result<BTreeMap<String, String>, Gap> {
        let mut settings = BTreeMap::new();
        for item in self.security.key("sysctls").items()? {
            let at = item.pos().unwrap_or_else(|| Pos::new(1, 1));
            let Some((name, _)) = text(&item.key("name"))? else {
                return Err(self.gap(Why::Malformed, &at, "a kernel setting without a name"));
            };
            let value = text(&item.key("value"))?.map(|(value, _)| value).unwrap_or_default();
            let value = crate::secrets::conceal(self.key, &name, &value, None).text;
            settings.insert(name.replace('/', "."), value);
        }
        Ok(settings)
    }
    /// The tokens in the projected volumes that the container mounts.
    fn tokens(&self, container: &View) -> Result<Vec<Token>, Gap> {
        let mut asked: BTreeMap<String, Vec<Token>> = BTreeMap::new();
        for volume in self.spec.key("volumes").items()? {
            let Some((name, _)) = text(&volume.key("name"))? else { continue };
            for source in volume.path(&["projected", "sources"]).items()? {
                let token = source.key("serviceAccountToken");
                if !token.is_set() {
                    continue;
                }
                let hidden = |text: String| crate::secrets::conceal(self.key, "", &text, None).text;
                let seconds = token.key("expirationSeconds");
                // Without a word it is an hour.
                let seconds = match number(&seconds)? {
                    None => 3600,
                    Some((seconds, at)) => u64::try_from(seconds)
                        .map_err(|_| self.gap(Why::Malformed, &at, "no number of seconds"))?,
                };
                asked.entry(name.clone()).or_default().push(Token {
                    file: text(&token.key("path"))?.map(|(path, _)| hidden(path)).unwrap_or_default(),
                    audience: text(&token.key("audience"))?
                        .map(|(who, _)| hidden(who))
                        .filter(|who| !who.is_empty()),
                    seconds,
                    at: token.key("expirationSeconds").pos().or_else(|| token.pos()),
                });
            }
        }
        let mut tokens = Vec::new();
        for mount in container.key("volumeMounts").items()? {
            let Some((name, _)) = text(&mount.key("name"))? else { continue };
            let Some(of) = asked.get(&name) else { continue };
            let folder = text(&mount.key("mountPath"))?.map(|(path, _)| path).unwrap_or_default();
            let file = |token: &Token| format!("{}/{}", folder.trim_end_matches('/'), token.file);
            tokens.extend(of.iter().map(|token| Token { file: file(token), ..token.clone() }));
        }
        Ok(tokens)
    }
    /// The empty directories on the node's disk that the container mounts and whose size has no limit.
    fn unlimited_directories(&self, container: &View) -> Result<BTreeSet<String>, Gap> {
        let mut open = BTreeSet::new();
        for volume in self.spec.key("volumes").items()? {
            let Some((name, _)) = text(&volume.key("name"))? else { continue };
            let directory = volume.key("emptyDir");
            let set = volume.entries()?.iter().any(|(key, value)| *key != "name" && value.is_set());
            // Nothing said is an empty directory; one of memory counts against the memory of the pod.
            let on_disk = match text(&directory.key("medium"))? {
                Some((medium, _)) => medium.is_empty(),
                None => directory.is_set() || !set,
            };
            if on_disk && self.quantity(&directory.key("sizeLimit"), 1.0)?.is_none() {
                open.insert(name);
            }
        }
        let mut mounted = BTreeSet::new();
        for mount in container.key("volumeMounts").items()? {
            if let Some((name, _)) = text(&mount.key("name"))?
                && open.contains(&name)
                && flag(&mount.key("readOnly"))?.is_none_or(|(value, _)| !value)
            {
                mounted.insert(name);
            }
        }
        Ok(mounted)
    }
}

/// What a Job, or the Jobs of a CronJob, say of their end; of other kinds nobody asks.
pub(super) fn lifetime(document: &Document, object: &View) -> Lifetime {
    let (kind, at) = (document.kind(), &document.node.at);
    let job = match (document.group(), kind) {
        ("batch", "Job") => Some(object.key("spec")),
        ("batch", "CronJob") => Some(object.path(&["spec", "jobTemplate", "spec"])),
        _ => None,
    };
    let Some(job) = job else {
        let what = format!("a {kind} is made to run for ever");
        return Lifetime {
            deadline: Known::gap(Why::NotAsked, what.clone()),
            kept: Known::gap(Why::NotAsked, what),
        };
    };
    let seconds = |view: &View| Ok(number(view)?.map(|(seconds, at)| (u64::try_from(seconds).ok(), at)));
    let deadline = first(seconds(&job.key("activeDeadlineSeconds")), || {
        seconds(&job.path(&["template", "spec", "activeDeadlineSeconds"]))
    });
    Lifetime {
        deadline: settle(deadline, None, at),
        kept: match remover(kind, object) {
            Some(who) => Known::gap(Why::NotAsked, format!("{who} removes it")),
            None => settle(seconds(&job.key("ttlSecondsAfterFinished")), None, at),
        },
    }
}

/// Who removes a Job that has ended, besides its own word.
fn remover(kind: &str, object: &View) -> Option<&'static str> {
    let meta = object.key("metadata");
    let annotations = meta.key("annotations");
    let says = |name: &str| annotations.key(name).is_set();
    match () {
        // It keeps three that succeeded and one that failed, or as many as it says.
        () if kind == "CronJob" => Some("a CronJob"),
        () if meta.key("ownerReferences").is_set() => Some("its owner"),
        () if says("helm.sh/hook-delete-policy") || says("helm.sh/hook") => Some("Helm"),
        () if says("argocd.argoproj.io/hook") || says("argocd.argoproj.io/hook-delete-policy") => {
            Some("Argo CD")
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::kubernetes::tests::read;
    use serde_json::{Value, json};

    fn workloads(text: &str) -> Value {
        let (facts, gaps) = read(&[("pod.yaml", text)]);
        assert!(gaps.is_empty(), "{gaps:?}");
        facts["k8s"]["workloads"]["rows"].clone()
    }

    #[test]
    fn what_a_pod_says_besides_is_read() {
        let rows = workloads(
            "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  securityContext: {runAsGroup: 7, fsGroup: 2000, supplementalGroups: [6], sysctls: [{name: net/core/somaxconn, value: '1024'}]}
  volumes: [{name: tmp, emptyDir: {}}, {name: mem, emptyDir: {medium: Memory}}, {name: cut, emptyDir: {sizeLimit: 1Gi}}, {name: none}, {name: alone, emptyDir: {}}]
  containers:
  - name: a
    image: b
    imagePullPolicy: Never
    securityContext: {runAsGroup: 8}
    resources: {limits: {ephemeral-storage: 1Gi}}
    volumeMounts: [{name: tmp, mountPath: /t}, {name: mem, mountPath: /m}, {name: cut, mountPath: /c}, {name: none, mountPath: /n}]
",
        );
        let container = &rows["pod:default/a"]["containers"]["rows"]["a"];
        let details = &container["declared"]["details"];
        assert_eq!(details["groups"]["at"][0], json!({"main": "8", "more": ["2000", "6"]}));
        assert_eq!(details["sysctls"]["at"][0], json!({"net.core.somaxconn": "1024"}));
        assert_eq!(details["disk_limit"]["at"][0], json!(1_u64 << 30));
        assert_eq!(details["unsized_directories"]["at"][0], json!(["none", "tmp"]));
        assert_eq!(container["pull_policy"]["at"][0], "Never");
    }

    #[test]
    fn tokens_are_read_where_they_are_mounted() {
        let tokens = |token: &str| {
            let rows = workloads(&format!(
                "
apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec:
  volumes: [{{name: t, projected: {{sources: [{{configMap: {{name: c}}}}, {{serviceAccountToken: {token}}}]}}}}]
  containers: [{{name: a, image: b, volumeMounts: [{{name: t, mountPath: /run/t/}}]}}]
"
            ));
            rows["pod:default/a"]["containers"]["rows"]["a"]["declared"]["details"]["tokens"].clone()
        };
        let it = tokens("{path: vault, audience: vault, expirationSeconds: 600}")["at"][0][0].clone();
        assert_eq!(
            (&it["file"], &it["audience"], &it["seconds"]),
            (&json!("/run/t/vault"), &json!("vault"), &json!(600))
        );
        let it = tokens("{path: api}")["at"][0][0].clone();
        assert_eq!((&it["audience"], &it["seconds"]), (&Value::Null, &json!(3600)));
        assert_eq!(tokens("{path: api, expirationSeconds: soon}")["gap"]["why"], "malformed");
        assert_eq!(tokens("{path: api, expirationSeconds: -1}")["gap"]["why"], "malformed");
    }

    #[test]
    fn jobs_say_when_they_end() {
        let job = |meta: &str, spec: &str| {
            let pod = "template: {spec: {containers: [{name: a, image: b}]}}";
            let text = format!(
                "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a{meta}}}\nspec: {{{pod}{spec}}}\n"
            );
            workloads(&text)["job:default/a"]["lifetime"].clone()
        };
        assert_eq!(job("", "")["deadline"]["at"][0], Value::Null);
        assert_eq!(job("", ", activeDeadlineSeconds: 60")["deadline"]["at"][0], 60);
        assert_eq!(job("", ", ttlSecondsAfterFinished: 0")["kept"]["at"][0], 0);
        assert_eq!(job(", annotations: {helm.sh/hook: test}", "")["kept"]["gap"]["why"], "not_asked");
        assert_eq!(job("", ", activeDeadlineSeconds: soon")["deadline"]["gap"]["why"], "malformed");
    }

    #[test]
    fn windows_pods_have_nothing_of_linux() {
        let rows = workloads(
            "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  nodeSelector: {kubernetes.io/os: windows}
  securityContext: {windowsOptions: {runAsUserName: ContainerAdministrator}}
  containers: [{name: a, image: 'iis:1', resources: {limits: {memory: 1Gi}}}]
",
        );
        let pod = &rows["pod:default/a"];
        let declared = &pod["containers"]["rows"]["a"]["declared"];
        assert_eq!(pod["windows"], true);
        assert_eq!(declared["user"]["at"][0], json!({"name": "ContainerAdministrator"}));
        for setting in ["privileged", "capabilities", "seccomp", "lsm", "read_only_root", "host_namespaces"] {
            assert_eq!(declared[setting]["gap"]["why"], "not_asked", "{setting}");
        }
        assert_eq!(declared["memory_limit"]["at"][0], json!(1_u64 << 30));
    }
}
