//! What everybody can read and use: axe in the real window, both themes, three languages.

use serde_json::{Value, json};

use crate::stage::{Desk, Key, Window, until};

/// Texts that are cut off, of buttons, labels, headings and whatever may end in "…": one that does so by its style is not where
/// a hint, its own or of what it is in, says all of it.
const CLIPPED: &str = "
    const named = 'button, label, h1, h2, h3, legend, th, .chip, .clip, [role=radio], [role=menuitem]';
    const flat = (words) => words.trim().replace(/\\s+/g, ' ');
    const isHinted = (one) => {
        if (getComputedStyle(one).textOverflow !== 'ellipsis') return false;
        for (let around = one; around !== null; around = around.parentElement) {
            if (flat(around.getAttribute('title') ?? '').includes(flat(one.innerText))) return true;
        }
        return false;
    };
    return [...document.querySelectorAll(named)]
        .filter((one) => one.checkVisibility() && one.clientWidth > 1 && getComputedStyle(one).position !== 'absolute')
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && !isHinted(one))
        .map((one) => one.innerText.trim() + ' (' + one.scrollWidth + ' in ' + one.clientWidth + ')');";

/// Serious and critical findings, as `rule: element`.
const FINDINGS: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        ({ violations }) => done(violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ': ' + html.slice(0, 160) + ' ' + (any[0]?.message ?? '')))),
        (error) => done(['axe failed: ' + error]));";

/// A desk with something in every list, on a service that works on nothing more.
async fn furnished(settings: Value) -> (Desk, landfall_service::Service, Window) {
    let desk = Desk::new();
    let service = desk.service(|_| {}).await;
    desk.has_set(&settings);
    for connector in ["report-exports", "download-jobs"] {
        desk.connect(connector, &service);
    }
    desk.export("report-exports", &["project_id=riverside-clinic", "format=csv"]).await;
    desk.jobs_are("landed", 1).await;
    let window = desk.open(&[]).await;
    until("the window is drawn", async || window.script(IS_DRAWN).await.as_bool().filter(|drawn| *drawn)).await;
    (desk, service, window)
}

const IS_DRAWN: &str = "return document.querySelector('nav') !== null";

/// The main views by their keys: each is looked at, and named for its picture.
const VIEWS: [(&str, &str); 6] = [
    ("active", "nav ul:first-of-type li:nth-child(1) button"),
    ("landed", "nav ul:first-of-type li:nth-child(3) button"),
    ("new-export", "[aria-keyshortcuts=\"Control+N\"]"),
    ("connections", "nav .end li:nth-child(1) button"),
    // From the connections, which the view before has opened.
    ("connectors", "main header button:not([aria-label])"),
    ("settings", "nav .end li:nth-child(2) button"),
];

async fn go_to(window: &Window, view: (&str, &str)) {
    if view.0 == "new-export" {
        window.script(&format!("document.querySelector('{}').click()", VIEWS[0].1)).await;
    }
    window.script(&format!("document.querySelector('{}').click()", view.1)).await;
    if view.0 == "new-export" {
        window.waited("//form[@id='new-export']//*[@data-param]").await;
    }
    if view.0 == "landed" {
        until("the landed export is there", async || {
            let pressed = "const line = document.querySelector('[data-job]'); line?.click(); return line !== null";
            window.script(pressed).await.as_bool().filter(|there| *there)
        })
        .await;
        until("its details are there", async || {
            window.script("return document.querySelector('aside h3') !== null").await.as_bool().filter(|there| *there)
        })
        .await;
    }
}

/// Brings axe into the page.
pub(crate) async fn bring_axe(window: &Window) {
    let axe = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js"));
    window.script(&axe.expect("the page's packages are installed: `npm ci` in ui/")).await;
}

/// What axe finds serious or critical in what is in sight, kept as a picture by that name.
pub(crate) async fn findings(window: &Window, name: &str) -> Vec<String> {
    window.picture(name).await;
    let findings = window.told_by(FINDINGS).await;
    findings.as_array().into_iter().flatten().map(|finding| format!("{name}: {finding}")).collect()
}

async fn is_accessible(theme: &str) {
    let (_desk, _service, window) = furnished(json!({ "theme": theme })).await;
    bring_axe(&window).await;
    let mut found = Vec::new();
    for view in VIEWS {
        go_to(&window, view).await;
        found.extend(findings(&window, &format!("{}-{theme}", view.0)).await);
    }
    assert!(found.is_empty(), "axe finds in {theme}:\n{}", found.join("\n"));
    window.close().await;
}

#[tokio::test]
async fn axe_finds_nothing_serious_in_the_light_views() {
    is_accessible("light").await;
}

#[tokio::test]
async fn axe_finds_nothing_serious_in_the_dark_views() {
    is_accessible("dark").await;
}

/// What comes over a view, or beside it: each is opened so, looked at, and put away by Escape.
const OVER: [(&str, &str); 5] = [
    ("notices", "document.querySelector('.bell button').click()"),
    ("line-menu", "document.querySelector('[data-job] [aria-haspopup=menu]').click()"),
    (
        "several",
        "document.querySelector('[data-job]').dispatchEvent(new KeyboardEvent('keydown', { key: 'a', ctrlKey: true, bubbles: true }))",
    ),
    ("keys", "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }))"),
    ("new-connection", "document.querySelector('nav .connections li:last-child button').click()"),
];

async fn is_accessible_over_the_views(theme: &str) {
    let (_desk, _service, window) = furnished(json!({ "theme": theme })).await;
    bring_axe(&window).await;
    go_to(&window, VIEWS[1]).await;
    let mut found = Vec::new();
    for (name, opened) in OVER {
        window.script(opened).await;
        found.extend(findings(&window, &format!("{name}-{theme}")).await);
        let clipped = window.script(CLIPPED).await;
        found.extend(clipped.as_array().into_iter().flatten().map(|label| format!("{name} cuts off {label}")));
        window.key(Key::Escape).await;
    }
    assert!(found.is_empty(), "found in {theme}:\n{}", found.join("\n"));
    window.close().await;
}

#[tokio::test]
async fn axe_finds_nothing_serious_over_the_light_views() {
    is_accessible_over_the_views("light").await;
}

#[tokio::test]
async fn axe_finds_nothing_serious_over_the_dark_views() {
    is_accessible_over_the_views("dark").await;
}

#[tokio::test]
async fn axe_finds_nothing_serious_at_the_first_start_and_in_the_small_window() {
    let desk = Desk::new();
    let window = desk.open(&[]).await;
    window.reads("Try it without a server").await;
    bring_axe(&window).await;
    let mut found = findings(&window, "start-light").await;
    window.script("document.documentElement.dataset.theme = 'dark'").await;
    found.extend(findings(&window, "start-dark").await);
    window.press("Try it").await;
    until("five files land", async || (desk.landed().len() == 5).then_some(())).await;
    window.press("Small window").await;
    desk.windows_are(2).await;
    window.go_to_compact().await;
    bring_axe(&window).await;
    found.extend(findings(&window, "small-light").await);
    window.script("document.documentElement.dataset.theme = 'dark'").await;
    found.extend(findings(&window, "small-dark").await);
    assert!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
    window.close().await;
}

async fn no_label_is_clipped(language: &str, word: &str) {
    let (_desk, _service, window) = furnished(json!({ "language": language, "theme": "light" })).await;
    window.reads(word).await;
    let mut found = Vec::new();
    for view in VIEWS {
        go_to(&window, view).await;
        window.picture(&format!("{}-{language}", view.0)).await;
        let clipped = window.script(CLIPPED).await;
        found.extend(clipped.as_array().into_iter().flatten().map(|label| format!("{}: {label}", view.0)));
    }
    assert!(found.is_empty(), "cut off in {language}:\n{}", found.join("\n"));
    window.close().await;
}

#[tokio::test]
async fn no_label_is_clipped_in_english() {
    no_label_is_clipped("en", "Landed").await;
}

#[tokio::test]
async fn no_label_is_clipped_in_german() {
    no_label_is_clipped("de", "Gelandet").await;
}

#[tokio::test]
async fn no_label_is_clipped_in_chinese() {
    no_label_is_clipped("zh", "已到达").await;
}
