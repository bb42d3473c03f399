//! Which folders and files the page may name: those that a dialog or the app itself gave it, and no other.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use landfall_wire::{ConnectionSettings, ConnectionView, ErrorCode, ExportForm, Failure, NewExport, Settings};

/// The paths that were given to the page.
#[derive(Debug, Default)]
pub struct Folders(Mutex<HashSet<String>>);

impl Folders {
    /// The page may name that path from now on.
    pub fn give(&self, path: Option<&str>) {
        if let Some(path) = path {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        }
    }

    /// Refuses a path that was never given.
    pub fn check(&self, path: Option<&str>) -> Result<(), Failure> {
        let Some(path) = path else { return Ok(()) };
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(path) {
            return Ok(());
        }
        Err(Failure::new(ErrorCode::JobCreationFailed, "This path was not chosen in the system's dialog")
            .with_remediation("Choose it again"))
    }

    /// Refuses settings with a path that was never given.
    pub fn check_settings(&self, settings: &Settings) -> Result<(), Failure> {
        paths_of(settings).into_iter().try_for_each(|path| self.check(path))
    }

    /// Refuses a connection with a path that was never given.
    pub fn check_connection(&self, settings: &ConnectionSettings) -> Result<(), Failure> {
        paths_of_connection(settings).into_iter().try_for_each(|path| self.check(path))
    }

    /// What is set is the person's own.
    pub fn given_settings(&self, settings: Settings) -> Settings {
        for path in paths_of(&settings) {
            self.give(path);
        }
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
        for path in connections.iter().flat_map(|connection| paths_of_connection(&connection.settings)) {
            self.give(path);
        }
        connections
    }
}

fn paths_of(settings: &Settings) -> [Option<&str>; 3] {
    [&settings.folder, &settings.certificate_authority, &settings.client_certificate].map(Option::as_deref)
}

fn paths_of_connection(settings: &ConnectionSettings) -> [Option<&str>; 2] {
    [&settings.folder, &settings.certificate_authority].map(Option::as_deref)
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
        let named = Settings { client_certificate: Some("/etc/ssl/private/key.pem".into()), ..Settings::default() };
        assert!(folders.check_settings(&named).is_err(), "a certificate is chosen as a folder is");
        folders.give(named.client_certificate.as_deref());
        assert!(folders.check_settings(&named).is_ok());
    }
}
