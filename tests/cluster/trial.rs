//! `make run-cluster`, as a person who tries it has it.

use std::path::Path;
use std::process::Stdio;

use landfall_tests::program::binary;
use tokio::net::TcpStream;
use tokio::process::Command;

use super::bed::{hex, sha256};

#[tokio::test(flavor = "multi_thread")]
async fn d_5_one_of_every_kind_lands_through_the_proxy_and_nothing_is_left_running() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster/run"));
    script.args([binary(), env!("CARGO_BIN_EXE_s3").into(), folder.path().to_owned()]).stdin(Stdio::null());
    let ran = script.kill_on_drop(true).output().await.unwrap();
    let (out, said) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(0), "{out}{said}");

    let landed: Vec<&Path> = out.lines().map(Path::new).filter(|path| path.is_file()).collect();
    let endings: Vec<_> = landed.iter().map(|path| path.extension().unwrap().to_str().unwrap()).collect();
    assert_eq!(endings, ["csv", "zip", "mp4", "mp4", "zip"], "one of every kind: {out}");
    for path in &landed {
        let sum = hex(&sha256(&std::fs::read(path).unwrap()));
        let name = path.file_name().unwrap().to_str().unwrap();
        let line = said.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {said}"));
        assert!(line.ends_with(&format!("sha256 {sum}  verified")), "{line} is not of {sum}");
    }
    let there = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(there, landed.len(), "and nothing else");

    let words = out.lines().find(|line| line.starts_with("Redis :")).unwrap_or_else(|| panic!("{out}"));
    let ports = words.split(|letter: char| !letter.is_ascii_digit()).filter_map(|word| word.parse::<u16>().ok());
    let ports: Vec<u16> = ports.filter(|port| *port > 1024).collect();
    assert_eq!(ports.len(), 5, "{words}");
    for port in ports {
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "somebody listens on {port} still");
    }
}
