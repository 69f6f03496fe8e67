//! The threads that do the work, and in which order.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::Target;
use crate::syntax::Parser;

/// In bytes; a file of this size takes a hundredth of a second.
const LARGE: u64 = 128 << 10;

/// Nothing recurses deeply on purpose; a grammar's scanner might.
const STACK_SIZE: usize = 16 << 20;

/// Does `work` for every target on `threads` threads, the largest files first, and gives the results in the order of the
/// targets whatever the number of threads.
pub fn in_parallel<R: Send>(
    threads: Option<usize>,
    targets: &[Target],
    work: impl Fn(&mut Parser, &Target) -> R + Sync,
) -> Vec<R> {
    let mut order: Vec<usize> = (0..targets.len()).collect();
    order.sort_by_key(|&index| {
        let target = &targets[index];
        // One grammar after the other: its tables stay in the processor's cache. What could keep a thread busy at the end comes first.
        let group = if target.size > LARGE { None } else { Some(target.language) };
        (group, Reverse(target.size), index)
    });
    let next = AtomicUsize::new(0);
    let one_worker = || {
        let mut parser = Parser::default();
        let mut done = Vec::new();
        while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((index, work(&mut parser, &targets[index])));
        }
        done
    };
    // Threads cost more than a handful of small files.
    let small = targets.len() <= 16 && targets.iter().map(|target| target.size).sum::<u64>() < 1 << 20;
    let mut done: Vec<(usize, R)> =
        on_threads(threads.or(small.then_some(1)), one_worker).into_iter().flatten().collect();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Does the same `work` on so many threads, or one for each core, until each of them is done.
pub fn on_threads<R: Send>(threads: Option<usize>, work: impl Fn() -> R + Sync) -> Vec<R> {
    let mut builder = rayon::ThreadPoolBuilder::new().stack_size(STACK_SIZE);
    if let Some(threads) = threads {
        builder = builder.num_threads(threads.max(1));
    }
    match builder.build() {
        Ok(pool) => pool.broadcast(|_| work()),
        // No thread can be had: do it here.
        Err(_) => vec![work()],
    }
}
