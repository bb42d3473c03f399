//! Object storage: where results lie, behind signed links that expire.
//!
//! [`Store`] is what a backend does; [`disk`] does it in a folder, with an origin of its own ([`serve`]),
//! [`s3`] in a bucket. The systems write through [`ObjectStore`] and read through [`Delivery`], and know of neither.

#[cfg(test)]
mod contract;
mod deliver;
pub(crate) mod disk;
mod range;
pub(crate) mod s3;
mod scratch;
pub(crate) mod serve;
pub(crate) mod sign;
mod store;
mod stored;

pub(crate) use deliver::{Delivery, Undelivered};
pub(crate) use scratch::Scratches;
pub(crate) use store::{NewObject, ObjectStore, Store, Writer};
pub(crate) use stored::StoredObject;
