//! What a large script is, many small things from several threads, takes less memory with this allocator than with the
//! system's.

// Options of the allocator are set through C.
#![allow(unsafe_code)]

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of `mimalloc.h`, which the crate does not name.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// The facts of a script are gone before its findings are written: their memory goes back to the system there and then,
/// not after the second that is the allocator's own habit.
pub fn give_back_at_once() {
    // SAFETY: the option exists, and the module is initialised by one thread.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, 0) }
}
