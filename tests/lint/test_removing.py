"""The parts of a fix: irreducible sets by deletion, and clauses taken out of lists in every form that a list can have."""

import random
from collections.abc import Sequence
from itertools import combinations

import pytest

from caio.analysis.lint.linting import lint
from caio.analysis.lint.mending import mend
from caio.analysis.lint.shrinking import Search, blame
from caio.base.canonical import digest_bytes
from caio.certify.prover import Prover
from caio.sema.discover import Input
from tests.lint.worlds import VOCABULARY, project_of


def _run(search: Search[list[int]]) -> list[int]:
    """What a search returns that asks nothing of a solver."""
    try:
        next(search)
    except StopIteration as end:
        found: list[int] = end.value
        return found
    raise AssertionError("it asks")


@pytest.mark.parametrize("seed", range(40))
def test_blame_is_an_irreducible_part_of_what_is_enough(seed: int) -> None:
    rng = random.Random(seed)
    items = list(range(rng.randrange(1, 9)))
    sets = [
        frozenset(rng.sample(items, rng.randrange(len(items) + 1)))
        for _ in range(rng.randrange(1, 4))
    ]

    def enough(chosen: Sequence[int]) -> Search[bool | None]:
        yield from ()
        return any(one <= set(chosen) for one in sets)

    found = set(_run(blame(items, enough)))
    least = [
        set(some)
        for size in range(len(items) + 1)
        for some in combinations(items, size)
        if any(one <= set(some) for one in sets)
        and not any(one <= set(some) - {gone} for one in sets for gone in some)
    ]
    assert found in least


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  guarantees latency <= 6 s\n", ""),
        ("  guarantees latency <= 6 s,\n", ""),
        ("  guarantees latency <= 6 s, quality >= 0\n", ""),
        ("  guarantees latency <= 6 s, latency <= 2 s\n", "  guarantees latency <= 2 s\n"),
        ("  guarantees latency <= 2 s, latency <= 6 s\n", "  guarantees latency <= 2 s\n"),
        ("  guarantees latency <= 2 s, latency <= 6 s,\n", "  guarantees latency <= 2 s,\n"),
        (
            "  guarantees latency <= 3 s, latency <= 2 s, latency <= 4 s, quality >= 0.5\n",
            "  guarantees latency <= 2 s, quality >= 0.5\n",
        ),
        (
            "  guarantees latency <= 2 s\n  guarantees quality >= 0 // none\n",
            "  guarantees latency <= 2 s\n  // none\n",
        ),
        (
            "  guarantees latency <= 2 s, // good\n             quality >= 0 // none\n",
            "  guarantees latency <= 2 s // good\n // none\n",
        ),
    ],
)
def test_clauses_are_taken_out_of_lists(before: str, after: str, prover: Prover) -> None:
    head, tail = "service s version 1 {\n  provides chat\n", "  permits public\n}\n"
    # Not in the layout of the formatter, so that what the edits do can be seen.
    text = f"{VOCABULARY}\n\n\n{head}{before}{tail}"
    data = text.encode()
    inputs = [Input("a.caio", data, digest_bytes(data), True)]
    mended = mend(inputs, project_of(text), lambda one: lint(one, prover))
    assert not mended.left
    (found,) = mended.inputs
    assert found.data.decode().removeprefix(f"{VOCABULARY}\n\n\n{head}").removesuffix(tail) == after
