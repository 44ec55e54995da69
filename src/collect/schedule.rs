//! The order of tasks: tasks in, the next one to start out. Scopes take turns, so that none starves the rest.

use std::collections::{BTreeMap, VecDeque};

/// Tasks that wait, by scope.
#[derive(Debug)]
pub struct Queue<T> {
    lanes: BTreeMap<String, VecDeque<T>>,
    last: Option<String>,
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue { lanes: BTreeMap::new(), last: None }
    }
}

impl<T> Queue<T> {
    /// Adds a task behind the others of its scope.
    pub fn push(&mut self, scope: &str, task: T) {
        self.lanes.entry(scope.to_owned()).or_default().push_back(task);
    }

    /// The next task: the scopes take turns.
    pub fn pop(&mut self) -> Option<T> {
        use std::ops::Bound::{Excluded, Unbounded};
        let after =
            self.last.as_ref().and_then(|last| self.lanes.range::<String, _>((Excluded(last), Unbounded)).next());
        let scope = after.or_else(|| self.lanes.iter().next()).map(|(scope, _)| scope.clone())?;
        let lane = self.lanes.get_mut(&scope)?;
        let task = lane.pop_front();
        if lane.is_empty() {
            self.lanes.remove(&scope);
        }
        self.last = Some(scope);
        task
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

    #[test]
    fn scopes_take_turns() {
        let mut queue = Queue::default();
        for (scope, task) in [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("c", 6)] {
            queue.push(scope, task);
        }
        assert_eq!(queue.len(), 6);
        let order: Vec<i32> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [1, 4, 5, 2, 6, 3]);
    }
}
