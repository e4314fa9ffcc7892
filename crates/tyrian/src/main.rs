//! The binary.

fn main() -> std::process::ExitCode {
    tyrian::run()
}
