//! Shell scripts as pipelines.

use super::*;
use tyrian_model::fact::See;
use tyrian_model::facts::World;

fn read(text: &str) -> Script {
    script(&Key([0; 32]), text, Pos::new(1, 1), "bash", false, false)
}
fn pipes(text: &str) -> Vec<Pipe> {
    let world = World::default();
    let script = read(text);
    let see = See::new(&world);
    see.get(&script.pipelines).cloned().unwrap_or_else(|_| panic!("{text}: {:?}", script.pipelines))
}
/// `line:column words | words then condition`, a pipeline each.
fn shown(text: &str) -> Vec<String> {
    let command = |command: &Command| {
        let assignments = command.assignments.iter().map(|(name, value)| format!("{name}:={}", value.text));
        let words = command.words.iter().map(|word| word.text.clone());
        let redirects = command.redirects.iter().map(|(op, target)| format!("{op}<{}>", target.text));
        assignments.chain(words).chain(redirects).collect::<Vec<_>>().join(" ")
    };
    let pipe = |pipe: &Pipe| {
        let then = match pipe.then {
            Then::Next => "",
            Then::And => " &&",
            Then::Or => " ||",
            Then::Background => " &",
        };
        let condition = if pipe.condition { " ?" } else { "" };
        let commands: Vec<_> = pipe.commands.iter().map(command).collect();
        format!("{}:{} {}{then}{condition}", pipe.at.line, pipe.at.column, commands.join(" | "))
    };
    pipes(text).iter().map(pipe).collect()
}
fn is_gap(text: &str) -> Option<String> {
    let written = format!("{:?}", read(text).pipelines);
    written.contains("Gap(Gap").then_some(written)
}

#[test]
fn lists_keep_what_joins_them() {
    assert_eq!(
        shown("a && b || c; d & e\nf"),
        ["1:1 a &&", "1:6 b ||", "1:11 c", "1:14 d &", "1:18 e", "2:1 f"]
    );
    assert_eq!(shown("a | b |& c && d"), ["1:1 a | b | c &&", "1:15 d"]);
    assert_eq!(shown("a \\\n  && b"), ["1:1 a &&", "2:6 b"]);
    assert_eq!(shown("a && # why\n\n b"), ["1:1 a &&", "3:2 b"]);
}

#[test]
fn conditions_are_told_apart() {
    assert_eq!(
        shown("if a && b; then c; elif d; then e; else f; fi || g"),
        ["1:4 a && ?", "1:9 b ?", "1:17 c", "1:25 d ?", "1:33 e", "1:41 f", "1:50 g"]
    );
    assert_eq!(
        shown("while a | b; do c; done; until d\ndo\ne\ndone"),
        ["1:7 a | b ?", "1:17 c", "1:32 d ?", "3:1 e"]
    );
    assert_eq!(
        shown("! a | b; ! c && d; ! { e; f; }"),
        ["1:3 a | b ?", "1:12 c && ?", "1:17 d", "1:24 e ?", "1:27 f ?"]
    );
    assert_eq!(
        shown("[ ! -f x ] || [[ $a == b && (c < d) ]]"),
        ["1:1 [ ! -f x ] ||", "1:15 [[ $a == b && (c < d) ]]"]
    );
}

#[test]
fn groups_and_functions_are_entered() {
    assert_eq!(
        shown("f() {\n  a\n}\nfunction g::h { b; }\n(c; d) || e"),
        ["2:3 a", "4:17 b", "5:2 c ?", "5:5 d ||", "5:11 e"]
    );
    assert_eq!(shown("{ a; b; } 2>&1 | tee log"), ["1:1 2>&<1> | tee log", "1:3 a", "1:6 b"]);
    assert_eq!(
        shown("while read -r l; do a; done < <(b)"),
        ["1:1 <<<(b)>", "1:7 read -r l ?", "1:21 a", "1:33 b"]
    );
    assert_eq!(shown("case $x in (a|'b c') d ;; *) e; esac"), ["1:22 d", "1:30 e"]);
    assert_eq!(shown("for i in a $(b) c; do d; done; for x do e; done"), ["1:14 b", "1:23 d", "1:41 e"]);
    assert_eq!(
        shown("for ((i=0; i<n[1]; i++)); do a; done; ((i++)) && b"),
        ["1:30 a", "1:39 ((i++)) &&", "1:50 b"]
    );
}

#[test]
fn substitutions_are_pipelines_of_their_own() {
    assert_eq!(
        shown("a \"x $(b \"$(c)\") y\" `d`"),
        ["1:1 a x $(b \"$(c)\") y `d`", "1:8 b $(c)", "1:13 c", "1:22 d"]
    );
    assert_eq!(
        shown("x=${y:-$(a | b)} z=$(( 1 + $(c) ))"),
        ["1:1 x:=${y:-$(a | b)} z:=$(( 1 + $(c) ))", "1:10 a | b", "1:30 c"]
    );
    assert_eq!(shown("a $(case x in y) b;; esac)"), ["1:1 a $(case x in y) b;; esac)", "1:18 b"]);
}

#[test]
fn words_lose_their_quotes() {
    assert_eq!(shown(r#"a 'b c'"d \" \x"e\ f $'g\n' ''"#), ["1:1 a b cd \" \\xe f g\n "]);
    let expands = |text: &str| pipes(text)[0].commands[0].words.iter().map(|w| w.expands).collect::<Vec<_>>();
    assert_eq!(
        expands("a $b '$c' \"$d\" \\$e f* 'g*' {h,i} {} ~ x[12] [ ]"),
        [false, true, false, true, false, true, false, true, false, true, true, false, false]
    );
    assert_eq!(
        expands("a ${{ github.event.issue.title }} '${{ x }}' {{ .Values.y }}"),
        [false, true, true, true]
    );
    assert_eq!(shown("a ${{ b | c('d') }}e"), ["1:1 a ${{ b | c('d') }}e"]);
}

#[test]
fn redirections_and_heredocs_are_kept() {
    assert_eq!(shown("a > b 2>&1 c <<< \"$d\" &>>e {f}>g"), ["1:1 a c ><b> 2>&<1> <<<<$d> &>><e> {f}><g>"]);
    assert_eq!(
        shown("cat <<EOF | sh && b\nx $(c)\nEOF\nd"),
        ["1:1 cat <<<x $(c)\n> | sh &&", "1:19 b", "2:5 c", "4:1 d"]
    );
    assert_eq!(
        shown("a <<A <<-'B' >c\n1\nA\n\t$(no)\n\tB\nd"),
        ["1:1 a <<<1\n> <<-<\t$(no)\n> ><c>", "6:1 d"]
    );
    assert_eq!(
        shown("x=$(cat <<E\ny\nE\n)\n<<E a\nz\nE"),
        ["1:1 x:=$(cat <<E\ny\nE\n)", "1:5 cat <<<y\n>", "5:1 a <<<z\n>"]
    );
    assert_eq!(shown("if a; then b <<E; fi\nx\nE\nc"), ["1:4 a ?", "1:12 b <<<x\n>", "4:1 c"]);
}

#[test]
fn assignments_are_no_words() {
    assert_eq!(
        shown("A=1 B='2 3' cmd C=4; D=$x; e+=(f \"g h\" # i\n j); m[1]=n"),
        ["1:1 A:=1 B:=2 3 cmd C=4", "1:22 D:=$x", "1:28 e:=(f g h j)", "2:6 m[1]:=n"]
    );
    assert_eq!(shown("export A=b C; V=2 kube::log x"), ["1:1 export A=b C", "1:15 V:=2 kube::log x"]);
}

#[test]
fn places_are_those_of_the_outer_file() {
    let script = script(&Key([0; 32]), "é; a\nb", Pos::new(10, 5), "sh", true, false);
    let world = World::default();
    let see = See::new(&world);
    let pipes = see.get(&script.pipelines).unwrap();
    let places: Vec<_> = pipes.iter().map(|pipe| (pipe.at.line, pipe.at.column)).collect();
    assert_eq!(places, [(10, 5), (10, 8), (11, 1)]);
    assert!(script.errexit);
}

#[test]
fn what_does_not_parse_is_a_gap_with_its_place() {
    for text in [
        "if a; then b",
        "a )",
        "echo 'x",
        "echo \"$(a\"",
        "done",
        "a | | b",
        "case x in",
        "(a",
        "esac",
        "a ;; b",
        "fi; x",
        "{ a; ",
        "for; do x; done",
        "x=(a",
        "[[ a",
        "`a",
        "a > ",
        "f() g",
        "a;| b",
        "a & & b",
        "a\n| b",
        "f()f(){ a; }",
        "foo (bar)",
        "${a",
    ] {
        assert!(is_gap(text).is_some(), "{text}: {:?}", read(text).pipelines);
    }
    assert!(is_gap("a\nif b\n").unwrap().contains("line 2"));
    assert!(is_gap(&"a;".repeat(LONGEST)).is_some());
    assert!(is_gap(&format!("{}a{}", "$(".repeat(500), ")".repeat(500))).is_some());
    assert!(is_gap(&"\"$(".repeat(5000)).is_some());
    assert!(is_gap(&"(".repeat(100_000)).is_some());
    assert!(is_gap(&"{ ".repeat(100_000)).is_some());
    assert!(is_gap("").is_none());
    assert!(is_gap("# nothing\n").is_none());
}

#[test]
fn the_first_line_of_a_file_says_its_shell() {
    assert_eq!(shebang("#!/bin/bash -eu\nx"), ("bash".into(), true, false));
    assert_eq!(shebang("#!/usr/bin/env -S bash -eo pipefail\nx"), ("bash".into(), true, true));
    assert_eq!(shebang("#!/bin/sh\n"), ("sh".into(), false, false));
    assert_eq!(shebang("#! /usr/bin/dumb-init /bin/sh -e"), ("sh".into(), true, false));
    assert_eq!(shebang("#!/usr/bin/env python3"), ("python3".into(), false, false));
    assert_eq!(shebang("x"), (String::new(), false, false));
    let key = Key([0; 32]);
    let python = file(&Input { path: "x.sh", text: "#!/usr/bin/python3\nimport os\n", key: &key });
    assert!(format!("{:?}", python.pipelines).contains("NotRead"));
}

#[test]
fn output_that_something_else_takes_is_told() {
    let key = Key([0; 32]);
    let text = "a\nb=$(c)\n{ d; e; } > f\nif g; then h; fi | i\n{ j; } >&2\n( k ) 2> l\n{ m; } > /dev/stderr\nwhile n; do o; done >> p\n";
    let script = script(&key, text, Pos::new(1, 1), "sh", false, false);
    let json = serde_json::to_value(script.pipelines).unwrap();
    let name = |pipe: &serde_json::Value| pipe["commands"][0]["words"][0]["text"].as_str().map(str::to_owned);
    let pipes = json["is"].as_array().unwrap();
    let taken: Vec<String> = pipes.iter().filter(|pipe| pipe["taken"] == true).filter_map(name).collect();
    assert_eq!(taken, ["c", "d", "e", "g", "h", "n", "o"]);
}
