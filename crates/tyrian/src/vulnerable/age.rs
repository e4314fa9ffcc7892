//! How old advisory data is.

use tyrian_advisory::record::{Layer, Part};
use tyrian_report::text::clean;

const DAY: i64 = 86_400;

/// How many days old the oldest public advisories are, and where they are from; nothing where there are none.
///
/// What came over the network is as old as its last update. Files may lie about for long before they are imported: they
/// are as old as the youngest record in all of them, since a source in which little happens is not old for that.
pub(super) fn of(parts: &[Part], now: i64) -> Option<(i64, String)> {
    let is_table = |name: &str| matches!(name, "kev" | "epss") || name.starts_with("end-of-life:");
    let is_public = |part: &&Part| part.layer == Layer::Public && !is_table(&part.name);
    let fetched = |part: &&Part| !part.etag.is_empty();
    let public = || parts.iter().filter(is_public);
    let updated = public().filter(fetched).map(|part| {
        (
            (now - part.taken) / DAY,
            format!("{} was last updated then; run `tyrian db update`", clean(&part.name)),
        )
    });
    let youngest = public().filter(|part| !fetched(part)).map(|part| part.newest.as_str()).max();
    let imported = youngest.and_then(seconds).map(|made| {
        let names: Vec<String> =
            public().filter(|part| !fetched(part)).map(|part| clean(&part.name)).collect();
        let what = "no record of it is younger; import a fresh bundle";
        ((now - made) / DAY, format!("it was imported from files ({}), and {what}", names.join(", ")))
    });
    updated.chain(imported).max_by_key(|(days, _)| *days)
}

/// The beginning of a day, `2026-08-31`, in seconds since 1970.
fn seconds(day: &str) -> Option<i64> {
    let day: jiff::civil::Date = day.parse().ok()?;
    Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_as_old_as_its_update_or_its_youngest_record() {
        let now = seconds("2026-11-24").unwrap();
        let part = |name: &str, etag: &str, taken: i64, newest: &str| Part {
            name: name.into(),
            etag: etag.into(),
            taken: now - taken * DAY,
            newest: newest.into(),
            ..Part::default()
        };
        let fetched = part("osv:Debian", "e", 3, "2026-01-01");
        let imported = part("osv:Go", "", 0, "2026-11-14");
        let quiet = part("rustsec", "", 0, "2026-10-01");
        assert_eq!(of(&[fetched.clone()], now).unwrap().0, 3);
        let (days, what) = of(&[fetched, imported.clone(), quiet.clone()], now).unwrap();
        assert!(days == 10 && what.contains("osv:Go, rustsec"), "{days} {what}");
        let own = Part { layer: Layer::Own, ..quiet };
        let table = Part { name: "kev".into(), ..imported };
        assert_eq!(of(&[own, table], now), None);
    }
}
