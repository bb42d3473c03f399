//! Files dragged from a file manager onto a window, by the protocol that X11 desktops have for it (XDND, version 5).

use std::path::Path;

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageData, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::{Desk, LIMIT, LOOK};

/// The version that is spoken.
const VERSION: u32 = 5;

/// What the protocol calls things.
struct Names {
    enter: Atom,
    position: Atom,
    status: Atom,
    drop: Atom,
    finished: Atom,
    selection: Atom,
    copy: Atom,
    files: Atom,
}

impl Names {
    fn of(display: &RustConnection) -> Self {
        let atom = |name: &str| {
            let cookie = display.intern_atom(false, name.as_bytes()).expect("the display answers");
            cookie.reply().expect("a name is taken").atom
        };
        Self {
            enter: atom("XdndEnter"),
            position: atom("XdndPosition"),
            status: atom("XdndStatus"),
            drop: atom("XdndDrop"),
            finished: atom("XdndFinished"),
            selection: atom("XdndSelection"),
            copy: atom("XdndActionCopy"),
            files: atom("text/uri-list"),
        }
    }
}

impl Desk {
    /// Drags a file onto the window of that number and lets it go over its middle.
    pub(crate) fn drag_onto(&self, window: &str, file: &Path) {
        let (display, screen) = x11rb::connect(Some(&self.display)).expect("the display is there");
        let root = display.setup().roots[screen].root;
        let target: Window = window.parse().expect("a window's number");
        let source = display.generate_id().expect("a number is free");
        let aux = CreateWindowAux::new().override_redirect(1);
        let class = WindowClass::INPUT_OUTPUT;
        display.create_window(0, source, root, 0, 0, 1, 1, 0, class, 0, &aux).expect("a window can be made");
        let drag = Drag {
            names: Names::of(&display),
            source,
            target,
            text: format!("file://{}\r\n", file.display()),
            display,
        };
        drag.carry(root);
    }
}

struct Drag {
    display: RustConnection,
    names: Names,
    source: Window,
    target: Window,
    text: String,
}

impl Drag {
    fn carry(&self, root: Window) {
        let names = &self.names;
        self.display.set_selection_owner(self.source, names.selection, 0_u32).expect("the selection can be had");
        self.tell(names.enter, [self.source, VERSION << 24, names.files, 0, 0]);
        let place = self.middle(root);
        let mut is_dropped = false;
        let mut looks = 0;
        self.tell(names.position, [self.source, 0, place, 0, names.copy]);
        loop {
            let Some(event) = self.display.poll_for_event().expect("the display answers") else {
                looks += 1;
                assert!(LOOK * looks < LIMIT, "the window takes the file");
                // Whoever drags holds the mouse over the window until it says that it takes what comes.
                if !is_dropped && looks % 8 == 0 {
                    self.tell(names.position, [self.source, 0, place, 0, names.copy]);
                }
                std::thread::sleep(LOOK);
                continue;
            };
            match event {
                Event::SelectionRequest(request) => self.hand_over(&request),
                Event::ClientMessage(message) if message.type_ == names.status => {
                    let accepts = message.data.as_data32()[1] & 1 == 1;
                    if accepts && !is_dropped {
                        is_dropped = true;
                        self.tell(names.drop, [self.source, 0, 0, 0, 0]);
                    }
                }
                Event::ClientMessage(message) if message.type_ == names.finished => return,
                _ => {}
            }
        }
    }

    /// The middle of the target, as the protocol packs a place on the screen.
    fn middle(&self, root: Window) -> u32 {
        let size = self.display.get_geometry(self.target).expect("asked").reply().expect("the window is there");
        let at = self.display.translate_coordinates(self.target, root, 0, 0).expect("asked").reply();
        let at = at.expect("the window is there");
        let middle = |start: i16, length: u16| u32::from(start.unsigned_abs()) + u32::from(length) / 2;
        middle(at.dst_x, size.width) << 16 | middle(at.dst_y, size.height)
    }

    fn tell(&self, what: Atom, data: [u32; 5]) {
        let message = ClientMessageEvent::new(32, self.target, what, ClientMessageData::from(data));
        self.display.send_event(false, self.target, EventMask::NO_EVENT, message).expect("it can be told");
        self.display.flush().expect("it is told");
    }

    /// Which files they are, for whoever asks.
    fn hand_over(&self, request: &SelectionRequestEvent) {
        let property = if request.property == u32::from(AtomEnum::NONE) { request.target } else { request.property };
        let given = request.target == self.names.files;
        if given {
            let text = self.text.as_bytes();
            let put =
                self.display.change_property8(PropMode::REPLACE, request.requestor, property, request.target, text);
            put.expect("it can be put there");
        }
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if given { property } else { AtomEnum::NONE.into() },
        };
        self.display.send_event(false, request.requestor, EventMask::NO_EVENT, answer).expect("it can be told");
        self.display.flush().expect("it is told");
    }
}
