//! The form of an export, made from the connector.

use landfall_wire::{ChoiceView, ExportForm, Failure, FormCheck, JobId, NewExport};

use crate::desk::{Desk, not_built};

impl Desk {
    /// The form of a connection.
    pub async fn form(&self, _connection: String) -> Result<ExportForm, Failure> {
        Err(not_built())
    }

    /// The values of a choice that are fetched from the server.
    pub async fn choices(
        &self,
        _connection: String,
        _param: String,
        _given: Vec<(String, String)>,
    ) -> Result<Vec<ChoiceView>, Failure> {
        Err(not_built())
    }

    /// Everything that is wrong with what is typed so far, and what it would come to.
    pub async fn check_form(&self, _wanted: NewExport) -> Result<FormCheck, Failure> {
        Err(not_built())
    }

    /// Asks for it; from here on it is not lost.
    pub async fn request(&self, _wanted: NewExport) -> Result<Vec<JobId>, Failure> {
        Err(not_built())
    }

    /// The same again as a draft, its times moved by so many days.
    pub async fn again(&self, _id: JobId, _days: i32) -> Result<NewExport, Failure> {
        Err(not_built())
    }
}
