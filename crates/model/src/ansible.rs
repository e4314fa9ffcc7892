//! Ansible as structure: which task runs which module with what, and what becomes of its failure and its output.

use crate::fact::{Known, Pos};
use crate::script::Script;
use crate::secret::Concealed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A file of Ansible: a playbook, the tasks or handlers of a role, variables, or `ansible.cfg`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Playbook {
    /// Does its path say that it belongs to tests, examples or documents?
    #[serde(default)]
    pub material: bool,
    /// The tasks of all plays and blocks, in order.
    #[serde(default)]
    pub tasks: Known<Vec<Task>>,
    /// Variables of plays, blocks and tasks, and of a file of variables; the settings of `ansible.cfg` as
    /// `section.key`. What is nested has a name with dots. Encrypted values (`!vault`) are left out.
    #[serde(default)]
    pub variables: Known<Vec<(String, Concealed)>>,
    /// Where a play goes on whatever fails in it (`ignore_errors` of the play).
    #[serde(default)]
    pub careless_plays: Known<Vec<Pos>>,
}

/// A task. Values are kept as they are written, with their `{{ … }}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name; empty where it has none.
    pub name: String,
    /// The module, without its collection: `get_url`.
    pub module: String,
    /// Where it begins.
    pub at: Pos,
    /// What the module is given, nested keys with dots (`headers.Authorization`), each list flattened.
    pub arguments: BTreeMap<String, Vec<Concealed>>,
    /// What `shell`, `command` or `raw` run.
    pub script: Option<Script>,
    /// `ignore_errors` of the task or of a block around it, as it is written.
    pub ignore_errors: Option<String>,
    /// `failed_when`, as it is written.
    pub failed_when: Option<String>,
    /// `no_log` of the task, of a block or play around it, as it is written.
    pub no_log: Option<String>,
    /// The variable that its result goes to.
    pub register: Option<String>,
    /// Is that result looked at elsewhere in the file?
    pub looked_at: bool,
    /// What it is done for, as it is written (`loop`, `with_items`); nothing where it is done once.
    pub each: Option<String>,
    /// Does `loop_control` say what is shown of an item?
    pub labelled: bool,
}
