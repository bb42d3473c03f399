//! Follows a job by asking again and again.

use std::time::Duration;

use crate::connector::{RemoteState, Report};
use crate::job::work::{Errand, Teller};
use crate::job::{News, Remote};
use crate::site::Setback;

/// Follows by polling, until the work is taken away because the job has moved on.
pub(crate) async fn poll(errand: &Errand, remote: &Remote, teller: &Teller) -> Result<(), Setback> {
    let connector = &errand.site.connector;
    let mut lost_since: Option<Duration> = None;
    let mut count = 0;
    loop {
        let report = ask(errand, remote).await?;
        count += 1;
        let percent = report.percent;
        if report.state == RemoteState::Lost {
            // A server behind a balancer may not know its newest jobs everywhere at once.
            let since = *lost_since.get_or_insert_with(|| errand.clock.monotonic());
            if errand.clock.monotonic().saturating_sub(since) >= connector.lost_after() {
                teller.tell(News::Reported(report)).await;
            }
        } else {
            lost_since = None;
            errand.links.put(&report.parts);
            teller.tell(News::Reported(report)).await;
        }
        errand.clock.sleep(connector.poll_delay(count, percent)).await;
    }
}

async fn ask(errand: &Errand, remote: &Remote) -> Result<Report, Setback> {
    let connector = &errand.site.connector;
    let request = errand.with_scope(Some(remote), |scope| connector.poll_request(scope))?;
    let answer = errand.site.ask(request).await?;
    Ok(errand.with_scope(Some(remote), |scope| connector.read_poll(scope, &answer))?)
}
