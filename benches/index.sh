#!/usr/bin/env bash
# Measures side indexes: building against analyze, size, and looking one id up in 1, 10
# and 30 files of about 200 MB (a third each: plain, gzip, zstd in frames of 8 MB).
#
#   benches/index.sh [DIR] [LINES]     DIR (default /tmp/index-bench) is removed afterwards
#
# Needs gzip, zstd and, for 30 files of 380000 lines, 3 GB of disk.
set -euo pipefail
dslog=${DSLOG:-target/release/dslog}
dir=${1:-/tmp/index-bench}
lines=${2:-380000}
mkdir -p "$dir"
trap 'rm -rf "$dir"' EXIT

for n in 01 02 03 04 05 06 07 08 09 10; do
  make() { "$dslog" generate --profile typical --lines "$lines" --seed "$1"; }
  make "1$n" > "$dir/$n-a.jsonl"
  make "2$n" | gzip -1 > "$dir/$n-b.jsonl.gz"
  make "3$n" | split -b 8M --filter='zstd -q -1 -c' - > "$dir/$n-c.jsonl.zst"
done
du -sh "$dir"

now() { echo $((${EPOCHREALTIME/./} / 1000)); }
# Milliseconds of a command, the median of 11.
median() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11; do
    local start=${EPOCHREALTIME/./}
    "$@" > /dev/null || true
    echo $((${EPOCHREALTIME/./} - start))
  done | sort -n | sed -n 6p | awk '{printf "%.1f ms\n", $1 / 1000}'
}

for kind in a.jsonl b.jsonl.gz c.jsonl.zst; do
  files=("$dir"/*-"$kind")
  cat "${files[@]}" > /dev/null
  start=$(now); "$dslog" analyze -q --format json "${files[@]}" > /dev/null; analyze=$(($(now) - start))
  start=$(now)
  /usr/bin/time -f "memory $kind: %M KiB" "$dslog" index -q "${files[@]}"
  index=$(($(now) - start))
  echo "build $kind: index $index ms, analyze $analyze ms: $((100 * analyze / index)) % of its speed"
done
"$dslog" index "$dir" | sed 's/^.*\///'

id=$(sed -n 100000p "$dir/05-a.jsonl" | grep -o '"request_id":"[^"]*"' | cut -d'"' -f4)
for count in 1 10 30; do
  files=("$dir/05-a.jsonl")
  for file in "$dir"/*.jsonl*; do
    case $file in *.dslog-idx | "$dir/05-a.jsonl") ;; *) files+=("$file") ;; esac
  done
  files=("${files[@]:0:$count}")
  echo "one id in $count files: $(median "$dslog" grep "$id" "${files[@]}")"
  echo "an absent id in $count files: $(median "$dslog" grep 00000000-0000-4000-8000-000000000000 "${files[@]}")"
done
# One hit in each file.
ids=()
for file in "$dir"/*.jsonl "$dir"/*.gz "$dir"/*.zst; do
  case $file in *.gz) cat=zcat ;; *.zst) cat="zstd -dcq" ;; *) cat=cat ;; esac
  ids+=(-e "$($cat "$file" 2> /dev/null | sed -n '190000{p;q}' | grep -o '"request_id":"[^"]*"' | cut -d'"' -f4)") || true
done
echo "30 ids, one in each of 30 files: $(median "$dslog" grep "${ids[@]}" "$dir")"
