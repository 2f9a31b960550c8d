"""A process that appends to a log and says of each entry, once it is acknowledged, that it is.

Usage: python appender.py FILE NAME COUNT
"""

from __future__ import annotations

import sys

from caio.audit.entries import Entry, Kind
from caio.audit.log import Log
from tests.audit.logs import DIGEST, ONE


def main(path: str, name: str, count: int) -> None:
    """Append so many entries; every twentieth one is followed by a checkpoint."""
    with Log.open(path, ONE) as log:
        _say("ready")
        sys.stdin.readline()
        for number in range(count):
            entry = Entry(Kind.DECISION, {"decision": DIGEST}, {"name": name, "number": number})
            receipt = log.append(entry)
            _say(f"{number} {receipt.index} {receipt.leaf.hex()}")
            if number % 20 == 19:
                checkpoint = log.checkpoint()
                _say(f"checkpoint {checkpoint.size} {checkpoint.data.hex()}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
