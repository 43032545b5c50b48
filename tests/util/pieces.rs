//! Records that Docker and CRI have split, in every way there is.

use super::numbers::Numbers;
use std::io::Write as _;

/// Records in pieces, interleaved, torn, of text, with ids cut in two, all across the
/// blocks of the index.
pub fn pieces(numbers: &mut Numbers, ids: &mut Vec<String>) -> Vec<u8> {
    let mut log = Vec::new();
    let time = "2026-11-22T10:00:00.123456789Z";
    // What of a record is still to be written, by lane: docker or CRI, by stream.
    let mut open: [Vec<String>; 4] = Default::default();
    while log.len() < 2_500_000 {
        let lane = numbers.below(4);
        let stream = ["stdout", "stderr"][lane % 2];
        if open[lane].is_empty() {
            let id = numbers.id();
            let pad = "x".repeat(numbers.below(9) * numbers.below(5_000));
            let text = match numbers.below(4) {
                0 => format!("{{\"pad\":\"{pad}\",\"request_id\":\"{id}\",\"status\":429}}"),
                1 => format!("{{\"request_id\":\"{id}\",\"status\":200,\"pad\":\"{pad}\"}}"),
                2 => format!("{pad} failed, request id: {id} {pad}"),
                // Never closed.
                _ => format!("{{\"request_id\":\"{id}\",\"pad\":\"{pad}\""),
            };
            ids.push(id.clone());
            // Sometimes cut within the id.
            let mut cuts = vec![text.len()];
            if numbers.below(2) == 0 {
                cuts.push(text.find(&id).unwrap() + numbers.below(36));
                cuts.push(numbers.below(text.len()));
            }
            cuts.sort_unstable();
            cuts.dedup();
            let mut from = 0;
            for cut in cuts {
                if cut > from {
                    open[lane].push(text[from..cut].to_owned());
                    from = cut;
                }
            }
        }
        let part = open[lane].remove(0);
        let ends = open[lane].is_empty();
        // Now and then the rest of a record is lost.
        if !ends && numbers.below(30) == 0 {
            open[lane].clear();
        }
        if lane < 2 {
            let tag = if ends { "F" } else { "P" };
            writeln!(log, "{time} {stream} {tag} {part}").unwrap();
        } else {
            let newline = if ends && numbers.below(40) > 0 {
                "\n"
            } else {
                ""
            };
            let text = serde_json::to_string(&format!("{part}{newline}")).unwrap();
            writeln!(
                log,
                "{{\"log\":{text},\"stream\":\"{stream}\",\"time\":\"{time}\"}}"
            )
            .unwrap();
        }
        if numbers.below(20) == 0 {
            let id = numbers.id();
            writeln!(log, "{{\"request_id\":\"{id}\",\"status\":200}}").unwrap();
            ids.push(id);
        }
    }
    // Nothing is left open, so all of it is in the index.
    for stream in ["stdout", "stderr"] {
        writeln!(log, "{time} {stream} F end").unwrap();
        writeln!(
            log,
            "{{\"log\":\"end\\n\",\"stream\":\"{stream}\",\"time\":\"{time}\"}}"
        )
        .unwrap();
    }
    log
}
