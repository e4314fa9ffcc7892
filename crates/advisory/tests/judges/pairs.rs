//! What the judges are asked: pairs of versions, and ranges with versions, made from a seed so that test and judge
//! see the same ones. They are nasty on purpose: near each other, at the edges of the rules, and often beyond.

/// How many pairs and questions each judge is asked.
pub const COUNT: usize = 50_000;

/// Numbers from a seed (splitmix64).
pub struct Random(u64);

impl Random {
    pub fn new(name: &str) -> Random {
        Random(hash(name.as_bytes()))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// One time in so many.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// FNV-1a, 64 bits: tells one list of pairs from another.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// The hash of a list.
pub fn hash_of(list: &[(String, String)]) -> String {
    let text: Vec<u8> = list.iter().flat_map(|(a, b)| format!("{a}\t{b}\n").into_bytes()).collect();
    format!("{:016x}", hash(&text))
}

/// The list of this name: `deb`, or `npm-ranges`.
pub fn list(name: &str) -> Vec<(String, String)> {
    first(name, COUNT)
}

/// The first of that list.
pub fn first(name: &str, count: usize) -> Vec<(String, String)> {
    let mut random = Random::new(name);
    let scheme = name.strip_suffix("-ranges");
    (0..count)
        .map(|_| match scheme {
            Some(scheme) => question(scheme, &mut random),
            None => pair(name, &mut random),
        })
        .collect()
}

fn pair(scheme: &str, random: &mut Random) -> (String, String) {
    let a = version(scheme, random);
    let b = match random.below(16) {
        0..=10 => mutated(scheme, &a, random),
        11..=14 => version(scheme, random),
        _ => soup(scheme, random),
    };
    if random.once_in(2) { (a, b) } else { (b, a) }
}

/// A version near this one.
fn mutated(scheme: &str, version: &str, random: &mut Random) -> String {
    let mut text = version.to_owned();
    for _ in 0..=usize::from(random.once_in(4)) {
        let at = random.below(text.len() + 1);
        let piece = random.pick(pieces(scheme));
        match random.below(7) {
            0 => text.insert_str(at, piece),
            1 if at < text.len() => drop(text.remove(at)),
            2 if at < text.len() => text.replace_range(at..=at, piece),
            3 => match text.find(|c: char| c.is_ascii_digit()) {
                Some(_) => {
                    let digits: Vec<usize> =
                        text.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
                    text.insert(digits[random.below(digits.len())], '0');
                }
                None => text.push('0'),
            },
            4 => text.push_str(piece),
            5 => text.push_str(random.pick(&[".0", "0", ".1", "-1", "-0", "1"])),
            _ if random.once_in(3) => text = text.to_uppercase(),
            _ => {}
        }
    }
    text
}

/// Pieces put together without any rule.
fn soup(scheme: &str, random: &mut Random) -> String {
    (0..=random.below(6)).map(|_| random.pick(pieces(scheme))).collect()
}

fn pieces(scheme: &str) -> &'static [&'static str] {
    match scheme {
        "deb" => &[
            "0",
            "1",
            "2",
            "10",
            "00",
            "a",
            "b",
            "Z",
            "~",
            "~~",
            "+",
            ".",
            "-",
            ":",
            "deb12u1",
            "~rc1",
            "+b1",
            "99999999999999999999",
            "_",
        ],
        "rpm" => &[
            "0",
            "1",
            "2",
            "10",
            "00",
            "a",
            "b",
            "Z",
            "~",
            "^",
            "+",
            ".",
            "..",
            "-",
            ":",
            "_",
            "el9",
            "rc",
            "^git",
            "99999999999999999999",
        ],
        "apk" => &[
            "0",
            "1",
            "2",
            "10",
            "09",
            "a",
            "z",
            "_alpha",
            "_beta",
            "_pre",
            "_rc",
            "_p",
            "_git",
            "_cvs",
            "-r",
            "-r0",
            "-r1",
            "~",
            "~abc0",
            ".",
            "_",
            "99999999999999999999",
        ],
        "semver" | "npm" => &[
            "0",
            "1",
            "2",
            "10",
            "00",
            "a",
            "beta",
            "rc",
            "-",
            ".",
            "+",
            "v",
            "-0",
            "-a",
            "99999999999999999999",
            "x",
            "--",
        ],
        "go" => &[
            "0",
            "1",
            "2",
            "10",
            "00",
            "v",
            "-",
            ".",
            "+incompatible",
            "-0.",
            "20240101000000",
            "-abcdef123456",
            "rc",
            "beta",
            "99999999999999999999",
            "+",
        ],
        "pep440" => &[
            "0",
            "1",
            "2",
            "10",
            "00",
            "a",
            "b",
            "rc",
            "c",
            "alpha",
            "beta",
            "pre",
            "preview",
            "post",
            "rev",
            "r",
            "dev",
            ".",
            "-",
            "_",
            "!",
            "+",
            "v",
            "+local",
            ".dev",
            ".post",
            "99999999999999999999",
        ],
        "maven" => &[
            "0",
            "1",
            "2",
            "10",
            "00",
            "a",
            "b",
            "m",
            "x",
            "alpha",
            "beta",
            "milestone",
            "rc",
            "cr",
            "snapshot",
            "ga",
            "final",
            "release",
            "sp",
            ".",
            "-",
            "_",
            "RC",
            "99999999999999999999",
            "--",
            "..",
        ],
        "gem" => &[
            "0",
            "1",
            "2",
            "10",
            "00",
            "a",
            "b",
            "rc",
            "pre",
            "beta",
            ".",
            "-",
            ".a",
            ".0",
            "A",
            "Z",
            "99999999999999999999",
            "+",
        ],
        "nuget" => &[
            "0",
            "1",
            "2",
            "10",
            "00",
            "a",
            "beta",
            "RC",
            "-",
            ".",
            "+",
            "-a",
            "--",
            "-5",
            "2147483647",
            "2147483648",
            "x",
        ],
        "packagist" => &[
            "0", "1", "2", "10", "00", "v", "a", "b", "alpha", "beta", "RC", "rc", "p", "pl", "patch", "dev",
            "stable", "-", ".", "_", "+", "x", "dev-", "@dev", "#", "99999", "2010",
        ],
        _ => panic!("no pieces for {scheme}"),
    }
}

fn number(random: &mut Random) -> String {
    match random.below(40) {
        0 => "99999999999999999999".to_owned(),
        1 => format!("20240{}1", random.below(10)),
        2 => format!("0{}", random.below(10)),
        3..=8 => random.below(30).to_string(),
        _ => random.below(4).to_string(),
    }
}

fn dotted(random: &mut Random, most: usize) -> String {
    let numbers: Vec<String> = (0..=random.below(most)).map(|_| number(random)).collect();
    numbers.join(".")
}

/// A version that mostly follows the rules.
fn version(scheme: &str, random: &mut Random) -> String {
    let mut text = String::new();
    match scheme {
        "deb" => {
            if random.once_in(4) {
                text = format!("{}:", random.below(3));
            }
            text += &dotted(random, 4);
            for _ in 0..random.below(3) {
                text += random.pick(&[
                    "~rc1", "~rc2", "~beta", "+dfsg", "+git2024", "a", "p1", "~", "+really1", ".1", "-1",
                ]);
            }
            if !random.once_in(4) {
                text += &format!("-{}", dotted(random, 2));
                text += random.pick(&[
                    "",
                    "",
                    "",
                    "+deb12u1",
                    "+deb12u10",
                    "~bpo11+1",
                    "+b2",
                    "ubuntu0.1",
                    "~exp1",
                ]);
            }
        }
        "rpm" => {
            if random.once_in(4) {
                text = format!("{}:", random.below(3));
            }
            text += &dotted(random, 4);
            for _ in 0..random.below(3) {
                text += random.pick(&["~rc1", "^20240101git", "^", "~", "a", "_1", "+1", ".P1", "b2"]);
            }
            if !random.once_in(5) {
                text += &format!("-{}", dotted(random, 2));
                text += random.pick(&[
                    "",
                    ".el8",
                    ".el9_2",
                    ".el9_2.alma.1",
                    ".module_el8.5.0+108+00865455",
                    "~1",
                    "^1",
                    ".fc40",
                ]);
            }
        }
        "apk" => {
            text = dotted(random, 4);
            if random.once_in(3) {
                text += random.pick(&["a", "b", "z"]);
            }
            for _ in 0..random.below(3) {
                text += random.pick(&["_alpha", "_beta", "_pre", "_rc", "_cvs", "_svn", "_git", "_hg", "_p"]);
                if random.once_in(2) {
                    text += &number(random);
                }
            }
            if random.once_in(8) {
                text += random.pick(&["~abc", "~abd0", "~0"]);
            }
            if !random.once_in(3) {
                text += &format!("-r{}", number(random));
            }
        }
        "semver" | "npm" | "go" | "nuget" => {
            if scheme == "go" && !random.once_in(3) || scheme == "npm" && random.once_in(6) {
                text.push('v');
            }
            let parts = match scheme {
                "nuget" => 1 + random.below(4),
                "go" if random.once_in(5) => 1 + random.below(3),
                _ => 3,
            };
            for at in 0..parts {
                if at > 0 {
                    text.push('.');
                }
                text += &if random.once_in(20) { number(random) } else { random.below(4).to_string() };
            }
            if random.once_in(2) {
                text.push('-');
                for at in 0..=random.below(3) {
                    if at > 0 {
                        text.push('.');
                    }
                    text += random.pick(&[
                        "0",
                        "1",
                        "2",
                        "10",
                        "alpha",
                        "beta",
                        "rc",
                        "rc1",
                        "-",
                        "-1",
                        "a-b",
                        "Beta",
                        "0a",
                        "99999999999999999999",
                        "20240101000000-abcdef123456",
                        "20240102000000-0123456789ab",
                    ]);
                }
            }
            if random.once_in(5) {
                text += random.pick(&["+incompatible", "+build", "+1", "+0.1", "+dirty"]);
            }
        }
        "pep440" => {
            if random.once_in(8) {
                text = format!("{}!", random.below(3));
            }
            text += &dotted(random, 4);
            if random.once_in(3) {
                text += random
                    .pick(&["a", "b", "rc", "c", ".a", "-alpha", "_beta", "pre", "preview", "RC", ".rc."]);
                text += random.pick(&["", "0", "1", "2", "01", "-1", ".1", "-"]);
            }
            if random.once_in(4) {
                text += random.pick(&[".post", "-", ".rev", "r", "-post", "post-", "_post_"]);
                text += random.pick(&["", "0", "1", "2", "10"]);
            }
            if random.once_in(4) {
                text += random.pick(&[".dev", "dev", "-dev", "_dev.", ".DEV"]);
                text += random.pick(&["", "0", "1", "2"]);
            }
            if random.once_in(6) {
                text += random.pick(&["+a", "+1", "+a.1", "+1.a", "+a-1", "+ubuntu_2", "+10", "+01", "+A"]);
            }
        }
        "maven" => {
            text = dotted(random, 4);
            for _ in 0..random.below(4) {
                text += random.pick(&[".", "-", "", "-", "."]);
                text += random.pick(&[
                    "alpha", "beta", "b2", "a1", "m3", "m", "rc", "RC1", "cr2", "SNAPSHOT", "ga", "Final",
                    "release", "sp", "sp1", "jre8", "1", "0", "20240101", "foo", "android", "pre",
                ]);
            }
        }
        "gem" => {
            text = dotted(random, 4);
            for _ in 0..random.below(3) {
                text += random.pick(&[".", ".", "-", ""]);
                text += random.pick(&[
                    "a",
                    "b1",
                    "rc1",
                    "rc.1",
                    "pre",
                    "beta2",
                    "0",
                    "1",
                    "A",
                    "java",
                    "x86-mingw32",
                ]);
            }
        }
        "packagist" => {
            text = random.pick(&["", "", "", "v", "V"]).to_owned();
            text += &match random.below(12) {
                0 => random
                    .pick(&[
                        "20100102",
                        "2010-01-02",
                        "2010.01.02",
                        "2010-01-02-10-20-30",
                        "201001",
                        "20100102-203040",
                        "2010.1",
                    ])
                    .to_owned(),
                1 => random
                    .pick(&["dev-main", "dev-x.y", "master", "1.x-dev", "2.0.x-dev", "1.2.*.dev"])
                    .to_owned(),
                _ => dotted(random, 4),
            };
            if random.once_in(2) {
                text += random.pick(&["-", ".", "_", "", ""]);
                text += random.pick(&[
                    "alpha", "a", "beta", "b", "RC", "rc", "p", "pl", "patch", "stable", "dev", "alpha.",
                    "beta-",
                ]);
                text += random.pick(&["", "1", "2", "10", "1.2", "-1", "01"]);
            }
            if random.once_in(8) {
                text += random.pick(&["-dev", ".dev", "dev", "+build", "@dev", "@stable", "@beta"]);
            }
        }
        _ => panic!("no versions for {scheme}"),
    }
    text
}

/// A range, and a version that is near its ends.
fn question(scheme: &str, random: &mut Random) -> (String, String) {
    let range = match scheme {
        "pep440" => specifiers(random),
        "npm" => npm_range(random),
        "maven" | "nuget" => intervals(scheme, random),
        "gem" => requirements(random),
        "packagist" => constraints(random),
        _ => panic!("{scheme} has no ranges"),
    };
    let versions: Vec<&str> = range
        .split(|c: char| c.is_whitespace() || "[](),|<>=~^!".contains(c))
        .filter(|part| part.starts_with(|c: char| c.is_ascii_digit()) && !part.contains(['*', 'x', 'X']))
        .collect();
    let version = match (random.below(6), versions.is_empty()) {
        (0..=2, false) => {
            let bound = versions[random.below(versions.len())];
            mutated(scheme, bound, random)
        }
        (3, false) => versions[random.below(versions.len())].to_owned(),
        _ => version(scheme, random),
    };
    (range, version)
}

fn small(scheme: &str, random: &mut Random) -> String {
    if random.once_in(16) {
        return version(scheme, random);
    }
    let parts = match scheme {
        "npm" => 3,
        _ => 1 + random.below(4),
    };
    let numbers: Vec<String> = (0..parts).map(|_| random.below(4).to_string()).collect();
    let mut text = numbers.join(".");
    if random.once_in(4) {
        text += random.pick(match scheme {
            "pep440" => &["a1", "rc1", ".post1", ".dev0", "+local", "rc1.dev2", ".post2.dev1"],
            "maven" => &["-alpha", "-beta-1", "-SNAPSHOT", "-1", ".sp"],
            "gem" => &[".a", ".rc1", "-pre", ".beta.2"],
            "packagist" => &["-alpha", "-beta2", "-RC1", "-dev", "-p1"],
            _ => &["-0", "-alpha", "-beta.2", "-rc.1", "-alpha.1", "+build"],
        });
    }
    text
}

fn joined(
    random: &mut Random,
    most: usize,
    separators: &[&str],
    part: impl Fn(&mut Random) -> String,
) -> String {
    let mut text = part(random);
    for _ in 0..random.below(most) {
        text += random.pick(separators);
        text += &part(random);
    }
    if random.once_in(60) {
        let at = random.below(text.len() + 1);
        text.insert_str(at, random.pick(&[",", " ", "|", "=", "x", "*", "(", "]", "-"]));
    }
    text
}

fn specifiers(random: &mut Random) -> String {
    joined(random, 3, &[",", ", ", " ,"], |random| {
        let operator = random.pick(&["==", "!=", "<", "<=", ">", ">=", "~=", "===", ">=", "<"]);
        let space = random.pick(&["", "", " "]);
        let star = if matches!(operator, "==" | "!=") && random.once_in(2) { ".*" } else { "" };
        format!("{operator}{space}{}{star}", small("pep440", random))
    })
}

fn npm_partial(random: &mut Random) -> String {
    match random.below(8) {
        0 => random.pick(&["*", "x", "X", "", "x.x", "1.x.x", "*", "2.X", "*.1", "1.*.2"]).to_owned(),
        1 => format!("{}.x", random.below(4)),
        2 => format!("{}.{}.*", random.below(3), random.below(4)),
        3 => random.below(4).to_string(),
        4 => format!("{}.{}", random.below(3), random.below(4)),
        _ => small("npm", random),
    }
}

fn npm_range(random: &mut Random) -> String {
    joined(random, 3, &["||", " || ", " ||"], |random| {
        if random.once_in(5) {
            return format!("{} - {}", npm_partial(random), npm_partial(random));
        }
        joined(random, 3, &[" ", " ", "  "], |random| {
            let operator = random.pick(&["", "^", "~", ">", ">=", "<", "<=", "=", "~>", "^", "~"]);
            let space = random.pick(&["", "", "", " "]);
            let v = random.pick(&["", "", "", "", "v", "="]);
            format!("{operator}{space}{v}{}", npm_partial(random))
        })
    })
}

fn intervals(scheme: &str, random: &mut Random) -> String {
    if random.once_in(8) {
        return small(scheme, random);
    }
    let most = if scheme == "maven" { 3 } else { 1 };
    joined(random, most, &[",", ", ", ""], |random| {
        let (open, close) = (random.pick(&["[", "("]), random.pick(&["]", ")"]));
        let (a, b) = (small(scheme, random), small(scheme, random));
        match random.below(10) {
            0 | 1 => format!("[{a}]"),
            2 | 3 => format!("{open},{b}{close}"),
            4 | 5 => format!("{open}{a},{close}"),
            6 => format!("{open}{a}, {a}{close}"),
            _ if a <= b => format!("{open}{a},{b}{close}"),
            _ => format!("{open}{b} , {a}{close}"),
        }
    })
}

fn requirements(random: &mut Random) -> String {
    joined(random, 3, &[",", ", "], |random| {
        let operator = random.pick(&["~>", ">=", "<=", ">", "<", "=", "!=", "", "~>", "~>"]);
        let space = random.pick(&["", " ", " "]);
        format!("{operator}{space}{}", small("gem", random))
    })
}

fn constraints(random: &mut Random) -> String {
    joined(random, 3, &["||", " || ", " | "], |random| {
        if random.once_in(6) {
            return format!("{} - {}", small("packagist", random), small("packagist", random));
        }
        joined(random, 3, &[" ", ",", ", "], |random| {
            let operator =
                random.pick(&["", "^", "~", ">", ">=", "<", "<=", "=", "!=", "<>", "==", "^", "~"]);
            let version = match random.below(10) {
                0 => random
                    .pick(&["*", "1.*", "0.*", "1.2.*", "v*", "1.x.x", "dev-main", "1.x-dev", "2.0.x-dev"])
                    .to_owned(),
                1 => format!(
                    "{}@{}",
                    small("packagist", random),
                    random.pick(&["dev", "beta", "stable", "RC", "alpha"])
                ),
                _ => small("packagist", random),
            };
            format!("{operator}{version}")
        })
    })
}
