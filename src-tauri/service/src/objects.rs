//! Object storage on the local disk, with an origin of its own: results lie behind signed links that expire.

mod deliver;
pub(crate) mod index;
mod range;
pub(crate) mod serve;
pub(crate) mod sign;
mod store;

pub(crate) use deliver::{Delivery, Undelivered};
pub(crate) use store::{NewObject, ObjectStore};
