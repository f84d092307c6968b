//! Work shared out over the cores.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does the work of every number below `count`, and gives the results in that order. Each thread does its share inside
/// `within`, which may lay something around it; where it does not call what it is given, the others do that share, and
/// where none does, results are missing.
///
/// ```
/// use pgwarrant::base::over_all_cores;
/// assert_eq!(over_all_cores(4, |share| share(), |number| number * number), [0, 1, 4, 9]);
/// ```
pub fn over_all_cores<T: Send>(
    count: usize,
    within: impl Fn(&mut (dyn FnMut() + Send)) + Sync,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(count);
    let next = AtomicUsize::new(0);
    let take = || {
        let mut taken = Vec::new();
        within(&mut || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    break;
                }
                taken.push((number, work(number)));
            }
        });
        taken
    };
    let mut results = thread::scope(|scope| {
        // A thread that cannot be started leaves its share to the others; the last of them is this one.
        let others: Vec<_> =
            (1..threads).filter_map(|_| thread::Builder::new().spawn_scoped(scope, take).ok()).collect();
        let mut results = take();
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                // It would have panicked without threads too.
                Err(panic) => resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Does two things side by side, and gives both results. Where no thread can be started, one comes after the other.
///
/// ```
/// use pgwarrant::base::both;
/// assert_eq!(both(|| 1 + 1, || "two"), (2, "two"));
/// ```
pub fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
    let other = Mutex::new(Some(other));
    let take = || other.lock().unwrap_or_else(PoisonError::into_inner).take();
    thread::scope(|scope| {
        let beside = thread::Builder::new().spawn_scoped(scope, || take().map(|other| other()));
        let one = one();
        let beside = beside.ok().and_then(|beside| beside.join().unwrap_or_else(|panic| resume_unwind(panic)));
        match beside.or_else(|| take().map(|other| other())) {
            Some(other) => (one, other),
            None => unreachable!("whoever takes it gives its result"),
        }
    })
}
