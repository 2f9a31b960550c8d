#!/usr/bin/env bash
# Start the gateway of docs/gateway.md on the registry and the documents of ../llm_gateway, and call it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
caio=${CAIO:-$root/.venv/bin/caio}
command -v "$caio" >/dev/null || caio=caio
python=${PYTHON:-$root/.venv/bin/python}
command -v "$python" >/dev/null || python=python3

work=$(mktemp -d)
trap 'kill "${gateway:-}" 2>/dev/null || true; rm -rf "$work"' EXIT

cd "$root/examples/llm_gateway"
"$caio" import litellm litellm_model_prices_1.109.1.json.gz -o "$work/registry.json"

port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$python" "$here/gateway.py" "$port" "$work/registry.json" . 2>"$work/log" &
gateway=$!
"$python" "$here/client.py" "$port" || { cat "$work/log" >&2; exit 1; }
