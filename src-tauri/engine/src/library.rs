//! The connectors that can be used by name.

use std::sync::Arc;

use landfall_wire::{ErrorCode, Failure};

use crate::connector::{BuiltIn, Connector};
use crate::package::ManifestSpec;

/// The connector of that id.
pub fn connector(id: &str) -> Result<Arc<Connector>, Failure> {
    let built_in = built_in(id)?;
    Connector::parse(built_in.file_name, built_in.source).map(Arc::new).map_err(|problems| {
        Failure::new(ErrorCode::JobCreationFailed, format!("The connector {id:?} cannot be used: {problems}"))
            .with_remediation("Mend it; `landfall connectors check` tells what is wrong")
    })
}

/// The text of the connector of that id, and of its recorded answers.
pub fn built_in(id: &str) -> Result<&'static BuiltIn, Failure> {
    Connector::built_in().iter().find(|built_in| built_in.id == id).ok_or_else(|| {
        let ids: Vec<&str> = Connector::built_in().iter().map(|built_in| built_in.id).collect();
        Failure::new(ErrorCode::JobCreationFailed, format!("There is no connector {id:?}"))
            .with_remediation(format!("The connectors are: {}", ids.join(", ")))
    })
}

/// What manifests look like, of every connector whose packages have one: for a package of which nothing else is known.
pub fn manifests() -> Result<Vec<ManifestSpec>, Failure> {
    let mut found: Vec<ManifestSpec> = Vec::new();
    for built_in in Connector::built_in() {
        let connector = connector(built_in.id)?;
        // Two connectors of one system bring the same packages.
        found.extend(connector.manifest().filter(|spec| !found.contains(spec)).cloned());
    }
    Ok(found)
}
