#!/usr/bin/env bash
# Import a real registry, route with proof, verify, tamper, see it refused. Fails if any step does not do what it should.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
caio=${CAIO:-$root/.venv/bin/caio}
command -v "$caio" >/dev/null || caio=caio
python=${PYTHON:-$root/.venv/bin/python}
command -v "$python" >/dev/null || python=python3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi

step() { printf '\n%s── %s%s\n' "$bold" "$*" "$plain"; }

# say: shows a command as a reader would type it, then runs it.  Usage: expect CODE ARGUMENTS…
expect() {
  local wanted=$1 code=0
  shift
  printf '%s$ caio %s%s\n\n' "$dim" "${*//$work\//}" "$plain"
  "$caio" "$@" || code=$?
  if [ "$code" -ne "$wanted" ]; then
    printf '\nerror: expected exit code %s, got %s\n' "$wanted" "$code" >&2
    exit 1
  fi
}

cd "$here"

step "1. A registry that nobody here made up becomes contracts"
expect 0 import litellm litellm_model_prices_1.109.1.json.gz -o "$work/registry.json"



step "2. A support answer: several services can do it, one is proved best"
expect 0 route "$work/registry.json" . --request support_answer --at 2026-11-22 \
  --facts support_desk --profile balanced --bundle "$work/decision.json"

step "3. A program without a solver checks the decision, in an interpreter of its own"
expect 0 verify "$work/decision.json"

step "4. Somebody edits the decision: another service is said to have won"
"$python" - "$work/decision.json" "$work/tampered.json" <<'PYTHON'
import json, sys

with open(sys.argv[1], encoding="utf-8") as file:
    decision = json.load(file)
others = [c for c in decision["candidates"] if c["service"] != decision["selected"]["service"]]
print(f"the winner `{decision['selected']['service']}` is replaced by `{others[0]['service']}`\n")
decision["selected"]["service"] = others[0]["service"]
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(decision, file)
PYTHON
expect 5 verify "$work/tampered.json"

step "5. The cheapest in the EU: what lists a price of 0, or does not say where it runs, is refuted on the way"
expect 0 route "$work/registry.json" . --request eu_triage --at 2026-11-22 \
  --facts support_desk --profile cheapest

step "6. The day of a deprecation: a second before midnight, and at midnight"
for at in 2026-12-10T23:59:59Z 2026-12-11; do
  expect 0 route "$work/registry.json" . --request before_the_deadline --at "$at" \
    --facts support_desk --profile balanced
done

printf '\n%sEvery step did what it should.%s\n' "$bold" "$plain"
