//! Work on the repository itself: `cargo xtask TASK`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
#[cfg(feature = "docs")]
use xtask::docs;
use xtask::{Files, registry, write};

const USAGE: &str = "\
usage: cargo xtask TASK

  registry    list the files of checks in crates/rules/src/checks: modules, and all(),
              and those of techniques in crates/emulate/src/techniques
              (while they do not compile: cargo run -p xtask --no-default-features -- registry)
  docs        write docs/: the checks, the controls, JSON schemas, man pages, completions

Tests hold both, and what else keeps the repository tidy:
  cargo test -p xtask     generated files, dependencies, licences, who may use whom, paths, module docs
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files: std::io::Result<Files> = match task.as_deref() {
        Some("registry") => registry::files(&root),
        #[cfg(feature = "docs")]
        Some("docs") => docs::files(),
        Some("help" | "--help" | "-h") => {
            // A closed pipe is the reader's choice.
            let _ = std::io::stdout().write_all(USAGE.as_bytes());
            return ExitCode::SUCCESS;
        }
        _ => {
            let _ = std::io::stderr().write_all(USAGE.as_bytes());
            return ExitCode::from(2);
        }
    };
    let mut out = std::io::stderr();
    match files.and_then(|files| write(&root, &files)) {
        Ok(written) => {
            for name in written {
                let _ = writeln!(out, "{name}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(out, "xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
