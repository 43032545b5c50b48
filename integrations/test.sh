#!/usr/bin/env bash
# Tests that need more than cargo: a browser, Python, a server. Each lives in a folder of
# its own, `integrations/NAME/`, with `test.sh` or `test_*.py` (pytest) in it; folders run
# one after another, all of them, and every failure is named at the end.
#
#   integrations/test.sh            all
#   integrations/test.sh html prom  these folders
#
# A test finds the program's path in $DSLOG. What it needs, it installs: Debian packages
# with `need_apt` (integrations/lib.sh), Python packages by a `requirements.txt` beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
. integrations/lib.sh

if [ -z "${DSLOG:-}" ]; then
  cargo build --release --quiet
  DSLOG=${CARGO_TARGET_DIR:-$PWD/target}/release/dslog
fi
export DSLOG

if [ $# -eq 0 ]; then
  set -- $(find integrations -mindepth 2 -maxdepth 2 \( -name test.sh -o -name 'test_*.py' \) -printf '%h\n' \
    | sed 's|^integrations/||' | sort -u)
fi
failed=()
for name in "$@"; do
  folder=integrations/$name
  started=$SECONDS
  echo "== $name"
  if [ -f "$folder/requirements.txt" ]; then
    need_python "$folder/requirements.txt"
  fi
  if [ -f "$folder/test.sh" ]; then
    bash "$folder/test.sh" || failed+=("$name/test.sh")
  fi
  if compgen -G "$folder/test_*.py" >/dev/null; then
    need_pytest
    "$PYTHON" -m pytest -q -p no:cacheprovider "$folder" || failed+=("$name")
  fi
  echo "== $name: $((SECONDS - started)) s"
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
