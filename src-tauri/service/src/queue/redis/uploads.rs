//! Uploads that are under way, noted beside the jobs that they are for.

use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::Redis;
use super::rows::keys;
use crate::objects::s3::{Begun, Ledger};

/// So many abandoned ones are ended in one go.
const SOME: u32 = 100;

/// As it is noted. S3's id has no blank.
fn member(upload: &Begun) -> String {
    format!("{} {}", upload.id, upload.key)
}

impl Ledger for Redis {
    fn note<'a>(&'a self, upload: &'a Begun) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            let mut add = ::redis::cmd("ZADD");
            add.arg(keys::UPLOADS).arg(self.now()).arg(member(upload));
            self.ask(&add).await.map_err(io::Error::other)
        })
    }

    fn strike<'a>(&'a self, upload: &'a Begun) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            self.ask(::redis::cmd("ZREM").arg(keys::UPLOADS).arg(member(upload))).await.map_err(io::Error::other)
        })
    }

    fn left(&self, age: Duration) -> BoxFuture<'_, io::Result<Vec<Begun>>> {
        Box::pin(async move {
            let mut range = ::redis::cmd("ZRANGEBYSCORE");
            range.arg(keys::UPLOADS).arg("-inf").arg(self.ago(age)).arg("LIMIT").arg(0).arg(SOME);
            let members: Vec<String> = self.ask(&range).await.map_err(io::Error::other)?;
            let begun = members.iter().filter_map(|member| member.split_once(' '));
            Ok(begun.map(|(id, key)| Begun { id: id.to_owned(), key: key.to_owned() }).collect())
        })
    }
}
