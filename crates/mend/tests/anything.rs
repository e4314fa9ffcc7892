//! Whatever the text and the change: what is not meant stays, as another reader reads it.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use tyrian_mend::{Text, blocks, spliced};
use tyrian_model::fact::Pos;
use tyrian_model::mend::{Change, Edit, Rewrite, Scope, Value, What};
use tyrian_read::yaml::{self, Node, Value as Read};

/// A linear congruential generator: the same texts everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
    fn often(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const KEYS: [&str; 8] = ["a", "b", "cc", "\"d\"", "'e'", "f-g", "h.i", "k"];
const NAMES: [&str; 8] = ["a", "b", "cc", "d", "e", "f-g", "h.i", "k"];
const SCALARS: [&str; 12] =
    ["x", "true", "1", "~", "''", "\"q: !\"", "'it''s'", "x y", "80:80", "null", "!t z", "- x"];

/// A text as many people would have written it together.
struct Writer {
    random: Random,
    text: String,
    newline: &'static str,
    anchors: usize,
}

impl Writer {
    fn end(&mut self) {
        if self.random.often(12) {
            self.text.push_str(" # why");
        }
        self.text.push_str(self.newline);
    }
    fn between(&mut self, indent: usize) {
        if self.random.often(8) {
            let more = self.random.below(3);
            self.text.push_str(&" ".repeat(indent + more));
            self.text.push_str("# between");
            self.text.push_str(self.newline);
        }
        if self.random.often(4) {
            self.text.push_str(self.newline);
        }
    }
    fn scalar(&mut self) {
        let scalar = self.random.pick(&SCALARS[..11]);
        self.text.push_str(scalar);
    }
    fn keys(&mut self) -> Vec<usize> {
        let mut keys: Vec<usize> = (0..KEYS.len()).filter(|_| self.random.often(35)).collect();
        if keys.is_empty() {
            keys.push(0);
        }
        keys
    }
    fn flow(&mut self, depth: usize) {
        match self.random.below(if depth > 2 { 1 } else { 4 }) {
            0 | 1 => self.text.push_str(["x", "true", "'q'", "\"r\"", "1"][self.random.below(5)]),
            2 => {
                self.text.push('[');
                let items = self.random.below(4);
                for n in 0..items {
                    if n > 0 {
                        self.text.push_str(", ");
                    }
                    self.flow(depth + 1);
                }
                if items > 0 && self.random.often(20) {
                    self.text.push(',');
                }
                self.text.push(']');
            }
            _ => {
                self.text.push('{');
                for (n, key) in self.keys().into_iter().enumerate() {
                    if n > 0 {
                        self.text.push_str(", ");
                    }
                    self.text.push_str(KEYS[key]);
                    self.text.push_str(": ");
                    self.flow(depth + 1);
                }
                self.text.push('}');
            }
        }
    }
    /// What stands behind `key:` or `-`, with the end of its line.
    fn value(&mut self, indent: usize, depth: usize, in_list: bool) {
        let anchor = self.random.often(6);
        if anchor {
            self.anchors += 1;
            let name = format!(" &n{}", self.anchors);
            self.text.push_str(&name);
        }
        match self.random.below(if depth > 4 { 4 } else { 9 }) {
            0..=2 => {
                self.text.push(' ');
                self.scalar();
                self.end();
            }
            3 if self.anchors > 0 && !anchor => {
                let to = 1 + self.random.below(self.anchors);
                self.text.push_str(&format!(" *n{to}"));
                self.end();
            }
            3 => self.end(),
            4 => {
                self.text.push(' ');
                self.flow(0);
                self.end();
            }
            5 if !in_list => {
                self.text.push_str(" |");
                self.text.push_str(self.newline);
                for _ in 0..1 + self.random.below(2) {
                    self.text.push_str(&" ".repeat(indent + 2));
                    self.text.push_str("block # no comment");
                    self.text.push_str(self.newline);
                }
                if self.random.often(30) {
                    self.text.push_str(self.newline);
                }
            }
            5 | 6 => {
                self.end();
                let same = if in_list || self.random.often(50) { 2 } else { 0 };
                self.list(indent + same, depth + 1);
            }
            _ if in_list && !anchor && self.random.often(70) => {
                self.text.push(' ');
                self.map(indent + 2, depth + 1, true);
            }
            _ => {
                self.end();
                let step = 1 + self.random.below(4);
                self.map(indent + step + usize::from(in_list), depth + 1, false);
            }
        }
    }
    fn list(&mut self, indent: usize, depth: usize) {
        for _ in 0..1 + self.random.below(3) {
            self.between(indent);
            self.text.push_str(&" ".repeat(indent));
            self.text.push('-');
            self.value(indent, depth, true);
        }
    }
    fn map(&mut self, indent: usize, depth: usize, mut behind: bool) {
        for key in self.keys() {
            if !std::mem::take(&mut behind) {
                self.between(indent);
                self.text.push_str(&" ".repeat(indent));
            }
            self.text.push_str(KEYS[key]);
            self.text.push(':');
            self.value(indent, depth, false);
        }
    }
}

/// What differs between two values, as paths.
fn differences(old: &Node, new: &Node, path: &str, out: &mut Vec<String>) {
    match (&old.is, &new.is) {
        (Read::Map(a), Read::Map(b)) => {
            let keys = a.iter().chain(b).map(|(key, _)| key.as_str());
            let mut keys: Vec<&str> = keys.collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let path = format!("{path}/{key}");
                match (old.get(key), new.get(key)) {
                    (Some(a), Some(b)) => differences(a, b, &path, out),
                    _ => out.push(path),
                }
            }
        }
        (Read::List(a), Read::List(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                differences(a, b, &format!("{path}/{n}"), out);
            }
        }
        (Read::Bad(_), Read::Bad(_)) => {}
        (a, b) if a == b => {}
        _ => out.push(path.to_owned()),
    }
}

/// The paths of all mappings that are written in their own place.
fn places(node: &Node, path: &str, out: &mut Vec<(String, Pos)>) {
    match &node.is {
        Read::Map(entries) => {
            out.push((path.to_owned(), node.at.clone()));
            entries.iter().for_each(|(key, node)| places(node, &format!("{path}/{key}"), out));
        }
        Read::List(items) => {
            items.iter().enumerate().for_each(|(n, node)| places(node, &format!("{path}/{n}"), out));
        }
        _ => {}
    }
}

fn change(random: &mut Random) -> Change {
    match random.below(6) {
        0 => Change::Set(Value::Flag(true)),
        1 => Change::Set(Value::Text(
            random.pick(&["x", "no-new-privileges:true", "true", "a: b", "- q", ""]).into(),
        )),
        2 => Change::Set(Value::Map(vec![("n".into(), Value::List(vec![Value::Number(1), "two".into()]))])),
        3 => Change::Add(random.pick(&["ALL", "x", "1"]).into()),
        4 => Change::Drop(vec!["x".into(), "1".into()]),
        _ => Change::Unset(Value::Flag(false)),
    }
}

#[test]
fn nothing_else_changes_in_any_text() {
    let (mut made, mut refused, mut texts) = (0, 0, 0);
    for seed in 0..800 {
        let mut random = Random(seed);
        let newline = if random.often(20) { "\r\n" } else { "\n" };
        let mut writer = Writer { random, text: String::new(), newline, anchors: 0 };
        for n in 0..1 + writer.random.below(2) {
            if n > 0 {
                writer.text.push_str("---");
                writer.text.push_str(newline);
                writer.anchors = 0;
            }
            writer.map(0, 0, false);
        }
        let Writer { mut random, text, .. } = writer;
        let Ok(before) = yaml::documents("f", &text) else { continue };
        texts += 1;
        let mut all = Vec::new();
        before.iter().enumerate().for_each(|(n, node)| places(node, &format!("/{n}"), &mut all));
        for _ in 0..6 {
            let (at, pos) = all[random.below(all.len())].clone();
            let keys: Vec<String> = (0..random.below(3)).map(|_| random.pick(&NAMES).to_owned()).collect();
            let what = What::Value(Scope::At(pos), keys.clone(), change(&mut random));
            let edit = Edit { file: "f".into(), what };
            let mended = Text::new(&text).mend(&[vec![&edit]]);
            if !mended.refused.is_empty() {
                refused += 1;
                assert!(mended.splices.is_empty());
                continue;
            }
            made += 1;
            let new = spliced(&text, &mended.splices);
            let after =
                yaml::documents("f", &new).unwrap_or_else(|gap| panic!("{gap:?}\n{text}\n{edit:?}\n{new}"));
            assert_eq!(before.len(), after.len(), "{text}\n{edit:?}\n{new}");
            let mut found = Vec::new();
            for (n, (old, new)) in before.iter().zip(&after).enumerate() {
                differences(old, new, &format!("/{n}"), &mut found);
            }
            // A value that is left empty goes with what it held, so what differs may stand above, up to where the
            // change began.
            let whole = keys.is_empty() && matches!(&edit.what, What::Value(_, _, Change::Unset(_)));
            let at = if whole { at.rsplit_once('/').map_or("", |(above, _)| above).to_owned() } else { at };
            let meant = keys.iter().fold(at.clone(), |path, key| format!("{path}/{key}"));
            for path in &found {
                let inside =
                    path.starts_with(&at) && (path.starts_with(&meant) || meant.starts_with(path.as_str()));
                assert!(inside, "{path} is not {meant}:\n{text}\n{edit:?}\n{new}");
            }
            // Only what goes takes comments along.
            let comments = |text: &str| text.matches("# ").count();
            let What::Value(_, _, change) = &edit.what else { continue };
            if !matches!(change, Change::Unset(_) | Change::Drop(_)) {
                assert_eq!(comments(&text), comments(&new), "{text}\n{edit:?}\n{new}");
            }
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            let parts = blocks(&text, &mended.splices);
            for block in parts.iter().rev() {
                lines.splice(block.first..block.first + block.count, [block.text.as_str()]);
            }
            assert_eq!(lines.concat(), new, "{text}\n{edit:?}\n{parts:?}");
        }
    }
    assert!(texts > 400 && made > 1200 && refused > 100, "{texts} texts, {made} made, {refused} refused");
}

#[test]
fn instructions_keep_what_is_around_them() {
    let text = "# escape=`\r\nFROM debian:12 AS a\r\nRUN apt-get update `\r\n  # why\r\n  && apt-get install -y sudo\r\nRUN <<E\r\nsudo true\r\nE\r\nUSER root";
    let edit = |line, rewrite| Edit { file: "f".into(), what: What::Instruction(Pos::new(line, 1), rewrite) };
    let mend = |edits: &[Edit]| {
        let groups: Vec<Vec<&Edit>> = edits.iter().map(|edit| vec![edit]).collect();
        let mended = Text::new(text).mend(&groups);
        match mended.refused.first() {
            Some((_, why)) => Err(why.clone()),
            None => Ok(spliced(text, &mended.splices)),
        }
    };
    let made = mend(&[
        edit(3, Rewrite::Then("rm -rf /x".into())),
        edit(3, Rewrite::Word("sudo".into(), String::new())),
        edit(5, Rewrite::Then("rm -rf /x".into())),
        edit(9, Rewrite::Word("root".into(), "app".into())),
        edit(9, Rewrite::After("CMD x".into())),
        edit(6, Rewrite::Before("ENV A=b".into())),
    ]);
    let wanted = "# escape=`\r\nFROM debian:12 AS a\r\nRUN apt-get update `\r\n  # why\r\n  && apt-get install -y `\r\n  && rm -rf /x\r\nENV A=b\r\nRUN <<E\r\nsudo true\r\nE\r\nUSER app\r\nCMD x";
    assert_eq!(made.as_deref(), Ok(wanted));
    assert!(mend(&[edit(6, Rewrite::Then("x".into()))]).unwrap_err().contains("heredoc"));
    assert!(mend(&[edit(3, Rewrite::Word("apt-get".into(), "x".into()))]).unwrap_err().contains("2 times"));
    assert!(mend(&[edit(3, Rewrite::Word("nothing".into(), "x".into()))]).unwrap_err().contains("0 times"));
    assert!(mend(&[edit(1, Rewrite::Before("x".into()))]).unwrap_err().contains("no instruction"));
}
