"""Two solver processes for all campaigns: one behind the product's own small search, one asked at once."""

from collections.abc import Iterator

import pytest

from caio.certify.prover import Prover


@pytest.fixture(scope="session")
def quick() -> Iterator[Prover]:
    with Prover() as found:
        yield found


@pytest.fixture(scope="session")
def through_solver() -> Iterator[Prover]:
    with Prover(direct=False) as found:
        yield found
