#!/usr/bin/env bash
# Whether time grows with the log and nothing else does: sizes, threads, numbers of files.
#
#   benches/growth.sh                       0.2, 2 and 20 GB; writes docs/performance.md
#   benches/growth.sh --gb 0.02,0.05 --rounds 2 --no-doc        a smoke run
#
# Logs are made in DSLOG_BENCH_DIR (by default under /tmp) and removed one by one; the
# largest must fit on the disk twice over, and in memory to be read from the page cache.
set -euo pipefail
cd "$(dirname "$0")/.."
work=${DSLOG_BENCH_DIR:-${TMPDIR:-/tmp}/dslog-bench}
mkdir -p "$work"
[ -x /usr/bin/time ] || apt-get install -y time >/dev/null
cargo build --release --quiet
exec python3 benches/peers/growth.py --dslog "${CARGO_TARGET_DIR:-$PWD/target}/release/dslog" --work "$work" "$@"
