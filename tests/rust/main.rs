//! Every test of the core that may share a process with others: one program, which is linked once and keeps both cores
//! busy. What looks at its own children, or is killed, is a program of its own (`cluster`, `bad_input`, `killed`, `faults`).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

mod again;
mod agent;
mod all_or_nothing;
mod apply;
mod architecture;
mod attacks;
mod backups;
mod catalog;
mod checks;
mod connection_strings;
mod connections;
mod contract;
mod differential;
mod evaluate;
mod expressions;
mod hostile;
mod inverse;
mod ledger;
mod libpq;
mod load;
mod looking;
mod mutations;
mod pipeline;
mod psql;
mod restored;
mod right_server;
mod rollback;
mod rows;
mod script;
mod secrets;
mod sql;
mod undone;
mod unforgeable;
mod warrant;
