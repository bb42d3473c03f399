//! Every text of a notice, in every language; no token, no query of a URL and no whole path is ever in one.

use landfall_engine::secrets::redacted;
use landfall_wire::NoticeKind;

use super::Event;
use crate::language::Tongue;
use crate::phrases;

/// Longer reasons are cut: a notice is no report.
const LONGEST: usize = 200;

/// What the app tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AppNews {
    /// So many jobs go on where they were interrupted.
    WentOn(usize),
    /// So many cannot, since their connection is gone.
    Stranded(usize),
    /// The list of jobs was damaged and is rebuilt.
    Rebuilt,
    /// The settings could not be read.
    SettingsSetAside,
    /// The file of a connection cannot be read.
    ConnectionUnreadable(String),
    /// What is set for the network cannot be used.
    NetworkUnusable(String),
    /// The sample service does not start.
    SampleStays(String),
}

/// Title and text for things of one kind that happened to jobs.
pub(super) fn of_jobs(kind: NoticeKind, events: &[Event], tongue: Tongue) -> (String, String) {
    let (title, text) = match events {
        [one] => single(kind, one, tongue),
        many => (digest(kind, many.len(), tongue), titles(many)),
    };
    (plain(&title), plain(&text))
}

fn single(kind: NoticeKind, event: &Event, tongue: Tongue) -> (String, String) {
    let name = &event.title;
    let connection = event.connection.as_deref().unwrap_or_default();
    match kind {
        NoticeKind::Landed => (
            tongue.pick(format!("{name} has landed"), format!("{name} ist gelandet"), format!("{name} 已到达")),
            connection.to_owned(),
        ),
        NoticeKind::Failed => (
            tongue.pick(format!("{name} failed"), format!("{name} ist fehlgeschlagen"), format!("{name} 失败")),
            event.why.clone().unwrap_or_default(),
        ),
        NoticeKind::NeedsSignIn => (
            tongue.pick(
                format!("{connection} needs a sign-in"),
                format!("{connection} braucht eine Anmeldung"),
                format!("{connection} 需要登录"),
            ),
            tongue
                .pick(
                    "Exports wait until you sign in again",
                    "Exporte warten, bis Sie sich wieder anmelden",
                    "导出将等待您重新登录",
                )
                .to_owned(),
        ),
        NoticeKind::TooLate => (
            tongue.pick(
                format!("{name} may come too late"),
                format!("{name} kommt vielleicht zu spät"),
                format!("{name} 可能来不及"),
            ),
            tongue
                .pick(
                    "The server's result goes before the download can be done",
                    "Der Server löscht das Ergebnis, bevor es geladen ist",
                    "下载完成前服务器上的结果将会消失",
                )
                .to_owned(),
        ),
        NoticeKind::WaitsForYou => (
            tongue.pick(
                format!("{name} waits for you"),
                format!("{name} wartet auf Sie"),
                format!("{name} 等待您处理"),
            ),
            event.why.clone().unwrap_or_default(),
        ),
        NoticeKind::App => (name.clone(), event.why.clone().unwrap_or_default()),
    }
}

fn digest(kind: NoticeKind, count: usize, tongue: Tongue) -> String {
    let counted = |en, de, zh| counted(count, tongue.pick(en, de, zh));
    match kind {
        NoticeKind::Landed => counted(
            ["# export has landed", "# exports have landed"],
            ["# Export ist gelandet", "# Exporte sind gelandet"],
            ["# 个导出已到达"; 2],
        ),
        NoticeKind::Failed => counted(
            ["# export failed", "# exports failed"],
            ["# Export ist fehlgeschlagen", "# Exporte sind fehlgeschlagen"],
            ["# 个导出失败"; 2],
        ),
        NoticeKind::NeedsSignIn => counted(
            ["# connection needs a sign-in", "# connections need a sign-in"],
            ["# Verbindung braucht eine Anmeldung", "# Verbindungen brauchen eine Anmeldung"],
            ["# 个连接需要登录"; 2],
        ),
        NoticeKind::TooLate => counted(
            ["# export may come too late", "# exports may come too late"],
            ["# Export kommt vielleicht zu spät", "# Exporte kommen vielleicht zu spät"],
            ["# 个导出可能来不及"; 2],
        ),
        NoticeKind::WaitsForYou => tongue.pick(
            format!("{count} exports wait for you"),
            format!("{count} Exporte warten auf Sie"),
            format!("{count} 个导出等待您处理"),
        ),
        NoticeKind::App => format!("{count}"),
    }
}

/// The first for one, the second for any other number, which stands where `#` is.
fn counted(count: usize, [one, many]: [&str; 2]) -> String {
    (if count == 1 { one } else { many }).replace('#', &count.to_string())
}

/// The first few, and how many more.
fn titles(events: &[Event]) -> String {
    let named: Vec<&str> = events
        .iter()
        .take(3)
        .map(|event| match event.kind {
            NoticeKind::NeedsSignIn => event.connection.as_deref().unwrap_or_default(),
            _ => event.title.as_str(),
        })
        .collect();
    let more = events.len().saturating_sub(named.len());
    if more == 0 { named.join(" · ") } else { format!("{} · +{more}", named.join(" · ")) }
}

/// Title and text of what the app tells of itself.
pub(crate) fn of_app(news: &AppNews, tongue: Tongue) -> (String, String) {
    let (title, text) = match news {
        AppNews::WentOn(count) => (
            counted(
                *count,
                tongue.pick(
                    ["# export goes on where it was", "# exports go on where they were"],
                    ["# Export geht weiter, wo er war", "# Exporte gehen weiter, wo sie waren"],
                    ["# 个导出从中断处继续"; 2],
                ),
            ),
            counted(
                *count,
                tongue.pick(
                    ["It was interrupted when Landfall last ended", "They were interrupted when Landfall last ended"],
                    [
                        "Er war unterbrochen, als Landfall zuletzt endete",
                        "Sie waren unterbrochen, als Landfall zuletzt endete",
                    ],
                    ["Landfall 上次结束时被中断"; 2],
                ),
            ),
        ),
        AppNews::Stranded(count) => (
            counted(
                *count,
                tongue.pick(
                    ["# export cannot go on", "# exports cannot go on"],
                    ["# Export kann nicht weitergehen", "# Exporte können nicht weitergehen"],
                    ["# 个导出无法继续"; 2],
                ),
            ),
            counted(
                *count,
                tongue.pick(
                    [
                        "Its connection is not there; add it again under the same name",
                        "Their connection is not there; add it again under the same name",
                    ],
                    [
                        "Seine Verbindung fehlt; legen Sie sie unter demselben Namen wieder an",
                        "Ihre Verbindung fehlt; legen Sie sie unter demselben Namen wieder an",
                    ],
                    ["其连接不存在；请以相同名称重新添加"; 2],
                ),
            ),
        ),
        AppNews::Rebuilt => (
            tongue
                .pick("The list of jobs was damaged", "Die Liste der Aufträge war beschädigt", "任务列表已损坏")
                .to_owned(),
            tongue
                .pick(
                    "It is set aside, and rebuilt from receipts and what was on its way",
                    "Sie ist beiseitegelegt und aus Belegen und Begonnenem neu aufgebaut",
                    "已将其搁置，并根据回执和未完成的下载重建",
                )
                .to_owned(),
        ),
        AppNews::SettingsSetAside => (
            tongue
                .pick("The settings cannot be read", "Die Einstellungen sind nicht lesbar", "无法读取设置")
                .to_owned(),
            tongue
                .pick(
                    "They are set aside, and everything is as at first",
                    "Sie sind beiseitegelegt, und alles ist wie zu Beginn",
                    "已将其搁置，并恢复为初始设置",
                )
                .to_owned(),
        ),
        AppNews::ConnectionUnreadable(why) => (
            tongue
                .pick("A connection cannot be read", "Eine Verbindung ist nicht lesbar", "无法读取某个连接")
                .to_owned(),
            why.clone(),
        ),
        AppNews::NetworkUnusable(why) => (
            tongue
                .pick(
                    "The network settings cannot be used",
                    "Die Netzwerkeinstellungen sind nicht brauchbar",
                    "网络设置无法使用",
                )
                .to_owned(),
            phrases::book(tongue).say(why),
        ),
        AppNews::SampleStays(why) => (
            tongue
                .pick("The sample service does not start", "Der Beispieldienst startet nicht", "示例服务无法启动")
                .to_owned(),
            phrases::book(tongue).say(why),
        ),
    };
    (plain(&title), plain(&text))
}

/// Fit for a notification: without the query of any URL, without folders, and not too long.
pub(crate) fn plain(text: &str) -> String {
    let words: Vec<String> = redacted(text).split(' ').map(without_folders).collect();
    let text: String = words.join(" ").chars().filter(|character| !character.is_control()).collect();
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Of a whole path only its last part; a URL has none, since its scheme came before.
fn without_folders(word: &str) -> String {
    let at = word
        .find('/')
        .filter(|at| *at == 0 || !word[..*at].ends_with(|c: char| c.is_alphanumeric() || c == ':' || c == '.'));
    let Some(at) = at else { return windows_path(word) };
    let (before, path) = word.split_at(at);
    let bare = path.trim_end_matches([':', ';', ',', '"', '\'', ')']);
    let last = bare.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    format!("{before}{last}{}", &path[bare.len()..])
}

fn windows_path(word: &str) -> String {
    match word.rsplit_once('\\') {
        Some((folders, last)) if folders.contains(":\\") || folders.contains('\\') || folders.ends_with(':') => {
            last.to_owned()
        }
        _ => word.to_owned(),
    }
}
