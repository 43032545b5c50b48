#!/usr/bin/env bash
# Fills fuzz/corpus/TARGET from the repository's own fixtures and kept cases; lines that
# the fuzzer found before stay. `fuzz/seed.sh scan_vs_oracle`
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:?usage: fuzz/seed.sh TARGET}
corpus=fuzz/corpus/$target
mkdir -p "$corpus"
for log in fixtures/*.jsonl fixtures/*.log; do
  # Heads of a few lines, so that mutations reach all parts.
  head -n 8 "$log" | head -c 6000 > "$corpus/$(basename "$log")"
done
for case in tests/cases/scan/*; do cp "$case" "$corpus/case-$(basename "$case")"; done
ls "$corpus" | wc -l
