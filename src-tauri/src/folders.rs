//! Which folders the page may name: those that a dialog or the app itself gave it, and no other.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use landfall_wire::{ConnectionView, ErrorCode, ExportForm, Failure, NewExport, Settings};

/// The folders that were given to the page.
#[derive(Debug, Default)]
pub struct Folders(Mutex<HashSet<String>>);

impl Folders {
    /// The page may name that folder from now on.
    pub fn give(&self, folder: Option<&str>) {
        if let Some(folder) = folder {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        }
    }

    /// Refuses a folder that was never given.
    pub fn check(&self, folder: Option<&str>) -> Result<(), Failure> {
        let Some(folder) = folder else { return Ok(()) };
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(folder) {
            return Ok(());
        }
        Err(Failure::new(ErrorCode::JobCreationFailed, "This folder was not chosen in the system's dialog")
            .with_remediation("Choose the folder again"))
    }

    /// What is set is the person's own.
    pub fn given_settings(&self, settings: Settings) -> Settings {
        self.give(settings.folder.as_deref());
        settings
    }

    /// A draft of an earlier export goes where that went.
    pub fn given_draft(&self, draft: NewExport) -> NewExport {
        self.give(draft.folder.as_deref());
        draft
    }

    /// A form brings its templates.
    pub fn given_form(&self, form: ExportForm) -> ExportForm {
        for template in &form.templates {
            self.give(template.export.folder.as_deref());
        }
        form
    }

    /// A connection has its own.
    pub fn given_connections(&self, connections: Vec<ConnectionView>) -> Vec<ConnectionView> {
        for connection in &connections {
            self.give(connection.folder.as_deref());
        }
        connections
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_names_only_what_it_was_given() {
        let folders = Folders::default();
        assert!(folders.check(None).is_ok(), "the default needs no leave");
        assert!(folders.check(Some("/etc/cron.d")).is_err());
        folders.give(Some("/data/exports"));
        assert!(folders.check(Some("/data/exports")).is_ok());
        assert!(folders.check(Some("/data/exports/../../etc")).is_err(), "it is that text and no other");
        folders.given_settings(Settings { folder: Some("/data/mine".into()), ..Settings::default() });
        assert!(folders.check(Some("/data/mine")).is_ok());
    }
}
