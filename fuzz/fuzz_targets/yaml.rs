//! YAML of any kind is a tree or an error, and a tree can be a fact.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tyrian_read::secrets::Key;
use tyrian_read::yaml::documents;

fuzz_target!(|text: &str| {
    for node in documents("f.yaml", text).unwrap_or_default() {
        let tree = node.tree("f.yaml", &Key([7; 32]), "");
        let text = serde_json::to_string(&tree).unwrap();
        serde_json::from_str::<tyrian_model::tree::Tree>(&text).unwrap();
    }
});
