//! Every instruction set against a plain loop, at every offset.

use super::*;

struct All<'t>(&'t [u8], &'t [u8; 32]);

type Answers = (
    Vec<((u64, u64), bool, [u64; 8], Vec<u32>)>,
    Vec<bool>,
    Vec<u32>,
);

impl Kernel for All<'_> {
    type Out = Answers;
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Answers {
        let blocks = self.0.windows(64).map(|block| {
            let block: &Block = block.try_into().unwrap();
            let mut marks = Marks::NONE;
            // The block stands last of three, of which the others have no marks.
            let slash = lanes.mark(&[[b'x'; 64], [0x80; 64], *block], &mut marks);
            assert_eq!((marks.entries[1], marks.newlines[0]), (0, 0));
            (
                (marks.entries[2], marks.newlines[2]),
                slash,
                [
                    lanes.equal(block, b'u'),
                    lanes.equal(block, 0xff),
                    lanes.escapable(block),
                    lanes.escapable_alone(block),
                    lanes.hex(block),
                    lanes.entries(block),
                    u64::from(lanes.string_end(block)),
                    lanes.string_len(block).map_or(64, u64::from),
                ],
                positions(lanes, block),
            )
        });
        let same = self.0.windows(32).flat_map(|text| {
            let text: &[u8; 32] = text.try_into().unwrap();
            let differ = (0..32).fold(0, |mask, n| mask | u32::from(text[n] != self.1[n]) << n);
            let rows = [differ, 0, differ & (differ.wrapping_sub(1)), u32::MAX]
                .map(|ignore| lanes.same(text, &row(self.1, ignore)));
            let starts = STARTS_BYTES.map(|len| lanes.begins(text, &Start::new(&self.1[..len])));
            rows.into_iter().chain(starts)
        });
        let digits = self
            .0
            .windows(16)
            .map(|text| lanes.digits(text.try_into().unwrap()));
        (blocks.collect(), same.collect(), digits.collect())
    }
}

/// Lengths of starts that are tried.
const STARTS_BYTES: [usize; 7] = [0, 1, 7, 8, 17, 31, 32];

/// A row that expects these bytes, save those whose bit in `ignore` is set.
fn row(expect: &[u8; 32], ignore: u32) -> Row {
    let mut row = Row::new(expect);
    for (n, (expect, care)) in row.expect.iter_mut().zip(&mut row.care).enumerate() {
        if ignore >> n & 1 == 1 {
            (*expect, *care) = (0, 0);
        }
    }
    row
}

/// Where some bytes stand: few in most blocks, more than 16 in some.
#[inline(always)]
fn positions<L: Lanes>(lanes: L, block: &Block) -> Vec<u32> {
    let mut all = Vec::new();
    for byte in [b'"', b':', b'\\', 0xff] {
        let bits = lanes.equal(block, byte);
        let mut out = [7; 64];
        lanes.positions(bits, 1000, &mut out);
        all.extend_from_slice(&out[..bits.count_ones() as usize]);
    }
    all
}

/// Number of the first quote before which nothing ends a string or an escape begins; 64 if there is
/// none.
fn string_len(block: &[u8]) -> u64 {
    let mut bytes = block.iter();
    let special = bytes.position(|b| *b == b'"' || *b == b'\\' || *b < 0x20);
    special.filter(|at| block[*at] == b'"').unwrap_or(64) as u64
}

/// The definition of every operation.
fn by_definition(text: &[u8], expect: &[u8; 32]) -> Answers {
    let mask = |bytes: &[u8], test: &dyn Fn(u8) -> bool| {
        bytes
            .iter()
            .enumerate()
            .fold(0_u64, |mask, (n, byte)| mask | u64::from(test(*byte)) << n)
    };
    let blocks = text.windows(64).map(|block| {
        let marks = (
            mask(block, &|b| b == b'"' || b < 0x20),
            mask(block, &|b| b == b'\n'),
        );
        (
            marks,
            block.contains(&b'\\'),
            [
                mask(block, &|b| b == b'u'),
                mask(block, &|b| b == 0xff),
                mask(block, &|b| b"\"\\/bfnrtu".contains(&b)),
                mask(block, &|b| b"\"\\/bfnrt".contains(&b)),
                mask(block, &|b| b.is_ascii_hexdigit()),
                mask(block, &|b| b == b'"' || b < 0x20),
                u64::from(mask(block, &|b| b == b'"' || b == b'\\' || b < 0x20).trailing_zeros()),
                string_len(block),
            ],
            [b'"', b':', b'\\', 0xff]
                .iter()
                .flat_map(|byte| {
                    let at = block.iter().enumerate().filter(move |(_, b)| *b == byte);
                    at.map(|(n, _)| 1000 + n as u32)
                })
                .collect(),
        )
    });
    let same = text.windows(32).flat_map(|text| {
        let equal = text == expect;
        let one_off = text.iter().zip(expect).filter(|(a, b)| a != b).count() == 0;
        let starts = STARTS_BYTES.map(|len| {
            let mut bytes = text.iter().zip(&expect[..len]);
            bytes.all(|(own, expect)| own == expect || *expect == 0)
        });
        [true, equal, one_off, true].into_iter().chain(starts)
    });
    let digits = text
        .windows(16)
        .map(|text| mask(text, &|b| b.is_ascii_digit()) as u32);
    (blocks.collect(), same.collect(), digits.collect())
}

#[test]
fn every_instruction_set_gives_the_same_masks_at_every_offset() {
    // All byte values, each next to many others, so that no carry between bytes hides.
    let mut text: Vec<u8> = (0..=255).collect();
    text.extend((0..=255).rev());
    text.extend((0..1024_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8));
    text.extend(
        b"\"\"::\\\\\"\\u12aF\x1f\x20\x21\x7f\x80\x9f\xa2\xbf\xff\0\"0123456789/:".repeat(5),
    );
    text.extend(b"::::::::::::::::\"\"::".repeat(9));
    let expect: [u8; 32] = text[40..72].try_into().unwrap();
    let truth = by_definition(&text, &expect);
    for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
        for offset in 0..=130 {
            let shifted = &text[offset..];
            let answers = Level::new(isa).run(All(shifted, &expect));
            assert_eq!(answers.0, truth.0[offset..], "{isa:?} at {offset}");
            assert_eq!(
                answers.1,
                truth.1[(4 + STARTS_BYTES.len()) * offset..],
                "{isa:?} at {offset}"
            );
            assert_eq!(answers.2, truth.2[offset..], "{isa:?} at {offset}");
        }
    }
}

/// What a byte of a stripe may be.
#[derive(Clone, Copy)]
enum May {
    Be(u8),
    StandInString,
    BeDigit,
    BeAnything,
}

struct Fits<'t>(&'t Block, &'t Stripe);

impl Kernel for Fits<'_> {
    type Out = bool;
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> bool {
        let fits = lanes.fits(self.0, self.1);
        // Between others that fit, and at the text's end.
        let text = [[0; 64], *self.0, [0; 64]];
        let text = Reach::new(text.as_flattened()).unwrap();
        let stripes = [Stripe::ANY, self.1.clone(), Stripe::ANY, Stripe::ANY];
        assert_eq!(lanes.all_fit(text, 0, &stripes[..2]), fits);
        assert_eq!(lanes.all_fit(text, 64, &stripes[1..3]), fits);
        assert!(lanes.all_fit(text, 64, &[]) && !lanes.all_fit(text, 64, &stripes[1..]));
        fits
    }
}

#[test]
fn every_instruction_set_knows_what_fits_a_stripe() {
    for length in 1..=64 {
        let mut text = [b'\n'; 64];
        let mut stripe = Stripe::ANY;
        let mut may = [May::BeAnything; 64];
        for at in 0..length {
            (text[at], may[at]) = match (at + length) % 7 {
                0 | 1 => (b'5', May::BeDigit),
                2..=4 => (b'x', May::StandInString),
                5 => (b'"', May::Be(b'"')),
                _ => (b'}', May::Be(b'}')),
            };
            match may[at] {
                May::Be(byte) => stripe.expect(at, byte),
                May::StandInString => stripe.in_string(at),
                May::BeDigit => stripe.digit(at, b'0'),
                May::BeAnything => {}
            }
        }
        for (at, may) in may.iter().enumerate() {
            for byte in 0..=255 {
                let mut text = text;
                text[at] = byte;
                let truth = match may {
                    May::Be(known) => byte == *known,
                    May::StandInString => byte >= 0x20 && !b"\"\\".contains(&byte),
                    May::BeDigit => byte.is_ascii_digit(),
                    May::BeAnything => true,
                };
                for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
                    let fits = Level::new(isa).run(Fits(&text, &stripe));
                    assert_eq!(fits, truth, "{isa:?}, {byte} at {at} of {length}");
                }
            }
        }
    }
}

struct Sums<'t>(&'t [u32; STARTS], u32);

impl Kernel for Sums<'_> {
    type Out = ([u32; STARTS], [u32; 64]);
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Self::Out {
        let mut sums = [0; STARTS];
        lanes.add(self.0, self.1, &mut sums);
        let mut text = [b'1'; 64];
        let ends = [0; 64].map(|_: u32| lanes.scalar_end(&text));
        let mut found = ends;
        for (at, found) in found.iter_mut().enumerate() {
            text[at] = b",}]\n\t "[at % 6];
            *found = lanes.scalar_end(&text);
            text[at] = b"x.-+\"\x7f"[at % 6];
        }
        (sums, found)
    }
}

#[test]
fn every_instruction_set_adds_and_finds_the_ends_of_scalars() {
    let ends: Vec<u32> = (0..64).collect();
    for numbers in [
        [0, 3, 9, 40, 41, 50, 60, 70],
        [0; 8],
        [0, 9, 9, 9, 9, 9, 9, 9],
    ] {
        for isa in [Isa::Portable, Isa::Avx2, Isa::Avx512] {
            let (sums, found) = Level::new(isa).run(Sums(&numbers, u32::MAX - 8));
            // The last number stands for all that come after it.
            let last = numbers.iter().position(|n| *n == numbers[7]).unwrap();
            for at in 0..=last {
                assert_eq!(sums[at], numbers[at].wrapping_add(u32::MAX - 8), "{isa:?}");
            }
            assert_eq!(found[..], ends[..], "{isa:?}");
        }
    }
}
