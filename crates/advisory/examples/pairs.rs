//! Prints what the judges of versions are asked (judges/versions): a hash, then pairs with a tab between them.
//!
//! `pairs deb` prints made ones, `pairs npm-ranges` ranges and versions, `pairs deb-real FOLDER` what the advisories in
//! that folder name.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic, unreachable_pub, dead_code)] // a tool of the tests

#[path = "../tests/judges/pairs.rs"]
mod pairs;
#[path = "../tests/judges/real.rs"]
mod real;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let list = match &arguments[..] {
        [name, folder] => real::list(name, std::path::Path::new(folder)),
        [name] => pairs::list(name),
        _ => panic!("usage: pairs NAME [FOLDER]"),
    };
    println!("{}", pairs::hash_of(&list));
    for (a, b) in list {
        println!("{a}\t{b}");
    }
}
