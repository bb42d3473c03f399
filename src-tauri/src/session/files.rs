//! Showing files with the system's programs. Whose path it is was decided before: by the engine, never by the page.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use landfall_wire::{ErrorCode, Failure};
use url::Url;

/// A session that has not answered by then is at it, or never will.
const PATIENCE: Duration = Duration::from_secs(3);

/// Opens a file or folder with the program that the system has for it.
pub async fn open(path: PathBuf) -> Result<(), Failure> {
    if !path.exists() {
        return Err(gone(&path));
    }
    match open_by_the_session(&path).await {
        Opened::Yes => return Ok(()),
        Opened::No(why) => return Err(no_program(&why)),
        Opened::Unknown => {}
    }
    let opened = tokio::task::spawn_blocking(move || opener::open(&path)).await;
    match opened {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(no_program(&error.to_string())),
        Err(error) => Err(no_program(&error.to_string())),
    }
}

/// What came of asking the session to open something.
enum Opened {
    /// It opens it, or is at it still.
    Yes,
    /// It has nothing to open it with.
    No(String),
    /// The session has no such program.
    Unknown,
}

/// By `xdg-open`, which says by its status whether it could (its manual, "Exit Codes"); one that takes long is at it.
async fn open_by_the_session(path: &Path) -> Opened {
    if !cfg!(target_os = "linux") {
        return Opened::Unknown;
    }
    let mut program = tokio::process::Command::new("xdg-open");
    program.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // What it opens outlives this program and what is typed at its terminal.
    #[cfg(unix)]
    program.process_group(0);
    let Ok(mut running) = program.spawn() else { return Opened::Unknown };
    match tokio::time::timeout(PATIENCE, running.wait()).await {
        Ok(Ok(status)) if status.success() => Opened::Yes,
        Ok(Ok(status)) => Opened::No(status.to_string()),
        Ok(Err(_)) | Err(_) => Opened::Yes,
    }
}

/// Shows a file in its folder, marked; where no file manager can do that, the folder alone.
pub async fn reveal(path: PathBuf) -> Result<(), Failure> {
    if !path.exists() {
        return Err(gone(&path));
    }
    let shown = match tokio::time::timeout(PATIENCE, show_items(&path)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!("no file manager shows single files: {error}");
            false
        }
        Err(_) => {
            tracing::debug!("the file manager does not answer");
            false
        }
    };
    if !shown {
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
