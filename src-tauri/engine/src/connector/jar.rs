//! The cookies of one connection, by the basics of RFC 6265, and for its own origin only.
//!
//! The `Domain` attribute is not honoured: a cookie goes back to the origin it came from and nowhere else, which is
//! stricter than section 5.1.3 and makes no connection know another's cookies.

use std::fmt;

use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::retry::http_date;
use crate::secrets::Secret;

/// No more cookies are kept (section 6.1 asks for at least 50 for each domain).
const MOST: usize = 100;

/// No cookie is longer, name and value together (section 6.1 asks for at least 4,096 bytes).
const LONGEST: usize = 8 * 1024;

/// The cookies of one connection. Prints names, never values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Jar(Vec<Cookie>);

#[derive(Clone, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: Secret,
    path: String,
    secure: bool,
    expires: Option<Timestamp>,
}

impl fmt::Debug for Jar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(|cookie| &cookie.name)).finish()
    }
}

impl Jar {
    /// Takes what an answer sets; whether anything changed.
    pub(crate) fn take(&mut self, headers: &HeaderMap, url: &Url, now: Timestamp) -> bool {
        let before = self.0.clone();
        for line in headers.get_all(header::SET_COOKIE) {
            let Some(cookie) = std::str::from_utf8(line.as_bytes()).ok().and_then(|line| parse(line, url, now)) else {
                continue;
            };
            self.0.retain(|other| other.name != cookie.name || other.path != cookie.path);
            if self.0.len() < MOST && cookie.expires.is_none_or(|end| end > now) {
                self.0.push(cookie);
            }
        }
        self.0 != before
    }

    /// The `Cookie` header for a request to that URL (section 5.4), marked sensitive.
    pub(crate) fn header(&self, url: &Url, now: Timestamp) -> Option<HeaderValue> {
        let mut fitting: Vec<&Cookie> = self.fitting(url, now).collect();
        // Longer paths first (section 5.4 step 2); the sort keeps older cookies before younger ones.
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> =
            fitting.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value.reveal())).collect();
        if pairs.is_empty() {
            return None;
        }
        let mut value = HeaderValue::from_str(&pairs.join("; ")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The value of a cookie, wherever below the origin it is for.
    pub(crate) fn value(&self, name: &str, now: Timestamp) -> Option<&Secret> {
        let alive = |cookie: &&Cookie| cookie.name == name && cookie.expires.is_none_or(|end| end > now);
        self.0.iter().rev().find(alive).map(|cookie| &cookie.value)
    }

    fn fitting(&self, url: &Url, now: Timestamp) -> impl Iterator<Item = &Cookie> {
        self.0.iter().filter(move |cookie| {
            cookie.expires.is_none_or(|end| end > now)
                && (!cookie.secure || url.scheme() == "https")
                && path_fits(url.path(), &cookie.path)
        })
    }
}

/// Reads one `Set-Cookie` (section 5.2); `None` for what cannot be a cookie or cannot be sent back.
fn parse(line: &str, url: &Url, now: Timestamp) -> Option<Cookie> {
    let mut pieces = line.split(';');
    let (name, value) = pieces.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || name.len() + value.len() > LONGEST || HeaderValue::from_str(value).is_err() {
        return None;
    }
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: Secret::new(value),
        path: default_path(url),
        secure: false,
        expires: None,
    };
    let mut age = None;
    for piece in pieces {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
            "secure" => cookie.secure = true,
            // Netscape wrote `21-Oct-2015`, and servers still do.
            "expires" => cookie.expires = http_date(&value.replace('-', " ")).or(cookie.expires),
            // Max-Age has precedence (section 5.3 step 3); what is not positive ends the cookie.
            "max-age" => age = value.parse::<i64>().ok().or(age),
            _ => {}
        }
    }
    if let Some(seconds) = age {
        let span = SignedDuration::from_secs(seconds.clamp(0, 100 * 366 * 86_400));
        cookie.expires = Some(now.checked_add(span).unwrap_or(Timestamp::MAX));
    }
    Some(cookie)
}

/// Section 5.1.4.
fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => url.path()[..end].to_owned(),
    }
}

/// Section 5.1.4.
fn path_fits(asked: &str, path: &str) -> bool {
    asked.strip_prefix(path).is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(lines: &[&str], at: &str) -> Jar {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::SET_COOKIE, HeaderValue::from_str(line).unwrap());
        }
        let mut jar = Jar::default();
        jar.take(&headers, &Url::parse(at).unwrap(), Timestamp::UNIX_EPOCH);
        jar
    }

    fn sent(jar: &Jar, url: &str, second: i64) -> String {
        let now = Timestamp::from_second(second).unwrap();
        let header = jar.header(&Url::parse(url).unwrap(), now);
        header.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[test]
    fn a_cookie_goes_where_its_path_says_and_as_long_as_it_lives() {
        let jar =
            jar(&["a=1; Path=/", "b=2; Path=/api; Max-Age=60", "c=3; Secure", "d=4"], "http://s.example/login/in");
        assert_eq!(sent(&jar, "http://s.example/api/jobs", 0), "b=2; a=1", "the longer path first");
        assert_eq!(sent(&jar, "http://s.example/apis", 0), "a=1", "a path ends at a slash");
        assert_eq!(sent(&jar, "http://s.example/login/x", 0), "d=4; a=1", "without a path it is that of the page");
        assert_eq!(sent(&jar, "https://s.example/login/x", 0), "c=3; d=4; a=1", "a secure one over https only");
        assert_eq!(sent(&jar, "http://s.example/api/jobs", 60), "a=1", "Max-Age has passed");
    }

    #[test]
    fn a_cookie_is_replaced_and_taken_away() {
        let mut headers = HeaderMap::new();
        headers.append(header::SET_COOKIE, HeaderValue::from_static("a=1; Path=/"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("b=1; Path=/"));
        let url = Url::parse("http://s.example/").unwrap();
        let mut jar = Jar::default();
        assert!(jar.take(&headers, &url, Timestamp::UNIX_EPOCH));
        assert!(!jar.take(&headers, &url, Timestamp::UNIX_EPOCH), "the same again changes nothing");
        headers.clear();
        headers.append(header::SET_COOKIE, HeaderValue::from_static("a=2; path=/"));
        headers
            .append(header::SET_COOKIE, HeaderValue::from_static("b=; Path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT"));
        jar.take(&headers, &url, Timestamp::UNIX_EPOCH);
        assert_eq!(sent(&jar, "http://s.example/", 0), "a=2");
    }

    #[test]
    fn rubbish_is_no_cookie_and_values_do_not_print() {
        let jar = jar(&["", "=x", "novalue", "ok=hunter2", "t=a; max-age=soon"], "http://s.example");
        assert_eq!(format!("{jar:?}"), "[\"ok\", \"t\"]");
        assert_eq!(jar.value("ok", Timestamp::UNIX_EPOCH).map(Secret::reveal), Some("hunter2"));
    }
}
