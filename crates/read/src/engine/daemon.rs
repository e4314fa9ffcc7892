//! daemon.json in a source tree: the engine that it makes.
//!
//! dockerd refuses to start with a setting both in its file and on its command line, so a setting that stands here
//! holds. One that does not is taken to be dockerd's default, as who writes the file leaves the command line alone;
//! only addresses are left open, since the units of packages give them on the command line.

use super::said::{Heard, Said, gap, known};
use super::settings::Settings;
use crate::Input;
use crate::secrets::conceal;
use serde_json::Value;
use std::collections::BTreeSet;
use tyrian_model::fact::{Gap, Known, Pos, Why};
use tyrian_model::host::Engine;

/// The engine that a daemon.json sets up. What such a file cannot say (versions, the kernel) nobody asked for.
pub fn read(input: &Input) -> Engine {
    planned(input, None)
}

/// The engine that a daemon.json and a command line make; of a file by itself there is no command line.
pub(super) fn planned(input: &Input, command_line: Option<&[String]>) -> Engine {
    let parsed = if input.text.trim().is_empty() {
        Ok(Value::Object(serde_json::Map::new()))
    } else {
        serde_json::from_str::<Value>(input.text.trim_start_matches('\u{feff}'))
    };
    let value = parsed.map_err(|error| {
        Gap::new(
            Why::Malformed,
            format!("{}:{}: no JSON, so dockerd does not start", input.path, error.line()),
        )
    });
    let said = || match &value {
        Ok(value) => Said::is(value, format!("{}: ", input.path)),
        Err(gap) => Said::missing(gap.clone(), format!("{}: ", input.path)),
    };
    let line: Vec<Value> = command_line.unwrap_or_default().iter().cloned().map(Value::String).collect();
    let line = Value::Array(line);
    let settings = Settings::new(said(), &Said::is(&line, "the command line: "));
    let placed = Placed { text: input.text };
    let unasked = || Gap::new(Why::NotAsked, format!("{}: the file does not say it", input.path));
    let texts = |name: &str| settings.texts(name).map(Option::unwrap_or_default);
    let remap = settings.text("userns-remap").map(|user| user.is_some_and(|user| !user.is_empty()));
    let hosts = settings.texts("hosts").and_then(|hosts| match hosts {
        Some(hosts) => Ok(hosts),
        None if command_line.is_some() => Ok(vec!["unix:///var/run/docker.sock".to_owned()]),
        None => gap(Why::NotAsked, format!("{}: the command line says where the engine listens", input.path)),
    });
    let seccomp = settings.text("seccomp-profile").map(|profile| match profile.as_deref() {
        None | Some("" | "builtin" | "default") => Some("default".to_owned()),
        Some(profile) => Some(profile.to_owned()),
    });
    let options = settings.text_map("log-opts").map(|options| {
        let hidden = |(name, value): (String, String)| {
            let value = conceal(input.key, &name, &value, None).text;
            (name, value)
        };
        options.into_iter().map(hidden).collect()
    });
    Engine {
        file: input.path.to_owned(),
        version: unasked().into(),
        components: unasked().into(),
        kernel: unasked().into(),
        time: unasked().into(),
        rootless: unasked().into(),
        user_namespaces: placed.fact("userns-remap", remap),
        lsm: Known::<BTreeSet<String>>::from(unasked()),
        seccomp: placed.fact("seccomp-profile", seccomp),
        no_new_privileges: placed.fact("no-new-privileges", settings.bool("no-new-privileges", false)),
        live_restore: placed.fact("live-restore", settings.bool("live-restore", false)),
        log_driver: placed
            .fact("log-driver", settings.text("log-driver"))
            .map(|driver| driver.unwrap_or_else(|| "json-file".to_owned())),
        log_options: placed.fact("log-opts", options),
        insecure_registries: placed.fact("insecure-registries", texts("insecure-registries")),
        inter_container_traffic: placed.fact("icc", settings.bool("icc", true)),
        listens: placed.fact("hosts", hosts),
        tls_verify: placed.fact("tlsverify", settings.bool("tlsverify", false)),
        authorization: placed.fact("authorization-plugins", texts("authorization-plugins")),
        experimental: placed.fact("experimental", settings.bool("experimental", false)),
        swarm: unasked().into(),
        userland_proxy: placed.fact("userland-proxy", settings.bool("userland-proxy", true)),
        iptables: placed.fact("iptables", settings.bool("iptables", true)),
        log_level: placed.fact("log-level", settings.log_level()),
        storage_driver: placed
            .fact("storage-driver", settings.text("storage-driver"))
            .and_then(|driver| driver.map_or_else(|| unasked().into(), Known::is)),
        cgroup_version: unasked().into(),
        default_ulimits: placed.fact("default-ulimits", settings.keys("default-ulimits")),
        cgroup_parent: placed.fact(
            "cgroup-parent",
            settings.text("cgroup-parent").map(|parent| parent.filter(|parent| !parent.is_empty())),
        ),
        storage_options: placed.fact("storage-opts", texts("storage-opts")),
        stopped: unasked().into(),
        contradictions: known(command_line.map_or_else(|| Err(unasked()), |_| settings.contradictions())),
        swarm_of: unasked().into(),
    }
}

struct Placed<'a> {
    text: &'a str,
}

impl Placed<'_> {
    /// A fact, at the line on which its key stands.
    fn fact<T>(&self, name: &str, heard: Heard<T>) -> Known<T> {
        let key = format!("\"{name}\"");
        let line = self.text.lines().zip(1_u32..).find_map(|(line, number)| {
            let (before, after) = line.split_once(key.as_str())?;
            let column = u32::try_from(before.chars().count() + 1).unwrap_or(1);
            after.trim_start().starts_with(':').then(|| Pos::new(number, column))
        });
        match (known(heard), line) {
            (fact, Some(at)) => fact.and_then(|value| Known::at(value, at)),
            (fact, None) => fact,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::{Input, secrets::Key};
    use serde_json::{Value, json};

    fn engine(text: &str) -> Value {
        let input = Input { path: "docker/daemon.json", text, key: &Key([1; 32]) };
        serde_json::to_value(read(&input)).unwrap()
    }

    #[test]
    fn what_stands_there_holds_and_has_its_place() {
        let it = engine(
            "{\n  \"icc\": false,\n  \"hosts\": [\"tcp://0.0.0.0:2375\"],\n  \"log-level\": \"debug\"\n}\n",
        );
        assert_eq!(it["inter_container_traffic"], json!({"at": [false, {"line": 2, "column": 3}]}));
        assert_eq!(it["listens"]["at"][0], json!(["tcp://0.0.0.0:2375"]));
        assert_eq!(it["log_level"]["at"][0], json!("debug"));
        assert_eq!(it["live_restore"], json!({"is": false}));
        assert_eq!(it["version"]["gap"]["why"], json!("not_asked"));
    }

    #[test]
    fn what_is_wrong_is_a_gap_and_no_default() {
        assert_eq!(
            engine("{\"icc\": \"false\"}")["inter_container_traffic"]["gap"]["why"],
            json!("malformed")
        );
        assert_eq!(engine("{\"icc\": ")["iptables"]["gap"]["why"], json!("malformed"));
        assert_eq!(engine("[]")["iptables"]["gap"]["why"], json!("malformed"));
        assert_eq!(engine("{}")["listens"]["gap"]["why"], json!("not_asked"));
    }
}
