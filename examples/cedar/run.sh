#!/usr/bin/env bash
# Asks of three of Cedar's example policies what Cedar's analysis asks: what can never be, what always is, what a change changes.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

refuted() {
  local code=0
  "$@" || code=$?
  test "$code" = 1
}

for app in gdrive github tinytodo; do
  echo "== $app: the policy by itself"
  caio check $app/app.caio $app/policy.caio
  caio lint $app/app.caio $app/policy.caio

  echo "== $app: what must be so"
  caio prove $app/app.caio $app/policy.caio $app/questions.caio --certificate "$work/$app/"
  for certificate in "$work/$app"/*.json; do caio verify "$certificate" | tail -n 1; done

  echo "== $app: what one might believe"
  refuted caio prove $app/app.caio $app/policy.caio $app/questions.caio $app/wishes.caio
done

echo "== gdrive: the policy, written anew"
caio prove gdrive/app.caio gdrive/rewritten.caio --against gdrive/app.caio --against gdrive/policy.caio

echo "== stricter policies"
caio prove gdrive/app.caio gdrive/strict.caio --against gdrive/app.caio --against gdrive/policy.caio --only stricter
caio prove github/app.caio github/minimal.caio --against github/app.caio --against github/policy.caio --only stricter
caio prove tinytodo/app.caio tinytodo/policy.caio tinytodo/forbids.caio \
  --against tinytodo/app.caio --against tinytodo/policy.caio --only stricter

echo "== tinytodo: admins may do everything, or not quite"
caio prove tinytodo/app.caio tinytodo/admins.caio tinytodo/wishes.caio --property admins_do_everything
refuted caio prove tinytodo/app.caio tinytodo/admins.caio tinytodo/forbids.caio tinytodo/wishes.caio \
  --property admins_do_everything

echo "== github: rules that add nothing"
refuted caio lint github/app.caio github/policy.caio github/redundant.caio

echo "== gdrive: what the stricter policy does to each action"
mkdir "$work/old" "$work/new"
cp gdrive/app.caio gdrive/policy.caio "$work/old"
cp gdrive/app.caio gdrive/strict.caio "$work/new"
refuted caio diff "$work/old" "$work/new"
