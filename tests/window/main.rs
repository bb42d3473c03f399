//! The app in its real window, used as a person would.

mod stage;

use stage::Desk;

#[tokio::test]
async fn first_start_offers_a_server_and_a_trial() {
    let desk = Desk::new();
    let window = desk.open(&[]).await;
    window.reads("Try it without a server").await;
    window.picture("first-start").await;
    window.close().await;
}
