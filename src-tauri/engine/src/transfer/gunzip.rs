//! Unpacks gzip while it streams, in steps small enough that no input can fill the memory.

use std::fmt;
use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;

/// Packed bytes taken at once: at gzip's greatest ratio (about 1,000) this makes four megabytes.
const STEP: usize = 4 * 1024;

/// Unpacks one stream.
pub(crate) struct Gunzip(MultiGzDecoder<Vec<u8>>);

impl Gunzip {
    /// Nothing taken yet.
    pub(crate) fn new() -> Self {
        Self(MultiGzDecoder::new(Vec::new()))
    }

    /// Takes as much of the piece as makes a bounded output; gives that, and leaves the rest in the piece.
    pub(crate) fn take(&mut self, piece: &mut Bytes) -> io::Result<Bytes> {
        let step = piece.split_to(piece.len().min(STEP));
        self.0.write_all(&step)?;
        Ok(Bytes::from(std::mem::take(self.0.get_mut())))
    }

    /// The last bytes; an error when the stream did not end properly.
    pub(crate) fn finish(self) -> io::Result<Bytes> {
        Ok(Bytes::from(self.0.finish()?))
    }
}

impl fmt::Debug for Gunzip {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Gunzip")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(bytes: &[u8]) -> Bytes {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn what_was_packed_comes_out_in_bounded_steps() {
        let plain = vec![7; 30_000_000];
        let mut packed = packed(&plain);
        let mut gunzip = Gunzip::new();
        let mut count = 0;
        while !packed.is_empty() {
            let step = gunzip.take(&mut packed).unwrap();
            assert!(step.len() <= 8 * 1024 * 1024, "{} bytes at once", step.len());
            count += step.len();
        }
        assert_eq!(count + gunzip.finish().unwrap().len(), plain.len());
    }

    #[test]
    fn cut_stream_is_an_error() {
        let mut packed = packed(b"some text that is long enough to be cut");
        packed.truncate(packed.len() - 6);
        let mut gunzip = Gunzip::new();
        let _ = gunzip.take(&mut packed);
        assert!(gunzip.finish().is_err(), "the trailer is missing");
    }
}
