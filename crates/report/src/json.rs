//! JSON, as the schema `docs/report.schema.json` has it.

use crate::Report;

/// The report as one JSON document with a line end.
///
/// # Errors
/// None in practice: every key of a report is a text.
pub fn render(report: &Report) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}
