//! Turns: only so many at once, and the more urgent first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::job::Priority;

/// Whoever was passed over so often by the more urgent goes next, however urgent the others are: nobody waits for ever.
const PATIENCE: u32 = 20;

/// So many turns. Within one priority they are taken in the order of asking.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug)]
struct Queue {
    free: usize,
    /// In the order of asking.
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    priority: Priority,
    passed_over: u32,
    go: oneshot::Sender<Turn>,
}

impl Turns {
    /// So many at once.
    pub(crate) fn new(at_once: usize) -> Self {
        Self { queue: Arc::new(Mutex::new(Queue { free: at_once, waiting: Vec::new() })) }
    }

    /// Waits for a turn; it ends when what is given back is dropped. Whoever stops waiting loses the place.
    pub(crate) async fn take(&self, priority: Priority) -> Turn {
        let waiting = {
            let mut queue = self.lock();
            if queue.free > 0 {
                queue.free -= 1;
                return Turn { turns: Some(self.clone()) };
            }
            let (go, waiting) = oneshot::channel();
            queue.waiting.push(Waiting { priority, passed_over: 0, go });
            waiting
        };
        // The queue lives as long as this does, so the answer comes; a turn without a place behind it ends nothing.
        waiting.await.unwrap_or(Turn { turns: None })
    }

    /// A turn has ended: the next one goes.
    fn pass_on(&self) {
        let mut queue = self.lock();
        queue.waiting.retain(|waiting| !waiting.go.is_closed());
        let Some(next) = queue.next() else {
            queue.free += 1;
            return;
        };
        let chosen = queue.waiting.remove(next);
        for passed in &mut queue.waiting[..next] {
            passed.passed_over += 1;
        }
        drop(queue);
        // Dropped outside the lock: a turn that nobody takes any more comes back here.
        drop(chosen.go.send(Turn { turns: Some(self.clone()) }));
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn next(&self) -> Option<usize> {
        let patient = self.waiting.iter().position(|waiting| waiting.passed_over >= PATIENCE);
        // Of equals the first: `max_by_key` would take the last.
        patient.or_else(|| {
            let ranked = self.waiting.iter().enumerate().rev();
            ranked.max_by_key(|(_, waiting)| waiting.priority).map(|(index, _)| index)
        })
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
