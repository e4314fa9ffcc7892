//! Times as RFC 3339 writes them.

/// The seconds since 1970 of a time as RFC 3339 writes it.
pub(crate) fn seconds(time: &str) -> Option<i64> {
    let (date, rest) = time.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let zone =
        rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i64>().ok())?;
    let three = |text: &str, by: char| {
        let mut parts = text.split(by).map(number);
        let three = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(three)
    };
    let ((year, month, day), (hour, minute, second)) = (three(date, '-')?, three(clock, ':')?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = match zone.chars().next()? {
        'Z' | 'z' if zone.len() == 1 => 0,
        sign @ ('+' | '-') => {
            let (hours, minutes) = zone[1..].split_once(':').filter(|(h, m)| (h.len(), m.len()) == (2, 2))?;
            (number(hours)? * 60 + number(minutes)?) * if sign == '-' { -60 } else { 60 }
        }
        _ => return None,
    };
    // Days since 1970, in years that begin with March.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_seconds() {
        for (time, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T12:00:00Z", Some(951_825_600)),
            ("2024-05-01T10:00:00.123456789+02:00", Some(1_714_550_400)),
            ("2024-05-01T10:00:00-00:30", Some(1_714_559_400)),
            ("0001-01-01T00:00:00Z", Some(-62_135_596_800)),
            ("2024-05-01", None),
            ("2024-13-01T10:00:00Z", None),
            ("2024-05-01T10:00:00", None),
            ("20\u{e9}4-05-01T10:00:00Z", None),
            ("2024-05-99T10:00:00Z", None),
            ("2024-05-01T99:00:00Z", None),
            ("2024-05-01T10:00:00+1:00", None),
            ("2024-05-01T10:00:00+999999999999999999:00", None),
            ("2024-05-01T10:00:00+é:00", None),
            ("", None),
            ("now", None),
            ("2026-11-24T08:11:02.205685348Z", Some(1_795_507_862)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
        ] {
            assert_eq!(seconds(time), expected, "{time}");
        }
    }
}
