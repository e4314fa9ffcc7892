//! As much of XML as project files of Maven need: elements and their texts. No entity is taken from anywhere else,
//! and depth and size are bounded.

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its name without a prefix.
    pub(super) name: String,
    /// Its own text, trimmed.
    pub(super) text: String,
    /// What is in it, in order.
    pub(super) children: Vec<Element>,
    /// The line on which it begins, from 1.
    pub(super) line: u32,
}

impl Element {
    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
    /// The children of that name.
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
    /// The text of the first child of that name; nothing for an empty one.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }
}

const DEEPEST: usize = 100;
const MOST: usize = 200_000;

/// The root element.
///
/// # Errors
/// What is wrong, and on which line.
pub(super) fn parse(text: &str) -> Result<Element, (u32, &'static str)> {
    let mut open: Vec<Element> = Vec::new();
    let (mut rest, mut line, mut count) = (text, 1_u32, 0);
    let newlines = |text: &str| u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
    loop {
        let Some(at) = rest.find('<') else { return Err((line, "it ends before its root element does")) };
        let (before, tag) = rest.split_at(at);
        if let Some(element) = open.last_mut() {
            entities(&mut element.text, before);
        }
        line = line.saturating_add(newlines(before));
        let end = |end: &str| tag.find(end).map(|at| at + end.len()).ok_or((line, "a tag has no end"));
        if tag.starts_with("<!--") {
            let length = end("-->")?;
            line = line.saturating_add(newlines(&tag[..length]));
            rest = &tag[length..];
            continue;
        }
        if let Some(data) = tag.strip_prefix("<![CDATA[") {
            let length = end("]]>")?;
            if let Some(element) = open.last_mut() {
                element.text.push_str(&data[..length - "<![CDATA[".len() - "]]>".len()]);
            }
            line = line.saturating_add(newlines(&tag[..length]));
            rest = &tag[length..];
            continue;
        }
        if tag.starts_with("<!DOCTYPE") && tag[..end(">")?].contains('[') {
            return Err((line, "it declares entities of its own, which are not taken"));
        }
        let length = end(">")?;
        let inner = &tag[1..length - 1];
        let began = line;
        line = line.saturating_add(newlines(inner));
        rest = &tag[length..];
        if inner.starts_with(['?', '!']) {
            continue;
        }
        let closed = if let Some(name) = inner.strip_prefix('/') {
            let Some(element) = open.pop() else { return Err((line, "an end tag without its beginning")) };
            if local(name.trim()) != element.name {
                return Err((line, "an element ends under another name"));
            }
            element
        } else {
            count += 1;
            if open.len() >= DEEPEST || count > MOST {
                return Err((line, "it is too deep or too large"));
            }
            let empty = inner.ends_with('/');
            let name = inner.trim_end_matches('/').split_whitespace().next().unwrap_or_default();
            let element = Element { name: local(name).to_owned(), line: began, ..Element::default() };
            if !empty {
                open.push(element);
                continue;
            }
            element
        };
        let mut closed = closed;
        closed.text = closed.text.trim().to_owned();
        match open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None => return Ok(closed),
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn entities(out: &mut String, text: &str) {
    const KNOWN: &[(&str, &str)] =
        &[("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    if !text.contains('&') {
        return out.push_str(text);
    }
    let plain = KNOWN.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain));
    out.push_str(&plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_texts_and_lines() {
        let root = parse("<?xml version='1.0'?>\n<!-- <x> -->\n<m:a x='1'>\n <b>1 &lt; 2<!-- c --></b>\n<c/><d><![CDATA[<]]></d></m:a>").unwrap();
        assert_eq!((root.name.as_str(), root.value("b"), root.value("c")), ("a", Some("1 < 2"), None));
        assert_eq!((root.value("d"), root.child("b").unwrap().line), (Some("<"), 4));
        for wrong in
            ["", "<a>", "<a></b>", "</a>", "<a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "<a><![CDATA["]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"<a>".repeat(100_000)).is_err());
    }
}
