//! Trees that were read a while ago, for those that are stored as differences from them: without them each is put together from
//! the whole one at the end of its chain.

use gix::objs::Kind;
use gix::odb::pack::cache::DecodeEntry;

/// A power of two: as many folders as a large repository has.
const SLOTS: usize = 8192;
/// In bytes; a folder of a thousand files has some forty thousand.
const LARGEST: usize = 64 << 10;
const LARGEST_SUM: usize = 64 << 20;

/// One object for each slot, the last that fell into it.
pub struct Recent {
    slots: Vec<Slot>,
    /// Bytes that are held.
    sum: usize,
}

#[derive(Clone, Default)]
struct Slot {
    pack: u32,
    offset: u64,
    kind: Option<Kind>,
    packed: usize,
    data: Vec<u8>,
}

impl Default for Recent {
    fn default() -> Recent {
        Recent { slots: vec![Slot::default(); SLOTS], sum: 0 }
    }
}

/// By Fibonacci hashing: offsets are close together.
fn slot(pack: u32, offset: u64) -> usize {
    let mixed = (offset ^ u64::from(pack) << 48).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % SLOTS
}

impl DecodeEntry for Recent {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, packed: usize) {
        let Some(slot) = self.slots.get_mut(slot(pack, offset)) else { return };
        self.sum -= slot.data.len();
        slot.data.clear();
        slot.kind = None;
        if data.len() <= LARGEST && self.sum + data.len() <= LARGEST_SUM {
            slot.data.extend_from_slice(data);
            self.sum += data.len();
            (slot.pack, slot.offset, slot.kind, slot.packed) = (pack, offset, Some(kind), packed);
        }
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let slot = self.slots.get(slot(pack, offset)).filter(|slot| (slot.pack, slot.offset) == (pack, offset))?;
        let kind = slot.kind?;
        out.clear();
        out.extend_from_slice(&slot.data);
        Some((kind, slot.packed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_given_until_another_takes_its_place() {
        let mut recent = Recent::default();
        let mut out = b"before".to_vec();
        assert_eq!(recent.get(1, 70, &mut out), None);
        recent.put(1, 70, b"tree", Kind::Tree, 9);
        assert_eq!((recent.get(1, 70, &mut out), out.as_slice()), (Some((Kind::Tree, 9)), &b"tree"[..]));
        assert_eq!((recent.get(2, 70, &mut out), recent.get(1, 71, &mut out)), (None, None));
        recent.put(1, 70, &vec![0; LARGEST + 1], Kind::Tree, 9);
        assert_eq!((recent.get(1, 70, &mut out), recent.sum), (None, 0));
        for offset in 0..40_000u64 {
            recent.put(0, offset, &[7; 8_000], Kind::Tree, 1);
        }
        assert!(recent.sum <= LARGEST_SUM && recent.sum > LARGEST_SUM / 2, "{}", recent.sum);
    }
}
