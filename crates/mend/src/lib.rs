//! The smallest change of a text that mends a fault: comments, quotes, indentation, line ends and all else stay.
//!
//! Pure: a text and changes give [`Splice`]s, and those a new text and a unified diff. A change that cannot be made
//! for this place alone, or of which the new text does not read as the old one with that change and no other, is
//! refused with the reason.

mod diff;
mod dockerfile;
mod syntax;
mod yaml;

pub use diff::{Block, CONTEXT, Lines, blocks, unified, unified_of};
use tyrian_model::mend::{Edit, What};

/// Bytes of a text that become others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
    /// What stands there instead.
    pub text: String,
}

/// The text with all splices made; they are in order and do not overlap.
pub fn spliced(text: &str, splices: &[Splice]) -> String {
    let mut out = String::with_capacity(text.len() + splices.iter().map(|s| s.text.len()).sum::<usize>());
    let mut at = 0;
    for splice in splices {
        out.push_str(text.get(at..splice.start).unwrap_or_default());
        out.push_str(&splice.text);
        at = splice.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// A file that is to be changed, read once.
pub struct Text<'t> {
    /// Without the byte order mark.
    body: &'t str,
    /// The bytes of the mark.
    mark: usize,
    form: Form<'t>,
}

enum Form<'t> {
    Unread,
    Yaml(Result<syntax::Syntax<'t>, String>),
    Dockerfile(Result<dockerfile::Lines<'t>, String>),
}

/// What became of groups of changes.
#[derive(Debug, Default)]
pub struct Mended {
    /// The bytes that change.
    pub splices: Vec<Splice>,
    /// Why a group could not be made, by its index.
    pub refused: Vec<(usize, String)>,
}

impl<'t> Text<'t> {
    /// A file whose text is that.
    pub fn new(text: &'t str) -> Self {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        Text { body, mark: text.len() - body.len(), form: Form::Unread }
    }
    /// Makes groups of changes, each of them whole or not at all.
    pub fn mend(&mut self, groups: &[Vec<&Edit>]) -> Mended {
        let mut mended = Mended::default();
        let values = groups.iter().flatten().any(|edit| matches!(edit.what, What::Value(..)));
        let instructions = groups.iter().flatten().any(|edit| matches!(edit.what, What::Instruction(..)));
        if values && instructions {
            let refuse = |n| (n, "a file is either a Dockerfile or YAML".to_owned());
            mended.refused = (0..groups.len()).map(refuse).collect();
            return mended;
        }
        self.read(instructions);
        let made = match &self.form {
            Form::Yaml(Ok(syntax)) => of_yaml(syntax, groups),
            Form::Dockerfile(Ok(lines)) => lines.mend(groups),
            Form::Yaml(Err(what)) | Form::Dockerfile(Err(what)) => Mended {
                splices: Vec::new(),
                refused: (0..groups.len()).map(|n| (n, what.clone())).collect(),
            },
            Form::Unread => mended,
        };
        Mended { splices: moved(made.splices, self.mark), refused: made.refused }
    }
    /// What each group would change by itself. That nothing else changes is looked at for all of them together, and
    /// for each only where they do not go together: a large file is not read again for every change of it.
    pub fn mend_each(&mut self, groups: &[Vec<&Edit>]) -> Vec<Result<Vec<Splice>, String>> {
        let all = self.mend(groups);
        let mut each = Vec::new();
        for (n, group) in groups.iter().enumerate() {
            let alone = match &self.form {
                Form::Yaml(Ok(syntax)) if all.refused.iter().all(|(other, _)| *other != n) => {
                    let mut plan = yaml::Plan::default();
                    let taken = group.iter().try_for_each(|edit| take(syntax, &mut plan, edit));
                    let mark = self.mark;
                    taken.and_then(|()| yaml::written_as(syntax, &plan)).map(|splices| moved(splices, mark))
                }
                _ => {
                    let mended = self.mend(std::slice::from_ref(group));
                    match mended.refused.into_iter().next() {
                        Some((_, why)) => Err(why),
                        None => Ok(mended.splices),
                    }
                }
            };
            each.push(alone);
        }
        each
    }
    fn read(&mut self, dockerfile: bool) {
        match (&self.form, dockerfile) {
            (Form::Yaml(_), false) | (Form::Dockerfile(_), true) => {}
            (_, false) => self.form = Form::Yaml(syntax::Syntax::read(self.body)),
            (_, true) => self.form = Form::Dockerfile(dockerfile::Lines::read(self.body)),
        }
    }
}

/// The splices of a text that stands so many bytes further on.
fn moved(splices: Vec<Splice>, by: usize) -> Vec<Splice> {
    splices.into_iter().map(|it| Splice { start: it.start + by, end: it.end + by, ..it }).collect()
}

/// The file could not be changed as planned; each group by itself shows which of them is at fault.
fn of_yaml(syntax: &syntax::Syntax, groups: &[Vec<&Edit>]) -> Mended {
    let mut mended = Mended::default();
    let mut plan = yaml::Plan::default();
    let mut taken = Vec::new();
    for (n, group) in groups.iter().enumerate() {
        // Only a group of several can fail in its middle.
        let before = (group.len() > 1).then(|| plan.clone());
        match group.iter().try_for_each(|edit| take(syntax, &mut plan, edit)) {
            Ok(()) => taken.push(n),
            Err(why) => {
                if let Some(before) = before {
                    plan = before;
                }
                mended.refused.push((n, why));
            }
        }
    }
    match yaml::splices(syntax, &plan) {
        Ok(splices) => mended.splices = splices,
        Err(why) if taken.len() <= 1 => mended.refused.extend(taken.into_iter().map(|n| (n, why.clone()))),
        Err(_) => {
            // One by one, each on top of those that went well.
            let mut plan = yaml::Plan::default();
            for n in taken {
                let mut next = plan.clone();
                let tried = groups[n].iter().try_for_each(|edit| take(syntax, &mut next, edit));
                match tried.and_then(|()| yaml::splices(syntax, &next)) {
                    Ok(splices) => (plan, mended.splices) = (next, splices),
                    Err(why) => mended.refused.push((n, why)),
                }
            }
        }
    }
    mended.refused.sort();
    mended
}

fn take(syntax: &syntax::Syntax, plan: &mut yaml::Plan, edit: &Edit) -> Result<(), String> {
    let What::Value(scope, path, change) = &edit.what else { return Ok(()) };
    let scope = yaml::resolve(syntax, scope)?;
    plan.take(syntax, scope, path, change)
}
