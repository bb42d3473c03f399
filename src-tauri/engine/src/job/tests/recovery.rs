//! What each of the twelve codes can be recovered by (the error table of the systems).

use std::time::Duration;

use landfall_wire::{ErrorCode, Failure};

use super::{Life, landed_file, rules, trouble};
use crate::connector::{RemoteState, Report};
use crate::job::*;

/// A job whose download is under way.
fn downloading() -> Life {
    let mut life = Life::of(rules(false, true));
    life.submitted("1");
    life.tell(News::Reported(Report::of(RemoteState::Ready)));
    life.tell(News::Resolved);
    life
}

fn is_downloading(life: &Life) -> bool {
    matches!(&life.job.state, State::Active(Stage::Download(download)) if download.remote.id == "1")
}

/// Every code has its row here: a new one does not compile without.
#[test]
fn every_code_recovers_as_the_table_says() {
    for code in ErrorCode::ALL {
        match code {
            ErrorCode::JobCreationFailed => {
                let mut life = Life::of(rules(false, true));
                let key = life.job.idempotency_key();
                life.tell(News::Sending);
                life.tell(trouble(code, Remedy::Fail));
                life.order(Order::Retry);
                assert_eq!(life.job.idempotency_key(), key, "retry is idempotent: the same key");
            }
            ErrorCode::JobTimeout => {
                let mut life = Life::of(rules(false, true));
                life.submitted("1");
                life.passes(Duration::from_mins(31));
                life.tell(News::Reported(Report::of(RemoteState::Preparing)));
                assert_eq!(life.job.state.failure().map(|failure| failure.code), Some(code));
                life.order(Order::Extend(Duration::from_hours(1)));
                assert_eq!((life.job.state.remote_id(), life.job.round), (Some("1"), 0), "the same server job");
            }
            ErrorCode::JobFailed => {
                let mut life = Life::of(rules(false, true));
                let key = life.job.idempotency_key();
                life.submitted("1");
                life.tell(News::Reported(Report::of(RemoteState::failed(None))));
                life.order(Order::Retry);
                assert_ne!(life.job.idempotency_key(), key, "a new server job needs a new key");
                assert_eq!(life.job.state, State::Active(Stage::Submit(Submit::default())));
            }
            ErrorCode::DownloadFailed => {
                let mut life = downloading();
                life.tell(trouble(code, Remedy::Fail));
                let ticket = life.job.ticket();
                life.order(Order::Retry);
                assert!(is_downloading(&life) && life.job.ticket() == ticket, "resumed with the bytes that are here");
            }
            ErrorCode::ExtractionFailed => {
                let mut life = downloading();
                std::sync::Arc::make_mut(&mut life.job.wish).extract = true;
                life.tell(News::Landed(vec![landed_file(true)]));
                let failure = Failure::new(code, "It is no package");
                life.tell(News::Finished { extraction: Extraction::Failed(failure), notes: Vec::new() });
                assert!(matches!(life.job.state, State::Landed { .. }), "the job stays landed");
                life.order(Order::Retry);
                assert!(matches!(life.job.state, State::Active(Stage::Finish(_))), "from the landed file");
            }
            ErrorCode::ValidationFailed => {
                let mut life = downloading();
                // Once by itself is the transfer's business: its journal remembers that over restarts.
                life.tell(trouble(code, Remedy::Fail));
                assert_eq!(life.job.state.failure().map(|failure| failure.code), Some(code), "a person decides");
                life.order(Order::Retry);
                assert!(is_downloading(&life));
            }
            ErrorCode::NetworkError | ErrorCode::DiskError => {
                let mut life = downloading();
                let rests = life.tell(trouble(code, Remedy::Rest(Duration::from_secs(30))));
                assert!(rests.effects.contains(&Effect::WakeAt(life.now + Duration::from_secs(30))), "by itself");
                life.wake();
                assert!(is_downloading(&life));
            }
            ErrorCode::AuthenticationError => {
                let mut life = downloading();
                life.tell(trouble(code, Remedy::SignIn));
                assert!(matches!(life.job.state, State::NeedsSignIn { .. }), "it waits");
                life.order(Order::SignedIn);
                assert!(is_downloading(&life));
            }
            ErrorCode::ResultExpired => {
                let mut life = downloading();
                life.tell(trouble(code, Remedy::Fail));
                assert!(matches!(life.job.state, State::Expired { .. }));
                life.order(Order::Retry);
                assert_eq!((life.job.round, life.job.past.as_slice()), (1, &["1".to_owned()][..]), "a new server job");
            }
            ErrorCode::Cancelled => {
                let mut life = downloading();
                life.order(Order::Cancel);
                life.refused(Order::Retry);
            }
            // Nothing of a job: the home is not ours to carry it.
            ErrorCode::HomeInUse => {}
        }
    }
}
