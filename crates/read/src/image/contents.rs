//! What is in an image: the packages that its files tell of, each with the layer that brought it, and the programs
//! that nobody accounts for.

use super::{Layer, Node, Want, shown, want};
use crate::packages::{self, Format, Found, mark};
use crate::secrets::Key;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use tyrian_model::fact::{Gap, Known, Many, Why};
use tyrian_model::image::{Distribution, FileKind};
use tyrian_model::packages::{Kind, Package, Release, many};

/// What was found.
pub(super) struct Contents {
    /// All packages.
    pub(super) software: Many<Package>,
    /// Programs of no package.
    pub(super) unowned: Known<BTreeSet<String>>,
}

/// The packages of the files that are left in the end.
pub(super) fn contents(
    key: &Key,
    layers: &[Arc<Layer>],
    files: &BTreeMap<String, Node>,
    distribution: Option<&Distribution>,
    config: &[u8],
) -> Contents {
    let (mut all, mut gaps) = (Vec::new(), Vec::new());
    let mut told: Vec<(&str, &Found)> = Vec::new();
    for (path, node) in files.iter().filter(|(_, node)| node.file.kind == FileKind::Regular) {
        let format = packages::format(path);
        let (number, home) = node.home(path);
        if home != path {
            // Another name of a file below: what it tells is said once, under its first name, if that is still there.
            let first =
                files.get(home).is_some_and(|first| first.origin.is_none() && first.file.layer == number);
            if first || packages::format(home) != format {
                continue;
            }
        }
        let layer = layers.get(number as usize);
        match layer.and_then(|layer| layer.found.get(home)) {
            Some(found) => {
                let mut first = vec![node.file.layer; found.packages.len()];
                if format.is_some_and(Format::is_database) {
                    brought(layers, path, &found.packages, &mut first);
                }
                for (package, layer) in found.packages.iter().zip(first) {
                    all.push(Package { layer: Some(layer), ..package.clone() });
                }
                gaps.extend(found.gaps.iter().map(|gap| (path.as_str(), gap.clone())));
                told.push((path, found));
            }
            None => {
                if let Some(gap) = missed(path, node, format) {
                    gaps.push((path.as_str(), gap));
                }
            }
        }
    }
    let owners = owners(&all, layers, &told);
    let release = distribution.map(|found| Release { id: &found.id, version: &found.version });
    let steps = Steps::of(config, layers.len());
    for package in &mut all {
        let place = place(package);
        if !package.kind.is_distribution() {
            package.owner = owners.get(&mark(place)).map(|owner| (*owner).to_owned());
        }
        let layer = package.layer.unwrap_or_default();
        package.instruction = steps.made.get(layer as usize).copied();
        package.base = steps.base.filter(|base| layer < *base).map(|_| true);
        packages::settle(key, package, release);
    }
    // A distribution's own build of a program goes by the distribution's package.
    all.retain(|package| package.kind != Kind::Generic || package.owner.is_none());
    // What such a program does not tell of itself, its package answers for.
    let programs =
        layers.iter().flat_map(|layer| &layer.programs).map(String::as_str).collect::<HashSet<_>>();
    let answered = |path: &str| programs.contains(path) && owners.contains_key(&mark(path));
    let gaps = gaps.into_iter().filter(|(path, _)| !answered(path)).map(|(_, gap)| gap).collect();
    let unowned = unowned(layers, files, &all, &told);
    Contents { software: many(all, gaps), unowned: Known::is(unowned) }
}

fn place(package: &Package) -> &str {
    package.place.split('!').next().unwrap_or_default()
}

/// Why a file that tells of packages was not read.
fn missed(path: &str, node: &Node, format: Option<Format>) -> Option<Gap> {
    let size = node.file.size;
    let wanted = match want(path, size, node.file.mode) {
        Want::Packages(..) => true,
        // Any program is looked at, and most tell nothing.
        Want::Program(_) | Want::Large => false,
        Want::Nothing | Want::Text | Want::Secrets => {
            format.is_some_and(|format| !format.is_lock() && size > format.most())
        }
    };
    let what = "it is too large, sparse or a link across layers; the packages that it tells of are not known";
    wanted.then(|| Gap::new(Why::NotRead, format!("{}: {what}", shown(path))))
}

/// For each package the lowest layer from which on a database, which each change writes anew, has had it in this
/// version. At first the layers are that of the database as it is in the end.
fn brought(layers: &[Arc<Layer>], path: &str, packages: &[Package], first: &mut [u32]) {
    fn same(package: &Package) -> (&str, Option<&str>, Option<&str>) {
        (&package.name, package.version.as_deref(), package.architecture.as_deref())
    }
    let last = first.first().copied().unwrap_or_default();
    let mut open: Vec<usize> = (0..packages.len()).collect();
    for (number, layer) in (0..last).zip(layers).rev() {
        let Some(found) = layer.found.get(path) else { continue };
        let there: HashSet<_> = found.packages.iter().map(same).collect();
        open.retain(|at| there.contains(&same(&packages[*at])));
        open.iter().for_each(|at| first[*at] = number);
    }
}

/// Which package of the distribution owns the places of the others.
fn owners<'f>(all: &[Package], layers: &[Arc<Layer>], told: &[(&str, &'f Found)]) -> HashMap<u64, &'f str> {
    let others = all.iter().filter(|package| !package.kind.is_distribution());
    let mut wanted: HashSet<u64> = others.map(|package| mark(place(package))).collect();
    let programs = layers.iter().flat_map(|layer| &layer.programs);
    wanted.extend(programs.map(|path| mark(path)));
    let mut out = HashMap::new();
    for (_, found) in told {
        for (path, owner) in &found.owned {
            if wanted.contains(path)
                && let Some(owner) = found.owners.get(*owner as usize)
            {
                out.insert(*path, owner.as_str());
            }
        }
    }
    out
}

/// Programs that neither a package of the distribution nor one of a language has brought.
fn unowned(
    layers: &[Arc<Layer>],
    files: &BTreeMap<String, Node>,
    all: &[Package],
    told: &[(&str, &Found)],
) -> BTreeSet<String> {
    let owners = owners(&[], layers, told);
    const WITHIN: [&str; 4] = ["/site-packages/", "/dist-packages/", "/node_modules/", "/gems/"];
    // What says itself what it is made of is accounted for.
    let known: HashSet<&str> = all.iter().map(|package| package.place.as_str()).collect();
    let left = files.iter().filter(|(path, node)| {
        layers.get(node.file.layer as usize).is_some_and(|layer| layer.programs.contains(*path))
            && !owners.contains_key(&mark(path))
            && !known.contains(path.as_str())
            && !WITHIN.iter().any(|part| path.contains(part))
    });
    left.map(|(path, _)| path.clone()).collect()
}

/// What the history tells of the layers.
struct Steps {
    /// For each layer the index of the instruction that made it; empty where the history does not fit the layers.
    made: Vec<u32>,
    /// How many of the lowest layers belong to a base image. An image says last what it runs: where a layer follows
    /// a `CMD`, another image was built upon the one that ends there.
    base: Option<u32>,
}

impl Steps {
    fn of(config: &[u8], layers: usize) -> Steps {
        let root: Value = serde_json::from_slice(config).unwrap_or_default();
        let history = root.get("history").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let empty = |step: &Value| step.get("empty_layer").and_then(Value::as_bool) == Some(true);
        let made: Vec<u32> =
            (0_u32..).zip(history).filter(|(_, step)| !empty(step)).map(|(at, _)| at).collect();
        if made.len() != layers {
            return Steps { made: Vec::new(), base: None };
        }
        let runs = |step: &Value| {
            let by = step.get("created_by").and_then(Value::as_str).unwrap_or_default();
            let by = by.split("#(nop)").last().unwrap_or_default().trim_start();
            empty(step) && by.starts_with("CMD")
        };
        let last = made.last().copied().unwrap_or_default();
        let end =
            (0_u32..).zip(history).filter(|(at, step)| *at < last && runs(step)).map(|(at, _)| at).last();
        let base =
            end.map(|end| made.partition_point(|at| *at < end)).and_then(|count| u32::try_from(count).ok());
        Steps { made, base: base.filter(|count| *count > 0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{LayerBuilder, image};
    use crate::tar;
    use serde_json::json;

    const KEY: Key = Key([7; 32]);

    fn layer(files: &[(&str, &[u8])]) -> Arc<Layer> {
        let mut builder = LayerBuilder::new(&KEY);
        for (path, content) in files {
            let (path, size) = match path.strip_suffix("!") {
                Some(path) => (path, 1 << 40),
                None => (*path, content.len() as u64),
            };
            let (path, wanted) = builder.entry(&tar::Entry {
                path: path.to_owned(),
                link: String::new(),
                kind: tar::Kind::Regular,
                mode: 0o755,
                uid: 0,
                gid: 0,
                size,
                sparse: false,
                capabilities: 0,
            });
            if wanted != Want::Nothing {
                builder.content(&path, wanted, content);
            }
        }
        Arc::new(builder.finish())
    }
    fn facts(config: &Value, layers: Vec<Arc<Layer>>) -> Value {
        let config = serde_json::to_vec(config).unwrap();
        serde_json::to_value(image(&KEY, Vec::new(), &config, Known::is(String::new()), Ok(layers))).unwrap()
    }

    const RELEASE: &[u8] = b"ID=debian\nVERSION_ID=\"12\"\n";
    fn status(packages: &[(&str, &str)]) -> String {
        packages
            .iter()
            .map(|(name, version)| {
                format!(
                    "Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: {version}\n\n"
                )
            })
            .collect()
    }

    #[test]
    fn each_package_has_its_layer_its_instruction_and_its_owner() {
        let elf = |text: &str| [b"\x7fELF\x02\x01", &[0; 5000][..], text.as_bytes()].concat();
        let (busybox, own) = (elf("BusyBox v1.36.1 "), elf(""));
        let base = status(&[("a", "1"), ("b", "1")]);
        let upper = status(&[("a", "1"), ("b", "2"), ("python3-x", "3")]);
        let layers = vec![
            layer(&[
                ("etc/os-release", RELEASE),
                ("var/lib/dpkg/status", base.as_bytes()),
                ("usr/bin/busybox", &busybox),
            ]),
            layer(&[
                ("var/lib/dpkg/status", upper.as_bytes()),
                (
                    "var/lib/dpkg/info/python3-x.list",
                    b"/.\n/usr/lib/python3/dist-packages/x.egg-info\n/usr/bin/x\n",
                ),
                ("usr/lib/python3/dist-packages/x.egg-info", b"Name: x\nVersion: 3\n"),
                ("usr/bin/x", &own),
                ("usr/local/bin/y", &own),
            ]),
            layer(&[("app/node_modules/n/package.json", br#"{"name": "n", "version": "1.0.0"}"#)]),
        ];
        let history = json!({"history": [{"created_by": "ADD file"}, {"created_by": "CMD [\"bash\"]", "empty_layer": true},
            {"created_by": "RUN apt-get"}, {"created_by": "COPY . ."}]});
        let facts = facts(&history, layers);
        let rows = facts["software"]["rows"].as_object().unwrap();
        let of = |name: &str| rows.values().find(|row| row["name"] == name).unwrap();
        for (name, layer, instruction, base, owner) in [
            ("a", 0, 0, json!(true), Value::Null),
            ("b", 1, 2, Value::Null, Value::Null),
            ("x", 1, 2, Value::Null, json!("python3-x")),
            ("n", 2, 3, Value::Null, Value::Null),
            ("busybox", 0, 0, json!(true), Value::Null),
        ] {
            let row = of(name);
            assert_eq!((&row["layer"], &row["instruction"]), (&json!(layer), &json!(instruction)), "{name}");
            assert_eq!((&row["base"], &row["owner"]), (&base, &owner), "{name}");
        }
        assert_eq!(of("a")["purl"], "pkg:deb/debian/a@1?arch=all&distro=debian-12");
        assert_eq!((&of("b")["ecosystem"], &of("n")["ecosystem"]), (&json!("Debian:12"), &json!("npm")));
        assert_eq!(facts["unowned"]["is"], json!(["/usr/local/bin/y"]));
        assert_eq!(facts["software"]["gaps"], json!([]));
    }

    #[test]
    fn what_was_not_read_is_a_gap_and_the_rest_stands() {
        let text = status(&[("a", "1")]);
        let layers = vec![layer(&[
            ("var/lib/dpkg/status", text.as_bytes()),
            ("usr/lib/sysimage/rpm/rpmdb.sqlite!", b""),
            ("opt/big.jar!", b""),
            ("srv/yarn.lock", b"\xff"),
        ])];
        let facts = facts(&json!({}), layers);
        assert_eq!(facts["software"]["rows"].as_object().unwrap().len(), 1);
        assert_eq!(facts["software"]["gaps"].as_array().unwrap().len(), 3, "{}", facts["software"]["gaps"]);
        assert!(facts["software"]["gaps"].to_string().contains("rpmdb.sqlite"));
    }
}
