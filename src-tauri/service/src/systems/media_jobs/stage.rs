//! The stages of a video, read from what the renderer says about itself (M-3).

/// A stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Initialization,
    Script,
    Voice,
    Visuals,
    Rendering,
    Postprocessing,
    Done,
}

/// Words in a message, in small letters, and the stage they stand for; the first that fits counts.
const WORDS: [(&str, Stage); 8] = [
    ("generating script", Stage::Script),
    ("generating narration", Stage::Voice),
    ("voice", Stage::Voice),
    ("visual", Stage::Visuals),
    ("image", Stage::Visuals),
    ("render", Stage::Rendering),
    ("composing video", Stage::Rendering),
    ("postprocess", Stage::Postprocessing),
];

impl Stage {
    const ALL: [Self; 7] = [
        Self::Initialization,
        Self::Script,
        Self::Voice,
        Self::Visuals,
        Self::Rendering,
        Self::Postprocessing,
        Self::Done,
    ];

    /// The stage that a message of the renderer belongs to; `None` when it tells nothing about it. The document's table has
    /// small letters where its messages have capitals: case is no difference.
    pub(super) fn of_message(message: &str) -> Option<Self> {
        let message = message.to_lowercase();
        WORDS.iter().find(|(words, _)| message.contains(words)).map(|(_, stage)| *stage)
    }

    /// The stage that a job with this percentage is in.
    pub(super) fn at(percent: u8) -> Self {
        Self::ALL.into_iter().rev().find(|stage| stage.percent() <= percent).unwrap_or(Self::Initialization)
    }

    /// How much of the whole job is done when the stage begins.
    pub(super) fn percent(self) -> u8 {
        match self {
            Self::Initialization => 0,
            Self::Script => 10,
            Self::Voice => 30,
            Self::Visuals => 50,
            Self::Rendering => 70,
            Self::Postprocessing => 90,
            Self::Done => 100,
        }
    }

    /// Its word on the wire.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Initialization => "Initialization",
            Self::Script => "Script",
            Self::Voice => "Voice",
            Self::Visuals => "Visuals",
            Self::Rendering => "Rendering",
            Self::Postprocessing => "Postprocessing",
            Self::Done => "Done",
        }
    }

    /// What our renderer says when it begins; before the first and after the last stage nothing.
    pub(super) fn message(self) -> Option<&'static str> {
        match self {
            Self::Initialization | Self::Done => None,
            Self::Script => Some("Generating script"),
            Self::Voice => Some("Generating narration"),
            Self::Visuals => Some("Generating visuals"),
            Self::Rendering => Some("Rendering video"),
            Self::Postprocessing => Some("Postprocess: storing the video"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn m_3_a_message_tells_its_stage_and_percentage() {
        for (message, stage) in [
            ("Generating script", Some(("Script", 10))),
            ("Generating script for \"visuals\"", Some(("Script", 10))),
            ("Generating narration", Some(("Voice", 30))),
            ("mixing the voice track", Some(("Voice", 30))),
            ("Generating visuals", Some(("Visuals", 50))),
            ("fetching image 3 of 7", Some(("Visuals", 50))),
            ("Rendering video", Some(("Rendering", 70))),
            ("pre-render done", Some(("Rendering", 70))),
            ("Composing video", Some(("Rendering", 70))),
            ("PostProcessing", Some(("Postprocessing", 90))),
            ("Generating", None),
            ("narration", None),
            ("composing", None),
            ("", None),
        ] {
            let found = Stage::of_message(message).map(|stage| (stage.as_str(), stage.percent()));
            assert_eq!(found, stage, "{message}");
        }
    }

    #[test]
    fn m_3_our_renderers_messages_lead_to_their_own_stages() {
        for stage in Stage::ALL {
            if let Some(message) = stage.message() {
                assert_eq!(Stage::of_message(message), Some(stage), "{message}");
            }
            assert_eq!(Stage::at(stage.percent()), stage);
        }
        assert_eq!(Stage::at(9), Stage::Initialization);
        assert_eq!(Stage::at(89), Stage::Rendering, "a render that goes on stays in its stage");
        assert_eq!(Stage::at(99), Stage::Postprocessing);
    }
}
