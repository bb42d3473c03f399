//! Redis over TLS, by an authority that nobody else knows.

use std::process::Stdio;

use super::bed::{Bed, reference};

const FILES: &[i64] = &[1, 2];

#[tokio::test(flavor = "multi_thread")]
async fn d_5_redis_over_tls_is_believed_by_its_authority_and_by_nothing_else() {
    let bed = Bed::over_tls().await;
    let (api, _worker) = (bed.api().await, bed.worker("0").await);
    let job = bed.initiate(&api, FILES).await;
    let status = bed.completed(&api, &job).await;
    assert_eq!(bed.digest(&status["downloadUrl"]).await, reference(&[FILES]).await[FILES]);
    let landed: usize = bed.redis.ask(&["ZCARD", "bull:download-queue:completed"]).await;
    assert_eq!(landed, 1, "BullMQ's own connections go the same way");

    let whole = bed.redis.url();
    let (without_query, query) = whole.split_once('?').unwrap();
    let (authority, identity) = query.split_once('&').unwrap();
    for (queue, said) in [
        (without_query.to_owned(), "invalid peer certificate: UnknownIssuer"),
        (format!("{without_query}?{identity}"), "invalid peer certificate: UnknownIssuer"),
        // Our side is done before the server has looked at who we are.
        (format!("{without_query}?{authority}"), "Redis cannot be used"),
        (without_query.replace("rediss:", "redis:"), "Redis cannot be used"),
        (whole.replace("rediss:", "redis:"), "Certificates are for a queue over TLS"),
        (format!("{without_query}?ca=/absent.pem"), "The certificate file /absent.pem cannot be used"),
        (format!("{without_query}?{}", authority.replace("authority.pem", "authority.key")), "no certificate"),
    ] {
        let mut command = tokio::process::Command::new(landfall_tests::program::binary());
        command.args(["serve", "dead", "list", "--queue", &queue]).stderr(Stdio::piped());
        let ended = command.output().await.unwrap();
        let error = String::from_utf8_lossy(&ended.stderr);
        println!("{queue}\n{error}");
        assert!(!ended.status.success() && error.contains(said), "{queue}: {error}");
        assert!(!error.contains("panicked"), "{error}");
    }
}
