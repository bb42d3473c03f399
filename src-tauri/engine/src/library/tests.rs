use super::*;

/// A connector that says the least there is to say.
fn source(id: &str) -> String {
    format!(
        "format = 1\nid = \"{id}\"\nname = \"Mine\"\nkind = \"files\"\nconnection = {{ auth = [\"bearer\"] }}\n\
submit = {{ post = \"/jobs\", id = \"body.id\" }}\n\
follow = {{ poll = {{ get = \"/jobs/{{{{ job.id }}}}\", every = \"1s\", state = \"body.state\" }} }}\n\
states = {{ ready = [\"done\"] }}\nresolve = {{ direct = \"/jobs/{{{{ job.id }}}}/file\" }}\n"
    )
}

struct Shelf {
    _folder: tempfile::TempDir,
    library: Library,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::of(&Home::at(folder.path()).unwrap());
        Self { _folder: folder, library }
    }

    fn add(&self, id: &str, recording: Option<&str>) -> Result<Added, Failure> {
        let source = source(id);
        self.library.add(&Connector::parse("mine.toml", &source).unwrap(), &source, recording)
    }

    fn write(&self, name: &str, text: &[u8]) {
        std::fs::create_dir_all(&self.library.folder).unwrap();
        std::fs::write(self.library.folder.join(name), text).unwrap();
    }

    fn own_ids(&self) -> Vec<String> {
        let (all, _) = self.library.all();
        all.into_iter().filter(|(entry, _)| entry.origin == Origin::Own).map(|(entry, _)| entry.id).collect()
    }
}

#[test]
fn added_connector_is_found_by_its_id_and_replaced_by_the_next() {
    let shelf = Shelf::new();
    assert!(shelf.library.connector("mine").unwrap_err().message.contains("no connector \"mine\""));
    assert_eq!(shelf.add("mine", Some("connector = \"mine\"\n")).unwrap().replaced, None);
    let entry = shelf.library.find("mine").unwrap();
    assert_eq!((entry.origin, entry.source.as_ref()), (Origin::Own, source("mine").as_str()));
    assert_eq!(shelf.library.connector("mine").unwrap().id(), "mine");
    assert_eq!(shelf.own_ids(), ["mine"], "the recorded answers beside it are no connector");

    assert_eq!(shelf.add("mine", None).unwrap().replaced, Some(Origin::Own));
    assert!(
        !shelf.library.folder.join("mine.recorded.toml").exists(),
        "answers of before are not those of the new one"
    );
}

#[cfg(unix)]
#[test]
fn added_connector_can_be_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let shelf = Shelf::new();
    let added = shelf.add("mine", None).unwrap();
    assert_eq!(std::fs::metadata(&added.path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn built_in_connector_is_never_replaced() {
    let shelf = Shelf::new();
    let refused = shelf.add("report-exports", None).unwrap_err();
    assert!(refused.message.contains("report-exports is built in"), "{}", refused.message);
    // Also not by a file that somebody puts there by hand.
    shelf.write("report-exports.toml", source("report-exports").as_bytes());
    assert_eq!(shelf.library.find("report-exports").unwrap().origin, Origin::BuiltIn);
    let (_, damaged) = shelf.library.all();
    assert!(damaged[0].message.contains("never replaced"), "and that is told: {}", damaged[0].message);
}

#[test]
fn own_connector_takes_the_place_of_one_of_the_gallery() {
    let shelf = Shelf::new();
    let id = Connector::gallery()[0].id;
    assert_eq!(shelf.library.find(id).unwrap().origin, Origin::Gallery);
    assert_eq!(shelf.add(id, None).unwrap().replaced, Some(Origin::Gallery));
    assert_eq!(shelf.library.find(id).unwrap().origin, Origin::Own);
    let (all, _) = shelf.library.all();
    assert_eq!(all.iter().filter(|(entry, _)| entry.id == id).count(), 1, "it is listed once");
    // A damaged one is told; nobody goes on with another than they chose.
    shelf.write(&format!("{id}.toml"), b"format = ");
    assert!(shelf.library.connector(id).unwrap_err().message.contains("cannot be used"));
}

#[test]
fn damaged_file_is_told_and_hides_no_other() {
    let shelf = Shelf::new();
    shelf.add("mine", None).unwrap();
    shelf.write("broken.toml", b"format = 1\nid = ");
    shelf.write("binary.toml", &[0xff, 0xfe]);
    shelf.write("other-name.toml", source("mine").as_bytes());
    shelf.write("long.toml", &vec![b'#'; 1024 * 1024 + 1]);
    shelf.write("notes.txt", b"not a connector");
    let (_, damaged) = shelf.library.all();
    assert_eq!(shelf.own_ids(), ["mine"]);
    assert_eq!(damaged.len(), 4, "{damaged:#?}");
    assert_eq!(shelf.library.connector("mine").unwrap().id(), "mine");
}

#[test]
fn id_cannot_lead_out_of_the_folder() {
    let shelf = Shelf::new();
    std::fs::write(shelf.library.folder.with_file_name("outside.toml"), source("outside")).unwrap();
    for id in ["../outside", "", ".", "a/b", "A", "a\0"] {
        assert!(shelf.library.find(id).unwrap_err().message.contains("There is no connector"), "{id:?}");
    }
}
