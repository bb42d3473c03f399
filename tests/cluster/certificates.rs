//! A certificate authority of a test's own, and who it vouches for: the server and its clients alike.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Files in PEM form.
#[derive(Clone)]
pub(crate) struct Certificates {
    pub(crate) authority: PathBuf,
    /// A certificate for 127.0.0.1, and the key to it.
    pub(crate) identity: PathBuf,
}

impl Certificates {
    pub(crate) fn make(folder: &Path) -> Self {
        let (authority, identity) = (folder.join("authority.pem"), folder.join("identity.pem"));
        let key = folder.join("authority.key");
        openssl(&authority, &key, &["-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE"], &[]);
        let names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
        let parts = (folder.join("server.pem"), folder.join("server.key"));
        let issuer = [Path::new("-CA"), &authority, Path::new("-CAkey"), &key];
        openssl(
            &parts.0,
            &parts.1,
            &[&names[..], &["-addext", "basicConstraints=critical,CA:FALSE"]].concat(),
            &issuer,
        );
        let both = [std::fs::read(&parts.0).unwrap(), std::fs::read(&parts.1).unwrap()].concat();
        std::fs::write(&identity, both).unwrap();
        Self { authority, identity }
    }

    /// The address of a server here, as `landfall serve --queue` takes it.
    pub(crate) fn url(&self, port: u16) -> String {
        let (authority, identity) = (self.authority.display(), self.identity.display());
        format!("rediss://127.0.0.1:{port}?ca={authority}&identity={identity}")
    }

    /// A client of the test's own.
    pub(crate) fn client(&self, port: u16) -> redis::RedisResult<redis::Client> {
        let identity = std::fs::read(&self.identity)?;
        let client_tls = redis::ClientTlsConfig { client_cert: identity.clone(), client_key: identity };
        let root_cert = Some(std::fs::read(&self.authority)?);
        let certificates = redis::TlsCertificates { client_tls: Some(client_tls), root_cert };
        redis::Client::build_with_tls(format!("rediss://127.0.0.1:{port}"), certificates)
    }
}

fn openssl(certificate: &Path, key: &Path, about: &[&str], issuer: &[&Path]) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"])
        .args(about)
        .args(issuer)
        .arg("-out")
        .arg(certificate)
        .arg("-keyout")
        .arg(key)
        .stderr(Stdio::null())
        .status();
    assert!(made.is_ok_and(|status| status.success()), "openssl makes it: `.ci/need certificates` installs it");
}
