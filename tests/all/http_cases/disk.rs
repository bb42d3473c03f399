//! A disk that is full, a folder that is read-only or gone (T8). Made by mounts in a namespace of our own, where this
//! test binary runs once more.

use std::path::Path;
use std::process::Command;

use landfall_engine::transfer::Error;
use landfall_tests::bed::{Bed, order};
use landfall_tests::hostile::{Hostile, Object, Reply};
use landfall_wire::ErrorCode;

const FOLDER: &str = "LANDFALL_TEST_FOLDER";

/// Runs the named test of this binary again where `folder` is a small tmpfs.
fn on_a_small_disk(test: &str, folder: &Path) {
    let mount =
        format!("mount -t tmpfs -o size=1m none '{}' && exec \"$0\" --exact \"$1\" --nocapture", folder.display());
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", &mount])
        .arg(std::env::current_exe().unwrap())
        .arg(format!("http_cases::disk::{test}"))
        .env(FOLDER, folder)
        .output()
        .expect("unshare is there");
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn remount(folder: &str, options: &str) {
    let status = Command::new("mount").args(["-o", &format!("remount,{options}"), folder]).status().unwrap();
    assert!(status.success(), "remount {options}");
}

fn open_ended(object: &Object) -> Reply {
    Reply::new().head(200, &format!("Connection: close\r\n{}", object.about)).body(object, 0, object.size()).close()
}

#[test]
fn full_disk_keeps_what_has_arrived() {
    let folder = tempfile::tempdir().unwrap();
    on_a_small_disk("on_a_full_disk", folder.path());
}

#[tokio::test]
async fn on_a_full_disk() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let object = Object::new(1, 3_000_000);
    let mut bed = Bed::new();
    bed.order = order(Path::new(&folder));

    let server = Hostile::then_honest(&object, vec![]);
    let error = bed.land(&server).await.unwrap_err();
    assert!(matches!(error, Error::Room { needed: 3_000_000, .. }), "seen before the first byte: {error}");

    let server = Hostile::then_honest(&object, vec![open_ended(&object)]);
    let failure = bed.assert_failed("full disk", bed.land(&server).await, ErrorCode::DiskError);
    assert!(failure.remediation.contains("room"), "{failure:?}");

    remount(&folder, "size=8m");
    let landing = bed.land(&server).await.unwrap();
    println!("case full disk, mended: {:?}", landing.notes);
    assert_eq!(landing.sha256, object.sha256());
    assert!(server.requests().last().unwrap().from() > 500_000, "gone on from what had arrived");
}

#[test]
fn read_only_folder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    on_a_small_disk("in_a_read_only_folder", folder.path());
}

#[tokio::test]
async fn in_a_read_only_folder() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let object = Object::new(1, 1000);
    let server = Hostile::then_honest(&object, vec![]);
    let mut bed = Bed::new();
    bed.order = order(Path::new(&folder));
    remount(&folder, "ro");
    let failure = bed.assert_failed("read-only", bed.land(&server).await, ErrorCode::DiskError);
    assert!(failure.message.contains("ead-only"), "{failure}");
    remount(&folder, "rw");
    assert_eq!(bed.land(&server).await.unwrap().sha256, object.sha256(), "goes on when mended");
}

#[tokio::test]
async fn vanished_folder_is_told_and_not_made() {
    let object = Object::new(1, 1000);
    let server = Hostile::then_honest(&object, vec![]);
    let mut bed = Bed::new();
    bed.order.folder = bed.folder().join("vanished");
    bed.assert_failed("vanished folder", bed.land(&server).await, ErrorCode::DiskError);
    assert!(!bed.order.folder.exists(), "it may be a disk that is not mounted");
}
