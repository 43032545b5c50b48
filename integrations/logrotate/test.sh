#!/usr/bin/env bash
# Real logrotate over real logs: after every rotation each line is counted exactly once.
set -euo pipefail
cd "$(dirname "$0")"
. ../lib.sh
PATH=$PATH:/usr/sbin
need_apt logrotate logrotate

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# figure FILE KEY: a figure of a report's totals.
figure() {
  python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["totals"][sys.argv[2]])' "$1" "$2"
}

for mode in create copytruncate; do
  logs=$work/$mode
  mkdir -m 755 "$logs"
  sed "s|LOGS|$logs|" $mode.conf >"$work/$mode.conf"
  chmod 644 "$work/$mode.conf"
  expected=0
  for night in 1 2 3 4; do
    lines=$((night * 700))
    "$DSLOG" generate --profile typical --lines $lines --seed $night -o "$work/day"
    # An application that writes on while it is rotated: half before, half after.
    head -n $((lines / 2)) "$work/day" >>"$logs/app.jsonl"
    /usr/sbin/logrotate -f -s "$work/$mode.state" "$work/$mode.conf"
    tail -n +$((lines / 2 + 1)) "$work/day" >>"$logs/app.jsonl"
    expected=$((expected + lines))
    "$DSLOG" analyze --format json -o "$work/report.json" "$logs"
    got=$(figure "$work/report.json" lines)
    [ "$got" = "$expected" ] || { echo "$mode, night $night: $got lines, written $expected" >&2; exit 1; }
    if "$DSLOG" analyze --help | grep -q -- --state; then
      for again in first second; do
        "$DSLOG" analyze --state "$work/$mode.dslog" --format json -o "$work/kept.json" "$logs"
        got=$(figure "$work/kept.json" lines)
        [ "$got" = "$expected" ] || {
          echo "$mode, night $night, $again run with --state: $got lines, written $expected" >&2
          exit 1
        }
      done
    fi
  done
  ls "$logs"/*.gz >/dev/null
  echo "$mode: $expected lines over 4 rotations, each counted once"
done
