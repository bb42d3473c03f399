//! Links: the first one, and another whenever the one in use is dead.

use jiff::Timestamp;

use super::{Bringing, Held};
use crate::retry;
use crate::transfer::{Error, Link, LinkNeed};

/// Links asked for in a row without one more byte.
const RENEWALS: u32 = 5;

impl Bringing<'_, '_> {
    /// A link to ask by, another one if the server's clock says that ours is dead.
    pub(super) async fn ensure_link(&mut self) -> Result<(), Error> {
        let Some(held) = &self.link else {
            return self.take_link(LinkNeed::First).await;
        };
        if held.used && held.link.one_time {
            let (spent, renewable) = (held.link.url.clone(), held.link.renewable);
            if renewable {
                self.renew(None).await?;
            }
            // A server that gives the same link again has given none.
            if self.link.as_ref().is_none_or(|held| held.link.url == spent) {
                return Err(Error::LinkSpent);
            }
            return Ok(());
        }
        let server_now = self.ahead.and_then(|ahead| self.transfer.context.clock.now().checked_add(ahead).ok());
        if held.used && held.link.renewable && expired(&held.link, server_now) {
            return self.renew(None).await;
        }
        Ok(())
    }

    pub(super) async fn renew(&mut self, status: Option<u16>) -> Result<(), Error> {
        if self.renewals >= RENEWALS {
            return Err(Error::LinkDead { status: status.unwrap_or(403), renewable: true });
        }
        if self.renewals > 0 {
            let policy = &self.transfer.order.limits.retry;
            let wait = retry::backoff(policy, self.renewals - 1, &*self.transfer.context.entropy);
            self.wait(wait, "the link was dead at once".into()).await?;
        }
        self.renewals += 1;
        let spent = self.link.as_ref().is_some_and(|held| held.link.one_time);
        self.take_link(LinkNeed::Renew { status }).await?;
        let bytes = self.transfer.held.bytes;
        self.transfer.tell(match status {
            Some(status) => format!("the link was dead ({status}); renewed at byte {bytes}"),
            None if spent => format!("the link works once; another one at byte {bytes}"),
            None => format!("the link had expired; renewed at byte {bytes}"),
        });
        Ok(())
    }

    pub(super) async fn take_link(&mut self, need: LinkNeed) -> Result<(), Error> {
        let link = tokio::select! {
            biased;
            () = self.transfer.stop.cancelled() => return Err(Error::Stopped),
            link = self.source.link(need) => link.map_err(Error::Source)?,
        };
        self.link = Some(Held { link, used: false });
        Ok(())
    }
}

/// Whether a link is dead at that moment of the server's clock.
pub(super) fn expired(link: &Link, server_now: Option<Timestamp>) -> bool {
    matches!((link.expires_at, server_now), (Some(expires), Some(now)) if now >= expires)
}
