//! Starting with the session: a desktop file in the folder that sessions read.
//!
//! Source of the rules: the Desktop Application Autostart Specification 0.5 and the Desktop Entry Specification 1.5 ("The
//! Exec key") of freedesktop.org.

use std::io;
use std::path::{Path, PathBuf};

/// The file's name; a session tells entries apart by it.
const NAME: &str = "landfall-desktop.desktop";

/// Where this user's session looks.
pub fn folder() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.config_dir().join("autostart"))
}

/// Makes the file say what is wanted; true when it said something else before.
pub fn set(folder: &Path, wanted: bool, program: &Path, home: Option<&Path>) -> io::Result<bool> {
    let path = folder.join(NAME);
    let there = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let wanted = wanted.then(|| entry(program, home));
    if there == wanted {
        return Ok(false);
    }
    match wanted {
        Some(text) => {
            std::fs::create_dir_all(folder)?;
            std::fs::write(&path, text)?;
        }
        None => std::fs::remove_file(&path)?,
    }
    Ok(true)
}

fn entry(program: &Path, home: Option<&Path>) -> String {
    let mut line = format!("{} --hidden", quoted(&program.to_string_lossy()));
    if let Some(home) = home {
        line.push_str(" --home ");
        line.push_str(&quoted(&home.to_string_lossy()));
    }
    format!(
        "[Desktop Entry]\nType=Application\nName=Landfall\nExec={line}\nIcon=landfall-desktop\nTerminal=false\n\
         X-GNOME-Autostart-enabled=true\n"
    )
}

/// An argument of an Exec key: quoted as a shell would have it, escaped once more as a value of the file, and free of field
/// codes.
fn quoted(argument: &str) -> String {
    let mut text = String::from("\"");
    for letter in argument.chars() {
        match letter {
            '\\' => text.push_str("\\\\\\\\"),
            '"' | '`' | '$' => {
                text.push_str("\\\\");
                text.push(letter);
            }
            '%' => text.push_str("%%"),
            '\n' => text.push_str("\\n"),
            _ => text.push(letter),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_comes_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let nested = folder.path().join("autostart");
        let program = Path::new("/opt/Land fall/landfall-desktop");
        assert!(!set(&nested, false, program, None).unwrap(), "nothing is there to remove");
        assert!(set(&nested, true, program, Some(Path::new("/data/100%"))).unwrap());
        let text = std::fs::read_to_string(nested.join(NAME)).unwrap();
        assert!(
            text.contains("Exec=\"/opt/Land fall/landfall-desktop\" --hidden --home \"/data/100%%\"\n"),
            "starts hidden, in the same home: {text}"
        );
        assert!(!set(&nested, true, program, Some(Path::new("/data/100%"))).unwrap(), "says so already");
        assert!(set(&nested, true, program, None).unwrap(), "follows a program or home that moved");
        assert!(set(&nested, false, program, None).unwrap());
        assert!(!nested.join(NAME).exists());
    }

    #[test]
    fn argument_cannot_break_out_of_its_quotes() {
        assert_eq!(quoted(r#"a"b$c`d"#), r#""a\\"b\\$c\\`d""#);
        assert_eq!(quoted(r"a\b"), r#""a\\\\b""#);
        assert_eq!(quoted("a\nExec=rm"), r#""a\nExec=rm""#, "stays on its line");
    }
}
