//! Requests that are given up when nothing moves any more, however long the whole of them takes: eight mebibytes over a slow line
//! take minutes, and a server that has fallen silent says nothing for minutes too.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use tokio::sync::Notify;

/// Makes such clients.
#[derive(Debug)]
pub(super) struct Patience {
    /// To find a server that is there takes no longer.
    pub(super) connect: Duration,
    /// So long nothing may move.
    pub(super) silence: Duration,
}

impl HttpConnector for Patience {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder().connect_timeout(self.connect).http1_only().build();
        let client = client.map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(HttpClient::new(Patient { client, silence: self.silence }))
    }
}

#[derive(Debug)]
struct Patient {
    client: reqwest::Client,
    silence: Duration,
}

/// Nothing has moved for so long.
#[derive(Debug, thiserror::Error)]
#[error("the server has been silent for {} s", .0.as_secs())]
struct Silent(Duration);

impl Patient {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let url = head.uri.to_string().parse().map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let mut request = reqwest::Request::new(head.method, url);
        *request.headers_mut() = head.headers;
        let moved = Arc::new(Notify::new());
        let sent = moved.clone();
        *request.body_mut() = Some(match body.as_bytes() {
            Some(bytes) => bytes.clone().into(),
            None => reqwest::Body::wrap_stream(Body::new(body).into_data_stream().inspect(move |_| {
                sent.notify_one();
            })),
        });
        let answered = async {
            let mut answer = self.client.execute(request).await?;
            moved.notify_one();
            let (status, headers) = (answer.status(), answer.headers().clone());
            // What S3 answers to an upload is short. While it puts a large one together it sends blanks, lest anybody gives it up.
            let mut text = Vec::new();
            while let Some(bytes) = answer.chunk().await? {
                moved.notify_one();
                text.extend_from_slice(&bytes);
            }
            let mut whole = http::Response::new(HttpResponseBody::from(text));
            (*whole.status_mut(), *whole.headers_mut()) = (status, headers);
            Ok(whole)
        };
        tokio::select! {
            answer = answered => answer.map_err(failed),
            () = silence(&moved, self.silence) => Err(HttpError::new(HttpErrorKind::Timeout, Silent(self.silence))),
        }
    }
}

impl HttpService for Patient {
    // As the trait's macro has it.
    fn call<'this, 'answer>(
        &'this self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'answer>>
    where
        'this: 'answer,
        Self: 'answer,
    {
        Box::pin(self.answer(request))
    }
}

/// Returns when nothing has moved for so long.
async fn silence(moved: &Notify, silence: Duration) {
    while tokio::time::timeout(silence, moved.notified()).await.is_ok() {}
}

fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_timeout() {
        HttpErrorKind::Timeout
    } else {
        HttpErrorKind::Interrupted
    };
    // Its address holds nothing that is not said anyway; its query may.
    HttpError::new(kind, error.without_url())
}
