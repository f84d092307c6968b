//! A person's decision about one package, and what makes it count. [`Authorised`] is a type only this room can make:
//! applying something that nobody signed does not compile.

pub mod authorise;
pub mod error;
pub mod nonce;
pub mod payload;
pub mod policy;
pub mod signature;
mod signers;
pub mod trust;

pub use authorise::{Authorised, Signer};
pub use error::WarrantError;
pub use payload::{Decision, Instance, Operation, Target, Warrant};
pub use policy::Policy;
pub use trust::{Reach, TrustRoot};

/// The SSHSIG namespace of every signature: one made for another purpose never counts here.
pub const NAMESPACE: &str = "pgwarrant";
