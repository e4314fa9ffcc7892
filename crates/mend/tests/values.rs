//! What a change of a value does to a text, byte by byte.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use tyrian_mend::{Text, spliced, unified};
use tyrian_model::fact::Pos;
use tyrian_model::mend::{Change, Edit, Scope, Value, What};

fn edit(scope: Scope, path: &str, change: Change) -> Edit {
    let path = path.split('.').filter(|key| !key.is_empty()).map(str::to_owned).collect();
    Edit { file: "f".into(), what: What::Value(scope, path, change) }
}

fn mend(text: &str, edits: &[Edit]) -> Result<String, String> {
    let groups: Vec<Vec<&Edit>> = edits.iter().map(|edit| vec![edit]).collect();
    let mended = Text::new(text).mend(&groups);
    match mended.refused.first() {
        Some((_, why)) => Err(why.clone()),
        None => Ok(spliced(text, &mended.splices)),
    }
}

fn flag(path: &str, value: bool) -> Edit {
    edit(Scope::Root, path, Change::Set(Value::Flag(value)))
}
fn unset(path: &str) -> Edit {
    edit(Scope::Root, path, Change::Unset(Value::Flag(false)))
}
fn add(path: &str, value: &str) -> Edit {
    edit(Scope::Root, path, Change::Add(value.into()))
}
fn drop_item(path: &str, value: &str) -> Edit {
    edit(Scope::Root, path, Change::Drop(vec![value.into()]))
}

#[test]
fn a_value_is_set_where_it_belongs_and_all_else_stays() {
    let cases: &[(&str, Vec<Edit>, &str)] = &[
        // A new key of a block mapping, behind its last line and the comments that belong to it.
        (
            "a: # one\n  b: 1  # two\n  # three\n\n# four\nc: 2\n",
            vec![flag("a.x", true)],
            "a: # one\n  b: 1  # two\n  x: true\n  # three\n\n# four\nc: 2\n",
        ),
        (
            "a:\n  b:\n    - 1\n    # - 2\nc: 2\n",
            vec![flag("a.x", true)],
            "a:\n  b:\n    - 1\n    # - 2\n  x: true\nc: 2\n",
        ),
        // Mappings on the way are made, once for all changes.
        (
            "a:\n    b: 1\n",
            vec![flag("a.s.x", true), add("a.s.c.drop", "ALL"), flag("a.s.z", false)],
            "a:\n    b: 1\n    s:\n        x: true\n        c:\n            drop:\n                - ALL\n        z: false\n",
        ),
        // Several ends on one line: what stands inside comes first.
        (
            "a:\n  b:\n    c:\n      - x\n",
            vec![flag("a.z", true), flag("a.b.z", true), add("a.b.c", "q"), flag("z", true)],
            "a:\n  b:\n    c:\n      - x\n      - q\n    z: true\n  z: true\nz: true\n",
        ),
        // The way a list is indented is that of the file.
        ("l:\n- a\nm:\n  k: 1\n", vec![add("m.o", "b")], "l:\n- a\nm:\n  k: 1\n  o:\n  - b\n"),
        // Keys without a value, and empty braces.
        ("a:\nb: 1\n", vec![flag("a.x", true)], "a:\n  x: true\nb: 1\n"),
        (
            "a: # why\nb: 1\n",
            vec![flag("a.x", true), flag("a.z", true)],
            "a: # why\n  x: true\n  z: true\nb: 1\n",
        ),
        ("a: {} # why\nb: 1\n", vec![flag("a.x", true)], "a: # why\n  x: true\nb: 1\n"),
        ("a: ~\n", vec![flag("a", true)], "a: true\n"),
        ("a: null # n\n", vec![add("a", "x")], "a: # n\n  - x\n"),
        // Values are replaced in their own quotes.
        (
            "a: false # no\nb: 'x'\n",
            vec![flag("a", true), edit(Scope::Root, "b", Change::Set("it's".into()))],
            "a: true # no\nb: 'it''s'\n",
        ),
        // Braces stay braces.
        ("a: {b: 1}\n", vec![flag("a.x", true), add("a.l", "q")], "a: {b: 1, x: true, l: [q]}\n"),
        ("a: { b: 1, }\n", vec![flag("a.x", true)], "a: { b: 1, x: true, }\n"),
        ("a: [x, y]\n", vec![add("a", "no-new-privileges:true")], "a: [x, y, no-new-privileges:true]\n"),
        ("a: []\n", vec![add("a", "x")], "a:\n  - x\n"),
        ("a: [x]\n", vec![add("a", "x")], "a: [x]\n"),
        // JSON stays JSON, a key a line.
        (
            "{\n    \"a\": 1,\n    \"b\": {\"c\": 2}\n}\n",
            vec![flag("x", true), flag("b.d", true)],
            "{\n    \"a\": 1,\n    \"b\": {\"c\": 2, \"d\": true},\n    \"x\": true\n}\n",
        ),
        ("{}", vec![flag("live-restore", true)], "{\"live-restore\": true}"),
        ("{\"l\": [\"a\"]}", vec![add("l", "b")], "{\"l\": [\"a\", \"b\"]}"),
        // Ends of lines are those of the file, and the last one may be missing.
        ("a: 1\r\nb:\r\n  c: 2\r\n", vec![flag("b.x", true)], "a: 1\r\nb:\r\n  c: 2\r\n  x: true\r\n"),
        ("a:\n  b: 1", vec![flag("a.x", true)], "a:\n  b: 1\n  x: true"),
        ("\u{feff}a:\n  b: 1\n", vec![flag("a.x", true)], "\u{feff}a:\n  b: 1\n  x: true\n"),
        // Lists of mappings, block scalars, several lines of one value.
        (
            "l:\n  - n: a\n    t: |\n      x\n\n  - n: b\n",
            vec![edit(Scope::At(Pos::new(2, 5)), "x", Change::Set(Value::Flag(true)))],
            "l:\n  - n: a\n    t: |\n      x\n    x: true\n\n  - n: b\n",
        ),
        (
            "a:\n  p: one\n    two\nb: 1\n",
            vec![flag("a.x", true)],
            "a:\n  p: one\n    two\n  x: true\nb: 1\n",
        ),
        // A merge key is overruled in its own place alone.
        (
            "b: &b {x: 1, y: 2}\na:\n  <<: *b\n",
            vec![edit(Scope::Root, "a.x", Change::Set(Value::Number(7)))],
            "b: &b {x: 1, y: 2}\na:\n  <<: *b\n  x: 7\n",
        ),
        ("b: &b {x: 1}\na: {<<: *b}\n", vec![flag("a.z", true)], "b: &b {x: 1}\na: {<<: *b, z: true}\n"),
        (
            "b: &b {x: true}\na:\n  <<: *b\n",
            vec![unset("a.x")],
            "b: &b {x: true}\na:\n  <<: *b\n  x: false\n",
        ),
        ("b: &b true\na:\n  x: *b\n", vec![flag("a.x", false)], "b: &b true\na:\n  x: false\n"),
        // What goes takes its line along, and what is left empty goes too.
        (
            "a:\n  b: 1\n  # why\n  x: true # so\n  c: 2\n",
            vec![unset("a.x")],
            "a:\n  b: 1\n  # why\n  c: 2\n",
        ),
        ("a:\n  s:\n    x: true\n  c: 2\n", vec![unset("a.s.x")], "a:\n  c: 2\n"),
        (
            "a:\n  s:\n    x: true\n  c: 2\n",
            vec![unset("a.s.x"), flag("a.s.z", true)],
            "a:\n  s:\n    z: true\n  c: 2\n",
        ),
        (
            "a:\n  cap_add: [SYS_ADMIN, CHOWN]\n",
            vec![drop_item("a.cap_add", "SYS_ADMIN")],
            "a:\n  cap_add: [CHOWN]\n",
        ),
        (
            "a:\n  cap_add: [CHOWN, SYS_ADMIN]\n",
            vec![drop_item("a.cap_add", "SYS_ADMIN")],
            "a:\n  cap_add: [CHOWN]\n",
        ),
        (
            "a:\n  n: 1\n  cap_add:\n  - SYS_ADMIN # oh\n  - CHOWN\n",
            vec![drop_item("a.cap_add", "SYS_ADMIN")],
            "a:\n  n: 1\n  cap_add:\n  - CHOWN\n",
        ),
        (
            "a:\n  cap_add:\n  - SYS_ADMIN\n  n: 1\n",
            vec![drop_item("a.cap_add", "SYS_ADMIN")],
            "a:\n  n: 1\n",
        ),
        (
            "l:\n  - x: true\n    n: a\n",
            vec![edit(Scope::At(Pos::new(2, 5)), "x", Change::Unset(Value::Flag(false)))],
            "l:\n  - n: a\n",
        ),
        ("a: 1\nx: true", vec![unset("x")], "a: 1"),
        (
            "a: {x: true, b: 1, c: 2}\n",
            vec![unset("a.x"), unset("a.b"), flag("a.d", true)],
            "a: {c: 2, d: true}\n",
        ),
        ("a: {x: true}\nb: 1\n", vec![unset("a.x"), flag("a.d", true)], "a: {d: true}\nb: 1\n"),
        ("a: {b: 1}\n", vec![unset("a.x")], "a: {b: 1}\n"),
        ("a: [b]\n", vec![drop_item("a", "x"), drop_item("c", "x")], "a: [b]\n"),
        ("a: 1\n---\nb: 2\n", vec![flag("x", true)], "a: 1\nx: true\n---\nb: 2\n"),
    ];
    for (text, edits, wanted) in cases {
        assert_eq!(mend(text, edits).as_deref(), Ok(*wanted), "{text}{edits:?}");
    }
}

#[test]
fn what_would_touch_something_else_is_refused_with_the_reason() {
    for (text, edits, reason) in [
        ("b: &b {x: {y: 1}}\na:\n  <<: *b\n", vec![flag("a.x.z", true)], "merge key puts x in (line 1)"),
        ("b: &b {x: [1]}\na:\n  <<: *b\n", vec![add("a.x", "2")], "merge key puts x in"),
        ("b: &b\n  x: 1\na: *b\n", vec![flag("a.z", true)], "line 3 is an alias"),
        ("b: &b\n  x: 1\na: *b\n", vec![flag("b.z", true)], "others refer to line 2"),
        ("a: !!map {}\n", vec![flag("a", true)], "an anchor or a tag"),
        ("a: text\n", vec![flag("a.b", true)], "a (line 1) is no mapping"),
        ("a: |\n  text\n", vec![flag("a", true)], "spans several lines"),
        ("a: b\n", vec![add("a", "x")], "is no list"),
        ("? a\n: b: 1\n", vec![flag("x", true)], "this program does not add to it"),
        ("a: [b: 1]\n", vec![edit(Scope::At(Pos::new(1, 5)), "x", Change::Set(Value::Flag(true)))], ""),
        ("a: {b: true}\n", vec![flag("a.c", true), flag("a.c", false)], "changes already"),
        ("a: [", vec![flag("a", true)], "line 1"),
        (
            "a: 1\n",
            vec![edit(Scope::Service("web".into(), None), "x", Change::Set(Value::Flag(true)))],
            "the service web",
        ),
    ] {
        let why = mend(text, &edits).expect_err(text);
        assert!(why.contains(reason), "{text}: {why}");
    }
}

const PODS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web # first
          image: web:1
        - name: proxy
          image: proxy:1
---
kind: List
items:
  - kind: Pod
    spec:
      containers: [{name: web, image: web:2}]
";

#[test]
fn a_container_is_found_in_its_own_object() {
    let set = |scope| mend(PODS, &[edit(scope, "securityContext.x", Change::Set(Value::Flag(true)))]);
    let at = |line, column| Some(Pos::new(line, column));
    let first = set(Scope::Container(at(1, 1), "web".into())).unwrap();
    assert!(
        first
            .contains("image: web:1\n          securityContext:\n            x: true\n        - name: proxy"),
        "{first}"
    );
    let second = set(Scope::Container(at(15, 5), "web".into())).unwrap();
    assert!(second.contains("[{name: web, image: web:2, securityContext: {x: true}}]"), "{second}");
    let pod = set(Scope::Pod(at(1, 1), None)).unwrap();
    assert!(pod.contains("image: proxy:1\n      securityContext:\n        x: true\n---"), "{pod}");
    assert!(set(Scope::Container(None, "proxy".into())).is_ok());
    assert!(set(Scope::Container(None, "web".into())).unwrap_err().contains("more than one"));
    assert!(set(Scope::Container(at(2, 2), "web".into())).unwrap_err().contains("line 2"));
}

#[test]
fn the_diff_says_the_same_as_the_splices() {
    let mended = Text::new(PODS).mend(&[
        vec![&edit(
            Scope::Container(Some(Pos::new(1, 1)), "web".into()),
            "x",
            Change::Set(Value::Flag(true)),
        )],
        vec![&edit(
            Scope::Container(Some(Pos::new(15, 5)), "web".into()),
            "z",
            Change::Set(Value::Flag(true)),
        )],
    ]);
    assert_eq!(
        unified("a b.yaml", PODS, &mended.splices),
        "--- a/a b.yaml\t\n+++ b/a b.yaml\t\n\
@@ -7,6 +7,7 @@
       containers:
         - name: web # first
           image: web:1
+          x: true
         - name: proxy
           image: proxy:1
 ---
@@ -14,4 +15,4 @@
 items:
   - kind: Pod
     spec:
-      containers: [{name: web, image: web:2}]
+      containers: [{name: web, image: web:2, z: true}]
"
    );
}
