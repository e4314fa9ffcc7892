//! Python distributions that are installed: the head of `METADATA` or `PKG-INFO`, a message as mail has it.

use super::{File, Found};
use tyrian_model::packages::{Kind, Package};

/// The distribution that the file tells of.
pub(super) fn read(file: &File<'_>) -> Found {
    let text = String::from_utf8_lossy(file.bytes);
    let head = || text.lines().take_while(|line| !line.trim().is_empty());
    let field = |name: &str| {
        let values = head().filter_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        });
        values.map(str::to_owned).find(|value| !value.is_empty() && value != "UNKNOWN")
    };
    let Some(name) = field("Name") else {
        // An `.egg-info` of that name may be a folder's link, or a program's own.
        let what = "it names no package";
        return file.malformed("", what).into();
    };
    let mut package = Package::new(Kind::Pypi, name, field("Version"), file.path);
    package.licence = field("License-Expression").or_else(|| field("License")).or_else(|| {
        let classifiers = head().filter_map(|line| line.strip_prefix("Classifier: License ::"));
        classifiers.filter_map(|line| line.rsplit("::").next()).map(|text| text.trim().to_owned()).next()
    });
    Found { packages: vec![package], ..Found::default() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, labels};
    use super::*;

    #[test]
    fn only_the_head_counts() {
        let text = "Metadata-Version: 2.1\nName: Flask\nVersion: 3.0.2\nLicense: UNKNOWN\n\
                    Classifier: License :: OSI Approved :: BSD License\n\nName: other\nLicense: X\n";
        let found = read(&file("/a/flask-3.0.2.dist-info/METADATA", text));
        assert_eq!(labels(&found), ["Flask 3.0.2"]);
        assert_eq!(found.packages[0].licence.as_deref(), Some("BSD License"));
        assert_eq!(read(&file("/a", "\nName: x\n")).gaps.len(), 1);
    }
}
