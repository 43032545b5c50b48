#!/usr/bin/env bash
# Installs the browser that test_html.py drives, with fonts for Chinese.
set -euo pipefail
. integrations/lib.sh
need_apt chromium chromium fonts-noto-cjk
