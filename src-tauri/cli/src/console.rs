//! Where words go: data to stdout, everything else to stderr.

use std::io::IsTerminal as _;

use std::process::ExitCode;

use landfall_wire::{ErrorCode, Failure, JobSnapshot};
use serde::Serialize;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::args::{ColorChoice, Global};
use crate::exit::{self, Ending, sentence};

/// The two streams of a command, and how it speaks.
#[derive(Debug)]
pub(crate) struct Console {
    data: Data,
    quiet: bool,
    color: bool,
    terminal: bool,
}

/// What stdout holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    /// Lines for a person.
    Lines,
    /// JSON, and nothing else.
    Json,
}

impl Console {
    /// As the flags say.
    pub(crate) fn new(global: &Global) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let color = match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let data = if global.json { Data::Json } else { Data::Lines };
        Self { data, quiet: global.quiet, color, terminal }
    }

    /// Logs go to stderr: warnings, or more with each `-v`.
    pub(crate) fn start_log(&self, verbose: u8) {
        let level = match (self.quiet, verbose) {
            (true, _) => LevelFilter::ERROR,
            (false, 0) => LevelFilter::WARN,
            (false, 1) => LevelFilter::INFO,
            (false, 2) => LevelFilter::DEBUG,
            (false, _) => LevelFilter::TRACE,
        };
        // Libraries see whole requests with their secrets: only our own words are logged.
        let ours = tracing_subscriber::filter::Targets::new()
            .with_targets(["landfall", "landfall_engine", "landfall_service"].map(|target| (target, level)));
        let format = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(self.color).without_time();
        tracing_subscriber::registry().with(format).with(ours).init();
    }

    /// Whether bars can be drawn.
    pub(crate) fn draws_bars(&self) -> bool {
        self.terminal && !self.quiet && self.data == Data::Lines
    }

    /// A line of data for a person; nothing in JSON mode.
    pub(crate) fn line(&self, text: &str) {
        if self.data == Data::Lines {
            write_line(&mut std::io::stdout().lock(), text);
        }
    }

    /// One JSON document, on one line; nothing for a person.
    pub(crate) fn document(&self, value: &impl Serialize) {
        if self.data == Data::Json {
            match serde_json::to_string(value) {
                Ok(text) => write_line(&mut std::io::stdout().lock(), &text),
                Err(error) => self.note(&format!("The answer cannot be written as JSON: {error}")),
            }
        }
    }

    /// A word on stderr, unless quiet.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            write_line(&mut std::io::stderr().lock(), text);
        }
    }

    /// What went wrong: what happened, what is safe, what to do, what to type next.
    pub(crate) fn tell(&self, ending: &Ending) {
        let mut out = std::io::stderr().lock();
        let failure = &ending.failure;
        let head = self.painted("1;31", "landfall:");
        if ending.is_usage() {
            write_line(&mut out, &format!("{head} {}", failure.message));
        } else {
            write_line(
                &mut out,
                &format!("{head} {} ({} {})", failure.message, failure.code.code(), failure.code.name()),
            );
        }
        if let Some(safe) = ending.safe() {
            write_line(&mut out, &format!("  safe: {safe}"));
        }
        write_line(&mut out, &format!("  what to do: {}", failure.remediation));
        if let Some(next) = ending.next() {
            write_line(&mut out, &format!("  next: {}", self.painted("1", &next)));
        }
    }

    /// Something in the program itself, or in what the machine gives it; no job is touched.
    pub(crate) fn tell_broken(&self, what: &str, remediation: &str) {
        self.document(&json!({ "error": { "message": what, "remediation": remediation } }));
        let mut err = std::io::stderr().lock();
        write_line(&mut err, &format!("{} {what}", self.painted("1;31", "landfall:")));
        write_line(&mut err, &format!("  what to do: {remediation}"));
    }

    /// A word of ours on stderr, unless quiet: it stands between the words of a script.
    pub(crate) fn note(&self, text: &str) {
        self.say(&format!("landfall: {text}"));
    }

    /// The text in a colour, where colours are wanted; never the only carrier of a meaning.
    pub(crate) fn painted(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A landed file's proof, on stderr.
    pub(crate) fn tell_landed(&self, job: &JobSnapshot) {
        for file in &job.files {
            let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let word = if file.verified { "verified" } else { "landed, but the server gave nothing to verify against" };
            self.say(&format!(
                "{} {name}  {}  sha256 {}  {word}",
                self.painted("32", "✓"),
                size(file.size),
                file.sha256
            ));
        }
        if let Some(extracted) = &job.extracted {
            self.say(&format!("  {} files unpacked into {}", extracted.files, extracted.folder.display()));
        }
        if job.files.is_empty() {
            self.say(&format!(
                "{} {}: the server is done; there was nothing to export",
                self.painted("32", "✓"),
                job.id
            ));
        }
    }
}

/// Shows help, or why the command line was refused; with `--json` the refusal is a document too.
pub(crate) fn tell_refusal(refusal: &clap::Error) -> ExitCode {
    // A stream that is closed keeps nobody from ending.
    let _ = refusal.print();
    if !refusal.use_stderr() {
        return ExitCode::from(exit::OK);
    }
    if std::env::args_os().any(|arg| arg == "--json") {
        let words = refusal.to_string();
        let first = words.lines().next().unwrap_or_default();
        let failure =
            Failure::new(ErrorCode::JobCreationFailed, sentence(first.strip_prefix("error:").unwrap_or(first)))
                .with_remediation("`landfall help` and `--help` of each command show what can be typed");
        write_line(&mut std::io::stdout().lock(), &json!({ "error": failure }).to_string());
    }
    ExitCode::from(exit::USAGE)
}

/// A reader that has gone away (a closed pipe) is no error of ours.
fn write_line(out: &mut impl std::io::Write, text: &str) {
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Bytes for a person, in powers of 1000.
pub(crate) fn size(bytes: u64) -> String {
    indicatif::DecimalBytes(bytes).to_string()
}

/// Seconds for a person: `42s`, `3m 05s`, `2h 10m`.
pub(crate) fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}
