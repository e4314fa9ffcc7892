//! Whether the user's own tools noticed an attempt.
//!
//! Their alerts are read while attempts are made, from a file, a pipe or a Unix socket ([`Ear`]). One is about an
//! attempt when it bears the mark of the run and its time is that of the attempt, by the tool's own clock where it
//! gives one; where it names something that only one attempt makes up, that decides ([`join`]).
//!
//! Everything that is read here is hostile: it may be endless, lie about its time, or name attempts that were never
//! made. And a tool that is dead says as little as one that noticed nothing: only one that was there all the time is
//! *heard*, and silence of another says nothing.

use crate::attack::{Attacked, now, of_first_clone};
use crate::clone::PROBE_DIRECTORY;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tyrian_model::purple::{Alert, Attempt, Detector, Visibility};

/// The longest line that is read, in bytes; what is behind that is passed over.
const LINE: usize = 256 << 10;
/// The most alerts of one run that are kept of one detector.
const ALERTS: usize = 20_000;
/// How many events of the audit system may be told of at the same time, line by line.
const OPEN_EVENTS: usize = 512;
/// The most alerts that are kept of one attempt.
const PER_ATTEMPT: usize = 16;
/// The longest name of a rule, in characters.
const RULE: usize = 200;
/// How far a clock may be off, in milliseconds.
const SKEW: i64 = 1000;
/// By how much an attempt's own beginning may lie behind what it did, in milliseconds: clocks are read in steps.
const STEP: i64 = 5;
/// How long is slept where nothing is to be read.
const PAUSE: Duration = Duration::from_millis(10);

/// A tool whose alerts can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Falco, with `json_output: true`: one object a line.
    Falco,
    /// Tetragon's export of events: one object a line.
    Tetragon,
    /// The log of auditd, or what its dispatcher sends on.
    Auditd,
    /// The kernel's log: `/dev/kmsg`, or what a log daemon writes of it.
    Kernel,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Falco, Kind::Tetragon, Kind::Auditd, Kind::Kernel];

    /// Its name: `falco`, `tetragon`, `auditd`, `kernel`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Falco => "falco",
            Kind::Tetragon => "tetragon",
            Kind::Auditd => "auditd",
            Kind::Kernel => "kernel",
        }
    }
}

/// A tool, and where its alerts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Whose they are.
    pub kind: Kind,
    /// A file that it appends to, a pipe, a Unix socket that it listens on, or a device of the kernel.
    pub path: PathBuf,
}

impl Source {
    /// From `NAME=PATH`.
    ///
    /// # Errors
    /// It is none: what to write.
    pub fn parse(text: &str) -> Result<Source, String> {
        let known = || Kind::ALL.map(Kind::name).join(", ");
        let (name, path) =
            text.split_once('=').ok_or_else(|| format!("not NAME=PATH; NAME is one of {}", known()))?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| format!("no detector {name:?}; known are {}", known()))?;
        if path.is_empty() {
            return Err(format!("where the alerts of {name} come from is missing: {name}=PATH"));
        }
        Ok(Source { kind, path: path.into() })
    }
}

/// What a tool said that bears the mark of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its rule, or what it says.
    pub rule: String,
    /// Is it an alert, or does it only stand in a log?
    pub alert: bool,
    /// When it happened by the tool's own clock, in milliseconds since 1970.
    pub at: Option<i64>,
    /// When it was read here, in milliseconds since 1970.
    pub came: i64,
    /// All of it.
    pub text: String,
    /// The number of the event, where it is told of line by line.
    event: Option<String>,
}

/// What one line of a tool says; nothing: it is none of that tool's, or no event.
pub fn read(kind: Kind, line: &str, came: i64) -> Option<Said> {
    let said =
        |rule: &str, alert, at, text: String, event| Said { rule: tidy(rule), alert, at, came, text, event };
    match kind {
        Kind::Falco => {
            let event: serde_json::Value = serde_json::from_str(line).ok()?;
            let at = event["time"].as_str().and_then(time);
            let nanoseconds = event["output_fields"]["evt.time"].as_i64();
            let at = at.or_else(|| nanoseconds.map(|time| time / 1_000_000));
            Some(said(event["rule"].as_str()?, true, at, line.to_owned(), None))
        }
        Kind::Tetragon => {
            let event: serde_json::Value = serde_json::from_str(line).ok()?;
            let at = event["time"].as_str().and_then(time);
            // One key beside the time and the node says what happened; what a policy asked for is an alert.
            let (what, body) = event.as_object()?.iter().find(|(key, _)| key.starts_with("process_"))?;
            let policy = body["policy_name"].as_str().filter(|policy| !policy.is_empty());
            Some(said(policy.unwrap_or(what), policy.is_some(), at, line.to_owned(), None))
        }
        Kind::Auditd => {
            let (at, number, rest) = audit(line)?;
            let field = |name: &str| {
                rest.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).map(unquoted)
            };
            let kind =
                line.split_once("type=").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or("audit");
            let key = field("key").filter(|key| !key.is_empty() && key != "(null)");
            let text = format!("{line}{}", decoded(rest));
            Some(said(key.as_deref().unwrap_or(kind), false, Some(at), text, Some(number)))
        }
        Kind::Kernel => {
            let (at, text) = kernel(line);
            let rule = text.get(..text.char_indices().nth(60).map_or(text.len(), |(at, _)| at));
            Some(said(rule.unwrap_or_default(), false, at, line.to_owned(), None))
        }
    }
}

/// `1364481363.243:24287` of `msg=audit(…): rest`: the time, the number of the event, and the rest.
fn audit(line: &str) -> Option<(i64, String, &str)> {
    let (_, rest) = line.split_once("audit(")?;
    let (stamp, rest) = rest.split_once("):")?;
    let (time, number) = stamp.split_once(':')?;
    let (seconds, part) = time.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() != 3 || !digits(part) || !digits(number) || !digits(seconds) {
        return None;
    }
    let thousandths: i64 = part.parse().ok()?;
    let at = seconds.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(thousandths)?;
    Some((at, number.to_owned(), rest))
}

fn unquoted(text: &str) -> String {
    text.trim_matches('"').to_owned()
}

/// What the audit system wrote in hexadecimal, because there are spaces in it.
fn decoded(rest: &str) -> String {
    let mut out = String::new();
    for word in rest.split(' ') {
        let Some((_, value)) = word.split_once('=') else { continue };
        if value.len() < 8 || value.len() % 2 != 0 || !value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            continue;
        }
        let pairs = value.as_bytes().chunks_exact(2).filter_map(|pair| std::str::from_utf8(pair).ok());
        let bytes: Vec<u8> = pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
        out.push(' ');
        out.push_str(&String::from_utf8_lossy(&bytes).replace('\0', " "));
    }
    out
}

/// The time of a line of the kernel, where it tells one that can be compared with others, and its text.
fn kernel(line: &str) -> (Option<i64>, &str) {
    let at = audit(line).map(|(at, _, _)| at);
    // A record of /dev/kmsg: level, number, microseconds since the start of the machine, flags; then the text.
    if let Some((head, text)) = line.split_once(';')
        && head.split(',').take(3).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        && head.split(',').count() >= 4
    {
        let since: Option<i64> = head.split(',').nth(2).and_then(|part| part.parse().ok());
        return (at.or(since.and_then(|micros| since_start(micros / 1000))), text);
    }
    let text = line.split_once("kernel: ").map_or(line, |(_, text)| text);
    let Some((clock, rest)) = text.strip_prefix('[').and_then(|text| text.split_once("] ")) else {
        return (at, text);
    };
    let seconds: Option<f64> = clock.trim().parse().ok().filter(|seconds| (0.0..1e12).contains(seconds));
    (at.or(seconds.and_then(|seconds| since_start((seconds * 1000.0) as i64))), rest)
}

/// The time so many milliseconds after the clock of the kernel's log was at zero.
fn since_start(milliseconds: i64) -> Option<i64> {
    started()?.checked_add(milliseconds)
}

/// When the clock of the kernel's log was at zero, in milliseconds since 1970.
fn started() -> Option<i64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(now() - (seconds * 1000.0) as i64)
}

/// A time as RFC 3339 writes it, in milliseconds since 1970.
fn time(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// A name that can be shown: one line, not endless.
fn tidy(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(RULE)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Does it speak of this run? By its mark, or by the directory of the probe.
fn speaks_of(text: &str, mark: &str) -> bool {
    // Some writers of JSON escape the slash.
    text.contains(mark)
        || text.contains(PROBE_DIRECTORY)
        || text.contains(&PROBE_DIRECTORY.replace('/', "\\/"))
}

/// What was heard so far.
#[derive(Debug, Default)]
struct Heard {
    said: Vec<Said>,
    /// Lines of any kind.
    lines: u64,
    /// Why it is not to be trusted that it was there all the time.
    deaf: Option<String>,
    /// There were more alerts than are kept.
    flooded: bool,
    /// Events of the audit system that are being told of: number, name, and which of `said` they are.
    events: VecDeque<(String, String, Option<usize>)>,
}

impl Heard {
    fn line(&mut self, kind: Kind, mark: &str, bytes: &[u8]) {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        self.lines += 1;
        let line = String::from_utf8_lossy(bytes);
        // Lines of an event belong together, whichever of them bears the mark.
        if kind != Kind::Auditd && !speaks_of(&line, mark) {
            return;
        }
        let Some(said) = read(kind, line.trim(), now()) else { return };
        let marked = speaks_of(&said.text, mark);
        let Some(number) = said.event.clone() else {
            if marked {
                self.keep(said);
            }
            return;
        };
        let named = said.text.contains(" key=") && said.rule != "SYSCALL";
        let open = self.events.iter_mut().find(|(other, _, _)| *other == number);
        if let Some((_, name, place)) = open {
            if named {
                name.clone_from(&said.rule);
            }
            let (name, place) = (name.clone(), *place);
            if let Some(kept) = place.and_then(|place| self.said.get_mut(place)) {
                kept.rule = name;
                if kept.text.len() + said.text.len() <= LINE {
                    kept.text.push('\n');
                    kept.text.push_str(&said.text);
                }
            } else if marked {
                let place = self.keep(Said { rule: name, ..said });
                if let Some(open) = self.events.iter_mut().find(|(other, _, _)| *other == number) {
                    open.2 = place;
                }
            }
            return;
        }
        let name = said.rule.clone();
        let place = if marked { self.keep(said) } else { None };
        self.events.push_back((number, name, place));
        if self.events.len() > OPEN_EVENTS {
            self.events.pop_front();
        }
    }

    /// Keeps what was said; where there is too much of it, nothing.
    fn keep(&mut self, said: Said) -> Option<usize> {
        if self.said.len() >= ALERTS {
            self.flooded = true;
            return None;
        }
        self.said.push(said);
        Some(self.said.len() - 1)
    }
}

/// Listens to one tool, from when it is opened until it is closed.
#[derive(Debug)]
pub struct Ear {
    source: Source,
    heard: Arc<Mutex<Heard>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ear {
    /// Begins to listen for what bears that mark. What cannot be opened is deaf, and says why.
    pub fn open(source: &Source, mark: &str) -> Ear {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = match Stream::open(&source.path) {
            Ok(stream) => {
                let (heard, stop) = (Arc::clone(&heard), Arc::clone(&stop));
                let (kind, mark) = (source.kind, mark.to_owned());
                Some(std::thread::spawn(move || listen(stream, kind, &mark, &heard, &stop)))
            }
            Err(error) => {
                lock(&heard).deaf = Some(format!("{}: {error}", source.path.display()));
                None
            }
        };
        Ear { source: source.clone(), heard, stop, thread }
    }

    /// Whose alerts they are.
    pub fn name(&self) -> &'static str {
        self.source.kind.name()
    }

    /// How many of what was said bear the mark.
    fn count(&self) -> usize {
        lock(&self.heard).said.len()
    }

    /// Waits until something more is said than so much, at most so long. Was it?
    fn more_than(&self, count: usize, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while self.count() <= count {
            if Instant::now() >= until || self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
                return self.count() > count;
            }
            std::thread::sleep(PAUSE);
        }
        true
    }

    /// Ends the listening: what was heard.
    fn close(&mut self) -> Heard {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has heard what it had heard.
            let _ = thread.join();
        }
        std::mem::take(&mut *lock(&self.heard))
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Where lines come from.
#[derive(Debug)]
enum Stream {
    /// A file that grows, with the path by which it is found again when it was replaced, and how far it was read.
    File(File, PathBuf, u64),
    /// A pipe, and whether somebody ever wrote to it.
    Pipe(File, bool),
    /// The kernel's log, a record a read.
    Device(File),
    /// A socket.
    Socket(UnixStream),
}

/// What reading came to.
enum Came {
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// What was lost, and that it goes on.
    Lost(&'static str),
    /// It is over, and why.
    Over(String),
}

impl Stream {
    fn open(path: &Path) -> std::io::Result<Stream> {
        let kind = std::fs::metadata(path)?.file_type();
        if kind.is_socket() {
            let socket = UnixStream::connect(path)?;
            socket.set_nonblocking(true)?;
            return Ok(Stream::Socket(socket));
        }
        let mut file =
            File::options().read(true).custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC).open(path)?;
        if kind.is_fifo() {
            return Ok(Stream::Pipe(file, false));
        }
        if kind.is_char_device() {
            file.seek(SeekFrom::End(0))?;
            return Ok(Stream::Device(file));
        }
        if !kind.is_file() {
            return Err(std::io::Error::other("is neither a file, a pipe, a socket nor a device"));
        }
        let at = file.seek(SeekFrom::End(0))?;
        Ok(Stream::File(file, path.to_owned(), at))
    }

    fn read(&mut self, into: &mut [u8]) -> Came {
        let result = match self {
            Stream::File(file, _, _) | Stream::Pipe(file, _) | Stream::Device(file) => file.read(into),
            Stream::Socket(socket) => socket.read(into),
        };
        match (self, result) {
            (Stream::File(file, path, at), Ok(0)) => again(file, path, at),
            (Stream::File(_, _, at), Ok(count)) => {
                *at += count as u64;
                Came::Bytes(count)
            }
            (Stream::Pipe(_, true), Ok(0)) => Came::Over("whoever wrote to the pipe closed it".into()),
            (Stream::Pipe(..) | Stream::Device(_), Ok(0)) => Came::Nothing,
            (Stream::Socket(_), Ok(0)) => Came::Over("the other side closed the socket".into()),
            (Stream::Pipe(_, wrote), Ok(count)) => {
                *wrote = true;
                Came::Bytes(count)
            }
            (_, Ok(count)) => Came::Bytes(count),
            (Stream::Pipe(_, wrote), Err(error)) if error.kind() == ErrorKind::WouldBlock => {
                // Somebody has it open for writing.
                *wrote = true;
                Came::Nothing
            }
            (_, Err(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                Came::Nothing
            }
            (Stream::Device(_), Err(error)) if error.raw_os_error() == Some(libc::EPIPE) => {
                Came::Lost("the kernel's log ran over: some of it was not read")
            }
            (_, Err(error)) => Came::Over(error.to_string()),
        }
    }
}

/// A file at whose end nothing more stands: it may have been cut, or replaced by a new one.
fn again(file: &mut File, path: &Path, at: &mut u64) -> Came {
    let cut = file.metadata().is_ok_and(|meta| meta.len() < *at);
    if cut && file.seek(SeekFrom::Start(0)).is_ok() {
        *at = 0;
        return Came::Lost("the file was cut while it was read: what stood there and was not read is lost");
    }
    let here = file.metadata().map(|meta| (meta.dev(), meta.ino())).ok();
    let there = std::fs::metadata(path).map(|meta| (meta.dev(), meta.ino())).ok();
    if there.is_some()
        && here != there
        && let Ok(Stream::File(mut new, _, _)) = Stream::open(path)
        && new.seek(SeekFrom::Start(0)).is_ok()
    {
        (*file, *at) = (new, 0);
    }
    Came::Nothing
}

/// How long is read on after the end, where it does not stop coming.
const REST: Duration = Duration::from_millis(500);

fn listen(mut stream: Stream, kind: Kind, mark: &str, heard: &Mutex<Heard>, stop: &AtomicBool) {
    let mut buffer = vec![0; 64 << 10];
    let (mut line, mut too_long) = (Vec::new(), false);
    let mut stopped: Option<Instant> = None;
    loop {
        if stop.load(Ordering::Relaxed) {
            let since = *stopped.get_or_insert_with(Instant::now);
            if since.elapsed() > REST {
                lock(heard).deaf = Some("it wrote faster than it could be read".into());
                return;
            }
        }
        match stream.read(&mut buffer) {
            Came::Bytes(count) => {
                let mut heard = lock(heard);
                for byte in buffer.get(..count).unwrap_or_default() {
                    if *byte == b'\n' {
                        if !too_long {
                            heard.line(kind, mark, &line);
                        }
                        line.clear();
                        too_long = false;
                    } else if line.len() < LINE {
                        line.push(*byte);
                    } else {
                        too_long = true;
                    }
                }
            }
            Came::Nothing if stopped.is_some() => {
                if let Stream::Pipe(_, false) = stream {
                    lock(heard).deaf = Some("nobody wrote to the pipe".into());
                }
                return;
            }
            Came::Nothing => std::thread::sleep(PAUSE),
            Came::Lost(what) => lock(heard).deaf = Some(what.to_owned()),
            Came::Over(why) => {
                lock(heard).deaf = Some(why);
                return;
            }
        }
    }
}

/// Closes the ears: alerts go to the attempts that they are about, and what is to be said of each tool comes back.
///
/// Late alerts are waited for, at most so long. A tool that noticed an attempt is then asked whether it is still there:
/// `once_more` makes that attempt again, by its number, in a clone of its own. One that says nothing of it has died.
pub fn conclude(
    ears: Vec<Ear>,
    attacked: &mut Attacked,
    mark: &str,
    patience: Duration,
    once_more: &mut dyn FnMut(usize),
) -> Vec<Detector> {
    let mut detectors = Vec::new();
    let until = Instant::now() + patience;
    let wanted = |attacked: &Attacked, ear: &Ear| {
        let heard = lock(&ear.heard);
        let joined = join(attacked, mark, &heard.said).0;
        let of_interest = |(i, attempt): (usize, &Attempt)| {
            attempt.detections.is_empty()
                || attacked.began.get(i).is_none_or(Option::is_none)
                || joined.iter().any(|(about, _, _)| *about == i)
        };
        !attacked.attempts.iter().enumerate().all(of_interest)
    };
    for mut ear in ears {
        while Instant::now() < until
            && ear.thread.as_ref().is_some_and(|thread| !thread.is_finished())
            && wanted(attacked, &ear)
        {
            std::thread::sleep(PAUSE);
        }
        let (joined, _) = join(attacked, mark, &lock(&ear.heard).said);
        let mut died = false;
        if let Some((about, _, _)) = joined.first() {
            let count = ear.count();
            once_more(*about);
            died = !ear.more_than(count, patience);
        }
        let name = ear.name();
        let heard = ear.close();
        let (joined, stray) = join(attacked, mark, &heard.said);
        for (about, milliseconds, said) in joined {
            let Some(attempt) = attacked.attempts.get_mut(about) else { continue };
            note(attempt, name, &said, milliseconds);
        }
        detectors.push(judged(name, &heard, stray, died));
    }
    detectors
}

/// An alert is about that attempt.
fn note(attempt: &mut Attempt, detector: &str, said: &Said, milliseconds: u64) {
    let known = |alert: &Alert| alert.detector == detector && alert.rule == said.rule;
    if !attempt.alerts.iter().any(known) && attempt.alerts.len() < PER_ATTEMPT {
        let rule = said.rule.clone();
        attempt.alerts.push(Alert { detector: detector.to_owned(), rule, milliseconds });
    }
    if said.alert {
        attempt.visibility = Visibility::Alerted;
    } else if attempt.visibility == Visibility::None {
        attempt.visibility = Visibility::Logged;
    }
}

/// What is to be said of a tool: was it there, and what of it could not be used?
fn judged(name: &str, heard: &Heard, stray: usize, died: bool) -> Detector {
    let deaf = if heard.deaf.is_some() {
        heard.deaf.clone()
    } else if heard.flooded {
        Some(format!("it said more than {ALERTS} things about this run: the rest was not read"))
    } else if died {
        Some("it noticed an attempt, and nothing of the same attempt at the end: it is dead".to_owned())
    } else if heard.lines == 0 {
        Some("it said nothing at all during the run: it may not be running".to_owned())
    } else {
        None
    };
    let stray = (stray > 0).then(|| {
        let (what, are) = if stray == 1 { ("thing", "is") } else { ("things", "are") };
        format!("{stray} {what} that it said of this run {are} about no attempt in the clone")
    });
    let remark = match (&deaf, stray) {
        (Some(deaf), Some(stray)) => Some(format!("{deaf}; {stray}")),
        (deaf, stray) => deaf.clone().or(stray),
    };
    Detector { name: name.to_owned(), heard: deaf.is_none(), remark }
}

/// Which attempts are spoken of: the number of the attempt, how long after it in milliseconds, and what was said; and
/// how much is about none.
fn join(attacked: &Attacked, mark: &str, said: &[Said]) -> (Vec<(usize, u64, Said)>, usize) {
    // Attempts in the order in which they were made.
    let mut made: Vec<(i64, usize)> =
        attacked.began.iter().enumerate().filter_map(|(i, began)| began.map(|began| (began, i))).collect();
    made.sort_unstable();
    let Some((first, _)) = made.first().copied() else {
        return (Vec::new(), said.len());
    };
    let last = attacked.until.unwrap_or(i64::MAX);
    let (mut joined, mut stray) = (Vec::new(), 0);
    for said in said {
        let clones = clones_named(&said.text, mark);
        if !clones.is_empty() && !clones.iter().any(|name| attacked.clones.iter().any(|clone| clone == name))
        {
            // About a twin, or about the same attempt made once more.
            continue;
        }
        // A clock that says that it happened before the run or after it was read is not believed.
        let told = said.at.filter(|at| *at >= first - SKEW && *at <= said.came + SKEW);
        let named = named(&of_first_clone(&said.text, mark, &clones), &attacked.words);
        let about = match told {
            Some(at) if at > last + STEP => continue,
            Some(at) => {
                let window = made.iter().rev().find(|(began, _)| *began <= at + STEP).copied();
                match window {
                    Some((began, i)) if named.is_empty() || named.contains(&i) => Some((began, i, at)),
                    _ => made
                        .iter()
                        .rev()
                        .find(|(began, i)| named.contains(i) && *began <= at + STEP && at - began < SKEW)
                        .map(|(began, i)| (*began, *i, at)),
                }
            }
            // Without a clock only what it names can tell, and it must be one attempt's alone; what was read when
            // the clone was over may be about a twin.
            None if clones.is_empty() && said.came > last + STEP => None,
            None => match named.as_slice() {
                [i] => {
                    let began = attacked.began.get(*i).copied().flatten();
                    began.filter(|began| *began <= said.came + STEP).map(|began| (began, *i, said.came))
                }
                _ => None,
            },
        };
        match about {
            Some((began, i, at)) => {
                joined.push((i, u64::try_from(at - began).unwrap_or(0), said.clone()));
            }
            None => stray += 1,
        }
    }
    (joined, stray)
}

/// The clones that a text names: the mark, a stroke and a number.
fn clones_named<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices(mark) {
        let Some(rest) = text.get(at + mark.len()..).and_then(|rest| rest.strip_prefix('-')) else {
            continue;
        };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let ends = !rest.as_bytes().get(digits).is_some_and(|byte| byte.is_ascii_alphanumeric());
        if digits > 0 && ends {
            names.extend(text.get(at..at + mark.len() + 1 + digits));
        }
    }
    names
}

/// The attempts whose own words a text has: those with the longest word in it.
fn named(text: &str, words: &[Vec<String>]) -> Vec<usize> {
    let longest = |words: &Vec<String>| {
        words.iter().filter(|word| text.contains(word.as_str())).map(String::len).max().unwrap_or(0)
    };
    let lengths: Vec<usize> = words.iter().map(longest).collect();
    let most = lengths.iter().copied().max().unwrap_or(0);
    let those = lengths.iter().enumerate().filter(|(_, length)| **length == most && most > 0);
    those.map(|(i, _)| i).collect()
}

#[cfg(test)]
mod tests;
