//! The append-only record of runs: one file, one line of JSON a run, each with the hash of the line before it.
//!
//! The chain shows that a line was changed, cut out or put in; who may write the file can write a whole new one, so
//! it is evidence for its owner, not against them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use tyrian_model::purple::Run;

/// The most of a record that is read, in bytes; older runs are moved away by hand.
const MOST: u64 = 256 << 20;
/// What stands before the first line.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One line.
#[derive(Serialize, Deserialize)]
struct Line<R> {
    previous: String,
    run: R,
}

/// What a record holds.
#[derive(Debug, Default)]
pub struct Record {
    /// The runs, oldest first.
    pub runs: Vec<Run>,
    /// What is wrong with it: what stands behind a broken place is not among the runs.
    pub remarks: Vec<String>,
}

/// The file of the record below a state directory.
pub fn file(state: &Path) -> PathBuf {
    state.join("purple/runs.jsonl")
}

/// Adds a run, and returns when it is on the disk. Two that do so at once come one after the other.
///
/// # Errors
/// The file cannot be made, locked, read or written.
pub fn append(file: &Path, run: &Run) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}: the run is not recorded", file.display());
    if let Some(directory) = file.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
    }
    let mut open = OpenOptions::new();
    open.read(true).append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    let mut record = open.open(file).map_err(failed)?;
    record.lock().map_err(failed)?;
    let (last, torn) = last_line(&mut record).map_err(failed)?;
    let line = Line { previous: last.map_or(NOTHING.to_owned(), |line| hash(&line)), run };
    let json = serde_json::to_string(&line).map_err(|error| format!("the run cannot be written: {error}"))?;
    // A line that was cut off by a crash is closed, so that this one is whole.
    let text = if torn { format!("\n{json}\n") } else { format!("{json}\n") };
    let length = record.metadata().map_err(failed)?.len();
    record.write_all(text.as_bytes()).and_then(|()| record.sync_all()).map_err(|error| {
        // A part of a line is no evidence; where it cannot be taken back, the next line closes it.
        let _ = record.set_len(length);
        failed(error)
    })
}

/// The last whole line, and whether something stands behind it that was cut off.
fn last_line(record: &mut File) -> std::io::Result<(Option<Vec<u8>>, bool)> {
    record.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    record.take(MOST).read_to_end(&mut bytes)?;
    let torn = !bytes.is_empty() && bytes.last() != Some(&b'\n');
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    if torn {
        lines.pop();
    }
    let whole = lines.into_iter().rev().find(|line| serde_json::from_slice::<Line<Run>>(line).is_ok());
    Ok((whole.map(<[u8]>::to_vec), torn))
}

/// Reads a record; none is an empty one.
pub fn read(file: &Path) -> Record {
    let mut record = Record::default();
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(file);
    let mut bytes = Vec::new();
    match opened.and_then(|opened| opened.take(MOST + 1).read_to_end(&mut bytes)) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return record,
        Err(error) => {
            record.remarks.push(format!("{}: {error}: no run of it counts", file.display()));
            return record;
        }
    }
    if bytes.len() as u64 > MOST {
        record.remarks.push(format!("{}: more than {} MiB; move it away", file.display(), MOST >> 20));
        return record;
    }
    let mut previous = NOTHING.to_owned();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line<Run>>(line) {
            Ok(read) if read.previous == previous => {
                previous = hash(line);
                record.runs.push(read.run);
            }
            Ok(_) => {
                let what = format!(
                    "{}:{}: it does not follow the line before it: this run and those after it do not count",
                    file.display(),
                    number + 1
                );
                record.remarks.push(what);
                return record;
            }
            // A crash cuts a line off; the next one follows the one before it.
            Err(error) => {
                record.remarks.push(format!("{}:{}: no run: {error}", file.display(), number + 1));
            }
        }
    }
    record
}

fn hash(line: &[u8]) -> String {
    Sha256::digest(line).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // helpers of tests are tests
    use super::*;
    use tyrian_model::purple::{Basis, FORMAT, Techniques};

    fn run(id: &str) -> Run {
        Run {
            format: FORMAT,
            id: id.into(),
            started: 1,
            milliseconds: 1,
            who: "root".into(),
            target: "container:web".into(),
            subject: "engine/container:web".into(),
            basis: Basis {
                image: String::new(),
                configuration: String::new(),
                kernel: String::new(),
                runtime: String::new(),
                rules: String::new(),
            },
            driver: "runc".into(),
            detectors: Vec::new(),
            techniques: Techniques { known: 1, tried: 1 },
            whole: true,
            attributed: true,
            proposed: false,
            attempts: Vec::new(),
        }
    }

    fn place(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("tyrian-record-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        file(&directory)
    }

    fn ids(record: &Record) -> Vec<&str> {
        record.runs.iter().map(|run| run.id.as_str()).collect()
    }

    #[test]
    fn what_was_appended_is_there_in_order() {
        let file = place("order");
        assert_eq!(read(&file).runs, []);
        std::thread::scope(|scope| {
            for n in 0..8 {
                let file = &file;
                scope.spawn(move || append(file, &run(&n.to_string())).unwrap());
            }
        });
        let record = read(&file);
        assert_eq!((record.runs.len(), record.remarks.len()), (8, 0), "{record:?}");
        fs::remove_dir_all(file.parent().unwrap().parent().unwrap()).unwrap();
    }

    #[test]
    fn a_line_that_was_cut_off_loses_no_other() {
        let file = place("torn");
        append(&file, &run("a")).unwrap();
        let whole = fs::read(&file).unwrap();
        append(&file, &run("b")).unwrap();
        let both = fs::read(&file).unwrap();
        fs::write(&file, &both[..whole.len() + 30]).unwrap();
        append(&file, &run("c")).unwrap();
        let record = read(&file);
        assert_eq!(ids(&record), ["a", "c"]);
        assert_eq!(record.remarks.len(), 1);
        fs::remove_dir_all(file.parent().unwrap().parent().unwrap()).unwrap();
    }

    #[test]
    fn what_was_changed_does_not_count_nor_what_follows_it() {
        let file = place("changed");
        for id in ["a", "b", "c"] {
            append(&file, &run(id)).unwrap();
        }
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("\"id\":\"a\"", "\"id\":\"x\"")).unwrap();
        let record = read(&file);
        assert_eq!(ids(&record), ["x"]);
        assert!(record.remarks[0].contains("does not follow"), "{record:?}");
        fs::remove_dir_all(file.parent().unwrap().parent().unwrap()).unwrap();
    }
}
