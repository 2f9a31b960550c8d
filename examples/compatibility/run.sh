#!/usr/bin/env bash
# Compares the contract that callers know with two successors, asks who minds, and what may be deployed.
set -euo pipefail
cd "$(dirname "$0")"

# Runs a command that must end with a given exit code.
expect() {
  local wanted=$1 code=0
  shift
  "$@" || code=$?
  [ "$code" = "$wanted" ] || { echo "error: expected exit code $wanted, got $code: $*" >&2; exit 1; }
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
asked=(--request counterexample --facts counterexample --at 2026-11-22)

echo "== 1.1 can take the place of 1.0, with a certificate that anybody can check"
expect 0 caio compat v1.caio v2_compatible.caio
expect 0 caio compat v1.caio v2_compatible.caio --no-bump --certificate "$work/certificate.json"
expect 0 caio verify "$work/certificate.json"
echo "== 1.2 cannot"
expect 1 caio compat v1.caio v2_breaking.caio
echo "== two of three callers mind"
expect 1 caio compat v1.caio v2_breaking.caio --callers fleet/callers.caio
echo "== one of their requests, routed against the old contract and the new one"
expect 0 caio explain v1.caio pasted.caio "${asked[@]}"
expect 1 caio explain v2_breaking.caio pasted.caio "${asked[@]}"
echo "== 1.1 may be deployed, 1.2 may not"
expect 0 caio can-deploy fleet --service letters/summary --version 1.1
expect 1 caio can-deploy fleet --service letters/summary --version 1.2
