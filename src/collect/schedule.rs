//! The order of tasks: tasks in, the next one to start out. Every other turn is the largest scope's, since the whole
//! waits for it in the end; in the turns between the scopes follow each other, so that none starves the rest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Tasks that wait, by scope.
#[derive(Debug)]
pub struct Queue<T> {
    lanes: BTreeMap<String, VecDeque<T>>,
    weights: BTreeMap<String, u64>,
    /// Scopes of known weight in which something waits, the heaviest first.
    heaviest: BTreeSet<(Reverse<u64>, String)>,
    last: Option<String>,
    n_pops: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue { lanes: BTreeMap::new(), weights: BTreeMap::new(), heaviest: BTreeSet::new(), last: None, n_pops: 0 }
    }
}

impl<T> Queue<T> {
    /// Adds a task behind the others of its scope.
    pub fn push(&mut self, scope: &str, task: T) {
        let lane = self.lanes.entry(scope.to_owned()).or_default();
        if lane.is_empty()
            && let Some(weight) = self.weights.get(scope)
        {
            self.heaviest.insert((Reverse(*weight), scope.to_owned()));
        }
        lane.push_back(task);
    }

    /// Says how much a scope holds.
    pub fn weigh(&mut self, scope: &str, weight: u64) {
        if let Some(before) = self.weights.insert(scope.to_owned(), weight) {
            self.heaviest.remove(&(Reverse(before), scope.to_owned()));
        }
        if self.lanes.contains_key(scope) {
            self.heaviest.insert((Reverse(weight), scope.to_owned()));
        }
    }

    /// The next task.
    pub fn pop(&mut self) -> Option<T> {
        self.n_pops += 1;
        let heaviest = self.heaviest.first().filter(|_| self.n_pops % 2 == 1);
        let scope = match heaviest {
            Some((_, scope)) => scope.clone(),
            None => self.in_turn()?,
        };
        let lane = self.lanes.get_mut(&scope)?;
        let task = lane.pop_front();
        if lane.is_empty() {
            self.lanes.remove(&scope);
            if let Some(weight) = self.weights.get(&scope) {
                self.heaviest.remove(&(Reverse(*weight), scope));
            }
        }
        task
    }

    fn in_turn(&mut self) -> Option<String> {
        use std::ops::Bound::{Excluded, Unbounded};
        let after =
            self.last.as_ref().and_then(|last| self.lanes.range::<String, _>((Excluded(last), Unbounded)).next());
        let scope = after.or_else(|| self.lanes.iter().next()).map(|(scope, _)| scope.clone())?;
        self.last = Some(scope.clone());
        Some(scope)
    }

    /// Tasks that wait.
    pub fn len(&self) -> usize {
        self.lanes.values().map(VecDeque::len).sum()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(weights: &[(&str, u64)], expected: &[i32]) {
        let mut queue = Queue::default();
        for (scope, task) in [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("c", 6)] {
            queue.push(scope, task);
        }
        for (scope, weight) in weights {
            queue.weigh(scope, *weight);
        }
        assert_eq!(queue.len(), 6);
        let order: Vec<i32> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, expected, "{weights:?}");
    }

    #[test]
    fn scopes_take_turns_and_the_largest_has_every_other() {
        check(&[], &[1, 4, 5, 2, 6, 3]);
        check(&[("a", 1), ("c", 9)], &[5, 1, 6, 4, 2, 3]);
        check(&[("a", 5), ("b", 5)], &[1, 2, 3, 4, 5, 6]);
    }
}
