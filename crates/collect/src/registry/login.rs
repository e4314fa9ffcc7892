//! Who one is to a registry: what Docker's and Podman's configuration says, or a credential helper.

use rustix::fs::{Mode, OFlags};
use serde_json::Value;
use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tyrian_model::fact::{Gap, Why};

/// The largest configuration and the largest answer of a helper, in bytes.
const LARGEST: u64 = 1 << 20;
/// How long a helper may take: some ask a person.
const LONGEST: Duration = Duration::from_secs(60);
/// How Docker calls its own registry here.
const HUB: &str = "https://index.docker.io/v1/";

/// What lets in. It is kept nowhere.
pub(super) enum Login {
    /// A name and a password.
    Password(String, String),
    /// A token that others are asked for with.
    Token(String),
}

/// What lets in to a repository; nothing where nobody is logged in.
///
/// # Errors
/// A configuration is there and cannot be used, or its helper fails: what anybody may see is then not taken for all.
pub(super) fn find(files: &[PathBuf], registry: &str, repository: &str) -> Result<Option<Login>, Gap> {
    for file in files {
        let Some(text) = text(file) else { continue };
        let config: Value = serde_json::from_str(&text)
            .map_err(|error| Gap::new(Why::Malformed, format!("{}: {error}", file.display())))?;
        if let Some(login) = of(&config, registry, repository, &helped)? {
            return Ok(Some(login));
        }
    }
    Ok(None)
}

/// The configurations of Docker and Podman that say who one is; the first one that says something counts.
pub fn files() -> Vec<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let docker = set("DOCKER_CONFIG").or_else(|| set("HOME").map(|home| home.join(".docker")));
    let mut files: Vec<PathBuf> = set("REGISTRY_AUTH_FILE").into_iter().collect();
    files.extend(docker.map(|folder| folder.join("config.json")));
    files.extend(set("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")));
    files
}

fn text(file: &Path) -> Option<String> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(file, flags, Mode::empty()).ok()?);
    let mut text = String::new();
    file.metadata().ok()?.is_file().then_some(())?;
    file.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Asks the helper of that name about that registry.
type Ask<'a> = &'a dyn Fn(&str, &str) -> Result<Option<Login>, String>;

fn of(config: &Value, registry: &str, repository: &str, ask: Ask<'_>) -> Result<Option<Login>, Gap> {
    let server = if registry == "docker.io" { HUB } else { registry };
    let named = |list: &str| config.get(list)?.get(server).or(config.get(list)?.get(registry))?.as_str();
    let helper = named("credHelpers").or_else(|| config.get("credsStore")?.as_str());
    if let Some(helper) = helper.filter(|helper| !helper.is_empty()) {
        let found = ask(helper, server).map_err(|what| {
            Gap::new(Why::NotRead, format!("the credential helper docker-credential-{helper}: {what}"))
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    let Some(entries) = config.get("auths").and_then(Value::as_object) else { return Ok(None) };
    // Podman also has entries for a part of a registry; the longest one that fits counts.
    let whole = format!("{registry}/{repository}");
    let mut best: Option<(usize, &Value)> = None;
    for (key, entry) in entries {
        let fits = match key.as_str() {
            HUB => registry == "docker.io",
            key => {
                let key = key.trim_start_matches("https://").trim_start_matches("http://");
                let key = key.trim_end_matches('/').trim_end_matches("/v1").trim_end_matches("/v2");
                whole.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        };
        if fits && best.is_none_or(|(length, _)| key.len() > length) {
            best = Some((key.len(), entry));
        }
    }
    Ok(best.and_then(|(_, entry)| login(entry)))
}

fn login(entry: &Value) -> Option<Login> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Some(Login::Token(token.to_owned()));
    }
    if let Some(both) = text("auth").and_then(decoded) {
        let (name, password) = both.split_once(':')?;
        return Some(Login::Password(name.to_owned(), password.trim_end_matches('\0').to_owned()));
    }
    Some(Login::Password(text("username")?.to_owned(), text("password")?.to_owned()))
}

/// What a helper says.
fn helped(helper: &str, server: &str) -> Result<Option<Login>, String> {
    if !helper.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err("that is no name of one".into());
    }
    let mut command = Command::new(format!("docker-credential-{helper}"));
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not listen says what is wrong by its exit.
        let _ = input.write_all(server.as_bytes());
    }
    let output = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.map(|output| output.take(LARGEST).read_to_end(&mut bytes));
        read.transpose().map(|_| bytes)
    });
    let started = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if started.elapsed() < LONGEST => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("it does not answer".into());
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    let bytes = reader.join().map_err(|_| "it cannot be read")?.map_err(|error| error.to_string())?;
    if !status.success() {
        // This is how helpers say that they know nothing.
        let text = String::from_utf8_lossy(&bytes);
        return match text.contains("credentials not found") {
            true => Ok(None),
            false => Err(format!("it failed ({status})")),
        };
    }
    let said: Value = serde_json::from_slice(&bytes).map_err(|_| "its answer is no JSON")?;
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Some(match text("Username").as_str() {
        "<token>" => Login::Token(text("Secret")),
        name => Login::Password(name.to_owned(), text("Secret")),
    }))
}

/// The header of a name and a password.
pub(super) fn basic(name: &str, password: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::from("Basic ");
    for part in format!("{name}:{password}").as_bytes().chunks(3) {
        let word =
            part.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for at in 0..4 {
            let letter = char::from(LETTERS[(word >> (18 - 6 * at) & 63) as usize]);
            out.push(if at <= part.len() { letter } else { '=' });
        }
    }
    out
}

/// A text in base64; nothing where it is none.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut word, mut bits) = (0_u32, 0);
    for byte in text.trim().trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        (word, bits) = (word << 6 | u32::from(six), bits + 6);
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
            word &= (1 << bits) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}

/// A text as a part of a query.
pub(super) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

/// `name="value",…` of a challenge; names in lower case.
pub(super) fn parameters(mut rest: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    while let Some((name, value)) = rest.split_once('=') {
        let name = name.trim_start_matches([',', ' ']).trim().to_ascii_lowercase();
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => value.split_once(',').unwrap_or((value, "")),
        };
        out.push((name, value.to_owned()));
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(config: Value, registry: &str, repository: &str) -> String {
        let ask = |helper: &str, server: &str| match helper {
            "none" => Ok(None),
            "broken" => Err("it failed".to_owned()),
            _ => Ok(Some(Login::Password(helper.to_owned(), server.to_owned()))),
        };
        match of(&config, registry, repository, &ask) {
            Ok(Some(Login::Password(name, password))) => format!("{name}:{password}"),
            Ok(Some(Login::Token(token))) => format!("token {token}"),
            Ok(None) => "nobody".into(),
            Err(gap) => gap.what,
        }
    }

    #[test]
    fn the_configuration_says_who_one_is() {
        let auth = |text: &str| json!({"auth": basic(text.split_once(':').unwrap().0, text.split_once(':').unwrap().1)[6..]});
        let config = json!({
            "auths": {"https://index.docker.io/v1/": auth("hub:p:w"), "ghcr.io": auth("ann:x"), "quay.io/team": auth("team:y"),
                "https://old.example.org/v1/": auth("old:z"), "t.example.org": {"identitytoken": "T"}, "n.example.org": {}, "w.example.org": {"auth": "*"}},
            "credHelpers": {"helped.example.org": "pass", "broken.example.org": "broken", "gcr.io": "none"}
        });
        for (registry, repository, login) in [
            ("docker.io", "library/a", "hub:p:w"),
            ("ghcr.io", "a/b", "ann:x"),
            ("quay.io", "team/app", "team:y"),
            ("quay.io", "teams/app", "nobody"),
            ("old.example.org", "a", "old:z"),
            ("t.example.org", "a", "token T"),
            ("n.example.org", "a", "nobody"),
            ("w.example.org", "a", "nobody"),
            ("ghcr.io.example.org", "a", "nobody"),
            ("helped.example.org", "a", "pass:helped.example.org"),
            ("gcr.io", "a", "nobody"),
        ] {
            assert_eq!(told(config.clone(), registry, repository), login, "{registry}/{repository}");
        }
        assert!(told(config, "broken.example.org", "a").contains("docker-credential-broken: it failed"));
        assert_eq!(
            told(json!({"credsStore": "desktop"}), "docker.io", "a"),
            "desktop:https://index.docker.io/v1/"
        );
        assert_eq!(told(json!({"auths": [], "credsStore": 7}), "docker.io", "a"), "nobody");
    }

    #[test]
    fn headers_are_written_and_read() {
        assert_eq!(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(decoded("QWxhZGRpbjpvcGVuIHNlc2FtZQ==").as_deref(), Some("Aladdin:open sesame"));
        assert_eq!((decoded("!"), decoded("")), (None, Some(String::new())));
        let read = parameters(r#"realm="https://a/token",service=reg, scope="repository:a:pull,push""#);
        let read: Vec<(&str, &str)> =
            read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            read,
            [("realm", "https://a/token"), ("service", "reg"), ("scope", "repository:a:pull,push")]
        );
        assert_eq!(parameters("").len(), 0);
        assert_eq!(encoded("a b/c"), "a%20b%2Fc");
        assert!(helped("../x", "a").is_err());
        assert!(helped("surely-not-installed", "a").is_err());
    }
}
