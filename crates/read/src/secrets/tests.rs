//! Secrets: every form, and what is none.

use super::value::{base62, bech32, crc32};
use super::*;

const KEY: Key = Key([7; 32]);

/// Numbers without any pattern, the same ones in every run.
pub(crate) struct Lot(pub(crate) u64);

impl Lot {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize
    }
    fn text(&mut self, set: &str, length: usize) -> String {
        let set: Vec<char> = set.chars().collect();
        (0..length).map(|_| set[self.next() % set.len()]).collect()
    }
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

const HEX: &str = "0123456789abcdef";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(crate) fn encode(bytes: &[u8], set: &str, pad: bool) -> String {
    let set = set.as_bytes();
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let number = group.iter().chain([0, 0].iter()).take(3).fold(0_u32, |n, &b| n << 8 | u32::from(b));
        for place in 0..4 {
            if place <= group.len() {
                out.push(char::from(set[(number >> (18 - 6 * place) & 63) as usize]));
            } else if pad {
                out.push('=');
            }
        }
    }
    out
}
fn base64_of(bytes: &[u8]) -> String {
    encode(bytes, BASE64, true)
}
fn json64(text: &str) -> String {
    encode(text.as_bytes(), URL64, false)
}

fn der(lot: &mut Lot, length: usize) -> Vec<u8> {
    let mut bytes = vec![0x30, 0x82, (length >> 8) as u8, length as u8];
    bytes.extend(lot.bytes(length));
    bytes
}
fn block(label: &str, bytes: &[u8], newline: &str) -> String {
    let body = base64_of(bytes);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----{} {label}-----{newline}{}{newline}-----END {label}-----", "BEGIN", lines.join(newline))
}
fn age(lot: &mut Lot) -> String {
    let set = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let body = lot.text(set, 52);
    // The six check digits are found as the decoder would compute them.
    let prefix = "age-secret-key-";
    let step = |sum: u32, value: u32| {
        let top = sum >> 25;
        let mut sum = (sum & 0x01ff_ffff) << 5 ^ value;
        for (bit, with) in
            [0x3b6a_57b2_u32, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3].into_iter().enumerate()
        {
            if top >> bit & 1 == 1 {
                sum ^= with;
            }
        }
        sum
    };
    let mut sum = 1;
    prefix.bytes().for_each(|b| sum = step(sum, u32::from(b) >> 5));
    sum = step(sum, 0);
    prefix.bytes().for_each(|b| sum = step(sum, u32::from(b) & 31));
    body.chars().for_each(|c| sum = step(sum, set.find(c).unwrap() as u32));
    (0..6).for_each(|_| sum = step(sum, 0));
    sum ^= 1;
    let check: String =
        (0..6).map(|i| char::from(set.as_bytes()[(sum >> (5 * (5 - i)) & 31) as usize])).collect();
    format!("{prefix}1{body}{check}").to_uppercase()
}

/// One secret of every form: its kind, what stands around it (with `@` for the secret), and the secret.
/// All are put together here, so that this file holds none.
fn planted(lot: &mut Lot) -> Vec<(&'static str, String, String)> {
    let mut out: Vec<(&'static str, String, String)> = Vec::new();
    let mut add = |kind, around: &str, secret: String| out.push((kind, around.to_owned(), secret));
    let id = format!("AK{}{}", "IA", lot.text(UPPER, 16));
    add("aws-access-key-id", "aws_access_key_id = @", id.clone());
    add("aws-secret-access-key", &format!("id: {id}\nkey: \"@\""), lot.text(BASE64, 40));
    for letter in ["p", "o", "u", "s", "r"] {
        let body = lot.text(ALNUM, 30);
        add("github-token", "token @ here", format!("gh{letter}_{body}{}", base62(crc32(body.as_bytes()))));
    }
    add("github-token", "x=@", format!("github{}_{}_{}", "_pat", lot.text(ALNUM, 22), lot.text(ALNUM, 59)));
    add("gitlab-token", "curl --header 'PRIVATE-TOKEN: @'", format!("gl{}-{}", "pat", lot.text(URL64, 20)));
    add(
        "slack-token",
        "'@'",
        format!(
            "xo{}-{}-{}-{}",
            "xb",
            lot.text("123456789", 12),
            lot.text("123456789", 13),
            lot.text(ALNUM, 24)
        ),
    );
    add(
        "slack-token",
        "'@'",
        format!("xa{}-1-A{}-{}-{}", "pp", lot.text(UPPER, 10), lot.text("123456789", 13), lot.text(HEX, 64)),
    );
    add(
        "slack-webhook",
        "https://hooks.slack.com/services/@",
        format!("T{}/B{}/{}", lot.text(UPPER, 10), lot.text(UPPER, 10), lot.text(ALNUM, 24)),
    );
    add("stripe-key", "Stripe('@')", format!("sk_{}_{}", "live", lot.text(ALNUM, 24)));
    add("google-api-key", "key=@&x=1", format!("AI{}{}", "za", lot.text(URL64, 34) + "a"));
    add("google-oauth-secret", "\"@\"", format!("GOC{}-{}", "SPX", lot.text(URL64, 27) + "a"));
    add(
        "azure-storage-key",
        "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=@;EndpointSuffix=core",
        base64_of(&lot.bytes(64)),
    );
    add(
        "azure-sas-signature",
        "https://shop.blob.core/x?sv=2022-11-02&sp=r&sig=@&se=2030",
        lot.text(ALNUM, 43) + "%3D",
    );
    add(
        "azure-client-secret",
        "secret '@'",
        format!("{}8Q{}{}", lot.text(ALNUM, 3), "~", lot.text(ALNUM, 34)),
    );
    add("npm-token", "//r/:_authToken=@", format!("np{}_{}", "m", lot.text(ALNUM, 36)));
    add("pypi-token", "password: @", format!("py{}-AgEIcHlwaS5vcmc{}", "pi", lot.text(URL64, 120) + "a"));
    add("docker-hub-token", "docker login -p @", format!("dckr_{}_{}", "pat", lot.text(URL64, 26) + "a"));
    let token = format!(
        "{}.{}.{}",
        json64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"),
        json64(&format!("{{\"sub\":\"{}\",\"exp\":99}}", lot.text(LOWER, 12))),
        lot.text(URL64, 42) + "a"
    );
    add("json-web-token", "jwt @", token);
    add("sendgrid-key", "\"@\"", format!("S{}.{}.{}", "G", lot.text(ALNUM, 22), lot.text(ALNUM, 43)));
    add("twilio-api-key", "\"@\"", format!("S{}{}", "K", lot.text(HEX, 32)));
    add(
        "telegram-bot-token",
        "https://api.telegram.org/bot@/getMe",
        format!("{}:A{}{}", lot.text("123456789", 10), "A", lot.text(ALNUM, 33)),
    );
    add("vault-token", "X-Vault-Token: @", format!("hv{}.{}", "s", lot.text(ALNUM, 90)));
    add(
        "terraform-token",
        "token = \"@\"",
        format!("{}.at{}.{}", lot.text(ALNUM, 14), "lasv1", lot.text(ALNUM, 67)),
    );
    add("digitalocean-token", "DO=@", format!("dop{}_{}", "_v1", lot.text(HEX, 64)));
    add("heroku-key", "\"@\"", format!("HR{}-AA{}", "KU", lot.text(ALNUM, 58)));
    add("databricks-token", "\"@\"", format!("da{}{}", "pi", lot.text(HEX, 32)));
    add("shopify-token", "\"@\"", format!("sh{}_{}", "pat", lot.text(HEX, 32)));
    add("mailgun-key", "mailgun('@')", format!("k{}-{}", "ey", lot.text(HEX, 32)));
    add("age-secret-key", "# key\n@\n", age(lot));
    add("anthropic-key", "\"@\"", format!("sk-{}-api03-{}AA", "ant", lot.text(URL64, 93)));
    add("openai-key", "\"@\"", format!("sk-{}T3Blbk{}{}", lot.text(ALNUM, 20), "FJ", lot.text(ALNUM, 20)));
    add("hugging-face-token", "\"@\"", format!("h{}_{}", "f", lot.text(LETTERS, 34)));
    add("grafana-token", "\"@\"", format!("gl{}_{}_{}", "sa", lot.text(ALNUM, 32), lot.text(HEX, 8)));
    add("private-key", "key: |\n@\n", block("RSA PRIVATE KEY", &der(lot, 600), "\n"));
    add("private-key", "k = \"@\"", block("PRIVATE KEY", &der(lot, 700), "\\n"));
    add("private-key", "@", block("EC PRIVATE KEY", &der(lot, 300), "\n      "));
    let mut ssh = b"openssh-key-v1\0".to_vec();
    ssh.extend(lot.bytes(300));
    add("private-key", "@", block("OPENSSH PRIVATE KEY", &ssh, "\n"));
    let mut pgp = vec![0x95];
    pgp.extend(lot.bytes(400));
    add("private-key", "@", block("PGP PRIVATE KEY BLOCK", &pgp, "\n"));
    add("encrypted-private-key", "@", block("ENCRYPTED PRIVATE KEY", &der(lot, 400), "\n"));
    add(
        "google-service-account-key",
        "{\"type\": \"service_account\", \"private_key\": \"@\\n\"}",
        block("PRIVATE KEY", &der(lot, 700), "\\n"),
    );
    add(
        "private-key",
        "client-key-data: @",
        base64_of(block("RSA PRIVATE KEY", &der(lot, 600), "\n").as_bytes()),
    );
    add("url-password", "postgres://shop:@@db.shop.svc:5432/shop", lot.text(ALNUM, 14));
    add("url-password", "redis://:@@cache:6379/0", lot.text(ALNUM, 14));
    add("bearer-token", "curl -H 'Authorization: Bearer @' x", lot.text(ALNUM, 32));
    add(
        "basic-credentials",
        "Authorization: Basic @",
        base64_of(format!("ann:{}", lot.text(ALNUM, 15)).as_bytes()),
    );
    add(
        "registry-auth",
        "{\"auths\": {\"r.shop\": {\"auth\": \"@\"}}}",
        base64_of(format!("ann:{}", lot.text(ALNUM, 11)).as_bytes()),
    );
    add(
        "password-hash",
        "root:@:19000:0:99999:7:::",
        format!("$6${}${}", lot.text(ALNUM, 16), lot.text(ALNUM, 86)),
    );
    add("password-hash", "ann:@", format!("$2y$05${}", lot.text(ALNUM, 53)));
    out
}

fn fill(around: &str, secret: &str) -> String {
    // `@@` is the secret and the @ of a URL.
    match around.split_once("@@") {
        Some((head, tail)) => format!("{head}{secret}@{tail}"),
        None => {
            let (head, tail) = around.split_once('@').unwrap();
            format!("{head}{secret}{tail}")
        }
    }
}

const PROSE: &str = "fn main() {\n    // Reads the configuration — naïvely.\n    let limit = 1024;\n}\n";

#[test]
fn every_form_is_found_where_it_is_planted() {
    for seed in 0..40 {
        let mut lot = Lot(seed);
        for (kind, around, secret) in planted(&mut lot) {
            let text = format!("{PROSE}{}\n{PROSE}", fill(&around, &secret));
            let seen = sightings(&KEY, &text);
            let found = seen.iter().find(|seen| seen.kind == kind && seen.hash == hash(&KEY, &secret));
            let found = found.unwrap_or_else(|| panic!("seed {seed}: no {kind} in {around}: {seen:?}"));
            let at = found.at.clone().unwrap();
            let line = text.split('\n').nth(at.line as usize - 1).unwrap();
            let rest: String = line.chars().skip(at.column as usize - 1).collect();
            assert!(rest.starts_with(secret.split('\n').next().unwrap()), "{kind} at {at:?}");
            assert_eq!(found.length, secret.len());
        }
    }
}

#[test]
fn nothing_that_is_planted_is_left_in_what_is_concealed() {
    for seed in 0..40 {
        let mut lot = Lot(seed);
        for (kind, around, secret) in planted(&mut lot) {
            let concealed = conceal(&KEY, "note", &fill(&around, &secret), Some(Pos::new(3, 4)));
            assert!(!concealed.text.contains(&secret), "{kind}: {}", concealed.text);
            for line in secret.split('\n').filter(|line| line.len() > 20 && !line.starts_with("--")) {
                assert!(!concealed.text.contains(line), "{kind}: {}", concealed.text);
            }
            assert!(concealed.secrets.iter().all(|seen| seen.at == Some(Pos::new(3, 4))));
        }
        // Values that only the name gives away, in the ways commands and files write them.
        let value = lot.text(ALNUM, 12);
        for text in [
            format!("DB_PASSWORD={value} ./run"),
            format!("export DB_PASSWORD='{value}'"),
            format!("--password {value} --verbose"),
            format!("[\"--password\", \"{value}\"]"),
            format!("--db-password={value}"),
            format!("{{\"client_secret\": \"{value}\"}}"),
            format!("{{\\\"client_secret\\\": \\\"{value}\\\"}}"),
            format!("apiKey: {value}"),
            format!("<password>{value}</password>"),
            format!("https://shop/?access_token={value}&page=1"),
            format!("echo root:{value} | chpasswd"),
            format!("RUN /bin/sh -c echo 'ann:{value}' | /usr/sbin/chpasswd"),
            format!("sshpass -p {value} ssh host"),
            format!("curl -s -u ann:{value} https://shop"),
            format!("mysql -uroot -p{value} shop"),
            format!("docker login -u ann -p {value} registry"),
            format!("redis-cli -h cache -a {value} ping"),
            format!("Authorization: Bearer {value}"),
            format!("${{DB_PASSWORD:-x}} postgres://ann:{value}@db/shop"),
        ] {
            let concealed = conceal(&KEY, "", &text, None);
            assert!(!concealed.text.contains(&value), "{text} became {}", concealed.text);
            assert_eq!(concealed.secrets.len(), 1, "{text} became {}", concealed.text);
            assert_eq!(concealed.secrets[0].hash, hash(&KEY, &value), "{text} became {}", concealed.text);
        }
    }
}

#[test]
fn a_name_makes_a_literal_a_secret_and_nothing_else() {
    for (name, text, left) in [
        ("POSTGRES_PASSWORD", "changeme", "[password]"),
        ("MYSQL_ROOT_PASSWORD", "a b", "[password]"),
        ("DB_PASS", "123456", "[password]"),
        ("PGPASSWORD", "x y,z;w", "[password]"),
        ("clientSecret", "zzz9", "[secret]"),
        ("SECRET_KEY_BASE", "0a1b2c", "[secret-key]"),
        ("NPM_TOKEN", "q1w2", "[token]"),
        ("APIKey", "q1w2", "[api-key]"),
        ("DB_PASSWORD", "${DB_PASSWORD:-hunter2}", "${DB_PASSWORD:-[password]}"),
        ("DB_PASSWORD", "${DB_PASSWORD}", "${DB_PASSWORD}"),
        ("DB_PASSWORD", "${DB_PASSWORD:?set it in .env}", "${DB_PASSWORD:?set it in .env}"),
        ("", "DB_PASSWORD=${DB_PASSWORD:?missing}", "DB_PASSWORD=${DB_PASSWORD:?missing}"),
        ("DB_PASSWORD", "$DB_PASSWORD", "$DB_PASSWORD"),
        ("DB_PASSWORD", "$(cat /run/secrets/db)", "$(cat /run/secrets/db)"),
        ("DB_PASSWORD", "{{ .Values.password }}", "{{ .Values.password }}"),
        ("DB_PASSWORD", "<your-token>", "<your-token>"),
        ("DB_PASSWORD", "xxxxxxxx", "xxxxxxxx"),
        ("DB_PASSWORD", "", ""),
        ("DB_PASSWORD_FILE", "/run/secrets/db", "/run/secrets/db"),
        ("DB_PASSWORD", "/run/secrets/db", "/run/secrets/db"),
        ("DB_PASSWORD", "vault:secret/data/db#password", "vault:secret/data/db#password"),
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes", "yes"),
        ("MYSQL_RANDOM_ROOT_PASSWORD", "1", "1"),
        ("PASSWORD_MIN_LENGTH", "12", "12"),
        ("TOKEN_TTL", "3600", "3600"),
        ("SECRET_NAME", "db-credentials", "db-credentials"),
        ("PWD", "/srv/app", "/srv/app"),
        ("PUBLIC_KEY", "abc123", "abc123"),
        ("max_tokens", "4096", "4096"),
        ("COMPASS", "north", "north"),
        ("NODE_ENV", "production", "production"),
    ] {
        let concealed = conceal(&KEY, name, text, None);
        assert_eq!(concealed.text, left, "{name}={text}");
        assert_eq!(concealed.secrets.is_empty(), text == left, "{name}={text}");
    }
}

#[test]
fn what_only_looks_like_a_secret_is_none() {
    let mut lot = Lot(5);
    let sha = lot.text(HEX, 64);
    let picture = base64_of(&lot.bytes(30_000));
    let wrong_sum = format!("gh{}_{}000000", "p", lot.text(ALNUM, 30));
    let wrong_age = {
        let key = age(&mut lot);
        let last = if key.ends_with('Q') { 'P' } else { 'Q' };
        format!("{}{last}", &key[..key.len() - 1])
    };
    let public = block("PUBLIC KEY", &der(&mut lot, 300), "\n");
    let certificate = block("CERTIFICATE", &der(&mut lot, 900), "\n");
    let cut = block("RSA PRIVATE KEY", &der(&mut lot, 600), "\n").replace("AA", "A...");
    let not_der = block("PRIVATE KEY", &lot.bytes(600), "\n");
    let example = format!("AK{}IOSFODNN7EXAMPLE", "IA");
    for text in [
        format!("digest: sha256:{sha}"),
        format!("\"integrity\": \"sha512-{}\"", base64_of(&lot.bytes(64))),
        format!("src=\"data:image/png;base64,{picture}\""),
        format!("token: {wrong_sum}"),
        wrong_age,
        public,
        certificate,
        not_der,
        cut[..cut.len() / 2].to_owned(),
        format!("aws_access_key_id={example}"),
        format!("aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCY{}KEY", "EXAMPLE"),
        format!("sk_{}_xxxxxxxxxxxxxxxxxxxxxxxxxxxx", "live"),
        format!("gl{}-abcdefghijklmnopqrst", "pat"),
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX".into(),
        "postgres://user:password@localhost/db".into(),
        "postgres://${USER}:${PASSWORD}@db/shop".into(),
        "git clone ssh://git@host:22/a:b@c".into(),
        "https://example.com/a?x=http://b:c@d".into(),
        "password = \"correct horse battery staple\"".into(),
        "password: Mot de passe".into(),
        "const TOKEN = \"the-token-of-the-parser\";".into(),
        "secret_key = os.environ[\"SECRET_KEY_FOR_APP_1\"]".into(),
        "token: \"3f2504e0-4f89-11d3-9a0c-0305e82c3301\"".into(),
        "api_key = \"your-api-key-1234-here\"".into(),
        "password_file = \"/etc/shop/password1\"".into(),
        "if password == \"Xk29dkQp20dkwQ1\" {".into(),
    ] {
        for path in ["src/main.rs", "config.yaml", "compose.yml"] {
            let seen = sightings_in(&KEY, path, &text);
            assert!(seen.is_empty(), "{path}: {}: {seen:?}", &text[..text.floor_char_boundary(200)]);
        }
    }
}

#[test]
fn names_count_by_where_they_stand() {
    let mut lot = Lot(11);
    let value = lot.text(ALNUM, 24);
    let kinds = |path: &str, text: &str| -> Vec<String> {
        sightings_in(&KEY, path, text).into_iter().map(|seen| seen.kind).collect()
    };
    assert_eq!(kinds("src/app.py", &format!("API_KEY = \"{value}\"")), ["api-key"]);
    assert_eq!(kinds("src/app.py", &format!("# API_KEY = \"{value}\"")), [""; 0]);
    assert_eq!(kinds("tests/app.py", &format!("API_KEY = \"{value}\"")), [""; 0]);
    assert_eq!(kinds("docs/use.md", &format!("API_KEY = \"{value}\"")), [""; 0]);
    assert_eq!(kinds("config/app.yml", &format!("api_key: {value}")), ["api-key"]);
    assert_eq!(kinds("src/app.py", &format!("api_key: {value}")), [""; 0]);
    assert_eq!(kinds(".env", "DB_PASSWORD=correcthorse"), ["password"]);
    assert_eq!(kinds(".env.example", "DB_PASSWORD=correcthorse"), [""; 0]);
    assert_eq!(kinds("app.properties", "db.password=correcthorse"), [""; 0]);
    assert_eq!(kinds(".netrc", "machine shop login ann password correcthorse"), ["password"]);
    assert_eq!(kinds("app.min.js", &format!("apiKey=\"{value}\"")), [""; 0]);
    let key = block("PRIVATE KEY", &der(&mut lot, 300), "\n");
    assert_eq!(kinds("tests/key.pem", &key), ["private-key"]);
}

#[test]
fn more_than_are_listed_end_with_a_note() {
    let mut lot = Lot(3);
    let text: String = (0..300).map(|_| format!("k = sk_{}_{}\n", "live", lot.text(ALNUM, 24))).collect();
    let seen = sightings(&KEY, &text);
    assert_eq!(seen.len(), MOST + 1);
    assert_eq!((seen[MOST].kind.as_str(), seen[MOST].at.clone()), (MORE, Some(Pos::new(201, 5))));
}

#[test]
fn one_secret_in_two_places_has_one_hash_and_only_under_one_key() {
    assert_eq!(hash(&KEY, "hunter2"), hash(&KEY, "hunter2"));
    assert_ne!(hash(&KEY, "hunter2"), hash(&Key([8; 32]), "hunter2"));
    assert_ne!(hash(&KEY, "hunter2"), hash(&KEY, "hunter3"));
    // Computed by another implementation of HMAC-SHA256.
    assert_eq!(hash(&Key([7; 32]), "hunter2"), "326eb4f6783e519f");
}

#[test]
fn all_patterns_compile() {
    for (index, form) in FORMS.iter().enumerate() {
        assert!(pattern(index).is_some(), "{}", form.pattern);
    }
    assert!(ANCHORS.1.is_some());
}

#[test]
fn check_digits_agree_with_known_ones() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(base64(b"aGk="), Some(b"hi".to_vec()));
    assert_eq!(base64(b"a b"), None);
    assert!(!bech32("AGE-SECRET-KEY-1"));
}

#[test]
fn hostile_texts_end() {
    for part in [
        "-----BEGIN PRIVATE KEY-----",
        "eyJ",
        "eyJa.",
        "://a:b@",
        "password=",
        "\"auth\":\"",
        "gl\u{70}at-",
        "LS0tLS1CRUdJTi",
        "authorization bearer ",
        "${",
        "chpasswd ",
        ":$6$",
        "\u{202e}é",
        "sig=",
        "--password ",
        "Q~",
        ":AA",
        "sk-T3BlbkFJ",
    ] {
        let text = part.repeat(5_000);
        assert!(sightings(&KEY, &text).len() <= MOST + 1);
        assert!(sightings_in(&KEY, ".env", &text).len() <= MOST + 1);
        let short = part.repeat(1_000);
        assert!(conceal(&KEY, "password", &short, None).secrets.len() <= MOST);
    }
}

#[test]
fn names_of_switches_and_of_files_are_no_secrets() {
    let line = "RUN adduser --uid 10001 --gid 10001 --disabled-password --gecos \"\" loki";
    assert_eq!(conceal(&KEY, "", line, None).secrets, []);
    for name in ["broker_keystore_creds", "client.credentials"] {
        let kinds: Vec<_> = conceal(&KEY, "KAFKA_SSL_KEY_CREDENTIALS", name, None).secrets;
        assert_eq!(kinds[0].kind, NAME_OF_CREDENTIALS, "concealed all the same");
        assert_eq!(sightings_in(&KEY, ".env", &format!("KAFKA_SSL_KEY_CREDENTIALS={name}\n")), [], "{name}");
    }
    assert_eq!(conceal(&KEY, "API_CREDENTIALS", "ann:Kx7-marble-otter-2291", None).secrets.len(), 1);
}

/// Somebody typed it wrong, or copied all but its end: it is no sighting, and it still tells nothing to anybody.
#[test]
fn a_token_with_wrong_check_digits_is_concealed_and_no_sighting() {
    let mut lot = Lot(77);
    let spoilt = |text: String| {
        let last = if text.ends_with('Q') { 'P' } else { 'Q' };
        format!("{}{last}", &text[..text.len() - 1])
    };
    for token in [
        format!("gh{}{}", "p_", lot.text(ALNUM, 36)),
        format!("np{}{}", "m_", "ab".repeat(18)),
        spoilt(age(&mut lot)),
        format!("eyJ{}.eyJ{}.{}", lot.text(ALNUM, 30), lot.text(ALNUM, 30), lot.text(ALNUM, 43)),
    ] {
        let text = format!("use {token} here");
        let concealed = conceal(&KEY, "note", &text, None);
        assert!(!concealed.text.contains(&token[8..]) && concealed.text.ends_with(" here"), "{concealed:?}");
        assert_eq!((concealed.secrets.len(), sightings(&KEY, &text).len()), (0, 0), "{token}");
        // The name that it goes by is reason enough.
        assert_eq!(conceal(&KEY, "api_token", &token, None).secrets.len(), 1);
    }
    let placeholder = format!("gh{}{}", "p_", "x".repeat(36));
    assert_eq!(conceal(&KEY, "note", &placeholder, None).text, placeholder);
}

#[test]
fn documents_of_python_show_examples() {
    let value = "\"access_token\": 'askfjh234as9sd8'";
    let of = |text: &str| sightings_in(&Key([7; 32]), "a/provider.py", text).len();
    assert_eq!(of(&format!("a = {{{value}}}\n")), 1);
    assert_eq!(of(&format!("def f():\n    \"\"\"Answers\n    {{{value}}}\n    \"\"\"\n")), 0);
    assert_eq!(of(&format!("def f():\n    \"\"\"One line.\"\"\"\n    return {{{value}}}\n")), 1);
    assert_eq!(of(&format!("\"\"\"\nOpen\n{{{value}}}\n")), 1, "a document without an end is none");
}
