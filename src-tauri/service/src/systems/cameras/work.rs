//! The work: a clip with the camera's name and a clock that runs from the interval's start.

use std::fs::File;
use std::io;

use super::Wanted;
use super::footage::{self, Camera};
use crate::ffmpeg::clip::{Caption, Clip, Text};
use crate::ffmpeg::{CLIP, RenderError};
use crate::objects::{NewObject, ObjectStore, StoredObject};
use crate::queue::Failure;
use crate::queue::workers::{Attempt, Ended};

/// A clip shows no more of its interval: the sample is to be small and quick.
const LONGEST: f64 = 20.0;

const RATE: u32 = 20;

pub(in crate::systems) fn perform(attempt: &Attempt, objects: &ObjectStore) -> Result<StoredObject, Ended> {
    let job = attempt.job();
    let wanted: Wanted = serde_json::from_str(&job.request).map_err(|_| no_footage())?;
    let camera = footage::camera(&wanted.camera).ok_or_else(no_footage)?;
    attempt.step(10, 0.5)?;
    let scratch = objects.scratch()?;
    attempt.ffmpeg().render(attempt, &clip(camera, &wanted), scratch.path(), |_| Ok(())).map_err(ended)?;
    attempt.step(60, 1.5)?;
    let object = NewObject {
        key: format!("cameras/{}/{}.mp4", camera.id.replace(' ', "-"), job.id),
        content_type: "video/mp4",
        name: format!("{} {}.mp4", camera.name, wanted.start.strftime("%Y-%m-%d %H-%M-%S")),
    };
    objects.put(attempt.bounds(), object, |file| {
        io::copy(&mut File::open(scratch.path().join(CLIP))?, file)?;
        attempt.step(90, 1.0)
    })
}

fn clip(camera: &Camera, wanted: &Wanted) -> Clip {
    let seconds = wanted.end.duration_since(wanted.start).as_secs_f64().min(LONGEST);
    let caption = |text, y| Caption { text, size: 28, x: "24", y };
    Clip {
        width: 640,
        height: 360,
        rate: RATE,
        frames: Clip::frames_in(seconds, RATE),
        // The pattern's own counter is cut off at the top: it would contradict the clock.
        background: format!("testsrc2=size=640x400:rate={RATE},crop=640:360:0:40,hue=s=0.45:b=-1"),
        sound: None,
        captions: vec![
            caption(Text::Plain(camera.name.to_owned()), "24"),
            caption(Text::Clock(wanted.start.as_second()), "h-text_h-24"),
        ],
    }
}

fn ended(error: RenderError) -> Ended {
    let (error, remediation) = match error {
        RenderError::Ended(ended) => return ended,
        RenderError::Missing => (
            "The service has no FFmpeg to render the video with",
            "Ask the service's operator to install FFmpeg, then ask for the export anew",
        ),
        RenderError::Failed(_) => {
            ("The video could not be rendered", "Ask the service's operator to look into the FFmpeg log of this export")
        }
    };
    Ended::Lasting(Failure { error: error.to_owned(), remediation: remediation.to_owned() })
}

/// What was asked for was checked then; only other cameras since can lead here.
fn no_footage() -> Ended {
    Ended::Lasting(Failure {
        error: "The camera of this export is not there any more".to_owned(),
        remediation: "Look at the cameras and ask for the export anew".to_owned(),
    })
}
