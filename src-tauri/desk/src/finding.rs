//! Finding jobs by what their rows do not show.
//!
//! A page searches what it shows by itself. Ids and names of files would make each row of a long list heavier for the few
//! times that somebody looks for one, so they stay here and are searched here.

use landfall_wire::{Failure, JobId};

use crate::desk::{Desk, lock};

/// Shorter words, in bytes, stand in nearly every id.
const SHORTEST: usize = 3;

/// Nobody types more words into a search.
const MOST: usize = 16;

impl Desk {
    /// For each of those words the jobs of which an id (the correlation id, the server's) or the name of a landed file holds
    /// it, in whichever letters it is written.
    #[expect(clippy::unused_async, reason = "whatever a page asks is awaited")]
    pub async fn find(&self, words: Vec<String>) -> Result<Vec<Vec<JobId>>, Failure> {
        let words: Vec<String> = words.iter().take(MOST).map(|word| word.to_lowercase()).collect();
        let labels = lock(&self.labels);
        let found = words.iter().map(|word| {
            let named = labels.iter().filter(|(_, label)| word.len() >= SHORTEST && label.is_traced_by(word));
            named.map(|(id, _)| id.clone()).collect()
        });
        Ok(found.collect())
    }
}
