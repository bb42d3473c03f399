//! Starting with the session: a desktop file in the folder that sessions read.
//!
//! Source of the rules: the Desktop Application Autostart Specification 0.5 and the Desktop Entry Specification 1.5 ("The
//! Exec key") of freedesktop.org.

use std::io;
use std::path::{Path, PathBuf};

/// The file's name for the usual home; a session tells entries apart by it.
const NAME: &str = "landfall-desktop";

/// Where this user's session looks.
pub fn folder() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.config_dir().join("autostart"))
}

/// Makes the file say what is wanted; true when it said something else before. Each home has a file of its own: what is set in
/// one changes nothing of another's.
pub fn set(folder: &Path, wanted: bool, program: &Path, home: Option<&Path>) -> io::Result<bool> {
    let name = home.map_or_else(|| NAME.to_owned(), |home| format!("{NAME}-{}", short_name(home)));
    let path = folder.join(format!("{name}.desktop"));
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

/// A short name for a path: FNV-1a, which is the same in every version of the program.
pub fn short_name(path: &Path) -> String {
    let hash = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
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
        assert!(set(&nested, true, program, None).unwrap());
        let text = std::fs::read_to_string(nested.join("landfall-desktop.desktop")).unwrap();
        assert!(text.contains("Exec=\"/opt/Land fall/landfall-desktop\" --hidden\n"), "starts hidden: {text}");
        assert!(!set(&nested, true, program, None).unwrap(), "says so already");
        assert!(
            set(&nested, true, Path::new("/usr/bin/landfall-desktop"), None).unwrap(),
            "follows a program that moved"
        );
        assert!(set(&nested, false, program, None).unwrap());
        assert_eq!(std::fs::read_dir(&nested).unwrap().count(), 0);
    }

    #[test]
    fn homes_keep_out_of_each_others_way() {
        let folder = tempfile::tempdir().unwrap();
        let (program, other) = (Path::new("/usr/bin/landfall-desktop"), Some(Path::new("/data/100%")));
        set(folder.path(), true, program, None).unwrap();
        assert!(!set(folder.path(), false, program, other).unwrap(), "there is nothing of its own to remove");
        assert!(set(folder.path(), true, program, other).unwrap());
        assert!(set(folder.path(), false, program, None).unwrap());
        let left = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        let text = std::fs::read_to_string(left.path()).unwrap();
        assert!(text.contains("--hidden --home \"/data/100%%\"\n"), "starts in the same home: {text}");
    }

    #[test]
    fn argument_cannot_break_out_of_its_quotes() {
        assert_eq!(quoted(r#"a"b$c`d"#), r#""a\\"b\\$c\\`d""#);
        assert_eq!(quoted(r"a\b"), r#""a\\\\b""#);
        assert_eq!(quoted("a\nExec=rm"), r#""a\nExec=rm""#, "stays on its line");
    }
}
