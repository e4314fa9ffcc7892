//! No secret enters a snapshot: tokens are planted in every place where a reader takes text into facts.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

use tyrian_read::assemble::{facts, glance};
use tyrian_read::secrets::Key;

const KEY: Key = Key([5; 32]);

/// Tokens of common forms, made of parts so that this file holds none.
fn tokens() -> Vec<String> {
    let body = |length: usize, alphabet: &str, seed: u64| {
        let letters: Vec<char> = alphabet.chars().collect();
        let mut state = seed;
        (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                letters[(state >> 33) as usize % letters.len()]
            })
            .collect::<String>()
    };
    let all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let hex = "0123456789abcdef";
    vec![
        format!("AKIA{}", body(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 1)),
        format!("glpat-{}", body(20, all, 2)),
        format!("xoxb-{}-{}-{}", body(12, "0123456789", 3), body(12, "0123456789", 4), body(24, all, 5)),
        format!("sk_live_{}", body(24, all, 6)),
        format!("AIza{}", body(35, all, 7)),
        format!("dckr_pat_{}", body(27, all, 8)),
        format!("SG.{}.{}", body(22, all, 9), body(43, all, 10)),
        format!("dop_v1_{}", body(64, hex, 11)),
        format!("hvs.{}", body(90, all, 12)),
        format!("dapi{}", body(32, hex, 13)),
        format!("shpat_{}", body(32, hex, 14)),
        format!("github_pat_{}_{}", body(22, all, 16), body(59, all, 17)),
        format!("pypi-AgEIcHlwaS5vcmc{}", body(70, all, 19)),
        format!("sk-ant-api03-{}AA", body(93, all, 20)),
        format!("rk_live_{}", body(24, all, 21)),
        format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}", body(43, all, 24)),
        format!("glsa_{}_{}", body(32, all, 26), body(8, hex, 27)),
        format!(
            "xapp-1-A{}-{}-{}",
            body(10, "ABCDEFGH0123456789", 28),
            body(13, "0123456789", 29),
            body(64, hex, 30)
        ),
    ]
}

/// A password, which only the name that it goes by gives away.
const PASSWORD: &str = concat!("Tr0ub4dor", "&3-horse");

/// Files of a tree with `@T@` for a token and `@P@` for the password wherever text may stand.
const FILES: [(&str, &str); 17] = [
    (
        "compose.yaml",
        "services:\n  a:\n    image: x:1\n    command: [run, --token, @T@]\n    environment: {DB_PASSWORD: @P@, OTHER: '@T@'}\n    labels: {note: @T@, password: @P@}\n  b:\n    build: .\n    environment: ['API_KEY=@T@', 'SECRET=@P@']\n    entrypoint: sh -c 'curl -u me:@P@ https://x/?t=@T@'\n",
    ),
    (
        "Dockerfile",
        "FROM debian:12\nARG API_TOKEN=@T@\nENV PASSWORD=@P@ NOTE=@T@\nLABEL key=@T@\nRUN curl -H \"Authorization: Bearer @T@\" https://x && export DB_PASSWORD=@P@\nRUN <<E\necho @T@\nmysql --password=@P@\nE\nCMD [\"a\", \"@T@\", \"--password\", \"@P@\"]\n",
    ),
    (
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {note: @T@}, labels: {l: @T@}}\nspec:\n  containers:\n  - name: a\n    image: x:1\n    command: [a, @T@]\n    args: [--password=@P@]\n    env: [{name: DB_PASSWORD, value: @P@}, {name: N, value: @T@}]\n",
    ),
    (
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: @P@, plain: @T@, word: @P@}\ndata: {a: UEFTU1dPUkQ=}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {db_password: @P@, note: 'use @T@ here'}\n",
    ),
    (
        "enc.yaml",
        "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers: [{aescbc: {keys: [{name: k, secret: @P@}]}}]\n",
    ),
    (
        ".github/workflows/a.yml",
        "on: push\nenv: {TOKEN_X: @T@}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n    - uses: a/b@v1\n      with: {password: @P@, note: @T@}\n      env: {DB_PASSWORD: @P@}\n    - run: |\n        export API_KEY=@T@\n        login --password @P@\n",
    ),
    (
        "Jenkinsfile",
        "pipeline { agent any\n environment { DB_PASSWORD = '@P@'\n K = '@T@' }\n stages { stage('a') { steps { sh 'curl -H \"Authorization: Bearer @T@\" x'\n sh \"login --password @P@\"\n git url: 'https://me:@P@@x/y.git' } } } }\n",
    ),
    (
        "main.tf",
        "resource \"aws_db_instance\" \"a\" {\n  password = \"@P@\"\n  note = \"@T@\"\n}\nprovider \"aws\" {\n  access_key = \"@T@\"\n  secret_key = \"@P@\"\n}\n",
    ),
    (
        "deploy.sh",
        "#!/bin/sh\nexport DB_PASSWORD=@P@\ncurl -u me:@P@ https://x\necho @T@ > f\ncat <<E\npassword=@P@\n@T@\nE\n",
    ),
    (".env", "DB_PASSWORD=@P@\nKEY=@T@\n"),
    (
        "app.log",
        "2026-01-01T00:00:00Z login password=@P@ token=@T@\n2026-01-01T00:00:01Z Authorization: Bearer @T@\n",
    ),
    (
        "docker/daemon.json",
        "{\"log-opts\": {\"splunk-token\": \"@T@\", \"password\": \"@P@\"}, \"hosts\": [\"unix:///x\"]}\n",
    ),
    (
        "kubelet.yaml",
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nstaticPodURLHeader: {Authorization: ['Bearer @T@']}\nstaticPodURL: https://me:@P@@x/y?token=@T@\nnote: @T@\n",
    ),
    (
        "broken.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: b, namespace: ['@T@']}\nspec: {hostPID: '@T@', containers: [{name: c, image: '@T@ x', securityContext: {privileged: '@T@', runAsUser: '@T@'}, ports: [{hostPort: '@T@'}]}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: d}\nspec:\n  volumes: [{name: v, hostPath: {path: '/srv/@T@'}}]\n  containers: [{name: c, image: 'x:1', securityContext: {seccompProfile: {type: Localhost, localhostProfile: '@T@.json'}}, volumeMounts: [{name: v, mountPath: '/@T@'}]}]\n",
    ),
    (
        "broken/compose.yaml",
        "services:\n  a:\n    image: x:1\n    privileged: '@T@'\n    user: '@T@ x'\n    mem_limit: '@T@'\n    ports: ['@T@:@T@']\n    volumes: ['@T@:/x:@T@', '/etc:/x']\n    logging: {driver: splunk, options: {splunk-token: '@T@', password: '@P@'}}\n    ulimits: '@T@'\n    restart: '@T@'\n  b:\n    image: x:1\n    user: '@T@'\n    volumes: ['/srv/@T@:/@T@', '@T@:/v']\n    devices: ['/dev/@T@']\n    security_opt: ['seccomp=@T@.json', 'apparmor=@T@']\n    pid: 'container:@T@'\n",
    ),
    (
        "broken/Dockerfile",
        "FROM debian:12\nENV =@T@\nARG $@T@\nEXPOSE @T@\nVOLUME [1, \"@T@\"]\nUSER ${@T@\nHEALTHCHECK @T@ x\nLABEL '@T@\nCOPY @T@\nSHELL @T@\nWORKDIR /@T@\nMAINTAINER @T@\nSTOPSIGNAL @T@\n",
    ),
    (
        "package.json",
        "{\"dependencies\": {\"a\": \"git+https://me:@P@@x/y.git\", \"b\": \"git+https://@T@@x/y.git\"}}\n",
    ),
];

#[test]
fn no_token_enters_the_facts_of_a_tree() {
    for token in tokens() {
        let file = |(path, text): &(&str, &str)| {
            let text = text.replace("@T@", &token).replace("@P@", PASSWORD);
            glance(path, text.into_bytes(), &KEY)
        };
        let (facts, gaps) = facts("tree", FILES.iter().filter_map(file).collect(), &KEY);
        let text = serde_json::to_string(&facts).unwrap() + &format!("{gaps:?}");
        for secret in [token.as_str(), PASSWORD, &token.to_lowercase()] {
            let shown = |at: usize| {
                let before: String = text[..at].chars().rev().take(120).collect();
                before.chars().rev().collect::<String>()
            };
            let leaks: Vec<String> = text.match_indices(secret).map(|(at, _)| shown(at)).collect();
            assert_eq!(leaks, Vec::<String>::new(), "{} leaks", &secret[..6]);
        }
        assert!(facts.worlds.len() >= 3 && text.len() > 10_000, "the files were read");
    }
}

#[test]
fn no_token_enters_the_facts_of_an_engine() {
    for token in tokens() {
        let answers = serde_json::json!({
            "containers": [{
                "Name": "/a",
                "Args": [token],
                "Config": {"Env": [format!("DB_PASSWORD={PASSWORD}"), format!("N={token}")],
                    "Cmd": ["run", token, "--password", PASSWORD], "Entrypoint": null,
                    "Labels": {"note": token, "password": PASSWORD}, "Image": "x", "User": token},
                "Mounts": [
                    {"Type": "bind", "Source": format!("/srv/{token}"), "Destination": format!("/{token}"), "RW": true, "Propagation": "rprivate"},
                    {"Type": "volume", "Name": token, "Source": "/var/lib/x", "Destination": "/v", "RW": true},
                ],
                "HostConfig": {"Devices": [{"PathOnHost": format!("/dev/{token}")}], "DeviceRequests": null, "DeviceCgroupRules": [token],
                    "SecurityOpt": [format!("apparmor={token}")], "Tmpfs": {token.as_str(): ""}, "Privileged": false,
                    "LogConfig": {"Type": "splunk", "Config": {"splunk-token": token}}},
            }],
            "images": [{"Id": "sha256:1", "RepoTags": ["x:1"], "Config": {"User": token, "Env": [format!("SECRET={PASSWORD}")], "Labels": {"l": token}}}],
            "history": {"sha256:1": [{"CreatedBy": format!("/bin/sh -c login --password {PASSWORD} --t {token}")}]},
            "daemon_json": {"log-opts": {"splunk-token": token}},
            "command_line": ["dockerd", "--log-opt", format!("splunk-token={token}")],
        });
        let facts = tyrian_read::engine::example(&answers.to_string(), &KEY);
        let text = serde_json::to_string(&facts).unwrap();
        assert!(!text.contains(&token) && !text.contains(PASSWORD), "{} in {text}", &token[..6]);
        assert!(text.contains("/srv/") && text.contains("/dev/"), "the mounts and devices were read: {text}");
        assert!(text.contains("container:a") && text.contains("image:x:1"));
    }
}
