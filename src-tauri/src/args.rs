//! What the program is started with: by a person, by the session, by a browser, or a second time.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

/// Links longer than this are nobody's wish.
const LONGEST_LINK: usize = 8 * 1024;
/// A browser hands over one at a time.
const MOST_LINKS: usize = 8;

/// Request exports, follow them, and land the files whole and proven: the window.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(
    name = "landfall-desktop",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 ended by a person, 1 no display, 2 usage, 11 another engine owns the home, 12 disk.\n\n\
The command line is `landfall`."
)]
pub struct Args {
    /// Where all state lies (default: the platform's data folder)
    #[arg(long, env = "LANDFALL_HOME", hide_env_values = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Start without the window, in the tray
    #[arg(long)]
    pub hidden: bool,
    /// Start the sample export service and request one export of each kind
    #[arg(long)]
    pub sample: bool,
    /// Links of the kind landfall://…
    #[arg(value_name = "LINK")]
    pub links: Vec<String>,
}

/// What a second start hands to the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Somebody wants to see the window.
    pub show: bool,
    /// Links that came along.
    pub links: Vec<String>,
}

impl Arrival {
    /// What the arguments of a second start come to. Who typed them wrong sees the window.
    pub fn of(arguments: &[String]) -> Self {
        match Args::try_parse_from(arguments.iter().map(OsString::from)) {
            Ok(args) => Self { show: !args.hidden, links: args.links() },
            Err(_) => Self { show: true, links: Vec::new() },
        }
    }
}

impl Args {
    /// The links that can be taken.
    pub fn links(&self) -> Vec<String> {
        let ours = self.links.iter().filter(|link| link.starts_with("landfall:") && link.len() <= LONGEST_LINK);
        ours.take(MOST_LINKS).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn arrival(arguments: &[&str]) -> Arrival {
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Arrival::of(&arguments)
    }

    #[test]
    fn arguments_are_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn second_start_shows_the_first_unless_it_is_the_session() {
        assert_eq!(arrival(&["landfall-desktop"]), Arrival { show: true, links: vec![] });
        assert_eq!(arrival(&["landfall-desktop", "--hidden"]), Arrival { show: false, links: vec![] });
        assert_eq!(arrival(&["landfall-desktop", "--nonsense"]), Arrival { show: true, links: vec![] });
        assert_eq!(arrival(&[]), Arrival { show: true, links: vec![] });
    }

    #[test]
    fn only_our_links_of_a_sane_size_are_handed_over() {
        let long = format!("landfall://export?name={}", "x".repeat(LONGEST_LINK));
        let taken =
            arrival(&["landfall-desktop", "landfall://export?a=1", "https://example.com", "/etc/passwd", &long]);
        assert_eq!(taken.links, ["landfall://export?a=1"]);
        let many = vec!["landfall://export"; 50];
        assert_eq!(arrival(&[&["landfall-desktop"], many.as_slice()].concat()).links.len(), MOST_LINKS);
    }
}
