use crate::checks::prelude::*;

check! {
    /// A script puts a backup where everybody can read it.
    ///
    /// ## What it checks
    /// Shell scripts of the tree: uploads to object storage with an access list for everybody
    /// (`aws s3 cp … --acl public-read`, `s3cmd put --acl-public`, `gsutil cp -a public-read`,
    /// `rclone --s3-acl public-read`) of what calls itself a backup or a dump of a database. Other files may be
    /// published on purpose, and are left out.
    /// ## Why it matters
    /// Names of buckets are guessed and searched all the time; a backup is everything that the service knows.
    /// ## Fix
    /// Drop the access list, and block public access for the bucket as a whole.
    "public-backup-in-script",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::Medium,
    controls: &["cloud-least-privilege", "lint-scripts"],
    ids: &["attack:T1530"],
    bad: &[
        Example::Tree(&[("scripts/backup.sh", r#"#!/bin/sh
pg_dump shop > $FILE
aws s3 cp $FILE s3://shop-backups/today.sql --acl public-read
"#)]),
        Example::Tree(&[("nightly.sh", r#"#!/bin/bash
tar cz /srv/data | gpg -e -r ops > backup.tgz.gpg
s3cmd put --acl-public backup.tgz.gpg s3://shop-archive/
"#)]),
        Example::Tree(&[("nightly.sh", r#"#!/bin/bash
gsutil -m cp -a public-read /var/lib/dumps/shop.dump gs://shop/
"#)]),
    ],
    good: &[
        Example::Tree(&[("scripts/backup.sh", r#"#!/bin/sh
pg_dump shop > $FILE
aws s3 cp $FILE s3://shop-backups/today.sql
"#)]),
        Example::Tree(&[("site.sh", r#"#!/bin/sh
aws s3 sync public/ s3://www.shop.example/ --acl public-read
"#)]),
        Example::Tree(&[("site.sh", r#"#!/bin/sh
aws s3 cp backup.html s3://www.shop.example/docs/backup.html --acl public-read
"#)]),
        Example::Tree(&[("restore.sh", r#"#!/bin/sh
aws s3 cp s3://shop-backups/today.sql .
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    let pipes = see.get(&it.pipelines)?;
    let open = pipes.iter().flat_map(|pipe| &pipe.commands).filter(|command| is_public(command));
    let found = open.filter(|command| command.arguments().any(is_backup)).map(|command| Fault {
        what: "puts a backup into storage that everybody can read".into(),
        at: Some(command.at.clone()),
    });
    faults(found.collect())
}

/// Does it upload something for everybody to read?
fn is_public(command: &Command) -> bool {
    let words: Vec<&str> = command.arguments().collect();
    let follows = |flag: &str| {
        words.windows(2).any(|two| two[0] == flag && two[1].starts_with("public-read"))
            || words
                .iter()
                .any(|word| word.strip_prefix(flag).is_some_and(|rest| rest.starts_with("=public-read")))
    };
    match command.program() {
        "aws" => follows("--acl"),
        "s3cmd" => words.contains(&"put") && words.iter().any(|word| matches!(*word, "--acl-public" | "-P")),
        "gsutil" => follows("-a"),
        "rclone" => follows("--s3-acl"),
        _ => false,
    }
}

/// Does a path say that it is a backup: by what it is called or lies in, or by its ending? A page about backups is none.
fn is_backup(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let page = [".html", ".htm", ".md", ".css", ".js", ".png", ".svg"].iter().any(|end| word.ends_with(end));
    let named = word
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| matches!(part, "backup" | "backups" | "pgdump" | "mysqldump" | "sql" | "bak"));
    (named || word.ends_with(".dump")) && !page
}
