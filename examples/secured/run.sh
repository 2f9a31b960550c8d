#!/usr/bin/env bash
# Routes callers by their tokens, looks at what they send, verifies the decision, and has a late token refused.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

caller=(--authority authority.json --keys jwks.json --authority partner.json --keys partner-jwks.json
  --node-key "$work/node.pem")
payload=(--payload letter.txt --payload-type text/plain --classes classes.json)
caio security node-key "$work/node.pem"

echo "== a doctor"
python issue.py | caio route clinic.caio --request answer --at 2026-11-22 --token-file - "${caller[@]}"
echo "== a doctor, with a letter"
python issue.py | caio route clinic.caio --request answer --at 2026-11-22 --token-file - "${caller[@]}" "${payload[@]}" \
  -o "$work/decision.json"
caio verify "$work/decision.json" --node "$work/node.pem.pub"

echo "== the laboratory, with the letter: nobody may take it"
code=0
python issue.py --issuer laboratory |
  caio route clinic.caio --request answer --at 2026-11-22 --token-file - "${caller[@]}" "${payload[@]}" || code=$?
[ "$code" = 1 ] || { echo "error: expected exit code 1, got $code" >&2; exit 1; }

echo "== the doctor's token, ten minutes later: refused"
code=0
python issue.py |
  caio route clinic.caio --request answer --at 2026-11-22T00:10:00Z --token-file - "${caller[@]}" || code=$?
[ "$code" = 4 ] || { echo "error: expected exit code 4, got $code" >&2; exit 1; }
