#!/usr/bin/env bash
# Measures side indexes: building beside analyze (in turns, on the same files), size, peak
# memory, and one id in 1, 10 and 30 files of some 200 MB uncompressed (a third each:
# plain, gzip, zstd in frames of 8 MB).
#
#   benches/index.sh [DIR] [LINES]     works in a directory of its own below DIR (/tmp)
#
# Needs gzip, zstd, GNU time and, for 30 files of 380000 lines, 3 GB of disk. On a busy
# machine, RUN="chrt -f 50" (as root) keeps others from the processor while it measures.
set -euo pipefail
dslog=$(realpath "${DSLOG:-target/release/dslog}")
lines=${2:-380000}
read -ra RUN <<< "${RUN:-}"
dir=$(mktemp -d "${1:-/tmp}/dslog-index-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir"

for n in 01 02 03 04 05 06 07 08 09 10; do
  make() { "$dslog" generate --profile typical --lines "$lines" --seed "$1"; }
  make "1$n" > "$n-a.jsonl"
  make "2$n" | gzip -1 > "$n-b.jsonl.gz"
  make "3$n" | split -b 8M --filter='zstd -q -1 -c' - > "$n-c.jsonl.zst"
done
echo "$(date -u +%F), $(sed -n 's/^model name.*: //p;T;q' /proc/cpuinfo), $(nproc) processors"
echo "30 files, $(du -sh . | cut -f1) stored;$(uptime | sed 's/.*load/ load/')"

# Microseconds of a command.
micros() {
  local start=${EPOCHREALTIME/./}
  "${RUN[@]}" "$@" > /dev/null || true
  echo $((${EPOCHREALTIME/./} - start))
}
middle() { sort -n | awk '{v[NR] = $1} END {printf "%.1f ms", v[int((NR + 1) / 2)] / 1000}'; }
median() { for _ in {1..15}; do micros "$@"; done | middle; }

echo "== building, 2 threads, in turns, medians of 5"
for kind in a.jsonl b.jsonl.gz c.jsonl.zst; do
  files=(*-"$kind")
  cat "${files[@]}" > /dev/null
  : > analyze.us
  : > index.us
  : > both.us
  for _ in 1 2 3 4 5; do
    micros "$dslog" analyze -q --threads 2 --format json "${files[@]}" >> analyze.us
    micros "$dslog" index -q --threads 2 --rebuild "${files[@]}" >> index.us
    micros "$dslog" analyze -q --threads 2 --index --format json "${files[@]}" >> both.us
  done
  echo "$kind: analyze $(middle < analyze.us), index $(middle < index.us), analyze --index $(middle < both.us)"
  awk -v a="$(middle < analyze.us)" -v i="$(middle < index.us)" \
    'BEGIN {printf "  index at %d %% of the speed of analyze\n", 100 * a / i}'
  for some in "${files[0]}" "${files[*]}"; do
    read -ra some <<< "$some"
    /usr/bin/time -f "  peak memory, ${#some[@]} files: %M KiB" "$dslog" index -q --threads 2 --rebuild "${some[@]}"
  done
done 2>&1
echo "== sizes (of the first of each kind)"
"$dslog" index 01-*

id_of() {
  case $1 in *.gz) zcat "$1" ;; *.zst) zstd -dcq "$1" ;; *) cat "$1" ;; esac 2> /dev/null \
    | sed -n "$((lines / 2)){p;q}" | grep -o '"request_id":"[^"]*"' | cut -d'"' -f4 || true
}
files=(05-a.jsonl)
for file in *-[abc].jsonl*; do
  case $file in *.dslog-idx | 05-a.jsonl) ;; *) files+=("$file") ;; esac
done
absent=00000000-0000-4000-8000-000000000000
id=$(id_of 05-a.jsonl)
echo "== one id, medians of 15, warm"
for count in 1 10 30; do
  some=("${files[@]:0:count}")
  echo "in $count files: $(median "$dslog" grep "$id" "${some[@]}"); one that is not there: $(median "$dslog" grep $absent "${some[@]}")"
done
echo "in a .gz of 30 files: $(median "$dslog" grep "$(id_of 05-b.jsonl.gz)" "${files[@]}")"
echo "in a .zst of 30 files: $(median "$dslog" grep "$(id_of 05-c.jsonl.zst)" "${files[@]}")"
echo "in 30 files without the indexes: $(micros "$dslog" grep --no-index "$id" "${files[@]}") µs"
echo "== ids one a file, in 30 files"
ids=()
for file in "${files[@]}"; do
  ids+=(-e "$(id_of "$file")")
  case ${#ids[@]} in
    2 | 20 | 60) echo "$((${#ids[@]} / 2)) ids, $("$dslog" grep "${ids[@]}" "${files[@]}" | wc -l) lines: $(median "$dslog" grep "${ids[@]}" "${files[@]}")" ;;
  esac
done
