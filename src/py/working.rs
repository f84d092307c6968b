//! Long calls: on a thread of their own, with the interpreter let go, stoppable by Ctrl-C.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Mutex, Once};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::convert::raise;
use crate::base::Interrupt;
use crate::error::Error;

/// The parser wants room for deep statements; a Python thread may have little.
const STACK: usize = 64 << 20;
const TICK: Duration = Duration::from_millis(50);

/// Runs a call away from the interpreter. Signals are looked at every 50 ms: the first cancels running queries and child
/// processes, and the call is waited for, so that everything it started is gone when `KeyboardInterrupt` is raised.
pub fn working<T: Send + 'static>(
    py: Python<'_>,
    call: impl FnOnce(&Interrupt) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    static LOGGER: Once = Once::new();
    LOGGER.call_once(send_logs_to_python);
    reading(py, call)
}

/// The same for a call that only reads text: it logs nothing, so `logging` is not imported for it, which would take
/// longer than most checks.
pub fn reading<T: Send + 'static>(
    py: Python<'_>,
    call: impl FnOnce(&Interrupt) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    let interrupt = Interrupt::default();
    let theirs = interrupt.clone();
    let (sender, receiver) = sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("pgwarrant".into())
        .stack_size(STACK)
        .spawn(move || {
            // Nobody listens only if the interpreter itself is going away.
            let _ = sender.send(call(&theirs));
        })
        .map_err(|failure| PyRuntimeError::new_err(format!("a thread could not be started: {failure}")))?;
    let receiver = Mutex::new(receiver);
    let mut stopped: Option<PyErr> = None;
    let result = loop {
        let heard = py.detach(|| match receiver.lock() {
            Ok(receiver) => receiver.recv_timeout(TICK),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        });
        match heard {
            Ok(result) => break result,
            Err(RecvTimeoutError::Disconnected) => {
                let panic = py.detach(|| thread.join());
                let text = panic.err().and_then(|cause| cause.downcast_ref::<String>().cloned()).unwrap_or_default();
                return Err(PyRuntimeError::new_err(format!("the core failed: {text}")));
            }
            Err(RecvTimeoutError::Timeout) => {
                if stopped.is_none()
                    && let Err(signal) = py.check_signals()
                {
                    py.detach(|| interrupt.trigger());
                    stopped = Some(signal);
                }
            }
        }
    };
    // What was finished in spite of the signal is not thrown away silently: a commit that went through is a record on
    // the disk, and the signal is raised all the same.
    match (stopped, result) {
        (Some(signal), _) => Err(signal),
        (None, result) => result.map_err(|failure| raise(py, &failure)),
    }
}

/// Log records of the core go to `logging`, under `pgwarrant.*`.
fn send_logs_to_python() {
    // Another extension may have installed its own logger first: then ours stays silent, which harms nobody.
    let _ = pyo3_log::Logger::default().filter(log::LevelFilter::Info).install();
}
