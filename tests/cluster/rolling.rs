//! All processes are replaced, one after the other, while clients ask and jobs are worked on.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::bed::{Bed, reference};
use super::events::Events;

const SETS: [&[i64]; 3] = [&[1], &[2], &[3]];

/// A job takes a quarter of a second: some are always under way.
const PACE: &str = "0.08";

#[tokio::test(flavor = "multi_thread")]
async fn d_5_replacing_every_process_under_load_loses_nothing() {
    let bed = Bed::new().await;
    let mut apis = [bed.api().await, bed.api().await];
    let mut workers = [bed.worker(PACE).await, bed.worker(PACE).await, bed.worker(PACE).await];
    // As a proxy does: requests go where one is ready.
    let ready = RefCell::new(apis[0].url.clone());
    let over = Cell::new(false);
    let clients = async {
        let mut jobs = BTreeMap::new();
        while !over.get() {
            bed.fewer_wait_than(6).await;
            let (files, to) = (SETS[jobs.len() % SETS.len()], ready.borrow().clone());
            jobs.insert(bed.initiate_at(&to, files).await, files);
        }
        jobs
    };
    let operator = async {
        for worker in &mut workers {
            let old = std::mem::replace(worker, bed.worker(PACE).await);
            assert_eq!(old.stop().await, 143);
        }
        for api in &mut apis {
            let old = std::mem::replace(api, bed.api().await);
            old.signal("-TERM").await;
            // It says that it stops, and only then is nobody sent there any more.
            while bed.client.get(format!("{}/readyz", old.url)).send().await.unwrap().status() == 200 {
                tokio::task::yield_now().await;
            }
            ready.replace(api.url.clone());
            assert_eq!(old.ended().await, 143);
        }
        over.set(true);
    };
    let (jobs, ()) = tokio::join!(clients, operator);
    let digests = reference(&SETS).await;
    assert!(jobs.len() > 10, "there was a load: {} jobs", jobs.len());
    for (job, files) in &jobs {
        let status = bed.completed(&apis[0], job).await;
        assert_eq!(bed.digest(&status["downloadUrl"]).await, digests[*files], "{job}");
        let attempts: u32 = bed.redis.ask(&["HGET", &format!("landfall:job:{job}"), "attempts"]).await;
        assert_eq!(attempts, 1, "a stop is no fault of the job's");
    }
    assert_eq!(bed.objects("downloads").len(), jobs.len(), "each has one result");
    let mut events = Events::default();
    events.read(&bed).await;
    events.once_for(jobs.keys());
}

/// Whoever shares requests out asks now and then: until then it is answered as ever.
#[tokio::test(flavor = "multi_thread")]
async fn d_5_a_process_that_stops_says_so_and_answers_for_a_while() {
    let bed = Bed::new().await;
    let api = bed.node("api", &["--drain", "1h"]).await;
    api.signal("-TERM").await;
    let answer = loop {
        let answer = bed.client.get(format!("{}/readyz", api.url)).send().await.unwrap();
        if answer.status() == 503 {
            break answer;
        }
    };
    assert_eq!(answer.text().await.unwrap(), "stopping\n");
    let job = bed.initiate(&api, SETS[0]).await;
    assert_eq!(bed.json(&api, &format!("/v1/download/status/{job}")).await["status"], "pending");
    // A worker answers nobody: it need not wait.
    let worker = bed.node("worker", &["--drain", "1h"]).await;
    assert_eq!(worker.stop().await, 143);
}
