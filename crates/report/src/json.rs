//! JSON, as the schema `docs/report.schema.json` has it.

use crate::Report;
use crate::text::hidden;

/// The report as one JSON document with a line end.
///
/// # Errors
/// None in practice: every key of a report is a text.
pub fn render(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report).map(|text| plain(text) + "\n")
}

/// The same JSON without a character that does something on a terminal: outside of texts there is none but line ends,
/// and in texts it is written as an escape.
pub fn plain(json: String) -> String {
    // A report can be as large as the memory that is left, and seldom has such a character.
    if !json.chars().any(|c| c != '\n' && hidden(c)) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && hidden(c) {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}
