//! The picture in the README is what the program draws of the example shop.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use std::process::Command;

#[test]
fn the_picture_of_the_readme_is_current() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let args = ["matrix", "--quiet", "-f", "svg", "examples/shop/faulty"];
    let output = Command::new(env!("CARGO_BIN_EXE_tyrian")).args(args).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let picture = std::fs::read(format!("{root}/docs/matrix.svg")).unwrap();
    assert!(picture == output.stdout, "run: cargo run -p tyrian -- {} > docs/matrix.svg", args.join(" "));
}
