//! How what was brought gets its names: all files of a job or none, none in the place of another of the same job, and what
//! is in use as a person wants it.

use landfall_wire::Failure;
use tokio::sync::watch;

use super::Haul;
use crate::crash;
use crate::job::work::Errand;
use crate::site::Setback;
use crate::transfer::name::folded;
use crate::transfer::{self, Clash, Error, Landing, Naming, Progress};

impl Errand {
    /// Gives all files their names; once begun, it is gone on with at the next start.
    pub(super) async fn publish(
        &self,
        files: usize,
        haul: Haul<'_>,
        progress: &watch::Sender<Progress>,
    ) -> Result<Vec<Landing>, Setback> {
        progress.send_modify(|progress| progress.doing = transfer::Doing::Publishing);
        let tickets = self.tickets(files);
        let clash = match self.job.wish.clash {
            Some(clash) => clash,
            None => self.free_names(&tickets, haul).await?,
        };
        let folder = &self.job.wish.folder;
        let mut landings: Vec<Landing> = Vec::new();
        for ticket in tickets {
            if !landings.is_empty() {
                crash::reach("job.part-published");
            }
            let name = transfer::journal_of(folder, &ticket).and_then(|summary| summary.name);
            let clash = if name.is_some_and(|name| is_ours(&landings, &name)) { Clash::Number } else { clash };
            let landing = transfer::publish(&ticket, folder, clash, haul.context).await;
            landings.push(landing.map_err(Failure::from)?);
        }
        Ok(landings)
    }

    /// What is done about a name that comes into use from now on: none is at the moment, or a person is asked first.
    async fn free_names(&self, tickets: &[String], haul: Haul<'_>) -> Result<Clash, Setback> {
        for ticket in tickets {
            let in_use = transfer::name_in_use(ticket, &self.job.wish.folder, haul.context).await;
            if let Some(name) = in_use.map_err(Failure::from)? {
                return Err(Failure::from(Error::NameInUse(name)).into());
            }
        }
        Ok(Clash::Number)
    }
}

/// Whether a file of the same job has that name, or would have it where case does not count.
fn is_ours(landings: &[Landing], name: &str) -> bool {
    let is_called = |landing: &Landing| landing.path.file_name().and_then(|own| own.to_str()).map(folded);
    landings.iter().any(|landing| is_called(landing) == Some(folded(name)))
}

/// What a person wants comes first; of a name that ends with `.*` everything but its ending.
pub(super) fn naming(wanted: Option<&str>, known: Option<&str>) -> Naming {
    match (wanted, known) {
        (Some(wanted), known) => match wanted.strip_suffix(".*") {
            Some(stem) => Naming::Stem { stem: stem.to_owned(), like: known.map(str::to_owned) },
            None => Naming::Fixed(wanted.to_owned()),
        },
        (None, Some(known)) => Naming::Fixed(known.to_owned()),
        (None, None) => Naming::FromServer { fallback: None },
    }
}
