//! Sign-ins by OAuth that end in mid-job (P-9).

use std::time::Duration;

use landfall_service::{Chance, Fault, Step};
use landfall_tests::testbed::{Server, TestBed, eventually, token_of};

use super::{PACKAGE, export};

/// So long a token of the service lives.
const TOKEN: Duration = Duration::from_mins(2);

fn client_bed(server: &std::sync::Arc<Server>) -> TestBed {
    TestBed::on(server, "anna").connect_as_client("package-exports", &token_of("anna"))
}

#[test]
fn p_9_token_that_ends_in_mid_job_is_renewed_once_for_all_jobs() {
    let server = Server::start(&["anna"], |options| {
        (options.pace, options.workers, options.token_ttl) = (4.0, 4, TOKEN);
    });
    let bed = client_bed(&server);
    for _ in 0..4 {
        bed.wish(PACKAGE);
    }
    let running = bed.start(&["recover"]);
    eventually("all four are at work", || {
        let at_work = bed.server_jobs().iter().filter(|job| job.state == "processing").count();
        (at_work == 4).then_some(())
    });
    assert_eq!(server.seen().token_requests, 1, "one sign-in for all jobs");
    // Shorter than the five minutes that a job may take: only the token is at its end.
    server.clock().advance(TOKEN);
    running.wait().ended(0, "all of them land");
    assert_eq!(server.seen().token_requests, 2, "and one renewal for all of them");
    bed.assert_landed("a token that ended", 4);
}

#[test]
fn p_9_refused_sign_in_is_renewed_at_every_step() {
    for step in [Step::Submit, Step::Watch, Step::Result] {
        let server = Server::start(&["anna"], |_| {});
        let bed = client_bed(&server);
        server.faults().set_at(Fault::Unauthorized, step, Chance::Times(1));
        bed.run(&export(PACKAGE)).ended(0, "nobody has to be asked");
        bed.assert_landed(&format!("refused at {step:?}"), 1);
        assert_eq!(server.seen().token_requests, 2, "{step:?}: the first, and the renewal");
    }
}

#[test]
fn p_9_short_lived_tokens_are_renewed_as_often_as_it_takes() {
    let server = Server::start(&["anna"], |options| {
        (options.pace, options.token_ttl) = (1.0, Duration::from_secs(2));
    });
    let bed = client_bed(&server);
    bed.run(&export(PACKAGE)).ended(0, "three seconds of work on tokens of two");
    bed.assert_landed("tokens of two seconds", 1);
    assert!(server.seen().token_requests >= 2, "{:?}", server.seen());
}

#[test]
fn p_9_wrong_client_secret_waits_for_a_person_and_makes_no_job() {
    let server = Server::start(&["anna"], |_| {});
    let bed = TestBed::on(&server, "anna").connect_as_client("package-exports", "not-the-secret");
    let refused = bed.run(&export(PACKAGE));
    refused.ended(8, "a sign-in is wanted").says(&["AUTHENTICATION_ERROR", "landfall recover"]);
    assert_eq!(bed.only_job()["phase"], "needs-sign-in");
    assert!(bed.server_jobs().is_empty(), "the server has taken nothing");
    let bed = bed.connect_as_client("package-exports", &token_of("anna"));
    bed.run(&["recover"]).ended(0, "signed in, it goes on");
    bed.assert_landed("a wrong secret", 1);
}

#[test]
fn p_9_token_that_is_refused_at_the_result_waits_for_a_person() {
    let server = Server::start(&["anna"], |_| {});
    let bed = TestBed::on(&server, "anna").connect("package-exports");
    server.faults().set_at(Fault::Unauthorized, Step::Result, Chance::Times(1));
    let refused = bed.run(&export(PACKAGE));
    refused.ended(8, "a token cannot be renewed by itself").says(&["AUTHENTICATION_ERROR", "landfall recover"]);
    assert_eq!(bed.only_job()["phase"], "needs-sign-in", "the job is kept");
    bed.sign_in("package-exports", &token_of("anna"));
    bed.run(&["recover"]).ended(0, "signed in again, it goes on");
    bed.assert_landed("refused at the result", 1);
}
