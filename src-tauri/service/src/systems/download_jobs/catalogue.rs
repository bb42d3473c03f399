//! The files that can be chosen: five of each project, and two long logs. None of them is stored; each is made when it is asked
//! for, and the same every time.

use std::io::{self, Write};
use std::sync::LazyLock;

use jiff::Timestamp;

use crate::dataset::{self, Project};
use crate::exporters::{self, ExportError, Format};

const MIB: u64 = 1024 * 1024;

/// The date in files of the catalogue: they were there before anybody asked.
const MADE_AT: Timestamp = Timestamp::constant(1_748_764_800, 0);

static CATALOGUE: LazyLock<Vec<File>> = LazyLock::new(|| {
    let contents = dataset::projects().iter().flat_map(|project| {
        [
            (Content::Report(project, Format::Csv), "measurements.csv"),
            (Content::Conditions(project), "conditions.csv"),
            (Content::Report(project, Format::Ost), "project.xml"),
            (Content::Report(project, Format::Pdf), "report.pdf"),
            (Content::ReadMe(project), "README – Übersicht 说明.txt"),
        ]
        .map(|(content, name)| (content, format!("{}/{name}", project.id)))
    });
    let logs = [8, 64].map(|mib| (Content::SensorLog(mib * MIB), format!("site-sensors/log-{mib}-mib.csv")));
    contents.chain(logs).zip(1..).map(|((content, name), id)| File { id, name, content }).collect()
});

/// A file of the catalogue.
#[derive(Debug)]
pub(super) struct File {
    pub(super) id: i64,
    /// Path within a ZIP.
    pub(super) name: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Report(&'static Project, Format),
    Conditions(&'static Project),
    ReadMe(&'static Project),
    /// This many bytes.
    SensorLog(u64),
}

/// The file of this id.
pub(super) fn file(id: i64) -> Option<&'static File> {
    CATALOGUE.iter().find(|file| file.id == id)
}

/// All files with their sizes in bytes.
pub(super) fn listing() -> &'static [(&'static File, u64)] {
    static LISTING: LazyLock<Vec<(&File, u64)>> =
        LazyLock::new(|| CATALOGUE.iter().map(|file| (file, file.size())).collect());
    &LISTING
}

impl File {
    /// Whether compressing it is worth the time; the logs are there to be long.
    pub(super) fn is_log(&self) -> bool {
        matches!(self.content, Content::SensorLog(_))
    }

    /// Writes the file's bytes.
    pub(super) fn write(&self, out: &mut dyn Write) -> Result<(), ExportError> {
        match &self.content {
            Content::Report(project, format) => exporters::write(*format, project, MADE_AT, out),
            Content::Conditions(project) => exporters::csv::write_conditions(project, out),
            Content::ReadMe(project) => Ok(read_me(project, out)?),
            Content::SensorLog(size) => Ok(sensor_log(*size, out)?),
        }
    }

    fn size(&self) -> u64 {
        match self.content {
            Content::SensorLog(size) => size,
            Content::Report(..) | Content::Conditions(_) | Content::ReadMe(_) => {
                let mut count = Count(0);
                // What cannot be written fails with a reason when it is asked for.
                if self.write(&mut count).is_err() { 0 } else { count.0 }
            }
        }
    }
}

fn read_me(project: &Project, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\nfor {}\n\n{}\n", project.name, project.client_name, project.description)?;
    writeln!(out, "{} conditions, {} measurements:\n", project.conditions.len(), project.measurement_count())?;
    for condition in &project.conditions {
        let name = condition.name.replace(char::is_control, " ");
        writeln!(out, "  {}  {:>12} {:<4} {name}", condition.id, condition.total_quantity, condition.unit)?;
    }
    Ok(())
}

/// Readings of sensors on a building site, one a second, cut to the size at the end.
fn sensor_log(size: u64, out: &mut dyn Write) -> io::Result<()> {
    let mut left = usize::try_from(size).unwrap_or(usize::MAX);
    let mut chunk = Vec::with_capacity(64 * 1024);
    chunk.extend_from_slice(b"second,sensor,temperature_c,vibration_mm_s\n");
    for second in 0_u64.. {
        let mixed = second.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (sensor, temperature, vibration) = (mixed >> 59, (mixed >> 40) % 350, (mixed >> 20) % 10_000);
        writeln!(chunk, "{second},S{sensor:02},{}.{},0.{vibration:04}", temperature / 10, temperature % 10)?;
        if chunk.len() >= 63 * 1024 || chunk.len() >= left {
            let count = chunk.len().min(left);
            out.write_all(&chunk[..count])?;
            left -= count;
            chunk.clear();
        }
        if left == 0 {
            break;
        }
    }
    Ok(())
}

/// Counts and keeps nothing.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
