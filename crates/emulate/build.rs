//! Builds the probe: one static program without libraries, which is carried inside this one.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=probe");
    let architecture = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("probe");
    if system != "linux" || !["x86_64", "aarch64"].contains(&architecture.as_str()) {
        // Elsewhere nothing can be attacked, and the program says so when it is asked to.
        std::fs::write(&out, []).expect("the build's own directory can be written to");
        return;
    }
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(compiler);
    command.args([
        "--edition",
        "2024",
        "--crate-type",
        "bin",
        "--crate-name",
        "probe",
        "probe/main.rs",
        "-o",
    ]);
    command.arg(&out);
    command.args(["--target", &env::var("TARGET").unwrap_or_default()]);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        command.arg("-C").arg(format!("linker={}", linker.display()));
    }
    for option in ["panic=abort", "opt-level=s", "strip=symbols", "relocation-model=static"] {
        command.args(["-C", option]);
    }
    // No start files, no C library, no unwinder: the two names are asked for by the prebuilt `core` and never called.
    for argument in [
        "-nostartfiles",
        "-nostdlib",
        "-static",
        "-no-pie",
        "-Wl,--build-id=none",
        "-Wl,--defsym=rust_eh_personality=0",
        "-Wl,--defsym=_Unwind_Resume=0",
    ] {
        command.args(["-C", &format!("link-arg={argument}")]);
    }
    let status = command.status().expect("the compiler that builds this builds the probe");
    assert!(status.success(), "the probe does not compile: see above");
}
