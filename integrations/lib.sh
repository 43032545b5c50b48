# For `. integrations/lib.sh`: installs what tests need, once.

integrations_venv=${CARGO_TARGET_DIR:-$PWD/target}/integrations-venv
PYTHON=$integrations_venv/bin/python
export PYTHON PYTHONDONTWRITEBYTECODE=1

# need_apt PROGRAM PACKAGE…: Debian packages, unless the program is there.
need_apt() {
  command -v "$1" >/dev/null && return
  shift
  local sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need_python REQUIREMENTS.txt: Python packages, in an environment of the tests' own.
need_python() {
  if [ ! -x "$PYTHON" ] && ! python3 -m venv "$integrations_venv" 2>/dev/null; then
    need_apt python3-venv-is-missing python3 python3-venv
    python3 -m venv "$integrations_venv"
  fi
  local stamp
  stamp=$integrations_venv/$(sha256sum "$1" | cut -c1-16).installed
  [ -f "$stamp" ] && return
  "$PYTHON" -m pip install --quiet --disable-pip-version-check -r "$1"
  touch "$stamp"
}

need_pytest() {
  need_python integrations/requirements.txt
}
