//! Everything that this process logs, from the first listener on.

use std::fmt::Write as _;
use std::sync::{Mutex, Once};

struct Heard(Mutex<String>);

static HEARD: Heard = Heard(Mutex::new(String::new()));

impl log::Log for Heard {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        writeln!(self.0.lock().unwrap(), "{} {}", record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

/// Begins to listen, where nobody does yet.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&HEARD).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// What was logged so far, by whatever test.
pub fn heard() -> String {
    HEARD.0.lock().unwrap().clone()
}
