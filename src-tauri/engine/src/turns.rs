//! Turns: only so many at once, and the more urgent first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::job::Priority;

/// Once the more urgent have passed over the eldest so often, it goes next however urgent the others are: nobody waits for
/// ever.
const PATIENCE: u32 = 20;

/// How often anybody's urgency has changed. A queue sorts itself again only when this has moved, so that a turn costs the
/// same among ten and among ten thousand who wait.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// How urgent one who waits is; whoever holds a clone may change that while it waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Urgency(Arc<AtomicI16>);

impl Urgency {
    /// As urgent as that from now on.
    pub(crate) fn set(&self, priority: Priority) {
        if self.0.swap(priority.number(), Ordering::Relaxed) != priority.number() {
            CHANGES.fetch_add(1, Ordering::Release);
        }
    }

    fn now(&self) -> i16 {
        self.0.load(Ordering::Relaxed)
    }
}

impl From<Priority> for Urgency {
    fn from(priority: Priority) -> Self {
        Self(Arc::new(AtomicI16::new(priority.number())))
    }
}

/// So many turns. Within one priority they are taken in the order of asking.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug)]
struct Queue {
    at_once: i64,
    /// Below zero while more are out than there may be.
    free: i64,
    /// By urgency, the most urgent first, and within one in the order of asking.
    waiting: BTreeMap<Reverse<i16>, VecDeque<Waiting>>,
    /// How many have had to wait so far.
    asked: u64,
    /// How often the eldest who waits was passed over.
    passed_over: u32,
    /// [`CHANGES`] when this was sorted.
    sorted_at: u64,
}

#[derive(Debug)]
struct Waiting {
    /// Its place in the order of asking.
    asked: u64,
    urgency: Urgency,
    go: oneshot::Sender<Turn>,
}

impl Turns {
    /// So many at once.
    pub(crate) fn new(at_once: u32) -> Self {
        let at_once = i64::from(at_once);
        let queue = Queue { at_once, free: at_once, waiting: BTreeMap::new(), asked: 0, passed_over: 0, sorted_at: 0 };
        Self { queue: Arc::new(Mutex::new(queue)) }
    }

    /// So many at once from now on: more go at once where there is room now, and turns that are out end by themselves.
    pub(crate) fn resize(&self, at_once: u32) {
        let mut chosen = Vec::new();
        let mut queue = self.lock();
        queue.free += i64::from(at_once) - queue.at_once;
        queue.at_once = i64::from(at_once);
        while queue.free > 0 {
            let Some(next) = queue.choose() else { break };
            queue.free -= 1;
            chosen.push(next);
        }
        drop(queue);
        for next in chosen {
            drop(next.go.send(Turn { turns: Some(self.clone()) }));
        }
    }

    /// Waits for a turn; it ends when what is given back is dropped. Whoever stops waiting loses the place.
    pub(crate) async fn take(&self, urgency: impl Into<Urgency>) -> Turn {
        let urgency = urgency.into();
        let waiting = {
            let mut queue = self.lock();
            if queue.free > 0 {
                queue.free -= 1;
                return Turn { turns: Some(self.clone()) };
            }
            let (go, waiting) = oneshot::channel();
            queue.asked += 1;
            let asked = queue.asked;
            queue.line_up(Waiting { asked, urgency, go });
            waiting
        };
        // The queue lives as long as this does, so the answer comes; a turn without a place behind it ends nothing.
        waiting.await.unwrap_or(Turn { turns: None })
    }

    /// A turn has ended: the next one goes.
    fn pass_on(&self) {
        let mut queue = self.lock();
        let chosen = if queue.free < 0 { None } else { queue.choose() };
        let Some(chosen) = chosen else {
            queue.free += 1;
            return;
        };
        drop(queue);
        // Dropped outside the lock: a turn that nobody takes any more comes back here.
        drop(chosen.go.send(Turn { turns: Some(self.clone()) }));
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Takes out whoever goes next. Who no longer waits is met here at the latest, and dropped.
    fn choose(&mut self) -> Option<Waiting> {
        self.sort_again();
        loop {
            let eldest = *self.waiting.iter().min_by_key(|(_, line)| line.front().map(|first| first.asked))?.0;
            let most_urgent = *self.waiting.first_key_value()?.0;
            let next = if self.passed_over >= PATIENCE { eldest } else { most_urgent };
            let line = self.waiting.get_mut(&next)?;
            let chosen = line.pop_front()?;
            if line.is_empty() {
                self.waiting.remove(&next);
            }
            let still_waits = !chosen.go.is_closed();
            if next == eldest {
                self.passed_over = 0;
            } else if still_waits {
                self.passed_over += 1;
            }
            if still_waits {
                return Some(chosen);
            }
        }
    }

    fn line_up(&mut self, waiting: Waiting) {
        self.waiting.entry(Reverse(waiting.urgency.now())).or_default().push_back(waiting);
    }

    /// Somebody's urgency may have changed while they wait.
    fn sort_again(&mut self) {
        let changes = CHANGES.load(Ordering::Acquire);
        if changes == self.sorted_at {
            return;
        }
        self.sorted_at = changes;
        let mut all: Vec<Waiting> = std::mem::take(&mut self.waiting).into_values().flatten().collect();
        all.sort_by_key(|waiting| waiting.asked);
        for waiting in all {
            self.line_up(waiting);
        }
    }
}

/// A turn; dropping it lets the next one go.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Option<Turns>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(turns) = self.turns.take() {
            turns.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// Asks with each priority in turn while one other holds the only turn; the order in which they then go.
    fn order_of(priorities: &[Priority]) -> Vec<usize> {
        let turns = Turns::new(1);
        let mut held = turns.take(Priority::NORMAL).now_or_never();
        assert!(held.is_some(), "the first turn is free");
        let mut waiting: Vec<_> = priorities.iter().map(|priority| Some(Box::pin(turns.take(*priority)))).collect();
        for future in waiting.iter_mut().flatten() {
            assert!(future.now_or_never().is_none(), "no turn is free");
        }
        let mut order = Vec::new();
        while order.len() < priorities.len() {
            drop(held.take());
            for (index, slot) in waiting.iter_mut().enumerate() {
                if let Some(turn) = slot.as_mut().and_then(futures_util::FutureExt::now_or_never) {
                    assert!(held.is_none(), "one at once");
                    (held, *slot) = (Some(turn), None);
                    order.push(index);
                }
            }
            assert!(held.is_some(), "a free turn is taken");
        }
        order
    }

    #[test]
    fn more_urgent_first_and_equals_in_the_order_of_asking() {
        let (low, normal, high) = (Priority::LOW, Priority::NORMAL, Priority::HIGH);
        assert_eq!(order_of(&[normal, low, high, normal, high]), [2, 4, 0, 3, 1]);
    }

    #[test]
    fn nobody_is_passed_over_for_ever() {
        let mut asked = vec![Priority::LOW];
        asked.extend(std::iter::repeat_n(Priority::HIGH, 40));
        let order = order_of(&asked);
        assert_eq!(order.iter().position(|index| *index == 0), Some(20), "after twenty others");
        let mut asked = vec![Priority::LOW; 2];
        asked.extend(std::iter::repeat_n(Priority::HIGH, 45));
        let order = order_of(&asked);
        let low: Vec<usize> = (0..order.len()).filter(|turn| order[*turn] < 2).collect();
        assert_eq!(low, [20, 41], "the next eldest is passed over as often before it goes");
    }

    #[test]
    fn who_no_longer_waits_takes_no_turn() {
        let turns = Turns::new(1);
        let held = turns.take(Priority::NORMAL).now_or_never();
        let mut gone = Box::pin(turns.take(Priority::HIGH));
        assert!((&mut gone).now_or_never().is_none());
        let mut stays = Box::pin(turns.take(Priority::LOW));
        assert!((&mut stays).now_or_never().is_none());
        drop(gone);
        drop(held);
        assert!(stays.now_or_never().is_some(), "the turn goes to who still waits");
        assert!(turns.take(Priority::LOW).now_or_never().is_some(), "and is free again after");
    }

    #[test]
    fn whoever_becomes_urgent_while_waiting_goes_first() {
        let turns = Turns::new(1);
        let held = turns.take(Priority::NORMAL).now_or_never();
        let mut first = Box::pin(turns.take(Priority::NORMAL));
        assert!((&mut first).now_or_never().is_none());
        let urgency = Urgency::from(Priority::LOW);
        let mut second = Box::pin(turns.take(urgency.clone()));
        assert!((&mut second).now_or_never().is_none());
        urgency.set(Priority::HIGH);
        drop(held);
        assert!(first.now_or_never().is_none(), "the other is more urgent by now");
        assert!(second.now_or_never().is_some(), "and goes");
    }

    #[test]
    fn more_or_fewer_at_once_holds_from_the_moment_it_is_said() {
        let turns = Turns::new(1);
        let first = turns.take(Priority::NORMAL).now_or_never();
        let mut waiting = Box::pin(turns.take(Priority::NORMAL));
        assert!((&mut waiting).now_or_never().is_none());
        turns.resize(2);
        let second = waiting.now_or_never();
        assert!(second.is_some(), "there is room for it now");
        turns.resize(1);
        drop(first);
        assert!(turns.take(Priority::NORMAL).now_or_never().is_none(), "one is still out, and one may be");
        drop(second);
        assert!(turns.take(Priority::NORMAL).now_or_never().is_some(), "now it is free");
    }

    #[test]
    fn turn_that_was_given_and_not_taken_is_not_lost() {
        let turns = Turns::new(1);
        let held = turns.take(Priority::NORMAL).now_or_never();
        let mut given = Box::pin(turns.take(Priority::HIGH));
        assert!((&mut given).now_or_never().is_none());
        drop(held);
        drop(given);
        assert!(turns.take(Priority::LOW).now_or_never().is_some(), "it came back");
    }
}
