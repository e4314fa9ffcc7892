use crate::checks::prelude::*;
use crate::dockerfile::{call, has_command, runs, whole_chain};

check! {
    /// An image runs as root.
    ///
    /// ## What it checks
    /// The last USER of the last stage and of the stages that it is built on: `root`, the number 0, and a name that the
    /// build itself gives that number (`useradd -o -u 0`). Without one it is that of the
    /// base image: root for `scratch` and for the official images of Docker Hub, save those that are known to
    /// set a user. Of other bases the user is not known from the Dockerfile; an image that is only made to
    /// export files (`scratch` without a command) is left out, and so is one whose command steps down by itself
    /// (`gosu`, `su-exec`, `setpriv`).
    /// ## Why it matters
    /// Root in the container is root to every file that it shares with the host, and to the kernel as soon as a
    /// user namespace is missing: a fault in the runtime or the kernel is then the host.
    /// ## Fix
    /// Make a user and switch to it at the end: `USER 10001:10001`. A number lets Kubernetes check
    /// `runAsNonRoot`.
    "dockerfile-root-user",
    layer: Layer::Image,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["non-root", "cis-docker"],
    ids: &["attack:T1611", "nist:3.1.2", "nist:4.1.2", "cis-docker:4.1"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN useradd app
CMD [\"app\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22 AS build
USER node
FROM node:22
USER node
USER 0
CMD [\"node\", \"a.js\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM scratch
COPY a /a
ENTRYPOINT [\"/a\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM python:3.13 AS base
USER root
FROM base
CMD [\"python\", \"a.py\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN useradd -o -u 0 app
USER app:app
CMD [\"app\"]
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM odoo:18
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
USER root
RUN useradd app
USER app
CMD [\"app\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM golang:1.25 AS build
RUN go build -o /a .
FROM scratch
COPY --from=build /a /a
USER 65532
ENTRYPOINT [\"/a\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM node:22 AS base
USER node
FROM base
CMD [\"node\", \"a.js\"]
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
ENTRYPOINT [\"gosu\", \"app\", \"/app\"]
")]),
    ],
    mend: Some(mend),
}

/// Official images whose own USER is not root.
const NOT_ROOT: [&str; 24] = [
    "adminer",
    "couchbase",
    "elasticsearch",
    "emqx",
    "fluentd",
    "haproxy",
    "irssi",
    "jetty",
    "kibana",
    "kong",
    "krakend",
    "liquibase",
    "logstash",
    "memcached",
    "notary",
    "odoo",
    "open-liberty",
    "opensearch",
    "solr",
    "sonarqube",
    "spark",
    "varnish",
    "websphere-liberty",
    "znc",
];

/// Official images whose user is root, sorted: a bare name that is not among them is an image of somebody's own.
#[rustfmt::skip]
const ROOT: [&str; 111] = [
    "aerospike", "almalinux", "alpine", "amazoncorretto", "amazonlinux", "arangodb", "archlinux", "backdrop",
    "bash", "buildpack-deps", "busybox", "caddy", "cassandra", "centos", "chronograf", "cirros", "clearlinux",
    "clickhouse", "clojure", "composer", "consul", "couchdb", "crux", "dart", "debian", "docker", "drupal",
    "eclipse-mosquitto", "eclipse-temurin", "elixir", "erlang", "fedora", "flink", "fsharp", "gcc", "ghost",
    "golang", "gradle", "groovy", "haskell", "haxe", "hello-world", "httpd", "hylang", "ibm-semeru-runtimes",
    "ibmjava", "influxdb", "java", "joomla", "jruby", "julia", "kapacitor", "mageia", "mariadb", "matomo",
    "maven", "mediawiki", "mongo", "mongo-express", "mono", "mysql", "nats", "neo4j", "neurodebian",
    "nextcloud", "nginx", "node", "openjdk", "opensuse", "oraclelinux", "percona", "perl", "photon", "php",
    "phpmyadmin", "postgres", "pypy", "python", "r-base", "rabbitmq", "rails", "rakudo-star", "redis",
    "redmine", "registry", "rethinkdb", "rockylinux", "ros", "ruby", "rust", "sapmachine", "sl", "spiped",
    "storm", "swarm", "swift", "swipl", "telegraf", "thrift", "tomcat", "tomee", "traefik", "ubuntu",
    "ubuntu-debootstrap", "unit", "valkey", "vault", "wordpress", "xwiki", "yourls", "zookeeper",
];

fn check(see: &See, it: &Dockerfile) -> Judged {
    let Some(parts) = whole_chain(see, it)? else { return not_applicable() };
    let [last, ..] = parts.as_slice() else { return not_applicable() };
    let Some(lowest) = parts.last() else { return not_applicable() };
    let base = see.get(&lowest.base)?;
    if *base == Base::Scratch && !has_command(&parts) {
        return not_applicable();
    }
    let instructions = || parts.iter().flat_map(|stage| stage.instructions.iter().rev());
    let main = instructions()
        .find(|it| it.name == "ENTRYPOINT")
        .or_else(|| instructions().find(|it| it.name == "CMD"));
    let user = instructions().find(|it| it.name == "USER");
    let Some(user) = user else {
        return match base {
            _ if steps_down(see, main)? => pass(),
            Base::Image(image) if image.repository.contains("windows") => not_applicable(),
            Base::Image(image)
                if image.registry == "docker.io" && image.repository.starts_with("library/") =>
            {
                let name = image.repository.trim_start_matches("library/");
                if NOT_ROOT.contains(&name) {
                    return pass();
                }
                if !ROOT.contains(&name) {
                    return Err(unknown_user(see, &image.written));
                }
                fail(
                    Some(last.at.clone()),
                    format!("runs as root: it has no USER, and its base {name} has none"),
                )
            }
            Base::Image(image) if is_plain(&image.repository) && !speaks_of_it(&image.written) => fail(
                Some(last.at.clone()),
                format!("runs as root: it has no USER, and its base {} has none", image.written),
            ),
            Base::Image(image) if speaks_of_it(&image.written) => pass(),
            Base::Image(image) => Err(unknown_user(see, &image.written)),
            _ => fail(Some(last.at.clone()), "runs as root: it has no USER, and is built on nothing"),
        };
    };
    let What::Text(name) = &user.what else { return not_applicable() };
    let name = see.get(name)?.split(':').next().unwrap_or("").trim();
    let zero = !name.is_empty() && name.bytes().all(|b| b == b'0');
    if name == "root" || zero {
        if steps_down(see, main)? {
            return pass();
        }
        return fail(Some(user.at.clone()), "runs as root: its last USER says so");
    }
    if name.bytes().all(|b| b.is_ascii_digit()) {
        return pass();
    }
    for run in runs(see, &parts) {
        if run.commands().any(|command| is_root_by_number(command, name)) && !steps_down(see, main)? {
            return fail(
                Some(user.at.clone()),
                "runs as root: its last USER is another name of the number 0",
            );
        }
    }
    pass()
}

fn unknown_user(see: &See, base: &str) -> tyrian_model::fact::Unseen {
    let what = format!(
        "{base} decides who an image built on it runs as, for its Dockerfile has no USER: set it, or open the image"
    );
    see.unclear(Why::NotRead, what)
}

/// Does a command give that name the number of root?
fn is_root_by_number(command: &Command, name: &str) -> bool {
    let (program, arguments) = call(command);
    let zero = arguments.windows(2).any(|two| matches!(two[0], "-u" | "--uid" | "-ou") && two[1] == "0")
        || arguments.iter().any(|it| matches!(*it, "--uid=0" | "-u0"));
    matches!(program, "useradd" | "adduser" | "usermod") && arguments.contains(&name) && zero
}

/// Mirrors of plain systems and languages, and Google's bases without a system, whose user is root.
fn is_plain(repository: &str) -> bool {
    const PLAIN: [&str; 12] = [
        "alpine",
        "debian",
        "ubuntu",
        "busybox",
        "centos",
        "fedora",
        "rockylinux",
        "almalinux",
        "golang",
        "ubi-micro",
        "ubi-minimal",
        "amazonlinux",
    ];
    PLAIN.contains(&repository.rsplit('/').next().unwrap_or("")) || repository.starts_with("distroless/")
}

/// Bases that say in their name that they are not root.
fn speaks_of_it(base: &str) -> bool {
    ["nonroot", "non-root", "unprivileged", "rootless", "cgr.dev/chainguard/"]
        .iter()
        .any(|word| base.contains(word))
}

/// Does the command itself become another user?
fn steps_down(see: &See, main: Option<&Instruction>) -> Result<bool, tyrian_model::fact::Unseen> {
    let down = |word: &str| {
        let program = word.rsplit('/').next().unwrap_or("");
        matches!(program, "gosu" | "su-exec" | "setpriv" | "runuser" | "setuidgid" | "s6-setuidgid" | "chpst")
    };
    match main.map(|main| &main.what) {
        Some(What::Exec(words)) => Ok(see.get(words)?.iter().any(|word| down(&word.text))),
        Some(What::Shell(script)) => {
            let mut commands = see.get(&script.pipelines)?.iter().flat_map(|pipe| &pipe.commands);
            Ok(commands.any(|command| down(command.program())))
        }
        _ => Ok(false),
    }
}

/// Nobody's user on Debian, Alpine and the bases without a system, where it is called `nonroot`.
const NOBODY: &str = "65532:65532";

fn mend(spot: &Spot) -> Mend {
    let stages = spot.dockerfile().and_then(|it| spot.see.get(&it.stages).ok());
    let Some(last) = stages.and_then(|stages| stages.last()) else {
        return Mend::Person("the file could not be read".into());
    };
    let base = match spot.see.get(&last.base) {
        Ok(Base::Image(image)) => image.repository.as_str(),
        _ => "",
    };
    let user = if base == "library/node" { "node" } else { NOBODY };
    let own = |name: &str| last.instructions.iter().rfind(|it| it.name == name);
    let edit = |at: &Pos, rewrite| {
        let place = spot.fault.at.clone().unwrap_or_else(|| at.clone());
        spot.instruction_at(&Pos { file: place.file, ..at.clone() }, rewrite)
    };
    let edits = match (own("USER"), own("ENTRYPOINT").or_else(|| own("CMD")), last.instructions.last()) {
        (Some(said), ..) => match &said.what {
            What::Text(text) if spot.see.get(text).is_ok() => {
                let text = spot.see.get(text).cloned().unwrap_or_default();
                vec![edit(&said.at, Rewrite::Word(text, user.into()))]
            }
            _ => return Mend::Person("its USER is filled in by the build".into()),
        },
        (None, Some(main), _) => vec![edit(&main.at, Rewrite::Before(format!("USER {user}")))],
        (None, None, Some(end)) => vec![edit(&end.at, Rewrite::After(format!("USER {user}")))],
        (None, None, None) => vec![edit(&last.at, Rewrite::After(format!("USER {user}")))],
    };
    Mend::to_try(
        edits,
        "files that it writes must belong to that user (COPY --chown), ports below 1024 are closed to it",
    )
}
