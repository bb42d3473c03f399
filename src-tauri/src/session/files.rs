//! Showing files with the system's programs. Whose path it is was decided before: by the engine, never by the page.

use std::path::{Path, PathBuf};

use landfall_wire::{ErrorCode, Failure};
use url::Url;

/// Opens a file or folder with the program that the system has for it.
pub async fn open(path: PathBuf) -> Result<(), Failure> {
    if !path.exists() {
        return Err(gone(&path));
    }
    let opened = tokio::task::spawn_blocking(move || opener::open(&path)).await;
    match opened {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(no_program(&error.to_string())),
        Err(error) => Err(no_program(&error.to_string())),
    }
}

/// Shows a file in its folder, marked; where no file manager can do that, the folder alone.
pub async fn reveal(path: PathBuf) -> Result<(), Failure> {
    if !path.exists() {
        return Err(gone(&path));
    }
    if let Err(error) = show_items(&path).await {
        tracing::debug!("no file manager shows single files: {error}");
        let folder = path.parent().map_or_else(|| path.clone(), Path::to_path_buf);
        return open(folder).await;
    }
    Ok(())
}

/// `org.freedesktop.FileManager1.ShowItems` of the File Manager D-Bus Interface.
async fn show_items(path: &Path) -> zbus::Result<()> {
    let url = Url::from_file_path(path).map_err(|()| zbus::Error::Failure("no file URL".into()))?;
    let connection = zbus::Connection::session().await?;
    connection
        .call_method(
            Some("org.freedesktop.FileManager1"),
            "/org/freedesktop/FileManager1",
            Some("org.freedesktop.FileManager1"),
            "ShowItems",
            &(vec![url.as_str()], ""),
        )
        .await?;
    Ok(())
}

fn gone(path: &Path) -> Failure {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Failure::new(ErrorCode::DiskError, format!("{name} is no longer where it landed"))
        .with_remediation("Look for it where it was moved to, or ask for the export again")
}

fn no_program(why: &str) -> Failure {
    Failure::new(ErrorCode::DiskError, "The system has no program to open this with")
        .with_remediation("Set a program for this kind of file in the system's settings, or open it from its folder")
        .with_details(serde_json::json!({ "why": why }))
}
