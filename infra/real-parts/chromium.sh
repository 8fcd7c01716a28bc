#!/bin/sh
# Installs Debian's Chromium (as root, through apt) and prints the path of its binary.
# Running it again is quick and harmless.
set -eu

if ! command -v chromium >/dev/null; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium fonts-dejavu-core >&2
fi
command -v chromium
