//! Makes windows.

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use super::{COMPACT, MAIN};
use crate::app::App;

/// The main window, at its last place and size.
pub(super) fn main(handle: &AppHandle) -> tauri::Result<WebviewWindow> {
    guarded(handle, MAIN, "index.html").title("Landfall").inner_size(1240.0, 800.0).min_inner_size(760.0, 480.0).build()
}

/// The small window that stays above the others where the system lets it; Wayland leaves that to the person.
pub(super) fn compact(handle: &AppHandle) -> tauri::Result<WebviewWindow> {
    guarded(handle, COMPACT, "compact.html")
        .title("Landfall")
        .inner_size(380.0, 250.0)
        .min_inner_size(300.0, 160.0)
        .maximizable(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .build()
}

/// A window that shows its own page for good: it leads nowhere else, opens no other and downloads nothing.
fn guarded<'app>(
    handle: &'app AppHandle,
    label: &str,
    page: &str,
) -> WebviewWindowBuilder<'app, tauri::Wry, AppHandle> {
    let folder = handle.state::<App>().home.root().join("webview");
    WebviewWindowBuilder::new(handle, label, WebviewUrl::App(page.into()))
        .data_directory(folder)
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
}

fn is_own(url: &Url) -> bool {
    url.scheme() == "tauri" || (url.scheme() == "http" && url.host_str() == Some("tauri.localhost"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn page_leads_nowhere_else() {
        let is_own = |url: &str| super::is_own(&url.parse().unwrap());
        assert!(is_own("tauri://localhost/index.html"));
        assert!(is_own("http://tauri.localhost/compact.html"));
        for other in
            ["https://example.com", "http://localhost:1420", "file:///etc/passwd", "http://tauri.localhost.evil.com"]
        {
            assert!(!is_own(other), "{other}");
        }
    }
}
