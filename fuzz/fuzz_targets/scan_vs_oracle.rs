//! The law of the scanner under a fuzzer: any bytes, as a block of lines, learned from
//! and then matched at another place, are read as the oracle reads them.
#![no_main]

use dslog::scan::schema::Schema;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

#[path = "../../tests/util/law.rs"]
mod law;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| match Schema::new(&[]) {
    Ok(schema) => schema,
    Err(_) => unreachable!("the built-in aliases make a schema"),
});

fuzz_target!(|data: &[u8]| {
    // Fixtures serve as seeds as they are, so the choices come from the bytes, not a header.
    let turn = data.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    }) >> 20;
    let mut engines = law::Engines::new(&SCHEMA);
    engines.check(data, 0);
    // What was learned now matches, anywhere in the window of 64 bytes.
    let mut shifted = vec![b' '; (turn % 64) as usize];
    shifted.push(b'\n');
    shifted.extend_from_slice(data);
    engines.check(&shifted, 0);
    // And behind a prefix, as in CRI logs.
    engines.check(data, 1 + (turn / 64 % 70) as usize);
    // And in envelopes, of which the first are learned from; and as envelopes, if they are any.
    let mut wrapped = Vec::new();
    for line in data.split(|byte| *byte == b'\n').cycle().take(40) {
        wrapped.extend(law::in_envelope(line));
        wrapped.push(b'\n');
    }
    engines.check_envelopes(&wrapped);
    engines.check_envelopes(data);
});
