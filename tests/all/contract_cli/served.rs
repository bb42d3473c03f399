//! The sample service in this process, and connections to it.

use landfall_service::{Faults, Options, Service, User};
use landfall_tests::program::Program;
use tokio::runtime::Runtime;

/// What signs in, unless a test is about tokens.
pub(super) const TOKEN: &str = "anna-token";

/// An export that takes the service no time.
pub(super) const EXPORT: [&str; 4] = ["export", "demo", "project_id=riverside-clinic", "format=csv"];

/// A running service with its own data folder, ended with the test.
pub(super) struct Served {
    runtime: Runtime,
    service: Option<Service>,
    _data: tempfile::TempDir,
}

impl Served {
    /// One that works as fast as it goes, with these faults.
    pub(super) fn with(faults: &str) -> Self {
        Self::of(faults, |_| {})
    }

    /// One that is as the test wants it.
    pub(super) fn of(faults: &str, change: impl FnOnce(&mut Options)) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let data = tempfile::tempdir().expect("a folder");
        let mut options = Options::new(data.path());
        options.pace = 0.0;
        options.users = vec![User::new("anna", TOKEN)];
        options.faults = faults.parse::<Faults>().expect("faults of ours");
        change(&mut options);
        let service = runtime.block_on(Service::start(options)).expect("the service starts");
        Self { runtime, service: Some(service), _data: data }
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        self.service.as_ref().expect("it runs").url()
    }

    /// Its faults, to be changed.
    pub(super) fn faults(&self) -> &Faults {
        self.service.as_ref().expect("it runs").faults()
    }

    /// A place with the connection `demo` to it, for reports.
    pub(super) fn connected(&self) -> Program {
        connected(&self.url(), "report-exports")
    }

    /// Nobody answers at its address from now on.
    pub(super) fn stop(&mut self) {
        if let Some(service) = self.service.take() {
            self.runtime.block_on(service.stop());
        }
    }
}

/// A place with the connection `demo`.
pub(super) fn connected(url: &str, connector: &str) -> Program {
    let program = Program::new().with("TOKEN", TOKEN);
    add(&program, "demo", url, connector);
    program
}

/// Adds a connection whose token stands in the environment.
pub(super) fn add(program: &Program, name: &str, url: &str, connector: &str) {
    let args =
        ["connect", "add", name, "--connector", connector, "--url", url, "--token-env", "TOKEN", "--secrets", "file"];
    program.run(&args).ended(0);
}
