//! Makes the shell's permissions, and says what to do where the page was not built.

use std::path::Path;

/// What a page may ask of the app at most. Which window may ask what is said in `capabilities/`.
const COMMANDS: &[&str] = &[
    "acknowledge",
    "add_connection",
    "add_connector",
    "adopt",
    "again",
    "allow_instant_links",
    "answer_close",
    "answer_link",
    "asks",
    "change_connection",
    "check_connector",
    "check_form",
    "check_table",
    "choices",
    "choose_certificate",
    "choose_folder",
    "choose_text",
    "compare",
    "components",
    "connections",
    "connectors",
    "detail",
    "find",
    "form",
    "notices_seen",
    "open_file",
    "open_folder",
    "open_logs",
    "order",
    "pause_all",
    "preview",
    "quit",
    "remove_connection",
    "remove_template",
    "request",
    "request_table",
    "resume_all",
    "reveal_file",
    "save_settings",
    "save_template",
    "secrets",
    "set_priority",
    "settings",
    "show_compact",
    "show_main",
    "sign_in",
    "start_sample",
    "stay",
    "stop_sample",
    "test_connection",
    "unlock_secrets",
    "verify",
    "watch",
];

fn main() {
    let page = Path::new("../ui/dist");
    println!("cargo::rerun-if-changed={}", page.display());
    for name in ["index.html", "compact.html"] {
        if !page.join(name).is_file() {
            println!("cargo::error=The page is not built: ui/dist/{name} is missing. Type: make page");
            return;
        }
    }
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo::error={}", format!("{error:#}").replace('\n', " "));
    }
}
