"""One solver process for all traps."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from caio.certify.prover import Prover
from tests.traps.scenes import Outcome, decide_scene

Decide = Callable[..., Outcome]


@pytest.fixture(scope="session")
def prover() -> Iterator[Prover]:
    with Prover() as found:
        yield found


@pytest.fixture
def decide(prover: Prover) -> Decide:
    return partial(decide_scene, prover)
