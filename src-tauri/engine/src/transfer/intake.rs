//! Takes a body in: compares what overlaps, unpacks, cuts at the end, limits the rate, and notices silence.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::gunzip::Gunzip;
use super::writer::Writer;
use super::{Context, Limits, Progress};
use crate::retry::Trouble;

/// Bytes that make a batch worth handing over.
const BATCH: usize = 128 * 1024;

/// How often what is collected is handed over anyway, progress told, and silence looked for.
const TICK: Duration = Duration::from_millis(200);

/// Silence is counted in quarters of the limit; fewer bytes than this in a quarter are a trickle, which is as good as
/// silence: with the default limit about four bytes a second.
const TRICKLE: u64 = 32;

/// Quarters of silence that make the limit.
const QUARTERS: u32 = 4;

/// How a body ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// All that the head announced is here.
    Full,
    /// The body ended properly by its framing; nothing had announced its length.
    Whole,
    /// The connection ended, and nothing had announced the body's length.
    Open,
    /// It ended too early.
    Cut(Trouble),
    /// What overlaps is not what we have.
    Differs,
    /// We were told to stop.
    Stopped,
    /// The disk refused.
    Disk(std::io::Error),
}

/// Everything around one body.
#[derive(Debug)]
pub(crate) struct Intake<'a> {
    /// Where bytes go.
    pub(crate) writer: &'a mut Writer,
    /// What the first bytes must be.
    pub(crate) overlap: Bytes,
    /// Where the body ends, as a position in the whole.
    pub(crate) until: Option<u64>,
    /// Whether the framing tells a proper end from a cut.
    pub(crate) framed: bool,
    /// Unpacks, when the body is packed.
    pub(crate) gunzip: Option<Gunzip>,
    pub(crate) limits: &'a Limits,
    pub(crate) context: &'a Context,
    pub(crate) progress: &'a watch::Sender<Progress>,
    pub(crate) stop: &'a CancellationToken,
}

impl Intake<'_> {
    /// Takes the whole body.
    pub(crate) async fn take(mut self, mut response: reqwest::Response) -> Ended {
        let mut batch = Batch::default();
        let ended = self.pull(&mut response, &mut batch).await;
        let ended = match (ended, self.gunzip.take()) {
            (Ended::Open | Ended::Whole, Some(gunzip)) => match gunzip.finish() {
                Ok(rest) => {
                    batch.push(rest);
                    Ended::Whole
                }
                Err(_) => Ended::Cut(Trouble::Cut),
            },
            (ended, _) => ended,
        };
        // Also what came before a cut is worth keeping.
        match self.hand_over(&mut batch).await {
            Ok(()) => ended,
            Err(error) => Ended::Disk(error),
        }
    }

    async fn pull(&mut self, response: &mut reqwest::Response, batch: &mut Batch) -> Ended {
        let clock = self.context.clock.clone();
        let mut silence = Silence::new(self.limits.idle, clock.monotonic());
        let mut pace = Pace::default();
        let tick = TICK.min(self.limits.idle / QUARTERS);
        let mut ticking = clock.sleep(tick);
        loop {
            if self.overlap.is_empty()
                && self.until.is_some_and(|until| self.writer.accepted() + batch.bytes as u64 >= until)
            {
                return Ended::Full;
            }
            let piece = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ended::Stopped,
                piece = response.chunk() => piece,
                () = &mut ticking => {
                    ticking = clock.sleep(tick);
                    if let Err(error) = self.hand_over(batch).await {
                        return Ended::Disk(error);
                    }
                    if silence.is_over(clock.monotonic()) {
                        return Ended::Cut(Trouble::Silent);
                    }
                    continue;
                }
            };
            let piece = match piece {
                Ok(Some(piece)) => piece,
                Ok(None) if self.until.is_some() => return Ended::Cut(Trouble::Cut),
                Ok(None) if self.framed => return Ended::Whole,
                Ok(None) => return Ended::Open,
                Err(error) => return Ended::Cut(Trouble::of(&error)),
            };
            silence.heard(piece.len());
            let before = clock.monotonic();
            let wait = pace
                .wait(self.limits.rate.get(), piece.len(), before)
                .max(self.limits.shared.wait(piece.len(), before));
            if let Err(ended) = self.accept(piece, batch).await {
                return ended;
            }
            if !wait.is_zero() && self.rest(wait, batch).await {
                return Ended::Stopped;
            }
            if clock.monotonic().saturating_sub(before) > TICK / 4 {
                silence.excuse(clock.monotonic());
            }
        }
    }

    /// One piece on its way: compared, unpacked, cut, collected.
    async fn accept(&mut self, mut piece: Bytes, batch: &mut Batch) -> Result<(), Ended> {
        if !self.overlap.is_empty() {
            let count = self.overlap.len().min(piece.len());
            if self.overlap.split_to(count) != piece.split_to(count) {
                return Err(Ended::Differs);
            }
        }
        while !piece.is_empty() {
            let plain = match &mut self.gunzip {
                None => std::mem::take(&mut piece),
                Some(gunzip) => gunzip.take(&mut piece).map_err(|_| Ended::Cut(Trouble::Garbled))?,
            };
            let room =
                self.until.map_or(u64::MAX, |until| until.saturating_sub(self.writer.accepted() + batch.bytes as u64));
            batch.push(plain.slice(..plain.len().min(usize::try_from(room).unwrap_or(usize::MAX))));
            if batch.bytes >= BATCH {
                self.hand_over(batch).await.map_err(Ended::Disk)?;
            }
        }
        Ok(())
    }

    async fn hand_over(&mut self, batch: &mut Batch) -> std::io::Result<()> {
        if batch.bytes == 0 {
            return Ok(());
        }
        self.writer.write(std::mem::take(batch).pieces).await?;
        let bytes = self.writer.accepted();
        self.progress.send_modify(|progress| progress.bytes = bytes);
        Ok(())
    }

    /// Waits for the rate's sake, in steps, so that a changed limit is soon obeyed; true when told to stop.
    async fn rest(&mut self, wait: Duration, batch: &mut Batch) -> bool {
        let limits = self.limits;
        let rates = || (limits.rate.get(), limits.shared.get());
        let before = rates();
        let mut left = wait;
        while !left.is_zero() && rates() == before {
            let step = left.min(TICK);
            // A write that fails shows again with the next batch.
            let _ = self.hand_over(batch).await;
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return true,
                () = self.context.clock.sleep(step) => left -= step,
            }
        }
        false
    }
}

/// Pieces collected for the disk.
#[derive(Debug, Default)]
struct Batch {
    pieces: Vec<Bytes>,
    bytes: usize,
}

impl Batch {
    fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.bytes += piece.len();
            self.pieces.push(piece);
        }
    }
}

/// Notices silence of the server, and not our own pauses.
#[derive(Debug)]
struct Silence {
    quarter: Duration,
    since: Duration,
    heard: u64,
    quiet: u32,
}

impl Silence {
    fn new(limit: Duration, now: Duration) -> Self {
        Self { quarter: limit / QUARTERS, since: now, heard: 0, quiet: 0 }
    }

    fn heard(&mut self, bytes: usize) {
        self.heard += bytes as u64;
    }

    /// We paused ourselves: what was not read is not the server's silence.
    fn excuse(&mut self, now: Duration) {
        (self.since, self.heard, self.quiet) = (now, 0, 0);
    }

    fn is_over(&mut self, now: Duration) -> bool {
        if now.saturating_sub(self.since) < self.quarter {
            return false;
        }
        self.quiet = if self.heard < TRICKLE { self.quiet + 1 } else { 0 };
        (self.since, self.heard) = (now, 0);
        self.quiet >= QUARTERS
    }
}

/// Spreads bytes over time.
#[derive(Debug, Default)]
pub(super) struct Pace {
    free_at: Duration,
}

impl Pace {
    /// How long to wait after a piece, so that the limit holds over any longer time.
    pub(super) fn wait(&mut self, rate: u64, bytes: usize, now: Duration) -> Duration {
        if rate == 0 {
            self.free_at = now;
            return Duration::ZERO;
        }
        #[expect(clippy::cast_precision_loss, reason = "bytes of one piece and a rate, for a wait")]
        let cost = Duration::from_secs_f64(bytes as f64 / rate as f64);
        self.free_at = self.free_at.max(now) + cost;
        self.free_at.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn trickle_counts_as_silence_and_a_pause_of_ours_does_not() {
        let mut silence = Silence::new(seconds(40), seconds(0));
        for quarter in 1..4 {
            silence.heard(1);
            assert!(!silence.is_over(seconds(quarter * 10)), "quarter {quarter}");
        }
        silence.heard(1);
        assert!(silence.is_over(seconds(40)), "four bytes in forty seconds");

        let mut silence = Silence::new(seconds(40), seconds(0));
        silence.excuse(seconds(100));
        assert!(!silence.is_over(seconds(105)), "we were the ones who paused");
    }

    #[test]
    fn flow_is_no_silence() {
        let mut silence = Silence::new(seconds(4), seconds(0));
        for second in 1..100 {
            silence.heard(100);
            assert!(!silence.is_over(seconds(second)));
        }
    }

    #[test]
    fn shared_limit_holds_for_all_together() {
        let throttle = crate::transfer::Throttle::default();
        let other = throttle.clone();
        assert_eq!(throttle.wait(1 << 20, seconds(0)), Duration::ZERO, "no limit yet");
        other.set(1000);
        let mut now = Duration::ZERO;
        for _ in 0..50 {
            now += throttle.wait(50, now).max(other.wait(50, now));
        }
        assert_eq!(now, seconds(5), "twice 2,500 bytes at 1,000 a second");
    }

    #[test]
    fn pace_keeps_the_rate_over_time() {
        let mut pace = Pace::default();
        let mut now = Duration::ZERO;
        for _ in 0..100 {
            now += pace.wait(1000, 50, now);
        }
        assert_eq!(now, seconds(5), "5,000 bytes at 1,000 a second");
        assert_eq!(pace.wait(0, 1 << 20, now), Duration::ZERO, "no limit");
    }
}
