//! Writing a package (P-5, P-6): a ZIP with `manifest.json` and a file for each component, or one JSON document of all of them.
//! The same components make the same bytes, so that an ETag outlives the job.

use std::io::{self, Write};

use brotli::enc::BrotliEncoderParams;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::estate::Component;
use super::{Compression, Format, PackageOptions};

/// How a package is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoilt {
    /// A ZIP without `manifest.json`.
    NoManifest,
    /// The last file of the manifest is not there.
    MissingFile,
    /// No byte at all.
    Empty,
    /// A page of HTML, as a proxy puts it in the place of a file.
    NotZip,
}

/// Writes the package of these components.
pub(super) fn write(
    components: &[&Component],
    options: PackageOptions,
    spoilt: Option<Spoilt>,
    out: &mut impl Write,
) -> io::Result<()> {
    match (spoilt, options.format) {
        (Some(Spoilt::Empty), _) => Ok(()),
        (Some(Spoilt::NotZip), _) => out
            .write_all(b"<!doctype html><title>Sign in</title><p>Your session has ended, please sign in again.</p>\n"),
        (_, Format::Zip) => zip(components, options, spoilt, out),
        (_, Format::Json) => json_document(components, options, out),
    }
}

fn zip(
    components: &[&Component],
    options: PackageOptions,
    spoilt: Option<Spoilt>,
    out: &mut impl Write,
) -> io::Result<()> {
    let method = match options.compression {
        Compression::None => CompressionMethod::Stored,
        Compression::Gzip | Compression::Brotli => CompressionMethod::Deflated,
    };
    // A fixed date: the same components make the same ZIP.
    let entry = SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new_stream(out);
    if spoilt != Some(Spoilt::NoManifest) {
        let steps = components.iter().map(|component| step(component, "StorageFilename", json!(file_name(component))));
        zip.start_file("manifest.json", entry)?;
        serde_json::to_writer_pretty(&mut zip, &json!({"ExportedSteps": steps.collect::<Value>()}))?;
    }
    let count = components.len() - usize::from(spoilt == Some(Spoilt::MissingFile)).min(components.len());
    for component in components.iter().take(count) {
        zip.start_file(file_name(component), entry)?;
        serde_json::to_writer_pretty(&mut zip, &component.content(options.include_history))?;
    }
    zip.finish()?;
    Ok(())
}

/// The manifest with the components themselves in the place of their files' names.
fn json_document(components: &[&Component], options: PackageOptions, out: &mut impl Write) -> io::Result<()> {
    let steps =
        components.iter().map(|component| step(component, "Content", component.content(options.include_history)));
    let text = serde_json::to_vec_pretty(&json!({"ExportedSteps": steps.collect::<Value>()}))?;
    match options.compression {
        Compression::None => out.write_all(&text),
        Compression::Gzip => {
            // Its header holds no date and no name: the same text makes the same bytes.
            let mut gzip = flate2::write::GzEncoder::new(out, flate2::Compression::default());
            gzip.write_all(&text)?;
            gzip.finish().map(drop)
        }
        Compression::Brotli => {
            let parameters = BrotliEncoderParams { quality: 9, ..BrotliEncoderParams::default() };
            brotli::BrotliCompress(&mut text.as_slice(), out, &parameters).map(drop)
        }
    }
}

fn step(component: &Component, what: &str, value: Value) -> Value {
    let mut step = json!({
        "ExportProviderSystemName": component.provider.as_str(),
        "SystemName": component.name,
    });
    step[what] = value;
    step
}

fn file_name(component: &Component) -> String {
    format!("{}/{}.json", component.provider.folder(), component.name)
}
