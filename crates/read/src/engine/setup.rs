//! What a dockerd on a host was told or would be told: where its files are, and the engine that these settings make.

use super::daemon;
use super::said::{Heard, Said};
use super::settings::Settings;
use crate::Input;
use crate::secrets::Key;
use serde_json::Value;
use std::collections::BTreeSet;
use tyrian_model::fact::{Gap, Why};
use tyrian_model::host::Engine;

/// The files of one dockerd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Where containers and images are.
    pub data_root: Heard<String>,
    /// Where it keeps the state of what runs; nothing where its own runtime directory is not known.
    pub exec_root: Option<String>,
    /// The sockets that it listens on.
    pub sockets: Heard<BTreeSet<String>>,
    /// The certificate authority of its clients, its certificate and its key, where it speaks TLS.
    pub tls: Heard<[Option<String>; 3]>,
}

/// The file of settings that a command line names; nothing: the usual one.
pub fn config_file(arguments: &[String]) -> Option<String> {
    let values: Vec<Value> = arguments.iter().cloned().map(Value::String).collect();
    let (line, none) = (Value::Array(values), Value::Null);
    let settings = Settings::new(Said::is(&none, ""), &Said::is(&line, ""));
    settings.text("config-file").ok().flatten()
}

/// The files of the dockerd with that command line and that daemon.json, nothing where there is none.
///
/// `home` is that of who runs a rootless one, whose defaults are below it.
pub fn setup(arguments: &[String], daemon_json: Result<Option<&[u8]>, Gap>, home: Option<&str>) -> Setup {
    let values: Vec<Value> = arguments.iter().cloned().map(Value::String).collect();
    let line = Value::Array(values);
    let parsed = daemon_json.and_then(|text| match text {
        None => Ok(Value::Null),
        Some(text) if text.trim_ascii().is_empty() => Ok(Value::Null),
        Some(text) => serde_json::from_slice(text).map_err(|error| {
            Gap::new(Why::Malformed, format!("daemon.json: not JSON, so dockerd does not start: {error}"))
        }),
    });
    let file = match &parsed {
        Ok(value) => Said::is(value, "daemon.json: "),
        Err(gap) => Said::missing(gap.clone(), "daemon.json: "),
    };
    let settings = Settings::new(file, &Said::is(&line, "the command line: "));
    let root = match home {
        Some(home) => format!("{home}/.local/share/docker"),
        None => "/var/lib/docker".to_owned(),
    };
    let sockets = settings.texts("hosts").map(|hosts| {
        let hosts = hosts.unwrap_or_else(|| vec!["fd://".to_owned()]);
        let path = |host: &String| match host.as_str() {
            "fd://" | "unix://" => Some("/var/run/docker.sock".to_owned()),
            other => other.strip_prefix("unix://").map(str::to_owned),
        };
        hosts.iter().filter_map(path).collect()
    });
    let tls = || -> Heard<[Option<String>; 3]> {
        let on = settings.bool("tlsverify", false)? || settings.bool("tls", false)?;
        let folder = format!("{}/.docker", home.unwrap_or("/root"));
        let mut files = [const { None }; 3];
        for ((name, usual), file) in [("tlscacert", "ca.pem"), ("tlscert", "cert.pem"), ("tlskey", "key.pem")]
            .into_iter()
            .zip(&mut files)
        {
            *file = settings.text(name)?.or_else(|| on.then(|| format!("{folder}/{usual}")));
        }
        Ok(files)
    };
    let exec_root = settings.text("exec-root").ok();
    let exec_root =
        exec_root.and_then(|set| set.or_else(|| home.is_none().then(|| "/var/run/docker".to_owned())));
    Setup {
        data_root: settings.text("data-root").map(|set| set.unwrap_or(root)),
        exec_root,
        sockets,
        tls: tls(),
    }
}

/// The engine that a command line and a daemon.json at `path` would make at the next start.
pub fn planned(path: &str, daemon_json: &str, arguments: &[String], key: &Key) -> Engine {
    daemon::planned(&Input { path, text: daemon_json, key }, Some(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn files_follow_from_both_places() {
        let line = words("dockerd -H fd:// -H unix:///run/two.sock --config-file /etc/d.json");
        assert_eq!(config_file(&line).as_deref(), Some("/etc/d.json"));
        let json = br#"{"data-root": "/srv/docker", "tlsverify": true, "tlscert": "/etc/docker/s.pem"}"#;
        let it = setup(&line, Ok(Some(json)), None);
        assert_eq!(it.data_root.as_deref(), Ok("/srv/docker"));
        assert_eq!(
            it.sockets.unwrap().into_iter().collect::<Vec<_>>(),
            ["/run/two.sock", "/var/run/docker.sock"]
        );
        let tls = it.tls.unwrap().map(|path| path.unwrap());
        assert_eq!(tls, ["/root/.docker/ca.pem", "/etc/docker/s.pem", "/root/.docker/key.pem"]);
        let plain = setup(&words("dockerd"), Ok(None), Some("/home/ann"));
        assert_eq!(plain.data_root.as_deref(), Ok("/home/ann/.local/share/docker"));
        assert_eq!(plain.tls.unwrap(), [None, None, None]);
        assert_eq!(setup(&words("dockerd"), Ok(None), None).exec_root.as_deref(), Some("/var/run/docker"));
        let broken = setup(&words("dockerd"), Ok(Some(b"{")), None);
        assert!(broken.data_root.is_err());
    }
}
