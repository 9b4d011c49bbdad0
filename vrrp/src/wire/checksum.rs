//! The Internet checksum (RFC 1071) and the pseudo-headers that some messages include.

use std::net::IpAddr;

/// A one's complement sum under way.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum(u64);

impl Sum {
    /// Starts with nothing.
    pub(super) const fn new() -> Self {
        Self(0)
    }

    /// Starts with the pseudo-header of a message of `length` bytes (RFC 8200, section 8.1; RFC 5798, section 5.2.8,
    /// for IPv4).
    pub(super) fn with_pseudo_header(source: IpAddr, destination: IpAddr, protocol: u8, length: usize) -> Self {
        // A length beyond 16 bits, which only IPv6 could write, adds the same whether it is split in two words or not.
        Self(u64::from(protocol) + length as u64).address(source).address(destination)
    }

    fn address(self, address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => self.bytes(&address.octets()),
            IpAddr::V6(address) => self.bytes(&address.octets()),
        }
    }

    /// Adds bytes that begin at an even offset. A last odd byte counts as followed by a zero.
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        let (words, last) = bytes.as_chunks::<2>();
        let words: u64 = words.iter().map(|&word| u64::from(u16::from_be_bytes(word))).sum();
        let last: u64 = last.iter().map(|&byte| u64::from(byte) << 8).sum();
        Self(self.0 + words + last)
    }

    /// The checksum of what was added, as it stands in the message.
    pub(super) fn checksum(self) -> [u8; 2] {
        (!self.folded()).to_be_bytes()
    }

    /// Tells whether what was added, its checksum included, is right.
    pub(super) fn is_right(self) -> bool {
        self.folded() == 0xffff
    }

    /// The sum in 16 bits: whatever runs over is added again at the low end.
    fn folded(self) -> u16 {
        let mut sum = self.0;
        loop {
            match u16::try_from(sum) {
                Ok(sum) => return sum,
                Err(_) => sum = (sum & 0xffff) + (sum >> 16),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 1071, section 3.
    #[test]
    fn the_sum_is_the_rfcs() {
        let sum = Sum::new().bytes(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
        assert_eq!(sum.folded(), 0xddf2);
        assert_eq!(sum.checksum(), [0x22, 0x0d]);
        assert!(sum.bytes(&sum.checksum()).is_right());
    }

    #[test]
    fn an_odd_byte_counts_as_followed_by_zero() {
        assert_eq!(Sum::new().bytes(&[1, 2, 3]).folded(), Sum::new().bytes(&[1, 2, 3, 0]).folded());
    }

    #[test]
    fn a_sum_that_runs_over_twice_is_folded_twice() {
        assert_eq!(Sum(0xffff_ffff).folded(), 0xffff);
        assert_eq!(Sum(0x1_ffff).folded(), 1);
    }

    #[test]
    fn a_pseudo_header_is_the_same_as_its_bytes() {
        let (source, destination) = ([192, 0, 2, 1], [224, 0, 0, 18]);
        let bytes = [192, 0, 2, 1, 224, 0, 0, 18, 0, 112, 0, 20];
        let sum = Sum::with_pseudo_header(source.into(), destination.into(), 112, 20);
        assert_eq!(sum.folded(), Sum::new().bytes(&bytes).folded());
    }
}
