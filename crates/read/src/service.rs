//! Services of systemd: which command a unit starts, its drop-ins joined as systemd joins them.

use crate::host::{ConfigFile, plain};
use std::collections::BTreeMap;
use tyrian_model::fact::{Gap, Why};

/// Words of a command at most; the kernel itself takes no more bytes than these would have.
const WORDS: usize = 10_000;

/// What the parts of a unit add up to, as far as its command needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The commands of `ExecStart=`, as they are written.
    pub commands: Vec<String>,
    /// `Environment=`, in order.
    pub environment: Vec<(String, String)>,
    /// `EnvironmentFile=`, without the hyphen that lets one be absent.
    pub environment_files: Vec<String>,
}

/// Joins a unit and its drop-ins, in the order in which systemd reads them. An empty assignment takes back those before
/// it.
pub fn service(parts: &[ConfigFile]) -> Service {
    let mut found = Service::default();
    for part in parts {
        let text = String::from_utf8_lossy(&part.text);
        let mut section = String::new();
        for line in lines(&text) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.to_owned();
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| section == "Service") else { continue };
            let value = value.trim();
            match key.trim_end() {
                "ExecStart" if value.is_empty() => found.commands.clear(),
                "ExecStart" => found.commands.push(value.to_owned()),
                "Environment" if value.is_empty() => found.environment.clear(),
                "Environment" => {
                    let set = words(value).into_iter().filter_map(|word| {
                        word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
                    });
                    found.environment.extend(set);
                }
                "EnvironmentFile" if value.is_empty() => found.environment_files.clear(),
                "EnvironmentFile" => {
                    found.environment_files.push(value.strip_prefix('-').unwrap_or(value).to_owned());
                }
                _ => {}
            }
        }
    }
    found
}

/// Lines without comments, those that end in a backslash joined with the next.
fn lines(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', ';']) || (line.is_empty() && !goes_on) {
            continue;
        }
        let (line, more) = line.strip_suffix('\\').map_or((line, false), |line| (line, true));
        match out.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push(' ');
                last.push_str(line);
            }
            None => out.push(line.to_owned()),
        }
        goes_on = more;
    }
    out
}

/// Words in quotes and without, as systemd splits them.
fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, c) if c.is_whitespace() => out.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    out.extend(word);
    out.truncate(WORDS);
    out
}

/// The assignments of a file of environment variables.
pub fn environment(text: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(text);
    let set = |line: String| {
        let (name, value) = line.split_once('=')?;
        let name = name.trim().trim_start_matches("export ").trim();
        let value = value.trim();
        let inner = ['"', '\'']
            .iter()
            .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
            .unwrap_or(value);
        Some((name.to_owned(), inner.to_owned()))
    };
    lines(&text).into_iter().filter_map(set).collect()
}

/// The words of a command, its program first.
///
/// # Errors
/// It holds a specifier of systemd, which only systemd fills in.
pub fn arguments(
    at: &str,
    command: &str,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<String>, Gap> {
    let command = command.trim_start_matches(['@', '-', ':', '+', '!']);
    let mut out = Vec::new();
    for word in words(command) {
        if word.replace("%%", "").contains('%') {
            let what = format!(
                "{at}: `{}` holds a specifier, which only systemd fills in: see `systemctl show -p ExecStart`",
                plain(word.as_bytes())
            );
            return Err(Gap::new(Why::Unresolved, what));
        }
        let word = word.replace("%%", "%");
        let whole =
            word.strip_prefix('$').filter(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
        match whole {
            // A variable that is a word of its own becomes as many words as it has.
            Some(name) if !name.is_empty() => {
                out.extend(environment.get(name).map(|value| words(value)).unwrap_or_default());
            }
            _ => out.push(braced(&word, environment)),
        }
        if out.len() > WORDS {
            return Err(Gap::new(Why::Malformed, format!("{at}: more than {WORDS} words of a command")));
        }
    }
    Ok(out)
}

/// `${NAME}` within a word.
fn braced(word: &str, environment: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str(environment.get(name).map_or("", String::as_str));
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> ConfigFile {
        ConfigFile { path: "docker.service".into(), text: text.as_bytes().to_vec() }
    }

    #[test]
    fn drop_ins_take_back_and_add() {
        let unit = "[Unit]\nExecStart=/no\n[Service]\n# c\nEnvironmentFile=-/etc/default/docker\n\
            ExecStart=/usr/sbin/dockerd -H fd:// \\\n  --containerd=/run/c.sock $DOCKER_OPTS\n";
        let joined = service(&[part(unit)]);
        assert_eq!(joined.environment_files, ["/etc/default/docker"]);
        let env = BTreeMap::from([("DOCKER_OPTS".to_owned(), "--icc=false  -l 'debug'".to_owned())]);
        assert_eq!(
            arguments("u", &joined.commands[0], &env).unwrap(),
            ["/usr/sbin/dockerd", "-H", "fd://", "--containerd=/run/c.sock", "--icc=false", "-l", "debug"]
        );
        let other = "[Service]\nExecStart=\nExecStart=-/usr/bin/dockerd --label ${WHO}s\nEnvironment=\"WHO=u s\" B=c\n";
        let joined = service(&[part(unit), part(other)]);
        assert_eq!(joined.commands.len(), 1);
        let env = joined.environment.into_iter().collect();
        assert_eq!(
            arguments("u", &joined.commands[0], &env).unwrap(),
            ["/usr/bin/dockerd", "--label", "u ss"]
        );
        assert_eq!(arguments("u", "a $NONE 100%%", &env).unwrap(), ["a", "100%"]);
        assert_eq!(arguments("u", "a %i", &env).unwrap_err().why, Why::Unresolved);
    }

    #[test]
    fn files_of_variables() {
        let set = environment(b"# no\nDOCKER_OPTS=\"--dns 8.8.8.8\"\nexport A='b'\nC = d\n");
        let set: Vec<(&str, &str)> =
            set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(set, [("DOCKER_OPTS", "--dns 8.8.8.8"), ("A", "b"), ("C", "d")]);
    }

    #[test]
    fn bad_text_ends() {
        for text in [
            "[Service]\nExecStart=\\",
            "[Service]\nEnvironment=\"",
            "ExecStart",
            "[",
            "${",
            "[Service]\nExecStart=${a",
        ] {
            let joined = service(&[part(text)]);
            for command in &joined.commands {
                let _ = arguments("u", command, &BTreeMap::new());
            }
            let _ = environment(text.as_bytes());
        }
    }
}
