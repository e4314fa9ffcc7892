//! `tyrian purple list`.

use super::plan::chosen;
use crate::cli::{ListArgs, PurpleFormat};
use crate::{Failure, exit, output};
use std::fmt::Write;
use tyrian_report::text::{cut, hang};

pub(crate) fn run(args: &ListArgs) -> Result<u8, Failure> {
    let techniques = chosen(&[], args.layer)?;
    match args.format {
        PurpleFormat::Json => {
            let of = |it: &&tyrian_emulate::technique::Technique| {
                serde_json::json!({
                    "name": it.name, "title": it.title(), "layer": it.layer, "threats": it.threats,
                    "controls": it.controls, "detections": it.detections, "ids": it.ids,
                })
            };
            let list: Vec<_> = techniques.iter().map(of).collect();
            let json = serde_json::to_string_pretty(&list);
            output::print(&(json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))? + "\n"));
        }
        PurpleFormat::Human => {
            let columns = output::terminal_columns();
            let mut out = String::new();
            for it in techniques {
                let _ = writeln!(out, "{}", cut(it.name, columns));
                out.push_str(&hang(&it.title().replace('\n', " "), columns, "    ", "    "));
                let stops = it.controls.join(", ");
                if !stops.is_empty() {
                    out.push_str(&hang(&format!("stopped by {stops}"), columns, "    ", "    "));
                }
            }
            output::print(&out);
        }
    }
    Ok(0)
}
