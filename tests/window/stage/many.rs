//! Many exports at once.

use rusqlite::{Connection, params};

use super::Desk;

/// Scrolls the list from its top to its end and back in steps, a frame each; tells how many lines were drawn at most and
/// how long the longest frame took, in milliseconds.
pub(crate) const SCROLL: &str = "
    const done = arguments[arguments.length - 1];
    const list = document.querySelector('[role=grid] [role=rowgroup]');
    const whole = list.scrollHeight;
    const began = performance.now();
    let step = 0, most = 0, longest = 0, last = performance.now(), blank = 0;
    const steps = 60;
    const frame = (now) => {
        longest = Math.max(longest, now - last);
        last = now;
        const lines = document.querySelectorAll('[data-job]').length;
        most = Math.max(most, lines);
        if (lines === 0) blank += 1;
        step += 1;
        if (step > steps) return done({ whole, most, longest, mean: (now - began) / steps, blank, at: list.scrollTop });
        list.scrollTop = whole * (step <= steps / 2 ? step / (steps / 2) : 2 - step / (steps / 2));
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);";

impl Desk {
    /// Makes so many of the one job that there is.
    pub(crate) fn multiply(&self, count: u32) {
        let jobs = self.jobs();
        assert_eq!(jobs.len(), 1, "there is one: {jobs:?}");
        let id = jobs[0]["id"].as_str().expect("a job has an id");
        let store = Connection::open(self.home().join("landfall.db")).expect("the job list opens");
        let stem = &id[..id.len() - 5];
        let sql = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
            INSERT INTO jobs (id, connection, created_at, ended, job)
            SELECT ?2 || printf('%05d', n), connection, created_at + n, ended, replace(job, id, ?2 || printf('%05d', n))
            FROM jobs, number WHERE id = ?3";
        store.execute(sql, params![count - 1, stem, id]).expect("it can be made many");
    }

    /// Writes one wish down without sending it, and makes so many of it: all of them go on when the app starts.
    pub(crate) fn wishes_many(&self, count: u32) {
        let wished = self
            .command(landfall_tests::testbed::binary())
            .args(["export", "download-jobs", "fileIds=1,2", "--to"])
            .arg(self.downloads())
            .env(landfall_engine::crash::VARIABLE, "job.wished")
            .status()
            .expect("the command line can be run");
        assert!(!wished.success(), "it dies once the wish is on disk");
        self.multiply(count);
    }
}
