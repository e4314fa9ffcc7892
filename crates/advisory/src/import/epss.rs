//! EPSS: how likely each vulnerability is exploited within 30 days, as CSV.

use super::{Found, day};

pub(super) fn read(bytes: &[u8]) -> Result<Found, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    let mut lines = text.lines().enumerate();
    let mut date = String::new();
    let header = loop {
        match lines.next() {
            Some((_, line)) if line.starts_with('#') => {
                let said = line.split("score_date:").nth(1).unwrap_or_default();
                date = day(said);
            }
            Some((_, line)) => break line,
            None => return Err("empty".into()),
        }
    };
    if !header.starts_with("cve,epss") {
        return Err("not a table of EPSS: its first columns are not cve,epss".into());
    }
    let mut found = Found::default();
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let mut fields = line.split(',');
        let id = fields.next().filter(|id| id.starts_with("CVE-"));
        let share = fields
            .next()
            .and_then(|share| share.parse::<f64>().ok())
            .filter(|share| (0.0..=1.0).contains(share));
        let (Some(id), Some(share)) = (id, share) else {
            return Err(format!("line {}: neither a vulnerability nor its likelihood", number + 1));
        };
        // It lies between 0 and 1, so that this is in range.
        found.likely.push((id.to_owned(), (share * f64::from(u16::MAX)).round() as u16));
    }
    let mut found = found.counted();
    found.part.name = "epss".into();
    found.part.newest = date;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_and_a_broken_line_is_named() {
        let text = b"#model_version:v4,score_date:2026-08-31T00:00:00+0000\ncve,epss,percentile\nCVE-2024-1,0.5,0.9\n";
        let found = read(text).unwrap();
        assert_eq!(found.likely, [("CVE-2024-1".to_owned(), 32768)]);
        assert_eq!(found.part.newest, "2026-08-31");
        assert!(read(b"cve,epss,percentile\nCVE-2024-1,7,0\n").unwrap_err().starts_with("line 2"));
    }
}
