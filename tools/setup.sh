#!/bin/sh
# Installs the dependencies when the lockfile changed since the last time; otherwise does nothing and says nothing.
# Needs Node >= 20 and npm. Several may run at once: the first installs, the others wait (where flock exists).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
stamp="$root/node_modules/.ptp-tester-setup"

fingerprint() {
  cat "$root/pnpm-lock.yaml" "$root/pnpm-workspace.yaml" "$root/package.json" | cksum
}

is_done() {
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]
}

install() {
  is_done && return 0
  command -v npx >/dev/null 2>&1 || { echo "ptp-tester: npx was not found. Install Node.js >= 20 with npm." >&2; exit 3; }
  echo "ptp-tester: installing dependencies from the npm registry (once, and after the lockfile changes) ..." >&2
  (cd "$root" && CI=true npx -y pnpm@12.21.0 install --frozen-lockfile --reporter=append-only >&2)
  fingerprint >"$stamp"
}

is_done && exit 0
mkdir -p "$root/node_modules"
if command -v flock >/dev/null 2>&1; then
  exec 9>"$root/node_modules/.ptp-tester-setup.lock"
  flock 9
fi
install
