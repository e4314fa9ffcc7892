//! Registries, honest and lying, and a real one: what comes from them is what an archive of the same image says, or a
//! gap that says what is wrong.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use tyrian_collect::image::{Cache, How};
use tyrian_collect::registry::{Client, image, settings};
use tyrian_model::fact::{Gap, Why};
use tyrian_model::image::Image;
use tyrian_read::secrets::Key;

const KEY: Key = Key([7; 32]);

/// What was asked: the path and the headers in lower case.
type Asked = (String, HashMap<String, String>);

/// What a liar answers to a path.
type Lie = fn(&str) -> Option<Vec<u8>>;

/// A server on this machine; `answer` gets what is asked, and how often that path was asked before, and gives the whole
/// answer, or nothing: it hangs.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

fn server(answer: impl Fn(&Asked, usize) -> Option<Vec<u8>> + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let (list, answer) = (Arc::clone(&asked), Arc::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (list, answer) = (Arc::clone(&list), Arc::clone(&answer));
            thread::spawn(move || speak(stream.unwrap(), &list, &*answer));
        }
    });
    Server { address, asked }
}

fn speak(mut stream: TcpStream, list: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked, usize) -> Option<Vec<u8>>) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return,
        }
    }
    let request = String::from_utf8(request).unwrap();
    let path = request.split(' ').nth(1).unwrap().to_owned();
    let headers = request.lines().skip(1).filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let before = {
        let mut list = list.lock().unwrap();
        let before = list.iter().filter(|(other, _)| *other == path).count();
        list.push((path.clone(), headers));
        before
    };
    let asked = list.lock().unwrap().iter().rfind(|(other, _)| *other == path).unwrap().clone();
    match answer(&asked, before) {
        Some(answer) => drop(stream.write_all(&answer)),
        None => thread::sleep(Duration::from_secs(20)),
    }
}

fn says(status: &str, headers: &str, body: &[u8]) -> Option<Vec<u8>> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    Some([head.as_bytes(), body].concat())
}
fn sum(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// An image for two platforms with a statement beside them: documents and blobs by the last part of their paths.
fn parts() -> HashMap<String, Vec<u8>> {
    let mut parts = HashMap::new();
    let mut keep = |bytes: Vec<u8>| {
        let name = sum(&bytes);
        parts.insert(name.clone(), bytes);
        name
    };
    let mut manifest = |architecture: &str| {
        let mut tar = ::tar::Builder::new(Vec::new());
        let text = format!("ID=debian\nVERSION_ID=12\nARCHITECTURE={architecture}\n");
        let mut header = ::tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, "etc/os-release", text.as_bytes()).unwrap();
        let many: Vec<u8> =
            (0..200_000_u32).flat_map(|number| (number.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
        let mut header = ::tar::Header::new_gnu();
        header.set_mode(0o4755);
        header.set_size(many.len() as u64);
        tar.append_data(&mut header, format!("bin/{architecture}"), &many[..]).unwrap();
        let layer = tar.into_inner().unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&layer).unwrap();
        let config = json!({"os": "linux", "architecture": architecture, "config": {"User": "web"},
            "rootfs": {"type": "layers", "diff_ids": [sum(&layer)]}, "history": [{"created_by": "COPY"}]});
        let mut point = |kind: &str, bytes: Vec<u8>| {
            let size = bytes.len();
            json!({"mediaType": format!("application/vnd.oci.image.{kind}"), "size": size, "digest": keep(bytes)})
        };
        let config = point("config.v1+json", serde_json::to_vec(&config).unwrap());
        let layer = point("layer.v1.tar+gzip", gzip.finish().unwrap());
        let manifest = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config, "layers": [layer]});
        let mut pointer = point("manifest.v1+json", serde_json::to_vec(&manifest).unwrap());
        pointer["platform"] = json!({"os": "linux", "architecture": architecture});
        pointer
    };
    let (amd, arm) = (manifest("amd64"), manifest("arm64"));
    let index = json!({"schemaVersion": 2, "manifests": [
        {"digest": sum(b"a statement"), "platform": {"os": "unknown", "architecture": "unknown"}, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
        amd, arm]});
    let index = serde_json::to_vec(&index).unwrap();
    parts.insert(sum(&index), index.clone());
    parts.insert("1".into(), index);
    parts
}

/// The honest answer to a path.
fn honest(parts: &HashMap<String, Vec<u8>>, path: &str) -> Option<Vec<u8>> {
    if path == "/v2/" {
        return says("200 OK", "", b"{}");
    }
    match parts.get(path.rsplit('/').next().unwrap()).filter(|_| path.starts_with("/v2/shop/web/")) {
        Some(bytes) => says("200 OK", "", bytes),
        None => says("404 Not Found", "", b""),
    }
}

fn client(logins: Vec<PathBuf>) -> Client {
    let quick = Some(Duration::from_millis(700));
    let config = settings().timeout_recv_response(quick).timeout_per_read(quick).build();
    Client { config, wait: Duration::from_millis(1), logins }
}
fn of(server: &Server, tag: &str) -> Result<Image, Gap> {
    let how = How { platform: Some("linux/amd64"), ..How::new(&KEY) };
    image(&format!("{}/shop/web{tag}", server.address), &client(Vec::new()), &how)
        .map(|mut all| all.remove(0).1)
}
fn value(image: &Image) -> Value {
    serde_json::to_value(image).unwrap()
}
fn is_whole(read: Result<Image, Gap>) {
    let image = value(&read.unwrap());
    assert_eq!(image["files"]["is"]["/bin/amd64"]["mode"], 0o4755, "{}", image["files"]);
    assert_eq!((&image["user"]["is"], &image["distribution"]["is"]["id"]), (&json!("web"), &json!("debian")));
}
fn layer_of(parts: &HashMap<String, Vec<u8>>) -> Vec<String> {
    parts.iter().filter(|(_, bytes)| bytes.starts_with(&[0x1f, 0x8b])).map(|(name, _)| name.clone()).collect()
}

#[test]
fn an_image_is_read_for_its_platform_and_known_by_its_digest() {
    let parts = parts();
    let index = sum(&parts["1"]);
    let server = server(move |(path, _), _| honest(&parts, path));
    is_whole(of(&server, ":1"));
    let image = value(&of(&server, ":1").unwrap());
    assert_eq!(image["repo_digests"]["is"], json!([format!("{}/shop/web@{index}", server.address)]));
    is_whole(of(&server, &format!("@{index}")));
    let how = How { platform: Some("linux/arm64"), ..How::new(&KEY) };
    let reference = format!("{}/shop/web:1", server.address);
    let arm = image_of(&reference, &how);
    assert!(arm.unwrap()["files"]["is"]["/bin/arm64"].is_object());
    let how = How { platform: Some("linux/s390x"), ..How::new(&KEY) };
    let gap = image_of(&reference, &how).unwrap_err().what;
    assert!(gap.contains("no image for linux/s390x; there is linux/amd64, linux/arm64"), "{gap}");
    assert!(of(&server, ":2").unwrap_err().what.contains("there is none"));
    assert!(of(&server, &format!("@{}", sum(b"other"))).is_err());
    assert!(of(&server, ":a/b").unwrap_err().what.contains("no reference"));
}

fn image_of(reference: &str, how: &How<'_>) -> Result<Value, Gap> {
    image(reference, &client(Vec::new()), how).map(|mut all| value(&all.remove(0).1))
}

#[test]
fn a_login_goes_to_its_registry_and_to_nobody_else() {
    let parts = parts();
    let layers = layer_of(&parts);
    let blobs = parts.clone();
    let elsewhere = server(move |(path, _), _| says("200 OK", "", &blobs[path.rsplit('/').next().unwrap()]));
    let store = elsewhere.address.clone();
    let registry = server(move |(path, headers), _| {
        let here = &headers["host"];
        if path.starts_with("/token?") {
            assert!(
                path.contains("scope=repository%3Ashop%2Fweb%3Apull") && path.contains("service=reg"),
                "{path}"
            );
            return match headers.get("authorization").map(String::as_str) {
                Some("Basic YW5uOnNlc2FtZQ==") => says("200 OK", "", br#"{"token": "T0KEN"}"#),
                _ => says("401 Unauthorized", "", b""),
            };
        }
        if headers.get("authorization").map(String::as_str) != Some("Bearer T0KEN") {
            let how = format!("WWW-Authenticate: Bearer realm=\"http://{here}/token\",service=\"reg\"\r\n");
            return says("401 Unauthorized", &how, b"");
        }
        match layers.iter().any(|layer| path.ends_with(layer.as_str())) {
            true => says("307 Temporary Redirect", &format!("Location: http://{store}{path}\r\n"), b""),
            false => honest(&parts, path),
        }
    });
    let gap = of(&registry, ":1").unwrap_err();
    assert!(gap.why == Why::Denied && gap.what.contains("docker login"), "{gap:?}");
    let folder = std::env::temp_dir().join(format!("tyrian-login-{}", std::process::id()));
    let config = json!({"auths": {registry.address.clone(): {"auth": "YW5uOnNlc2FtZQ=="}}});
    std::fs::write(&folder, config.to_string()).unwrap();
    let how = How { platform: Some("linux/amd64"), ..How::new(&KEY) };
    let reference = format!("{}/shop/web:1", registry.address);
    let read = image(&reference, &client(vec![folder.clone()]), &how).map(|mut all| all.remove(0).1);
    std::fs::remove_file(&folder).unwrap();
    is_whole(read);
    let asked = elsewhere.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert!(!asked[0].1.contains_key("authorization"), "{asked:?}");
}

#[test]
fn what_passes_is_asked_again_and_what_breaks_off_goes_on() {
    let parts = parts();
    let layers = layer_of(&parts);
    let server = server(move |(path, headers), before| {
        let layer = layers.iter().find(|layer| path.ends_with(layer.as_str()));
        match (layer, before) {
            (_, 0) if path != "/v2/" => says("429 Too Many Requests", "Retry-After: 0\r\n", b""),
            (None, 1) if path != "/v2/" => says("503 Service Unavailable", "", b""),
            (Some(layer), 1) => {
                // It says more than it gives.
                let whole = says("200 OK", "", &parts[layer])?;
                Some(whole[..whole.len() / 2].to_vec())
            }
            (Some(layer), 2) => {
                let from: usize =
                    headers["range"].strip_prefix("bytes=")?.strip_suffix('-')?.parse().unwrap();
                let (bytes, all) = (&parts[layer], parts[layer].len());
                let range = format!("Content-Range: bytes {from}-{}/{all}\r\n", all - 1);
                let whole = says("206 Partial Content", &range, &bytes[from..])?;
                Some(whole[..whole.len() - 1000].to_vec())
            }
            // From here on it begins anew each time.
            _ => honest(&parts, path),
        }
    });
    is_whole(of(&server, ":1"));
}

#[test]
fn whoever_lies_is_not_believed() {
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut parts = parts();
        for layer in layer_of(&parts) {
            change(parts.get_mut(&layer).unwrap());
        }
        let server = server(move |(path, _), _| honest(&parts, path));
        of(&server, ":1")
    };
    for (name, read) in [
        ("other bytes", changed(|bytes| *bytes.last_mut().unwrap() ^= 1)),
        ("more bytes", changed(|bytes| bytes.push(0))),
        ("no layer", changed(|bytes| *bytes = b"{}".to_vec())),
        ("cut", changed(|bytes| bytes.truncate(1000))),
    ] {
        let image = value(&read.unwrap());
        assert!(image["files"]["gap"].is_object() && image["packages"]["gap"].is_object(), "{name}: {image}");
        assert_eq!(image["user"]["is"], "web", "{name}");
    }
    let one = |answer: Lie| {
        let server = server(move |(path, _), _| match path.as_str() {
            "/v2/" => says("200 OK", "", b"{}"),
            path => answer(path),
        });
        of(&server, ":1").unwrap_err().what
    };
    let lies: &[(Lie, &str)] = &[
        (|_| says("500 Oops", "", b""), "also when asked 4 times"),
        (|_| says("401 Unauthorized", "", b""), "does not say how to log in"),
        (
            |_| says("401 Unauthorized", "WWW-Authenticate: Basic realm=x\r\n", b""),
            "wants a name and a password",
        ),
        (
            |_| says("401 Unauthorized", "WWW-Authenticate: Bearer realm=\"http://192.0.2.1/\"\r\n", b""),
            "without TLS",
        ),
        (|_| says("302 Found", "Location: http://192.0.2.1/a\r\n", b""), "without TLS"),
        (|_| says("302 Found", "Location: file:///etc/passwd\r\n", b""), "without TLS"),
        (|path| says("302 Found", &format!("Location: {path}\r\n"), b""), "more than 5 redirects"),
        (|_| says("418 Teapot", "", b""), "status 418"),
        (|_| says("200 OK", "", b"nonsense"), "a manifest"),
        (|_| says("200 OK", "", &vec![b'['; 9 << 20]), "larger than 8 MiB"),
        (
            |_| {
                says("200 OK", "", br#"{"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": "a"}, "layers": []}"#)
            },
            "no image but something else",
        ),
        (|_| Some(b"\0\0\0\0".to_vec()), "also when asked"),
        (|_| None, "also when asked"),
    ];
    for (answer, told) in lies {
        let gap = one(*answer);
        assert!(gap.contains(told), "{gap:?} does not say {told:?}");
    }
}

#[test]
fn what_was_read_before_is_not_fetched_again() {
    let folder = std::env::temp_dir().join(format!("tyrian-fetched-{}", std::process::id()));
    let parts = parts();
    let layers = layer_of(&parts);
    let server = server(move |(path, _), _| honest(&parts, path));
    let cache = Cache::open(&folder).unwrap();
    let how = How { platform: Some("linux/amd64"), cache: Some(&cache), ..How::new(&KEY) };
    let reference = format!("{}/shop/web:1", server.address);
    let first = image_of(&reference, &how);
    let second = image_of(&reference, &how);
    drop(cache);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(first.unwrap(), second.unwrap());
    let asked = server.asked.lock().unwrap();
    let fetched = asked.iter().filter(|(path, _)| layers.iter().any(|layer| path.ends_with(layer.as_str())));
    assert_eq!(fetched.count(), 1);
}

/// Debian's registry, ended with the test.
struct Real(Child, PathBuf);

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

/// skopeo pushes, docker-registry keeps, and what is read is what the archive says.
#[test]
fn a_real_registry_gives_what_was_pushed() {
    let test = "a_real_registry_gives_what_was_pushed";
    let Some(program) = tyrian_lab::tool(test, "docker-registry") else { return };
    let Some(skopeo) = tyrian_lab::tool(test, "skopeo") else { return };
    let folder = std::env::temp_dir().join(format!("tyrian-registry-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    // A port that is free now.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = json!({"version": 0.1, "log": {"level": "error"}, "storage": {"filesystem": {"rootdirectory": folder}},
        "http": {"addr": format!("127.0.0.1:{port}")}});
    std::fs::write(folder.join("config.yml"), config.to_string()).unwrap();
    let mut serve = Command::new(program);
    serve.arg("serve").arg(folder.join("config.yml")).stdout(Stdio::null()).stderr(Stdio::null());
    let real = Real(serve.spawn().unwrap(), folder.clone());
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let parts = parts();
    let layout = folder.join("layout");
    std::fs::create_dir_all(layout.join("blobs/sha256")).unwrap();
    for (name, bytes) in parts.iter().filter(|(name, _)| *name != "1") {
        std::fs::write(layout.join("blobs").join(name.replace(':', "/")), bytes).unwrap();
    }
    let index: Value = serde_json::from_slice(&parts["1"]).unwrap();
    let amd = index["manifests"][1].clone();
    std::fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion": "1.0.0"}"#).unwrap();
    std::fs::write(layout.join("index.json"), json!({"schemaVersion": 2, "manifests": [amd]}).to_string())
        .unwrap();
    let pushed = Command::new(skopeo)
        .args(["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"])
        .arg(format!("oci:{}", layout.display()))
        .arg(format!("docker://127.0.0.1:{port}/shop/web:1"))
        .output()
        .unwrap();
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    let reference = format!("127.0.0.1:{port}/shop/web:1");
    let read = image(&reference, &client(Vec::new()), &How::new(&KEY)).map(|mut all| all.remove(0).1);
    let of_layout = tyrian_collect::image::oci(&layout, &How::new(&KEY)).unwrap().remove(0).1;
    drop(real);
    let read = read.unwrap();
    is_whole(Ok(read.clone()));
    for part in ["files", "packages", "size", "distribution", "user", "history"] {
        assert_eq!(value(&read)[part], value(&of_layout)[part], "{part}");
    }
}
