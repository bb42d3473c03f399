//! Killed at random instants of a batch, restarted each time (T3): none lost, none doubled, every digest right.

use std::time::Duration;

use landfall_engine::entropy::{Entropy as _, SeededEntropy};
use landfall_tests::testbed::TestBed;

use super::{MIDDLE, SMALL};

/// Kills unless `LANDFALL_KILLS` says how many.
const KILLS: usize = 50;

/// The seed of the instants unless `LANDFALL_SEED` says another.
const SEED: u64 = 20_261_123;

/// The latest instant of a kill after a start: a restart that finds all as it was needs a tenth of it.
const LATEST: Duration = Duration::from_millis(1200);

const SIGKILL: i32 = 9;

/// Exports of a batch: some that are done in one go, and some slow enough to be killed many times.
const BATCH: [&[&str]; 10] = [
    &["download-jobs", MIDDLE, "--limit-rate", "1MB"],
    &["report-exports", "project_id=riverside-clinic", "format=csv"],
    &["download-jobs", MIDDLE, "--limit-rate", "1500kB"],
    &["report-exports", "project_id=riverside-clinic", "format=excel"],
    &["download-jobs", SMALL],
    &["report-exports", "project_id=riverside-clinic", "format=ost", "--limit-rate", "50kB"],
    &["download-jobs", MIDDLE, "--limit-rate", "1MB", "--name", "the same name.zip"],
    &["download-jobs", MIDDLE, "--limit-rate", "2MB", "--name", "the same name.zip"],
    &["download-jobs", SMALL, "--name", "the same name.zip"],
    &["report-exports", "project_id=riverside-clinic", "format=pdf"],
];

/// Wishes a whole batch, kills `recover` at random instants until it is through, and gives how often it was killed.
fn batch_killed_at_most(kills: usize, entropy: &SeededEntropy) -> usize {
    let bed = TestBed::new("download-jobs").connect("report-exports");
    for wish in BATCH {
        bed.wish(wish);
    }
    let mut killed = 0;
    while killed < kills {
        let running = bed.start(&["recover"]);
        // No condition to wait for: the instant itself is what is tried.
        std::thread::sleep(LATEST.mul_f64(entropy.fraction()));
        let outcome = running.kill();
        if outcome.signal != Some(SIGKILL) {
            outcome.ended(0, "all has landed before the kill");
            break;
        }
        killed += 1;
    }
    bed.run(&["recover"]).ended(0, "what the last kill left is carried to its end");
    bed.assert_landed(&format!("killed {killed} times"), BATCH.len());
    killed
}

#[test]
fn batch_killed_at_random_instants() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("the variable is a number"));
    let kills = number("LANDFALL_KILLS").map_or(KILLS, |kills| usize::try_from(kills).unwrap());
    let seed = number("LANDFALL_SEED").unwrap_or(SEED);
    println!("LANDFALL_KILLS={kills} LANDFALL_SEED={seed}");
    let entropy = SeededEntropy::new(seed);
    let mut killed = 0;
    while killed < kills {
        killed += batch_killed_at_most(kills - killed, &entropy);
        println!("killed {killed} times so far");
    }
}
