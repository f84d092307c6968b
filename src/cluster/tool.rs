//! Running one of PostgreSQL's client programs, stoppable, with its output kept for the error.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::ClusterError;
use crate::base::Interrupt;

/// How much of a program's output is kept for an error.
const KEPT: usize = 4_000;

/// Runs the command to its end and gives its standard output.
pub fn run(name: &str, command: &mut Command, interrupt: &Interrupt) -> Result<Vec<u8>, ClusterError> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(ClusterError::io(format!("starting {name}")))?;
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(pipe) = stderr.as_mut() {
            // What could be read before a failure is still the best there is to say.
            let _ = pipe.read_to_end(&mut text);
        }
        text
    });
    let child = Arc::new(Mutex::new(child));
    let to_stop = Arc::clone(&child);
    let registration = interrupt.register(move || {
        // Already gone is as good as killed.
        let _ = lock(&to_stop).kill();
    });
    let mut output = Vec::new();
    if let Some(pipe) = stdout.as_mut() {
        pipe.read_to_end(&mut output).map_err(ClusterError::io(format!("reading from {name}")))?;
    }
    let status = wait(&child, name)?;
    drop(registration);
    let errors = errors.join().unwrap_or_default();
    if interrupt.is_set() {
        return Err(ClusterError::Interrupted);
    }
    if status.success() {
        return Ok(output);
    }
    let text = String::from_utf8_lossy(&errors);
    let tail: String = text.chars().rev().take(KEPT).collect::<Vec<_>>().into_iter().rev().collect();
    Err(ClusterError::Tool { tool: name.to_owned(), status: status.to_string(), output: tail.trim().to_owned() })
}

/// Keeps what the caller's environment says of connections out of a program.
pub fn without_pg_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
}

fn lock(child: &Mutex<Child>) -> std::sync::MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits without holding the lock, so that an interrupt can reach the child.
fn wait(child: &Mutex<Child>, name: &str) -> Result<std::process::ExitStatus, ClusterError> {
    loop {
        if let Some(status) = lock(child).try_wait().map_err(ClusterError::io(format!("waiting for {name}")))? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
