"""One solver process for the whole folder: starting it costs more than most questions."""

from collections.abc import Iterator

import pytest

from caio.certify.prover import Prover
from caio.smt.client import Worker


@pytest.fixture(scope="package")
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.fixture
def prover(worker: Worker) -> Prover:
    """A prover with an empty memory, whose direct stage is on."""
    return Prover(worker)


@pytest.fixture
def solver_prover(worker: Worker) -> Prover:
    """A prover that leaves everything to Z3 and the elaborator."""
    return Prover(worker, direct=False)
