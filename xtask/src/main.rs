//! Work on the repository itself: `cargo run -p xtask -- TASK`.

use std::io::Write;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo run -p xtask -- TASK

There is no task that writes files. What keeps the repository tidy is a test:
  cargo test -p xtask     dependencies, licences, who may use whom, paths, module docs
";

fn main() -> ExitCode {
    let asked_for_help = matches!(std::env::args().nth(1).as_deref(), Some("help" | "--help" | "-h"));
    // A closed pipe is the reader's choice.
    let _ = if asked_for_help {
        std::io::stdout().write_all(USAGE.as_bytes())
    } else {
        std::io::stderr().write_all(USAGE.as_bytes())
    };
    if asked_for_help { ExitCode::SUCCESS } else { ExitCode::from(2) }
}
