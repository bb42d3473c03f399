//! A disk that is full, a folder that is read-only (T8): made by mounts in a namespace of our own, where this test runs
//! once more.

use std::path::{Path, PathBuf};
use std::process::Command;

use landfall_tests::testbed::TestBed;

use super::MIDDLE;

/// Names the mounted folder to the inner run.
const MOUNTED: &str = "JOURNEY_MOUNTED_FOLDER";

/// The small disk, inside; outside it runs the named test again with one, and gives nothing.
fn small_disk(test: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(MOUNTED) {
        return Some(folder.into());
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", "mount -t tmpfs -o size=4m none \"$2\" && exec \"$0\" --exact \"$1\" --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .arg(format!("journeys::disks::{test}"))
        .arg(folder.path())
        .env(MOUNTED, folder.path())
        .output()
        .expect("unshare is there");
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(words.contains("1 passed"), "the inner run found its test: {words}");
    None
}

fn remount(folder: &Path, options: &str) {
    let status = Command::new("mount").arg("-o").arg(format!("remount,{options}")).arg(folder).status().unwrap();
    assert!(status.success(), "remount {options}");
}

/// The export ends for want of disk, the job is kept, and nothing has a final name.
fn assert_disk_error(bed: &TestBed, command: &[&str]) {
    let ended = bed.run(command);
    ended.ended(12, "the disk has an exit code of its own").says(&["DISK_ERROR", "landfall recover", "job is kept"]);
    assert_eq!(ended.document()["error"]["code"], "EXPORT_009");
    assert_eq!(bed.jobs().len(), 1, "job is kept");
    assert!(bed.names().iter().all(|name| name.starts_with('.')), "nothing has a final name: {:?}", bed.names());
}

#[test]
fn full_disk_and_room_made() {
    let Some(folder) = small_disk("full_disk_and_room_made") else { return };
    let bed = TestBed::new("download-jobs").landing_in(&folder).connect("download-jobs");
    assert_disk_error(&bed, &["export", "download-jobs", MIDDLE]);
    assert_disk_error(&bed, &["recover"]);
    remount(&folder, "size=32m");
    bed.run(&["recover"]).ended(0, "there is room now");
    bed.assert_landed("room made", 1);
}

#[test]
fn disk_that_fills_up_on_the_way() {
    let Some(folder) = small_disk("disk_that_fills_up_on_the_way") else { return };
    remount(&folder, "size=32m");
    let bed = TestBed::new("download-jobs").landing_in(&folder).connect("download-jobs");
    assert!(bed.dies_at("transfer.first-bytes", &["export", "download-jobs", MIDDLE]), "it is interrupted on the way");
    std::fs::write(folder.join(".ballast"), vec![0; 32 << 20]).unwrap_err();
    assert_disk_error(&bed, &["recover"]);
    std::fs::remove_file(folder.join(".ballast")).unwrap();
    bed.run(&["recover"]).ended(0, "there is room again");
    bed.assert_landed("room made on the way", 1);
}

#[test]
fn read_only_folder_and_mended() {
    let Some(folder) = small_disk("read_only_folder_and_mended") else { return };
    remount(&folder, "size=32m,ro");
    let bed = TestBed::new("download-jobs").landing_in(&folder).connect("download-jobs");
    assert_disk_error(&bed, &["export", "download-jobs", MIDDLE]);
    assert!(bed.names().is_empty(), "a read-only folder holds nothing of ours");
    remount(&folder, "rw");
    bed.run(&["recover"]).ended(0, "it can be written now");
    bed.assert_landed("remounted", 1);
}

#[test]
fn folder_that_turns_read_only_on_the_way() {
    let Some(folder) = small_disk("folder_that_turns_read_only_on_the_way") else { return };
    remount(&folder, "size=32m");
    let bed = TestBed::new("download-jobs").landing_in(&folder).connect("download-jobs");
    assert!(bed.dies_at("transfer.first-bytes", &["export", "download-jobs", MIDDLE]), "it is interrupted on the way");
    remount(&folder, "ro");
    assert_disk_error(&bed, &["recover"]);
    remount(&folder, "rw");
    bed.run(&["recover"]).ended(0, "it can be written again");
    bed.assert_landed("remounted on the way", 1);
}
