//! Ends of support as endoflife.date publishes them: one list of releases a product.

use super::{Found, day};
use crate::record::End;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Cycle {
    cycle: Value,
    #[serde(default)]
    eol: Value,
}

pub(super) fn read(product: &str, bytes: &[u8]) -> Result<Found, String> {
    let cycles: Vec<Cycle> =
        serde_json::from_slice(bytes).map_err(|error| format!("not a list of releases: {error}"))?;
    let mut found = Found::default();
    for Cycle { cycle, eol } in cycles {
        let cycle = match cycle {
            Value::String(name) => name,
            Value::Number(number) => number.to_string(),
            _ => return Err("a release without a name".into()),
        };
        let day = match eol {
            Value::String(time) => match day(&time) {
                day if day.is_empty() => return Err(format!("release {cycle}: an end that is no day")),
                day => Some(day),
            },
            Value::Bool(true) => Some(String::new()),
            _ => None,
        };
        found.ends.push(End { product: product.to_owned(), cycle, day });
    }
    let mut found = found.counted();
    found.part.name = format!("end-of-life:{product}");
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_yes_and_no_are_told_apart() {
        let found = read(
            "debian",
            br#"[{"cycle":"12","eol":"2028-06-30"},{"cycle":10,"eol":true},{"cycle":"x","eol":false}]"#,
        );
        let days: Vec<_> = found.unwrap().ends.into_iter().map(|end| end.day).collect();
        assert_eq!(days, [Some("2028-06-30".to_owned()), Some(String::new()), None]);
    }
}
