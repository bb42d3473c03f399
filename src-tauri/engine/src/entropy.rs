//! Randomness and ids, passed in: so that a test can repeat what it saw.

use std::sync::atomic::{AtomicU64, Ordering};

use landfall_wire::{CorrelationId, JobId};

/// The only source of randomness in the engine.
pub trait Entropy: std::fmt::Debug + Send + Sync + 'static {
    /// Fills the buffer; fit for keys.
    fn fill(&self, buffer: &mut [u8]);

    /// A number from 0 (included) to 1 (excluded), for jitter.
    fn fraction(&self) -> f64 {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }

    /// A new id for a job: ten characters without those that are mistaken for others, 50 bits.
    fn job_id(&self) -> JobId {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        JobId::new(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect::<String>())
    }

    /// A new correlation id: a random UUID (RFC 9562, version 4), so that it identifies nobody.
    fn correlation_id(&self) -> CorrelationId {
        CorrelationId::new(self.uuid())
    }

    /// A random UUID in its usual text form.
    fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = crate::digest::hex(&bytes);
        format!("{}-{}-{}-{}-{}", &hex[0..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
    }
}

/// The machine's own randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // The system is asked itself: aws-lc's own generator takes a tenth of a second to begin, whatever is wanted of it.
        if getrandom::fill(buffer).is_err() {
            // It aborts the process itself when the machine has no randomness; the error is never seen.
            let _ = aws_lc_rs::rand::fill(buffer);
        }
    }
}

/// The same sequence every time, for tests.
#[derive(Debug, Default)]
pub struct SeededEntropy {
    state: AtomicU64,
}

impl SeededEntropy {
    /// The sequence of that seed.
    pub fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    /// One step of SplitMix64.
    fn next(&self) -> u64 {
        let state = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mut mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let bytes = self.next().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_form_and_differ() {
        let entropy = SeededEntropy::new(7);
        let (one, two) = (entropy.job_id(), entropy.job_id());
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), 10);
        let uuid = entropy.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4", "the version of a random UUID");
    }
}
