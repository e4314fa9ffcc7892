//! Records that share a name speak of one vulnerability.

use std::collections::HashMap;

/// Sorts things into groups that share names, also by way of others; cycles of names are groups like any other.
pub(super) fn groups<'t, T, N: Iterator<Item = &'t str>>(
    things: &'t [T],
    names: impl Fn(&'t T) -> N,
) -> Vec<Vec<&'t T>> {
    let mut group_of: Vec<usize> = (0..things.len()).collect();
    fn root(of: &mut [usize], mut at: usize) -> usize {
        while of[at] != at {
            of[at] = of[of[at]];
            at = of[at];
        }
        at
    }
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (number, thing) in things.iter().enumerate() {
        for name in names(thing) {
            let other = *first.entry(name).or_insert(number);
            let (a, b) = (root(&mut group_of, number), root(&mut group_of, other));
            group_of[a.max(b)] = a.min(b);
        }
    }
    let mut out: Vec<(usize, Vec<&T>)> = Vec::new();
    let mut place: HashMap<usize, usize> = HashMap::new();
    for (number, thing) in things.iter().enumerate() {
        let group = root(&mut group_of, number);
        let at = *place.entry(group).or_insert(out.len());
        match out.get_mut(at) {
            Some((_, members)) => members.push(thing),
            None => out.push((group, vec![thing])),
        }
    }
    out.into_iter().map(|(_, members)| members).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_shares_a_name_with_one_shares_it_with_all() {
        let things = [vec!["a", "b"], vec!["c"], vec!["d", "c"], vec!["b", "d"], vec!["e"]];
        let groups = groups(&things, |names| names.iter().copied());
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [4, 1]);
    }
}
