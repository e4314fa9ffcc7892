//! Terraform: the blocks of `*.tf` and `*.tf.json`.
//!
//! What a check finds in the body of a [`Resource`]:
//! - An attribute is its value. A nested block is **always a list** of mappings, one for each time that it stands
//!   there, so `See::items` on it serves for both syntaxes. A block with labels (`provisioner "local-exec"`) is a
//!   mapping of the label to its body, as the JSON syntax has it.
//! - A reference to an attribute of another resource or data source (`aws_s3_bucket.logs.id`, also as
//!   `"${aws_s3_bucket.logs.id}"`) is a reference: a gap to whoever asks for its value, and
//!   [`See::reference`](tyrian_model::fact::See::reference) gives its name. Indices are left out of the name, since
//!   a resource with `count` or `for_each` is one resource here.
//! - Every other expression (`var.x`, `local.x`, functions, conditions, texts with something put in) is a gap.
//! - `jsonencode(…)` is the tree of its argument; a text that is a JSON object or list, in a heredoc or not, is its
//!   tree, and only the texts in it into which something is put are gaps.
//! - A `dynamic` block makes the block of that name a gap: how many there are only a later stage knows. Where some
//!   stand there as well, it is one more item of their list, and that item is a gap.

use crate::Input;
use crate::secrets::conceal;
use crate::yaml::{self, Node, Value};
use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::{Element, Template};
use std::collections::BTreeMap;
use std::ops::Range;
use tyrian_model::fact::{Gap, Pos, Why};
use tyrian_model::facts::Resource;
use tyrian_model::tree::{Kind, Tree};

/// The largest file that is read, in bytes.
const MOST_BYTES: usize = 4 << 20;
/// Stands in a text for what a later stage puts in.
const PUT_IN: &str = "${…}";

/// The blocks of a file by the name of their row, or why the file could not be read.
///
/// A row is `terraform:<directory>/<address>`, the address as Terraform writes it: `aws_s3_bucket.logs`,
/// `data.aws_iam_policy_document.logs`, `module.vpc`, `provider.aws.west`, `var.name`, `output.name`. Blocks that
/// have no name of their own (`locals`, `terraform`, `moved`…) go by their file and line. Two blocks of one address
/// in a directory are two rows of one name.
pub fn read(input: &Input) -> (Vec<(String, Resource)>, Option<Gap>) {
    let read = if input.path.ends_with(".json") { json(input) } else { hcl(input) };
    match read {
        Ok(rows) => (rows, None),
        Err(gap) => (Vec::new(), Some(gap)),
    }
}

fn row(input: &Input, block: &str, labels: &[String], body: Tree) -> (String, Resource) {
    let directory =
        input.path.rsplit_once('/').map(|(directory, _)| format!("{directory}/")).unwrap_or_default();
    let first = labels.first().map(String::as_str).unwrap_or_default();
    let last = labels.last().map(String::as_str).unwrap_or_default();
    let address = match (block, labels.len()) {
        ("resource", 2) => format!("{first}.{last}"),
        ("variable", 1) => format!("var.{first}"),
        ("provider", 1) => match alias(&body) {
            Some(alias) => format!("provider.{first}.{alias}"),
            None => format!("provider.{first}"),
        },
        (_, 0) => {
            let file = input.path.rsplit('/').next().unwrap_or(input.path);
            let Pos { line, column, .. } = body.pos();
            format!("{block}@{file}:{line}:{column}")
        }
        _ => format!("{block}.{}", labels.join(".")),
    };
    let resource = Resource {
        file: input.path.to_owned(),
        block: block.to_owned(),
        kind: first.to_owned(),
        name: last.to_owned(),
        body,
    };
    (format!("terraform:{directory}{address}"), resource)
}

/// The alias of a provider. This names the row and judges nothing.
fn alias(body: &Tree) -> Option<String> {
    let world = tyrian_model::facts::World::default();
    let see = tyrian_model::fact::See::new(&world);
    see.text_at(body, &["alias"]).ok().flatten().map(str::to_owned)
}

fn hcl(input: &Input) -> Result<Vec<(String, Resource)>, Gap> {
    let places = Places::new(input);
    let malformed = |at: usize, what: &str| places.gap(Why::Malformed, at, what);
    if input.text.len() > MOST_BYTES {
        return Err(malformed(0, "larger than 4 MiB"));
    }
    let body: Body = places.text.parse().map_err(|error: hcl_edit::parser::Error| {
        let offset = error.location().offset();
        malformed(offset.min(places.text.len()), "no Terraform from here on: does `terraform fmt` accept it?")
    })?;
    let reader = Reader { input, places };
    let mut rows = Vec::new();
    for structure in body.iter() {
        // Terraform has no attributes at the top; what stands there belongs to another language.
        let Structure::Block(block) = structure else { continue };
        let labels: Vec<String> = block.labels.iter().map(|label| label.as_str().to_owned()).collect();
        let at = reader.at(block.span());
        rows.push(row(input, block.ident.as_str(), &labels, Tree::new(at, reader.body(&block.body))));
    }
    Ok(rows)
}

/// Offsets of a text as places.
struct Places<'i> {
    path: &'i str,
    text: &'i str,
    lines: Vec<usize>,
}

impl<'i> Places<'i> {
    fn new(input: &'i Input<'i>) -> Self {
        let text = input.text.strip_prefix('\u{feff}').unwrap_or(input.text);
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n + 1);
        Places { path: input.path, text, lines: std::iter::once(0).chain(starts).collect() }
    }
    fn at(&self, offset: usize) -> Pos {
        let line = self.lines.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.lines[line];
        // On a very long line bytes are counted: to count characters each time would cost the square.
        let column = match self.text.get(start..offset) {
            Some(before) if before.len() < 2000 => before.chars().count(),
            _ => offset - start,
        };
        let number = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Pos::new(number(line), number(column))
    }
    fn gap(&self, why: Why, offset: usize, what: &str) -> Gap {
        let Pos { line, column, .. } = self.at(offset);
        Gap::new(why, format!("{}:{line}:{column}: {what}", self.path))
    }
}

struct Reader<'i> {
    input: &'i Input<'i>,
    places: Places<'i>,
}

impl Reader<'_> {
    fn at(&self, span: Option<Range<usize>>) -> Pos {
        self.places.at(span.map_or(0, |span| span.start))
    }
    fn text(&self, name: &str, text: &str) -> Kind {
        Kind::Text(conceal(self.input.key, name, text, None).text)
    }
    fn unresolved(&self, span: Option<Range<usize>>) -> Kind {
        let source = span.clone().and_then(|span| self.places.text.get(span)).unwrap_or_default();
        let line = source.trim().lines().next().unwrap_or_default();
        let mut short: String = line.chars().take(60).collect();
        if short.len() < source.trim().len() {
            short.push('…');
        }
        let short = conceal(self.input.key, "", &short, None).text;
        let at = span.map_or(0, |span| span.start);
        Kind::Gap(self.places.gap(Why::Unresolved, at, &format!("{short} is filled in by a later stage")))
    }

    fn body(&self, body: &Body) -> Kind {
        let mut entries: Vec<(String, Tree)> = Vec::new();
        let mut blocks = BTreeMap::<&str, Vec<Tree>>::new();
        let mut dynamic = Vec::new();
        for structure in body.iter() {
            match structure {
                Structure::Attribute(attribute) => {
                    let name = attribute.key.as_str();
                    entries.push((name.to_owned(), self.expression(name, &attribute.value)));
                }
                Structure::Block(block) => match &block.labels[..] {
                    [name] if block.has_ident("dynamic") => dynamic.push((name.as_str(), block)),
                    _ => blocks.entry(block.ident.as_str()).or_default().push(self.nested(block)),
                },
            }
        }
        for (name, block) in dynamic {
            let what = format!("how many {name} there are, a dynamic block says in a later stage");
            let start = block.span().map_or(0, |span| span.start);
            let gap =
                Tree::new(self.at(block.span()), Kind::Gap(self.places.gap(Why::Unresolved, start, &what)));
            match blocks.get_mut(name) {
                Some(items) => items.push(gap),
                None => entries.push((name.to_owned(), gap)),
            }
        }
        for (name, items) in blocks {
            let at = items.first().map_or(Pos::new(1, 1), Tree::pos);
            entries.push((name.to_owned(), Tree::new(at, Kind::List(items))));
        }
        entries.sort_by_key(|(_, tree)| (tree.pos().line, tree.pos().column));
        Kind::Map(entries)
    }

    fn nested(&self, block: &Block) -> Tree {
        let at = self.at(block.span());
        let body = Tree::new(at.clone(), self.body(&block.body));
        block.labels.iter().rev().fold(body, |body, label| {
            Tree::new(at.clone(), Kind::Map(vec![(label.as_str().to_owned(), body)]))
        })
    }

    fn expression(&self, name: &str, expression: &Expression) -> Tree {
        let span = expression.span();
        let kind = match expression {
            Expression::Null(_) => Kind::Null,
            Expression::Bool(value) => Kind::Bool(*value.value()),
            Expression::Number(number) => Kind::Number(number.value().to_string()),
            Expression::UnaryOp(operation) => match (operation.operator.value(), &operation.expr) {
                (UnaryOperator::Neg, Expression::Number(number)) => {
                    Kind::Number(format!("-{}", number.value()))
                }
                (UnaryOperator::Not, Expression::Bool(value)) => Kind::Bool(!*value.value()),
                _ => self.unresolved(span.clone()),
            },
            Expression::String(text) => return self.string(name, text.value(), span),
            Expression::Parenthesis(inner) => return self.expression(name, inner.inner()),
            Expression::Array(array) => {
                Kind::List(array.iter().map(|item| self.expression(name, item)).collect())
            }
            Expression::Object(object) => {
                let mut entries = Vec::with_capacity(object.len());
                for (key, value) in object.iter() {
                    let key = match key {
                        ObjectKey::Ident(key) => key.as_str(),
                        ObjectKey::Expression(Expression::String(key)) => key.value().as_str(),
                        ObjectKey::Expression(Expression::Variable(key)) => key.as_str(),
                        // A key that a later stage makes up may be any.
                        ObjectKey::Expression(key) => {
                            entries.push((
                                String::new(),
                                Tree::new(self.at(key.span()), self.unresolved(key.span())),
                            ));
                            continue;
                        }
                    };
                    entries.push((key.to_owned(), self.expression(key, value.expr())));
                }
                Kind::Map(entries)
            }
            Expression::StringTemplate(template) => return self.template(name, template, span),
            Expression::HeredocTemplate(heredoc) => return self.template(name, &heredoc.template, span),
            Expression::Traversal(_) => match reference(expression) {
                Some(name) => Kind::Reference(name),
                None => self.unresolved(span.clone()),
            },
            Expression::FuncCall(call) => {
                let argument = call.args.get(0).filter(|_| call.args.len() == 1 && !call.args.expand_final());
                match (call.name.name.as_str(), argument) {
                    ("jsonencode" | "tolist" | "toset" | "tomap", Some(argument)) => {
                        return self.expression(name, argument);
                    }
                    _ => self.unresolved(span.clone()),
                }
            }
            _ => self.unresolved(span.clone()),
        };
        Tree::new(self.at(span), kind)
    }

    /// A text without anything put in.
    fn string(&self, name: &str, text: &str, span: Option<Range<usize>>) -> Tree {
        let at = self.at(span.clone());
        match self.embedded(name, text, span) {
            Some(tree) => tree,
            None => Tree::new(at, self.text(name, text)),
        }
    }

    fn template(&self, name: &str, template: &Template, span: Option<Range<usize>>) -> Tree {
        let at = self.at(span.clone());
        // `"${aws_s3_bucket.logs.id}"` is the reference itself.
        if let Some(Element::Interpolation(inner)) = template.as_single_element()
            && let Some(name) = reference(&inner.expr)
        {
            return Tree::new(at, Kind::Reference(name));
        }
        let (mut text, mut whole, mut directive) = (String::new(), true, false);
        for element in template.iter() {
            match element {
                Element::Literal(literal) => text.push_str(literal.value()),
                // Stands for what is put in; a text in which it occurs becomes a gap.
                Element::Interpolation(_) => {
                    text.push_str(PUT_IN);
                    whole = false;
                }
                Element::Directive(_) => directive = true,
            }
        }
        if directive {
            return Tree::new(at, self.unresolved(span));
        }
        if let Some(tree) = self.embedded(name, &text, span.clone()) {
            return tree;
        }
        Tree::new(at, if whole { self.text(name, &text) } else { self.unresolved(span) })
    }

    /// The tree of a text that is a JSON object or list, every place that of the text.
    fn embedded(&self, name: &str, text: &str, span: Option<Range<usize>>) -> Option<Tree> {
        let at = self.at(span.clone());
        let trimmed = text.trim();
        if !(trimmed.starts_with('{') && trimmed.ends_with('}')
            || trimmed.starts_with('[') && trimmed.ends_with(']'))
        {
            return None;
        }
        serde_json::from_str::<serde::de::IgnoredAny>(trimmed).ok()?;
        let document = yaml::documents(self.input.path, trimmed).ok()?.into_iter().next()?;
        let above = text.get(..text.len() - text.trim_start().len())?.matches('\n').count();
        // The text of a heredoc begins on the line behind its mark; in a quoted text all is on one line.
        let heredoc = span.is_some_and(|span| self.places.text[span.start..].starts_with("<<"));
        let above = u32::try_from(above).unwrap_or(0);
        let first = heredoc.then(|| at.line.saturating_add(above).saturating_add(1));
        let place = |inner: &Pos| match first {
            Some(first) => Pos::new(first.saturating_add(inner.line - 1), inner.column),
            None => at.clone(),
        };
        let read = Document { input: self.input, place: &place, put_in: |text| text.contains(PUT_IN) };
        Some(read.tree(name, &document))
    }
}

/// The name of what an expression refers to, where it is an attribute of a resource or data source.
fn reference(expression: &Expression) -> Option<String> {
    let Expression::Traversal(traversal) = expression else { return None };
    let Expression::Variable(root) = &traversal.expr else { return None };
    let mut name = root.as_str().to_owned();
    for operator in &traversal.operators {
        match operator.value() {
            TraversalOperator::GetAttr(attribute) => {
                name.push('.');
                name.push_str(attribute.as_str());
            }
            TraversalOperator::Index(_) | TraversalOperator::LegacyIndex(_) => {}
            // All of several: a list of values.
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => return None,
        }
    }
    is_address(&name).then_some(name)
}

/// Is it the address of a resource, a data source or an attribute of one? What else has a value (`var.x`,
/// `local.x`, `each.value`, outputs of modules) may also be null.
fn is_address(name: &str) -> bool {
    let mut parts = name.split('.');
    let root = parts.next().unwrap_or_default();
    let elsewhere =
        ["var", "local", "each", "count", "module", "path", "terraform", "self", "ephemeral", "provider"];
    let depth = if root == "data" { 2 } else { 1 };
    !elsewhere.contains(&root) && (root == "data" || root.contains('_')) && parts.count() >= depth
}

/// A JSON document: a file of Terraform's JSON syntax, or a text in another file.
struct Document<'d> {
    input: &'d Input<'d>,
    /// A place of the document as one of the file.
    place: &'d dyn Fn(&Pos) -> Pos,
    /// Is something put into that text?
    put_in: fn(&str) -> bool,
}

impl Document<'_> {
    fn tree(&self, name: &str, node: &Node) -> Tree {
        let at = (self.place)(&node.at);
        let kind = match &node.is {
            Value::Null => Kind::Null,
            Value::Bad(gap) => Kind::Gap(gap.clone()),
            Value::List(items) => Kind::List(items.iter().map(|item| self.tree(name, item)).collect()),
            Value::Map(entries) => {
                Kind::Map(entries.iter().flat_map(|(key, node)| self.entry(key, node)).collect())
            }
            Value::Scalar { text, plain: true } => match text.as_str() {
                "true" => Kind::Bool(true),
                "false" => Kind::Bool(false),
                _ => Kind::Number(text.clone()),
            },
            Value::Scalar { text, .. } if (self.put_in)(text) => match lone_reference(text) {
                Some(name) => Kind::Reference(name),
                None => {
                    let short: String = text.chars().take(60).collect();
                    let short = conceal(self.input.key, name, &short, None).text;
                    Kind::Gap(self.gap(
                        Why::Unresolved,
                        &at,
                        &format!("{short} is filled in by a later stage"),
                    ))
                }
            },
            Value::Scalar { text, .. } => Kind::Text(conceal(self.input.key, name, text, None).text),
        };
        Tree::new(at, kind)
    }
    fn entry(&self, key: &str, node: &Node) -> Vec<(String, Tree)> {
        let names: Vec<&str> = match &node.is {
            Value::Map(entries) if key == "dynamic" => {
                entries.iter().map(|(name, _)| name.as_str()).collect()
            }
            _ => return vec![(key.to_owned(), self.tree(key, node))],
        };
        let at = (self.place)(&node.at);
        let gap = |name: &str| {
            let what = format!("how many {name} there are, a dynamic block says in a later stage");
            Tree::new(at.clone(), Kind::Gap(self.gap(Why::Unresolved, &at, &what)))
        };
        names.into_iter().map(|name| (name.to_owned(), gap(name))).collect()
    }
    fn gap(&self, why: Why, at: &Pos, what: &str) -> Gap {
        Gap::new(why, format!("{}:{}:{}: {what}", self.input.path, at.line, at.column))
    }

    /// The bodies below `node`, by as many labels as blocks of their kind have.
    fn bodies(
        &self,
        node: &Node,
        depth: usize,
        labels: &mut Vec<String>,
        found: &mut dyn FnMut(&[String], Tree),
    ) {
        match &node.is {
            Value::List(items) if labels.is_empty() || depth == 0 => {
                for item in items {
                    // A list of lists is none of the forms.
                    match &item.is {
                        Value::List(_) => found(labels, self.wrong(item)),
                        _ => self.bodies(item, depth, labels, found),
                    }
                }
            }
            Value::Map(entries) if depth > 0 => {
                for (label, node) in entries.iter().filter(|(label, _)| label != "//") {
                    labels.push(label.clone());
                    self.bodies(node, depth - 1, labels, found);
                    labels.pop();
                }
            }
            Value::Map(_) => found(labels, self.tree("", node)),
            _ => found(labels, self.wrong(node)),
        }
    }
    fn wrong(&self, node: &Node) -> Tree {
        let at = (self.place)(&node.at);
        let gap = match &node.is {
            Value::Bad(gap) => gap.clone(),
            _ => self.gap(Why::Malformed, &at, "not a block"),
        };
        Tree::new(at, Kind::Gap(gap))
    }
}

/// The reference that is all of a text: `${aws_s3_bucket.logs[0].id}`.
fn lone_reference(text: &str) -> Option<String> {
    let inner = text.strip_prefix("${")?.strip_suffix('}')?.trim();
    if inner.len() > 500
        || !inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte))
    {
        return None;
    }
    // Indices are left out, as in the other syntax.
    let name: Vec<&str> = inner.split('.').map(|part| part.split('[').next().unwrap_or(part)).collect();
    let name = name.join(".");
    is_address(&name).then_some(name)
}

fn json(input: &Input) -> Result<Vec<(String, Resource)>, Gap> {
    let gap = |at: &Pos, what: &str| {
        Gap::new(Why::Malformed, format!("{}:{}:{}: {what}", input.path, at.line, at.column))
    };
    let start = Pos::new(1, 1);
    if input.text.len() > MOST_BYTES {
        return Err(gap(&start, "larger than 4 MiB"));
    }
    let documents = yaml::documents(input.path, input.text)?;
    let [Node { is: Value::Map(blocks), .. }] = &documents[..] else {
        return Err(gap(&start, "not Terraform's JSON: its top is no object"));
    };
    let document = Document { input, place: &Pos::clone, put_in: yaml::is_template };
    let mut rows = Vec::new();
    for (block, node) in blocks.iter().filter(|(block, _)| block != "//") {
        let depth = match block.as_str() {
            "resource" | "data" | "ephemeral" => 2,
            "module" | "provider" | "variable" | "output" | "check" => 1,
            _ => 0,
        };
        document.bodies(node, depth, &mut Vec::new(), &mut |labels, body| {
            rows.push(row(input, block, labels, body));
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Key;
    use std::collections::BTreeMap;
    use tyrian_model::fact::See;
    use tyrian_model::facts::World;

    fn rows_of(path: &str, text: &str) -> BTreeMap<String, Resource> {
        let (rows, gap) = read(&Input { path, text, key: &Key([5; 32]) });
        assert_eq!(gap, None, "{text}");
        rows.into_iter().collect()
    }
    fn seen<R>(judge: impl FnOnce(&See) -> R) -> R {
        let world = World::default();
        let see = See::new(&world);
        judge(&see)
    }
    /// The gap that is met on the way to a text.
    fn gap_at(body: &Tree, path: &[&str]) -> Gap {
        let world = World::default();
        let see = See::new(&world);
        assert!(see.text_at(body, path).is_err(), "{path:?} {body:?}");
        see.gaps().own.remove(0)
    }

    const BUCKET: &str = r#"
resource "aws_s3_bucket" "logs" {
  bucket        = "logs"
  force_destroy = false
  count         = 2
  days          = -1
  acl           = var.acl
  name          = "x-${var.name}"
  versioning {
    enabled = true
  }
  rule { id = "a" }
  rule { id = "b" }
  dynamic "rule" {
    for_each = var.rules
    content { id = rule.value }
  }
  dynamic "logging" {
    for_each = var.logging
    content {}
  }
  provisioner "local-exec" { command = "make" }
}
"#;

    #[test]
    fn a_resource_is_read_with_its_places() {
        let rows = rows_of("infra/prod/s3.tf", BUCKET);
        let it = &rows["terraform:infra/prod/aws_s3_bucket.logs"];
        assert_eq!(
            (it.block.as_str(), it.kind.as_str(), it.name.as_str()),
            ("resource", "aws_s3_bucket", "logs")
        );
        seen(|see| {
            assert_eq!(see.text_at(&it.body, &["bucket"]).unwrap(), Some("logs"));
            assert_eq!(see.flag_at(&it.body, &["force_destroy"]).unwrap(), Some(false));
            assert_eq!(see.text_at(&it.body, &["days"]).unwrap(), Some("-1"));
            assert!(see.child(&it.body, &["website"]).unwrap().is_none());
            let bucket = see.child(&it.body, &["bucket"]).unwrap().unwrap();
            assert_eq!(bucket.pos(), Pos::new(3, 19));
            let versioning = see.child(&it.body, &["versioning"]).unwrap().unwrap();
            let items = see.items(versioning).unwrap();
            assert_eq!((items.len(), versioning.pos()), (1, Pos::new(9, 3)));
            assert_eq!(see.flag_at(&items[0], &["enabled"]).unwrap(), Some(true));
            let command = see.child(&it.body, &["provisioner"]).unwrap().unwrap();
            let command = see.text_at(&see.items(command).unwrap()[0], &["local-exec", "command"]);
            assert_eq!(command.unwrap(), Some("make"));
        });
    }

    #[test]
    fn what_a_later_stage_fills_in_is_a_gap() {
        let rows = rows_of("s3.tf", BUCKET);
        let body = &rows["terraform:aws_s3_bucket.logs"].body;
        let gap = gap_at(body, &["acl"]);
        assert_eq!(
            (gap.why, gap.what.as_str()),
            (Why::Unresolved, "s3.tf:7:19: var.acl is filled in by a later stage")
        );
        assert_eq!(gap_at(body, &["name"]).why, Why::Unresolved);
        // That there is no logging cannot be said.
        assert_eq!(gap_at(body, &["logging"]).why, Why::Unresolved);
        seen(|see| {
            let rules = see.child(body, &["rule"]).unwrap().unwrap();
            let rules = see.items(rules).unwrap();
            assert_eq!(rules.len(), 3);
            assert_eq!(see.text_at(&rules[1], &["id"]).unwrap(), Some("b"));
            assert!(see.text_at(&rules[2], &["id"]).is_err());
        });
    }

    #[test]
    fn references_join_and_have_no_value() {
        let text = r#"
resource "aws_s3_bucket_public_access_block" "b" {
  bucket  = aws_s3_bucket.logs[count.index].id
  also    = "${aws_s3_bucket.logs.id}"
  policy  = data.aws_iam_policy_document.x.json
  block   = aws_x.y.enabled
  all     = aws_s3_bucket.logs[*].id
  local   = local.a.b
}
"#;
        let rows = rows_of("a.tf", text);
        let body = &rows["terraform:aws_s3_bucket_public_access_block.b"].body;
        let to = |name: &str| {
            seen(|see| {
                let node = see.child(body, &[name]).unwrap().unwrap();
                see.reference(node).unwrap().unwrap().to_owned()
            })
        };
        assert_eq!(to("bucket"), "aws_s3_bucket.logs.id");
        assert_eq!(to("also"), "aws_s3_bucket.logs.id");
        assert_eq!(to("policy"), "data.aws_iam_policy_document.x.json");
        for name in ["bucket", "all", "local"] {
            assert_eq!(gap_at(body, &[name]).why, Why::Unresolved, "{name}");
        }
        seen(|see| {
            assert!(see.flag_at(body, &["block"]).is_err());
            let block = see.child(body, &["block"]).unwrap().unwrap();
            assert!(see.items(block).is_err());
        });
    }

    #[test]
    fn policies_are_trees_however_they_are_written() {
        let text = r#"
resource "aws_iam_policy" "p" {
  encoded = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = aws_s3_bucket.b.arn }] })
  heredoc = <<EOF
{
  "Statement": [
    { "Effect": "Allow", "Action": "*", "Resource": "${var.arn}/*", "Sid": "$${aws:username}" }
  ]
}
EOF
  quoted  = "{\"Statement\": {\"Action\": \"*\"}}"
  plain   = "{ not json }"
  made    = <<EOF
{"a": ${jsonencode(var.x)}}
EOF
}
"#;
        let rows = rows_of("a.tf", text);
        let body = &rows["terraform:aws_iam_policy.p"].body;
        seen(|see| {
            for name in ["encoded", "heredoc", "quoted"] {
                let statement = see.child(body, &[name, "Statement"]).unwrap().unwrap();
                let statement = &see.items(statement).unwrap()[0];
                assert_eq!(see.text_at(statement, &["Action"]).unwrap(), Some("*"), "{name}");
                if name == "heredoc" {
                    assert_eq!(see.child(statement, &["Action"]).unwrap().unwrap().pos().line, 7);
                    assert_eq!(see.text_at(statement, &["Sid"]).unwrap(), Some("${aws:username}"));
                    assert_eq!(gap_at(statement, &["Resource"]).why, Why::Unresolved);
                }
            }
            assert_eq!(see.text_at(body, &["plain"]).unwrap(), Some("{ not json }"));
        });
        assert_eq!(gap_at(body, &["made"]).why, Why::Unresolved);
    }

    #[test]
    fn rows_go_by_the_address_in_their_directory() {
        let text = r#"
terraform { required_version = "1" }
locals { a = 1 }
locals { b = 1 }
provider "aws" { region = "x" }
provider "aws" { alias = "west" }
variable "v" { default = null }
module "m" { source = "./m" }
data "aws_x" "d" {}
"#;
        let names: Vec<String> = rows_of("d/a.tf", text).into_keys().collect();
        let wanted = [
            "data.aws_x.d",
            "locals@a.tf:3:1",
            "locals@a.tf:4:1",
            "module.m",
            "provider.aws",
            "provider.aws.west",
            "terraform@a.tf:2:1",
            "var.v",
        ];
        assert_eq!(names, wanted.map(|name| format!("terraform:d/{name}")));
    }

    #[test]
    fn the_json_syntax_says_the_same() {
        let text = r#"{"//": "x", "resource": {"aws_s3_bucket": {"logs": {
  "bucket": "logs", "acl": "${var.acl}", "versioning": {"enabled": true},
  "of": "${aws_kms_key.k[0].arn}", "dynamic": {"logging": {"for_each": "${var.l}"}}}}},
  "locals": [{"a": 1}, {"b": 2}], "provider": {"aws": [{"region": "x"}, {"alias": "west"}]}, "module": {"m": 7}}"#;
        let rows = rows_of("a.tf.json", text);
        let body = &rows["terraform:aws_s3_bucket.logs"].body;
        seen(|see| {
            assert_eq!(see.text_at(body, &["bucket"]).unwrap(), Some("logs"));
            let versioning = see.child(body, &["versioning"]).unwrap().unwrap();
            assert_eq!(see.flag_at(&see.items(versioning).unwrap()[0], &["enabled"]).unwrap(), Some(true));
            let of = see.child(body, &["of"]).unwrap().unwrap();
            assert_eq!(see.reference(of).unwrap(), Some("aws_kms_key.k.arn"));
            assert!(see.child(&rows["terraform:module.m"].body, &["source"]).is_err());
        });
        assert_eq!(gap_at(body, &["acl"]).why, Why::Unresolved);
        assert_eq!(gap_at(body, &["logging"]).why, Why::Unresolved);
        assert!(rows.contains_key("terraform:provider.aws.west") && rows.len() == 6);
    }

    #[test]
    fn what_is_no_terraform_is_a_gap() {
        let deep = format!("a {{ x = {}1 }}", "(".repeat(100_000));
        let chain = format!("a {{ x = {}1 }}", "1 + ".repeat(100_000));
        for (path, text) in [
            ("a.tf", "a {"),
            ("a.tf", "{}"),
            ("a.tf", &deep),
            ("a.tf", &chain),
            ("a.tf.json", "[]"),
            ("a.tf.json", "{"),
        ] {
            let (rows, gap) = read(&Input { path, text, key: &Key([5; 32]) });
            let gap = gap.unwrap();
            assert!(rows.is_empty() && gap.what.starts_with(&format!("{path}:1:")), "{gap:?}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        let seeds = [
            BUCKET,
            "\u{feff}a \"é\" { x = <<E\n{\"a\": \"é${b}\"}\nE\n y = { (z) = [1, -2, !true, null] } }",
            "x { y = \"%{ if a }b%{ endif }\" }",
        ];
        let extra = [
            "\"", "{", "}", "(", "[", "${", "%{", "\n", "<<E\n", "\nE\n", "é", "=", ".", "?", "//", "/*",
            "\\",
        ];
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        for round in 0..1500 {
            let mut text: Vec<char> = seeds[random(seeds.len())].chars().collect();
            for _ in 0..=random(3) {
                let at = random(text.len() + 1);
                match random(3) {
                    0 => text.truncate(at),
                    1 => drop(text.splice(at..at, extra[random(extra.len())].chars())),
                    _ => drop(text.splice(at..(at + random(9)).min(text.len()), [])),
                }
            }
            let text: String = text.into_iter().collect();
            let path = if round % 5 == 0 { "a.tf.json" } else { "a.tf" };
            let (rows, gap) = read(&Input { path, text: &text, key: &Key([5; 32]) });
            assert!(rows.is_empty() || gap.is_none());
        }
    }
}
