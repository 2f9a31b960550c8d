"""A process of ``test_store``: writes, reads and removes entries of a shared folder, and checks what it reads."""

from __future__ import annotations

import hashlib
import random
import sys
from pathlib import Path

from caio.base.canonical import digest_bytes
from caio.base.store import Store


def shared(folder: Path) -> Store:
    """A store so small that processes keep pruning one another's entries."""
    return Store(folder, "hammer/v1", ".entry", most=4, total=150_000, limit=100_000)


def body(number: int) -> bytes:
    """What an entry must hold, a few bytes or a few blocks of a disk."""
    return hashlib.sha256(str(number).encode()).digest() * (1 + 300 * (number % 7))


def key(number: int) -> str:
    """The name of an entry."""
    return digest_bytes(str(number).encode())


def hammer(folder: Path, seed: int, rounds: int) -> int:
    """Use the folder; how many entries were found. Rounds below zero never end."""
    store, draw, found = shared(folder), random.Random(seed), 0
    while rounds:
        rounds -= 1
        number = draw.randrange(12)
        match draw.randrange(8):
            case 0:
                store.remove(key(number))
            case 1 | 2 | 3:
                store.write(key(number), body(number))
            case _:
                seen = store.read(key(number))
                if seen is not None and seen != body(number):
                    raise SystemExit(f"entry {number} holds something else")
                found += seen is not None
        if rounds == -100:
            sys.stdout.write("going\n")
            sys.stdout.flush()
    return found


if __name__ == "__main__":
    sys.stdout.write(f"{hammer(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))}\n")
