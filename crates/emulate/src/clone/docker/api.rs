//! The Engine API as far as clones need it: requests with JSON, archives, and a container's standard streams.
//!
//! Every call is bounded in time, every answer in size; what an engine says of a failure is kept, cut and clean.

use super::super::Trouble;
use serde_json::Value;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tyrian_collect::docker::{Endpoint, greet};
use tyrian_collect::wire::Wire;
use tyrian_model::fact::Gap;
use ureq::Agent;
use ureq::http::{Method, Request};

/// To be let in.
const CONNECT: Duration = Duration::from_secs(3);
/// For one answer: an engine that starts several containers at once takes its time.
const ANSWER: Duration = Duration::from_secs(30);
/// For one answer of an engine that has let such a time pass: so that one that hangs is waited for once, and not for
/// everything that it is asked to remove.
const LITTLE: Duration = Duration::from_secs(1);
/// Bytes of one answer.
const LARGEST: u64 = 8 << 20;
/// Bytes of the head of an answer.
const HEAD: usize = 16 << 10;

/// A conversation with an engine.
#[derive(Debug)]
pub(crate) struct Api {
    endpoint: Endpoint,
    agent: Agent,
    /// `/v1.41`.
    version: String,
    /// For one answer.
    patience: Duration,
    /// Has it let that time pass?
    hangs: AtomicBool,
}

/// What went wrong with a request.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The status of the answer; nothing: there was none.
    pub(crate) status: Option<u16>,
    /// What the engine said, or what became of the connection.
    pub(crate) message: String,
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Trouble {
        Trouble::DidNotStart(refusal.message)
    }
}

impl Api {
    /// Greets the engine.
    pub(crate) fn open(endpoint: &Endpoint) -> Result<Api, Refusal> {
        Api::within(endpoint, ANSWER)
    }

    /// The same, for an engine that must answer everything in that time.
    pub(crate) fn within(endpoint: &Endpoint, patience: Duration) -> Result<Api, Refusal> {
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("tyrian/", env!("CARGO_PKG_VERSION")))
            .max_response_header_size(64 << 10)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(patience))
            .build();
        let agent = endpoint.agent(config);
        let mut api = Api {
            endpoint: endpoint.clone(),
            agent,
            version: String::new(),
            patience,
            hangs: AtomicBool::new(false),
        };
        api.version = format!("/{}", greet(endpoint, &api.agent).map_err(unspoken)?);
        Ok(api)
    }

    /// The engine, for a person.
    fn name(&self) -> String {
        format!("the Docker engine at {}", self.endpoint.address())
    }

    fn lost(&self, what: &str) -> Refusal {
        let message = format!("{}: {}; see whether it runs", self.name(), clean(what));
        Refusal { status: None, message }
    }

    /// The same of a request that was sent.
    fn failed(&self, error: &ureq::Error) -> Refusal {
        if let ureq::Error::Timeout(_) = error {
            self.hangs.store(true, Ordering::Relaxed);
            let seconds = self.patience.as_secs_f32();
            let message = format!(
                "{}: it did not answer within {seconds} s; see whether it hangs, and start it anew if it does",
                self.name()
            );
            return Refusal { status: None, message };
        }
        self.lost(&error.to_string())
    }
    /// How long an answer is waited for.
    fn patience(&self) -> Duration {
        if self.hangs.load(Ordering::Relaxed) { LITTLE.min(self.patience) } else { self.patience }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, Refusal> {
        self.ask(Method::GET, path, "application/json", &[])
    }
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, Refusal> {
        // An engine takes a body for settings, also an empty one.
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.ask(Method::POST, path, "application/json", &body)
    }
    pub(crate) fn send(&self, method: Method, path: &str, archive: &[u8]) -> Result<Value, Refusal> {
        self.ask(method, path, "application/x-tar", archive)
    }
    /// Removes something; that it is gone already is no failure.
    pub(crate) fn delete(&self, path: &str) -> Result<(), Refusal> {
        match self.ask(Method::DELETE, path, "application/json", &[]) {
            Ok(_) => Ok(()),
            Err(Refusal { status: Some(404), .. }) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }
    /// The bytes that a path answers with.
    pub(crate) fn bytes(&self, path: &str) -> Result<Vec<u8>, Refusal> {
        self.raw(Method::GET, path, "application/json", &[])
    }

    fn ask(&self, method: Method, path: &str, kind: &str, body: &[u8]) -> Result<Value, Refusal> {
        let body = self.raw(method, path, kind, body)?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        // Some answers are several values one after another; the last one counts.
        let values = serde_json::Deserializer::from_slice(&body).into_iter::<Value>();
        let mut last = Value::Null;
        for value in values {
            last = value.map_err(|error| self.lost(&format!("its answer is no JSON: {error}")))?;
        }
        Ok(last)
    }

    fn raw(&self, method: Method, path: &str, kind: &str, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let url = self.endpoint.url(&format!("{}{path}", self.version));
        let request = Request::builder().method(method).uri(url).header("content-type", kind).body(body);
        let request = request.map_err(|error| self.lost(&error.to_string()))?;
        let request = self.agent.configure_request(request).timeout_global(Some(self.patience())).build();
        let mut answer = self.agent.run(request).map_err(|error| self.failed(&error))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
        let body = body.map_err(|error| self.failed(&error))?;
        self.hangs.store(false, Ordering::Relaxed);
        if (200..300).contains(&status) || status == 304 {
            return Ok(body);
        }
        let said = serde_json::from_slice::<Value>(&body).ok();
        let said = said.as_ref().and_then(|answer| answer.get("message")?.as_str());
        let said = said.map_or_else(|| format!("status {status}"), clean);
        Err(Refusal { status: Some(status), message: said })
    }

    /// The standard streams of a container, which may not have been started yet.
    pub(crate) fn attach(&self, id: &str) -> Result<Streams, Refusal> {
        let lost = |error: &io::Error| self.lost(&format!("its streams: {error}"));
        let mut wire = self.endpoint.connect(Some(CONNECT)).map_err(|error| lost(&error))?;
        let request = format!(
            "POST {}/containers/{id}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: docker\r\n\
             Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n",
            self.version
        );
        wire.patience(Some(self.patience()))
            .and_then(|()| wire.write_all(request.as_bytes()))
            .map_err(|e| lost(&e))?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match wire.read(&mut byte) {
                Ok(1) if head.len() < HEAD => head.extend(byte),
                Ok(_) => return Err(self.lost("its streams: it does not speak HTTP as it should")),
                Err(error) => return Err(lost(&error)),
            }
        }
        let status = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        if status != b"101" && status != b"200" {
            let status = String::from_utf8_lossy(status);
            return Err(self.lost(&format!("its streams: status {}", clean(&status))));
        }
        Ok(Streams { wire, pending: Vec::new(), left: 0, standard_output: false })
    }
}

/// The engine cannot be spoken to at all.
fn unspoken(gap: Gap) -> Refusal {
    Refusal { status: None, message: clean(&gap.what) }
}

/// The standard streams of a container.
#[derive(Debug)]
pub(crate) struct Streams {
    wire: Wire,
    /// The head of a frame, as far as it has come.
    pending: Vec<u8>,
    /// Bytes of the frame that are still to come.
    left: usize,
    /// Is the frame one of standard output?
    standard_output: bool,
}

/// What reading came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// More of the output.
    More,
    /// The container has closed it.
    End,
    /// Nothing, in that time.
    Nothing,
}

impl Streams {
    /// Writes to its standard input. One that does not read all of it has ended, which its output shows.
    pub(crate) fn give(&mut self, input: &[u8]) {
        let _ = self.wire.patience(Some(ANSWER)).and_then(|()| self.wire.write_all(input));
    }

    /// Waits for output, and adds it.
    pub(crate) fn read(&mut self, within: Duration, output: &mut Vec<u8>) -> Came {
        let mut buffer = [0; 16 << 10];
        if self.wire.patience(Some(within.max(Duration::from_millis(1)))).is_err() {
            return Came::End;
        }
        let until = Instant::now() + within;
        let count = loop {
            match self.wire.read(&mut buffer) {
                Ok(0) => return Came::End,
                Ok(count) => break count,
                Err(error) if error.kind() == ErrorKind::Interrupted && Instant::now() < until => {}
                Err(error)
                    if [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::Interrupted]
                        .contains(&error.kind()) =>
                {
                    return Came::Nothing;
                }
                Err(_) => return Came::End,
            }
        };
        self.frames(buffer.get(..count).unwrap_or_default(), output);
        Came::More
    }

    /// Takes frames apart: a head of eight bytes, with the stream and the length, then as many bytes.
    fn frames(&mut self, mut bytes: &[u8], output: &mut Vec<u8>) {
        while !bytes.is_empty() {
            if self.left == 0 {
                let (head, rest) = bytes.split_at((8 - self.pending.len()).min(bytes.len()));
                self.pending.extend(head);
                bytes = rest;
                if let [stream, _, _, _, a, b, c, d] = *self.pending.as_slice() {
                    self.standard_output = stream == 1;
                    self.left = u32::from_be_bytes([a, b, c, d]) as usize;
                    self.pending.clear();
                }
                continue;
            }
            let (here, rest) = bytes.split_at(self.left.min(bytes.len()));
            if self.standard_output {
                output.extend(here);
            }
            self.left -= here.len();
            bytes = rest;
        }
    }
}

/// What an engine says, for a person: without control characters, and not too long.
pub(crate) fn clean(text: &str) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = printable.take(400).collect();
    short.truncate(short.trim_end().len());
    short
}

/// A word as a part of a query or path.
pub(crate) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).into() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn frames_are_taken_apart_wherever_they_are_cut() {
        let mut wire = Vec::new();
        for (stream, text) in [(1u8, "one\n"), (2, "not this"), (1, ""), (1, "two")] {
            wire.extend([stream, 0, 0, 0]);
            wire.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
            wire.extend(text.as_bytes());
        }
        for size in 1..wire.len() {
            let (pair, _) = UnixStream::pair().unwrap();
            let mut streams =
                Streams { wire: Wire::Unix(pair), pending: Vec::new(), left: 0, standard_output: false };
            let mut output = Vec::new();
            for part in wire.chunks(size) {
                streams.frames(part, &mut output);
            }
            assert_eq!(output, b"one\ntwo", "in parts of {size}");
        }
    }

    #[test]
    fn what_an_engine_says_is_cut_and_clean() {
        assert_eq!(clean("a\u{1b}[31mb\n"), "a [31mb");
        assert_eq!(clean(&"x".repeat(9999)).len(), 400);
        assert_eq!(escaped("a b&c=/../"), "a%20b%26c%3D%2F..%2F");
    }
}
