//! The work, in the stages of document 002. Script and narration are the sample's: the title, and a hum.

use std::cell::Cell;
use std::fs::File;
use std::io;

use super::stage::Stage;
use super::{Brief, failures};
use crate::ffmpeg::clip::{Caption, Clip, Text};
use crate::ffmpeg::{CLIP, RenderError};
use crate::objects::{NewObject, ObjectStore, StoredObject};
use crate::queue::workers::{Attempt, Ended};
use crate::queue::{Cause, Failure};

const RATE: u32 = 24;

/// So many letters of the title stand in a line, and so many lines of it in the picture.
const LETTERS: usize = 30;
const LINES: usize = 4;

pub(in crate::systems) fn perform(attempt: &Attempt, objects: &ObjectStore) -> Result<StoredObject, Ended> {
    let job = attempt.job();
    let brief = serde_json::from_str::<Brief>(&job.request).ok();
    let brief = brief.and_then(|brief| brief.pixels().map(|pixels| (brief, pixels)));
    let (brief, (width, height)) = brief.ok_or_else(|| {
        Ended::Lasting(Failure {
            error: "The brief cannot be read any more".to_owned(),
            remediation: "Ask for the video anew".to_owned(),
        })
    })?;
    attempt.remember(None)?;
    attempt.step(0, 0.3)?;
    say(attempt, "Generating script", 0.4)?;
    let title = lines(&brief.title);
    say(attempt, "Generating narration", 0.4)?;
    say(attempt, "Generating visuals", 0.6)?;
    let clip = clip(title, brief.duration_seconds, width, height);
    let scratch = objects.scratch()?;
    say(attempt, "Rendering video", 0.8)?;
    let shown = Cell::new(Stage::Rendering.percent());
    let rendered = attempt.ffmpeg().render(attempt, &clip, scratch.path(), |share| {
        let percent = rendering_percent(share);
        if percent > shown.replace(percent.max(shown.get())) { attempt.note(percent) } else { Ok(()) }
    });
    rendered.or_else(|error| give_up(attempt, error))?;
    say(attempt, "Postprocess: storing the video", 0.5)?;
    let object = NewObject {
        key: format!("media/{}.mp4", job.id),
        content_type: "video/mp4",
        name: format!("{}.mp4", brief.title),
    };
    objects.put(attempt.bounds(), object, |file| {
        Ok(io::copy(&mut File::open(scratch.path().join(CLIP))?, file).map(drop)?)
    })
}

/// The renderer's own account of itself, from which the stage is read.
fn say(attempt: &Attempt, message: &str, seconds: f64) -> Result<(), Ended> {
    match Stage::of_message(message) {
        Some(stage) => attempt.step(stage.percent(), seconds),
        None => Ok(()),
    }
}

/// A share of the rendering, as percentage of the whole job.
fn rendering_percent(share: f64) -> u8 {
    let (from, to) = (f64::from(Stage::Rendering.percent()), f64::from(Stage::Postprocessing.percent() - 1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 70 to 89")]
    let percent = (from + share * (to - from)) as u8;
    percent
}

fn give_up(attempt: &Attempt, error: RenderError) -> Result<(), Ended> {
    let (code, stderr, error, remediation) = match error {
        RenderError::Ended(ended) => return Err(ended),
        RenderError::Missing => (
            failures::NOT_FOUND,
            String::new(),
            "FFmpeg was not found on the server",
            "Have FFmpeg installed on the server (Debian's package ffmpeg), then ask for the video anew",
        ),
        RenderError::Failed(stderr) => (
            failures::RUNTIME,
            stderr,
            "FFmpeg could not render the video",
            "Have the FFmpeg installation of the server checked, then ask for the video anew",
        ),
    };
    attempt.remember(Some(Cause { code: code.to_owned(), stderr }))?;
    Err(Ended::Lasting(Failure { error: error.to_owned(), remediation: remediation.to_owned() }))
}

fn clip(title: String, seconds: f64, width: u32, height: u32) -> Clip {
    let size = (height / 12).min(width / 20).max(8);
    let small = (size * 2 / 3).max(8);
    Clip {
        width,
        height,
        rate: RATE,
        frames: Clip::frames_in(seconds, RATE),
        // Small and then enlarged: a gradient has nothing that gets lost, and is made in a tenth of the time.
        background: format!(
            "gradients=size=320x180:rate={RATE}:c0=0x10283f:c1=0x2a628f:c2=0x14804a:nb_colors=3:speed=0.03:seed=7,\
             scale={width}:{height}"
        ),
        sound: Some("sine=frequency=196:sample_rate=44100,volume=0.08"),
        captions: vec![
            Caption { text: Text::Plain(title), size, x: "(w-text_w)/2", y: "(h-text_h)/2" },
            Caption { text: Text::Elapsed, size: small, x: "(w-text_w)/2", y: "h-text_h*3" },
        ],
    }
}

/// The title as it stands in the picture: broken at spaces, and within a word that is too long.
fn lines(title: &str) -> String {
    let mut lines = vec![String::new()];
    for word in title.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        let mut letters: Vec<char> = word.chars().collect();
        while !letters.is_empty() {
            let rest = letters.split_off(letters.len().min(LETTERS));
            let piece: String = std::mem::replace(&mut letters, rest).into_iter().collect();
            match lines.last_mut() {
                Some(line) if line.is_empty() => *line = piece,
                Some(line) if line.chars().count() + 1 + piece.chars().count() <= LETTERS => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece),
            }
        }
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        if let Some(line) = lines.last_mut() {
            line.push('…');
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_broken_into_lines_and_ends_with_dots_where_there_is_no_room() {
        assert_eq!(lines("Site tour"), "Site tour");
        assert_eq!(lines(" two \u{7}\n words "), "two words");
        assert_eq!(
            lines("What the site of the new clinic looked like in May"),
            "What the site of the new\nclinic looked like in May"
        );
        assert_eq!(lines(&"x".repeat(200)), vec!["x".repeat(30); 4].join("\n") + "…");
    }

    #[test]
    fn m_3_rendering_fills_the_way_from_70_to_postprocessing() {
        assert_eq!([0.0, 0.5, 1.0].map(rendering_percent), [70, 79, 89]);
    }
}
