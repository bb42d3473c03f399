//! A service in process with two users, and requests to it.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use landfall_service::{Clock, Options, Service, State, User};
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const ANNA: &str = "token-of-anna";
pub(crate) const BERT: &str = "token-of-bert";

/// Longer than anything honest takes on a loaded machine.
const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) struct Bed {
    pub(crate) service: Service,
    client: reqwest::Client,
    token: &'static str,
    data: TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Bed {
    /// As fast as it goes, without faults.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let service = start(data.path(), change, Clock::system()).await;
        Self { service, client: reqwest::Client::builder().build().unwrap(), token: ANNA, data }
    }

    /// Stops the service and starts another one on the same folder.
    pub(crate) async fn restart_with(self, change: impl FnOnce(&mut Options)) -> Self {
        let clock = self.service.clock().clone();
        self.service.stop().await;
        let service = start(self.data.path(), change, clock).await;
        Self { service, client: self.client, token: self.token, data: self.data }
    }

    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn set_token(&mut self, token: &'static str) {
        self.token = token;
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.send(Method::POST, path, headers, Some(body)).await.unwrap()
    }

    /// A request to the API in the user's name.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> reqwest::Result<Reply> {
        let mut request = self.client.request(method, self.service.url() + path).bearer_auth(self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        read(with(request, headers)).await
    }

    /// A request to a link, without any token.
    pub(crate) async fn fetch(&self, link: &str, headers: &[(&str, &str)]) -> reqwest::Result<Reply> {
        read(with(self.client.get(link), headers)).await
    }

    /// An answer that is read as it comes; with the id of the last event that was heard.
    pub(crate) async fn open(&self, path: &str, last_event_id: Option<&str>) -> reqwest::Response {
        let mut request = self.client.get(self.service.url() + path).bearer_auth(self.token);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn method(&self, method: Method, link: &str) -> Reply {
        read(self.client.request(method, link)).await.unwrap()
    }

    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Asks for a ZIP of these files; its job id.
    pub(crate) async fn initiate(&self, files: &str) -> String {
        let reply = self.post("/v1/download/initiate", &[], &format!("{{\"fileIds\":{files}}}")).await;
        assert_eq!(reply.status, 202, "a good submission is taken: {}", reply.text());
        text(&reply.json()["jobId"])
    }

    /// Asks for a report; its task id and export id.
    pub(crate) async fn export(&self, project: &str, format: &str) -> (String, String) {
        let path = format!("/projects/{project}/export");
        let reply = self.post(&path, &[], &format!("{{\"format\":\"{format}\"}}")).await;
        assert_eq!(reply.status, 202, "a good submission is taken: {}", reply.text());
        (text(&reply.json()["task_id"]), text(&reply.json()["export_id"]))
    }

    /// The status of a download job, once it is this one.
    pub(crate) async fn status(&self, job: &str, state: &str) -> Value {
        let path = format!("/v1/download/status/{job}");
        eventually(state, async || Some(self.get(&path).await.json()).filter(|answer| answer["status"] == state)).await
    }

    /// The link to a download job's ZIP, once it is completed.
    pub(crate) async fn zip_link(&self, files: &str) -> String {
        let job = self.initiate(files).await;
        text(&self.status(&job, "completed").await["downloadUrl"])
    }

    /// The answer about a report, once its task is completed.
    pub(crate) async fn exported(&self, project: &str, format: &str) -> Value {
        let (task, export) = self.export(project, format).await;
        self.task(&task, "completed").await;
        self.get(&format!("/exports/{export}")).await.json()
    }

    /// The bytes of a report.
    pub(crate) async fn report(&self, project: &str, format: &str) -> Reply {
        let link = text(&self.exported(project, format).await["download_url"]);
        let reply = self.fetch(&link, &[]).await.unwrap();
        assert_eq!(reply.status, 200, "a fresh link is good: {}", reply.text());
        reply
    }

    pub(crate) async fn task(&self, task: &str, state: &str) -> Value {
        let path = format!("/tasks/{task}");
        eventually(state, async || Some(self.get(&path).await.json()).filter(|answer| answer["status"] == state)).await
    }

    /// Waits until the service's table says that the only job has made so many attempts and is in this state.
    pub(crate) async fn only_job(&self, attempts: u32, state: State) {
        eventually("the job's row", async || {
            let jobs = self.service.jobs().await.unwrap();
            assert_eq!(jobs.len(), 1, "there is one job in this test");
            (jobs[0].attempts == attempts && jobs[0].state == state).then_some(())
        })
        .await;
    }
}

async fn start(data: &Path, change: impl FnOnce(&mut Options), clock: Clock) -> Service {
    let mut options = Options::new(data);
    options.pace = 0.0;
    options.look = Duration::from_millis(10);
    options.users = vec![User::new("anna", ANNA), User::new("bert", BERT)];
    change(&mut options);
    Service::start_at(options, clock).await.unwrap()
}

fn with(mut request: reqwest::RequestBuilder, headers: &[(&str, &str)]) -> reqwest::RequestBuilder {
    for (name, value) in headers {
        request = request.header(HeaderName::from_bytes(name.as_bytes()).unwrap(), *value);
    }
    request
}

async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Reply { status, headers, body: response.bytes().await?.to_vec() })
}

/// Asks again and again until there is an answer; fails after a minute.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            // Not to wait for anything: to leave the processor to the service.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, asked).await.unwrap_or_else(|_| panic!("within a minute there is no {what}"))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
