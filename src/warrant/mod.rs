//! A person's decision about one package, and what makes it count. [`Authorised`] is a type only this room can make:
//! applying something that nobody signed does not compile.

pub mod authorise;
pub mod error;
pub mod nonce;
pub mod payload;
pub mod signature;
pub mod trust;

pub use authorise::{Authorised, Signer};
pub use error::WarrantError;
pub use payload::{Decision, Operation, Target, Warrant};
pub use trust::{Policy, TrustRoot};

/// The SSHSIG namespace of every signature: one made for another purpose never counts here.
pub const NAMESPACE: &str = "pgwarrant";
