//! The engine's API for who changes something in it: throwaway containers, and what belongs to them.

use super::{Client, Endpoint, Limits, config, gap_of};
use std::io::Read;
use std::time::Duration;
use tyrian_model::fact::Gap;
use ureq::Agent;
use ureq::http::{Method, Request};

/// A conversation with an engine that may change things.
#[derive(Debug)]
pub struct Api {
    endpoint: Endpoint,
    agent: Agent,
    version: String,
}

/// What an engine answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as far as it was asked for.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
    /// What an engine says of an error, in one line.
    pub fn message(&self) -> String {
        let text = self.json().get("message").and_then(|text| text.as_str()).map(str::to_owned);
        let text = text.unwrap_or_else(|| String::from_utf8_lossy(&self.body).into_owned());
        text.trim().replace('\n', " ").chars().take(600).collect()
    }
    /// Was it done?
    pub fn done(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Api {
    /// Finds out what the engine speaks.
    ///
    /// # Errors
    /// Nobody answers there as an engine would.
    pub fn open(endpoint: &Endpoint) -> Result<Api, Gap> {
        let limits = Limits::default();
        let version = Client::open(endpoint, &limits)?.version;
        let agent = endpoint.agent(config(&limits).build());
        Ok(Api { endpoint: endpoint.clone(), agent, version })
    }
    /// Where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
    /// One request, within a time and up to so many bytes of answer. `what` says for a person what it is about.
    ///
    /// # Errors
    /// The engine does not answer, or not in time. That it refuses is an answer.
    pub fn call(
        &self,
        method: &str,
        path: &str,
        body: (&str, Vec<u8>),
        (within, bytes): (Duration, u64),
        what: &str,
    ) -> Result<Answer, Gap> {
        let url = self.endpoint.url(&format!("/{}{path}", self.version));
        let malformed = |error: &dyn std::fmt::Display| {
            Gap::new(tyrian_model::fact::Why::Malformed, format!("{what}: {error}"))
        };
        let method = Method::from_bytes(method.as_bytes()).map_err(|error| malformed(&error))?;
        let request = Request::builder().method(method).uri(url).header("content-type", body.0);
        let request = request.body(body.1).map_err(|error| malformed(&error))?;
        let request = self.agent.configure_request(request);
        let request = request.timeout_global(Some(within)).timeout_recv_response(Some(within));
        let failed = |error: ureq::Error| gap_of(&self.endpoint, what, &error);
        let mut answer = self.agent.run(request.allow_non_standard_methods(true).build()).map_err(failed)?;
        let status = answer.status().as_u16();
        let mut read = Vec::new();
        let reader = answer.body_mut().as_reader();
        reader.take(bytes).read_to_end(&mut read).map_err(|error| failed(error.into()))?;
        Ok(Answer { status, body: read })
    }
}
