//! What was read, and what was not.
//!
//! A value leaves a [`Known`], a [`Many`] or a [`Tree`](crate::tree::Tree) only through [`See`], and `See`
//! remembers every gap it meets. Whatever a check does with the error, a judgement that met a gap ends as
//! Unknown. So the law "to forget a fact only ever turns a verdict into Unknown" holds by construction.
//! `Known` has no method that opens it, and none is to be added: ask `See`.

use crate::facts::World;
use serde::{Deserialize, Serialize};
use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

/// Where something stands in a text: line and column count from 1, columns in characters.
///
/// `file` is set only where it is not the file of the subject itself (a Compose service that extends one of
/// another file, an overlay's patch).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pos {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The file, relative to the target, where it differs from the subject's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Arc<str>>,
}

impl Pos {
    /// A place in the subject's own file.
    pub fn new(line: u32, column: u32) -> Self {
        Pos { line, column, file: None }
    }
}

/// Why a fact is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Nobody asked for the source: one line in the report, no Unknown.
    NotAsked,
    /// It was not looked at, or the source did not say it.
    NotRead,
    /// Rights are missing; the gap says which.
    Denied,
    /// A template or variable that only a later stage fills in.
    Unresolved,
    /// It is there, but it is not what it should be.
    Malformed,
}

/// A fact that is missing: why, and which, with what to do about it where that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gap {
    /// Why it is missing.
    pub why: Why,
    /// What is missing, as a person reads it, with its place.
    pub what: String,
}

impl Gap {
    /// A gap from its parts.
    pub fn new(why: Why, what: impl Into<String>) -> Self {
        Gap { why, what: what.into() }
    }
}

/// A fact. In JSON `{"is": v}`, `{"at": [v, {"line": 1, "column": 2}]}` or `{"gap": {"why": …, "what": …}}`; of a list
/// of which only some could be read `{"part": {"of": […], "at": …, "lacks": [{"why": …, "what": …}]}}`.
///
/// A key that is missing from a snapshot is a gap. A setting that was read and is not set is a
/// `Known<Option<_>>` that is `null`; where the source's default is certain, the reader puts the default in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Known<T>(Read<T>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Read<T> {
    Is(T),
    At(T, Pos),
    // Rare, so it takes room of its own.
    Part(Box<Part<T>>),
    Gap(Gap),
}

/// Some of a list, and why the rest is missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Part<T> {
    of: T,
    at: Option<Pos>,
    lacks: Vec<Gap>,
}

impl<T> Part<T> {
    /// Why the rest is missing. There is always a reason, whatever a snapshot says.
    fn lacks(&self) -> Vec<Gap> {
        if self.lacks.is_empty() { vec![Gap::new(Why::NotRead, ABSENT)] } else { self.lacks.clone() }
    }
}

impl<T> Known<T> {
    /// A fact whose source has no places (an API, /proc).
    pub fn is(value: T) -> Self {
        Known(Read::Is(value))
    }
    /// A fact and where it was read.
    pub fn at(value: T, pos: Pos) -> Self {
        Known(Read::At(value, pos))
    }
    /// A fact that is missing.
    pub fn gap(why: Why, what: impl Into<String>) -> Self {
        Known(Read::Gap(Gap::new(why, what)))
    }
    /// Where it was read. This tells nothing of the value, so it is open to everybody.
    pub fn pos(&self) -> Option<Pos> {
        match &self.0 {
            Read::At(_, pos) => Some(pos.clone()),
            Read::Part(part) => part.at.clone(),
            Read::Is(_) | Read::Gap(_) => None,
        }
    }
    /// Is there nothing of it in the snapshot, not even why? This tells nothing of a value.
    pub fn is_absent(&self) -> bool {
        matches!(&self.0, Read::Gap(Gap { why: Why::NotRead, what }) if what == ABSENT)
    }
    /// The same fact in another form; a gap stays the gap it is.
    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> Known<U> {
        Known(match self.0 {
            Read::Is(value) => Read::Is(into(value)),
            Read::At(value, pos) => Read::At(into(value), pos),
            Read::Part(part) => {
                let Part { of, at, lacks } = *part;
                Read::Part(Box::new(Part { of: into(of), at, lacks }))
            }
            Read::Gap(gap) => Read::Gap(gap),
        })
    }
    /// The fact that follows from this one; a gap stays the gap it is, a list that is not whole becomes one, and the
    /// place is kept where the result has none.
    pub fn and_then<U>(self, into: impl FnOnce(T) -> Known<U>) -> Known<U> {
        match self.0 {
            Read::Is(value) => into(value),
            Read::At(value, pos) => match into(value).0 {
                Read::Is(value) => Known(Read::At(value, pos)),
                other => Known(other),
            },
            Read::Part(part) => part.lacks().swap_remove(0).into(),
            Read::Gap(gap) => Known(Read::Gap(gap)),
        }
    }
    /// Two facts as one: known only where both are.
    pub fn zip<U>(self, other: Known<U>) -> Known<(T, U)> {
        self.and_then(|left| other.map(|right| (left, right)))
    }
}

impl<T> Known<Vec<T>> {
    /// A list and where it stands, of which some could not be read; with no gaps it is whole. A few of the gaps are
    /// kept: who has the first of them mended sees the next.
    pub fn listed(list: Vec<T>, at: Option<Pos>, mut lacks: Vec<Gap>) -> Self {
        lacks.truncate(MOST_LACKS);
        Known(match (lacks.is_empty(), at) {
            (true, Some(at)) => Read::At(list, at),
            (true, None) => Read::Is(list),
            (false, at) => Read::Part(Box::new(Part { of: list, at, lacks })),
        })
    }
}

impl<T> From<Gap> for Known<T> {
    fn from(gap: Gap) -> Self {
        Known(Read::Gap(gap))
    }
}

/// How many gaps of a list are kept.
const MOST_LACKS: usize = 8;

/// What is said of a fact whose key is missing from a snapshot.
const ABSENT: &str = "not in this snapshot";

impl<T> Default for Known<T> {
    fn default() -> Self {
        Known::gap(Why::NotRead, ABSENT)
    }
}

/// All things of a kind by their name, or those that could be read and why the rest could not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Many<T> {
    // A node of the map has room for eleven rows, and most maps have one: large rows lie apart.
    rows: BTreeMap<String, Box<T>>,
    gaps: Vec<Gap>,
}

impl<T> Many<T> {
    /// The whole set. Two things of one name make a gap: which of them counts is not known.
    pub fn whole(rows: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut many = Many { rows: BTreeMap::new(), gaps: Vec::new() };
        rows.into_iter().for_each(|(name, row)| many.add(name, row));
        many
    }
    /// None of the set, and why.
    pub fn none(why: Why, what: impl Into<String>) -> Self {
        Many { rows: BTreeMap::new(), gaps: vec![Gap::new(why, what)] }
    }
    /// One more row. A second one of the same name makes a gap, and the first stays.
    ///
    /// A set that nobody had asked for becomes one that was asked for.
    pub fn add(&mut self, name: impl Into<String>, row: T) {
        self.add_boxed(name.into(), Box::new(row));
    }
    fn add_boxed(&mut self, name: String, row: Box<T>) {
        self.asked();
        match self.rows.entry(name) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(row);
            }
            std::collections::btree_map::Entry::Occupied(first) => {
                let gap = Gap::new(Why::Malformed, format!("two are named {}", first.key()));
                if self.gaps.last() != Some(&gap) {
                    self.gaps.push(gap);
                }
            }
        }
    }
    /// Says that the source was asked: an empty set then means that there are none.
    pub fn asked(&mut self) {
        // It is the first where it is there: a hundred thousand rows do not look through as many gaps.
        if self.gaps.first().is_some_and(|gap| gap.why == Why::NotAsked) {
            self.gaps.retain(|gap| gap.why != Why::NotAsked);
        }
    }
    /// Notes that rows are missing, and why.
    pub fn lacks(&mut self, gap: Gap) {
        self.asked();
        self.gaps.push(gap);
    }
    /// Joins two parts of one set.
    pub fn extend(&mut self, other: Many<T>) {
        if other.is_asked() {
            self.asked();
        }
        other.rows.into_iter().for_each(|(name, row)| self.add_boxed(name, row));
        self.gaps.extend(other.gaps.into_iter().filter(|gap| gap.why != Why::NotAsked));
    }
    /// Did anybody ask for this set?
    pub fn is_asked(&self) -> bool {
        !self.gaps.iter().any(|gap| gap.why == Why::NotAsked)
    }
    /// Why rows are missing; nothing for a whole set and for one that nobody asked for. What was not read judges
    /// nothing, so it is open to everybody.
    pub fn missing(&self) -> impl Iterator<Item = &Gap> {
        self.gaps.iter().filter(|gap| gap.why != Why::NotAsked)
    }
    /// How many rows were read. A count of what was read judges nothing, so it is open to everybody.
    pub fn read(&self) -> usize {
        self.rows.len()
    }
    /// Lets more be found out about every row, by what is known of it; whether all rows are there stays as it is.
    pub fn each_mut(&mut self, mut change: impl FnMut(&mut T)) {
        self.rows.values_mut().for_each(|row| change(row));
    }
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Many::none(Why::NotAsked, "nobody asked for it")
    }
}

/// The one door to facts: a check asks here and passes a gap on with `?`.
pub struct See<'f> {
    /// The world of the subject: joins do not leave it.
    pub world: &'f World,
    gaps: RefCell<Vec<Gap>>,
    beside: RefCell<Vec<Gap>>,
}

/// Something was not seen. Only [`See`] makes one, and it has noted the gap by then.
#[derive(Debug)]
pub struct Unseen(());

/// What a judgement did not see.
#[derive(Debug, Default)]
pub struct Gaps {
    /// Gaps in what the judgement as a whole rests on: it is Unknown.
    pub own: Vec<Gap>,
    /// Gaps in parts that were judged [apart](See::apart): faults found elsewhere still stand.
    pub beside: Vec<Gap>,
}

impl<'f> See<'f> {
    /// A fresh memory for one judgement.
    pub fn new(world: &'f World) -> Self {
        See { world, gaps: RefCell::default(), beside: RefCell::default() }
    }
    /// The value of a fact.
    ///
    /// # Errors
    /// The fact is a gap, which is now noted.
    pub fn get<'a, T>(&self, fact: &'a Known<T>) -> Result<&'a T, Unseen> {
        match &fact.0 {
            Read::Is(value) | Read::At(value, _) => Ok(value),
            Read::Part(part) => Err(self.note_all(&part.lacks())),
            Read::Gap(gap) => Err(self.note(gap.clone())),
        }
    }
    /// What was read of a list, with why the rest is missing noted beside: a fault found in one item stands, whatever
    /// became of the others. Whoever asks what is *not* in the list asks [`See::get`].
    ///
    /// # Errors
    /// The whole list is a gap, which is now noted.
    pub fn listed<'a, T>(&self, list: &'a Known<Vec<T>>) -> Result<&'a [T], Unseen> {
        match &list.0 {
            Read::Part(part) => {
                self.beside.borrow_mut().extend(part.lacks());
                Ok(&part.of)
            }
            _ => self.get(list).map(Vec::as_slice),
        }
    }
    /// The value of a setting; nothing where the source has no such setting.
    ///
    /// # Errors
    /// The fact is a gap of another kind, which is now noted.
    pub fn asked<'a, T>(&self, fact: &'a Known<T>) -> Result<Option<&'a T>, Unseen> {
        match &fact.0 {
            Read::Gap(gap) if gap.why == Why::NotAsked => Ok(None),
            _ => self.get(fact).map(Some),
        }
    }
    /// The row of that name. That there is none can be said only of a whole set.
    ///
    /// # Errors
    /// There is no such row and rows are missing.
    pub fn find<'a, T>(&self, many: &'a Many<T>, name: &str) -> Result<Option<&'a T>, Unseen> {
        match (many.rows.get(name), many.gaps.is_empty()) {
            (None, false) => Err(self.note_all(&many.gaps)),
            (row, _) => Ok(row.map(|row| &**row)),
        }
    }
    /// All rows of a whole set.
    ///
    /// # Errors
    /// Rows are missing.
    pub fn all<'a, T>(&self, many: &'a Many<T>) -> Result<&'a BTreeMap<String, Box<T>>, Unseen> {
        if many.gaps.is_empty() { Ok(&many.rows) } else { Err(self.note_all(&many.gaps)) }
    }
    /// A row for which `test` holds. That there is none can be said only of a whole set in which every row
    /// could be tested.
    ///
    /// # Errors
    /// No row was found, and rows are missing or some could not be tested.
    pub fn any<'a, T>(
        &self,
        many: &'a Many<T>,
        test: impl Fn(&See<'f>, &'a T) -> Result<bool, Unseen>,
    ) -> Result<Option<(&'a str, &'a T)>, Unseen> {
        let mut missed = Vec::new();
        let mut see = See::new(self.world);
        for (name, row) in &many.rows {
            let result = test(&see, row);
            // Nearly every row says no, and nothing was missed.
            if matches!(result, Ok(false)) && see.missed_nothing() {
                continue;
            }
            match (result, std::mem::replace(&mut see, See::new(self.world)).gaps()) {
                (Ok(true), gaps) if gaps.own.is_empty() => {
                    self.beside.borrow_mut().extend(gaps.beside);
                    return Ok(Some((name, row)));
                }
                (_, gaps) => {
                    // What was not seen beside may be why the test failed; a source nobody asked for is not.
                    let beside = gaps.beside.into_iter().filter(|gap| gap.why != Why::NotAsked);
                    missed.extend(gaps.own.into_iter().chain(beside));
                }
            }
        }
        missed.extend(many.gaps.iter().cloned());
        if missed.is_empty() { Ok(None) } else { Err(self.note_all(&missed)) }
    }
    /// Every row that was read, with the gaps of the set noted beside: a fault found in one row stands,
    /// whatever became of the others.
    pub fn rows<'a, T>(&self, many: &'a Many<T>) -> &'a BTreeMap<String, Box<T>> {
        if !many.gaps.is_empty() {
            self.beside.borrow_mut().extend(many.gaps.iter().cloned());
        }
        &many.rows
    }
    /// Judges one part by itself. Where it met a gap its result counts for nothing and the gap is kept, but
    /// what other parts have shown still stands.
    pub fn apart<R>(&self, judge: impl FnOnce(&See<'f>) -> R) -> Option<R> {
        let see = See::new(self.world);
        let result = judge(&see);
        if see.missed_nothing() {
            return Some(result);
        }
        let gaps = see.gaps();
        let whole = gaps.own.is_empty();
        self.beside.borrow_mut().extend(gaps.own.into_iter().chain(gaps.beside));
        whole.then_some(result)
    }
    /// Notes a gap that a check found itself: a value whose meaning it does not know.
    pub fn unclear(&self, why: Why, what: impl Into<String>) -> Unseen {
        self.note(Gap::new(why, what))
    }
    /// Has everything been seen that was asked for? For the runner.
    pub fn missed_nothing(&self) -> bool {
        self.gaps.borrow().is_empty() && self.beside.borrow().is_empty()
    }
    /// What was not seen; for the runner.
    pub fn gaps(self) -> Gaps {
        Gaps { own: self.gaps.into_inner(), beside: self.beside.into_inner() }
    }
    pub(crate) fn note(&self, gap: Gap) -> Unseen {
        self.gaps.borrow_mut().push(gap);
        Unseen(())
    }
    fn note_all(&self, gaps: &[Gap]) -> Unseen {
        self.gaps.borrow_mut().extend(gaps.iter().cloned());
        Unseen(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps_of_any(inner: &Many<u8>, found: bool) -> (bool, Gaps) {
        let (world, outer) = (World::default(), Many::whole([("a".to_owned(), ())]));
        let see = See::new(&world);
        let test = |see: &See, (): &()| Ok(see.rows(inner).contains_key("b") || found);
        let known = see.any(&outer, test).is_ok();
        (known, see.gaps())
    }

    #[test]
    fn a_list_that_is_not_whole_is_known_only_to_who_asks_for_what_was_read() {
        let world = World::default();
        let lacks = vec![Gap::new(Why::Unresolved, "the second")];
        let part = Known::listed(vec![1, 2], Some(Pos::new(3, 4)), lacks.clone());
        let asked = |ask: &dyn Fn(&See) -> bool| {
            let see = See::new(&world);
            (ask(&see), see.gaps())
        };
        let (known, gaps) = asked(&|see| see.listed(&part).is_ok_and(|list| list == [1, 2]));
        assert!(known && gaps.own.is_empty() && gaps.beside == lacks, "{gaps:?}");
        let (known, gaps) = asked(&|see| see.get(&part).is_ok());
        assert!(!known && gaps.own == lacks, "{gaps:?}");
        // What follows from it is not known, and a longer list made of it is not whole either.
        let (known, _) = asked(&|see| see.get(&part.clone().and_then(|list| Known::is(list.len()))).is_ok());
        assert!(!known);
        let (known, _) = asked(&|see| see.get(&part.clone().map(|list| list.len())).is_ok());
        assert!(!known);
        let (known, _) = asked(&|see| see.get(&Known::is(0).zip(part.clone())).is_ok());
        assert!(!known);
        assert_eq!(part.pos(), Some(Pos::new(3, 4)));
        let text = serde_json::to_string(&part).unwrap();
        assert_eq!(serde_json::from_str::<Known<Vec<i32>>>(&text).unwrap(), part);
        // A snapshot that gives no reason does not make it whole.
        let bare: Known<Vec<i32>> =
            serde_json::from_str(r#"{"part": {"of": [], "at": null, "lacks": []}}"#).unwrap();
        let (known, gaps) = asked(&|see| see.listed(&bare).is_ok());
        assert!(known && gaps.beside.len() == 1, "{gaps:?}");
        let (known, _) = asked(&|see| see.get(&bare).is_ok());
        assert!(!known);
        assert_eq!(Known::listed(vec![1], None, Vec::new()), Known::is(vec![1]));
    }

    #[test]
    fn what_a_test_of_a_row_did_not_see_is_not_forgotten() {
        let missing = Many::none(Why::Denied, "rights");
        let (known, gaps) = gaps_of_any(&missing, false);
        assert!(!known && gaps.own.len() == 1 && gaps.beside.is_empty(), "{gaps:?}");
        let (known, gaps) = gaps_of_any(&missing, true);
        assert!(known && gaps.own.is_empty() && gaps.beside.len() == 1, "{gaps:?}");
        let (known, gaps) = gaps_of_any(&Many::default(), false);
        assert!(known && gaps.own.is_empty(), "nobody asked for it: {gaps:?}");
    }
}
