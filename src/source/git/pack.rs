//! All objects of a pack, each inflated once: what is stored whole comes first, then, from its bytes, what is stored as a
//! difference from it. Git gives up bases and inflates them again when its cache is full; this keeps them as long as they
//! are needed. Trees are not even inflated: history is searched by content, and paths are asked for later.

use std::path::Path;
use std::rc::Rc;

use gix::ObjectId;
use gix::odb::pack::Bundle;
use gix::odb::pack::data::entry::Header;
use gix::odb::pack::data::{Entry, Offset};
use gix::zlib::Inflate;

use super::delta;
use super::objects::{Kind, Lost, Visit};

const NONE: u32 = u32::MAX;

/// An object beyond this size is not held in memory, whatever is stored as a difference from it.
const LARGEST: u64 = 1 << 30;

/// So many objects are handed to a thread at once.
const UNIT: usize = 2_000;

/// A pack, and which of its objects are stored as differences from which.
pub struct Pack {
    bundle: Bundle,
    /// Sorted by offset.
    nodes: Vec<Node>,
    /// Nodes that are stored whole and lead to something that is asked for; of each range one thread takes care.
    roots: Vec<u32>,
    pub units: Vec<std::ops::Range<usize>>,
    /// How many objects are asked for.
    pub count: u64,
    /// Objects whose place in the pack makes no sense.
    pub lost: Vec<Lost>,
}

/// There may be millions of these.
struct Node {
    offset: Offset,
    /// Its place in the index.
    entry: u32,
    kind: Option<Kind>,
    /// Whether it is asked for itself, and whether it or what is stored as a difference from it is.
    is_wanted: bool,
    is_needed: bool,
    base: u32,
    first_child: u32,
    next_sibling: u32,
}

impl Pack {
    /// Opens the pack of the index file `index`. `wants` says which objects to look at, knowing their kind.
    pub fn open(
        index: &Path,
        hash: gix::hash::Kind,
        wants: &dyn Fn(&gix::oid, Kind) -> bool,
    ) -> Result<Pack, gix::Error> {
        let bundle = Bundle::at(index, hash)?;
        let node = |entry| Node {
            offset: bundle.index.pack_offset_at_index(entry),
            entry,
            kind: None,
            is_wanted: false,
            is_needed: false,
            base: NONE,
            first_child: NONE,
            next_sibling: NONE,
        };
        let mut nodes: Vec<Node> = (0..bundle.index.num_objects()).map(node).collect();
        nodes.sort_unstable_by_key(|node| node.offset);
        let mut pack = Pack { nodes, bundle, roots: Vec::new(), units: Vec::new(), count: 0, lost: Vec::new() };
        pack.relate();
        pack.choose(wants);
        Ok(pack)
    }

    /// Whether the pack holds this object.
    pub fn contains(&self, id: &gix::oid) -> bool {
        self.bundle.index.lookup(id).is_some()
    }

    /// Finds the base of every node, and from it the kind.
    fn relate(&mut self) {
        for index in 0..self.nodes.len() {
            let offset = self.nodes[index].offset;
            let header = self.entry(offset).map(|entry| (entry.header, entry));
            let base = match header {
                Some((Header::OfsDelta { base_distance }, entry)) => {
                    entry.checked_base_pack_offset(base_distance).and_then(|base| self.at(base))
                }
                Some((Header::RefDelta { base_id }, _)) => {
                    let found = self.bundle.index.lookup(base_id);
                    found.and_then(|at| self.at(self.bundle.index.pack_offset_at_index(at)))
                }
                Some((header, _)) => {
                    self.nodes[index].kind = Kind::of(&header);
                    continue;
                }
                None => None,
            };
            match base.filter(|base| *base != index) {
                Some(base) => {
                    self.nodes[index].base = base as u32;
                    self.nodes[index].next_sibling = self.nodes[base].first_child;
                    self.nodes[base].first_child = index as u32;
                }
                None => self.lost.push(Lost::new(self.id(index), "its place in the pack makes no sense")),
            }
        }
        let mut chain = Vec::new();
        for index in 0..self.nodes.len() {
            let mut at = index;
            // A circle of bases has no kind, and nothing of it is reached from a root.
            while self.nodes[at].kind.is_none() && self.nodes[at].base != NONE && chain.len() <= self.nodes.len() {
                chain.push(at);
                at = self.nodes[at].base as usize;
            }
            let kind = self.nodes[at].kind;
            // One step of a circle is enough to know it.
            if chain.len() > self.nodes.len() {
                self.nodes[at].base = NONE;
            }
            chain.drain(..).for_each(|node| self.nodes[node].kind = kind);
            if kind.is_none() && !self.lost.iter().any(|lost| lost.id == self.id(index)) {
                let why = "it is stored as the difference from an object that is not there";
                self.lost.push(Lost::new(self.id(index), why));
            }
        }
    }

    /// Marks what is asked for and what that needs, and parts the work.
    fn choose(&mut self, wants: &dyn Fn(&gix::oid, Kind) -> bool) {
        for index in 0..self.nodes.len() {
            let Some(kind) = self.nodes[index].kind else { continue };
            if !wants(self.bundle.index.oid_at_index(self.nodes[index].entry), kind) {
                continue;
            }
            self.count += 1;
            self.nodes[index].is_wanted = true;
            let mut at = index;
            while !self.nodes[at].is_needed {
                self.nodes[at].is_needed = true;
                match self.nodes[at].base {
                    NONE => break,
                    base => at = base as usize,
                }
            }
        }
        let is_root = |index: &u32| {
            let node = &self.nodes[*index as usize];
            node.is_needed && node.base == NONE
        };
        self.roots = (0..self.nodes.len() as u32).filter(is_root).collect();
        self.part();
    }

    /// Parts the roots so that about as many objects depend on each part.
    fn part(&mut self) {
        let mut weight = vec![0u32; self.nodes.len()];
        // A base mostly lies before what is stored as a difference from it.
        for (index, node) in self.nodes.iter().enumerate().rev().filter(|(_, node)| node.is_needed) {
            let own = weight[index] + 1;
            weight[index] = own;
            if let Some(base) = weight.get_mut(node.base as usize) {
                *base += own;
            }
        }
        let (mut start, mut load) = (0, 0);
        for (position, root) in self.roots.iter().enumerate() {
            load += weight[*root as usize] as usize;
            if load >= UNIT {
                self.units.push(start..position + 1);
                (start, load) = (position + 1, 0);
            }
        }
        if start < self.roots.len() {
            self.units.push(start..self.roots.len());
        }
    }

    fn id(&self, node: usize) -> ObjectId {
        self.bundle.index.oid_at_index(self.nodes[node].entry).to_owned()
    }

    fn entry(&self, offset: Offset) -> Option<Entry> {
        (offset < self.bundle.pack.pack_end() as u64).then(|| self.bundle.pack.entry(offset).ok())?
    }

    fn at(&self, offset: Offset) -> Option<usize> {
        self.nodes.binary_search_by_key(&offset, |node| node.offset).ok()
    }

    /// Hands the objects of a unit that are asked for to `visit`.
    pub fn run(&self, unit: usize, visit: &mut Visit<'_>) {
        let roots = self.units.get(unit).and_then(|range| self.roots.get(range.clone())).unwrap_or_default();
        let mut reader = Reader { pack: self, inflate: Inflate::default(), inflated: Vec::new(), spare: Vec::new() };
        for &root in roots {
            reader.family(root, visit);
        }
    }

    fn lose(&self, node: u32, why: &str, visit: &mut Visit<'_>) {
        let mut below = vec![node];
        while let Some(node) = below.pop() {
            let this = &self.nodes[node as usize];
            if this.is_wanted {
                visit.lose(Lost::new(self.id(node as usize), why));
            }
            below.extend(self.children(node));
        }
    }

    fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let needed = |node: &u32| self.nodes[*node as usize].is_needed;
        let first = self.nodes[node as usize].first_child;
        let mut next = first;
        std::iter::from_fn(move || {
            let this = self.nodes.get(next as usize).map(|_| next)?;
            next = self.nodes[this as usize].next_sibling;
            Some(this)
        })
        .filter(needed)
    }
}

/// What one thread needs to read a pack.
struct Reader<'a> {
    pack: &'a Pack,
    inflate: Inflate,
    inflated: Vec<u8>,
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
}

impl Reader<'_> {
    /// A root and all that is stored as a difference from it.
    fn family(&mut self, root: u32, visit: &mut Visit<'_>) {
        let mut stack: Vec<(u32, Option<Rc<Vec<u8>>>)> = vec![(root, None)];
        while let Some((index, base)) = stack.pop() {
            let node = &self.pack.nodes[index as usize];
            let Some(kind) = node.kind else { continue };
            let has_children = self.pack.children(index).next().is_some();
            let most = if has_children { LARGEST } else { visit.limit(kind) };
            let mut bytes = self.spare.pop().unwrap_or_default();
            let read = self.read(index, base.as_ref().map(|base| base.as_slice()), most, &mut bytes);
            // The last of the siblings leaves its base to whoever needs a buffer next.
            self.spare.extend(base.and_then(|base| Rc::try_unwrap(base).ok()));
            match read {
                Ok(()) if node.is_wanted && bytes.len() as u64 > visit.limit(kind) => {
                    visit.too_large(self.pack.id(index as usize), bytes.len() as u64);
                }
                Ok(()) if node.is_wanted => visit.object(self.pack.id(index as usize), kind, &bytes),
                Ok(()) => {}
                Err(Unread::TooLarge(size)) if has_children => {
                    self.pack.lose(index, &format!("it has {size} bytes, or is a difference from what has"), visit);
                    continue;
                }
                Err(Unread::TooLarge(size)) => visit.too_large(self.pack.id(index as usize), size),
                Err(Unread::Corrupt(why)) => {
                    self.pack.lose(index, &why, visit);
                    continue;
                }
            }
            if has_children {
                let base = Rc::new(bytes);
                stack.extend(self.pack.children(index).map(|child| (child, Some(Rc::clone(&base)))));
            } else if self.spare.len() < 8 {
                self.spare.push(bytes);
            }
        }
    }

    /// The whole content of a node in `out`, unless it has more than `most` bytes.
    fn read(&mut self, index: u32, base: Option<&[u8]>, most: u64, out: &mut Vec<u8>) -> Result<(), Unread> {
        let corrupt = |why: &str| Unread::Corrupt(why.to_owned());
        let node = &self.pack.nodes[index as usize];
        let data = &self.pack.bundle.pack;
        let entry = self.pack.entry(node.offset).ok_or_else(|| corrupt("its header is not valid"))?;
        let end = self.pack.nodes.get(index as usize + 1).map_or(data.pack_end() as u64, |next| next.offset);
        let packed = end.checked_sub(node.offset).filter(|_| end <= data.pack_end() as u64);
        let packed = packed.ok_or_else(|| corrupt("it ends behind the end of its pack"))?;
        if self
            .pack
            .bundle
            .index
            .crc32_at_index(node.entry)
            .is_some_and(|crc32| crc32 != data.entry_crc32(node.offset, packed as usize))
        {
            return Err(corrupt("its bytes in the pack are not those that were written"));
        }
        // A difference is mostly small; what it makes may not be.
        if entry.decompressed_size > if base.is_some() { LARGEST } else { most } {
            return Err(Unread::TooLarge(entry.decompressed_size));
        }
        let size = entry.decompressed_size as usize;
        let into = if base.is_some() { &mut self.inflated } else { &mut *out };
        into.resize(size, 0);
        data.decompress_entry(&entry, &mut self.inflate, into)
            .map_err(|_| corrupt("its compressed bytes are not valid"))?;
        let Some(base) = base else { return Ok(()) };
        let invalid = || corrupt("the difference that it is stored as is not valid");
        let (of, result, start) = delta::sizes(&self.inflated).ok_or_else(invalid)?;
        if of != base.len() as u64 {
            return Err(invalid());
        }
        if result > most {
            return Err(Unread::TooLarge(result));
        }
        let instructions = self.inflated.get(start..).unwrap_or_default();
        delta::apply(base, instructions, result as usize, out).ok_or_else(invalid)
    }
}

enum Unread {
    TooLarge(u64),
    Corrupt(String),
}
