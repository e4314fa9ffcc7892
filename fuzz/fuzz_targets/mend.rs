#![no_main]
//! Any text, changed at any of its mappings: what comes out reads as before, but for the change; and as a Dockerfile.

use libfuzzer_sys::fuzz_target;
use tyrian_mend::{Text, blocks, spliced, unified};
use tyrian_model::mend::{Change, Edit, Rewrite, Scope, Value, What};
use tyrian_read::yaml::{self, Node, Value as Read};

/// Every mapping, as far as a few thousand go.
fn mappings<'n>(node: &'n Node, out: &mut Vec<&'n Node>) {
    if out.len() > 4000 {
        return;
    }
    match &node.is {
        Read::Map(entries) => {
            out.push(node);
            entries.iter().for_each(|(_, node)| mappings(node, out));
        }
        Read::List(items) => items.iter().for_each(|node| mappings(node, out)),
        _ => {}
    }
}

fn tried(text: &str, what: What) {
    let edit = Edit { file: "f".into(), what };
    let mended = Text::new(text).mend(&[vec![&edit]]);
    let new = spliced(text, &mended.splices);
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let parts = blocks(text, &mended.splices);
    for block in parts.iter().rev() {
        lines.splice(block.first..block.first + block.count, [block.text.as_str()]);
    }
    assert_eq!(lines.concat(), new);
    unified("f", text, &mended.splices);
}

fuzz_target!(|input: (u16, u8, &str)| {
    let (which, how, text) = input;
    if let Ok(documents) = yaml::documents("f", text) {
        let mut found = Vec::new();
        documents.iter().for_each(|node| mappings(node, &mut found));
        if let Some(node) = found.get(usize::from(which) % found.len().max(1)) {
            let Read::Map(entries) = &node.is else { return };
            let key = entries.get(usize::from(how / 8)).map_or("new", |(key, _)| key.as_str());
            let change = match how % 5 {
                0 => Change::Set(Value::Flag(true)),
                1 => Change::Add("x".into()),
                2 => Change::Drop(vec!["x".into()]),
                3 => Change::Unset("x".into()),
                _ => Change::Loopback,
            };
            tried(text, What::Value(Scope::At(node.at.clone()), vec![key.to_owned()], change));
        }
    }
    let at = tyrian_model::fact::Pos::new(u32::from(which) + 1, 1);
    let rewrite = match how % 4 {
        0 => Rewrite::Then("x".into()),
        1 => Rewrite::Word("a".into(), String::new()),
        2 => Rewrite::Before("USER x".into()),
        _ => Rewrite::After("USER x".into()),
    };
    tried(text, What::Instruction(at, rewrite));
});
