//! Where Redis is, and how to get in: by its password, and over TLS by certificates.
//!
//! Both clients are told the same: ours, and BullMQ's.

use std::fmt;

use ::redis::{Client, ClientTlsConfig, RedisResult, TlsCertificates};
use bullmq::options::{RedisConnectionOptions, TlsCerts};

/// An address with a secret in it: it does not print.
#[derive(Clone)]
pub(crate) struct RedisAddress {
    /// `redis://` or `rediss://`, with the password.
    pub(crate) url: String,
    /// Whom to believe that the server is who it says; without it, those that browsers believe.
    pub(crate) authority: Option<Pem>,
    /// Who we say we are, with the key to it, where the server asks.
    pub(crate) identity: Option<Pem>,
}

/// The text of certificates and keys.
#[derive(Clone)]
pub(crate) struct Pem(pub(crate) Vec<u8>);

impl fmt::Debug for RedisAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.url.starts_with("rediss:") { "rediss://****" } else { "redis://****" })
    }
}

impl RedisAddress {
    /// A client that connects when it is asked to.
    pub(super) fn client(&self) -> RedisResult<Client> {
        if self.authority.is_none() && self.identity.is_none() {
            return Client::open(self.url.as_str());
        }
        let client_tls = self
            .identity
            .as_ref()
            .map(|Pem(pem)| ClientTlsConfig { client_cert: pem.clone(), client_key: pem.clone() });
        let root_cert = self.authority.as_ref().map(|Pem(pem)| pem.clone());
        Client::build_with_tls(self.url.as_str(), TlsCertificates { client_tls, root_cert })
    }

    /// The same for BullMQ's own connections.
    pub(super) fn bullmq(&self) -> RedisConnectionOptions {
        let mut options = RedisConnectionOptions { url: self.url.clone(), ..RedisConnectionOptions::default() };
        if self.authority.is_some() || self.identity.is_some() {
            let pem = |pem: &Option<Pem>| pem.as_ref().map(|Pem(pem)| pem.clone());
            options.tls_certs = Some(TlsCerts {
                root_cert: pem(&self.authority),
                client_cert: pem(&self.identity),
                client_key: pem(&self.identity),
            });
        }
        options
    }
}
