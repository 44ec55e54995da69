//! The items of a list: held by the sample, or made of its stamps when a page shows them. A list of a million items costs
//! no more than one of ten.

use super::stamp::{Home, Stamp, Words};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

/// The items of a list, in order.
pub(super) enum List<'t> {
    /// As the sample holds them.
    Held(Vec<Cow<'t, Value>>),
    /// Copies.
    Made(&'t Words, Vec<Run<'t>>),
}

/// Stamps that come again for one copy after the other.
pub(super) struct Run<'t> {
    pub(super) stamps: Rc<[&'t Stamp]>,
    /// The first copy.
    pub(super) first: u32,
    /// From one copy to the next.
    pub(super) step: u32,
    /// How many copies.
    pub(super) times: u32,
}

impl Run<'_> {
    fn len(&self) -> usize {
        self.stamps.len() * self.times as usize
    }
}

impl List<'_> {
    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        match self {
            List::Held(items) => items.len(),
            List::Made(_, runs) => runs.iter().map(Run::len).sum(),
        }
    }

    /// Some of the items as a JSON array; the range lies within the list.
    pub(super) fn json(&self, range: Range<usize>) -> String {
        let mut out = "[".to_owned();
        let comma = |out: &mut String| {
            if out.len() > 1 {
                out.push(',');
            }
        };
        match self {
            List::Held(items) => {
                for item in &items[range] {
                    comma(&mut out);
                    out.push_str(&item.to_string());
                }
            }
            List::Made(words, runs) => {
                let mut begin = 0;
                for run in runs {
                    let end = begin + run.len();
                    for at in range.start.max(begin)..range.end.min(end) {
                        comma(&mut out);
                        let (turn, of) = ((at - begin) / run.stamps.len(), (at - begin) % run.stamps.len());
                        let turn = u32::try_from(turn).expect("a run has no more turns than a u32");
                        words.write(run.stamps[of], run.first + turn * run.step, &mut out);
                    }
                    begin = end;
                }
            }
        }
        out.push(']');
        out
    }
}

impl Words {
    /// What a subscription of a group shows: everything once, and what lies in resource groups for each further copy.
    /// `only` leaves those that a copy of people has to do with.
    pub(super) fn in_subscription<'t>(
        &self,
        stamps: &[&'t Stamp],
        (turn, group): (u32, u32),
        only: Option<u32>,
    ) -> Vec<Run<'t>> {
        let first = group * self.scale;
        let here = |stamp: &Stamp| match stamp.home {
            Home::Subscription(of) | Home::Group(of) => of == turn && only.is_none_or(|only| only == first),
            Home::Tenant | Home::People => only.is_none_or(|only| only == 0),
        };
        let copied = |stamp: &Stamp| stamp.home == Home::Group(turn);
        let runs = match only {
            Some(only) if only > first && only / self.scale == group => vec![run(stamps, copied, only, 1, 1)],
            Some(_) => Vec::new(),
            None => vec![run(stamps, copied, first + 1, 1, self.scale - 1)],
        };
        std::iter::once(run(stamps, here, first, 1, 1)).chain(runs).filter(|run| run.len() > 0).collect()
    }

    /// What a list of the whole tenant shows: everything once, and then every further copy.
    pub(super) fn in_tenant<'t>(&self, stamps: &[&'t Stamp]) -> Vec<Run<'t>> {
        let exists = |stamp: &Stamp| match stamp.home {
            Home::Subscription(turn) | Home::Group(turn) => self.groups(turn) > 0,
            Home::Tenant | Home::People => true,
        };
        let mut runs = vec![run(stamps, exists, 0, 1, 1)];
        for (turn, _) in self.turns().filter(|(turn, _)| self.groups(*turn) > 0) {
            let groups = self.groups(turn);
            runs.push(run(stamps, |stamp| stamp.home == Home::Subscription(turn), self.scale, self.scale, groups - 1));
            runs.push(run(stamps, |stamp| stamp.home == Home::Group(turn), 1, 1, groups * self.scale - 1));
        }
        runs.push(run(stamps, |stamp| stamp.home == Home::People, 1, 1, self.crowds() - 1));
        runs.into_iter().filter(|run| run.len() > 0).collect()
    }

    /// How often an object comes in the whole tenant.
    pub(super) fn times(&self, home: Home) -> u64 {
        u64::from(match home {
            Home::Tenant => 1,
            Home::People => self.crowds(),
            Home::Subscription(turn) => self.groups(turn),
            Home::Group(turn) => self.groups(turn) * self.scale,
        })
    }
}

/// Those of the stamps that fit.
pub(super) fn run<'t>(
    stamps: &[&'t Stamp],
    fits: impl Fn(&Stamp) -> bool,
    first: u32,
    step: u32,
    times: u32,
) -> Run<'t> {
    Run { stamps: stamps.iter().copied().filter(|stamp| fits(stamp)).collect(), first, step, times }
}
