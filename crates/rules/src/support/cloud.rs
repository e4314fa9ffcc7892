//! What several checks of Terraform blocks ask: policies of IAM, and ranges of addresses.

use tyrian_model::fact::{Pos, See, Unseen};
use tyrian_model::facts::Resource;
use tyrian_model::tree::Tree;

/// Is it a `resource` of one of these types?
pub(crate) fn is(it: &Resource, kinds: &[&str]) -> bool {
    it.block == "resource" && kinds.contains(&it.kind.as_str())
}

/// Does a range or a tag of a provider mean every address?
pub(crate) fn everywhere(range: &str) -> bool {
    matches!(range, "0.0.0.0/0" | "::/0" | "*" | "0.0.0.0" | "Internet" | "internet" | "any" | "Any")
}

/// The blocks or items below `key`; none where it is not set.
///
/// # Errors
/// It is a gap.
pub(crate) fn items<'t>(see: &See, tree: &'t Tree, key: &str) -> Result<&'t [Tree], Unseen> {
    see.child(tree, &[key])?.map_or(Ok(&[]), |list| see.items(list))
}

/// The first block of that name; nothing where there is none.
///
/// # Errors
/// It is a gap.
pub(crate) fn block<'t>(see: &See, tree: &'t Tree, key: &str) -> Result<Option<&'t Tree>, Unseen> {
    Ok(items(see, tree, key)?.first())
}

/// Does one of the texts below `key` hold? Those that a later stage fills in count only where none does.
///
/// # Errors
/// None holds, and some could not be seen.
pub(crate) fn some_text(
    see: &See,
    tree: &Tree,
    key: &str,
    test: impl Fn(&str) -> bool,
) -> Result<bool, Unseen> {
    let Some(list) = see.child(tree, &[key])? else { return Ok(false) };
    let mut missed = None;
    for item in see.items(list)? {
        // A fresh look: what one item hides must not hide a hit in the next.
        let own = See::new(see.world);
        match own.text(item) {
            Ok(text) if test(text) => return Ok(true),
            Ok(_) => {}
            // The range of a network or subnet is never every address: the largest there is has 16 bits.
            Err(_) if own_range(&See::new(see.world), item) => {}
            Err(_) => missed = Some(item),
        }
    }
    missed.map_or(Ok(false), |item| see.text(item).map(|_| false))
}

/// Does an item refer to the range of a network of one's own?
fn own_range(see: &See, item: &Tree) -> bool {
    matches!(see.reference(item), Ok(Some(name))
        if (name.starts_with("aws_vpc.") || name.starts_with("aws_subnet.")) && name.ends_with(".cidr_block"))
}

/// Where the policies of IAM stand in a block.
pub(crate) const IDENTITY_POLICIES: &[&str] =
    &["aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy"];

/// A statement of a policy, in the JSON form (`Action`) or as a block of a policy document (`actions`).
pub(crate) struct Statement<'t> {
    tree: &'t Tree,
    document: bool,
}

impl<'t> Statement<'t> {
    pub(crate) fn pos(&self) -> Option<Pos> {
        Some(self.tree.pos())
    }
    /// Does it allow, whatever the circumstances?
    pub(crate) fn allows(&self, see: &See) -> Result<bool, Unseen> {
        let (effect, condition) =
            if self.document { ("effect", "condition") } else { ("Effect", "Condition") };
        // A document allows unless it says otherwise; in JSON the effect is always said.
        let allow = match see.text_at(self.tree, &[effect])? {
            Some(effect) => effect == "Allow",
            None => self.document,
        };
        Ok(allow && see.child(self.tree, &[condition])?.is_none())
    }
    /// Is one of its actions such?
    pub(crate) fn action(&self, see: &See, test: impl Fn(&str) -> bool) -> Result<bool, Unseen> {
        some_text(see, self.tree, if self.document { "actions" } else { "Action" }, test)
    }
    /// Is it about every resource?
    pub(crate) fn any_resource(&self, see: &See) -> Result<bool, Unseen> {
        some_text(see, self.tree, if self.document { "resources" } else { "Resource" }, |r| r == "*")
    }
    /// Does it say for whom it is? Then it is a policy of a resource, where `*` is that resource alone.
    pub(crate) fn names_principals(&self, see: &See) -> Result<bool, Unseen> {
        let key = if self.document { "principals" } else { "Principal" };
        Ok(see.child(self.tree, &[key])?.is_some())
    }
    /// Is it for everybody?
    pub(crate) fn for_everybody(&self, see: &See) -> Result<bool, Unseen> {
        if self.document {
            for principals in items(see, self.tree, "principals")? {
                let people = matches!(see.text_at(principals, &["type"])?, Some("AWS" | "*"));
                if people && some_text(see, principals, "identifiers", |who| who == "*")? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let Some(principal) = see.child(self.tree, &["Principal"])? else { return Ok(false) };
        let plain = See::new(see.world);
        if let Ok(text) = plain.text(principal) {
            return Ok(text == "*");
        }
        some_text(see, principal, "AWS", |who| who == "*")
    }
}

/// The statements of a policy that stands at `key` as JSON, or of a policy document, where `it` is one. A policy that
/// refers to a document of its own is judged there, and has no statements here.
///
/// # Errors
/// The policy is a gap.
pub(crate) fn statements<'t>(see: &See, it: &'t Resource, key: &str) -> Result<Vec<Statement<'t>>, Unseen> {
    if it.block == "data" && it.kind == "aws_iam_policy_document" {
        let list = items(see, &it.body, "statement")?;
        return Ok(list.iter().map(|tree| Statement { tree, document: true }).collect());
    }
    let Some(policy) = see.child(&it.body, &[key])? else { return Ok(Vec::new()) };
    if see.reference(policy)?.is_some_and(|name| name.starts_with("data.aws_iam_policy_document.")) {
        return Ok(Vec::new());
    }
    let list = items(see, policy, "Statement")?;
    Ok(list.iter().map(|tree| Statement { tree, document: false }).collect())
}

/// Does a pattern of actions (`ec2:Create*`, `*`) let `action` through? Case does not count.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    match pattern.split_once('*') {
        None => pattern == action,
        Some((before, "")) => action.starts_with(before),
        // Stars in the middle are rare; only what surely fits counts.
        Some((before, after)) => {
            !after.contains('*')
                && action.len() >= before.len() + after.len()
                && action.starts_with(before)
                && action.ends_with(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{covers, everywhere};

    #[test]
    fn patterns_of_actions() {
        for (pattern, fits) in [
            ("*", true),
            ("ec2:*", true),
            ("EC2:authorize*", true),
            ("ec2:AuthorizeSecurityGroupIngress", true),
            ("ec2:*Ingress", true),
            ("ec2:Describe*", false),
            ("s3:*", false),
            ("ec2:AuthorizeSecurityGroup", false),
        ] {
            assert_eq!(covers(pattern, "ec2:AuthorizeSecurityGroupIngress"), fits, "{pattern}");
        }
    }

    #[test]
    fn ranges_that_mean_everybody() {
        assert!(everywhere("0.0.0.0/0") && everywhere("::/0") && everywhere("Internet"));
        assert!(!everywhere("10.0.0.0/8") && !everywhere("VirtualNetwork"));
    }
}
