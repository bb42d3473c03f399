//! `landfall receipt` and `landfall verify`: what landed, and whether it is still that.

use std::io::Read as _;
use std::path::Path;

use landfall_engine::digest::Sha256;
use landfall_engine::job::{LandedFile, State};
use landfall_engine::receipt::Receipt;
use landfall_wire::{ErrorCode, Failure};
use serde_json::json;

use super::{Outcome, find, home, reader};
use crate::args::{Global, Many, One};
use crate::console::{Console, size};
use crate::exit::{self, Ending};

/// Bytes hashed at once.
const PIECE: usize = 1 << 20;

pub(super) fn receipt(args: &One, global: &Global, console: &Console) -> Outcome {
    let jobs = reader(global)?.jobs()?;
    let job = find(&jobs, &args.id)?;
    let Some(receipt) = Receipt::read(&home(global)?, &job.wish.id)? else {
        return Err(Ending::usage(
            format!("Job {} has not landed, so it has no receipt", job.wish.id),
            format!("See where it stands: landfall show {}", job.wish.id),
        ));
    };
    console.document(&receipt);
    let field = |name: &str, value: &str| console.line(&format!("{name:<12} {value}"));
    field("job", receipt.wish.id.as_str());
    field("landed", &format!("{:.0}", receipt.landed_at));
    field("connection", &receipt.wish.connection);
    field("server job", &receipt.remote_id);
    field("correlation", receipt.wish.correlation.as_str());
    for file in &receipt.files {
        field("file", &file.path.display().to_string());
        field("size", &format!("{} bytes ({})", file.size, size(file.size)));
        field("sha256", &file.sha256);
        field("proof", &file.vouched.words());
    }
    Ok(exit::OK)
}

pub(super) fn verify(args: &Many, global: &Global, console: &Console) -> Outcome {
    let jobs = reader(global)?.jobs()?;
    let mut status = exit::OK;
    for id in &args.ids {
        let job = find(&jobs, id)?;
        let State::Landed { files, .. } = &job.state else {
            return Err(Ending::usage(
                format!("Job {} has not landed, so there is nothing to verify", job.wish.id),
                format!("See where it stands: landfall show {}", job.wish.id),
            ));
        };
        for file in files {
            let verdict = hashed(&file.path).and_then(|(found, size)| same(file, &found, size));
            let path = file.path.display();
            console.document(&json!({
                "id": job.wish.id, "path": file.path, "sha256": file.sha256, "verified": verdict.is_ok(),
                "error": verdict.as_ref().err(),
            }));
            match verdict {
                Ok(()) => console.line(&format!("{path}: verified, sha256 {}", file.sha256)),
                Err(failure) => {
                    let ending = Ending::from(failure);
                    status = ending.status;
                    console.tell(&ending);
                }
            }
        }
    }
    Ok(status)
}

fn same(file: &LandedFile, found: &str, size: u64) -> Result<(), Failure> {
    if found == file.sha256 && size == file.size {
        return Ok(());
    }
    let message = format!("{} is not what landed: it has {size} bytes, sha256 {found}", file.path.display());
    let landed = format!(
        "It landed with {} bytes, sha256 {}; somebody changed it since. Export it again",
        file.size, file.sha256
    );
    Err(Failure::new(ErrorCode::ValidationFailed, message).with_remediation(landed))
}

fn hashed(path: &Path) -> Result<(String, u64), Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(
            ErrorCode::DiskError,
            format!("{} cannot be read: {}", path.display(), landfall_engine::words::of_io(&error)),
        )
        .with_remediation("If it was moved or deleted, export it again")
    };
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let (mut hash, mut size, mut piece) = (Sha256::default(), 0, vec![0; PIECE]);
    loop {
        let length = file.read(&mut piece).map_err(unreadable)?;
        if length == 0 {
            return Ok((hash.finish(), size));
        }
        hash.update(&piece[..length]);
        size += length as u64;
    }
}
