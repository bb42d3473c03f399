//! Somebody who asks the service without Landfall, as with curl.

use reqwest::Method;
use serde_json::Value;
use tokio::runtime::Runtime;

/// Asks with one user's token.
#[derive(Debug)]
pub struct Outside {
    client: reqwest::Client,
    runtime: Runtime,
    url: String,
    token: String,
}

/// What the service answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The document; null where there is none.
    pub body: Value,
}

impl Outside {
    pub(super) fn new(url: &str, token: String) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { client: reqwest::Client::new(), runtime, url: url.to_owned(), token }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, None)
    }

    /// POST with a JSON body, where there is one.
    pub fn post(&self, path: &str, body: Option<&Value>) -> Reply {
        self.ask(Method::POST, path, body)
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        self.runtime.block_on(async {
            let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
            let request = match body {
                Some(body) => request.header("Content-Type", "application/json").body(body.to_string()),
                None => request,
            };
            let answer = request.send().await.unwrap_or_else(|error| panic!("{path} is answered: {error}"));
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap_or_else(|error| panic!("the answer of {path} is whole: {error}"));
            Reply { status, body: serde_json::from_str(&text).unwrap_or_default() }
        })
    }
}

impl Reply {
    /// The text in a field of the document.
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_else(|| panic!("the answer has {field}: {self:?}"))
    }
}
