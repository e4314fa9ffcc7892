//! The laws of orders, on what the judges are asked and more: that they are orders, what their documents say of them,
//! and that they refuse what is no version, however long it is.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, dead_code)] // helpers of tests are tests

#[path = "judges/pairs.rs"]
mod pairs;

use std::cmp::Ordering;
use tyrian_advisory::version::{Part, Scheme, npm};

/// Versions near each other, without those that are none.
fn versions(scheme: Scheme, count: usize) -> Vec<String> {
    let mut versions: Vec<String> =
        pairs::first(scheme.name(), count).into_iter().flat_map(|(a, b)| [a, b]).collect();
    // A branch of Composer is a version without a place among others.
    versions.retain(|version| {
        scheme.compare(version, version).is_ok() && scheme.compare(version, "1.0.0").is_ok()
    });
    assert!(versions.len() > count / 2, "{scheme:?}: {}", versions.len());
    versions
}

#[test]
fn each_is_reflexive_and_antisymmetric_and_has_one_normal_form_for_equal_versions() {
    for scheme in Scheme::ALL {
        let mut equal = 0;
        for (a, b) in pairs::first(scheme.name(), 5_000) {
            let (there, back) = (scheme.compare(&a, &b), scheme.compare(&b, &a));
            assert_eq!(there.is_ok(), back.is_ok(), "{scheme:?} {a:?} {b:?}");
            let (Ok(there), Ok(back)) = (there, back) else { continue };
            assert_eq!(there, back.reverse(), "{scheme:?} {a:?} {b:?}");
            assert_eq!(scheme.compare(&a, &a), Ok(Ordering::Equal), "{scheme:?} {a:?}");
            let (normal_a, normal_b) = (scheme.normal(&a).unwrap(), scheme.normal(&b).unwrap());
            if scheme == Scheme::Maven {
                assert!(normal_a != normal_b || there.is_eq(), "{a:?} {b:?}: {normal_a}");
            } else {
                assert_eq!(
                    normal_a == normal_b,
                    there.is_eq(),
                    "{scheme:?} {a:?} {b:?}: {normal_a} {normal_b}"
                );
            }
            equal += usize::from(there.is_eq() && a != b);
        }
        assert!(equal > 10, "{scheme:?}: hardly any pair is equal: {equal}");
    }
}

#[test]
fn a_normal_form_is_found_for_what_is_compared_and_for_nothing_else() {
    for scheme in Scheme::ALL {
        for (a, _) in pairs::first(scheme.name(), 2000) {
            assert_eq!(scheme.normal(&a).is_ok(), scheme.compare(&a, &a).is_ok(), "{scheme:?} {a:?}");
        }
    }
}

#[test]
fn each_but_mavens_is_transitive() {
    for scheme in Scheme::ALL.into_iter().filter(|scheme| *scheme != Scheme::Maven) {
        let mut sorted = versions(scheme, 150);
        sorted.sort_by(|a, b| scheme.compare(a, b).unwrap());
        for (at, a) in sorted.iter().enumerate() {
            for b in &sorted[at + 1..] {
                assert_ne!(scheme.compare(a, b), Ok(Ordering::Greater), "{scheme:?} {a:?} {b:?}");
            }
        }
    }
}

#[test]
fn mavens_order_goes_round_as_maven_itself() {
    // Asked of maven-artifact 3.9.9 too: a list stands above a word, and a word in the middle is not one at the end.
    for (a, b) in [("1", "1.sp.1"), ("1.sp.1", "1-alpha"), ("1-alpha", "1")] {
        assert_eq!(Scheme::Maven.compare(a, b), Ok(Ordering::Less), "{a} {b}");
    }
}

/// Rising chains as the documents of the ecosystems give them or follow from their rules.
const RISING: &[(Scheme, &[&str])] = &[
    // Debian Policy 5.6.12: `~~`, `~~a`, `~`, the end, `a`.
    (
        Scheme::Deb,
        &["1.0~~-1", "1.0~~a-1", "1.0~-1", "1.0-1", "1.0a-1", "1.0+b1-1", "1.00001.2-1", "2-1", "1:0-1"],
    ),
    (Scheme::Deb, &["1.0-1~deb12u1", "1.0-1", "1.0-1+deb12u1", "1.0-1+deb12u10", "1.0-1.1", "1.0-2"]),
    // rpm-version(7): tilde and caret.
    (Scheme::Rpm, &["1.0~rc1-1", "1.0~rc2-1", "1.0-1", "1.0^20240501-1", "1.0.1-1", "1.1-1", "1:0.1-1"]),
    (Scheme::Rpm, &["1.0a", "1.0.1", "1.0.10", "2"]),
    (
        Scheme::Apk,
        &[
            "1.2_alpha",
            "1.2_beta1",
            "1.2_pre2",
            "1.2_rc1",
            "1.2",
            "1.2-r1",
            "1.2_git20240101",
            "1.2_p1",
            "1.2a",
            "1.2.1",
        ],
    ),
    // Semantic Versioning 2.0.0, section 11.
    (
        Scheme::Semver,
        &[
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
        ],
    ),
    (
        Scheme::Semver,
        &["1.0.0", "2.0.0", "2.1.0", "2.1.1", "18446744073709551616.0.0", "18446744073709551617.0.0"],
    ),
    // The Go Modules Reference: a pseudo-version before its base, and after an earlier commit's.
    (
        Scheme::Go,
        &[
            "v0.0.0-20190101000000-aaaaaaaaaaaa",
            "v0.0.0-20200101000000-000000000000",
            "v1.2.3-pre.0.20200101000000-000000000000",
            "v1.2.3-pre.1",
            "v1.2.3",
            "1.2.4-0.20200101000000-000000000000",
            "1.2.4",
            "v2.0.0+incompatible",
        ],
    ),
    // PEP 440, "Summary of permitted suffixes and relative ordering".
    (
        Scheme::Pep440,
        &[
            "1.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.15",
            "1.1.dev1",
            "1!0.1",
        ],
    ),
    (Scheme::Npm, &["v1.2.3-rc.1", "1.2.3", "v1.2.4"]),
    // The POM reference, "Version Order Specification".
    (
        Scheme::Maven,
        &["1-alpha2", "1-beta1", "1-m1", "1-cr1", "1-SNAPSHOT", "1-ga", "1-sp", "1-foo", "1-1", "1.1"],
    ),
    (Scheme::Maven, &["1-alpha.1", "1-beta", "1-SNAPSHOT", "1", "1-sp2", "1-foo2", "1.foo10", "1-2", "1.2"]),
    // Gem::Version: letters are before.
    (Scheme::Gem, &["1.0.a", "1.0.b1", "1.0", "1.0.1.rc1", "1.0.1", "1.10"]),
    (
        Scheme::Nuget,
        &["1.0.1-alpha", "1.0.1-Beta", "1.0.1-beta.2", "1.0.1-beta.10", "1.0.1", "1.0.1.1", "1.2"],
    ),
    (
        Scheme::Packagist,
        &["1.0-dev", "1.0-alpha", "1.0-beta2", "v1.0RC1", "1.0", "1.0-p1", "1.0.0.1", "1.x-dev", "2.0"],
    ),
];

#[test]
fn the_documented_chains_rise() {
    for (scheme, chain) in RISING {
        for (at, a) in chain.iter().enumerate() {
            for b in &chain[at + 1..] {
                assert_eq!(scheme.compare(a, b), Ok(Ordering::Less), "{scheme:?} {a} {b}");
            }
        }
    }
}

/// What stands for the same version.
const EQUAL: &[(Scheme, &[&str])] = &[
    (Scheme::Deb, &["1.0", "0:1.0", "1.0-0", "01.00"]),
    (Scheme::Rpm, &["1.0-1", "0:1.0-1", ":1.0-01", "1_0-1", "1..0-1."]),
    (Scheme::Apk, &["1.2-r0", "01.2-r00"]),
    (Scheme::Semver, &["1.0.0", "1.0.0+a", "1.0.0+b.01"]),
    (Scheme::Go, &["v1", "1.0", "v1.0.0", "1.0.0+incompatible"]),
    (Scheme::Pep440, &["1.0", "1", "v1.0.0", "0!1", " 1.0 "]),
    (Scheme::Pep440, &["1.0rc1", "1.0c1", "1.0-PREVIEW_1", "1.0.pre.1"]),
    (Scheme::Pep440, &["1.0.post1", "1.0-1", "1.0-r1", "1.0_rev.1"]),
    (Scheme::Maven, &["1", "1.0", "1-ga", "1.final", "1.0.0-RELEASE", "1-0"]),
    (Scheme::Maven, &["1-alpha1", "1-a1", "1-ALPHA-1", "1a1"]),
    (Scheme::Gem, &["1", "1.0", "1.0.0 "]),
    (Scheme::Gem, &["1.pre.2", "1-2", "1.0-2"]),
    (Scheme::Nuget, &["1", "1.0", "1.0.0.0", "01.00+meta"]),
    (Scheme::Packagist, &["1", "v1.0", "1.0.0.0", "1.0-stable", "1.0@dev"]),
    (Scheme::Packagist, &["1.0-beta2", "1.0b2", "1.0.0.0_BETA-2"]),
];

#[test]
fn what_is_one_version_is_equal_and_has_one_normal_form() {
    for (scheme, versions) in EQUAL {
        for a in versions.iter() {
            assert_eq!(scheme.compare(a, versions[0]), Ok(Ordering::Equal), "{scheme:?} {a}");
            assert_eq!(scheme.normal(a), scheme.normal(versions[0]), "{scheme:?} {a}");
        }
    }
}

#[test]
fn what_is_no_version_is_unread() {
    use Scheme::{Apk, Deb, Gem, Go, Maven, Npm, Nuget, Packagist, Pep440, Rpm, Semver};
    let none: &[(&[Scheme], &[&str])] = &[
        (&Scheme::ALL, &["", "1\u{202e}2", "1.0\0", "1/2", "ñ"]),
        (&[Deb], &["1.0-", ":1.0", "a:1.0", "-1:1", "1:", "1:-1", "4294967296:1.0", "1 0", "1.0_1"]),
        (&[Rpm], &["1.0-1-1", "1:", "-1", "1.0-", "(none):1.0", "1:2:3"]),
        (&[Apk], &["latest", "1.", ".1", "1-1", "1-r", "1_foo", "1ab", "1-r1a", "1a1", "1~", "1_p~A"]),
        (
            &[Semver],
            &[
                "1",
                "1.0",
                "v1.0.0",
                "1.0.0.0",
                "01.0.0",
                "1.0.0-01",
                "1.0.0-",
                "1.0.0+",
                "1.0.0-a..b",
                "latest",
            ],
        ),
        (&[Go], &["(devel)", "vv1", "v1.2-pre", "v01.2.3", "v1.2.3.4", "go1.21", "v"]),
        (&[Pep440], &["latest", "1.0-foo", "2004d", "1.0+", "1.0+a..b", "!1", "1..0", "1.0.*"]),
        (&[Npm], &["1.2", "1.2.x", "=1.2.3", "latest", "^1.2.3", "vv1.2.3", "1.02.3"]),
        (&[Maven], &["1.0\u{661}"]),
        (&[Gem], &["a", "1..2", "1.", "1.2+b", "1_2", "1-", "1 2"]),
        (&[Nuget], &["1.2.3.4.5", "a", "1.", "2147483648", "1.0-01", "1.0-", "v1.0", "1.*"]),
        (&[Packagist], &["latest", "1.0-foo", "1.2.3.4.5", "1234567foo", "1.0 2.0", "^1.0"]),
    ];
    for (schemes, texts) in none {
        for scheme in *schemes {
            for text in *texts {
                let read = scheme.compare(text, "1.0.0");
                let Err(unread) = read else { panic!("{scheme:?} {text:?}") };
                assert_eq!((unread.scheme, unread.part), (*scheme, Part::Version), "{text:?}");
                assert!(scheme.compare("1.0.0", text).is_err(), "{scheme:?} {text:?}");
                assert!(scheme.normal(text).is_err(), "{scheme:?} {text:?}");
            }
        }
    }
    // A branch is a version that equals itself and stands before and after nothing.
    assert_eq!(Packagist.compare("dev-main", "dev-main"), Ok(Ordering::Equal));
    assert!(Packagist.compare("dev-main", "1.0").is_err());
    assert_eq!(
        Rpm.compare("1-1-1", "1").unwrap_err().to_string(),
        "no version by the rules of rpm: a character that RPM's versions may not have"
    );
}

/// A range, what lies in it, what does not.
const RANGES: &[(Scheme, &str, &[&str], &[&str])] = &[
    (
        Scheme::Npm,
        "^1.2.3 || >=3.0.0 <4",
        &["1.2.3", "1.9.0", "3.5.0", "3.0.0"],
        &["1.2.2", "2.0.0", "2.0.0-0", "4.0.0", "4.0.0-0"],
    ),
    (Scheme::Npm, "~0.3.1", &["0.3.1", "0.3.9"], &["0.3.0", "0.4.0"]),
    (Scheme::Npm, "^0.0.3", &["0.0.3"], &["0.0.4", "0.0.2"]),
    (Scheme::Npm, "1.2 - 2", &["1.2.0", "2.9.9"], &["1.1.9", "3.0.0"]),
    (
        Scheme::Npm,
        "<99999999999999999999999.0.0",
        &["99999999999999999999998.9.9"],
        &["99999999999999999999999.0.0"],
    ),
    (Scheme::Npm, "*", &["0.0.0", "1.0.0-rc.1"], &[]),
    (Scheme::Pep440, ">=1.2, <2, !=1.5.*", &["1.2", "1.4.9", "1.6rc1"], &["1.1", "1.5.3", "2.0rc1", "2"]),
    (Scheme::Pep440, "~=2.2.1", &["2.2.1", "2.2.9"], &["2.3", "2.2"]),
    (Scheme::Pep440, "==1.0", &["1.0", "1.0.0+local"], &["1.0.post1"]),
    (Scheme::Pep440, "", &["1.0rc1"], &[]),
    (Scheme::Maven, "[1.0,2.0)", &["1.0", "1.9", "2.0-alpha"], &["0.9", "2.0"]),
    (Scheme::Maven, "(,1.0],[1.2,)", &["0.1", "1.0", "1.2", "9"], &["1.1"]),
    (Scheme::Gem, "~> 1.2.3, != 1.2.5", &["1.2.3", "1.2.9"], &["1.2.5", "1.3", "1.2.2", "1.3.a"]),
    (Scheme::Nuget, "[1.0,2.0)", &["1.0", "1.9.9.9", "2.0-alpha"], &["0.9", "2.0"]),
    (Scheme::Nuget, "1.5", &["1.5", "9.0"], &["1.4"]),
    (Scheme::Packagist, "^1.2 || ~2.0.3", &["1.2", "1.9-beta", "2.0.9"], &["1.1", "2.0.2", "2.1", "2.0-dev"]),
    (Scheme::Packagist, "1.0 - 2.0", &["1.0", "2.0.9"], &["0.9", "2.1"]),
    (Scheme::Packagist, "dev-main", &["dev-main"], &["dev-other", "1.0"]),
];

#[test]
fn the_documented_ranges_hold_what_they_say() {
    for (scheme, range, inside, outside) in RANGES {
        for version in *inside {
            assert_eq!(scheme.within(range, version), Ok(true), "{scheme:?} {range} {version}");
        }
        for version in *outside {
            assert_eq!(scheme.within(range, version), Ok(false), "{scheme:?} {range} {version}");
        }
    }
    // What npm installs, beside what lies between the bounds.
    assert_eq!(npm::within(">=1.0.0", "2.0.0-rc.1", npm::Prereleases::Named), Ok(false));
    assert_eq!(npm::within(">=2.0.0-beta", "2.0.0-rc.1", npm::Prereleases::Named), Ok(true));
}

#[test]
fn what_is_no_range_is_unread() {
    use Scheme::{Deb, Gem, Maven, Npm, Nuget, Packagist, Pep440};
    for (scheme, ranges) in [
        (Npm, &["latest", "1.2.3 || nonsense", "file:../x", "git://a/b", ">", "1 - ", "^1.2.3.4"][..]),
        (
            Pep440,
            &[
                "1.0",
                "=1.0",
                "~=1",
                ">=1.0+local",
                "==1.0rc1.*",
                ">= 1.0; python_version",
                "^1.0",
                ">=latest",
            ],
        ),
        (Maven, &["1.0", "[1.0", "[2.0,1.0]", "(1.0)", "[1,2],[1.5,3]", "[1,2] 3", ""]),
        (Gem, &["~> ", "^1.0", ">= a", "1.0 2.0", ""]),
        (Nuget, &["", "[]", "(1.0)", "[2.0,1.0]", "[1.0", "1.*", "[1,2,3]", "latest"]),
        (Packagist, &["latest", "^foo", ">=1.0,,<2", "1.0 ||", "~>1.0"]),
        (Deb, &[">= 1.0"]),
    ] {
        for range in ranges {
            let unread = scheme.within(range, "1.0.0");
            assert!(
                unread.is_err_and(|unread| unread.part == Part::Range),
                "{scheme:?} {range:?}: {unread:?}"
            );
        }
    }
}

#[test]
fn megabytes_are_compared_like_others() {
    const LONG: usize = 1 << 20;
    let text = |part: &str, length: usize| format!("1.0.0{}", part.repeat(length / part.len()));
    // What is not in proportion to the length takes minutes here already.
    let parts = ["1.", "a1", "-1", "-", "~", "_rc", ".a", ",", "||", "[1],", "=1 ", "1-1."];
    for scheme in Scheme::ALL {
        for part in parts {
            let text = text(part, LONG >> 5);
            let _ = (scheme.compare(&text, &text), scheme.normal(&text));
            let _ = (scheme.within(&text, "1.0.0"), scheme.within(&format!(">={text}"), &text));
        }
        let (range, version) = (text(",", LONG), text(".0", LONG));
        assert!(scheme.within(&range, &version).is_err(), "{scheme:?}: a megabyte against a megabyte");
        let (a, b) = (format!("1.2.{}", text("9", LONG).replace('.', "9")), "1.2.98".to_owned());
        let larger = scheme.compare(&a, &b);
        if scheme == Scheme::Nuget {
            assert!(larger.is_err(), "a number larger than NuGet's");
        } else {
            assert_eq!(larger, Ok(Ordering::Greater), "{scheme:?}");
        }
        if let Ok(order) = scheme.compare(&text(".1", LONG), &text(".1", LONG - 2)) {
            assert_eq!(order, Ordering::Greater, "{scheme:?}");
        }
    }
}

#[test]
fn ecosystems_have_their_schemes() {
    for (ecosystem, scheme) in [
        ("Debian:12", Some(Scheme::Deb)),
        ("AlmaLinux:9", Some(Scheme::Rpm)),
        ("Alpine:v3.20", Some(Scheme::Apk)),
        ("PyPI", Some(Scheme::Pep440)),
        ("crates.io", Some(Scheme::Semver)),
        ("Linux", None),
        ("", None),
    ] {
        assert_eq!(Scheme::of_ecosystem(ecosystem), scheme, "{ecosystem}");
    }
}
