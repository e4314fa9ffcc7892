//! Dockerfiles of several languages, with and without stages.

use super::{Fault, Files, Ordinary, Random, faults, with_faults};

/// The instructions of a Dockerfile; each stage begins with a `FROM`.
#[derive(Clone)]
pub(crate) struct Recipe {
    lines: Vec<String>,
    /// The base of the last stage has a shell and the package manager of Debian.
    is_debian: bool,
}

pub(crate) fn all(random: &mut Random, count: usize) -> Vec<Ordinary> {
    with_faults(random, count, FAULTS, compose, write)
}

fn base(random: &mut Random, name: &str, tag: &str) -> String {
    match random.below(3) {
        0 => format!("{name}:{tag}"),
        _ => format!("{name}:{tag}@{}", random.digest()),
    }
}

fn compose(random: &mut Random) -> Recipe {
    let mut lines = Vec::new();
    let say =
        |lines: &mut Vec<String>, more: &[&str]| lines.extend(more.iter().map(|line| (*line).to_owned()));
    let kind = random.below(6);
    let user = random.pick(&["1000:1000", "10001", "app", "nobody", "65532:65532"]);
    match kind {
        0 => {
            let from = base(random, "python", random.clone().pick(&["3.12-slim-bookworm", "3.13-slim"]));
            if random.chance(50) {
                say(
                    &mut lines,
                    &[&format!("FROM {from} AS build"), "WORKDIR /src", "COPY requirements.txt ."],
                );
                say(&mut lines, &["RUN pip wheel --require-hashes -r requirements.txt -w /wheels"]);
                say(&mut lines, &[&format!("FROM {from}"), "WORKDIR /app"]);
                say(&mut lines, &["COPY --from=build /wheels /wheels"]);
                say(
                    &mut lines,
                    &["RUN pip install --no-cache-dir --no-index /wheels/*.whl && rm -rf /wheels"],
                );
            } else {
                say(
                    &mut lines,
                    &[&format!("FROM {from}"), "ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1", "WORKDIR /app"],
                );
                say(
                    &mut lines,
                    &["COPY requirements.txt .", "RUN pip install --require-hashes -r requirements.txt"],
                );
            }
            say(&mut lines, &["COPY app/ ./app/"]);
        }
        1 => {
            let from = base(random, "node", random.clone().pick(&["22-bookworm-slim", "24-trixie-slim"]));
            say(&mut lines, &[&format!("FROM {from}"), "ENV NODE_ENV=production", "WORKDIR /app"]);
            say(&mut lines, &["COPY package.json package-lock.json ./"]);
            say(
                &mut lines,
                &[random.pick(&[
                    "RUN npm ci --omit=dev && npm cache clean --force",
                    "RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev",
                ])],
            );
            say(&mut lines, &["COPY src ./src"]);
        }
        2 => {
            let from = base(random, "golang", "1.25-bookworm");
            say(
                &mut lines,
                &[
                    &format!("FROM --platform=$BUILDPLATFORM {from} AS build"),
                    "ARG TARGETOS TARGETARCH",
                    "WORKDIR /src",
                ],
            );
            say(&mut lines, &["COPY go.mod go.sum ./", "RUN go mod download", "COPY cmd ./cmd"]);
            say(
                &mut lines,
                &[
                    "RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -o /out/app ./cmd/app",
                ],
            );
            let from = base(random, "gcr.io/distroless/static-debian12", "nonroot");
            say(&mut lines, &[&format!("FROM {from}"), "COPY --from=build /out/app /app"]);
        }
        3 => {
            let from = base(
                random,
                "debian",
                random.clone().pick(&["12-slim", "13-slim", "bookworm-20261001-slim"]),
            );
            say(&mut lines, &[&format!("FROM {from}")]);
            say(&mut lines, &["SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]"]);
            say(&mut lines, &[random.pick(&[
                "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tini && rm -rf /var/lib/apt/lists/*",
                "RUN apt-get update \\\n    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \\\n        ca-certificates \\\n        # the first process\n        tini \\\n    && apt-get clean \\\n    && rm -rf /var/lib/apt/lists/*",
                "RUN <<EOF\nset -eu\napt-get update\napt-get install -y --no-install-recommends ca-certificates tini\nrm -rf /var/lib/apt/lists/*\nEOF",
            ])]);
            say(&mut lines, &["COPY --chmod=755 run.sh /usr/local/bin/run"]);
        }
        4 => {
            let from = base(random, "eclipse-temurin", "21-jre");
            let build = base(random, "maven", "3.9-eclipse-temurin-21");
            say(
                &mut lines,
                &[&format!("FROM {build} AS build"), "WORKDIR /src", "COPY pom.xml .", "COPY src ./src"],
            );
            say(&mut lines, &["RUN mvn -B -q package -DskipTests", &format!("FROM {from}")]);
            say(&mut lines, &["COPY --from=build /src/target/app.jar /app/app.jar"]);
        }
        _ => {
            let from = base(random, "alpine", "3.22");
            say(&mut lines, &["ARG VERSION=1.4.2", &format!("FROM {from}"), "ARG VERSION"]);
            say(&mut lines, &["RUN apk add --no-cache ca-certificates tini"]);
            if random.chance(50) {
                let digest = random.digest().split_off(7);
                say(
                    &mut lines,
                    &[&format!(
                        "ADD --checksum=sha256:{digest} https://dl.shop.example/app-1.4.2.tar.gz /opt/"
                    )],
                );
            } else {
                say(&mut lines, &["COPY app.sh /usr/local/bin/app"]);
            }
            say(&mut lines, &["LABEL org.opencontainers.image.version=$VERSION"]);
        }
    }
    if user == "app" {
        match kind {
            2 => {}
            5 => say(&mut lines, &["RUN addgroup -S app && adduser -S -G app -H app"]),
            _ => say(
                &mut lines,
                &["RUN groupadd --system app && useradd --system --gid app --no-create-home app"],
            ),
        }
    }
    let user = if kind == 2 && user == "app" { "nonroot" } else { user };
    if random.chance(50) {
        say(&mut lines, &[random.pick(&["EXPOSE 8080", "EXPOSE 8080/tcp 9090", "EXPOSE 3000"])]);
    }
    if random.chance(30) {
        say(
            &mut lines,
            &[random.pick(&[
                "ENV DB_PASSWORD_FILE=/run/secrets/db",
                "ENV TOKEN_TTL=3600 LOG_LEVEL=info",
                "ENV SECRET_BACKEND vault",
            ])],
        );
    }
    say(&mut lines, &[&format!("USER {user}")]);
    if random.chance(40) {
        say(&mut lines, &["HEALTHCHECK --interval=30s CMD [\"/usr/local/bin/health\"]"]);
    }
    say(
        &mut lines,
        &[random.pick(&[
            "CMD [\"run\"]",
            "ENTRYPOINT [\"/app\"]",
            "ENTRYPOINT [\"tini\", \"--\"]\nCMD [\"run\"]",
            "CMD exec run --port 8080",
        ])],
    );
    Recipe { lines, is_debian: matches!(kind, 0 | 1 | 3) }
}

fn write(recipe: &Recipe, random: &mut Random) -> Files {
    let (small, spaced, comments, returns) =
        (random.chance(15), random.chance(40), random.chance(40), random.chance(8));
    let mut text = String::new();
    if random.chance(15) {
        text.push_str("# escape=\\\n");
    }
    for line in &recipe.lines {
        if spaced && (line.starts_with("FROM") || line.starts_with("USER")) && !text.is_empty() {
            text.push('\n');
        }
        if comments && random.chance(20) {
            text.push_str("# as the others do it\n");
        }
        match line.split_once(' ') {
            Some((word, rest)) if small => text.push_str(&format!("{} {rest}", word.to_lowercase())),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    if returns {
        text = text.replace('\n', "\r\n");
    }
    let name = random.pick(&[
        "Dockerfile",
        "api/Dockerfile",
        "docker/web.Dockerfile",
        "Dockerfile.prod",
        "Containerfile",
    ]);
    vec![(name.to_owned(), text)]
}

/// A line somewhere in the last stage before its user.
fn before_user(recipe: &mut Recipe, random: &mut Random, line: &str) -> Option<()> {
    let user = recipe.lines.iter().rposition(|line| line.starts_with("USER"))?;
    let from = recipe.lines.iter().rposition(|line| line.starts_with("FROM"))?;
    let place = from + 1 + random.below(user - from);
    recipe.lines.insert(place, line.to_owned());
    Some(())
}

/// A command in the last stage, alone or behind another, where there is a shell and Debian's package manager.
fn command(recipe: &mut Recipe, random: &mut Random, command: &str) -> Option<()> {
    if !recipe.is_debian {
        return None;
    }
    let line = match random.below(5) {
        0 => format!("RUN mkdir -p /opt/tool && {command}"),
        1 => format!("RUN set -eux; \\\n    {command}"),
        2 => format!("RUN <<EOF\nset -e\n{command}\nEOF"),
        3 => format!("RUN --mount=type=cache,target=/var/cache {command}"),
        _ => format!("RUN {command}"),
    };
    before_user(recipe, random, &line)
}

fn last<'r>(recipe: &'r mut Recipe, start: &str) -> Option<&'r mut String> {
    recipe.lines.iter_mut().rev().find(|line| line.starts_with(start))
}

/// Another base of the last stage.
fn from(recipe: &mut Recipe, change: impl FnOnce(&str) -> Option<String>) -> Option<()> {
    let line = last(recipe, "FROM")?;
    let base = line.strip_prefix("FROM ")?.to_owned();
    *line = format!("FROM {}", change(&base)?);
    Some(())
}

const FAULTS: &[Fault<Recipe>] = faults! {
    "no user", ["dockerfile-root-user"], |d, _r| { if d.lines.iter().any(|l| l.contains(":nonroot")) { return None } d.lines.retain(|line| !line.starts_with("USER")); Some(()) };
    "the user of an earlier stage only", ["dockerfile-root-user"], |d, _r| { if d.lines.iter().any(|l| l.contains(":nonroot")) { return None } let first = d.lines.iter().position(|l| l.starts_with("FROM"))?; let second = d.lines.iter().rposition(|l| l.starts_with("FROM"))?; if first == second { return None } d.lines.retain(|line| !line.starts_with("USER")); d.lines.insert(second, "USER 1000".to_owned()); Some(()) };
    "USER root", ["dockerfile-root-user"], |d, r| { *last(d, "USER")? = r.pick(&["USER root", "USER 0", "USER root:root", "USER 0:0"]).to_owned(); Some(()) };
    "back to root", ["dockerfile-root-user"], |d, _r| { let user = d.lines.iter().rposition(|l| l.starts_with("USER"))?; d.lines.insert(user + 1, "USER root".to_owned()); Some(()) };
    "latest base", ["floating-base-image"], |d, _r| from(d, |base| Some(format!("{}:latest", base.split([':', '@']).next()?)));
    "base without a tag", ["floating-base-image"], |d, _r| from(d, |base| Some(base.split([':', '@']).next()?.to_owned()));
    "base by its tag", ["base-image-by-tag"], |d, _r| from(d, |base| base.split_once('@').map(|(tag, _)| tag.to_owned()));
    "an old base", ["base-image-out-of-support"], |d, r| { if !d.is_debian { return None } let old = r.pick(&["debian:8", "ubuntu:16.04", "debian:stretch-slim", "centos:7", "python:3.7-slim"]).to_owned(); from(d, |_| Some(old)) };
    "curl to a shell", ["download-piped-to-shell"], |d, r| command(d, r, "curl -fsSL https://get.tool.example/install.sh | sh");
    "wget to a shell", ["download-piped-to-shell"], |d, r| command(d, r, "wget -qO- https://get.tool.example/install | sudo bash -s -- -y");
    "a shell of a download", ["download-piped-to-shell"], |d, r| command(d, r, "bash -c \"$(curl -fsSL https://get.tool.example/install.sh)\"");
    "certificates not checked", ["unauthenticated-download"], |d, r| command(d, r, "curl -kfsSLo /opt/tool https://dl.tool.example/tool");
    "wget without certificates", ["unauthenticated-download"], |d, r| command(d, r, "wget --no-check-certificate -O /opt/tool https://dl.tool.example/tool");
    "pip that trusts a host", ["unauthenticated-download"], |d, r| command(d, r, "pip install --trusted-host pypi.shop.example shop-tools==1.2.3");
    "npm without certificates", ["unauthenticated-download"], |d, r| command(d, r, "npm config set strict-ssl false");
    "git without certificates", ["unauthenticated-download"], |d, r| command(d, r, "git -c http.sslVerify=false clone https://git.shop.example/tool.git /opt/tool");
    "packages without signatures", ["unauthenticated-download"], |d, r| command(d, r, "apt-get update && apt-get install -y --no-install-recommends --allow-unauthenticated tool && rm -rf /var/lib/apt/lists/*");
    "a download in plain text", ["plain-text-download"], |d, r| command(d, r, "curl -fsSLo /opt/tool.tar.gz http://dl.tool.example/tool.tar.gz");
    "a download that nobody compares", ["unverified-download"], |d, r| command(d, r, "curl -fsSLo /opt/tool.tar.gz https://dl.tool.example/tool.tar.gz && tar -xzf /opt/tool.tar.gz -C /opt");
    "ADD from the network", ["unverified-download"], |d, r| before_user(d, r, "ADD https://dl.tool.example/tool.tar.gz /opt/tool.tar.gz");
    "a token in ENV", ["secret-in-dockerfile"], |d, r| { let token = r.token(); before_user(d, r, &format!("ENV GITHUB_TOKEN={token}")) };
    "a token in ENV, in the old form", ["secret-in-dockerfile"], |d, r| { let token = r.token(); before_user(d, r, &format!("ENV GITHUB_TOKEN {token}")) };
    "a password in ENV", ["secret-in-dockerfile"], |d, r| { let password = r.password(); before_user(d, r, &format!("ENV LOG_LEVEL=info \\\n    DB_PASSWORD=\"{password}\"")) };
    "a password as an argument", ["build-argument-secret", "secret-in-dockerfile"], |d, r| before_user(d, r, r.clone().pick(&["ARG NPM_TOKEN", "ARG DB_PASSWORD", "ARG GITHUB_TOKEN"]));
    "a token in a command", ["secret-in-dockerfile"], |d, r| { let line = format!("git clone https://bot:{}@git.shop.example/tool.git /opt/tool", r.token()); command(d, r, &line) };
    "chmod 777", ["world-writable-in-dockerfile"], |d, r| command(d, r, "chmod -R 777 /srv");
    "chmod a+w", ["world-writable-in-dockerfile"], |d, r| command(d, r, "chmod a+rwx /srv/cache");
    "setuid", ["setuid-set-in-dockerfile"], |d, r| command(d, r, r.clone().pick(&["chmod u+s /usr/bin/find", "chmod 4755 /usr/local/bin/tool"]));
    "an SSH server", ["ssh-server-in-dockerfile"], |d, r| command(d, r, "apt-get update && apt-get install -y --no-install-recommends openssh-server && rm -rf /var/lib/apt/lists/*");
    "sudo", ["sudo-in-dockerfile"], |d, r| command(d, r, "apt-get update && apt-get install -y --no-install-recommends sudo && rm -rf /var/lib/apt/lists/*");
    "the password of root", ["account-password-in-build", "secret-in-dockerfile"], |d, r| { let line = format!("echo 'root:{}' | chpasswd", r.password()); command(d, r, &line) };
    "SSH is offered", ["image-exposes-ssh", "management-port-exposed", "ssh-server-in-dockerfile"], |d, r| before_user(d, r, "EXPOSE 22");
    "the engine's port is offered", ["management-port-exposed"], |d, r| before_user(d, r, "EXPOSE 2375");
    "a key is copied", ["secret-file-copied"], |d, r| before_user(d, r, r.clone().pick(&["COPY id_rsa /root/.ssh/id_rsa", "COPY .env /app/.env", "COPY .aws/credentials /root/.aws/credentials", "COPY .npmrc /root/.npmrc"]));
    "everything is copied", ["whole-context-copied"], |d, r| before_user(d, r, r.clone().pick(&["COPY . .", "COPY . /app", "COPY --chown=1000 ./ /app/", "ADD . /app"]));
    "a library of any version", ["library-unpinned-in-dockerfile"], |d, r| command(d, r, r.clone().pick(&["pip install requests", "npm install -g typescript", "pip3 install --no-cache-dir flask gunicorn"]));
    "not the lock file's libraries", ["unlocked-install-in-dockerfile"], |d, r| { if !d.lines.iter().any(|l| l.starts_with("FROM node")) { return None } for line in &mut d.lines { if line.contains("npm ci") { *line = "RUN npm install".to_owned(); } } r.below(2); Some(()) };
    "a second index", ["second-package-index"], |d, r| command(d, r, "pip install --extra-index-url https://pypi.shop.example/simple shop-tools==1.2.3");
    "a step without walls", ["build-step-unconfined"], |d, r| before_user(d, r, "RUN --security=insecure mount -t proc proc /mnt");
    "a mounted secret is kept", ["secret-mount-kept"], |d, r| { if !d.is_debian { return None } before_user(d, r, "RUN --mount=type=secret,id=npmrc cp /run/secrets/npmrc /root/.npmrc") };
    "the list of packages alone", ["package-index-alone"], |d, r| { if !d.is_debian { return None } before_user(d, r, "RUN apt-get update") };
    "the list of packages is kept", ["package-cache-kept"], |d, r| { if !d.is_debian { return None } before_user(d, r, "RUN apt-get update && apt-get install -y --no-install-recommends gettext-base=0.21-12") };
    "a failed download goes on", ["download-failure-hidden"], |d, r| { if d.lines.iter().any(|l| l.starts_with("SHELL")) { return None } command(d, r, "curl -fsSL https://dl.tool.example/list.txt | tee /opt/list.txt") };
    "through a shell", ["shell-form-command"], |d, _r| { d.lines.retain(|l| !l.starts_with("CMD") && !l.starts_with("ENTRYPOINT")); d.lines.push("CMD node server.js".to_owned()); Some(()) };
};
