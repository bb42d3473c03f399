//! What the system and two libraries say that a sentence of ours may end with: it stands in no source of ours.

use std::io::{self, ErrorKind, Read as _};

use landfall_engine::words;
use url::Url;

/// Numbers of the system's errors, of files and of networks, as Linux counts them.
const NUMBERS: [i32; 43] = [
    1, 2, 4, 5, 6, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26, 27, 28, 30, 31, 32, 36, 37, 39, 40, 95, 98, 99,
    100, 101, 103, 104, 107, 110, 111, 112, 113, 116, 121, 122, 123,
];

const KINDS: [ErrorKind; 32] = [
    ErrorKind::AddrInUse,
    ErrorKind::AddrNotAvailable,
    ErrorKind::AlreadyExists,
    ErrorKind::BrokenPipe,
    ErrorKind::ConnectionAborted,
    ErrorKind::ConnectionRefused,
    ErrorKind::ConnectionReset,
    ErrorKind::CrossesDevices,
    ErrorKind::DirectoryNotEmpty,
    ErrorKind::ExecutableFileBusy,
    ErrorKind::FileTooLarge,
    ErrorKind::HostUnreachable,
    ErrorKind::Interrupted,
    ErrorKind::InvalidData,
    ErrorKind::InvalidFilename,
    ErrorKind::InvalidInput,
    ErrorKind::IsADirectory,
    ErrorKind::NetworkDown,
    ErrorKind::NetworkUnreachable,
    ErrorKind::NotADirectory,
    ErrorKind::NotFound,
    ErrorKind::Other,
    ErrorKind::OutOfMemory,
    ErrorKind::PermissionDenied,
    ErrorKind::QuotaExceeded,
    ErrorKind::ReadOnlyFilesystem,
    ErrorKind::ResourceBusy,
    ErrorKind::StaleNetworkFileHandle,
    ErrorKind::StorageFull,
    ErrorKind::TimedOut,
    ErrorKind::UnexpectedEof,
    ErrorKind::Unsupported,
];

/// Addresses that a person may have typed, each wrong in its own way.
const ADDRESSES: [&str; 6] = [
    "exports.example.com",
    "https://",
    "https://a.example:99999",
    "https://xn--a",
    "https://1.2.3.999",
    "https://[::1",
];

/// All of it, as a person would be told it.
pub(super) fn sentences() -> Vec<String> {
    let numbers = NUMBERS.map(|number| words::of_io(&io::Error::from_raw_os_error(number)));
    let kinds = KINDS.map(|kind| kind.to_string());
    let short = [0_u8; 1].as_slice().read_exact(&mut [0; 2]).expect_err("there is one byte");
    let strange = io::read_to_string([0xff_u8].as_slice()).expect_err("that is no text");
    let addresses = ADDRESSES.map(|address| Url::parse(address).expect_err(address).to_string());
    let others = [short, strange].map(|error| words::of_io(&error));
    numbers.into_iter().chain(kinds).chain(others).chain(addresses).collect()
}
