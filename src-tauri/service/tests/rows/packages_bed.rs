//! Asking for packages and looking into them.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use reqwest::Method;
use serde_json::{Value, json};
use zip::{CompressionMethod, ZipArchive};

use super::bed::{Bed, Reply, eventually, text};

pub(crate) const EXPORTS: &str = "/api/exports";
pub(crate) const CONFIGURATION_EXPORTS: &str = "/api/configuration-exports";

/// The work type that document 003 speaks of, from the environment it speaks of.
pub(crate) fn matter(environment: &str) -> Value {
    json!({"type": "worktype", "systemName": "matter", "environment": environment, "noCache": true})
}

/// The same with options.
pub(crate) fn with_options(mut body: Value, options: Value) -> Value {
    body["options"] = options;
    body
}

/// The files of a ZIP with what is in them, and how they are packed.
pub(crate) struct Package {
    pub(crate) files: BTreeMap<String, Value>,
    pub(crate) methods: Vec<CompressionMethod>,
}

impl Package {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let (mut files, mut methods) = (BTreeMap::new(), Vec::new());
        for index in 0..zip.len() {
            let mut file = zip.by_index(index).unwrap();
            let mut content = String::new();
            file.read_to_string(&mut content).unwrap();
            methods.push(file.compression());
            files.insert(file.name().unwrap().into_owned(), serde_json::from_str(&content).unwrap());
        }
        Self { files, methods }
    }

    /// The manifest's lines.
    pub(crate) fn steps(&self) -> Vec<Value> {
        self.files["manifest.json"]["ExportedSteps"].as_array().unwrap().clone()
    }

    /// Provider and name of each component, with its content.
    pub(crate) fn components(&self) -> BTreeMap<String, Value> {
        let component = |step: &Value| {
            let name = format!("{}/{}", text(&step["ExportProviderSystemName"]), text(&step["SystemName"]));
            (name, self.files[&text(&step["StorageFilename"])].clone())
        };
        self.steps().iter().map(component).collect()
    }
}

impl Bed {
    /// Asks for a package at this door; the export's id.
    pub(crate) async fn order(&self, door: &str, body: &Value) -> String {
        let reply = self.post(door, &[], &body.to_string()).await;
        assert_eq!(reply.status, 202, "a good submission is taken: {}", reply.text());
        text(&reply.json()["id"])
    }

    /// The export, once it is in this state.
    pub(crate) async fn package_export(&self, door: &str, id: &str, state: &str) -> Value {
        let path = format!("{door}/{id}");
        eventually(state, async || Some(self.get(&path).await.json()).filter(|answer| answer["state"] == state)).await
    }

    /// The bytes of a fresh package.
    pub(crate) async fn packed(&self, body: &Value) -> Reply {
        let id = self.order(EXPORTS, body).await;
        self.package_export(EXPORTS, &id, "COMPLETED").await;
        let reply = self.get(&format!("{EXPORTS}/{id}/package")).await;
        assert_eq!(reply.status, 200, "a completed export has its package: {}", reply.text());
        reply
    }

    /// What is in a fresh package.
    pub(crate) async fn unpacked(&self, body: &Value) -> Package {
        Package::read(&self.packed(body).await.body)
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, &[], None).await.unwrap()
    }
}
