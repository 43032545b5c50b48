#!/usr/bin/env bash
# Installs strace, with which test_killed.py kills runs at each of their system calls.
set -euo pipefail
. integrations/lib.sh
need_apt strace strace
