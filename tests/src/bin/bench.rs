//! `bench [downloads|following|many|cluster|alone] [--runs N] [--mebibytes N] [--jobs N] [--disk FOLDER] [--out FILE]`: prints a table
//! and writes JSON.
//! Without a group it measures all of them. `alone` is the part of `cluster` that needs one machine only, and measures older
//! programs too.
//!
//! Never fails by a time: figures are read by people.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::path::PathBuf;
use std::process::ExitCode;

use landfall_tests::bench::downloads::{Setting, against_curl, killed};
use landfall_tests::bench::{alone, cluster, following, many};
use serde_json::Value;

/// What can be measured alone.
const GROUPS: [&str; 5] = ["downloads", "following", "many", "cluster", "alone"];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> std::io::Result<()> {
    let mut setting = Setting { mebibytes: 2048, runs: 5, folder: PathBuf::from("/dev/shm"), synced: false };
    let mut out = PathBuf::from("target/bench.json");
    let mut disk = None;
    let mut jobs = 10_000;
    let (groups, flags): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| GROUPS.contains(&argument.as_str()));
    let wanted = |group: &str| groups.is_empty() || groups.iter().any(|named| named == group);
    let mut arguments = flags.into_iter();
    while let Some(flag) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        let number = value.parse::<u64>().map_err(|_| std::io::Error::other(format!("{flag} wants a number")));
        match flag.as_str() {
            "--runs" => setting.runs = usize::try_from(number?).unwrap_or(5),
            "--jobs" => jobs = usize::try_from(number?).unwrap_or(jobs),
            "--mebibytes" => setting.mebibytes = number?,
            "--disk" => disk = Some(PathBuf::from(value)),
            "--out" => out = PathBuf::from(value),
            _ => return Err(std::io::Error::other(format!("{flag} is not known"))),
        }
    }
    let on_disk = disk.unwrap_or_else(std::env::temp_dir);
    let mut rows = Vec::new();
    if wanted("many") {
        for (folder, on_disk) in [(&setting.folder, false), (&on_disk, true)] {
            let setting = many::Setting { runs: setting.runs, folder: folder.clone(), on_disk };
            rows.push(many::whole_lives(&setting, 1_000)?);
        }
        let setting = many::Setting { runs: setting.runs.min(3), folder: setting.folder.clone(), on_disk: false };
        rows.extend(many::against_number(&setting, &[100, 1_000, 10_000])?);
    }
    if wanted("following") {
        let folder = setting.folder.clone();
        rows.push(following::on_one_stream(&following::Setting { jobs: 10_000, updates: 1_000, seconds: 60, folder })?);
    }
    let several = cluster::Setting { runs: setting.runs, jobs, folder: setting.folder.clone() };
    if wanted("cluster") || wanted("alone") {
        rows.extend(alone::measure(&several, &on_disk)?);
    }
    if wanted("cluster") {
        rows.extend(cluster::measure(&several)?);
    }
    if wanted("downloads") {
        rows.extend(against_curl(&setting)?);
        rows.push(killed(&setting)?);
        rows.extend(against_curl(&Setting { folder: on_disk, synced: true, ..setting })?);
    }
    print(&rows);
    std::fs::write(&out, serde_json::to_vec_pretty(&rows)?)?;
    println!("written to {}", out.display());
    Ok(())
}

fn print(rows: &[Value]) {
    println!(
        "{:<38} {:>6} {:>9} {:>9} {:>8} {:>8} {:>9}",
        "measure", "disk", "wall s", "cpu s", "wall ×", "cpu ×", "MiB"
    );
    for row in rows {
        let number = |key: &str| row[key].as_f64().map_or_else(|| "-".to_owned(), |number| format!("{number:.2}"));
        println!(
            "{:<38} {:>6} {:>9} {:>9} {:>8} {:>8} {:>9}",
            row["measure"].as_str().unwrap_or_default(),
            row["onDisk"].as_bool().unwrap_or_default(),
            number("wallSeconds"),
            number("cpuSeconds"),
            number("wallRatio"),
            number("cpuRatio"),
            number("memoryMebibytes"),
        );
        if row["timesTheScript"].is_number() {
            println!("  {} times the script; {} of the limit", number("timesTheScript"), number("shareOfTheLimit"));
        }
        if row["shareOfACore"].is_number() {
            println!(
                "  {} of a core; {} lost; p99 from event to store {} ms",
                number("shareOfACore"),
                row["lost"],
                number("p99Milliseconds")
            );
        }
        if row["jobsASecond"].is_number() {
            println!("  {} jobs a second", number("jobsASecond"));
        }
        if row["bytesAWaitingJob"].is_number() {
            println!(
                "  {} bytes of Redis each, {} when it has ended; p99 of a submit {} ms, of a status {} ms, of a list {} ms",
                number("bytesAWaitingJob"),
                number("bytesAnEndedJob"),
                number("submitP99Milliseconds"),
                number("statusP99Milliseconds"),
                number("listP99Milliseconds")
            );
        }
        if row["shareOfACoreOfAnOpenStream"].is_number() {
            println!("  {} of a core as long as it is open", number("shareOfACoreOfAnOpenStream"));
        }
        if row["millisecondsEach"].is_number() {
            println!("  {} ms each; {} times the size before", number("millisecondsEach"), number("growth"));
        }
        if let Some(twice) = row["sentTwiceBytes"].as_u64() {
            println!("  {twice} bytes sent twice; bytes flow after {} s", number("secondsUntilBytesFlow"));
        }
    }
}
