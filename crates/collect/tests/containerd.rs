//! A real containerd: an image is imported by its own client, and read from its store without asking it.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tyrian_collect::containerd::image;
use tyrian_collect::image::{How, archive};
use tyrian_read::secrets::Key;

const KEY: Key = Key([7; 32]);

/// containerd with everything of its own, ended with the test.
struct Real(Child, PathBuf);

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

fn put(tar: &mut ::tar::Builder<Vec<u8>>, path: &str, bytes: &[u8]) {
    let mut header = ::tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(bytes.len() as u64);
    tar.append_data(&mut header, path, bytes).unwrap();
}
fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An archive as `docker save` writes it.
fn saved(folder: &Path) -> PathBuf {
    let mut layer = ::tar::Builder::new(Vec::new());
    put(&mut layer, "etc/os-release", b"ID=debian\nVERSION_ID=12\n");
    let layer = layer.into_inner().unwrap();
    let config = json!({"os": "linux", "architecture": "amd64", "config": {"User": "web"},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", sum(&layer))]}, "history": [{"created_by": "COPY"}]});
    let config = serde_json::to_vec(&config).unwrap();
    let name = format!("{}.json", sum(&config));
    let manifest = json!([{"Config": name, "RepoTags": ["shop/web:1"], "Layers": ["0/layer.tar"]}]);
    let mut tar = ::tar::Builder::new(Vec::new());
    put(&mut tar, "0/layer.tar", &layer);
    put(&mut tar, &name, &config);
    put(&mut tar, "manifest.json", &serde_json::to_vec(&manifest).unwrap());
    let file = folder.join("image.tar");
    std::fs::write(&file, tar.into_inner().unwrap()).unwrap();
    file
}

#[test]
fn an_image_of_a_real_store_is_what_its_archive_says() {
    let test = "an_image_of_a_real_store_is_what_its_archive_says";
    let Some(program) = tyrian_lab::tool(test, "containerd") else { return };
    let Some(client) = tyrian_lab::tool(test, "ctr") else { return };
    let folder = std::env::temp_dir().join(format!("tyrian-containerd-{}", std::process::id()));
    let (root, socket) = (folder.join("var/lib/containerd"), folder.join("c.sock"));
    std::fs::create_dir_all(&root).unwrap();
    let config = format!(
        "version = 2\nroot = {root:?}\nstate = {:?}\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = {socket:?}\n[ttrpc]\naddress = {:?}\n",
        folder.join("run"),
        folder.join("t.sock")
    );
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let mut start = Command::new(program);
    start.arg("--config").arg(folder.join("config.toml")).stdout(Stdio::null()).stderr(Stdio::null());
    let real = Real(start.spawn().unwrap(), folder.clone());
    let ask = |args: &[&str]| {
        Command::new(&client).arg("-a").arg(&socket).args(["-n", "k8s.io"]).args(args).output().unwrap()
    };
    for _ in 0..300 {
        if ask(&["version"]).status.success() {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    let file = saved(&folder);
    let done = ask(&["images", "import", "--no-unpack", file.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let of = |reference: &str, namespace| {
        image(&folder, reference, namespace, &How::new(&KEY)).map(|mut all| all.remove(0))
    };
    let read: Vec<_> =
        ["shop/web:1", "docker.io/shop/web:1"].iter().map(|name| of(name, None).unwrap()).collect();
    let of_archive = archive(&file, &How::new(&KEY)).unwrap().remove(0).1;
    let missing = of("shop/other", None).unwrap_err().what;
    let elsewhere = of("shop/web:1", Some("default"));
    drop(real);
    assert_eq!(read[0], read[1]);
    assert_eq!(read[0].0, "docker.io/shop/web:1");
    let (stored, archived): (Value, Value) =
        (serde_json::to_value(&read[0].1).unwrap(), serde_json::to_value(&of_archive).unwrap());
    for part in ["files", "distribution", "size", "user", "history", "config_digest"] {
        assert_eq!(stored[part], archived[part], "{part}");
        assert!(stored[part]["is"] != Value::Null, "{part}: {}", stored[part]);
    }
    assert!(stored["repo_digests"]["is"][0].as_str().unwrap().starts_with("docker.io/shop/web@sha256:"));
    assert!(missing.contains("it has docker.io/shop/web:1"), "{missing}");
    assert!(elsewhere.is_err());
    assert!(image(&folder.join("run"), "a", None, &How::new(&KEY)).unwrap_err().what.contains("no store"));
}
