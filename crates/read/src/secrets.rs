//! Finds what looks like a secret, and keeps it out of the facts.
//!
//! A secret is known by its *form* (a token with a prefix of its own, a private key, a URL with a password) or by
//! the *name* it goes by (`DB_PASSWORD=…`). Forms are checked as far as they can be: check digits, a header that
//! decodes, a key whose encoding is whole. Names prove little, so what they count for depends on who asks:
//!
//! | asked by | forms | names |
//! |---|---|---|
//! | [`sightings`] | yes | no |
//! | [`sightings_in`] (a file of a tree or an image) | yes | only values that no person would invent |
//! | [`conceal`] (a value on its way into the facts) | yes, also broken ones | any literal, weak ones too |
//!
//! One pass of an automaton looks for the literal beginnings of all forms; only at a hit is anything else done.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input as Haystack, MatchKind, automaton::OverlappingState};
use hmac::{Hmac, Mac};
use regex::Regex;
use sha2::Sha256;
use std::fmt::Write;
use std::sync::{LazyLock, OnceLock};
use tyrian_model::fact::Pos;
use tyrian_model::secret::{Concealed, Sighting};

/// The key of the hashes by which one secret in two places is seen to be one.
pub struct Key(pub [u8; 32]);

/// How many sightings of one text are kept. A last one of the kind [`MORE`] says that there were more.
pub const MOST: usize = 200;

/// The kind of the note that a text has more secrets than are listed; it stands where the first one left out is.
pub const MORE: &str = "more-not-listed";

/// The longest private key that is looked at, in bytes of text.
const LONGEST_KEY: usize = 32 * 1024;

/// What looks like a secret in a text, by its form alone, in the order of the text: at most [`MOST`] and a note.
pub fn sightings(key: &Key, text: &str) -> Vec<Sighting> {
    tell(key, text, find(text, &Ask { names: Names::No, eager: false, weak: true }))
}

/// What looks like a secret in the file `path` of a tree or an image, by its form or its name.
///
/// In tests and documents only what a machine can recognise for certain counts: there, made-up passwords and
/// tokens are the rule. Of names, only values that look as if drawn by lot count, save in files that hold nothing
/// but settings (`.env`, `*.tfvars`, `.netrc`).
pub fn sightings_in(key: &Key, path: &str, text: &str) -> Vec<Sighting> {
    let about = Path::of(path);
    let names = match about {
        // The modules of Ansible carry their documents, with passwords for example, in the code.
        _ if path.ends_with(".py") && text.contains("\nEXAMPLES = ") => Names::No,
        Path { made_up: true, .. } | Path { generated: true, .. } => Names::No,
        Path { settings: true, .. } => Names::Settings,
        Path { config: true, .. } => Names::Config,
        _ => Names::Code,
    };
    tell(key, text, find(text, &Ask { names, eager: false, weak: !about.made_up }))
}

/// A value as it may enter the facts: what looks like a secret, by its form or by the name that it goes by, is
/// replaced by `[kind]`. Each sighting stands at `at`.
///
/// A literal is a secret by its name even where it is a weak one (`changeme`). A reference (`${X}`, `$(…)`,
/// `{{ … }}`, a path, the name of a secret store's entry) is none, nor is an evident placeholder
/// (`<your-token>`, `xxxx`).
pub fn conceal(key: &Key, name: &str, text: &str, at: Option<Pos>) -> Concealed {
    let mut hits = find(text, &Ask { names: Names::Any, eager: true, weak: true });
    if let Some(kind) = kind_of_name(name) {
        let (start, end) = trimmed(text);
        let named = |(start, end)| Hit::named(start, end, kind_of_value(kind, &text[start..end]));
        hits.extend(literal_parts(text, start, end).map(named));
    }
    join(&mut hits, true);
    let mut out = String::with_capacity(text.len());
    let mut secrets = Vec::new();
    let mut done = 0;
    for hit in hits {
        let value = &text[hit.start..hit.end];
        out.push_str(&text[done..hit.start]);
        let _ = write!(out, "[{}]", hit.kind);
        done = hit.end;
        if secrets.len() < MOST {
            secrets.push(Sighting {
                kind: hit.kind.into(),
                length: value.len(),
                hash: hash(key, value),
                at: at.clone(),
            });
        }
    }
    out.push_str(&text[done..]);
    Concealed { text: out, secrets, at }
}

/// The keyed hash of a value: the first 16 hexadecimal digits of its HMAC-SHA256.
pub fn hash(key: &Key, value: &str) -> String {
    let mut out = String::with_capacity(16);
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) {
        mac.update(value.as_bytes());
        for byte in &mac.finalize().into_bytes()[..8] {
            let _ = write!(out, "{byte:02x}");
        }
    }
    out
}

/// Secrets of a log, weak ones too: in a log, `password=hunter2` is somebody's password.
pub(crate) fn in_log(text: &str) -> Vec<Hit> {
    find(text, &Ask { names: Names::Any, eager: false, weak: true })
}

/// A place in a text that looks like a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: &'static str,
    named: bool,
}

impl Hit {
    pub(crate) fn form(start: usize, end: usize, kind: &'static str) -> Self {
        Hit { start, end, kind, named: false }
    }
    fn named(start: usize, end: usize, kind: &'static str) -> Self {
        Hit { start, end, kind, named: true }
    }
}

/// Sightings of hits that stand in the order of the text.
pub(crate) fn tell(key: &Key, text: &str, hits: Vec<Hit>) -> Vec<Sighting> {
    let mut place = Place::default();
    let mut out = Vec::new();
    for (count, hit) in hits.into_iter().enumerate() {
        let at = Some(place.of(text, hit.start));
        let value = &text[hit.start..hit.end];
        if count == MOST {
            out.push(Sighting { kind: MORE.into(), length: 0, hash: String::new(), at });
            break;
        }
        out.push(Sighting { kind: hit.kind.into(), length: value.len(), hash: hash(key, value), at });
    }
    out
}

/// Lines and columns of places that are asked for in the order of the text, each character counted once.
pub(crate) struct Place {
    seen: usize,
    line: u32,
    column: u32,
}

impl Default for Place {
    fn default() -> Self {
        Place { seen: 0, line: 1, column: 1 }
    }
}

impl Place {
    pub(crate) fn of(&mut self, text: &str, at: usize) -> Pos {
        let part = text.get(self.seen..at).unwrap_or_default();
        let lines = part.bytes().filter(|&b| b == b'\n').count();
        let last = match part.rfind('\n') {
            Some(end) => {
                self.column = 1;
                &part[end + 1..]
            }
            None => part,
        };
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.column = self.column.saturating_add(u32::try_from(last.chars().count()).unwrap_or(u32::MAX));
        self.seen = self.seen.max(at);
        Pos::new(self.line, self.column)
    }
}

/// What is asked of the search.
struct Ask {
    names: Names,
    /// Forms that are broken or cut off count as well.
    eager: bool,
    /// Forms that are often made up (URLs with passwords, JSON web tokens) count.
    weak: bool,
}

/// What a name counts for.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    /// Nothing.
    No,
    /// Quoted values that look as if drawn by lot.
    Code,
    /// The same, and they need no quotes.
    Config,
    /// Any literal that is no placeholder and no everyday word.
    Settings,
    /// Any literal, also in commands.
    Any,
}

/// What a path tells about a file.
struct Path {
    made_up: bool,
    generated: bool,
    settings: bool,
    config: bool,
}

impl Path {
    fn of(path: &str) -> Self {
        let path = path.to_ascii_lowercase();
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let part_of_tests = |word: &str| {
            word.starts_with("test")
                || word
                    .strip_suffix('s')
                    .unwrap_or(word)
                    .strip_suffix("test")
                    .is_some_and(|rest| !is_one_of(rest, "la at con pro grea fas"))
                || is_one_of(
                    word.strip_suffix("data").or_else(|| word.strip_suffix('s')).unwrap_or(word),
                    "spec fixture example sample mock demo fake stub e2e snapshot doc i18n locale tutorial changelog mirage molecule",
                )
        };
        let words = |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(part_of_tests);
        Path {
            made_up: words(folders)
                || words(name)
                || is_one_of(name, "metadata pkg-info readme copyright changes")
                || is_one_of(extension, "md rst adoc mdx html htm dist template tmpl po"),
            generated: matches!(extension, "lock" | "sum" | "map" | "svg" | "ipynb")
                || name.contains(".min.")
                || matches!(name, "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml"),
            settings: name == ".env"
                || name.starts_with(".env.")
                || matches!(extension, "env" | "tfvars")
                || matches!(name, ".netrc" | "_netrc" | ".npmrc" | ".pypirc" | ".my.cnf"),
            config: is_one_of(extension, "yml yaml json toml ini cfg conf cnf properties config xml tf")
                || matches!(extension, "sh" | "bash")
                || name.starts_with("dockerfile")
                || matches!(name, "config" | "credentials"),
        }
    }
}

/// A form of tokens.
struct Form {
    kind: &'static str,
    /// Literals of which one stands in every token of this form.
    anchors: &'static [&'static str],
    /// How many bytes of the token may stand before the anchor.
    back: usize,
    /// The token; where there is a group, the secret is the group.
    pattern: &'static str,
    /// Whether what matched is a token, and not only looks like one.
    check: fn(&str) -> bool,
}

/// The longest token that is matched, in bytes, but for private keys.
const LONGEST: usize = 8 * 1024;

const fn form(
    kind: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    check: fn(&str) -> bool,
) -> Form {
    Form { kind, anchors, back: 0, pattern, check }
}

const FORMS: &[Form] = &[
    form("aws-access-key-id", &["AKIA", "ASIA"], "A[KS]IA[A-Z2-7]{16}", |t| {
        !t.ends_with("EXAMPLE") && random(&t[4..], 3.0)
    }),
    form("github-token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], "gh[pousr]_[A-Za-z0-9]{36}", |t| {
        github_sum(&t[4..])
    }),
    form("github-token", &["github_pat_"], "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}", |t| {
        random(&t[11..], 4.0)
    }),
    form(
        "gitlab-token",
        &["glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glsoat-", "glft-", "glimt-", "glagent-"],
        r"gl[a-z]{2,5}-(?:t[0-9]_)?[A-Za-z0-9_-]{20,300}(?:\.[0-9a-z]{2}\.?[0-9a-z]{7})?",
        |t| random(t.split_once('-').map_or("", |(_, body)| body), 3.2),
    ),
    form(
        "slack-token",
        &["xoxb-", "xoxp-", "xoxa-", "xoxo-", "xoxr-", "xoxs-", "xoxe-", "xoxe."],
        r"xox[a-z][.-](?:xox[a-z]-)?[0-9]{1,14}-[0-9A-Za-z-]{10,300}",
        |t| t.len() >= 32 && random(&t[5..], 2.8),
    ),
    form("slack-token", &["xapp-"], "xapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{8,14}-[0-9a-f]{32,80}", |t| {
        random(&t[5..], 3.0)
    }),
    form(
        "slack-webhook",
        &["hooks.slack.com/"],
        "hooks[.]slack[.]com/(?:services|workflows)/(T[A-Z0-9]{8,12}/[AB][A-Z0-9]{8,12}/[A-Za-z0-9/]{18,40})",
        |t| random(t, 3.4),
    ),
    form("stripe-key", &["sk_live_", "rk_live_"], "[sr]k_live_[A-Za-z0-9]{24,250}", |t| random(&t[8..], 3.4)),
    form("stripe-webhook-secret", &["whsec_"], "whsec_[A-Za-z0-9+/]{32,88}=*", |t| random(&t[6..], 3.8)),
    form("google-api-key", &["AIza"], "AIza[0-9A-Za-z_-]{35}", |t| random(&t[4..], 3.6)),
    form("google-oauth-secret", &["GOCSPX-"], "GOCSPX-[0-9A-Za-z_-]{28}", |t| random(&t[7..], 3.4)),
    form(
        "azure-storage-key",
        &["AccountKey=", "SharedAccessKey="],
        "(?:Account|SharedAccess)Key=((?:[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=))",
        |t| random(t, 4.0),
    ),
    form("azure-sas-signature", &["sig="], "sig=((?:[A-Za-z0-9+/]|%2[BbFf]){40,60}(?:=|%3[Dd]))", |t| {
        random(t, 4.0)
    }),
    Form {
        kind: "azure-client-secret",
        anchors: &["Q~"],
        back: 4,
        pattern: "[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
        check: |t| random(t, 4.0),
    },
    form("npm-token", &["npm_"], "npm_[A-Za-z0-9]{36}", |t| random(&t[4..], 3.8) && mixed(&t[4..], 0.3)),
    form(
        "pypi-token",
        &["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"],
        "pypi-AgE[A-Za-z0-9_-]{64,300}",
        |t| random(&t[5..], 4.0),
    ),
    form("docker-hub-token", &["dckr_pat_", "dckr_oat_"], "dckr_[po]at_[A-Za-z0-9_-]{27,32}", |t| {
        random(&t[9..], 3.4)
    }),
    form(
        "json-web-token",
        &["eyJ"],
        r"eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{16,1500}",
        web_token,
    ),
    form("sendgrid-key", &["SG."], r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", |t| random(&t[3..], 4.0)),
    form("twilio-api-key", &["SK"], "SK[0-9a-f]{32}", |t| random(&t[2..], 3.0)),
    Form {
        kind: "telegram-bot-token",
        anchors: &[":AA"],
        back: 10,
        pattern: "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
        check: |t| t.split_once(':').is_some_and(|(_, body)| random(body, 3.6)),
    },
    form("vault-token", &["hvs.", "hvb.", "hvr."], r"hv[sbr]\.[A-Za-z0-9_-]{24,300}", |t| {
        random(&t[4..], 3.6) && t.bytes().any(|b| b.is_ascii_digit())
    }),
    Form {
        kind: "terraform-token",
        anchors: &[".atlasv1."],
        back: 14,
        pattern: r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70}",
        check: |t| random(t, 4.0),
    },
    form("digitalocean-token", &["dop_v1_", "doo_v1_", "dor_v1_"], "do[opr]_v1_[a-f0-9]{64}", |t| {
        random(&t[7..], 3.2)
    }),
    form("heroku-key", &["HRKU-"], "HRKU-AA[0-9A-Za-z_-]{58}", |t| random(&t[7..], 4.0)),
    form("databricks-token", &["dapi"], "dapi[a-f0-9]{32}(?:-[0-9])?", |t| random(&t[4..], 3.0)),
    form("shopify-token", &["shpat_", "shpca_", "shppa_", "shpss_"], "shp[a-z]{2}_[a-fA-F0-9]{32}", |t| {
        random(&t[6..], 3.0)
    }),
    form("age-secret-key", &["AGE-SECRET-KEY-1"], "AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}", bech32),
    form("anthropic-key", &["sk-ant-"], "sk-ant-[a-z0-9]{5,8}-[A-Za-z0-9_-]{80,120}", |t| {
        random(&t[7..], 4.0)
    }),
    Form {
        kind: "openai-key",
        anchors: &["T3BlbkFJ"],
        back: 100,
        pattern: "sk-[A-Za-z0-9_-]{20,90}T3BlbkFJ[A-Za-z0-9_-]{20,90}",
        check: |t| random(t, 4.0),
    },
    form("hugging-face-token", &["hf_"], "hf_[A-Za-z]{34}", |t| random(&t[3..], 3.8)),
    form("grafana-token", &["glsa_"], "glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}", |t| random(&t[5..], 3.6)),
    form("rubygems-key", &["rubygems_"], "rubygems_[0-9a-f]{48}", |t| random(&t[9..], 3.0)),
    form("pulumi-token", &["pul-"], "pul-[0-9a-f]{40}", |t| random(&t[4..], 3.0)),
    form("new-relic-key", &["NRAK-"], "NRAK-[A-Z0-9]{27}", |t| random(&t[5..], 3.4)),
    form("atlassian-token", &["ATATT3x"], "ATATT3x[A-Za-z0-9_=-]{170,250}", |t| random(&t[7..], 4.0)),
    form("tailscale-key", &["tskey-"], "tskey-[a-z]{3,10}-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{20,50}", |t| {
        random(&t[6..], 3.6)
    }),
    form(
        "password-hash",
        &[":$apr1$", ":$1$", ":$2a$", ":$2b$", ":$2y$", ":$5$", ":$6$", ":$y$"],
        HASHES,
        |t| random(t, 3.6),
    ),
];

/// A password's hash as /etc/shadow and htpasswd have it, after a user's name at the start of a line.
const HASHES: &str = r":(\$(?:apr1|1)\$[./0-9A-Za-z]{1,8}\$[./0-9A-Za-z]{22}|\$2[aby]\$[0-9]{2}\$[./0-9A-Za-z]{53}|\$[56]\$(?:rounds=[0-9]{4,9}\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{43,86}|\$y\$[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{1,86}\$[./0-9A-Za-z]{43})";

static PATTERNS: [OnceLock<Option<Regex>>; FORMS.len()] = [const { OnceLock::new() }; FORMS.len()];

fn pattern(index: usize) -> Option<&'static Regex> {
    let Form { pattern, .. } = FORMS[index];
    PATTERNS[index].get_or_init(|| Regex::new(&format!("^(?:{pattern})")).ok()).as_ref()
}

/// Beginnings of what is no plain token.
const KEY_BLOCK: &str = "-----BEGIN ";
const KEY_BLOCK_ENCODED: &[&str] = &["LS0tLS1CRUdJTi", "0tLS0tQkVHSU4g", "tLS0tLUJFR0lOI"];
const URL: &str = "://";
const HEADERS: &[&str] = &["earer ", "asic ", "EARER ", "ASIC "];
const AUTH: &str = "\"auth\"";
const MAILGUN: &str = "key-";
/// Names without their first letter, which may be a capital.
const NAMES: &str = "assword ASSWORD asswd ASSWD assphrase ASSPHRASE ecret ECRET oken OKEN pi_key PI_KEY piKey PIKey \
        pikey PIKEY pi-key PI-KEY pi-Key _pwd _PWD _pass _PASS Pwd ccess_key CCESS_KEY ccessKey \
        ccess-key rivate_key RIVATE_KEY rivateKey ncryption_key NCRYPTION_KEY ncryptionKey igning_key \
        IGNING_KEY igningKey aster_key ASTER_KEY ccount_key CCOUNT_KEY ccountKey uth_key UTH_KEY uthKey \
        APP_KEY redential REDENTIAL";
/// Commands that take a password as an argument.
const COMMANDS: &[&str] =
    &["chpasswd", "sshpass", "curl ", "mysql", "login ", "redis-cli", "--user", "htpasswd"];

#[derive(Clone, Copy)]
enum Anchor {
    Form(usize),
    KeyBlock,
    KeyBlockEncoded,
    Url,
    Header,
    Auth,
    Mailgun,
    Name,
    Command,
}

static ANCHORS: LazyLock<(Vec<Anchor>, Option<AhoCorasick>)> = LazyLock::new(|| {
    let mut anchors = Vec::new();
    let mut texts: Vec<&str> = Vec::new();
    let mut add = |list: &[&'static str], anchor: Anchor| {
        texts.extend(list);
        anchors.extend(list.iter().map(|_| anchor));
    };
    for (index, form) in FORMS.iter().enumerate() {
        add(form.anchors, Anchor::Form(index));
    }
    add(&[KEY_BLOCK], Anchor::KeyBlock);
    add(KEY_BLOCK_ENCODED, Anchor::KeyBlockEncoded);
    add(&[URL], Anchor::Url);
    add(HEADERS, Anchor::Header);
    add(&[AUTH], Anchor::Auth);
    add(&[MAILGUN], Anchor::Mailgun);
    NAMES.split(' ').for_each(|name| add(&[name], Anchor::Name));
    add(COMMANDS, Anchor::Command);
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(&texts)
        .ok();
    (anchors, automaton)
});

fn find(text: &str, ask: &Ask) -> Vec<Hit> {
    let mut hits = Vec::new();
    let (anchors, Some(automaton)) = &*ANCHORS else { return hits };
    let mut state = OverlappingState::start();
    // Up to where the text was looked at already, by what: a hostile text is not read over and over.
    let (mut named, mut encoded, mut tokens) = (0, 0, [0; FORMS.len()]);
    loop {
        automaton.find_overlapping(Haystack::new(text), &mut state);
        let Some(found) = state.get_match() else { break };
        let (start, end) = (found.start(), found.end());
        match anchors[found.pattern().as_usize()] {
            Anchor::Form(index) => {
                if start >= tokens[index] {
                    tokens[index] = token(text, index, start, ask, &mut hits);
                }
            }
            Anchor::KeyBlock => key_block(text, start, ask, &mut hits),
            Anchor::KeyBlockEncoded => {
                if start >= encoded {
                    encoded = encoded_key_block(text, start, &mut hits);
                }
            }
            Anchor::Url => url_password(text, start, end, ask, &mut hits),
            Anchor::Header => header(text, start, end, ask, &mut hits),
            Anchor::Auth => registry_auth(text, end, ask, &mut hits),
            Anchor::Mailgun => mailgun(text, start, end, &mut hits),
            Anchor::Name => {
                if ask.names != Names::No && end > named {
                    named = assignment(text, start, end, ask.names, &mut hits);
                }
            }
            Anchor::Command => {
                if ask.names == Names::Any {
                    command(text, start, &mut hits);
                }
            }
        }
        // More than is ever listed; the order of discovery is nearly that of the text.
        if !ask.eager && hits.len() > 4 * MOST {
            break;
        }
    }
    beside_ids(text, &mut hits);
    join(&mut hits, ask.eager);
    hits
}

/// Puts hits into the order of the text and lets none overlap. What goes by a name gives way to what has a form;
/// where `all` is set, what is covered by either stays covered.
fn join(hits: &mut Vec<Hit>, all: bool) {
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end), hit.named));
    let mut out: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits.drain(..) {
        match out.last_mut() {
            Some(last) if hit.start < last.end => {
                let replaces = last.named && !hit.named;
                if all {
                    last.end = last.end.max(hit.end);
                    if replaces {
                        (last.kind, last.named) = (hit.kind, false);
                    }
                } else if replaces {
                    *last = hit;
                }
            }
            _ => out.push(hit),
        }
    }
    *hits = out;
}

fn window(text: &str, start: usize, length: usize) -> &str {
    let end = text.floor_char_boundary(start.saturating_add(length).min(text.len()));
    &text[start.min(end)..end]
}

fn before(text: &str, at: usize, length: usize) -> &str {
    &text[text.ceil_char_boundary(at.saturating_sub(length)).min(at)..at]
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Does a token begin at `start`, or is this the middle of a longer word? An escape before it (`\n`, `%3D`, a
/// terminal's colour) is no part of it.
fn begins(text: &str, start: usize) -> bool {
    let past = &text.as_bytes()[..start];
    match past {
        [.., b'\\', b'n' | b't' | b'r'] | [] => true,
        [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => true,
        [.., b'm'] => {
            let digits = past[..past.len() - 1]
                .iter()
                .rev()
                .take(12)
                .take_while(|b| b.is_ascii_digit() || **b == b';')
                .count();
            past[..past.len() - 1 - digits].ends_with(b"\x1b[")
        }
        [.., last] => {
            !is_word(*last) && *last != b'+' && *last != b'/' || (*last == b'/' && !in_base64(past))
        }
    }
}

/// Is the slash at the end of `past` one of a path or a URL, or of a long run of base64?
fn in_base64(past: &[u8]) -> bool {
    past.iter().rev().take(40).take_while(|b| is_word(**b) || matches!(b, b'+' | b'/')).count() == 40
}

fn ends(text: &str, end: usize) -> bool {
    !text.as_bytes().get(end).copied().is_some_and(is_word)
}

/// A token of this form around the anchor; says up to where the text has been looked at.
fn token(text: &str, index: usize, anchor: usize, ask: &Ask, hits: &mut Vec<Hit>) -> usize {
    let form = &FORMS[index];
    let web = form.kind == "json-web-token";
    if web && (!ask.weak || text[..anchor].ends_with('-')) {
        return anchor;
    }
    if form.back == 0 && form.kind != "password-hash" && !begins(text, anchor) {
        return anchor;
    }
    let telegram = form.kind == "telegram-bot-token";
    let within = |b: &u8| b.is_ascii_digit() || !telegram && (is_word(*b) || matches!(b, b'~' | b'.' | b'-'));
    let from =
        anchor - text.as_bytes()[..anchor].iter().rev().take(form.back).take_while(|b| within(b)).count();
    let part = window(text, from, LONGEST);
    let Some(found) = pattern(index).and_then(|pattern| pattern.captures(part)) else { return anchor };
    let Some(whole) = found.get(0) else { return anchor };
    let value = found.get(1).unwrap_or(whole);
    let (first, start, end) = (from + whole.start(), from + value.start(), from + value.end());
    let fits = match form.kind {
        _ if telegram => !text.as_bytes()[..first].last().is_some_and(u8::is_ascii_digit),
        "password-hash" => user_at_line_start(text, anchor),
        "azure-sas-signature" => {
            before_line(text, anchor).contains("sv=20") || window(text, anchor, 400).contains("sv=20")
        }
        // The id in a signature that was sent; it tells nothing.
        "aws-access-key-id" => !text[end..].starts_with("/2") && !text[end..].starts_with("%2F2"),
        _ => form.back == 0 || begins(text, first),
    };
    if fits && first <= anchor && anchor < end && ends(text, end) && (form.check)(value.as_str()) {
        hits.push(Hit::form(start, end, form.kind));
    }
    end
}

/// What stands before `at` in its line, at most 2 KiB of it.
fn before_line(text: &str, at: usize) -> &str {
    let part = before(text, at, 2048);
    part.rfind('\n').map_or(part, |end| &part[end + 1..])
}

fn user_at_line_start(text: &str, colon: usize) -> bool {
    let user = before_line(text, colon);
    !user.is_empty()
        && user.len() <= 64
        && user.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'-' | b'@'))
}

/// The secrets that stand beside an id: AWS's secret key beside the key's id, Twilio's token beside the account.
fn beside_ids(text: &str, hits: &mut Vec<Hit>) {
    static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("[A-Za-z0-9/+]{40,}").ok());
    let Some(secret) = &*SECRET else { return };
    let ids: Vec<usize> =
        hits.iter().filter(|hit| hit.kind == "aws-access-key-id").take(MOST).map(|hit| hit.end).collect();
    for id in ids {
        let from = text.ceil_char_boundary(id.saturating_sub(220));
        let part = window(text, from, 440);
        let found = secret.find_iter(part).find(|found| {
            found.len() == 40
                && random(found.as_str(), 4.1)
                && mixed(found.as_str(), 0.35)
                && !is_hex(found.as_str())
        });
        if let Some(found) = found {
            hits.push(Hit::form(from + found.start(), from + found.end(), "aws-secret-access-key"));
        }
    }
}

fn key_block(text: &str, start: usize, ask: &Ask, hits: &mut Vec<Hit>) {
    const END: &str = "-----END ";
    let part = window(text, start, LONGEST_KEY);
    let Some(label_end) = part[KEY_BLOCK.len()..].find("-----").filter(|&length| length <= 40) else {
        return;
    };
    let label = &part[KEY_BLOCK.len()..KEY_BLOCK.len() + label_end];
    let pgp = label == "PGP PRIVATE KEY BLOCK";
    if !(label.ends_with("PRIVATE KEY") || pgp) {
        return;
    }
    let body_start = KEY_BLOCK.len() + label_end + 5;
    let rest = &part[body_start..];
    let rest = &rest[..rest.find(KEY_BLOCK).unwrap_or(rest.len())];
    let (body, end) = match rest.find(END) {
        Some(at) => {
            let tail = at + END.len() + label.len() + 5;
            (&rest[..at], rest.floor_char_boundary(tail.min(rest.len())))
        }
        // Cut off: what still looks like the body of a key.
        None if ask.eager => {
            let length = rest.find(|c: char| {
                !(c.is_ascii_alphanumeric() || c.is_whitespace() || "+/=\\\"',:-".contains(c))
            });
            let length = length.unwrap_or(rest.len());
            (&rest[..length], length)
        }
        None => return,
    };
    let encrypted = label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED");
    let clean = key_body(body);
    if !ask.eager && !whole_key(&clean, label, encrypted) {
        return;
    }
    if clean.len() < 24 && !ask.eager || clean.is_empty() {
        return;
    }
    let kind = if encrypted {
        "encrypted-private-key"
    } else if before(text, start, 600).contains("service_account") {
        "google-service-account-key"
    } else {
        "private-key"
    };
    hits.push(Hit::form(start, start + body_start + end, kind));
}

/// The base64 of a key's body: without headers, escapes, quotes and what joins strings in source code.
fn key_body(body: &str) -> String {
    let mut clean = String::with_capacity(body.len());
    let body = body.replace("\\n", "\n").replace("\\r", "\n").replace("\\t", " ");
    for line in body.lines() {
        let line = line.trim().trim_matches(|c: char| !(c.is_ascii_alphanumeric() || "/=+".contains(c)));
        let line = line.trim_end_matches(|c: char| c == '+' && !clean.is_empty() && line.contains('"'));
        // `Proc-Type: 4,ENCRYPTED`, `Version: …`; and the sum at the end of a PGP block.
        if line.contains(':') || line.len() == 5 && line.starts_with('=') {
            continue;
        }
        clean.extend(line.chars().filter(|c| !c.is_whitespace() && !"\"'\\,".contains(*c)));
    }
    clean
}

/// Is it the base64 of a whole key: one DER sequence, OpenSSH's own form or an OpenPGP packet?
fn whole_key(clean: &str, label: &str, encrypted: bool) -> bool {
    let Some(bytes) = base64(clean.as_bytes()) else { return false };
    if bytes.len() < 40 || bytes.iter().all(|&b| b == bytes[0]) {
        return false;
    }
    if label.starts_with("OPENSSH") {
        return bytes.starts_with(b"openssh-key-v1\0") && bytes.len() > 100;
    }
    if label.starts_with("PGP") {
        // A secret-key packet, old (tag 5) or new format.
        return bytes[0] & 0xfc == 0x94 || bytes[0] == 0xc5;
    }
    if label.starts_with("SSH2") {
        return true;
    }
    // Encrypted in the old way: not DER any more, but whole blocks.
    let der = match bytes[..] {
        [0x30, length, ..] if length < 0x80 => usize::from(length) + 2,
        [0x30, 0x81, length, ..] => usize::from(length) + 3,
        [0x30, 0x82, high, low, ..] => usize::from(high) * 256 + usize::from(low) + 4,
        _ => return encrypted && bytes.len().is_multiple_of(8) && shannon(&bytes) > 5.0,
    };
    bytes.len() >= der && bytes.len() <= der + 2
}

/// A private key in base64 within base64, as in a kubeconfig; says up to where the text has been looked at.
fn encoded_key_block(text: &str, start: usize, hits: &mut Vec<Hit>) -> usize {
    // The three phases of base64: the text may begin in the middle of a group.
    let is64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    let bytes = text.as_bytes();
    let from = start - bytes[..start].iter().rev().take(3).take_while(|b| is64(b)).count();
    let to = from + bytes[from..].iter().take(LONGEST_KEY).take_while(|b| is64(b)).count();
    let decoded = base64(&bytes[from..to]).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(decoded) = decoded else { return to };
    let Some(begin) = decoded.find(KEY_BLOCK) else { return to };
    let mut inner = Vec::new();
    // A bundle may have certificates before the key.
    let blocks = decoded[begin..].match_indices(KEY_BLOCK).take(16);
    for (at, _) in blocks {
        key_block(&decoded, begin + at, &Ask { names: Names::No, eager: false, weak: false }, &mut inner);
    }
    if let Some(hit) = inner.first() {
        hits.push(Hit::form(from, to, hit.kind));
    }
    to
}

fn url_password(text: &str, start: usize, end: usize, ask: &Ask, hits: &mut Vec<Hit>) {
    if !ask.weak || !text.as_bytes()[..start].last().is_some_and(u8::is_ascii_alphanumeric) {
        return;
    }
    let part = window(text, end, 400);
    let stop = part.find(|c: char| c.is_whitespace() || "\"'`<>\\/?#,".contains(c)).unwrap_or(part.len());
    let Some(at) = part[..stop].rfind('@') else { return };
    let Some(colon) = part[..at].find(':') else { return };
    let (user, password, host) = (&part[..colon], &part[colon + 1..at], &part[at + 1..stop]);
    if password.is_empty() || host.is_empty() || is_reference(password) || is_placeholder(password) {
        return;
    }
    let guess = |value: &str| {
        everyday(value)
            || value.to_ascii_lowercase().contains("passw")
            || value.eq_ignore_ascii_case(user)
            || value.contains(['{', '}', '(', ')', '[', '$', '*', '%', '|'])
    };
    if !ask.eager && (guess(password) || everyday_host(host) || password.len() < 6) && ask.names != Names::Any
    {
        return;
    }
    hits.push(Hit::form(end + colon + 1, end + at, "url-password"));
}

/// Hosts of documents and tests.
fn everyday_host(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let name = host.trim_end_matches('.');
    ["example.com", "example.org", "example.net", ".example", ".test", ".invalid", "domain.com"]
        .iter()
        .any(|known| name.ends_with(known))
        || is_one_of(name, "localhost 127.0.0.1 host hostname server example 0.0.0.0 foo foo.com site.com")
        || name.contains(['{', '$', '%', '(', '['])
}

/// `Authorization: Bearer …` and `Basic …`.
fn header(text: &str, start: usize, end: usize, ask: &Ask, hits: &mut Vec<Hit>) {
    if !ask.weak || !before(text, start, 40).to_ascii_lowercase().contains("authorization") {
        return;
    }
    let part = window(text, end, 4096);
    let length = part.bytes().take_while(|b| is_word(*b) || b"-.~+/=".contains(b)).count();
    let value = &part[..length];
    let basic = text[start..end].eq_ignore_ascii_case("asic ");
    let fits = if basic {
        base64(value.as_bytes()).is_some_and(|bytes| {
            value.len() >= 8
                && !is_placeholder(value)
                && bytes.contains(&b':')
                && bytes.iter().all(|b| (0x20..0x7f).contains(b))
                && (ask.eager
                    || ask.names == Names::Any
                    || !bytes
                        .rsplit(|&b| b == b':')
                        .next()
                        .is_some_and(|p| everyday(&String::from_utf8_lossy(p))))
        })
    } else if ask.eager || ask.names == Names::Any {
        value.len() >= 6 && !is_placeholder(value)
    } else {
        value.len() >= 20 && strong(value)
    };
    if fits {
        hits.push(Hit::form(end, end + length, if basic { "basic-credentials" } else { "bearer-token" }));
    }
}

/// `"auth": "…"` of a Docker configuration: base64 of `user:password`.
fn registry_auth(text: &str, end: usize, ask: &Ask, hits: &mut Vec<Hit>) {
    if !ask.weak {
        return;
    }
    let part = window(text, end, 2048);
    let rest =
        part.trim_start().strip_prefix(':').map(str::trim_start).and_then(|rest| rest.strip_prefix('"'));
    let Some(rest) = rest else { return };
    let Some(value) = rest.find('"').map(|length| &rest[..length]) else { return };
    let fits = value.len() >= 12
        && value.len() % 4 == 0
        && base64(value.as_bytes()).is_some_and(|bytes| {
            bytes.iter().all(|b| (0x20..0x7f).contains(b))
                && bytes
                    .split(|&b| b == b':')
                    .nth(1)
                    .is_some_and(|p| p.len() >= 3 && !everyday(&String::from_utf8_lossy(p)))
        });
    if fits {
        let start = end + part.len() - rest.len();
        hits.push(Hit::form(start, start + value.len(), "registry-auth"));
    }
}

fn mailgun(text: &str, start: usize, end: usize, hits: &mut Vec<Hit>) {
    let length = text.as_bytes()[end..].iter().take(40).take_while(|b| b.is_ascii_hexdigit()).count();
    let near = |part: &str| part.to_ascii_lowercase().contains("mailgun");
    if length == 32
        && begins(text, start)
        && ends(text, end + length)
        && random(&text[end..end + length], 3.0)
        && (near(before(text, start, 300)) || near(window(text, end, 300)))
    {
        hits.push(Hit::form(start, end + length, "mailgun-key"));
    }
}

/// Passwords in the arguments of well-known commands.
fn command(text: &str, start: usize, hits: &mut Vec<Hit>) {
    static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(?:sshpass\s+(?:-\S+\s+)*?-p\s*['"]?([^\s'"]+)"#,
            r#"|curl\b[^|;&\n]{0,300}?\s(?:-u|--user)[\s=]*['"]?[^\s:'"]+:([^\s'"]+)"#,
            r#"|(?:mysql|mysqladmin|mysqldump)\b[^|;&\n]{0,200}?\s-p['"]?([^\s'"=-][^\s'"]*)"#,
            r#"|login\b[^|;&\n]{0,200}?\s-p[\s=]*['"]?([^\s'"-][^\s'"]*)"#,
            r#"|redis-cli\b[^|;&\n]{0,200}?\s-a[\s=]*['"]?([^\s'"]+)"#,
            r#"|htpasswd\s+-[a-zA-Z]*b[a-zA-Z]*\s+(?:\S+\s+)?[^\s-]\S*\s+['"]?([^\s'"|;&>]+)"#,
            r#"|--user[\s=]+['"]?[^\s:'"]+:([^\s'"]+))"#,
        ))
        .ok()
    });
    static CHPASSWD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"[\s'"][a-z_][a-z0-9_-]{0,31}:([^\s'"|]+)['"]?(?:\\n)?['"]?\s*\|\s*(?:sudo\s+)?$"#).ok()
    });
    let mut add = |start: usize, value: &str| {
        if !is_reference(value) && !is_placeholder(value) {
            hits.push(Hit::named(start, start + value.len(), "password"));
        }
    };
    if text[start..].starts_with("chpasswd") {
        let part = before(text, start, 300);
        // The path before the command, `/usr/sbin/`.
        let part = part.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '/');
        if let Some(value) =
            CHPASSWD.as_ref().and_then(|pattern| pattern.captures(part)).and_then(|found| found.get(1))
        {
            add(start - (before(text, start, 300).len() - value.start()), value.as_str());
        }
        return;
    }
    let part = window(text, start, 600);
    let Some(found) = COMMAND.as_ref().and_then(|pattern| pattern.captures(part)) else { return };
    if found.get(0).is_none_or(|whole| whole.start() > 0) {
        return;
    }
    if let Some(value) = found.iter().skip(1).flatten().next() {
        add(start + value.start(), value.as_str());
    }
}

/// The kind of secret that goes by this name, `POSTGRES_PASSWORD` or `clientSecret`; nothing where the name says
/// something *about* a secret: where it lies, how long it is, what it is called.
pub fn kind_of_name(name: &str) -> Option<&'static str> {
    // `base-passwd` is a package, which the logs of dpkg name; `NOPASSWD` is a word of sudoers.
    if name.len() > 200 || name == "base-passwd" || name.eq_ignore_ascii_case("nopasswd") {
        return None;
    }
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while let Some(last) = words.last() {
        let beside = is_one_of(
            last,
            "value base64 b64 plain plaintext default prod production dev development staging \
            live old new current previous primary secondary",
        ) || last.bytes().all(|b| b.is_ascii_digit());
        if !beside || words.len() == 1 {
            break;
        }
        words.pop();
    }
    let (last, past) = words.split_last()?;
    let previous = past.last().copied().unwrap_or_default();
    if is_one_of(
        words[0],
        "allow require required use enable enabled disable disabled no is has show hide min max skip need \
            ask",
    ) {
        return None;
    }
    match *last {
        _ if last.ends_with("password") || last.ends_with("passwd") || last.ends_with("passphrase") => {
            Some("password")
        }
        "pwd" | "pass"
            if !previous.is_empty()
                && !is_one_of(previous, "old by first second one two render proxy multi single") =>
        {
            Some("password")
        }
        "secret" | "secrets" if previous != "no" => Some("secret"),
        // etcd's name for a cluster, which everybody may know.
        "token" if past.ends_with(&["initial", "cluster"]) => None,
        "token"
            if !is_one_of(
                previous,
                "next page continue continuation csrf xsrf cancellation cancel sync start end \
            lexer client request lock marker begin close open eos bos pad unk mask sep cls \
            resume",
            ) =>
        {
            Some("token")
        }
        "authtoken" | "accesstoken" => Some("token"),
        "apikey" | "secretkey" => Some("api-key"),
        "key" => match previous {
            "api" | "auth" | "app" | "account" | "storage" | "license" => Some("api-key"),
            "secret" | "access" | "encryption" | "signing" | "master" | "hmac" | "shared" | "jwt"
            | "session" | "cipher" => Some("secret-key"),
            "private" => Some("private-key"),
            _ => None,
        },
        "base" if past.ends_with(&["secret", "key"]) => Some("secret-key"),
        "credential" | "credentials" => Some("credentials"),
        "auth" if previous == "_" || name == "_auth" => Some("credentials"),
        _ => None,
    }
}

/// The kind of what is named credentials and reads as the name of a file that has them: `broker_keystore_creds`.
/// It is concealed all the same; who judges may take it for what it is.
pub const NAME_OF_CREDENTIALS: &str = "credentials-name";

fn kind_of_value(kind: &'static str, value: &str) -> &'static str {
    let name = !value.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b':');
    if kind == "credentials" && name { NAME_OF_CREDENTIALS } else { kind }
}

/// The words of a name, in lower case: `dbPassword`, `DB_PASSWORD` and `db-password` are all `db`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut past = ' ';
    let mut chars = name.chars().peekable();
    let mut fresh = true;
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            fresh = true;
            past = ' ';
            continue;
        }
        let next_is_lower = chars.peek().is_some_and(|next| next.is_lowercase());
        let turns = c.is_uppercase()
            && (past.is_lowercase() || past.is_ascii_digit() || (past.is_uppercase() && next_is_lower))
            || c.is_ascii_digit() != past.is_ascii_digit() && past.is_alphanumeric();
        if fresh || turns {
            words.push(String::new());
            fresh = false;
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        past = c;
    }
    words
}

/// An assignment to the name in which `start..end` is a part; says up to where the text has been looked at.
fn assignment(text: &str, start: usize, end: usize, names: Names, hits: &mut Vec<Hit>) -> usize {
    let bytes = text.as_bytes();
    let in_name = |b: &u8| is_word(*b) || matches!(b, b'-' | b'.');
    let from = start - bytes[..start].iter().rev().take(100).take_while(|b| in_name(b)).count();
    let to = end + bytes[end..].iter().take(100).take_while(|b| in_name(b)).count();
    let name = &text[from..to];
    // `AWS::IAM::AccessKey` is the name of a type.
    if bytes[..from].ends_with(b"::") {
        return to;
    }
    let Some(kind) = kind_of_name(name) else { return to };
    let loose = matches!(names, Names::Any | Names::Settings);
    let part = window(text, to, 2048);
    let line = &part[..part.find(['\n', '\r']).unwrap_or(part.len())];
    let Some((offset, value, quoted)) = value_after(line, name, from > 0 && bytes[from - 1] == b'<', names)
    else {
        return to;
    };
    let start = to + offset;
    let end = start + value.len();
    let is_code = value.contains(['(', ')', '[', ']', '{', '}']) && !quoted;
    let fits = match names {
        Names::No => false,
        Names::Code => quoted && line.len() < 1000 && !in_comment(text, from) && strong(value),
        Names::Config => !is_code && line.len() < 1000 && strong(value),
        Names::Settings => !is_code && !everyday(value) && value.len() >= 6 && !value.contains(' '),
        Names::Any => true,
    };
    if !fits {
        return to;
    }
    let kind = kind_of_value(kind, value);
    if names != Names::Any && kind == NAME_OF_CREDENTIALS {
        return to;
    }
    if loose {
        hits.extend(literal_parts(text, start, end).map(|(start, end)| Hit::named(start, end, kind)));
    } else if !is_reference(value) && !is_placeholder(value) {
        hits.push(Hit::named(start, end, kind));
    }
    end
}

/// Is the place in a line that begins as a comment? In source code such lines show how something is used.
fn in_comment(text: &str, at: usize) -> bool {
    let line = before_line(text, at).trim_start();
    ["//", "#", "*", "--", ";"].iter().any(|mark| line.starts_with(mark))
}

/// The value that a line assigns to the name before it: where it begins, what it is, and whether it had quotes.
fn value_after<'t>(line: &'t str, name: &str, tag: bool, names: Names) -> Option<(usize, &'t str, bool)> {
    let rest = line.trim_start_matches(['"', '\'', '`', '\\']);
    let closed = rest.len() < line.len();
    let rest = rest.strip_prefix(']').unwrap_or(rest);
    let spaced = rest.trim_start_matches([' ', '\t']);
    let flag = name.starts_with("--");
    let rest = if let Some(rest) =
        spaced.strip_prefix(":=").or_else(|| spaced.strip_prefix(":-")).or_else(|| spaced.strip_prefix("=>"))
    {
        rest
    } else if let Some(rest) = spaced.strip_prefix('=') {
        if rest.starts_with(['=', '~']) {
            return None;
        }
        rest
    } else if let Some(rest) = spaced.strip_prefix(':').filter(|rest| !rest.starts_with([':', '/'])) {
        rest
    } else if tag && let Some(rest) = spaced.strip_prefix('>') {
        let length = rest.find('<').unwrap_or(rest.len());
        return Some((line.len() - rest.len(), &rest[..length], true))
            .filter(|(_, value, _)| !value.is_empty());
    } else if names == Names::Any && flag && (spaced.len() < rest.len() || closed) {
        spaced.strip_prefix(',').unwrap_or(spaced)
    } else if names == Names::Settings && matches!(name, "password") && spaced.len() < rest.len() {
        spaced
    } else {
        return None;
    };
    let rest = rest.trim_start_matches([' ', '\t']);
    if flag && names == Names::Any && rest.starts_with('-') {
        return None;
    }
    // `b"…"`, `r'…'`, `f"…"`, and quotes that are escaped because they stand in a text.
    let rest = match rest.as_bytes() {
        [b'b' | b'r' | b'u' | b'f' | b'@', b'"' | b'\'', ..] | [b'\\', b'"' | b'\'', ..] => &rest[1..],
        _ => rest,
    };
    let offset = line.len() - rest.len();
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) {
        let rest = &rest[1..];
        let mut escaped = false;
        for (at, c) in rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if rest[at + 1..].starts_with(quote) => {
                    return Some((offset + 1, &rest[..at], true)).filter(|v| !v.1.is_empty());
                }
                '\\' => escaped = true,
                _ if c == quote => return Some((offset + 1, &rest[..at], true)).filter(|v| !v.1.is_empty()),
                _ => {}
            }
        }
        // The line ends before the quote does.
        return (names == Names::Any && !rest.is_empty()).then_some((offset + 1, rest, true));
    }
    let mut nested = 0_u32;
    let stop = rest.find(|c: char| {
        match c {
            '{' | '(' => nested += 1,
            '}' | ')' if nested > 0 => nested -= 1,
            '}' | ')' => return true,
            _ => {}
        }
        nested == 0 && (c.is_whitespace() || "\"'`;|<>&,".contains(c))
    });
    let value = &rest[..stop.unwrap_or(rest.len())];
    Some((offset, value, false)).filter(|(_, value, _)| !value.is_empty())
}

fn trimmed(text: &str) -> (usize, usize) {
    let inner = text.trim_start();
    let start = text.len() - inner.len();
    (start, start + inner.trim_end().len())
}

/// The parts of a value that are literal secrets: all of it, or the default in `${X:-default}`, or nothing.
fn literal_parts(text: &str, start: usize, end: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
    let value = &text[start..end];
    let mut parts = Vec::new();
    if let Some(inner) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
        && let Some((at, operator)) =
            inner.find(":-").map(|at| (at, 2)).or_else(|| inner.find('-').map(|at| (at, 1)))
        && inner[..at].bytes().all(is_word)
    {
        let default = &inner[at + operator..];
        if !is_reference(default) && !is_placeholder(default) {
            parts.push((start + 2 + at + operator, end - 1));
        }
    } else if !is_reference(value) && !is_placeholder(value) {
        parts.push((start, end));
    }
    parts.into_iter()
}

/// Something that stands for a value, or nothing at all.
fn is_reference(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'', ' ']);
    if value.is_empty() {
        return true;
    }
    let lower = window(value, 0, 200).to_ascii_lowercase();
    if is_one_of(
        &lower,
        "true false yes no on off 0 1 null none nil ~ undefined enabled disabled amd64 arm64 i386 armhf required \
            optional",
    ) {
        return true;
    }
    const STORES: &str = "vault:|ref+|op://|arn:aws|sm://|ssm:|gcp:|azurekeyvault|akv:|secret://|secretsmanager|keyring:|\
        enc[|$ansible_vault|!vault|file:|env:|http://|https://|kms:|sops:|{cipher}|projects/";
    if STORES.split('|').any(|store| lower.starts_with(store)) {
        return true;
    }
    // A call, `credentials('token')`, `os.environ("TOKEN")`.
    if let Some((name, _)) = value.strip_suffix(')').and_then(|value| value.split_once('('))
        && !name.is_empty()
        && name.bytes().all(|byte| is_word(byte) || byte == b'.')
    {
        return true;
    }
    // A path; base64 may begin with a slash, but has no second one so soon, and no dot.
    if value.starts_with(['/', '.', '~']) && value[1..].contains(['/', '.']) && !mixed(value, 0.35) {
        return true;
    }
    literal_of(value).chars().filter(|c| c.is_alphanumeric()).count() < 4
        && value.contains(['$', '{', '%', '<'])
}

/// A value without the references in it.
fn literal_of(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let skip = [
            ("${{", "}}"),
            ("${", "}"),
            ("$(", ")"),
            ("{{", "}}"),
            ("<", ">"),
            ("%(", ")s"),
            ("#{", "}"),
            ("@{", "}"),
            ("{", "}"),
        ]
        .iter()
        .find_map(|(open, close)| {
            rest.strip_prefix(open)
                .map(|inner| inner.find(close).map_or(rest.len(), |at| open.len() + at + close.len()))
        });
        let skip = skip.or_else(|| {
            let inner = rest.strip_prefix(['$', '%'])?;
            let length = inner.bytes().take_while(|b| is_word(*b)).count();
            let named = inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            named.then(|| 1 + length + usize::from(c == '%' && inner[length..].starts_with('%')))
        });
        match skip {
            Some(length) => rest = &rest[length..],
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// Something that says "put your own here", or that is known to be public: the keys of Azure's emulators, the
/// tokens in the texts of the RFCs about OAuth.
fn is_placeholder(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'', ' ']);
    let lower = window(value, 0, 300).to_ascii_lowercase();
    let marks =
        lower.chars().filter(|c| matches!(c, 'x' | '*' | '.' | '-' | '_' | '?' | '#' | '…' | '•')).count();
    if marks * 10 >= lower.chars().count() * 9 {
        return true;
    }
    const WORDS: &str = "your-|your_|your |<your|yourpass|yourtoken|yoursecret|yourapi|my-secret-here|-here|_here|\
        replace|placeholder|redacted|insert|todo|fixme|xxxx|****|change_this|change-this|example|dummy|\
        [password|[secret|[token|omitted|masked|hidden|...|\
        eby8vdm02xno|c2y6yddjf5|2yotnfzfejr1|tgzv3jokf0xg|czzcagrsa3f0|mf_9.b5f";
    WORDS.split('|').any(|word| lower.contains(word)) || value.starts_with('<') && value.ends_with('>')
}

/// Passwords and secrets that stand in every second document.
fn everyday(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let letters: String = lower.chars().filter(char::is_ascii_alphabetic).collect();
    const WORDS: &str = "password passwd pass pwd pw secret secrets token test testing admin root user guest foo bar \
        foobar baz foobarbaz abc postgres mysql redis rabbitmq mongo changeme changeit letmein qwerty \
        hunter mypassword mysecret mypass mytoken testpassword testpass testsecret secretpassword \
        supersecret topsecret verysecret notasecret username login key apikey hello world value string \
        str some sometoken somepassword p passw pssword pssw passwrd ab xyz abcdef default docker \
        kubernetes minio minioadmin deadbeef cafebabe anoncvs pserveranoncvs anonymous";
    letters.is_empty() || is_one_of(&letters, WORDS) || runs(value)
}

/// A value that no person would invent: letters and digits in no order.
fn strong(value: &str) -> bool {
    let plain = value.len() >= 12
        && value.len() <= 512
        && value.bytes().all(|b| b.is_ascii_graphic())
        && !value.contains(['(', ')', '<', '>', '{', '}', '[', ']', ' ', '"', '\'', '`', '\\', ';', ','])
        && !value.contains("://")
        && !value.starts_with(['/', '.', '$', '#', '@', '&'])
        && !value.contains("::");
    plain
        && random(value, if value.len() < 16 { 3.0 } else { 3.3 })
        && mixed(value, 0.3)
        && (value.bytes().filter(u8::is_ascii_digit).count() >= 2 || value.len() >= 24 && mixed(value, 0.4))
        && value.bytes().any(|b| b.is_ascii_alphabetic())
        && !everyday(value)
        // `WrongPassword@123` was not drawn by lot.
        && !["passw", "secret", "token"].iter().any(|word| value.to_ascii_lowercase().contains(word))
        && !is_uuid(value)
        && !is_reference(value)
        && !is_version(value)
        && !value.starts_with("sha256:")
        && !value.starts_with("sha512-")
}

fn is_version(value: &str) -> bool {
    let body = value.trim_start_matches(['v', '^', '~', '=', '>']);
    body.starts_with(|c: char| c.is_ascii_digit())
        && body.split('.').take(2).all(|part| part.len() <= 4)
        && body.contains('.')
}

/// Is the word one of a list that is written with spaces between?
fn is_one_of(word: &str, list: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value
            .bytes()
            .enumerate()
            .all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

fn is_hex(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Has it at least so many bits for each character, and nothing that a person types for a made-up token?
fn random(value: &str, bits: f64) -> bool {
    shannon(value.as_bytes()) >= bits && !runs(value) && !is_placeholder(value) && !repeats(value)
}

/// Six equal characters in a row, or six that count up or down (`abcdef`, `987654`).
fn runs(value: &str) -> bool {
    let bytes = value.as_bytes();
    let (mut same, mut up, mut down) = (1, 1, 1);
    for pair in bytes.windows(2) {
        let (a, b) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        same = if a == b { same + 1 } else { 1 };
        up = if b == a.wrapping_add(1) { up + 1 } else { 1 };
        down = if a == b.wrapping_add(1) { down + 1 } else { 1 };
        if same >= 6 || up >= 6 || down >= 6 {
            return true;
        }
    }
    false
}

/// The same eight characters twice.
fn repeats(value: &str) -> bool {
    let bytes = &value.as_bytes()[..value.len().min(160)];
    bytes.len() >= 20
        && (0..bytes.len() - 15).any(|at| bytes[at + 8..].windows(8).any(|part| part == &bytes[at..at + 8]))
}

/// Bits for each character.
fn shannon(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    bytes.iter().for_each(|&b| counts[usize::from(b)] += 1);
    let total = bytes.len() as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / total)
        .map(|p| -p * p.log2())
        .sum()
}

/// Do its characters change between small, capital, digit and other at least at this share of the places? Words
/// and camel case do seldom, lots do often.
fn mixed(value: &str, share: f64) -> bool {
    let class = |b: u8| match b {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        // What joins words is no change by itself.
        b'_' | b'-' | b'.' | b':' | b'/' => 4,
        _ => 3,
    };
    let changes = value
        .as_bytes()
        .windows(2)
        .map(|pair| (class(pair[0]), class(pair[1])))
        .filter(|(a, b)| a != b && *a != 4 && *b != 4)
        .count();
    changes as f64 >= share * (value.len().max(2) - 1) as f64
}

/// GitHub's check digits: the last six characters are the CRC-32 of those before, in base 62.
fn github_sum(body: &str) -> bool {
    let Some((random, sum)) = body.len().checked_sub(6).and_then(|at| body.split_at_checked(at)) else {
        return false;
    };
    base62(crc32(random.as_bytes())) == sum
}

fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = [b'0'; 6];
    for place in out.iter_mut().rev() {
        *place = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    out.iter().map(|&b| char::from(b)).collect()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

/// The check digits of a text in Bech32, as age's keys have them.
fn bech32(text: &str) -> bool {
    const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let lower = text.to_ascii_lowercase();
    let Some((prefix, body)) = lower.rsplit_once('1') else { return false };
    let step = |sum: u32, value: u32| {
        let top = sum >> 25;
        let sum = (sum & 0x01ff_ffff) << 5 ^ value;
        [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3].iter().enumerate().fold(
            sum,
            |sum, (bit, with)| {
                if top >> bit & 1 == 1 { sum ^ with } else { sum }
            },
        )
    };
    let high = prefix.bytes().map(|b| u32::from(b) >> 5);
    let low = prefix.bytes().map(|b| u32::from(b) & 31);
    let head = high.chain([0]).chain(low).fold(1, step);
    let digits: Option<Vec<u32>> = body
        .bytes()
        .map(|b| DIGITS.iter().position(|d| *d == b).and_then(|at| u32::try_from(at).ok()))
        .collect();
    digits.is_some_and(|digits| digits.into_iter().fold(head, step) == 1)
}

/// A JSON web token whose parts decode, which is signed, and which is not the one of the documents.
fn web_token(text: &str) -> bool {
    let mut parts = text.split('.').map(|part| base64(part.as_bytes()));
    let (Some(Some(header)), Some(Some(body))) = (parts.next(), parts.next()) else { return false };
    let Ok(serde_json::Value::Object(header)) = serde_json::from_slice(&header) else { return false };
    let Ok(serde_json::Value::Object(body)) = serde_json::from_slice(&body) else { return false };
    let signed =
        header.get("alg").and_then(|alg| alg.as_str()).is_some_and(|alg| !alg.eq_ignore_ascii_case("none"));
    let made_up = |text: &str| matches!(text, "1234567890" | "John Doe" | "foo" | "bar" | "test");
    signed && !body.values().any(|value| value.as_str().is_some_and(made_up))
}

/// The bytes of base64, of either alphabet, with or without padding; nothing where it is none.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0);
    let end = text.iter().rposition(|&b| b != b'=').map_or(0, |at| at + 1);
    if text.len() - end > 2 {
        return None;
    }
    for &byte in &text[..end] {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests;
