//! Journeys: the real binary against the real service, on loopback. Whatever is killed, cut, refused or broken, the
//! export lands once and whole, or a clear outcome says why not.

mod crashes;

/// The files of the service's catalogue: two small ones, a log of 8 MiB, and one of 64 MiB.
const SMALL: &str = "fileIds=1,2";
const MIDDLE: &str = "fileIds=16";
const LARGE: &str = "fileIds=16,17";
