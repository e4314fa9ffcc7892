//! Why a package is there: the shortest chain from what belongs to the project, and whether development alone
//! needs it.

use std::collections::VecDeque;
use tyrian_model::packages::Package;

/// The longest chain that is kept.
const LONGEST: usize = 24;

/// A graph of packages by their indices.
pub(super) struct Graph {
    /// Whom each needs: an index, and whether it is for development alone.
    pub(super) needs: Vec<Vec<(usize, bool)>>,
}

impl Graph {
    /// A graph of so many packages, none of which needs another.
    pub(super) fn new(count: usize) -> Self {
        Graph { needs: vec![Vec::new(); count] }
    }

    /// Writes into the packages from which of the roots they are reached, in the shortest way. A root is an index
    /// in the graph; labels are the words of the chain. `packages` are pairs of an index and the package there.
    ///
    /// Where `marks` is set, what is only reached by way of development is marked.
    pub(super) fn explain<'p>(
        &self,
        roots: &[usize],
        label: impl Fn(usize) -> String,
        packages: impl Iterator<Item = (usize, &'p mut Package)>,
        marks: bool,
    ) {
        let plain = self.from(roots, false);
        let all = self.from(roots, true);
        for (index, package) in packages {
            let reached = plain.get(index).copied().flatten().is_some();
            let parents = if reached { &plain } else { &all };
            if marks && !reached && all.get(index).copied().flatten().is_some() {
                package.dev = true;
            }
            let mut chain = Vec::new();
            let mut at = index;
            while let Some(Some(parent)) = parents.get(at).copied() {
                if parent == at || chain.len() == LONGEST {
                    break;
                }
                chain.push(label(parent));
                at = parent;
            }
            chain.reverse();
            package.why = chain;
        }
    }

    /// By whom each is reached; a root by itself.
    fn from(&self, roots: &[usize], dev: bool) -> Vec<Option<usize>> {
        let mut parents = vec![None; self.needs.len()];
        let mut open = VecDeque::new();
        for root in roots {
            if let Some(parent) = parents.get_mut(*root) {
                *parent = Some(*root);
                open.push_back(*root);
            }
        }
        while let Some(at) = open.pop_front() {
            for (next, of_dev) in &self.needs[at] {
                if (*of_dev && !dev) || *next >= parents.len() || parents[*next].is_some() {
                    continue;
                }
                parents[*next] = Some(at);
                open.push_back(*next);
            }
        }
        parents
    }
}
