//! (stub while the real room is built)
use crate::base::*; use crate::script::Script; use crate::contract::Contract;
#[derive(Default)] pub struct Context { pub server: Option<ServerVersion> }
#[derive(serde::Serialize)] pub struct CheckReport { pub outcome: Outcome, pub checks: Vec<Check>, pub findings: Vec<Finding> }
pub fn check(_: &Script, _: &Contract, _: &Context) -> CheckReport { CheckReport{outcome: Outcome::Pass, checks: vec![], findings: vec![]} }
pub fn rules() -> Vec<String> { vec![] }
pub fn explain(_: &str) -> Option<&'static str> { None }
