#!/usr/bin/env bash
# Proves what must be so for every request, refutes what is not, and compares a policy with two changes of it.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== what must be so"
caio prove contracts.caio policy.caio properties.caio --certificate "$work"
for certificate in "$work"/*.json; do caio verify "$certificate" | tail -n 1; done

echo "== what one might believe"
code=0
caio prove contracts.caio policy.caio properties.caio wishes.caio --property internal_data_stays \
  --property gold_is_served_twice --property enough || code=$?
test "$code" = 1

echo "== the policy, written anew"
caio prove contracts.caio refactored.caio --against contracts.caio --against policy.caio

echo "== the policy, relaxed"
code=0
caio prove contracts.caio relaxed.caio --against contracts.caio --against policy.caio || code=$?
test "$code" = 1
