//! The orders and ranges against independent judges: 50,000 pairs each, made to be nasty, and the answers that the
//! judges gave, recorded by judges/versions. A difference is a fault of ours, or stands in `explained` with its reason.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)] // helpers of tests are tests

#[path = "judges/pairs.rs"]
mod pairs;
#[path = "judges/real.rs"]
mod real;

use flate2::read::GzDecoder;
use std::cmp::Ordering;
use std::io::Read;
use tyrian_advisory::version::{Scheme, npm};

/// What judges/versions recorded.
struct Answers {
    judge: String,
    hash: String,
    answers: Vec<u8>,
}

fn answers(name: &str) -> Answers {
    let file = tyrian_lab::checkout().join(format!("crates/advisory/tests/judges/answers/{name}.gz"));
    let mut text = String::new();
    GzDecoder::new(&std::fs::read(file).unwrap()[..]).read_to_string(&mut text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let [judge, hash, answers] = lines[..] else { panic!("{name}: three lines") };
    Answers { judge: judge.to_owned(), hash: hash.to_owned(), answers: answers.as_bytes().to_vec() }
}

fn scheme(name: &str) -> Scheme {
    let first = name.split('-').next().unwrap();
    Scheme::ALL.into_iter().find(|scheme| scheme.name() == first).unwrap()
}

/// The pairs that these answers are about: some were asked twice.
fn asked(name: &str) -> &str {
    let second = ["-univers", "-2", "-named"].into_iter().find_map(|suffix| name.strip_suffix(suffix));
    second.unwrap_or(name)
}

/// What we say, in the letters of the judges.
fn ours(name: &str, a: &str, b: &str) -> u8 {
    let scheme = scheme(name);
    if name.contains("-ranges") {
        let within = match name.ends_with("-named") {
            true => npm::within(a, b, npm::Prereleases::Named),
            false => scheme.within(a, b),
        };
        return match within {
            Ok(true) => b'y',
            Ok(false) => b'n',
            Err(_) => b'!',
        };
    }
    match scheme.compare(a, b) {
        Ok(Ordering::Less) => b'<',
        Ok(Ordering::Equal) => b'=',
        Ok(Ordering::Greater) => b'>',
        Err(_) => b'!',
    }
}

/// Compares all answers.
fn agree(name: &str, list: &[(String, String)], recorded: &Answers) {
    assert_eq!(
        pairs::hash_of(list),
        recorded.hash,
        "{name}: the pairs are others than those judged: judges/versions"
    );
    assert_eq!(list.len(), recorded.answers.len(), "{name}");
    let mut wrong = Vec::new();
    let mut reasons = std::collections::BTreeMap::<&str, usize>::new();
    for ((a, b), &judged) in list.iter().zip(&recorded.answers) {
        let ours = ours(name, a, b);
        if ours != judged {
            match explained(name, a, b, ours, judged) {
                Some(reason) => *reasons.entry(reason).or_default() += 1,
                None => {
                    wrong.push(format!("{a:?} {b:?}: {} and we say {}", char::from(judged), char::from(ours)))
                }
            }
        }
    }
    let count = wrong.len();
    wrong.truncate(40);
    assert!(wrong.is_empty(), "{name}: {count} differ from {}\n{}", recorded.judge, wrong.join("\n"));
    let explained: usize = reasons.values().sum();
    assert!(explained <= list.len() / 4, "{name}: too much is explained away: {reasons:?}");
}

/// Why a judge and we may differ here.
fn explained(name: &str, a: &str, b: &str, ours: u8, judged: u8) -> Option<&'static str> {
    let refused = ours == b'!';
    let either = |test: fn(&str) -> bool| test(a) || test(b);
    let reason = match name {
        "deb" if judged == b'!' && either(|text| text.starts_with('-')) => {
            "dpkg's command line takes a version that starts with `-` for an option"
        }
        "deb" if refused && either(|text| text.contains(':') && text.starts_with(['+', '-'])) => {
            "dpkg reads an epoch by strtol, which takes a sign before it"
        }
        "deb" if refused && either(|text| !upstream(text).starts_with(|c: char| c.is_ascii_digit())) => {
            "dpkg looks no further once it has warned that a version does not start with a digit"
        }
        "rpm" if refused && either(|text| !is_evr(text)) => {
            "rpm.vercmp compares any text; a package's version has neither other characters nor empty parts"
        }
        "apk" if longest_number(a).max(longest_number(b)) >= 20 => "apk-tools 3 holds numbers in 64 bits",
        "apk-2" if either(|text| !is_apk_of_both(text)) => {
            "go-apk-version follows apk-tools 2, which reads leading zeros and digits after letters in another way, \
             knows no hash, and looks neither at the start nor at what follows `-`"
        }
        "npm-ranges" | "npm-ranges-named" if refused && has_stray_star(a) => {
            "npm drops a `*` wherever it stands"
        }
        "npm" | "npm-ranges" | "npm-ranges-named" if longest_number(a).max(longest_number(b)) >= 16 => {
            "npm's numbers end at 2^53 - 1"
        }
        "maven-ranges" if refused && !a.starts_with(['[', '(']) => {
            "Maven takes a version without brackets as a wish"
        }
        "maven-ranges" if refused && has_forbidden_bound(a) => {
            "maven-artifact compares any text; Maven's validator of models forbids such characters in versions"
        }
        "maven" if refused && either(str::is_empty) => "Maven compares no version as 0",
        "maven-ranges" if refused && (b.is_empty() || a.contains("[]")) => "Maven compares no version as 0",
        "gem" | "gem-ranges" if refused && either(|text| text.trim().is_empty()) => {
            "RubyGems reads no version as 0"
        }
        "packagist" | "packagist-ranges" if longest_number(a).max(longest_number(b)) >= 18 => {
            "PHP compares numbers in 64 bits"
        }
        "packagist-ranges" if judged == b'!' && a.contains("-  ") => {
            "composer/semver wants one space after the dash"
        }
        "packagist-ranges" if judged == b'n' && a.contains("<0||0 - ") => {
            "composer/semver joins `>=1 <0 || >=0 <4` into `>=1 <4`"
        }
        "nuget" | "nuget-univers" | "nuget-ranges" if either(is_beyond_dot_net) => {
            "NuGet reads numbers as .NET's int, and refuses leading zeros in labels; this judge does not"
        }
        "nuget-ranges" if refused && a.contains('*') => "a floating version chooses among what a feed has",
        "nuget-ranges" if is_degenerate(a, b) => {
            "deps.dev reads intervals of one version, of none and around zero in its own way; NuGet refuses the empty ones"
        }
        "packagist" | "packagist-ranges"
            if either(|text| text.to_lowercase().contains("stable") && !text.contains("stable")) =>
        {
            "composer/semver keeps STABLE in capitals in the version, and PHP then sorts it before dev"
        }
        "packagist-ranges" if refused && a.contains("dev-") => {
            "composer/semver reads anything after `dev-` as a branch, spaces and operators with it"
        }
        _ => return None,
    };
    Some(reason)
}

/// The number of digits of the longest number.
fn longest_number(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// A Debian version without its epoch.
fn upstream(text: &str) -> &str {
    text.split_once(':').map_or(text, |(_, rest)| rest)
}

/// Whether a bound of one of the intervals has a character that no version may have.
fn has_forbidden_bound(range: &str) -> bool {
    range.split([']', ')']).any(|interval| {
        let inner = interval.trim_start_matches([',', ' ']).get(1..).unwrap_or_default();
        let (lower, upper) = inner.split_once(',').unwrap_or((inner, ""));
        [lower, upper].iter().any(|bound| bound.trim().contains(['*', '|', '[', '(', ',', ' ']))
    })
}

/// Whether it is `[epoch:]version[-release]` of the characters that packages have.
fn is_evr(text: &str) -> bool {
    let rest = match text.split_once(':') {
        Some((epoch, rest)) if epoch.chars().all(|c| c.is_ascii_digit()) => rest,
        _ => text,
    };
    let parts: Vec<&str> = rest.split('-').collect();
    let fine = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._+~^".contains(c))
    };
    parts.len() < 3 && parts.iter().all(fine)
}

/// Whether a `*` stands directly beside something else in its part.
fn has_stray_star(text: &str) -> bool {
    text.match_indices('*').any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + 1..]);
        before.ends_with(|c: char| c.is_ascii_alphanumeric() && c != 'v')
            || !(after.is_empty() || after.starts_with(['.', ' ', '|']))
    })
}

/// Whether a NuGet range holds one version or none, or has to do with versions of zeros, where deps.dev sees bounds
/// that the range does not name.
fn is_degenerate(range: &str, version: &str) -> bool {
    let zeros = |version: &str| version.split(['-', '+']).next().unwrap().chars().all(|c| "0. ".contains(c));
    let Some((lower, upper)) = range.trim_matches(['[', ']', '(', ')']).split_once(',') else { return false };
    zeros(version) && lower.trim().is_empty()
        || !upper.trim().is_empty() && zeros(upper)
        || matches!(Scheme::Nuget.compare(lower, upper), Ok(Ordering::Equal))
}

/// Whether a number does not fit .NET's int, has a leading zero in a label, or is a label like `-5`.
fn is_beyond_dot_net(text: &str) -> bool {
    text.split(|c: char| "[](), ".contains(c)).any(|version| {
        let version = version.split('+').next().unwrap_or_default();
        let (plain, pre) = version.split_once('-').unwrap_or((version, ""));
        let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        plain.split('.').any(|part| is_number(part) && part.parse::<i32>().is_err())
            || pre.split('.').any(|label| {
                let digits = label.trim_start_matches('-');
                is_number(digits)
                    && (digits.len() < label.len()
                        || digits.len() > 9
                        || digits.len() > 1 && digits.starts_with('0'))
            })
    })
}

/// Whether apk-tools 2 and 3 read this version alike.
fn is_apk_of_both(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_digit());
    let leading_zero = text.contains(".0");
    let bytes = text.as_bytes();
    let digit_after_letter = (1..bytes.len().saturating_sub(1)).any(|at| {
        bytes[at].is_ascii_lowercase() && bytes[at - 1].is_ascii_digit() && bytes[at + 1].is_ascii_digit()
    });
    let dots = text.split('.').skip(1).all(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    let revision = dots
        && text.matches('-').count() < 2
        && text.match_indices('-').all(|(at, _)| {
            text[at..].starts_with("-r") && text[at + 2..].starts_with(|c: char| c.is_ascii_digit())
        });
    starts
        && !text.contains('~')
        && !leading_zero
        && !digit_after_letter
        && revision
        && longest_number(text) < 18
}

/// One test for each recorded file of made pairs.
macro_rules! judged {
    ($($test:ident $name:literal)*) => {
        $(
            #[test]
            fn $test() {
                agree($name, &pairs::list(asked($name)), &answers($name));
            }
        )*

        /// All files that the judges recorded for pairs that are made here.
        const MADE: &[&str] = &[$($name),*];
    };
}

#[test]
fn real_versions_as_the_judges() {
    let Some(folder) = tyrian_lab::shared("real_versions_as_the_judges", "advisories") else { return };
    for (name, _) in real::LISTS {
        let list = real::list(name, &folder);
        let recorded = answers(name);
        if pairs::hash_of(&list) != recorded.hash {
            tyrian_lab::elsewhere(
                "real_versions_as_the_judges",
                "other advisories lie here than the judges were asked about",
            );
            continue;
        }
        agree(name, &list, &recorded);
    }
}

#[test]
fn every_recorded_file_is_compared() {
    let folder = tyrian_lab::checkout().join("crates/advisory/tests/judges/answers");
    let files: std::collections::BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap().trim_end_matches(".gz").to_owned())
        .collect();
    let compared = MADE.iter().copied().chain(real::LISTS.iter().map(|(name, _)| *name));
    assert_eq!(files, compared.map(str::to_owned).collect());
}

judged! {
    deb_as_dpkg "deb"
    rpm_as_rpm "rpm"
    apk_as_apk_tools_3 "apk"
    apk_as_go_apk_version "apk-2"
    semver_as_python_semver "semver"
    go_as_x_mod "go"
    pep440_as_packaging "pep440"
    pep440_specifiers_as_packaging "pep440-ranges"
    npm_as_npm "npm"
    npm_ranges_as_npm "npm-ranges"
    npm_ranges_as_npm_installs "npm-ranges-named"
    maven_as_maven "maven"
    maven_ranges_as_maven "maven-ranges"
    gem_as_rubygems "gem"
    gem_requirements_as_rubygems "gem-ranges"
    nuget_as_deps_dev "nuget"
    nuget_as_univers "nuget-univers"
    nuget_ranges_as_deps_dev "nuget-ranges"
    packagist_as_composer "packagist"
    packagist_constraints_as_composer "packagist-ranges"
}
