//! The registration of checks and techniques: one is registered by having a file.

use crate::Files;
use std::fmt::Write;
use std::io;
use std::path::Path;

/// The folders of the layers, in the order of the stack.
const LAYERS: [&str; 8] = ["build", "host", "cloud", "image", "runtime", "cluster", "network", "logging"];

const CHECKS: &str = "crates/rules/src/checks";
const TECHNIQUES: &str = "crates/emulate/src/techniques";
const BEGIN: &str = "// What stands from here on is written by `cargo xtask registry`.\n";
const END: &str = "// Here ends what `cargo xtask registry` writes.\n";

/// `mod.rs` of the checks, of every layer that has some, and of the techniques.
///
/// # Errors
/// A folder that cannot be read; a `checks/mod.rs` without the two marks.
pub fn files(root: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    let mut layers = Vec::new();
    for layer in LAYERS {
        let folder = root.join(CHECKS).join(layer);
        let checks = if folder.is_dir() { modules(&folder)? } else { Vec::new() };
        if !checks.is_empty() {
            files.insert(format!("{CHECKS}/{layer}/mod.rs"), self::layer(layer, &checks));
            layers.push(layer);
        }
    }
    let name = format!("{CHECKS}/mod.rs");
    let text = std::fs::read_to_string(root.join(&name))?;
    let text = between(&text, &all(&layers))
        .ok_or_else(|| io::Error::other(format!("{name} has no line `{}`, or not its end", BEGIN.trim())))?;
    files.insert(name, text);
    files.insert(format!("{TECHNIQUES}/mod.rs"), techniques(&modules(&root.join(TECHNIQUES))?));
    Ok(files)
}

/// The modules of a folder, by name.
fn modules(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".rs").filter(|name| *name != "mod").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn layer(layer: &str, checks: &[String]) -> String {
    let mut out = format!("//! Layer {layer}. Written by `cargo xtask registry`.\n\n");
    for check in checks {
        let _ = writeln!(out, "mod {check};");
    }
    out.push_str("\n/// The checks of this layer.\n#[rustfmt::skip]\n");
    out.push_str("pub(super) static CHECKS: &[&tyrian_judge::check::Check] = &[\n");
    for check in checks {
        let _ = writeln!(out, "    &{check}::CHECK,");
    }
    out + "];\n"
}

fn techniques(names: &[String]) -> String {
    let mut out = "//! Every technique. Written by `cargo xtask registry`.\n\n".to_owned();
    for name in names {
        let _ = writeln!(out, "mod {name};");
    }
    out.push_str("\nuse crate::technique::Technique;\n\n");
    out.push_str("/// Every technique, in the order of the names.\n#[rustfmt::skip]\n");
    out.push_str("pub static TECHNIQUES: &[&Technique] = &[\n");
    for name in names {
        let _ = writeln!(out, "    &{name}::TECHNIQUE,");
    }
    out + "];\n"
}

fn all(layers: &[&str]) -> String {
    let mut sorted = layers.to_vec();
    sorted.sort_unstable();
    let mut out = String::new();
    for layer in sorted {
        let _ = writeln!(out, "mod {layer};");
    }
    out.push_str("\n/// Every check, by layer and name.\n#[rustfmt::skip]\n");
    out.push_str("pub fn all() -> Vec<&'static tyrian_judge::check::Check> {\n    [\n");
    for layer in layers {
        let _ = writeln!(out, "        {layer}::CHECKS,");
    }
    out + "    ]\n    .concat()\n}\n"
}

/// The text with the block between the marks replaced.
fn between(text: &str, block: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{block}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "docs")]
    fn the_layers_are_those_of_the_reports() {
        assert_eq!(LAYERS, tyrian_report::matrix::LAYERS.map(|(_, name)| name));
    }

    #[test]
    fn only_the_block_changes() {
        let text = format!("//! a\n{BEGIN}old\n{END}pub mod prelude {{}}\n");
        assert_eq!(between(&text, "new\n"), Some(format!("//! a\n{BEGIN}new\n{END}pub mod prelude {{}}\n")));
        assert_eq!(between("no marks", "x"), None);
        let layer = layer("host", &["a_b".into(), "c".into()]);
        assert!(
            layer.contains("mod a_b;\nmod c;\n") && layer.contains("    &a_b::CHECK,\n    &c::CHECK,\n]")
        );
        let techniques = techniques(&["a_b".into(), "c".into()]);
        assert!(techniques.contains("mod a_b;\nmod c;\n"), "{techniques}");
        assert!(techniques.contains("    &a_b::TECHNIQUE,\n    &c::TECHNIQUE,\n]"), "{techniques}");
    }
}
