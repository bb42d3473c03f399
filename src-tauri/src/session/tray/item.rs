//! The tray of Linux desktops: a StatusNotifierItem with a com.canonical.dbusmenu.

use ksni::menu::{MenuItem, StandardItem};
use ksni::{Category, Handle, Icon, Status, ToolTip, TrayMethods as _};

use super::face::{Face, SLOTS};
use super::{Tray, icons};
use crate::session::{Call, Calls, call};

/// An icon on the session bus.
pub struct StatusItem {
    handle: Handle<Item>,
}

impl std::fmt::Debug for StatusItem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("StatusItem").finish_non_exhaustive()
    }
}

impl StatusItem {
    /// Offers the icon to the tray, now or when one comes. Fails without a session bus.
    pub async fn offer(face: Face, calls: Calls) -> Result<Self, ksni::Error> {
        let handle = Item { face, calls }.assume_sni_available(true).spawn().await?;
        Ok(Self { handle })
    }
}

impl Tray for StatusItem {
    async fn show(&self, face: Face) {
        // None: its bus is gone, and so is everybody who could look.
        let _ = self.handle.update(|item| item.face = face).await;
    }

    async fn leave(self) {
        self.handle.shutdown().await;
    }
}

struct Item {
    face: Face,
    calls: Calls,
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "landfall-desktop".into()
    }

    fn category(&self) -> Category {
        Category::ApplicationStatus
    }

    fn title(&self) -> String {
        "Landfall".into()
    }

    fn status(&self) -> Status {
        // "Needs attention" makes some panels blink; the icon says it calmly.
        Status::Active
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        icons::of(self.face.state)
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: "Landfall".into(), description: self.face.tooltip.clone(), ..ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        call(&self.calls, Call::Show);
    }

    fn secondary_activate(&mut self, _x: i32, _y: i32) {
        call(&self.calls, Call::Compact);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let words = self.face.words;
        let pause = if self.face.all_paused {
            entry(words.resume_all, Call::ResumeAll)
        } else {
            entry(words.pause_all, Call::PauseAll)
        };
        let mut menu = vec![
            entry(words.open, Call::Show),
            entry(words.new_export, Call::NewExport),
            entry(words.compact, Call::Compact),
            MenuItem::Separator,
        ];
        menu.extend((0..SLOTS).map(|number| self.slot(number)));
        menu.extend([
            MenuItem::Separator,
            pause,
            entry(words.open_folder, Call::OpenFolder),
            MenuItem::Separator,
            entry(&self.face.quit, Call::Quit),
        ]);
        menu
    }
}

impl Item {
    fn slot(&self, number: usize) -> MenuItem<Self> {
        match self.face.slots.get(number) {
            Some(slot) => entry(&slot.label, Call::ShowJob(slot.id.clone())),
            None => StandardItem { visible: false, ..StandardItem::default() }.into(),
        }
    }
}

fn entry(label: &str, wanted: Call) -> MenuItem<Item> {
    StandardItem {
        // An underscore would be read as a mnemonic.
        label: label.replace('_', "__"),
        activate: Box::new(move |item: &mut Item| call(&item.calls, wanted.clone())),
        ..StandardItem::default()
    }
    .into()
}
