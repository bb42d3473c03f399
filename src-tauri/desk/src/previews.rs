//! What landed, drawn where it can be. A landed file is what a server sent: everything is read with limits of bytes and
//! time, and what cannot be drawn says why.

mod archive;
mod image;
mod json;
mod pdf;
mod table;
mod text;
mod video;
mod workbook;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use landfall_wire::{Failure, JobId, Preview};
use tokio::sync::oneshot;

use crate::desk::Desk;
use crate::language::Tongue;

/// No more of a file is read for its beginning, in bytes.
const BEGINNING: u64 = 256 * 1024;

/// A file that has to be read whole is no longer, in bytes.
const WHOLE: u64 = 16 << 20;

/// A person waits no longer for a picture.
const PATIENCE: Duration = Duration::from_secs(10);

/// Drawing may go deep: a document nests what it likes.
const STACK: usize = 32 << 20;

/// Why something is not drawn, in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Gone,
    Unreadable,
    TooLarge,
    TooLong,
    Busy,
    NotDrawn,
    NoFilm,
}

impl Why {
    fn preview(self, tongue: Tongue) -> Preview {
        let why = match self {
            Self::Gone => tongue.pick(
                "The file is no longer where it landed",
                "Die Datei ist nicht mehr, wo sie gelandet ist",
                "文件已不在其到达的位置",
            ),
            Self::Unreadable => tongue.pick(
                "The file cannot be read as what its name says",
                "Die Datei ist nicht als das lesbar, was ihr Name sagt",
                "无法按文件名所示的类型读取该文件",
            ),
            Self::TooLarge => tongue.pick(
                "The file is too large to be drawn here",
                "Die Datei ist zu groß, um hier gezeichnet zu werden",
                "文件太大，无法在此显示",
            ),
            Self::TooLong => tongue.pick("Drawing it takes too long", "Das Zeichnen dauert zu lange", "绘制时间过长"),
            Self::Busy => tongue.pick(
                "Another file is still being drawn",
                "Eine andere Datei wird noch gezeichnet",
                "正在绘制另一个文件",
            ),
            Self::NotDrawn => tongue.pick(
                "Files of this kind are not drawn here",
                "Dateien dieser Art werden hier nicht gezeichnet",
                "此类文件不在此显示",
            ),
            Self::NoFilm => tongue.pick(
                "FFmpeg is not installed, so no picture of the film can be shown",
                "FFmpeg ist nicht installiert, daher lässt sich kein Bild des Films zeigen",
                "未安装 FFmpeg，无法显示影片画面",
            ),
        };
        Preview::None { why: why.to_owned() }
    }
}

impl Desk {
    /// The beginning of a landed file.
    pub async fn preview(&self, id: JobId, file: usize) -> Result<Preview, Failure> {
        let tongue = self.tongue();
        let path = match self.path_of(id.clone(), file).await {
            Ok(path) => path,
            Err(failure) if self.landed(&id).await.is_ok_and(|files| file < files.len()) => {
                tracing::debug!(%failure, "no preview");
                return Ok(Why::Gone.preview(tongue));
            }
            Err(failure) => return Err(failure),
        };
        // Whoever goes through a list with the arrow keys wants the last one alone.
        let mut newest = self.wanted_preview.subscribe();
        self.wanted_preview.send_modify(|number| *number += 1);
        newest.borrow_and_update();
        let drawn = tokio::select! {
            biased;
            drawn = self.drawn(path, tongue) => drawn,
            _ = newest.changed() => Err(Why::Busy),
        };
        Ok(drawn.unwrap_or_else(|why| why.preview(tongue)))
    }

    /// Draws on a thread of its own, one file at a time. One that takes too long is left to itself; nothing else is drawn
    /// before it ends, so that what a hostile file costs is one thread.
    async fn drawn(&self, path: PathBuf, tongue: Tongue) -> Result<Preview, Why> {
        let turn = tokio::select! {
            biased;
            turn = self.drawing.clone().lock_owned() => turn,
            () = self.options.clock.sleep(PATIENCE) => return Err(Why::Busy),
        };
        if Drawn::of(&path) == Drawn::Video {
            return video::poster(&path, self.options.clock.as_ref()).await;
        }
        let (tell, told) = oneshot::channel();
        let drawing = std::thread::Builder::new().name("landfall-preview".into()).stack_size(STACK).spawn(move || {
            let _turn = turn;
            // Whoever waited may have gone.
            let _ = tell.send(draw(&path, tongue));
        });
        drawing.map_err(|_| Why::Busy)?;
        tokio::select! {
            drawn = told => drawn.unwrap_or(Err(Why::Unreadable)),
            () = self.options.clock.sleep(PATIENCE) => Err(Why::TooLong),
        }
    }
}

/// How a file is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drawn {
    Table,
    Workbook,
    Json,
    Text,
    Archive,
    Image,
    Pdf,
    Video,
    Not,
}

impl Drawn {
    fn of(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "csv" | "tsv" => Self::Table,
            "xlsx" => Self::Workbook,
            "json" => Self::Json,
            "txt" | "log" | "md" | "xml" | "jsonl" | "ndjson" | "yaml" | "yml" | "toml" | "html" | "svg" | "ost" => {
                Self::Text
            }
            "zip" => Self::Archive,
            "png" | "jpg" | "jpeg" | "gif" | "webp" | "bmp" => Self::Image,
            "pdf" => Self::Pdf,
            "mp4" | "mov" | "m4v" | "mkv" | "webm" => Self::Video,
            _ => Self::Not,
        }
    }
}

fn draw(path: &Path, tongue: Tongue) -> Result<Preview, Why> {
    match Drawn::of(path) {
        Drawn::Table => table::draw(path),
        Drawn::Workbook => workbook::draw(path),
        Drawn::Json => json::draw(path),
        Drawn::Text => text::draw(path),
        Drawn::Archive => archive::draw(path),
        Drawn::Image => image::draw(path, tongue),
        Drawn::Pdf => pdf::draw(path, tongue),
        Drawn::Video | Drawn::Not => Err(Why::NotDrawn),
    }
}

/// The beginning of a file, and whether there is more.
fn beginning(path: &Path, most: u64) -> Result<(Vec<u8>, bool), Why> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let mut bytes = read().map_err(|_| Why::Gone)?;
    let more = bytes.len() as u64 > most;
    bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok((bytes, more))
}

/// The whole file, where it is not too large.
fn whole(path: &Path, most: u64) -> Result<Vec<u8>, Why> {
    match beginning(path, most)? {
        (_, true) => Err(Why::TooLarge),
        (bytes, false) => Ok(bytes),
    }
}

/// At most so many characters of a text.
fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
