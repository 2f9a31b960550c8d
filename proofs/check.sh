#!/usr/bin/env bash
# Builds the proofs from clean, checks the result with Coq's independent checker, prints what the
# main theorems assume, and fails if anything at all is assumed. `make proofs` runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
out=../build/proofs # ignored by git

fail() {
  echo "error: $1" >&2
  exit 1
}

if ! command -v coqc >/dev/null; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    fail "coqc is not installed (on Debian and Ubuntu: sudo apt-get install coq)"
  echo "installing Coq ..."
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install -y --no-install-recommends coq; } >/dev/null ||
    fail "coqc is not installed, and apt-get could not install it"
fi
coqc --version

# Words that assume something or weaken the kernel. Whatever they miss, the checks below find.
forbidden='Axioms?|Parameters?|Conjectures?|Admitted|admit|give_up|bypass_check|type-in-type'
forbidden+='|(Admit|Declare) [A-Z][a-z]*|Unset (Guard|Positivity|Universe) Checking'
if grep -rnwE "$forbidden" --include='*.v' --include=_CoqProject .; then
  fail "the proofs assume something"
fi
listed=$(grep '\.v$' _CoqProject | sort)
[ "$listed" = "$(find theories -name '*.v' | sort)" ] ||
  fail "_CoqProject does not list exactly theories/*.v"

rm -rf "$out"
mkdir -p "$out"
cp -R _CoqProject Assumptions.v theories "$out"
cd "$out"
coq_makefile -f _CoqProject -o CoqMakefile
make -f CoqMakefile --no-print-directory -j2

coqc -Q theories CAIO Assumptions.v >assumptions.txt
cat assumptions.txt
asked=$(grep -o 'Print Assumptions' Assumptions.v | wc -l)
closed=$(grep -c '^Closed under the global context$' assumptions.txt || true)
[ "$asked" -gt 0 ] && [ "$asked" = "$closed" ] ||
  fail "$closed of $asked theorems are free of assumptions"

echo "checking the compiled proofs, and the libraries they use, again (coqchk) ..."
mapfile -t modules < <(sed -n 's|^theories/\(.*\)\.v$|CAIO.\1|p' _CoqProject)
coqchk -silent -o -Q theories CAIO "${modules[@]}" 2>&1 | tee coqchk.txt ||
  fail "coqchk rejects the proofs"
[ "$(grep -c '^\* .*: <none>$' coqchk.txt)" = 4 ] || fail "coqchk reports assumptions"

echo "proofs: $asked theorems, no assumptions; ${#modules[@]} files, built in build/proofs"
