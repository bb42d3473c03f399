//! Each system's export lands whole and verified, as one job on the server, under its name and its correlation id.

use std::fs;

use landfall_service::{Chance, Fault, Step};
use landfall_tests::testbed::{Server, TestBed, id_of};
use serde_json::Value;

use super::{CLIP, EACH, VIDEO, bed_for, export, with_each};

/// What the file is called that comes of the export.
fn name_of(bed: &TestBed) -> String {
    let job = bed.only_server_job();
    match job.system.as_str() {
        "exports-v2" => "gate-north_2025-06-02T07-30-00Z.mp4".to_owned(),
        "download-jobs" => format!("files_{}.zip", job.id),
        "media-jobs" => "Site tour.mp4".to_owned(),
        "package-exports" => format!("export_{}.zip", job.id),
        _ => format!("riverside-clinic_{}.csv", job.id),
    }
}

#[test]
fn c_7_d_3_m_6_p_4_r_3_each_system_lands_whole_and_verified_under_its_name() {
    with_each(&EACH, |wish| {
        let bed = bed_for(wish, |_| {});
        bed.run(&export(wish)).ended(0, wish[0]);
        let jobs = bed.assert_landed(wish[0], 1);
        assert_eq!(bed.names(), [name_of(&bed)], "{}: called as its document says", wish[0]);
        let correlation = bed.only_server_job().correlation_id;
        assert_eq!(jobs[0]["correlationId"], *correlation, "{}: one correlation id on both sides", wish[0]);
        let shown = bed.run(&["show", id_of(&jobs[0])]);
        assert!(shown.stdout.contains(&correlation), "{}: it is shown: {}", wish[0], shown.stdout);
        bed.run(&["recover"]).ended(0, "nothing is left to do");
        assert_eq!(bed.assert_landed(wish[0], 1), jobs, "{}: a recover changes nothing", wish[0]);
    });
}

#[test]
fn x_2_failure_tells_the_correlation_id_that_the_server_knows() {
    with_each(&EACH, |wish| {
        let bed = bed_for(wish, |_| {});
        bed.server().faults().set(Fault::JobFails, Chance::Share(1.0));
        let failed = bed.run(&export(wish));
        failed.ended(3, wish[0]).says(&["JOB_FAILED", "The source of this export could not be read"]);
        let job = failed.document();
        assert_eq!(job["error"]["correlationId"], job["correlationId"], "{}: {job:#}", wish[0]);
        assert!(!bed.server_jobs().is_empty(), "{}: the server has taken it", wish[0]);
        for of_server in bed.server_jobs() {
            assert_eq!(job["correlationId"], *of_server.correlation_id, "{}: the fallback's too", wish[0]);
        }
        assert!(bed.names().is_empty(), "{}: nothing is in the folder: {:?}", wish[0], bed.names());
    });
}

#[test]
fn x_2_log_of_a_render_has_the_correlation_id() {
    with_each(&[CLIP, VIDEO], |wish| {
        let bed = bed_for(wish, |_| {});
        bed.run(&export(wish)).ended(0, wish[0]);
        let job = bed.only_server_job();
        let log = bed.ledger().data().join("Logs/ffmpeg").join(format!("{}.log", job.id));
        let log = fs::read_to_string(log).expect("the render has a log");
        let ours = bed.only_job()["correlationId"].as_str().unwrap().to_owned();
        assert!(log.contains(&format!("Correlation ID: {ours}")), "{}: {log}", wish[0]);
    });
}

#[test]
fn c_1_each_camera_is_a_job_of_its_own() {
    let bed = bed_for(CLIP, |_| {});
    let [connection, _, start, end] = CLIP else { unreachable!("a clip has three parameters") };
    bed.run(&["export", connection, "camera=gate-north,crane-2", start, end]).ended(0, "both land");
    bed.assert_landed("two cameras", 2);
    // Both go out at once, and either may be first.
    let mut cameras: Vec<String> = bed.server_jobs().into_iter().map(|job| job.request["camera"].to_string()).collect();
    cameras.sort();
    assert_eq!(cameras, ["\"crane-2\"", "\"gate-north\""]);
}

#[test]
fn c_2_padding_widens_the_event_and_the_server_clips_it_to_its_footage() {
    let cases = [
        ("2025-06-02T07:30:00Z", "2025-06-02T07:30:05Z", ["2025-06-02T07:29:58Z", "2025-06-02T07:30:07Z"]),
        ("2025-01-01T00:00:01Z", "2025-01-01T00:00:05Z", ["2025-01-01T00:00:00Z", "2025-01-01T00:00:07Z"]),
    ];
    for (start, end, made) in cases {
        let bed = bed_for(CLIP, |_| {});
        let (start, end) = (format!("start={start}"), format!("end={end}"));
        bed.run(&["export", "exports-v2", "camera=gate-north", &start, &end, "padding=2s"]).ended(0, "it lands");
        bed.assert_landed("padding", 1);
        let request = bed.only_server_job().request;
        assert_eq!([&request["start"], &request["end"]].map(Value::as_str), made.map(Some), "{request}");
    }
}

#[test]
fn c_2_interval_without_footage_is_refused() {
    let bed = bed_for(CLIP, |_| {});
    let wish = ["export", "exports-v2", "camera=pit", "start=2024-06-02T07:30:00Z", "end=2024-06-02T07:30:05Z"];
    bed.run(&wish).ended(3, "422 is the server's last word").says(&["JOB_CREATION_FAILED"]);
    assert!(bed.server_jobs().is_empty(), "there is no job");
}

#[test]
fn c_5_complete_without_a_download_fails_and_can_be_resumed() {
    let server = Server::start(&["anna"], |_| {});
    let hasty = [("url = \"body.presignedURL\"", "url = \"body.presignedURL\"\nevery = \"50ms\"")];
    let bed = TestBed::on(&server, "anna").connect_by_own("exports-v2", "hasty-exports", &hasty);
    server.faults().set_at(Fault::NoLink, Step::Resolve, Chance::Times(30));
    let wish: Vec<&str> = ["export", "hasty-exports"].iter().chain(&CLIP[1..]).copied().collect();
    let failed = bed.run(&wish);
    failed.ended(4, "thirty tries are enough").says(&[
        "DOWNLOAD_FAILED",
        "The server says the export is complete but gives no download",
        "landfall retry",
    ]);
    assert_eq!(bed.only_job()["error"]["code"], "EXPORT_004");
    assert!(bed.names().is_empty(), "nothing is in the folder: {:?}", bed.names());
    bed.run(&["retry", id_of(&bed.only_job())]).ended(0, "there is one now");
    bed.assert_landed("a link after all", 1);
}

#[test]
fn c_5_download_that_is_late_is_asked_for_again() {
    let bed = bed_for(CLIP, |_| {});
    bed.server().faults().set_at(Fault::NoLink, Step::Resolve, Chance::Times(3));
    bed.run(&export(CLIP)).ended(0, "the link comes within the thirty tries");
    bed.assert_landed("a late link", 1);
}
