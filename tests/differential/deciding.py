"""Decides some worlds and prints one digest of all decisions; run as a program by the tests of determinism."""

import hashlib
import sys

from caio.certify.prover import Prover
from caio.routing.route import route
from tests.differential.campaigns import certificate_of
from tests.differential.governing import governed
from tests.differential.worlds import draw_world


def digest_of(seeds: range, prover: Prover) -> str:
    """One digest over the bytes of every decision."""
    total = hashlib.sha256()
    for seed in seeds:
        world = draw_world(seed)
        for one in (world, governed(world)):
            total.update(certificate_of(route(one.question, one.snapshot, prover)))
    return total.hexdigest()


def main() -> None:
    """Print the digest for the worlds ``FIRST`` to ``LAST``, by the way named (``quick`` or ``solver``)."""
    first, last, way = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with Prover(direct=way == "quick") as prover:
        sys.stdout.write(digest_of(range(first, last), prover) + "\n")


if __name__ == "__main__":
    main()
