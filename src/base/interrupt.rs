//! Stopping early: one flag, and the running queries and child processes that must hear of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Someone asked to stop (Ctrl-C in Python, a cancelled task).
///
/// Queries and child processes register how they are stopped; [`Interrupt::trigger`] stops them all.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Inner>);

type Stop = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Inner {
    asked: AtomicBool,
    next: AtomicU64,
    stops: Mutex<BTreeMap<u64, Stop>>,
}

impl Interrupt {
    /// True once someone asked to stop.
    pub fn is_set(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Asks everything registered to stop.
    pub fn trigger(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        let stops: Vec<Stop> = self.stops().values().cloned().collect();
        for stop in stops {
            stop();
        }
    }

    /// Registers a way to stop something, for as long as the registration lives.
    pub fn register(&self, stop: impl Fn() + Send + Sync + 'static) -> Registration {
        let id = self.0.next.fetch_add(1, Ordering::SeqCst);
        self.stops().insert(id, Arc::new(stop));
        Registration { interrupt: self.clone(), id }
    }

    fn stops(&self) -> MutexGuard<'_, BTreeMap<u64, Stop>> {
        self.0.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a stop registered; forgets it when dropped.
pub struct Registration {
    interrupt: Interrupt,
    id: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.interrupt.stops().remove(&self.id);
    }
}
