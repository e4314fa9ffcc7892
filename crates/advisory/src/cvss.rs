//! Scores of CVSS vectors, by the specifications of FIRST: the base score of version 2, base and temporal of 3.0 and
//! 3.1, all metrics of 4.0.

/// The score in tenths, 0 to 100; nothing for a text that is no whole vector of these versions.
///
/// Of a vector of version 2 or 3 the base metrics alone count: what an advisory says is not yet about one system.
pub fn score(vector: &str) -> Option<u8> {
    let vector = vector.trim();
    if vector.len() > 512 {
        return None;
    }
    if let Some(rest) = vector.strip_prefix("CVSS:4.0/") {
        return four(&Metrics::read(rest)?);
    }
    if let Some(rest) = vector.strip_prefix("CVSS:3.1/") {
        return three(&Metrics::read(rest)?, true);
    }
    if let Some(rest) = vector.strip_prefix("CVSS:3.0/") {
        return three(&Metrics::read(rest)?, false);
    }
    let two_only = vector.strip_prefix("CVSS:2.0/").unwrap_or(vector);
    two(&Metrics::read(two_only.trim_matches(['(', ')']))?)
}

/// The version of a vector, so that the newest one of a record can be told.
pub fn version(vector: &str) -> u8 {
    match vector.trim().get(..8) {
        Some("CVSS:4.0") => 4,
        Some("CVSS:3.0" | "CVSS:3.1") => 3,
        _ => 2,
    }
}

/// `AV:N/AC:L/…`, each metric once.
struct Metrics<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Metrics<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut all: Vec<(&str, &str)> = Vec::new();
        for field in text.split('/') {
            let (name, value) = field.split_once(':')?;
            if all.iter().any(|(other, _)| *other == name) {
                return None;
            }
            all.push((name, value));
        }
        Some(Metrics(all))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// The number that stands for the metric's value.
    fn of(&self, name: &str, values: &[(&str, f64)]) -> Option<f64> {
        let value = self.get(name)?;
        values.iter().find(|(other, _)| *other == value).map(|(_, number)| *number)
    }
}

fn tenths(score: f64) -> Option<u8> {
    (0.0..=100.0).contains(&score).then_some(score as u8)
}

fn two(metrics: &Metrics<'_>) -> Option<u8> {
    let impact = |name| metrics.of(name, &[("N", 0.0), ("P", 0.275), ("C", 0.66)]);
    let impact = 10.41 * (1.0 - (1.0 - impact("C")?) * (1.0 - impact("I")?) * (1.0 - impact("A")?));
    let exploitability = 20.0
        * metrics.of("AV", &[("L", 0.395), ("A", 0.646), ("N", 1.0)])?
        * metrics.of("AC", &[("H", 0.35), ("M", 0.61), ("L", 0.71)])?
        * metrics.of("Au", &[("M", 0.45), ("S", 0.56), ("N", 0.704)])?;
    let weight = if impact == 0.0 { 0.0 } else { 1.176 };
    let score = (0.6 * impact + 0.4 * exploitability - 1.5) * weight;
    tenths((score * 10.0 + 1e-9).round().max(0.0))
}

fn three(metrics: &Metrics<'_>, is_31: bool) -> Option<u8> {
    let changed = match metrics.get("S")? {
        "C" => true,
        "U" => false,
        _ => return None,
    };
    let impact = |name| metrics.of(name, &[("H", 0.56), ("L", 0.22), ("N", 0.0)]);
    let base = 1.0 - (1.0 - impact("C")?) * (1.0 - impact("I")?) * (1.0 - impact("A")?);
    let impact = if changed { 7.52 * (base - 0.029) - 3.25 * (base - 0.02).powi(15) } else { 6.42 * base };
    let rights = if changed { [0.85, 0.68, 0.5] } else { [0.85, 0.62, 0.27] };
    let exploitability = 8.22
        * metrics.of("AV", &[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)])?
        * metrics.of("AC", &[("L", 0.77), ("H", 0.44)])?
        * metrics.of("PR", &[("N", rights[0]), ("L", rights[1]), ("H", rights[2])])?
        * metrics.of("UI", &[("N", 0.85), ("R", 0.62)])?;
    if impact <= 0.0 {
        return Some(0);
    }
    let both = (impact + exploitability) * if changed { 1.08 } else { 1.0 };
    let both = both.min(10.0);
    // 3.1 says how to round up without the noise of floating point.
    let up = if is_31 {
        let whole = (both * 100_000.0).round();
        if whole % 10_000.0 == 0.0 { whole / 10_000.0 } else { (whole / 10_000.0).floor() + 1.0 }
    } else {
        (both * 10.0).ceil()
    };
    tenths(up)
}

/// The scores of the macro vectors of version 4 in tenths: rows by EQ1, EQ2, and EQ3 with EQ6 (00, 01, 10, 11, 21),
/// columns by EQ4 and EQ5.
const FIGURES: [[u8; 9]; 30] = [
    [100, 98, 95, 100, 93, 91, 93, 89, 81],
    [99, 95, 92, 96, 87, 81, 90, 80, 68],
    [98, 95, 90, 93, 89, 81, 88, 78, 69],
    [95, 92, 84, 92, 81, 65, 80, 70, 48],
    [92, 82, 72, 79, 69, 50, 69, 55, 27],
    [99, 95, 92, 95, 90, 84, 92, 82, 72],
    [97, 92, 85, 91, 83, 71, 81, 71, 53],
    [95, 92, 85, 92, 80, 70, 84, 71, 50],
    [93, 85, 73, 82, 72, 59, 70, 52, 30],
    [86, 75, 52, 71, 52, 29, 63, 29, 17],
    [98, 94, 91, 94, 86, 77, 87, 74, 63],
    [95, 87, 81, 89, 74, 64, 75, 63, 49],
    [94, 88, 76, 86, 74, 59, 72, 57, 52],
    [89, 77, 67, 76, 58, 50, 57, 52, 25],
    [83, 70, 54, 65, 58, 26, 53, 21, 13],
    [95, 88, 76, 90, 75, 61, 77, 68, 52],
    [90, 76, 70, 77, 62, 53, 66, 59, 30],
    [89, 76, 62, 74, 57, 47, 61, 57, 24],
    [78, 67, 58, 59, 57, 23, 52, 29, 16],
    [71, 59, 30, 58, 26, 15, 23, 13, 6],
    [93, 86, 75, 86, 74, 56, 70, 52, 40],
    [87, 72, 58, 74, 61, 34, 54, 40, 22],
    [85, 74, 62, 72, 55, 46, 53, 34, 19],
    [75, 55, 51, 57, 41, 19, 36, 19, 8],
    [64, 51, 20, 47, 21, 11, 24, 9, 4],
    [88, 73, 60, 73, 59, 41, 54, 45, 20],
    [75, 53, 50, 55, 40, 20, 43, 22, 11],
    [75, 58, 40, 61, 48, 20, 46, 17, 8],
    [55, 45, 21, 51, 18, 9, 18, 7, 2],
    [53, 24, 14, 24, 12, 5, 10, 3, 1],
];

/// A metric and its values, the worst first.
type Scale = (&'static str, &'static [&'static str]);

/// The worst vectors of a level: for each metric the place in its scale.
type Worst = &'static [&'static [u8]];

const RIGHTS: [Scale; 3] =
    [("AV", &["N", "A", "L", "P"]), ("PR", &["N", "L", "H"]), ("UI", &["N", "P", "A"])];
const COMPLEXITY: [Scale; 2] = [("AC", &["L", "H"]), ("AT", &["N", "P"])];
const HARM: [Scale; 6] = [
    ("VC", &["H", "L", "N"]),
    ("VI", &["H", "L", "N"]),
    ("VA", &["H", "L", "N"]),
    ("CR", &["H", "M", "L"]),
    ("IR", &["H", "M", "L"]),
    ("AR", &["H", "M", "L"]),
];
const BEYOND: [Scale; 3] =
    [("SC", &["S", "H", "L", "N"]), ("SI", &["S", "H", "L", "N"]), ("SA", &["S", "H", "L", "N"])];

const WORST_RIGHTS: [Worst; 3] =
    [&[&[0, 0, 0]], &[&[1, 0, 0], &[0, 1, 0], &[0, 0, 1]], &[&[3, 0, 0], &[1, 1, 1]]];
const WORST_COMPLEXITY: [Worst; 2] = [&[&[0, 0]], &[&[1, 0], &[0, 1]]];
const WORST_HARM: [Worst; 5] = [
    &[&[0, 0, 0, 0, 0, 0]],
    &[&[0, 0, 1, 1, 1, 0], &[0, 0, 0, 1, 1, 1]],
    &[&[1, 0, 0, 0, 0, 0], &[0, 1, 0, 0, 0, 0]],
    &[
        &[1, 0, 1, 0, 1, 0],
        &[1, 0, 0, 0, 1, 1],
        &[0, 1, 0, 1, 0, 1],
        &[0, 1, 1, 1, 0, 0],
        &[1, 1, 0, 0, 0, 1],
    ],
    &[&[1, 1, 1, 0, 0, 0]],
];
const WORST_BEYOND: [Worst; 3] = [&[&[1, 0, 0]], &[&[1, 1, 1]], &[&[2, 2, 2]]];

/// How many steps each level has.
const DEPTH_RIGHTS: [f64; 3] = [1.0, 4.0, 5.0];
const DEPTH_COMPLEXITY: [f64; 2] = [1.0, 2.0];
const DEPTH_HARM: [f64; 5] = [7.0, 6.0, 8.0, 8.0, 10.0];
const DEPTH_BEYOND: [f64; 3] = [6.0, 5.0, 4.0];

/// The metrics that may be there beside the base ones, with their values.
const OPTIONAL: [Scale; 20] = [
    ("E", &["X", "A", "P", "U"]),
    ("CR", &["X", "H", "M", "L"]),
    ("IR", &["X", "H", "M", "L"]),
    ("AR", &["X", "H", "M", "L"]),
    ("MAV", &["X", "N", "A", "L", "P"]),
    ("MAC", &["X", "L", "H"]),
    ("MAT", &["X", "N", "P"]),
    ("MPR", &["X", "N", "L", "H"]),
    ("MUI", &["X", "N", "P", "A"]),
    ("MVC", &["X", "H", "L", "N"]),
    ("MVI", &["X", "H", "L", "N"]),
    ("MVA", &["X", "H", "L", "N"]),
    ("MSC", &["X", "H", "L", "N"]),
    ("MSI", &["X", "S", "H", "L", "N"]),
    ("MSA", &["X", "S", "H", "L", "N"]),
    ("S", &["X", "N", "P"]),
    ("AU", &["X", "N", "Y"]),
    ("R", &["X", "A", "U", "I"]),
    ("V", &["X", "D", "C"]),
    ("RE", &["X", "L", "M", "H"]),
];

fn four(metrics: &Metrics<'_>) -> Option<u8> {
    if metrics.get("U").is_some_and(|urgency| !["X", "Clear", "Green", "Amber", "Red"].contains(&urgency)) {
        return None;
    }
    for (name, value) in metrics.0.iter().filter(|(name, _)| *name != "U") {
        let base = RIGHTS.iter().chain(&COMPLEXITY).chain(&HARM[..3]).chain(&BEYOND);
        let known = base.chain(&OPTIONAL).find(|(other, _)| other == name);
        let base_beyond = BEYOND.iter().any(|(other, _)| other == name) && *value == "S";
        if !known.is_some_and(|(_, values)| values.contains(value)) || base_beyond {
            return None;
        }
    }
    // What holds: the environment's own value, the base value, or the worst where nothing is said.
    let value = |name: &str| -> Option<&str> {
        let given = |name: &str| metrics.get(name).filter(|value| *value != "X");
        let modified = given(&format!("M{name}"));
        match name {
            "E" => Some(given("E").unwrap_or("A")),
            "CR" | "IR" | "AR" => Some(given(name).unwrap_or("H")),
            _ => metrics.get(name).and_then(|base| modified.or(Some(base))),
        }
    };
    let places = |scales: &[Scale]| -> Option<Vec<u8>> {
        let place = |(name, values): &Scale| {
            let value = value(name)?;
            values.iter().position(|other| *other == value).map(|place| place as u8)
        };
        scales.iter().map(place).collect()
    };
    let (rights, complexity, harm, beyond) =
        (places(&RIGHTS)?, places(&COMPLEXITY)?, places(&HARM)?, places(&BEYOND)?);
    if harm[..3].iter().all(|place| *place == 2) && beyond.iter().all(|place| *place == 3) {
        return Some(0);
    }
    let none = |places: &[u8]| places.iter().all(|place| *place == 0);
    let one = if none(&rights) {
        0
    } else if rights.contains(&0) && rights[0] != 3 {
        1
    } else {
        2
    };
    let two = usize::from(!none(&complexity));
    let asked = (0..3).any(|n| harm[n] == 0 && harm[n + 3] == 0);
    let three_six = match (harm[0] == 0 && harm[1] == 0, harm[..3].contains(&0), asked) {
        (true, _, true) => 0,
        (true, _, false) => 1,
        (_, true, true) => 2,
        (_, true, false) => 3,
        (_, false, _) => 4,
    };
    let four = if beyond[1] == 0 || beyond[2] == 0 {
        0
    } else if beyond.contains(&1) {
        1
    } else {
        2
    };
    let five = ["A", "P", "U"].iter().position(|other| value("E") == Some(*other))?;
    let figure = |one: usize, two: usize, three_six: usize, four: usize, five: usize| -> Option<f64> {
        if one > 2 || two > 1 || four > 2 || five > 2 {
            return None;
        }
        FIGURES.get((one * 2 + two) * 5 + three_six).map(|row| f64::from(row[four * 3 + five]))
    };
    let here = figure(one, two, three_six, four, five)?;
    // The next lower figure of each group of metrics, and how far down the way to it this vector stands.
    let below_harm = match three_six {
        0 => {
            let (a, b) = (figure(one, two, 1, four, five)?, figure(one, two, 2, four, five)?);
            Some(a.max(b))
        }
        1 | 2 => figure(one, two, 3, four, five),
        3 => figure(one, two, 4, four, five),
        _ => None,
    };
    let steps = [
        (figure(one + 1, two, three_six, four, five), below(&rights, WORST_RIGHTS[one])? / DEPTH_RIGHTS[one]),
        (
            figure(one, two + 1, three_six, four, five),
            below(&complexity, WORST_COMPLEXITY[two])? / DEPTH_COMPLEXITY[two],
        ),
        (below_harm, below(&harm, WORST_HARM[three_six])? / DEPTH_HARM[three_six]),
        (
            figure(one, two, three_six, four + 1, five),
            below(&beyond, WORST_BEYOND[four])? / DEPTH_BEYOND[four],
        ),
        (figure(one, two, three_six, four, five + 1), 0.0),
    ];
    let there: Vec<f64> =
        steps.into_iter().filter_map(|(lower, share)| Some((here - lower?) * share)).collect();
    let down = if there.is_empty() { 0.0 } else { there.iter().sum::<f64>() / there.len() as f64 };
    tenths((here - down + 1e-5).clamp(0.0, 100.0).round())
}

/// How many steps below the first of the worst vectors that is nowhere better.
fn below(places: &[u8], worst: Worst) -> Option<f64> {
    let reached = |top: &&&[u8]| places.iter().zip(top.iter()).all(|(place, top)| place >= top);
    let top = worst.iter().find(reached)?;
    Some(places.iter().zip(top.iter()).map(|(place, top)| f64::from(place - top)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors_have_their_published_scores() {
        for (vector, expected) in [
            // Examples of FIRST's guides, and well-known vulnerabilities as the NVD scores them.
            ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 78),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 100),
            ("(AV:L/AC:H/Au:N/C:C/I:C/A:C)", 62),
            ("AV:N/AC:L/Au:N/C:P/I:N/A:N", 50),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 75),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 78),
            ("CVSS:3.0/AV:L/AC:L/PR:L/UI:R/S:C/C:H/I:H/A:H", 82),
            ("CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", 86),
            ("CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 31),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 100),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 93),
            ("CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 85),
            ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 77),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0),
        ] {
            assert_eq!(score(vector), Some(expected), "{vector}");
        }
    }

    #[test]
    fn what_is_no_vector_has_no_score() {
        for vector in [
            "",
            "7.5",
            "CVSS:3.1/AV:N",
            "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
            "CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:S/SI:H/SA:H",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/Z:X",
            "CVSS:5.0/AV:N",
        ] {
            assert_eq!(score(vector), None, "{vector}");
        }
    }
}
