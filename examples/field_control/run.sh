#!/usr/bin/env bash
# Run the control loop for 300 steps, twice, and plot it; fails unless both runs are the same and better than simpler choices.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
command -v "$python" >/dev/null || python=python3
steps=${STEPS:-300}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" "$here/field_control.py" --steps "$steps" --plot "$work/loop.svg" --json "$work/first.json"
"$python" "$here/field_control.py" --steps "$steps" --json "$work/second.json" >/dev/null
cmp "$work/first.json" "$work/second.json"
echo "two runs gave the same decisions, traces and rewards"
[ -z "${PLOT:-}" ] || cp "$work/loop.svg" "$PLOT"
