//! `landfall receipt` and `landfall verify`: what landed, and whether it is still that.

use landfall_engine::job::State;
use landfall_engine::proof::unchanged;
use landfall_engine::receipt::Receipt;
use serde_json::json;

use super::{Outcome, find, home, reader};
use crate::args::{Global, Many, One};
use crate::console::{Console, size};
use crate::exit::{self, Ending};

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
            let verdict = unchanged(file);
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
