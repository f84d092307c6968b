//! The Python door. Each function converts, lets go of the interpreter, calls one thing, and converts back; nothing is
//! decided here. The exceptions are written in Python (`pgwarrant.errors`) and only raised from here.

// The functions take what Python hands over, by value; that is the interpreter's calling convention.
#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)]

mod allocator;
mod checking;
mod cluster;
mod convert;
mod packages;
mod phases;
mod reading;
mod running;
mod snapshot;
mod working;

use pyo3::prelude::*;

/// The Rust core: plain data in and out; judgements are made here.
#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::checking::{check, check_paths, check_script};
    #[pymodule_export]
    use super::cluster::{Cluster, servers};
    #[pymodule_export]
    use super::packages::{admit_warrant, open_package, request, seal};
    #[pymodule_export]
    use super::phases::{draft_contract, dry_run, preflight};
    #[pymodule_export]
    use super::reading::{codes, explain, freeze, rules, statements};
    #[pymodule_export]
    use super::running::{apply, backup, rollback, status, verify, verify_journal};
    #[pymodule_export]
    use super::snapshot::{Snapshot, invert, way};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::allocator::give_back_at_once();
        module.add("version", env!("CARGO_PKG_VERSION"))?;
        Ok(())
    }
}
