//! Links from web pages: nothing is sent before a person said so.

use landfall_wire::{Ask, Failure, JobId};

use crate::desk::{Desk, not_built};

impl Desk {
    /// What a `landfall://` link wants: a question to the person, or why it cannot be used.
    pub async fn take_link(&self, _url: &str) -> Result<Ask, Failure> {
        Err(not_built())
    }

    /// The person's answer to such a question.
    pub async fn answer_link(&self, _number: u64, _accepted: bool, _always: bool) -> Result<Vec<JobId>, Failure> {
        Err(not_built())
    }
}
