//! What is to be seen in a clip: a background, and captions over it.

use std::fs;
use std::io;
use std::path::Path;

/// The PDF's own font: a machine with FFmpeg and nothing else may have none.
const FONT: &[u8] = include_bytes!("../../fonts/NotoSans-Bold.subset.ttf");

const FONT_FILE: &str = "font.ttf";

/// A clip to be rendered.
#[derive(Debug)]
pub(crate) struct Clip {
    /// Pixels, both even: the colour of two by two is stored once.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Frames in a second.
    pub(crate) rate: u32,
    pub(crate) frames: u32,
    /// A source of FFmpeg's `lavfi`, with filters after it; never made of text from outside.
    pub(crate) background: String,
    /// One more `lavfi` source, to be heard.
    pub(crate) sound: Option<&'static str>,
    pub(crate) captions: Vec<Caption>,
}

/// Text in the picture.
#[derive(Debug)]
pub(crate) struct Caption {
    pub(crate) text: Text,
    /// Height of the letters in pixels.
    pub(crate) size: u32,
    /// Expressions of `drawtext`.
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
}

/// What a caption says.
#[derive(Debug)]
pub(crate) enum Text {
    /// As it stands, wherever it comes from.
    Plain(String),
    /// A date and a clock in UTC that begins at this second since 1970 and runs with the picture.
    Clock(i64),
    /// The time since the beginning of the clip.
    Elapsed,
}

impl Clip {
    /// So many frames as last this long, and one at least.
    pub(crate) fn frames_in(seconds: f64, rate: u32) -> u32 {
        // A float to integer cast saturates; no clip is anywhere near that long.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates, and is short")]
        let frames = (seconds * f64::from(rate)).round() as u32;
        frames.max(1)
    }

    /// How long it lasts.
    pub(super) fn seconds(&self) -> f64 {
        f64::from(self.frames) / f64::from(self.rate)
    }

    pub(super) fn resolution(&self) -> String {
        format!("{}x{}", self.width, self.height)
    }

    /// Writes the files that FFmpeg reads: the font, and each caption's text. In files no text needs escaping.
    pub(super) fn prepare(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join(FONT_FILE), FONT)?;
        for (index, caption) in self.captions.iter().enumerate() {
            let text = match &caption.text {
                Text::Plain(text) => text.clone(),
                Text::Clock(start) => format!("%{{pts:gmtime:{start}:%Y-%m-%d  %H\\:%M\\:%S}} UTC"),
                Text::Elapsed => "%{pts:hms}".to_owned(),
            };
            fs::write(folder.join(caption_file(index)), text)?;
        }
        Ok(())
    }

    /// FFmpeg's arguments.
    pub(super) fn arguments(&self, output: &str) -> Vec<String> {
        let mut arguments = words("-nostdin -nostats -progress pipe:1 -y -f lavfi -i");
        arguments.push(self.background.clone());
        if let Some(sound) = self.sound {
            arguments.extend(words("-f lavfi -i"));
            arguments.push(sound.to_owned());
        }
        if !self.captions.is_empty() {
            let captions: Vec<_> =
                self.captions.iter().enumerate().map(|(index, caption)| caption.filter(index)).collect();
            arguments.extend(["-vf".to_owned(), captions.join(",")]);
        }
        let (frames, seconds) = (self.frames.to_string(), format!("{:.3}", self.seconds()));
        arguments.extend(["-frames:v".to_owned(), frames, "-t".to_owned(), seconds]);
        // The fastest of the presets, and pixels that every player knows; the index comes first, for players that stream.
        arguments.extend(words("-c:v libx264 -preset ultrafast -crf 28 -pix_fmt yuv420p -movflags +faststart"));
        if self.sound.is_some() {
            arguments.extend(words("-c:a aac -b:a 64k"));
        }
        arguments.push(output.to_owned());
        arguments
    }
}

impl Caption {
    fn filter(&self, index: usize) -> String {
        let expansion = if matches!(self.text, Text::Plain(_)) { "none" } else { "normal" };
        let Self { size, x, y, .. } = self;
        format!(
            "drawtext=fontfile={FONT_FILE}:textfile={}:expansion={expansion}:fontcolor=white:fontsize={size}:x={x}:y={y}:\
             line_spacing={}:box=1:boxcolor=black@0.55:boxborderw={}",
            caption_file(index),
            size / 5,
            size / 3,
        )
    }
}

fn caption_file(index: usize) -> String {
    format!("caption-{index}.txt")
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
