//! The one judge of what is tried again, when, and for how long.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::{Deserialize, Serialize};

use crate::entropy::Entropy;

/// What went wrong, by meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The name is not found, or nobody answers at the address.
    Unreachable,
    /// The connection ended before the answer did.
    Cut,
    /// No byte for longer than the limit.
    Silent,
    /// The server's certificate is not trusted, or TLS cannot be agreed on.
    Untrusted,
    /// An answer with a status that is not what was asked for.
    Status {
        /// The status code.
        status: u16,
        /// What the server asked for in `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// An answer that cannot be read: broken framing, garbage instead of JSON.
    Garbled,
    /// The disk or folder refuses.
    Disk(io::ErrorKind),
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after that long.
    Again(Duration),
    /// Wait until a person (or a refresh) has signed in.
    SignIn,
    /// The tries are spent; the job may rest and try later.
    Spent,
    /// Trying again cannot help.
    Fatal,
}

/// How patient to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The first wait.
    pub first: Duration,
    /// No wait of our own is longer; each is twice the one before.
    pub longest: Duration,
    /// No wait that a server asks for is longer.
    pub longest_asked: Duration,
    /// Tries without progress before it is given up for now.
    pub tries: u32,
}

impl Default for Policy {
    /// Half a second doubling to half a minute, ten times (about three minutes); a server may ask for a quarter of
    /// an hour, since S3 and the big APIs answer with minutes at most.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            longest_asked: Duration::from_mins(15),
            tries: 10,
        }
    }
}

impl Policy {
    /// The same patience with waits that begin at what the server asked for: with jitter the first lies between that and
    /// twice that, so that a server's clients do not all come back in the same moment, and none too early.
    #[must_use]
    pub fn paced_by(&self, asked: Duration) -> Self {
        let first = asked.saturating_mul(2);
        Self { first, longest: self.longest.max(first), ..self.clone() }
    }
}

/// The tries used up since something last went forward. One budget goes through all layers of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Budget {
    used: u32,
}

impl Budget {
    /// Something went forward: all tries are there again.
    pub fn refill(&mut self) {
        self.used = 0;
    }

    /// Tries used since then.
    pub fn used(self) -> u32 {
        self.used
    }
}

/// Judges one trouble, and takes the try from the budget.
pub fn judge(trouble: &Trouble, policy: &Policy, budget: &mut Budget, entropy: &dyn Entropy) -> Verdict {
    let asked = match trouble {
        Trouble::Unreachable | Trouble::Cut | Trouble::Silent | Trouble::Garbled => None,
        Trouble::Status { status, retry_after } => match status {
            401 => return Verdict::SignIn,
            408 | 421 | 425 | 429 | 500 | 502..=504 | 507 | 509 | 520..=530 => *retry_after,
            _ => return Verdict::Fatal,
        },
        Trouble::Disk(kind) => match kind {
            io::ErrorKind::Interrupted | io::ErrorKind::ResourceBusy => None,
            _ => return Verdict::Fatal,
        },
        Trouble::Untrusted => return Verdict::Fatal,
    };
    if budget.used >= policy.tries {
        return Verdict::Spent;
    }
    let wait = backoff(policy, budget.used, entropy);
    budget.used += 1;
    Verdict::Again(asked.map_or(wait, |asked| asked.min(policy.longest_asked).max(wait)))
}

/// The wait before try number `used` (from 0): doubling, capped, and between half and the whole of it by chance, so
/// that clients that fell together do not come back together.
pub fn backoff(policy: &Policy, used: u32, entropy: &dyn Entropy) -> Duration {
    let doubled = policy.first.saturating_mul(2_u32.saturating_pow(used.min(20)));
    doubled.min(policy.longest).mul_f64(0.5 + entropy.fraction() / 2.0)
}

/// What `Retry-After` asks for (RFC 9110 section 10.2.3: seconds or a date), also as epoch seconds or milliseconds as
/// some servers write it. A past date, a negative number and rubbish ask for nothing.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    /// Seconds beyond this are no span but a moment since 1970.
    const EPOCH_SECONDS: u64 = 1_000_000_000;
    /// And beyond this, in milliseconds.
    const EPOCH_MILLISECONDS: u64 = 1_000_000_000_000;

    let value = value.trim();
    let until = |moment: Timestamp| Duration::try_from(moment.duration_since(now)).ok();
    if let Ok(number) = value.parse::<u64>() {
        return match number {
            0..EPOCH_SECONDS => Some(Duration::from_secs(number)),
            EPOCH_SECONDS..EPOCH_MILLISECONDS => until(Timestamp::from_second(i64::try_from(number).ok()?).ok()?),
            _ => until(Timestamp::from_millisecond(i64::try_from(number).ok()?).ok()?),
        };
    }
    until(http_date(value)?)
}

/// A moment in one of the three forms of RFC 9110 section 5.6.7; only the first is sent today.
pub fn http_date(value: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(value.trim()).ok()
}

impl Trouble {
    /// The meaning of an error of the HTTP client.
    pub fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Silent;
        }
        let mut source = error.source();
        let mut connecting = error.is_connect();
        while let Some(cause) = source {
            let text = cause.to_string();
            if text.contains("certificate") || text.contains("HandshakeFailure") || text.contains("tls handshake") {
                return Self::Untrusted;
            }
            if let Some(io) = cause.downcast_ref::<io::Error>() {
                match io.kind() {
                    io::ErrorKind::TimedOut => return Self::Silent,
                    io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::NetworkDown => return Self::Unreachable,
                    io::ErrorKind::ConnectionReset
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionAborted => return Self::Cut,
                    _ => {}
                }
            }
            connecting |= text.contains("dns error");
            source = cause.source();
        }
        if connecting {
            Self::Unreachable
        } else if error.is_decode() || error.is_body() || error.is_request() {
            Self::Cut
        } else {
            Self::Garbled
        }
    }

    /// In words, for a person.
    pub fn words(&self) -> String {
        match self {
            Self::Unreachable => "the server cannot be reached".into(),
            Self::Cut => "the connection was cut".into(),
            Self::Silent => "the server was silent for too long".into(),
            Self::Untrusted => "the server's certificate is not trusted".into(),
            Self::Status { status, .. } => match reason_phrase(*status) {
                Some(reason) => format!("the server answered {status} {reason}"),
                None => format!("the server answered {status}"),
            },
            Self::Garbled => "the server's answer cannot be read".into(),
            Self::Disk(kind) => format!("the disk refuses: {kind}"),
        }
    }
}

fn reason_phrase(status: u16) -> Option<&'static str> {
    http::StatusCode::from_u16(status).ok()?.canonical_reason()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn verdict(trouble: &Trouble) -> Verdict {
        judge(trouble, &Policy::default(), &mut Budget::default(), &SeededEntropy::new(1))
    }

    fn status(status: u16) -> Trouble {
        Trouble::Status { status, retry_after: None }
    }

    #[test]
    fn whole_table_of_statuses_is_pinned() {
        let again: Vec<u16> = (100..600).filter(|code| matches!(verdict(&status(*code)), Verdict::Again(_))).collect();
        let mut expected = vec![408, 421, 425, 429, 500, 502, 503, 504, 507, 509];
        expected.extend(520..=530);
        assert_eq!(again, expected);
        let sign_in: Vec<u16> = (100..600).filter(|code| verdict(&status(*code)) == Verdict::SignIn).collect();
        assert_eq!(sign_in, [401]);
    }

    #[test]
    fn network_is_tried_again_and_a_full_disk_is_not() {
        for trouble in [Trouble::Unreachable, Trouble::Cut, Trouble::Silent, Trouble::Garbled] {
            assert!(matches!(verdict(&trouble), Verdict::Again(_)), "{trouble:?}");
        }
        for trouble in [
            Trouble::Untrusted,
            Trouble::Disk(io::ErrorKind::StorageFull),
            Trouble::Disk(io::ErrorKind::PermissionDenied),
            Trouble::Disk(io::ErrorKind::NotFound),
        ] {
            assert_eq!(verdict(&trouble), Verdict::Fatal, "{trouble:?}");
        }
    }

    #[test]
    fn waits_double_to_the_cap_and_the_budget_ends() {
        let (policy, entropy) = (Policy::default(), SeededEntropy::new(3));
        let mut budget = Budget::default();
        for used in 0..policy.tries {
            let Verdict::Again(wait) = judge(&Trouble::Cut, &policy, &mut budget, &entropy) else {
                panic!("try {used} is within the budget");
            };
            let whole = policy.first.saturating_mul(2_u32.pow(used)).min(policy.longest);
            assert!(wait <= whole && wait >= whole / 2, "try {used}: {wait:?} of {whole:?}");
        }
        assert_eq!(judge(&Trouble::Cut, &policy, &mut budget, &entropy), Verdict::Spent);
        budget.refill();
        assert!(matches!(judge(&Trouble::Cut, &policy, &mut budget, &entropy), Verdict::Again(_)));
    }

    #[test]
    fn retry_after_is_honoured_capped_and_never_shortened() {
        let asked = |seconds| Trouble::Status { status: 503, retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(verdict(&asked(20)), Verdict::Again(Duration::from_secs(20)));
        assert_eq!(verdict(&asked(99_999_999)), Verdict::Again(Policy::default().longest_asked));
    }

    #[test]
    fn pace_of_the_server_is_never_hurried_and_still_doubles() {
        let asked = Duration::from_secs(20);
        let (policy, entropy) = (Policy::default().paced_by(asked), SeededEntropy::new(5));
        let mut budget = Budget::default();
        for _ in 0..policy.tries {
            let Verdict::Again(wait) = judge(&Trouble::Cut, &policy, &mut budget, &entropy) else {
                panic!("within the budget");
            };
            assert!(wait >= asked && wait <= asked * 2, "{wait:?} of {asked:?}");
        }
    }

    #[test]
    fn retry_after_in_every_spelling() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let cases = [
            ("2", Some(2)),
            ("0", Some(0)),
            ("99999999", Some(99_999_999)),
            ("1800000007", Some(7)),
            ("1800000009000", Some(9)),
            ("Fri, 15 Jan 2027 08:00:30 GMT", Some(30)),
            ("Fri, 15 Jan 2027 07:00:00 GMT", None),
            ("-5", None),
            ("soon", None),
            ("", None),
            ("99999999999999999999999", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
    }
}
