//! What container runtimes wrap around an application's lines.

use super::bytes::{put, put_escaped, put_padded, put_second};
use super::rng::Rng;
use super::tally::Tally;

/// Both runtimes cut the application's line after this many bytes.
const PART_BYTES: usize = 16 << 10;

/// What stands around every line of the log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Envelope {
    /// Nothing: the application wrote the file.
    None,
    /// Docker's json-file driver.
    Docker,
    /// Kubernetes' container runtime interface.
    Cri,
}

/// Plain lines of the standard error; none is JSON, whatever it says.
const PLAIN: [&str; 6] = [
    "Traceback (most recent call last):",
    "  File \"/app/main.py\", line 214, in call",
    "INFO:     10.2.0.14:51812 - \"POST /v1/chat HTTP/1.1\" 429 Too Many Requests",
    "2026/11/22 10:00:00 [warn] 7#7: *12 an upstream response is buffered",
    "[GC] pause 12ms heap 812MiB",
    "httpx: HTTP Request: POST https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
];

impl Envelope {
    /// Writes `line` (no `\n` in it) as the runtime would; a long one in parts,
    /// between which another stream's lines may fall. Returns the parts' number.
    pub(super) fn wrap(
        self,
        out: &mut Vec<u8>,
        line: &[u8],
        now_ms: i64,
        tally: &mut Tally,
        rng: &mut Rng,
    ) -> usize {
        if self == Self::None {
            out.extend_from_slice(line);
            out.push(b'\n');
            return 1;
        }
        let mut parts = 0;
        let mut rest = line;
        loop {
            let mut cut = rest.len().min(PART_BYTES);
            // Docker's own cut may halve a character, and then its JSON loses it: not here.
            while cut < rest.len() && rest[cut] & 0xc0 == 0x80 {
                cut -= 1;
            }
            let (part, after) = rest.split_at(cut);
            self.part(out, part, now_ms, "stdout", after.is_empty(), rng);
            parts += 1;
            if after.is_empty() {
                return parts;
            }
            if rng.one_in(2) {
                self.plain(out, now_ms, rng);
                tally.other();
            }
            rest = after;
        }
    }

    /// One plain-text line of the standard error.
    pub(super) fn plain(self, out: &mut Vec<u8>, now_ms: i64, rng: &mut Rng) {
        let text = rng.pick(&PLAIN).as_bytes();
        self.part(out, text, now_ms, "stderr", true, rng);
    }

    fn part(
        self,
        out: &mut Vec<u8>,
        text: &[u8],
        now_ms: i64,
        stream: &str,
        last: bool,
        rng: &mut Rng,
    ) {
        if self == Self::Docker {
            put(out, "{\"log\":\"");
            put_escaped(out, text);
            put(
                out,
                if last {
                    "\\n\",\"stream\":\""
                } else {
                    "\",\"stream\":\""
                },
            );
            put(out, stream);
            put(out, "\",\"time\":\"");
            put_nanoseconds(out, now_ms, rng);
            put(out, "\"}\n");
        } else {
            put_nanoseconds(out, now_ms, rng);
            out.push(b' ');
            put(out, stream);
            put(out, if last { " F " } else { " P " });
            out.extend_from_slice(text);
            out.push(b'\n');
        }
    }
}

/// `2026-11-22T10:00:00.123456789Z`, in the millisecond `now_ms`.
fn put_nanoseconds(out: &mut Vec<u8>, now_ms: i64, rng: &mut Rng) {
    put_second(out, now_ms, b'T');
    out.push(b'.');
    put_padded(out, now_ms.rem_euclid(1000) as u64, 3);
    put_padded(out, u64::from(rng.below(1_000_000)), 6);
    out.push(b'Z');
}
