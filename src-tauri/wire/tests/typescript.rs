//! The page's types are made from ours: `ui/src/shared/wire.ts` is what this prints, and drift is a failure.

use std::fmt::Write as _;

use landfall_wire as wire;
use ts_rs::{Config, TS};

macro_rules! declarations {
    ($config:expr, $($kind:ty),* $(,)?) => {{
        let mut text = String::new();
        $(
            if let Some(docs) = <$kind as TS>::docs() {
                text.push_str(&docs);
            }
            let _ = writeln!(text, "export {}\n", <$kind as TS>::decl($config));
        )*
        text
    }};
}

#[test]
fn types_of_the_page_are_ours() {
    let config = Config::new().with_large_int("number");
    let text = declarations!(
        &config,
        wire::JobId,
        wire::CorrelationId,
        wire::Phase,
        wire::Method,
        wire::AtServer,
        wire::WaitingFor,
        wire::Failure,
        wire::ExtractedSnapshot,
        wire::FileSnapshot,
        wire::JobSnapshot,
        wire::TimelineEntry,
        wire::Section,
        wire::FileKind,
        wire::JobOrder,
        wire::JobRow,
        wire::OrderOutcome,
        wire::JobDetail,
        wire::Change,
        wire::Ask,
        wire::Desk,
        wire::NoticeKind,
        wire::Notice,
        wire::ConnectionSettings,
        wire::ConnectionState,
        wire::SecretKeeping,
        wire::SecretsView,
        wire::ConnectionView,
        wire::ConnectorOrigin,
        wire::SecretField,
        wire::ConnectorView,
        wire::NewConnection,
        wire::ConnectorCheck,
        wire::ConnectorProblem,
        wire::FieldKind,
        wire::ChoiceView,
        wire::ParamField,
        wire::ExportForm,
        wire::ParamFlaw,
        wire::FormCheck,
        wire::OnClash,
        wire::NewExport,
        wire::Template,
        wire::TableCheck,
        wire::TableRow,
        wire::Preview,
        wire::PackageView,
        wire::PackageComponent,
        wire::ComparisonView,
        wire::ComponentChange,
        wire::ChangeView,
        wire::Theme,
        wire::Language,
        wire::NightRate,
        wire::Settings,
    );
    let text = format!(
        "// Made from src-tauri/wire by `UPDATE_EXPECT=1 cargo test -p landfall-wire --test typescript`; not to be edited.\n\n{}\n",
        text.trim_end()
    );
    expect_test::expect_file!["../../../ui/src/shared/wire.ts"].assert_eq(&text);
}
