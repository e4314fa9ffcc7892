//! Dockerfiles by the rules of BuildKit.

use super::*;
use serde_json::{Value as Json, json};

fn dockerfile(text: &str) -> Json {
    let key = Key([0; 32]);
    serde_json::to_value(read(&Input { path: "a/Dockerfile", text, key: &key })).unwrap()
}
fn stages(text: &str) -> Vec<Json> {
    let json = dockerfile(text);
    json["stages"]["is"].as_array().unwrap_or_else(|| panic!("{text}: {json}")).clone()
}
/// The instructions of all stages.
fn instructions(text: &str) -> Vec<Json> {
    stages(text).iter().flat_map(|stage| stage["instructions"].as_array().unwrap().clone()).collect()
}
fn bases(text: &str) -> Vec<Json> {
    stages(text).iter().map(|stage| stage["base"].clone()).collect()
}
fn set(instruction: &Json) -> Json {
    let set =
        instruction["what"]["set"]["at"][0].as_object().unwrap_or_else(|| panic!("{instruction}")).clone();
    set.into_iter()
        .map(|(name, value)| (name, value["text"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
/// `line:column words`, a pipeline each.
fn shown(script: &Json) -> Vec<String> {
    let pipes = script["pipelines"]["is"].as_array().unwrap_or_else(|| panic!("{script}"));
    let command = |command: &Json| {
        let words = command["words"].as_array().unwrap().iter().map(|word| word["text"].as_str().unwrap());
        words.collect::<Vec<_>>().join(" ")
    };
    let pipe = |pipe: &Json| {
        let commands: Vec<_> = pipe["commands"].as_array().unwrap().iter().map(command).collect();
        format!("{}:{} {}", pipe["at"]["line"], pipe["at"]["column"], commands.join(" | "))
    };
    pipes.iter().map(pipe).collect()
}
fn script(instruction: &Json) -> Vec<String> {
    shown(&instruction["what"]["shell"])
}

#[test]
fn stages_have_names_and_bases() {
    let text = "# syntax=docker/dockerfile:1\nARG V=1.2\nARG R\nFROM --platform=$BUILDPLATFORM golang:${V} AS Build\n\
                RUN a\nfrom build as two\nFROM scratch\nFROM $R/x\nFROM \"alpine:${R:-3}\"\nFROM alpine:$TARGETARCH\n\
                FROM UPPER\n";
    let stages = stages(text);
    let image = &stages[0]["base"]["at"][0]["image"];
    assert_eq!((&image["repository"], &image["tag"]), (&json!("library/golang"), &json!("1.2")));
    assert_eq!(stages[0]["name"], "build");
    assert_eq!(stages[0]["at"], json!({"line": 4, "column": 1}));
    assert_eq!(stages[1]["base"]["at"][0], json!({"stage": 0}));
    assert_eq!(stages[2]["base"]["at"][0], "scratch");
    assert_eq!(stages[3]["base"]["gap"]["why"], "unresolved");
    assert!(stages[3]["base"]["gap"]["what"].as_str().unwrap().starts_with("a/Dockerfile:8:6: "));
    assert_eq!(stages[4]["base"]["at"][0]["image"]["tag"], "3");
    assert_eq!(stages[5]["base"]["gap"]["why"], "unresolved");
    assert_eq!(stages[6]["base"]["gap"]["why"], "malformed");
}

#[test]
fn what_the_builder_knows_is_no_fault_of_the_file() {
    let text = "FROM --platform=$BUILDPLATFORM golang:1 AS b\nARG TARGETARCH\nARG TARGETOS TARGETVARIANT=v7\nENV A=$TARGETARCH\n\
                COPY a-$TARGETARCH /b/${TARGETOS}_$A$TARGETVARIANT\nCOPY $OTHER-$TARGETARCH /b\nFROM base-$TARGETARCH\nFROM x-$WHO\n";
    let found = instructions(text);
    assert_eq!(found[3]["what"]["copy"]["sources"]["is"], json!(["a-$TARGETARCH"]));
    assert_eq!(found[3]["what"]["copy"]["target"]["is"], "/b/${TARGETOS}_$Av7");
    let gap = |json: &Json| json["gap"]["what"].as_str().unwrap().to_owned();
    let open = gap(&found[4]["what"]["copy"]["sources"]);
    assert!(
        open.ends_with("it hangs on OTHER, whose value is not in this file; give it a default"),
        "{open}"
    );
    let bases: Vec<String> = bases(text)[1..].iter().map(gap).collect();
    assert!(
        bases[0].contains("TARGETARCH, which the builder sets for each platform; scan the image"),
        "{bases:?}"
    );
    assert!(
        bases[1].ends_with("hangs on WHO, whose value is not in this file; give it a default"),
        "{bases:?}"
    );
}

#[test]
fn the_frontend_is_noted() {
    let text = "#syntax = docker.io/x/y:1 \n# escape=`\nFROM a\n";
    assert_eq!(dockerfile(text)["syntax"], json!({"at": ["docker.io/x/y:1", {"line": 1, "column": 1}]}));
    assert_eq!(dockerfile("# a\n# syntax=x\nFROM a\n")["syntax"], json!({"is": null}));
}

#[test]
fn variables_have_the_scope_of_the_builder() {
    let found = instructions(
        "ARG A=global\nFROM x\nENV a=$A\nARG A\nENV b=$A c=$b\nARG A=own\nENV d=$A A=env\nENV e=$A f='$A' g=\"$A\" \
         h=\\$A PATH=$PATH:/x\nARG A=late\nUSER $A\nFROM scratch\nWORKDIR /$no/${X:-d}/${X:+p}${X-q}\nUSER ${A%x}\n",
    );
    assert_eq!(set(&found[0]), json!({"a": "$A"}));
    assert_eq!(set(&found[2]), json!({"b": "global", "c": "$b"}));
    assert_eq!(set(&found[4]), json!({"d": "own", "A": "env"}));
    assert_eq!(set(&found[5]), json!({"e": "env", "f": "$A", "g": "env", "h": "$A", "PATH": "$PATH:/x"}));
    assert_eq!(found[7]["what"]["text"]["is"], "env");
    assert_eq!(found[8]["what"]["text"]["is"], "//d/q");
    assert_eq!(found[9]["what"]["text"]["gap"]["why"], "unresolved");
    // What a stage sets, those that are built on it have; others have not.
    let found = instructions("FROM x AS a\nENV U=me\nARG V=1\nFROM a\nUSER $U$V\nFROM x\nUSER $U\n");
    assert_eq!(found[2]["what"]["text"]["is"], "me1");
    assert_eq!(found[3]["what"]["text"]["gap"]["why"], "unresolved");
}

#[test]
fn values_are_read_in_both_forms() {
    let found = instructions(
        "FROM x\nENV a b  c\nENV a=\"b c\" d='e f' g=h\\ i \\\n # comment\n\n  j=k\nLABEL \"x y\"=z\nENV\nENV a=1 b\n\
         ARG A B=1\nENV a=\"b\n",
    );
    assert_eq!(set(&found[0]), json!({"a": "b  c"}));
    assert_eq!(set(&found[1]), json!({"a": "b c", "d": "e f", "g": "h i", "j": "k"}));
    assert_eq!(found[1]["what"]["set"]["at"][0]["j"]["at"], json!({"line": 6, "column": 3}));
    assert_eq!(set(&found[2]), json!({"x y": "z"}));
    assert_eq!(found[3]["what"]["set"]["gap"]["why"], "malformed");
    assert_eq!(found[4]["what"]["set"]["gap"]["why"], "malformed");
    assert_eq!(set(&found[5]), json!({"A": null, "B": "1"}));
    assert_eq!(found[6]["what"]["set"]["gap"]["why"], "malformed");
}

#[test]
fn scripts_keep_their_lines() {
    let found = instructions(
        "FROM x\r\nRUN --mount=type=cache,target=/c --network=none a && \\\r\n# why\r\n\r\n    b $X | c \\\r\n  ; d\r\nCMD e\r\n",
    );
    assert_eq!(found[0]["flags"], json!([["mount", "type=cache,target=/c"], ["network", "none"]]));
    assert_eq!(script(&found[0]), ["2:49 a", "5:5 b $X | c", "6:5 d"]);
    assert_eq!(script(&found[1]), ["7:5 e"]);
    assert_eq!(found[1]["at"], json!({"line": 7, "column": 1}));
    let found = instructions("FROM x\nRUN a; if b\nRUN c\n");
    assert_eq!(found[0]["what"]["shell"]["pipelines"]["gap"]["why"], "malformed");
    assert!(
        found[0]["what"]["shell"]["pipelines"]["gap"]["what"].as_str().unwrap().contains("Dockerfile:2:8")
    );
    assert_eq!(script(&found[1]), ["3:5 c"]);
}

#[test]
fn the_shell_changes_and_is_inherited() {
    let found = stages(
        "FROM x AS a\nRUN x\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN y\nFROM a\nRUN z\nFROM x\nRUN x\n\
         SHELL [\"powershell.exe\", \"-command\"]\nRUN Get-Item \"x\n",
    );
    let shell = |stage: usize, index: usize| {
        let script = &found[stage]["instructions"][index]["what"]["shell"];
        (script["shell"].as_str().unwrap().to_string(), script["errexit"] == true, script["pipefail"] == true)
    };
    assert_eq!(shell(0, 0), ("sh".into(), false, false));
    assert_eq!(shell(0, 2), ("bash".into(), true, true));
    assert_eq!(shell(1, 0), ("bash".into(), true, true));
    assert_eq!(shell(2, 0), ("sh".into(), false, false));
    assert_eq!(shell(2, 2), ("powershell".into(), false, false));
    assert_eq!(found[2]["instructions"][2]["what"]["shell"]["pipelines"]["gap"]["why"], "not_read");
}

#[test]
fn heredocs_belong_to_their_instruction() {
    let text = "FROM x\nRUN <<EOF\na\nb $X\nEOF\nRUN cat <<-'A' <<B > /c && d\n\t$x\n\tA\ny\nB\n\
                COPY --chown=1 <<one \"<<no\" <<-\"two\" /t/\n1\none\n2\n\ttwo\nRUN <<EOF\n#!/usr/bin/env python3\nimport os\nEOF\nUSER u\n";
    let found = instructions(text);
    assert_eq!(script(&found[0]), ["3:1 a", "4:1 b $X"]);
    assert_eq!(script(&found[1]), ["6:5 cat", "6:28 d"]);
    let redirects = &found[1]["what"]["shell"]["pipelines"]["is"][0]["commands"][0]["redirects"];
    assert_eq!((&redirects[0][1]["text"], &redirects[1][1]["text"]), (&json!("\t$x\n"), &json!("y\n")));
    assert_eq!(found[2]["what"]["copy"]["sources"]["is"], json!(["<<one", "<<no", "<<two"]));
    assert_eq!(found[3]["what"]["shell"]["shell"], "python3");
    assert_eq!(found[4]["at"]["line"], 20);
    assert_eq!(dockerfile("FROM x\nRUN <<E\na\n")["stages"]["gap"]["why"], "malformed");
}

#[test]
fn exec_forms_are_json_or_else_shell_forms() {
    let found = instructions(
        "FROM x\nCMD [\"a\", \"b c\"]\nCMD ['a']\nCMD [ \"a\", 1 ]\nHEALTHCHECK --interval=5s CMD [\"a\"]\nHEALTHCHECK CMD a || b\n\
         HEALTHCHECK NONE\nHEALTHCHECK x\nENTRYPOINT [\"a\"] b\nVOLUME [\"/a\", \"/b\"]\nVOLUME /a /b\nEXPOSE 80/tcp 443\n",
    );
    let text = |index: usize| found[index]["what"]["exec"]["is"][1]["text"].clone();
    assert_eq!(text(0), "b c");
    assert_eq!(script(&found[1]), ["3:5 [a]"]);
    assert_eq!(found[2]["what"]["exec"]["gap"]["why"], "malformed");
    assert_eq!(found[3]["flags"], json!([["interval", "5s"]]));
    assert_eq!(found[3]["what"]["exec"]["is"][0]["text"], "a");
    assert_eq!(script(&found[4]), ["6:17 a", "6:22 b"]);
    assert_eq!(found[5]["what"]["text"]["is"], "NONE");
    assert_eq!(found[6]["what"]["text"]["gap"]["why"], "malformed");
    assert_eq!(script(&found[7]), ["9:12 [a] b"]);
    assert_eq!(found[8]["what"]["list"]["is"], json!(["/a", "/b"]));
    assert_eq!(found[9]["what"]["list"]["is"], json!(["/a", "/b"]));
    assert_eq!(found[10]["what"]["list"]["is"], json!(["80/tcp", "443"]));
}

#[test]
fn copies_know_sources_and_target() {
    let found = instructions(
        "FROM x\nARG A=1\nARG B\nCOPY --from=0 --link a$A b /c/\nADD [\"a b\", \"/c\"]\nCOPY $B /x\nCOPY a\nCOPY a /$PWD\n",
    );
    assert_eq!(found[2]["what"]["copy"], json!({"sources": {"is": ["a1", "b"]}, "target": {"is": "/c/"}}));
    assert_eq!(found[2]["flags"], json!([["from", "0"], ["link", ""]]));
    assert_eq!(found[3]["what"]["copy"]["sources"]["is"], json!(["a b"]));
    assert_eq!(found[4]["what"]["copy"]["sources"]["gap"]["why"], "unresolved");
    assert_eq!(found[4]["what"]["copy"]["target"]["is"], "/x");
    assert_eq!(found[5]["what"]["copy"]["target"]["gap"]["why"], "malformed");
    assert_eq!(found[6]["what"]["copy"]["target"]["gap"]["why"], "unresolved");
}

#[test]
fn directives_stand_at_the_top_only() {
    let found = instructions("# escape=`\nFROM x\nCOPY a `\n C:\\b\nRUN dir `\n C:\\\n");
    assert_eq!(found[0]["what"]["copy"]["target"]["is"], "C:\\b");
    assert_eq!(found[1]["what"]["shell"]["shell"], "cmd");
    let found = instructions("# a comment\n# escape=`\nFROM x\nUSER a\\\nb\n");
    assert_eq!(found[0]["what"]["text"]["is"], "ab");
    for text in ["# escape=x\nFROM a\n", "# syntax=a\n# syntax=b\nFROM a\n"] {
        assert_eq!(dockerfile(text)["stages"]["gap"]["why"], "malformed", "{text}");
    }
    assert_eq!(instructions("\u{feff}FROM x\nUSER a").len(), 1);
}

#[test]
fn later_instructions_are_told_apart() {
    let found = instructions(
        "FROM x\nENV A=1\nONBUILD RUN a && \\\n  b\nONBUILD COPY $A /x\nONBUILD ENV A=2\nUSER $A\n",
    );
    assert_eq!(found[1]["name"], "ONBUILD RUN");
    assert_eq!(script(&found[1]), ["3:13 a", "4:3 b"]);
    assert_eq!(found[2]["what"]["copy"]["sources"]["gap"]["why"], "unresolved");
    assert_eq!(found[4]["what"]["text"]["is"], "1");
}

#[test]
fn what_is_no_dockerfile_is_a_gap_with_its_place() {
    for (text, line) in [
        ("", 1),
        ("# only\n", 1),
        ("RUN a\nFROM x\n", 1),
        ("FROM x\nRUM a\n", 2),
        ("ARG A\n", 1),
        ("FROM\n", 1),
        ("FROM a b\n", 1),
        ("FROM x\nONBUILD FROM y\n", 2),
        ("FROM x\nONBUILD\n", 2),
        ("FROM x\n{{ if y }}\nRUN z\n", 2),
    ] {
        let gap = dockerfile(text)["stages"]["gap"].clone();
        assert_eq!(gap["why"], "malformed", "{text}");
        assert!(gap["what"].as_str().unwrap().starts_with(&format!("a/Dockerfile:{line}:")), "{text}: {gap}");
    }
    assert_eq!(bases("FROM ${A:-$\n")[0]["gap"]["why"], "malformed");
}

#[test]
fn hostile_texts_are_bounded() {
    let deep = format!("FROM x\nENV a={}b{}\n", "${a:-".repeat(5000), "}".repeat(5000));
    assert_eq!(instructions(&deep)[0]["what"]["set"]["gap"]["why"], "malformed");
    let growth: String = (0..60).map(|_| "ENV a=$a$a$a$a$a$a$a$a\n").collect();
    let found = read(&Input {
        path: "x",
        text: &format!("FROM scratch\nENV a=abcdefgh\n{growth}"),
        key: &Key([0; 32]),
    });
    assert!(serde_json::to_string(&found).unwrap().len() < 60 * 2 * LONGEST_VALUE);
    assert_eq!(dockerfile(&"FROM x\n".repeat(LONGEST))["stages"]["gap"]["why"], "malformed");
}

#[test]
fn dockerfiles_have_their_names() {
    for path in [
        "Dockerfile",
        "a/b/Dockerfile",
        "Dockerfile.alpine",
        "Dockerfile-prod",
        "Dockerfile_ci",
        "api.Dockerfile",
        "x.dockerfile",
        "Containerfile",
        "Containerfile.dev",
        "dockerfile",
        "Dockerfile.go",
        "dockerfile.prod",
        "Dockerfile.v1.2",
    ] {
        assert!(is_dockerfile(path), "{path}");
    }
    for path in [
        "Dockerfile.md",
        "Dockerfile.dockerignore",
        "api.Dockerfile.dockerignore",
        ".dockerignore",
        "dockerfile.go",
        "Dockerfiles",
        "Dockerfile/x",
        "Dockerfile.tmpl",
        "Dockerfile.alpine.j2",
        "Dockerfile.",
        "Dockerfile~",
        "Dockerfile.x~",
        "mydockerfile",
        "dockerfile-parser.js",
        "",
        "Dockerfile.in",
    ] {
        assert!(!is_dockerfile(path), "{path}");
    }
}

#[test]
fn hostile_files_end_soon() {
    // A heredoc in a heredoc is text of the outer one, and its own end ends nothing.
    let found = instructions(
        "FROM x\nRUN <<A\ncat <<B\nA1\nB\necho end\nA\nCOPY <<-'C' <<D /d/\n\t\tin c\n\tC\nin d\nD\nUSER me\n",
    );
    assert_eq!(found.len(), 3);
    assert_eq!(found[1]["what"]["copy"]["sources"]["is"], json!(["<<C", "<<D"]));
    assert_eq!(found[2]["what"]["text"]["is"], "me");
    // The same with the ends of lines of Windows, and with a file that ends in the middle of a line.
    let found = instructions("FROM x\r\nRUN <<A\r\ncat <<B\r\nB\r\nA\r\nUSER me\\\r\n");
    assert_eq!(found[1]["what"]["text"]["is"], "me");
    for end in
        ["RUN a \\", "RUN a && \\\n", "USER \\", "ENV a=\\", "COPY [\"a\", \\", "LABEL a=\"b\\", "RUN <<A \\"]
    {
        let json = dockerfile(&format!("FROM x\n{end}"));
        assert!(json["stages"]["is"].is_array() || json["stages"]["gap"].is_object(), "{end}: {json}");
    }
    // Escapes in odd places.
    for line in
        ["ENV a=\\", "ENV \\=b", "USER \\\\", "WORKDIR \\$x\\", "EXPOSE \\8\\0", "# escape=`", "ADD \\  \\ x"]
    {
        dockerfile(&format!("FROM x\n{line}\nRUN b\n"));
    }
    let many = format!("FROM x\n{}", "RUN a\n".repeat(100_000));
    assert_eq!(instructions(&many).len(), 100_000);
    let long = format!("FROM x\nRUN echo {}\nUSER me\n", "a".repeat(900_000));
    assert_eq!(instructions(&long)[1]["what"]["text"]["is"], "me");
    let too_long = format!("FROM x\nRUN echo {}\n", "a".repeat(LONGEST));
    assert_eq!(dockerfile(&too_long)["stages"]["gap"]["why"], "malformed");
}
