//! A real image, read in three ways: from the engine, from an archive and from a layout. All say the same, and what
//! they say is what the image's own programs say.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod real;

use real::{docker, endpoint, output};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

const IMAGE: &str = "tyrian-lab/debian:12";

/// A directory of this test alone, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The one image of a snapshot.
fn image(arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["facts", "collect", "--quiet"].iter().chain(arguments).copied().collect();
    let mut snapshot: Value = serde_json::from_slice(&output(&all)).unwrap();
    let rows = snapshot["facts"]["image"]["images"]["rows"].take();
    let rows = rows.as_object().unwrap();
    assert_eq!(rows.len(), 1, "{:?}", rows.keys());
    rows.values().next().unwrap().clone()
}

/// The value of a fact, which is no gap.
fn is<'a>(image: &'a Value, what: &str) -> &'a Value {
    image[what].get("is").unwrap_or_else(|| panic!("{what} is a gap: {}", image[what]))
}

/// Version of each package, as the snapshot has it.
fn packages(image: &Value) -> BTreeMap<String, String> {
    let rows = image["software"]["rows"].as_object().unwrap();
    assert_eq!(image["software"]["gaps"], serde_json::json!([]));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.values()
        .filter(|it| it["kind"] == "deb")
        .map(|it| (text(&it["name"]), text(&it["version"])))
        .collect()
}

#[test]
fn packages_and_size_are_what_the_image_itself_says() {
    let Some(engine) = tyrian_lab::docker("packages_and_size_are_what_the_image_itself_says") else { return };
    let read = image(&[&format!("image:{IMAGE}"), "--docker-host", &endpoint(&engine)]);
    let query = ["run", "--rm", "--network", "none", IMAGE, "dpkg-query", "-W"];
    let said =
        docker(&engine, &[&query[..], &["-f", "${db:Status-Status} ${Package} ${Version}\n"]].concat());
    let said: BTreeMap<String, String> = said
        .lines()
        .filter_map(|line| line.strip_prefix("installed "))
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect();
    assert!(said.len() > 50, "{said:?}");
    assert_eq!(packages(&read), said);

    let size = is(&read, "size").as_f64().unwrap();
    let inspected: f64 = docker(&engine, &["inspect", "-f", "{{.Size}}", IMAGE]).parse().unwrap();
    assert!((size / inspected - 1.0).abs() < 0.02, "{size} is not near {inspected}");
    let id = docker(&engine, &["inspect", "-f", "{{.Id}}", IMAGE]);
    assert_eq!(is(&read, "config_digest"), &Value::from(id));

    // Which files have the setuid bit is asked of a program that knows nothing of layers.
    let find =
        ["run", "--rm", "--network", "none", IMAGE, "find", "/", "-xdev", "-type", "f", "-perm", "-4000"];
    let mut said: Vec<String> = docker(&engine, &find).lines().map(str::to_owned).collect();
    said.sort();
    let files = is(&read, "files").as_object().unwrap();
    let setuid =
        files.iter().filter(|(_, it)| it["kind"] == "regular" && it["mode"].as_u64().unwrap() & 0o4000 != 0);
    assert_eq!(setuid.map(|(path, _)| path.clone()).collect::<Vec<_>>(), said);
}

#[test]
fn an_archive_and_a_layout_say_the_same_as_the_engine() {
    let test = "an_archive_and_a_layout_say_the_same_as_the_engine";
    let Some(engine) = tyrian_lab::docker(test) else { return };
    let Some(skopeo) = tyrian_lab::tool(test, "skopeo") else { return };
    let scratch = Scratch::new("image");
    let (archive, layout) = (scratch.0.join("image.tar"), scratch.0.join("layout"));
    docker(&engine, &["save", "-o", archive.to_str().unwrap(), IMAGE]);
    let copied = Command::new(skopeo)
        .args(["copy", "--quiet", "--insecure-policy", "--dest-compress"])
        .arg(format!("docker-archive:{}", archive.display()))
        .arg(format!("oci:{}:12", layout.display()))
        .status()
        .unwrap();
    assert!(copied.success());

    let of_engine = image(&[&format!("image:{IMAGE}"), "--docker-host", &endpoint(&engine)]);
    let of_archive = image(&[&format!("archive:{}", archive.display())]);
    let of_layout = image(&[&format!("oci:{}", layout.display())]);
    assert_eq!(packages(&of_engine), packages(&of_archive));
    for what in ["config_digest", "size", "distribution", "files", "user", "env", "history", "created"] {
        assert_eq!(is(&of_engine, what), is(&of_archive, what), "{what} of the archive");
        if what != "config_digest" {
            assert_eq!(is(&of_engine, what), is(&of_layout, what), "{what} of the layout");
        }
    }
}
