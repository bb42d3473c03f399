//! What a person wants of a job that is under way on the server.

use landfall_tests::testbed::id_of;

use super::{EACH, bed_for, export, with_each};

#[test]
fn paused_on_the_way_it_is_left_alone_until_it_is_resumed() {
    with_each(&EACH, |wish| {
        let bed = bed_for(wish, |_| {});
        assert!(bed.dies_at("job.submitted", &export(wish)), "{}: the server has it", wish[0]);
        let id = id_of(&bed.only_job()).to_owned();
        bed.run(&["pause", &id]).ended(0, wish[0]);
        bed.run(&["recover"]).ended(0, "nothing is interrupted");
        assert_eq!(bed.only_job()["phase"], "paused", "{}: it is left alone", wish[0]);
        assert!(bed.names().is_empty(), "{}: nothing is in the folder: {:?}", wish[0], bed.names());
        bed.run(&["resume", &id]).ended(0, wish[0]);
        bed.run(&["recover"]).ended(0, wish[0]);
        bed.assert_landed(wish[0], 1);
    });
}

#[test]
fn forgotten_on_the_way_it_goes_on_there_and_can_be_adopted_again() {
    with_each(&EACH, |wish| {
        let bed = bed_for(wish, |_| {});
        assert!(bed.dies_at("job.submitted", &export(wish)), "{}: the server has it", wish[0]);
        let job = bed.only_job();
        let remote = job["remoteId"].as_str().unwrap().to_owned();
        let forgotten = bed.run(&["forget", id_of(&job)]);
        forgotten.ended(0, wish[0]);
        assert_eq!(forgotten.document()["remoteId"], *remote, "{}: it says what goes on there", wish[0]);
        bed.run(&["recover"]).ended(0, "nothing is left to carry");
        assert!(bed.jobs().is_empty() && bed.names().is_empty(), "{}: off the list", wish[0]);
        let adopt: Vec<&str> = ["adopt", wish[0], &remote].into_iter().chain(wish[1..].iter().copied()).collect();
        bed.run(&adopt).ended(0, wish[0]);
        bed.assert_landed(wish[0], 1);
    });
}

#[test]
fn delete_is_refused_before_it_has_landed() {
    with_each(&EACH, |wish| {
        let bed = bed_for(wish, |_| {});
        assert!(bed.dies_at("job.submitted", &export(wish)), "{}: the server has it", wish[0]);
        let id = id_of(&bed.only_job()).to_owned();
        bed.run(&["delete", &id]).ended(2, wish[0]).says(&["It has not landed"]);
        assert_eq!(bed.only_job()["atServer"], "kept", "{}: nothing changed", wish[0]);
        assert!(!bed.only_server_job().deleted, "{}: nor there", wish[0]);
    });
}
