//! What the app asks of the main page: kept until there is a page to ask.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use landfall_wire::Ask;

/// More than this waits only when something asks without end; the oldest are dropped.
const WAITING: usize = 16;

/// Hands an ask to the page; false when the page is gone.
type Page = Box<dyn Fn(Ask) -> bool + Send>;

/// The way to the main page.
#[derive(Default)]
pub struct Asks(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    page: Option<Page>,
    waiting: VecDeque<Ask>,
}

impl std::fmt::Debug for Asks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Asks").finish_non_exhaustive()
    }
}

impl Asks {
    /// Asks the page, now or as soon as there is one.
    pub fn ask(&self, ask: Ask) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.page.as_ref().is_some_and(|page| page(ask.clone())) {
            return;
        }
        inner.page = None;
        while inner.waiting.len() >= WAITING {
            inner.waiting.pop_front();
        }
        inner.waiting.push_back(ask);
    }

    /// There is a page; it is asked what waited.
    pub fn attach(&self, page: impl Fn(Ask) -> bool + Send + 'static) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for ask in std::mem::take(&mut inner.waiting) {
            page(ask);
        }
        inner.page = Some(Box::new(page));
    }

    /// The page is gone.
    pub fn detach(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).page = None;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_asked_before_there_is_a_page_waits_for_it() {
        let asks = Asks::default();
        asks.ask(Ask::NewExport);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let page = |heard: &Arc<Mutex<Vec<Ask>>>| {
            let heard = heard.clone();
            move |ask| {
                heard.lock().unwrap().push(ask);
                true
            }
        };
        asks.attach(page(&heard));
        asks.ask(Ask::CloseOrTray);
        assert_eq!(*heard.lock().unwrap(), [Ask::NewExport, Ask::CloseOrTray]);
        asks.detach();
        for _ in 0..100 {
            asks.ask(Ask::ConfirmQuit { active: 1 });
        }
        heard.lock().unwrap().clear();
        asks.attach(page(&heard));
        assert_eq!(heard.lock().unwrap().len(), WAITING, "bounded while nobody looks");
    }

    #[test]
    fn page_that_went_without_a_word_loses_nothing() {
        let asks = Asks::default();
        asks.attach(|_| false);
        asks.ask(Ask::NewExport);
        let heard = Arc::new(Mutex::new(0));
        let count = heard.clone();
        asks.attach(move |_| {
            *count.lock().unwrap() += 1;
            true
        });
        assert_eq!(*heard.lock().unwrap(), 1);
    }
}
