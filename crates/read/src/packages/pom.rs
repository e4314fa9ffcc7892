//! `pom.xml` of Maven: what a project asks for itself, with the properties and managed versions of its parents as far
//! as these lie in the tree.

use super::xml::{self, Element};
use super::{File, Found, locked};
use std::collections::{BTreeMap, HashMap, HashSet};
use tyrian_model::packages::{Evidence, Kind};

/// The most parents of a project.
const MOST_PARENTS: usize = 16;
/// How deep properties may lie in each other, and how many may be filled into one value.
const DEEPEST: usize = 16;
const MOST_FILLED: usize = 200;
/// The longest value, properties filled in, in bytes.
const LONGEST: usize = 4096;

/// The artifacts that it asks for. What these need in turn stands in their own projects, elsewhere.
pub(super) fn read(file: &File<'_>) -> Found {
    let mut found = Found::default();
    let root = match file.text().map(xml::parse) {
        Ok(Ok(root)) if root.name == "project" => root,
        Ok(Ok(_)) => return file.malformed("", "it is no project of Maven").into(),
        Ok(Err((line, what))) => return file.malformed(&line.to_string(), what).into(),
        Err(gap) => return gap.into(),
    };
    let (parents, beyond) = parents(file, &root);
    let mut chain = vec![&root];
    chain.extend(&parents);
    let properties = properties(&chain);
    let fill = |text: &str| fill(&properties, text, DEEPEST, &mut MOST_FILLED.clone());
    let mut managed: HashMap<String, (Option<String>, Option<String>)> = HashMap::new();
    for project in &chain {
        let list = project.child("dependencyManagement").and_then(|list| list.child("dependencies"));
        for one in list.into_iter().flat_map(|list| list.all("dependency")) {
            if let Some(name) = name(one, &fill) {
                let value = |key: &str| one.value(key).and_then(&fill);
                managed.entry(name).or_insert_with(|| (value("version"), value("scope")));
            }
        }
    }
    let own =
        ["groupId", "artifactId", "version"].map(|key| properties.get(&format!("project.{key}")).cloned());
    let [group, artifact, version] = own.map(Option::unwrap_or_default);
    let why = [format!("{group}:{artifact}"), version].join(" ").trim().to_owned();
    let mut open = Vec::new();
    for (depth, project) in chain.iter().enumerate() {
        let list = project.child("dependencies").into_iter().flat_map(|list| list.all("dependency"));
        for one in list {
            let Some(name) = name(one, &fill) else {
                if depth == 0 {
                    found.gaps.push(
                        file.unresolved(&one.line.to_string(), "the name of an artifact is not known here"),
                    );
                }
                continue;
            };
            let of_managed = managed.get(&name).cloned().unwrap_or_default();
            let version = match one.value("version") {
                Some(text) => fill(text),
                None => of_managed.0,
            };
            // A range leaves it open.
            let version = version.filter(|text| {
                !text.starts_with(['[', '(']) && !matches!(text.as_str(), "LATEST" | "RELEASE")
            });
            let mut package = locked(Kind::Maven, &name, version.as_deref().unwrap_or_default(), file);
            if version.is_none() {
                (package.version, package.evidence) = (None, Evidence::Requested);
                open.push(name);
            }
            package.line = (depth == 0).then_some(one.line);
            package.dev = one.value("scope").and_then(&fill).or(of_managed.1).as_deref() == Some("test");
            package.why = vec![why.clone()];
            found.packages.push(package);
        }
    }
    let profiles = root.child("profiles").into_iter().flat_map(|list| list.all("profile"));
    if profiles.filter_map(|profile| profile.child("dependencies")).any(|list| !list.children.is_empty()) {
        let what = "its profiles ask for more, and which of them count is known when it is built";
        found.gaps.push(file.unresolved("", what));
    }
    if !open.is_empty() {
        let rest = if beyond.is_empty() { "a range, or a list elsewhere" } else { beyond.as_str() };
        let what =
            format!("the versions of {} artifacts are set by {rest}; run `mvn dependency:list`", open.len());
        found.gaps.push(file.unresolved("", &what));
    }
    if !found.packages.is_empty() {
        let what = "a pom.xml names what the project asks for, and not what that needs in turn; scan the built archive";
        found.gaps.push(file.unresolved("", what));
    }
    found
}

/// The parents in the tree, and the name of the first that is not.
fn parents(file: &File<'_>, root: &Element) -> (Vec<Element>, String) {
    let (mut parents, mut seen) = (Vec::<Element>::new(), HashSet::from([file.path.to_owned()]));
    let mut path = file.path.to_owned();
    loop {
        let project = parents.last().unwrap_or(root);
        let Some(parent) = project.child("parent") else { return (parents, String::new()) };
        let value = |key: &str| parent.value(key).unwrap_or_default().to_owned();
        let label = format!(
            "{}:{}",
            crate::image::shown(&value("groupId")),
            crate::image::shown(&value("artifactId"))
        );
        // An empty path says that it is not in the tree.
        let relative = match parent.child("relativePath") {
            Some(relative) => relative.text.as_str(),
            None => "../pom.xml",
        };
        let at = File { path: &path, ..*file };
        let next = [relative.to_owned(), format!("{relative}/pom.xml")]
            .iter()
            .filter(|_| !relative.is_empty())
            .filter_map(|relative| at.sibling(relative))
            .find(|path| file.beside.contains_key(path.as_str()));
        let parsed =
            next.filter(|path| seen.insert(path.clone()) && parents.len() < MOST_PARENTS).and_then(|path| {
                let root = xml::parse(file.beside.get(path.as_str())?).ok()?;
                // Another project may lie there.
                (root.value("artifactId") == parent.value("artifactId")).then_some((path, root))
            });
        let Some((next, parsed)) = parsed else { return (parents, label) };
        path = next;
        parents.push(parsed);
    }
}

/// The properties of a project and its parents; the nearest counts.
fn properties(chain: &[&Element]) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for project in chain {
        for one in project.child("properties").into_iter().flat_map(|list| &list.children) {
            out.entry(one.name.clone()).or_insert_with(|| one.text.clone());
        }
        for key in ["groupId", "artifactId", "version"] {
            let inherited = || project.child("parent")?.value(key);
            if let Some(value) = project.value(key).or_else(inherited) {
                for prefix in ["project.", "pom."] {
                    out.entry(format!("{prefix}{key}")).or_insert_with(|| value.to_owned());
                }
            }
            if let Some(value) = project.child("parent").and_then(|parent| parent.value(key)) {
                out.entry(format!("project.parent.{key}")).or_insert_with(|| value.to_owned());
            }
        }
    }
    out
}

fn name(one: &Element, fill: &impl Fn(&str) -> Option<String>) -> Option<String> {
    Some(format!("{}:{}", fill(one.value("groupId")?)?, fill(one.value("artifactId")?)?))
}

/// A text with its properties filled in; nothing where one of them is not known.
fn fill(properties: &BTreeMap<String, String>, text: &str, depth: usize, left: &mut usize) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('}')? + at;
        let value = properties.get(&rest[at + 2..end])?;
        *left = left.checked_sub(1)?;
        out.push_str(&fill(properties, value, depth.checked_sub(1)?, left)?);
        rest = &rest[end + 1..];
        if out.len() > LONGEST {
            return None;
        }
    }
    out.push_str(rest);
    (out.len() <= LONGEST).then(|| out.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::labels;
    use super::*;

    #[test]
    fn parents_and_properties_in_the_tree_count() {
        let parent = "<project><groupId>g</groupId><artifactId>parent</artifactId><version>7</version>\
            <properties><log>2.17.1</log><loop>${loop}</loop></properties><dependencyManagement><dependencies>\
            <dependency><groupId>m</groupId><artifactId>n</artifactId><version>${project.version}.1</version><scope>test</scope></dependency>\
            </dependencies></dependencyManagement></project>";
        let own = "<project><parent><groupId>g</groupId><artifactId>parent</artifactId><version>7</version></parent>\n<artifactId>shop</artifactId>\n<dependencies>\n\
            <dependency><groupId>l</groupId><artifactId>log</artifactId><version>${log}</version></dependency>\n\
            <dependency><groupId>m</groupId><artifactId>n</artifactId></dependency>\n\
            <dependency><groupId>o</groupId><artifactId>p</artifactId></dependency>\n\
            <dependency><groupId>q</groupId><artifactId>r</artifactId><version>${loop}</version></dependency>\n\
            <dependency><groupId>${project.groupId}</groupId><artifactId>s</artifactId><version>[1,2)</version></dependency>\n</dependencies></project>";
        let beside = BTreeMap::from([("pom.xml", parent)]);
        let found = read(&File { path: "api/pom.xml", bytes: own.as_bytes(), beside: &beside });
        assert_eq!(labels(&found), ["l:log 2.17.1", "m:n 7.1", "o:p", "q:r", "g:s"]);
        assert_eq!((found.packages[1].dev, &found.packages[0].why[..]), (true, &["g:shop 7".to_owned()][..]));
        assert_eq!(found.packages[0].line, Some(4));
        assert!(found.gaps[0].what.contains("3 artifacts"), "{:?}", found.gaps);
        let alone = read(&File { path: "api/pom.xml", bytes: own.as_bytes(), beside: &BTreeMap::new() });
        assert!(alone.gaps[0].what.contains("set by g:parent"), "{:?}", alone.gaps);
    }
}
