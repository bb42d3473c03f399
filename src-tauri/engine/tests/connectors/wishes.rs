//! From what a person typed to typed wishes.

use landfall_engine::connector::{Connector, Params};
use serde_json::{Value, json};

const SOURCE: &str = r#"format = 1
id = "all"
name = "All types"
kind = "data"
connection = { auth = ["none"] }

[[param]]
name = "camera"
type = "text"
required = true
many = true
max_length = 8

[[param]]
name = "fileIds"
type = "list"
item = "integer"
min = 1
max = 99
max_items = 3

[[param]]
name = "scale"
type = "number"
default = 1.5

[[param]]
name = "history"
type = "boolean"
default = false

[[param]]
name = "format"
type = "choice"
choices = ["csv", { value = "excel", label = "Excel" }]
many = true
default = "csv"

[[param]]
name = "start"
type = "datetime"

[submit]
post = "/x"
id = "body.id"

[follow.poll]
get = "/x/{{ job.id }}"
every = "1s"
state = "body.status"

[states]
ready = ["done"]

[resolve]
url = "body.url"
"#;

fn connector() -> Connector {
    Connector::parse("all.toml", SOURCE).unwrap_or_else(|problems| panic!("{problems}"))
}

fn typed(given: &[&str]) -> Result<Vec<Value>, String> {
    let split = |pair: &&str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let pairs: Vec<(String, String)> = given.iter().filter_map(split).collect();
    let plain = |wishes: Vec<Params>| wishes.iter().map(|wish| json!(wish)).collect();
    connector().wishes(&pairs).map(plain).map_err(|problem| problem.to_string())
}

#[test]
fn values_get_the_types_of_their_parameters_and_defaults_are_filled_in() {
    let wishes =
        typed(&["camera=north", "fileIds=1, 2,3", "scale=2", "history=yes", "start=2026-01-31T09:00:00+01:00"]);
    let wanted = json!({
        "camera": "north", "fileIds": [1, 2, 3], "scale": 2.0, "history": true, "format": "csv", "start": "2026-01-31T08:00:00Z"
    });
    assert_eq!(wishes.unwrap(), [wanted]);
}

#[test]
fn several_values_of_a_many_parameter_make_several_wishes() {
    let wishes = typed(&["camera=a,b", "camera=c\\,d", "format=csv,excel"]).unwrap();
    let cameras: Vec<_> = wishes.iter().map(|wish| (wish["camera"].clone(), wish["format"].clone())).collect();
    let wanted = ["a", "b", "c,d"]
        .into_iter()
        .flat_map(|camera| [(json!(camera), json!("csv")), (json!(camera), json!("excel"))]);
    assert_eq!(cameras, wanted.collect::<Vec<_>>(), "every camera in every format");
}

#[test]
fn a_list_is_one_wish_however_it_is_written() {
    for given in [&["camera=a", "fileIds=1,2"][..], &["camera=a", "fileIds=1", "fileIds=2"]] {
        assert_eq!(typed(given).unwrap()[0]["fileIds"], json!([1, 2]), "{given:?}");
    }
}

#[test]
fn what_does_not_fit_is_told_with_how_to_write_it() {
    for (given, said) in [
        (&["fileIds=1"][..], "camera: it is missing; add camera=text"),
        (&["camera=a", "fileIds=one"], "fileIds: `one` does not fit; write fileIds=1,2,3"),
        (&["camera=a", "fileIds=0"], "fileIds: 0 is too small; give at least 1"),
        (&["camera=a", "fileIds=100"], "fileIds: 100 is too large; give at most 99"),
        (&["camera=a", "fileIds=1,2,3,4"], "fileIds: 4 values are too many; give at most 3"),
        (&["camera=123456789"], "camera: the text is too long; use at most 8 characters"),
        (&["camera=a", "scale=NaN"], "scale: `NaN` does not fit; write scale=2.5"),
        (&["camera=a", "scale=1", "scale=2"], "scale: it is given twice; give it once"),
        (&["camera=a", "history=maybe"], "history: `maybe` does not fit; write history=true"),
        (&["camera=a", "format=exel"], "format: `exel` is none of its values; did you mean excel?"),
        (&["camera=a", "format=docx"], "format: `docx` is none of its values; choose csv or excel"),
        (&["camera=a", "start=yesterday"], "start: `yesterday` does not fit; write start=2026-01-31T08:00:00Z"),
        (&["camera=a", "Format=csv"], "there is no parameter `Format`; did you mean format?"),
        (
            &["camera=a", "zzzzz=1"],
            "there is no parameter `zzzzz`; this connector takes camera, fileIds, scale, history, format or start",
        ),
    ] {
        assert_eq!(typed(given).unwrap_err(), said, "{given:?}");
    }
}

#[test]
fn no_request_makes_an_endless_number_of_jobs() {
    let many = format!("camera={}", vec!["a"; 10_001].join(","));
    assert_eq!(typed(&[&many]).unwrap_err(), "this makes more than 10000 exports; ask for fewer at once");
}

#[test]
fn json_gives_the_same_wishes_as_typing() {
    let given = json!({ "camera": ["a", "b"], "fileIds": [1, "2"], "scale": 2, "history": "no", "start": null });
    let wishes = connector().wishes_of_json(given.as_object().unwrap()).unwrap();
    let typed = typed(&["camera=a,b", "fileIds=1,2", "scale=2", "history=no"]).unwrap();
    assert_eq!(
        wishes.iter().map(|wish| wish.get("fileIds").cloned()).collect::<Vec<_>>(),
        vec![Some(json!([1, 2])); 2]
    );
    assert_eq!(wishes.len(), typed.len());
    let wrong = json!({ "camera": { "a": 1 } });
    assert!(connector().wishes_of_json(wrong.as_object().unwrap()).is_err(), "an object is no text");
}
