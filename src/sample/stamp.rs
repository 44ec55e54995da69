//! Texts with holes: the JSON of one of the sample's objects in, the JSON of its nth copy out. What is filled in is what
//! tells copies apart: ids of subscriptions and people, names of resources and what is built from them (ids, hosts),
//! other GUIDs, and the seconds of instants. Copy 0 is the sample's own object, letter for letter.

use super::guid;
use regex::{Captures, Regex};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

/// Whose an object is: how often it comes, and which of its copies a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// The tenant's: there is one.
    Tenant,
    /// A person or group, or what hangs on one.
    People,
    /// A subscription's, by its number in the sample.
    Subscription(u32),
    /// It lies in a resource group of that subscription.
    Group(u32),
}

/// What belongs in a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hole {
    /// A GUID of a subscription, by its number.
    Subscription(u32),
    /// Another GUID, by its number.
    Guid(u32),
    /// Nothing in the sample; what tells copies apart comes after the name.
    Name,
    /// Likewise, after the name of a subscription.
    SubscriptionName,
    /// An instant in quotes.
    Instant,
    /// Nothing in the sample; all subscriptions are told there.
    Roll,
}

/// A text with holes.
#[derive(Debug)]
pub(super) struct Stamp {
    pub(super) home: Home,
    text: String,
    holes: Vec<(Range<usize>, Hole)>,
    /// How a subscription is told where all are.
    members: Vec<Stamp>,
}

impl Stamp {
    /// A text with one hole.
    pub(super) fn with_hole(home: Home, text: String, at: Range<usize>, hole: Hole) -> Stamp {
        Stamp { home, text, holes: vec![(at, hole)], members: Vec::new() }
    }

    /// The same, telling all subscriptions at that place, each as the stamp of its kind does.
    pub(super) fn with_roll(mut self, at: usize, members: Vec<Stamp>) -> Stamp {
        let behind = self.holes.partition_point(|(range, _)| range.end <= at);
        self.holes.insert(behind, (at..at, Hole::Roll));
        Stamp { members, ..self }
    }
}

/// The words that tell copies apart, as the sample has them.
#[derive(Debug)]
pub(super) struct Words {
    pattern: Regex,
    /// GUIDs, lower-case, the subscriptions' first; whether each is one for all copies in a subscription.
    guids: Vec<(String, bool)>,
    which: BTreeMap<String, u32>,
    /// How many of the GUIDs are subscriptions.
    turns: u32,
    /// Subscriptions that are told in all.
    pub(super) subscriptions: u32,
    /// Copies in a subscription.
    pub(super) scale: u32,
}

impl Words {
    /// `guids` begins with the sample's subscriptions.
    pub(super) fn new(
        guids: Vec<(String, bool)>,
        names: &BTreeSet<String>,
        subscription_names: &BTreeSet<String>,
        (turns, subscriptions, scale): (u32, u32, u32),
    ) -> Result<Words, regex::Error> {
        // Longest first: `vm-1-nic` before `vm-1`.
        let among = |names: &BTreeSet<String>| {
            let mut names: Vec<&String> = names.iter().collect();
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
            let quoted: Vec<String> = names.iter().map(|name| regex::escape(name)).collect();
            // Without names nothing fits: JSON writes that character in another way.
            if quoted.is_empty() { r"\x00".to_owned() } else { quoted.join("|") }
        };
        let pattern = Regex::new(&format!(
            r#"(?i-u)("\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")|([0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}})|\b(?:({})|({}))\b"#,
            among(names),
            among(subscription_names)
        ))?;
        let which = guids.iter().zip(0..).map(|((text, _), at)| (text.clone(), at)).collect();
        Ok(Words { pattern, guids, which, turns, subscriptions, scale })
    }

    /// Finds the holes of a text.
    pub(super) fn stamp(&self, home: Home, text: String) -> Stamp {
        let hole = |found: &Captures<'_>| {
            let whole = found.get(0)?;
            let after = whole.end()..whole.end();
            if found.get(1).is_some() {
                // Whole minutes are what people choose; they stay.
                let chosen = whole.as_str()[SECONDS..].starts_with("00") && !whole.as_str().contains('.');
                (!chosen).then(|| (whole.range(), Hole::Instant))
            } else if let Some(guid) = found.get(2) {
                let number = *self.which.get(&guid.as_str().to_lowercase())?;
                let of = if number < self.turns { Hole::Subscription } else { Hole::Guid };
                Some((whole.range(), of(number)))
            } else {
                Some((after, if found.get(3).is_some() { Hole::Name } else { Hole::SubscriptionName }))
            }
        };
        let holes = self.pattern.captures_iter(&text).filter_map(|found| hole(&found)).collect();
        Stamp { home, text, holes, members: Vec::new() }
    }

    /// Writes the nth copy.
    pub(super) fn write(&self, stamp: &Stamp, n: u32, out: &mut String) {
        let n = if stamp.home == Home::Tenant { 0 } else { n };
        let mut from = 0;
        for (range, hole) in &stamp.holes {
            out.push_str(&stamp.text[from..range.start]);
            match hole {
                Hole::Roll => self.call(&stamp.members, out),
                hole => self.fill(*hole, &stamp.text[range.clone()], n, out),
            }
            from = range.end;
        }
        out.push_str(&stamp.text[from..]);
    }

    /// The nth copy.
    pub(super) fn text(&self, stamp: &Stamp, n: u32) -> String {
        let mut out = String::with_capacity(stamp.text.len() + 8 * stamp.holes.len());
        self.write(stamp, n, &mut out);
        out
    }

    /// All subscriptions.
    fn call(&self, members: &[Stamp], out: &mut String) {
        for at in 0..self.subscriptions {
            let (turn, group) = (at % self.turns, at / self.turns);
            for member in members.iter().filter(|member| member.home == Home::Subscription(turn)) {
                if !out.ends_with('[') {
                    out.push(',');
                }
                self.write(member, group * self.scale, out);
            }
        }
    }

    fn fill(&self, hole: Hole, own: &str, n: u32, out: &mut String) {
        let group = n / self.scale;
        match hole {
            Hole::Subscription(number) if group > 0 => out.push_str(&guid::make(number, group)),
            Hole::Guid(number) if n > 0 => {
                let shared = self.guids.get(number as usize).is_some_and(|(_, shared)| *shared);
                match if shared { group * self.scale } else { n } {
                    0 => out.push_str(own),
                    copy => out.push_str(&guid::make(number, copy)),
                }
            }
            Hole::Name => out.push_str(&mark(n)),
            Hole::SubscriptionName => out.push_str(&mark(group * self.scale)),
            Hole::Instant if n > 0 => shift(own, n, out),
            Hole::Subscription(_) | Hole::Guid(_) | Hole::Instant | Hole::Roll => out.push_str(own),
        }
    }

    /// What a GUID stands for: its number, and the copy (of a subscription: the group it is in).
    pub(super) fn read(&self, text: &str) -> Option<(u32, u32)> {
        match self.which.get(text) {
            Some(number) => Some((*number, 0)),
            None => guid::read(text).filter(|(number, copy)| (*number as usize) < self.guids.len() && *copy > 0),
        }
    }

    /// The subscription of a GUID: its number in the sample, and its group.
    pub(super) fn subscription(&self, text: &str) -> Option<(u32, u32)> {
        let (turn, group) = self.read(text)?;
        let at = u64::from(group) * u64::from(self.turns) + u64::from(turn);
        (turn < self.turns && at < u64::from(self.subscriptions)).then_some((turn, group))
    }

    /// How many subscriptions take after that one of the sample.
    pub(super) fn groups(&self, turn: u32) -> u32 {
        self.subscriptions / self.turns + u32::from(turn < self.subscriptions % self.turns)
    }

    /// Copies of people.
    pub(super) fn crowds(&self) -> u32 {
        self.subscriptions.div_ceil(self.turns) * self.scale
    }

    /// How many subscriptions the sample has.
    pub(super) fn n_turns(&self) -> u32 {
        self.turns
    }

    /// The sample's subscriptions.
    pub(super) fn turns(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..self.turns).zip(self.guids.iter().map(|(text, _)| text.as_str()))
    }

    /// A path of the nth copy as the sample has it. Whether it is one, [`Words::text`] of the outcome tells.
    pub(super) fn back(&self, path: &str, n: u32) -> String {
        if n > 0 { self.back_within(&path.replace(&mark(n), "")) } else { self.back_within(path) }
    }

    /// The same text, speaking of the sample's own subscriptions and people.
    pub(super) fn back_within(&self, text: &str) -> String {
        let own = |found: &Captures<'_>| {
            let known = found.get(2).and_then(|guid| self.read(&guid.as_str().to_lowercase()));
            let own = known.and_then(|(number, _)| self.guids.get(number as usize));
            own.map_or_else(|| found[0].to_owned(), |(own, _)| own.clone())
        };
        self.pattern.replace_all(text, own).into_owned()
    }

    /// The copy of people (or of what else has a GUID) that a text speaks of, if it does.
    pub(super) fn copy_within(&self, text: &str) -> Option<u32> {
        let copy = |found: Captures<'_>| {
            let (number, n) = self.read(&found.get(2)?.as_str().to_lowercase())?;
            (number >= self.turns && n < self.crowds()).then_some(n)
        };
        self.pattern.captures_iter(text).find_map(copy)
    }

    /// The copy that the last letters of a name tell.
    pub(super) fn copy_of(&self, name: &str) -> Option<u32> {
        let (_, digits) = name.split_at_checked(name.len().checked_sub(MARK_LENGTH)?)?;
        let n = u32::from_str_radix(digits.strip_prefix('v')?, 16).ok()?;
        (n > 0 && n < self.crowds() && mark(n) == digits).then_some(n)
    }
}

/// Where the seconds of an instant stand: behind `"2026-10-01T06:00:`.
const SECONDS: usize = 18;

/// Most copies that a mark can tell.
pub(super) const MOST: u32 = 0x100_0000;
const MARK_LENGTH: usize = 7;

/// What stands behind a name in its nth copy: nothing that a host name could not hold.
fn mark(n: u32) -> String {
    if n == 0 { String::new() } else { format!("v{n:06x}") }
}

/// An instant within the same minute.
fn shift(quoted: &str, n: u32, out: &mut String) {
    let seed = quoted.bytes().fold(u64::from(n), |seed, byte| guid::mix(seed ^ u64::from(byte)));
    let (minute, rest) = quoted.split_at(SECONDS);
    let _ = write!(out, "{minute}{:02}", seed % 60);
    let zone = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let mut digits = seed / 60;
    for letter in rest[2..zone].chars() {
        if letter.is_ascii_digit() {
            let _ = write!(out, "{}", digits % 10);
            digits /= 10;
        } else {
            out.push(letter);
        }
    }
    out.push_str(&rest[zone..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSCRIPTION: &str = "41296523-94d9-4ddf-8a16-006e6738a1e8";
    const PERSON: &str = "46fc769f-5b16-4851-ad74-1baae6a34ecd";

    fn words() -> Words {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let guids = vec![(SUBSCRIPTION.to_owned(), false), (PERSON.to_owned(), false)];
        Words::new(guids, &set(&["rg", "vm-1", "vm-1-nic"]), &set(&["prod"]), (1, 9, 3)).unwrap()
    }

    #[test]
    fn copies() {
        let words = words();
        let id = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/RG/providers/M.C/virtualMachines/vm-1");
        let check = |text: &str, n: u32, expected: &str| {
            let stamp = words.stamp(Home::Group(0), text.to_owned());
            assert_eq!(words.text(&stamp, n), expected, "{text}");
        };
        let third = guid::make(0, 1);
        check(&id, 0, &id);
        check(
            &id,
            4,
            &format!("/subscriptions/{third}/resourceGroups/RGv000004/providers/M.C/virtualMachines/vm-1v000004"),
        );
        for (text, expected) in [
            ("vm-1-nic VM-1-NIC vm-10 vm-1-x", "vm-1-nicv000004 VM-1-NICv000004 vm-10 vm-1v000004-x"),
            ("https://vm-1.example.net/", "https://vm-1v000004.example.net/"),
            ("prod rg", "prodv000003 rgv000004"),
            ("\"2026-10-01T06:00:00Z\"", "\"2026-10-01T06:00:00Z\""),
            ("\"2026-10-01T06:00:00+02:00\"", "\"2026-10-01T06:00:00+02:00\""),
            ("41296523-94d9-4ddf-8a16-006e6738a1e9", "41296523-94d9-4ddf-8a16-006e6738a1e9"),
        ] {
            check(text, 4, expected);
        }
        let zoned = words.stamp(Home::People, "\"2026-10-01T06:07:08.0400075+00:00\"".to_owned());
        let zoned = words.text(&zoned, 5);
        assert!(zoned.len() == 35 && zoned.ends_with("+00:00\"") && !zoned.contains(".0400075"), "{zoned}");
        let instant = words.stamp(Home::People, "\"2026-10-01T06:07:08.1234567Z\"".to_owned());
        let (one, other) = (words.text(&instant, 1), words.text(&instant, 2));
        assert!(
            one != other && one.starts_with("\"2026-10-01T06:07:") && one.len() == 30 && one.ends_with("Z\""),
            "{one}"
        );
        assert_eq!(words.text(&words.stamp(Home::Tenant, id.clone()), 4), id);
    }

    #[test]
    fn back() {
        let words = words();
        let (third, person) = (guid::make(0, 1), guid::make(1, 4));
        let asked = format!("/subscriptions/{third}/resourcegroups/rgv000004/x/{person}");
        assert_eq!(words.back(&asked, 4), format!("/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/x/{PERSON}"));
        assert_eq!(words.copy_within(&format!("a eq '{person}_member'")), Some(4));
        assert_eq!((words.copy_within(&third), words.copy_within(PERSON)), (None, Some(0)));
        for (name, copy) in
            [("rgv000004", Some(4)), ("rgv00001b", None), ("rgv000000", None), ("rgv00000A", None), ("v4", None)]
        {
            assert_eq!(words.copy_of(name), copy, "{name}");
        }
        assert_eq!((words.subscription(&third), words.subscription(SUBSCRIPTION)), (Some((0, 1)), Some((0, 0))));
        assert_eq!((words.subscription(&guid::make(0, 9)), words.subscription(PERSON)), (None, None));
        assert_eq!((words.groups(0), words.crowds()), (9, 27));
    }

    #[test]
    fn rolls() {
        let words = words();
        let member = || words.stamp(Home::Subscription(0), "\"prod\"".to_owned());
        for (text, at, expected) in
            [("[]", 1, "[\"prod\",\"prodv000003\""), ("[rg]", 3, "[rg,\"prod\",\"prodv000003\"")]
        {
            let stamp = words.stamp(Home::Tenant, text.to_owned()).with_roll(at, vec![member()]);
            let told = words.text(&stamp, 0);
            assert!(told.starts_with(expected) && told.ends_with("\"prodv000018\"]"), "{told}");
        }
    }
}
