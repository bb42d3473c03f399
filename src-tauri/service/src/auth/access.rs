//! Access tokens: until when and for whom stands in the token itself, signed, so that it outlives the service that issued it
//! and nothing has to be kept.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use crate::ids;

/// Bytes of a signature.
const SIGNATURE: usize = 32;

/// Issues and reads access tokens.
pub(super) struct AccessTokens {
    key: hmac::Key,
    pub(super) life: Duration,
}

/// What a token of ours says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) user: String,
    pub(super) expires: Timestamp,
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AccessTokens").field("life", &self.life).finish_non_exhaustive()
    }
}

impl AccessTokens {
    /// With a key of their own, drawn from the one that signs links: neither can be taken for the other.
    pub(super) fn new(signing_key: &[u8], life: Duration) -> Self {
        let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, signing_key), b"access tokens");
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, own.as_ref()), life }
    }

    /// A fresh token, another one each time.
    pub(super) fn issue(&self, user: &str, now: Timestamp) -> String {
        let life = SignedDuration::try_from(self.life).unwrap_or(SignedDuration::MAX);
        let expires = now.checked_add(life).unwrap_or(Timestamp::MAX);
        let mut bytes = expires.as_millisecond().to_be_bytes().to_vec();
        bytes.extend(ids::secret::<8>());
        bytes.extend(user.as_bytes());
        bytes.extend(hmac::sign(&self.key, &bytes).as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What the token says, if it is one of ours. Whether it has expired is not looked at.
    pub(super) fn read(&self, token: &str) -> Option<Grant> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE)?)?;
        hmac::verify(&self.key, said, signature).ok()?;
        let (expires, rest) = said.split_first_chunk::<8>()?;
        let (_, user) = rest.split_at_checked(8)?;
        Some(Grant {
            user: String::from_utf8(user.to_vec()).ok()?,
            expires: Timestamp::from_millisecond(i64::from_be_bytes(*expires)).ok()?,
        })
    }
}
