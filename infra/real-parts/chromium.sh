#!/bin/sh
# Installs Debian's Chromium (as root, through apt) and prints the path of its binary.
# Running it again is quick and harmless.
set -eu

if [ -n "${MESHPULSE_TEST_CHROMIUM:-}" ]; then
  echo "$MESHPULSE_TEST_CHROMIUM"
  exit 0
fi

if ! command -v chromium >/dev/null; then
  if [ "$(id -u)" -ne 0 ]; then
    echo 'chromium is missing and only root may install it: run "apt-get install chromium" as root,' >&2
    echo 'or set MESHPULSE_TEST_CHROMIUM to the path of a Chromium' >&2
    exit 1
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=120 \
    chromium fonts-dejavu-core >&2
fi
command -v chromium
