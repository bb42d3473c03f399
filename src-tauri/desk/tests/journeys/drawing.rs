//! What landed, drawn; and packages.

use landfall_wire::{Phase, Preview};

use crate::bed::{Bed, Page, export};

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_drawn_by_their_kind() {
    let bed = Bed::new().await;
    bed.connect("reports", "report-exports").await;
    for format in ["csv", "excel", "pdf", "ost"] {
        let row = bed.landed_report(format).await;
        let preview = bed.desk.preview(row.id.clone(), 0).await.unwrap();
        match (format, &preview) {
            ("csv", Preview::Table { columns, rows, sheet: None, .. }) => {
                assert!(columns.len() > 2 && !rows.is_empty(), "{preview:?}");
            }
            ("excel", Preview::Table { columns, rows, sheet: Some(_), .. }) => {
                assert!(!columns.is_empty() && !rows.is_empty(), "{preview:?}");
            }
            ("pdf", Preview::Picture { source, facts, .. }) => {
                assert!(source.starts_with("data:image/png;base64,") && source.len() > 2_000, "a page with ink");
                assert_eq!(facts[0].0, "Pages");
            }
            ("ost", Preview::Text { text, .. }) => assert!(text.starts_with("<?xml"), "{text:.80}"),
            other => panic!("{format} is not drawn so: {other:?}"),
        }
    }
    let row = bed.landed_report("csv").await;
    std::fs::remove_file(bed.desk.path_of(row.id.clone(), 0).await.unwrap()).unwrap();
    assert!(matches!(bed.desk.preview(row.id, 0).await.unwrap(), Preview::None { .. }), "it is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_are_listed_and_compared() {
    let bed = Bed::new().await;
    bed.connect("packages", "package-exports").await;
    let mut page = Page::open(&bed.desk);
    let mut ids = Vec::new();
    for environment in ["uat", "prod"] {
        let given = [("type", "worktype"), ("systemName", "matter"), ("environment", environment)];
        let id = bed.desk.request(export("packages", &given)).await.unwrap().remove(0);
        page.until(&id, |row| row.phase == Phase::Landed).await;
        ids.push(id);
    }
    let package = bed.desk.components(ids[0].clone()).await.unwrap();
    assert!(!package.components.is_empty() && package.components.iter().any(|component| component.is_known));
    let same = bed.desk.compare(ids[0].clone(), ids[0].clone()).await.unwrap();
    assert!(same.components.is_empty() && same.same == package.components.len(), "{same:?}");
    let comparison = bed.desk.compare(ids[0].clone(), ids[1].clone()).await.unwrap();
    assert!(!comparison.components.is_empty(), "two environments differ: {comparison:?}");
    let listing = bed.desk.preview(ids[0].clone(), 0).await.unwrap();
    assert!(matches!(listing, Preview::Listing { total, .. } if total > 1), "{listing:?}");
}
