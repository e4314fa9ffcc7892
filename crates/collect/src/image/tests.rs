//! Images: archives and layouts, ordinary and hostile.

use super::*;
use serde_json::{Value, json};

const KEY: Key = Key([7; 32]);

/// A tar of files: path, mode, content. A path that ends with a slash is a directory; `a -> b` a symbolic
/// link, `a => b` a hard one.
fn tar_of(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (path, mode, content) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_uid(7);
        header.set_gid(8);
        header.set_size(0);
        if let Some((path, target)) = path.split_once(" -> ") {
            header.set_entry_type(::tar::EntryType::Symlink);
            builder.append_link(&mut header, path, target).unwrap();
        } else if let Some((path, target)) = path.split_once(" => ") {
            header.set_entry_type(::tar::EntryType::Link);
            builder.append_link(&mut header, path, target).unwrap();
        } else {
            let kind =
                if path.ends_with('/') { ::tar::EntryType::Directory } else { ::tar::EntryType::Regular };
            header.set_entry_type(kind);
            header.set_size(content.len() as u64);
            builder.append_data(&mut header, path, *content).unwrap();
        }
    }
    builder.into_inner().unwrap()
}
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}
fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}
fn sum(bytes: &[u8]) -> String {
    digest(Sha256::new().chain_update(bytes))
}
fn blob(bytes: &[u8]) -> String {
    format!("blobs/sha256/{}", &sum(bytes)[7..])
}
fn config_of(layers: &[Vec<u8>], config: Value) -> Vec<u8> {
    let sums: Vec<String> = layers.iter().map(|layer| sum(layer)).collect();
    let config = json!({"created": "2024-05-01T10:00:00.5+02:00", "config": config, "rootfs": {"type": "layers", "diff_ids": sums},
        "history": [{"created_by": "RUN echo root:sesame9 | chpasswd"}]});
    serde_json::to_vec(&config).unwrap()
}
/// An archive as `docker save` writes it, with the manifest at its end.
fn saved(layers: &[Vec<u8>], config: Value) -> Vec<u8> {
    let config = config_of(layers, config);
    let config_path = format!("{}.json", &sum(&config)[7..]);
    let paths: Vec<String> = (0..layers.len()).map(|at| format!("{at}/layer.tar")).collect();
    let manifest =
        serde_json::to_vec(&json!([{"Config": config_path, "RepoTags": ["shop/web:1.0"], "Layers": paths}]))
            .unwrap();
    let mut files: Vec<(&str, u32, &[u8])> =
        layers.iter().zip(&paths).map(|(layer, path)| (path.as_str(), 0o644, layer.as_slice())).collect();
    files.push((&config_path, 0o644, &config));
    files.push(("manifest.json", 0o644, &manifest));
    tar_of(&files)
}
fn one(archive: &[u8]) -> Value {
    let mut images = stream(archive, &How::new(&KEY)).unwrap();
    assert_eq!(images.len(), 1);
    serde_json::to_value(images.remove(0).1).unwrap()
}
/// Version, architecture and source of the package of that name.
fn package(image: &Value, name: &str) -> Value {
    let rows = image["software"]["rows"].as_object().unwrap();
    let row = rows.values().find(|row| row["name"] == name).unwrap();
    json!([row["version"], row["architecture"], row["source"]])
}

fn gap(value: &Value) -> &str {
    value["gap"]["what"].as_str().unwrap_or_else(|| panic!("no gap: {value}"))
}
fn paths(image: &Value) -> Vec<&str> {
    image["files"]["is"]
        .as_object()
        .unwrap_or_else(|| panic!("{}", image["files"]))
        .keys()
        .map(String::as_str)
        .collect()
}

const OS: &[u8] = b"NAME=Debian\nID=debian\nVERSION_ID=\"12\"\n";
const DPKG: &[u8] =
    b"Package: libc6\nStatus: install ok installed\nSource: glibc\nVersion: 2.36-9\nArchitecture: amd64\n";

fn layers() -> Vec<Vec<u8>> {
    vec![
        tar_of(&[
            ("etc/", 0o755, b""),
            ("etc/os-release -> ../usr/lib/os-release", 0o777, b""),
            ("usr/lib/os-release", 0o644, OS),
            ("var/lib/dpkg/status", 0o644, DPKG),
            ("srv/.env", 0o600, b"DB_PASSWORD=correcthorse9\n"),
            ("srv/kept", 0o4755, b"abc"),
            ("old/a/b", 0o644, b"x"),
            ("opq/lower", 0o644, b"x"),
            ("was-dir/x", 0o644, b"x"),
            ("was-dir/", 0o755, b""),
        ]),
        tar_of(&[
            ("srv/.wh..env", 0o600, b""),
            (".wh.old", 0o600, b""),
            ("opq/new", 0o644, b"yy"),
            ("opq/.wh..wh..opq", 0o600, b""),
            ("was-dir", 0o640, b"now a file"),
            ("srv/link => srv/kept", 0o644, b""),
            ("srv/again => was-dir", 0o644, b""),
        ]),
    ]
}

#[test]
fn a_saved_image_is_read_whole() {
    let layers = layers();
    let config = json!({"User": "1000", "Env": ["PATH=/bin", "DB_PASSWORD=hunter2"], "Labels": {"team": "shop"},
        "ExposedPorts": {"22/tcp": {}}, "Healthcheck": {"Test": ["CMD", "true"]}});
    let image = one(&saved(&layers, config));
    assert_eq!(
        paths(&image),
        [
            "/etc",
            "/etc/os-release",
            "/opq/new",
            "/srv/again",
            "/srv/kept",
            "/srv/link",
            "/usr/lib/os-release",
            "/var/lib/dpkg/status",
            "/was-dir"
        ]
    );
    let files = &image["files"]["is"];
    assert_eq!(
        files["/srv/kept"],
        json!({"kind": "regular", "mode": 0o4755, "uid": 7, "gid": 8, "size": 3, "layer": 0})
    );
    // A hard link to a file below is that file, in the layer of the link.
    assert_eq!(
        files["/srv/link"],
        json!({"kind": "regular", "mode": 0o4755, "uid": 7, "gid": 8, "size": 3, "layer": 1})
    );
    assert_eq!(files["/srv/again"]["size"], 10);
    assert_eq!(files["/etc/os-release"]["kind"], "symlink");
    assert_eq!(image["distribution"]["is"], json!({"id": "debian", "version": "12"}));
    assert_eq!(package(&image, "libc6"), json!(["2.36-9", "amd64", {"name": "glibc", "version": null}]));
    let secrets = image["secrets"]["is"].as_array().unwrap();
    assert_eq!(secrets.len(), 1);
    assert_eq!(
        (&secrets[0]["path"], &secrets[0]["layer"], &secrets[0]["deleted"]),
        (&json!("/srv/.env"), &json!(0), &json!(true))
    );
    assert_eq!(secrets[0]["sighting"]["at"], json!({"line": 1, "column": 13}));
    assert_eq!(image["user"]["is"], "1000");
    assert_eq!(image["env"]["is"]["DB_PASSWORD"]["text"], "[password]");
    assert_eq!(image["history"]["is"][0]["text"], "RUN echo root:[password] | chpasswd");
    assert_eq!(image["created"]["is"], 1_714_550_400);
    assert_eq!(image["health_check"]["is"], true);
    assert_eq!(image["exposed_ports"]["is"], json!(["22/tcp"]));
    assert_eq!(image["size"]["is"], (OS.len() + DPKG.len() + 26 + 3 + 3 + 2 + 10) as u64);
    assert!(
        !image.to_string().contains("hunter2")
            && !image.to_string().contains("correcthorse9")
            && !image.to_string().contains("sesame9")
    );
}

/// An OCI layout: path and content of its files. `pack` compresses a layer.
fn layout(layers: &[Vec<u8>], pack: fn(&[u8]) -> Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let config = config_of(layers, json!({"User": "web"}));
    let packed: Vec<Vec<u8>> = layers.iter().map(|layer| pack(layer)).collect();
    let pointers: Vec<Value> = packed.iter().map(|layer| json!({"digest": sum(layer)})).collect();
    let manifest =
        serde_json::to_vec(&json!({"config": {"digest": sum(&config)}, "layers": pointers})).unwrap();
    let statement = serde_json::to_vec(&json!({"config": {"digest": sum(b"{}")}, "layers": []})).unwrap();
    let index = serde_json::to_vec(&json!({"manifests": [
        {"digest": sum(&statement), "annotations": {"vnd.docker.reference.type": "attestation-manifest"}, "platform": {"os": "unknown", "architecture": "unknown"}},
        {"digest": sum(b"another platform's"), "platform": {"os": "linux", "architecture": "s390x"}},
        {"digest": sum(&manifest), "platform": {"os": "linux", "architecture": platform().split('/').nth(1)}},
    ]})).unwrap();
    let top = json!({"manifests": [{"digest": sum(&index), "annotations": {"org.opencontainers.image.ref.name": "web"}}]});
    let mut files = vec![("index.json".to_owned(), serde_json::to_vec(&top).unwrap())];
    files.extend(
        [config, manifest, statement, index].into_iter().chain(packed).map(|bytes| (blob(&bytes), bytes)),
    );
    files
}

#[test]
fn layouts_and_archives_of_them_tell_the_same_however_they_are_packed() {
    let layers = layers();
    let expected = one(&saved(&layers, json!({"User": "web"})));
    for (number, pack) in [<[u8]>::to_vec as fn(&[u8]) -> Vec<u8>, gzip, zstd].into_iter().enumerate() {
        let files = layout(&layers, pack);
        let borrowed: Vec<(&str, u32, &[u8])> =
            files.iter().map(|(path, bytes)| (path.as_str(), 0o644, bytes.as_slice())).collect();
        let dir = std::env::temp_dir().join(format!("tyrian-layout-{}-{number}", std::process::id()));
        fs::create_dir_all(dir.join("blobs/sha256")).unwrap();
        files.iter().for_each(|(path, bytes)| fs::write(dir.join(path), bytes).unwrap());
        let from_dir = oci(&dir, &How::new(&KEY));
        fs::remove_dir_all(&dir).unwrap();
        let from_tar = stream(&gzip(&tar_of(&borrowed))[..], &How::new(&KEY)).unwrap();
        assert_eq!(from_dir.unwrap(), from_tar);
        assert_eq!(from_tar[0].0, "web");
        let image = serde_json::to_value(&from_tar[0].1).unwrap();
        for part in ["files", "software", "distribution", "secrets", "size", "config_digest"] {
            assert_eq!(image[part], expected[part], "{part}");
        }
    }
}

#[test]
fn new_saved_archives_that_are_layouts_too_go_by_their_own_manifest() {
    let layers = layers();
    let mut files = layout(&layers, <[u8]>::to_vec);
    let config = blob(&config_of(&layers, json!({"User": "web"})));
    let paths: Vec<String> = layers.iter().map(|layer| blob(layer)).collect();
    let manifest =
        json!([{"Config": config, "RepoTags": ["shop/web:1.0", "shop/web:latest"], "Layers": paths}]);
    files.push(("manifest.json".into(), serde_json::to_vec(&manifest).unwrap()));
    let borrowed: Vec<(&str, u32, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), 0o644, bytes.as_slice())).collect();
    let images = stream(&tar_of(&borrowed)[..], &How::new(&KEY)).unwrap();
    assert_eq!((images.len(), images[0].0.as_str(), images[0].1.names.len()), (1, "shop/web:1.0", 2));
    let image = serde_json::to_value(&images[0].1).unwrap();
    assert_eq!(image["files"], one(&saved(&layers, json!({"User": "web"})))["files"]);
    // A configuration that is not the one its path promises.
    let forged = files.iter_mut().find(|(path, _)| *path == config).unwrap();
    forged.1.push(b' ');
    let borrowed: Vec<(&str, u32, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), 0o644, bytes.as_slice())).collect();
    let image = serde_json::to_value(&stream(&tar_of(&borrowed)[..], &How::new(&KEY)).unwrap()[0].1).unwrap();
    assert!(gap(&image["config_digest"]).contains("its digest is"));
}

#[test]
fn equal_layers_of_old_archives_may_be_links() {
    let layer = tar_of(&[("a", 0o644, b"x")]);
    let config = config_of(&[layer.clone(), layer.clone()], json!({}));
    let manifest = serde_json::to_vec(
        &json!([{"Config": "config.json", "RepoTags": null, "Layers": ["1/layer.tar", "2/layer.tar"]}]),
    )
    .unwrap();
    let archive = tar_of(&[
        ("2/layer.tar -> ../1/layer.tar", 0o777, b""),
        ("1/layer.tar", 0o644, &layer),
        ("config.json", 0o644, &config),
        ("manifest.json", 0o644, &manifest),
    ]);
    let images = stream(&archive[..], &How::new(&KEY)).unwrap();
    assert_eq!(images[0].0, sum(&config));
    assert_eq!(serde_json::to_value(&images[0].1).unwrap()["files"]["is"]["/a"]["layer"], 1);
}

#[test]
fn what_is_not_what_it_is_known_by_is_a_gap() {
    let honest = layers();
    // A layer that was changed after the configuration was written.
    let mut archive = saved(&honest, json!({}));
    let at = archive.windows(26).position(|part| part == b"DB_PASSWORD=correcthorse9\n").unwrap();
    archive[at + 12] = b'X';
    let image = one(&archive);
    for part in ["files", "distribution", "secrets", "size"] {
        assert!(gap(&image[part]).contains("its digest is"), "{part}");
    }
    assert!(image["software"]["gaps"].to_string().contains("its digest is"));
    assert_eq!(image["user"]["is"], "");
    // A layer that is not there, one that is cut off, one that is nothing of the kind.
    for layer in [
        b"".to_vec(),
        honest[0][..700].to_vec(),
        gzip(&honest[0])[..200].to_vec(),
        b"{}".to_vec(),
        b"text".to_vec(),
    ] {
        let image = one(&saved(&[layer], json!({})));
        assert!(!gap(&image["files"]).is_empty());
    }
    // Wrong types in the configuration.
    let image = one(&saved(
        &honest,
        json!({"User": 7, "Env": {}, "Labels": [], "Healthcheck": "x", "ExposedPorts": 1}),
    ));
    for part in ["user", "env", "labels", "health_check", "exposed_ports"] {
        assert!(!gap(&image[part]).is_empty(), "{part}");
    }
    assert!(image["files"]["is"].is_object());
}

#[test]
fn hostile_layers_are_gaps_and_hostile_archives_errors() {
    let raw = |path: &str, link: &str, kind: ::tar::EntryType| {
        let mut header = ::tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        header.set_entry_type(kind);
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend([0; 1024]);
        bytes
    };
    for (layer, why) in [
        (raw("../../etc/passwd", "", ::tar::EntryType::Regular), "leads out"),
        (raw("a", "../../etc/shadow", ::tar::EntryType::Link), "leads out"),
        (raw("a", "not/there", ::tar::EntryType::Link), "link to what is not there"),
    ] {
        let image = one(&saved(&[layer], json!({})));
        assert!(gap(&image["files"]).contains(why), "{}", image["files"]);
    }
    // Absolute paths are taken as what they become, a file that replaces itself counts once.
    let layer =
        [&raw("/a", "", ::tar::EntryType::Regular)[..512], &raw("./a", "", ::tar::EntryType::Directory)]
            .concat();
    let image = one(&saved(&[layer], json!({})));
    assert_eq!((paths(&image), &image["files"]["is"]["/a"]["kind"]), (vec!["/a"], &json!("directory")));
    for archive in [
        b"".to_vec(),
        b"nothing".to_vec(),
        gzip(b"nothing"),
        tar_of(&[("a", 0o644, b"x")]),
        tar_of(&[("manifest.json", 0o644, b"[]"), ("manifest.json", 0o644, b"[]")]),
        tar_of(&[("manifest.json", 0o644, b"{}")]),
        raw("../manifest.json", "", ::tar::EntryType::Regular),
        "[".repeat(100_000).into_bytes(),
        tar_of(&[("manifest.json", 0o644, "[".repeat(100_000).as_bytes())]),
    ] {
        assert!(stream(&archive[..], &How::new(&KEY)).is_err());
    }
}

#[test]
fn a_layer_that_unpacks_to_too_much_is_stopped() {
    let bomb = gzip(&tar_of(&[("zeros", 0o644, &vec![0; 3_000_000])]));
    let limits = Limits::new(1_000_000, 10);
    let error = layer::layer(&bomb[..], &KEY, &limits).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("it unpacks to more than 20 GiB"));
    let many = tar_of(&[("a", 0o644, b"x"), ("b", 0o644, b"x"), ("c", 0o644, b"x")]);
    let error =
        layer::layer(&many[..], &KEY, &Limits::new(1_000_000, 2)).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("it has more than 2,000,000 files"));
    // What one layer took is not there for the next.
    let limits = Limits::new(1_000_000, 4);
    assert!(layer::layer(&many[..], &KEY, &limits).is_ok());
    assert!(layer::layer(&many[..], &KEY, &limits).is_err());
}

/// A debootstrap directory or a tar of one: packages, modes and sizes are those that dpkg and the file system tell.
#[test]
fn a_real_debian_is_read_as_it_is() {
    let Some(root) = tyrian_lab::rootfs("a_real_debian_is_read_as_it_is") else { return };
    // A tar is unpacked first, so that dpkg and find have something to look at.
    let unpacked = std::env::temp_dir().join(format!("tyrian-rootfs-{}", std::process::id()));
    let is_tar = Path::new(&root).is_file();
    let root = if is_tar {
        fs::create_dir_all(&unpacked).unwrap();
        std::process::Command::new("tar")
            .arg("-C")
            .arg(&unpacked)
            .args(["--numeric-owner", "-xpf"])
            .arg(&root)
            .status()
            .unwrap();
        unpacked.clone()
    } else {
        root
    };
    let root = root.to_str().unwrap();
    let packed = std::process::Command::new("tar")
        .args(["-C", root, "--numeric-owner", "-cf", "-", "."])
        .output()
        .unwrap();
    let image = one(&saved(&[packed.stdout], json!({})));
    assert_eq!(image["distribution"]["is"]["id"], "debian");
    let admin = format!("--admindir={root}/var/lib/dpkg");
    let listed = std::process::Command::new("dpkg-query")
        .args([&admin, "-W", "-f", "${Package} ${Version} ${Architecture}\n"])
        .output()
        .unwrap();
    let expected: Vec<String> =
        String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
    let packages = image["software"]["rows"].as_object().unwrap();
    let mut read: Vec<String> = packages
        .values()
        .filter(|package| package["kind"] == "deb")
        .map(|package| {
            let text = |key: &str| package[key].as_str().unwrap();
            format!("{} {} {}", text("name"), text("version"), text("architecture"))
        })
        .collect();
    read.sort();
    assert!(expected.len() > 50);
    assert_eq!(read, expected);
    let files = image["files"]["is"].as_object().unwrap();
    let listed = std::process::Command::new("find")
        .args([root, "-type", "f", "-printf", "/%P %m %U %G %s\n"])
        .output()
        .unwrap();
    let mut count = 0;
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        let mut parts = line.rsplitn(5, ' ').collect::<Vec<_>>();
        parts.reverse();
        let file = &files[parts[0]];
        let told =
            format!("{:o} {} {} {}", file["mode"].as_u64().unwrap(), file["uid"], file["gid"], file["size"]);
        assert_eq!(told, parts[1..].join(" "), "{}", parts[0]);
        count += 1;
    }
    assert!(count > 1000);
    if is_tar {
        fs::remove_dir_all(&unpacked).unwrap();
    }
}

/// A folder of a test, gone at its end.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("tyrian-image-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
    fn put(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn json_of(images: Vec<(String, Image)>) -> Value {
    let [(_, image)] = &images[..] else { panic!("{} images", images.len()) };
    serde_json::to_value(image).unwrap()
}

#[test]
fn a_file_tells_the_same_as_a_stream_with_and_without_what_was_kept() {
    let scratch = Scratch::new("kept");
    let bytes = saved(&layers(), json!({"User": "web"}));
    let expected = one(&bytes);
    let file = scratch.put("image.tar", &bytes);
    assert_eq!(json_of(archive(&file, &How::new(&KEY)).unwrap()), expected);
    let cache = Cache::open(&scratch.0.join("cache")).unwrap();
    let how = How { cache: Some(&cache), ..How::new(&KEY) };
    // Hashes of secrets in layers are of two keys where layers are kept; all else is equal.
    let first = json_of(archive(&file, &how).unwrap());
    let plain = |value: &Value| {
        let mut value = value.clone();
        for secret in value["secrets"]["is"].as_array_mut().unwrap() {
            assert_eq!(secret["sighting"]["hash"].as_str().unwrap().len(), 16);
            secret["sighting"]["hash"].take();
        }
        value
    };
    assert_eq!(plain(&first), plain(&expected));
    for _ in 0..2 {
        assert_eq!(json_of(archive(&file, &how).unwrap()), first);
        assert_eq!(json_of(stream(&bytes[..], &how).unwrap()), first);
    }
    // What is kept does not hide that the archive was changed.
    let mut changed = bytes.clone();
    let at = changed.windows(26).position(|part| part == b"DB_PASSWORD=correcthorse9\n").unwrap();
    changed[at + 12] = b'X';
    fs::write(&file, &changed).unwrap();
    let image = json_of(archive(&file, &how).unwrap());
    assert!(gap(&image["files"]).contains("its digest is"));
    // Nor does it matter that it is damaged.
    fs::write(&file, &bytes).unwrap();
    for entry in fs::read_dir(scratch.0.join("cache/layers")).unwrap() {
        let path = entry.unwrap().path();
        let mut kept = fs::read(&path).unwrap();
        let middle = kept.len() / 2;
        kept[middle] ^= 1;
        fs::write(&path, kept).unwrap();
    }
    assert_eq!(json_of(archive(&file, &how).unwrap()), first);
}

#[test]
fn archives_that_are_files_are_refused_where_streams_are() {
    let scratch = Scratch::new("refused");
    let whole = saved(&layers(), json!({}));
    let twice = tar_of(&[("manifest.json", 0o644, b"[]"), ("manifest.json", 0o644, b"[]")]);
    for (bytes, why) in [
        (whole[..5000].to_vec(), "in the middle of a file"),
        (twice, "it has two of manifest.json"),
        (tar_of(&[("a", 0o644, b"x")]), "neither manifest.json nor index.json"),
        (gzip(&tar_of(&[("a", 0o644, b"x")])), "neither manifest.json nor index.json"),
        (Vec::new(), "neither a tar nor"),
    ] {
        let file = scratch.put("image.tar", &bytes);
        let gap = archive(&file, &How::new(&KEY)).unwrap_err().what;
        assert!(gap.contains(why), "{gap:?} does not say {why:?}");
    }
    assert!(archive(&scratch.0.join("gone"), &How::new(&KEY)).is_err());
}

#[test]
fn a_platform_that_is_asked_for_is_had_or_said_to_be_missing() {
    let layers = layers();
    let scratch = Scratch::new("platform");
    for (path, bytes) in layout(&layers, <[u8]>::to_vec) {
        scratch.put(&path, &bytes);
    }
    let of = |platform| oci(&scratch.0, &How { platform: Some(platform), ..How::new(&KEY) });
    let gap = of("linux/riscv64").unwrap_err().what;
    assert!(gap.contains("no image for linux/riscv64; there is linux/s390x"), "{gap}");
    assert!(of("linux/s390x").unwrap_err().what.contains("blobs/sha256"), "its manifest is not there");
    // The configuration of this one does not say what it is for.
    assert!(of(&platform()).unwrap_err().what.contains("it is for ?/?"));
}

#[test]
fn indexes_in_indexes_end() {
    let mut files = layout(&layers(), <[u8]>::to_vec);
    let mut inner = json!({"manifests": []});
    for _ in 0..6 {
        let bytes = serde_json::to_vec(&inner).unwrap();
        inner = json!({"manifests": [{"digest": sum(&bytes)}]});
        files.push((blob(&bytes), bytes));
    }
    files[0].1 = serde_json::to_vec(&inner).unwrap();
    let borrowed: Vec<(&str, u32, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), 0o644, bytes.as_slice())).collect();
    let gap = stream(&tar_of(&borrowed)[..], &How::new(&KEY)).unwrap_err().what;
    assert!(gap.contains("too deep"), "{gap}");
}

#[test]
fn ten_thousand_layers_are_read() {
    let layers: Vec<Vec<u8>> =
        (0..10_000).map(|number| tar_of(&[(format!("f{}", number / 2).as_str(), 0o644, b"x")])).collect();
    let scratch = Scratch::new("many");
    let file = scratch.put("image.tar", &saved(&layers, json!({})));
    let image = json_of(archive(&file, &How::new(&KEY)).unwrap());
    assert_eq!(paths(&image).len(), 5000);
    assert_eq!(image["files"]["is"]["/f4999"]["layer"], 9999);
}

#[test]
fn a_hard_link_to_a_file_below_has_its_content_and_programs_their_capabilities() {
    let mut pax = ::tar::Builder::new(Vec::new());
    // Version 2, effective, cap_net_raw.
    let attribute = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    pax.append_pax_extensions([("SCHILY.xattr.security.capability", &attribute[..])]).unwrap();
    let mut header = ::tar::Header::new_ustar();
    header.set_mode(0o755);
    header.set_size(1);
    pax.append_data(&mut header, "bin/ping", &b"x"[..]).unwrap();
    let layers = [
        tar_of(&[
            ("etc/os-release", 0o644, OS),
            ("var/lib/dpkg/status.d/a", 0o644, DPKG),
            ("opt/jars/a.deps.json", 0o644, br#"{"libraries": {"X/1.0.0": {"type": "package"}}}"#),
        ]),
        tar_of(&[
            ("usr/lib/os-release => etc/os-release", 0o644, b""),
            ("etc/.wh.os-release", 0o644, b""),
            ("var/lib/dpkg/status.d/b => var/lib/dpkg/status.d/a", 0o644, b""),
            ("opt/more/b.deps.json => opt/jars/a.deps.json", 0o644, b""),
            ("opt/jars/.wh.a.deps.json", 0o644, b""),
        ]),
        pax.into_inner().unwrap(),
    ];
    let image = one(&saved(&layers, json!({})));
    assert_eq!(image["distribution"]["is"]["id"], "debian");
    let rows = image["software"]["rows"].as_object().unwrap();
    let names: Vec<&str> = rows.values().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!((names, &image["software"]["gaps"]), (vec!["X", "libc6"], &json!([])));
    assert_eq!(image["files"]["is"]["/bin/ping"]["capabilities"], 1 << 13);
    assert_eq!(image["files"]["is"]["/etc/os-release"], Value::Null);
}
