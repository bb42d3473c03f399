//! P-1 to P-3, P-8 and P-11: the life of a package export. What is in packages is in `packages`.

use std::time::Duration;

use futures_util::future::join_all;
use landfall_service::{Chance, Fault, State, Step};
use serde_json::{Value, json};

use super::bed::{BERT, Bed, eventually, text};
use super::packages_bed::{CONFIGURATION_EXPORTS, EXPORTS, matter, with_options};

const DOORS: [&str; 2] = [EXPORTS, CONFIGURATION_EXPORTS];

#[tokio::test]
async fn p_1_a_submission_is_answered_at_once_with_202_id_and_state() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let options = json!({"includeDependencies": true, "includeHistory": false, "format": "zip", "compression": "gzip"});
    for body in [with_options(matter("uat"), options), matter("prod")] {
        let reply = bed.post(EXPORTS, &[], &body.to_string()).await;
        assert_eq!(reply.status, 202, "{}", reply.text());
        let id = text(&reply.json()["id"]);
        assert_eq!(reply.json(), json!({"id": id, "state": "PENDING"}));
        assert_eq!(bed.get(&format!("{EXPORTS}/{id}")).await.json()["state"], "PENDING");
    }
}

#[tokio::test]
async fn p_1_every_wrong_field_is_422_and_named() {
    let bed = Bed::new().await;
    let cases: [(&str, Value); 14] = [
        ("type", json!(null)),
        ("type", json!("WorkType")),
        ("type", json!(7)),
        ("systemName", json!(null)),
        ("systemName", json!(" ")),
        ("systemName", json!("x".repeat(101))),
        ("environment", json!(["uat"])),
        ("environment", json!("nowhere")),
        ("noCache", json!("yes")),
        ("options", json!("zip")),
        ("options.includeDependencies", json!("true")),
        ("options.includeHistory", json!(1)),
        ("options.format", json!("tar")),
        ("options.compression", json!("zstd")),
    ];
    for (field, value) in cases {
        let mut body = matter("uat");
        match field.split_once('.') {
            Some((outer, inner)) => body[outer] = json!({inner: value}),
            None => body[field] = value.clone(),
        }
        let reply = bed.post(EXPORTS, &[], &body.to_string()).await;
        assert_eq!(reply.status, 422, "{field} = {value}: {}", reply.text());
        let error = reply.json()["error"].clone();
        assert!(text(&error["message"]).contains(&format!("field {field} ")), "{field} is named: {error}");
        assert!(!text(&error["remediation"]).is_empty() && !text(&error["correlationId"]).is_empty(), "{error}");
    }
    assert!(bed.service.jobs().await.unwrap().is_empty(), "nothing refused became a job");
}

#[tokio::test]
async fn p_1_an_unknown_system_is_404_and_the_remediation_leads_somewhere() {
    let bed = Bed::new().await;
    for (kind, name) in [("worktype", "no-such"), ("workflow", "matter"), ("configuration", "matter")] {
        let body = json!({"type": kind, "systemName": name, "environment": "uat"});
        let reply = bed.post(EXPORTS, &[], &body.to_string()).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["error"]["code"]), (404, &json!("unknown_system")), "{body}");
    }
    let listed = bed.get("/api/environments").await.json();
    for environment in listed["environments"].as_array().unwrap() {
        let systems = environment["systems"].as_array().unwrap();
        for kind in ["worktype", "workflow", "form", "configuration"] {
            let system = systems.iter().find(|system| system["type"] == kind).unwrap();
            let body = json!({
                "type": kind, "systemName": system["systemName"], "environment": environment["name"],
            });
            assert_eq!(bed.post(EXPORTS, &[], &body.to_string()).await.status, 202, "what is listed is there: {body}");
        }
    }
}

#[tokio::test]
async fn p_1_same_key_gives_the_same_job_and_another_body_is_422() {
    let bed = Bed::new().await;
    let key = [("Idempotency-Key", "k")];
    for (index, door) in DOORS.into_iter().enumerate() {
        let body = matter("uat").to_string();
        let replies = join_all((0..6).map(|_| bed.post(door, &key, &body))).await;
        let id = text(&replies[0].json()["id"]);
        bed.package_export(door, &id, "COMPLETED").await;
        let late = bed.post(door, &key, &body).await;
        for reply in replies.iter().chain([&late]) {
            assert_eq!((reply.status.as_u16(), reply.json()), (202, json!({"id": id, "state": "PENDING"})), "{door}");
        }
        assert_eq!(bed.service.jobs().await.unwrap().len(), index + 1, "one job at {door}, and doors share no keys");
        assert_eq!(bed.post(door, &key, &matter("prod").to_string()).await.status, 422);
    }
}

#[tokio::test]
async fn p_1_exports_are_listed_newest_first_for_their_owner_only() {
    let mut bed = Bed::with(|options| options.workers = 0).await;
    for door in DOORS {
        let mut ids = Vec::new();
        for correlation_id in ["first", "second"] {
            let reply = bed.post(door, &[("X-Correlation-ID", correlation_id)], &matter("uat").to_string()).await;
            assert_eq!(reply.header("x-correlation-id"), correlation_id);
            ids.insert(0, text(&reply.json()["id"]));
        }
        let listed = bed.get(door).await.json();
        let listed = listed["exports"].as_array().unwrap();
        assert_eq!(listed.iter().map(|export| text(&export["id"])).collect::<Vec<_>>(), ids, "newest first");
        let newest = &listed[0];
        assert_eq!((&newest["state"], &newest["correlationId"]), (&json!("PENDING"), &json!("second")));
        assert_eq!(newest["environment"], "uat");
        assert!(text(&newest["createdAt"]).parse::<jiff::Timestamp>().is_ok(), "{newest}");
    }
    let id = text(&bed.get(EXPORTS).await.json()["exports"][0]["id"]);
    bed.set_token(BERT);
    assert_eq!(bed.get(EXPORTS).await.json()["exports"], json!([]));
    for path in [format!("{EXPORTS}/{id}"), format!("{EXPORTS}/{id}/package")] {
        assert_eq!(bed.get(&path).await.status, 404, "another user's: {path}");
    }
    assert_eq!(bed.delete(&format!("{EXPORTS}/{id}")).await.status, 404);
    assert!(bed.service.jobs().await.unwrap().iter().all(|job| job.deleted_at.is_none()), "nothing was deleted by it");
}

#[tokio::test]
async fn p_2_percentage_and_step_move_with_the_pace_and_the_times_follow() {
    let bed = Bed::with(|options| options.pace = 80.0).await;
    let id = bed.order(EXPORTS, &matter("uat")).await;
    let (mut percentages, mut steps) = (Vec::new(), Vec::new());
    let done = loop {
        let answer = bed.get(&format!("{EXPORTS}/{id}")).await.json();
        let fields: Vec<_> = answer.as_object().unwrap().keys().cloned().collect();
        match answer["state"].as_str().unwrap() {
            "PENDING" => {
                assert_eq!(fields, ["id", "type", "state", "percentage", "currentStep", "createdAt"]);
                tokio::task::yield_now().await;
            }
            "RUNNING" => {
                assert_eq!(fields, ["id", "type", "state", "percentage", "currentStep", "createdAt", "startedAt"]);
                let percentage = answer["percentage"].as_u64().unwrap();
                if percentages.last() == Some(&percentage) {
                    bed.service.clock().advance(Duration::from_secs(5));
                    // Not to wait for anything: to leave the processor to the service.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                } else {
                    percentages.push(percentage);
                    steps.push(text(&answer["currentStep"]));
                }
            }
            "COMPLETED" => break answer,
            other => panic!("{other} is no state of this life: {answer}"),
        }
    };
    assert!(percentages.is_sorted() && percentages.len() >= 4, "it is seen on its way: {percentages:?}");
    steps.dedup();
    assert!(steps.len() >= 4, "the step changes with it: {steps:?}");
    assert_eq!((&done["type"], &done["percentage"]), (&json!("worktype"), &json!(100)));
    let time = |field: &str| text(&done[field]).parse::<jiff::Timestamp>().unwrap();
    assert!(time("createdAt") <= time("startedAt"));
    let took = time("completedAt").duration_since(time("startedAt"));
    assert!(took > jiff::SignedDuration::from_mins(2), "three seconds at pace 80: {took:?}");
    assert_eq!(done["resultUrl"], format!("{}{EXPORTS}/{id}/package", bed.service.url()));
}

#[tokio::test]
async fn p_2_a_failed_export_says_why_and_what_to_do() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::JobFails, Chance::Times(1));
    let id = bed.order(EXPORTS, &matter("uat")).await;
    let answer = bed.package_export(EXPORTS, &id, "FAILED").await;
    assert!(!text(&answer["error"]).is_empty() && !text(&answer["remediation"]).is_empty(), "{answer}");
    assert!(answer.get("resultUrl").is_none(), "{answer}");
    assert!(answer["completedAt"].is_string(), "it has ended: {answer}");
    assert_eq!(bed.get(&format!("{EXPORTS}/{id}/package")).await.status, 409, "there is no package");
}

#[tokio::test]
async fn p_2_a_stalled_worker_falls_silent_for_a_minute_and_then_goes_on() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::WorkerStalls, Chance::Times(1));
    let id = bed.order(EXPORTS, &matter("uat")).await;
    let path = format!("{EXPORTS}/{id}");
    eventually("silence", async || (bed.get(&path).await.json()["percentage"] == 48).then_some(())).await;
    let other = bed.order(EXPORTS, &matter("prod")).await;
    bed.package_export(EXPORTS, &other, "COMPLETED").await;
    let stalled = bed.get(&path).await.json();
    assert_eq!((&stalled["state"], &stalled["percentage"]), (&json!("RUNNING"), &json!(48)), "others pass it by");
    bed.service.clock().advance(Duration::from_mins(1));
    bed.package_export(EXPORTS, &id, "COMPLETED").await;
}

#[tokio::test]
async fn p_2_a_worker_that_dies_leaves_its_export_running() {
    let bed = Bed::new().await;
    bed.service.faults().set(Fault::WorkerDies, Chance::Times(1));
    let id = bed.order(EXPORTS, &matter("uat")).await;
    let path = format!("{EXPORTS}/{id}");
    eventually("death", async || (bed.get(&path).await.json()["percentage"] == 48).then_some(())).await;
    bed.service.clock().advance(Duration::from_hours(2));
    let other = bed.order(EXPORTS, &matter("prod")).await;
    bed.package_export(EXPORTS, &other, "COMPLETED").await;
    assert_eq!(bed.get(&path).await.json()["state"], "RUNNING", "nobody will say a word about it again");
    assert_eq!(bed.delete(&path).await.status, 204, "but it can be deleted");
}

#[tokio::test]
async fn p_2_an_unknown_state_can_be_had_on_purpose() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let id = bed.order(EXPORTS, &matter("uat")).await;
    bed.service.faults().set(Fault::UnknownState, Chance::Times(1));
    assert_eq!(bed.get(&format!("{EXPORTS}/{id}")).await.json()["state"], "levitating");
}

#[tokio::test]
async fn p_3_a_deleted_export_is_204_and_then_404_whatever_its_state_was() {
    let bed = Bed::new().await;
    for (door, state) in [(EXPORTS, "COMPLETED"), (CONFIGURATION_EXPORTS, "COMPLETED"), (EXPORTS, "FAILED")] {
        if state == "FAILED" {
            bed.service.faults().set(Fault::JobFails, Chance::Times(1));
        }
        let id = bed.order(door, &matter("uat")).await;
        bed.package_export(door, &id, state).await;
        let path = format!("{door}/{id}");
        let reply = bed.delete(&path).await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (204, 0), "{door} {state}");
        for gone in [path.clone(), format!("{path}/package")] {
            assert_eq!(bed.get(&gone).await.status, 404, "{gone}");
        }
        assert_eq!(bed.delete(&path).await.status, 404, "once only");
        assert_eq!(bed.get(door).await.json()["exports"], json!([]));
    }
    assert_eq!(bed.service.dead_letters().await.unwrap(), [], "its dead letter went with it");
    let packages = bed.data().join("objects/packages");
    assert_eq!(std::fs::read_dir(packages).unwrap().count(), 0, "no package is left on the disk");
}

#[tokio::test]
async fn p_3_a_running_job_stops_and_leaves_its_worker_to_others() {
    let bed = Bed::with(|options| {
        options.pace = 1_000.0;
        options.workers = 1;
    })
    .await;
    let first = bed.order(EXPORTS, &matter("uat")).await;
    bed.package_export(EXPORTS, &first, "RUNNING").await;
    let second = bed.order(EXPORTS, &matter("prod")).await;
    let third = bed.order(EXPORTS, &matter("prod")).await;
    assert_eq!(bed.delete(&format!("{EXPORTS}/{second}")).await.status, 204, "one that waits");
    assert_eq!(bed.delete(&format!("{EXPORTS}/{first}")).await.status, 204, "one that runs");
    // The clock stands still: only a stopped attempt leaves the one worker there is.
    bed.package_export(EXPORTS, &third, "RUNNING").await;
    assert_eq!(bed.get(&format!("{EXPORTS}/{first}")).await.status, 404);
    let jobs = bed.service.jobs().await.unwrap();
    let deleted: Vec<_> = jobs.iter().map(|job| (job.deleted_at.is_some(), job.attempts)).collect();
    assert_eq!(deleted, [(true, 1), (true, 0), (false, 1)], "nobody took the one that waited");
}

#[tokio::test]
async fn p_3_a_deletion_whose_answer_is_lost_has_happened() {
    let bed = Bed::with(|options| options.workers = 0).await;
    let path = format!("{EXPORTS}/{}", bed.order(EXPORTS, &matter("uat")).await);
    bed.service.faults().set_at(Fault::Unavailable, Step::Cancel, Chance::Times(1));
    assert_eq!(bed.delete(&path).await.status, 503);
    assert_eq!(bed.get(&path).await.status, 200, "a refusal deletes nothing");
    bed.service.faults().set_at(Fault::Lost, Step::Cancel, Chance::Times(1));
    assert!(bed.send(reqwest::Method::DELETE, &path, &[], None).await.is_err(), "the answer is not whole");
    assert_eq!(bed.delete(&path).await.status, 404);
}

#[tokio::test]
async fn p_3_a_deleted_export_does_not_come_back_with_its_key_or_a_restart() {
    let bed = Bed::with(|options| options.pace = 1_000.0).await;
    let key = [("Idempotency-Key", "k")];
    let body = matter("uat").to_string();
    let first = bed.post(EXPORTS, &key, &body).await.json();
    let path = format!("{EXPORTS}/{}", text(&first["id"]));
    assert_eq!(bed.delete(&path).await.status, 204);
    assert_eq!(bed.post(EXPORTS, &key, &body).await.json(), first, "a late copy of the request gets the same answer");
    let bed = bed.restart_with(|_| {}).await;
    assert_eq!(bed.get(&path).await.status, 404);
    let jobs = bed.service.jobs().await.unwrap();
    assert_eq!(
        (jobs.len(), jobs[0].state),
        (1, State::Failed),
        "no second job was made, and nobody works on the first"
    );
}

#[tokio::test]
async fn p_8_a_configuration_export_succeeds_where_the_export_fails() {
    let bed = Bed::new().await;
    bed.service.faults().apply("export-fails=100%").unwrap();
    let primary = bed.order(EXPORTS, &matter("uat")).await;
    let failed = bed.package_export(EXPORTS, &primary, "FAILED").await;
    assert!(!text(&failed["error"]).is_empty(), "{failed}");
    let fallback = bed.order(CONFIGURATION_EXPORTS, &matter("uat")).await;
    let done = bed.package_export(CONFIGURATION_EXPORTS, &fallback, "COMPLETED").await;
    assert_eq!(done["resultUrl"], format!("{}{CONFIGURATION_EXPORTS}/{fallback}/package", bed.service.url()));
    let package = bed.get(&format!("{CONFIGURATION_EXPORTS}/{fallback}/package")).await;
    assert_eq!(package.status, 200);
    assert_eq!(bed.get("/v1/dead-letters").await.json()["deadLetters"][0]["system"], "package-exports");
    bed.service.faults().clear();
    assert!(package.body == bed.packed(&matter("uat")).await.body, "it is the same package as by the first way");
}

#[tokio::test]
async fn p_8_both_ways_can_fail() {
    let bed = Bed::new().await;
    bed.service.faults().apply("job-fails=100%").unwrap();
    for door in DOORS {
        let id = bed.order(door, &matter("uat")).await;
        bed.package_export(door, &id, "FAILED").await;
    }
}

#[tokio::test]
async fn p_8_the_doors_share_no_ids_and_the_second_takes_no_options() {
    let bed = Bed::new().await;
    for (door, other) in [(EXPORTS, CONFIGURATION_EXPORTS), (CONFIGURATION_EXPORTS, EXPORTS)] {
        let id = bed.order(door, &matter("uat")).await;
        for path in [format!("{other}/{id}"), format!("{other}/{id}/package")] {
            assert_eq!(bed.get(&path).await.status, 404, "{path}");
        }
        assert_eq!(bed.delete(&format!("{other}/{id}")).await.status, 404);
        bed.package_export(door, &id, "COMPLETED").await;
        assert_eq!(bed.get(other).await.json()["exports"].as_array().unwrap().len(), usize::from(other == EXPORTS));
    }
    let body = with_options(matter("uat"), json!({"format": "json"}));
    let reply = bed.post(CONFIGURATION_EXPORTS, &[], &body.to_string()).await;
    assert_eq!(reply.status, 422);
    assert!(text(&reply.json()["error"]["message"]).contains("field options "), "{}", reply.text());
}

#[tokio::test]
async fn p_11_many_at_once_all_finish_and_the_bad_ones_fail_alone() {
    let bed = Bed::new().await;
    let environments = ["clientA-vnext", "clientB-uat", "uat", "prod", "nowhere"];
    let replies =
        join_all((0..25).map(async |index| bed.post(EXPORTS, &[], &matter(environments[index % 5]).to_string()).await))
            .await;
    let (taken, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 202);
    assert_eq!((taken.len(), refused.len()), (20, 5));
    assert!(refused.iter().all(|reply| reply.status == 422), "each with its own reason");
    let ids: std::collections::BTreeSet<_> = taken.iter().map(|reply| text(&reply.json()["id"])).collect();
    assert_eq!(ids.len(), 20, "each is a job of its own");
    for id in ids {
        bed.package_export(EXPORTS, &id, "COMPLETED").await;
        assert_eq!(bed.get(&format!("{EXPORTS}/{id}/package")).await.status, 200);
    }
}
