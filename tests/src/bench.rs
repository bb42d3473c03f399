//! Benches: a peer and ours in turn, on the same machine in the same minute, with CPU time beside wall time.

pub mod alone;
pub mod cluster;
pub mod downloads;
pub mod following;
pub mod many;
pub mod nginx;
pub mod process;

/// The middle one of an odd number of values, the upper middle of an even one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
