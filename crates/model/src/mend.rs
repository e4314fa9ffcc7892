//! What can be done about a fault: changes of files as data, what to type, or why a person has to decide.
//!
//! A change is said by what it means (this container, this key), not by bytes; the crate `mend` makes text of it.

use crate::fact::Pos;

/// What can be done about a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mend {
    /// These changes mend it, all of them together.
    Patch {
        /// Can it stop a program that does nothing wrong?
        risk: Risk,
        /// The changes.
        edits: Vec<Edit>,
        /// What to do when it is applied: restart the engine, try this and that. Empty: nothing.
        then: String,
    },
    /// No file describes it: what to type.
    Advice(String),
    /// A person has to decide, and on what.
    Person(String),
}

impl Mend {
    /// A change that no program notices that does nothing wrong.
    pub fn safe(edits: Vec<Edit>) -> Mend {
        Mend::Patch { risk: Risk::Safe, edits, then: String::new() }
    }
    /// A change that needs a test, and what to look for.
    pub fn to_try(edits: Vec<Edit>, then: impl Into<String>) -> Mend {
        Mend::Patch { risk: Risk::Try, edits, then: then.into() }
    }
}

/// Can a change stop a program that does nothing wrong?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// No program notices that does not misuse what is taken away.
    Safe,
    /// It may need what is taken away: try it first.
    Try,
}

/// A change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file, relative to the target; of a host, below its root.
    pub file: String,
    /// What changes.
    pub what: What,
}

/// What changes in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A value of a YAML or JSON file: from where on, the keys that lead to it, and what becomes of it.
    Value(Scope, Vec<String>, Change),
    /// An instruction of a Dockerfile that begins there.
    Instruction(Pos, Rewrite),
    /// The permission bits of the file itself.
    Mode(u32),
}

/// Where in a YAML file keys begin to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The first document.
    Root,
    /// A service of a Compose file: the one in which the place is, or else the one of that name.
    Service(String, Option<Pos>),
    /// A container by its name, in the object that begins there, or anywhere in the file.
    Container(Option<Pos>, String),
    /// The pod's `spec` in the object that begins there, or anywhere in the file; the container tells which one
    /// where there are several.
    Pod(Option<Pos>, Option<String>),
    /// The value that stands there.
    At(Pos),
}

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is this; mappings on the way to it are made where they are not there.
    Set(Value),
    /// It is not set. Where another place puts it in (a merge key), this is set instead of it.
    Unset(Value),
    /// This is among the items of the list.
    Add(Value),
    /// A port of a Compose service is published on the loopback address alone.
    Loopback,
    /// These are not among the items of the list, and a list without items goes. A list that holds none of them
    /// stays as it is.
    Drop(Vec<String>),
}

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A truth value.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping.
    Map(Vec<(String, Value)>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

/// What becomes of an instruction of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Its own name is another one.
    Name(String),
    /// The one word of it that is this becomes that; nothing: it goes.
    Word(String, String),
    /// A whole line stands before it.
    Before(String),
    /// A whole line stands after it.
    After(String),
    /// Another command follows its last one (`&& …`).
    Then(String),
}
