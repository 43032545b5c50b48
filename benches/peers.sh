#!/usr/bin/env bash
# dslog beside other tools on the same generated logs: the same four questions, every
# answer checked against the generator's truth, runs taken in turns, ratios to `wc -l`.
#
#   benches/peers.sh                        2 GB a log, all workloads, writes docs/performance.md
#   benches/peers.sh --mb 20 --rounds 2 --no-doc        a smoke run
#   benches/peers.sh --workloads typical,storm          these only
#
# What other tools need is installed where nothing else sees it (DSLOG_BENCH_DIR, by default
# a folder under /tmp that is used again); a tool that cannot be had is named and left out.
# Needs python3, and about three times the log's size of disk.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=${DSLOG_BENCH_DIR:-${TMPDIR:-/tmp}/dslog-bench}
mkdir -p "$work"
[ -x /usr/bin/time ] || apt-get install -y time >/dev/null

cargo build --release --quiet
cargo build --release --quiet --bench serde_line 2>/dev/null || true
dslog=${CARGO_TARGET_DIR:-$root/target}/release/dslog

if [ ! -x "$work/venv/bin/python" ]; then
  python3 -m venv "$work/venv"
fi
for package in duckdb chdb polars; do
  "$work/venv/bin/python" -c "import $package" 2>/dev/null \
    || "$work/venv/bin/pip" install --quiet "$package" \
    || echo "peers.sh: $package cannot be had here" >&2
done
if ! command -v jq >/dev/null; then
  { apt-get install -y jq >/dev/null 2>&1; } || echo "peers.sh: jq cannot be had here" >&2
fi
if [ ! -x "$work/ag/bin/agrind" ]; then
  CARGO_TARGET_DIR=$work/ag-target cargo install --quiet ag --root "$work/ag" \
    || echo "peers.sh: angle-grinder cannot be had here" >&2
  rm -rf "$work/ag-target"
fi

exec "$work/venv/bin/python" benches/peers/compare.py --dslog "$dslog" --work "$work" \
  --agrind "$work/ag/bin/agrind" "$@"
