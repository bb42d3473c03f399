//! An nginx of our own: loopback, plain and TLS, with a log of what it sent.

use std::fs;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// A running server; ends when dropped.
#[derive(Debug)]
pub struct Nginx {
    folder: PathBuf,
    plain: u16,
    secure: u16,
    child: Child,
}

impl Nginx {
    /// Serves `folder`, each connection at most so many megabytes a second (0: no limit).
    pub fn start(folder: &Path, megabytes_per_second: u32) -> io::Result<Self> {
        Self::listen(folder, megabytes_per_second, |_| String::new())
    }

    /// Serves `folder`, and what these locations answer; they are told the server's own plain URL.
    pub fn with_answers(folder: &Path, locations: impl FnOnce(&str) -> String) -> io::Result<Self> {
        Self::listen(folder, 0, locations)
    }

    fn listen(folder: &Path, megabytes_per_second: u32, locations: impl FnOnce(&str) -> String) -> io::Result<Self> {
        certificate(folder)?;
        let (plain, secure) = (free_port()?, free_port()?);
        let locations = locations(&format!("http://127.0.0.1:{plain}"));
        let home = folder.display();
        fs::write(
            folder.join("nginx.conf"),
            format!(
                "daemon off; worker_processes 1; pid {home}/nginx.pid; error_log {home}/error.log;\n\
                 user root;\n\
                 events {{ worker_connections 512; }}\n\
                 http {{ sendfile on; tcp_nopush on; limit_rate {megabytes_per_second}m; etag on;\n\
                 log_format sent '$status $body_bytes_sent'; access_log {home}/access.log sent;\n\
                 client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;\n\
                 uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;\n\
                 server {{ listen 127.0.0.1:{plain}; listen 127.0.0.1:{secure} ssl; root {home};\n\
                 keepalive_requests 1000000; {locations}\
                 ssl_certificate {home}/cert.pem; ssl_certificate_key {home}/key.pem; }} }}\n"
            ),
        )?;
        let child = Command::new(crate::program::nginx())
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("nginx is needed (apt install nginx): {error}")))?;
        let server = Self { folder: folder.to_owned(), plain, secure, child };
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", plain)).is_ok() {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(25));
        }
        Err(io::Error::other(fs::read_to_string(folder.join("error.log")).unwrap_or_default()))
    }

    /// A URL on it.
    pub fn url(&self, secure: bool, name: &str) -> String {
        let (scheme, port) = if secure { ("https", self.secure) } else { ("http", self.plain) };
        let slash = if name.is_empty() { "" } else { "/" };
        format!("{scheme}://127.0.0.1:{port}{slash}{name}")
    }

    /// The certificate to trust.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("cert.pem")
    }

    /// Body bytes it has sent by its log, over all requests that have ended.
    pub fn sent(&self) -> u64 {
        fs::read_to_string(self.folder.join("access.log"))
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split(' ').nth(1)?.parse::<u64>().ok())
            .sum()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM to the master, which ends its worker; only then is the child waited for.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// A file of so many mebibytes in which no two blocks are the same.
pub fn make_file(path: &Path, mebibytes: u64) -> io::Result<()> {
    let mut file = io::BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
    let mut state = 1_u64;
    let mut block = vec![0_u8; 1 << 20];
    for _ in 0..mebibytes {
        for word in block.chunks_exact_mut(8) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            word.copy_from_slice(&(state ^ (state >> 33)).to_le_bytes());
        }
        file.write_all(&block)?;
    }
    file.flush()
}

fn certificate(folder: &Path) -> io::Result<()> {
    let status = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("cert.pem"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("openssl makes no certificate")) }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
