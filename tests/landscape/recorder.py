"""A process that records calls into a history and says of each, once it is acknowledged, that it is.

Usage: python recorder.py FILE NAME COUNT
"""

from __future__ import annotations

import sys
from fractions import Fraction

from caio.landscape.history import History
from tests.landscape.calls import QUICK, SLOW, call


def latency(number: int) -> Fraction:
    """Every twentieth call is slow."""
    return SLOW if number % 20 == 0 else QUICK


def main(path: str, name: str, count: int) -> None:
    """Record so many calls."""
    with History(path) as history:
        _say("ready")
        sys.stdin.readline()
        for number in range(count):
            history.record(call(f"{name}-{number}", latency(number), at=number))
            _say(str(number))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
