//! Names that servers give (T6): whatever they are, one safe and unused name inside the folder.

use landfall_engine::transfer::{Clash, Naming};
use landfall_tests::bed::Bed;
use landfall_tests::hostile::{Hostile, Object, Reply};

fn named(object: &Object, disposition: &str) -> Hostile {
    Hostile::replies(vec![Reply::whole(&object.about(&[&format!("Content-Disposition: {disposition}")]))])
}

async fn check(disposition: &str, expected: &str) {
    let object = Object::new(1, 1000);
    let server = named(&object, disposition);
    let mut bed = Bed::new();
    bed.order.name = Naming::FromServer { fallback: None };
    let landing = bed.assert_landed(&format!("25 {disposition:.60}"), bed.land(&server).await, &object, &server);
    assert_eq!(landing.path, bed.folder().join(expected), "{disposition}");
    assert_eq!(bed.visible(), [expected], "{disposition}");
}

#[tokio::test]
async fn case_25_hostile_names() {
    check("attachment; filename=\"../../../etc/cron.d/evil\"", "evil").await;
    check("attachment; filename=\"..\\..\\evil.bat\"", "evil.bat").await;
    check("attachment; filename=\"/etc/passwd\"", "passwd").await;
    check("attachment; filename*=UTF-8''%2e%2e%2fevil%E2%82%AC.csv", "evil€.csv").await;
    check("attachment; filename*=UTF-8''inv%E2%80%AEfdp.exe", "invfdp.exe").await;
    check("attachment; filename=\"CON\"", "_CON").await;
    check("attachment; filename=\"nul.txt\"", "_nul.txt").await;
    check("attachment; filename=\"trailing. . .\"", "trailing").await;
    check("attachment; filename*=UTF-8''a%00b.txt", "ab.txt").await;
    check("attachment; filename=\"..\"", "download").await;
    check("attachment; filename=\".landfall-part\"", "landfall-part").await;
    check("inline", "file").await;
}

#[tokio::test]
async fn case_25_long_name_keeps_its_extension() {
    for length in [300, 10_000] {
        let object = Object::new(1, 1000);
        let server = named(&object, &format!("attachment; filename=\"{}.csv\"", "x".repeat(length)));
        let mut bed = Bed::new();
        bed.order.name = Naming::FromServer { fallback: None };
        let landing = bed.assert_landed("25 long", bed.land(&server).await, &object, &server);
        let name = landing.path.file_name().unwrap().to_str().unwrap();
        assert!(name.len() == 255 && name.ends_with("x.csv"), "{} bytes", name.len());
    }
}

#[tokio::test]
async fn case_25_name_in_use_is_numbered() {
    let object = Object::new(1, 1000);
    for taken in ["result.bin", "RESULT.BIN"] {
        let server = Hostile::replies(vec![Reply::whole(&object)]);
        let bed = Bed::new();
        std::fs::write(bed.folder().join(taken), "not to be touched").unwrap();
        let landing = bed.assert_landed("25 in use", bed.land(&server).await, &object, &server);
        assert_eq!(landing.path, bed.folder().join("result (2).bin"));
        assert_eq!(std::fs::read(bed.folder().join(taken)).unwrap(), b"not to be touched");
    }
}

#[tokio::test]
async fn case_25_name_in_use_is_skipped_or_replaced() {
    let object = Object::new(1, 1000);
    let server = Hostile::replies(vec![Reply::whole(&object)]);
    let mut bed = Bed::new();
    std::fs::write(bed.folder().join("result.bin"), "old").unwrap();
    bed.order.clash = Clash::Skip;
    let landing = bed.land(&server).await.unwrap();
    assert!(landing.skipped && landing.size == 3 && server.requests().is_empty(), "{landing:?}");
    bed.order.name = Naming::FromServer { fallback: Some("result.bin".into()) };
    let landing = bed.land(&server).await.unwrap();
    assert!(landing.skipped && landing.size == 3, "also when the name is known only from the answer");
    bed.order.clash = Clash::Replace;
    bed.assert_landed("25 replace", bed.land(&server).await, &object, &server);
    assert_eq!(bed.visible(), ["result.bin"]);
}

#[tokio::test]
async fn case_25_symlink_in_the_way() {
    let object = Object::new(1, 1000);
    let server = Hostile::replies(vec![Reply::whole(&object)]);
    let bed = Bed::new();
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("precious");
    std::fs::write(&target, "not to be touched").unwrap();
    std::os::unix::fs::symlink(&target, bed.folder().join("result.bin")).unwrap();
    let landing = bed.assert_landed("25 symlink", bed.land(&server).await, &object, &server);
    assert_eq!(landing.path, bed.folder().join("result (2).bin"));

    // The same for the names that are our own.
    for ours in [".ticket-1.landfall-part", ".ticket-1.landfall-journal"] {
        let bed = Bed::new();
        std::os::unix::fs::symlink(&target, bed.folder().join(ours)).unwrap();
        if let Err(error) = bed.land(&server).await {
            println!("case 25 {ours}: {error}");
            assert!(!bed.folder().join("result.bin").exists());
        }
        assert_eq!(std::fs::read(&target).unwrap(), b"not to be touched", "{ours}");
    }
}
