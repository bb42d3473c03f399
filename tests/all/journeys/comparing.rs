//! Comparing packages: the same export asked fresh from two environments, and two that landed before.

use expect_test::expect;
use landfall_tests::testbed::{TestBed, names_in};
use serde_json::{Value, json};

const MATTER: [&str; 2] = ["type=worktype", "systemName=matter"];

/// Compares what runs with what comes next; the differences are those that the service makes on purpose.
fn across(bed: &TestBed, sides: &str) -> landfall_tests::testbed::Outcome {
    let across = format!("environment={sides}");
    let arguments = [&["compare", "--connection", "package-exports", "--across", &across][..], &MATTER].concat();
    bed.run(&arguments)
}

/// The names of the components in one of the comparison's lists.
fn names(comparison: &Value, list: &str) -> Vec<String> {
    let components = comparison[list].as_array().expect("a list of components");
    components
        .iter()
        .map(|one| format!("{} {}", one["kind"].as_str().unwrap(), one["name"].as_str().unwrap()))
        .collect()
}

#[test]
fn p_10_the_same_export_of_two_environments_is_asked_fresh_and_compared_by_component() {
    let bed = TestBed::new("package-exports");
    let outcome = across(&bed, "prod,uat");
    outcome.ended(0, "both land and are compared, whether they differ or not");
    let comparison = outcome.document();
    assert_eq!(names(&comparison, "added"), [""; 0]);
    assert_eq!(names(&comparison, "removed"), [""; 0]);
    assert_eq!(
        names(&comparison, "changed"),
        [
            "forms identity-check-form",
            "optionSets practice-area",
            "permissions matter-close",
            "templates fee-estimate",
            "workflows matter-intake"
        ],
        "what the next release changes"
    );
    let workflow = &comparison["changed"][4]["changes"];
    let expected = json!([
        { "pointer": "/settings/escalation/to", "from": "team-lead", "to": "intake-lead" },
        { "pointer": "/steps/2/due/days", "from": 2, "to": 1 },
        { "pointer": "/version", "from": 7, "to": 11 },
    ]);
    assert_eq!(workflow, &expected, "from what to what, first to second");
    assert!(comparison["same"].as_u64() > Some(0), "and the rest is the same");

    let jobs = comparison["jobs"].as_array().expect("the jobs that landed them");
    assert_eq!(jobs.len(), 2);
    assert_eq!(bed.server_jobs().len(), 2, "each was asked for once, fresh");
    let landed = names_in(&bed.folder().join("compare"));
    assert_eq!(landed.len(), 2, "both land in a folder of their own: {landed:?}");

    // Asked again, nothing of before is taken for the answer; the other way round is told the other way round.
    let back = across(&bed, "uat,prod");
    let back = back.ended(0, "again").document();
    assert_eq!(back["changed"][4]["changes"][2], json!({ "pointer": "/version", "from": 11, "to": 7 }));
    assert_eq!(bed.server_jobs().len(), 4);
}

#[test]
fn compare_ends_as_export_does_when_one_side_does_not_land() {
    let bed = TestBed::new("package-exports");
    let outcome = across(&bed, "prod,nowhere");
    outcome.ended(3, "the server refuses one of them").says(&["\"nowhere\", which is not known"]);
    let documents = outcome.documents();
    assert_eq!(documents.len(), 3, "two jobs and their summary: {documents:?}");
    assert_eq!(documents[2]["summary"]["failed"], 1);
    assert_eq!(documents[2]["failed"][0]["params"]["environment"], "nowhere");

    let twice =
        [&["compare", "--connection", "package-exports", "--across", "environment=a,b", "environment=c"][..], &MATTER];
    bed.run(&twice.concat()).ended(2, "which one is meant cannot be known").says(&["environment is given twice"]);
    let reports =
        TestBed::on(&landfall_tests::testbed::Server::start(&["anna"], |_| {}), "anna").connect("report-exports");
    reports
        .run(&["compare", "--connection", "report-exports", "--across", "format=csv,pdf", "project_id=nordkai-40"])
        .ended(2, "reports are no packages")
        .says(&["cannot be compared by component"]);
}

#[test]
fn packages_that_landed_are_compared_by_their_jobs_and_by_their_paths() {
    let bed = TestBed::new("package-exports");
    let land = |environment: &str| {
        let environment = format!("environment={environment}");
        let arguments =
            [&["export", "package-exports"][..], &MATTER, &[&environment, "format=json", "compression=none"]];
        let outcome = bed.run(&arguments.concat());
        outcome.ended(0, "a package lands");
        let job = outcome.document();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&job["id"]), text(&job["files"][0]["path"]))
    };
    let (first, second) = (land("prod"), land("uat"));
    let compare = |a: &str, b: &str| {
        let running = bed.start_command(bed.command(&["compare", a, b]));
        let outcome = running.wait();
        outcome.ended(0, "both can be compared");
        outcome.stdout.replace(&first.1, "[FIRST]").replace(&second.1, "[SECOND]")
    };
    let by_jobs = compare(&first.0, &second.0);
    expect![[r#"
        first   [FIRST]
        second  [SECOND]

        forms
          ~ identity-check-form
              /sections/0/fields/3/required: false → true
        optionSets
          ~ practice-area
              /options/6: (not there) → {"active":true,"code":"DP","label":"Data protection","order":70}
        permissions
          ~ matter-close
              /roles: another order, 1 of 2 elements moved
        templates
          ~ fee-estimate
              /mergeFields/3/required: false → true
        workflows
          ~ matter-intake
              /settings/escalation/to: "team-lead" → "intake-lead"
              /steps/2/due/days: 2 → 1
              /version: 7 → 11
        0 added, 0 removed, 5 changed, 49 the same
    "#]]
    .assert_eq(&by_jobs);
    assert_eq!(compare(&first.1, &second.1), by_jobs, "a file and the job that landed it are the same package");
    assert_eq!(compare(&first.0, &second.1), by_jobs);
    assert!(
        compare(&first.0, &first.1).ends_with("0 added, 0 removed, 0 changed, 54 the same\n"),
        "nothing differs from itself"
    );
}
