//! Videos that cannot be rendered.

use super::{VIDEO, bed_for, export};

#[test]
fn m_7_server_without_ffmpeg_says_so_with_its_code_and_what_to_do() {
    let bed = bed_for(VIDEO, |options| options.ffmpeg = "/nowhere/ffmpeg".into());
    let failed = bed.run(&export(VIDEO));
    failed.ended(3, "the server's job failed").says(&["FFmpeg was not found on the server", "landfall retry"]);
    let error = &failed.document()["error"];
    assert_eq!(error["details"]["serverCode"], "E302-FFMPEG_NOT_FOUND", "{error:#}");
    assert!(error["remediation"].as_str().is_some_and(|words| words.contains("FFmpeg installed")), "{error:#}");
}

#[test]
fn m_7_render_that_fails_says_so_with_its_code() {
    let bed = bed_for(VIDEO, |options| options.ffmpeg = "false".into());
    let failed = bed.run(&export(VIDEO));
    failed.ended(3, "the server's job failed").says(&["FFmpeg could not render the video"]);
    let error = &failed.document()["error"];
    assert_eq!(error["details"]["serverCode"], "E304-FFMPEG_RUNTIME", "{error:#}");
}
