# shellcheck shell=bash
# Finds a Rust toolchain that is new enough, and downloads none. Sourced, not run; sets PATH and RUSTUP_TOOLCHAIN.

# The second number of the `rust-version` in Cargo.toml.
rust_minor=$(sed -n 's/^rust-version = "1\.\([0-9]*\).*/\1/p' "$(dirname "${BASH_SOURCE[0]}")/../Cargo.toml")

# Whether what `cargo` and `rustc` mean now is new enough.
rust_is_new_enough() {
    local tool version minor
    for tool in cargo rustc; do
        type -P "$tool" >/dev/null || return 1
        version=$("$tool" --version 2>/dev/null) || return 1
        minor=$(sed -n 's/^[a-z]* 1\.\([0-9]*\)\..*/\1/p' <<<"$version")
        [ -n "$minor" ] && [ "$minor" -ge "$rust_minor" ] || return 1
    done
}

# Takes the first that will do: what is on PATH, another toolchain that rustup has already, the system's own.
find_rust() {
    export RUSTUP_AUTO_INSTALL=0 # a proxy of rustup must not fetch anything
    ! rust_is_new_enough || return 0
    local name
    if type -P rustup >/dev/null; then
        while read -r name _; do
            export RUSTUP_TOOLCHAIN=$name
            ! rust_is_new_enough || return 0
        done < <(rustup toolchain list 2>/dev/null | grep -v nightly)
        unset RUSTUP_TOOLCHAIN
    fi
    local directory path=$PATH
    for directory in "${CARGO_HOME:-$HOME/.cargo}/bin" /usr/bin /usr/lib/rust-1.*/bin; do
        [ -x "$directory/cargo" ] || continue
        PATH=$directory:$path
        ! rust_is_new_enough || return 0
    done
    PATH=$path
    return 1
}
