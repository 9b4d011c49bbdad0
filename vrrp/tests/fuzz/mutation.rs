//! Inputs that nobody wrote: seeds with some of their bytes changed, left out, put in or taken from another seed.

/// What a byte or a number often is where something goes wrong.
const TELLING: [u8; 9] = [0, 1, 2, 7, 0x20, 0x7f, 0x80, 0xfe, 0xff];
/// No input grows beyond this.
const LONGEST: usize = 8192;

/// Makes one input after the other, the same ones from the same number.
pub(crate) struct Mutator {
    state: u64,
    seeds: Vec<Vec<u8>>,
    input: Vec<u8>,
}

impl Mutator {
    /// Begins with a number and some seeds; there must be one.
    pub(crate) fn new(number: u64, seeds: Vec<Vec<u8>>) -> Self {
        Self { state: number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, seeds, input: Vec::new() }
    }

    /// The next input.
    pub(crate) fn next(&mut self) -> &[u8] {
        // Some inputs go on from the one before, and so get far from every seed.
        if self.input.is_empty() || self.below(8) != 0 {
            let seed = self.below(self.seeds.len());
            self.input.clone_from(&self.seeds[seed]);
        }
        for _ in 0..=self.below(6) {
            self.change();
        }
        self.input.truncate(LONGEST);
        &self.input
    }

    fn change(&mut self) {
        let length = self.input.len();
        let at = self.below(length + 1);
        let to = (at + 1 + self.below(32)).min(length);
        match self.below(8) {
            0 => self.with_byte(at, |byte, random| byte ^ 1 << (random % 8)),
            1 => self.with_byte(at, |_, random| random),
            2 => self.with_byte(at, |_, random| TELLING[usize::from(random) % TELLING.len()]),
            3 => self.with_byte(at, |byte, random| byte.wrapping_add(random % 16).wrapping_sub(8)),
            4 if at < to => drop(self.input.drain(at..to)),
            5 => self.input.truncate(at),
            6 if at < to => {
                let again = self.input[at..to].to_vec();
                let place = self.below(length + 1);
                self.input.splice(place..place, again);
            }
            _ => {
                let other = self.below(self.seeds.len());
                let from = self.below(self.seeds[other].len() + 1);
                let until = (from + 1 + self.below(64)).min(self.seeds[other].len());
                let taken = self.seeds[other].get(from..until).unwrap_or_default().to_vec();
                self.input.splice(at..to.max(at), taken);
            }
        }
    }

    fn with_byte(&mut self, at: usize, change: impl FnOnce(u8, u8) -> u8) {
        let random = self.random().to_le_bytes()[4];
        if let Some(byte) = self.input.get_mut(at) {
            *byte = change(*byte, random);
        }
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.random() >> 33).unwrap_or_default() % end
    }

    /// Marsaglia's xorshift, which is random enough to find mistakes.
    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }
}
