"""Calls the gateway as its clients would, and fails if an answer is not what it should be."""

from __future__ import annotations

import json
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

GATEWAY = f"http://127.0.0.1:{sys.argv[1]}"

CALLS: list[tuple[int, str, dict[str, object]]] = [
    (200, "support_answer", {"fresh_tokens": 1_200, "output_tokens": 300}),
    (200, "support_answer", {}),
    (403, "impossible", {}),
    (400, "support_answer", {"fresh_tokens": 9_000}),
    (400, "support_answer", {"fresh_tokens": 1200.5}),
    (400, "suport_answer", {}),
]


def call(name: str, values: dict[str, object]) -> tuple[int, dict[str, object]]:
    """The gateway's status and answer."""
    request = Request(f"{GATEWAY}/{name}", json.dumps(values).encode())  # noqa: S310 - our own
    try:
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def wait() -> None:
    """Until the gateway has compiled its documents."""
    for _ in range(600):
        try:
            call("", {})
        except URLError:
            time.sleep(0.1)
        else:
            return
    sys.exit("error: the gateway does not answer")


def main() -> None:
    """Call, show, compare."""
    wait()
    for expected, name, values in CALLS:
        status, body = call(name, values)
        told = next(body[key] for key in ("model", "refused", "error") if key in body)
        sys.stdout.write(f"{status}  {name} {json.dumps(values)}\n     {told}\n")
        if status != expected:
            sys.exit(f"error: expected status {expected}")


if __name__ == "__main__":
    main()
