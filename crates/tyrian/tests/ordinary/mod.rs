//! Ordinary files as people write them, composed from parts by a seed, and faults that are put into them.
//!
//! A file is built as a tree or as lines, a fault changes the tree, and only then it is written down in the style that
//! the seed chose: so every fault meets every style.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

pub(crate) mod compose;
pub(crate) mod daemon;
pub(crate) mod dockerfile;
pub(crate) mod pod;
pub(crate) mod project;
pub(crate) mod yaml;

/// Files of one target, by path, as text.
pub(crate) type Files = Vec<(String, String)>;

/// Ordinary files, and the same with one fault, once or more often.
pub(crate) struct Ordinary {
    pub(crate) healthy: Files,
    pub(crate) faulty: Vec<Faulty>,
}

/// Files with one fault.
pub(crate) struct Faulty {
    pub(crate) name: &'static str,
    /// A finding of one of these is due.
    pub(crate) checks: &'static [&'static str],
    pub(crate) files: Files,
}

/// A kind of fault: what it does to what is not written down yet; nothing where there is no place for it.
pub(crate) struct Fault<T> {
    pub(crate) name: &'static str,
    pub(crate) checks: &'static [&'static str],
    pub(crate) put: fn(&mut T, &mut Random) -> Option<()>,
}

/// `"a name", ["a-check"], |thing, random| { … Some(()) };`
macro_rules! faults {
    ($($name:literal, [$($check:literal),+], |$it:ident, $random:ident| $put:expr;)+) => {
        &[$($crate::ordinary::Fault { name: $name, checks: &[$($check),+], put: |$it, $random| $put }),+]
    };
}
pub(crate) use faults;

/// Composes so many ordinary things and puts a fault into each, going through the kinds in an order that the seed
/// chooses.
pub(crate) fn with_faults<T: Clone>(
    random: &mut Random,
    count: usize,
    faults: &[Fault<T>],
    compose: fn(&mut Random) -> T,
    write: fn(&T, &mut Random) -> Files,
) -> Vec<Ordinary> {
    let mut kinds = Vec::new();
    let mut all = Vec::new();
    for _ in 0..count {
        if kinds.is_empty() {
            kinds = (0..faults.len()).collect();
        }
        let fault = &faults[kinds.swap_remove(random.below(kinds.len()))];
        // Some kinds want a thing of a certain form: another one is composed then.
        let made = (0..200).find_map(|_| {
            let healthy = compose(random);
            let mut faulty = healthy.clone();
            (fault.put)(&mut faulty, random).map(|()| (healthy, faulty))
        });
        let Some((healthy, faulty)) = made else { panic!("{}: there is no place for it", fault.name) };
        // Both are written by the same hand.
        let mut hand = random.clone();
        let healthy = write(&healthy, random);
        let files = write(&faulty, &mut hand);
        all.push(Ordinary {
            healthy,
            faulty: vec![Faulty { name: fault.name, checks: fault.checks, files }],
        });
    }
    all
}

/// A linear congruential generator: the same seed draws the same things everywhere.
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        let mut random = Random(seed);
        random.below(2);
        random
    }
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
    /// So many letters and digits without any pattern.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        let letters = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
        (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }
    /// A digest, with its algorithm.
    pub(crate) fn digest(&mut self) -> String {
        let hex: String = (0..64).map(|_| char::from(b"0123456789abcdef"[self.below(16)])).collect();
        format!("sha256:{hex}")
    }
    /// A token of the right form that opens nothing. It is made here so that no file of the checkout holds one.
    pub(crate) fn token(&mut self) -> String {
        format!("{}{}", ["gh", "p_"].concat(), self.letters(36))
    }
    /// Something that a person would choose as a password.
    pub(crate) fn password(&mut self) -> String {
        let words = ["marble", "otter", "Lantern", "quiver", "Basalt", "thistle"];
        format!("{}-{}-{}", self.pick(&words), self.pick(&words), 1000 + self.below(9000))
    }
    /// The same things in another order.
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            let other = self.below(last + 1);
            things.swap(last, other);
        }
    }
}
