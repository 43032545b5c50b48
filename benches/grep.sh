#!/usr/bin/env bash
# Measures searches without an index beside ripgrep, in turns on the same plain log in the
# page cache: one id, and 10,000 ids in one pass.
#
#   benches/grep.sh [LOG]     without LOG, one of 4 million lines (2 GB) is made in /tmp
#
# Needs rg (ripgrep). RUN="chrt -f 50" as in benches/index.sh.
set -euo pipefail
dslog=$(realpath "${DSLOG:-target/release/dslog}")
read -ra RUN <<< "${RUN:-}"
dir=$(mktemp -d /tmp/dslog-grep-bench.XXXXXX)
trap 'rm -rf "$dir"' EXIT
log=${1:-}
if [ -z "$log" ]; then
  log=$dir/app.jsonl
  "$dslog" generate --profile typical --lines 4000000 --seed 7 -o "$log"
fi
grep -o '"request_id":"[0-9a-f-]*"' "$log" | cut -d'"' -f4 | awk 'NR % 350 == 1 && n++ < 10000' > "$dir/ids"
id=$(sed -n 5000p "$dir/ids")
cat "$log" > /dev/null
echo "$(date -u +%F), $(sed -n 's/^model name.*: //p;T;q' /proc/cpuinfo), $(nproc) processors;$(uptime | sed 's/.*load/ load/')"
echo "$(stat -c %s "$log") bytes; $(wc -l < "$dir/ids") ids; medians of 11, 2 threads"

micros() {
  local start=${EPOCHREALTIME/./}
  "${RUN[@]}" "$@" > /dev/null || true
  echo $((${EPOCHREALTIME/./} - start))
}
middle() { sort -n "$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
for _ in {1..11}; do
  micros rg -j2 -F -c "$id" "$log" >> "$dir/rg"
  micros "$dslog" grep --threads 2 --no-index -c "$id" "$log" >> "$dir/one"
  micros "$dslog" grep --threads 2 --no-index -c --ids-from "$dir/ids" "$log" >> "$dir/many"
done
awk -v rg="$(middle "$dir/rg")" -v one="$(middle "$dir/one")" -v many="$(middle "$dir/many")" 'BEGIN {
  printf "rg -F -c ID: %.0f ms\n", rg / 1000
  printf "dslog grep -c ID: %.0f ms (%.2f times as long)\n", one / 1000, one / rg
  printf "dslog grep -c --ids-from: %.0f ms (%.2f)\n", many / 1000, many / rg
}'
