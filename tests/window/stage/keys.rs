//! Keys, pressed where the focus is, without any pointer.

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
pub(crate) use fantoccini::key::Key;

use super::Window;

/// Keys that are pressed together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chord<'keys> {
    held: &'keys [Key],
    pressed: char,
}

impl<'keys> Chord<'keys> {
    /// A key alone.
    pub(crate) fn of(key: Key) -> Self {
        Self { held: &[], pressed: key.into() }
    }

    /// A key while others are held.
    pub(crate) fn with(held: &'keys [Key], pressed: impl Into<char>) -> Self {
        Self { held, pressed: pressed.into() }
    }
}

impl Window {
    /// Presses a key.
    pub(crate) async fn key(&self, key: Key) {
        self.chord(Chord::of(key)).await;
    }

    /// Presses keys together.
    pub(crate) async fn chord(&self, chord: Chord<'_>) {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for held in chord.held {
            keys = keys.then(KeyAction::Down { value: (*held).into() });
        }
        keys = keys.then(KeyAction::Down { value: chord.pressed }).then(KeyAction::Up { value: chord.pressed });
        for held in chord.held.iter().rev() {
            keys = keys.then(KeyAction::Up { value: (*held).into() });
        }
        self.client().perform_actions(keys).await.unwrap_or_else(|error| panic!("{chord:?} can be pressed: {error}"));
    }

    /// Types.
    pub(crate) async fn types(&self, text: &str) {
        for character in text.chars() {
            self.chord(Chord { held: &[], pressed: character }).await;
        }
    }
}
