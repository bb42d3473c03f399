//! An S3 server for trying the service on several machines: `s3 FOLDER PORT`, until it is killed.

use std::future::pending;
use std::path::Path;
use std::process::ExitCode;

use landfall_tests::s3::S3Server;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, port] = arguments.as_slice() else { return ExitCode::from(2) };
    let Ok(port) = port.parse() else { return ExitCode::from(2) };
    match S3Server::start(Path::new(folder), port).await {
        Ok(_server) => pending().await,
        Err(_) => ExitCode::FAILURE,
    }
}
