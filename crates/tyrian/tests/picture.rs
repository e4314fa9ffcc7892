//! The picture in the README is what the program draws of the example shop.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::process::Command;

#[test]
fn the_picture_of_the_readme_is_current() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let args = ["matrix", "--quiet", "-f", "svg", "examples/shop/faulty"];
    // Attacks on record on this machine are no part of the picture.
    let nothing = std::env::temp_dir().join(format!("tyrian-picture-{}", std::process::id()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_tyrian"));
    let output = command.args(args).current_dir(root).env("XDG_STATE_HOME", nothing).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let picture = std::fs::read(format!("{root}/docs/matrix.svg")).unwrap();
    assert!(picture == output.stdout, "run: cargo run -p tyrian -- {} > docs/matrix.svg", args.join(" "));
}
