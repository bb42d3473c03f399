//! The contract suite, live: every built-in connector is driven against the sample service, and what is seen must be of
//! the kind that its recording expects.

use std::time::Duration;

use landfall_engine::clock::SystemClock;
use landfall_engine::connector::{Connector, Drive, PartAuth, Recording, Server, Step, drive};
use landfall_engine::net::{Answer, Network, Request, api_client, exchange};
use landfall_engine::secrets::{Credentials, Secret};
use landfall_service::{Options, Service, User};
use landfall_wire::{ErrorCode, Failure};
use tokio::runtime::Runtime;
use url::Url;

/// No wait of a drive lasts longer here: the service works as fast as it goes.
const LONGEST_WAIT: Duration = Duration::from_millis(50);

/// The service on its sockets, asked by a drive that does not know of them.
struct Live<'l> {
    runtime: &'l Runtime,
    client: reqwest::Client,
    elapsed: Duration,
}

impl Server for Live<'_> {
    fn answer(&mut self, step: Step, request: &Request) -> Result<Answer, Failure> {
        let answered = self.runtime.block_on(exchange(&self.client, &SystemClock::new(), request.clone()));
        answered
            .map_err(|trouble| Failure::new(ErrorCode::NetworkError, format!("{}: {}", step.word(), trouble.words())))
    }

    fn wait(&mut self, span: Duration) {
        self.elapsed += span;
        self.runtime.block_on(async { tokio::time::sleep(span.min(LONGEST_WAIT)).await });
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

#[test]
fn every_built_in_connector_keeps_its_contract_with_the_service() {
    let runtime = Runtime::new().expect("a runtime");
    let data = tempfile::tempdir().expect("a folder");
    let mut options = Options::new(data.path());
    options.pace = 0.0;
    options.users = vec![User::new("contract", "contract-token")];
    let service = runtime.block_on(Service::start(options)).expect("the service starts");
    let url = Url::parse(&service.url()).expect("the service's URL");
    let credentials = Credentials::token(Secret::new("contract-token"));
    let client = api_client(&Network::default()).expect("a client");
    let mut server = Live { runtime: &runtime, client, elapsed: Duration::ZERO };
    let mut landed = 0;
    for built_in in Connector::built_in() {
        let connector = Connector::parse(built_in.file_name, built_in.source).expect("a built-in connector is right");
        let recording = Recording::parse(built_in.id, built_in.recording).expect("its recording is right");
        let mut test = connector.test_request("contract", &url).expect("it has a test").expect("which can be made");
        connector.authorize(&mut test, &credentials, &url).expect("a token was given");
        let tested = server.answer(Step::Test, &test).and_then(|answer| connector.read_test(&answer));
        assert_eq!(tested, Ok(()), "{}: the connection's test", built_in.id);
        for (index, scenario) in recording.scenario.iter().enumerate().filter(|(_, one)| one.expect.end == "ready") {
            let wishes = connector.wishes_of_json(&scenario.wish).expect("the wish was accepted when it was recorded");
            let (correlation_id, idempotency_key) =
                (format!("c-{}-{index}", built_in.id), format!("k-{}-{index}", built_in.id));
            let seen = drive(
                &Drive {
                    connector: &connector,
                    connection_url: &url,
                    credentials: &credentials,
                    params: &wishes[0],
                    correlation_id: &correlation_id,
                    idempotency_key: &idempotency_key,
                    renew: true,
                    cancel_after: None,
                },
                &mut server,
            );
            let differences = scenario.expect.differences_in_kind(&seen);
            assert!(differences.is_empty(), "{}: {}: {}", built_in.id, scenario.name.get_ref(), differences.join("; "));
            for part in seen.parts.iter().chain(&seen.renewed) {
                let own = part.auth == PartAuth::Inherit;
                assert!(own || part.expires_at.is_some(), "a signed link tells when it dies: {:?}", part.url);
            }
            landed += seen.parts.len();
        }
    }
    assert!(landed >= 9, "every kind of every system, not only {landed}");
    runtime.block_on(service.stop());
}
