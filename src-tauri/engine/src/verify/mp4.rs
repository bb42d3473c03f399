//! MP4: a chain of boxes that ends where the file ends, with a film header in it (ISO/IEC 14496-12 section 4.2).

use std::io::{Read, Seek, SeekFrom};

use super::Defect;

/// A fragmented film has a pair of boxes every few seconds; days of film stay below this.
const MOST_BOXES: u32 = 1_000_000;

pub(super) fn examine<F: Read + Seek>(file: &mut F, size: u64) -> Result<(), Defect> {
    let cut = || Defect::content("its last box is longer than the file; it was cut short");
    let (mut position, mut boxes) = (0, 0);
    let (mut film, mut media) = (false, false);
    while position < size {
        file.seek(SeekFrom::Start(position)).map_err(Defect::Disk)?;
        let mut header = [0; 8];
        file.read_exact(&mut header).map_err(|_| cut())?;
        let [a, b, c, d, kind @ ..] = header;
        if boxes == 0 && !matches!(&kind, b"ftyp" | b"styp" | b"moov" | b"wide" | b"mdat" | b"free" | b"skip") {
            return Err(Defect::content("it does not begin like an MP4 film"));
        }
        let length = match u32::from_be_bytes([a, b, c, d]) {
            0 => size - position,
            1 => {
                let mut long = [0; 8];
                file.read_exact(&mut long).map_err(|_| cut())?;
                u64::from_be_bytes(long)
            }
            short => u64::from(short),
        };
        if length < 8 {
            return Err(Defect::content(format!("the box at byte {position} is shorter than its own header")));
        }
        position = position.checked_add(length).filter(|end| *end <= size).ok_or_else(cut)?;
        film |= &kind == b"moov";
        media |= &kind == b"mdat";
        boxes += 1;
        if boxes > MOST_BOXES {
            return Err(Defect::content("it has more boxes than a film has"));
        }
    }
    match (film, media) {
        (true, true) => Ok(()),
        (false, _) => Err(Defect::content("it has no film header (moov); it may have been cut short")),
        (true, false) => Err(Defect::content("it has no media data (mdat)")),
    }
}
