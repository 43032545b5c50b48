#!/usr/bin/env bash
# The unit files are valid and hardened; the script does what cron and systemd rely on.
set -euo pipefail
cd "$(dirname "$0")"
. ../lib.sh
need_apt systemd-analyze systemd

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "$*" >&2
  exit 1
}

# Valid: `verify` wants the program of ExecStart to be there.
sed "s|/usr/local/bin/dslog-nightly|$PWD/dslog-nightly|" dslog-nightly.service >"$work/dslog-nightly.service"
cp dslog-nightly.timer "$work"
verdict=$(systemd-analyze verify --man=no "$work/dslog-nightly.service" "$work/dslog-nightly.timer" 2>&1) ||
  fail "systemd-analyze verify: $verdict"
if grep -E "dslog-nightly\.(service|timer)" <<<"$verdict"; then fail "systemd-analyze verify has remarks"; fi
systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' dslog-nightly.timer)" >/dev/null

# Hardened: the exposure that systemd itself sees, out of 100.
systemd-analyze security --offline=true --threshold=15 --no-pager "$work/dslog-nightly.service" >"$work/security" ||
  fail "$(tail -1 "$work/security")"
tail -1 "$work/security"

# The crontab line of docs/nightly.md, as cron would run it.
logs=$work/logs
mkdir "$logs"
"$DSLOG" generate --profile typical --lines 3000 --minutes 1440 --seed 1 -o "$logs/app.jsonl"
export DSLOG_RULES='worse>0 requests<1'
export DSLOG DSLOG_LOGS=$logs DSLOG_REPORTS=$work/reports DSLOG_CONFIG=/nonexistent
line=$(sed -n 's/^40 0 \* \* \* //p' ../../docs/nightly.md | head -1)
[ -n "$line" ] || fail "docs/nightly.md has no crontab line"
nightly() {
  local command=${line//\/usr\/local\/bin\/dslog-nightly/$PWD/dslog-nightly}
  env -i PATH=/usr/bin:/bin HOME="$work" DSLOG="$DSLOG" DSLOG_LOGS="$DSLOG_LOGS" \
    DSLOG_REPORTS="$DSLOG_REPORTS" DSLOG_CONFIG="$DSLOG_CONFIG" DSLOG_NOTIFY="${DSLOG_NOTIFY-}" \
    DSLOG_RULES="${DSLOG_RULES-}" /bin/sh -c "$command" >"$work/out" 2>"$work/err"
}

# First night: nothing to compare with, nothing said.
nightly || fail "first night: $? $(cat "$work/err")"
[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "a good night is not quiet: $(cat "$work/out" "$work/err")"
[ -f "$work/reports/latest.json" ] && [ -f "$work/reports/$(date -u +%F).json" ] || fail "no report"

# Second night, another day of the same kind: still quiet.
"$DSLOG" generate --profile typical --lines 3000 --minutes 1440 --seed 2 -o "$logs/app.jsonl"
nightly || fail "a night like the last: $? $(cat "$work/err")"
[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "not quiet: $(cat "$work/out" "$work/err")"

# Third night: a storm. Exit code 3, and the complaint goes to whoever is to be told.
"$DSLOG" generate --profile storm --lines 3000 --minutes 1440 --seed 3 -o "$logs/app.jsonl"
code=0
DSLOG_NOTIFY="cat >$work/notice; echo \$DSLOG_EXIT >$work/code" nightly || code=$?
[ "$code" = 3 ] || fail "a storm gives $code: $(cat "$work/err")"
[ ! -s "$work/out" ] || fail "standard output: $(cat "$work/out")"
[ "$(cat "$work/code")" = 3 ] || fail "DSLOG_EXIT was $(cat "$work/code")"
grep -q -- "--fail-on 'worse>0'" "$work/notice" || fail "the notice says: $(cat "$work/notice")"
grep -q -- "--fail-on 'worse>0'" "$work/err" || fail "cron would mail: $(cat "$work/err")"

# A log that is missing: the report is there, the code says so.
code=0
DSLOG_LOGS="$logs $work/missing.jsonl" DSLOG_RULES='requests<1' nightly || code=$?
[ "$code" = 1 ] && grep -q missing.jsonl "$work/err" || fail "a missing log gives $code: $(cat "$work/err")"
# A broken rule of its own wins.
code=0
DSLOG_LOGS="$logs $work/missing.jsonl" DSLOG_RULES='failures>0' nightly || code=$?
[ "$code" = 3 ] || fail "a missing log and a broken rule give $code"
echo "dslog-nightly: quiet on a good night, 3 and a notice on a bad one"
