"""Runs the loop and routes some worlds, and prints what came of it by digest; a program for the test of determinism."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from caio.certify.prover import Prover
from caio.routing.route import route
from tests.calculus import loops
from tests.differential.worlds import draw_world

QUERIES = ("which train leaves first", "a hotel near the station", "is there a night train")


def hashes() -> Iterator[str]:
    """The hashes of traces and decisions, in order."""
    world = loops.World({"near": loops.BROKEN})
    with loops.loop(world) as control:
        for text in QUERIES:
            yield control.run(loops.task(text)).controlled.trace.hash
        yield control.run(loops.task(request="impossible")).controlled.trace.hash
    with Prover() as prover:
        for seed in range(6):
            drawn = draw_world(seed)
            yield str(route(drawn.question, drawn.snapshot, prover).json()["trace_digest"])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(list(hashes())) + "\n")
