//! The order of tasks: tasks in, the next one to start out. Every other turn is the largest scope's, since the whole
//! waits for it in the end; in the turns between some scopes follow each other, so that their limits add up and none
//! starves the rest. New scopes begin as others end: what hangs on rows that were read should not wait by the million.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Scopes that take turns at a time; those that come back while what hangs on their rows was being read are more.
const IN_TURN: usize = 64;

/// Tasks that wait, by scope.
#[derive(Debug)]
pub struct Queue<T> {
    lanes: BTreeMap<String, VecDeque<T>>,
    /// Scopes that take turns, the next one first.
    turns: VecDeque<String>,
    /// Scopes that have not begun, in the order in which they came.
    later: VecDeque<String>,
    /// Scopes that were ever seen, and whether they stand in one of the two lines.
    placed: BTreeMap<String, bool>,
    weights: BTreeMap<String, u64>,
    /// Scopes of known weight in which something waits, the heaviest first.
    heaviest: BTreeSet<(Reverse<u64>, String)>,
    n_pops: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue {
            lanes: BTreeMap::new(),
            turns: VecDeque::new(),
            later: VecDeque::new(),
            placed: BTreeMap::new(),
            weights: BTreeMap::new(),
            heaviest: BTreeSet::new(),
            n_pops: 0,
        }
    }
}

impl<T> Queue<T> {
    /// Adds a task behind the others of its scope.
    pub fn push(&mut self, scope: &str, task: T) {
        let lane = self.lanes.entry(scope.to_owned()).or_default();
        if lane.is_empty() {
            match self.placed.get_mut(scope) {
                Some(true) => {}
                Some(placed) => {
                    *placed = true;
                    self.turns.push_back(scope.to_owned());
                }
                None => {
                    self.placed.insert(scope.to_owned(), true);
                    self.later.push_back(scope.to_owned());
                }
            }
        }
        if lane.is_empty()
            && let Some(weight) = self.weights.get(scope)
        {
            self.heaviest.insert((Reverse(*weight), scope.to_owned()));
        }
        lane.push_back(task);
    }

    /// Adds tasks in front of the others of their scope, in this order: what hangs on others is asked soon, so that little
    /// of it waits.
    pub fn push_next(&mut self, scope: &str, tasks: Vec<T>) {
        let mut tasks = tasks.into_iter().rev();
        let Some(last) = tasks.next() else { return };
        if self.lanes.get(scope).is_none_or(VecDeque::is_empty) {
            self.push(scope, last);
        } else if let Some(lane) = self.lanes.get_mut(scope) {
            lane.push_front(last);
        }
        if let Some(lane) = self.lanes.get_mut(scope) {
            tasks.for_each(|task| lane.push_front(task));
        }
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

    /// The next scope in which something waits.
    fn in_turn(&mut self) -> Option<String> {
        loop {
            while self.turns.len() < IN_TURN
                && let Some(scope) = self.later.pop_front()
            {
                self.turns.push_back(scope);
            }
            let Some(scope) = self.turns.pop_front() else {
                // Whatever comes after a pause begins anew.
                self.placed.clear();
                return None;
            };
            if self.lanes.contains_key(&scope) {
                self.turns.push_back(scope.clone());
                return Some(scope);
            }
            self.placed.insert(scope, false);
        }
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
    fn what_hangs_on_a_task_comes_next_and_few_scopes_are_begun() {
        let mut queue = Queue::default();
        for scope in 0..200 {
            queue.push(&format!("{scope:03}"), (scope, 0));
            queue.push(&format!("{scope:03}"), (scope, 1));
        }
        let mut begun = BTreeSet::new();
        for n in 0.. {
            let Some((scope, what)) = queue.pop() else { break };
            begun.insert(scope);
            if what == 0 {
                queue.push_next(&format!("{scope:03}"), vec![(scope, 10), (scope, 11)]);
            }
            assert!(begun.len() <= IN_TURN + n / 2, "{} scopes after {n} tasks", begun.len());
        }
        assert_eq!((begun.len(), queue.len()), (200, 0));
        // What was known before a pause begins anew.
        for scope in 0..200 {
            queue.push(&format!("{scope:03}"), (scope, 1));
            queue.push(&format!("{scope:03}"), (scope, 1));
        }
        let first: BTreeSet<i32> = (0..2 * IN_TURN).filter_map(|_| queue.pop()).map(|(scope, _)| scope).collect();
        assert_eq!(first.len(), IN_TURN);
        while queue.pop().is_some() {}
        queue.push("a", (0, 1));
        queue.push("a", (0, 2));
        queue.push_next("a", vec![(0, 3), (0, 4)]);
        assert_eq!(std::iter::from_fn(|| queue.pop()).map(|(_, n)| n).collect::<Vec<_>>(), [3, 4, 1, 2]);
    }

    #[test]
    fn scopes_take_turns_and_the_largest_has_every_other() {
        check(&[], &[1, 4, 5, 2, 6, 3]);
        check(&[("a", 1), ("c", 9)], &[5, 1, 6, 4, 2, 3]);
        check(&[("a", 5), ("b", 5)], &[1, 2, 3, 4, 5, 6]);
    }
}
