//! Whether this Redis can be what we need: new enough, to be written to, and one that forgets nothing by itself.

use std::collections::HashMap;

use crate::queue::{QueueError, Trouble};

/// `ZRANDMEMBER` came with it.
const OLDEST: (u32, u32) = (6, 2);

/// What Redis says of itself.
#[derive(Debug)]
pub(super) struct Fit<'a>(HashMap<&'a str, &'a str>);

impl<'a> Fit<'a> {
    /// Of an answer to `INFO`.
    pub(super) fn of(information: &'a str) -> Self {
        Self(information.lines().filter_map(|line| line.trim_end().split_once(':')).collect())
    }

    /// Refuses one that cannot be used. What is not said is taken to be well: other servers that speak as Redis does say less.
    pub(super) fn check(&self) -> Result<(), QueueError> {
        if let Some(version) = self.0.get("redis_version") {
            let mut numbers = version.split('.').map(str::parse::<u32>);
            if let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next())
                && (major, minor) < OLDEST
            {
                return Err(Trouble::Old((*version).to_owned()).into());
            }
        }
        if self.0.get("role") == Some(&"slave") && self.0.get("slave_read_only") != Some(&"0") {
            return Err(Trouble::Replica.into());
        }
        Ok(())
    }

    /// How it chooses what to forget when its memory is full, where it would do so.
    pub(super) fn forgets(&self) -> Option<&'a str> {
        self.0.get("maxmemory_policy").copied().filter(|policy| *policy != "noeviction")
    }
}

#[cfg(test)]
mod tests {
    use super::Fit;

    #[test]
    fn d_5_a_redis_that_cannot_be_used_is_told_by_what_it_says_of_itself() {
        let refusal = |text: &str| Fit::of(text).check().err().map(|error| error.to_string());
        for good in [
            "# Server\r\nredis_version:7.0.15\r\nrole:master\r\nmaxmemory_policy:noeviction\r\n",
            "redis_version:6.2.0\n",
            "redis_version:255.255.255\n",
            "redis_version:unstable\n",
            "role:slave\nslave_read_only:0\n",
            "",
        ] {
            assert_eq!(refusal(good), None, "{good}");
        }
        assert_eq!(
            refusal("redis_version:6.0.16\r\nrole:master\r\n").as_deref(),
            Some("Redis cannot be used: it is of version 6.0.16, and 6.2 or a later one is needed")
        );
        for replica in ["role:slave\r\nslave_read_only:1\r\n", "role:slave\n"] {
            assert!(refusal(replica).is_some_and(|sentence| sentence.contains("replica")), "{replica}");
        }
        assert_eq!(Fit::of("maxmemory_policy:allkeys-lru\r\n").forgets(), Some("allkeys-lru"));
        assert_eq!(Fit::of("maxmemory_policy:noeviction\r\n").forgets(), None);
    }
}
