//! Sets of characters.

/// Ranges of code points, ascending, both ends in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class(Vec<(u32, u32)>);

const LAST: u32 = 0x0010_FFFF;

impl Class {
    pub fn of(ranges: &[(char, char)]) -> Class {
        let mut class = Class::default();
        ranges.iter().for_each(|(from, to)| class.add(u32::from(*from), u32::from(*to)));
        class
    }

    pub fn any() -> Class {
        Class(vec![(0, LAST)])
    }

    pub fn digits() -> Class {
        Class::of(&[('0', '9')])
    }

    pub fn words() -> Class {
        Class::of(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')])
    }

    pub fn blanks() -> Class {
        Class::of(&[('\t', '\r'), (' ', ' '), ('\u{a0}', '\u{a0}'), ('\u{2028}', '\u{2029}')])
    }

    /// Letters, as far as it matters here: those of ASCII and all that is beyond it.
    pub fn letters() -> Class {
        Class::of(&[('A', 'Z'), ('a', 'z'), ('\u{aa}', '\u{10FFFF}')])
    }

    pub fn add(&mut self, from: u32, to: u32) {
        if from > to {
            return;
        }
        self.0.push((from, to));
        self.0.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(self.0.len());
        for (from, to) in self.0.drain(..) {
            match merged.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        self.0 = merged;
    }

    pub fn union(&mut self, other: &Class) {
        other.0.iter().for_each(|(from, to)| self.add(*from, *to));
    }

    pub fn negated(&self) -> Class {
        let mut ranges = Vec::new();
        let mut next = 0;
        for (from, to) in &self.0 {
            if *from > next {
                ranges.push((next, from - 1));
            }
            next = to + 1;
        }
        if next <= LAST {
            ranges.push((next, LAST));
        }
        Class(ranges)
    }

    /// With both cases of each ASCII letter.
    pub fn folded(&self) -> Class {
        let mut folded = self.clone();
        for (from, to) in &self.0 {
            let both = |first: u8, other: u8| {
                let (low, high) = ((*from).max(u32::from(first)), (*to).min(u32::from(first) + 25));
                let moved = |code: u32| code - u32::from(first) + u32::from(other);
                (low <= high).then(|| (moved(low), moved(high)))
            };
            for (from, to) in [both(b'a', b'A'), both(b'A', b'a')].into_iter().flatten() {
                folded.add(from, to);
            }
        }
        folded
    }

    pub fn contains(&self, c: char) -> bool {
        let code = u32::from(c);
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&code))
    }

    pub fn intersection(&self, other: &Class) -> Class {
        let mut both = Vec::new();
        for (from, to) in &self.0 {
            for (low, high) in &other.0 {
                let (low, high) = ((*low).max(*from), (*high).min(*to));
                if low <= high {
                    both.push((low, high));
                }
            }
        }
        Class(both)
    }

    /// One of its characters, one that can be read if there is one.
    pub fn example(&self) -> Option<char> {
        const READABLE: &str = "a0 A-._/,:;=\"'<>x\t\n";
        let readable = READABLE.chars().find(|c| self.contains(*c));
        readable.or_else(|| (33..127).filter_map(char::from_u32).find(|c| self.contains(*c))).or_else(|| {
            let (from, to) = *self.0.first()?;
            (from..=to).take(4096).chain([to]).find_map(char::from_u32)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_joined_turned_round_and_cut() {
        let mut class = Class::digits();
        class.union(&Class::of(&[('a', 'f')]));
        assert!(class.contains('b') && !class.contains('g'));
        assert!(class.negated().contains('g') && !class.negated().contains('5'));
        assert_eq!(class.negated().negated(), class);
        assert!(class.folded().contains('F') && !class.folded().contains('G'));
        assert_eq!(class.intersection(&Class::words()), class);
        assert_eq!(class.intersection(&Class::blanks()).example(), None);
        assert_eq!(Class::any().example(), Some('a'));
    }
}
