//! Randomness, the one home of it: ids, tokens, keys and the dice of the faults.

use std::fmt::Write as _;

/// Bytes nobody can guess.
pub(crate) fn secret<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Fails only where the operating system has no randomness at all; nothing could be signed then.
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// An opaque id of 128 random bits.
pub(crate) fn fresh() -> String {
    hex(&secret::<16>())
}

/// A number from 0 up to but without 1.
pub(crate) fn share() -> f64 {
    f64::from(u32::from_le_bytes(secret())) / (f64::from(u32::MAX) + 1.0)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of hexadecimal text, 64 of them at most.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 128 {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}
