//! Objects that a pack stores as the difference from another (`gitformat-pack(5)`, "Deltified representation").

/// Sizes of the base and of the result that `delta` states, and where its instructions start.
pub fn sizes(delta: &[u8]) -> Option<(u64, u64, usize)> {
    let (base, first) = size(delta)?;
    let (result, second) = size(delta.get(first..)?)?;
    Some((base, result, first + second))
}

/// A little-endian number in groups of seven bits, and its length.
fn size(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

/// Puts together in `out`, which is emptied, what `instructions` make of `base`; `None` where they are not valid.
pub fn apply(base: &[u8], mut instructions: &[u8], result: usize, out: &mut Vec<u8>) -> Option<()> {
    out.clear();
    out.reserve(result);
    while let Some((&command, rest)) = instructions.split_first() {
        if command & 0x80 != 0 {
            let mut at = 0;
            let mut next = |bit: u8| -> Option<usize> {
                if command & (1 << bit) == 0 {
                    return Some(0);
                }
                at += 1;
                rest.get(at - 1).map(|&byte| usize::from(byte))
            };
            let offset = next(0)? | next(1)? << 8 | next(2)? << 16 | next(3)? << 24;
            let length = next(4)? | next(5)? << 8 | next(6)? << 16;
            let length = if length == 0 { 0x10000 } else { length };
            out.extend_from_slice(base.get(offset..)?.get(..length)?);
            instructions = rest.get(at..)?;
        } else {
            // A command of zero is reserved.
            let length = Some(usize::from(command)).filter(|length| *length > 0)?;
            out.extend_from_slice(rest.get(..length)?);
            instructions = rest.get(length..)?;
        }
        if out.len() > result {
            return None;
        }
    }
    (out.len() == result).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_inserts_make_the_result_and_nothing_else_does() {
        let delta = [3, 5, 0x90, 2, 3, b'x', b'y', b'z'];
        assert_eq!(sizes(&delta), Some((3, 5, 2)));
        let mut out = Vec::new();
        assert_eq!(apply(b"abc", &delta[2..], 5, &mut out), Some(()));
        assert_eq!(out, b"abxyz");
        for broken in [&delta[2..7], &[0x90, 9], &[0], &[0x91], &[3, b'x']] {
            assert_eq!(apply(b"abc", broken, 5, &mut out), None, "{broken:?}");
        }
        assert_eq!(apply(b"abc", &delta[2..], 4, &mut out), None);
        assert_eq!(sizes(&[0xff; 12]), None);
    }
}
