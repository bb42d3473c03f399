//! Looking into an MP4 with the programs that come with FFmpeg.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// What ffprobe says of a video.
#[derive(Debug)]
pub(crate) struct Video {
    /// Seconds.
    pub(crate) duration: f64,
    pub(crate) size: (u64, u64),
    pub(crate) codecs: Vec<String>,
    folder: tempfile::TempDir,
}

/// Reads it as a player would.
pub(crate) fn probe(bytes: &[u8]) -> Video {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("video.mp4");
    std::fs::write(&file, bytes).unwrap();
    let out = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json", "-show_streams", "-show_format"])
        .arg(&file)
        .output()
        .expect("ffprobe is there: it comes with ffmpeg");
    assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    let streams = said["streams"].as_array().unwrap();
    let picture = streams.iter().find(|stream| stream["codec_type"] == "video").unwrap();
    Video {
        duration: said["format"]["duration"].as_str().unwrap().parse().unwrap(),
        size: (picture["width"].as_u64().unwrap(), picture["height"].as_u64().unwrap()),
        codecs: streams.iter().map(|stream| stream["codec_name"].as_str().unwrap().to_owned()).collect(),
        folder,
    }
}

impl Video {
    /// The letters in a part of the picture (width, height, x, y) at this second: each pixel white or black. Nothing but letters
    /// is that bright there.
    pub(crate) fn letters(&self, second: f64, (width, height, x, y): (u32, u32, u32, u32)) -> Vec<u8> {
        let file: PathBuf = self.folder.path().join("video.mp4");
        let crop = format!("crop={width}:{height}:{x}:{y}");
        let out = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-ss", &second.to_string(), "-i"])
            .arg(file)
            .args(["-frames:v", "1", "-vf", &crop, "-pix_fmt", "gray", "-f", "rawvideo", "-"])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.stdout.len(), (width * height) as usize, "there is a frame at {second} s");
        out.stdout.into_iter().map(|brightness| if brightness > 190 { 255 } else { 0 }).collect()
    }
}

/// How far two pictures are apart, on the average of their pixels.
pub(crate) fn apart(one: &[u8], other: &[u8]) -> f64 {
    let count = u32::try_from(one.len()).unwrap();
    one.iter().zip(other).map(|(one, other)| f64::from(one.abs_diff(*other))).sum::<f64>() / f64::from(count)
}
